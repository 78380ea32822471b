"""Transforms made of others: side by side, over several dimensions at once; and those that only change the shape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import add
from typing import Any

from autograd.distributions import constraints
from autograd.distributions.independent import sum_last
from autograd.distributions.transform import Transform, with_dims
from autograd.ops.joining import cat, stack
from autograd.size import Size
from autograd.tensor import Tensor

__all__ = ["CatTransform", "IndependentTransform", "ReshapeTransform", "StackTransform"]


class IndependentTransform(Transform):
    """A transform of each number as one of whole vectors, matrices, ...: what it stretches is added up.

    >>> import autograd
    >>> from autograd.distributions import ExpTransform
    >>> each = IndependentTransform(ExpTransform(), 1)
    >>> each.log_abs_det_jacobian(autograd.tensor([1.0, 2.0]), None)
    tensor(3.)
    """

    def __init__(self, base_transform: Transform, reinterpreted_batch_ndims: int, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.base_transform = base_transform
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims

    @property
    def bijective(self) -> bool:  # type: ignore[override]
        return self.base_transform.bijective

    @property
    def sign(self) -> Any:
        return self.base_transform.sign

    @property
    def domain(self) -> Any:
        base = self.base_transform.domain
        return with_dims(base, base.event_dim + self.reinterpreted_batch_ndims)

    @property
    def codomain(self) -> Any:
        base = self.base_transform.codomain
        return with_dims(base, base.event_dim + self.reinterpreted_batch_ndims)

    def forward_shape(self, shape: Any) -> Size:
        return self.base_transform.forward_shape(shape)

    def inverse_shape(self, shape: Any) -> Size:
        return self.base_transform.inverse_shape(shape)

    def _call(self, x: Tensor) -> Tensor:
        return self.base_transform(x)

    def _inverse(self, y: Tensor) -> Tensor:
        return self.base_transform.invert(y)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return sum_last(self.base_transform.log_abs_det_jacobian(x, y), self.reinterpreted_batch_ndims)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_transform!r}, {self.reinterpreted_batch_ndims})"


class ReshapeTransform(Transform):
    """The same numbers in another shape. Raises ValueError where the shapes hold different numbers of them.

    >>> import autograd
    >>> ReshapeTransform((4,), (2, 2))(autograd.zeros(3, 4)).shape
    torch.Size([3, 2, 2])
    """

    bijective = True

    def __init__(self, in_shape: Any, out_shape: Any, cache_size: int = 0) -> None:
        self.in_shape, self.out_shape = Size(in_shape), Size(out_shape)
        if self.in_shape.numel() != self.out_shape.numel():
            raise ValueError("in_shape, out_shape have different numbers of elements")
        super().__init__(cache_size)

    @property
    def domain(self) -> Any:
        return constraints.independent(constraints.real, len(self.in_shape))

    @property
    def codomain(self) -> Any:
        return constraints.independent(constraints.real, len(self.out_shape))

    def forward_shape(self, shape: Any) -> Size:
        return exchanged(shape, self.in_shape, self.out_shape)

    def inverse_shape(self, shape: Any) -> Size:
        return exchanged(shape, self.out_shape, self.in_shape)

    def _call(self, x: Tensor) -> Tensor:
        return x.reshape(self.forward_shape(x.shape))

    def _inverse(self, y: Tensor) -> Tensor:
        return y.reshape(self.inverse_shape(y.shape))

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return x.new_zeros(x.shape[: x.ndim - len(self.in_shape)])


def exchanged(shape: Any, end: Size, other: Size) -> Size:
    """A shape with another end; ValueError where it does not end so."""
    cut = len(shape) - len(end)
    if cut < 0 or tuple(shape[cut:]) != tuple(end):
        raise ValueError(f"Shape mismatch: expected {tuple(shape[max(cut, 0) :])} but got {tuple(end)}")
    return Size((*shape[:cut], *other))


class SideBySide(Transform):
    """Several transforms, each of its own part of a tensor along one dimension."""

    def __init__(self, tseq: Sequence[Transform], dim: int, cache_size: int) -> None:
        super().__init__(cache_size)
        self.transforms = list(tseq)
        self.dim = dim

    @property
    def bijective(self) -> bool:  # type: ignore[override]
        return all(part.bijective for part in self.transforms)

    def split(self, x: Tensor) -> Iterator[Tensor]:
        """The part of each transform."""
        raise TypeError(f"{type(self).__name__} does not define split")

    def join(self, parts: list[Tensor]) -> Tensor:
        """The whole of the parts."""
        raise TypeError(f"{type(self).__name__} does not define join")

    def _call(self, x: Tensor) -> Tensor:
        return self.join([part(piece) for part, piece in zip(self.transforms, self.split(x), strict=True)])

    def _inverse(self, y: Tensor) -> Tensor:
        return self.join([part.invert(piece) for part, piece in zip(self.transforms, self.split(y), strict=True)])


class StackTransform(SideBySide):
    """One transform for each slice along a dimension.

    >>> import autograd
    >>> from autograd.distributions import AffineTransform, ExpTransform
    >>> StackTransform([ExpTransform(), AffineTransform(1.0, 2.0)])(autograd.zeros(2))
    tensor([1., 1.])
    """

    def __init__(self, tseq: Sequence[Transform], dim: int = 0, cache_size: int = 0) -> None:
        super().__init__(tseq, dim, cache_size)

    @property
    def domain(self) -> Any:
        return constraints.stack([part.domain for part in self.transforms], self.dim)

    @property
    def codomain(self) -> Any:
        return constraints.stack([part.codomain for part in self.transforms], self.dim)

    def split(self, x: Tensor) -> Iterator[Tensor]:
        yield from x.unbind(self.dim)

    def join(self, parts: list[Tensor]) -> Tensor:
        return stack(parts, self.dim)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        pieces = zip(self.transforms, self.split(x), self.split(y), strict=True)
        return self.join([part.log_abs_det_jacobian(a, b) for part, a, b in pieces])


class CatTransform(SideBySide):
    """Transforms of pieces of given lengths along a dimension; each piece is 1 long unless told otherwise.

    >>> import autograd
    >>> from autograd.distributions import AffineTransform, ExpTransform
    >>> CatTransform([ExpTransform(), AffineTransform(1.0, 2.0)], lengths=[1, 2])(autograd.zeros(3))
    tensor([1., 1., 1.])
    """

    def __init__(self, tseq: Sequence[Transform], dim: int = 0, lengths: Any = None, cache_size: int = 0) -> None:
        super().__init__(tseq, dim, cache_size)
        self.lengths = [1] * len(self.transforms) if lengths is None else list(lengths)

    @property
    def length(self) -> int:
        """How long all pieces are together."""
        return sum(self.lengths)

    @property
    def event_dim(self) -> int:
        return max(part.event_dim for part in self.transforms)

    @property
    def domain(self) -> Any:
        return constraints.cat([part.domain for part in self.transforms], self.dim, self.lengths)

    @property
    def codomain(self) -> Any:
        return constraints.cat([part.codomain for part in self.transforms], self.dim, self.lengths)

    def split(self, x: Tensor) -> Iterator[Tensor]:
        yield from x.split(self.lengths, self.dim)

    def join(self, parts: list[Tensor]) -> Tensor:
        return cat(parts, self.dim)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        found = []
        for part, a, b in zip(self.transforms, self.split(x), self.split(y), strict=True):
            found.append(sum_last(part.log_abs_det_jacobian(a, b), self.event_dim - part.event_dim))
        dim = self.dim if self.dim < 0 else self.dim - x.ndim
        return cat(found, dim + self.event_dim) if dim + self.event_dim < 0 else reduce(add, found)
