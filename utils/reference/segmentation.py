"""Masks and boxes: scores of a segmentation, its connected parts, and the targets of a detector.

A box is (left, top, right, bottom) in pixels, edges of pixels rather than their centers: the box of
the single pixel in row 2 and column 5 is (5, 2, 6, 3).
"""

import numpy as np

from utils.reference import positive_integer


def confusion_matrix(truth: np.ndarray, predicted: np.ndarray, num_classes: int) -> np.ndarray:
    """Count pixels by their true and their predicted class.

    Args:
        truth: Classes from 0 to num_classes - 1, integers, any shape.
        predicted: Likewise, in the same shape.
        num_classes: Number of classes.

    Returns:
        Counts, int64, shape (num_classes, num_classes); rows are true, columns predicted classes.

    Raises:
        ValueError: If the shapes differ, or a class is out of range or no integer.

    Source:
        Section 4.8.
    """
    num_classes = positive_integer("num_classes", num_classes)
    truth, predicted = (
        _check_classes(name, value, num_classes)
        for name, value in (("truth", truth), ("predicted", predicted))
    )
    if truth.shape != predicted.shape:
        raise ValueError(
            f"truth and predicted must have the same shape. Received: truth.shape={truth.shape}, "
            f"predicted.shape={predicted.shape}"
        )
    pairs = num_classes * truth.ravel().astype("int64") + predicted.ravel()
    return np.bincount(pairs, minlength=num_classes**2).reshape(num_classes, num_classes)


def iou(matrix: np.ndarray) -> np.ndarray:
    """Intersection over union of each class.

    Args:
        matrix: Counts as from `confusion_matrix`, shape (C, C).

    Returns:
        float64, shape (C,), from 0 to 1; NaN for a class that is neither there nor predicted.

    Raises:
        ValueError: If the matrix is not square.

    Source:
        Jaccard, Étude comparative de la distribution florale (1901); section 4.8.
    """
    matrix = np.asarray(matrix)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"matrix must be square. Received: matrix.shape={matrix.shape}")
    both = np.diag(matrix)
    either = matrix.sum(axis=0) + matrix.sum(axis=1) - both
    return np.divide(both, either, out=np.full(len(matrix), np.nan), where=either > 0)


def boundary(classes: np.ndarray) -> np.ndarray:
    """Pixels with a pixel of another class among their eight neighbors.

    Args:
        classes: Classes, integers, shape (..., height, width).

    Returns:
        bool, the same shape. The picture's edge is no boundary.

    Raises:
        ValueError: If `classes` has fewer than two axes.

    Source:
        Section 4.8.
    """
    classes = np.asarray(classes)
    if classes.ndim < 2:
        raise ValueError(
            f"classes must have shape (..., height, width). Received: shape={classes.shape}"
        )
    height, width = classes.shape[-2:]
    framed = np.pad(classes, [(0, 0)] * (classes.ndim - 2) + [(1, 1)] * 2, mode="edge")
    windows = [
        framed[..., row : row + height, column : column + width]
        for row in range(3)
        for column in range(3)
    ]
    return np.any([window != classes for window in windows], axis=0)


def connected_components(mask: np.ndarray) -> tuple[np.ndarray, int]:
    """Number the connected parts of a mask; pixels that share a side are connected.

    Args:
        mask: bool, shape (height, width).

    Returns:
        The part of each pixel, int64, shape (height, width), 1, 2 and so on in the order in which
        rows are read, 0 outside of the mask; and the number of parts.

    Raises:
        ValueError: If `mask` does not have two axes.

    Source:
        Section 4.8.
    """
    mask = np.asarray(mask, dtype=bool)
    if mask.ndim != 2:
        raise ValueError(f"mask must have shape (height, width). Received: shape={mask.shape}")
    parts, count = np.zeros(mask.shape, "int64"), 0
    for start in zip(*mask.nonzero(), strict=True):
        if parts[start]:
            continue
        count += 1
        parts[start] = count
        waiting = [start]
        while waiting:
            row, column = waiting.pop()
            for near in (
                (row - 1, column),
                (row + 1, column),
                (row, column - 1),
                (row, column + 1),
            ):
                inside = 0 <= near[0] < mask.shape[0] and 0 <= near[1] < mask.shape[1]
                if inside and mask[near] and not parts[near]:
                    parts[near] = count
                    waiting.append(near)
    return parts, count


def boxes_of(instances: np.ndarray) -> np.ndarray:
    """The smallest box around the visible pixels of each object.

    Args:
        instances: The object of each pixel, integers, shape (height, width), 1 to n; 0 is none.

    Returns:
        Boxes (left, top, right, bottom) in pixels, int64, shape (n, 4).

    Raises:
        ValueError: If `instances` does not have two axes, or an object has no pixel.

    Source:
        Section 4.8.
    """
    instances = np.asarray(instances)
    if instances.ndim != 2:
        raise ValueError(
            f"instances must have shape (height, width). Received: shape={instances.shape}"
        )
    boxes = []
    for number in range(1, int(instances.max(initial=0)) + 1):
        rows, columns = np.nonzero(instances == number)
        if len(rows) == 0:
            raise ValueError(f"instances must hold each object. Received: no pixel of {number}")
        boxes.append([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
    return np.array(boxes, "int64").reshape(-1, 4)


def box_iou(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Intersection over union of every box with every other.

    Args:
        first: Boxes (left, top, right, bottom), real numbers, shape (n, 4).
        second: Likewise, shape (m, 4).

    Returns:
        float64, shape (n, m), from 0 to 1.

    Raises:
        ValueError: If a shape is not (boxes, 4), or a box is not wider and higher than 0.

    Source:
        Section 4.8.
    """
    first, second = _check_boxes("first", first), _check_boxes("second", second)
    corner = np.maximum(first[:, np.newaxis, :2], second[np.newaxis, :, :2])  # (n, m, 2)
    opposite = np.minimum(first[:, np.newaxis, 2:], second[np.newaxis, :, 2:])
    both = np.prod(np.clip(opposite - corner, 0, None), axis=-1)
    areas = [np.prod(boxes[:, 2:] - boxes[:, :2], axis=-1) for boxes in (first, second)]
    return both / (areas[0][:, np.newaxis] + areas[1] - both)


def encode_boxes(
    boxes: np.ndarray, labels: np.ndarray, size: int, grid: int, num_classes: int
) -> np.ndarray:
    """Targets of a grid detector: each box is written into the cell that holds its center.

    A cell holds 1 + 4 + num_classes numbers: whether there is an object; the box's center inside
    the cell, x and y, each from 0 to 1; its width and height as shares of the picture; and a one at
    its class. Of several boxes with their center in one cell, the largest is kept.

    Args:
        boxes: Boxes (left, top, right, bottom) in pixels, shape (n, 4).
        labels: Their classes, integers from 0 to num_classes - 1, shape (n,).
        size: Height and width of the picture, in pixels.
        grid: Cells along each side.
        num_classes: Number of classes, without background.

    Returns:
        float64, shape (grid, grid, 5 + num_classes).

    Raises:
        ValueError: If a shape or class does not fit, or a box is empty or leaves the picture.

    Source:
        After Redmon et al., You Only Look Once (2015), arXiv:1506.02640, with one box a cell;
        section 4.8.
    """
    size, grid = positive_integer("size", size), positive_integer("grid", grid)
    num_classes = positive_integer("num_classes", num_classes)
    boxes = _check_boxes("boxes", boxes)
    labels = _check_classes("labels", labels, num_classes)
    if labels.shape != (len(boxes),):
        raise ValueError(
            f"labels must have shape ({len(boxes)},). Received: labels.shape={labels.shape}"
        )
    if len(boxes) and (boxes.min() < 0 or boxes.max() > size):
        raise ValueError(
            f"boxes must lie within 0 to {size}. Received: {boxes.min():g} to {boxes.max():g}"
        )
    targets = np.zeros((grid, grid, 5 + num_classes))
    extents = boxes[:, 2:] - boxes[:, :2]
    for place in np.argsort(extents.prod(axis=1), kind="stable"):  # the largest comes last
        center = (boxes[place, :2] + boxes[place, 2:]) / 2 * grid / size  # in cells
        column, row = np.floor(center).astype(int)
        targets[row, column] = 0
        targets[row, column, 0] = 1
        targets[row, column, 1:3] = center - (column, row)
        targets[row, column, 3:5] = extents[place] / size
        targets[row, column, 5 + labels[place]] = 1
    return targets


def decode_boxes(
    targets: np.ndarray, size: int, threshold: float = 0.5
) -> tuple[np.ndarray, np.ndarray]:
    """Read the boxes from a grid.

    Args:
        targets: Targets or predictions as from `encode_boxes`, shape (grid, grid, 5 + C).
        size: Height and width of the picture, in pixels.
        threshold: Cells whose first number is below hold no object.

    Returns:
        Boxes (left, top, right, bottom) in pixels, float64, shape (n, 4), in the order of the
        cells, row by row; and their classes, int64, shape (n,).

    Raises:
        ValueError: If the shape is not (grid, grid, 6 or more).

    Source:
        As for `encode_boxes`.
    """
    size, targets = positive_integer("size", size), np.asarray(targets)
    if targets.ndim != 3 or targets.shape[0] != targets.shape[1] or targets.shape[2] < 6:
        raise ValueError(
            "targets must have shape (grid, grid, 5 + num_classes). "
            f"Received: targets.shape={targets.shape}"
        )
    rows, columns = np.nonzero(targets[..., 0] >= threshold)
    cells = targets[rows, columns]  # (n, 5 + C)
    centers = (np.stack([columns, rows], axis=1) + cells[:, 1:3]) * size / len(targets)
    halves = cells[:, 3:5] * size / 2
    boxes = np.concatenate([centers - halves, centers + halves], axis=1)
    return boxes, cells[:, 5:].argmax(axis=1)


def _check_classes(name, value, num_classes):
    value = np.asarray(value)
    if value.size == 0:
        return value.astype("int64")
    if value.dtype.kind not in "ui":
        raise ValueError(f"{name} must hold integers. Received: {name}.dtype={value.dtype}")
    if value.min() < 0 or value.max() >= num_classes:
        raise ValueError(
            f"{name} must be from 0 to {num_classes - 1}. Received: {value.min()} to {value.max()}"
        )
    return value


def _check_boxes(name, value):
    value = np.asarray(value, dtype="float64")
    if value.size == 0:
        return value.reshape(0, 4)
    if value.ndim != 2 or value.shape[1] != 4:
        raise ValueError(f"{name} must have shape (boxes, 4). Received: {name}.shape={value.shape}")
    if not (value[:, 2:] > value[:, :2]).all():
        wrong = value[~(value[:, 2:] > value[:, :2]).all(axis=1)][0]
        raise ValueError(
            f"{name} must be (left, top, right, bottom), wider and higher than 0. "
            f"Received: {wrong.tolist()}"
        )
    return value
