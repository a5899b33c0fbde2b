"""How nbval runs the notebooks: the kernels' environment and the notebooks' budgets."""

import os
import time

import pytest
from nbval.plugin import IPyNbCell

from tools.notebooks import (
    BUDGET_MEMORY_MB,
    BUDGET_SECONDS,
    peak_memory_mb,
    set_kernel_environment,
)
from utils import experiments

set_kernel_environment()
if "PYTEST_XDIST_WORKER_COUNT" in os.environ:
    # Workers that each spin on all cores wait for one another.
    os.environ.update(experiments.threads(int(os.environ["PYTEST_XDIST_WORKER_COUNT"])))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Fail the cell in which a notebook exceeds its memory or twice its seconds.

    Twice, because other tests share the cores; `make times` measures each notebook alone.
    """
    if not isinstance(item, IPyNbCell):
        return (yield)
    notebook, start = item.parent, time.perf_counter()
    result = yield
    notebook.seconds = getattr(notebook, "seconds", 0) + time.perf_counter() - start
    if notebook.seconds > 2 * BUDGET_SECONDS:
        pytest.fail(
            f"{notebook.name}: expected at most {2 * BUDGET_SECONDS} s. "
            f"Received: {notebook.seconds:.0f} s up to this cell."
        )
    memory = peak_memory_mb(notebook.kernel.km.provisioner.pid)
    if memory and memory > BUDGET_MEMORY_MB:
        pytest.fail(
            f"{notebook.name}: expected at most {BUDGET_MEMORY_MB} MB. Received: {memory:.0f} MB."
        )
    return result
