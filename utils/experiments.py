"""Studies: measurements that take longer than a notebook may, kept with the code that made them.

A study is a file `experiments/<study>.py`. Its docstring has a paragraph each for `Question:`,
`Metric:`, `Selection:` and `Interval:`, written before the run. It defines

- `GRID`: the configurations, dicts that all have the same keys;
- `SEEDS`: integers; every configuration is run once for each;
- `METRICS`: what each metric means, with its unit, by name;
- `run(config, seed)`: measures one configuration and returns the metrics, a number each;
- `PACKAGES`: the packages whose versions matter;
- `TOY`: a configuration small enough for a test;
- `SEQUENTIAL = True`, if runs must not share the machine, as for latencies;
- `DATA`: names of the bundled data sets that it reads, if any.

`python -m utils.experiments <study>` runs what is missing. Its rows stand in
`experiments/results/<study>.jsonl`, one line of JSON each; without that file everything is measured
anew. A row does not know the code that made it: after a change of `run`, remove the file.

joblib carries the runs: to processes of this machine (`loky`), or with `--backend dask` to the
workers of a `dask.distributed` cluster, which must have this project at the same version. Each
process takes its share of the machine's threads, so `seconds` depends on the number of jobs.
"""

import argparse
import functools
import hashlib
import importlib.util
import json
import math
import os
import platform
import random
import re
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from numbers import Real
from pathlib import Path
from types import ModuleType
from typing import Any

import joblib
import pandas as pd
from scipy import stats

from utils import data

FOLDER = Path(__file__).resolve().parent.parent / "experiments"
PARAGRAPHS = ("Question", "Metric", "Selection", "Interval")
FIELDS = {"config", "seed", "metrics", "seconds", "versions", "processor", "data"}
CONFIDENCE = 0.95
INTERVAL = "95 %, Student's t over seeds"
PAIRED_INTERVAL = "95 %, Student's t over differences paired by seed"
BACKENDS = ("loky", "dask")
THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


def studies(folder: Path = FOLDER) -> list[str]:
    """Names of the studies.

    Args:
        folder: The folder of the studies.

    Returns:
        The names, in alphabetical order.
    """
    return sorted(path.stem for path in Path(folder).glob("[a-z]*.py"))


def open_study(study: str, folder: Path = FOLDER) -> ModuleType:
    """Import a study and check that it has what a study needs.

    Args:
        study: Its name, which is its file's name without the ending.
        folder: The folder of the studies.

    Returns:
        The study's module.

    Raises:
        ValueError: If there is no such study, or a part of it is missing or malformed.
    """
    if study not in studies(folder):
        known = ", ".join(studies(folder)) or "none"
        raise ValueError(f"study must be one of: {known}. Received: study={study!r}")
    path = (Path(folder) / f"{study}.py").resolve()
    return _import(path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=16)
def _import(path, changed):
    """The module of a file that changed at that time: what it caches serves every run."""
    spec = importlib.util.spec_from_file_location(f"experiments.{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    _check_study(module, path.stem)
    return module


def run_cell(study: str, config: dict, seed: int, folder: Path = FOLDER) -> dict[str, Any]:
    """Run one configuration of a study with one seed; nothing is written.

    Args:
        study: Name of the study.
        config: The configuration, with the keys that the study's grid has.
        seed: The seed.
        folder: The folder of the studies.

    Returns:
        The row: config, seed, metrics, seconds, versions by package, processor, and the SHA-256
        of the data by name.

    Raises:
        ValueError: If the configuration has other keys than the grid, or a metric is missing,
            unknown or not a finite number.
    """
    module = open_study(study, folder)
    _check_config(module, study, config)
    start = time.perf_counter()
    metrics = module.run(dict(config), seed)
    seconds = time.perf_counter() - start
    if isinstance(metrics, dict):
        metrics = {name: _plain(value) for name, value in metrics.items()}
    row = {
        "config": config,
        "seed": seed,
        "metrics": metrics,
        "seconds": round(seconds, 3),
        "versions": _versions(module),
        "processor": processor(),
        "data": {name: _data_checksum(name) for name in getattr(module, "DATA", ())},
    }
    _check_row(module, study, row)
    return row


def run(
    study: str,
    jobs: int | None = None,
    folder: Path = FOLDER,
    backend: str = "loky",
    scheduler: str | None = None,
) -> list[str]:
    """Run what is missing of a study.

    The runs of a seed come in an order drawn from that seed, so that a slow minute of the machine
    meets other configurations each time. Each row is written as soon as it is known: the file is
    replaced as a whole, so it is complete at every moment, and a study that was killed resumes
    and loses no more than the runs under way. A run that fails leaves the others alone. A second
    process that runs the same study is turned away, where the platform has file locks. A
    sequential study goes on only where it began: its times belong to one processor and one set of
    versions.

    Args:
        study: Name of the study.
        jobs: Runs at a time. By default one for each core, and one for a sequential study. An
            existing Dask cluster runs as many as it has threads.
        folder: The folder of the studies, which every worker must see.
        backend: "loky" for processes of this machine, "dask" for the workers of a cluster.
        scheduler: Address of a Dask scheduler, such as "tcp://10.0.0.5:8786". By default the
            current `dask.distributed.Client` and, where there is none, a local cluster of `jobs`
            workers that lives as long as the run.

    Returns:
        What failed, a sentence for each run, which names it.

    Raises:
        ValueError: If the study or a row of its results is malformed, another process runs it, the
            backend is unknown, a scheduler is named without Dask, or a sequential study is asked
            for more than one job or for a cluster, or has rows of another processor or of other
            versions.
    """
    module = open_study(study, folder)
    if backend not in BACKENDS:
        raise ValueError(f"backend must be one of {BACKENDS}. Received: backend={backend!r}")
    if scheduler is not None and backend != "dask":
        raise ValueError(
            f"backend must be 'dask' for a scheduler. Received: backend={backend!r}, "
            f"scheduler={scheduler!r}"
        )
    if jobs is not None and jobs < 1:
        raise ValueError(f"jobs must be a positive integer. Received: jobs={jobs}")
    if getattr(module, "SEQUENTIAL", False):
        if jobs not in (None, 1):
            raise ValueError(f"jobs must be 1: {study} is sequential. Received: jobs={jobs}")
        if backend != "loky":
            raise ValueError(
                f"backend must be 'loky': {study} is sequential. Received: backend={backend!r}"
            )
        jobs = 1
    jobs = jobs or joblib.cpu_count()
    workers = _processes(jobs) if backend == "loky" else _cluster(jobs, scheduler)
    with _alone(study, folder), workers as jobs:
        return _run_missing(module, study, jobs, folder)


def _run_missing(module, study, jobs, folder):
    rows = read_rows(study, folder)
    known = {_key(row["config"], row["seed"]) for row in rows}
    missing = [cell for cell in _cells(module) if _key(*cell) not in known]
    if missing and getattr(module, "SEQUENTIAL", False):
        _check_origin(module, study, rows)
    print(f"{study}: {len(rows)} rows known, {len(missing)} to run, {jobs} at a time", flush=True)

    failures = []
    runs = joblib.Parallel(n_jobs=jobs, batch_size=1, return_as="generator_unordered")(
        joblib.delayed(_try_cell)(study, config, seed, folder) for config, seed in missing
    )
    for number, (row, failure) in enumerate(runs, start=1):
        if failure is None:
            rows.append(row)
            _write(rows, _results(study, folder))
            said = f"{_short(row['config'])} seed={row['seed']}: {row['seconds']:.1f} s"
        else:
            failures.append(failure)
            said = f"failed: {failure}"
        print(f"{number}/{len(missing)} {said}", flush=True)
    return failures


def read_rows(study: str, folder: Path = FOLDER) -> list[dict[str, Any]]:
    """The rows of a study as they were written.

    Args:
        study: Name of the study.
        folder: The folder of the studies.

    Returns:
        One dict a row, as from `run_cell`, in the order in which they became known.

    Raises:
        ValueError: If the study is unknown, a line is not JSON, a row does not have the study's
            configuration and metrics, or stands there twice.
    """
    module = open_study(study, folder)
    path = _results(study, folder)
    if not path.exists():
        return []
    rows, known = [], set()
    for number, line in enumerate(path.read_text(encoding="utf8").splitlines(), start=1):
        place = f"{path.name}, line {number}"
        try:
            row = json.loads(line)
        except json.JSONDecodeError:
            raise ValueError(f"{place} must be JSON. Received: {line[:40]!r}") from None
        _check_row(module, place, row)
        key = _key(row["config"], row["seed"])
        if key in known:
            raise ValueError(
                f"{place} must be a new row. Received: {_short(row['config'])} "
                f"seed={row['seed']} again"
            )
        known.add(key)
        rows.append(row)
    return rows


def load(study: str, folder: Path = FOLDER) -> pd.DataFrame:
    """The results of a study as a tidy table.

    Args:
        study: Name of the study.
        folder: The folder of the studies.

    Returns:
        One row for each configuration and seed, in the grid's order; a column for each key of the
        configuration, then seed, one for each metric, seconds, versions, processor, and data.

    Raises:
        ValueError: As `read_rows`, or if a row's configuration is no longer in the grid or its seed
            is none of the study's.
    """
    module = open_study(study, folder)
    order = {_key(config, None): place for place, config in enumerate(module.GRID)}
    records = []
    for row in read_rows(study, folder):
        place = order.get(_key(row["config"], None))
        if place is None:
            raise ValueError(
                f"{study} must have rows of its grid only. Received: {_short(row['config'])}"
            )
        if row["seed"] not in module.SEEDS:
            raise ValueError(
                f"{study} must have rows of its seeds {list(module.SEEDS)} only. "
                f"Received: seed={row['seed']}"
            )
        texts = {
            field: ", ".join(f"{name} {value}" for name, value in row[field].items())
            for field in ("versions", "data")
        }
        record = {
            **row["config"],
            "seed": row["seed"],
            **{name: row["metrics"][name] for name in module.METRICS},
            "seconds": row["seconds"],
            "versions": texts["versions"],
            "processor": row["processor"],
            "data": texts["data"],
        }
        records.append(((place, row["seed"]), record))
    records.sort(key=lambda item: item[0])
    columns = [*module.GRID[0], "seed", *module.METRICS, "seconds", "versions", "processor", "data"]
    return pd.DataFrame([record for _, record in records], columns=columns)


def summary(table: pd.DataFrame, metric: str, by: str | Sequence[str]) -> pd.DataFrame:
    """Mean and interval of a metric for each group of rows.

    Args:
        table: Rows, as from `load`, possibly with columns of your own.
        metric: The column to summarize.
        by: The columns that make the groups; what is left to vary should be the seed.

    Returns:
        One row a group, in the table's order: the columns of `by`, n, mean, low, high and
        interval, which names its kind. With n = 1, low and high are NaN.

    Raises:
        ValueError: If a column is missing, or a group has a seed twice.
    """
    by = [by] if isinstance(by, str) else list(by)
    for column in [metric, *by]:
        _check_column(table, column)
    _check_apart(table, by)
    groups = table.groupby(by, sort=False, dropna=False)[metric]
    result = groups.agg(n="count", mean="mean", deviation="std").reset_index()
    quantile = stats.t.ppf((1 + CONFIDENCE) / 2, result["n"] - 1)
    half = quantile * result.pop("deviation") / result["n"] ** 0.5
    result["low"], result["high"] = result["mean"] - half, result["mean"] + half
    result["interval"] = INTERVAL
    return result


def paired_differences(
    table: pd.DataFrame,
    metric: str,
    of: str,
    baseline: Any,
    by: str | Sequence[str] = (),
) -> pd.DataFrame:
    """Mean and interval of the differences to a baseline, paired by seed.

    Runs of the same seed share what the seed draws, such as the order of the data, so their
    difference varies less than either. A pair is two rows of one group and one seed.

    Args:
        table: Rows, as from `load`, possibly with columns of your own.
        metric: The column to compare.
        of: The column whose values are compared.
        baseline: The value of `of` that the others are compared with.
        by: The columns that make the groups within which is compared; none by default.

    Returns:
        One row for each group and each other value of `of`, in the table's order: the columns of
        `by`, `of`, n (pairs), mean (of value minus baseline), low, high and interval, which names
        its kind. With n = 1, low and high are NaN.

    Raises:
        ValueError: If a column is missing, the baseline does not occur, a seed lacks its partner,
            or a group has a seed twice.
    """
    by = [by] if isinstance(by, str) else list(by)
    for column in [metric, of, *by]:
        _check_column(table, column)
    _check_apart(table, [*by, of])
    values = list(table[of].unique())
    if baseline not in values:
        raise ValueError(f"baseline must be one of {values}. Received: baseline={baseline!r}")
    wide = table.pivot(index=[*by, "seed"], columns=of, values=metric)
    wide = wide.loc[table.set_index([*by, "seed"]).index.unique(), values]
    if wide.isna().any(axis=None):
        row, value = wide.isna().stack().idxmax()[:-1], wide.isna().stack().idxmax()[-1]
        names = dict(zip([*by, "seed"], row, strict=True))
        raise ValueError(
            f"every seed must have a row for each value of {of}. Received: none of "
            f"{of}={value!r} for {_short(names)}"
        )
    differences = wide.drop(columns=baseline).sub(wide[baseline], axis=0)
    long = differences.stack().rename(metric).reset_index()
    result = summary(long, metric, [*by, of])
    result["interval"] = PAIRED_INTERVAL
    return result


def draw_apart_from_dask() -> None:
    """Give Dask random numbers of its own, in a process that is one of its workers.

    A worker estimates the size of objects several times a second, in a thread of its own and with
    Python's generator, from which Keras draws the seeds of weights: `set_random_seed` would not
    last until the network is built.
    """
    sizeof = sys.modules.get("dask.sizeof")
    if sizeof is not None and sizeof.random is random:
        sizeof.random = random.Random()


def threads(jobs: int) -> dict[str, str]:
    """Environment of a process that shares the machine with `jobs` - 1 others.

    Args:
        jobs: Number of processes that compute at the same time.

    Returns:
        The values of `THREADS`, so that each process takes its share of the cores.
    """
    return dict.fromkeys(THREADS, str(max(1, joblib.cpu_count() // jobs)))


def processor() -> str:
    """The processor's name and number of cores.

    Returns:
        The name as Linux gives it, else the platform's, such as "Intel(R) Xeon(R), 2 cores". The
        cores are those that this process may use.
    """
    info = Path("/proc/cpuinfo")
    name = re.search(r"model name\s*: (.+)", info.read_text()) if info.exists() else None
    name = name[1] if name else platform.processor() or platform.machine()
    return f"{name}, {joblib.cpu_count()} cores"


def _check_study(module, study):
    for name in ("GRID", "SEEDS", "METRICS", "PACKAGES", "TOY", "run"):
        if not hasattr(module, name):
            raise ValueError(f"{study} must define {name}. Received: a study without it")
    for word in PARAGRAPHS:
        if not re.search(rf"^{word}: \S", module.__doc__ or "", re.MULTILINE):
            raise ValueError(
                f"{study} must have a paragraph `{word}:` in its docstring. Received: none"
            )
    if not module.GRID or not module.METRICS:
        raise ValueError(f"{study} must have a configuration and a metric. Received: none")
    for config in [*module.GRID, module.TOY]:
        _check_config(module, study, config)
    cells = [_key(*cell) for cell in _cells(module)]
    if len(set(cells)) < len(cells):
        raise ValueError(f"{study} must name each configuration and seed once. Received: one twice")


def _check_config(module, place, config):
    keys = list(module.GRID[0])
    if not isinstance(config, dict) or set(config) != set(keys):
        raise ValueError(f"{place} must have the configuration keys {keys}. Received: {config!r}")


def _check_row(module, place, row):
    if not isinstance(row, dict) or set(row) != FIELDS:
        received = sorted(row) if isinstance(row, dict) else row
        raise ValueError(f"{place} must have the fields {sorted(FIELDS)}. Received: {received}")
    _check_config(module, place, row["config"])
    where = f"{place}, {_short(row['config'])} seed={row['seed']}"
    if not isinstance(row["metrics"], dict):
        raise ValueError(f"{where}: metrics must be a dict. Received: {row['metrics']!r}")
    for name in module.METRICS:
        if name not in row["metrics"]:
            raise ValueError(
                f"{where}: metric {name!r} must be there. Received: {sorted(row['metrics'])}"
            )
    for name, value in row["metrics"].items():
        if name not in module.METRICS:
            raise ValueError(
                f"{where}: metrics must be {sorted(module.METRICS)}. Received: {name!r} as well"
            )
        number = isinstance(value, Real) and not isinstance(value, bool)
        if not number or not math.isfinite(value):
            raise ValueError(
                f"{where}: metric {name!r} must be a finite number. Received: {value!r}"
            )


def _check_origin(module, study, rows):
    here = {"processor": processor(), "versions": _versions(module)}
    for row in rows:
        for field, value in here.items():
            if row[field] != value:
                raise ValueError(
                    f"{study} must go on where it began, with {field}={row[field]!r}; to measure "
                    f"all of it here, remove its results. Received: {field}={value!r}"
                )


def _check_column(table, column):
    if column not in table:
        raise ValueError(f"column must be one of: {', '.join(table)}. Received: column={column!r}")


def _check_apart(table, by):
    twice = table.duplicated([*by, "seed"])
    if twice.any():
        raise ValueError(
            f"by must tell all rows of a seed apart. Received: by={by}, "
            f"seed={table.loc[twice, 'seed'].iloc[0]} more than once"
        )


@contextmanager
def _processes(jobs) -> Iterator[int]:
    """Let joblib start processes of this machine; gives the number of runs at a time."""
    before = {name: os.environ.get(name) for name in THREADS}
    if jobs > 1:
        os.environ.update(threads(jobs))
    try:
        with joblib.parallel_config(backend="loky"):
            yield jobs
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _cluster(jobs, scheduler) -> Iterator[int]:
    """Let joblib use a Dask cluster, a local one if none is there; gives its number of threads."""
    from dask.distributed import Client, LocalCluster, get_client

    with ExitStack() as stack:
        if scheduler is not None:
            client = stack.enter_context(Client(scheduler, timeout=10))
        else:
            try:
                client = get_client()
            except ValueError:
                cluster = LocalCluster(
                    n_workers=jobs,
                    threads_per_worker=1,  # TensorFlow's state is one for a process
                    memory_limit=None,
                    dashboard_address=None,
                    env=threads(jobs),
                )
                client = stack.enter_context(Client(stack.enter_context(cluster)))
        with joblib.parallel_config(backend="dask", client=client):
            yield sum(client.ncores().values())


@contextmanager
def _alone(study, folder) -> Iterator[None]:
    """Hold the lock of a study: two processes would overwrite each other's rows."""
    try:
        import fcntl
    except ImportError:  # Windows has no such locks
        yield
        return
    path = _results(study, folder).with_suffix(".lock")
    path.parent.mkdir(exist_ok=True)
    with open(path, "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(
                f"{study} must not run twice at a time. Received: a second run beside the first"
            ) from None
        yield


def _versions(module):
    return {name: version(name) for name in module.PACKAGES}


def _cells(module):
    """All (config, seed), the configurations of each seed in an order of its own."""
    for seed in module.SEEDS:
        order = list(module.GRID)
        random.Random(seed).shuffle(order)
        for config in order:
            yield config, seed


def _try_cell(study, config, seed, folder):
    """The row and None, or None and a sentence that says what failed."""
    draw_apart_from_dask()
    try:
        return run_cell(study, config, seed, folder), None
    except Exception as error:
        traceback.print_exc()
        return None, f"{study}, {_short(config)} seed={seed}: {type(error).__name__}: {error}"


def _write(rows, path):
    """Replace the file by one with these rows: a reader sees the old one or the new one."""
    path.parent.mkdir(exist_ok=True)
    unfinished = path.with_suffix(".jsonl.tmp")
    with open(unfinished, "w", encoding="utf8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        file.flush()
        os.fsync(file.fileno())
    os.replace(unfinished, path)


def _results(study, folder):
    return Path(folder) / "results" / f"{study}.jsonl"


def _key(config, seed):
    return json.dumps([config, seed], sort_keys=True)


def _short(config):
    return " ".join(f"{key}={value}" for key, value in config.items())


def _plain(value):
    """A NumPy number as Python's, which JSON can hold."""
    return value.item() if hasattr(value, "item") else value


def _data_checksum(name):
    """SHA-256 over the lines of data/CHECKSUMS that belong to a data set."""
    data.verify(name)
    lines = [f"{digest}  {file}" for file, digest in data.checksums().items()
             if file.startswith(data.prefix(name))]  # fmt: skip
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def main(arguments: list[str] | None = None) -> None:
    """The command line.

    Args:
        arguments: What stands after the module's name; by default the process's own arguments.

    Raises:
        SystemExit: If the study is malformed or a run failed.
    """
    parser = argparse.ArgumentParser(prog="utils.experiments", description="Run a study.")
    parser.add_argument("study", help="name of a file in experiments/, without .py")
    parser.add_argument("--jobs", type=int, help="runs at a time")
    parser.add_argument("--backend", choices=BACKENDS, default="loky", help="what carries the runs")
    parser.add_argument(
        "--scheduler", help="address of a Dask scheduler; by default a local cluster"
    )
    parser.add_argument("--folder", type=Path, default=FOLDER, help="folder of the studies")
    options = parser.parse_args(arguments)
    try:
        failures = run(
            options.study, options.jobs, options.folder, options.backend, options.scheduler
        )
    except ValueError as error:
        sys.exit(f"ValueError: {error}")
    if failures:
        sys.exit("\n".join([f"{len(failures)} runs failed; the other rows stay.", *failures]))


if __name__ == "__main__":
    from utils import experiments  # its functions have a module that workers can import

    experiments.main()
