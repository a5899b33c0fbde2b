"""What all checks share."""

import functools
import math
import reprlib
from collections.abc import Callable, Mapping
from numbers import Real
from typing import Any

import numpy as np

UNANSWERED = "Not answered yet."
CORRECT = "Correct."
COUNTS = {2: "two", 3: "three", 4: "four", 5: "five"}


class UnexpectedAnswer(Exception):
    """An answer is of another kind than its exercise asks for; the text says what was expected."""


def exercise(
    takes: Callable[[Any], Any] = lambda answer: answer,
) -> Callable[[Callable[[Any], str | None]], Callable[[Any], None]]:
    """Turn a judge of answers into a check that prints its verdict.

    The judge takes the answer; it returns None if it is right, else a hint about this mistake. It
    need not mind what the answer is if `takes` does, nor what a function given as an answer raises
    or returns.

    Args:
        takes: What the answer must be: `number`, `numbers(...)` or `function`; by default the judge
            sees to it.

    Returns:
        A decorator that makes a check of a judge. The check prints "Not answered yet." for None,
        "Correct.", or "Not yet." and the hint.
    """

    def decorate(judge):
        @functools.wraps(judge)
        def check(answer: Any) -> None:
            if answer is None:
                print(UNANSWERED)
                return
            try:
                taken = takes(answer)
            except UnexpectedAnswer as expected:
                hint = f"Expected {expected}. Received: {answer!r}."
            else:
                hint = _judge_function(judge, taken) if takes is function else judge(taken)
            print(CORRECT if hint is None else f"Not yet. {hint}")

        return check

    return decorate


def number(answer: Any) -> Real:
    """Take one number, as an exercise's answer.

    Raises:
        UnexpectedAnswer: If it is none.
    """
    if not _is_number(answer):
        raise UnexpectedAnswer("a number")
    return answer


def numbers(names: str) -> Callable[[Any], tuple[Real, ...]]:
    """What takes some numbers as an exercise's answer.

    Args:
        names: What each is, separated by commas, such as "weights, MACs" for two numbers.

    Returns:
        A function that gives an answer back as a tuple, and raises UnexpectedAnswer if it is
        anything else than so many numbers.
    """
    count = names.count(",") + 1

    def take(answer):
        try:
            found = tuple(answer)
        except TypeError:
            found = ()
        if len(found) != count or not all(map(_is_number, found)):
            raise UnexpectedAnswer(f"{COUNTS[count]} numbers ({names})")
        return found

    return take


def function(answer: Any) -> Callable:
    """Take a function, as an exercise's answer.

    Raises:
        UnexpectedAnswer: If it is none.
    """
    if not callable(answer):
        raise UnexpectedAnswer("the function, without calling it")
    return answer


def _judge_function(judge, given):
    """What a judge says of a function, or else what the function did that stopped the judge."""
    returned, raised = [], []

    @functools.wraps(given)
    def watched(*args, **kwargs):
        try:
            returned.append(given(*args, **kwargs))
        except Exception as error:
            raised.append(error)
            raise
        return returned[-1]

    try:
        return judge(watched)
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        if error in raised:
            return f"Your function stopped with {said}"
        if not returned:
            raise
        return f"Your function returned {reprlib.repr(returned[-1])}, which led to {said}"


def hint_near(answer: Real, hints: Mapping[Real, str], **tolerance: float) -> str | None:
    """The hint for a wrong number.

    Args:
        answer: The number.
        hints: Hints, by wrong numbers.
        **tolerance: As `math.isclose` takes it.

    Returns:
        The first hint whose number is close to the answer, or None.
    """
    found = (hint for wrong, hint in hints.items() if math.isclose(answer, wrong, **tolerance))
    return next(found, None)


def hint_alike(answer: Any, wrong: Mapping[str, Any], **tolerance: float) -> str | None:
    """The hint for a wrong array.

    Args:
        answer: The array.
        wrong: Wrong arrays that broadcast with it, by hints.
        **tolerance: As `numpy.allclose` takes it.

    Returns:
        The first hint whose array is close to the answer, or None.
    """
    found = (hint for hint, array in wrong.items() if np.allclose(answer, array, **tolerance))
    return next(found, None)


def _is_number(answer):
    return isinstance(answer, Real) and not isinstance(answer, bool)
