"""Calls in the order of PyTorch before 1.5: numbers first, as in `p.add_(-lr, grad)`; much old code has it.

`v.addcmul_(1 - beta2, grad, grad)` is today's `v.addcmul_(grad, grad, value=1 - beta2)`.
"""

from __future__ import annotations

from typing import Any

from autograd.graph import warn_caller
from autograd.tensor import Tensor

SCALES = ("beta", "alpha")
OLD_ORDERS = {
    "add": ("alpha",), "sub": ("alpha",), "subtract": ("alpha",), "addcmul": ("value",), "addcdiv": ("value",),
    "addmm": SCALES, "addmv": SCALES, "addr": SCALES, "addbmm": SCALES, "baddbmm": SCALES,
}  # fmt: skip
"""The functions that took numbers before their last tensors, and the keywords that these numbers are now."""


def in_todays_order(name: str, args: tuple[Any, ...]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The tensors, and the numbers among them by keyword; all arguments as they are if this is no call in the old order."""
    tensors = tuple(arg for arg in args if isinstance(arg, Tensor))
    numbers = [arg for arg in args if isinstance(arg, (int, float, complex))]
    keywords = OLD_ORDERS[name][: len(numbers)]
    is_old = numbers and len(numbers) == len(keywords) and len(tensors) + len(numbers) == len(args)
    if not is_old or not isinstance(args[-1], Tensor):
        return args, {}
    today = ", ".join(["Tensor"] * (len(tensors) - 1) + [f"{keyword}=Number" for keyword in keywords])
    warn_caller(
        f"This overload of {name} is deprecated, with numbers before tensors. Consider using {name}({today}) instead"
    )
    return tensors, dict(zip(keywords, numbers, strict=True))
