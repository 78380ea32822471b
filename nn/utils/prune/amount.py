"""How much to prune: a number of elements or channels, or a fraction of them."""

from __future__ import annotations

import numbers

Amount = int | float


def check_amount(amount: Amount) -> None:
    """Raise TypeError for what is no number, ValueError for a negative one or a fraction above 1."""
    if not isinstance(amount, numbers.Real):
        raise TypeError(f"Invalid type for amount: {amount}. Must be int or float.")
    if amount < 0 or (not isinstance(amount, numbers.Integral) and amount > 1):
        raise ValueError(f"amount={amount} should either be a float in the range [0, 1] or a non-negative integer")


def how_many(amount: Amount, size: int) -> int:
    """The number of elements to prune among so many. Raises ValueError for more than there are."""
    if not isinstance(amount, numbers.Integral):
        return round(amount * size)
    if amount > size:
        raise ValueError(f"amount={amount} should be smaller than the number of parameters to prune={size}")
    return int(amount)
