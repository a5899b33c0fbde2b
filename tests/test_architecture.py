"""Imports point one way: chapters -> utils -> data, and inside utils towards the reference."""

import ast
import subprocess
import sys

import pytest

from tools.notebooks import ROOT

HEAVY = {"tensorflow", "keras", "torch", "transformers", "tensorflow_datasets"}
LAYERS = [
    {"reference"},
    {"counting", "data", "emoji", "faces", "models", "plotting", "scenes", "senses"},
    {"checks", "experiments", "widgets", "pretrained", "retrieval", "colab"},
    {"assignment"},  # sums up as experiments do
    {"datasets"},  # rebuilds what data and pretrained read
]


def layer(module: str) -> int:
    return next(number for number, names in enumerate(LAYERS) if module in names)


def imported(path) -> set[str]:
    """Names of the modules of utils that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "utils":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("utils."):
            found.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {a.name.split(".")[1] for a in node.names if a.name.startswith("utils.")}
    return found


@pytest.mark.parametrize(
    "path", sorted((ROOT / "utils").rglob("*.py")), ids=lambda p: p.relative_to(ROOT).as_posix()
)
def test_imports_point_one_way(path):
    parts = path.relative_to(ROOT / "utils").with_suffix("").parts
    if parts == ("__init__",):
        assert imported(path) == set()
        return
    for module in imported(path) - {parts[0]}:
        assert layer(module) < layer(parts[0]), f"{parts[0]} imports {module}"


def test_the_reference_imports_nothing_but_numpy():
    for path in (ROOT / "utils" / "reference").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                top = name.split(".")[0]
                own = name.startswith("utils.reference")
                assert top == "numpy" or own or top in sys.stdlib_module_names, name


@pytest.mark.parametrize(
    ("modules", "expected"),
    [
        ("utils.reference.convolution, utils.reference.pooling", "['numpy', 'utils']"),
        ("utils.counting", "['utils']"),
    ],
)
def test_import_brings_nothing_else(modules, expected):
    script = f"""
import sys
before = set(sys.modules)
import {modules}
new = {{name.partition(".")[0] for name in set(sys.modules) - before}}
print(sorted(new - set(sys.stdlib_module_names)))
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout == f"{expected}\n"


@pytest.mark.parametrize(
    "module",
    ["utils", "utils.reference.convolution", "utils.counting", "utils.data", "utils.checks",
     "utils.widgets", "utils.plotting", "utils.pretrained", "utils.colab"],
)  # fmt: skip
def test_import_is_light(module):
    code = f"import sys, {module}; print(*sorted({HEAVY!r} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == ""
