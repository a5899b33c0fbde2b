"""The latent-space widget before any script has run. `latent.js` is the rest of it."""

import base64
from pathlib import Path

from utils.widgets._still import _one_of

RESULTS = Path(__file__).resolve().parent.parent.parent / "experiments" / "results"
FACES = 4  # to choose from
NOTES = {
    "digits": "The map shows decodings of 14 by 14 points of a plane with two latent dimensions. "
    "Drag the point, or move it with the arrow keys.",
    "faces": "Synthetic faces. To the right the smile vector is added to the code of the chosen "
    "face, up the glasses vector. Drag the point, or move it with the arrow keys.",
}


def start(*, model: str = "digits", place: tuple[float, float] = (0.0, 0.0)) -> dict:
    """Check how the widget starts.

    Args:
        model: "digits", the VAE of the study `digit_latent`, or "faces", that of `face_latent`.
        place: Where the point lies: two latent coordinates from -3 to 3, or for faces strengths
            from -1.5 to 1.5 of the smile vector and of the glasses vector.

    Returns:
        The state, ready for JSON: the choices, and for both models the units of the decoder's
        layers, its weights as float16 in base64, and the planes that the point can move in.

    Raises:
        ValueError: If an argument has another value.
    """
    _one_of("model", model, NOTES)
    models = {"digits": _digits(), "faces": _faces()}
    limit = models[model]["limit"]
    place = [float(value) for value in place]
    if len(place) != 2 or not all(-limit <= value <= limit for value in place):
        raise ValueError(
            f"place must be two numbers from {-limit} to {limit}. Received: place={place}"
        )
    return {"model": model, "place": place, "models": models}


def still(state: dict) -> tuple[str, str]:
    """Draw decodings of the map, enlarged, and the one at the point.

    Args:
        state: What `start` returned.

    Returns:
        HTML with a picture and a sentence, and the sentence alone.
    """
    model = state["models"][state["model"]]
    x, y = (f"{value:g}".replace("-", "−") for value in state["place"])
    sentence = (
        f"The latent plane of {state['model']}, with the point at {model['axes'][0]} = {x}, "
        f"{model['axes'][1]} = {y}."
    )
    picture = (
        f'<img class="w-still" alt="{sentence}" width="320" style="max-width:100%;height:auto" '
        f'src="data:image/bmp;base64,{_map(state)}">\n<p>{sentence}'
        " With JavaScript you can drag the point here and see what the decoder makes of it.</p>"
    )
    return picture, sentence


def _network(study, name):
    """Kernels and biases of a network of dense layers, in pairs, as they are stored."""
    from safetensors.numpy import load_file

    tensors = load_file(RESULTS / f"{study}.safetensors")
    count = sum(key.startswith(f"{name}/") for key in tensors)
    arrays = [tensors[f"{name}/{place}"] for place in range(count)]
    return list(zip(arrays[::2], arrays[1::2], strict=True))


def _run(layers, inputs):
    """Through dense layers with ReLU between them, in float64."""
    import numpy as np

    outputs = np.asarray(inputs, "float64")
    for index, (kernel, bias) in enumerate(layers):
        outputs = outputs @ kernel.astype("float64") + bias
        outputs = np.maximum(outputs, 0) if index < len(layers) - 1 else outputs
    return outputs


def _packed(layers):
    numbers = b"".join(
        array.astype("<f2").tobytes() for kernel, bias in layers for array in (kernel, bias)
    )
    units = [len(layers[0][0]), *(len(bias) for _, bias in layers)]
    return {"units": units, "weights": base64.b64encode(numbers).decode()}


def _digits():
    return _packed(_network("digit_latent", "decoder")) | {
        "axes": ["z₁", "z₂"],
        "limit": 3,
        "count": 14,
        "note": NOTES["digits"],
        "planes": [{"origin": [0, 0], "right": [1, 0], "up": [0, 1]}],
    }


def _faces():
    from utils import faces

    *hidden, mean, _ = _network("face_latent", "encoder")  # the last is the log-variance

    def encode(pictures):
        return _run([*hidden, mean], pictures.reshape(len(pictures), -1) / 255)

    pictures, labels = faces.draw_faces(1000, 4)
    codes = encode(pictures)
    glad, sad = labels["smile"] > 0.5, labels["smile"] < -0.5
    smile = codes[glad].mean(axis=0) - codes[sad].mean(axis=0)
    with_glasses = labels["glasses"] == 1
    glasses = codes[with_glasses].mean(axis=0) - codes[~with_glasses].mean(axis=0)
    chosen, known = faces.draw_faces(200, 3)
    # Faces without glasses and with a straight mouth, so that both can come.
    plain = [
        next(i for i in range(200) if known["hair"][i] == hair and abs(known["smile"][i]) < 0.15
             and known["glasses"][i] == 0 and (known["skin"][i] > 0.7) == light)
        for hair, light in [(2, True), (0, True), (1, False), (2, False)]
    ]  # fmt: skip
    right, up = smile.round(4).tolist(), glasses.round(4).tolist()
    return _packed(_network("face_latent", "decoder")) | {
        "axes": ["smile", "glasses"],
        "limit": 1.5,
        "count": 9,
        "note": NOTES["faces"],
        "planes": [
            {"origin": code.round(4).tolist(), "right": right, "up": up}
            for code in encode(chosen[plain])
        ],
    }


def _map(state):
    """The map with a frame around the decoding nearest to the point, as a bitmap in base64.

    Not a PNG: its bytes depend on the version of a compression library.
    """
    import io

    import numpy as np
    from PIL import Image

    model = state["models"][state["model"]]
    plane = {name: np.array(values) for name, values in model["planes"][0].items()}
    study = {"digits": "digit_latent", "faces": "face_latent"}[state["model"]]
    layers = _network(study, "decoder")
    count, limit = 3, model["limit"]
    ticks = limit * ((2 * np.arange(count) + 1) / count - 1)
    points = np.array([
        plane["origin"] + x * plane["right"] + y * plane["up"] for y in ticks[::-1] for x in ticks
    ])  # fmt: skip
    gray = 1 / (1 + np.exp(-_run(layers, points)))
    size = int(gray.shape[1] ** 0.5)
    tiles = np.rint(15 * gray).reshape(count, count, size, size) * 17
    column = np.abs(ticks - state["place"][0]).argmin()
    row = np.abs(ticks[::-1] - state["place"][1]).argmin()
    tiles[row, column, [0, -1]] = tiles[row, column, :, [0, -1]] = 136  # a frame
    pixels = tiles.transpose(0, 2, 1, 3).reshape(count * size, -1).astype("uint8")
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "BMP")
    return base64.b64encode(file.getvalue()).decode()
