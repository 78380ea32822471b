"""`torch.autograd.forward_ad`: dual numbers, which carry a tangent through a computation.

The tangent is worked out when it is asked for, from the recorded graph, by two reverse passes (see
`autograd.tracing`). So a dual requires grad while its level lasts, and what is computed from it under
`no_grad` carries no tangent; in PyTorch neither is so.
"""

from __future__ import annotations

import threading
from typing import Any, NamedTuple

from autograd.create import zeros_like
from autograd.engine import topological_order
from autograd.gradients import gradients_by
from autograd.modes import enable_grad, state
from autograd.ops.shaping import alias
from autograd.tensor import Tensor

__all__ = ["UnpackedDualTensor", "dual_level", "enter_dual_level", "exit_dual_level", "make_dual", "unpack_dual"]


class UnpackedDualTensor(NamedTuple):
    """A value and its tangent; None for a tensor that carries none."""

    primal: Tensor
    tangent: Tensor | None


class Levels(threading.local):
    """For each level that a thread has entered, the duals made on it.

    They are known by their node: the dual, its tangent, and whether they were tracked.
    """

    def __init__(self) -> None:
        self.entered: list[dict[Any, tuple[Tensor, Tensor, bool]]] = []


levels = Levels()


def enter_dual_level() -> int:
    """Begin a level, on which duals can be made; its number."""
    if levels.entered:
        raise RuntimeError("Nested forward mode AD is not supported at the moment")
    levels.entered.append({})
    return len(levels.entered) - 1


def exit_dual_level(*, level: int | None = None) -> None:
    """End a level; its duals lose their tangents."""
    if not levels.entered or (level is not None and level != len(levels.entered) - 1):
        raise RuntimeError("Trying to exit a forward AD level that was not the last one that was created")
    levels.entered.pop()


class dual_level:
    """A context in which duals can be made.

    >>> import autograd
    >>> from autograd import forward_ad
    >>> with forward_ad.dual_level():
    ...     x = forward_ad.make_dual(autograd.tensor(3.0), autograd.tensor(1.0))
    ...     forward_ad.unpack_dual(x * x).tangent
    tensor(6.)
    """

    def __enter__(self) -> int:
        return enter_dual_level()

    def __exit__(self, *exception: object) -> None:
        exit_dual_level()


def make_dual(tensor: Tensor, tangent: Tensor, *, level: int | None = None) -> Tensor:
    """The tensor with a tangent: the direction in which it is moved."""
    if not levels.entered:
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to enter_dual_level() first."
        )
    if not (tensor.is_floating_point() or tensor.is_complex()):
        raise ValueError(f"Expected primal to be floating point or complex, but got: {tensor.dtype!r}")
    if tensor.shape != tangent.shape or tensor.dtype is not tangent.dtype:
        raise RuntimeError(
            "Trying to set a forward gradient that has a different size than that of the original Tensor, or another "
            f"dtype: the tensor is of size {list(tensor.shape)} and {tensor.dtype.name}, while the given forward gradient "
            f"is of size {list(tangent.shape)} and {tangent.dtype.name}"
        )
    with enable_grad():
        dual: Tensor = alias(tensor) if tensor.requires_grad else tensor.detach().requires_grad_()
    levels.entered[-1][dual.node] = (dual, tangent, tensor.requires_grad or tangent.requires_grad)
    return dual


def unpack_dual(tensor: Tensor, *, level: int | None = None) -> UnpackedDualTensor:
    """The value and the tangent of a tensor that was computed from duals."""
    if not levels.entered:
        return UnpackedDualTensor(tensor, None)
    made = levels.entered[-1]
    if tensor.node in made:
        return UnpackedDualTensor(tensor.detach(), made[tensor.node][1])
    if tensor.node is None:
        return UnpackedDualTensor(tensor, None)
    operations, leaves = topological_order([tensor.node])
    found = [made[node] for node in (*operations, *leaves) if node in made]
    if not found:
        return UnpackedDualTensor(tensor, None)
    tangent = directional_derivative(tensor, [(dual, moved) for dual, moved, _ in found])
    return UnpackedDualTensor(tensor.detach(), tangent if any(tracked for *_, tracked in found) else tangent.detach())


def directional_derivative(tensor: Tensor, pairs: list[tuple[Tensor, Tensor]]) -> Tensor:
    """How the tensor moves when each dual moves along its tangent."""
    with enable_grad():
        dummy = zeros_like(tensor).requires_grad_()
        state.pushing = True
        try:
            transposed = gradients_by(tensor, [dual for dual, _ in pairs], dummy, create_graph=True)
        finally:
            state.pushing = False
        moving = [
            (g, tangent) for g, (_, tangent) in zip(transposed, pairs, strict=True) if g is not None and g.requires_grad
        ]
        if not moving:
            return zeros_like(tensor)
        (moved,) = gradients_by(
            [g for g, _ in moving], dummy, [t for _, t in moving], create_graph=True, allow_unused=True
        )
    return zeros_like(tensor) if moved is None else moved
