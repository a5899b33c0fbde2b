"""What a layer holds and does, in closed form: weights, multiplications, memory, sizes.

Each layer has a function named after it. It takes the shape of one input without its batch axis
and the arguments of the Keras layer, and returns a `Count`. `model_table` counts a whole Keras
model. Nothing here needs more than Python.
"""

from utils.counting.convolution import (
    conv2d,
    conv2d_transpose,
    conv_output_size,
    conv_transpose_output_size,
    depthwise_conv2d,
    separable_conv2d,
)
from utils.counting.count import Count
from utils.counting.layers import (
    batch_normalization,
    dense,
    embedding,
    flatten,
    layer_normalization,
    multi_head_attention,
)
from utils.counting.pooling import global_average_pooling2d, pooling2d
from utils.counting.receptive_fields import ReceptiveField, receptive_field
from utils.counting.tables import ModelTable, Row, model_table

__all__ = [
    "Count",
    "ModelTable",
    "ReceptiveField",
    "Row",
    "batch_normalization",
    "conv2d",
    "conv2d_transpose",
    "conv_output_size",
    "conv_transpose_output_size",
    "dense",
    "depthwise_conv2d",
    "embedding",
    "flatten",
    "global_average_pooling2d",
    "layer_normalization",
    "model_table",
    "multi_head_attention",
    "pooling2d",
    "receptive_field",
    "separable_conv2d",
]
