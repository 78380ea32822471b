"""What all transforms are: smooth functions, most of them invertible, that know by how much they stretch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from autograd.create import zeros_like
from autograd.distributions import constraints
from autograd.distributions.independent import sum_last
from autograd.misuse import speaking_constructor
from autograd.size import Size
from autograd.tensor import Tensor

__all__ = ["ComposeTransform", "Transform", "identity_transform"]


class Transform:
    """A function y = f(x); a subclass defines `_call`, `_inverse` and `log_abs_det_jacobian`.

    Attributes:
        bijective: whether each y comes from one x.
        domain, codomain: what x and y may be.
        sign: 1 where it increases everywhere, -1 where it decreases; a tensor of these for several functions.
    """

    bijective = False
    domain: Any = constraints.real
    codomain: Any = constraints.real

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        speaking_constructor(cls)

    def __init__(self, cache_size: int = 0) -> None:
        if cache_size not in (0, 1):
            raise ValueError("cache_size must be 0 or 1")
        self.cache_size = cache_size
        self._last: tuple[Any, Any] = (None, None)

    def __call__(self, x: Tensor) -> Tensor:
        if self.cache_size and x is self._last[0]:
            return self._last[1]
        y = self._call(x)
        self._remember(x, y)
        return y

    def invert(self, y: Tensor) -> Tensor:
        """The x whose image is y: with cache_size=1, the very one that y was made of, if that was the last."""
        if self.cache_size and y is self._last[1]:
            return self._last[0]
        x = self._inverse(y)
        self._remember(x, y)
        return x

    def _remember(self, x: Tensor, y: Tensor) -> None:
        if self.cache_size:
            self._last = (x, y)

    @property
    def inv(self) -> Transform:
        """The inverse function, as a Transform."""
        return Inverse(self)

    @property
    def event_dim(self) -> int:
        """How many last dimensions are one value, if they are as many before as after; ValueError otherwise."""
        if self.domain.event_dim != self.codomain.event_dim:
            raise ValueError("Please use either .domain.event_dim or .codomain.event_dim")
        found: int = self.domain.event_dim
        return found

    @property
    def sign(self) -> Any:
        """Whether it increases (1) or decreases (-1); NotImplementedError where it does neither."""
        raise unsigned(self)

    def forward_shape(self, shape: Any) -> Size:
        """The shape of what comes of an x of a shape."""
        return Size(shape)

    def inverse_shape(self, shape: Any) -> Size:
        """The shape of the x that a y of a shape comes from."""
        return Size(shape)

    def _call(self, x: Tensor) -> Tensor:
        """y = f(x)."""
        raise TypeError(f"{type(self).__name__} does not define _call")

    def _inverse(self, y: Tensor) -> Tensor:
        """x with f(x) = y."""
        raise TypeError(f"{type(self).__name__} does not define _inverse")

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """ln |det dy/dx|: how much the function stretches at x."""
        raise TypeError(f"{type(self).__name__} does not define log_abs_det_jacobian")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Inverse(Transform):
    """The inverse of a transform."""

    def __init__(self, transform: Transform) -> None:
        super().__init__()
        self.transform = transform

    bijective = True

    @property
    def sign(self) -> Any:
        return self.transform.sign

    def forward_shape(self, shape: Any) -> Size:
        return self.transform.inverse_shape(shape)

    def inverse_shape(self, shape: Any) -> Size:
        return self.transform.forward_shape(shape)

    @property
    def domain(self) -> Any:
        return self.transform.codomain

    @property
    def codomain(self) -> Any:
        return self.transform.domain

    @property
    def inv(self) -> Transform:
        return self.transform

    def _call(self, x: Tensor) -> Tensor:
        return self.transform.invert(x)

    def _inverse(self, y: Tensor) -> Tensor:
        return self.transform(y)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return -self.transform.log_abs_det_jacobian(y, x)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Inverse) and self.transform == other.transform

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"_InverseTransform({self.transform!r})"


class ComposeTransform(Transform):
    """One transform after another: the first of `parts` first.

    >>> import autograd
    >>> from autograd.distributions import AffineTransform, ExpTransform
    >>> ComposeTransform([AffineTransform(0.0, 2.0), ExpTransform()])(autograd.tensor(0.5))
    tensor(2.7183)
    """

    def __init__(self, parts: Sequence[Transform], cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.parts = list(parts)

    @property
    def bijective(self) -> bool:  # type: ignore[override]
        return all(part.bijective for part in self.parts)

    @property
    def domain(self) -> Any:
        if not self.parts:
            return constraints.real
        dims = self.parts[-1].codomain.event_dim
        for part in reversed(self.parts):
            dims = max(dims + part.domain.event_dim - part.codomain.event_dim, part.domain.event_dim)
        return with_dims(self.parts[0].domain, dims)

    @property
    def codomain(self) -> Any:
        if not self.parts:
            return constraints.real
        dims = self.parts[0].domain.event_dim
        for part in self.parts:
            dims = max(dims + part.codomain.event_dim - part.domain.event_dim, part.codomain.event_dim)
        return with_dims(self.parts[-1].codomain, dims)

    @property
    def sign(self) -> Any:
        return math.prod(part.sign for part in self.parts)

    def forward_shape(self, shape: Any) -> Size:
        for part in self.parts:
            shape = part.forward_shape(shape)
        return Size(shape)

    def inverse_shape(self, shape: Any) -> Size:
        for part in reversed(self.parts):
            shape = part.inverse_shape(shape)
        return Size(shape)

    def _call(self, x: Tensor) -> Tensor:
        for part in self.parts:
            x = part(x)
        return x

    def _inverse(self, y: Tensor) -> Tensor:
        for part in reversed(self.parts):
            y = part.invert(y)
        return y

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        if not self.parts:
            return zeros_like(x)
        total: Any = 0.0
        dims = self.domain.event_dim
        for part in self.parts:
            then = part(x)
            total = total + sum_last(part.log_abs_det_jacobian(x, then), dims - part.domain.event_dim)
            dims += part.codomain.event_dim - part.domain.event_dim
            x = then
        return total

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ComposeTransform) and self.parts == other.parts

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        parts = ",\n    ".join(map(repr, self.parts))
        return f"ComposeTransform(\n    {parts}\n)"


identity_transform = ComposeTransform([])


def unsigned(transform: Transform) -> NotImplementedError:
    """The error for a transform that is asked whether it increases or decreases."""
    return NotImplementedError(f"{transform!r} is not known to increase everywhere, nor to decrease")


def with_dims(constraint: Any, dims: int) -> Any:
    """A constraint on values of more dimensions, all of whose parts it holds for."""
    more = dims - constraint.event_dim
    return constraints.independent(constraint, more) if more > 0 else constraint
