"""Max pooling by a factor that need not be whole: windows at pseudorandom places."""

from __future__ import annotations

from typing import Any

from autograd.geometry import per_dim
from autograd.tensor import Tensor
from nn import functional as F
from nn.modules.module import Module

__all__ = ["FractionalMaxPool2d", "FractionalMaxPool3d"]


class _FractionalMaxPoolNd(Module):
    """The size of the windows, and the size or the ratio to pool to: just one of the latter two.

    Raises ValueError for both, for none, and for a ratio outside (0, 1).
    """

    dims: int
    _random_samples: Tensor | None

    def __init__(
        self, kernel_size: Any, output_size: Any = None, output_ratio: Any = None, return_indices: bool = False,
        _random_samples: Tensor | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        name = type(self).__name__
        if output_size is None and output_ratio is None:
            raise ValueError(f"{name} requires specifying either an output size, or a pooling ratio")
        if output_size is not None and output_ratio is not None:
            raise ValueError(f"{name}: only one of output_size and output_ratio may be specified")
        self.kernel_size = per_dim(kernel_size, self.dims, "kernel_size", name)
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)
        self.output_size = None if output_size is None else per_dim(output_size, self.dims, "output_size", name)
        self.output_ratio = None if output_ratio is None else self.ratios(output_ratio)

    def ratios(self, output_ratio: Any) -> tuple[float, ...]:
        """One ratio for each dimension."""
        ratios = tuple(output_ratio) if isinstance(output_ratio, (tuple, list)) else (output_ratio,) * self.dims
        if not all(0 < ratio < 1 for ratio in ratios):
            raise ValueError(f"output_ratio must be between 0 and 1 (got {output_ratio})")
        return ratios

    def pool(self, function: Any, input: Tensor) -> Any:
        """The pooling function of the input, with this layer's options."""
        return function(
            input, self.kernel_size, self.output_size, self.output_ratio, self.return_indices, self._random_samples
        )


class FractionalMaxPool2d(_FractionalMaxPoolNd):
    """The largest elements of windows that lie at pseudorandom places of images, drawn anew in each call.

    Args:
        kernel_size: the size of the windows.
        output_size: how many windows there are in each dimension; or
        output_ratio: how many there are for each element of the input.
        return_indices: also return where in the H x W plane each maximum stands.

    Graham, "Fractional max-pooling", 2014.

    >>> import autograd, nn
    >>> nn.FractionalMaxPool2d(2, output_ratio=0.7)(autograd.zeros(1, 3, 10, 20)).shape
    torch.Size([1, 3, 7, 14])
    """

    dims = 2

    def forward(self, input: Tensor) -> Any:
        """The maxima; with `return_indices`, and their places."""
        return self.pool(F.fractional_max_pool2d, input)


class FractionalMaxPool3d(_FractionalMaxPoolNd):
    """The largest elements of windows that lie at pseudorandom places of volumes; see `FractionalMaxPool2d`.

    >>> import autograd, nn
    >>> nn.FractionalMaxPool3d(2, output_size=(2, 3, 4))(autograd.zeros(1, 3, 8, 8, 8)).shape
    torch.Size([1, 3, 2, 3, 4])
    """

    dims = 3

    def forward(self, input: Tensor) -> Any:
        """The maxima; with `return_indices`, and their places."""
        return self.pool(F.fractional_max_pool3d, input)
