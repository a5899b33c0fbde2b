"""How nbval runs the notebooks: the kernels' environment and the notebooks' budgets."""

import json
import math
import os
import time

import pytest
from nbval.plugin import IPyNbCell

from tools.notebooks import (
    BUDGET_MEMORY_MB,
    BUDGET_PROCESSOR_SECONDS,
    BUDGET_WALL_SECONDS,
    ROOT,
    TIMES,
    peak_memory_mb,
    processor_seconds,
    set_kernel_environment,
)
from utils import experiments

STARTED = pytest.StashKey[float]()

set_kernel_environment()
if "PYTEST_XDIST_WORKER_COUNT" in os.environ:
    # Workers that each spin on all cores wait for one another.
    os.environ.update(experiments.threads(int(os.environ["PYTEST_XDIST_WORKER_COUNT"])))


def pytest_collection_modifyitems(items):
    """End with the notebooks, the shortest last, so that all workers finish at about one time."""
    rows = json.loads(TIMES.read_text(encoding="utf8"))["notebooks"]
    seconds = {ROOT / name: row["seconds"] for name, row in rows.items()}
    items.sort(key=lambda item: -seconds.get(item.path, math.inf))  # cells of one stay in order


@pytest.hookimpl(wrapper=True, trylast=True)  # inside of what expects a failure
def pytest_runtest_call(item):
    """Fail the cell in which a notebook exceeds its memory, its processor time or its time.

    Processor time is the narrow limit, because other tests share the cores; `make times` measures
    the seconds of each notebook alone. The time by the clock is for a cell that waits for ever:
    nbval interrupts it and shows where it stood.
    """
    if not (isinstance(item, IPyNbCell) and item.parent.kernel.is_alive()):
        return (yield)
    notebook, kernel = item.parent, item.parent.kernel.km.provisioner.pid
    waited = time.monotonic() - notebook.stash.setdefault(STARTED, time.monotonic())
    if waited > BUDGET_WALL_SECONDS:
        pytest.fail(f"{notebook.name}: its {BUDGET_WALL_SECONDS} s were over before this cell.")
    item.config.option.nbval_cell_timeout = BUDGET_WALL_SECONDS - waited
    result = yield
    seconds = processor_seconds(kernel)
    if seconds and seconds > BUDGET_PROCESSOR_SECONDS:
        pytest.fail(
            f"{notebook.name}: expected at most {BUDGET_PROCESSOR_SECONDS} s of a processor. "
            f"Received: {seconds:.0f} s up to this cell."
        )
    memory = peak_memory_mb(kernel)
    if memory and memory > BUDGET_MEMORY_MB:
        pytest.fail(
            f"{notebook.name}: expected at most {BUDGET_MEMORY_MB} MB. Received: {memory:.0f} MB."
        )
    return result
