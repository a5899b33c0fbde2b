"""Networks that more than one chapter uses, each after the section that builds it in full."""

from utils.models.encoder import EncoderBlock, attention_maps, text_encoder
from utils.models.gpt import GPT, CausalSelfAttention, DecoderBlock
from utils.models.mobilenet_v2 import mobilenet_v2
from utils.models.positions import LearnedPositions
from utils.models.renewal import renew, untrained
from utils.models.residual import residual_block
from utils.models.vae import VariationalAutoencoder, dense_decoder, dense_encoder
from utils.models.vgg import VGG16_STAGES, vgg, vgg_block
from utils.models.xception import small_xception

__all__ = [
    "GPT",
    "VGG16_STAGES",
    "CausalSelfAttention",
    "DecoderBlock",
    "EncoderBlock",
    "LearnedPositions",
    "VariationalAutoencoder",
    "attention_maps",
    "dense_decoder",
    "dense_encoder",
    "mobilenet_v2",
    "renew",
    "residual_block",
    "small_xception",
    "text_encoder",
    "untrained",
    "vgg",
    "vgg_block",
]
