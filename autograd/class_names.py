"""How classes print that programs look at by `type(x)`: by the names that PyTorch's users know."""

from __future__ import annotations


class PrintsAsInTorch(type):
    """The type of Tensor and its kin.

    >>> import autograd, nn
    >>> type(autograd.ones(1)), type(nn.Parameter(autograd.ones(1)))
    (<class 'torch.Tensor'>, <class 'torch.nn.parameter.Parameter'>)
    """

    def __repr__(cls) -> str:
        package = cls.__module__.partition(".")[0]
        if package == "autograd":
            return f"<class 'torch.{cls.__qualname__}'>"
        return f"<class 'torch.{cls.__module__}.{cls.__qualname__}'>" if package == "nn" else super().__repr__()
