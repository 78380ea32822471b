"""Making a module without drawing its initial values."""

from __future__ import annotations

import inspect
from typing import Any

from autograd.misuse import speaking
from nn.modules.module import Module
from nn.skipping import skipping

__all__ = ["skip_init"]


@speaking
def skip_init(module_cls: type, *args: Any, **kwargs: Any) -> Any:
    """The module that the class makes of the arguments, but with arbitrary parameters: no random number is drawn.

    For modules that are to be loaded or initialized otherwise. Raises RuntimeError for what is no class
    of modules, or one whose constructor has no `device`, as all that take part in this have.

    >>> import autograd, nn
    >>> state = autograd.get_rng_state()
    >>> nn.utils.skip_init(nn.Linear, 2, 3)
    Linear(in_features=2, out_features=3, bias=True)
    >>> autograd.equal(autograd.get_rng_state(), state)
    True
    """
    if not (isinstance(module_cls, type) and issubclass(module_cls, Module)):
        raise RuntimeError(f"Expected a Module; got {module_cls}")
    if "device" not in inspect.signature(module_cls).parameters:
        raise RuntimeError("Module must support a 'device' arg to skip initialization")
    with skipping():
        return module_cls(*args, **kwargs)
