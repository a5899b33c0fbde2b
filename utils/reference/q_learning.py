"""Tabular Q-learning, and the exact answers that it is held against.

Axis letters in the comments: S states, A actions.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from utils.reference import positive_integer


@dataclass(frozen=True)
class Learning:
    """What `q_learning` did.

    Attributes:
        q: Value of every action in every state, shape (states, actions), float64, in units of
            reward.
        history: `q` after every `every` transitions, shape (checkpoints, states, actions).
        rewards: Sum of the rewards of each finished episode, shape (episodes,), not discounted.
    """

    q: np.ndarray
    history: np.ndarray
    rewards: np.ndarray


def tables(model: dict) -> tuple[np.ndarray, np.ndarray]:
    """Transition and reward tables of one of Gymnasium's toy-text environments.

    Args:
        model: `env.unwrapped.P`: for each state and action a list of (probability, next state,
            reward, terminated).

    Returns:
        The pair (transitions, rewards): probabilities, shape (states, actions, states), float64,
        in which a transition that ends the episode leads nowhere, so that its row sums to less
        than 1; expected rewards, shape (states, actions), float64.
    """
    n_states, n_actions = len(model), len(model[0])
    transitions = np.zeros((n_states, n_actions, n_states))  # (S, A, S)
    rewards = np.zeros((n_states, n_actions))  # (S, A)
    for state, actions in model.items():
        for action, outcomes in actions.items():
            for probability, following, reward, terminated in outcomes:
                rewards[state, action] += probability * reward
                if not terminated:
                    transitions[state, action, following] += probability
    return transitions, rewards


def value_iteration(
    transitions: np.ndarray, rewards: np.ndarray, discount: float, tolerance: float = 1e-12
) -> np.ndarray:
    """The best possible value of every action, from a known world.

    Args:
        transitions: As from `tables`, shape (states, actions, states).
        rewards: As from `tables`, shape (states, actions), in units of reward.
        discount: Worth of a reward that comes one move later, from 0 to below 1.
        tolerance: Stop when no value changes by more, in units of reward.

    Returns:
        Shape (states, actions), float64, in units of reward.

    Raises:
        ValueError: If `discount` is out of range or the shapes do not belong together.

    Source:
        Sutton and Barto, Reinforcement Learning (2nd edition, 2018), section 4.4.
    """
    transitions, rewards = _check_tables(transitions, rewards)
    discount = _check_discount(discount)
    q = np.zeros(rewards.shape)  # (S, A)
    change = np.inf
    while change > tolerance:
        before, q = q, rewards + discount * transitions @ q.max(axis=1)
        change = np.abs(q - before).max()
    return q


def policy_value(
    transitions: np.ndarray, rewards: np.ndarray, policy: np.ndarray, discount: float
) -> np.ndarray:
    """Exact value of every state for one who always follows a policy.

    Args:
        transitions: As from `tables`, shape (states, actions, states).
        rewards: As from `tables`, shape (states, actions), in units of reward.
        policy: Action taken in each state, shape (states,), integers.
        discount: Worth of a reward that comes one move later, from 0 to below 1.

    Returns:
        Shape (states,), float64: expected discounted sum of rewards.

    Raises:
        ValueError: If an argument has the wrong shape or range.

    Source:
        Sutton and Barto, Reinforcement Learning (2nd edition, 2018), section 4.1; the linear
        equations are solved at once.
    """
    transitions, rewards = _check_tables(transitions, rewards)
    discount = _check_discount(discount)
    policy = np.asarray(policy)
    n_states, n_actions = rewards.shape
    if policy.shape != (n_states,) or policy.dtype.kind not in "iu":
        raise ValueError(
            f"policy must be integers of shape ({n_states},). "
            f"Received: policy.shape={policy.shape}, policy.dtype={policy.dtype}"
        )
    if policy.min() < 0 or policy.max() >= n_actions:
        raise ValueError(
            f"policy must lie between 0 and {n_actions - 1}. "
            f"Received: {policy.min()} to {policy.max()}"
        )
    states = np.arange(n_states)
    chosen = transitions[states, policy]  # (S, S)
    return np.linalg.solve(np.eye(n_states) - discount * chosen, rewards[states, policy])


def update(
    q: np.ndarray,
    transition: tuple[int, int, float, int, bool],
    learning_rate: float,
    discount: float,
) -> None:
    """Move one value toward what one transition shows. `q` is changed in place.

    Args:
        q: Shape (states, actions), float64, in units of reward.
        transition: (state, action, reward, next state, terminated).
        learning_rate: Share of the way, above 0 and at most 1.
        discount: Worth of a reward that comes one move later, from 0 to below 1.

    Source:
        Watkins and Dayan, Q-learning (1992), doi:10.1007/BF00992698; section 1.2.
    """
    state, action, reward, following, terminated = transition
    target = reward if terminated else reward + discount * q[following].max()
    q[state, action] += learning_rate * (target - q[state, action])


def q_learning(
    env: Any,
    transitions: int,
    seed: int,
    learning_rate: float | Callable[[int], float] = 0.1,
    epsilon: float = 0.1,
    discount: float = 0.95,
    memory: Iterable[tuple] = (),
    start: float = 0.0,
    every: int | None = None,
) -> Learning:
    """Learn the values of actions by trying them.

    Args:
        env: An environment with Gymnasium's `reset` and `step` and discrete `observation_space`
            and `action_space`.
        transitions: Number of moves to make.
        seed: Seed of the environment and of the explorer.
        learning_rate: Step size, above 0 and at most 1, or a function that gives it for the
            number of times that the action was tried in the state, 1 at the first.
        epsilon: Probability of a random action, from 0 to 1. Otherwise the best one is taken,
            and ties are broken at random.
        discount: Worth of a reward that comes one move later, from 0 to below 1.
        memory: Transitions (state, action, reward, next state, terminated) to learn from first,
            in this order.
        start: Value of everything at the beginning, in units of reward.
        every: Keep a copy of the table after each so many moves; by default only the last.

    Returns:
        The table of values, its copies, and the reward of each finished episode.

    Raises:
        ValueError: If an argument is out of range.

    Source:
        Watkins and Dayan, Q-learning (1992), doi:10.1007/BF00992698; section 1.2.
    """
    transitions = positive_integer("transitions", transitions)
    every = positive_integer("every", transitions if every is None else every)
    discount = _check_discount(discount)
    if not isinstance(epsilon, Real) or not 0 <= epsilon <= 1:
        raise ValueError(f"epsilon must lie between 0 and 1. Received: epsilon={epsilon!r}")
    if not callable(learning_rate):
        if not isinstance(learning_rate, Real) or not 0 < learning_rate <= 1:
            raise ValueError(
                "learning_rate must be above 0 and at most 1, or a function. "
                f"Received: learning_rate={learning_rate!r}"
            )
        constant = learning_rate

        def learning_rate(count):
            return constant

    rng = np.random.default_rng(seed)
    n_actions = int(env.action_space.n)
    q = np.full((int(env.observation_space.n), n_actions), float(start))  # (S, A)
    tried = np.zeros(q.shape, dtype=np.int64)  # (S, A)
    history, rewards, total = [], [], 0.0

    def learn(transition):
        tried[transition[:2]] += 1
        update(q, transition, learning_rate(tried[transition[:2]]), discount)

    for transition in memory:
        learn(transition)
    state, _ = env.reset(seed=seed)
    for move in range(1, transitions + 1):
        if rng.random() < epsilon:
            action = int(rng.integers(n_actions))
        else:
            best = np.flatnonzero(q[state] == q[state].max())
            action = int(best[rng.integers(len(best))])
        following, reward, terminated, truncated, _ = env.step(action)
        learn((state, action, reward, following, terminated))
        state, total = following, total + reward
        if terminated or truncated:
            rewards.append(total)
            state, total = env.reset()[0], 0.0
        if move % every == 0:
            history.append(q.copy())
    return Learning(q, np.array(history), np.array(rewards))


def _check_discount(discount):
    if not isinstance(discount, Real) or not 0 <= discount < 1:
        raise ValueError(f"discount must be from 0 to below 1. Received: discount={discount!r}")
    return float(discount)


def _check_tables(transitions, rewards):
    transitions = np.asarray(transitions, dtype=np.float64)
    rewards = np.asarray(rewards, dtype=np.float64)
    if rewards.ndim != 2 or transitions.shape != (*rewards.shape, rewards.shape[0]):
        raise ValueError(
            "transitions must have shape (states, actions, states) and rewards (states, actions). "
            f"Received: transitions.shape={transitions.shape}, rewards.shape={rewards.shape}"
        )
    return transitions, rewards
