"""Checks of the exercises of Part 5, text."""

import math
from collections.abc import Callable

import numpy as np

from utils.checks._exercise import exercise
from utils.reference import vectorization


@exercise
def corpus_term(answer: tuple[str, str]) -> str | None:
    """5.1, exercise 1: the Korean word for corpus, and which of four things it names."""
    if isinstance(answer, str) or not isinstance(answer, list | tuple) or len(answer) != 2:
        return f"Expected two texts (Korean word, letter). Received: {answer!r}."
    word, letter = (str(part).strip() for part in answer)
    words = {
        "코퍼스": "That is the English word in Korean letters. There is a Korean one.",
        "어휘": "That is the vocabulary: the list of different tokens.",
        "어휘 사전": "That is the vocabulary: the list of different tokens.",
        "토큰": "That is a token, one unit of a text.",
        "말뭉지": "Nearly: mind the last syllable.",
        "corpus": "The Korean word is asked for.",
    }
    letters = {
        "A": "A is the vocabulary: it is made from the corpus.",
        "C": "C is what the text becomes after encoding.",
        "D": "D is the model: it is trained on the corpus.",
    }
    if word != "말뭉치":
        return words.get(word, "The Korean word means a lump of speech.")
    if letter.upper() == "B":
        return None
    return letters.get(letter.upper(), "Expected one of the letters A to D.")


@exercise
def different_ngrams(answer: tuple[int, int, int]) -> str | None:
    """5.1, exercise 2: different words, bigrams, trigrams of The cat and the dog and the bird."""
    try:
        numbers = tuple(int(number) for number in answer)
    except (TypeError, ValueError):
        return "Expected three numbers (words, bigrams, trigrams)."
    if len(numbers) != 3:
        return f"Expected three numbers. Received: {len(numbers)}."
    words, bigrams, trigrams = numbers
    if numbers == (5, 6, 6):
        return None
    if words == 8:
        return "Words: eight in all. “the” and “and” repeat, and count once."
    if words == 6:
        return "Words: standardized, “The” and “the” are one word."
    if words != 5:
        return "Words: eight in all. Which of them are the same?"
    if bigrams == 7:
        return "Bigrams: seven in all, and one of them stands there twice."
    if bigrams in (8, 5):
        return "Bigrams: write down each word with the next one; the last word begins none."
    if bigrams != 6:
        return "Bigrams: write down each word with the next one, and strike out what repeats."
    if trigrams == 5:
        return "Trigrams: “and the” repeats, but what follows it does not."
    return "Trigrams: eight words have six runs of three. Is any of them there twice?"


@exercise
def first_merges(answer: list[tuple[str, str]]) -> str | None:
    """5.1, exercise 3: the first three merges of cat ×3, mat ×2, can ×2, man ×1."""
    try:
        merges = [tuple(pair) for pair in answer]
    except TypeError:
        return f"Expected a list of three pairs. Received: {answer!r}."
    if len(merges) != 3 or any(len(pair) != 2 for pair in merges):
        return f"Expected a list of three pairs of texts. Received: {answer!r}."
    if merges == [("a", "t"), ("a", "n"), ("c", "at")]:
        return None
    if merges[0] == ("c", "a"):
        return "“ca” and “at” both occur 5 times. In a tie the older first token wins: a before c."
    if merges[0] != ("a", "t"):
        return "The first pair: count each pair of neighbors, times how often its word occurs."
    if merges[1] == ("c", "at"):
        return "The second: “c at” and “a n” both occur 3 times. Whose first token is older?"
    if merges[1] == ("c", "a"):
        return "The second: after the first merge “ca” is left in “can” only, twice."
    if merges[1] == ("m", "a"):
        return "The second: after the first merge “ma” is left in “man” only, once."
    if merges[1] != ("a", "n"):
        return "The second: write the four words with “at” as one token and count again."
    if merges[2] in (("c", "a"), ("a", "t"), ("c", "an")):
        return "The third: “c at” occurs 3 times, “c an” twice."
    return "The third: write the words with “at” and “an” as tokens and count again."


@exercise
def unknown_share(answer: Callable) -> str | None:
    """5.1, exercise 4: share of running test tokens that the training tokens lack."""
    if not callable(answer):
        return f"Expected the function, without calling it. Received: {answer!r}."
    training = [["a", "b", "a"], ["c", "a"]]
    test = [["a", "x", "x"], ["b", "x", "y", "a", "a"]]  # 4 of 8 tokens, 2 of 4 kinds unknown
    cases = [(training, test, 0.5), (training, [["a", "z", "z"]], 2 / 3)]
    for known, texts, right in cases:
        try:
            share = float(answer([list(one) for one in known], [list(one) for one in texts]))
        except Exception as error:
            return f"Your function stopped with {type(error).__name__}: {error}"
        tokens = [token for one in texts for token in one]
        seen = {token for one in known for token in one}
        kinds = set(tokens)
        hints = {
            "That is the share of known tokens.": 1 - right,
            "That counts different tokens. Running tokens count as often as they occur.": len(
                kinds - seen
            )
            / len(kinds),
            "That is a number of tokens, not a share.": right * len(tokens),
            "That is in percent. A share lies between 0 and 1.": 100 * right,
            "Divide by the number of test tokens, not by the size of the vocabulary.": right
            * len(tokens)
            / len(seen),
            "All are known: the vocabulary comes from the training texts only.": 0.0,
        }
        if math.isclose(share, right):
            continue
        for hint, wrong in hints.items():
            if math.isclose(share, wrong):
                return hint
        return f"For training={known} and test={texts} expected {right:.3f}. Received: {share}."
    return None


@exercise
def two_weights(answer: tuple[float, float]) -> str | None:
    """5.2, exercise 1: idf of a token in 3 of 7 texts, in Keras and in scikit-learn."""
    try:
        keras, sklearn = (float(number) for number in answer)
    except (TypeError, ValueError):
        return f"Expected two numbers (Keras, scikit-learn). Received: {answer!r}."
    log = math.log
    right = log(1 + 7 / 4), log(8 / 4) + 1

    def near(number, wrong):
        return math.isclose(number, wrong, abs_tol=0.006)

    if near(keras, right[0]) and near(sklearn, right[1]):
        return None
    if near(keras, right[1]) and near(sklearn, right[0]):
        return "Both are right, and the other way round."
    if near(keras, math.log10(2.75)) or near(keras, math.log2(2.75)):
        return "The logarithms are natural: ln, with base e."
    for wrong, hint in [
        (log(7 / 3), "That is the textbook's ln(n/d). Keras adds 1 in two places."),
        (log(7 / 4), "The 1 in front of the fraction is missing."),
        (log(1 + 7 / 3), "The 1 in the denominator is missing."),
    ]:
        if near(keras, wrong):
            return f"Keras: {hint}"
    if not near(keras, right[0]):
        return "Keras: put n = 7 and d = 3 into ln(1 + n / (1 + d))."
    for wrong, hint in [
        (log(2), "The 1 behind the logarithm is missing."),
        (log(7 / 3) + 1, "That is the weight with smooth_idf=False."),
        (log(8 / 3) + 1, "The 1 in the denominator is missing."),
        (log(7 / 4) + 1, "The 1 in the numerator is missing."),
    ]:
        if near(sklearn, wrong):
            return f"scikit-learn: {hint}"
    return "scikit-learn: put n = 7 and d = 3 into ln((1 + n) / (1 + d)) + 1."


@exercise
def vector_numbers(answer: tuple[int, int, int, int]) -> str | None:
    """5.2, exercise 2: 40 known words; a text of 9 words, 6 known, 3 unknown, 2 of them equal."""
    try:
        row, size, unknown, total = (int(number) for number in answer)
    except (TypeError, ValueError):
        return f"Expected four numbers. Received: {answer!r}."
    if row in (41, 42):
        return "Int: the row has a place for each word of the text, not for each entry."
    if row != 9:
        return "Int: each of the words has a place, the unknown ones too."
    if size == 42:
        return "Count: padding has no place in this mode."
    if size == 40:
        return "Count: there is a place for [UNK] as well."
    if size != 41:
        return "Count: the vector has a place for each entry of the vocabulary."
    if unknown == 2:
        return "At [UNK]: the layer cannot know that two of them are equal; it counts occurrences."
    if unknown != 3:
        return "At [UNK]: every unknown word is counted there."
    if total == 7:
        return None
    if total == 9:
        return "Multi-hot: [UNK] is one place and holds at most 1."
    if total == 8:
        return "Multi-hot: two different unknown words share one place."
    if total == 6:
        return "Multi-hot: [UNK] has a place too."
    return "Multi-hot: 1 for each entry that occurs. Which entries occur?"


@exercise
def scikit_learn_tf_idf(answer: Callable) -> str | None:
    """5.2, exercise 3: scikit-learn's default tf-idf from a matrix of training counts."""
    if not callable(answer):
        return f"Expected the function, without calling it. Received: {answer!r}."
    counts = np.array([[3, 0, 1, 1], [0, 2, 1, 0], [0, 0, 4, 2], [5, 0, 1, 0], [0, 0, 2, 2]])
    try:
        made = np.asarray(answer(counts.copy()), dtype=float)
    except Exception as error:
        return f"Your function stopped with {type(error).__name__}: {error}"
    if made.shape != counts.shape:
        return f"Expected the shape {counts.shape}. Received: {made.shape}."

    holders = np.count_nonzero(counts, axis=0)

    def rows(formula="scikit-learn", d=holders, norm="l2", **options):
        weight = vectorization.FORMULAS[formula](d, len(counts))
        return vectorization.tf_idf(counts, weight, norm=norm, **options)

    right = rows()
    if np.allclose(made, right, atol=1e-6):
        return None
    times = counts.sum(axis=0)  # occurrences, not texts
    bare = rows(norm=None)
    for wrong, hint in [
        (bare, "Each row must still be divided by its Euclidean length."),
        (rows(norm="l1"), "Divide by the Euclidean length, not by the sum."),
        (bare / np.linalg.norm(bare, axis=0), "Divide rows by their length, not columns."),
        (rows("keras"), "The weight is Keras's."),
        (rows("keras", norm=None), "The weight is Keras's, and the length is not yet 1."),
        (rows("unsmoothed"), "The default is smooth_idf=True, with 1 more text."),
        (rows("textbook"), "The weight is the textbook's; look at the two additions of 1."),
        (rows(d=times), "The weight counts texts that hold the word, not its occurrences."),
        (rows(sublinear_tf=True), "The counts stay as they are: sublinear_tf is False."),
    ]:
        if np.allclose(made, wrong, atol=1e-6):
            return hint
    return f"For counts={counts[:1].tolist()} and others, row 0 should be {right[0].round(3)}."


@exercise
def mean_without_padding(answer: Callable) -> str | None:
    """5.2, exercise 4: mean vector of each text over the places that are not padding."""
    if not callable(answer):
        return f"Expected the function, without calling it. Received: {answer!r}."
    vectors = np.arange(1.0, 33.0).reshape(4, 4, 2) ** 1.5
    indices = np.array([[5, 1, 3, 0], [2, 7, 4, 6], [0, 0, 0, 0], [1, 0, 0, 0]])
    try:
        with np.errstate(all="ignore"):
            made = np.asarray(answer(vectors.copy(), indices.copy()), dtype=float)
    except Exception as error:
        return f"Your function stopped with {type(error).__name__}: {error}"
    if made.shape != (4, 2):
        return f"Expected the shape (4, 2) for vectors of shape (4, 4, 2). Received: {made.shape}."
    right = vectorization.masked_mean(vectors, indices)
    if np.allclose(made, right):
        return None
    if np.allclose(made, vectors.mean(axis=1)):
        return "That is the mean over all places, padding included."
    if np.isnan(made[2]).any():
        return "A text without tokens gives 0/0. It should become zeros."
    mask = (indices != 0)[..., None]
    if np.allclose(made, (vectors * mask).mean(axis=1)):
        return "The vectors of the padding are left out, but you still divide by T."
    if np.allclose(made, (vectors * mask).sum(axis=1)):
        return "That is the sum. Divide by the number of places that are not padding."
    if np.allclose(made, vectorization.masked_mean(vectors, np.where(indices > 1, indices, 0))):
        return "Index 1 is [UNK], a token like others; only 0 is padding."
    return f"Text 0 should give {right[0].round(3)}. Received: {made[0].round(3)}."
