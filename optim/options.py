"""Options of optimizers: what they may be, and what stands for those that old files do not know."""

from __future__ import annotations

from typing import Any

from autograd.tensor import Tensor


class RequiredOption:
    """The type of `required`."""

    def __repr__(self) -> str:
        return "<required parameter>"


required = RequiredOption()
"""As a default, it means that each group must give the option itself."""

NEUTRAL = {
    "foreach": None, "fused": None, "maximize": False, "capturable": False, "differentiable": False,
    "nesterov": False, "amsgrad": False, "centered": False, "momentum": 0, "decoupled_weight_decay": False,
}  # fmt: skip
"""What changes nothing: for options that are younger than a saved state."""


def check(name: str, value: Any, fine: Any) -> None:
    """Raise ValueError for an option that makes no sense."""
    if not fine:
        raise ValueError(f"Invalid {name}: {value}")


def check_bound(name: str, bound: str, value: Any, fine: Any) -> None:
    """The same in other words, for optimizers that came to PyTorch later."""
    if not fine:
        raise ValueError(f"{name} should be {bound} but is: {value}")


def check_element_count(name: str, value: Any) -> None:
    """Raise ValueError for a Tensor that is not one number."""
    if isinstance(value, Tensor) and value.numel() != 1:
        raise ValueError(f"Tensor {name} must be 1-element, and this one has shape {tuple(value.shape)}")


def check_rate(lr: Any) -> None:
    """Raise ValueError for a learning rate that is negative or more than one number."""
    check_element_count("lr", lr)
    check("learning rate", lr, lr >= 0)


def check_betas(betas: Any) -> None:
    """Raise ValueError unless both rates of decay are at least 0 and below 1."""
    for index, beta in enumerate(betas):
        check_element_count(f"betas[{index}]", beta)
        check(f"beta parameter at index {index}", beta, 0 <= beta < 1)
    if isinstance(betas[0], Tensor) != isinstance(betas[1], Tensor):
        raise ValueError("betas must be either both floats or both Tensors")


def check_kernel(fused: bool | None, foreach: bool | None, differentiable: bool) -> None:
    """Raise RuntimeError for choices of a kernel that exclude each other, in PyTorch too."""
    if fused and differentiable:
        raise RuntimeError("`fused` does not support `differentiable`: choose one of them")
    if fused and foreach:
        raise RuntimeError("`fused` and `foreach` cannot be `True` together.")


def number(value: Any) -> Any:
    """A Python number for a Tensor or NumPy scalar, which would make arrays of another type; the rest as it is."""
    if isinstance(value, (tuple, list)):
        return tuple(map(number, value))
    return value.item() if hasattr(value, "item") else value
