"""How much faster is a study with two workers? `python -m tools.runner_speed`, on an idle machine.

The study is one of independent small runs: each trains a small convolutional network on pictures of
Fashion-MNIST, in batches of 16. The first round includes the start of the processes and the
imports. The rounds after it go to the same processes, in turn with one worker and with two, since
the speed of a shared machine can change from one minute to the next.
"""

import argparse
import contextlib
import io
import tempfile
import time
from pathlib import Path

import pandas as pd

from utils import experiments

STUDY = '''
"""Independent small runs.

Question: How long does the study take with one worker and with two?

Metric: Seconds of the whole study; the loss only shows that the runs are the same.

Selection: None.

Interval: 95 %%, Student's t over rounds.
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
        Seconds.

    Raises:
        RuntimeError: If a run failed.
    """
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        (Path(folder) / "small_runs.py").write_text((STUDY % {"runs": runs}).strip() + "\n")
        start = time.perf_counter()
        failures = experiments.run("small_runs", jobs, Path(folder))
        took = time.perf_counter() - start
    if failures:
        raise RuntimeError(f"every run must succeed. Received: {failures}")
    return took


def main() -> None:
    """Measure both in turn; print every ratio, their mean and its interval."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=8, help="runs of one round")
    parser.add_argument("--rounds", type=int, default=10, help="rounds after the first")
    options = parser.parse_args()
    print(f"{experiments.processor()}; {options.runs} runs a round")
    rows = []
    for number in range(options.rounds + 1):
        order = (1, 2) if number % 2 else (2, 1)
        took = {jobs: seconds(jobs, options.runs) for jobs in order}
        ratio = took[1] / took[2]
        print(f"1 worker {took[1]:.1f} s, 2 workers {took[2]:.1f} s: {ratio:.2f}", flush=True)
        if number:  # the first starts the processes
            rows.append({"study": "small_runs", "seed": number, "ratio": ratio})
    found = experiments.summary(pd.DataFrame(rows), "ratio", "study").iloc[0]
    print(f"{found['mean']:.2f} times faster [{found['low']:.2f}, {found['high']:.2f}]")


if __name__ == "__main__":
    main()
