"""NumPy's protocols: what `np.exp(tensor)` and `ndarray * tensor` do.

Ops enter themselves here under the NumPy function they correspond to. That serves users, and it
is how one derivative rule serves every order: `np.cos(x)` in a rule is NumPy's when the rule
runs on arrays, and our `cos` when it runs on Tensors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.arrays import is_tensor

UFUNCS: dict[Any, Callable[..., Any]] = {}
FUNCTIONS: dict[Any, Callable[..., Any]] = {}


def register(numpy_function: Any, ours: Callable[..., Any]) -> None:
    """From now on `numpy_function` of a Tensor calls `ours`."""
    table = UFUNCS if isinstance(numpy_function, np.ufunc) else FUNCTIONS
    table[numpy_function] = ours


def call_ufunc(tensor: Any, ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Carry out `ufunc(*inputs)` where at least one operand is a Tensor."""
    out = kwargs.pop("out", None)
    ours = UFUNCS.get(ufunc) if method == "__call__" and not kwargs else None
    if ours is None:
        name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
        return on_plain_arrays(name, getattr(ufunc, method), inputs, kwargs | ({} if out is None else {"out": out}))
    result = ours(*inputs)
    return result if out is None else write(result, out[0], f"np.{ufunc.__name__}")


def write(result: Any, out: Any, name: str) -> Any:
    """Put a result where `out=` asks for it: in a Tensor with its history, in an array only if it has none."""
    if hasattr(out, "copy_"):
        return out.copy_(result)
    if result.requires_grad:
        raise RuntimeError(
            f"{name}: writing a tensor that requires grad into a NumPy array would drop its gradient silently. "
            "Write `array = array * tensor` instead of `array *= tensor`, or detach() the tensor first"
        )
    out[...] = result.array
    return out


def call_function(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Carry out a NumPy function such as `np.sum` with a Tensor among its arguments."""
    ours = FUNCTIONS.get(function)
    if ours is None:
        return on_plain_arrays(function.__name__, function, args, kwargs)
    return ours(*args, **kwargs)


def on_plain_arrays(name: str, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Without gradients at stake, let NumPy work on the arrays; otherwise say that it would lose them."""
    return function(*(to_plain(arg, name) for arg in args), **{key: to_plain(kwargs[key], name) for key in kwargs})


def to_plain(value: Any, name: str) -> Any:
    """The arrays of the tensors in an argument, nested or not."""
    if isinstance(value, (list, tuple)):
        return type(value)(to_plain(item, name) for item in value)
    if not is_tensor(value):
        return value
    if value.requires_grad:
        raise TypeError(
            f"np.{name} has no counterpart here, so its result would silently lose the gradient. "
            f"Use the tensor's own operations, or np.{name}(tensor.detach().numpy()) where no gradient is needed"
        )
    return value.array
