"""Convolutions and their transposes, over one, two or three dimensions: what users call.

Everything is checked here; the arithmetic is in `autograd.ops.convolution`.
"""

from __future__ import annotations

from typing import Any

from autograd.cases import case
from autograd.derived import derived
from autograd.geometry import batched, per_dim, times
from autograd.ops.convolution import convolution, convolution_input
from autograd.ops.joining import constant_pad_nd
from autograd.tensor import Tensor
from autograd.windows import Sizes


@derived(r"W \star x + b", method=False,
         cases=(case((2, 3, 7), (4, 3, 3), (4,), stride=2, padding=1), case((3, 7), (2, 3, 3), None, dilation=2),
                case((1, 4, 6), (2, 2, 3), None, padding="same", groups=2)))  # fmt: skip
def conv1d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
    groups: int = 1,
) -> Tensor:  # fmt: skip
    """Slide a kernel along a sequence. Shapes: (N, C, L), (O, C / groups, K), (O,)."""
    return convolved(1, input, weight, bias, stride, padding, dilation, groups)


@derived(
    r"W \star x + b",
    method=False,
    cases=(
        case((2, 3, 5, 4), (4, 3, 3, 2), (4,)),
        case((4, 6, 7), (2, 2, 3, 2), None, stride=(2, 1), padding=(1, 0), groups=2),
    ),
)
def conv2d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
    groups: int = 1,
) -> Tensor:  # fmt: skip
    """Slide a kernel over an image: z[n, o, i, j] = b[o] + sum over c, k, l of W[o, c, k, l] x[n, c, i + k, j + l].

    Args:
        input: (N, C, H, W), or (C, H, W) for one image.
        weight: (O, C / groups, kH, kW).
        stride: how far the kernel moves at each step.
        padding: rims of zeros around the image; "same" for a result of its size, "valid" for none.
        dilation: the distance between the elements that the kernel meets.
        groups: the channels are divided into so many parts, each with kernels of its own.

    Raises RuntimeError where the shapes do not fit, naming the number that would.

    >>> import autograd
    >>> autograd.conv2d(autograd.ones(1, 1, 3, 3), autograd.ones(1, 1, 2, 2))
    tensor([[[[4., 4.],
              [4., 4.]]]])
    """
    return convolved(2, input, weight, bias, stride, padding, dilation, groups)


@derived(r"W \star x + b", method=False, cases=(case((1, 2, 3, 4, 3), (2, 2, 2, 3, 2), (2,), padding=(0, 1, 0)),))
def conv3d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
    groups: int = 1,
) -> Tensor:  # fmt: skip
    """Slide a kernel through a volume. Shapes: (N, C, D, H, W), (O, C / groups, kD, kH, kW), (O,)."""
    return convolved(3, input, weight, bias, stride, padding, dilation, groups)


def convolved(
    dims: int, input: Tensor, weight: Tensor, bias: Tensor | None, stride: Any, padding: Any, dilation: Any, groups: int
) -> Tensor:
    """The convolution over so many dimensions."""
    name = f"conv{dims}d"
    x, is_single = batched(input, dims, name)
    check_weight(weight, dims, name)
    check_dtypes(x, weight, bias)
    steps, spread = per_dim(stride, dims, "stride", name), per_dim(dilation, dims, "dilation", name)
    if isinstance(padding, str):
        x, rims = padded_for(padding, x, weight, steps, spread, name)
    else:
        rims = per_dim(padding, dims, "padding", name)
    check_steps(steps, rims, spread, name)
    check_channels(x, weight, bias, groups)
    check_room(x, weight, rims, spread)
    z: Tensor = convolution(x, weight, bias, steps, rims, spread, groups)
    return z.squeeze(0) if is_single else z


def padded_for(
    padding: str, x: Tensor, weight: Tensor, stride: Sizes, dilation: Sizes, name: str
) -> tuple[Tensor, Sizes]:
    """The input and the rims for padding="same" or "valid". An odd rim has its extra element at the end."""
    dims = len(stride)
    if padding == "valid":
        return x, (0,) * dims
    if padding != "same":
        raise RuntimeError(f"{name}: Invalid padding string: {padding!r}, must be one of 'valid', 'same'")
    if any(s != 1 for s in stride):
        raise RuntimeError(f"{name}: padding='same' is not supported for strided convolutions (stride={stride})")
    totals = [d * (k - 1) for d, k in zip(dilation, weight.shape[2:], strict=True)]
    if any(total % 2 for total in totals):
        x = constant_pad_nd(x, [n for total in reversed(totals) for n in (0, total % 2)])
    return x, tuple(total // 2 for total in totals)


def check_weight(weight: Tensor, dims: int, name: str) -> None:
    """A kernel has one dimension more than the places it slides over, and one for the outputs."""
    if not isinstance(weight, Tensor):
        raise TypeError(f"{name}(): argument 'weight' (position 2) must be Tensor, not {type(weight).__name__}")
    if weight.ndim != dims + 2:
        raise RuntimeError(
            f"{name}: expected weight to be {dims + 2}-dimensional, (out_channels, in_channels / groups, kernel), but "
            f"got a weight of size {list(weight.shape)}"
        )


def check_dtypes(x: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    """Input, kernel and bias must have one dtype."""
    for what, tensor in (("weight", weight), ("bias", bias)):
        if not isinstance(tensor, Tensor | None):
            raise TypeError(f"the {what} must be Tensor, not {type(tensor).__name__}")
        if tensor is not None and tensor.dtype is not x.dtype:
            raise RuntimeError(
                f"Input type ({x.dtype.name}) and {what} type ({tensor.dtype.name}) should be the same: convert the "
                f"input with .to({tensor.dtype!r}), or the layer with .to({x.dtype!r})"
            )


def check_steps(stride: Sizes, padding: Sizes, dilation: Sizes, name: str) -> None:
    """Strides and dilations are positive, rims not negative."""
    if any(p < 0 for p in padding):
        raise RuntimeError(f"{name}: negative padding is not supported (padding={padding})")
    if any(s <= 0 for s in stride):
        raise RuntimeError(f"{name}: non-positive stride is not supported (stride={stride})")
    if any(d <= 0 for d in dilation):
        raise RuntimeError(f"{name}: dilation should be greater than zero (dilation={dilation})")


def check_channels(x: Tensor, weight: Tensor, bias: Tensor | None, groups: int) -> None:
    """The channels of the input, the kernel and the bias must agree."""
    if groups <= 0:
        raise RuntimeError(f"expected groups to be greater than 0, but got groups={groups}")
    if weight.shape[0] % groups or weight.shape[0] < groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be at least {groups} at dimension 0 and divisible by {groups}, "
            f"but got weight of size {list(weight.shape)} instead"
        )
    wanted = weight.shape[1] * groups
    if x.shape[1] != wanted:
        raise RuntimeError(
            f"Given groups={groups}, weight of size {list(weight.shape)}, expected input{list(x.shape)} to have "
            f"{wanted} channels, but got {x.shape[1]} channels instead: in_channels={x.shape[1]} would fit this input"
        )
    check_bias(bias, weight, weight.shape[0])


def check_bias(bias: Tensor | None, weight: Tensor, count: int) -> None:
    """One bias for each output channel."""
    if bias is not None and tuple(bias.shape) != (count,):
        raise RuntimeError(
            f"Given weight of size {list(weight.shape)}, expected bias to be 1-dimensional with {count} elements, but "
            f"got bias of size {list(bias.shape)} instead"
        )


def check_room(x: Tensor, weight: Tensor, padding: Sizes, dilation: Sizes) -> None:
    """The kernel must fit into the input with its rims."""
    room = [n + 2 * p for n, p in zip(x.shape[2:], padding, strict=True)]
    span = [d * (k - 1) + 1 for d, k in zip(dilation, weight.shape[2:], strict=True)]
    if any(k < 1 for k in weight.shape[2:]):
        raise RuntimeError(f"the kernel must not be empty: weight has size {list(weight.shape)}")
    if any(s > r for s, r in zip(span, room, strict=True)):
        raise RuntimeError(
            f"Calculated padded input size per channel: ({times(room)}). Kernel size: ({times(span)}). Kernel size "
            "can't be greater than actual input size: use a smaller kernel, more padding or a larger input"
        )


# -- transposed -----------------------------------------------------------------------------------------


@derived(
    r"W^\top \star x + b",
    method=False,
    cases=(
        case((2, 3, 4), (3, 2, 3), (2,), stride=2, output_padding=1),
        case((4, 3), (4, 1, 3), None, groups=2, dilation=2),
    ),
)
def conv_transpose1d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0,
    output_padding: Any = 0, groups: int = 1, dilation: Any = 1,
) -> Tensor:  # fmt: skip
    """The transpose of `conv1d`. Shapes: (N, C, L), (C, O / groups, K), (O,)."""
    return transposed(1, input, weight, bias, stride, padding, output_padding, groups, dilation)


@derived(
    r"W^\top \star x + b", method=False, cases=(case((2, 3, 3, 4), (3, 2, 3, 2), (2,), stride=(2, 1), padding=(1, 0)),)
)
def conv_transpose2d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0,
    output_padding: Any = 0, groups: int = 1, dilation: Any = 1,
) -> Tensor:  # fmt: skip
    """The transpose of `conv2d`: each element of the input spreads the kernel over the result, which so grows.

    Shapes: (N, C, H, W), (C, O / groups, kH, kW), (O,). The result has
    (H - 1) stride - 2 padding + dilation (kH - 1) + output_padding + 1 rows. Raises RuntimeError
    where the shapes do not fit.
    """
    return transposed(2, input, weight, bias, stride, padding, output_padding, groups, dilation)


@derived(r"W^\top \star x + b", method=False, cases=(case((1, 2, 2, 3, 2), (2, 2, 2, 2, 3), (2,), padding=1),))
def conv_transpose3d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0,
    output_padding: Any = 0, groups: int = 1, dilation: Any = 1,
) -> Tensor:  # fmt: skip
    """The transpose of `conv3d`. Shapes: (N, C, D, H, W), (C, O / groups, kD, kH, kW), (O,)."""
    return transposed(3, input, weight, bias, stride, padding, output_padding, groups, dilation)


def transposed(
    dims: int, input: Tensor, weight: Tensor, bias: Tensor | None, stride: Any, padding: Any, output_padding: Any,
    groups: int, dilation: Any,
) -> Tensor:  # fmt: skip
    """The transposed convolution over so many dimensions."""
    name = f"conv_transpose{dims}d"
    x, is_single = batched(input, dims, name)
    check_weight(weight, dims, name)
    check_dtypes(x, weight, bias)
    steps, spread = per_dim(stride, dims, "stride", name), per_dim(dilation, dims, "dilation", name)
    rims, extra = per_dim(padding, dims, "padding", name), per_dim(output_padding, dims, "output_padding", name)
    check_steps(steps, rims, spread, name)
    check_transposed(x, weight, bias, groups, extra, steps, spread)
    size = tuple(
        (n - 1) * s - 2 * p + d * (k - 1) + e + 1
        for n, s, p, d, k, e in zip(x.shape[2:], steps, rims, spread, weight.shape[2:], extra, strict=True)
    )
    if any(n < 1 for n in size):
        raise RuntimeError(
            f"Given input size per channel: ({times(x.shape[2:])}). Calculated output size per channel: "
            f"({times(size)}). Output size is too small: use less padding"
        )
    z: Tensor = convolution_input(x, weight, bias, size, steps, rims, spread, groups)
    return z.squeeze(0) if is_single else z


@derived(r"W \star x + b", method=False, cases=(case((5, 2, 3), (2, 3, 4), (4,), pad=1),))
def conv_tbc(input: Tensor, weight: Tensor, bias: Tensor, pad: int = 0) -> Tensor:
    """`conv1d` of (time, batch, channels), with a weight of (time, in, out)."""
    for what, tensor in (("Input", input), ("Weight", weight)):
        if tensor.ndim != 3:
            raise RuntimeError(f"conv_tbc: {what} must have 3 dims, but has shape {tuple(tensor.shape)}")
    return conv1d(input.permute(1, 2, 0), weight.permute(2, 1, 0), bias, padding=pad).permute(2, 0, 1)


def check_transposed(
    x: Tensor, weight: Tensor, bias: Tensor | None, groups: int, extra: Sizes, stride: Sizes, dilation: Sizes
) -> None:
    """The channels must agree, and what is added at the end must be less than a step."""
    if groups <= 0 or weight.shape[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight "
            f"of size {list(weight.shape)} instead"
        )
    if x.shape[1] != weight.shape[0]:
        raise RuntimeError(
            f"Given transposed=1, weight of size {list(weight.shape)}, expected input{list(x.shape)} to have "
            f"{weight.shape[0]} channels, but got {x.shape[1]} channels instead: in_channels={x.shape[1]} would fit "
            "this input"
        )
    check_bias(bias, weight, weight.shape[1] * groups)
    if any(e < 0 or e >= max(s, d) for e, s, d in zip(extra, stride, dilation, strict=True)):
        raise RuntimeError(
            f"output padding must be smaller than either stride or dilation, but got output_padding={extra}, "
            f"stride={stride}, dilation={dilation}"
        )
