"""Padding layers: rims around the last one, two or three dimensions."""

from __future__ import annotations

from collections.abc import Sequence

from autograd.tensor import Tensor
from nn import functional as F
from nn.modules.module import Module

__all__ = [
    "CircularPad1d", "CircularPad2d", "CircularPad3d", "ConstantPad1d", "ConstantPad2d", "ConstantPad3d",
    "ReflectionPad1d", "ReflectionPad2d", "ReflectionPad3d", "ReplicationPad1d", "ReplicationPad2d",
    "ReplicationPad3d", "ZeroPad1d", "ZeroPad2d", "ZeroPad3d",
]  # fmt: skip


class _PadNd(Module):
    """The sizes of the rims: one for all, or a start and an end for each dimension, the last dimension first.

    Raises TypeError for sizes that are not ints.
    """

    dims: int
    mode: str

    def __init__(self, padding: int | Sequence[int]) -> None:
        super().__init__()
        self.padding = tuple(padding) if isinstance(padding, Sequence) else (padding,) * 2 * self.dims
        if not all(isinstance(size, int) for size in self.padding):
            raise TypeError(f"{type(self).__name__}: padding must be an int or {2 * self.dims} ints, got {padding!r}")

    def forward(self, input: Tensor) -> Tensor:
        """The input with rims; without its ends where a size is negative."""
        return F.pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        """The sizes."""
        return f"{self.padding}"


# -- a constant ---------------------------------------------------------------------------------------------


class _ConstantPadNd(_PadNd):
    """Rims of one number."""

    mode = "constant"

    def __init__(self, padding: int | Sequence[int], value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        """The input with rims; without its ends where a size is negative."""
        return F.pad(input, self.padding, self.mode, self.value)

    def extra_repr(self) -> str:
        """The sizes and the number."""
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(_ConstantPadNd):
    """Rims of one number around sequences (N, C, L) or (C, L): padding is an int or (left, right).

    >>> import autograd, nn
    >>> nn.ConstantPad1d((1, 2), 9.0)(autograd.zeros(1, 3))
    tensor([[9., 0., 0., 0., 9., 9.]])
    """

    dims = 1


class ConstantPad2d(_ConstantPadNd):
    """Rims of one number around images: padding is an int or (left, right, top, bottom).

    >>> import autograd, nn
    >>> nn.ConstantPad2d((0, 1, 1, 0), 9.0)(autograd.zeros(1, 2, 2))
    tensor([[[9., 9., 9.],
             [0., 0., 9.],
             [0., 0., 9.]]])
    """

    dims = 2


class ConstantPad3d(_ConstantPadNd):
    """Rims of one number around volumes: padding is an int or (left, right, top, bottom, front, back).

    >>> import autograd, nn
    >>> nn.ConstantPad3d(1, 9.0)(autograd.zeros(1, 2, 2, 2)).shape
    torch.Size([1, 4, 4, 4])
    """

    dims = 3


class _ZeroPadNd(_ConstantPadNd):
    """Rims of zeros."""

    def __init__(self, padding: int | Sequence[int]) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        """The sizes."""
        return f"{self.padding}"


class ZeroPad1d(_ZeroPadNd, ConstantPad1d):
    """Rims of zeros around sequences; see `ConstantPad1d`.

    >>> import autograd, nn
    >>> nn.ZeroPad1d(1)(autograd.ones(1, 2))
    tensor([[0., 1., 1., 0.]])
    """


class ZeroPad2d(_ZeroPadNd, ConstantPad2d):
    """Rims of zeros around images; see `ConstantPad2d`.

    >>> import autograd, nn
    >>> nn.ZeroPad2d((1, 1, 0, 0))(autograd.ones(1, 1, 2))
    tensor([[[0., 1., 1., 0.]]])
    """


class ZeroPad3d(_ZeroPadNd, ConstantPad3d):
    """Rims of zeros around volumes; see `ConstantPad3d`.

    >>> import autograd, nn
    >>> nn.ZeroPad3d(1)(autograd.ones(1, 2, 2, 2)).sum()
    tensor(8.)
    """


# -- mirrored -----------------------------------------------------------------------------------------------


class _ReflectionPadNd(_PadNd):
    """Rims that mirror the input at its first and last elements."""

    mode = "reflect"


class ReflectionPad1d(_ReflectionPadNd):
    """Rims that mirror sequences (N, C, L) or (C, L) at their ends, which are not repeated.

    Raises RuntimeError where a rim is not smaller than the sequence.

    >>> import autograd, nn
    >>> nn.ReflectionPad1d(2)(autograd.tensor([[1.0, 2.0, 3.0]]))
    tensor([[3., 2., 1., 2., 3., 2., 1.]])
    """

    dims = 1


class ReflectionPad2d(_ReflectionPadNd):
    """Rims that mirror images (N, C, H, W) or (C, H, W); see `ReflectionPad1d`.

    >>> import autograd, nn
    >>> nn.ReflectionPad2d((1, 0, 1, 0))(autograd.tensor([[[1.0, 2.0], [3.0, 4.0]]]))
    tensor([[[4., 3., 4.],
             [2., 1., 2.],
             [4., 3., 4.]]])
    """

    dims = 2


class ReflectionPad3d(_ReflectionPadNd):
    """Rims that mirror volumes (N, C, D, H, W) or (C, D, H, W); see `ReflectionPad1d`.

    >>> import autograd, nn
    >>> nn.ReflectionPad3d(1)(autograd.ones(1, 2, 2, 2)).shape
    torch.Size([1, 4, 4, 4])
    """

    dims = 3


# -- repeated -----------------------------------------------------------------------------------------------


class _ReplicationPadNd(_PadNd):
    """Rims that repeat the element next to them."""

    mode = "replicate"


class ReplicationPad1d(_ReplicationPadNd):
    """Rims that repeat the first and the last element of sequences (N, C, L) or (C, L).

    >>> import autograd, nn
    >>> nn.ReplicationPad1d(2)(autograd.tensor([[1.0, 2.0, 3.0]]))
    tensor([[1., 1., 1., 2., 3., 3., 3.]])
    """

    dims = 1


class ReplicationPad2d(_ReplicationPadNd):
    """Rims that repeat the edges of images (N, C, H, W) or (C, H, W).

    >>> import autograd, nn
    >>> nn.ReplicationPad2d((1, 0, 1, 0))(autograd.tensor([[[1.0, 2.0], [3.0, 4.0]]]))
    tensor([[[1., 1., 2.],
             [1., 1., 2.],
             [3., 3., 4.]]])
    """

    dims = 2


class ReplicationPad3d(_ReplicationPadNd):
    """Rims that repeat the faces of volumes (N, C, D, H, W) or (C, D, H, W).

    >>> import autograd, nn
    >>> nn.ReplicationPad3d(1)(autograd.ones(1, 2, 2, 2)).sum()
    tensor(64.)
    """

    dims = 3


# -- continued from the other end ---------------------------------------------------------------------------


class _CircularPadNd(_PadNd):
    """Rims that continue with the elements from the other end."""

    mode = "circular"


class CircularPad1d(_CircularPadNd):
    """Rims that continue sequences (N, C, L) or (C, L) from their other end, as if they were periodic.

    >>> import autograd, nn
    >>> nn.CircularPad1d((1, 2))(autograd.tensor([[1.0, 2.0, 3.0]]))
    tensor([[3., 1., 2., 3., 1., 2.]])
    """

    dims = 1


class CircularPad2d(_CircularPadNd):
    """Rims that continue images (N, C, H, W) or (C, H, W) from their other edges.

    >>> import autograd, nn
    >>> nn.CircularPad2d((1, 0, 1, 0))(autograd.tensor([[[1.0, 2.0], [3.0, 4.0]]]))
    tensor([[[4., 3., 4.],
             [2., 1., 2.],
             [4., 3., 4.]]])
    """

    dims = 2


class CircularPad3d(_CircularPadNd):
    """Rims that continue volumes (N, C, D, H, W) or (C, D, H, W) from their other faces.

    >>> import autograd, nn
    >>> nn.CircularPad3d(1)(autograd.ones(1, 2, 2, 2)).sum()
    tensor(64.)
    """

    dims = 3
