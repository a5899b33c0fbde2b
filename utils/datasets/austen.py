"""Jane Austen's six novels, a record a chapter."""

import itertools
import re
import struct
import zlib

import numpy as np
import tensorflow_datasets as tfds

from utils.datasets import sources

# In the package's file the novels stand one after another, in this order.
STORED = "usr/lib/R/site-library/janeaustenr/data/Rdata.rdb"
STORED_ORDER = [
    "Emma",
    "Mansfield Park",
    "Northanger Abbey",
    "Persuasion",
    "Pride and Prejudice",
    "Sense and Sensibility",
]
# In the order of publication.
NOVELS = [
    "Sense and Sensibility",
    "Pride and Prejudice",
    "Mansfield Park",
    "Emma",
    "Northanger Abbey",
    "Persuasion",
]
HEADING = re.compile(r"^(?:VOLUME [IVX]+\n+)?(?:CHAPTER|Chapter) [IVXL\d]+$", re.MULTILINE)


class Austen(tfds.core.GeneratorBasedBuilder):
    """The six novels of Jane Austen, by chapter."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = "Run `python -m utils.datasets austen`."

    def _info(self):
        return tfds.core.DatasetInfo(
            builder=self,
            description=(
                "Jane Austen's six novels, in the order of publication, a record a chapter and "
                "one for what precedes chapter 1 (chapter 0). A novel's texts, joined without "
                "anything between them, are the novel as janeaustenr 1.0.0 has it."
            ),
            features=tfds.features.FeaturesDict(
                {
                    "novel": tfds.features.ClassLabel(names=NOVELS),
                    "title": tfds.features.Text(),
                    "chapter": np.int32,
                    "text": tfds.features.Text(),
                }
            ),
            supervised_keys=("text", "novel"),
            homepage="https://cran.r-project.org/package=janeaustenr",
            citation="""@manual{silge2022janeaustenr,
  title={janeaustenr: Jane Austen's Complete Novels},
  author={Silge, Julia}, year={2022}, note={R package version 1.0.0}
}""",
            disable_shuffling=True,
        )

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples(dl_manager.manual_dir)}

    def _generate_examples(self, folder):
        objects = _objects(sources.read(folder, "janeaustenr", STORED))
        lines = dict(zip(STORED_ORDER, map(_strings, objects), strict=True))
        key = 0
        for title in NOVELS:
            text = "\n".join(lines[title]) + "\n"
            starts = [0, *(match.start() for match in HEADING.finditer(text)), len(text)]
            for chapter, (start, end) in enumerate(itertools.pairwise(starts)):
                record = {"novel": title, "title": title, "chapter": chapter}
                yield key, {**record, "text": text[start:end]}
                key += 1


def _objects(content):
    """R's lazy-load file: each object is a 4-byte length and a zlib stream."""
    while content:
        stream = zlib.decompressobj()
        yield stream.decompress(content[4:])
        content = stream.unused_data


def _strings(content):
    """A serialized character vector (R's XDR format, version 3) as a list of strings."""
    (encoding,) = struct.unpack_from(">i", content, 14)
    offset = 18 + encoding
    kind, count = struct.unpack_from(">ii", content, offset)
    if not content.startswith(b"X\n") or kind != 16:
        raise ValueError(f"The object must be a character vector. Received: type={kind}")
    offset += 8
    strings = []
    for _ in range(count):
        (length,) = struct.unpack_from(">i", content, offset + 4)
        offset += 8 + length
        strings.append(content[offset - length : offset].decode("utf-8"))
    return strings
