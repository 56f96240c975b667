"""Which column of the original a column of ours is, once a repair left some out."""

from collections.abc import Sequence


def original(numbers: Sequence[int], first: int, column: int) -> int:
    """Give the number in the original (1 = A) of a column, from 0.

    `numbers` has it for each column, or is empty where all stand side by side from `first` on.
    A column behind the last one is behind it in the original, too.

    >>> original((), 2, 0), original((1, 4), 1, 1), original((1, 4), 1, 2)
    (2, 4, 5)
    """
    if not numbers:
        return first + column
    last = len(numbers) - 1
    return numbers[column] if column <= last else numbers[last] + column - last
