"""The study of the language model: its texts, its tokens, and how it counts bits."""

import keras
import numpy as np
import pytest

from utils import experiments
from utils.models import GPT
from utils.reference.distillation import log_softmax

study = experiments.open_study("language_model")


@pytest.fixture(scope="module")
def texts():
    return study.texts()


def test_the_texts_are_different_novels_with_lines_joined(texts):
    assert sorted(texts) == ["test", "training", "validation"]
    assert "Elizabeth" in texts["training"] and "Elizabeth Bennet" not in texts["test"]
    assert texts["validation"].startswith("CHAPTER 1") and "Tilney" in texts["validation"]
    assert texts["test"].startswith("Chapter 1") and "Wentworth" in texts["test"]
    assert "Wentworth" not in texts["training"] and "Tilney" not in texts["training"]
    assert (
        "of Kellynch Hall, in Somersetshire, was a man who, for his own amusement" in texts["test"]
    )
    assert not set(texts["test"] + texts["validation"]) - set(texts["training"])


@pytest.mark.parametrize("text", ["She said: nothing.\n\n", "대한민국은 민주공화국이다.", "£ 5 🙂"])
def test_no_text_has_an_unknown_token(text):
    tokenizer = study.train_tokenizer("she said nothing at all. " * 20)
    assert tokenizer.decode(study.encode(tokenizer, text).tolist()) == text


@pytest.mark.parametrize("count", [6, 9, 10, 23])
def test_bits_are_those_of_the_longest_context_that_a_window_has(count):
    keras.utils.set_random_seed(0)
    model = GPT(11, length=4, width=8, num_layers=1, num_heads=2)
    ids = np.random.default_rng(1).integers(0, 11, count).astype("int32")
    found = study.bits(model, ids)
    assert found[0] == pytest.approx(np.log2(study.VOCABULARY_SIZE))
    starts = [*range(0, count - 5, 2), count - 5]
    for place in range(1, count):
        start = next(start for start in starts if start < place <= start + 4)
        context = ids[np.newaxis, start : start + 4]
        logits = np.array(model(context), dtype="float64")[0, place - start - 1]
        expected = -log_softmax(logits)[ids[place]] / np.log(2)
        assert found[place] == pytest.approx(expected, rel=1e-4)
        assert place - start >= min(place, 2)  # at least half a window before it
