"""`torch.amp`, automatic mixed precision: off, as it always is where there is no GPU.

Programs written for GPUs wrap their forward pass in `autocast` and scale their losses with a
`GradScaler`. Without a GPU PyTorch switches both off and says so, and here they are the same.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from autograd.device import device
from autograd.graph import warn_caller

__all__ = ["GradScaler", "autocast", "is_autocast_available", "is_autocast_enabled"]

F = TypeVar("F", bound=Callable[..., Any])


def is_autocast_available(device_type: str) -> bool:
    """False: NumPy's arithmetic gains nothing from half precision."""
    device(device_type)  # raises for a name that it does not know
    return False


def is_autocast_enabled(device_type: Any = None) -> bool:
    """False."""
    return False


class autocast:
    """A context, or a decorator, that would compute in half precision: without a GPU it changes nothing, and warns.

    Raises RuntimeError for a device type that it does not know.
    """

    def __init__(
        self, device_type: str, dtype: Any = None, enabled: bool = True, cache_enabled: bool | None = None
    ) -> None:
        self.device = device(device_type).type
        self.fast_dtype = dtype
        if enabled:
            warn_caller(f"autocast: there is no half precision for device {device_type!r} here. Disabling autocast.")

    def __enter__(self) -> autocast:
        return self

    def __exit__(self, *exception: object) -> None:
        """Nothing is to be undone."""

    def __call__(self, function: F) -> F:
        """The function itself, as nothing is to be changed."""

        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs)

        return wrapped  # type: ignore[return-value]


class GradScaler:
    """Scales losses so that half precision holds their gradients: without a GPU a scale of 1, and a warning.

    >>> import autograd
    >>> scaler = autograd.amp.GradScaler(enabled=False)
    >>> scaler.scale(autograd.tensor(2.0))
    tensor(2.)
    """

    def __init__(self, device: str = "cuda", init_scale: float = 2.0**16, growth_factor: float = 2.0,
                 backoff_factor: float = 0.5, growth_interval: int = 2000, enabled: bool = True) -> None:  # fmt: skip
        if enabled:
            warn_caller(f"GradScaler is enabled, but {device} is not available. Disabling.")

    def is_enabled(self) -> bool:
        """False."""
        return False

    def get_scale(self) -> float:
        """1."""
        return 1.0

    def scale(self, outputs: Any) -> Any:
        """The outputs themselves."""
        return outputs

    def unscale_(self, optimizer: Any) -> None:
        """Nothing: gradients were not scaled."""

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """`optimizer.step(...)`."""
        return optimizer.step(*args, **kwargs)

    def update(self, new_scale: Any = None) -> None:
        """Nothing: the scale stays 1."""

    def state_dict(self) -> dict[str, Any]:
        """An empty dict."""
        return {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Nothing: there is no state."""
