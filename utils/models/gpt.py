"""A small GPT: a decoder-only Transformer with a key-value cache, after section 6.5.

Axis letters in the comments: B batch, H heads, T tokens that ask, S tokens that are asked (the past
and these), D width of the model, K width of a head, V length of the vocabulary.
"""

import keras
from keras import layers, ops


class CausalSelfAttention(layers.Layer):
    """Several heads that look at a token and at those before it.

    Source:
        Vaswani et al., Attention is all you need (2017), arXiv:1706.03762; sections 6.2 and 6.5.
    """

    def __init__(self, width: int, num_heads: int, **kwargs):
        """Make the two dense layers.

        Args:
            width: Width of the model, D.
            num_heads: Number of heads, H, which divides D.
            **kwargs: As for every Keras layer.

        Raises:
            ValueError: If the heads do not divide the width.
        """
        super().__init__(**kwargs)
        if width % num_heads:
            raise ValueError(
                f"num_heads must divide width. Received: num_heads={num_heads}, width={width}"
            )
        self.num_heads = num_heads
        self.query_key_value = layers.Dense(3 * width)
        self.mix = layers.Dense(width)

    def call(self, inputs, past=None):
        """Attend.

        Args:
            inputs: Tokens, shape (B, T, D).
            past: Keys and values of the tokens before them, each of shape (B, H, S - T, K); None
                if there are none.

        Returns:
            Outputs, shape (B, T, D), and the pair of keys and values of all tokens so far, each of
            shape (B, H, S, K).
        """
        parts = ops.split(self.query_key_value(inputs), 3, axis=-1)  # (B, T, D) each
        q, k, v = (self._heads(part) for part in parts)  # (B, H, T, K)
        if past is not None:
            k = ops.concatenate([past[0], k], axis=2)  # (B, H, S, K)
            v = ops.concatenate([past[1], v], axis=2)
        tokens, asked = ops.shape(q)[2], ops.shape(k)[2]
        future = ops.arange(asked) > ops.arange(asked - tokens, asked)[:, None]  # (T, S)
        scores = q @ ops.swapaxes(k, 2, 3) / q.shape[-1] ** 0.5  # (B, H, T, S)
        weights = ops.softmax(ops.where(future, -1e9, scores))
        outputs = ops.swapaxes(weights @ v, 1, 2)  # (B, T, H, K)
        return self.mix(ops.reshape(outputs, ops.shape(inputs))), (k, v)

    def _heads(self, tokens):
        batch, length, width = ops.shape(tokens)
        shape = (batch, length, self.num_heads, width // self.num_heads)
        return ops.swapaxes(ops.reshape(tokens, shape), 1, 2)


class DecoderBlock(layers.Layer):
    """Attention and a dense network, each on a normalized copy and added to what came in.

    Source:
        Radford et al., Language models are unsupervised multitask learners (2019), section 2.3, for
        the normalization in front; section 6.5.
    """

    def __init__(self, width: int, num_heads: int, **kwargs):
        """Make the layers.

        Args:
            width: Width of the model, D; the hidden layer has 4 D units.
            num_heads: Number of heads.
            **kwargs: As for every Keras layer.
        """
        super().__init__(**kwargs)
        self.normalize_1 = layers.LayerNormalization(epsilon=1e-5)
        self.attention = CausalSelfAttention(width, num_heads)
        self.normalize_2 = layers.LayerNormalization(epsilon=1e-5)
        self.expand = layers.Dense(4 * width, activation="relu")
        self.contract = layers.Dense(width)

    def call(self, inputs, past=None):
        """Pass tokens through the block.

        Args:
            inputs: Tokens, shape (B, T, D).
            past: As for `CausalSelfAttention`.

        Returns:
            Outputs, shape (B, T, D), and the keys and values of all tokens so far.
        """
        attended, past = self.attention(self.normalize_1(inputs), past)
        x = inputs + attended
        return x + self.contract(self.expand(self.normalize_2(x))), past


class GPT(keras.Model):
    """Predicts at every place of a text the token that comes next.

    Source:
        Radford et al. (2019), simplified: ReLU, and another table at the output than at the input;
        section 6.5.
    """

    def __init__(
        self,
        vocabulary_size: int,
        length: int,
        width: int = 64,
        num_layers: int = 2,
        num_heads: int = 4,
        **kwargs,
    ):
        """Make the layers.

        Args:
            vocabulary_size: Length of the vocabulary, V.
            length: Largest number of tokens that it can look at.
            width: Width of the model, D.
            num_layers: Number of blocks.
            num_heads: Number of heads in each.
            **kwargs: As for every Keras model.
        """
        super().__init__(**kwargs)
        self.length = length
        self.embedding = layers.Embedding(vocabulary_size, width)
        self.positions = layers.Embedding(length, width)
        self.blocks = [DecoderBlock(width, num_heads) for _ in range(num_layers)]
        self.normalize = layers.LayerNormalization(epsilon=1e-5)
        self.head = layers.Dense(vocabulary_size)

    def call(self, tokens, past=None):
        """Logits of the next token, at every place.

        Args:
            tokens: Integers from 0 to V - 1, shape (B, T).
            past: Keys and values of the tokens before them, a pair for each block, as
                `empty_cache` makes them and this method returns them; None for no cache.

        Returns:
            Logits, shape (B, T, V). With `past`, also the keys and values of all tokens so far.

        Raises:
            ValueError: If there are more tokens, with those of the past, than `length`.
        """
        start = 0 if past is None else ops.shape(past[0][0])[2]
        end = start + ops.shape(tokens)[1]
        if isinstance(end, int) and end > self.length:  # in a graph it may be unknown
            raise ValueError(f"tokens must be at most {self.length}. Received: {end}")
        x = self.embedding(tokens) + self.positions(ops.arange(start, end))  # (B, T, D)
        cache = []
        for number, block in enumerate(self.blocks):
            x, keys_values = block(x, None if past is None else past[number])
            cache.append(keys_values)
        logits = self.head(self.normalize(x))  # (B, T, V)
        return logits if past is None else (logits, cache)

    def empty_cache(self, batch_size: int = 1) -> list:
        """The keys and values before the first token.

        Args:
            batch_size: Number of texts, B.

        Returns:
            A pair for each block, each of shape (B, H, 0, K).
        """
        num_heads = self.blocks[0].attention.num_heads
        empty = ops.zeros((batch_size, num_heads, 0, self.embedding.output_dim // num_heads))
        return [(empty, empty) for _ in self.blocks]
