"""The tokenizer widget before any script has run. `tokenizer.js` is the rest of it."""

import html

from utils.widgets._still import _one_of

KINDS = ("words", "bigrams", "trigrams", "morphemes", "characters", "jamo", "bytes", "subwords")
LISTED = KINDS[:6]  # the kinds that need a vocabulary of their own
MODES = ("multi_hot", "count")


def start(
    *,
    sentences: dict[str, list[str]],
    merges: dict[str, dict],
    vocabularies: dict[str, list[str]],
    text: str | None = None,
    standardize: bool = True,
    cut: str = "words",
    mode: str = "multi_hot",
) -> dict:
    """Check how the widget starts.

    Args:
        sentences: Examples to choose from, with the morphemes of each.
        merges: By the name of a corpus, {"alphabet": str, "pairs": list}: its characters, and the
            pairs that byte-pair encoding joined, in order, as `utils.reference.text.train_bpe`
            returns them.
        vocabularies: A vocabulary for each of words, bigrams, trigrams, morphemes, characters and
            jamo, as `utils.reference.text.build_vocabulary` makes it.
        text: The sentence at first, by default the first example.
        standardize: Whether it is standardized.
        cut: What it is cut into, one of `KINDS`.
        mode: "multi_hot" or "count".

    Returns:
        The state, ready for JSON.

    Raises:
        ValueError: If an argument has another form.
    """
    _one_of("cut", cut, KINDS)
    _one_of("mode", mode, MODES)
    if set(vocabularies) != set(LISTED):
        raise ValueError(
            f"vocabularies must be named {', '.join(LISTED)}. "
            f"Received: {', '.join(vocabularies) or 'none'}"
        )
    for name, vocabulary in vocabularies.items():
        if list(vocabulary[:2]) != ["", "[UNK]"]:
            raise ValueError(
                f'vocabularies must begin with "" and "[UNK]". '
                f"Received: {name} with {list(vocabulary[:2])}"
            )
    for name, given in (("sentences", sentences), ("merges", merges)):
        if not given:
            raise ValueError(f"{name} must not be empty. Received: {name}={given!r}")
    return {
        "text": next(iter(sentences)) if text is None else text,
        "standardize": bool(standardize),
        "cut": cut,
        "mode": mode,
        "sentences": [{"text": one, "morphemes": list(cut)} for one, cut in sentences.items()],
        "merges": {
            name: {"alphabet": one["alphabet"], "pairs": [list(pair) for pair in one["pairs"]]}
            for name, one in sorted(merges.items())
        },
        "vocabularies": {name: list(vocabulary) for name, vocabulary in vocabularies.items()},
    }


def steps(state: dict) -> dict:
    """Take the first sentence through the four steps.

    Args:
        state: What `start` returned.

    Returns:
        text, the standardized sentence; tokens, or None where its morphemes are not known;
        indices; size, the length of the vocabulary.
    """
    from utils.reference import text as reference

    text = reference.standardize(state["text"]) if state["standardize"] else state["text"]
    words = reference.tokenize_words(text)
    learned = next(iter(state["merges"].values()))
    known = {one["text"]: one["morphemes"] for one in state["sentences"]}
    tokens = {
        "words": lambda: words,
        "bigrams": lambda: reference.ngrams(words, 2),
        "trigrams": lambda: reference.ngrams(words, 3),
        "morphemes": lambda: known.get(state["text"]),
        "characters": lambda: reference.tokenize_characters(text),
        "jamo": lambda: reference.tokenize_jamo(text),
        "bytes": lambda: reference.tokenize_bytes(text),
        "subwords": lambda: reference.encode_bpe(text, [tuple(p) for p in learned["pairs"]]),
    }[state["cut"]]()
    if tokens is None:
        return {"text": text, "tokens": None, "indices": [], "size": 0}
    if state["cut"] == "bytes":
        return {"text": text, "tokens": tokens, "indices": tokens, "size": 256}
    vocabulary = state["vocabularies"].get(state["cut"])
    if vocabulary is None:
        merged = ["".join(pair) for pair in learned["pairs"]]
        vocabulary = list(dict.fromkeys(["", "[UNK]", *learned["alphabet"], *merged]))
    return {
        "text": text,
        "tokens": tokens,
        "indices": reference.index(tokens, vocabulary),
        "size": len(vocabulary),
    }


def still(state: dict) -> tuple[str, str]:
    """Write the four steps of the sentence at first.

    Args:
        state: What `start` returned.

    Returns:
        HTML with the steps, and a sentence.
    """
    found = steps(state)
    if found["tokens"] is None:
        sentence = f"“{state['text']}”: its morphemes are not known here."
    else:
        unknown = 0 if state["cut"] == "bytes" else found["indices"].count(1)
        sentence = (
            f"“{state['text']}” cut into {state['cut']}: {len(found['tokens'])} tokens, "
            f"{len(set(found['tokens']))} different, {unknown} unknown; "
            f"a vector of {found['size']} numbers."
        )
    rows = [
        ("standardize", found["text"]),
        ("tokenize", " | ".join(map(str, found["tokens"] or []))),
        ("index", ", ".join(map(str, found["indices"]))),
    ]
    terms = "".join(f"<dt>{name}</dt><dd>{html.escape(value)}</dd>" for name, value in rows)
    picture = (
        f'<dl class="w-still">{terms}</dl>\n'
        f"<p>{html.escape(sentence)} With JavaScript this figure can be played with.</p>"
    )
    return picture, sentence
