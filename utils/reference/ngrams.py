"""A language model that counts: n-grams, smoothed by interpolation with shorter ones.

Axis letters in the comments: N tokens of a text, V length of the vocabulary.
"""

import copy

import numpy as np

from utils.reference import positive_integer


class NgramModel:
    """Predicts a token from the n - 1 tokens before it, by how often it followed them.

    Each order takes a discount off every count and hands what it took to the next shorter order;
    the shortest falls back on 1 / V. With counts c, their sum over all tokens c(context), and the
    number u(context) of different tokens that followed the context:

        p(token | context) = (max(c - discount, 0) + discount · u(context) · p') / c(context)

    where p' is the probability of the token after the same context without its first token. A
    context that never occurred leaves p' as it is. So the probabilities of all tokens add up to 1.

    Source:
        Ney, Essen and Kneser, On structuring probabilistic dependences in stochastic language
        modelling (1994), doi:10.1006/csla.1994.1001; Chen and Goodman, An empirical study of
        smoothing techniques for language modeling (1999), doi:10.1006/csla.1999.0128; section 6.5.
    """

    def __init__(self, tokens: np.ndarray, vocabulary_size: int, n: int, discount: float = 0.5):
        """Count.

        Args:
            tokens: Text to learn from, integers from 0 to V - 1, shape (N,).
            vocabulary_size: Length of the vocabulary, V.
            n: Tokens in a run, the predicted one included, at least 1.
            discount: What each count gives away, from 0 to 1, without 0.

        Raises:
            ValueError: If an argument is out of range, or runs of n tokens are too many for an
                integer of 64 bits.
        """
        self.vocabulary_size = positive_integer("vocabulary_size", vocabulary_size)
        self.n, self.discount = positive_integer("n", n), discount
        if not 0 < discount <= 1:
            raise ValueError(f"discount must be within 0 to 1, without 0. Received: {discount}")
        if self.vocabulary_size**self.n >= 2**63:
            raise ValueError(
                f"vocabulary_size ** n must be below 2 ** 63. Received: {vocabulary_size} ** {n}"
            )
        tokens = self._checked(tokens)
        self.tables = [self._count(tokens, order) for order in range(1, self.n + 1)]

    def probabilities(self, tokens: np.ndarray) -> np.ndarray:
        """Probability of each token of a text after those before it.

        Args:
            tokens: Integers from 0 to V - 1, shape (N,).

        Returns:
            Shape (N,). The first n - 1 tokens are predicted from what there is before them.

        Raises:
            ValueError: If a token is out of range.
        """
        tokens = self._checked(tokens)
        found = np.full(len(tokens), 1 / self.vocabulary_size)  # (N,)
        for order, table in enumerate(self.tables, start=1):
            runs = self._runs(tokens, order)
            found[order - 1 :] = self._interpolate(table, runs, found[order - 1 :])
        return found

    def distribution(self, context: np.ndarray) -> np.ndarray:
        """Probability of every token after a context.

        Args:
            context: The tokens before, of which the last n - 1 count.

        Returns:
            Shape (V,); adds up to 1.

        Raises:
            ValueError: If a token is out of range.
        """
        context = self._checked(context)
        found = np.full(self.vocabulary_size, 1 / self.vocabulary_size)  # (V,)
        for order, table in enumerate(self.tables[: len(context) + 1], start=1):
            before = self._runs(context[len(context) - order + 1 :], order - 1)[:1]
            runs = before * self.vocabulary_size + np.arange(self.vocabulary_size)
            found = self._interpolate(table, runs, found)
        return found

    def shorter(self, n: int) -> "NgramModel":
        """The model of shorter runs, from the same counts.

        Args:
            n: Tokens in a run, at most those of this model.

        Returns:
            A model that shares the tables of this one.

        Raises:
            ValueError: If `n` is not a positive integer, or above this model's.
        """
        if positive_integer("n", n) > self.n:
            raise ValueError(f"n must be at most {self.n}. Received: n={n}")
        model = copy.copy(self)
        model.n, model.tables = n, self.tables[:n]
        return model

    def _checked(self, tokens):
        tokens = np.asarray(tokens, dtype=np.int64).reshape(-1)
        if tokens.size and not (0 <= tokens.min() and tokens.max() < self.vocabulary_size):
            raise ValueError(
                f"tokens must lie within 0 to {self.vocabulary_size - 1}. "
                f"Received: tokens from {tokens.min()} to {tokens.max()}"
            )
        return tokens

    def _runs(self, tokens, order):
        """Every run of `order` neighbors as one integer, its digits to the base V."""
        runs = np.zeros(max(len(tokens) - order + 1, 0), dtype=np.int64)
        for place in range(order):
            runs = runs * self.vocabulary_size + tokens[place : place + len(runs)]
        return runs

    def _count(self, tokens, order):
        runs, counts = np.unique(self._runs(tokens, order), return_counts=True)
        contexts, first, different = np.unique(
            runs // self.vocabulary_size, return_index=True, return_counts=True
        )
        totals = np.add.reduceat(counts, first) if len(runs) else counts
        return (runs, counts), (contexts, totals), (contexts, different)

    def _interpolate(self, table, runs, shorter):
        count, total, different = (
            _look_up(*one, codes)
            for one, codes in zip(table, (runs, *2 * [runs // self.vocabulary_size]), strict=True)
        )
        kept = np.maximum(count - self.discount, 0) + self.discount * different * shorter
        return np.where(total > 0, kept / np.maximum(total, 1), shorter)


def bits(probabilities: np.ndarray) -> float:
    """Information of a text: the bits that an ideal code needs for it.

    Args:
        probabilities: That of each token, after those before it, above 0.

    Returns:
        The sum of -log2 of them.

    Source:
        Shannon, A mathematical theory of communication (1948),
        doi:10.1002/j.1538-7305.1948.tb01338.x; section 6.5.
    """
    return float(-np.log2(probabilities).sum())


def _look_up(codes, numbers, wanted):
    """The number that belongs to each wanted code, 0 where the code does not occur."""
    if not len(codes):
        return np.zeros(len(wanted))
    places = np.searchsorted(codes, wanted).clip(max=len(codes) - 1)
    return np.where(codes[places] == wanted, numbers[places], 0)
