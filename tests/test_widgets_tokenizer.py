"""The tokenizer widget: it cuts as `utils.reference.text` does, and what a reader can do."""

import json
import re
import unicodedata

import pytest

from utils import data, widgets
from utils.reference import text as reference
from utils.widgets import _tokenizer

NASTY = [
    "", " ", "\n\t", ".", "...", "a", "ㄱ", "ᄀ", "가", "힣", "각", "a\u0301 é É", "İstanbul ŞİŞLİ",
    "ΟΔΟΣ ΣΊΣΥΦΟΣ", "Straße ẞ", "3·1운동 ①② ½ Ⅳ №5", "e-mail: a_b@c.org", "don't stop—now…",
    "  two  blanks   and\ttabs ", "no\u00a0break\u3000wide\u200bzero",
    "\U0001f469\u200d\U0001f4bb 🙂🙂 \u2764\ufe0f \U0001f1f0\U0001f1f7",
    "대한민국 \U0001f1f0\U0001f1f7 2026년",
    "任用權者는 2年의 休職期間을", "日本語のテキスト", "नमस्ते दुनिया", "שלום עולם", "C++ C# .NET",
    "$5.00 + 3€ = ?", "aaaaaa aaa aa a", "the the the", "[UNK] the", "ABC한국DEF국민GHI",
    "국민은국민의국민에게", "\u1100\u1161\u11a8\u1102", "ᆨ각ᆨ", "가\u11a8",
    "\x1c\x85mixed\x1fspaces", "_under_score_", "\ufeffBOM", "x" * 60,
]  # fmt: skip
CUTS = {
    "The cat sat on the mat.": ["The", "cat", "sat", "on", "the", "mat"],
    "국민은 법 앞에 평등하다.": ["국민", "은", "법", "앞", "에", "평등", "하", "다"],
}


@pytest.fixture(scope="module")
def made():
    """What the widget starts from, and the sentences of the corpora."""
    reviews = data.load_arrays("movie_snippets", "train[:400]")["text"]
    laws = data.load_arrays("korean_law", "train[:1]")["text"][0].split("\n")
    korean = [line for line in laws if len(line) > 10]
    texts = [*map(str, reviews), *korean]
    plain = [reference.standardize(text) for text in texts]
    cuts = {
        "words": [text.split() for text in plain],
        "bigrams": [reference.ngrams(text.split(), 2) for text in plain],
        "trigrams": [reference.ngrams(text.split(), 3) for text in plain],
        "morphemes": CUTS.values(),
        "characters": map(list, plain),
        "jamo": map(reference.tokenize_jamo, plain),
    }
    merges = {}
    for name, some in {"English": texts[:400], "Korean": korean, "both": texts}.items():
        pieces = [piece for text in some for piece in reference.pieces(text)]
        alphabet = "".join(sorted(set("".join(pieces))))
        merges[name] = {"alphabet": alphabet, "pairs": reference.train_bpe(pieces, 300)}
    state = {
        "sentences": CUTS,
        "merges": merges,
        "vocabularies": {
            kind: reference.build_vocabulary(lists, 300) for kind, lists in cuts.items()
        },
    }
    return state, [*texts[:50], *korean[:50]]


@pytest.fixture
def page(pages, made):
    return pages.open(widgets.placeholder("tokenizer", **made[0]))


def test_equal_to_the_reference(page, made):
    """Every cut, index and vector, of 100 sentences of the corpora and of nasty ones."""
    state, sentences = made
    sentences = sentences + NASTY + [unicodedata.normalize("NFD", one) for one in sentences[50:70]]
    assert len(sentences) >= 150
    sentences += [reference.standardize(one) for one in sentences]
    run = """([texts, vocabularies, merges]) => texts.map((text) => {
        const w = bookWidgets.tokenizer, words = w.words(text);
        const cuts = { words, bigrams: w.ngrams(words, 2), trigrams: w.ngrams(words, 3),
            characters: w.characters(text), jamo: w.jamo(text) };
        const encoded = Object.entries(cuts).map(([kind, tokens]) => {
            const indices = w.index(tokens, vocabularies[kind]), size = vocabularies[kind].length;
            return [kind, tokens, indices, w.encode(indices, size, "multi_hot"),
                w.encode(indices, size, "count")];
        });
        const subwords = Object.values(merges).map(({ alphabet, pairs }) => {
            const tokens = w.subwords(text, pairs);
            return [tokens, w.index(tokens, w.subwordVocabulary(alphabet, pairs))];
        });
        return { plain: w.standardize(text), encoded, subwords, bytes: w.bytes(text) };
    })"""
    start = _tokenizer.start(**state)
    vocabularies, merges = start["vocabularies"], start["merges"]
    found = page.evaluate(run, [sentences, vocabularies, merges])
    compared = 0
    for text, one in zip(sentences, found, strict=True):
        assert one["plain"] == reference.standardize(text)
        words = reference.tokenize_words(text)
        cuts = {
            "words": words,
            "bigrams": reference.ngrams(words, 2),
            "trigrams": reference.ngrams(words, 3),
            "characters": reference.tokenize_characters(text),
            "jamo": reference.tokenize_jamo(text),
        }
        for kind, tokens, indices, multi_hot, count in one["encoded"]:
            vocabulary = vocabularies[kind]
            mine = reference.index(cuts[kind], vocabulary)
            assert (tokens, indices) == (cuts[kind], mine), text
            assert multi_hot == reference.encode(mine, len(vocabulary)).tolist()
            assert count == reference.encode(mine, len(vocabulary), "count").tolist()
            compared += len(tokens)
        for (tokens, indices), learned in zip(one["subwords"], merges.values(), strict=True):
            pairs = [tuple(pair) for pair in learned["pairs"]]
            assert tokens == reference.encode_bpe(text, pairs)
            merged = ["".join(pair) for pair in pairs]
            entries = ["", "[UNK]", *learned["alphabet"], *merged]
            assert indices == reference.index(tokens, list(dict.fromkeys(entries)))
        assert one["bytes"] == reference.tokenize_bytes(text)
    assert compared > 10_000


def test_letters_and_spaces_are_those_of_python(page):
    """Which characters belong to a word, and which are dropped, over the assigned code points."""
    codes = [c for c in range(0x20000) if unicodedata.category(chr(c)) not in ("Cn", "Cs")]
    run = """codes => codes.map((code) => {
        const c = String.fromCodePoint(code), w = bookWidgets.tokenizer;
        return [w.subwords(`a${c}a`, []).length, w.words(`a${c}a`).length,
            w.standardize(c)];
    })"""
    changed = []
    for code, (_, words, plain) in zip(codes, page.evaluate(run, codes), strict=True):
        assert words == len(f"a{chr(code)}a".split()), hex(code)
        if plain != reference.standardize(chr(code)):
            changed.append(code)
    assert changed == []
    pieces = page.evaluate(
        "codes => codes.map((c) => bookWidgets.tokenizer.subwords(`${String.fromCodePoint(c)}a`, "
        "[[String.fromCodePoint(c), 'a']]).length)",
        codes,
    )
    for code, count in zip(codes, pieces, strict=True):
        assert count == len(reference.encode_bpe(f"{chr(code)}a", [(chr(code), "a")])), hex(code)


def tokens(page):
    return page.locator(".w-pieces .w-piece").all_inner_texts()


def indices(page):
    return [int(one) for one in page.locator(".w-pieces .w-index").all_inner_texts()]


def title(page):
    return page.locator(".w-title").inner_text()


def test_type_a_sentence(page, made):
    vocabulary = made[0]["vocabularies"]["words"]
    assert tokens(page) == ["the", "cat", "sat", "on", "the", "mat"]
    field = page.get_by_label("your sentence")
    field.fill("A film about 국민!")
    assert page.locator(".w-plain").inner_text() == "a film about 국민"
    assert tokens(page) == ["a", "film", "about", "국민"]
    assert indices(page) == reference.index(tokens(page), vocabulary)
    assert page.get_by_label("example").input_value() == "your own"
    page.get_by_role("radiogroup", name="standardize").get_by_label("no").check()
    assert tokens(page) == ["A", "film", "about", "국민!"]
    assert page.locator(".w-unknown .w-piece").all_inner_texts() == ["A", "국민!"]
    assert title(page) == "4 tokens, 4 different, 2 unknown"
    field.fill("")
    assert tokens(page) == [] and title(page) == "0 tokens, 0 different, 0 unknown"


def test_cut_in_each_way(page, made):
    cut = page.get_by_label("cut into")
    page.get_by_label("example").select_option("국민은 법 앞에 평등하다.")
    expected = {
        "words": ["국민은", "법", "앞에", "평등하다"],
        "bigrams": ["국민은␣법", "법␣앞에", "앞에␣평등하다"],
        "trigrams": ["국민은␣법␣앞에", "법␣앞에␣평등하다"],
        "morphemes": CUTS["국민은 법 앞에 평등하다."],
        "characters": list("국민은␣법␣앞에␣평등하다"),
        "jamo": list("ㄱㅜㄱㅁㅣㄴㅇㅡㄴ␣ㅂㅓㅂ␣ㅇㅏㅍㅇㅔ␣ㅍㅕㅇㄷㅡㅇㅎㅏㄷㅏ"),
        "bytes": [str(byte) for byte in "국민은 법 앞에 평등하다".encode()],
    }
    for kind, parts in expected.items():
        cut.select_option(kind)
        assert tokens(page) == parts, kind
    assert indices(page) == list("국민은 법 앞에 평등하다".encode())
    cut.select_option("morphemes")
    page.get_by_label("your sentence").fill("국민은")
    assert "too large" in title(page) and tokens(page) == []


def test_merges_make_fewer_tokens(page, made):
    page.get_by_label("example").select_option("국민은 법 앞에 평등하다.")
    assert not page.get_by_label("merges learned from").is_visible()
    page.get_by_label("cut into").select_option("subwords")
    slider = page.get_by_label("merges", exact=True)
    plain = "국민은 법 앞에 평등하다"
    lengths = []
    for name in ("English", "Korean"):
        page.get_by_label("merges learned from").select_option(name)
        for count in (0, 100, 300):
            slider.fill(str(count))
            pairs = made[0]["merges"][name]["pairs"][:count]
            assert tokens(page) == [
                token.replace(" ", "␣") for token in reference.encode_bpe(plain, pairs)
            ]
            lengths.append(len(tokens(page)))
    assert lengths[0] == lengths[1] == lengths[2] == lengths[3] == len(plain)
    assert lengths[3] > lengths[4] >= lengths[5]


def test_the_vector_is_drawn(page):
    entries = page.locator(".w-step").nth(2).locator(".w-note")
    page.get_by_role("radiogroup", name="encode").get_by_label("count").check()
    place = indices(page)[0]
    assert f"{place} → 2" in entries.inner_text()
    assert page.locator(".w-strip rect").count() == len(set(indices(page)))
    assert "of which" in page.locator(".w-strip").get_attribute("aria-label")
    page.get_by_role("radiogroup", name="encode").get_by_label("multi_hot").check()
    assert f"{place} → 1" in entries.inner_text()


def test_by_keyboard(pages, made):
    page = pages.open(widgets.placeholder("tokenizer", **made[0]), "http")
    page.get_by_label("example").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Control+A")
    page.keyboard.type("New York")
    assert tokens(page) == ["new", "york"]
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert tokens(page) == ["New", "York"]
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    assert tokens(page) == ["New␣York"]
    assert page.locator(".w-title").get_attribute("role") == "status"


def test_fits_a_narrow_page(narrow_page, made):
    long = {"The quick brown fox " * 9: ["x"], **CUTS}
    states = [{"cut": kind} for kind in _tokenizer.KINDS] + [{"sentences": long, "cut": "bytes"}]
    body = "".join(widgets.placeholder("tokenizer", **{**made[0], **one}) for one in states)
    narrow_page(body)


@pytest.mark.parametrize("cut", _tokenizer.KINDS)
def test_still_is_the_start(pages, made, cut):
    html = widgets.placeholder("tokenizer", cut=cut, **made[0])
    state = json.loads(re.search(r'json">(.*)</script>', html)[1])
    found = _tokenizer.steps(_tokenizer.start(cut=cut, **made[0]))
    assert state["cut"] == cut and f"a vector of {found['size']} numbers" in html
    page = pages.open(html)
    assert page.locator(".w-plain").inner_text() == found["text"]
    assert [one.replace("␣", " ") for one in tokens(page)] == list(map(str, found["tokens"]))
    assert indices(page) == found["indices"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cut": "lines"}, "cut must be one of 'words', 'bigrams', 'trigrams', 'morphemes', "
         "'characters', 'jamo', 'bytes', 'subwords'. Received: cut='lines'"),
        ({"mode": "tf"}, "mode must be one of 'multi_hot', 'count'. Received: mode='tf'"),
        ({"vocabularies": {}}, "vocabularies must be named words, bigrams, trigrams, morphemes, "
         "characters, jamo. Received: none"),
        ({"sentences": {}}, "sentences must not be empty. Received: sentences={}"),
    ],
)  # fmt: skip
def test_messages(made, change, message):
    with pytest.raises(ValueError) as caught:
        widgets.show("tokenizer", **{**made[0], **change})
    assert str(caught.value) == message
    wrong = {kind: ["a", "b"] for kind in _tokenizer.LISTED}
    with pytest.raises(ValueError, match=r"must begin with .* Received: words with \['a', 'b'\]"):
        widgets.show("tokenizer", **{**made[0], "vocabularies": wrong})
