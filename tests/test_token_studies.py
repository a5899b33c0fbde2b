"""The studies of section 6.7: rules, reorderings, networks of equal size, equivariance."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils import experiments

thorough = settings(max_examples=60, deadline=None, derandomize=True)
vit = experiments.open_study("vit")
scheduler = experiments.open_study("scheduler")


def placed_by_loops(nodes, task, rule):
    """The rule's node in one state, by loops over its words; None for "none"."""
    fits = [n for n, (cpu, memory, _, accelerator, *_) in enumerate(nodes)
            if cpu >= task[0] and memory >= task[1] and accelerator >= task[2]]  # fmt: skip
    if not fits:
        return None
    if rule == "best fit":
        return min(fits, key=lambda n: nodes[n][0] + nodes[n][1])
    zones = [node[4:].argmax() for node in nodes]
    loads = {z: np.mean([node[2] for node, zone in zip(nodes, zones, strict=True) if zone == z])
             for z in set(zones)}  # fmt: skip
    return min(fits, key=lambda n: (loads[zones[n]], nodes[n][2]))


@given(st.integers(1, 12), st.integers(0, 10**6), st.sampled_from(scheduler.RULES))
@thorough
def test_placements_are_those_of_the_rules_words(count, seed, rule):
    nodes, tasks = scheduler.states(20, count, seed)
    answers = scheduler.placements(nodes, tasks, rule)
    assert scheduler.allowed(nodes, tasks)[np.arange(20), answers].all()
    for one, task, answer in zip(nodes, tasks, answers, strict=True):
        assert answer == (count if (by := placed_by_loops(one, task, rule)) is None else by)


@given(st.integers(0, 10**6), st.sampled_from(scheduler.RULES))
@thorough
def test_placements_follow_a_new_order_of_the_nodes(seed, rule):
    nodes, tasks = scheduler.states(50, 8, seed)
    order = np.random.default_rng(seed).permutation(8)
    moved = scheduler.placements(nodes[:, order], tasks, rule)
    np.testing.assert_array_equal(
        np.array([*order, 8])[moved], scheduler.placements(nodes, tasks, rule)
    )


@pytest.mark.parametrize("kind", scheduler.NETWORKS)
def test_networks_of_the_scheduler_have_equal_size_and_their_symmetry(kind):
    keras.utils.set_random_seed(0)
    model = scheduler.network(kind)
    reference = scheduler.network("attention").count_params()
    assert model.count_params() == pytest.approx(reference, rel=0.05)
    nodes, tasks = scheduler.states(30, 8, 0)
    order = np.random.default_rng(1).permutation(8)
    scores, moved = (np.array(model([n, tasks])) for n in (nodes, nodes[:, order]))
    assert scores.shape == (30, 9)
    follows = np.allclose(moved, scores[:, [*order, 8]], atol=1e-5)
    assert follows != kind.startswith("plain")
    more = scheduler.states(2, 17, 0)
    if follows:
        assert model(more).shape == (2, 18)
    else:
        with pytest.raises(ValueError, match="incompatible"):
            model(more)


def test_only_the_pooled_networks_see_other_nodes():
    nodes, tasks = scheduler.states(30, 8, 0)
    changed = nodes.copy()
    changed[:, 1:] = scheduler.states(30, 8, 1)[0][:, 1:]
    for kind, sees in (("attention", True), ("pooled", True), ("node by node", False)):
        model = scheduler.network(kind)
        first, second = (np.array(model([n, tasks]))[:, 0] for n in (nodes, changed))
        assert np.allclose(first, second, atol=1e-6) != sees


def test_vision_networks_have_equal_size():
    weights = {kind: vit.network(kind).count_params() for kind in vit.NETWORKS}
    assert weights["convnet"] == pytest.approx(weights["ViT"], rel=0.02)
    assert weights["ViT"] - weights["ViT without positions"] == 16 * 32


@given(st.integers(0, 10**6), st.sampled_from(vit.ORDERS))
@thorough
def test_reorderings_are_permutations_and_keep_patches_whole(seed, order):
    places = vit.reordering(order, seed)
    np.testing.assert_array_equal(np.sort(places), np.arange(784))
    images = np.arange(784).reshape(1, 28, 28, 1)
    moved = vit.reordered(images, places)[0, ..., 0]
    np.testing.assert_array_equal(moved.ravel(), places)
    steps = np.diff(moved.reshape(28, 4, 7), axis=-1)  # inside the patches' rows
    assert (steps == 1).all() == (order != "pixels reordered")


def test_an_untrained_network_is_new_and_reproducible():
    first = vit.untrained("convnet", 0)
    before = first.get_weights()
    images, labels = vit.pictures("train")
    vit.train(first, images[:64], labels[:64], seed=0)
    after = first.get_weights()
    second = vit.untrained("convnet", 0)
    assert second is first
    for one, other in zip(before, second.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    vit.train(second, images[:64], labels[:64], seed=0)
    for one, other in zip(after, second.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_unknown_names_are_named():
    with pytest.raises(ValueError, match=r"rule must be one of .* Received: rule='worst'"):
        scheduler.placements(*scheduler.states(1, 3, 0), "worst")
    with pytest.raises(ValueError, match=r"kind must be one of .* Received: kind='GRU'"):
        scheduler.network("GRU")
    with pytest.raises(ValueError, match=r"kind must be one of .* Received: kind='GRU'"):
        vit.network("GRU")
    with pytest.raises(ValueError, match=r"order must be one of .* Received: order='upside'"):
        vit.reordering("upside", 0)
