"""What all checks share."""

import functools
from collections.abc import Callable
from typing import Any

UNANSWERED = "Not answered yet."
CORRECT = "Correct."


def exercise(judge: Callable[[Any], str | None]) -> Callable[[Any], None]:
    """Turn a judge of answers into a check that prints its verdict.

    Args:
        judge: Takes the answer; returns None if it is right, else a hint about this mistake.

    Returns:
        A check that prints "Not answered yet." for None, "Correct.", or "Not yet." and the hint.
    """

    @functools.wraps(judge)
    def check(answer: Any) -> None:
        if answer is None:
            print(UNANSWERED)
            return
        hint = judge(answer)
        print(CORRECT if hint is None else f"Not yet. {hint}")

    return check
