"""WordPiece, against Hugging Face's tokenizer of all-MiniLM-L6-v2."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from utils import data, pretrained
from utils.reference import text

# `tokenizers` follows an older Unicode than Python: characters that both know.
OLD = unicodedata.ucd_3_2_0
KNOWN = st.characters(exclude_categories=["Cs"]).filter(
    lambda c: OLD.category(c) == unicodedata.category(c) != "Cn"
)
HARD = st.sampled_from("aA.é-_$€「中가힣ㅏᆻİς😀ß\t\n\x00\x0b\u00ad\u2028\ufffd\U0002b820 ")


@pytest.fixture(scope="module")
def theirs():
    return cached_tokenizer()


def cached_tokenizer(made=[]):  # noqa: B006
    if not made:
        made.append(Tokenizer.from_file(str(pretrained._minilm_folder() / "tokenizer.json")))
        made[0].no_padding()
        made[0].no_truncation()
    return made[0]


@settings(deadline=None)
@given(st.text(KNOWN | HARD, max_size=30))
def test_equal_to_hugging_face_on_any_text(one):
    tokenizer = cached_tokenizer()
    vocabulary = tokenizer.get_vocab()
    expected = tokenizer.encode(one, add_special_tokens=False).tokens
    assert text.tokenize_wordpiece(one, vocabulary) == expected


def test_equal_to_hugging_face_on_english_and_korean(theirs):
    vocabulary = theirs.get_vocab()
    reviews = list(map(str, data.load_arrays("movie_snippets", "train[:1500]")["text"]))
    laws = list(map(str, data.load_arrays("korean_law", "train")["text"]))
    encoded = theirs.encode_batch(reviews + laws, add_special_tokens=False)
    for one, expected in zip(reviews + laws, encoded, strict=True):
        assert text.tokenize_wordpiece(one, vocabulary) == expected.tokens


def test_takes_the_longest_piece_and_does_not_go_back():
    pieces = {"un", "una", "##afford", "##able", "play", "##r", "##er"}
    assert text.wordpiece("player", pieces) == ["play", "##er"]
    assert text.wordpiece("unaffordable", pieces - {"una"}) == ["un", "##afford", "##able"]
    assert text.wordpiece("unaffordable", pieces) == ["[UNK]"]
    assert text.wordpiece("able", pieces) == ["[UNK]"]


def test_a_word_of_more_than_100_characters_is_unknown(theirs):
    vocabulary = theirs.get_vocab()
    assert len(text.wordpiece("a" * 100, vocabulary)) == 50
    assert text.wordpiece("a" * 101, vocabulary) == ["[UNK]"]
    assert len(text.wordpiece("a" * 101, vocabulary, max_characters=101)) > 1


def test_splits_words_and_marks():
    assert text.split_words_and_marks("A café, isn't it?") == "a cafe , isn ' t it ?".split()
    assert text.split_words_and_marks("中文 $5 €5\x00\n") == ["中", "文", "$", "5", "€5"]
    assert text.split_words_and_marks(" \t ") == []
