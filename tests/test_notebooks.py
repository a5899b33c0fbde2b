"""The budgets of notebooks under test: conftest.py of the repository, with small ones."""

import os
import re
import subprocess
import sys
import textwrap

import nbformat
import pytest

from tools.notebooks import ROOT, processor_seconds

BUSY = "import time\nwhile time.process_time() < {seconds}: pass"


@pytest.fixture
def validate(tmp_path):
    """A function that runs nbval on a notebook of these cells, with other budgets."""

    def validate(*cells, **budgets):
        """Return what pytest says of each cell, and its report up to the short summary.

        The summary repeats messages in part, or whole where a variable CI is set.
        """
        code = [nbformat.v4.new_code_cell(textwrap.dedent(c), execution_count=1) for c in cells]
        nbformat.write(nbformat.v4.new_notebook(cells=code), tmp_path / "small.ipynb")
        lines = [f"notebooks.{name} = {value}" for name, value in budgets.items()]
        (tmp_path / "budgets.py").write_text("\n".join(["from tools import notebooks", *lines]))
        options = "-rA --color=no -p nbval.plugin -p budgets -p conftest --nbval small.ipynb"
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
        environment["PYTHONPATH"] = f"{tmp_path}{os.pathsep}{ROOT}"
        environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # starts faster
        run = subprocess.run(
            [sys.executable, "-m", "pytest", *options.split()],
            cwd=tmp_path, env=environment, capture_output=True, text=True,
        )  # fmt: skip
        report, _, summary = run.stdout.rpartition("short test summary info")
        said = {}
        for line in summary.splitlines():
            outcome, _, rest = line.partition(" ")
            if "::Cell " in rest:
                said[int(rest.partition("::Cell ")[2].split()[0])] = outcome
        return [said[cell] for cell in sorted(said)], report

    return validate


def test_a_cell_that_hangs_fails_when_the_time_of_its_notebook_is_over(validate):
    hangs = "import threading; threading.Event().wait()"
    said, report = validate("import time", "time.sleep(2)", hangs, "x = 1", BUDGET_WALL_SECONDS=5)
    assert said == ["PASSED", "PASSED", "FAILED", "XFAIL"]
    (left,) = re.findall(r"Cell 2: Timeout of (\S+) seconds exceeded executing cell", report)
    assert 0 < float(left) < 3
    assert f"Input:\n{hangs}" in report and "KeyboardInterrupt" in report


def test_a_child_s_processor_time_is_the_notebook_s(validate):
    child = f"""
        import subprocess, sys
        done = subprocess.run([sys.executable, "-c", {BUSY.format(seconds=3)!r}])
    """
    said, report = validate("x = 1", child, BUDGET_PROCESSOR_SECONDS=3)
    assert said == ["PASSED", "FAILED"]
    assert "small.ipynb: expected at most 3 s of a processor. Received: " in report


def test_processor_seconds_count_children_that_run_and_that_have_ended():
    work = BUSY.format(seconds=0.3)
    waits = f"{work}\nprint('ready', flush=True)\ninput()"
    code = f"""
import subprocess, sys
{work}
subprocess.run([sys.executable, "-c", {work!r}])
grandchild = subprocess.Popen([sys.executable, "-c", {waits!r}])
grandchild.wait()
"""
    before = processor_seconds(os.getpid())
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout.readline() == b"ready\n"  # from the grandchild
        assert 0.85 < processor_seconds(child.pid) < 3
        assert processor_seconds(os.getpid()) - before > 0.85
        child.communicate(b"go on\n")
    assert processor_seconds(os.getpid()) - before > 0.85
    assert processor_seconds(child.pid) is None
