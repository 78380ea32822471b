"""Functions that PyTorch renamed, under their old names."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

from autograd.tensor import Tensor


def deprecated(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """The function under its old name, without the underscore, which warns."""
    old_name = function.__name__.removesuffix("_")

    @functools.wraps(function)
    def renamed(*args: Any, **kwargs: Any) -> Tensor:
        warnings.warn(
            f"`nn.init.{old_name}` is now deprecated in favor of `nn.init.{function.__name__}`.",
            FutureWarning,
            stacklevel=2,
        )
        return function(*args, **kwargs)

    renamed.__name__ = renamed.__qualname__ = old_name
    renamed.__doc__ = f"The old name of `{function.__name__}`: deprecated."
    return renamed
