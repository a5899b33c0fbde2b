"""The study `adapters`: its snippets, what it trains, and how recipes are chosen."""

import numpy as np
import pandas as pd
import pytest
import torch

from utils import experiments

adapters = experiments.open_study("adapters")
LORA = {"kind": "lora", "place": "query, value", "rank": 8}


def test_each_snippet_has_one_use_and_no_words_twice():
    texts, labels, tokens, ratings = adapters.corpus()
    parts = adapters.split()
    assert sorted(np.concatenate(list(parts.values()))) == list(range(len(texts)))
    assert {len(parts[f"test {seed}"]) for seed in adapters.SEEDS} == {adapters.TEST}
    assert len(parts["training"]) > adapters.SNIPPETS
    assert max(map(len, tokens)) == adapters.MAX_TOKENS
    assert np.abs(ratings).min() >= 0.5
    np.testing.assert_array_equal(labels, ratings > 0)
    assert sum("pretentious mess" in text and len(text) < 28 for text in texts) == 1


def test_batches_hold_each_snippet_once_and_similar_lengths():
    tokens = adapters.corpus()[2]
    part = adapters.split()["training"][:100]
    found = adapters.batches(part, np.random.default_rng(0))
    assert sorted(np.concatenate(found)) == sorted(part)
    assert max(map(len, found)) == adapters.BATCH_SIZE
    spread = [len(tokens[batch[-1]]) - len(tokens[batch[0]]) for batch in found]
    assert np.mean(spread) < 5


def test_padding_does_not_move_scores():
    model = adapters.build({"kind": "full"}, seed=0)
    tokens = adapters.corpus()[2]
    part = adapters.split()["validation"][:16]
    assert len({len(tokens[number]) for number in part}) > 3
    with torch.inference_mode():
        together = model(**adapters.tokens(part))
        alone = torch.cat([model(**adapters.tokens(part[k : k + 1])) for k in range(16)])
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-5)
    answers = adapters.predict(model, part)
    np.testing.assert_array_equal(answers, together.argmax(dim=1))


@pytest.mark.parametrize(
    ("place", "matrices"),
    [
        ("query, value", [(384, 384)] * 2),
        ("attention", [(384, 384)] * 4),
        ("all linear", [(384, 384)] * 4 + [(384, 1536)] * 2),
    ],
)
@pytest.mark.parametrize("rank", [2, 8, 32])
def test_what_lora_trains(place, matrices, rank):
    model = adapters.build(LORA | {"place": place, "rank": rank}, seed=0)
    trained = sum(weight.numel() for weight in model.parameters() if weight.requires_grad)
    assert trained == 6 * sum(rank * sum(shape) for shape in matrices) + 770
    assert model.peft_config["default"].lora_alpha / rank == pytest.approx((8 / rank) ** 0.5)


@pytest.mark.parametrize("kind", ["lora", "dora"])
def test_training_moves_adapters_only_and_merging_keeps_the_scores(kind):
    recipe = LORA | {"kind": kind, "place": "all linear"}
    model, labels = adapters.build(recipe, seed=0), adapters.corpus()[1]
    part = adapters.split()["training"][:32]
    frozen = {n: w.clone() for n, w in model.named_parameters() if not w.requires_grad}
    adapters.train(model, part, labels, 1e-2, 1, np.random.default_rng(0))
    for name, weight in model.named_parameters():
        if name in frozen:
            assert torch.equal(weight, frozen[name])
    inputs = adapters.tokens(part)
    with torch.inference_mode():
        separate = model(**inputs)
        with model.disable_adapter():
            assert (model(**inputs) - separate).abs().max() > 0.01
        merged = model.merge_and_unload()(**inputs)
    torch.testing.assert_close(merged, separate, rtol=0, atol=1e-4)


def test_recipes_follow_the_rule(monkeypatch):
    def row(kind, place, rank, rate, validation, passes=2, trained=1):
        return locals()

    rows = [
        row("full", "all", 0, 3e-5, 0.7),
        row("full", "all", 0, 1e-4, 0.8),
        row("full", "all", 0, 3e-4, 0.8),  # a tie: the smaller rate
        row("lora", "query, value", 8, 1e-3, 0.7),
        row("lora", "query, value", 8, 3e-3, 0.75),
        row("lora", "all linear", 8, 1e-3, 0.77, trained=9),
        row("lora", "attention", 8, 1e-3, 0.77, trained=5),  # a tie: the fewer weights
        row("lora", "query, value", 2, 3e-3, 0.759),  # no whole point above
        row("lora", "query, value", 8, 3e-3, 0.9, passes=4),  # more passes are not chosen
        row("head", "none", 0, 1e-2, 0.7),
        row("tf-idf", "none", 0, 10, 0.6),
    ]
    monkeypatch.setattr(experiments, "load", lambda study: pd.DataFrame(rows))
    adapters.recipes.cache_clear()
    found = adapters.recipes()
    assert found["full"]["rate"] == 1e-4
    assert found["LoRA, query and value"] == LORA | {"rate": 3e-3, "passes": 2}
    assert found["LoRA, usual rate"] == LORA | {"rate": adapters.USUAL_RATE, "passes": 2}
    assert (found["LoRA, changed"]["place"], found["LoRA, changed"]["rank"]) == ("attention", 8)
    assert found["DoRA"] == found["LoRA, changed"] | {"kind": "dora"}
    assert (found["head"]["rate"], found["tf-idf"]["rate"]) == (1e-2, 10)

    rows[7]["validation"] = 0.77
    adapters.recipes.cache_clear()
    assert adapters.recipes()["LoRA, changed"]["rank"] == 2
    adapters.recipes.cache_clear()
