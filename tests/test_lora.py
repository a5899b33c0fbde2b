"""NumPy's LoRA equals Keras and PEFT, forward, backward and merged."""

import copy

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from peft import LoraConfig, get_peft_model

from utils import experiments
from utils.reference.lora import (
    difference,
    kept_energy,
    lora_dense,
    lora_gradients,
    low_rank,
    merge,
    scaling,
    trained_weights,
)

thorough = settings(max_examples=40, deadline=None, derandomize=True)


@st.composite
def cases(draw):
    """Inputs with 2 to 4 axes, kernel, A, B, lora_alpha or None, bias and output gradient."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    inputs, outputs, rank = (draw(st.integers(1, 6)) for _ in range(3))
    axes = tuple(draw(st.integers(1, 4)) for _ in range(draw(st.integers(1, 3))))
    return {
        "inputs": rng.normal(size=(*axes, inputs)),
        "kernel": rng.normal(size=(inputs, outputs)),
        "a": rng.normal(size=(inputs, rank)),
        "b": rng.normal(size=(rank, outputs)),
        "lora_alpha": draw(st.sampled_from([None, 1, 3, 16])),
        "bias": rng.normal(size=outputs),
        "output_gradient": rng.normal(size=(*axes, outputs)),
    }


def of(case, *names):
    return {name: case[name] for name in names}


LAYER = ("inputs", "kernel", "a", "b", "lora_alpha")


@thorough
@given(cases())
def test_keras_gives_the_same_forward_and_backward(case):
    kernel, a, b = case["kernel"], case["a"], case["b"]
    layer = keras.layers.Dense(kernel.shape[1], dtype="float64")
    layer.build(case["inputs"].shape)
    layer.enable_lora(a.shape[1], lora_alpha=case["lora_alpha"])
    layer._kernel.assign(kernel)
    layer.bias.assign(case["bias"])
    for weight, value in ((layer.lora_kernel_a, a), (layer.lora_kernel_b, b)):
        weight.assign(value)  # Keras keeps these two in float32
    rounded = case | {"a": a.astype("float32"), "b": b.astype("float32")}
    inputs = tf.Variable(case["inputs"])
    with tf.GradientTape() as tape:
        outputs = layer(inputs)
        loss = tf.reduce_sum(outputs * case["output_gradient"])
    weights = [inputs, layer.lora_kernel_a.value, layer.lora_kernel_b.value]
    close = {"rtol": 1e-5, "atol": 1e-4}
    np.testing.assert_allclose(outputs, lora_dense(**of(rounded, *LAYER, "bias")), **close)
    ours = lora_gradients(**of(rounded, *LAYER, "output_gradient"))
    for mine, theirs in zip(ours, tape.gradient(loss, weights), strict=True):
        np.testing.assert_allclose(mine, theirs, **close)
    merged = merge(kernel, rounded["a"], rounded["b"], case["lora_alpha"])
    np.testing.assert_allclose(layer.kernel, merged, **close)


@thorough
@given(cases())
def test_peft_gives_the_same_forward_backward_and_merged(case):
    kernel, a, b = case["kernel"], case["a"], case["b"]
    rank = a.shape[1]
    alpha = rank if case["lora_alpha"] is None else case["lora_alpha"]
    base = torch.nn.Sequential(torch.nn.Linear(*kernel.shape, dtype=torch.float64))
    base[0].weight.data = torch.tensor(kernel.T.copy())
    base[0].bias.data = torch.tensor(case["bias"])
    config = LoraConfig(r=rank, lora_alpha=alpha, target_modules=["0"])
    network = get_peft_model(base, config, autocast_adapter_dtype=False)
    layer = network.base_model.model[0].double()
    layer.lora_A["default"].weight.data = torch.tensor(a.T.copy())
    layer.lora_B["default"].weight.data = torch.tensor(b.T.copy())
    inputs = torch.tensor(case["inputs"], requires_grad=True)
    outputs = network(inputs)
    (outputs * torch.tensor(case["output_gradient"])).sum().backward()
    expected = lora_dense(**of(case, *LAYER, "bias"))
    np.testing.assert_allclose(outputs.detach(), expected, rtol=1e-9, atol=1e-9)
    by_inputs, by_a, by_b = lora_gradients(**of(case, *LAYER, "output_gradient"))
    np.testing.assert_allclose(inputs.grad, by_inputs, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(layer.lora_A["default"].weight.grad.T, by_a, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(layer.lora_B["default"].weight.grad.T, by_b, rtol=1e-9, atol=1e-9)
    assert layer.scaling["default"] == pytest.approx(scaling(rank, case["lora_alpha"]))
    assert layer.base_layer.weight.grad is None
    trained = sum(p.numel() for p in network.parameters() if p.requires_grad)
    assert trained == trained_weights(*kernel.shape, rank)
    plain = network.merge_and_unload()[0]
    merged = merge(**of(case, *LAYER[1:]))
    np.testing.assert_allclose(plain.weight.detach().T, merged, rtol=1e-9, atol=1e-9)


@thorough
@given(cases())
def test_merging_changes_nothing_and_can_be_undone(case):
    merged = merge(**of(case, *LAYER[1:]))
    outputs = lora_dense(**of(case, *LAYER))
    np.testing.assert_allclose(case["inputs"] @ merged, outputs, rtol=1e-9, atol=1e-9)
    rank = case["a"].shape[1]
    alpha = rank if case["lora_alpha"] is None else case["lora_alpha"]
    again = merge(merged, case["a"], case["b"], -alpha)
    np.testing.assert_allclose(again, case["kernel"], rtol=1e-9, atol=1e-9)
    found = np.linalg.matrix_rank(difference(**of(case, "a", "b", "lora_alpha")))
    assert found <= rank


@thorough
@given(cases())
def test_a_zero_factor_stops_the_gradient_of_the_other(case):
    start = of(case, *LAYER, "output_gradient")
    _, by_a, by_b = lora_gradients(**start | {"b": np.zeros_like(case["b"])})
    assert not by_a.any() and by_b.any()
    _, by_a, by_b = lora_gradients(**start | {"a": np.zeros_like(case["a"])})
    assert by_a.any() and not by_b.any()
    zeros = {"a": np.zeros_like(case["a"]), "b": np.zeros_like(case["b"])}
    _, by_a, by_b = lora_gradients(**start | zeros)
    assert not by_a.any() and not by_b.any()


@thorough
@given(st.integers(0, 2**32 - 1), st.integers(1, 7), st.integers(1, 7), st.data())
def test_no_product_of_this_rank_is_closer(seed, inputs, outputs, data):
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(inputs, outputs))
    rank = data.draw(st.integers(1, min(inputs, outputs)))
    a, b = low_rank(matrix, rank)
    assert a.shape == (inputs, rank) and b.shape == (rank, outputs)
    lost = np.sum((matrix - a @ b) ** 2)
    share = kept_energy(matrix)[rank - 1]
    np.testing.assert_allclose(1 - lost / np.sum(matrix**2), share, atol=1e-9)
    other = rng.normal(size=(inputs, rank))
    fitted = other @ np.linalg.lstsq(other, matrix, rcond=None)[0]  # the best with these columns
    assert np.sum((matrix - fitted) ** 2) >= lost - 1e-9


def test_the_study_of_placements_counts_as_the_reference_does():
    study = experiments.open_study("lora_placement")
    network = study.encoder()
    sizes = {
        name.split(".")[-1]: (layer.in_features, layer.out_features)
        for name, layer in network.named_modules()
        if isinstance(layer, torch.nn.Linear)
    }

    def count(placement, rank):
        kernels = study.PLACEMENTS[placement]
        return study.BLOCKS * sum(trained_weights(*sizes[kernel], rank) for kernel in kernels)

    assert count("query, value", 4) == 1024
    for rank in (1, 2, 4):
        assert count("query, value", 2 * rank) == count("attention", rank) == count("MLP", rank)
        assert count("everything", rank) == 2 * count("attention", rank)
    head = sum(weight.numel() for weight in network.head.parameters())
    for row in experiments.load("lora_placement").itertuples():
        if row.method in study.PLACEMENTS:
            assert row.trained == count(row.method, row.rank) + head
            assert row.kept_8 == pytest.approx(1, abs=1e-4)


def test_adapters_side_by_side_are_those_of_peft(monkeypatch):
    study = experiments.open_study("lora_placement")
    torch.manual_seed(0)
    images, labels, start = torch.rand(64, 28, 28), torch.randint(0, 10, (64,)), study.encoder()
    monkeypatch.setattr(study, "clothes", lambda side: (images, labels))
    monkeypatch.setattr(study, "new_head", lambda pictures, seed: start)
    methods = (("attention", 2, 0.01), ("head", 0, 0.02), ("MLP", 8, 0.005))
    torch.manual_seed(1)
    found = study.side_by_side.__wrapped__(methods, 64, seed=0)
    for method, rank, rate in methods:
        network = copy.deepcopy(start)
        torch.manual_seed(1)
        drawn = [
            torch.empty(layer.in_features, 8).uniform_(-1, 1) / layer.in_features**0.5
            for layer in (getattr(b, k) for b in network.blocks for k in study.KERNELS)
        ]
        kernels = study.PLACEMENTS.get(method, ())
        if kernels:
            config = LoraConfig(r=rank, lora_alpha=rank, target_modules=list(kernels))
            adapted = get_peft_model(network, config)
            layers = [getattr(b, k) for b in network.blocks for k in study.KERNELS]
            for layer, a in zip(layers, drawn, strict=True):
                if hasattr(layer, "lora_A"):
                    layer.lora_A["default"].weight.data = a[:, :rank].T.contiguous()
        else:
            adapted = network.requires_grad_(False)
        network.head.requires_grad_(True)
        assert study.trained(start, method, rank) == sum(
            weight.numel() for weight in adapted.parameters() if weight.requires_grad
        )
        rng = np.random.default_rng(0)
        chosen = study.some_clothes(64, rng)
        study.fit(adapted, *chosen, **study.ADAPTING, rate=rate, rng=rng)
        alone = adapted.merge_and_unload() if kernels else adapted
        together = found[method, rank, rate][1]
        changes = study.kernel_differences(start, together)
        assert sum(bool(one.any()) for one in changes.values()) == 2 * len(kernels)
        for one, other in zip(alone.parameters(), together.parameters(), strict=True):
            np.testing.assert_allclose(one.detach(), other.detach(), atol=1e-4)


def test_cutting_to_the_full_rank_changes_nothing():
    study = experiments.open_study("lora_placement")
    torch.manual_seed(0)
    before, after = study.encoder(), study.encoder()
    differences = study.kernel_differences(before, after)
    assert len(differences) == 12
    images = torch.rand(5, 28, 28)
    outputs = {rank: study.cut(after, differences, rank)(images).detach() for rank in (4, 32)}
    np.testing.assert_allclose(outputs[32], after(images).detach(), atol=1e-4)
    assert not np.allclose(outputs[4], outputs[32], atol=1e-2)


def test_counts():
    assert trained_weights(768, 768, 8) == 12_288
    assert trained_weights(4096, 4096, 8) == 65_536


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: scaling(0), "rank must be a positive integer. Received: rank=0"),
        (
            lambda: trained_weights(3, 0, 1),
            "outputs must be a positive integer. Received: outputs=0",
        ),
        (
            lambda: difference(np.ones((3, 2)), np.ones((3, 2))),
            "a must have as many columns as b has rows, the rank. "
            "Received: a with shape=(3, 2), b with shape=(3, 2)",
        ),
        (
            lambda: difference(np.ones(3), np.ones((3, 2))),
            "a must have two axes. Received: a with shape=(3,)",
        ),
        (
            lambda: merge(np.ones((2, 3)), np.ones((3, 1)), np.ones((1, 2))),
            "kernel must have the shape of A B, (3, 2). Received: kernel with shape=(2, 3)",
        ),
        (
            lambda: lora_gradients(
                np.ones((4, 2)), np.ones((2, 3)), np.ones((2, 1)), np.ones((1, 3)), np.ones((4, 2))
            ),
            "output_gradient must have shape (4, 3). "
            "Received: output_gradient with shape=(4, 2)",
        ),
        (
            lambda: low_rank(np.ones((2, 3)), 3),
            "rank must be at most 2 for a matrix of (2, 3). Received: rank=3",
        ),
        (
            lambda: kept_energy(np.zeros((2, 2))),
            "matrix must not be all zero. Received: a matrix of zeros",
        ),
    ],
)  # fmt: skip
def test_messages(call, message):
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value) == message
