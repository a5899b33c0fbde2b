"""Search tasks with known answers, from data that the book ships, and search by tf-idf.

- "emoji": the name of an emoji is the query, the names of the others are searched, and those of the
  same subgroup of Unicode's are right.
- "novel": a passage of 60 words by Jane Austen is the query, the others are searched, and those of
  the same novel are right. Passages begin every 600 words of a chapter.
- "law": a passage of 12 words of a Korean legal text is the query, the others are searched, and
  those of the same text, of eleven, are right. Passages begin every 40 words.
- "sentiment": a film review is the query, the others are searched, and those are right whose mean
  rating lies on the same side of 0. Reviews rated at least 0.5 away from 0.

Axis letters in the comments: N texts.
"""

import numpy as np

from utils import data

TASKS = ("emoji", "novel", "law", "sentiment")
SIDES = ("validation", "test")
TF_IDFS = [
    {**terms, "sublinear_tf": sublinear, "stop_words": stop_words}
    for terms, lists in (
        ({"analyzer": "word", "ngram_range": (1, 1)}, (None, "english")),
        ({"analyzer": "word", "ngram_range": (1, 2)}, (None, "english")),
        ({"analyzer": "char_wb", "ngram_range": (3, 5)}, (None,)),
    )
    for stop_words in lists
    for sublinear in (False, True)
]


def texts(task: str, side: str) -> tuple[list[str], np.ndarray]:
    """The texts of a task; each is a query, and searches the others.

    Args:
        task: One of `TASKS`.
        side: "validation" or "test", which share no emoji, chapter or review. Of the emoji, every
            seventh is for validation and the others for the test; of the chapters, two sevenths are
            used, one for each side; of the reviews, two fourteenths. Of the legal passages, every
            second is for validation; two pieces of boilerplate stand on both sides.

    Returns:
        The texts, and what two texts have in common if one is a right result for the other: the
        subgroup, the number of the novel or of the legal text, or whether the rating is positive,
        shape (N,).

    Raises:
        ValueError: If the task or the side is unknown.
    """
    if task not in TASKS:
        raise ValueError(f"task must be one of {', '.join(TASKS)}. Received: task={task!r}")
    if side not in SIDES:
        raise ValueError(f"side must be one of {', '.join(SIDES)}. Received: side={side!r}")
    if task == "emoji":
        arrays = data.load_arrays("emoji", "train", as_dict=True)
        own = (np.arange(len(arrays["name"])) % 7 == 6) == (side == "validation")
        return list(map(str, arrays["name"][own])), arrays["subgroup"][own]
    first = 6 if side == "validation" else 0
    if task == "novel":
        arrays = data.load_arrays("austen", "train")
        chapters = np.flatnonzero(arrays["chapter"] > 0)[first::7]
        return _passages(arrays["text"][chapters], arrays["novel"][chapters], 60, 600)
    if task == "law":
        laws = data.load_arrays("korean_law", "train")["text"]
        passages, labels = _passages(laws, np.arange(len(laws)), 12, 40)
        place = 1 if side == "validation" else 0
        return passages[place::2], labels[place::2]
    arrays = data.load_arrays("movie_snippets", "train")
    reviews, scores = arrays["text"][first::14], arrays["score"][first::14]
    clear = np.abs(scores) >= 0.5
    return list(map(str, reviews[clear])), scores[clear] > 0


def _passages(documents, labels, length, step):
    """Runs of `length` words that begin every `step` words of a document, and its label."""
    passages, own = [], []
    for document, label in zip(documents, labels, strict=True):
        words = str(document).split()
        for start in range(0, len(words) - length + 1, step):
            passages.append(" ".join(words[start : start + length]))
            own.append(label)
    return passages, np.array(own)


def tf_idf_scores(documents: list[str], options: dict) -> np.ndarray:
    """Cosines of all pairs of texts by tf-idf, fitted on these texts.

    Args:
        documents: N texts.
        options: Arguments of scikit-learn's `TfidfVectorizer`, such as one of `TF_IDFS`.

    Returns:
        Shape (N, N), float64; 0 for texts without a common term.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    rows = TfidfVectorizer(**options).fit_transform(documents)
    return (rows @ rows.T).toarray()


def ranks(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Place of the best right result of each query.

    Args:
        scores: Score of each text for each other, shape (N, N); the higher, the earlier. Ties are
            broken at random. A text does not find itself.
        labels: What texts have in common with their right results, shape (N,).

    Returns:
        Places from 1 on, int64, shape (N,); 0 for a query without a right result.

    Raises:
        ValueError: If the shapes do not fit.
    """
    labels = np.asarray(labels)
    if np.shape(scores) != (len(labels), len(labels)):
        raise ValueError(
            f"scores must have shape ({len(labels)}, {len(labels)}). "
            f"Received: shape={np.shape(scores)}"
        )
    noise = 1e-9 * np.random.default_rng(0).random(np.shape(scores))
    scores = np.asarray(scores, dtype="float64") + noise
    np.fill_diagonal(scores, -np.inf)
    order = np.argsort(-scores, axis=1)[:, :-1]  # (N, N - 1), best first, without itself
    hits = labels[order] == labels[:, np.newaxis]
    return np.where(hits.any(axis=1), 1 + hits.argmax(axis=1), 0)
