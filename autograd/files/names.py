"""What things are called in a pickle: PyTorch's names, so that its files load here, and ours load there.

A pickle holds no code and no classes, only names: "call torch._utils._rebuild_tensor_v2". Which names a file may
use, and what each stands for, is listed here. A name that is not listed ends the reading, unless the user has
listed it, with `add_safe_globals`.
"""

from __future__ import annotations

import codecs
import pkgutil
from collections import Counter, OrderedDict
from collections.abc import Callable
from pickle import UnpicklingError
from typing import Any

from autograd import dtypes
from autograd.files import rebuilding, storages

REBUILDERS: dict[str, Callable[..., Any]] = {
    "_rebuild_tensor": rebuilding.rebuild_tensor,
    "_rebuild_tensor_v2": rebuilding.rebuild_tensor,
    "_rebuild_tensor_v3": rebuilding.rebuild_tensor_of_dtype,
    "_rebuild_parameter": rebuilding.rebuild_parameter,
    "_rebuild_parameter_with_state": rebuilding.rebuild_parameter_with_state,
}

PLACES = {
    **{f"torch._utils.{name}": (function.__module__, function.__name__) for name, function in REBUILDERS.items()},
    **{f"torch.{d.name}": ("autograd.dtypes", d.name) for d in dtypes.ALL},
    **{f"torch.{kind.name}": ("autograd.files.storages", kind.name) for kind in storages.EACH},
    "torch._tensor._rebuild_from_type_v2": ("autograd.files.rebuilding", "rebuild_with_type"),
    "torch.serialization._get_layout": ("autograd.files.rebuilding", "rebuild_layout"),
    "torch.storage.UntypedStorage": ("autograd.storage", "UntypedStorage"),
    "torch.Size": ("autograd.size", "Size"),
    "torch.Tensor": ("autograd.tensor", "Tensor"),
    "torch.device": ("autograd.device", "device"),
    "torch.nn.parameter.Parameter": ("nn.parameter", "Parameter"),
    "torch.nn.parameter.UninitializedParameter": ("nn.parameter", "UninitializedParameter"),
    "torch.nn.parameter.UninitializedBuffer": ("nn.parameter", "UninitializedBuffer"),
}
"""Where what PyTorch's names stand for is found here: a module, which may not be imported yet, and a name in it."""

TORCH_NAMES = {place: name for name, place in PLACES.items()}
"""PyTorch's name for each place; of several, the last."""

PLAIN = {
    "collections.OrderedDict": OrderedDict, "collections.Counter": Counter, "_codecs.encode": codecs.encode,
    **{f"builtins.{kind.__name__}": kind for kind in (set, frozenset, complex, bytes, bytearray)},
}  # fmt: skip
"""Python's own types that a file may use."""


def known(name: str) -> Any:
    """What an allowed name stands for; KeyError for others."""
    if name in PLAIN:
        return PLAIN[name]
    module, attribute = PLACES[name]
    return pkgutil.resolve_name(f"{module}:{attribute}")


# -- what users allow -------------------------------------------------------------------------------------------

allowed_by_user: dict[str, Any] = {}
"""By full name, what `add_safe_globals` was given."""


def full_name(entry: Any) -> tuple[str, Any]:
    """The name that pickles use for a class or function, and the thing itself; a pair brings a name of its own."""
    if not isinstance(entry, tuple):
        return f"{entry.__module__}.{entry.__qualname__}", entry
    if len(entry) != 2:
        raise ValueError(
            f"Expected tuple of length 2 (global, str of callable full path), but got tuple of length: {len(entry)}"
        )
    if not isinstance(entry[1], str):
        raise TypeError(f"Expected second item in tuple to be str of callable full path, but got: {type(entry[1])}")
    return entry[1], entry[0]


def add_safe_globals(safe_globals: list[Any]) -> None:
    """Let files that are loaded with `weights_only=True` use these classes and functions from now on.

    They are called with whatever the file says: allow only what can do no harm with any arguments.
    In place of a class there may be a pair of the class and the full name that the file has for it.

    >>> import autograd, datetime
    >>> autograd.serialization.add_safe_globals([datetime.date])
    >>> autograd.serialization.get_safe_globals()
    [<class 'datetime.date'>]
    >>> autograd.serialization.clear_safe_globals()
    """
    allowed_by_user.update(full_name(entry) for entry in safe_globals)


def get_safe_globals() -> list[Any]:
    """What `add_safe_globals` has allowed."""
    return list(allowed_by_user.values())


def clear_safe_globals() -> None:
    """Allow nothing any more but what is always allowed."""
    allowed_by_user.clear()


class safe_globals:
    """A context in which files may use these classes and functions too: `add_safe_globals` for a while.

    >>> import autograd, datetime
    >>> with autograd.serialization.safe_globals([datetime.date]):
    ...     len(autograd.serialization.get_safe_globals())
    1
    >>> autograd.serialization.get_safe_globals()
    []
    """

    def __init__(self, safe_globals: list[Any]) -> None:
        self.entries = safe_globals

    def __enter__(self) -> None:
        self.before = dict(allowed_by_user)
        add_safe_globals(self.entries)

    def __exit__(self, *exception: object) -> None:
        allowed_by_user.clear()
        allowed_by_user.update(self.before)


# -- looking names up -------------------------------------------------------------------------------------------

NEVER = ("os", "posix", "nt", "sys", "subprocess")
"""Modules of which nothing is allowed by add_safe_globals either."""

OLD_MODULES = {"__builtin__": "builtins", "copy_reg": "copyreg"}
"""What Python 2, and so pickle's protocol 2, calls some modules."""


def path_of(module: str, name: str) -> str:
    """The full name of what a file asks for."""
    return f"{OLD_MODULES.get(module, module)}.{name}"


def find_allowed(module: str, name: str) -> Any:
    """What a name in a file stands for; UnpicklingError where it is not allowed."""
    path = path_of(module, name)
    if path in PLAIN or path in PLACES:
        return known(path)
    if path in allowed_by_user and module not in NEVER:
        return allowed_by_user[path]
    raise not_allowed(module, name)


def not_allowed(module: str, name: str) -> UnpicklingError:
    """The error for a name that is not on the list."""
    path = path_of(module, name)
    if is_torchs(module):
        return without_counterpart(path)
    if module in NEVER:
        return UnpicklingError(
            f"Unsupported global: GLOBAL {path} was not an allowed global: files with weights may not use it, and it "
            "could do anything to this computer. No state_dict needs it: don't trust this file"
        )
    return UnpicklingError(
        f"Weights only load failed. Unsupported global: GLOBAL {path} was not an allowed global by default, and "
        "nothing of it was run. If the file holds a whole module, save its state_dict() instead. If you trust "
        f"{name} with any arguments, allow it: `autograd.serialization.add_safe_globals([{name}])`. If you trust whoever "
        "made the file with your computer, load(..., weights_only=False) runs whatever it says"
    )


def is_torchs(module: str) -> bool:
    """Whether a module is PyTorch's."""
    return module == "torch" or module.startswith("torch.")


def without_counterpart(path: str) -> UnpicklingError:
    """The error for a name of PyTorch's that nothing here answers to."""
    return UnpicklingError(
        f"Unsupported global: GLOBAL {path} has no counterpart in chalkgrad. Files from PyTorch can be read if they hold "
        "dense tensors, numbers, strings and containers: if this one holds a whole module, save its state_dict() in "
        "PyTorch instead"
    )


def is_allowed(name: str) -> bool:
    """Whether a file may use what has this full name."""
    return name in PLAIN or name in PLACES or name in allowed_by_user
