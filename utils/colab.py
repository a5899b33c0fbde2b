"""Second half of the notebooks' set-up cell: installs what a hosted machine lacks.

Colab brings TensorFlow, Keras and PyTorch. They stay as they are unless older than the minimum
that pyproject.toml states; whatever is missing or too old comes at the version of constraints.txt.
"""

import os
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import Requirement

# On recent GPUs TensorFlow rounds the factors of float32 products to 10 bits unless told not to;
# comparisons between libraries would then fail. Set before TensorFlow is imported.
os.environ.setdefault("NVIDIA_TF32_OVERRIDE", "0")

ROOT = Path(__file__).resolve().parent.parent


def missing() -> list[str]:
    """Pinned requirements, such as `"keras==3.15.1"`, that this machine lacks or has too old."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["project"]
    lines = (ROOT / "constraints.txt").read_text(encoding="utf8").splitlines()
    pins = {line.split("==")[0].lower().replace("_", "-"): line for line in lines if "==" in line}
    needed = []
    for requirement in map(Requirement, project["dependencies"]):
        try:
            fits = requirement.specifier.contains(version(requirement.name), prereleases=True)
        except PackageNotFoundError:
            fits = False
        if not fits:
            needed.append(pins[requirement.name.lower().replace("_", "-")])
    return needed


def install_missing() -> None:
    """Install what `missing` lists, with pip, before a notebook imports it.

    Raises:
        SystemExit: With one sentence, if pip fails.
    """
    needed = missing()
    if not needed:
        return
    pip = [sys.executable, "-m", "pip", "install", "--quiet", *needed]
    if subprocess.run(pip, capture_output=True).returncode:
        raise SystemExit(
            f"Could not install {' '.join(needed)}: connect to the network and run this cell again."
        )
