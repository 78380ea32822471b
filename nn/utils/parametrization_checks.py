"""What parametrizations must keep to: their results are tensors of the dtype and the shape that was there before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.tensor import Tensor

MAY_NOT = "Registering a parametrization may not change the {} of the tensor, unless `unsafe` flag is enabled.\n"


def check_inverse(inverse: Any, original: Tensor) -> None:
    """Raise ValueError unless a right inverse gave what can be kept as the original, or the originals."""
    if isinstance(inverse, Tensor):
        if inverse.dtype is not original.dtype:
            raise ValueError(
                "When `right_inverse` outputs one tensor, it may not change the dtype.\n"
                f"original.dtype: {original.dtype}\nright_inverse(original).dtype: {inverse.dtype}"
            )
        return
    if not isinstance(inverse, Sequence):
        raise ValueError(
            "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). "
            f"Got {type(inverse).__name__}"
        )
    check_all_tensors(inverse)


def check_all_tensors(parts: Sequence[Any]) -> None:
    """Raise ValueError for a sequence in which something is no tensor."""
    for i, part in enumerate(parts):
        if not isinstance(part, Tensor):
            raise ValueError(
                "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). "
                f"Got element {i} of the sequence with type {type(part).__name__}."
            )


def check_result(result: Any, before: Tensor) -> None:
    """Raise ValueError unless the parametrized tensor can take the place of the one before."""
    if not isinstance(result, Tensor):
        raise ValueError(f"A parametrization must return a tensor. Got {type(result).__name__}.")
    if result.dtype is not before.dtype:
        raise ValueError(
            MAY_NOT.format("dtype") + f"unparametrized dtype: {before.dtype}\nparametrized dtype: {result.dtype}"
        )
    if result.shape != before.shape:
        raise ValueError(
            MAY_NOT.format("shape") + f"unparametrized shape: {before.shape}\nparametrized shape: {result.shape}"
        )


def check_addition(parametrization: Any, tensor: Tensor, name: str) -> None:
    """Raise ValueError unless a further parametrization fits on the tensor as it is now."""
    result = parametrization(tensor)
    check_result(result, tensor)
    if not hasattr(parametrization, "right_inverse"):
        return
    try:
        inverse = parametrization.right_inverse(result)
    except NotImplementedError:
        return
    if not isinstance(inverse, Tensor):
        raise ValueError(f"parametrization.right_inverse must return a tensor. Got: {type(inverse).__name__}")
    for what in ("dtype", "shape"):
        if getattr(inverse, what) != getattr(tensor, what):
            raise ValueError(
                f"The tensor returned by parametrization.right_inverse must have the same {what} as module.{name}, "
                f"unless the `unsafe` flag is enabled.\nmodule.{name}.{what}: {getattr(tensor, what)}\n"
                f"returned {what}: {getattr(inverse, what)}"
            )


def check_keeps(found: Any, originals: list[Tensor], is_tensor: bool) -> None:
    """Raise ValueError unless what right inverses made of an assigned value can replace the originals."""
    if is_tensor:
        if not isinstance(found, Tensor):
            raise ValueError(f"`right_inverse` should return a tensor. Got {type(found).__name__}")
        if found.dtype is not originals[0].dtype:
            raise ValueError(
                f"The tensor returned by `right_inverse` has dtype {found.dtype} while `original` has dtype "
                f"{originals[0].dtype}"
            )
        return
    if not isinstance(found, Sequence):
        raise ValueError(f"'right_inverse' must return a sequence of tensors. Got {type(found).__name__}.")
    if len(found) != len(originals):
        raise ValueError(
            f"'right_inverse' must return a sequence of tensors of length {len(originals)}. Got a sequence of length "
            f"{len(found)}."
        )
    check_all_tensors(found)
    for i, (part, original) in enumerate(zip(found, originals, strict=True)):
        if part.dtype is not original.dtype:
            raise ValueError(
                f"Tensor {i} returned by `right_inverse` has dtype {part.dtype} while `original{i}` has dtype "
                f"{original.dtype}"
            )
