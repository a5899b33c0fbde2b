"""10,605 sentences from film reviews with the mean of human ratings."""

import ast

import numpy as np
import tensorflow_datasets as tfds

from utils.datasets import sources

ARCHIVE = "vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz"
TEXTS = "hutto_ICWSM_2014/movieReviewSnippets_GroundTruth.txt"
RATINGS = "hutto_ICWSM_2014/movieReviewSnippets_anonDataRatings.txt"


class MovieSnippets(tfds.core.GeneratorBasedBuilder):
    """Sentences from film reviews, rated from -4 (negative) to 4 (positive)."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = "Run `python -m utils.datasets movie_snippets`."

    def _info(self):
        return tfds.core.DatasetInfo(
            builder=self,
            description=(
                "10,605 sentences from film reviews, each rated by people from -4 (extremely "
                "negative) to 4 (extremely positive): the mean, the standard deviation and the "
                "number of ratings. Published with the VADER paper."
            ),
            features=tfds.features.FeaturesDict(
                {
                    "id": np.int32,
                    "text": tfds.features.Text(),
                    "score": np.float32,
                    "score_std": np.float32,
                    "num_ratings": np.int32,
                }
            ),
            supervised_keys=("text", "score"),
            homepage="https://github.com/cjhutto/vaderSentiment",
            citation="""@inproceedings{hutto2014vader,
  title={{VADER}: A Parsimonious Rule-Based Model for Sentiment Analysis of Social Media Text},
  author={Hutto, C. J. and Gilbert, Eric},
  booktitle={Proceedings of the International AAAI Conference on Web and Social Media},
  volume={8}, number={1}, pages={216--225}, year={2014},
  doi={10.1609/icwsm.v8i1.14550}
}""",
        )

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples(dl_manager.manual_dir)}

    def _generate_examples(self, folder):
        archive = sources.read(folder, "vader", ARCHIVE)
        ratings = {
            number: ast.literal_eval(values)
            for number, _, _, values in _table(sources.read_tar(archive, RATINGS))
        }
        for number, _, text in _table(sources.read_tar(archive, TEXTS)):
            scores = np.array(ratings[number])
            yield (
                int(number),
                {
                    "id": int(number),
                    "text": text,
                    "score": scores.mean(),
                    "score_std": scores.std(),
                    "num_ratings": len(scores),
                },
            )


def _table(content):
    """Rows of a file with tabs between columns."""
    return [line.split("\t") for line in content.decode("utf-8").splitlines() if line.strip()]
