"""Smooth invertible functions, and by how much they stretch: what turns one distribution into another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Number
from typing import Any

from autograd.create import zeros_like
from autograd.distributions import constraints
from autograd.distributions.parameters import clamp_probs
from autograd.misuse import speaking_constructor
from autograd.ops.activation import sigmoid, softplus
from autograd.ops.shaping import broadcast_tensors
from autograd.tensor import Tensor

__all__ = [
    "AbsTransform", "AffineTransform", "ComposeTransform", "ExpTransform", "PowerTransform", "SigmoidTransform",
    "SoftplusTransform", "TanhTransform", "Transform", "identity_transform",
]  # fmt: skip


class Transform:
    """A function y = f(x); a subclass defines `_call`, `_inverse` and `log_abs_det_jacobian`.

    Attributes:
        bijective: whether each y comes from one x.
        domain, codomain: what x and y may be.
        event_dim: how many last dimensions are one value.
    """

    bijective = False
    domain: Any = constraints.real
    codomain: Any = constraints.real
    event_dim = 0

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
    def domain(self) -> Any:
        return self.transform.codomain

    @property
    def codomain(self) -> Any:
        return self.transform.domain

    @property
    def event_dim(self) -> int:  # type: ignore[override]
        return self.transform.event_dim

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


class ComposeTransform(Transform):
    """One transform after another: the first of `parts` first.

    >>> import autograd
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
        return self.parts[0].domain if self.parts else constraints.real

    @property
    def codomain(self) -> Any:
        return self.parts[-1].codomain if self.parts else constraints.real

    @property
    def event_dim(self) -> int:  # type: ignore[override]
        return max((part.event_dim for part in self.parts), default=0)

    def _call(self, x: Tensor) -> Tensor:
        for part in self.parts:
            x = part(x)
        return x

    def _inverse(self, y: Tensor) -> Tensor:
        for part in reversed(self.parts):
            y = part.invert(y)
        return y

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        total = zeros_like(x)
        for part in self.parts:
            then = part(x)
            total = total + part.log_abs_det_jacobian(x, then)
            x = then
        return total

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ComposeTransform) and self.parts == other.parts

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        parts = ",\n    ".join(map(repr, self.parts))
        return f"ComposeTransform(\n    {parts}\n)"


identity_transform = ComposeTransform([])


class ExpTransform(Transform):
    """y = exp(x)."""

    bijective = True
    codomain = constraints.positive

    def _call(self, x: Tensor) -> Tensor:
        return x.exp()

    def _inverse(self, y: Tensor) -> Tensor:
        return y.log()

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return x


class PowerTransform(Transform):
    """y = x^exponent, of positive numbers."""

    bijective = True
    domain = codomain = constraints.positive

    def __init__(self, exponent: Any, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.exponent = exponent

    def _call(self, x: Tensor) -> Tensor:
        return x.pow(self.exponent)

    def _inverse(self, y: Tensor) -> Tensor:
        return y.pow(1 / self.exponent)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return (self.exponent * y / x).abs().log()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PowerTransform) and bool((self.exponent - other.exponent) == 0)

    __hash__ = object.__hash__


class SigmoidTransform(Transform):
    """y = 1 / (1 + exp(-x)), kept away from 0 and 1."""

    bijective = True
    codomain = constraints.unit_interval

    def _call(self, x: Tensor) -> Tensor:
        return clamp_probs(sigmoid(x))

    def _inverse(self, y: Tensor) -> Tensor:
        y = clamp_probs(y)
        return y.log() - (-y).log1p()

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return -softplus(-x) - softplus(x)


class SoftplusTransform(Transform):
    """y = ln(1 + exp(x))."""

    bijective = True
    codomain = constraints.positive

    def _call(self, x: Tensor) -> Tensor:
        return softplus(x)

    def _inverse(self, y: Tensor) -> Tensor:
        return (-y).expm1().neg().log() + y

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return -softplus(-x)


class TanhTransform(Transform):
    """y = tanh(x). With cache_size=1 samples that were squashed to ±1 still find back to their x."""

    bijective = True
    codomain = constraints.interval(-1.0, 1.0)

    def _call(self, x: Tensor) -> Tensor:
        return x.tanh()

    def _inverse(self, y: Tensor) -> Tensor:
        return y.atanh()

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """ln(1 - tanh² x), written so that large x do not round it to ln 0."""
        return 2.0 * (math.log(2.0) - x - softplus(-2.0 * x))


class AbsTransform(Transform):
    """y = |x|: two x for each y, of which the inverse names the positive one."""

    codomain = constraints.positive

    def _call(self, x: Tensor) -> Tensor:
        return x.abs()

    def _inverse(self, y: Tensor) -> Tensor:
        return y


class AffineTransform(Transform):
    """y = loc + scale x; numbers or tensors. `event_dim` last dimensions are one value.

    >>> import autograd
    >>> AffineTransform(1.0, 2.0)(autograd.tensor(3.0))
    tensor(7.)
    """

    bijective = True

    def __init__(self, loc: Any, scale: Any, event_dim: int = 0, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.loc, self.scale, self.event_dim = loc, scale, event_dim

    @property
    def domain(self) -> Any:
        return constraints.independent(constraints.real, self.event_dim) if self.event_dim else constraints.real

    codomain = domain

    def _call(self, x: Tensor) -> Tensor:
        return self.loc + self.scale * x

    def _inverse(self, y: Tensor) -> Tensor:
        return (y - self.loc) / self.scale

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        scale = x.new_tensor(self.scale) if isinstance(self.scale, Number) else self.scale
        stretch, _ = broadcast_tensors(scale.abs().log(), x)
        return stretch.sum(tuple(range(-self.event_dim, 0))) if self.event_dim else stretch

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, AffineTransform):
            return False
        same = (self.loc == other.loc, self.scale == other.scale)
        return all(bool(s.all()) if isinstance(s, Tensor) else s for s in same)

    __hash__ = object.__hash__
