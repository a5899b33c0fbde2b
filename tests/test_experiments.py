"""Studies resume after a kill, keep their rows and name what is wrong; results fit the grids."""

import json
import math
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

from utils import experiments

STUDY = '''
"""A study for these tests.

Question: Does a row survive?

Metric: A number.

Selection: None.

Interval: Student's t over the seeds.
"""

import time

GRID = [{"base": base, "wait": 0.0} for base in (1, 2, 3)]
SEEDS = range(4)
METRICS = {"value": "base times ten, plus the seed"}
PACKAGES = ("numpy",)
TOY = {"base": 7, "wait": 0.0}


def run(config, seed):
    time.sleep(config["wait"])
    return {"value": 10 * config["base"] + seed}
'''


def write_study(folder, name="toy", **changes):
    text = STUDY
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    (folder / f"{name}.py").write_text(text.strip() + "\n")
    return folder


@pytest.fixture
def folder(tmp_path):
    return write_study(tmp_path)


def lines(folder, name="toy"):
    return (folder / "results" / f"{name}.jsonl").read_text().splitlines()


def test_runs_every_cell_once(folder):
    assert experiments.run("toy", jobs=1, folder=folder) == []
    table = experiments.load("toy", folder)
    assert list(table.columns[:4]) == ["base", "wait", "seed", "value"]
    assert list(table["base"]) == [1] * 4 + [2] * 4 + [3] * 4
    assert list(table["seed"]) == [0, 1, 2, 3] * 3
    assert (table["value"] == 10 * table["base"] + table["seed"]).all()
    assert table["versions"].unique().tolist() == [f"numpy {np.__version__}"]
    assert table["processor"].unique().tolist() == [experiments.processor()]

    before = lines(folder)
    assert experiments.run("toy", jobs=1, folder=folder) == []
    assert lines(folder) == before


def test_what_a_study_caches_serves_its_next_run_until_the_file_changes(tmp_path):
    counts = ("SEEDS", "from itertools import count\nCALLS = count(1)\nSEEDS")
    folder = write_study(tmp_path, counts=counts, body=('"value": 10', '"value": next(CALLS) + 10'))
    cells = [experiments.run_cell("toy", {"base": 1, "wait": 0.0}, 0, folder) for _ in range(2)]
    assert [cell["metrics"]["value"] for cell in cells] == [11, 12]
    write_study(tmp_path)
    again = experiments.run_cell("toy", {"base": 1, "wait": 0.0}, 0, folder)
    assert again["metrics"]["value"] == 10


def test_each_seed_has_an_order_of_its_own(folder):
    cells = list(experiments._cells(experiments.open_study("toy", folder)))
    orders = {tuple(c["base"] for c, s in cells if s == seed) for seed in range(4)}
    assert len(orders) > 1
    assert all(sorted(order) == [1, 2, 3] for order in orders)


def test_several_processes_give_the_same_rows(folder):
    assert experiments.run("toy", jobs=2, folder=folder) == []
    assert sorted(experiments.load("toy", folder)["value"]) == [
        10, 11, 12, 13, 20, 21, 22, 23, 30, 31, 32, 33]  # fmt: skip


def test_a_dask_worker_may_die(tmp_path):
    from dask.distributed import Client, LocalCluster

    folder = write_study(tmp_path, slow=('"wait": 0.0} for', '"wait": 0.3} for'))
    cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with cluster, Client(cluster) as client, ThreadPoolExecutor(1) as thread:
        workers = set(client.run(os.getpid).values())
        assert len(workers) == 2
        run = thread.submit(experiments.run, "toy", folder=folder, backend="dask")
        deadline = time.monotonic() + 60
        while not (folder / "results" / "toy.jsonl").exists() or len(lines(folder)) < 3:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        os.kill(min(workers), signal.SIGKILL)
        assert len(lines(folder)) < 12
        assert run.result(timeout=60) == []
        assert min(workers) not in client.run(os.getpid).values()
    assert len(lines(folder)) == 12
    assert sorted(experiments.load("toy", folder)["value"]) == [
        10, 11, 12, 13, 20, 21, 22, 23, 30, 31, 32, 33]  # fmt: skip


def test_the_command_line_uses_a_cluster_elsewhere_of_which_a_worker_dies(tmp_path):
    from dask.distributed import Client, LocalCluster

    folder = write_study(tmp_path, slow=('"wait": 0.0} for', '"wait": 0.3} for'))
    command = [sys.executable, "-m", "utils.experiments", "toy", "--backend=dask"]
    cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with cluster, Client(cluster) as client:
        options = [f"--scheduler={cluster.scheduler_address}", f"--folder={folder}"]
        process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 60
        while not (folder / "results" / "toy.jsonl").exists() or len(lines(folder)) < 3:
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.01)
        os.kill(min(client.run(os.getpid).values()), signal.SIGKILL)
        assert len(lines(folder)) < 12
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "toy: 0 rows known, 12 to run, 2 at a time" in said
    assert len(lines(folder)) == len(experiments.load("toy", folder)) == 12


def test_dask_takes_no_random_numbers_from_a_run(tmp_path, monkeypatch):
    import dask.sizeof

    monkeypatch.setattr(dask.sizeof, "random", random)
    draws = """    import random
    from dask.sizeof import sizeof
    random.seed(seed)
    sizeof(list(range(1000)))  # as a worker does, in another thread
    return {"value": random.random()}
    time.sleep"""
    folder = write_study(tmp_path, body=("    time.sleep", draws))
    row, failure = experiments._try_cell("toy", {"base": 1, "wait": 0.0}, 5, folder)
    assert failure is None
    assert row["metrics"]["value"] == random.Random(5).random()


@pytest.mark.parametrize("backend", experiments.BACKENDS)
def test_the_command_line_names_what_failed(tmp_path, backend):
    folder = write_study(
        tmp_path,
        body=("    time.sleep", '    if config["base"] == 2:\n        return {}\n    time.sleep'),
    )
    command = [sys.executable, "-m", "utils.experiments", "toy", "--jobs=2"]
    options = [f"--backend={backend}", f"--folder={folder}"]
    done = subprocess.run([*command, *options], capture_output=True, text=True)
    assert done.returncode == 1
    assert "12 to run, 2 at a time" in done.stdout
    assert "4 runs failed; the other rows stay.\ntoy, base=2" in done.stderr
    assert len(lines(folder)) == 8


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"backend": "spark"}, r"backend must be one of \('loky', 'dask'\). .*backend='spark'"),
        ({"scheduler": "tcp://a:1"}, r"backend must be 'dask' for a scheduler. Received: .*loky"),
        ({"jobs": 0}, r"jobs must be a positive integer. Received: jobs=0"),
    ],
)
def test_a_wrong_way_to_run_is_named(folder, arguments, message):
    with pytest.raises(ValueError, match=message):
        experiments.run("toy", folder=folder, **arguments)


def test_workers_share_the_threads(tmp_path):
    folder = write_study(
        tmp_path,
        study=("import time", "import os, time"),
        body=('10 * config["base"] + seed', 'int(os.environ["TF_NUM_INTRAOP_THREADS"])'),
    )
    cores = experiments.joblib.cpu_count()
    before = dict(os.environ)
    assert experiments.run("toy", jobs=2, folder=folder) == []
    assert set(experiments.load("toy", folder)["value"]) == {max(1, cores // 2)}
    assert dict(os.environ) == before


def test_resumes_after_a_kill(tmp_path):
    folder = write_study(tmp_path, slow=('"wait": 0.0} for', '"wait": 0.3} for'))
    command = [sys.executable, "-m", "utils.experiments", "toy", "--jobs=1", f"--folder={folder}"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    results = folder / "results" / "toy.jsonl"
    while not results.exists() or len(lines(folder)) < 3:
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()

    known = lines(folder)
    assert 3 <= len(known) < 12
    assert len(experiments.load("toy", folder)) == len(known)
    assert experiments.run("toy", jobs=2, folder=folder) == []
    assert lines(folder)[: len(known)] == known
    assert len(experiments.load("toy", folder)) == 12


def test_kills_while_rows_pour_in_leave_a_readable_file(tmp_path):
    """Rows come as fast as they are written: a kill comes during a write, or nearly so."""
    folder = write_study(tmp_path, seeds=("range(4)", "range(100)"))
    command = [sys.executable, "-m", "utils.experiments", "toy", "--jobs=1", f"--folder={folder}"]
    results, known = folder / "results" / "toy.jsonl", []
    for _ in range(3):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not results.exists() or len(lines(folder)) < len(known) + 40:
            assert time.monotonic() < deadline and process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        before, known = known, lines(folder)
        assert known[: len(before)] == before
        assert len(known) == len(experiments.load("toy", folder)) < 300
    assert experiments.run("toy", jobs=1, folder=folder) == []
    assert lines(folder)[: len(known)] == known
    assert len(experiments.load("toy", folder)) == 300


def test_a_kill_while_writing_leaves_the_old_file(folder, monkeypatch):
    experiments.run("toy", jobs=1, folder=folder)
    before = lines(folder)
    monkeypatch.setattr(os, "replace", lambda *_: 1 / 0)  # dies after writing, before replacing
    rows = experiments.read_rows("toy", folder)
    with pytest.raises(ZeroDivisionError):
        experiments._write(rows[:1], folder / "results" / "toy.jsonl")
    assert lines(folder) == before


def test_a_failing_run_is_named_and_the_others_stay(tmp_path, capsys):
    folder = write_study(
        tmp_path,
        body=("    time.sleep", '    if config["base"] == 2:\n        return {}\n    time.sleep'),
    )
    failures = experiments.run("toy", jobs=1, folder=folder)
    assert len(failures) == 4
    for failure in failures:
        assert "base=2" in failure and "metric 'value' must be there. Received: []" in failure
    assert sorted(experiments.load("toy", folder)["base"].unique()) == [1, 3]
    assert len(lines(folder)) == 8
    with pytest.raises(SystemExit, match="4 runs failed; the other rows stay"):
        experiments.main(["toy", "--jobs=1", f"--folder={folder}"])
    capsys.readouterr()


@pytest.mark.parametrize("value", ["float('nan')", "float('inf')", "'fast'", "None", "True"])
def test_a_metric_is_a_finite_number(tmp_path, value):
    folder = write_study(tmp_path, body=('10 * config["base"] + seed', value))
    with pytest.raises(ValueError, match=r"metric 'value' must be a finite number. Received: "):
        experiments.run_cell("toy", {"base": 1, "wait": 0.0}, 0, folder)


@pytest.mark.parametrize("metrics", ["None", "3.5", "[1]"])
def test_the_metrics_are_a_dict(tmp_path, metrics):
    folder = write_study(tmp_path, body=('{"value": 10 * config["base"] + seed}', metrics))
    with pytest.raises(ValueError, match=r"toy, base=1 .*: metrics must be a dict. Received: "):
        experiments.run_cell("toy", {"base": 1, "wait": 0.0}, 0, folder)


def test_an_unknown_metric_is_named(tmp_path):
    folder = write_study(tmp_path, body=('{"value": 10', '{"other": 1, "value": 10'))
    with pytest.raises(ValueError, match=r"metrics must be \['value'\]. Received: 'other' as well"):
        experiments.run_cell("toy", {"base": 1, "wait": 0.0}, 0, folder)


@pytest.mark.parametrize("config", [{}, {"base": 1}, {"base": 1, "wait": 0.0, "x": 1}, None])
def test_a_bad_configuration_is_named(folder, config):
    with pytest.raises(ValueError, match=r"toy must have the configuration keys .* Received: "):
        experiments.run_cell("toy", config, 0, folder)


def test_an_unknown_study_is_named(folder):
    with pytest.raises(ValueError, match=r"study must be one of: toy. Received: study='tou'"):
        experiments.load("tou", folder)
    with pytest.raises(SystemExit, match="study must be one of: toy"):
        experiments.main(["tou", f"--folder={folder}"])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Interval: Stu", "Stu", "paragraph `Interval:`"),
        ("GRID =", "GIRD =", "must define GRID"),
        ("(1, 2, 3)", "(1, 2, 2)", "name each configuration and seed once"),
        ("(1, 2, 3)", "()", "must have a configuration and a metric"),
        ('TOY = {"base"', 'TOY = {"bass"', "must have the configuration keys"),
    ],
)
def test_a_malformed_study_is_named(tmp_path, old, new, message):
    folder = write_study(tmp_path, change=(old, new))
    with pytest.raises(ValueError, match=f"toy must .*|{message}") as caught:
        experiments.load("toy", folder)
    assert message in str(caught.value)


def change_row(row, how):
    match how:
        case "metric":
            row["metrics"] = {"valeu": 1}
        case "config":
            row["config"] = {"base": 1}
        case "field":
            del row["processor"]
        case "grid":
            row["config"]["base"] = 99
        case "seed":
            row["seed"] = 4
        case "list":
            row["metrics"] = [1]
        case "bool":
            row["metrics"] = {"value": True}
        case "nan":
            row["metrics"] = {"value": math.nan}
    return row


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("metric", r"toy.jsonl, line 2, base=. wait=0.0 seed=0: metric 'value' must be there"),
        ("config", r"toy.jsonl, line 2 must have the configuration keys"),
        ("field", r"toy.jsonl, line 2 must have the fields"),
        ("grid", r"toy must have rows of its grid only. Received: base=99"),
        ("seed", r"toy must have rows of its seeds \[0, 1, 2, 3\] only. Received: seed=4"),
        ("list", r"toy.jsonl, line 2, .*: metrics must be a dict. Received: \[1\]"),
        ("bool", r"toy.jsonl, line 2, .*'value' must be a finite number. Received: True"),
        ("nan", r"toy.jsonl, line 2, .*'value' must be a finite number. Received: nan"),
    ],
)
def test_a_row_of_another_schema_is_named_and_the_file_stays(folder, how, message):
    experiments.run("toy", jobs=1, folder=folder)
    path = folder / "results" / "toy.jsonl"
    rows = lines(folder)
    rows[1] = json.dumps(change_row(json.loads(rows[1]), how))
    path.write_text("\n".join(rows) + "\n")
    before = path.read_text()
    with pytest.raises(ValueError, match=message):
        experiments.load("toy", folder)
    assert path.read_text() == before


def test_a_broken_and_a_doubled_line_are_named(folder):
    experiments.run("toy", jobs=1, folder=folder)
    path = folder / "results" / "toy.jsonl"
    text = path.read_text()
    path.write_text(text + '{"config": {"ba')
    with pytest.raises(ValueError, match=r"toy.jsonl, line 13 must be JSON. Received: '{\"config"):
        experiments.run("toy", jobs=1, folder=folder)
    path.write_text(text + text.splitlines()[0] + "\n")
    with pytest.raises(ValueError, match=r"line 13 must be a new row. Received: base=. wait=0.0"):
        experiments.load("toy", folder)


def test_a_sequential_study_runs_one_at_a_time(tmp_path):
    folder = write_study(tmp_path, body=("TOY =", "SEQUENTIAL = True\nTOY ="))
    with pytest.raises(ValueError, match=r"jobs must be 1: toy is sequential. Received: jobs=2"):
        experiments.run("toy", jobs=2, folder=folder)
    with pytest.raises(ValueError, match=r"backend must be 'loky': toy is sequential. Received: "):
        experiments.run("toy", folder=folder, backend="dask")
    assert experiments.run("toy", folder=folder) == []


@pytest.mark.parametrize(
    ("field", "value"), [("processor", "an abacus"), ("versions", {"numpy": "0.1"})]
)
def test_a_sequential_study_goes_on_only_where_it_began(tmp_path, field, value):
    folder = write_study(tmp_path, body=("TOY =", "SEQUENTIAL = True\nTOY ="))
    experiments.run("toy", folder=folder)
    path = folder / "results" / "toy.jsonl"
    rows = [json.loads(line) | {field: value} for line in lines(folder)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert experiments.run("toy", folder=folder) == []  # complete: nothing is mixed

    path.write_text("".join(json.dumps(row) + "\n" for row in rows[:-1]))
    before = path.read_text()
    message = rf"toy must go on where it began, with {field}=.*remove its results. Received: "
    with pytest.raises(ValueError, match=message) as caught:
        experiments.run("toy", folder=folder)
    assert repr(value) in str(caught.value).split("Received")[0]
    assert path.read_text() == before


def test_a_study_does_not_run_twice_at_a_time(tmp_path):
    pytest.importorskip("fcntl")
    folder = write_study(tmp_path, slow=('"wait": 0.0} for', '"wait": 0.5} for'))
    command = [sys.executable, "-m", "utils.experiments", "toy", "--jobs=1", f"--folder={folder}"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not (folder / "results" / "toy.jsonl").exists():
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.01)
    with pytest.raises(ValueError, match=r"toy must not run twice at a time. Received: "):
        experiments.run("toy", jobs=1, folder=folder)
    process.kill()
    process.wait()
    assert experiments.run("toy", jobs=2, folder=folder) == []
    assert len(experiments.load("toy", folder)) == 12


def test_processor_counts_the_cores_that_this_process_may_use(monkeypatch):
    monkeypatch.setattr(experiments.joblib, "cpu_count", lambda: 3)
    assert experiments.processor().endswith(", 3 cores")


def test_a_row_names_the_data_it_read(tmp_path):
    folder = write_study(tmp_path, body=("TOY =", 'DATA = ("digits10k",)\nTOY ='))
    row = experiments.run_cell("toy", {"base": 1, "wait": 0.0}, 0, folder)
    assert list(row["data"]) == ["digits10k"]
    assert len(row["data"]["digits10k"]) == 64


def test_summary_gives_students_interval():
    table = pd.DataFrame(
        {"way": ["a"] * 3 + ["b"], "seed": [0, 1, 2, 0], "ms": [1.0, 2.0, 6.0, 5.0]}
    )
    a, b = experiments.summary(table, "ms", "way").to_dict("records")
    half = 4.302653 * math.sqrt(7) / math.sqrt(3)  # t of 97.5 % with 2 degrees of freedom
    assert (a["n"], a["mean"]) == (3, 3.0)
    assert a["low"] == pytest.approx(3 - half, rel=1e-6)
    assert a["high"] == pytest.approx(3 + half, rel=1e-6)
    assert a["interval"] == "95 %, Student's t over seeds"
    assert (b["n"], b["mean"]) == (1, 5.0) and math.isnan(b["low"])


def test_paired_differences_remove_what_a_seed_shares():
    table = pd.DataFrame(
        [
            {"data": data, "way": way, "seed": seed, "accuracy": 100.0 * seed + gain + seed % 2}
            for data, gains in {"a": {"plain": 0, "new": 3}, "b": {"plain": 0, "new": -1}}.items()
            for way, gain in gains.items()
            for seed in (0, 1, 2)
        ]
    )
    table.loc[(table["data"] == "a") & (table["way"] == "new"), "accuracy"] += [0, 1, 2]
    a, b = experiments.paired_differences(table, "accuracy", "way", "plain", by="data").to_dict(
        "records"
    )
    half = 4.302653 / math.sqrt(3)  # differences 3, 4, 5: deviation 1
    assert (a["data"], a["way"], a["n"], a["mean"]) == ("a", "new", 3, 4.0)
    assert (a["low"], a["high"]) == pytest.approx((4 - half, 4 + half), rel=1e-6)
    assert (b["data"], b["mean"], b["low"], b["high"]) == ("b", -1.0, -1.0, -1.0)
    assert a["interval"] == "95 %, Student's t over differences paired by seed"
    alone = table[table["data"] == "a"].sample(frac=1, random_state=0)
    one = experiments.paired_differences(alone, "accuracy", "way", "new").to_dict("records")
    assert [row["mean"] for row in one] == [-4.0]


def test_paired_differences_name_what_is_missing():
    table = pd.DataFrame(
        {"way": ["a", "a", "b"], "seed": [0, 1, 0], "kind": [1, 1, 1], "ms": [1.0, 2.0, 3.0]}
    )
    with pytest.raises(ValueError, match=r"none of way='b' for seed=1"):
        experiments.paired_differences(table, "ms", "way", "a")
    with pytest.raises(ValueError, match=r"none of way='b' for kind=1 seed=1"):
        experiments.paired_differences(table, "ms", "way", "a", by="kind")
    with pytest.raises(ValueError, match=r"baseline must be one of \['a', 'b'\]. .*'c'"):
        experiments.paired_differences(table, "ms", "way", "c")
    with pytest.raises(ValueError, match=r"column must be one of: .* Received: column='path'"):
        experiments.paired_differences(table, "ms", "path", "a")
    with pytest.raises(ValueError, match=r"Received: by=\['kind'\], seed=0 more than once"):
        experiments.paired_differences(table, "ms", "kind", 1)


def test_summary_names_a_wrong_column_and_mixed_groups():
    table = pd.DataFrame({"way": ["a", "b"], "seed": [0, 0], "kind": [1, 1], "ms": [1.0, 2.0]})
    with pytest.raises(ValueError, match=r"column must be one of: .* Received: column='s'"):
        experiments.summary(table, "s", "way")
    with pytest.raises(ValueError, match=r"tell all rows of a seed apart. Received: by=\['kind'\]"):
        experiments.summary(table, "ms", "kind")


@pytest.mark.parametrize("study", experiments.studies())
def test_a_toy_cell_of_every_study_runs(study):
    module = experiments.open_study(study)
    row = experiments.run_cell(study, module.TOY, seed=0)
    assert set(row["metrics"]) == set(module.METRICS)


@pytest.mark.parametrize("study", experiments.studies())
def test_results_are_complete_and_comparable(study):
    """All rows are of one set of versions; rows that hold times are of one processor, too."""
    module = experiments.open_study(study)
    table = experiments.load(study)
    rows = experiments.read_rows(study)
    measured = {experiments._key(row["config"], row["seed"]) for row in rows}
    assert measured == {experiments._key(*cell) for cell in experiments._cells(module)}
    assert table["versions"].nunique() == 1
    assert table["processor"].nunique() == 1 or not getattr(module, "SEQUENTIAL", False)


def test_conv_latency_computes_equal_convolutions_in_every_way():
    module = experiments.open_study("conv_latency")
    rng = np.random.default_rng(0)
    shapes = [(1, 6, 6, 3), (3, 3, 3, 3), (3, 3, 3, 1), (1, 1, 3, 3)]
    arrays = [rng.normal(size=shape).astype("float32") for shape in shapes]
    expected = module.in_tensorflow("TensorFlow eager", *arrays)
    for way in module.WAYS:
        make = module.in_torch if way == "PyTorch" else module.in_tensorflow
        for name, call in make(way, *arrays).items():
            output = call().numpy()
            output = output.transpose(0, 2, 3, 1) if way == "PyTorch" else output
            np.testing.assert_allclose(output, expected[name]().numpy(), rtol=1e-4, atol=1e-5)


def test_conv_latency_counts_by_hand():
    counts = experiments.open_study("conv_latency").counts(batch=1, channels=64)
    assert counts["ordinary_macs"] == 32 * 32 * 36_864
    assert counts["depthwise_macs"] + counts["pointwise_macs"] == 32 * 32 * 4_672
    assert counts["mac_ratio"] == pytest.approx(36_864 / 4_672)
    assert counts["ordinary_bytes"] == 4 * (32 * 32 * 64 * 2 + 36_864)
    assert counts["depthwise_intensity"] == pytest.approx(2.24, abs=0.01)


def test_conv_latency_names_an_unknown_way():
    with pytest.raises(ValueError, match=r"way must be one of TensorFlow eager, .*'JAX'"):
        experiments.run_cell("conv_latency", {"way": "JAX", "batch": 1, "channels": 8}, 0)
