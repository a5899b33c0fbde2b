"""Rebuild data/ from the package archives, and compare it with data/CHECKSUMS."""

import argparse
import gzip
import importlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from unittest import mock

from utils import data
from utils.datasets import sources

# Data set -> (module and class of its builder, the archives it reads)
BUILDERS = {
    "fashion_mnist": (
        "tensorflow_datasets.image_classification",
        "FashionMNIST",
        ["fashion_mnist"],
    ),
    "digits10k": ("utils.datasets.digits10k", "Digits10k", ["mnist"]),
    "emoji": ("utils.datasets.emoji", "Emoji", ["noto_emoji", "unicode"]),
    "movie_snippets": ("utils.datasets.movie_snippets", "MovieSnippets", ["vader"]),
    "korean_law": ("utils.datasets.korean_law", "KoreanLaw", ["konlpy"]),
    "austen": ("utils.datasets.austen", "Austen", ["janeaustenr"]),
}
WEIGHTS = "mobilenet_v2"


def build(name: str, data_dir: Path, archives: Path) -> None:
    """Prepare one data set and put it in place of what is there.

    Args:
        name: Key of `BUILDERS`.
        data_dir: Folder that receives the folder `name`.
        archives: Folder that holds the source archives.
    """
    import tensorflow_datasets as tfds

    tfds.disable_progress_bar()
    module, class_name, _ = BUILDERS[name]
    with tempfile.TemporaryDirectory() as scratch:
        builder = getattr(importlib.import_module(module), class_name)(data_dir=scratch)
        config = tfds.download.DownloadConfig(manual_dir=archives)
        with mock.patch.object(
            tfds.download.DownloadManager, "download_and_extract", _from_archive(archives, scratch)
        ):
            builder.download_and_prepare(download_config=config)
        for shard in Path(builder.data_dir).glob("*.tfrecord*"):
            _rewrite(shard)
        shutil.rmtree(data_dir / name, ignore_errors=True)
        shutil.copytree(Path(scratch) / name, data_dir / name)


def _from_archive(archives, scratch):
    """Fashion-MNIST's builder asks for URLs: give it the same files out of the archive."""

    def download_and_extract(self, urls):
        files = {}
        for key, url in urls.items():
            file = url.rsplit("/", 1)[1]
            content = sources.read(
                archives, "fashion_mnist", f"usr/share/datasets/fashion-mnist/{file}"
            )
            files[key] = Path(scratch) / file
            files[key].write_bytes(gzip.decompress(content))
        return files

    return download_and_extract


def _rewrite(shard):
    """Write each record with its fields in a fixed order, so that two preparations are equal."""
    import tensorflow as tf

    records = [
        tf.train.Example.FromString(record.numpy()).SerializeToString(deterministic=True)
        for record in tf.data.TFRecordDataset(str(shard))
    ]
    with tf.io.TFRecordWriter(str(shard)) as writer:
        for record in records:
            writer.write(record)


def shipped(data_dir: Path) -> list[str]:
    """Files that CHECKSUMS must list: all but itself, the cards and the licenses.

    Args:
        data_dir: Folder of the data.

    Returns:
        Paths relative to `data_dir`, sorted.
    """
    files = (path.relative_to(data_dir) for path in data_dir.rglob("*") if path.is_file())
    apart = ("CHECKSUMS", "cards.yml", "LICENSES")
    return sorted(file.as_posix() for file in files if file.parts[0] not in apart)


def differences(data_dir: Path, names: list[str]) -> list[str]:
    """Compare the files of some data sets with data/CHECKSUMS of the repository.

    Args:
        data_dir: Folder of the data.
        names: Data sets, or weights, to compare.

    Returns:
        A line for each file that is missing, unlisted or different; empty if all agree.
    """
    prefixes = tuple(data.prefix(name) for name in names)
    listed = data.checksums()
    expected = {file: listed[file] for file in listed if file.startswith(prefixes)}
    files = [file for file in shipped(data_dir) if file.startswith(prefixes)]
    found = {file: data.sha256(data_dir / file) for file in files}
    lines = []
    for file in sorted(expected.keys() | found.keys()):
        if file not in found:
            lines.append(f"missing: {file}")
        elif file not in expected:
            lines.append(f"not in CHECKSUMS: {file}")
        elif found[file] != expected[file]:
            lines.append(f"different: {file}")
    return lines


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Words after the command; by default those of the process.

    Returns:
        0 if everything was built and agrees with CHECKSUMS, 1 if something differs.
    """
    parser = argparse.ArgumentParser(prog="python -m utils.datasets", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: everything")
    parser.add_argument("--data-dir", type=Path, default=data.DATA_DIR)
    parser.add_argument("--archives", type=Path, help="folder that keeps the source archives")
    parser.add_argument("--write", action="store_true", help="rewrite DATA_DIR/CHECKSUMS")
    options = parser.parse_args(arguments)
    known = [*BUILDERS, WEIGHTS]
    names = options.names or known
    if unknown := sorted(set(names) - set(known)):
        parser.error(f"unknown: {', '.join(unknown)}; known: {', '.join(known)}")

    data_dir = options.data_dir.resolve()
    data_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        archives = (options.archives or Path(scratch)).resolve()
        archives.mkdir(parents=True, exist_ok=True)
        try:
            for name in names:
                for source in BUILDERS[name][2] if name in BUILDERS else [name]:
                    sources.fetch(source, archives)
        except RuntimeError as error:
            parser.exit(1, f"{error}\n")
        for name in names:
            print(f"building {name}", flush=True)
            if name == WEIGHTS:
                from utils.datasets import mobilenet_v2

                mobilenet_v2.convert(data_dir, archives)
            else:
                build(name, data_dir, archives)

    if options.write:
        lines = [f"{data.sha256(data_dir / file)}  {file}\n" for file in shipped(data_dir)]
        (data_dir / "CHECKSUMS").write_text("".join(lines), encoding="utf-8", newline="\n")
        print(f"wrote {data_dir / 'CHECKSUMS'}: {len(lines)} files")
        return 0
    lines = differences(data_dir, names)
    print("\n".join(lines) or f"{', '.join(names)}: equal to CHECKSUMS")
    return 1 if lines else 0


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    sys.exit(main())
