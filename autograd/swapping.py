"""`torch.utils.swap_tensors`: two tensors trade places, for all who hold them."""

from __future__ import annotations

import weakref

from autograd.graph import AccumulateGrad
from autograd.tensor import Tensor

SWAPPED = tuple(name for name in Tensor.__slots__ if name != "__weakref__")


def swap_tensors(t1: Tensor, t2: Tensor) -> None:
    """Give each tensor all that the other is: values, gradient, place in the graph, class and attributes.

    So an optimizer or a module that holds one of them goes on with the new values. A gradient that is still to arrive
    follows the values it belongs to.

    >>> import autograd
    >>> a, b = autograd.arange(2), autograd.arange(3)
    >>> swap_tensors(a, b)
    >>> a, b
    (tensor([0, 1, 2]), tensor([0, 1]))
    """
    for tensor in (t1, t2):
        if not isinstance(tensor, Tensor):
            raise TypeError(f"swap_tensors(): can only swap Tensors, not {type(tensor).__name__}")
    t1.__class__, t2.__class__ = t2.__class__, t1.__class__
    first, second = parts_of(t1), parts_of(t2)
    take_over(t1, second)
    take_over(t2, first)


def parts_of(tensor: Tensor) -> dict[str, object]:
    """All that a tensor holds, by name; what is unset is left out."""
    return {name: getattr(tensor, name) for name in SWAPPED if hasattr(tensor, name)}


def take_over(tensor: Tensor, parts: dict[str, object]) -> None:
    """Make the tensor hold these, and nothing else; a leaf's gradients arrive at it from now on."""
    for name in SWAPPED:
        if name in parts:
            object.__setattr__(tensor, name, parts[name])
        elif hasattr(tensor, name):
            object.__delattr__(tensor, name)
    if isinstance(tensor.node, AccumulateGrad):
        tensor.node.leaf = weakref.ref(tensor)
