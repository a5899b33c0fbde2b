"""Data sets by name: from data/, which ships with the book, or on request through TFDS.

`load` gives a `tf.data.Dataset`, `load_arrays` NumPy arrays, `describe` the card of a data set.
Importing this module loads neither TensorFlow nor TFDS.
"""

import difflib
import functools
import hashlib
import html
import queue
import re
import socket
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

DATA_DIR = Path(__file__).resolve().parent.parent / "data"
NETWORK_SECONDS = 10.0

_verified: set[str] = set()


class DataError(OSError):
    """Data that are missing or damaged, or that need a network that is not there."""


@dataclass(frozen=True)
class Card:
    """What there is to know about a data set before using it.

    Attributes:
        name: Name for `load`.
        title: Title in English.
        korean: Title in Korean.
        kind: "data set" or "weights".
        version: Version of the prepared form.
        what: What it is, in a sentence or two.
        splits: Number of examples by split.
        features: Shape, dtype and meaning of each feature.
        use: How the splits are meant to be used.
        provenance: Where it comes from and what was done to it.
        license: Its license in a sentence.
        license_files: Files in data/LICENSES with the full texts.
        citation: Whom to cite.
        link: DOI or home page, as an address.
        faults: Known faults.
    """

    name: str
    title: str
    korean: str
    kind: str
    version: str
    what: str
    splits: dict[str, int]
    features: dict[str, str]
    use: str
    provenance: str
    license: str
    license_files: list[str]
    citation: str
    link: str
    faults: list[str] = field(default_factory=list)

    def rows(self) -> list[tuple[str, list[str]]]:
        """The card as a table.

        Returns:
            Pairs of a heading and its lines.
        """
        rows = [
            ("What", [self.what]),
            ("Examples", [f"{split}: {count:,}" for split, count in self.splits.items()]),
            ("Features", [f"{key}: {text}" for key, text in self.features.items()]),
            ("Use", [self.use]),
            ("From", [self.provenance]),
            ("License", [f"{self.license} (data/LICENSES: {', '.join(self.license_files)})"]),
            ("Cite", [self.citation, self.link]),
            ("Known faults", self.faults),
        ]
        return [(heading, lines) for heading, lines in rows if lines]

    def __str__(self) -> str:
        """The card as plain text."""
        title = f"{self.name} {self.version}: {self.title} ({self.korean})"
        body = [
            f"{'' if index else heading:14}{line}"
            for heading, lines in self.rows()
            for index, line in enumerate(lines)
        ]
        return "\n".join([title, *body])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th scope='row' style='text-align:left;vertical-align:top'>{heading}</th>"
            f"<td style='text-align:left'>{'<br>'.join(map(_linked, lines))}</td></tr>"
            for heading, lines in self.rows()
        )
        return (
            f"<table><caption>{html.escape(self.name)} {self.version}: "
            f"{html.escape(self.title)} (<span lang='ko'>{html.escape(self.korean)}</span>)"
            f"</caption>{rows}</table>"
        )


def names() -> list[str]:
    """Data sets that ship with the book.

    Returns:
        Names for `load`, in the order of the cards.
    """
    return [name for name, card in _cards().items() if card.kind == "data set"]


def describe(name: str) -> Card:
    """The card of a bundled data set or of bundled weights.

    Args:
        name: One of `names()`, or "mobilenet_v2".

    Returns:
        The card; it prints as text and shows as a table in a notebook.

    Raises:
        ValueError: If there is no such card.
        DataError: If data/cards.yml is missing.
    """
    if name not in _cards():
        raise ValueError(f"{_unknown('describe', name, list(_cards()))}.")
    return _cards()[name]


def load(name: str, split=None, *, source: str = "bundled", **kwargs):
    """Load a data set as TFDS does.

    Args:
        name: One of `names()`; with `source="tfds"`, any data set that TFDS knows, with
            configuration and version if wanted, such as `"imdb_reviews/plain_text:1.0.0"`.
        split: TFDS split, such as `"train"`, `"train[:80%]"` or a list of these. None gives a
            dictionary of all splits.
        source: "bundled" reads data/ and needs no network. "tfds" lets TFDS download the data
            set into its own folder, unless it is there already.
        **kwargs: Passed to `tfds.load`: `as_supervised`, `batch_size`, `shuffle_files`,
            `with_info` and so on.

    Returns:
        What `tfds.load` returns: a `tf.data.Dataset` for one split, a list for a list.

    Raises:
        ValueError: If the name, the split or the source is unknown.
        DataError: If a bundled file is missing, truncated or altered, or if the network that a
            download needs does not answer within 10 seconds.
    """
    if source == "bundled":
        if name not in names():
            tfds_call = f'load({name!r}, source="tfds")'
            raise ValueError(
                f"{_unknown('load', name, names())}, or `{tfds_call}` to let TFDS download it."
            )
        if "data_dir" in kwargs:
            raise ValueError('data_dir needs source="tfds". Received: source="bundled"')
        if name not in _verified:
            verify(name)
        kwargs.update(data_dir=str(DATA_DIR), download=False)
    elif source == "tfds":
        _prepare_download(name, kwargs)
    else:
        raise ValueError(f'source must be "bundled" or "tfds". Received: source={source!r}')

    import tensorflow_datasets as tfds

    try:
        return tfds.load(name, split=split, **kwargs)
    except Exception:
        problem = _split_problem(name, split, kwargs)
        if problem is None:
            raise
    raise ValueError(problem)


def load_arrays(name: str, split=None, *, source: str = "bundled", as_dict: bool = False):
    """Load a data set into NumPy arrays.

    Args:
        name: As in `load`.
        split: As in `load`.
        source: As in `load`.
        as_dict: Whether to return every feature by name, for images too.

    Returns:
        For one split of an image data set the pair (images, labels): images uint8 of shape
        (N, height, width, channels), labels int64 of shape (N,). For other data, or if
        `as_dict`, a dictionary from a feature's name to its array, first axis N; texts are
        Python strings in an array of dtype object, shape (N,). A list of splits gives a list,
        None a dictionary by split.

    Raises:
        ValueError: If the name, the split or the source is unknown.
        DataError: As in `load`.
    """
    loaded, info = load(name, split, source=source, batch_size=-1, with_info=True)
    keys = info.supervised_keys
    pair = not as_dict and keys and len(getattr(info.features[keys[0]], "shape", ())) == 3

    def convert(batch):
        arrays = {key: _array(batch[key].numpy()) for key in info.features}
        return (arrays[keys[0]], arrays[keys[1]]) if pair else arrays

    if split is None:
        return {key: convert(batch) for key, batch in loaded.items()}
    if isinstance(split, list | tuple):
        return [convert(batch) for batch in loaded]
    return convert(loaded)


def verify(name: str | None = None) -> None:
    """Compare bundled files with data/CHECKSUMS, whether or not that was done before.

    Args:
        name: One of `names()`, or "mobilenet_v2"; by default all of them.

    Raises:
        ValueError: If the name is unknown.
        DataError: If a file is missing, truncated or altered.
    """
    for known in _cards() if name is None else [describe(name).name]:
        listed = {
            file: digest for file, digest in checksums().items() if file.startswith(prefix(known))
        }
        if not listed:
            raise DataError(
                f"data/CHECKSUMS lists no file of {known!r}: restore it with "
                "`git checkout -- data/CHECKSUMS`."
            )
        for file, digest in listed.items():
            mend = f"restore it with `git checkout -- data/{file}` or rebuild it with `make data`."
            if not (DATA_DIR / file).is_file():
                raise DataError(f"data/{file} is missing: {mend}")
            if sha256(DATA_DIR / file) != digest:
                raise DataError(
                    f"data/{file} is truncated or altered (its SHA-256 is not the one in "
                    f"data/CHECKSUMS): {mend}"
                )
        _verified.add(known)


def checksums() -> dict[str, str]:
    """Read data/CHECKSUMS, which has the form of `sha256sum`.

    Returns:
        SHA-256, in hexadecimal, by path relative to data/.

    Raises:
        DataError: If the file is missing or has another form.
    """
    lines = _read("CHECKSUMS").splitlines()
    if not all(re.fullmatch(r"[0-9a-f]{64}  \S+", line) for line in lines):
        raise DataError(
            "data/CHECKSUMS is damaged: restore it with `git checkout -- data/CHECKSUMS`."
        )
    return {line[66:]: line[:64] for line in lines}


def sha256(path: Path) -> str:
    """SHA-256 of a file.

    Args:
        path: The file.

    Returns:
        The digest in hexadecimal.
    """
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def prefix(name: str) -> str:
    """Beginning of the paths, relative to data/, of everything that belongs to a card.

    Args:
        name: Name of the card.

    Returns:
        Such as "emoji/" or "weights/mobilenet_v2".
    """
    return f"{name}/" if describe(name).kind == "data set" else f"weights/{name}"


def _read(file):
    try:
        return (DATA_DIR / file).read_text(encoding="utf-8")
    except FileNotFoundError:
        pass
    if not DATA_DIR.is_dir():
        raise DataError(
            "The folder data/ is not next to utils/: clone the whole repository and install it "
            "from there with `pip install -e .`."
        )
    raise DataError(f"data/{file} is missing: restore it with `git checkout -- data/{file}`.")


@functools.cache
def _cards_of(data_dir):
    import yaml

    cards = yaml.safe_load(_read("cards.yml"))
    return {name: Card(name=name, **fields) for name, fields in cards.items()}


def _cards():
    return _cards_of(DATA_DIR)


def _unknown(function, name, known):
    near = difflib.get_close_matches(str(name).lower(), known, n=1, cutoff=0.5)
    advice = f"`{function}({near[0]!r})`, the nearest of" if near else f"`{function}` with one of"
    return f"The book ships nothing named {name!r}: call {advice} {', '.join(known)}"


def _linked(line):
    text = html.escape(line)
    return f"<a href='{text}'>{text}</a>" if re.fullmatch(r"https://\S+", line) else text


def _array(values):
    if values.dtype != object:
        return values
    return np.array([value.decode("utf-8") for value in values], dtype=object)


def _split_problem(name, split, kwargs):
    """One sentence about the first split that does not exist or is empty, or None."""
    splits = _builder(name, kwargs).info.splits
    parts = split if isinstance(split, list | tuple) else [split]
    if split is None or not splits:  # without splits, the download itself has failed
        return None
    for part in parts:
        try:
            count = splits[part].num_examples
        except Exception:
            count = None
        if not count:
            wrong = "is not a split" if count is None else "selects no example"
            has = " and ".join(f"{key!r} ({info.num_examples:,})" for key, info in splits.items())
            return (
                f"{part!r} {wrong} of {name!r}, which has {has}: "
                f"call `load({name!r}, {f'{next(iter(splits))}[:80%]'!r})`, for example."
            )
    return None


def _builder(name, kwargs):
    import tensorflow_datasets as tfds

    options = kwargs.get("builder_kwargs") or {}
    return tfds.builder(name, data_dir=kwargs.get("data_dir"), **options)


def _prepare_download(name, kwargs):
    """Refuse, in one sentence, what TFDS could not download."""
    import tensorflow_datasets as tfds

    known = tfds.list_builders(with_community_datasets=False)
    base = re.split("[/:]", name)[0]
    if base not in known and base in names():
        raise ValueError(f"TFDS has no {base!r}, but the book ships it: call `load({base!r})`.")
    if base not in known:
        near = difflib.get_close_matches(base.lower(), known, n=1)
        advice = f'`load({near[0]!r}, source="tfds")`' if near else "`tfds.list_builders()`"
        raise ValueError(f"TFDS knows no data set named {name!r}: call {advice}.")
    try:
        builder = _builder(name, kwargs)
    except Exception as error:
        problem = re.sub('^Failed to construct .*?}": ', "", str(error).strip().splitlines()[0])
    else:
        # builder.is_prepared() says the same, with a line on stderr about what it looked for.
        prepared = (builder.data_path / "dataset_info.json").exists()
        if not prepared and kwargs.get("download", True):
            _require_network(name, builder.url_infos or ["https://storage.googleapis.com"])
        return
    raise ValueError(f"TFDS cannot make {name!r}: {problem}")


def _require_network(name: str, urls: Iterable[str]) -> None:
    """Raise DataError unless a host of `urls`, or the proxy before it, answers in time."""
    parts = [urllib.parse.urlsplit(url) for url in urls]
    addresses = {_address(part) for part in parts}
    answers = queue.Queue()

    def call(address):
        try:
            socket.create_connection(address, timeout=NETWORK_SECONDS).close()
            answers.put(True)
        except OSError:
            answers.put(False)

    for address in addresses:
        # A daemon, because looking up a host name can take longer than any timeout.
        threading.Thread(target=call, args=(address,), daemon=True).start()
    deadline = time.monotonic() + NETWORK_SECONDS
    try:
        for _ in addresses:
            if answers.get(timeout=max(0.0, deadline - time.monotonic())):
                return
    except queue.Empty:
        pass
    hosts = " and ".join(sorted({part.hostname for part in parts}))
    offline = f", or call `load({name!r})`, which needs no network" if name in names() else ""
    raise DataError(
        f"TFDS cannot download {name!r} because {hosts} did not answer: connect to the network "
        f'and call `load({name!r}, source="tfds")` again{offline}.'
    )


def _address(parts):
    """(host, port) to connect to: the proxy, where the environment names one."""
    proxy = urllib.request.getproxies().get(parts.scheme)
    if proxy and not urllib.request.proxy_bypass(parts.hostname):
        parts = urllib.parse.urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    return parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
