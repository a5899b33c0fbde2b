"""Checks of the exercises of Part 5, text."""

import math
from collections import Counter
from collections.abc import Callable

import numpy as np

from utils.checks._exercise import exercise, function, hint_alike, hint_near, numbers
from utils.reference import embedding, vectorization
from utils.reference.text import ngrams, standardize


@exercise()
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


@exercise(numbers("words, bigrams, trigrams"))
def different_ngrams(answer: tuple[int, int, int]) -> str | None:
    """5.1, exercise 2: different words, bigrams, trigrams of The cat and the dog and the bird."""
    words, bigrams, trigrams = answer
    if answer == (5, 6, 6):
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


@exercise()
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


@exercise(function)
def unknown_share(answer: Callable) -> str | None:
    """5.1, exercise 4: share of running test tokens that the training tokens lack."""
    training = [["a", "b", "a"], ["c", "a"]]
    test = [["a", "x", "x"], ["b", "x", "y", "a", "a"]]  # 4 of 8 tokens, 2 of 4 kinds unknown
    cases = [(training, test, 0.5), (training, [["a", "z", "z"]], 2 / 3)]
    for known, texts, right in cases:
        share = float(answer([list(one) for one in known], [list(one) for one in texts]))
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
        return (
            hint_alike(share, hints)
            or f"For training={known} and test={texts} expected {right:.3f}. Received: {share}."
        )
    return None


@exercise(numbers("Keras, scikit-learn"))
def two_weights(answer: tuple[float, float]) -> str | None:
    """5.2, exercise 1: idf of a token in 3 of 7 texts, in Keras and in scikit-learn."""
    keras, sklearn = answer
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
    of_keras = {
        log(7 / 3): "Keras: that is the textbook's ln(n/d). Keras adds 1 in two places.",
        log(7 / 4): "Keras: the 1 in front of the fraction is missing.",
        log(1 + 7 / 3): "Keras: the 1 in the denominator is missing.",
    }
    of_sklearn = {
        log(2): "scikit-learn: the 1 behind the logarithm is missing.",
        log(7 / 3) + 1: "scikit-learn: that is the weight with smooth_idf=False.",
        log(8 / 3) + 1: "scikit-learn: the 1 in the denominator is missing.",
        log(7 / 4) + 1: "scikit-learn: the 1 in the numerator is missing.",
    }
    if hint := hint_near(keras, of_keras, abs_tol=0.006):
        return hint
    if not near(keras, right[0]):
        return "Keras: put n = 7 and d = 3 into ln(1 + n / (1 + d))."
    return (
        hint_near(sklearn, of_sklearn, abs_tol=0.006)
        or "scikit-learn: put n = 7 and d = 3 into ln((1 + n) / (1 + d)) + 1."
    )


@exercise(numbers("Int, Count, at [UNK], Multi-hot"))
def vector_numbers(answer: tuple[int, int, int, int]) -> str | None:
    """5.2, exercise 2: 40 known words; a text of 9 words, 6 known, 3 unknown, 2 of them equal."""
    row, size, unknown, total = answer
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


@exercise(function)
def scikit_learn_tf_idf(answer: Callable) -> str | None:
    """5.2, exercise 3: scikit-learn's default tf-idf from a matrix of training counts."""
    counts = np.array([[3, 0, 1, 1], [0, 2, 1, 0], [0, 0, 4, 2], [5, 0, 1, 0], [0, 0, 2, 2]])
    made = np.asarray(answer(counts.copy()), dtype=float)
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
    wrong = {
        "Each row must still be divided by its Euclidean length.": bare,
        "Divide by the Euclidean length, not by the sum.": rows(norm="l1"),
        "Divide rows by their length, not columns.": bare / np.linalg.norm(bare, axis=0),
        "The weight is Keras's.": rows("keras"),
        "The weight is Keras's, and the length is not yet 1.": rows("keras", norm=None),
        "The default is smooth_idf=True, with 1 more text.": rows("unsmoothed"),
        "The weight is the textbook's; look at the two additions of 1.": rows("textbook"),
        "The weight counts texts that hold the word, not its occurrences.": rows(d=times),
        "The counts stay as they are: sublinear_tf is False.": rows(sublinear_tf=True),
    }
    if hint := hint_alike(made, wrong, atol=1e-6):
        return hint
    return f"For counts={counts[:1].tolist()} and others, row 0 should be {right[0].round(3)}."


@exercise(function)
def mean_without_padding(answer: Callable) -> str | None:
    """5.2, exercise 4: mean vector of each text over the places that are not padding."""
    vectors = np.arange(1.0, 33.0).reshape(4, 4, 2) ** 1.5
    indices = np.array([[5, 1, 3, 0], [2, 7, 4, 6], [0, 0, 0, 0], [1, 0, 0, 0]])
    with np.errstate(all="ignore"):
        made = np.asarray(answer(vectors.copy(), indices.copy()), dtype=float)
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


@exercise()
def ratio_rule(answer: tuple[str, str, str, int]) -> str | None:
    """5.3, exercise 1: bigrams or sequence for three corpora; texts of 18 words for 1,500."""
    try:
        *letters, texts = answer
        letters = [str(letter).strip().upper() for letter in letters]
        texts = float(texts)
    except (TypeError, ValueError):
        return f"Expected three letters and a number. Received: {answer!r}."
    if len(letters) != 3 or not set(letters) <= {"B", "S"}:
        return f'Expected three letters, "B" or "S", and a number. Received: {answer!r}.'
    if letters == ["S", "B", "S"]:
        return "All three are the other way round: below 1,500 the rule says bigrams."
    for place, (right, ratio, hint) in enumerate(
        [
            ("B", "24,000 / 240", "Many texts, but each of them is long."),
            ("S", "90,000 / 30", "Divide by the words of one text, not of all."),
            ("B", "12,000 / 10", "Short texts alone do not do it."),
        ]
    ):
        if letters[place] != right:
            return f"Corpus {place + 1}: what is {ratio}? {hint}"
    if math.isclose(texts, 27_000):
        return None
    if math.isclose(texts, 1500 / 18, abs_tol=1):
        return "Texts: multiply 1,500 by the words of a text; you divided."
    if math.isclose(texts, 26_999) or math.isclose(texts, 27_001):
        return "Texts: the number at which the ratio is exactly 1,500."
    return "Texts: which number, divided by 18, is 1,500?"


@exercise()
def same_bags(answer: tuple[str, str]) -> str | None:
    """5.3, exercise 2: two different texts with the same words and the same bigrams."""
    if isinstance(answer, str) or not isinstance(answer, list | tuple) or len(answer) != 2:
        return f"Expected two texts. Received: {answer!r}."
    if not all(isinstance(one, str) for one in answer):
        return f"Expected two texts. Received: {answer!r}."
    one, other = (standardize(each).split() for each in answer)
    if not one or not other:
        return "A text needs words."
    if one == other:
        return "The two texts are the same, word by word."
    if Counter(one) != Counter(other):
        odd = sorted((Counter(one) - Counter(other)) + (Counter(other) - Counter(one)))
        return f"Their words differ already: {', '.join(odd)}."
    pairs, others = Counter(ngrams(one, 2)), Counter(ngrams(other, 2))
    if set(pairs) == set(others) and pairs != others:
        return "The same bigrams occur, but not equally often."
    if pairs != others:
        odd = sorted((pairs - others) + (others - pairs))
        return f"The same words, but other bigrams: {', '.join(odd)}."
    known = {"the plot was good but the end was bad", "the end was good but the plot was bad"}
    if " ".join(one) in known:
        return "That is the pair of the section. Find one of your own."
    return None


@exercise(function)
def rule_verdict(answer: Callable) -> str | None:
    """5.3, exercise 3: from ratio and paired differences to right, wrong or undecided."""
    clear, wide = [2.0, 1.5, 2.5, 1.8, 2.2], [4.0, -2.0, 3.0, -1.0, 2.0]
    near = [0.2, 2.2, 0.4, 2.0, 0.45]  # 0 lies inside with Student's t, outside with 1.96
    nearer = [0.3, 2.2, 0.5, 2.0, 0.5]  # and here outside with a deviation over n, too
    cases = [
        (2000, clear, "right", "Above 1,500 the rule expects a positive difference."),
        (400, clear, "wrong", "Below 1,500 the rule expects the bag of bigrams to win."),
        (400, [-x for x in clear], "right", "Below 1,500 a negative difference is a success."),
        (2000, [-x for x in clear], "wrong", "Above 1,500 a negative difference is a failure."),
        (2000, wide, "undecided", "Its interval holds 0: look at the interval, not the mean."),
        (400, wide, "undecided", "Its interval holds 0: look at the interval, not the mean."),
        (2000, near, "undecided", "With five seeds the factor is 2.776 (Student's t), not 1.96."),
        (2000, nearer, "undecided", "The deviation divides by n − 1: ddof=1 in NumPy."),
        (2000, [0.5, 1.5, 1.0], "undecided", "With three seeds the factor is 4.303."),
    ]
    for ratio, differences, right, hint in cases:
        said = answer(ratio, np.array(differences))
        if said not in ("right", "wrong", "undecided"):
            return f'Expected "right", "wrong" or "undecided". Received: {said!r}.'
        if said != right:
            return f"A ratio of {ratio} and differences {differences}: {hint}"
    return None


@exercise(numbers("weights, multiplications, rows"))
def look_up_counts(answer: tuple[int, int, int]) -> str | None:
    """5.4, exercise 1: weights, multiplications of the dense layer, rows with a gradient."""
    weights, multiplications, rows = answer
    V, D, N = 10_000, 50, 8 * 25
    if weights == V * D + D:
        return "Weights: an embedding has no bias."
    if weights != V * D:
        return "Weights: a row of 50 numbers for each of the 10,000 words."
    if multiplications == 0:
        return "Multiplications: none is what the look-up needs; the dense layer is asked for."
    if multiplications == V * D:
        return "Multiplications: that is for one word. How many words has the batch?"
    if multiplications in (8 * V * D, 25 * V * D):
        return "Multiplications: the batch has 8 texts of 25 words each."
    if multiplications != N * V * D:
        return "Multiplications: each one-hot row of 10,000 numbers meets 50 columns."
    if rows == V:
        return "Rows: a word that is not in the batch gets a gradient of zero."
    if rows in (8, 25):
        return "Rows: each of the 8 texts can hold 25 other words."
    return None if rows == N else "Rows: how many different words can the batch hold?"


@exercise(function)
def added_up_gradient(answer: Callable) -> str | None:
    """5.4, exercise 2: the sparse gradient of a table, repeated words added up."""
    words = np.array([7, 2, 7, 90_000, 2, 7])
    gradients = np.arange(12.0).reshape(6, 2) + 1
    different, where = np.unique(words, return_inverse=True)
    right = np.zeros((3, 2))
    np.add.at(right, where, gradients)
    found, rows = answer(words.copy(), gradients.copy())
    found, rows = np.asarray(found), np.asarray(rows, dtype=float)
    if len(found) == len(words):
        return "Each word must stand there once, with the sum of its gradients."
    if rows.shape == (90_001, 2):
        return "That is the whole table. Return rows of the words in the batch only."
    if found.shape != different.shape or rows.shape != right.shape:
        return (
            "Expected words of shape (3,) and rows of shape (3, 2). "
            f"Received: {found.shape} and {rows.shape}."
        )
    if np.array_equal(np.sort(found), different) and not np.array_equal(found, different):
        return "Right words, in another order: sort them."
    if not np.array_equal(found, different):
        return f"Expected the words {different.tolist()}. Received: {found.tolist()}."
    if np.allclose(rows, right):
        return None
    last = {word: place for place, word in enumerate(where.tolist())}
    first = np.unique(words, return_index=True)[1]
    hints = {
        "One gradient of each word is lost or overwrites the others: add them up, "
        "for example with np.add.at.": [gradients[[last[0], last[1], last[2]]], gradients[first]],
        "That is the mean. The gradients of a word are added.": [
            right / np.bincount(where)[:, np.newaxis]
        ],
    }
    for hint, wrong in hints.items():
        if any(np.allclose(rows, one) for one in wrong):
            return hint
    return "Right words, but the sums are wrong. Follow word 7: it stands at places 0, 2 and 5."


@exercise(function)
def nearest_rows(answer: Callable) -> str | None:
    """5.4, exercise 3: the rows with the largest cosine to a row of a table."""
    table = np.array([[1, 0], [5, 5], [0.1, 0.05], [0.9, -0.9], [-2, 0.1], [1.2, 1.5]], float)
    right, _ = embedding.nearest(table, 0, 3)
    found = [int(row) for row in answer(table.copy(), 0, 3)]
    if found == right.tolist():
        return None
    distances = np.linalg.norm(table - table[0], axis=1)
    products = table @ table[0]
    hints = {
        "The row itself is among them. Leave it out.": [[0, *right[:2]]],
        "Those are the farthest. Sort the other way.": [
            embedding.nearest(table, 0, 5)[0][::-1][:3].tolist()
        ],
        "That is by the dot product: divide by the lengths.": [
            np.argsort(-products, kind="stable")[:3].tolist(),
            [row for row in np.argsort(-products, kind="stable").tolist() if row != 0][:3],
        ],
        "That is by the distance of the ends. The cosine asks for the direction only.": [
            np.argsort(distances, kind="stable")[1:4].tolist(),
            np.argsort(distances, kind="stable")[:3].tolist(),
        ],
    }
    for hint, wrong in hints.items():
        if found in wrong:
            return hint
    if sorted(found) == sorted(right.tolist()):
        return "The right rows, in another order: the nearest comes first."
    return f"Expected rows {right.tolist()} of the check's table. Received: {found}."
