"""The map that is linear in each of two vectors."""

from __future__ import annotations

from autograd.cases import case
from autograd.derived import derived
from autograd.ops.einsum import einsum
from autograd.tensor import Tensor


@derived(
    r"z_o = x^\top W_o\, y + b_o",
    method=False,
    cases=(case((3, 2), (3, 4), (5, 2, 4), (5,)), case((2, 3, 2), (2, 3, 1), (2, 2, 1))),
)
def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Combine two vectors by a matrix for each output: z_o = x^T W_o y + b_o, over the last dimension.

    Shapes: (*, in1), (*, in2), weight (out, in1, in2), bias (out,); result (*, out). Raises
    RuntimeError where they do not fit.
    """
    if weight.ndim != 3:
        raise RuntimeError(f"bilinear(): weight must be 3D, (out, in1, in2), but has shape {tuple(weight.shape)}")
    if input1.ndim != input2.ndim or input1.shape[:-1] != input2.shape[:-1]:
        raise RuntimeError(
            "bilinear(): the inputs must agree in all dimensions but the last: got "
            f"{tuple(input1.shape)} and {tuple(input2.shape)}"
        )
    for place, (input, size) in enumerate(zip((input1, input2), weight.shape[1:], strict=True), 1):
        if not input.ndim or input.shape[-1] != size:
            raise RuntimeError(
                f"bilinear(): input{place} size does not match weight size: got {tuple(input.shape)[-1:]} but expected "
                f"{size}: in{place}_features={tuple(input.shape)[-1:]} would fit"
            )
    if bias is not None and tuple(bias.shape) != (weight.shape[0],):
        raise RuntimeError(
            f"bilinear(): bias size does not match weight size: got {tuple(bias.shape)} but expected "
            f"({weight.shape[0]},)"
        )
    z: Tensor = einsum("...i,oij,...j->...o", input1, weight, input2)
    return z if bias is None else z + bias
