"""`torch.serialization`: saving and loading, and what files may ask for. The formats themselves are in `autograd.files`."""

from collections.abc import Callable
from typing import Any

from autograd.device import device
from autograd.files.loading import get_unsafe_globals_in_checkpoint, load
from autograd.files.names import add_safe_globals, clear_safe_globals, get_safe_globals, safe_globals
from autograd.files.saving import save

MAP_LOCATION = Callable[[Any, str], Any] | device | str | dict[str, str] | None
"""What `load` takes as `map_location`."""

__all__ = [
    "MAP_LOCATION", "add_safe_globals", "clear_safe_globals", "get_safe_globals", "get_unsafe_globals_in_checkpoint", "load",
    "safe_globals", "save",
]  # fmt: skip
