"""1,601 emoji: pictures with exact masks, and their Unicode names and groups."""

import io
import re

import numpy as np
import tensorflow_datasets as tfds
from fontTools.ttLib import TTFont
from PIL import Image

from utils.datasets import sources

SIZE = 96
FONT = "usr/share/fonts/truetype/noto/NotoColorEmoji.ttf"
NAMES = "usr/share/unicode/emoji/emoji-test.txt"
GROUPS = [
    "Smileys & Emotion",
    "People & Body",
    "Animals & Nature",
    "Food & Drink",
    "Travel & Places",
    "Activities",
    "Objects",
    "Symbols",
]


class Emoji(tfds.core.GeneratorBasedBuilder):
    """The pictures of Noto Color Emoji, without skin-tone variants and flags."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = "Run `python -m utils.datasets emoji`."

    def _info(self):
        return tfds.core.DatasetInfo(
            builder=self,
            description=(
                "The fully qualified emoji of Unicode 15.0, without skin-tone variants and flags, "
                "as Noto Color Emoji 2.042 draws them: the font's own pictures of 136x128 pixels, "
                "centered on a transparent square and reduced to 96x96. Red, green and blue are "
                "not multiplied by alpha. Names, groups and subgroups are those of Unicode."
            ),
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(SIZE, SIZE, 4)),
                    "group": tfds.features.ClassLabel(names=GROUPS),
                    "subgroup": tfds.features.Text(),
                    "name": tfds.features.Text(),
                    "text": tfds.features.Text(),
                }
            ),
            supervised_keys=("image", "group"),
            homepage="https://github.com/googlefonts/noto-emoji",
            citation="""@techreport{uts51,
  title={Unicode Technical Standard 51: Unicode Emoji, version 15.0},
  author={Davis, Mark and Holbrook, Ned},
  institution={The Unicode Consortium}, year={2022},
  url={https://www.unicode.org/reports/tr51/}
}""",
        )

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples(dl_manager.manual_dir)}

    def _generate_examples(self, folder):
        picture = _pictures(sources.read(folder, "noto_emoji", FONT))
        for row in _rows(sources.read(folder, "unicode", NAMES).decode("utf-8")):
            yield row["name"], {"image": picture(row["text"]), **row}


def _rows(listing):
    """Text, name, group and subgroup of each emoji that is kept."""
    entry = re.compile(r"([0-9A-F ]+?) *; fully-qualified +# \S+ E[\d.]+ (.+)")
    for line in listing.splitlines():
        if line.startswith("# group: "):
            group = line.removeprefix("# group: ")
        elif line.startswith("# subgroup: "):
            subgroup = line.removeprefix("# subgroup: ")
        elif match := entry.fullmatch(line):
            points, name = match.groups()
            if group != "Flags" and "skin tone" not in name:
                text = "".join(chr(int(point, 16)) for point in points.split())
                yield {"text": text, "name": name, "group": group, "subgroup": subgroup}


def _pictures(content):
    """A function from an emoji's text to its picture in the font, (SIZE, SIZE, 4), uint8."""
    font = TTFont(io.BytesIO(content))
    glyphs, (strike,) = font.getBestCmap(), font["CBDT"].strikeData
    # An emoji of several characters is a ligature; lookups of type 4 list them.
    ligatures = {
        (first, *ligature.Component): ligature.LigGlyph
        for lookup in font["GSUB"].table.LookupList.Lookup
        if lookup.LookupType == 4
        for table in lookup.SubTable
        for first, group in table.ligatures.items()
        for ligature in group
    }

    def picture(text):
        # U+FE0F only asks for color; the font does not contain it.
        key = tuple(glyphs[ord(character)] for character in text.replace("\ufe0f", ""))
        glyph = key[0] if len(key) == 1 else ligatures[key]
        bitmap = Image.open(io.BytesIO(strike[glyph].imageData)).convert("RGBA")
        side = max(bitmap.size)
        square = Image.new("RGBA", (side, side))
        square.paste(bitmap, ((side - bitmap.width) // 2, (side - bitmap.height) // 2))
        # "RGBa" has color multiplied by alpha, so that transparent pixels do not bleed.
        small = square.convert("RGBa").resize((SIZE, SIZE), Image.Resampling.LANCZOS)
        return np.asarray(small.convert("RGBA"))

    return picture
