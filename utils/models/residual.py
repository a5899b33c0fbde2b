"""The residual block of section 4.3."""

from keras import layers


def residual_block(x, filters, pooling=False):
    """Two convolutions whose result is added to what they received.

    Both convolutions are 3×3 with padding and ReLU, so they keep height and width. The shortcut,
    the second input of the Add, is brought to the same shape where it has to be:

    - by a 1×1 convolution with strides of 2 if the block pools, which halves height and width;
    - by a 1×1 convolution without strides if it does not pool and the number of channels changes;
    - not at all otherwise: `x` itself is added, and the block has no weights beside its two
      convolutions.

    An odd length n becomes (n + 1) / 2 on both ways, because the pooling is padded.

    Args:
        x: Feature maps, a Keras tensor of shape (batch, height, width, channels).
        filters: Number of channels that come out, a positive integer.
        pooling: Whether a max pooling follows the two convolutions and halves height and width.

    Returns:
        Feature maps of shape (batch, height, width, filters); with `pooling`, of half the height
        and half the width, rounded up.

    Raises:
        ValueError: If `filters` is no positive integer, or `x` has not four axes.

    Source:
        He et al., Deep residual learning for image recognition (2016), arXiv:1512.03385; in this
        form Chollet, Deep Learning with Python, 2nd edition (2021), section 9.3.2; section 4.3.
    """
    if isinstance(filters, bool) or not isinstance(filters, int) or filters < 1:
        raise ValueError(f"filters must be a positive integer. Received: filters={filters!r}")
    if len(x.shape) != 4:
        raise ValueError(
            "x must have four axes (batch, height, width, channels). "
            f"Received: x of shape {tuple(x.shape)}"
        )
    shortcut = x  # (B, H, W, C)
    x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)  # (B, H, W, F)
    if pooling:
        x = layers.MaxPooling2D(2, padding="same")(x)  # (B, H/2, W/2, F)
        shortcut = layers.Conv2D(filters, 1, strides=2)(shortcut)
    elif shortcut.shape[-1] != filters:
        shortcut = layers.Conv2D(filters, 1)(shortcut)
    return layers.Add()([x, shortcut])
