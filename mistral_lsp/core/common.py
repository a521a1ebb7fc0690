"""What two runs of characters or other items have in common."""

from __future__ import annotations

from typing import Any, TypeVar

Run = TypeVar("Run", str, tuple[Any, ...])


def common_start(left: Run, right: Run) -> int:
    """How many items two runs share from the start, by doubling and then halving: each comparison is one C loop."""
    low, high, step = 0, min(len(left), len(right)), 1
    while low + step <= high and left[low : low + step] == right[low : low + step]:
        low, step = low + step, 2 * step
    high = min(high, low + step - 1)
    while low < high:
        middle = (low + high + 1) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def common_end(left: Run, right: Run) -> int:
    """How many items two runs share from the end."""
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        if left[len(left) - middle : len(left) - low] == right[len(right) - middle : len(right) - low]:
            low = middle
        else:
            high = middle - 1
    return low
