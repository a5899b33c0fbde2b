"""Notebooks as Colab launches them: one file in an empty folder, and no `utils`.

An overlay environment stands in for Colab's: it sees every installed package, but not this
repository, because the folder of the real environment is on its path without its `.pth` files.
A local mirror stands in for the public address, through git's `insteadOf`.
"""

import ast
import json
import shutil
import subprocess
import sys
import tomllib
import venv
from importlib.metadata import packages_distributions, requires
from importlib.metadata import version as installed_version
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from packaging.requirements import Requirement

from tools import notebooks, set_repo
from tools.notebooks import ROOT
from utils import colab

FIRST_OF_PART = list({path.parent: path for path in reversed(notebooks.all_notebooks())}.values())
FIRST_OF_PART.sort()
URL, TAG = set_repo.in_config((ROOT / "_config.yml").read_text())


def git(*arguments, cwd) -> str:
    command = ["git", "-c", "user.name=book", "-c", "user.email=book@example.org", *arguments]
    return subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def mirror(tmp_path_factory) -> Path:
    """The working tree's files as a repository of their own, at the release tag."""
    folder = tmp_path_factory.mktemp("mirror")
    listed = git("ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    git("init", "--quiet", cwd=folder)
    git("add", "--all", "--force", cwd=folder)
    git("commit", "--quiet", "--message", "release", cwd=folder)
    git("tag", TAG, cwd=folder)
    return folder


@pytest.fixture(scope="module")
def overlay(tmp_path_factory) -> Path:
    """Python of an environment that has every package of this one and not its `utils`."""
    folder = tmp_path_factory.mktemp("overlay")
    venv.create(folder, with_pip=False, symlinks=True)
    here = next(path for path in map(Path, sys.path) if (path / "tensorflow").is_dir())
    inside = folder / here.relative_to(sys.prefix)
    (inside / "packages.pth").write_text(f"{here}\n")
    python = folder / "bin" / "python"
    probe = "import importlib.util as i; print(i.find_spec('utils'), i.find_spec('keras').name)"
    found = subprocess.run([python, "-c", probe], cwd=folder, capture_output=True, text=True)
    assert found.stdout == "None keras\n"
    return python


@pytest.fixture
def environment(mirror, overlay, tmp_path, monkeypatch):
    """A kernel of the overlay, the mirror in place of the public address, an empty folder."""
    spec = tmp_path / "jupyter" / "kernels" / "overlay"
    spec.mkdir(parents=True)
    command = [str(overlay), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (spec / "kernel.json").write_text(json.dumps({"argv": command, "display_name": "overlay"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    for name in ("PYTHONPATH", "IPYTHONDIR", "BOOK_STORED_OUTPUTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"url.{mirror.as_uri()}.insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", URL)
    empty = tmp_path / "content"
    empty.mkdir()
    return empty


def launch(path: Path, folder: Path, cells: int | None = None, repeat_set_up: bool = False):
    """Run a notebook alone in `folder`, and return it with its outputs."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    if repeat_set_up:
        first = next(i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code")
        again = nbformat.v4.new_code_cell(notebook.cells[first].source)
        notebook.cells.insert(first + 1, again)
    notebook.cells = notebook.cells[:cells]
    nbformat.write(notebook, folder / path.name)
    client = NotebookClient(
        notebook,
        kernel_name="overlay",
        timeout=600,
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
    )
    return client.execute()


def printed(cell) -> str:
    return "".join(o.text for o in cell.outputs if o.get("name") == "stdout")


def errors(notebook) -> list[str]:
    outputs = [o for cell in notebook.cells for o in cell.get("outputs", [])]
    return [f"{o.ename}: {o.evalue}" for o in outputs if o.output_type == "error"]


@pytest.mark.parametrize(
    "path",
    [pytest.param(p, id=p.stem, marks=[pytest.mark.colab] if i else []) for i, p in
     enumerate(FIRST_OF_PART)],
)  # fmt: skip
def test_runs_to_its_end(path, environment):
    notebook = launch(path, environment, repeat_set_up=True)
    assert errors(notebook) == []
    clone = environment / f"{URL.split('/')[-1]}-{TAG}"
    assert (clone / "utils" / "colab.py").is_file()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.get("outputs") for cell in code[:2]] == [[], []]  # set-up, twice, says nothing
    stored = [cell for cell in notebooks.read(path).cells if cell.cell_type == "code"]
    assert len(code) == len(stored) + 1
    for now, then in zip(code[2:], stored[1:], strict=True):
        if "nbval-ignore-output" not in then.metadata.get("tags", []):
            assert printed(now) == printed(then)
    live = [
        o.data["text/html"] for c in code for o in c.outputs if "text/html" in o.get("data", {})
    ]
    assert len(live) >= 1 and all("mount" in html for html in live)  # the module comes along


def test_without_a_network_says_so_in_one_sentence(environment, monkeypatch):
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "https://elsewhere.example")
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "file")
    notebook = launch(FIRST_OF_PART[0], environment, cells=2)
    message = f"Could not fetch {URL}: connect to the network and run this cell again."
    assert errors(notebook) == [f"SystemExit: {message}"]
    assert list(environment.iterdir()) == [environment / FIRST_OF_PART[0].name]


def test_missing_lists_what_is_absent_or_too_old_at_its_pin(monkeypatch):
    assert colab.missing() == []
    pins = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().split())
    versions = {"keras": "3.9.2", "torch": "2.6.0", "tensorflow": "2.19.0rc0"}

    def version(name):
        if name == "safetensors":
            raise colab.PackageNotFoundError(name)
        return versions.get(name, installed_version(name))

    monkeypatch.setattr(colab, "version", version)
    expected = [f"{name}=={pins[name]}" for name in ("keras", "safetensors", "tensorflow")]
    assert colab.missing() == expected


def test_failed_installation_says_so_in_one_sentence(monkeypatch):
    monkeypatch.setattr(colab, "missing", lambda: ["keras==3.15.1"])
    monkeypatch.setattr(
        colab.subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 1)
    )
    with pytest.raises(SystemExit) as error:
        colab.install_missing()
    assert str(error.value) == (
        "Could not install keras==3.15.1: connect to the network and run this cell again."
    )


def imported(code: str) -> set[str]:
    modules = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add(node.module)
    return {module.split(".")[0] for module in modules}


def installed_with(names: set[str]) -> set[str]:
    """These packages and, again and again, what they require."""
    found, new = set(), {name.lower().replace("_", "-") for name in names}
    while new:
        found |= new
        lines = [line for name in new for line in requires(name) or ()]
        needed = [Requirement(line) for line in lines]
        new = {
            requirement.name.lower().replace("_", "-")
            for requirement in needed
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        } - found
    return found


def test_every_import_comes_with_the_declared_dependencies():
    """What chapters, studies and utils import is installed with pyproject.toml's dependencies."""
    code = [
        path.read_text()
        for folder in ("utils", "experiments")
        for path in (ROOT / folder).rglob("*.py")
    ]
    for path in notebooks.all_notebooks():
        code += [cell.source for cell in notebooks.read(path).cells if cell.cell_type == "code"]
    modules = set.union(*map(imported, code)) - sys.stdlib_module_names - {"utils", "experiments"}
    assert {"peft", "tensorflow", "yaml"} <= modules
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {Requirement(line).name for line in project["dependencies"]}
    come = installed_with(declared | {"ipykernel"})  # a notebook has a kernel, which has IPython
    owners = packages_distributions()
    absent = {
        module
        for module in modules
        if not {name.lower().replace("_", "-") for name in owners[module]} & come
    }
    assert absent == set()
    assert "peft" not in installed_with(declared - {"peft"})
