"""Padding: rims of a constant, or of the tensor's own elements, around the last dimensions."""

from __future__ import annotations

from collections.abc import Sequence

from autograd.misuse import speaking
from autograd.ops.joining import constant_pad_nd
from autograd.ops.padding import RULES, pad_from_inside
from autograd.tensor import Tensor

__all__ = ["pad"]


@speaking
def pad(input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """Extend the last dimensions of a tensor; negative numbers crop it.

    Args:
        pad: how many at the start and at the end of the last dimension, then of the one before, ...
        mode: "constant"; "reflect", "replicate" or "circular" continue the tensor with its own elements.
        value: the constant, 0 by default.

    Raises ValueError for an odd number of sizes or a value where there is no constant,
    NotImplementedError for an unknown mode, RuntimeError for a rim that the mode can't fill.

    >>> import autograd, nn.functional as F
    >>> F.pad(autograd.tensor([1.0, 2.0, 3.0]), (1, 2))
    tensor([0., 1., 2., 3., 0., 0.])
    >>> F.pad(autograd.tensor([[1.0, 2.0, 3.0]]), (2, 2), mode="reflect")
    tensor([[3., 2., 1., 2., 3., 2., 1.]])
    """
    rims = [int(n) for n in pad]
    if len(rims) % 2 or len(rims) > 2 * input.ndim:
        raise RuntimeError(
            f"Padding length must be divisible by 2 and at most twice the number of dimensions of the input, but got "
            f"{rims} for an input of shape {tuple(input.shape)}"
        )
    if mode == "constant":
        padded: Tensor = constant_pad_nd(input, rims, 0 if value is None else value)
        return padded
    if mode not in RULES:
        raise NotImplementedError(f"Unrecognised padding mode {mode}: use 'constant', {', '.join(map(repr, RULES))}")
    if value:
        raise ValueError(f'Padding mode "{mode}" doesn\'t take in value argument')
    if input.ndim not in (len(rims) // 2 + 1, len(rims) // 2 + 2) or len(rims) not in (2, 4, 6):
        raise NotImplementedError(
            "Only 2D, 3D, 4D, 5D padding with non-constant padding are supported for now: the input needs one or two "
            f"dimensions more than are padded, but {rims} pads {len(rims) // 2} of the {input.ndim} dimensions of "
            f"{tuple(input.shape)}"
        )
    return pad_from_inside(input, rims, mode)
