"""Networks that more than one chapter uses, each after the section that builds it in full."""

from utils.models.mobilenet_v2 import mobilenet_v2
from utils.models.residual import residual_block
from utils.models.vae import VariationalAutoencoder, dense_decoder, dense_encoder

__all__ = [
    "VariationalAutoencoder",
    "dense_decoder",
    "dense_encoder",
    "mobilenet_v2",
    "residual_block",
]
