"""From text to numbers: standardize, tokenize, index, encode; byte-pair encoding and WordPiece.

A token is a string, or an integer from 0 to 255 for a byte. Axis letters in the comments: V size of
the vocabulary.
"""

import functools
import itertools
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence

import numpy as np

from utils.reference import positive_integer

PADDING, UNKNOWN = "", "[UNK]"  # the first two entries of every vocabulary

HANGUL = 0xAC00  # the code point of 가, the first of 19 · 21 · 28 syllables
INITIALS, VOWELS, FINALS = 0x1100, 0x1161, 0x11A7  # a final of 0 is none
IDEOGRAPHS = (  # as Hugging Face's `tokenizers` has them
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B920, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)
PIECE = re.compile(r" ?\w+| ?[^\w\s]+|\s+")

# Each byte as a printable letter, as GPT-2 has it: 33 to 126, 161 to 172 and 174 to 255 stand for
# themselves, the others for the letters from 256 on.
_PRINTABLE = {*range(33, 127), *range(161, 173), *range(174, 256)}
_OTHERS = [byte for byte in range(256) if byte not in _PRINTABLE]
BYTE_LETTERS = tuple(
    chr(byte) if byte in _PRINTABLE else chr(256 + _OTHERS.index(byte)) for byte in range(256)
)


def standardize(text: str) -> str:
    """Make texts that differ only in form equal.

    Letters become composed (NFC) and lower case. What is neither letter, mark, number nor space is
    dropped, and any run of spaces becomes one blank. On text in ASCII without control characters
    this is what Keras's `TextVectorization` does before it splits at spaces.

    Args:
        text: Any text.

    Returns:
        The standardized text, without blanks at its ends.

    Source:
        Unicode Standard Annex 15, for NFC; section 5.1.
    """
    lower = unicodedata.normalize("NFC", text).lower()
    kept = (c for c in lower if c.isspace() or unicodedata.category(c)[0] in "LMN")
    return " ".join("".join(kept).split())


def tokenize_words(text: str) -> list[str]:
    """Cut a text at its spaces.

    Args:
        text: Any text.

    Returns:
        The words, in order; in Korean text, what is called eojeol.

    Source:
        Section 5.1.
    """
    return text.split()


def tokenize_characters(text: str) -> list[str]:
    """Cut a text into characters, which are code points; in Korean text, syllables.

    Args:
        text: Any text.

    Returns:
        The characters, in order, blanks included.

    Source:
        Section 5.1.
    """
    return list(text)


def tokenize_jamo(text: str) -> list[str]:
    """Cut a text into characters, and each Korean syllable into its two or three letters.

    Args:
        text: Any text.

    Returns:
        The characters of the text's canonical decomposition (NFD) as far as it concerns Korean;
        other characters stay whole.

    Source:
        The Unicode Standard, section 3.12, Conjoining Jamo Behavior; section 5.1.
    """
    letters = []
    for character in text:
        place = ord(character) - HANGUL
        if 0 <= place < 19 * 21 * 28:
            letters += [chr(INITIALS + place // (21 * 28)), chr(VOWELS + place // 28 % 21)]
            if place % 28:
                letters.append(chr(FINALS + place % 28))
        else:
            letters.append(character)
    return letters


def tokenize_bytes(text: str) -> list[int]:
    """Cut a text into the bytes of its UTF-8 form.

    Args:
        text: Any text without lone surrogates.

    Returns:
        Integers from 0 to 255, one to four for each character.

    Source:
        Section 5.1.
    """
    return list(text.encode("utf-8"))


def ngrams(tokens: Sequence[str], n: int) -> list[str]:
    """All runs of n neighboring tokens.

    Args:
        tokens: Tokens, in order.
        n: Tokens in a run, at least 1.

    Returns:
        The runs, in order, each joined with blanks; none if there are fewer than n tokens.

    Raises:
        ValueError: If `n` is not a positive integer.

    Source:
        Section 5.1.
    """
    n = positive_integer("n", n)
    return [" ".join(tokens[i : i + n]) for i in range(len(tokens) - n + 1)]


def build_vocabulary(texts: Iterable[Iterable[str]], max_tokens: int | None = None) -> list[str]:
    """List the tokens of a corpus, the most frequent first.

    Args:
        texts: The tokens of each text.
        max_tokens: The largest length of the vocabulary, its first two entries included; None for
            no limit.

    Returns:
        The empty string for padding, "[UNK]" for unknown tokens, then the tokens by falling count.
        Of equally frequent tokens the last in the order of code points comes first, as in Keras.

    Raises:
        ValueError: If `max_tokens` leaves no room for a token.

    Source:
        Section 5.1.
    """
    counts = Counter(token for tokens in texts for token in tokens)
    known = sorted(counts, key=lambda token: (counts[token], token), reverse=True)
    if max_tokens is not None:
        if positive_integer("max_tokens", max_tokens) < 3:
            raise ValueError(f"max_tokens must be at least 3. Received: max_tokens={max_tokens}")
        known = known[: max_tokens - 2]
    return [PADDING, UNKNOWN, *known]


def index(tokens: Iterable[str], vocabulary: Sequence[str]) -> list[int]:
    """Look tokens up.

    Args:
        tokens: Tokens, in order.
        vocabulary: As `build_vocabulary` makes it.

    Returns:
        The place of each token in the vocabulary; 1 for a token that is not in it.

    Raises:
        ValueError: If the vocabulary does not begin with "" and "[UNK]".

    Source:
        Section 5.1.
    """
    if list(vocabulary[:2]) != [PADDING, UNKNOWN]:
        raise ValueError(
            f'vocabulary must begin with "" and "[UNK]". Received: {list(vocabulary[:2])}'
        )
    places = {token: place for place, token in enumerate(vocabulary)}
    return [places.get(token, 1) for token in tokens]


def encode(indices: Sequence[int], size: int, mode: str = "multi_hot") -> np.ndarray:
    """Turn the indices of a text into one vector, which no longer knows their order.

    Keras leaves out entry 0, the padding.

    Args:
        indices: Integers from 0 to size - 1.
        size: Length of the vocabulary, V.
        mode: "multi_hot", 1 for every index that occurs, or "count", how often it does.

    Returns:
        Shape (V,), int64. Entry 0 stays 0: padding does not count.

    Raises:
        ValueError: If the mode is unknown or an index is out of range.

    Source:
        Section 5.1.
    """
    if mode not in ("multi_hot", "count"):
        raise ValueError(f'mode must be "multi_hot" or "count". Received: mode={mode!r}')
    indices = np.asarray(indices, dtype=np.int64).reshape(-1)
    if indices.size and not (0 <= indices.min() and indices.max() < size):
        raise ValueError(
            f"indices must lie within 0 to {size - 1}. "
            f"Received: indices from {indices.min()} to {indices.max()}"
        )
    counts = np.bincount(indices, minlength=size)  # (V,)
    counts[0] = 0
    return counts if mode == "count" else (counts > 0).astype(np.int64)


def pieces(text: str) -> list[str]:
    """Cut a text where byte-pair encoding may not join, without losing a character.

    Args:
        text: Any text.

    Returns:
        Runs of letters and digits, and runs of other marks, each with the blank before it, and
        what is left of the spaces. Joined they are the text.

    Source:
        After Radford and others, Language models are unsupervised multitask learners (2019),
        simplified; section 5.1.
    """
    return PIECE.findall(text)


def train_bpe(counts: Mapping[str, int] | Iterable[str], num_merges: int) -> list[tuple[str, str]]:
    """Learn byte-pair encoding: join the most frequent pair of neighbors, again and again.

    Of equally frequent pairs, the one whose first token is older wins, then the one whose second
    token is older. The characters of the corpus are the oldest tokens, in the order of their code
    points. This is what Hugging Face's `tokenizers` does.

    Args:
        counts: Pieces of text, or how often each occurs. Pairs are not counted across pieces.
        num_merges: How many pairs to join, at least 1.

    Returns:
        The joined pairs, in order; fewer if no pair is left.

    Raises:
        ValueError: If `num_merges` is not a positive integer.

    Source:
        Sennrich, Haddow and Birch, Neural machine translation of rare words with subword units
        (2015), arXiv:1508.07909, algorithm 1; section 5.1.
    """
    num_merges = positive_integer("num_merges", num_merges)
    counts = Counter(counts)
    words = {piece: list(piece) for piece in counts}
    age = {token: place for place, token in enumerate(sorted(set("".join(counts))))}
    pairs = Counter()  # how often each pair occurs
    where = defaultdict(set)  # pieces in which it may occur

    def add(piece, sign):
        for pair in itertools.pairwise(words[piece]):
            pairs[pair] += sign * counts[piece]
            where[pair].add(piece)

    for piece in words:
        add(piece, +1)
    merges = []
    while len(merges) < num_merges:
        most = max(pairs.values(), default=0)
        if most == 0:
            break
        equal = (pair for pair, count in pairs.items() if count == most)
        best = min(equal, key=lambda pair: (age[pair[0]], age[pair[1]]))
        merges.append(best)
        age.setdefault("".join(best), len(age))
        for piece in where.pop(best):
            add(piece, -1)
            words[piece] = _join(words[piece], best)
            add(piece, +1)
    return merges


def encode_bpe(text: str, merges: Sequence[tuple[str, str]]) -> list[str]:
    """Cut a text into the tokens of byte-pair encoding.

    Args:
        text: Any text.
        merges: What `train_bpe` returned.

    Returns:
        The tokens. Joined they are the text.

    Source:
        Sennrich, Haddow and Birch (2015), arXiv:1508.07909; section 5.1.
    """
    ranks = {tuple(pair): rank for rank, pair in enumerate(merges)}
    cut = functools.cache(lambda piece: _cut(piece, ranks))
    return [token for piece in pieces(text) for token in cut(piece)]


def decode_bpe(tokens: Iterable[str]) -> str:
    """Put the tokens of byte-pair encoding together again.

    Args:
        tokens: What `encode_bpe` returned.

    Returns:
        The text.

    Source:
        Section 5.1.
    """
    return "".join(tokens)


def spell_bytes(text: str) -> str:
    """Write each byte of a text's UTF-8 form as one printable letter.

    Args:
        text: Any text without lone surrogates.

    Returns:
        The letters of the bytes. Byte-pair encoding of these is byte-level.

    Source:
        Radford and others, Language models are unsupervised multitask learners (2019); section 5.1.
    """
    return "".join(BYTE_LETTERS[byte] for byte in text.encode("utf-8"))


def read_bytes(letters: str) -> str:
    """Undo `spell_bytes`.

    Args:
        letters: Letters that stand for bytes.

    Returns:
        The text. Bytes that are no whole character become the replacement character.

    Raises:
        ValueError: If a letter stands for no byte.

    Source:
        Section 5.1.
    """
    unknown = sorted(set(letters) - set(BYTE_LETTERS))
    if unknown:
        raise ValueError(f"letters must stand for bytes. Received: {unknown[0]!r}")
    places = {letter: byte for byte, letter in enumerate(BYTE_LETTERS)}
    return bytes(places[letter] for letter in letters).decode("utf-8", errors="replace")


def split_words_and_marks(text: str) -> list[str]:
    """Cut a text as BERT's uncased tokenizers do before they look pieces up.

    Accents are dropped (NFD without its nonspacing marks), letters become lower case, control
    characters vanish. The cuts are at spaces, and around each punctuation mark and each Chinese
    character.

    Args:
        text: Any text.

    Returns:
        Words, marks and Chinese characters, in order.

    Source:
        Devlin et al., BERT (2018), arXiv:1810.04805, and the code published with it; section 6.6.
    """
    cleaned = "".join(_clean(c) for c in text)
    decomposed = unicodedata.normalize("NFD", cleaned)
    lower = "".join(c.lower() for c in decomposed if unicodedata.category(c) != "Mn")
    return "".join(f" {c} " if _is_mark(c) else c for c in lower).split()


def wordpiece(word: str, vocabulary: Container[str], max_characters: int = 100) -> list[str]:
    """Cut a word into pieces of a vocabulary, each time the longest that fits.

    Args:
        word: A word, without spaces, not empty.
        vocabulary: The pieces; one that does not begin a word begins with "##".
        max_characters: A longer word is unknown.

    Returns:
        The pieces, or "[UNK]" alone if at some place none fits.

    Source:
        Wu et al., Google's neural machine translation system (2016), arXiv:1609.08144, and the code
        of BERT; section 6.6.
    """
    if len(word) > max_characters:
        return [UNKNOWN]
    found, start = [], 0
    while start < len(word):
        mark = "##" if start else ""
        ends = range(len(word), start, -1)
        end = next((end for end in ends if mark + word[start:end] in vocabulary), None)
        if end is None:
            return [UNKNOWN]
        found.append(mark + word[start:end])
        start = end
    return found


def tokenize_wordpiece(text: str, vocabulary: Container[str]) -> list[str]:
    """Cut a text into the tokens of an uncased BERT, without [CLS] and [SEP].

    Args:
        text: Any text.
        vocabulary: As for `wordpiece`.

    Returns:
        The pieces, in order.

    Source:
        Devlin et al., BERT (2018), arXiv:1810.04805; section 6.6.
    """
    return [piece for word in split_words_and_marks(text) for piece in wordpiece(word, vocabulary)]


def _join(tokens, pair):
    """Replace each occurrence of a pair, from the left, by one token."""
    joined, i = [], 0
    while i < len(tokens):
        step = 2 if tuple(tokens[i : i + 2]) == pair else 1
        joined.append("".join(tokens[i : i + step]))
        i += step
    return joined


def _cut(piece, ranks):
    tokens = list(piece)
    while True:
        known = [pair for pair in itertools.pairwise(tokens) if pair in ranks]
        if not known:
            return tokens
        tokens = _join(tokens, min(known, key=ranks.get))


def _clean(character):
    """A space for any kind of space, nothing for control characters, room around ideographs."""
    if any(first <= ord(character) <= last for first, last in IDEOGRAPHS):
        return f" {character} "
    if character in "\t\n\r":
        return " "
    if unicodedata.category(character) in ("Cc", "Cf", "Co") or character == "\ufffd":
        return ""
    return " " if character.isspace() else character


def _is_mark(character):
    """Punctuation, in ASCII also what Unicode calls a symbol, such as $."""
    ascii_mark = character.isascii() and character.isprintable() and not character.isalnum()
    return (ascii_mark and character != " ") or unicodedata.category(character)[0] == "P"
