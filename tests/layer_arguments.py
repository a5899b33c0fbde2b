"""Arguments of layers, good and bad ones, for the tests of convolution, pooling and counting."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st

# A few examples come up twice; at least 300 are different.
thorough = settings(max_examples=330, deadline=None, derandomize=True)

not_positive = st.one_of(
    st.integers(max_value=0), st.floats(), st.booleans(), st.text(max_size=3), st.complex_numbers()
)


@st.composite
def axes(draw, padding, strided, dilated, most=(4, 3, 6)):
    """One axis: input size, kernel size, strides, dilation and explicit zeros that fit.

    `most` is the largest kernel size, the largest strides, and how much larger than the smallest
    that fits an input may be.
    """
    kernel_size = draw(st.integers(1, most[0]))
    strides = draw(st.integers(1, most[1])) if strided else 1
    dilation_rate = draw(st.integers(1, 3)) if dilated else 1
    zeros = (draw(st.integers(0, 3)), draw(st.integers(0, 3))) if padding == "explicit" else (0, 0)
    span = dilation_rate * (kernel_size - 1) + 1
    smallest = 1 if padding == "same" else max(1, span - sum(zeros))
    return (
        draw(st.integers(smallest, smallest + most[2])), kernel_size, strides, dilation_rate, zeros
    )  # fmt: skip


@st.composite
def image_layers(draw, paddings, both=True, most=(4, 3, 6)):
    """Height and width of an image, and the arguments of a convolution that fits it.

    `both=False` leaves out strides together with dilation, which Keras refuses.
    """
    padding = draw(st.sampled_from(paddings))
    strided, dilated = True, True
    if not both:
        strided, dilated = draw(st.sampled_from([(True, False), (False, True)]))
    vertical, horizontal = (draw(axes(padding, strided, dilated, most)) for _ in range(2))
    kernel_size, strides, dilation_rate, zeros = zip(vertical[1:], horizontal[1:], strict=True)
    return (vertical[0], horizontal[0]), {
        "kernel_size": kernel_size,
        "strides": strides,
        "padding": zeros if padding == "explicit" else padding,
        "dilation_rate": dilation_rate,
    }


def not_pairs(not_one):
    """What is neither a positive integer nor a pair of them, of what is not even one."""
    return st.one_of(
        not_one,
        st.tuples(not_one, st.integers(1, 3)),
        st.tuples(st.integers(1, 3), not_one),
        st.lists(st.integers(1, 3)).filter(lambda numbers: len(numbers) != 2),
    )


def message(function, *arguments, **keywords):
    """What the ValueError of a call says."""
    with pytest.raises(ValueError) as caught:
        function(*arguments, **keywords)
    return str(caught.value)
