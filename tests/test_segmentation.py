"""Masks and boxes: equal to Keras and SciPy, and boxes come back from the grid."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from utils.reference import segmentation

SEEDS = st.integers(0, 2**32 - 1)


def random_boxes(rng, number, size=64):
    corners = rng.integers(0, size, size=(number, 2))
    return np.concatenate([corners, rng.integers(corners + 1, size, endpoint=True)], axis=1)


@given(seed=SEEDS, num_classes=st.integers(2, 5))
@settings(max_examples=20, deadline=None)
def test_confusion_matrix_and_iou_equal_keras(seed, num_classes):
    rng = np.random.default_rng(seed)
    truth, answer = rng.integers(0, num_classes, size=(2, 3, 5, 4))
    matrix = segmentation.confusion_matrix(truth, answer, num_classes)
    for row in range(num_classes):
        for column in range(num_classes):
            assert matrix[row, column] == np.sum((truth == row) & (answer == column))
    found = segmentation.iou(matrix)
    metric = keras.metrics.MeanIoU(num_classes=num_classes)
    metric.update_state(truth, answer)
    np.testing.assert_allclose(float(metric.result()), np.nanmean(found), rtol=1e-5)
    for label in range(num_classes):
        if np.isnan(found[label]):
            continue
        metric = keras.metrics.IoU(num_classes=num_classes, target_class_ids=[label])
        metric.update_state(truth, answer)
        np.testing.assert_allclose(float(metric.result()), found[label], rtol=1e-5)


def test_iou_of_an_absent_class_is_nan():
    found = segmentation.iou([[3, 1, 0], [0, 4, 0], [0, 0, 0]])
    np.testing.assert_allclose(found, [3 / 4, 4 / 5, np.nan])


@given(seed=SEEDS, density=st.floats(0, 1))
@settings(max_examples=40, deadline=None)
def test_components_equal_scipy(seed, density):
    rng = np.random.default_rng(seed)
    mask = rng.random((rng.integers(1, 12), rng.integers(1, 12))) < density
    parts, count = segmentation.connected_components(mask)
    expected, number = ndimage.label(mask)
    assert count == number
    np.testing.assert_array_equal(parts, expected)  # both number them row by row


def test_boundary_by_hand():
    classes = np.zeros((2, 5, 6), int)
    classes[1, 2, 2:] = 3
    found = segmentation.boundary(classes)
    assert not found[0].any()
    expected = np.zeros((5, 6), bool)
    expected[1:4, 1:] = True
    np.testing.assert_array_equal(found[1], expected)
    np.testing.assert_array_equal(segmentation.boundary(classes[1]), expected)


@given(seed=SEEDS)
@settings(max_examples=40, deadline=None)
def test_box_iou_counts_pixels_and_equals_keras(seed):
    rng = np.random.default_rng(seed)
    first, second = random_boxes(rng, 4, 12), random_boxes(rng, 3, 12)
    found = segmentation.box_iou(first, second)
    rows, columns = np.indices((12, 12))

    def pixels(box):
        left, top, right, bottom = box
        return (columns >= left) & (columns < right) & (rows >= top) & (rows < bottom)

    for i, one in enumerate(first):
        for j, other in enumerate(second):
            both, either = pixels(one) & pixels(other), pixels(one) | pixels(other)
            assert found[i, j] == pytest.approx(both.sum() / either.sum())
    in_keras = keras.utils.bounding_boxes.compute_iou(
        first.astype("float32"), second.astype("float32"), "xyxy"
    )
    np.testing.assert_allclose(in_keras, found, rtol=1e-5, atol=1e-6)


def test_boxes_of_instances():
    instances = np.zeros((6, 8), int)
    instances[1:4, 2:5] = 1
    instances[2, 7] = 2
    instances[5, 0] = 2
    expected = [[2, 1, 5, 4], [0, 2, 8, 6]]
    np.testing.assert_array_equal(segmentation.boxes_of(instances), expected)
    assert segmentation.boxes_of(np.zeros((3, 3), int)).shape == (0, 4)


@given(seed=SEEDS, grid=st.integers(1, 16), num_classes=st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_boxes_come_back_from_the_grid(seed, grid, num_classes):
    rng = np.random.default_rng(seed)
    boxes = random_boxes(rng, rng.integers(0, 6))
    labels = rng.integers(0, num_classes, size=len(boxes))
    targets = segmentation.encode_boxes(boxes, labels, 64, grid, num_classes)
    assert targets.shape == (grid, grid, 5 + num_classes)
    cells = {}  # the largest of each cell; of equal ones the last
    for box, label in zip(boxes.tolist(), labels.tolist(), strict=True):
        left, top, right, bottom = box
        cell = (top + bottom) * grid // 128, (left + right) * grid // 128
        area = (right - left) * (bottom - top)
        if cell not in cells or area >= cells[cell][0]:
            cells[cell] = area, box, label
    back, back_labels = segmentation.decode_boxes(targets, 64)
    expected = [cells[cell] for cell in sorted(cells)]
    np.testing.assert_allclose(back, np.reshape([e[1] for e in expected], (-1, 4)), atol=1e-9)
    assert back_labels.tolist() == [e[2] for e in expected]
    filled = targets[targets[..., 0] == 1]
    assert len(filled) == len(cells) == np.count_nonzero(targets.any(axis=-1))
    assert (filled[:, 1:3] >= 0).all() and (filled[:, 1:3] < 1).all()


def test_a_cell_by_hand():
    targets = segmentation.encode_boxes([[10, 20, 30, 28]], [2], 64, 8, 3)
    # The center (20, 24) is 2.5 cells to the right and 3 down.
    np.testing.assert_allclose(targets[3, 2], [1, 0.5, 0, 20 / 64, 8 / 64, 0, 0, 1])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: segmentation.confusion_matrix([0, 4], [0, 1], 4),
            "truth must be from 0 to 3. Received: 0 to 4",
        ),
        (
            lambda: segmentation.confusion_matrix([0.0, 1.0], [0, 1], 4),
            "truth must hold integers. Received: truth.dtype=float64",
        ),
        (
            lambda: segmentation.confusion_matrix([0, 1], [0, 1, 1], 4),
            "truth and predicted must have the same shape. Received: truth.shape=(2,), "
            "predicted.shape=(3,)",
        ),
        (
            lambda: segmentation.confusion_matrix([0], [0], 0),
            "num_classes must be a positive integer. Received: num_classes=0",
        ),
        (
            lambda: segmentation.iou(np.zeros((2, 3))),
            "matrix must be square. Received: matrix.shape=(2, 3)",
        ),
        (
            lambda: segmentation.boundary([0, 1]),
            "classes must have shape (..., height, width). Received: shape=(2,)",
        ),
        (
            lambda: segmentation.connected_components([True]),
            "mask must have shape (height, width). Received: shape=(1,)",
        ),
        (
            lambda: segmentation.boxes_of([[0, 2]]),
            "instances must hold each object. Received: no pixel of 1",
        ),
        (
            lambda: segmentation.boxes_of([1]),
            "instances must have shape (height, width). Received: shape=(1,)",
        ),
        (
            lambda: segmentation.box_iou([[0, 0, 1]], [[0, 0, 1, 1]]),
            "first must have shape (boxes, 4). Received: first.shape=(1, 3)",
        ),
        (
            lambda: segmentation.box_iou([[0, 0, 1, 1]], [[3, 0, 3, 1]]),
            "second must be (left, top, right, bottom), wider and higher than 0. "
            "Received: [3.0, 0.0, 3.0, 1.0]",
        ),
        (
            lambda: segmentation.encode_boxes([[0, 0, 65, 1]], [0], 64, 8, 3),
            "boxes must lie within 0 to 64. Received: 0 to 65",
        ),
        (
            lambda: segmentation.encode_boxes([[0, 0, 6, 1]], [0, 1], 64, 8, 3),
            "labels must have shape (1,). Received: labels.shape=(2,)",
        ),
        (
            lambda: segmentation.encode_boxes([[0, 0, 6, 1]], [3], 64, 8, 3),
            "labels must be from 0 to 2. Received: 3 to 3",
        ),
        (
            lambda: segmentation.decode_boxes(np.zeros((8, 7, 8)), 64),
            "targets must have shape (grid, grid, 5 + num_classes). "
            "Received: targets.shape=(8, 7, 8)",
        ),
    ],
)
def test_messages(call, message):
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value) == message
