"""Q-learning finds what value iteration computes, and both agree with answers by hand."""

import gymnasium as gym
import numpy as np
import pytest

from utils.reference.q_learning import policy_value, q_learning, tables, update, value_iteration


@pytest.fixture(scope="module")
def lake():
    env = gym.make("FrozenLake-v1", map_name="4x4", is_slippery=False)
    yield env
    env.close()


@pytest.mark.parametrize("discount", [0.0, 0.5, 0.9, 0.99])
def test_the_optimum_without_slipping_is_a_power_of_the_discount(lake, discount):
    q = value_iteration(*tables(lake.unwrapped.P), discount)
    assert q[0].max() == pytest.approx(discount**5, abs=1e-11)  # six moves, reward at the sixth
    assert q[14].max() == pytest.approx(1)


@pytest.mark.parametrize("name", ["FrozenLake-v1", "CliffWalking-v1", "Taxi-v4"])
def test_the_greedy_policy_of_the_optimum_has_its_value_and_none_is_better(name):
    env = gym.make(name)
    transitions, rewards = tables(env.unwrapped.P)
    q = value_iteration(transitions, rewards, 0.9)
    value = policy_value(transitions, rewards, q.argmax(axis=1), 0.9)
    np.testing.assert_allclose(value, q.max(axis=1), atol=1e-9)
    rng = np.random.default_rng(0)
    for _ in range(20):
        policy = rng.integers(0, q.shape[1], len(q))
        assert np.all(policy_value(transitions, rewards, policy, 0.9) <= value + 1e-9)


def test_the_value_of_a_policy_is_the_mean_of_what_it_earns():
    env = gym.make("FrozenLake-v1", success_rate=0.8)
    transitions, rewards = tables(env.unwrapped.P)
    policy = value_iteration(transitions, rewards, 0.95).argmax(axis=1)
    expected = policy_value(transitions, rewards, policy, 0.95)[0]
    earned = []
    state, _ = env.reset(seed=0)
    for _ in range(2000):
        moves, over = 0, False
        while not over:
            state, reward, terminated, truncated, _ = env.step(int(policy[state]))
            moves, over = moves + 1, terminated or truncated
        earned.append(reward * 0.95 ** (moves - 1))
        state, _ = env.reset()
    error = np.std(earned, ddof=1) / len(earned) ** 0.5
    assert abs(np.mean(earned) - expected) < 3 * error
    assert error < 0.02


def test_tables_leave_the_world_where_an_episode_ends(lake):
    transitions, rewards = tables(lake.unwrapped.P)
    assert transitions.shape == (16, 4, 16)
    assert rewards.sum() == 1  # one move alone is rewarded: right, from the square beside the goal
    assert rewards[14, 2] == 1
    sums = transitions.sum(axis=2)
    assert set(sums.ravel()) == {0.0, 1.0}
    assert sums[14, 2] == 0
    assert np.all(sums[5] == 0)  # a hole


def test_update_by_hand():
    q = np.array([[0.5, 0.0], [0.2, 0.8]])
    update(q, (0, 0, 0.1, 1, False), 0.5, 0.9)
    assert q[0, 0] == pytest.approx(0.5 + 0.5 * (0.1 + 0.9 * 0.8 - 0.5))
    update(q, (0, 1, 1.0, 1, True), 0.5, 0.9)
    assert q[0, 1] == pytest.approx(0.5)  # nothing comes after the end
    np.testing.assert_array_equal(q[1], [0.2, 0.8])


def test_with_a_large_epsilon_it_finds_the_optimum(lake):
    optimum = value_iteration(*tables(lake.unwrapped.P), 0.9)
    for seed in range(3):
        run = q_learning(lake, 15000, seed, learning_rate=1.0, epsilon=1.0, discount=0.9)
        np.testing.assert_allclose(run.q, optimum, atol=1e-9)


def test_without_a_reward_nothing_is_learned_and_memory_counts(lake):
    assert not q_learning(lake, 50, 0, epsilon=0.0).rewards.any()
    step = (14, 2, 1.0, 15, True)
    run = q_learning(lake, 1, 0, learning_rate=0.5, memory=[step, step])
    assert run.q[14, 2] == 0.75


def test_value_runs_along_a_path_only_if_its_last_move_comes_first(lake):
    path = [(0, 1, 0.0, 4, False), (4, 1, 0.0, 8, False), (8, 2, 0.0, 9, False)]
    path += [(9, 1, 0.0, 13, False), (13, 2, 0.0, 14, False), (14, 2, 1.0, 15, True)]
    forward, backward = (
        q_learning(lake, 1, 0, learning_rate=1.0, discount=0.5, memory=memory).q
        for memory in (path, path[::-1])
    )
    assert forward[14, 2] == 1
    assert np.count_nonzero(forward) == 1
    along = [backward[state, action] for state, action, *_ in path]
    np.testing.assert_array_equal(along, 0.5 ** np.arange(5, -1, -1))


def test_the_step_size_may_depend_on_the_count(lake):
    step = (14, 2, 1.0, 15, True)
    counts = []

    def rate(count):
        counts.append(int(count))
        return 1 / count

    run = q_learning(lake, 1, 0, learning_rate=rate, memory=[step] * 3)
    assert counts[:3] == [1, 2, 3]
    assert run.q[14, 2] == 1.0


def test_history_and_repeatability(lake):
    first, second = (q_learning(lake, 1000, 3, epsilon=1.0, every=250) for _ in range(2))
    assert first.history.shape == (4, 16, 4)
    np.testing.assert_array_equal(first.history[-1], first.q)
    np.testing.assert_array_equal(first.q, second.q)
    np.testing.assert_array_equal(first.rewards, second.rewards)
    other = q_learning(lake, 1000, 4, epsilon=1.0)
    assert len(other.rewards) != len(first.rewards)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"transitions": 0}, "transitions must be a positive integer. Received: transitions=0"),
        ({"every": -1}, "every must be a positive integer. Received: every=-1"),
        ({"epsilon": 1.5}, "epsilon must lie between 0 and 1. Received: epsilon=1.5"),
        ({"discount": 1}, "discount must be from 0 to below 1. Received: discount=1"),
        ({"learning_rate": 0}, "learning_rate must be above 0 .* Received: learning_rate=0"),
    ],
)
def test_wrong_arguments_of_q_learning(lake, arguments, message):
    with pytest.raises(ValueError, match=message):
        q_learning(**{"env": lake, "transitions": 10, "seed": 0, **arguments})


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        (np.zeros(3, int), r"policy must be integers of shape \(16,\). Received: .*\(3,\)"),
        (np.zeros(16), "policy must be integers .* policy.dtype=float64"),
        (np.full(16, 4), "policy must lie between 0 and 3. Received: 4 to 4"),
    ],
)
def test_wrong_policies(lake, policy, message):
    with pytest.raises(ValueError, match=message):
        policy_value(*tables(lake.unwrapped.P), policy, 0.9)


def test_wrong_tables(lake):
    transitions, rewards = tables(lake.unwrapped.P)
    with pytest.raises(ValueError, match=r"transitions must have shape .* Received: .*\(16, 4\)"):
        value_iteration(transitions[0], rewards, 0.9)
