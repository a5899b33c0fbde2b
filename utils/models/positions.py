"""Learned positions, after section 6.3."""

import keras


class LearnedPositions(keras.layers.Layer):
    """Adds to each token a vector of the place where it stands, learned like any other weight.

    Source:
        Gehring et al., Convolutional sequence to sequence learning (2017), arXiv:1705.03122;
        section 6.3.
    """

    def __init__(self, length: int, stddev: float = 0.02, **kwargs):
        """Set the number of places.

        Args:
            length: Largest number of tokens that a text may have.
            stddev: Standard deviation of the random vectors at the start.
            **kwargs: As for every Keras layer.
        """
        super().__init__(**kwargs)
        self.length, self.stddev = length, stddev
        self.supports_masking = True

    def build(self, input_shape):
        """Make the table, shape (length, D)."""
        self.table = self.add_weight(
            name="table",
            shape=(self.length, input_shape[-1]),
            initializer=keras.initializers.RandomNormal(stddev=self.stddev),
        )

    def call(self, inputs):
        """Add the first vectors of the table.

        Args:
            inputs: Tokens, shape (B, T, D), with T at most `length`.

        Returns:
            The same shape.

        Raises:
            ValueError: If the text is longer than the table.
        """
        tokens = inputs.shape[1]
        if tokens is not None and tokens > self.length:
            raise ValueError(f"tokens must be at most {self.length}. Received: {tokens}")
        return inputs + self.table[: keras.ops.shape(inputs)[1]]

    def get_config(self):
        """What `from_config` needs.

        Returns:
            The arguments of the constructor.
        """
        return super().get_config() | {"length": self.length, "stddev": self.stddev}
