"""The runner's benchmark: what it runs, and what it makes of the seconds."""

import math

import pytest

from tools import runner_speed
from utils import experiments


def test_its_study_is_one_that_runs(tmp_path):
    text = (runner_speed.STUDY % {"runs": 3}).strip() + "\n"
    (tmp_path / "small_runs.py").write_text(text, encoding="utf8")
    study = experiments.open_study("small_runs", tmp_path)
    assert len(study.SEEDS) == 3
    row = experiments.run_cell("small_runs", study.TOY, 0, tmp_path)
    assert 0 < row["metrics"]["loss"] < 2 * math.log(10)


def test_workers_take_turns_and_the_first_round_is_left_out(monkeypatch, capsys):
    asked, answers = [], iter([9, 18, 20, 10, 10, 30, 40, 10])

    def seconds(jobs, runs):
        asked.append(jobs)
        assert runs == 5
        return next(answers)

    monkeypatch.setattr(runner_speed, "seconds", seconds)
    monkeypatch.setattr("sys.argv", ["runner_speed", "--runs=5", "--rounds=3"])
    runner_speed.main()
    assert asked == [2, 1, 1, 2, 2, 1, 1, 2]
    *rounds, last = capsys.readouterr().out.splitlines()[1:]
    assert [line.rpartition(" ")[2] for line in rounds] == ["2.00", "2.00", "3.00", "4.00"]
    half = 4.303 / math.sqrt(3)  # Student's t for three rounds with a standard deviation of 1
    assert last == f"3.00 times faster [{3 - half:.2f}, {3 + half:.2f}]"


def test_a_failed_run_is_no_measurement(monkeypatch):
    monkeypatch.setattr(experiments, "run", lambda *given: ["small_runs, seed 0: no memory"])
    with pytest.raises(RuntimeError, match=r"must succeed\. Received: .*no memory"):
        runner_speed.seconds(1, 1)
