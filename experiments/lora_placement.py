"""Rank and placement of LoRA in a small Transformer encoder that goes from digits to clothes.

Question: An encoder that was trained on digits is adapted to clothes with LoRA. Does the test
accuracy depend on which of its kernels get LoRA, at equal rank and at equal numbers of trained
weights, and does it depend on the rank? How far is it from training the head alone, and from
training everything? And is the difference that full training makes of low rank: what is left of
its accuracy when each kernel's difference is cut to rank r afterwards?

Metric: `test`, the share of 3,000 test pictures of Fashion-MNIST that get their own label after the
last step; `trained`, the number of weights that are trained, the head's 330 included; `kept_r`, the
share of the energy (sum of squares) of a kernel's difference that its best approximation of rank r
keeps, mean over the kernels that changed, 1 if none did; `rate`, the highest learning rate. The
encoder, in PyTorch, has two blocks with normalization first: 16 tokens, which are the 7×7 patches
of a 28×28 picture, width 32, four heads, 96 hidden units. At equal rank a matrix of the MLP has
twice the trained weights of a matrix of the attention, so rank 4 on query and value, 2 on all
attention, 2 on the MLP and 1 on everything train equally many. It is trained on 10,000 digits for 2
epochs in batches of 64, then gets a new head, and is adapted to 1,000 clothes for 5 epochs in
batches of 32; Adam, a rate that falls to 0 along a cosine. The head is trained with LoRA, and
nothing else; A starts as in PEFT, and the scaling is 1. "full, cut" trains everything and then cuts
the differences of the twelve kernels to the rank; rank 0 is no LoRA. All placements and ranks of a
seed train side by side, as adapters of rank 8 on every kernel: the columns that a method lacks
start with A = B = 0 and therefore never move.

Selection: For each method and rank the rate among five that is best on 2,000 validation pictures in
the study `lora_rates`, whose seed is another. Test pictures choose nothing. Three earlier plans
were given up. The first went from clothes to digits in 160 steps with rates of 0.002, 0.008 and
0.032: training everything reached 64 % in validation, the way was too long for so few steps. The
second was this one with rates of 0.003, 0.012 and 0.048, and in validation the best ones lay at the
ends. The third had these five rates and chose them at rank 2 for all ranks of a placement. It ran
to its end, and its test rows were read: from rank 2 to 8 the accuracy fell by up to 11 points. A
rate that is too high for the higher rank could do that, so now each rank has its own.

Interval: 95 %, Student's t over the seeds; differences paired by seed. A seed draws the weights of
the encoder, the order of the digits, the new head, the 1,000 clothes, their order and A, all of
which the runs of one seed share. The intervals do not cover other test pictures, and none is
corrected for their number.
"""

import copy
import functools
import math
from pathlib import Path

import numpy as np

from utils.reference.lora import kept_energy, low_rank, trained_weights

PLACEMENTS = {
    "query, value": ("query", "value"),
    "attention": ("query", "key", "value", "output"),
    "MLP": ("up", "down"),
    "everything": ("query", "key", "value", "output", "up", "down"),
}
KERNELS = PLACEMENTS["everything"]
RANKS = (1, 2, 4, 8)
METHODS = [("head", 0), ("full", 0)]
METHODS += [(placement, rank) for placement in PLACEMENTS for rank in RANKS]
METHODS += [("full, cut", rank) for rank in RANKS]
GRID = [{"method": method, "rank": rank, "pictures": 1000} for method, rank in METHODS]
SEEDS = range(5)
TOY = {"method": "attention", "rank": 2, "pictures": 64}
PACKAGES = ("torch", "numpy")
DATA = ("digits10k", "fashion_mnist")
METRICS = {
    "test": "share of 3,000 test pictures with their own label",
    "trained": "weights that are trained",
    **{f"kept_{rank}": f"share of a difference's energy within rank {rank}" for rank in RANKS},
    "rate": "highest learning rate",
}

WIDTH, HEADS, HIDDEN, BLOCKS, PATCH = 32, 4, 96, 2, 7
DIGITS_A_PICTURE = 10  # of the training before
BEFORE = {"epochs": 2, "batch_size": 64, "rate": 0.003}
ADAPTING = {"epochs": 5, "batch_size": 32}
CLOTHES = {"training": "train[:6000]", "validation": "train[6000:8000]", "test": "test[:3000]"}
FACTORS = Path(__file__).parent / "results" / "lora_placement.safetensors"  # of the first seed


def run(config: dict, seed: int) -> dict[str, float]:
    """Adapt the encoder at the chosen rate and test it; full training of seed 0 is stored.

    Args:
        config: method, "head", "full", "full, cut" or one of `PLACEMENTS`; rank, 0 for none;
            pictures, the number of training pictures.
        seed: Draws weights, data and order.

    Returns:
        The metrics, by the names of `METRICS`.

    Raises:
        ValueError: If the method is unknown, or has no such rank.
    """
    method, rank, pictures = config["method"], config["rank"], config["pictures"]
    if (method, rank) not in METHODS:
        raise ValueError(f"method and rank must be of {METHODS}. Received: {method!r}, {rank}")
    rates = chosen_rates()
    if method.startswith("full"):
        rate = rates["full", 0]
        before, after = full(pictures, rate, seed)
    else:
        thin = tuple((*one, rates[one]) for one in METHODS if not one[0].startswith("full"))
        rate = rates[method, rank]
        before, after = side_by_side(thin, pictures, seed)[method, rank, rate]
    differences = kernel_differences(before, after)
    if method == "full, cut":
        after = cut(after, differences, rank)
    if config == GRID[1] and seed == SEEDS[0]:
        store(differences)
    kept = [kept_energy(one) for one in differences.values() if one.any()]
    return {
        "test": accuracy(after, *clothes("test")),
        "trained": trained(before, method, rank),
        **{f"kept_{r}": float(np.mean([one[r - 1] for one in kept] or [1])) for r in RANKS},
        "rate": rate,
    }


def encoder():
    """The encoder with a head of ten classes, its weights drawn from PyTorch's generator.

    Returns:
        A `torch.nn.Module` from pictures (B, 28, 28) to scores (B, 10).
    """
    import torch
    from torch import nn
    from torch.nn import functional

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
            self.query, self.key, self.value, self.output = (
                nn.Linear(WIDTH, WIDTH) for _ in range(4)
            )
            self.up, self.down = nn.Linear(WIDTH, HIDDEN), nn.Linear(HIDDEN, WIDTH)

        def forward(self, tokens):  # (B, T, D)
            normalized = self.first(tokens)
            heads = [
                layer(normalized).unflatten(-1, (HEADS, -1)).transpose(1, 2)  # (B, H, T, D/H)
                for layer in (self.query, self.key, self.value)
            ]
            query, key, value = heads
            weights = (query @ key.transpose(2, 3) / (WIDTH // HEADS) ** 0.5).softmax(dim=-1)
            tokens = tokens + self.output((weights @ value).transpose(1, 2).flatten(-2))
            return tokens + self.down(functional.relu(self.up(self.second(tokens))))

    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Linear(PATCH**2, WIDTH)
            self.position = nn.Parameter(0.02 * torch.randn((28 // PATCH) ** 2, WIDTH))
            self.blocks = nn.Sequential(*(Block() for _ in range(BLOCKS)))
            self.norm = nn.LayerNorm(WIDTH)
            self.head = nn.Linear(WIDTH, 10)

        def forward(self, images):  # (B, 28, 28)
            side = 28 // PATCH
            patches = images.reshape(-1, side, PATCH, side, PATCH).transpose(2, 3)
            tokens = self.embed(patches.reshape(-1, side**2, PATCH**2)) + self.position
            return self.head(self.norm(self.blocks(tokens)).mean(dim=1))

    return Encoder()


@functools.lru_cache(maxsize=1)
def pretrained(count: int, seed: int):
    """The encoder after its training on digits.

    Args:
        count: Number of digits.
        seed: Draws its weights and the order of the digits.

    Returns:
        The module; do not change it.
    """
    import torch

    torch.manual_seed(seed)
    network = encoder()
    images, labels = digits()
    fit(network, images[:count], labels[:count], **BEFORE, rng=np.random.default_rng(seed))
    return network


def new_head(pictures: int, seed: int):
    """The pretrained encoder with a head for the new task.

    Args:
        pictures: Number of training pictures of the new task.
        seed: As for `run`.

    Returns:
        A module of its own.
    """
    import torch

    network = copy.deepcopy(pretrained(DIGITS_A_PICTURE * pictures, seed))
    torch.manual_seed(seed)
    network.head.reset_parameters()
    return network


@functools.lru_cache(maxsize=1)
def full(pictures: int, rate: float, seed: int) -> tuple:
    """Train everything on clothes.

    Args:
        pictures: Number of training pictures.
        rate: The highest learning rate.
        seed: As for `run`.

    Returns:
        The encoder before, with its new head, and after; neither is to be changed.
    """
    before = new_head(pictures, seed)
    after = copy.deepcopy(before)
    rng = np.random.default_rng(seed)
    fit(after, *some_clothes(pictures, rng), **ADAPTING, rate=rate, rng=rng)
    return before, after


@functools.lru_cache(maxsize=5)
def side_by_side(methods: tuple, pictures: int, seed: int) -> dict[tuple, tuple]:
    """Adapt the encoder by several methods at once, which share data and order.

    Args:
        methods: A triple (method, rank, highest learning rate) each; the method is "head" or one
            of `PLACEMENTS`.
        pictures: Number of training pictures.
        seed: As for `run`.

    Returns:
        By triple, the encoder before, with its new head, and after, LoRA merged; neither is to be
        changed.
    """
    import torch
    from torch import nn

    class Adapters(nn.Module):  # of one frozen layer, one for each of S methods
        def __init__(self, layer, ranks):
            super().__init__()
            start = torch.empty(layer.in_features, max(RANKS)).uniform_(-1, 1)
            start /= math.sqrt(layer.in_features)  # (M, R), as PEFT's default
            columns = torch.arange(max(RANKS)) < torch.tensor(ranks)[:, None, None]  # (S, 1, R)
            self.layer = layer
            self.a = nn.Parameter(start * columns)  # (S, M, R)
            self.b = nn.Parameter(torch.zeros(len(ranks), max(RANKS), layer.out_features))

        def forward(self, inputs):  # (S·B, T, M)
            apart = inputs.reshape(len(self.a), -1, inputs.shape[-1])  # (S, B·T, M)
            thin = apart @ self.a @ self.b  # (S, B·T, N)
            return self.layer(inputs) + thin.reshape(*inputs.shape[:-1], -1)

    class Heads(nn.Module):
        def __init__(self, layer, count):
            super().__init__()
            self.kernel = nn.Parameter(layer.weight.T.repeat(count, 1, 1))  # (S, D, 10)
            self.bias = nn.Parameter(layer.bias.repeat(count, 1, 1))  # (S, 1, 10)

        def forward(self, inputs):  # (S·B, D)
            apart = inputs.reshape(len(self.kernel), -1, inputs.shape[-1])
            return (apart @ self.kernel + self.bias).flatten(0, 1)  # (S·B, 10)

    before = new_head(pictures, seed)
    network = copy.deepcopy(before).requires_grad_(False)
    for block in network.blocks:
        for kernel in KERNELS:
            ranks = [rank * (kernel in PLACEMENTS.get(name, ())) for name, rank, _ in methods]
            setattr(block, kernel, Adapters(getattr(block, kernel), ranks))
    network.head = Heads(network.head, len(methods))
    rng = np.random.default_rng(seed)
    rates = [rate for _, _, rate in methods]
    fit(network, *some_clothes(pictures, rng), **ADAPTING, rate=rates, rng=rng)

    found = {}
    for place, method in enumerate(methods):
        after = copy.deepcopy(before).requires_grad_(False)
        for block, adapted in zip(after.blocks, network.blocks, strict=True):
            for kernel in KERNELS:
                adapters = getattr(adapted, kernel)
                product = adapters.a[place] @ adapters.b[place]  # (M, N)
                getattr(block, kernel).weight += product.T.detach()
        after.head.weight.copy_(network.head.kernel[place].T.detach())
        after.head.bias.copy_(network.head.bias[place, 0].detach())
        found[method] = before, after
    return found


def trained(network, method: str, rank: int) -> int:
    """How many weights a method trains.

    Args:
        network: The encoder.
        method: As in `run`.
        rank: As in `run`.

    Returns:
        The number, the head's weights included.
    """
    if method.startswith("full"):
        return sum(weight.numel() for weight in network.parameters())
    head = sum(weight.numel() for weight in network.head.parameters())
    layers = [getattr(b, k) for b in network.blocks for k in PLACEMENTS.get(method, ())]
    return head + sum(trained_weights(one.in_features, one.out_features, rank) for one in layers)


def fit(network, images, labels, epochs: int, batch_size: int, rate, rng) -> None:
    """Train what requires gradients, with Adam and a rate that falls to 0 along a cosine.

    Args:
        network: A `torch.nn.Module`.
        images: float32 tensor, shape (N, 28, 28).
        labels: int64 tensor, shape (N,).
        epochs: How often each picture is seen.
        batch_size: Pictures a step.
        rate: The first and highest learning rate; or a list of S rates, if all trained weights
            have a first axis of S methods, each of which sees every picture.
        rng: A `numpy.random.Generator` that draws the order.
    """
    import torch
    from torch.nn import functional

    weights = [weight for weight in network.parameters() if weight.requires_grad]
    moments = [(torch.zeros_like(weight), torch.zeros_like(weight)) for weight in weights]
    side = len(rate) if isinstance(rate, list) else 1
    rates = torch.tensor(rate).reshape(-1, 1, 1) if isinstance(rate, list) else rate
    batches = [
        batch
        for _ in range(epochs)
        for batch in torch.tensor(rng.permutation(len(images))).split(batch_size)
    ]
    for step, batch in enumerate(batches):
        scores = network(images[batch].repeat(side, 1, 1))
        loss = functional.cross_entropy(scores, labels[batch].repeat(side), reduction="sum")
        gradients = torch.autograd.grad(loss / len(batch), weights)
        now = rates * (1 + math.cos(math.pi * step / len(batches))) / 2
        with torch.no_grad():
            for weight, gradient, (mean, square) in zip(weights, gradients, moments, strict=True):
                mean.lerp_(gradient, 0.1)
                square.lerp_(gradient**2, 0.001)
                size = (square / (1 - 0.999 ** (step + 1))).sqrt() + 1e-8
                weight -= now * mean / (1 - 0.9 ** (step + 1)) / size


def some_clothes(pictures: int, rng: np.random.Generator) -> tuple:
    """Training pictures.

    Args:
        pictures: Their number.
        rng: Draws them.

    Returns:
        As `clothes`.
    """
    images, labels = clothes("training")
    chosen = rng.permutation(len(images))[:pictures]
    return images[chosen], labels[chosen]


def accuracy(network, images, labels) -> float:
    """Share of right answers.

    Args:
        network: A `torch.nn.Module`.
        images: float32 tensor, shape (N, 28, 28).
        labels: int64 tensor, shape (N,).

    Returns:
        The share, from 0 to 1.
    """
    import torch

    with torch.no_grad():
        return float((network(images).argmax(dim=1) == labels).double().mean())


def kernel_differences(before, after) -> dict[str, np.ndarray]:
    """What the adaptation added to each kernel of the blocks.

    Args:
        before: The encoder before.
        after: The encoder after, LoRA merged.

    Returns:
        Arrays of shape (inputs, outputs), which is the transpose of PyTorch's, by names such as
        "blocks.0.query".
    """
    names = [f"blocks.{block}.{kernel}" for block in range(BLOCKS) for kernel in KERNELS]
    pairs = {name: [n.get_submodule(name).weight for n in (after, before)] for name in names}
    return {name: (new - old).detach().numpy().T for name, (new, old) in pairs.items()}


def cut(network, differences: dict[str, np.ndarray], rank: int):
    """Replace each kernel's difference by its best approximation of a rank.

    Args:
        network: The encoder after.
        differences: As from `kernel_differences`.
        rank: The rank.

    Returns:
        Another encoder.
    """
    import torch

    network = copy.deepcopy(network)
    for name, difference in differences.items():
        a, b = low_rank(difference, rank)
        network.get_submodule(name).weight.data += torch.tensor((a @ b - difference).T)
    return network


def store(differences: dict[str, np.ndarray]) -> None:
    """Store three differences of the second block as factors, for the widget.

    Args:
        differences: As from `kernel_differences`.
    """
    from safetensors.numpy import save_file

    tensors = {}
    for name in ("query", "value", "up"):
        difference = differences[f"blocks.1.{name}"]
        a, b = low_rank(difference, min(difference.shape))
        tensors[f"{name}/a"] = np.ascontiguousarray(a, dtype="float16")
        tensors[f"{name}/b"] = np.ascontiguousarray(b, dtype="float16")
    FACTORS.parent.mkdir(exist_ok=True)
    save_file(tensors, FACTORS)


def chosen_rates() -> dict[tuple[str, int], float]:
    """The best rate of each method and rank by the rows of the study `lora_rates`.

    Returns:
        The rate with the highest validation accuracy, the lower one of equals, by (method, rank).
    """
    from utils import experiments

    table = experiments.load("lora_rates").sort_values("rate", kind="stable")
    best = table.loc[table.groupby(["method", "rank"])["validation"].idxmax()]
    keys = zip(best["method"], best["rank"], strict=True)
    return dict(zip(keys, best["rate"], strict=True))


@functools.cache
def clothes(side: str) -> tuple:
    """The pictures of Fashion-MNIST of one side.

    Args:
        side: "training", "validation" or "test".

    Returns:
        Pictures, float32 tensor from 0 to 1, shape (N, 28, 28), and labels, int64 tensor.
    """
    return _tensors("fashion_mnist", CLOTHES[side])


@functools.cache
def digits() -> tuple:
    """The handwritten digits.

    Returns:
        As `clothes`.
    """
    return _tensors("digits10k", "train")


def _tensors(name, split):
    import torch

    from utils import data

    images, labels = data.load_arrays(name, split)
    return torch.tensor(images[..., 0] / np.float32(255)), torch.tensor(labels)
