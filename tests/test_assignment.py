"""The assignment: plans, the sweep and its models, the checklist and the report."""

import hashlib
import json
import re

import joblib
import numpy as np
import pytest

from utils import assignment
from utils.assignment import NOT_WRITTEN, Member, Plan

NAMES = ("augmentation", "batch_normalization", "residual", "separable")
DATASETS = ("clothes", "digits")
PHONE = {"width": 390, "height": 844}


def make_plan(**changes):
    people = ("Kim & <b>Sons</b>", "이 학생", "Third", "Fourth")
    team = [Member(p, [v], f"2026-{i}") for i, (p, v) in enumerate(zip(people, NAMES, strict=True))]
    return Plan(**{"team": team, "datasets": DATASETS, "seeds": range(3), **changes})


def make_row(run, content=b"a model", **changes):
    variation, dataset, seed = run
    return {
        "variation": variation,
        "dataset": dataset,
        "seed": seed,
        "accuracy": 0.5,
        "curves": {"accuracy": [0.2, 0.7], "val_accuracy": [0.1, 0.6]},
        "weights": 1234,
        "network": f"layers of {variation}",
        "shapes": [[8, 8, 4], [10]],
        "difference": 0.0,
        "sha256": hashlib.sha256(content).hexdigest(),
        "seconds": 1.5,
        "versions": {"keras": "3.0"},
        **changes,
    }


def store(folder, plan, leave_out=lambda run: False, change=lambda run: {}):
    for run in plan.runs:
        if not leave_out(run):
            assignment._store(make_row(run, **change(run)), b"a model", folder)
    return assignment.read(plan, folder)


def missing(plan, rows, discussion="Augmentation helped where pictures were few."):
    """What the first member's checklist says is missing, by what is asked."""
    items = assignment.checklist(plan, rows, plan.team[0].name, discussion)
    assert len(items) == 10
    return {item.asked: item.missing for item in items if item.missing}


def make_train(fail_on=None, unsafe=False, wait=0.0):
    """A function for `sweep` that builds a network, trains nothing, and pickles by value."""

    def train(variation, dataset, seed):
        import time

        import keras
        import numpy as np

        if (variation, dataset, seed) == fail_on:
            raise RuntimeError("no such luck")
        keras.utils.set_random_seed(seed)
        time.sleep(wait)
        inputs = keras.Input((6, 6, 3))
        outputs = keras.layers.Conv2D(4, 3, padding="same", name=f"{dataset}_{seed}")(inputs)
        if variation == "batch_normalization":
            outputs = keras.layers.BatchNormalization()(outputs)
        if unsafe:
            outputs = keras.layers.Lambda(lambda x: 2 * x)(outputs)
        outputs = keras.layers.GlobalAveragePooling2D()(outputs)
        classes = 10 if dataset == "clothes" else 8
        return {
            "model": keras.Model(inputs, keras.layers.Dense(classes)(outputs)),
            "curves": {"loss": [1.0], "accuracy": [0.25], "val_accuracy": [np.float32(0.5)]},
            "accuracy": np.float64(0.1 * (seed + 1)),
            "probe": np.ones((2, 6, 6, 3), "float32"),
        }

    return train


# The plan


def test_a_plan_knows_its_runs_and_owners():
    plan = make_plan(controls={"separable": "residual"})
    assert plan.networks == ["base", "residual", "augmentation", "batch_normalization", "separable"]
    assert len(plan.runs) == len(set(plan.runs)) == 5 * 2 * 3
    assert [plan.owner(n) for n in ("base", "residual")] == ["team", "Third"]
    assert [plan.control(n) for n in ("residual", "separable")] == ["base", "residual"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"team": []}, r"team must be a list that is not empty. Received: \[\]"),
        ({"team": [Member("A"), Member("A")]}, r"team must be distinct. Received: 'A' twice"),
        ({"datasets": ["d", "d"]}, r"datasets must be distinct. Received: 'd' twice"),
        ({"datasets": "digits"}, r"datasets must be a list .* Received: 'digits'"),
        ({"seeds": [0, 0]}, r"seeds must be distinct. Received: 0 twice"),
        (
            {"team": [Member("A", ["residual"]), Member("B", ["residual"])]},
            r"variations of the team must be distinct. Received: 'residual' twice",
        ),
        ({"team": [Member("A", "residual")]}, r"variations must be a list of names. .*'residual'"),
        ({"team": [Member("A", ["../x"])]}, r"name must have letters, .* Received: '../x'"),
        ({"team": [Member("A", ["base"])]}, r"'base' must be nobody's variation"),
        ({"controls": {"other": "base"}}, r"controls must be for .* Received: \['other'\]"),
    ],
)
def test_a_wrong_plan_is_named(changes, message):
    with pytest.raises(ValueError, match=message):
        make_plan(**changes)


# The sweep


def test_sweep_stores_models_that_load_with_equal_outputs(tmp_path, capsys):
    import keras

    plan = make_plan(seeds=[0], team=[Member("A", ["batch_normalization"])])
    train = make_train()
    assert assignment.sweep(train, plan, tmp_path / "new") == []
    assert re.match(r"1/4 base on clothes, seed 0: 10\.0 %, \d+\.\d s\n", capsys.readouterr().out)
    rows = assignment.read(plan, tmp_path / "new")
    assert [assignment._run(row) for row in rows] == plan.runs
    assert {path.suffix for path in (tmp_path / "new").iterdir()} == {".keras", ".json"}
    for row in rows:
        loaded = keras.saving.load_model(row["path"], compile=False)
        again = train(*assignment._run(row))
        np.testing.assert_allclose(
            loaded(again["probe"]), again["model"](again["probe"]), rtol=1e-5, atol=1e-6
        )
        assert row["weights"] == loaded.count_params()
        assert row["difference"] == 0
        assert row["curves"] == {"accuracy": [0.25], "val_accuracy": [0.5]}
    # Ten classes or eight, other names of layers: still the same network.
    assert "The same network on all data sets" not in missing(plan, rows)
    assert "Models saved, with equal outputs when loaded" not in missing(plan, rows)


def test_sweep_runs_only_what_is_missing(tmp_path, capsys):
    plan = make_plan(seeds=[0], team=[Member("A", ["residual"])])
    assert assignment.sweep(make_train(), plan, tmp_path, only=["base"]) == []
    assert capsys.readouterr().out.count("base on") == 2
    first = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert assignment.sweep(make_train(), plan, tmp_path) == []
    assert capsys.readouterr().out.count("/2 residual on") == 2
    assert {path: path.stat().st_mtime_ns for path in first} == first
    assert len(assignment.read(plan, tmp_path)) == 4
    with pytest.raises(ValueError, match=r"only must be of \['base', 'residual'\]. .*'other'"):
        assignment.sweep(make_train(), plan, tmp_path, only=["other"])


def test_a_failing_run_leaves_the_others_alone(tmp_path, capsys):
    plan = make_plan(seeds=[0], team=[Member("A", ["residual"])])
    train = make_train(fail_on=("residual", "clothes", 0))
    failure = "residual on clothes, seed 0: RuntimeError: no such luck"
    assert assignment.sweep(train, plan, tmp_path) == [failure]
    assert f"failed: {failure}" in capsys.readouterr().out
    assert len(assignment.read(plan, tmp_path)) == 3
    assert len(list(tmp_path.glob("*.keras"))) == 3


def test_a_lambda_is_refused(tmp_path, capsys):
    plan = make_plan(seeds=[0], team=[Member("A", ["residual"])], datasets=["digits"])
    failures = assignment.sweep(make_train(unsafe=True), plan, tmp_path)
    assert len(failures) == 2 and "unsafe" in failures[0]
    assert list(tmp_path.glob("*.keras")) == []


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (None, r"train must return a dict with .*'probe'\]. Received: None"),
        ({"model": 1}, r"train must return a dict .* Received: \['model'\]"),
        ({"curves": {"accuracy": [0.1]}}, r"curves must have 'val_accuracy'.* Received: None"),
        ({"curves": {"accuracy": [0.1], "val_accuracy": [55.0]}}, r"from 0 to 1 .*\[55.0\]"),
        ({"curves": {"accuracy": [0.1], "val_accuracy": [0.1, 0.2]}}, r"equally long.*\[1, 2\]"),
        ({"accuracy": 88.1}, r"accuracy must be a number from 0 to 1. Received: accuracy=88.1"),
        ({"accuracy": float("nan")}, r"accuracy must be a number .* Received: accuracy=nan"),
        ({"model": "a model"}, r"functional or sequential Keras model. Received: 'a model'"),
    ],
)
def test_a_wrong_result_is_named(result, message):
    right = {
        "model": None,
        "curves": {"accuracy": [0.1], "val_accuracy": [0.1]},
        "accuracy": 0.5,
        "probe": np.zeros((1, 2)),
    }
    answer = result if result in (None, {"model": 1}) else {**right, **result}
    with pytest.raises(ValueError, match=message):
        assignment._measure(lambda *_: answer, "base", "digits", 0)


@pytest.mark.parametrize("backend", ["loky", "dask"])
def test_other_processes_give_the_same_models(backend, tmp_path):
    """Also on Dask's workers, which draw from Python's random generator while one trains."""
    import keras
    from dask.distributed import Client, LocalCluster

    plan = make_plan(seeds=[3], team=[Member("A", ["residual"])], datasets=["digits"])
    if backend == "loky":
        assert assignment.sweep(make_train(wait=1.5), plan, tmp_path, jobs=2) == []
    else:
        with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
            with Client(cluster), joblib.parallel_config(backend="dask"):
                assert assignment.sweep(make_train(wait=1.5), plan, tmp_path) == []
    rows = assignment.read(plan, tmp_path)
    assert len(rows) == 2
    assert assignment._model_problem(rows) == ""
    for row in rows:
        here = make_train()(*assignment._run(row))["model"].get_weights()
        there = keras.saving.load_model(row["path"], compile=False).get_weights()
        for mine, theirs in zip(here, there, strict=True):
            np.testing.assert_array_equal(mine, theirs)


# Pictures


def test_pictures_of_every_kind_take_one_form():
    import tensorflow as tf

    from utils import data

    images, labels = assignment.pictures("emoji", "train[:3]", 24)
    raw, groups = data.load_arrays("emoji", "train[:3]")
    assert images.shape == (3, 24, 24, 3) and images.dtype == np.uint8
    assert labels.tolist() == groups.tolist()
    alpha = raw[..., 3:] / 255
    white = tf.image.resize(raw[..., :3] * alpha + 255 * (1 - alpha), (24, 24), antialias=True)
    np.testing.assert_allclose(images, np.clip(white, 0, 255), atol=0.501)

    gray, _ = assignment.pictures("digits10k", "train[:2]", 28)
    expected = data.load_arrays("digits10k", "train[:2]")[0]
    assert (gray == expected).all() and gray.shape[-1] == 3
    assert assignment.pictures("digits10k", "train[:2]", 28)[0] is gray
    with pytest.raises(ValueError, match=r"austen must be a data set of labeled pictures"):
        assignment.pictures("austen", "train", 8)
    with pytest.raises(ValueError, match=r"TFDS knows no data set named 'rock_paper_sissors'"):
        assignment.pictures("rock_paper_sissors", "train", 8)


# What makes two networks the same


def network(filters=(4, 8), classes=10, side=8, name="n", **switches):
    from keras import Model, layers

    inputs = x = layers.Input((side, side, 3))
    if switches.get("augmentation"):
        x = layers.RandomTranslation(0.1, 0.1, seed=switches["augmentation"])(x)
    convolution = layers.SeparableConv2D if switches.get("separable") else layers.Conv2D
    for number, count in enumerate(filters):
        before = x
        x = convolution(count, 3, padding="same", name=f"{name}{number}")(x)
        if switches.get("normalization"):
            x = layers.BatchNormalization()(x)
        x = layers.MaxPooling2D(2)(layers.ReLU()(x))
        if switches.get("residual"):
            x = layers.add([x, layers.Conv2D(count, 1, strides=2)(before)])
    x = layers.GlobalAveragePooling2D()(x)
    return Model(inputs, layers.Dense(classes)(x))


def test_the_same_network_has_the_same_digest():
    digest, shapes = assignment.architecture(network())
    assert shapes == [[8, 8, 4], [8, 8, 3], [4, 4, 8], [4, 4, 4], [2, 2, 8], [10], [8]]
    assert assignment.architecture(network(classes=8, side=16, name="other"))[0] == digest
    assert assignment.architecture(network(filters=(4, 9)))[0] != digest
    one, two = (assignment.architecture(network(augmentation=seed))[0] for seed in (1, 2))
    assert one == two != digest


@pytest.mark.parametrize("switch", ["normalization", "residual", "separable", "augmentation"])
def test_a_variation_changes_layers_and_not_shapes(switch):
    digest, shapes = assignment.architecture(network())
    varied = assignment.architecture(network(**{switch: 1}))
    assert varied[0] != digest
    assert varied[1] == shapes


def test_models_inside_models_are_seen():
    from keras import Model, Sequential, layers

    whole = network()
    body = Model(whole.input, whole.layers[-2].output)
    nested = Sequential([layers.Input((8, 8, 3)), body, layers.Dense(10)])
    assert assignment.architecture(nested)[1] == assignment.architecture(whole)[1]

    class Opaque(Model):
        pass

    with pytest.raises(ValueError, match=r"sequential Keras model. Received: <Opaque"):
        assignment.architecture(Opaque())


# What members send each other


def test_read_joins_the_folders_of_the_team(tmp_path):
    plan = make_plan()
    for member in plan.team:
        mine = {*member.variations, *(["base"] if member.name == "Third" else [])}
        store(tmp_path / member.number, plan, lambda run, mine=mine: run[0] not in mine)
    rows = assignment.read(plan, *(tmp_path / member.number for member in plan.team))
    assert [assignment._run(row) for row in rows] == plan.runs
    assert missing(plan, rows) == {}


def test_a_run_that_is_there_twice_is_an_error(tmp_path):
    plan = make_plan()
    store(tmp_path / "a", plan)
    store(tmp_path / "b", plan, lambda run: run != ("residual", "digits", 1))
    message = (
        r"every run must be there once: remove one of .*a.digits-residual-1.keras and .*b.digits"
        r".* Received: residual on digits, seed 1 twice"
    )
    with pytest.raises(ValueError, match=message):
        assignment.read(plan, tmp_path / "a", tmp_path / "b")


def test_a_run_outside_the_plan_is_an_error(tmp_path):
    store(tmp_path, make_plan())
    fewer = make_plan(seeds=[0, 1])
    with pytest.raises(ValueError, match=r"must be a run of the plan. Received: .* seed 2"):
        assignment.read(fewer, tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text[:40], r"digits-base-0.json must be JSON. Received: a damaged file"),
        (lambda text: text.replace('"seconds"', '"minutes"'), r"must have the fields .*'minutes'"),
        (lambda text: "3", r"must have the fields .* Received: 3"),
    ],
)
def test_a_damaged_row_is_named(tmp_path, change, message):
    plan = make_plan()
    store(tmp_path, plan)
    path = tmp_path / "digits-base-0.json"
    path.write_text(change(path.read_text()))
    with pytest.raises(ValueError, match=message):
        assignment.read(plan, tmp_path)


# The checklist


def test_nothing_is_missing_from_a_complete_report(tmp_path):
    plan = make_plan()
    rows = store(tmp_path, plan)
    assert missing(plan, rows) == {}
    text = str(assignment.checklist(plan, rows, "Third", "Mine.")[0])
    assert text == "[x] A team of four; three is accepted"


TEAM = make_plan().team
SHORT = [Member(m.name, m.variations, m.number) for m in TEAM[:3]]


@pytest.mark.parametrize(
    ("plan", "asked", "said"),
    [
        (make_plan(team=TEAM[:2]), "A team of four; three is accepted", "the team has 2"),
        (make_plan(team=SHORT), "At least four variations in the team", "there are 3"),
        (
            make_plan(team=[*TEAM[:3], Member("Fourth", [], "2026-3")]),
            "At least one variation a member",
            "none yet for Fourth",
        ),
        (make_plan(datasets=["digits"]), "At least two data sets", "there is 1"),
        (
            make_plan(team=[*TEAM[:3], Member("Member D", ["separable"], "")]),
            "Everybody's name and student number",
            "to fill in for Member D",
        ),
        (
            make_plan(team=[*TEAM[:3], Member("Fourth", ["separable"], " ")]),
            "Everybody's name and student number",
            "to fill in for Fourth",
        ),
    ],
)
def test_the_checklist_sees_what_a_plan_lacks(plan, asked, said, tmp_path):
    assert missing(plan, store(tmp_path, plan))[asked] == said


def test_three_members_with_four_variations_are_accepted(tmp_path):
    plan = make_plan(team=[*TEAM[:2], Member("Third", ["residual", "separable"], "2026-2")])
    assert missing(plan, store(tmp_path, plan)) == {}


@pytest.mark.parametrize(
    ("wrong", "asked", "said"),
    [
        (
            {"leave_out": lambda run: run[0] == "separable"},
            "Every network trained and tested on every data set",
            "not done: separable",
        ),
        (
            {"leave_out": lambda run: run == ("base", "digits", 2)},
            "Every network trained and tested on every data set",
            "not done: base on digits",
        ),
        (
            {
                "change": lambda run: (
                    {"network": "other"} if run[:2] == ("residual", "digits") else {}
                )
            },
            "The same network on all data sets",
            "it differs for residual",
        ),
        (
            {"change": lambda run: {"shapes": [[9]]} if run[0] == "separable" else {}},
            "A network like its control, apart from the variation",
            "other shapes inside: separable from base",
        ),
        (
            {"change": lambda run: {"sha256": "0"} if run == ("base", "digits", 0) else {}},
            "Models saved, with equal outputs when loaded",
            "not the file that was saved: digits-base-0.keras",
        ),
        (
            {"change": lambda run: {"difference": 0.1} if run == ("base", "digits", 0) else {}},
            "Models saved, with equal outputs when loaded",
            "other outputs: digits-base-0.keras",
        ),
    ],
)
def test_the_checklist_sees_what_results_lack(wrong, asked, said, tmp_path):
    plan = make_plan()
    assert missing(plan, store(tmp_path, plan, **wrong)) == {asked: said}


def test_the_checklist_sees_a_lost_model_and_outputs_that_are_no_numbers(tmp_path):
    plan = make_plan()
    rows = store(tmp_path, plan)
    (tmp_path / "clothes-base-1.keras").unlink()
    rows[0]["difference"] = float("nan")
    assert missing(plan, rows) == {
        "Models saved, with equal outputs when loaded": "not saved: clothes-base-1.keras; "
        "other outputs: clothes-base-0.keras"
    }


@pytest.mark.parametrize("discussion", ["", " \n", NOT_WRITTEN, f"\n{NOT_WRITTEN}\n"])
def test_the_checklist_sees_that_the_discussion_is_not_written(discussion, tmp_path):
    plan = make_plan()
    rows = store(tmp_path, plan)
    assert missing(plan, rows, discussion) == {"A discussion of one's own": "not written yet"}
    page = assignment.report(plan, rows, "Third", discussion)
    assert NOT_WRITTEN in page and "1 of 10 points are open" in page


def test_before_the_first_result_the_checklist_says_so():
    found = missing(make_plan(), [])
    assert [said for said in found.values() if said == "no result yet"] == ["no result yet"] * 3
    with pytest.raises(ValueError, match=r"author must be of the team \[.*author='Nobody'"):
        assignment.checklist(make_plan(), [], "Nobody")


def test_a_variation_may_have_another_control(tmp_path):
    plan = make_plan(controls={"separable": "large"})
    assert plan.networks[1] == "large"
    rows = store(
        tmp_path,
        plan,
        change=lambda run: {"shapes": [[9]]} if run[0] in ("separable", "large") else {},
    )
    assert missing(plan, rows) == {}
    table = assignment.table(plan, rows).set_index(["dataset", "variation"])
    assert table.loc[("digits", "large"), "by"] == "team"
    assert np.isnan(table.loc[("digits", "large"), "gain"])


# The table


def test_means_intervals_and_gains_are_those_of_a_hand_calculation(tmp_path):
    plan = make_plan()
    accuracies = {"base": [0.50, 0.60, 0.70], "residual": [0.56, 0.68, 0.80]}
    rows = store(
        tmp_path,
        plan,
        change=lambda run: {"accuracy": accuracies.get(run[0], [0.5] * 3)[run[2]]},
    )
    table = assignment.table(plan, rows).set_index(["dataset", "variation"])
    row = table.loc[("digits", "residual")]
    assert row["n"] == 3 and row["by"] == "Third"
    np.testing.assert_allclose(row["mean"], 68)
    # Student's t for two degrees of freedom and 95 % is 4.3027; deviations are 12 and 2 points.
    np.testing.assert_allclose(row["high"] - row["mean"], 4.302653 * 12 / 3**0.5, rtol=1e-6)
    np.testing.assert_allclose(row["gain"], 8)
    np.testing.assert_allclose(row["gain"] - row["gain_low"], 4.302653 * 2 / 3**0.5, rtol=1e-6)
    assert np.isnan(table.loc[("digits", "base"), "gain"])


def test_gains_are_paired_over_the_seeds_that_both_have(tmp_path):
    plan = make_plan()
    rows = store(
        tmp_path,
        plan,
        leave_out=lambda run: run in [("base", "digits", 0), ("residual", "digits", 2)],
        change=lambda run: {"accuracy": (0.9, 0.5, 0.1)[run[2]] + 0.05 * (run[0] == "residual")},
    )
    row = assignment.table(plan, rows).set_index(["dataset", "variation"]).loc[
        ("digits", "residual")
    ]  # fmt: skip
    assert row["n"] == 2
    np.testing.assert_allclose(row["gain"], 5)
    assert np.isnan(row["gain_low"])
    page = assignment.report(plan, rows, "Third")
    assert "2 of 3" in page and "one seed, no interval" in page


# The report


def test_the_report_names_whose_result_is_whose_and_what_is_not_done(tmp_path):
    plan = make_plan()
    rows = store(tmp_path, plan, lambda run: run[0] == "separable")
    page = assignment.report(plan, rows, "이 학생", "**Bold** claim.\n\n- one\n- two")
    text = re.sub(r"<[^>]+>", " ", page)
    text = re.sub(r"\s+", " ", text)
    assert page.count('class="not-done">not done</td>') == 2
    assert "separable Fourth not done" in text
    assert "residual Third 3 50.0 50.0 to 50.0 +0.0 +0.0 to +0.0 1,234 1.5" in text
    assert "base team 3 50.0" in text
    assert "Individual report of 이 학생" in text
    assert "<strong>Bold</strong> claim." in page and "<li>one</li>" in page
    assert "Trained with keras 3.0" in text
    assert page.count("<svg") == page.count('role="img"') == 3 * 2
    assert "☐ Every network trained and tested on every data set: not done: separable" in text


def test_the_report_writes_minus_signs(tmp_path):
    plan = make_plan(seeds=[0, 1])
    rows = store(
        tmp_path,
        plan,
        change=lambda run: {"accuracy": (0.1, 0.2)[run[2]] + 0.05 * (run[0] == "base")},
    )
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", assignment.report(plan, rows, "Third")))
    assert "residual Third 2 15.0 −48.5 to 78.5 −5.0 −5.0 to −5.0" in text


def test_what_people_write_is_text_and_nothing_else(tmp_path):
    plan = make_plan()
    rows = store(tmp_path, plan)
    nasty = '<script>alert(1)</script> ![x](https://e.org/x.png) [l](javascript:alert(1)) "&'
    page = assignment.report(plan, rows, "Kim & <b>Sons</b>", nasty, title="<i>T</i>")
    assert "Kim &amp; &lt;b&gt;Sons&lt;/b&gt;" in page and "<b>Sons" not in page
    assert "&lt;i&gt;T&lt;/i&gt;" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert not re.search(r"<script|<img|<iframe|<link rel=\"style|\son\w+=|href=\"javascript", page)
    assert not re.search(r"(src|srcset)=|url\(|@import", page)


def test_the_report_is_the_same_each_time(tmp_path):
    plan = make_plan()
    rows = store(tmp_path, plan)
    assert assignment.report(plan, rows, "Third") == assignment.report(plan, rows, "Third")


def test_the_report_in_a_browser(tmp_path, browser):
    plan = make_plan()
    rows = store(tmp_path / "runs", plan, lambda run: run[0] == "separable")
    path = tmp_path / "report.html"
    path.write_text(assignment.report(plan, rows, "이 학생", "My view."), encoding="utf-8")
    papers, said, requests = {}, [], []
    for scheme in ("light", "dark"):
        context = browser.new_context(viewport=PHONE, color_scheme=scheme, java_script_enabled=True)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(path.as_uri())
        papers[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert page.get_by_role("heading", name="Discussion of 이 학생").count() == 1
        assert page.locator("svg").count() == 6
        assert page.locator("polyline.validation").first.bounding_box()["height"] > 10
        page.emulate_media(media="print")
        papers[f"{scheme} print"] = page.evaluate("getComputedStyle(document.body).backgroundColor")
        context.close()
    assert papers["dark"] != papers["light"] == "rgb(255, 255, 255)"
    assert papers["dark print"] == papers["light print"] == "rgb(255, 255, 255)"
    assert said == []
    assert set(requests) == {path.as_uri()}


def test_rows_are_json_that_others_can_read(tmp_path):
    store(tmp_path, make_plan())
    row = json.loads((tmp_path / "digits-residual-2.json").read_text())
    assert set(row) == assignment.FIELDS
