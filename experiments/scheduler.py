"""A scheduler whose state is a set of tokens, against networks that read it otherwise.

Question: A cluster has eight nodes, a task wants CPU, memory and perhaps an accelerator. Which
network learns a placement rule from 8,000 examples, and which from 1,000? The rules: `best fit`,
the node on which the least stays free, among those that fit; `zones`, among those that fit a node
of the zone with the least mean load, and there the least loaded one. If none fits, the answer is
"none". The networks, with as many weights within 5 %, `attention` having the fewest: `attention`, a
token for each node and one for the task, two encoder blocks, a score for each node; `pooled`, each
node sees itself, the task and a mean over all nodes; `node by node`, each sees itself and the task;
`plain`, dense layers on all numbers in one row; `plain, reordered`, the same, with the nodes in a
new order in each pass.

Metric: `right`, the share of 4,000 fresh states for which the network names the rule's node, or
"none"; `fits`, the share for which its answer breaks no requirement; `follows`, the share for which
it names the same node after the nodes were reordered; `right_16` and `right_32`, as `right`, with
16 and 32 nodes instead of 8, and -1 for the two plain networks, which cannot read them. States are
drawn at random and the rule is the ground truth: this measures whether a network can learn a rule,
not whether the rule is good for a real cluster.

Selection: None on the rows: every row is reported. One learning rate for all, 0.01: for each
network it was the best of those tried, 0.003 and 0.01 for `attention`, 0.001, 0.003 and 0.01 for
the others, for `zones` from 8,000 examples, on 4,000 states of another draw, with seed 1000, which
is not reported. 400 steps of Adam on batches of 256, a rate that rises for a tenth of the steps and
then falls to 0 along a cosine, for all alike.

Interval: 95 %, Student's t over the seeds, which draw weights, examples and their order;
differences paired by seed. The fresh states are the same for all.
"""

import numpy as np

NODES = 8
ZONES = 3
FEATURES = ("free CPU", "free memory", "load", "accelerator", "zone A", "zone B", "zone C")
WANTS = ("CPU", "memory", "accelerator")
RULES = ("best fit", "zones")
NETWORKS = ("attention", "pooled", "node by node", "plain", "plain, reordered")
RATE = 0.01
STEPS, BATCH_SIZE = 400, 256
FRESH = 4000
GRID = [
    {"network": network, "rule": rule, "examples": count}
    for rule, count in (("best fit", 8000), ("zones", 1000), ("zones", 8000))
    for network in NETWORKS
]
SEEDS = range(5)
TOY = {"network": "attention", "rule": "zones", "examples": 128}
PACKAGES = ("tensorflow", "keras", "numpy")
METRICS = {
    "right": "share of fresh states with the rule's answer, 8 nodes",
    "fits": "share of fresh states whose answer breaks no requirement, 8 nodes",
    "follows": "share of fresh states whose answer follows when the nodes are reordered",
    "right_16": "share of fresh states with the rule's answer, 16 nodes; -1: cannot be read",
    "right_32": "share of fresh states with the rule's answer, 32 nodes; -1: cannot be read",
    "weights": "weights",
}


def run(config: dict, seed: int) -> dict[str, float]:
    """Train one network and measure it.

    Args:
        config: network, one of `NETWORKS`; rule, one of `RULES`; examples, their number.
        seed: Draws weights, examples and their order.

    Returns:
        The metrics, by the names of `METRICS`.

    Raises:
        ValueError: If the network or the rule is unknown.
    """
    kind, rule = config["network"], config["rule"]
    model = untrained(kind, seed)
    nodes, tasks = states(config["examples"], NODES, seed)
    train(model, nodes, tasks, placements(nodes, tasks, rule), kind, seed)

    nodes, tasks = states(FRESH, NODES, 10**6)
    answers = choose(model, nodes, tasks)
    new_order = np.random.default_rng(10**6).permuted(
        np.tile(np.arange(NODES), (FRESH, 1)), axis=1
    )  # (B, N)
    moved = choose(model, np.take_along_axis(nodes, new_order[..., None], axis=1), tasks)
    none = np.full((FRESH, 1), NODES)
    back = np.take_along_axis(np.hstack([new_order, none]), moved[:, None], axis=1)[:, 0]
    found = {
        "right": np.mean(answers == placements(nodes, tasks, rule)),
        "fits": np.mean(allowed(nodes, tasks)[np.arange(FRESH), answers]),
        "follows": np.mean(back == answers),
    }
    for count in (16, 32):
        found[f"right_{count}"] = -1.0
        if not kind.startswith("plain"):
            more, tasks = states(FRESH, count, 10**6)
            answers = choose(model, more, tasks)
            found[f"right_{count}"] = np.mean(answers == placements(more, tasks, rule))
    return {name: float(share) for name, share in found.items()} | {"weights": model.count_params()}


def states(count: int, nodes: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Clusters at a moment, and a task that arrives at each.

    Args:
        count: Number of states.
        nodes: Number of nodes in each.
        seed: Draws them.

    Returns:
        Nodes, float32, shape (count, nodes, 7), with the `FEATURES`: free CPU and memory as shares
        of a node, load from 0 to 1, accelerator and zones 0 or 1. Tasks, float32, shape
        (count, 3), with the `WANTS`.
    """
    rng = np.random.default_rng(seed)
    free = rng.uniform(size=(count, nodes, 2))
    load = rng.uniform(size=(count, nodes, 1))
    accelerator = rng.uniform(size=(count, nodes, 1)) < 0.5
    zone = np.eye(ZONES)[rng.integers(ZONES, size=(count, nodes))]
    wants = rng.uniform(0, 0.5, size=(count, 2))
    wants_accelerator = rng.uniform(size=(count, 1)) < 0.3
    cluster = np.concatenate([free, load, accelerator, zone], axis=-1)
    return cluster.astype("float32"), np.hstack([wants, wants_accelerator]).astype("float32")


def fitting(nodes: np.ndarray, tasks: np.ndarray) -> np.ndarray:
    """Which nodes have what the task wants.

    Args:
        nodes: Shape (B, N, 7), as from `states`.
        tasks: Shape (B, 3).

    Returns:
        Boolean array, shape (B, N).
    """
    return (nodes[..., [0, 1, 3]] >= tasks[:, np.newaxis]).all(axis=-1)


def allowed(nodes: np.ndarray, tasks: np.ndarray) -> np.ndarray:
    """Which answers break no requirement: a node that fits, or "none" where none fits.

    Args:
        nodes: Shape (B, N, 7), as from `states`.
        tasks: Shape (B, 3).

    Returns:
        Boolean array, shape (B, N + 1); the last column is "none".
    """
    fits = fitting(nodes, tasks)
    return np.hstack([fits, ~fits.any(axis=1, keepdims=True)])


def placements(nodes: np.ndarray, tasks: np.ndarray, rule: str) -> np.ndarray:
    """The rule's answers.

    Args:
        nodes: Shape (B, N, 7), as from `states`.
        tasks: Shape (B, 3).
        rule: One of `RULES`.

    Returns:
        Integer array, shape (B,): the number of a node, or N for "none".

    Raises:
        ValueError: If the rule is unknown.
    """
    if rule not in RULES:
        raise ValueError(f"rule must be one of {RULES}. Received: rule={rule!r}")
    candidates = fitting(nodes, tasks)  # (B, N)
    if rule == "best fit":
        cost = nodes[..., 0] + nodes[..., 1]  # less what the task takes, which is equal for all
    else:
        load, zones = nodes[..., 2], nodes[..., 4:]  # (B, N), (B, N, Z)
        in_zone = zones.sum(axis=1)  # (B, Z)
        of_zone = np.einsum("bn,bnz->bz", load, zones) / np.maximum(in_zone, 1)  # (B, Z)
        of_zone = np.take_along_axis(of_zone, zones.argmax(axis=-1), axis=1)  # (B, N)
        least = np.where(candidates, of_zone, np.inf).min(axis=1, keepdims=True)
        candidates, cost = candidates & (of_zone == least), load
    best = np.where(candidates, cost, np.inf).argmin(axis=1)
    return np.where(candidates.any(axis=1), best, nodes.shape[1])


def network(kind: str):
    """A network that scores the nodes, and "none" last.

    Args:
        kind: One of `NETWORKS`.

    Returns:
        A Keras model of nodes (B, N, 7) and tasks (B, 3), with scores of shape (B, N + 1). N is 8
        for the plain networks and any number for the others.

    Raises:
        ValueError: If `kind` is unknown.
    """
    from keras import Model, layers

    from utils.models import EncoderBlock

    if kind not in NETWORKS:
        raise ValueError(f"kind must be one of {NETWORKS}. Received: kind={kind!r}")
    nodes = layers.Input((NODES if kind.startswith("plain") else None, len(FEATURES)))
    tasks = layers.Input((len(WANTS),))
    if kind.startswith("plain"):
        x = layers.Concatenate()([layers.Flatten()(nodes), tasks])  # (B, 59)
        for _ in range(2):
            x = layers.Dense(105, activation="relu")(x)
        return Model([nodes, tasks], layers.Dense(NODES + 1)(x))
    if kind == "attention":
        of_task = layers.Reshape((1, 32))(layers.Dense(32)(tasks))
        x = layers.Concatenate(axis=1)([layers.Dense(32)(nodes), of_task])  # (B, N + 1, D)
        for _ in range(2):
            x = EncoderBlock(4, 64)(x)
        of_nodes, of_task = x[:, :-1], x[:, -1]  # (B, N, D), (B, D)
    else:
        units = 128 if kind == "node by node" else 91
        of_task = layers.Dense(units, activation="relu")(tasks)  # (B, U)
        x = layers.Dense(units)(nodes) + of_task[:, None]  # (B, N, U)
        x = layers.Activation("relu")(x)
        of_nodes = layers.Dense(units)(x)
        if kind == "pooled":
            of_task = layers.Dense(units)(layers.GlobalAveragePooling1D()(x))
            of_nodes = of_nodes + of_task[:, None]
            of_task = layers.Activation("relu")(of_task)
        of_nodes = layers.Activation("relu")(of_nodes)
    scores = layers.Dense(1)(of_nodes)[..., 0]  # (B, N)
    return Model([nodes, tasks], layers.Concatenate()([scores, layers.Dense(1)(of_task)]))


def untrained(kind: str, seed: int, steps: int = STEPS):
    """A network with new weights, compiled for training.

    Args:
        kind: One of `NETWORKS`.
        seed: Draws the weights.
        steps: Number of steps of the training; the study's rows are from `STEPS`.

    Returns:
        A Keras model, as from `network`, which is the same object in each call.

    Raises:
        ValueError: If `kind` is unknown.
    """
    from utils import models

    return models.untrained(network, kind, seed, RATE, steps)


def train(
    model,
    nodes: np.ndarray,
    tasks: np.ndarray,
    answers: np.ndarray,
    kind: str,
    seed: int,
    steps: int = STEPS,
) -> None:
    """Train a network, in place.

    Args:
        model: A network from `untrained`.
        nodes: Shape (B, N, 7), as from `states`.
        tasks: Shape (B, 3).
        answers: The rule's answers, shape (B,).
        kind: One of `NETWORKS`; "plain, reordered" gets the nodes in a new order in each pass.
        seed: Draws the order of the examples and of the nodes.
        steps: As for `untrained`.
    """
    rng, views, count = np.random.default_rng(seed), steps * BATCH_SIZE, len(nodes)
    order = np.concatenate([rng.permutation(count) for _ in range(-(-views // count))])[:views]
    nodes, tasks, answers = nodes[order], tasks[order], answers[order]
    if kind == "plain, reordered":
        places = rng.permuted(np.tile(np.arange(NODES), (views, 1)), axis=1)  # (B, N)
        nodes = np.take_along_axis(nodes, places[..., None], axis=1)
        back = np.hstack([places.argsort(axis=1), np.full((views, 1), NODES)])
        answers = np.take_along_axis(back, answers[:, None], axis=1)[:, 0]
    model.fit([nodes, tasks], answers, BATCH_SIZE, shuffle=False, verbose=0)


def choose(model, nodes: np.ndarray, tasks: np.ndarray) -> np.ndarray:
    """The answers of a network.

    Args:
        model: A network from `network`.
        nodes: Shape (B, N, 7), as from `states`.
        tasks: Shape (B, 3).

    Returns:
        Integer array, shape (B,): the number of a node, or N for "none".
    """
    return np.array(model([nodes, tasks], training=False)).argmax(axis=1)
