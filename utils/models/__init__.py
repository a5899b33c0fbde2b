"""Networks that more than one chapter uses, each after the section that builds it in full."""

from utils.models.vae import VariationalAutoencoder, dense_decoder, dense_encoder

__all__ = ["VariationalAutoencoder", "dense_decoder", "dense_encoder"]
