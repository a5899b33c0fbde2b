"""How much faster is a study with two workers? `python -m tools.runner_speed`, on an idle machine.

The study is one of independent small runs: each trains a small convolutional network on pictures of
Fashion-MNIST, in batches of 16. Both times include the start of the processes and the imports.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from utils import experiments

STUDY = '''
"""Independent small runs.

Question: How long does the study take with one worker and with two?

Metric: Seconds of the whole study; the loss only shows that the runs are the same.

Selection: None.

Interval: None; the benchmark is repeated.
"""

GRID = [{"pictures": 4000}]
SEEDS = range(%(runs)d)
METRICS = {"loss": "mean training loss of the last epoch, nats"}
PACKAGES = ("tensorflow", "keras", "numpy")
TOY = {"pictures": 64}


def run(config, seed):
    import keras

    from utils import data

    images, labels = data.load_arrays("fashion_mnist", f"train[:{config['pictures']}]")
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(8, 3, strides=2, activation="relu"),
            keras.layers.Conv2D(8, 3, strides=2, activation="relu"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(10),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, jit_compile=False)
    history = model.fit(images / 255, labels, batch_size=16, epochs=4, verbose=0)
    return {"loss": history.history["loss"][-1]}
'''


def seconds(jobs: int, runs: int) -> float:
    """Time of the whole study, from an empty folder.

    Args:
        jobs: Runs at a time.
        runs: Number of runs.

    Returns:
        Seconds, with the start of all processes.

    Raises:
        subprocess.CalledProcessError: If a run failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "small_runs.py").write_text((STUDY % {"runs": runs}).strip() + "\n")
        command = ["-m", "utils.experiments", "small_runs", "--folder", folder, "--jobs", str(jobs)]
        start = time.perf_counter()
        subprocess.run([sys.executable, *command], check=True, capture_output=True)
        return time.perf_counter() - start


def main() -> None:
    """Measure both, in turn, and print them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--repeats", type=int, default=1)
    options = parser.parse_args()
    print(f"{experiments.processor()}; {options.runs} runs")
    for _ in range(options.repeats):
        one, two = seconds(1, options.runs), seconds(2, options.runs)
        print(f"1 worker {one:.1f} s, 2 workers {two:.1f} s: {one / two:.2f} times faster")


if __name__ == "__main__":
    main()
