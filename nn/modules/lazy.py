"""Layers that learn the size of their input from the first input they see.

A lazy layer's parameters are uninitialized: they have no shape. Its first call fixes their shapes,
draws their values, and turns the layer into the ordinary one. So nobody has to work out how many
features a stack of convolutions leaves for the `Linear` after it.
"""

from __future__ import annotations

from typing import Any

from autograd.tensor import Tensor
from nn.modules.batchnorm import BatchNorm1d, BatchNorm2d, BatchNorm3d, _NormBase
from nn.modules.conv import (
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
    _Conv,
    _ConvNd,
    _ConvTransposeNd,
)
from nn.modules.instancenorm import InstanceNorm1d, InstanceNorm2d, InstanceNorm3d, _InstanceNorm
from nn.modules.linear import Linear
from nn.modules.module import Module
from nn.parameter import Parameter, Uninitialized, UninitializedBuffer, UninitializedParameter, is_lazy

__all__ = [
    "LazyBatchNorm1d", "LazyBatchNorm2d", "LazyBatchNorm3d", "LazyConv1d", "LazyConv2d", "LazyConv3d",
    "LazyConvTranspose1d", "LazyConvTranspose2d", "LazyConvTranspose3d", "LazyInstanceNorm1d", "LazyInstanceNorm2d",
    "LazyInstanceNorm3d", "LazyLinear",
]  # fmt: skip


class LazyModuleMixin(Module):
    """What lazy layers have in common.

    Attributes:
        cls_to_become: the ordinary layer.
        inferred: the name of the size that the first input tells.
    """

    cls_to_become: type[Module]
    inferred: str

    def has_uninitialized_params(self) -> bool:
        """Whether a parameter or buffer of this module has no shape yet."""
        return any(is_lazy(member) for _, member in self._own_state())

    def initialize_parameters(self, input: Tensor) -> None:
        """Fit parameters and buffers to an input, and draw their values."""
        setattr(self, self.inferred, self.size_in(input))
        if self.has_uninitialized_params():
            for name, shape in self.shapes().items():
                member = getattr(self, name)
                if is_lazy(member):
                    member.materialize(shape)
            self.reset_parameters()

    def size_in(self, input: Tensor) -> int:
        """The size that this input tells."""
        return input.shape[1]

    def shapes(self) -> dict[str, Any]:
        """The shapes of parameters and buffers, once the size is known; for subclasses to define."""
        raise NotImplementedError(f"{type(self).__name__} does not say the shapes of its parameters")

    def reset_parameters(self) -> None:
        """Draw the parameters afresh, once they have a shape."""
        if getattr(self, self.inferred) and not self.has_uninitialized_params():
            super().reset_parameters()  # type: ignore[misc]

    def _wait_for_input(self, *names: str) -> None:
        """Take the shape from these members, and have the first call give them one."""
        for name in names:
            member = getattr(self, name)
            if isinstance(member, Parameter):
                setattr(self, name, UninitializedParameter(dtype=member.dtype))
            elif member is not None:
                setattr(self, name, UninitializedBuffer(dtype=member.dtype))
        self._initialize_hook = self.register_forward_pre_hook(become_ordinary)

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        """What is loaded into uninitialized parameters gives them their shape."""
        for name, member in self._own_state():
            offered = state_dict.get(prefix + name)
            if isinstance(member, Uninitialized) and offered is not None and not is_lazy(offered):
                member.materialize(tuple(offered.shape))
        super()._load_from_state_dict(state_dict, prefix, *rest)


def become_ordinary(module: Any, args: tuple[Any, ...]) -> None:
    """The hook before the first forward: fit the module to the input, and make it an ordinary one."""
    module.initialize_parameters(args[0])
    module._initialize_hook.remove()
    del module._initialize_hook
    module.__class__ = module.cls_to_become


class LazyLinear(LazyModuleMixin, Linear):
    """A `Linear` that takes `in_features` from the last dimension of its first input.

    >>> import autograd, nn
    >>> net = nn.Sequential(nn.Conv2d(1, 8, 3), nn.Flatten(), nn.LazyLinear(10))
    >>> _ = net(autograd.zeros(2, 1, 12, 12))
    >>> net[2]
    Linear(in_features=800, out_features=10, bias=True)
    """

    cls_to_become = Linear
    inferred = "in_features"

    def __init__(self, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None) -> None:
        super().__init__(0, out_features, bias, device, dtype)
        self._wait_for_input("weight", "bias")

    def size_in(self, input: Tensor) -> int:
        """The number of features."""
        return input.shape[-1]

    def shapes(self) -> dict[str, Any]:
        """The shapes of weight and bias."""
        return {"weight": (self.out_features, self.in_features), "bias": (self.out_features,)}


# -- convolutions -------------------------------------------------------------------------------------------


class _LazyConvNd(LazyModuleMixin, _ConvNd):
    """A convolution of any kind that takes `in_channels` from its first input."""

    inferred = "in_channels"

    def size_in(self, input: Tensor) -> int:
        """The number of channels. Raises RuntimeError for another rank than the layer takes."""
        if input.ndim not in (self.dims + 1, self.dims + 2):
            raise RuntimeError(
                f"Expected {self.dims + 1}D (unbatched) or {self.dims + 2}D (batched) input to {type(self).__name__}, "
                f"but got input of size: {list(input.shape)}"
            )
        return input.shape[input.ndim - self.dims - 1]

    def shapes(self) -> dict[str, Any]:
        """The shapes of weight and bias."""
        self.check_options()
        return {"weight": self.weight_shape(), "bias": (self.out_channels,)}


class _LazyConv(_LazyConvNd, _Conv):
    """The constructor of the lazy convolutions."""

    def __init__(
        self, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
        groups: int = 1, bias: bool = True, padding_mode: str = "zeros", device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(0, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode, device,
                         dtype)  # fmt: skip
        self._wait_for_input("weight", "bias")


class LazyConv1d(_LazyConv, Conv1d):
    """A `Conv1d` that takes `in_channels` from its first input; see `LazyConv2d`.

    >>> import autograd, nn
    >>> nn.LazyConv1d(4, 3)(autograd.zeros(2, 5, 8)).shape
    torch.Size([2, 4, 6])
    """

    cls_to_become = Conv1d


class LazyConv2d(_LazyConv, Conv2d):
    """A `Conv2d` that takes `in_channels` from its first input.

    >>> import autograd, nn
    >>> layer = nn.LazyConv2d(4, 3)
    >>> _ = layer(autograd.zeros(2, 5, 8, 8))
    >>> layer
    Conv2d(5, 4, kernel_size=(3, 3), stride=(1, 1))
    """

    cls_to_become = Conv2d


class LazyConv3d(_LazyConv, Conv3d):
    """A `Conv3d` that takes `in_channels` from its first input; see `LazyConv2d`.

    >>> import autograd, nn
    >>> nn.LazyConv3d(4, 3)(autograd.zeros(2, 5, 6, 6, 6)).shape
    torch.Size([2, 4, 4, 4, 4])
    """

    cls_to_become = Conv3d


class _LazyConvTranspose(_LazyConvNd, _ConvTransposeNd):
    """The constructor of the lazy transposed convolutions."""

    def __init__(
        self, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0, output_padding: Any = 0,
        groups: int = 1, bias: bool = True, dilation: Any = 1, padding_mode: str = "zeros", device: Any = None,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(0, out_channels, kernel_size, stride, padding, output_padding, groups, bias, dilation,
                         padding_mode, device, dtype)  # fmt: skip
        self._wait_for_input("weight", "bias")


class LazyConvTranspose1d(_LazyConvTranspose, ConvTranspose1d):
    """A `ConvTranspose1d` that takes `in_channels` from its first input; see `LazyConv2d`.

    >>> import autograd, nn
    >>> nn.LazyConvTranspose1d(4, 3)(autograd.zeros(2, 5, 8)).shape
    torch.Size([2, 4, 10])
    """

    cls_to_become = ConvTranspose1d


class LazyConvTranspose2d(_LazyConvTranspose, ConvTranspose2d):
    """A `ConvTranspose2d` that takes `in_channels` from its first input; see `LazyConv2d`.

    >>> import autograd, nn
    >>> nn.LazyConvTranspose2d(4, 3)(autograd.zeros(2, 5, 8, 8)).shape
    torch.Size([2, 4, 10, 10])
    """

    cls_to_become = ConvTranspose2d


class LazyConvTranspose3d(_LazyConvTranspose, ConvTranspose3d):
    """A `ConvTranspose3d` that takes `in_channels` from its first input; see `LazyConv2d`.

    >>> import autograd, nn
    >>> nn.LazyConvTranspose3d(4, 3)(autograd.zeros(2, 5, 4, 4, 4)).shape
    torch.Size([2, 4, 6, 6, 6])
    """

    cls_to_become = ConvTranspose3d


# -- normalization by channel -------------------------------------------------------------------------------


class _LazyNorm(LazyModuleMixin, _NormBase):
    """A batch or instance normalization that takes `num_features` from its first input."""

    inferred = "num_features"

    def __init__(
        self, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True, track_running_stats: bool = True,
        device: Any = None, dtype: Any = None, *, bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(0, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)
        self._wait_for_input("weight", "bias", "running_mean", "running_var")

    def size_in(self, input: Tensor) -> int:
        """The number of channels. Raises ValueError for another rank than the layer takes."""
        self._check_input_dim(input)
        return super().size_in(input)

    def shapes(self) -> dict[str, Any]:
        """The shapes of factors, shifts and averages."""
        return dict.fromkeys(("weight", "bias", "running_mean", "running_var"), (self.num_features,))


class LazyBatchNorm1d(_LazyNorm, BatchNorm1d):
    """A `BatchNorm1d` that takes `num_features` from its first input; see `LazyBatchNorm2d`.

    >>> import autograd, nn
    >>> nn.LazyBatchNorm1d()(autograd.zeros(2, 3)).shape
    torch.Size([2, 3])
    """

    cls_to_become = BatchNorm1d


class LazyBatchNorm2d(_LazyNorm, BatchNorm2d):
    """A `BatchNorm2d` that takes `num_features` from its first input; the options are the same.

    >>> import autograd, nn
    >>> layer = nn.LazyBatchNorm2d(momentum=0.2)
    >>> _ = layer(autograd.zeros(2, 3, 4, 4))
    >>> layer.num_features, layer.running_mean
    (3, tensor([0., 0., 0.]))
    """

    cls_to_become = BatchNorm2d


class LazyBatchNorm3d(_LazyNorm, BatchNorm3d):
    """A `BatchNorm3d` that takes `num_features` from its first input; see `LazyBatchNorm2d`.

    >>> import autograd, nn
    >>> nn.LazyBatchNorm3d()(autograd.zeros(2, 3, 2, 2, 2)).shape
    torch.Size([2, 3, 2, 2, 2])
    """

    cls_to_become = BatchNorm3d


class _LazyInstanceNorm(_LazyNorm, _InstanceNorm):
    """An instance normalization that takes `num_features` from its first input, which may lack the batch.

    As in PyTorch, `affine` and `track_running_stats` are on unless turned off, unlike those of `InstanceNorm2d`.
    """

    def size_in(self, input: Tensor) -> int:
        """The number of channels. Raises ValueError for another rank than the layer takes."""
        return super().size_in(input) if input.ndim == max(self.ranks) else input.shape[0]


class LazyInstanceNorm1d(_LazyInstanceNorm, InstanceNorm1d):
    """An `InstanceNorm1d` with all options on that takes `num_features` from its first input; see `LazyBatchNorm2d`.

    >>> import autograd, nn
    >>> nn.LazyInstanceNorm1d()(autograd.zeros(2, 3, 4)).shape
    torch.Size([2, 3, 4])
    """

    cls_to_become = InstanceNorm1d


class LazyInstanceNorm2d(_LazyInstanceNorm, InstanceNorm2d):
    """An `InstanceNorm2d` with all options on that takes `num_features` from its first input; see `LazyBatchNorm2d`.

    >>> import autograd, nn
    >>> nn.LazyInstanceNorm2d(affine=True)(autograd.zeros(2, 3, 4, 4)).shape
    torch.Size([2, 3, 4, 4])
    """

    cls_to_become = InstanceNorm2d


class LazyInstanceNorm3d(_LazyInstanceNorm, InstanceNorm3d):
    """An `InstanceNorm3d` with all options on that takes `num_features` from its first input; see `LazyBatchNorm2d`.

    >>> import autograd, nn
    >>> nn.LazyInstanceNorm3d()(autograd.zeros(2, 3, 2, 2, 2)).shape
    torch.Size([2, 3, 2, 2, 2])
    """

    cls_to_become = InstanceNorm3d
