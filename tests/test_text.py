"""Text to numbers, against Keras; byte-pair encoding, against `tokenizers`."""

import json
import string
import unicodedata
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

from utils import data
from utils.reference import text

KOREAN = "가각힣국민은 대한민국의"
MIXED = st.text(alphabet=st.sampled_from(KOREAN + "abcAB C.,-é①ᆨ\t☃🙂"), max_size=30)
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
WORDS = st.lists(st.text("abc", min_size=1, max_size=9), min_size=1, max_size=12)


def tokenizer(pieces, num_merges, split=None):
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = split or pre_tokenizers.WhitespaceSplit()
    size = len(set("".join(pieces))) + num_merges
    made.train_from_iterator(pieces, trainers.BpeTrainer(vocab_size=size, show_progress=False))
    return made, [tuple(pair) for pair in json.loads(made.to_str())["model"]["merges"]]


@pytest.fixture(scope="module")
def corpora():
    reviews = [str(one) for one in data.load_arrays("movie_snippets", "train[:2000]")["text"]]
    laws = [str(one) for one in data.load_arrays("korean_law", "train")["text"]]
    return {"reviews": reviews, "laws": laws}


def test_standardize():
    assert text.standardize("The cat  sat\non the mat.") == "the cat sat on the mat"
    assert text.standardize("3·1운동, C++ and don't_you") == "31운동 c and dontyou"
    assert text.standardize("") == text.standardize(" .!\n") == ""
    assert text.standardize("각") == "각"
    assert text.standardize("ÉCOLE №5 ½ नमस्ते") == "école 5 ½ नमस्ते"


@given(ANY)
def test_standardize_keeps_letters_marks_and_numbers(one):
    made = text.standardize(one)
    kept = [c for c in unicodedata.normalize("NFC", one).lower()
            if unicodedata.category(c)[0] in "LMN"]  # fmt: skip
    assert list(made.replace(" ", "")) == kept
    assert "  " not in made and made == made.strip()


def test_equal_to_keras(corpora):
    from keras import layers

    plain = [one for one in corpora["reviews"] if one.isascii()]
    plain += [string.punctuation, "a" + string.punctuation + "b\tc\nd"]
    for max_tokens in (None, 50):
        layer = layers.TextVectorization(max_tokens=max_tokens)
        layer.adapt(plain)
        tokens = [text.tokenize_words(text.standardize(one)) for one in plain]
        vocabulary = text.build_vocabulary(tokens, max_tokens)
        assert layer.get_vocabulary() == vocabulary
        rows = np.array(layer(plain))
        lengths = [len(one) for one in tokens]
        mine = [place for one in tokens[:200] for place in text.index(one, vocabulary)]
        np.testing.assert_array_equal(np.count_nonzero(rows, axis=1), lengths)
        assert rows[:200][rows[:200] > 0].tolist() == mine
    for mode in ("multi_hot", "count"):
        layer = layers.TextVectorization(output_mode=mode, vocabulary=vocabulary[2:])
        theirs = np.array(layer(plain[:50]))
        for row, one in zip(theirs, tokens, strict=False):
            vector = text.encode(text.index(one, vocabulary), len(vocabulary), mode)
            np.testing.assert_array_equal(vector[1:], row)
            assert vector[0] == 0
    layer = layers.TextVectorization(ngrams=(2,))
    layer.adapt(plain)
    pairs = text.build_vocabulary(text.ngrams(one, 2) for one in tokens)
    assert layer.get_vocabulary() == pairs


@given(ANY)
def test_jamo_are_the_decomposed_form(one):
    letters = text.tokenize_jamo(one)
    syllables = [c for c in one if "가" <= c <= "힣"]
    assert "".join(letters) == "".join(
        unicodedata.normalize("NFD", c) if c in syllables else c for c in one
    )
    assert text.tokenize_characters(one) == list(one)
    assert bytes(text.tokenize_bytes(one)).decode() == one


def test_every_syllable_is_taken_apart():
    for code in range(0xAC00, 0xAC00 + 11172):
        assert "".join(text.tokenize_jamo(chr(code))) == unicodedata.normalize("NFD", chr(code))


@given(st.lists(st.sampled_from("abc"), max_size=8), st.integers(1, 4))
def test_ngrams(tokens, n):
    runs = text.ngrams(tokens, n)
    assert len(runs) == max(0, len(tokens) - n + 1)
    for place, run in enumerate(runs):
        assert run.split() == tokens[place : place + n]


@given(st.lists(st.lists(st.sampled_from("abcdefg"), max_size=6), max_size=5))
def test_vocabulary_is_sorted_and_complete(texts):
    vocabulary = text.build_vocabulary(texts)
    counts = Counter(token for tokens in texts for token in tokens)
    assert vocabulary[:2] == ["", "[UNK]"] and set(vocabulary[2:]) == set(counts)
    order = [(counts[token], token) for token in vocabulary[2:]]
    assert order == sorted(order, reverse=True)
    for tokens in texts:
        assert [vocabulary[place] for place in text.index(tokens, vocabulary)] == tokens
    assert text.index(["z"], vocabulary) == [1]


@given(ANY)
def test_pieces_lose_nothing(one):
    assert "".join(text.pieces(one)) == one


@settings(max_examples=300, deadline=None)
@given(WORDS, st.integers(1, 15))
def test_merges_are_those_of_tokenizers(words, num_merges):
    made, theirs = tokenizer(words, num_merges)
    mine = text.train_bpe(words, num_merges)
    if len({"".join(pair) for pair in mine}) == len(mine):  # the library counts tokens, not merges
        assert mine == theirs
        for word in words:
            assert text.encode_bpe(word, mine) == made.encode(word).tokens


@pytest.mark.parametrize("name", ["reviews", "laws"])
@pytest.mark.parametrize("level", ["characters", "bytes"])
def test_merges_of_corpora_are_those_of_tokenizers(corpora, name, level):
    """800 merges each, at the level of characters and of bytes."""
    texts = corpora[name][:700]
    pattern = Regex(r" ?[\p{L}\p{N}_]+| ?[^\p{L}\p{N}_\s]+|\s+")
    steps = [pre_tokenizers.Split(pattern, "isolated")]
    pieces = [piece for one in texts for piece in text.pieces(one)]
    if level == "bytes":
        steps.append(pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False))
        pieces = [text.spell_bytes(piece) for piece in pieces]
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.Sequence(steps)
    size = len(set("".join(pieces))) + 800
    made.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=size, show_progress=False))
    theirs = [tuple(pair) for pair in json.loads(made.to_str())["model"]["merges"]]
    mine = text.train_bpe(pieces, 800)
    assert len(mine) == 800 and mine == theirs
    if level == "characters":
        for one in texts:
            assert text.encode_bpe(one, mine) == made.encode(one).tokens
            assert text.decode_bpe(text.encode_bpe(one, mine)) == one


def test_ties_go_to_the_older_pair():
    assert text.train_bpe(["ba", "ab"], 1) == [("a", "b")]
    assert text.train_bpe(["cd", "ab", "cd"], 1) == [("c", "d")]
    words = "low low low lower newer newer".split()
    assert text.train_bpe(words, 3) == [("l", "o"), ("lo", "w"), ("e", "r")]
    assert text.train_bpe(Counter(words), 3) == text.train_bpe(words, 3)


def test_training_ends_when_no_pair_is_left():
    assert text.train_bpe(["abc"], 99) == [("a", "b"), ("ab", "c")]
    assert text.train_bpe(["a", "b"], 5) == text.train_bpe([], 5) == []


@given(MIXED)
def test_encoding_loses_nothing(one):
    merges = text.train_bpe(["국민은 대한민국의", "abc ab"], 10)
    assert text.decode_bpe(text.encode_bpe(one, merges)) == one
    assert text.encode_bpe(one, []) == list(one)
    assert text.read_bytes(text.spell_bytes(one)) == one


def test_byte_letters_are_those_of_the_library():
    assert sorted(text.BYTE_LETTERS) == sorted(pre_tokenizers.ByteLevel.alphabet())
    assert len(set(text.BYTE_LETTERS)) == 256


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: text.ngrams(["a"], 0), "n must be a positive integer. Received: n=0"),
        (
            lambda: text.build_vocabulary([["a"]], 2),
            "max_tokens must be at least 3. Received: max_tokens=2",
        ),
        (
            lambda: text.index(["a"], ["a"]),
            """vocabulary must begin with "" and "[UNK]". Received: ['a']""",
        ),
        (
            lambda: text.encode([1], 3, "tf"),
            """mode must be "multi_hot" or "count". Received: mode='tf'""",
        ),
        (
            lambda: text.encode([3], 3),
            "indices must lie within 0 to 2. Received: indices from 3 to 3",
        ),
        (
            lambda: text.train_bpe(["ab"], 0),
            "num_merges must be a positive integer. Received: num_merges=0",
        ),
        (lambda: text.read_bytes("한"), "letters must stand for bytes. Received: '한'"),
    ],
)
def test_messages(call, message):
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value) == message
