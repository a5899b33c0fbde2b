"""A GAN of synthetic faces, to be held against the VAE of the study `face_latent`.

Question: With the generator that the VAE has as its decoder, and the same faces: are a GAN's faces
sharper than a VAE's, do they show what the faces show, how long does training take, and does it
fail?

Metric: Those of `face_latent` for decodings of 500 random latent points, read by a measurer of the
seed that is trained as there: sharpness, distance to the generator's family, share with glasses,
share of the rarest hair style, standard deviation of the smile; and seconds. A run fails if fewer
than a tenth or more than nine tenths have glasses, or one of the three hair styles has less than a
tenth, or the smile's standard deviation is below 0.29, half of the faces'.

Selection: Discriminator and rate were chosen beforehand, on other faces, by looking at the samples
of three runs: a dense discriminator with rates 0.0002 and 0.0004, and a convolutional one with
0.0005, which was taken. Every row of the grid is kept, and the last weights count.

Interval: 95 %, Student's t over the seeds; for failed runs, their count. A seed draws training
faces, initial weights, latent points, and all that belongs to the measurer.
"""

import time
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from utils import experiments, faces

GRID = [{"faces": 8000, "epochs": 15}]
SEEDS = range(5)
TOY = {"faces": 200, "epochs": 1}
PACKAGES = ("tensorflow", "keras", "numpy")
METRICS = {
    "seconds_training": "seconds of training the GAN",
    "sharpness": "Laplacian energy of generated faces, divided by that of held-out faces",
    "distance": "distance of generated faces",
    "glasses": "share with glasses among them",
    "hair_least": "share of the rarest hair style among them",
    "smile_sd": "standard deviation of the smile among them; 0.58 in the generator",
    "failed": "1 if the run failed as defined above, else 0",
}
SAMPLES = Path(__file__).parent / "results" / "face_gan.safetensors"  # of the first seed
BATCH, RATE = 32, 5e-4


def run(config: dict, seed: int) -> dict[str, float]:
    """Train and measure.

    Args:
        config: faces, how many to train on; epochs.
        seed: Seed of everything.

    Returns:
        The metrics, by the names of `METRICS`.
    """
    import keras

    latent = experiments.open_study("face_latent")
    keras.utils.set_random_seed(seed)
    pictures, _ = faces.draw_faces(config["faces"], 10 * seed)
    generator = latent.decoder()
    seconds = train(generator, discriminator(), pictures / np.float32(255), config["epochs"])
    epochs = min(config["epochs"], latent.GRID[0]["epochs"])
    models = {
        "decoder": generator,
        "measurer": latent.train_measurer(config["faces"], epochs, seed),
    }
    held_out, _ = faces.draw_faces(900, 10 * seed + 3)
    real = latent.laplacian_energy(held_out / np.float32(255))
    points = np.random.default_rng(10 * seed + 2).normal(size=(500, latent.LATENT_DIM))
    generated = latent.decode(models, points)
    if config == GRID[0] and seed == SEEDS[0]:
        save_file({"samples": np.rint(255 * generated[:12]).astype("uint8")}, SAMPLES)
    found = latent.coverage(models, generated, real)
    failed = (
        not 0.1 <= found["glasses"] <= 0.9 or found["hair_least"] < 0.1 or found["smile_sd"] < 0.29
    )
    return {
        "seconds_training": seconds,
        "distance": latent.distance(models, generated).mean(),
        "failed": int(failed),
        **found,
    }


def discriminator():
    """The network that tells faces from generated ones: two convolutions and one output.

    Returns:
        A Keras model from pictures, (batch, 32, 32, 1), to logits, (batch, 1); above 0 is a face.
    """
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((faces.SIZE, faces.SIZE, 1)),
            layers.Conv2D(16, 4, strides=2, padding="same"),
            layers.LeakyReLU(0.2),
            layers.Conv2D(32, 4, strides=2, padding="same"),
            layers.LeakyReLU(0.2),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(1),
        ]
    )


def train(generator, discriminator, pictures: np.ndarray, epochs: int) -> float:
    """Train both networks in turn, each by the other's verdict.

    The discriminator learns to give faces 1 and generated pictures 0; the generator learns to make
    pictures that the discriminator gives 1.

    Args:
        generator: From latent points to logits of pixels.
        discriminator: From pictures to logits.
        pictures: Gray from 0 to 1, float32, shape (N, 32, 32, 1).
        epochs: Rounds over the pictures.

    Returns:
        The seconds it took.

    Source:
        Goodfellow et al., Generative adversarial nets (2014), arXiv:1406.2661, algorithm 1, with
        the generator's loss of section 3 that does not saturate.
    """
    import keras
    import tensorflow as tf

    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    judges = keras.optimizers.Adam(RATE, beta_1=0.5)
    makes = keras.optimizers.Adam(RATE, beta_1=0.5)
    judges.build(discriminator.trainable_variables)
    makes.build(generator.trainable_variables)
    dimensions = generator.input_shape[1]

    @tf.function(reduce_retracing=True)
    def step(batch):
        noise = tf.random.normal((BATCH, dimensions))
        with tf.GradientTape(persistent=True) as tape:
            fake = tf.sigmoid(generator(noise, training=True))
            on_real = discriminator(batch, training=True)
            on_fake = discriminator(fake, training=True)
            judged = loss(tf.ones_like(on_real), on_real) + loss(tf.zeros_like(on_fake), on_fake)
            made = loss(tf.ones_like(on_fake), on_fake)
        for optimizer, value, network in [
            (judges, judged, discriminator),
            (makes, made, generator),
        ]:
            weights = network.trainable_variables
            optimizer.apply(tape.gradient(value, weights), weights)

    start = time.perf_counter()
    batches = tf.data.Dataset.from_tensor_slices(pictures).shuffle(len(pictures)).batch(BATCH)
    for batch in batches.repeat(epochs):
        step(batch)
    return time.perf_counter() - start
