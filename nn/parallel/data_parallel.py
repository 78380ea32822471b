"""A network on several devices: there is one here, and so these run it as it is.

Programs that wrap their network in `DataParallel` work unchanged, and so do their files: the
names in its `state_dict` begin with "module.", as PyTorch's do.
"""

from __future__ import annotations

from typing import Any

from nn.modules.module import Module

__all__ = ["DataParallel", "data_parallel"]


class DataParallel(Module):
    """A module that PyTorch would copy to several GPUs, to give each a part of the batch; here it runs as it is.

    The module is the attribute `module`; `device_ids` is empty, as in PyTorch without GPUs.

    >>> import nn
    >>> list(nn.DataParallel(nn.Linear(2, 3)).state_dict())
    ['module.weight', 'module.bias']
    """

    def __init__(self, module: Module, device_ids: Any = None, output_device: Any = None, dim: int = 0) -> None:
        super().__init__()
        self.module = module
        self.device_ids: list[int] = []

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """What the module makes of the whole batch."""
        return self.module(*inputs, **kwargs)


def data_parallel(
    module: Module, inputs: Any, device_ids: Any = None, output_device: Any = None, dim: int = 0,
    module_kwargs: dict[str, Any] | None = None,
) -> Any:  # fmt: skip
    """What a module makes of the inputs, one or a tuple of them; see `DataParallel`.

    >>> import autograd, nn
    >>> nn.parallel.data_parallel(nn.Identity(), autograd.ones(2))
    tensor([1., 1.])
    """
    args = inputs if isinstance(inputs, tuple) else () if inputs is None else (inputs,)
    return module(*args, **(module_kwargs or {}))
