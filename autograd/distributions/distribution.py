"""What all distributions share: batches, checks of parameters and values, and how samples get their shape."""

from __future__ import annotations

import contextlib
from types import MappingProxyType
from typing import Any

from autograd.distributions import constraints
from autograd.distributions.parameters import lazy_property
from autograd.graph import warn_caller
from autograd.misuse import speaking_constructor
from autograd.modes import no_grad
from autograd.size import Size
from autograd.tensor import Tensor

__all__ = ["Distribution"]


class Distribution:
    """A probability distribution, or a batch of them with different parameters.

    What is drawn has the shape sample_shape + batch_shape + event_shape: one event (a number, or a
    vector for distributions of vectors) for each distribution of the batch, as often as asked for.

    Attributes:
        arg_constraints: what each parameter may be.
        has_rsample: whether gradients flow through what `rsample` draws to the parameters.
        has_enumerate_support: whether there are so few values that they can be listed.
    """

    arg_constraints: Any = MappingProxyType({})
    has_rsample = False
    has_enumerate_support = False
    _validate_args = __debug__

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        speaking_constructor(cls)

    def __init__(self, batch_shape: Any = Size(), event_shape: Any = Size(), validate_args: bool | None = None) -> None:  # noqa: B008 (a Size never changes)
        self._batch_shape = Size(batch_shape)
        self._event_shape = Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            self._check_parameters()

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Choose whether distributions check their parameters and values unless told otherwise."""
        if value not in (True, False):
            raise ValueError(f"set_default_validate_args: expected True or False, got {value!r}")
        Distribution._validate_args = value

    def _check_parameters(self) -> None:
        """Raise ValueError for a parameter that is not what it may be."""
        for name, constraint in self.arg_constraints.items():
            computed = name not in vars(self) and isinstance(getattr(type(self), name, None), lazy_property)
            if constraints.is_dependent(constraint) or computed:
                continue
            value = getattr(self, name)
            if not constraint.check(value).all():
                raise ValueError(
                    f"Expected parameter {name} ({type(value).__name__} of shape {tuple(value.shape)}) of distribution "
                    f"{self!r} to satisfy the constraint {constraint!r}, but found invalid values:\n{value}"
                )

    # -- shapes ----------------------------------------------------------------------------

    @property
    def batch_shape(self) -> Size:
        """The shape of the batch of distributions."""
        return self._batch_shape

    @property
    def event_shape(self) -> Size:
        """The shape of what one distribution draws at once."""
        return self._event_shape

    def _extended_shape(self, sample_shape: Any = ()) -> Size:
        """The shape of as many samples."""
        return Size((*Size(sample_shape), *self._batch_shape, *self._event_shape))

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """The distribution with its batch expanded to another shape, as `Tensor.expand` does, without copying."""
        new = object.__new__(type(self))
        new.__dict__.update({name: value for name, value in vars(self).items() if name not in self.arg_constraints})
        new._batch_shape = Size(batch_shape)
        for name, constraint in self.arg_constraints.items():
            if name in vars(self):
                value = getattr(self, name)
                new.__dict__[name] = value.expand(
                    (*new._batch_shape, *value.shape[value.ndim - constraint.event_dim :])
                )
        return new

    # -- the law ---------------------------------------------------------------------------

    def lacks(self, what: str) -> NotImplementedError:
        """The error for what is not known of this distribution."""
        return NotImplementedError(f"{type(self).__name__} has no {what}")

    @property
    def support(self) -> Any:
        """The set of values that can be drawn."""
        raise self.lacks("support")

    @property
    def mean(self) -> Tensor:
        """The average: E[x]."""
        raise self.lacks("mean")

    @property
    def mode(self) -> Tensor:
        """The most likely value."""
        raise self.lacks("mode")

    @property
    def variance(self) -> Tensor:
        """How far values spread around the mean: E[(x - E[x])²]."""
        raise self.lacks("variance")

    @property
    def stddev(self) -> Tensor:
        """The square root of the variance."""
        return self.variance.sqrt()

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values, without a gradient."""
        with no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Draw values as a differentiable function of the parameters and of noise: the reparameterization trick.

        Kingma and Welling, "Auto-encoding variational Bayes", 2014.
        """
        raise self.lacks("rsample: no gradient flows through what is drawn. Use sample(), and log_prob() of it")

    def sample_n(self, n: int) -> Tensor:
        """`sample((n,))`, which is to be used instead."""
        warn_caller("sample_n(n) will be deprecated. Use .sample((n,)) instead.", FutureWarning)
        return self.sample(Size((n,)))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the probability, or of its density, of values."""
        raise self.lacks("log_prob")

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of drawing a value or one below it."""
        raise self.lacks("cdf")

    def icdf(self, value: Tensor) -> Tensor:
        """The value whose `cdf` this is."""
        raise self.lacks("icdf")

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All values that can be drawn, along a new first dimension; `expand` repeats them for the batch."""
        raise self.lacks("enumerate_support: its values can't be listed")

    def entropy(self) -> Tensor:
        """How much there is to learn from a value: E[-ln p(x)]."""
        raise self.lacks("entropy")

    def perplexity(self) -> Tensor:
        """exp(entropy): among how many equally likely values one would be as uncertain."""
        return self.entropy().exp()

    # -- checks ----------------------------------------------------------------------------

    def _validate_sample(self, value: Tensor) -> None:
        """Raise ValueError for values that this distribution can't have drawn."""
        if not isinstance(value, Tensor):
            raise ValueError("The value argument to log_prob must be a Tensor")
        event = value.shape[value.ndim - len(self._event_shape) :]
        if event != self._event_shape:
            raise ValueError(
                f"The right-most size of value must match event_shape: {value.shape!r} vs {self._event_shape!r}."
            )
        whole = Size((*self._batch_shape, *self._event_shape))
        if any(1 != i != j != 1 for i, j in zip(reversed(value.shape), reversed(whole), strict=False)):
            raise ValueError(f"Value is not broadcastable with batch_shape+event_shape: {value.shape!r} vs {whole!r}.")
        with contextlib.suppress(NotImplementedError):  # a distribution of the user's own need not know its support
            self._check_support(value)

    def _check_support(self, value: Tensor) -> None:
        """Raise ValueError for values outside of the support."""
        if not self.support.check(value).all():
            raise ValueError(
                f"Expected value argument ({type(value).__name__} of shape {tuple(value.shape)}) to be within the "
                f"support ({self.support!r}) of the distribution {self!r}, but found invalid values:\n{value}"
            )

    def __repr__(self) -> str:
        shown = []
        for name in self.arg_constraints:
            value = vars(self).get(name)
            if value is not None:
                shown.append(f"{name}: {value}" if value.numel() == 1 else f"{name}: {value.shape!r}")
        return f"{type(self).__name__}({', '.join(shown)})"
