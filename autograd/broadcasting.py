"""Implicit broadcasting, forbidden or only noted: `strict_broadcasting`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from autograd.callers import is_op, users_call
from autograd.modes import Watching
from autograd.tensor import Tensor

__all__ = ["strict_broadcasting"]

Shape = tuple[int, ...]


class Broadcast(NamedTuple):
    """One implicit broadcast: of which function, which shapes met, and the line."""

    name: str
    shapes: tuple[Shape, ...]
    where: str

    def __str__(self) -> str:
        return f"{self.name} of {' and '.join(map(str, self.shapes))} at {self.where}"


class strict_broadcasting(Watching):
    """A context in which tensors of different shapes do not mix: an implicit broadcast is an error.

    Predictions of shape (n, 1) minus targets of shape (n,) are n x n differences, and nothing
    fails: the network only learns badly. Python numbers and tensors of rank 0 mix with anything,
    and what the library broadcasts on its own, such as the bias of a layer, does not count.

    Args:
        error: raise RuntimeError at an implicit broadcast; if False, only log it.

    Attributes:
        log: every implicit broadcast so far, with shapes and line.

    >>> import autograd
    >>> prediction, target = autograd.zeros(4, 1), autograd.ones(4)
    >>> with autograd.strict_broadcasting(error=False) as watch:
    ...     difference = 2 * prediction - target
    >>> difference.shape, watch.log[0].shapes
    (torch.Size([4, 4]), ((4, 1), (4,)))
    """

    def __init__(self, error: bool = True) -> None:
        self.error = error
        self.log: list[Broadcast] = []

    def computed(self, op: Any, tensors: Any, result: Any) -> None:
        """Look at the shapes that an op has brought together."""
        if op.broadcasts or op.name == "matmul":
            operands = [t for t in tensors if t is not None and t.array.ndim]
            shapes = tuple(t.array.shape for t in operands)
            mixing = [shape[:-2] for shape in shapes if len(shape) > 2] if op.name == "matmul" else shapes
            if len(set(mixing)) > 1 and users_doing(operands):
                self.broadcast(op.name, shapes)

    def broadcast(self, name: str, shapes: tuple[Shape, ...]) -> None:
        """Log an implicit broadcast, and raise if it is forbidden."""
        earlier = list(self.log)
        frame = users_call()[0]
        self.log.append(Broadcast(name, shapes, f"{frame.f_code.co_filename}:{frame.f_lineno}"))
        if self.error:
            raise RuntimeError(complaint(name, shapes, earlier))


def users_doing(operands: list[Tensor]) -> bool:
    """Whether it was the user who brought these operands together, and not a function of the library.

    Of such a function, a distance for example, the user did if the operands are its very arguments.
    """
    _, called = users_call()
    if is_op(called):
        return True
    given = {id(array) for value in called.f_locals.values() for array in arrays_in(value)}
    return all(id(operand.array) in given for operand in operands)


def arrays_in(value: Any) -> Iterator[Any]:
    """The arrays in an argument."""
    if isinstance(value, Tensor):
        yield value.array
    elif isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from arrays_in(item)
    elif isinstance(value, dict):
        yield from arrays_in(tuple(value.values()))


def complaint(name: str, shapes: tuple[Shape, ...], earlier: list[Broadcast]) -> str:
    """What happened, why that is forbidden, what to do."""
    together = np.broadcast_shapes(*(shape[:-2] if name == "matmul" else shape for shape in shapes))
    sizes = {int(np.prod(shape)) for shape in shapes}
    largest = max(shapes, key=len)
    cure = f".reshape({largest})" if len(sizes) == 1 else ".expand()"
    so_far = f". Broadcasts before: {'; '.join(map(str, earlier[-5:]))}" if earlier else ""
    return (
        f"{name}: implicit broadcasting of the shapes {' and '.join(map(str, shapes))} to {together} is what "
        f"strict_broadcasting() forbids. Bring both to one shape, with {cure} for example{so_far}"
    )
