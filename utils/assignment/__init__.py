"""The assignment's clerical work: who does what, the sweep, a report, and what is still missing.

`Member` and `Plan` say who does what. `pictures` reads data. `sweep` trains what is missing and
saves every model; `read` gives the results, of one folder or of the folders of a whole team.
`checklist` says what the assignment still asks for, and `report` makes one self-contained HTML file
for one author.

The sweep runs in this process, in processes of this machine or on a Dask cluster, as joblib is
configured. Importing this module loads neither TensorFlow nor Keras.
"""

import functools
import hashlib
import json
import math
import os
import re
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd

from utils import data, experiments
from utils.assignment._charts import learning_curves

CONTROL = "base"
NOT_WRITTEN = "Not written yet."
TOLERANCE = 1e-5
CURVES = ("accuracy", "val_accuracy")
FIELDS = {
    "variation", "dataset", "seed", "accuracy", "curves", "weights", "network", "shapes",
    "difference", "sha256", "seconds", "versions",
}  # fmt: skip
PACKAGES = ("keras", "tensorflow", "numpy")


@dataclass(frozen=True)
class Member:
    """A member of the team.

    Attributes:
        name: Name as the report shows it.
        variations: The variations that are this member's.
        number: Student number.
    """

    name: str
    variations: Sequence[str] = ()
    number: str = ""


@dataclass(frozen=True)
class Plan:
    """Who does what, on which data.

    Attributes:
        team: The members. A variation belongs to one of them.
        datasets: Names of the data sets.
        seeds: Integers; everything is trained once for each.
        controls: What a variation is compared with, by variation; `"base"` where nothing is said.
            A control that is nobody's variation belongs to the team.

    Raises:
        ValueError: If the team, the data sets or the seeds are none or name one twice, a variation
            belongs to two members or is called "base", a variation's name has other characters
            than letters, digits, hyphen and underscore, or a control is set for an unknown one.
    """

    team: Sequence[Member]
    datasets: Sequence[str]
    seeds: Sequence[int]
    controls: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self):
        """Check the plan."""
        _check_distinct("team", [member.name for member in self.team])
        _check_distinct("datasets", self.datasets)
        _check_distinct("seeds", self.seeds)
        for member in self.team:
            if isinstance(member.variations, str):
                raise ValueError(
                    "variations must be a list of names. "
                    f"Received: variations={member.variations!r}"
                )
        if self.variations:
            _check_distinct("variations of the team", self.variations)
        for name in [*self.variations, *self.controls.values()]:
            if not isinstance(name, str) or not re.fullmatch(r"[\w-]+", name):
                raise ValueError(
                    "a variation's name must have letters, digits, - and _ only. "
                    f"Received: {name!r}"
                )
        if CONTROL in self.variations:
            raise ValueError(f"{CONTROL!r} must be nobody's variation. Received: it is one")
        unknown = set(self.controls) - set(self.variations)
        if unknown:
            raise ValueError(
                f"controls must be for variations of the team. Received: {sorted(unknown)}"
            )

    @property
    def variations(self) -> list[str]:
        """The team's variations, in the members' order."""
        return [name for member in self.team for name in member.variations]

    @property
    def networks(self) -> list[str]:
        """Everything to train: each variation, and before them the controls."""
        controls = [self.control(name) for name in self.variations] or [CONTROL]
        return list(dict.fromkeys([*controls, *self.variations]))

    @property
    def runs(self) -> list[tuple[str, str, int]]:
        """Everything to run, as (variation, data set, seed)."""
        return [(n, d, s) for s in self.seeds for d in self.datasets for n in self.networks]

    def control(self, variation: str) -> str:
        """What a variation is compared with.

        Args:
            variation: Its name.

        Returns:
            The control's name.
        """
        return self.controls.get(variation, CONTROL)

    def owner(self, network: str) -> str:
        """Whose a variation is.

        Args:
            network: Name of a variation or of a control.

        Returns:
            The member's name, or "team" for a control that is nobody's.
        """
        return next((m.name for m in self.team if network in m.variations), "team")


@dataclass(frozen=True)
class Item:
    """One line of the checklist.

    Attributes:
        asked: What the assignment asks.
        missing: What is missing, in words; empty if nothing is.
    """

    asked: str
    missing: str = ""

    def __str__(self) -> str:
        """The line as plain text."""
        return f"[ ] {self.asked}: {self.missing}" if self.missing else f"[x] {self.asked}"


@functools.cache
def pictures(name: str, split: str, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Pictures of any data set in one form, so that one network fits all of them.

    Transparent pictures are laid on white, all are made square, and gray ones get three equal
    channels. Each process reads a slice once.

    Args:
        name: A data set that ships with the book, else one that TFDS can download.
        split: A TFDS split, such as `"train[:80%]"`.
        size: Height and width, in pixels.

    Returns:
        Images, uint8, shape (N, size, size, 3), and labels, int64, shape (N,).

    Raises:
        ValueError: If the data set has no pictures, or the split is unknown.
        DataError: As in `utils.data.load`.
    """
    import tensorflow as tf

    source = "bundled" if name in data.names() else "tfds"
    loaded, info = data.load(name, split, source=source, as_supervised=True, with_info=True)
    shape = info.features.shape[info.supervised_keys[0]] if info.supervised_keys else ()
    if len(shape) != 3:
        raise ValueError(f"{name} must be a data set of labeled pictures. Received: shape={shape}")

    def prepare(image, label):
        image = tf.cast(image, tf.float32)
        if shape[-1] == 4:
            alpha = image[..., 3:] / 255
            image = image[..., :3] * alpha + 255 * (1 - alpha)
        image = tf.image.resize(image, (size, size), antialias=True)
        image = tf.cast(tf.round(tf.clip_by_value(image, 0, 255)), tf.uint8)
        return (tf.image.grayscale_to_rgb(image) if shape[-1] == 1 else image), label

    prepared = loaded.map(prepare, num_parallel_calls=tf.data.AUTOTUNE)
    images, labels = next(iter(prepared.batch(len(loaded))))
    return images.numpy(), labels.numpy()


def sweep(
    train: Callable[[str, str, int], dict[str, Any]],
    plan: Plan,
    folder: str | Path,
    jobs: int | None = None,
    only: Sequence[str] | None = None,
) -> list[str]:
    """Train what is missing, save every model, and load it back once to compare.

    joblib carries the runs. Inside `joblib.parallel_config(backend="dask")` they go to a cluster;
    the workers send rows and models back and need not see the folder. A model and its row are
    written as soon as they are known, the row last, so that a sweep that was stopped goes on where
    it was. A run that fails leaves the others alone.

    Args:
        train: Called with (variation, dataset, seed); trains one network. Returns a dict:
            "model", a functional or sequential Keras model; "curves", as in a Keras history, with
            "accuracy" and "val_accuracy", a number from 0 to 1 for each epoch; "accuracy", the
            share of right answers on test data, from 0 to 1; "probe", some inputs of the model,
            on which its outputs are compared after loading.
        plan: Who does what.
        folder: Where models and rows are stored.
        jobs: Runs at a time. By default as joblib is configured: one, or all that a cluster has.
        only: The variations and controls to run; by default all.

    Returns:
        What failed, a sentence for each run.

    Raises:
        ValueError: If `only` names something that is not in the plan, or a row in the folder is
            not one of the plan.
    """
    folder = Path(folder)
    networks = plan.networks if only is None else list(only)
    for name in networks:
        if name not in plan.networks:
            raise ValueError(f"only must be of {plan.networks}. Received: {name!r}")
    known = {_run(row) for row in read(plan, folder)}
    missing = [run for run in plan.runs if run[0] in networks and run not in known]
    calls = (joblib.delayed(_try)(train, *run) for run in missing)
    parallel = joblib.Parallel(n_jobs=jobs, batch_size=1, return_as="generator_unordered")
    failures = []
    for number, (row, model, failure) in enumerate(parallel(calls), start=1):
        if failure is None:
            _store(row, model, folder)
            said = f"{_named(*_run(row))}: {100 * row['accuracy']:.1f} %, {row['seconds']:.1f} s"
        else:
            failures.append(failure)
            said = f"failed: {failure}"
        print(f"{number}/{len(missing)} {said}", flush=True)
    return failures


def read(plan: Plan, *folders: str | Path) -> list[dict[str, Any]]:
    """The results in one folder, or in those of all members.

    Args:
        plan: Who does what.
        *folders: Where sweeps stored their models and rows.

    Returns:
        One dict a run, in the plan's order: what `sweep` stored, and "path", where its model
        should be. A run that is not there is left out.

    Raises:
        ValueError: If a row is damaged, is no run of the plan, or stands there twice.
    """
    rows = {}
    for path in sorted(path for folder in folders for path in Path(folder).glob("*.json")):
        row = _read_row(path)
        run = _run(row)
        if run not in plan.runs:
            raise ValueError(f"{path} must be a run of the plan. Received: {_named(*run)}")
        if run in rows:
            raise ValueError(
                f"every run must be there once: remove one of {rows[run]['path']} and "
                f"{row['path']}, with their rows. Received: {_named(*run)} twice"
            )
        rows[run] = row
    return [rows[run] for run in plan.runs if run in rows]


def architecture(model) -> tuple[str, list[list[int]]]:
    """What makes two networks the same.

    Args:
        model: A functional or sequential Keras model.

    Returns:
        A digest of all layers in order with their settings, but without names, seeds, the input's
        shape and the number of answers; and the distinct shapes of the layers' outputs, largest
        first. Batch normalization, shortcuts, separable convolutions and augmentation change the
        first and leave the second as it is.

    Raises:
        ValueError: If the model's layers cannot be listed, as in a subclass of `keras.Model`.
    """
    layers = _flat(model)
    if not layers:
        raise ValueError(
            f"model must be a functional or sequential Keras model. Received: {model!r}"
        )
    described = [[type(layer).__name__, _settings(layer.get_config())] for layer in layers]
    heads = [settings for _, settings in described if "units" in settings]
    if heads:
        heads[-1].pop("units")
    digest = hashlib.sha256(json.dumps(described, sort_keys=True, default=str).encode())
    shapes = {tuple(layer.output.shape[1:]) for layer in layers}
    return digest.hexdigest(), sorted((list(s) for s in shapes), key=_size, reverse=True)


def table(plan: Plan, rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Accuracy of every network on every data set, with what is not done.

    Args:
        plan: Who does what.
        rows: As from `read`.

    Returns:
        One row for each data set and network: dataset, variation, by, n, mean, low, high (in
        percent), gain, gain_low, gain_high (percentage points over the control, paired by seed),
        weights, and seconds of a run. Numbers that are not there are NaN; n is then 0. The
        intervals are 95 %, Student's t; with n = 1 there are none.
    """
    frame = pd.DataFrame(rows, columns=["variation", "dataset", "seed", "accuracy", "weights",
                                        "seconds"])  # fmt: skip
    frame["accuracy"] = 100 * frame["accuracy"].astype(float)
    records = []
    for dataset in plan.datasets:
        for network in plan.networks:
            mine = _of(frame, dataset, network)
            record = {"dataset": dataset, "variation": network, "by": plan.owner(network),
                      "n": len(mine)}  # fmt: skip
            if len(mine):
                found = experiments.summary(mine, "accuracy", "variation").iloc[0]
                record |= {key: found[key] for key in ("mean", "low", "high")}
                record["weights"] = float(mine["weights"].mean())
                record["seconds"] = float(mine["seconds"].mean())
            control = _of(frame, dataset, plan.control(network))
            seeds = set(mine["seed"]) & set(control["seed"])
            if seeds and network in plan.variations:
                both = pd.concat([control, mine])
                both = both[both["seed"].isin(seeds)]
                found = experiments.paired_differences(
                    both, "accuracy", "variation", plan.control(network)
                ).iloc[0]
                record |= {"gain": found["mean"], "gain_low": found["low"],
                           "gain_high": found["high"]}  # fmt: skip
            records.append(record)
    columns = ["dataset", "variation", "by", "n", "mean", "low", "high", "gain", "gain_low",
               "gain_high", "weights", "seconds"]  # fmt: skip
    return pd.DataFrame(records, columns=columns)


def checklist(
    plan: Plan, rows: Sequence[dict[str, Any]], author: str, discussion: str = NOT_WRITTEN
) -> list[Item]:
    """What the assignment asks of a report, and what is still missing.

    Args:
        plan: Who does what.
        rows: As from `read`.
        author: Name of the member whose report it is.
        discussion: The author's own discussion.

    Returns:
        The items, always the same ones in the same order.

    Raises:
        ValueError: If the author is not in the team.
    """
    _check_author(plan, author)
    size, variations = len(plan.team), plan.variations
    unnamed = [m.name for m in plan.team
               if not m.number.strip() or re.fullmatch(r"Member [A-Z]", m.name)]  # fmt: skip
    idle = [member.name for member in plan.team if not member.variations]
    undone = _undone(plan, rows)
    written = discussion.strip() and discussion.strip() != NOT_WRITTEN
    return [
        Item("A team of four; three is accepted",
             "" if size in (3, 4) else f"the team has {size}"),
        Item("Everybody's name and student number",
             f"to fill in for {', '.join(unnamed)}" if unnamed else ""),
        Item("At least four variations in the team",
             "" if len(variations) >= 4 else f"there are {len(variations)}"),
        Item("At least one variation a member",
             f"none yet for {', '.join(idle)}" if idle else ""),
        Item("At least two data sets",
             "" if len(plan.datasets) >= 2 else f"there is {len(plan.datasets)}"),
        Item("Every network trained and tested on every data set",
             f"not done: {', '.join(undone)}" if undone else ""),
        Item("The same network on all data sets", _network_problem(plan, rows)),
        Item("A network like its control, apart from the variation", _shape_problem(plan, rows)),
        Item("Models saved, with equal outputs when loaded", _model_problem(rows)),
        Item("A discussion of one's own", "" if written else "not written yet"),
    ]  # fmt: skip


def report(
    plan: Plan,
    rows: Sequence[dict[str, Any]],
    author: str,
    discussion: str = NOT_WRITTEN,
    title: str = "Comparing convnets",
) -> str:
    """One member's report as one HTML file, without scripts and without other files.

    Args:
        plan: Who does what.
        rows: As from `read`.
        author: Name of the member whose report it is.
        discussion: The author's own discussion, as text or Markdown; pictures and HTML in it are
            shown as text.
        title: The report's title.

    Returns:
        The page. It follows the reader's light or dark setting and prints in black on white.

    Raises:
        ValueError: If the author is not in the team.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markdown_it import MarkdownIt
    from markupsafe import Markup

    items = checklist(plan, rows, author, discussion)
    found = table(plan, rows)
    sections = [
        {
            "dataset": dataset,
            "rows": [_shown(row, plan) for row in found[found["dataset"] == dataset].itertuples()],
            "charts": learning_curves(plan, rows, dataset),
        }
        for dataset in plan.datasets
    ]
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    markdown = MarkdownIt("commonmark", {"html": False}).disable("image")
    return environment.get_template("report.html").render(
        title=title,
        author=author,
        plan=plan,
        sections=sections,
        items=items,
        missing=sum(bool(item.missing) for item in items),
        written=not items[-1].missing,
        discussion=Markup(markdown.render(discussion.strip() or NOT_WRITTEN)),
        intervals=(experiments.INTERVAL, experiments.PAIRED_INTERVAL),
        versions=sorted({f"{n} {v}" for row in rows for n, v in row["versions"].items()}),
    )


def _try(train, variation, dataset, seed):
    """The row, the model's bytes and None; or None, None and a sentence that says what failed."""
    experiments.draw_apart_from_dask()
    try:
        return *_measure(train, variation, dataset, seed), None
    except Exception as error:
        traceback.print_exc()
        named = _named(variation, dataset, seed)
        return None, None, f"{named}: {type(error).__name__}: {error}"


def _measure(train, variation, dataset, seed):
    import keras

    start = time.perf_counter()
    found = train(variation, dataset, seed)
    seconds = time.perf_counter() - start
    _check_found(found)
    model = found["model"]
    network, shapes = architecture(model)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        loaded = keras.saving.load_model(path, compile=False, safe_mode=True)
        content = path.read_bytes()
    outputs = [_outputs(each, found["probe"]) for each in (model, loaded)]
    row = {
        "variation": variation,
        "dataset": dataset,
        "seed": seed,
        "accuracy": float(found["accuracy"]),
        "curves": {name: [float(x) for x in found["curves"][name]] for name in CURVES},
        "weights": int(model.count_params()),
        "network": network,
        "shapes": shapes,
        "difference": float(np.abs(outputs[0] - outputs[1]).max()),
        "sha256": hashlib.sha256(content).hexdigest(),
        "seconds": round(seconds, 2),
        "versions": {name: version(name) for name in PACKAGES},
    }
    return row, content


def _check_found(found):
    names = {"model", "curves", "accuracy", "probe"}
    if not isinstance(found, dict) or not names <= set(found):
        received = sorted(found) if isinstance(found, dict) else found
        raise ValueError(f"train must return a dict with {sorted(names)}. Received: {received}")
    lengths = set()
    for name in CURVES:
        curve = found["curves"].get(name)
        if not curve or not all(_is_share(value) for value in curve):
            raise ValueError(
                f"curves must have {name!r}, a number from 0 to 1 for each epoch. "
                f"Received: {curve!r}"
            )
        lengths.add(len(curve))
    if len(lengths) > 1:
        raise ValueError(f"curves must be equally long. Received: {sorted(lengths)} epochs")
    if not _is_share(found["accuracy"]):
        raise ValueError(
            f"accuracy must be a number from 0 to 1. Received: accuracy={found['accuracy']!r}"
        )


def _is_share(value):
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    return number and math.isfinite(value) and 0 <= value <= 1


def _outputs(model, probe):
    return np.asarray(model(np.asarray(probe), training=False))


def _store(row, model, folder):
    """Write the model, then the row: a row is never there without its model."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / _file(row)
    text = json.dumps(row, ensure_ascii=False, indent=1)
    for target, content in ((path, model), (path.with_suffix(".json"), text.encode())):
        unfinished = target.with_name(f".{target.name}")
        unfinished.write_bytes(content)
        os.replace(unfinished, target)


def _file(row):
    words = [str(row[key]) for key in ("dataset", "variation", "seed")]
    return "-".join(re.sub(r"[^\w.]", "_", word) for word in words) + ".keras"


def _read_row(path):
    try:
        row = json.loads(path.read_text(encoding="utf8"))
    except json.JSONDecodeError:
        raise ValueError(f"{path} must be JSON. Received: a damaged file") from None
    if not isinstance(row, dict) or set(row) != FIELDS:
        received = sorted(row) if isinstance(row, dict) else row
        raise ValueError(f"{path} must have the fields {sorted(FIELDS)}. Received: {received}")
    row["path"] = path.with_suffix(".keras")
    return row


def _run(row):
    return row["variation"], row["dataset"], row["seed"]


def _named(variation, dataset, seed):
    return f"{variation} on {dataset}, seed {seed}"


def _of(frame, dataset, network):
    return frame[(frame["dataset"] == dataset) & (frame["variation"] == network)]


def _flat(model):
    """The layers of a model and of the models in it."""
    if not getattr(model, "inputs", None):
        return []
    inner = [_flat(layer) or [layer] for layer in model.layers]
    return [layer for layers in inner for layer in layers if hasattr(layer, "output")]


def _settings(config):
    """A configuration without what differs between two builds of the same network."""
    if isinstance(config, dict):
        dropped = {"name", "seed", "batch_shape", "build_config", "shared_object_id"}
        return {key: _settings(value) for key, value in config.items() if key not in dropped}
    return [_settings(value) for value in config] if isinstance(config, list | tuple) else config


def _size(shape):
    return math.prod(shape), shape


def _undone(plan, rows):
    """What is not done: a network's name, with the data sets unless it is all of them."""
    done = {_run(row) for row in rows}
    said = []
    for network in plan.networks:
        where = [dataset for dataset in plan.datasets
                 if any((network, dataset, seed) not in done for seed in plan.seeds)]  # fmt: skip
        if len(where) == len(plan.datasets):
            said.append(network)
        elif where:
            said.append(f"{network} on {' and '.join(where)}")
    return said


def _network_problem(plan, rows):
    if not rows:
        return "no result yet"
    different = []
    for network in plan.networks:
        if len({row["network"] for row in rows if row["variation"] == network}) > 1:
            different.append(network)
    return f"it differs for {', '.join(different)}" if different else ""


def _shape_problem(plan, rows):
    if not rows:
        return "no result yet"
    shapes = {(row["dataset"], row["variation"]): row["shapes"] for row in rows}
    different = []
    for variation in plan.variations:
        pairs = [(shapes.get((dataset, variation)), shapes.get((dataset, plan.control(variation))))
                 for dataset in plan.datasets]  # fmt: skip
        if any(mine and control and mine != control for mine, control in pairs):
            different.append(f"{variation} from {plan.control(variation)}")
    return f"other shapes inside: {', '.join(different)}" if different else ""


def _model_problem(rows):
    if not rows:
        return "no result yet"
    lost, changed, unequal = [], [], []
    for row in rows:
        name = row["path"].name
        if not row["path"].is_file():
            lost.append(name)
        elif hashlib.sha256(row["path"].read_bytes()).hexdigest() != row["sha256"]:
            changed.append(name)
        elif not row["difference"] <= TOLERANCE:
            unequal.append(name)
    said = [f"{what}: {', '.join(names)}" for what, names in
            (("not saved", lost), ("not the file that was saved", changed),
             ("other outputs", unequal)) if names]  # fmt: skip
    return "; ".join(said)


def _shown(row, plan):
    """A row of the table as texts, or with `done` false."""
    if not row.n:
        return {"variation": row.variation, "by": row.by, "done": False}
    seeds = len(plan.seeds)
    one = "one seed, no interval"
    gain = "" if math.isnan(row.gain) else _signed(row.gain)
    return {
        "variation": row.variation,
        "by": row.by,
        "done": True,
        "n": str(row.n) if row.n == seeds else f"{row.n} of {seeds}",
        "mean": f"{row.mean:.1f}",
        "interval": one if math.isnan(row.low) else f"{_plain(row.low)} to {_plain(row.high)}",
        "gain": gain,
        "gain_interval": ""
        if not gain
        else one
        if math.isnan(row.gain_low)
        else f"{_signed(row.gain_low)} to {_signed(row.gain_high)}",
        "control": "" if not gain else plan.control(row.variation),
        "weights": f"{row.weights:,.0f}",
        "seconds": f"{row.seconds:.1f}",
    }


def _plain(value, sign=""):
    return f"{value:{sign}.1f}".replace("-", "\N{MINUS SIGN}")


def _signed(value):
    return _plain(value, "+")


def _check_author(plan, author):
    names = [member.name for member in plan.team]
    if author not in names:
        raise ValueError(f"author must be of the team {names}. Received: author={author!r}")


def _check_distinct(name, values):
    if isinstance(values, str) or not list(values):
        raise ValueError(f"{name} must be a list that is not empty. Received: {values!r}")
    twice = [value for value in values if list(values).count(value) > 1]
    if twice:
        raise ValueError(f"{name} must be distinct. Received: {twice[0]!r} twice")
