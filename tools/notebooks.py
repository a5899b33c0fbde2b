"""Run, normalize, time and print the book's notebooks.

`python -m tools.notebooks run NOTEBOOK ...` re-executes and normalizes, `normalize` only
normalizes, `times` measures each notebook alone into book/times.json, and `text NOTEBOOK` prints
one for git's diffs (see .gitattributes).
"""

import argparse
import base64
import io
import json
import os
import platform
import re
import statistics
import sys
import time
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TIMES = ROOT / "book" / "times.json"

# Budgets of one notebook, measured alone on two cores without a GPU, imports included. The seconds
# are those of this processor; `seconds_on_reference` converts what was measured on others.
REFERENCE_PROCESSOR = "Intel(R) Xeon(R) Processor, 2 cores"
BUDGET_SECONDS = 60
BUDGET_AVERAGE_SECONDS = 25
BUDGET_MEMORY_MB = 2500
# Budgets of one notebook under test, where others share the cores: the processor time of its kernel
# and of the processes that it starts, and the time from its first cell to its last.
BUDGET_PROCESSOR_SECONDS = 2 * BUDGET_SECONDS
BUDGET_WALL_SECONDS = 600

NOTEBOOK_METADATA = {"kernelspec", "language_info"}
CELL_METADATA = {"tags", "mystnb", "cellView", "slideshow"}
OUTPUT_METADATA = {"scrapbook"}


def all_notebooks() -> list[Path]:
    """Every notebook of the book, in reading order."""
    return sorted((ROOT / "chapters").glob("[0-9]*/[0-9]*.ipynb"))


def set_kernel_environment() -> None:
    """Make the kernels started from here write the same outputs wherever they run.

    Kernels leave file descriptors alone (TensorFlow's start-up lines stay out of the outputs),
    print 80 columns wide, and show widgets as they are stored, without their module.
    """
    os.environ["IPYTHONDIR"] = str(ROOT / "tests" / "ipython")
    os.environ["COLUMNS"] = "80"
    os.environ["BOOK_STORED_OUTPUTS"] = "1"


def peak_memory_mb(pid: int) -> float | None:
    """Peak resident memory of a process, in MB, or None where Linux's /proc is missing."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return None
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1000


def processor_seconds(pid: int) -> float | None:
    """Processor time that a process and those it started have taken so far, ended ones included.

    Args:
        pid: Number of the process.

    Returns:
        Seconds, or None where Linux's /proc is missing or the process has ended.
    """
    ticks, children = {}, {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended since
            continue
        child = int(path.parent.name)
        ticks[child] = sum(map(int, fields[11:15]))  # its own, and of ended children
        children.setdefault(int(fields[1]), []).append(child)

    def total(process):
        return ticks[process] + sum(map(total, children.get(process, [])))

    return total(pid) / os.sysconf("SC_CLK_TCK") if pid in ticks else None


def normalize(notebook) -> None:
    """Reduce a notebook, in place, to what a rerun would write again.

    Metadata outside the allow-list goes, code cells are numbered from 1 (nbval does not compare
    a cell without a number), cells without an identifier get one from their position, and
    pictures get a palette.
    """
    name = notebook.metadata.get("kernelspec", {}).get("name", "python3")
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": name},
        "language_info": {"name": "python"},
    }
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    count = 0
    for position, cell in enumerate(notebook.cells):
        cell.setdefault("id", f"cell-{position}")
        cell.metadata = {k: v for k, v in cell.metadata.items() if k in CELL_METADATA}
        if cell.cell_type != "code":
            continue
        count += 1
        cell.execution_count = count
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count
            if "image/png" in output.get("data", {}):
                output.data["image/png"] = with_palette(output.data["image/png"])
            if "metadata" in output:
                output.metadata = {k: v for k, v in output.metadata.items() if k in OUTPUT_METADATA}


def with_palette(png: str) -> str:
    """A PNG, in base64, with a palette of at most 256 colors: a third of the bytes.

    A plot or a gray picture stays as it is to the eye; most have fewer colors than that.
    """
    from PIL import Image

    picture = Image.open(io.BytesIO(base64.b64decode(png)))
    if picture.mode == "P":
        return png
    buffer = io.BytesIO()
    picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(
        buffer, "PNG", optimize=True
    )
    return base64.b64encode(buffer.getvalue()).decode()


def read(path: Path):
    """Read a notebook in the current format."""
    import nbformat

    return nbformat.read(path, as_version=4)


def as_json(notebook) -> str:
    """A notebook as the text of its file."""
    import nbformat

    return nbformat.writes(notebook, version=nbformat.NO_CONVERT) + "\n"


def write(notebook, path: Path) -> None:
    """Write a notebook, touching the file only where it changes."""
    text = as_json(notebook)
    if path.read_text(encoding="utf8") != text:
        path.write_text(text, encoding="utf8")


def execute(path: Path):
    """Run a notebook in a fresh kernel, in its own folder.

    Returns:
        The executed notebook, the wall time in seconds (kernel start included) and the kernel's
        peak memory in MB.

    Raises:
        nbclient.exceptions.CellExecutionError: If a cell fails.
    """
    from nbclient import NotebookClient

    set_kernel_environment()
    notebook = read(path)
    client = NotebookClient(
        notebook,
        timeout=BUDGET_WALL_SECONDS,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        coalesce_streams=True,
    )
    start = time.perf_counter()
    with client.setup_kernel():
        for index, cell in enumerate(notebook.cells):
            if cell.cell_type == "code":
                client.execute_cell(cell, index)
        seconds = time.perf_counter() - start
        memory = peak_memory_mb(client.km.provisioner.pid)
    return notebook, seconds, memory


def run(paths: list[Path]) -> None:
    """Re-execute notebooks, store their outputs and normalize them."""
    for path in paths:
        notebook, seconds, memory = execute(path)
        normalize(notebook)
        write(notebook, path)
        print(f"{path}: {seconds:.1f} s, {memory:.0f} MB")


def compared_share(notebook) -> float:
    """Share of the cells with textual output whose output nbval compares."""
    textual = [c for c in notebook.cells if c.cell_type == "code" and has_text(c)]
    ignored = [c for c in textual if "nbval-ignore-output" in c.metadata.get("tags", [])]
    return 1 - len(ignored) / len(textual) if textual else 1.0


def has_text(cell) -> bool:
    """Whether a code cell prints or returns something besides pictures."""
    return any(
        output.output_type in {"stream", "error"}
        or ("image/png" not in output.get("data", {}) and output.get("data"))
        for output in cell.outputs
    )


def times(paths: list[Path]) -> None:
    """Time notebooks, each alone, into book/times.json, which the book shows.

    Rows of other notebooks stay, each with the processor on which it was measured, and a row that
    is measured again keeps its seconds on other processors as "elsewhere".
    """
    from utils.experiments import processor

    record = json.loads(TIMES.read_text(encoding="utf8"))
    record["machine"] = "the processor that the row names, without a GPU"
    record["python"] = platform.python_version()
    record["packages"] = {name: version(name) for name in ["tensorflow", "keras", "torch", "numpy"]}
    known = {path.relative_to(ROOT).as_posix() for path in all_notebooks()}
    rows = {name: row for name, row in record["notebooks"].items() if name in known}
    for path in paths:
        notebook, seconds, memory = execute(path)
        name = path.resolve().relative_to(ROOT).as_posix()
        rows[name] = {
            "seconds": round(seconds, 1),
            "memory_mb": round(memory),
            "compared": round(compared_share(notebook), 3),
            "minutes_to_read": int(re.search(r"(\d+) to read", notebook.cells[0].source)[1]),
            "processor": processor(),
        }
        if name in record["notebooks"]:
            before = record["notebooks"][name]
            elsewhere = before.get("elsewhere", {}) | {before["processor"]: before["seconds"]}
            elsewhere.pop(processor(), None)
            rows[name] |= {"elsewhere": elsewhere} if elsewhere else {}
        print(name, rows[name])
        record["notebooks"] = dict(sorted(rows.items()))
        TIMES.write_text(json.dumps(record, indent=1) + "\n", encoding="utf8")


def seconds_on_reference(rows: dict[str, dict]) -> dict[str, float]:
    """Seconds of each notebook on the reference processor, measured there or converted.

    A row of another processor is divided by the factor by which that processor was slower: its
    median over the notebooks that were measured on both.

    Args:
        rows: The "notebooks" of book/times.json.

    Returns:
        Seconds, by name.

    Raises:
        ValueError: If no notebook was measured both on a row's processor and on the reference.
    """
    ratios = {}
    for row in rows.values():
        reference = row.get("elsewhere", {}).get(REFERENCE_PROCESSOR)
        if reference:
            ratios.setdefault(row["processor"], []).append(row["seconds"] / reference)
    slower = {name: statistics.median(found) for name, found in ratios.items()}
    slower[REFERENCE_PROCESSOR] = 1.0
    strange = {row["processor"] for row in rows.values()} - set(slower)
    if strange:
        raise ValueError(
            f"every processor must have a notebook that was also measured on "
            f"{REFERENCE_PROCESSOR}. Received: {', '.join(sorted(strange))} without one"
        )
    return {name: row["seconds"] / slower[row["processor"]] for name, row in rows.items()}


def as_text(path: Path) -> str:
    """A notebook as plain text, cell by cell, for git's diffs."""
    lines = []
    for number, cell in enumerate(json.loads(path.read_text(encoding="utf8"))["cells"]):
        tags = " ".join(cell["metadata"].get("tags", []))
        lines += [f"-- {cell['cell_type']} {number} {tags}".rstrip(), "".join(cell["source"])]
        for output in cell.get("outputs", []):
            data = output.get("data", {"text/plain": output.get("text", "")})
            lines += [f">> {kind}" for kind in data if kind != "text/plain"]
            lines += ["".join(data.get("text/plain", ""))]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=["run", "normalize", "times", "text"])
    parser.add_argument("paths", nargs="*", type=Path)
    options = parser.parse_args(arguments)
    if options.command == "times":
        times(options.paths or all_notebooks())
    elif options.command == "run":
        run(options.paths or all_notebooks())
    elif options.command == "text":
        sys.stdout.reconfigure(encoding="utf8")
        print(*map(as_text, options.paths), sep="\n")
    else:
        for path in options.paths or all_notebooks():
            notebook = read(path)
            normalize(notebook)
            write(notebook, path)


if __name__ == "__main__":
    main()
