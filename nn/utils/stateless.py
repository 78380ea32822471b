"""`functional_call`, by its old name."""

from __future__ import annotations

from typing import Any

from autograd import stateless
from autograd.graph import warn_caller
from nn.modules.module import Module

__all__ = ["functional_call"]


def functional_call(
    module: Module,
    parameters_and_buffers: dict[str, Any],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """`autograd.func.functional_call`, by its old name; deprecated. Warns with a FutureWarning.

    >>> import autograd, nn, warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     nn.utils.stateless.functional_call(nn.Linear(2, 1), {"bias": autograd.ones(1)}, autograd.zeros(2)).detach()
    tensor([1.])
    """
    warn_caller(
        "`nn.utils.stateless.functional_call` is deprecated: use `autograd.func.functional_call`, which does the same",
        FutureWarning,
    )
    return stateless.functional_call(
        module, parameters_and_buffers, args, kwargs, tie_weights=tie_weights, strict=strict
    )
