"""Discrete Fourier transforms: a signal as a sum of oscillations.

Three primitives carry all of torch.fft: complex to complex, real to complex, and back from complex
to real. A transform is a matrix with elements s exp(-2 pi i j k / n), so the dual, which gradients
need, has exp(+2 pi i j k / n) and the same factor s: it is the inverse transform with the other
normalization. NumPy computes them: Cooley and Tukey, "An algorithm for the machine calculation of
complex Fourier series", Mathematics of Computation 19, 1965.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np

from autograd import dtypes
from autograd.arrays import Array
from autograd.cases import case, sample
from autograd.dims import one_dim
from autograd.op import op
from autograd.ops.joining import _constant_pad
from autograd.tensor import Tensor

Norm = Literal["backward", "forward", "ortho"]
OTHER = {"backward": "forward", "forward": "backward", "ortho": "ortho"}
"""The normalization with which the transform in the other direction has the same factor."""


# -- complex to complex: its own dual, in the other direction -----------------------------------------------


@op(r"z_k = s \sum_j x_j e^{\mp 2 \pi i j k / n}", name="fft_c2c", node="FftC2CBackward0", method=False, kind="free",
    cases=(case(sample((3, 4), kind="complex"), dim=(1,), norm="backward", inverse=False),
           case(sample((2, 3, 5), kind="complex"), dim=(0, 2), norm="backward", inverse=True),
           case(sample((3, 2), kind="complex"), dim=(0,), norm="ortho", inverse=True)))  # fmt: skip
def _fft_c2c(x: Array, dim: tuple[int, ...], norm: Norm, inverse: bool) -> Array:
    """The transform along some dimensions; `inverse` gives the exponent its positive sign."""
    transform = np.fft.ifftn if inverse else np.fft.fftn
    return transform(x, axes=dim, norm=norm)


@_fft_c2c.vjp("x", r"s \sum_k \bar z_k e^{\pm 2 \pi i j k / n}")
def _(g: Any, dim: tuple[int, ...], norm: str, inverse: bool) -> Any:
    return _fft_c2c.either(g, dim, OTHER[norm], not inverse)


# -- real to complex and back: duals of each other ----------------------------------------------------------


@op(
    r"z_k = s \sum_j x_j e^{-2 \pi i j k / n}, \; k \le n/2",
    name="fft_r2c",
    node="FftR2CBackward0",
    method=False,
    kind="free",
    cases=(case((3, 4), dim=1, norm="backward"), case((5, 2), dim=0, norm="ortho"), case((1,), dim=0, norm="forward")),
)
def _fft_r2c(x: Array, dim: int, norm: Norm) -> Array:
    """The transform of real numbers; the half that says it all, for z_(n-k) is the conjugate of z_k."""
    return np.fft.rfft(x, axis=dim, norm=norm)


@op(
    r"z_j = s \, \Re \sum_k c_k x_k e^{2 \pi i j k / n}",
    name="fft_c2r",
    node="FftC2RBackward0",
    method=False,
    kind="free",
    cases=(
        case(sample((2, 3), kind="complex"), dim=1, n=4, norm="backward"),
        case(sample((3, 2), kind="complex"), dim=0, n=5, norm="ortho"),
        case(sample((1,), kind="complex"), dim=0, n=1, norm="forward"),
    ),
)
def _fft_c2r(x: Array, dim: int, n: int, norm: Norm) -> Array:
    """The n real numbers with this half of a transform, n // 2 + 1 long."""
    return np.fft.irfft(x, n, axis=dim, norm=norm)


@_fft_r2c.vjp("x", r"s \, \Re \sum_k \bar z_k e^{2 \pi i j k / n}")
def _(g: Any, x_shape: tuple[int, ...], dim: int, norm: str) -> Any:
    return _fft_c2r.either(g / occurrences(g, dim, x_shape[dim]), dim, x_shape[dim], OTHER[norm])


@_fft_c2r.vjp("x", r"s \, c_k \sum_j \bar z_j e^{-2 \pi i j k / n}")
def _(g: Any, dim: int, n: int, norm: str) -> Any:
    half = _fft_r2c.either(g, dim, OTHER[norm])
    return half * occurrences(half, dim, n)


def occurrences(half: Any, dim: int, n: int) -> Array:
    """How often each z_k of the half stands in the whole transform: once in itself, and once as a conjugate."""
    counts = np.full(n // 2 + 1, 2, half.dtype)
    counts[0] = 1
    if n % 2 == 0:
        counts[-1] = 1
    return counts.reshape(-1, *(1,) * (half.ndim - dim - 1))


# -- what is transformed: along which dimensions, to which sizes --------------------------------------------


class Plan(NamedTuple):
    """A transform's dimensions, the sizes asked for (None: as they are), and its normalization."""

    name: str
    dims: tuple[int, ...]
    sizes: tuple[int | None, ...]
    norm: str

    def flipped(self) -> Plan:
        """The plan with the normalization of the other direction."""
        return self._replace(norm=OTHER[self.norm])


def plan(name: str, x: Tensor, sizes: Any, dims: Any, norm: str | None) -> Plan:
    """Check a transform's arguments. `sizes` and `dims` are numbers, several, or None."""
    if x.dtype is dtypes.float16:
        raise RuntimeError(f"{name}: Unsupported dtype Half: convert with .float()")
    if (norm or "backward") not in OTHER:
        raise RuntimeError(f'{name}: Invalid normalization mode: "{norm}": there are {", ".join(OTHER)}')
    sizes = None if sizes is None else as_tuple(sizes)
    if dims is None:
        dims = range(x.ndim) if sizes is None else range(x.ndim - len(sizes), x.ndim)
        if sizes is not None and len(sizes) > x.ndim:
            raise RuntimeError(
                f"{name}: Got shape with {len(sizes)} values but input tensor only has {x.ndim} dimensions."
            )
    dims = as_tuple(dims)
    if sizes is not None and len(sizes) != len(dims):
        raise RuntimeError(
            f"{name}: When given, dim and shape arguments must have the same length: got sizes {sizes} for dims {dims}"
        )
    if dims and not x.ndim:
        raise IndexError(f"{name}: Dimension specified as {dims[0]} but tensor has no dimensions")
    places = tuple(one_dim(dim, x.ndim, name) for dim in dims)
    if len(set(places)) != len(places):
        raise RuntimeError(f"{name}: FFT dims must be unique, got {dims}")
    return Plan(name, places, sizes or (None,) * len(places), norm or "backward")


def line(name: str, x: Tensor, n: int | None, dim: int, norm: str | None) -> Plan:
    """The plan of a transform along one dimension."""
    if n is not None:
        check_size(name, whole(name, "n", n))
    return plan(name, x, n, whole(name, "dim", dim), norm)


def whole(name: str, argument: str, value: Any) -> int:
    """A number that must be whole."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"fft_{name}(): argument '{argument}' must be int, not {type(value).__name__}")
    return int(value)


def as_tuple(value: Any) -> tuple[Any, ...]:
    """Several numbers as they are, one as a tuple of one."""
    return tuple(value) if hasattr(value, "__iter__") else (value,)


def check_size(name: str, n: int) -> int:
    """The size, if there can be a transform of it."""
    if n < 1:
        raise RuntimeError(f"{name}: Invalid number of data points ({n}) specified: a transform needs at least one")
    return n


def resized(x: Tensor, p: Plan, *, halved: bool = False) -> tuple[Tensor, tuple[int, ...]]:
    """x cut or filled up with zeros to the sizes of the plan, and these; `halved`: the last one is of a real result."""
    after = [0] * x.ndim
    sizes = []
    for place, (dim, wanted) in enumerate(zip(p.dims, p.sizes, strict=True)):
        own = x.shape[dim]
        half = halved and place == len(p.dims) - 1
        size = (2 * (own - 1) if half else own) if wanted is None or wanted == -1 else int(wanted)
        sizes.append(check_size(p.name, size))
        after[dim] = (size // 2 + 1 if half else size) - own
    if any(after):
        x = _constant_pad(x, (0,) * x.ndim, tuple(after), 0.0)
    return x, tuple(sizes)


def at_least_one_dim(p: Plan) -> None:
    """Raise for a transform between real and complex numbers along no dimension."""
    if not p.dims:
        raise RuntimeError(f"{p.name} must transform at least one axis")


def as_floating(x: Tensor) -> Tensor:
    """Integers as floats."""
    return x if x.dtype.category >= dtypes.FLOATING else x.to(dtypes.get_default_dtype())


def as_complex(x: Tensor) -> Tensor:
    """Real numbers as complex ones."""
    x = as_floating(x)
    return x if x.dtype.is_complex else x.to(x.dtype.to_complex())


def as_real(x: Tensor, name: str) -> Tensor:
    """Integers as floats; RuntimeError for complex numbers."""
    if x.dtype.is_complex:
        raise RuntimeError(
            f"{name} expects a real input tensor, but got {x.dtype.name}: take .real, or a complex transform"
        )
    return as_floating(x)


def complex_transform(x: Tensor, p: Plan, *, inverse: bool) -> Tensor:
    """Complex to complex."""
    signal, _ = resized(as_complex(x), p)
    return along(signal, p.dims, p.norm, inverse)


def along(x: Tensor, dims: tuple[int, ...], norm: str, inverse: bool) -> Tensor:
    """A complex transform along any number of dimensions, none included."""
    return _fft_c2c(x, dims, norm, inverse) if dims else x


def real_transform(x: Tensor, p: Plan) -> Tensor:
    """Real to complex: half of the last dimension's transform, then the other dimensions'."""
    at_least_one_dim(p)
    signal, _ = resized(as_real(x, p.name), p)
    return along(_fft_r2c(signal, p.dims[-1], p.norm), p.dims[:-1], p.norm, False)


def real_inverse(x: Tensor, p: Plan) -> Tensor:
    """Complex to real: `real_transform` undone in the opposite order."""
    at_least_one_dim(p)
    half, sizes = resized(as_complex(x), p, halved=True)
    real: Tensor = _fft_c2r(along(half, p.dims[:-1], p.norm, True), p.dims[-1], sizes[-1], p.norm)
    return real
