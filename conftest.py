"""How nbval runs the notebooks: the kernels' environment and the notebooks' budgets."""

import os

import pytest
from nbval.plugin import IPyNbCell

from tools.notebooks import (
    BUDGET_MEMORY_MB,
    BUDGET_SECONDS,
    peak_memory_mb,
    processor_seconds,
    set_kernel_environment,
)
from utils import experiments

set_kernel_environment()
if "PYTEST_XDIST_WORKER_COUNT" in os.environ:
    # Workers that each spin on all cores wait for one another.
    os.environ.update(experiments.threads(int(os.environ["PYTEST_XDIST_WORKER_COUNT"])))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Fail the cell in which a notebook exceeds its memory, or the time that two cores have.

    It is processor time, because other tests share the cores; `make times` measures the seconds of
    each notebook alone.
    """
    if not isinstance(item, IPyNbCell):
        return (yield)
    notebook, kernel = item.parent, item.parent.kernel.km.provisioner.pid
    result = yield
    seconds = processor_seconds(kernel)
    if seconds and seconds > 2 * BUDGET_SECONDS:
        pytest.fail(
            f"{notebook.name}: expected at most {2 * BUDGET_SECONDS} s of a processor. "
            f"Received: {seconds:.0f} s up to this cell."
        )
    memory = peak_memory_mb(kernel)
    if memory and memory > BUDGET_MEMORY_MB:
        pytest.fail(
            f"{notebook.name}: expected at most {BUDGET_MEMORY_MB} MB. Received: {memory:.0f} MB."
        )
    return result
