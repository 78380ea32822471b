"""Activation functions made of straight pieces: cheap, and exactly constant outside an interval."""

from __future__ import annotations

from autograd.graph import warn_caller
from autograd.tensor import Tensor
from nn import functional as F
from nn.modules.activation import _Inplace
from nn.modules.module import Module

__all__ = ["Hardshrink", "Hardsigmoid", "Hardswish", "Hardtanh", "ReLU6", "Softshrink", "Threshold"]


class Hardtanh(_Inplace):
    """min(max(x, min_val), max_val): x, cut off below and above.

    Raises AssertionError unless max_val is larger than min_val.

    >>> import autograd, nn
    >>> nn.Hardtanh()(autograd.tensor([-2.0, 0.5, 3.0]))
    tensor([-1.0000,  0.5000,  1.0000])
    """

    def __init__(
        self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False, min_value: float | None = None,
        max_value: float | None = None,
    ) -> None:  # fmt: skip
        super().__init__(inplace)
        for old, new, value in (("min_value", "min_val", min_value), ("max_value", "max_val", max_value)):
            if value is not None:
                warn_caller(f"keyword argument `{old}` is deprecated and renamed to `{new}`", FutureWarning)
        self.min_val = min_val if min_value is None else min_value
        self.max_val = max_val if max_value is None else max_value
        if self.max_val <= self.min_val:
            raise AssertionError(f"max_val must be larger than min_val, got {self.min_val} and {self.max_val}")

    def forward(self, input: Tensor) -> Tensor:
        """The function of each element."""
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)

    def options(self) -> str:
        """The ends of the interval."""
        return f"min_val={self.min_val}, max_val={self.max_val}"


class ReLU6(Hardtanh):
    """min(max(0, x), 6).

    Krizhevsky, "Convolutional deep belief networks on CIFAR-10", 2010.

    >>> import autograd, nn
    >>> nn.ReLU6()(autograd.tensor([-1.0, 3.0, 8.0]))
    tensor([0., 3., 6.])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)

    def options(self) -> str:
        """Nothing: the ends are in the name."""
        return ""


class Hardsigmoid(_Inplace):
    """min(max(0, x + 3), 6) / 6: a sigmoid of three straight pieces.

    >>> import autograd, nn
    >>> nn.Hardsigmoid()(autograd.tensor([-4.0, 0.0, 1.5]))
    tensor([0.0000, 0.5000, 0.7500])
    """

    def forward(self, input: Tensor) -> Tensor:
        """The function of each element."""
        return F.hardsigmoid(input, self.inplace)

    def extra_repr(self) -> str:
        """Nothing, as in PyTorch."""
        return ""


class Hardswish(_Inplace):
    """x min(max(0, x + 3), 6) / 6: a `SiLU` with a sigmoid of straight pieces.

    Howard et al., "Searching for MobileNetV3", ICCV 2019.

    >>> import autograd, nn
    >>> nn.Hardswish()(autograd.tensor([-4.0, 1.0, 4.0]))
    tensor([-0.0000, 0.6667, 4.0000])
    """

    def forward(self, input: Tensor) -> Tensor:
        """The function of each element."""
        return F.hardswish(input, self.inplace)

    def extra_repr(self) -> str:
        """Nothing, as in PyTorch."""
        return ""


class Hardshrink(Module):
    """x where |x| > lambd, else 0.

    >>> import autograd, nn
    >>> nn.Hardshrink()(autograd.tensor([-2.0, 0.4, 1.0]))
    tensor([-2.,  0.,  1.])
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        """The function of each element."""
        result: Tensor = F.hardshrink(input, self.lambd)
        return result

    def extra_repr(self) -> str:
        """The half width of the gap."""
        return f"{self.lambd}"


class Softshrink(Module):
    """sign(x) max(|x| - lambd, 0): x drawn towards zero by lambd. Raises RuntimeError for a negative lambd.

    >>> import autograd, nn
    >>> nn.Softshrink()(autograd.tensor([-2.0, 0.4, 1.0]))
    tensor([-1.5000,  0.0000,  0.5000])
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        """The function of each element."""
        result: Tensor = F.softshrink(input, self.lambd)
        return result

    def extra_repr(self) -> str:
        """How far it draws."""
        return f"{self.lambd}"


class Threshold(_Inplace):
    """x where it exceeds the threshold, else the value.

    >>> import autograd, nn
    >>> nn.Threshold(1.0, 20.0)(autograd.tensor([0.5, 1.0, 1.5]))
    tensor([20.0000, 20.0000,  1.5000])
    """

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.threshold = threshold
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        """The function of each element."""
        return F.threshold(input, self.threshold, self.value, self.inplace)

    def options(self) -> str:
        """The threshold and the value."""
        return f"threshold={self.threshold}, value={self.value}"
