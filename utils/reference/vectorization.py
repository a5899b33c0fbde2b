"""From tokens to vectors: int, multi-hot, count and tf-idf, as Keras and as scikit-learn have them.

A vocabulary is a list that begins with "" for padding and "[UNK]" for unknown tokens, as
`text.build_vocabulary` makes it. Axis letters: N texts, T tokens of the longest text, V entries of
the vocabulary. Vectors have V - 1 places: padding has none, and place 0 is "[UNK]".
"""

from collections.abc import Sequence

import numpy as np

from utils.reference import positive_integer
from utils.reference.text import PADDING, UNKNOWN

FORMULAS = {  # of the inverse document frequency, from document counts d and the number of texts n
    "keras": lambda d, n: np.log(1 + n / (1 + d)),
    "scikit-learn": lambda d, n: np.log((1 + n) / (1 + d)) + 1,
    "unsmoothed": lambda d, n: np.log(n / d) + 1,  # scikit-learn with smooth_idf=False
    "textbook": lambda d, n: np.log(n / d),
}
MODES = ("int", "multi_hot", "count", "tf_idf")


def index_matrix(
    token_lists: Sequence[Sequence[str]],
    vocabulary: Sequence[str],
    output_sequence_length: int | None = None,
) -> np.ndarray:
    """Replace tokens by their places in the vocabulary, a row a text.

    Args:
        token_lists: The tokens of N texts.
        vocabulary: V entries, the first two "" and "[UNK]".
        output_sequence_length: Length of a row, to which longer texts are cut; None for the
            longest text's.

    Returns:
        Shape (N, T), int64: 1 for an unknown token, and 0 where a text has ended.

    Raises:
        ValueError: If the vocabulary does not begin with "" and "[UNK]", or the length is not a
            positive integer.

    Source:
        Keras's `TextVectorization`, mode "int"; section 5.2.
    """
    places = _places(vocabulary)
    if output_sequence_length is None:
        length = max(map(len, token_lists), default=0)
    else:
        length = positive_integer("output_sequence_length", output_sequence_length)
    rows = np.zeros((len(token_lists), length), dtype=np.int64)
    for row, tokens in zip(rows, token_lists, strict=True):
        kept = tokens[:length]
        row[: len(kept)] = [places.get(token, 1) for token in kept]
    return rows


def count_matrix(token_lists: Sequence[Sequence[str]], vocabulary: Sequence[str]) -> np.ndarray:
    """Count each token of the vocabulary in each text.

    scikit-learn's `CountVectorizer` counts the same without column 0, that of unknown tokens.

    Args:
        token_lists: The tokens of N texts.
        vocabulary: V entries, the first two "" and "[UNK]".

    Returns:
        Shape (N, V - 1), int64; column j belongs to entry j + 1 of the vocabulary.

    Raises:
        ValueError: If the vocabulary does not begin with "" and "[UNK]".

    Source:
        Keras's `TextVectorization`, mode "count"; section 5.2.
    """
    places = _places(vocabulary)
    counts = np.zeros((len(token_lists), len(vocabulary) - 1), dtype=np.int64)
    for row, tokens in zip(counts, token_lists, strict=True):
        np.add.at(row, [places.get(token, 1) - 1 for token in tokens], 1)
    return counts


def inverse_document_frequency(
    document_counts: np.ndarray, num_documents: int, formula: str = "keras"
) -> np.ndarray:
    """Weigh tokens: the fewer texts hold one, the larger its weight.

    With d texts that hold the token and n texts in all, "keras" is log(1 + n / (1 + d)),
    "scikit-learn" log((1 + n) / (1 + d)) + 1, "unsmoothed" log(n / d) + 1, which is scikit-learn
    with `smooth_idf=False`, and "textbook" log(n / d). All logarithms are natural.

    Args:
        document_counts: Texts that hold each token, any shape; from 0, or from 1 for the formulas
            "unsmoothed" and "textbook", up to `num_documents`.
        num_documents: Number of texts, n.
        formula: One of `FORMULAS`.

    Returns:
        The weights, float64, in the shape of `document_counts`.

    Raises:
        ValueError: If the formula is unknown or a count is out of range.

    Source:
        Spärck Jones, A statistical interpretation of term specificity (1972),
        doi:10.1108/eb026526; section 5.2.
    """
    if formula not in FORMULAS:
        raise ValueError(f"formula must be one of {list(FORMULAS)}. Received: formula={formula!r}")
    num_documents = positive_integer("num_documents", num_documents)
    counts = np.asarray(document_counts, dtype=np.float64)
    least = 1 if formula in ("unsmoothed", "textbook") else 0
    if counts.size and not (least <= counts.min() and counts.max() <= num_documents):
        raise ValueError(
            f"document_counts must lie within {least} to {num_documents}. "
            f"Received: counts from {counts.min():g} to {counts.max():g}"
        )
    return FORMULAS[formula](counts, num_documents)


def idf_weights(counts: np.ndarray, formula: str = "keras") -> np.ndarray:
    """Learn the weights of tf-idf from training texts.

    Args:
        counts: Shape (N, V - 1), what `count_matrix` returned for the training texts.
        formula: One of `FORMULAS`.

    Returns:
        Shape (V - 1,), float64. Place 0, the unknown tokens, has the mean of the others, as in
        Keras, whatever the counts of its column are.

    Raises:
        ValueError: As `inverse_document_frequency`.

    Source:
        Keras's `IndexLookup`; section 5.2.
    """
    known = np.count_nonzero(counts[:, 1:], axis=0)
    weights = inverse_document_frequency(known, len(counts), formula)
    return np.concatenate([[weights.mean()], weights])


def tf_idf(
    counts: np.ndarray,
    idf: np.ndarray,
    sublinear_tf: bool = False,
    norm: str | None = None,
) -> np.ndarray:
    """Multiply the counts of tokens by the tokens' weights.

    Args:
        counts: Shape (N, V), counts not below 0.
        idf: Shape (V,), the weights.
        sublinear_tf: Whether to replace a count c > 0 by 1 + log(c).
        norm: None, or "l1" or "l2" to divide each row by its norm; a row of zeros stays.

    Returns:
        Shape (N, V), float64.

    Raises:
        ValueError: If the norm is unknown.

    Source:
        Salton, Wong and Yang, A vector space model for automatic indexing (1975),
        doi:10.1145/361219.361220; section 5.2.
    """
    if norm not in (None, "l1", "l2"):
        raise ValueError(f'norm must be None, "l1" or "l2". Received: norm={norm!r}')
    frequency = np.asarray(counts, dtype=np.float64)
    if sublinear_tf:
        frequency = np.where(frequency > 0, 1 + np.log(np.maximum(frequency, 1)), 0)
    weighted = frequency * idf
    if norm is None:
        return weighted
    lengths = np.linalg.norm(weighted, ord=int(norm[1]), axis=1, keepdims=True)
    return weighted / np.where(lengths == 0, 1, lengths)


def vectorize(
    token_lists: Sequence[Sequence[str]],
    vocabulary: Sequence[str],
    output_mode: str = "int",
    idf: np.ndarray | None = None,
) -> np.ndarray:
    """What Keras's `TextVectorization` makes of tokens, in each of its modes.

    Args:
        token_lists: The tokens of N texts.
        vocabulary: V entries, the first two "" and "[UNK]".
        output_mode: "int", "multi_hot", "count" or "tf_idf".
        idf: Shape (V - 1,), what `idf_weights` returned; for "tf_idf" only.

    Returns:
        For "int" shape (N, T), int64; else (N, V - 1), int64, or float64 for "tf_idf".

    Raises:
        ValueError: If the mode is unknown, or `idf` is missing in mode "tf_idf".

    Source:
        Chollet, Deep Learning with Python, 2nd edition (2021), section 11.2; section 5.2.
    """
    if output_mode not in MODES:
        raise ValueError(
            f"output_mode must be one of {list(MODES)}. Received: output_mode={output_mode!r}"
        )
    if output_mode == "int":
        return index_matrix(token_lists, vocabulary)
    counts = count_matrix(token_lists, vocabulary)
    if output_mode == "count":
        return counts
    if output_mode == "multi_hot":
        return np.minimum(counts, 1)
    if idf is None:
        raise ValueError('idf must be given if output_mode is "tf_idf". Received: idf=None')
    return tf_idf(counts, idf)


def masked_mean(vectors: np.ndarray, indices: np.ndarray) -> np.ndarray:
    """Average the vectors of a text's tokens, without those of the padding.

    Args:
        vectors: Shape (N, T, D), a vector for each token.
        indices: Shape (N, T), 0 for padding.

    Returns:
        Shape (N, D), float64; zeros for a text without tokens.

    Source:
        Section 5.2.
    """
    mask = (np.asarray(indices) != 0)[..., None]  # (N, T, 1)
    return np.sum(vectors * mask, axis=1) / np.maximum(mask.sum(axis=1), 1)


def _places(vocabulary):
    if list(vocabulary[:2]) != [PADDING, UNKNOWN]:
        raise ValueError(
            f'vocabulary must begin with "" and "[UNK]". Received: {list(vocabulary[:2])}'
        )
    return {token: place for place, token in enumerate(vocabulary)}
