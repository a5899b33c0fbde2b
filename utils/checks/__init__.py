"""Checks of the exercises, a module a part: `checks.cnn_arithmetic.filter_weights(answer)`.

A check prints one sentence and never raises for a wrong answer, so that a notebook with unsolved
exercises runs to its end.
"""

from utils.checks import (
    attention_transformers,
    cnn_arithmetic,
    lora_distillation,
    ml_taxonomy,
    modern_convnets,
    text,
    unsupervised,
)

__all__ = [
    "attention_transformers",
    "cnn_arithmetic",
    "lora_distillation",
    "ml_taxonomy",
    "modern_convnets",
    "text",
    "unsupervised",
]
