"""The constitution of the Republic of Korea and ten bills, as plain text."""

import tensorflow_datasets as tfds

from utils.datasets import sources

CORPUS = "konlpy/data/corpus"


class KoreanLaw(tfds.core.GeneratorBasedBuilder):
    """Eleven Korean legal texts."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = "Run `python -m utils.datasets korean_law`."

    def _info(self):
        return tfds.core.DatasetInfo(
            builder=self,
            description=(
                "The constitution of the Republic of Korea and bills 1809890 to 1809899 of its "
                "18th National Assembly, as KoNLPy 0.6.0 carries them; line ends are newlines. "
                "Records keep the order of their ids, the constitution first."
            ),
            features=tfds.features.FeaturesDict(
                {
                    "id": tfds.features.Text(),
                    "kind": tfds.features.ClassLabel(names=["constitution", "bill"]),
                    "title": tfds.features.Text(),
                    "text": tfds.features.Text(),
                }
            ),
            supervised_keys=("text", "kind"),
            homepage="https://konlpy.org",
            citation="""@inproceedings{park2014konlpy,
  title={{KoNLPy}: Korean natural language processing in {Python}},
  author={Park, Eunjeong L. and Cho, Sungzoon},
  booktitle={Proceedings of the 26th Annual Conference on Human and Cognitive Language Technology},
  address={Chuncheon, Korea}, year={2014}
}""",
            disable_shuffling=True,
        )

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples(dl_manager.manual_dir)}

    def _generate_examples(self, folder):
        files = ["kolaw/constitution", *(f"kobill/{number}" for number in range(1809890, 1809900))]
        for index, file in enumerate(files):
            content = sources.read(folder, "konlpy", f"{CORPUS}/{file}.txt").decode("utf-8")
            text = content.replace("\r\n", "\n")
            yield (
                index,
                {
                    "id": file.split("/")[1],
                    "kind": "bill" if index else "constitution",
                    "title": _title(text),
                    "text": text,
                },
            )


def _title(text):
    """The lines above the preamble, the sponsor in parentheses, or the word for bill (의안)."""
    lines = []
    for line in text.split("\n"):
        if line.startswith("(") or line.replace(" ", "") == "의안" or len(line) > 60:
            break
        lines.append(line)
    return " ".join(" ".join(lines).split())
