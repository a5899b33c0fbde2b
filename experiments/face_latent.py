"""Directions, paths and plausible points in the latent space of a VAE of synthetic faces.

Question: A VAE learns 8,000 synthetic faces (`utils.faces`) without labels. How much does the smile
of a decoding change along the difference of two group means, what else changes, and how many
labeled examples does that take? Does the direction carry glasses along if smile and glasses are
correlated, and is it the training faces or the labeled examples that decide? Are the middles of
latent paths nearer to faces than the middles of pixel mixtures? How near are decodings of random
latent points, compared with random pixels?

Metric: All pictures are read by a measurer: a dense network that learned the eleven attributes from
8,000 other faces of the generator, independent of the VAE. Smile is its output, glasses its
probability above 0.5, hair the most probable of three styles. The distance of a picture is the root
mean square difference, gray from 0 to 1, from the face that the generator draws with the attributes
read: an upper bound of how far it is from the generator's family. Sharpness is the mean square of
the Laplacian, divided by that of held-out faces. Directions are added to the mean codes of 500
held-out faces with independent attributes; groups are smiles above 0.5 and below -0.5; strength 1
adds once the difference of the means. For each number n of labeled examples a direction is found 20
times and brought to the length of the direction of 1,000 examples. Controls: 20 random directions
of that length, and the difference of the group means in pixels. Paths join 200 pairs of held-out
faces; no face is in two pairs. Weights are rounded to float16 before anything is measured.

Selection: None. Sizes, rate, beta and epochs were chosen beforehand, on other held-out faces, by
the share of the smile's variance that is linear in the codes. Every row of the grid is kept.

Interval: 95 %, Student's t over the seeds. A seed draws training faces, labeled examples, held-out
faces and all initial weights, of the VAE and of the measurer.
"""

import time
from pathlib import Path

import numpy as np

from utils import faces

RANGES = list(faces.RANGES.items())
LATENT_DIM = 12
BETA = 0.1
GRID = [{"entangled": entangled, "faces": 8000, "epochs": 15} for entangled in (0.0, 0.8)]
SEEDS = range(5)
TOY = {"entangled": 0.8, "faces": 200, "epochs": 1}
PACKAGES = ("tensorflow", "keras", "numpy")
WEIGHTS = Path(__file__).parent / "results" / "face_latent.safetensors"
STRENGTHS = (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)
COUNTS = (4, 10, 30, 100, 300, 1000)  # of labeled examples
EXAMPLES = 1000
METRICS = {
    "seconds_training": "seconds of training the VAE",
    "reconstruction": "negative log likelihood of held-out faces, nats a picture",
    "kl": "KL divergence on held-out faces, nats a picture",
    "smile_error_real": "mean absolute error of the measurer's smile on held-out faces",
    "smile_error_decoded": "the same on their reconstructions, against the smile drawn",
    "glasses_accuracy_real": "share of held-out faces whose glasses are read right",
    "glasses_accuracy_decoded": "the same on their reconstructions",
    "hair_accuracy_real": "share of held-out faces whose hair style is read right",
    "hair_accuracy_decoded": "the same on their reconstructions",
    **{f"smile_at_{s:g}": f"mean smile at strength {s:g} of the smile vector" for s in STRENGTHS},
    "gain": "smile at strength 1 minus smile at -1",
    "random_gain": "the same along a random direction, mean of the magnitude",
    "pixel_gain": "the same for the difference of group means in pixels",
    "glasses_changed": "share of faces whose glasses differ between strengths -1 and 1",
    "hair_changed": "share of faces whose hair differs between strengths -1 and 1",
    "random_glasses_changed": "the same for glasses along a random direction",
    "random_hair_changed": "the same for hair along a random direction",
    "latent_distance": "distance of decodings at strength 1",
    "pixel_distance": "distance of faces with the pixel difference added, clipped to 0 to 1",
    **{f"gain_of_{n}": f"gain of a direction from {n} examples, mean over 20" for n in COUNTS},
    "glasses_by_balanced": "share with glasses at strength 1 minus at -1, independent examples",
    "glasses_by_entangled": "the same, examples with smile and glasses correlated by 0.8",
    "gain_by_entangled": "gain of the direction from these examples",
    "real_distance": "distance of held-out faces",
    "reconstructed_distance": "distance of reconstructions",
    "prior_distance": "distance of decodings of random latent points",
    "noise_distance": "distance of pictures of uniform random pixels",
    "marginal_distance": "distance of pictures whose pixels come from different held-out faces",
    "shuffled_distance": "distance of faces whose sixteen 8×8 patches are shuffled",
    "path_latent_distance": "distance of the middle of a latent path",
    "path_pixel_distance": "distance of the middle of a pixel mixture",
    "path_latent_nearer": "share of pairs whose latent middle has the smaller distance",
    "path_latent_sharpness": "sharpness of the middle of a latent path",
    "path_pixel_sharpness": "sharpness of the middle of a pixel mixture",
    "path_latent_unsure": "share of the way on which glasses are read with 10 to 90 %, latent",
    "path_pixel_unsure": "the same for pixel mixtures; pairs of which one has glasses",
    "reconstructed_sharpness": "sharpness of reconstructions",
    "prior_sharpness": "sharpness of decodings of random latent points",
    "prior_glasses": "share with glasses among decodings of random latent points",
    "prior_hair_least": "share of the rarest hair style among them",
    "prior_smile_sd": "standard deviation of the smile among them; 0.58 in the generator",
}


def run(config: dict, seed: int) -> dict[str, float]:
    """Train and measure; the first configuration's first seed also stores its weights.

    Args:
        config: entangled, correlation of smile and glasses in the training faces; faces, how
            many; epochs.
        seed: Seed of everything.

    Returns:
        The metrics, by the names of `METRICS`.
    """
    import keras

    from utils.pretrained import save_float16

    keras.utils.set_random_seed(seed)
    vae, seconds = train(config, seed)
    models = {
        "encoder": vae.encoder,
        "decoder": vae.decoder,
        "measurer": train_measurer(config["faces"], config["epochs"], seed),
    }
    for model in models.values():
        model.set_weights([w.astype("float16").astype("float32") for w in model.get_weights()])
    if config == GRID[0] and seed == SEEDS[0]:
        save_float16(models, WEIGHTS)
    return {"seconds_training": seconds, **measure(models, seed)}


def decoder():
    """The decoder, which is also the generator of the study `face_gan`.

    Returns:
        A Keras model from (batch, 12) to the logits of pixels, (batch, 32, 32, 1).
    """
    from utils.models import dense_decoder

    return dense_decoder((faces.SIZE, faces.SIZE, 1), LATENT_DIM, (128, 64))


def new_models() -> dict:
    """The three networks, untrained.

    Returns:
        Keras models by name: encoder, from pictures in [0, 1] to [mean, log_var]; decoder;
        measurer, from pictures to 13 numbers, see `read`.
    """
    import keras

    from utils.models import dense_encoder

    picture = keras.Input((faces.SIZE, faces.SIZE, 1))
    x = keras.layers.Flatten()(picture)
    for units in (256, 128):
        x = keras.layers.Dense(units, activation="relu")(x)
    return {
        "encoder": dense_encoder((faces.SIZE, faces.SIZE, 1), LATENT_DIM, (256, 128)),
        "decoder": decoder(),
        "measurer": keras.Model(picture, keras.layers.Dense(len(faces.RANGES) + 4)(x)),
    }


def train(config: dict, seed: int) -> tuple:
    """Train a VAE on faces.

    Args:
        config: As for `run`.
        seed: Draws the faces.

    Returns:
        The VAE, and the seconds of `fit`.
    """
    from utils.models import VariationalAutoencoder

    pictures, _ = faces.draw_faces(config["faces"], 10 * seed, config["entangled"])
    models = new_models()
    vae = VariationalAutoencoder(models["encoder"], models["decoder"], BETA)
    return vae, _fit(vae, pictures / np.float32(255), None, config["epochs"])


def train_measurer(number: int, epochs: int, seed: int):
    """Train the network that reads attributes off pictures.

    Args:
        number: How many faces it sees; their attributes are independent.
        epochs: Rounds over them.
        seed: Draws the faces.

    Returns:
        A Keras model, see `read`.
    """
    from keras import ops

    pictures, attributes = faces.draw_faces(number, 10 * seed + 1)
    scaled = [2 * (attributes[n] - low) / (high - low) - 1 for n, (low, high) in RANGES]
    targets = np.column_stack([*scaled, attributes["glasses"], np.eye(3)[attributes["hair"]]])
    numbers = len(RANGES)

    def loss(targets, outputs):
        squares = ops.mean(ops.square(targets[:, :numbers] - outputs[:, :numbers]), axis=-1)
        glasses = ops.binary_crossentropy(
            targets[:, numbers], outputs[:, numbers], from_logits=True
        )
        hair = ops.categorical_crossentropy(
            targets[:, numbers + 1 :], outputs[:, numbers + 1 :], from_logits=True
        )
        return 5 * squares + glasses + hair

    measurer = new_models()["measurer"]
    _fit(measurer, pictures / np.float32(255), targets.astype("float32"), epochs, loss)
    return measurer


def _fit(model, inputs, targets, epochs, loss=None):
    import keras

    steps = epochs * -(-len(inputs) // 32)
    rate = keras.optimizers.schedules.CosineDecay(2e-3, steps)
    model.compile(optimizer=keras.optimizers.Adam(rate), loss=loss)
    start = time.perf_counter()
    model.fit(inputs, targets, batch_size=32, epochs=epochs, verbose=0)
    return time.perf_counter() - start


def encode(models: dict, pictures: np.ndarray) -> np.ndarray:
    """Mean codes of pictures.

    Args:
        models: Networks by name.
        pictures: Gray from 0 to 1, shape (N, 32, 32, 1).

    Returns:
        Codes, float32, shape (N, 12).
    """
    return np.asarray(models["encoder"](pictures.astype("float32"))[0])


def decode(models: dict, codes: np.ndarray) -> np.ndarray:
    """Pictures of codes.

    Args:
        models: Networks by name.
        codes: Latent points, shape (N, 12).

    Returns:
        Gray from 0 to 1, float32, shape (N, 32, 32, 1).
    """
    logits = np.asarray(models["decoder"](codes.astype("float32")))
    return 1 / (1 + np.exp(-logits))


def read(models: dict, pictures: np.ndarray) -> dict[str, np.ndarray]:
    """Attributes of pictures, as the measurer sees them.

    Args:
        models: Networks by name.
        pictures: Gray from 0 to 1, shape (N, 32, 32, 1).

    Returns:
        By name, shape (N,) each: the numbers of `faces.RANGES`; glasses, a probability; hair, the
        most probable style.
    """
    outputs = np.asarray(models["measurer"](pictures.astype("float32")))  # (N, 13)
    found = {
        name: low + (outputs[:, place] + 1) / 2 * (high - low)
        for place, (name, (low, high)) in enumerate(RANGES)
    }
    found["glasses"] = 1 / (1 + np.exp(-outputs[:, len(RANGES)]))
    found["hair"] = outputs[:, len(RANGES) + 1 :].argmax(axis=1)
    return {name: found[name] for name in faces.ATTRIBUTES}


def distance(models: dict, pictures: np.ndarray) -> np.ndarray:
    """Distance of pictures from the faces that the generator draws with the attributes read.

    Args:
        models: Networks by name.
        pictures: Gray from 0 to 1, shape (N, 32, 32, 1).

    Returns:
        Root mean square differences, shape (N,).
    """
    found = read(models, pictures)
    for name, (low, high) in RANGES:
        found[name] = np.clip(found[name], low, high)
    found["glasses"] = (found["glasses"] > 0.5).astype(int)
    difference = pictures - faces.render(found) / 255
    return np.sqrt(np.mean(np.square(difference), axis=(1, 2, 3)))


def laplacian_energy(pictures: np.ndarray) -> float:
    """Mean square of the Laplacian: how much neighboring pixels differ.

    Args:
        pictures: Gray from 0 to 1, shape (N, 32, 32, 1).

    Returns:
        The mean over pixels and pictures.
    """
    p = pictures[..., 0]
    edges = 4 * p[:, 1:-1, 1:-1] - p[:, :-2, 1:-1] - p[:, 2:, 1:-1] - p[:, 1:-1, :-2]
    return float(np.mean(np.square(edges - p[:, 1:-1, 2:])))


def group_difference(values: np.ndarray, smile: np.ndarray) -> np.ndarray:
    """Mean over smiling faces minus mean over sad ones.

    Args:
        values: Codes or pictures, shape (N, ...).
        smile: Their labels, shape (N,).

    Returns:
        The difference, shape (...).
    """
    return values[smile > 0.5].mean(axis=0) - values[smile < -0.5].mean(axis=0)


def shuffle_patches(pictures: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Put the sixteen 8×8 patches of each picture in random places.

    Args:
        pictures: Shape (N, 32, 32, 1).
        rng: Draws the places.

    Returns:
        Pictures of the same shape.
    """
    patches = pictures.reshape(-1, 4, 8, 4, 8).transpose(0, 1, 3, 2, 4).reshape(-1, 16, 8, 8)
    places = rng.permuted(np.tile(np.arange(16), (len(patches), 1)), axis=1)
    patches = np.take_along_axis(patches, places[:, :, np.newaxis, np.newaxis], axis=1)
    return patches.reshape(-1, 4, 4, 8, 8).transpose(0, 1, 3, 2, 4).reshape(-1, 32, 32, 1)


def measure(models: dict, seed: int) -> dict[str, float]:
    """All metrics but the seconds.

    Args:
        models: encoder, decoder and measurer, trained.
        seed: Draws held-out faces, examples, random directions and points.

    Returns:
        Metrics by name.
    """
    rng = np.random.default_rng(10 * seed + 2)
    pictures, truth = faces.draw_faces(900, 10 * seed + 3)
    pictures = pictures / np.float32(255)
    codes = encode(models, pictures)
    decoded = decode(models, codes)
    real = laplacian_energy(pictures)
    return {
        **_quality(models, pictures, truth, decoded),
        **_directions(models, pictures[:500], codes[:500], seed, rng),
        **_paths(models, pictures[500:], codes[500:], truth["glasses"][500:], real),
        **_plausible(models, pictures[:500], decoded[:500], real, rng),
    }


def _quality(models, pictures, truth, decoded):
    mean, log_var = (np.asarray(v) for v in models["encoder"](pictures))
    p = np.clip(decoded, 1e-7, 1 - 1e-7)
    nats = -(pictures * np.log(p) + (1 - pictures) * np.log(1 - p)).sum(axis=(1, 2, 3))
    kl = ((mean**2 + np.exp(log_var) - 1 - log_var) / 2).sum(axis=1)
    metrics = {"reconstruction": nats.mean(), "kl": kl.mean()}
    for kind, shown in {"real": pictures, "decoded": decoded}.items():
        found = read(models, shown)
        metrics[f"smile_error_{kind}"] = np.abs(found["smile"] - truth["smile"]).mean()
        right = (found["glasses"] > 0.5) == truth["glasses"]
        metrics[f"glasses_accuracy_{kind}"] = right.mean()
        metrics[f"hair_accuracy_{kind}"] = (found["hair"] == truth["hair"]).mean()
    return metrics


def _directions(models, pictures, codes, seed, rng):
    examples, labels = faces.draw_faces(EXAMPLES, 10 * seed + 4)
    examples = examples / np.float32(255)
    known = encode(models, examples)
    vector = group_difference(known, labels["smile"])
    length = np.linalg.norm(vector)

    def at(strength, direction=vector):
        return read(models, decode(models, codes + strength * direction))

    def gain(direction):
        return (at(1, direction)["smile"] - at(-1, direction)["smile"]).mean()

    def changed(name, direction):
        ends = [at(strength, direction)[name] for strength in (-1, 1)]
        ends = [end > 0.5 for end in ends] if name == "glasses" else ends
        return (ends[0] != ends[1]).mean()

    def more_glasses(direction):
        ends = [(at(strength, direction)["glasses"] > 0.5).mean() for strength in (-1, 1)]
        return ends[1] - ends[0]

    random = rng.normal(size=(20, LATENT_DIM))
    random *= length / np.linalg.norm(random, axis=1, keepdims=True)
    metrics = {f"smile_at_{s:g}": at(s)["smile"].mean() for s in STRENGTHS}
    metrics["gain"] = gain(vector)
    metrics["random_gain"] = np.mean([abs(gain(direction)) for direction in random])
    for name in ("glasses", "hair"):
        metrics[f"{name}_changed"] = changed(name, vector)
        metrics[f"random_{name}_changed"] = np.mean([changed(name, d) for d in random])

    in_pixels = group_difference(examples, labels["smile"])
    added = [np.clip(pictures + strength * in_pixels, 0, 1) for strength in (-1, 1)]
    smiles = [read(models, shown)["smile"].mean() for shown in added]
    metrics["pixel_gain"] = smiles[1] - smiles[0]
    metrics["pixel_distance"] = distance(models, added[1]).mean()
    metrics["latent_distance"] = distance(models, decode(models, codes + vector)).mean()

    order = np.argsort(labels["smile"])
    groups = order[labels["smile"][order] < -0.5], order[labels["smile"][order] > 0.5]
    for n in COUNTS:
        gains = []
        for _ in range(20):
            sad, glad = (rng.choice(group, min(n // 2, len(group)), False) for group in groups)
            direction = known[glad].mean(axis=0) - known[sad].mean(axis=0)
            gains.append(gain(direction * length / np.linalg.norm(direction)))
        metrics[f"gain_of_{n}"] = np.mean(gains)

    pair, labels = faces.draw_faces(EXAMPLES, 10 * seed + 5, 0.8)
    entangled = group_difference(encode(models, pair / np.float32(255)), labels["smile"])
    metrics["glasses_by_balanced"] = more_glasses(vector)
    metrics["glasses_by_entangled"] = more_glasses(entangled)
    metrics["gain_by_entangled"] = gain(entangled)
    return metrics


def _paths(models, pictures, codes, glasses, real):
    first, second = slice(0, 200), slice(200, 400)
    way = {
        "latent": lambda t: decode(models, (1 - t) * codes[first] + t * codes[second]),
        "pixel": lambda t: (1 - t) * pictures[first] + t * pictures[second],
    }
    middles = {name: distance(models, path(0.5)) for name, path in way.items()}
    one = glasses[first] != glasses[second]
    metrics = {"path_latent_nearer": (middles["latent"] < middles["pixel"]).mean()}
    for name, path in way.items():
        seen = np.stack([read(models, path(t))["glasses"] for t in np.linspace(0, 1, 21)])
        metrics[f"path_{name}_distance"] = middles[name].mean()
        metrics[f"path_{name}_sharpness"] = laplacian_energy(path(0.5)) / real
        metrics[f"path_{name}_unsure"] = ((seen > 0.1) & (seen < 0.9))[:, one].mean()
    return metrics


def _plausible(models, pictures, decoded, real, rng):
    random = decode(models, rng.normal(size=(500, LATENT_DIM)))
    shown = {
        "real": pictures,
        "reconstructed": decoded,
        "prior": random,
        "noise": rng.random(pictures.shape),
        "marginal": rng.permuted(pictures, axis=0),
        "shuffled": shuffle_patches(pictures, rng),
    }
    metrics = {f"{name}_distance": distance(models, p).mean() for name, p in shown.items()}
    metrics["reconstructed_sharpness"] = laplacian_energy(decoded) / real
    return metrics | {f"prior_{k}": v for k, v in coverage(models, random, real).items()}


def coverage(models: dict, generated: np.ndarray, real: float) -> dict[str, float]:
    """How sharp generated faces are, and whether they show what the generator's faces show.

    Args:
        models: Networks by name.
        generated: Gray from 0 to 1, shape (N, 32, 32, 1).
        real: Laplacian energy of held-out faces.

    Returns:
        sharpness, glasses, hair_least and smile_sd, see `METRICS`.
    """
    found = read(models, generated)
    styles = np.bincount(found["hair"], minlength=3) / len(generated)
    return {
        "sharpness": laplacian_energy(generated) / real,
        "glasses": (found["glasses"] > 0.5).mean(),
        "hair_least": styles.min(),
        "smile_sd": found["smile"].std(),
    }


def load(path: Path = WEIGHTS) -> dict:
    """The networks of the first configuration's first seed.

    Args:
        path: The safetensors file.

    Returns:
        Keras models by name, as from `new_models`, with their trained weights.
    """
    from utils.pretrained import load_float16

    models = new_models()
    load_float16(models, path)
    return models
