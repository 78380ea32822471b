"""Residual connections: what PyTorch leaves to be written out each time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd.tensor import Tensor
from nn.modules.module import Module

__all__ = ["ResidualBlock"]


class ResidualBlock(Module):
    """activation(body(x) + skip(x)): the body learns what to add to its input, and gradients have a short way.

    The skip path is x itself or, where the body changes the shape, `projection(x)`.

    Args:
        body: any module.
        projection: a module that brings x to the body's shape, such as a 1 x 1 convolution or a Linear.
        activation: a module or a function to apply to the sum.

    He, Zhang, Ren and Sun, "Deep residual learning for image recognition", CVPR 2016. Raises
    RuntimeError where body(x) and the skip path have different shapes.

    >>> import autograd, nn
    >>> block = nn.ResidualBlock(nn.Linear(4, 4), activation=nn.ReLU())
    >>> block(autograd.zeros(2, 4)).shape
    torch.Size([2, 4])
    """

    def __init__(
        self, body: Module, projection: Module | None = None, activation: Callable[[Tensor], Tensor] | None = None
    ) -> None:
        super().__init__()
        self.projection: Module | None
        for what, module in (("body", body), ("projection", projection)):
            if not isinstance(module, Module) and not (module is None and what == "projection"):
                raise TypeError(f"ResidualBlock(): {what} must be a Module, not {type(module).__name__}")
        self.body = body
        self.register_module("projection", projection)
        self.activation = activation

    def forward(self, input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """The activation of body plus skip; further arguments go to the body."""
        change = self.body(input, *args, **kwargs)
        skip = input if self.projection is None else self.projection(input)
        if change.shape != skip.shape:
            raise RuntimeError(self.misfit(input, change, skip))
        result: Tensor = change + skip
        return result if self.activation is None else self.activation(result)

    def misfit(self, input: Tensor, change: Tensor, skip: Tensor) -> str:
        """Why the two paths can't be added, and what to do."""
        if self.projection is None:
            cure = (
                "give a projection= that brings the input to the body's shape, for example nn.Linear(in, out) for "
                "features or nn.Conv2d(in, out, 1, stride) for images"
            )
        else:
            cure = "the projection must lead to the body's shape"
        return (
            f"ResidualBlock: the body makes {tuple(change.shape)} of an input of shape {tuple(input.shape)}, which "
            f"can't be added to the skip path's {tuple(skip.shape)}: {cure}"
        )
