"""Complex numbers: their parts, as views of the same memory, and the ways to make them.

Gradients follow PyTorch: the gradient of a real result r by z = x + iy is dr/dx + i dr/dy, the
direction in which r grows fastest.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import dtypes
from autograd.arrays import Array
from autograd.attach import add_methods
from autograd.cases import PAIRS, case, sample, within
from autograd.derived import derived
from autograd.op import op
from autograd.ops.arranging import _transpose
from autograd.ops.trigonometry import atan2, cos, sin
from autograd.tensor import Tensor

MATRIX = (case(sample((3, 4), kind="complex")), case(sample((), kind="complex")))
REAL_TOO = (*MATRIX, case((3, 4)))


# -- parts ------------------------------------------------------------------------------------------------


@op(r"\bar x", name="conj", method=False, kind="free", cases=MATRIX)
def _conj(x: Array) -> Array:
    """The complex conjugate."""
    return np.conj(x)


@op(r"\Re x", name="real", method=False, kind="free", view=True, cases=MATRIX)
def _real(x: Array) -> Array:
    """The real part: a view."""
    return x.real


@op(r"\Im x", name="imag", method=False, kind="free", view=True, cases=MATRIX)
def _imag(x: Array) -> Array:
    """The imaginary part: a view."""
    return x.imag


_conj.vjp("x", r"\overline{\bar z}")(lambda g: g.conj())
_real.vjp("x", r"\bar z")(lambda g, x_dtype: g + x_dtype.type(0))
_imag.vjp("x", r"i \bar z")(lambda g, x_dtype: g * x_dtype.type(1j))


@derived(r"\bar x", cases=REAL_TOO, numpy=np.conjugate)
def conj(input: Tensor) -> Tensor:
    """The complex conjugate; a real tensor as it is. A copy, where PyTorch has a view that is conjugated when read."""
    return _conj(input) if input.dtype.is_complex else input


@derived(r"\bar x", cases=REAL_TOO, inplace=True)
def conj_physical(input: Tensor) -> Tensor:
    """The complex conjugate, as `conj`."""
    return conj(input)


@derived(r"\Re x", cases=REAL_TOO, method=False, numpy=np.real)
def real(input: Tensor) -> Tensor:
    """The real part, as a view; a real tensor as it is."""
    return _real(input) if input.dtype.is_complex else input


@derived(r"\Im x", cases=MATRIX, method=False, numpy=np.imag)
def imag(input: Tensor) -> Tensor:
    """The imaginary part, as a view. Raises RuntimeError for a real tensor, which has none."""
    if not input.dtype.is_complex:
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return _imag(input)


def set_real(self: Tensor, value: Tensor) -> None:
    """`x.real = value`: overwrite the real parts."""
    real(self).copy_(value)


def set_imag(self: Tensor, value: Tensor) -> None:
    """`x.imag = value`: overwrite the imaginary parts."""
    imag(self).copy_(value)


add_methods(real=property(real, set_real), imag=property(imag, set_imag))


@derived(
    r"\arg x",
    cases=(case(sample((3, 4), 0.5, 2.0, "complex")), case(sample((), 0.5, 2.0, "complex")), case((3, 4))),
    numpy=np.angle,
    casts_out=True,
)
def angle(input: Tensor) -> Tensor:
    """The angle of each number in the plane, in (-pi, pi]: 0 for positive ones, pi for negative ones.

    Its derivative at 0 is 0, as in PyTorch, and so it is by any real number.

    >>> import autograd
    >>> autograd.angle(autograd.tensor([1 + 1j, -2]))
    tensor([0.7854, 3.1416])
    """
    if input.dtype.is_complex:
        return atan2(_imag(input), _real(input))
    x = input if input.dtype.is_floating_point else input.to(dtypes.get_default_dtype())
    return atan2(x.new_zeros(()), x + 0.0)  # -0.0 + 0.0 is 0.0, whose angle is 0


# -- two real numbers as a complex one ----------------------------------------------------------------------


@op(r"x + i y", name="complex", method=False, inplace=False, broadcasts=True, numbers="none", kind="free",
    refuses={"c": "its parts are real numbers"}, cases=PAIRS)  # fmt: skip
def _complex(x: Array, y: Array) -> Array:
    """The complex numbers with these parts."""
    whole = np.empty(np.broadcast_shapes(x.shape, y.shape), np.result_type(x.dtype, np.complex64))
    whole.real, whole.imag = x, y  # x + 1j * y would turn an infinite part into NaN
    return whole[()]


_complex.vjp("x", r"\Re \bar z")(lambda g: g.real)
_complex.vjp("y", r"\Im \bar z")(lambda g: g.imag)


def check_parts(name: str, first: str, x: Any, second: str, y: Any) -> None:
    """Raise unless both are real floating tensors of one dtype."""
    for position, (argument, part) in enumerate(((first, x), (second, y)), 1):
        if not isinstance(part, Tensor):
            raise TypeError(
                f"{name}(): argument '{argument}' (position {position}) must be Tensor, not {type(part).__name__}"
            )
    if not (x.is_floating_point() and y.is_floating_point()):
        raise RuntimeError(
            f"{name}: Expected both inputs to be Half, Float or Double tensors but got {x.dtype.name} and "
            f"{y.dtype.name}: convert with .float()"
        )
    if x.dtype is not y.dtype:
        raise RuntimeError(
            f"{name}: Expected object of scalar type {x.dtype.name} but got scalar type {y.dtype.name} for second "
            f"argument: convert it with .to({x.dtype!r})"
        )


@derived(r"x + i y", cases=PAIRS, method=False)
def complex(real: Any, imag: Any, *, out: Tensor | None = None) -> Tensor:
    """The complex numbers with the given real and imaginary parts.

    Raises RuntimeError unless both are floating tensors of one dtype.

    >>> import autograd
    >>> autograd.complex(autograd.tensor([1.0, 2.0]), autograd.tensor([3.0, 4.0]))
    tensor([1.+3.j, 2.+4.j])
    """
    check_parts("complex", "real", real, "imag", imag)
    if out is not None and out.dtype is not real.dtype.to_complex():
        raise RuntimeError(
            f"complex: Expected object of scalar type {real.dtype.to_complex().name} but got scalar type "
            f"{out.dtype.name} for argument 'out'"
        )
    if real.dtype is dtypes.float16:
        real, imag = real.float(), imag.float()  # NumPy has no complex numbers of half precision
    whole: Tensor = _complex(real, imag, out=out)
    return whole


@derived(r"r e^{i \varphi}", cases=within(PAIRS, 0.3, 2.0), method=False)
def polar(abs: Any, angle: Any) -> Tensor:
    """The complex numbers with the given absolute values, which should not be negative, and angles.

    >>> import math, autograd
    >>> autograd.polar(autograd.tensor([2.0]), autograd.tensor([math.pi / 2])).imag
    tensor([2.])
    """
    check_parts("polar", "abs", abs, "angle", angle)
    return complex(abs * cos(angle), abs * sin(angle))


# -- the same memory seen as real or as complex numbers -----------------------------------------------------


@op(r"(\Re x, \Im x)", method=False, kind="free", view=True, cases=MATRIX)
def _view_as_real(x: Array) -> Array:
    """Both parts, along a new last dimension: a view."""
    return x[..., None].view(x.real.dtype)


@op(r"x_0 + i x_1", method=False, kind="free", view=True, refuses=dict.fromkeys("biuc", ""),
    cases=(case((3, 2)), case((2,)), case((0, 2))))  # fmt: skip
def _view_as_complex(x: Array) -> Array:
    """Pairs along the last dimension as complex numbers: a view, if each pair lies together in memory."""
    pairs = x if x.strides[-1] == x.itemsize else x.copy()
    return pairs.view(np.result_type(x.dtype, np.complex64))[..., 0]


_view_as_real.vjp("x", r"\bar z_0 + i \bar z_1")(lambda g: _complex.either(g[..., 0], g[..., 1]))
_view_as_complex.vjp("x", r"(\Re \bar z, \Im \bar z)")(lambda g: _view_as_real.either(g))


@derived(r"(\Re x, \Im x)", cases=MATRIX, method=False)
def view_as_real(input: Tensor) -> Tensor:
    """A complex tensor's real and imaginary parts as a new last dimension of size 2: a view.

    Raises RuntimeError for a real tensor.

    >>> import autograd
    >>> autograd.view_as_real(autograd.tensor([1 + 2j, 3 - 1j]))
    tensor([[ 1.,  2.],
            [ 3., -1.]])
    """
    if not input.dtype.is_complex:
        raise RuntimeError(f"view_as_real is only supported for complex tensors, and this one is {input.dtype.name}")
    return _view_as_real(input)


@derived(r"x_0 + i x_1", cases=_view_as_complex.op.cases[:2], method=False)
def view_as_complex(input: Tensor) -> Tensor:
    """A tensor whose last dimension holds pairs of numbers as a complex tensor: a view.

    Raises RuntimeError unless it is floating, its last dimension is of size 2, and pairs lie as complex numbers do.
    """
    check_pairs(input)
    return _view_as_complex(input)


def check_pairs(input: Tensor) -> None:
    """Raise unless the numbers of each pair lie together in memory, and where a complex number may start."""
    if input.dtype not in (dtypes.float32, dtypes.float64):
        raise RuntimeError(
            "view_as_complex is only supported for half, float and double tensors, but got a tensor of scalar type: "
            f"{input.dtype.name} (of which half has no complex type here: convert with .float())"
        )
    if input.ndim == 0:
        raise RuntimeError("view_as_complex: Input tensor must have one or more dimensions")
    if input.shape[-1] != 2:
        raise RuntimeError(
            f"view_as_complex: Tensor must have a last dimension of size 2, got shape {tuple(input.shape)}"
        )
    if input.numel() and input.stride(-1) != 1:
        raise RuntimeError(
            "view_as_complex: Tensor must have a last dimension with stride 1, for the two numbers of a pair to lie "
            "together, so a complex view is not compatible with input tensor's size and stride: "
            f"{tuple(input.shape)} with strides {input.stride()}. Call .contiguous() first"
        )
    if input.numel() and (input.storage_offset() % 2 or any(step % 2 for step in input.stride()[:-1])):
        raise RuntimeError(
            "view_as_complex: Tensor must have a storage_offset divisible by 2 and a stride divisible by 2 for all but "
            f"last dimension, got offset {input.storage_offset()} and strides {input.stride()}. Call .clone() first"
        )


# -- the conjugate transpose --------------------------------------------------------------------------------


@derived(r"\bar x^\top", cases=(case(sample((3, 4), kind="complex")), case((2, 3, 4))))
def adjoint(input: Tensor) -> Tensor:
    """The conjugate transpose of a matrix, or of each matrix of a batch."""
    return conjugate_transpose(input, "adjoint()")


def conjugate_transpose(x: Tensor, name: str) -> Tensor:
    """The conjugate with the last two dimensions exchanged."""
    if x.ndim == 1:
        raise RuntimeError(f"tensor.{name} is only supported on matrices or batches of matrices. Got 1-D tensor.")
    transposed = _transpose(x, x.ndim - 2, x.ndim - 1) if x.ndim else x
    return conj(transposed)


def matrix_adjoint(self: Tensor) -> Tensor:
    """The conjugate transpose of a matrix, or of each matrix of a batch."""
    return conjugate_transpose(self, "mH")


def hermitian_transpose(self: Tensor) -> Tensor:
    """The conjugate transpose of a matrix. RuntimeError for more than two dimensions: for batches there is `mH`."""
    if self.ndim not in (0, 2):
        cure = " For batches of matrices, consider using tensor.mH" if self.ndim > 2 else ""
        raise RuntimeError(f"tensor.H is only supported on matrices (2-D tensors). Got {self.ndim}-D tensor.{cure}")
    return conjugate_transpose(self, "H")


add_methods(mH=property(matrix_adjoint), H=property(hermitian_transpose))


# -- PyTorch's lazy conjugates and negatives: here both are computed at once, so there is nothing to resolve


@derived(r"x", cases=REAL_TOO)
def resolve_conj(input: Tensor) -> Tensor:
    """The tensor itself: no conjugate is pending here."""
    return input


@derived(r"x", cases=REAL_TOO)
def resolve_neg(input: Tensor) -> Tensor:
    """The tensor itself: no negative is pending here."""
    return input


def is_conj(input: Tensor) -> bool:
    """False: no conjugate is pending here."""
    return False


def is_neg(input: Tensor) -> bool:
    """False: no negative is pending here."""
    return False


add_methods(is_conj=is_conj, is_neg=is_neg)
