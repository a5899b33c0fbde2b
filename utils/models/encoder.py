"""The Transformer's encoder, after section 6.4.

Axis letters in the comments: B batch, H heads, T tokens, D width of the model, F hidden width, C
classes.
"""

import keras
import numpy as np
from keras import layers

from utils.models.positions import LearnedPositions
from utils.reference import positive_integer

NORMALIZATIONS = ("layer", "batch", "none")
EPSILON = 1e-5


class EncoderBlock(layers.Layer):
    """Self-attention, then two dense layers for each token, each added to what it received.

    After each of the two sums comes a normalization, as in the paper of 2017 ("post-norm"). GPT-2
    and most later models normalize what goes into the two parts instead ("pre-norm"), which leaves
    a path from end to end without normalization and trains where post-norm needs a warm-up: in
    stacks of many blocks. This book's stacks have few.

    The mask of the inputs, which says what is no padding, reaches attention and the statistics of
    a batch normalization, and is passed on.

    Source:
        Vaswani et al., Attention is all you need (2017), arXiv:1706.03762, sections 3.1 and 3.3;
        on the place of the normalization Xiong et al. (2020), arXiv:2002.04745; section 6.4.
    """

    def __init__(
        self,
        heads: int,
        hidden: int,
        dropout: float = 0.0,
        normalization: str = "layer",
        use_causal_mask: bool = False,
        **kwargs,
    ):
        """Set the sizes; the width D is that of the inputs.

        Args:
            heads: Number of heads, which must divide the width.
            hidden: Units of the first of the two dense layers.
            dropout: Share of each part's outputs that training drops before the sum.
            normalization: "layer" for layer normalization, "batch" for batch normalization over
                the tokens that are no padding, "none" for neither.
            use_causal_mask: Whether a token may look at itself and at earlier tokens only.
            **kwargs: As for every Keras layer.

        Raises:
            ValueError: If `heads` or `hidden` is no positive integer, or the normalization is
                unknown.
        """
        super().__init__(**kwargs)
        if normalization not in NORMALIZATIONS:
            raise ValueError(
                f"normalization must be one of {NORMALIZATIONS}. "
                f"Received: normalization={normalization!r}"
            )
        self.heads = positive_integer("heads", heads)
        self.hidden = positive_integer("hidden", hidden)
        self.dropout, self.normalization = dropout, normalization
        self.use_causal_mask = use_causal_mask
        self.supports_masking = True

    def build(self, input_shape):
        """Make the parts, in the order of their weights.

        Args:
            input_shape: (B, T, D).

        Raises:
            ValueError: If the heads do not divide the width.
        """
        width = input_shape[-1]
        if width % self.heads:
            raise ValueError(f"heads must divide the width {width}. Received: heads={self.heads}")
        options = {"dtype": self.dtype_policy}
        self.attention = layers.MultiHeadAttention(self.heads, width // self.heads, **options)
        self.first_normalization = self._normalization("first_normalization")
        self.expand = layers.Dense(self.hidden, activation="relu", name="expand", **options)
        self.contract = layers.Dense(width, name="contract", **options)
        self.second_normalization = self._normalization("second_normalization")
        self.drop = layers.Dropout(self.dropout, **options)
        self.attention.build(input_shape, input_shape)
        self.first_normalization.build(input_shape)
        self.expand.build(input_shape)
        self.contract.build((*input_shape[:-1], self.hidden))
        self.second_normalization.build(input_shape)

    def _normalization(self, name):
        options = {"name": name, "dtype": self.dtype_policy}
        if self.normalization == "layer":
            return layers.LayerNormalization(epsilon=EPSILON, **options)
        if self.normalization == "batch":
            # With 0.99 the moving averages would lag behind a training of a few hundred steps.
            return layers.BatchNormalization(momentum=0.9, epsilon=EPSILON, **options)
        return layers.Identity(**options)

    def call(self, inputs, mask=None, training=None, return_attention_scores=False):
        """Mix the tokens, then work on each.

        Args:
            inputs: Tokens, shape (B, T, D).
            mask: Boolean, shape (B, T): True where a token is no padding. By default everywhere.
            training: Whether to drop, and to normalize by the batch's own statistics.
            return_attention_scores: Whether to return the weights of attention too.

        Returns:
            Tokens, shape (B, T, D); with `return_attention_scores` a pair, of which the second has
            shape (B, H, T, T). Outputs and weights of padding mean nothing.
        """
        mixed, scores = self.attention(
            inputs,
            inputs,
            query_mask=mask,
            value_mask=mask,
            use_causal_mask=self.use_causal_mask,
            return_attention_scores=True,
            training=training,
        )  # (B, T, D), (B, H, T, T)
        x = inputs + self.drop(mixed, training=training)  # (B, T, D)
        x = self._normalize(self.first_normalization, x, mask, training)
        y = self.contract(self.expand(x))  # (B, T, F), then (B, T, D)
        y = self.drop(y, training=training)
        outputs = self._normalize(self.second_normalization, x + y, mask, training)  # (B, T, D)
        return (outputs, scores) if return_attention_scores else outputs

    def _normalize(self, layer, x, mask, training):
        if self.normalization == "batch":
            return layer(x, mask=mask, training=training)
        return layer(x)

    def get_config(self):
        """What `from_config` needs.

        Returns:
            The arguments of the constructor.
        """
        return super().get_config() | {
            "heads": self.heads,
            "hidden": self.hidden,
            "dropout": self.dropout,
            "normalization": self.normalization,
            "use_causal_mask": self.use_causal_mask,
        }


def text_encoder(
    vocabulary: int,
    length: int,
    classes: int,
    width: int = 32,
    heads: int = 2,
    hidden: int = 64,
    blocks: int = 1,
    dropout: float = 0.0,
    positions: bool = True,
    normalization: str = "layer",
):
    """A network that reads a text by attention and gives each class a score.

    Args:
        vocabulary: Number of tokens, with padding, which is token 0.
        length: Largest number of tokens that a text may have, if `positions`.
        classes: Number of classes.
        width: Numbers for each token, a multiple of `heads`.
        heads: Heads of each block.
        hidden: Hidden units of each block.
        blocks: Number of encoder blocks.
        dropout: As in `EncoderBlock`.
        positions: Whether learned positions are added.
        normalization: As in `EncoderBlock`.

    Returns:
        A Keras model of integers, shape (B, T), with logits, shape (B, C). Padding at the end
        changes nothing, with any normalization, in training and after. A text of padding alone
        has no mean.

    Raises:
        ValueError: As `EncoderBlock`.

    Source:
        Vaswani et al. (2017), arXiv:1706.03762, the encoder; Chollet, Deep Learning with Python,
        2nd edition (2021), section 11.4.3; section 6.4.
    """
    inputs = layers.Input((None,), dtype="int32")
    x = layers.Embedding(vocabulary, width, mask_zero=True)(inputs)  # (B, T, D)
    if positions:
        x = LearnedPositions(length)(x)
    for _ in range(blocks):
        x = EncoderBlock(heads, hidden, dropout, normalization)(x)  # (B, T, D)
    x = layers.GlobalAveragePooling1D()(x)  # (B, D), the mean of what is no padding
    return keras.Model(inputs, layers.Dense(classes)(x))


def attention_maps(model, tokens: np.ndarray) -> list[np.ndarray]:
    """What the blocks of a text encoder look at.

    Args:
        model: A network from `text_encoder`.
        tokens: Integers, shape (B, T).

    Returns:
        For each block the weights of attention, shape (B, H, T, T). Rows of padding mean nothing.

    Source:
        Section 6.4.
    """
    x, maps = keras.ops.convert_to_tensor(tokens, "int32"), []
    for layer in model.layers[1:]:
        if isinstance(layer, EncoderBlock):
            x, scores = layer(x, return_attention_scores=True)
            maps.append(keras.ops.convert_to_numpy(scores))
        else:
            x = layer(x)
    return maps
