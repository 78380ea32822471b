"""Functions that PyTorch renamed, under their old names."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from autograd.graph import warn_caller
from autograd.tensor import Tensor


def deprecated(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """The function under its old name, without the underscore, which warns."""
    old_name = function.__name__.removesuffix("_")

    @functools.wraps(function)
    def renamed(*args: Any, **kwargs: Any) -> Tensor:
        warn_caller(
            f"`nn.init.{old_name}` is now deprecated in favor of `nn.init.{function.__name__}`.",
            FutureWarning,
        )
        return function(*args, **kwargs)

    renamed.__name__ = renamed.__qualname__ = old_name
    renamed.__doc__ = f"The old name of `{function.__name__}`: deprecated."
    return renamed
