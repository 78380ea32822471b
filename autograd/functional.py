"""`torch.autograd.functional`: Jacobians, Hessians and their products with vectors, of functions of tensors.

Forward products (jvp) are made of two reverse passes: the first, along a dummy cotangent u, gives
u J, which is linear in u; differentiating it by u gives J v.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.create import zeros_like
from autograd.func import jacfwd, jacrev
from autograd.gradients import gradients_by
from autograd.misuse import speaking
from autograd.modes import enable_grad
from autograd.ops.joining import stack
from autograd.ops.shaping import alias
from autograd.tensor import Tensor, tensor_of

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]


def as_tuple(value: Any, what: str, name: str) -> tuple[tuple[Tensor, ...], bool]:
    """One tensor or several, and whether they came as a tuple."""
    several = isinstance(value, (tuple, list))
    items = tuple(value) if several else (value,)
    for position, item in enumerate(items):
        if not isinstance(item, Tensor):
            where = f" number {position}" if several else ""
            raise TypeError(
                f"The {what} given to {name} must be either a Tensor or a tuple of Tensors, but{where} is "
                f"{type(item).__name__}"
            )
    return items, several


def tracked(inputs: tuple[Tensor, ...], create_graph: bool) -> tuple[Tensor, ...]:
    """The inputs, each as a tensor of its own to differentiate by; joined to their graph if that is to be kept."""
    if create_graph:
        return tuple(alias(x) if x.requires_grad else x.detach().requires_grad_() for x in inputs)
    return tuple(x.detach().requires_grad_() for x in inputs)


def untracked(tensors: Any, create_graph: bool) -> Any:
    """The results, cut off from the graph unless it is to be kept."""
    if create_graph:
        return tensors
    return tuple(untracked(t, False) for t in tensors) if isinstance(tensors, tuple) else tensors.detach()


def grads_or_zeros(
    outputs: Any, inputs: Any, cotangents: Any, create_graph: bool, strict: bool, name: str
) -> tuple[Tensor, ...]:
    """The gradients of the outputs that have any; zeros where an input does not matter (an error if strict)."""
    pairs = [(o, c) for o, c in zip(outputs, cotangents, strict=True) if o.requires_grad]
    if strict and len(pairs) < len(outputs):
        raise independent(f"The output of the user-provided function is independent of the inputs ({name})")
    found: Any = [None] * len(inputs)
    if pairs:
        results, along = zip(*pairs, strict=True)
        found = gradients_by(results, inputs, along, retain_graph=True, create_graph=create_graph, allow_unused=True)
    for place, g in enumerate(found):
        if strict and g is None:
            raise independent(f"The output of the user-provided function is independent of input {place} ({name})")
        if strict and create_graph and not g.requires_grad:
            raise independent(f"The jacobian of the user-provided function is independent of input {place} ({name})")
    return tuple(zeros_like(x) if g is None else g for g, x in zip(found, inputs, strict=True))


def independent(what: str) -> RuntimeError:
    """The error for a derivative that is zero because nothing depends on the input."""
    return RuntimeError(f"{what}. This is not allowed in strict mode: leave out strict=True to get zeros")


def checked(vectors: Any, references: tuple[Tensor, ...], name: str) -> tuple[Tensor, ...]:
    """The vectors, one of each reference's shape; ones for a single number where none is given."""
    if vectors is None:
        if len(references) != 1 or references[0].numel() != 1:
            raise RuntimeError(
                f"{name}: The vector v can only be None if there is one tensor with a single element: "
                f"pass one of shape {tuple(references[0].shape)}"
            )
        return (tensor_of(np.ones_like(references[0].array), references[0].dtype),)
    given, _ = as_tuple(vectors, "vector", name)
    if len(given) != len(references):
        raise RuntimeError(f"{name}: v should have {len(references)} tensors, one for each, but got {len(given)}")
    for v, reference in zip(given, references, strict=True):
        if v.shape != reference.shape:
            raise RuntimeError(
                f"{name}: v has invalid size: should be {tuple(reference.shape)} but got {tuple(v.shape)}"
            )
    return given


@speaking
def vjp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """The value of a function, and v times its Jacobian."""
    with enable_grad():
        given, several = as_tuple(inputs, "inputs", "vjp")
        xs = tracked(given, create_graph)
        outputs, outputs_several = as_tuple(func(*xs), "outputs", "vjp")
        vectors = checked(v, outputs, "vjp")
        found = grads_or_zeros(outputs, xs, vectors, create_graph, strict, "vjp")
    value = untracked(outputs, create_graph)
    result = untracked(found, create_graph)
    return (value if outputs_several else value[0]), (result if several else result[0])


@speaking
def jvp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """The value of a function, and its Jacobian times v."""
    with enable_grad():
        given, _ = as_tuple(inputs, "inputs", "jvp")
        xs = tracked(given, create_graph)
        vectors = checked(v, xs, "jvp")
        outputs, several = as_tuple(func(*xs), "outputs", "jvp")
        dummies = tuple(zeros_like(o).requires_grad_() for o in outputs)
        transposed = grads_or_zeros(outputs, xs, dummies, True, strict, "jvp")
        found = grads_or_zeros(transposed, dummies, vectors, create_graph, False, "jvp")
        if strict and create_graph and not all(moved.requires_grad for moved in found):
            raise independent("The jacobian of the user-provided function is independent of the inputs (jvp)")
    value, result = untracked(outputs, create_graph), untracked(found, create_graph)
    return (value, result) if several else (value[0], result[0])


@speaking
def jacobian(
    func: Callable[..., Any], inputs: Any, create_graph: bool = False, strict: bool = False, vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:  # fmt: skip
    """The derivative of every element of the results by every element of the inputs.

    For results of shape S and inputs of shape T, shape (*S, *T); a tuple for several results, of
    tuples for several inputs.

    >>> import autograd
    >>> autograd.autograd.functional.jacobian(lambda x: x ** 2, autograd.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    check_strategy(strategy)
    if vectorize:
        return vectorized_jacobian(func, inputs, create_graph, strict, strategy)
    with enable_grad():
        given, several = as_tuple(inputs, "inputs", "jacobian")
        xs = tracked(given, create_graph)
        outputs, outputs_several = as_tuple(func(*xs), "outputs", "jacobian")
        rows = tuple(jacobian_of(output, xs, create_graph, strict) for output in outputs)
    rows = untracked(rows, create_graph)
    picked = rows if several else tuple(row[0] for row in rows)
    return picked if outputs_several else picked[0]


def check_strategy(strategy: str) -> None:
    """Raise AssertionError, as PyTorch does, for a direction that there is not."""
    if strategy not in ("reverse-mode", "forward-mode"):
        raise AssertionError(
            f'Expected strategy to be either "forward-mode" or "reverse-mode", got {strategy!r}. Hint: If your function '
            'has more outputs than inputs, "forward-mode" tends to be more performant. Otherwise, prefer "reverse-mode".'
        )


def vectorized_jacobian(func: Callable[..., Any], inputs: Any, create_graph: bool, strict: bool, strategy: str) -> Any:
    """The Jacobian by one pass on a batch of vectors, in either direction."""
    if strict:
        raise RuntimeError(
            "jacobian: `strict=True` and `vectorize=True` are not supported together. Please either set "
            "`strict=False` or `vectorize=False`"
        )
    given, several = as_tuple(inputs, "inputs", "jacobian")
    form = []

    def in_tuple(*xs: Tensor) -> tuple[Tensor, ...]:
        outputs, outputs_several = as_tuple(func(*xs), "outputs", "jacobian")
        form.append(outputs_several)
        return outputs

    with enable_grad():
        transform = jacrev if strategy == "reverse-mode" else jacfwd
        rows = transform(in_tuple, argnums=tuple(range(len(given))))(*tracked(given, create_graph))
    rows = untracked(rows, create_graph)
    picked = rows if several else tuple(row[0] for row in rows)
    return picked if form[0] else picked[0]


def jacobian_of(output: Tensor, xs: tuple[Tensor, ...], create_graph: bool, strict: bool) -> tuple[Tensor, ...]:
    """The derivatives of one result by each input, row by row."""
    elements = output.reshape(-1)
    one = tensor_of(output.dtype.type(1), output.dtype)
    rows = [grads_or_zeros((element,), xs, (one,), create_graph, strict, "jacobian") for element in elements]
    return tuple(
        stack([row[i] for row in rows]).reshape(*output.shape, *x.shape)
        if rows
        else tensor_of(np.zeros((*output.shape, *x.shape), x.dtype.dtype))
        for i, x in enumerate(xs)
    )


def scalar(output: Any, name: str) -> Tensor:
    """The one number that a function must return to have a Hessian."""
    if not isinstance(output, Tensor) or output.numel() != 1:
        shape = tuple(output.shape) if isinstance(output, Tensor) else type(output).__name__
        raise RuntimeError(
            f"The Tensor returned by the function given to {name} should contain a single element, got {shape}"
        )
    return output.reshape(())


@speaking
def hessian(
    func: Callable[..., Any], inputs: Any, create_graph: bool = False, strict: bool = False, vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:  # fmt: skip
    """The second derivatives of a scalar function by every pair of elements of its inputs."""
    check_strategy(outer_jacobian_strategy)
    given, several = as_tuple(inputs, "inputs", "hessian")

    def gradient(*xs: Tensor) -> tuple[Tensor, ...]:
        value = scalar(func(*xs), "hessian")
        return grads_or_zeros((value,), xs, (tensor_of(value.dtype.type(1)),), True, strict, "hessian")

    rows = jacobian(gradient, given, create_graph, strict, vectorize, outer_jacobian_strategy)
    return rows if several else rows[0][0]


def hessian_product(func: Callable[..., Any], inputs: Any, v: Any, create_graph: bool, strict: bool, name: str) -> Any:
    """The value of a scalar function, and its Hessian times v: the gradient of (gradient times v)."""
    with enable_grad():
        given, several = as_tuple(inputs, "inputs", name)
        xs = tracked(given, create_graph)
        value = scalar(func(*xs), name)
        vectors = checked(v, xs, name)
        first = grads_or_zeros((value,), xs, (tensor_of(value.dtype.type(1)),), True, strict, name)
        found = grads_or_zeros(first, xs, vectors, create_graph, strict, name)
    result = untracked(found, create_graph)
    return untracked(value, create_graph), (result if several else result[0])


@speaking
def hvp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """The value of a scalar function, and its Hessian times v."""
    return hessian_product(func, inputs, v, create_graph, strict, "hvp")


@speaking
def vhp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """The value of a scalar function, and v times its Hessian, which is the same: a Hessian is symmetric."""
    return hessian_product(func, inputs, v, create_graph, strict, "vhp")
