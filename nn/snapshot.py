"""A module as it was, to go back to after something that may change it."""

from __future__ import annotations

from collections import deque
from typing import Any

from autograd.random.generator import default_generator
from autograd.tensor import Tensor
from nn.modules.module import Module


class Snapshot:
    """A module and all below it as they are now, and where the random numbers are.

    That is: modes, attributes, hooks, classes, which lazy modules change, and the values of parameters and buffers.
    What plain attributes hold is not looked into any deeper than a list, dict or set.

    >>> import autograd, nn
    >>> net = nn.BatchNorm1d(2)
    >>> before = Snapshot(net)
    >>> _ = net.eval().running_mean.fill_(5.0)
    >>> before.restore()
    >>> net.training, net.running_mean
    (True, tensor([0., 0.]))
    """

    def __init__(self, module: Module) -> None:
        parts = list(module.modules())
        held = {id(t): t for part in parts for kind in (part._parameters, part._buffers) for t in kind.values()}
        self.modules = [ModuleBefore(part) for part in parts]
        self.tensors = [TensorBefore(tensor) for tensor in held.values() if tensor is not None]
        self.random = default_generator.get_state()

    def restore(self) -> None:
        """Make everything as it was."""
        for module in self.modules:
            module.restore()
        for tensor in self.tensors:
            tensor.restore()
        default_generator.set_state(self.random)


class ModuleBefore:
    """The class and the attributes of one module."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.cls = type(module)
        self.attributes = dict(module.__dict__)
        held = list(self.attributes.values())
        self.lists: list[tuple[Any, Any]] = [(c, list(c)) for c in held if isinstance(c, (list, deque))]
        self.others: list[tuple[Any, Any]] = [(c, dict(c)) for c in held if isinstance(c, dict)]
        self.others += [(c, set(c)) for c in held if isinstance(c, set)]

    def restore(self) -> None:
        """Give the module its class and its attributes back; containers stay the same objects."""
        self.module.__class__ = self.cls
        self.module.__dict__.clear()
        self.module.__dict__.update(self.attributes)
        for container, before in self.lists:
            container.clear()
            container.extend(before)
        for container, before in self.others:
            container.clear()
            container.update(before)


class TensorBefore:
    """The class, the memory and the values of one parameter or buffer."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor
        self.cls = type(tensor)
        self.array, self.dtype = tensor.memory(), tensor.dtype
        self.values = self.array.copy()

    def restore(self) -> None:
        """Give the tensor its memory back, with the values that were in it."""
        self.tensor.__class__ = self.cls
        self.tensor.array, self.tensor.dtype = self.array, self.dtype
        if self.array.flags.writeable:
            self.array[...] = self.values
