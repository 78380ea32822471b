"""The affine map of a layer, and the lookup table that is its sparse cousin."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.arrays import Array, Ints, add_at, ones, product
from autograd.cases import by_definition, case, ints
from autograd.op import op
from autograd.saved import undo_broadcast


def rows(x: Array) -> Array:
    """All leading dimensions as one."""
    return x if x.ndim == 2 else x.reshape(math.prod(x.shape[:-1]), x.shape[-1])


def linear_clash(shapes: list[tuple[int, ...]]) -> str:
    """Why an input does not fit a layer."""
    x, weight = shapes[:2]
    if len(weight) not in (1, 2):
        return f"the weight must be 2D, (out_features, in_features), but has shape {weight}"
    if not x or x[-1] != weight[-1]:
        flat = int(np.prod(x[:-1]))
        return (
            f"mat1 and mat2 shapes cannot be multiplied ({flat}x{x[-1] if x else 1} and "
            f"{'x'.join(map(str, weight[::-1]))}): the input of shape {x} has {x[-1] if x else 'no'} features "
            f"in its last dimension, but the weight of shape {weight} takes {weight[-1]}{linear_cure(x, weight)}"
        )
    return f"the bias of shape {shapes[2]} does not fit {weight[0]} output features" if len(shapes) > 2 else ""


def linear_cure(x: tuple[int, ...], weight: tuple[int, ...]) -> str:
    """What would make them fit: the input flattened, or a layer for this input."""
    if not x or len(weight) != 2:
        return ""
    if len(x) > 2 and int(np.prod(x[1:])) == weight[1]:
        return ": flatten the input first, with x.flatten(1)"
    return f": Linear({x[-1]}, {weight[0]}) would fit this input"


def linear_name(node: Any) -> str:
    """PyTorch's name of the node, which tells the rank of the input, and whether there is a bias."""
    has_bias = node.edges[2] is not None or (node.constants and node.constants[2] is not None)
    names = {2: ("MmBackward0", "AddmmBackward0"), 1: ("SqueezeBackward4", "ViewBackward0")}
    return names.get(len(node.shape), ("UnsafeViewBackward0", "ViewBackward0"))[bool(has_bias)]


@op(
    r"x W^\top + b",
    name="linear",
    method=False,
    promotes=False,
    clash=linear_clash,
    node=linear_name,
    composed=lambda x, weight, bias=None: (x @ weight.t()) if bias is None else (x @ weight.t()) + bias,
    cases=(
        case((3, 4), (2, 4), (2,)),
        case((5, 3, 4), (2, 4), (2,)),
        case((3, 4), (2, 4), None),
        case((4,), (2, 4), (2,)),
        case((0, 4), (2, 4), (2,)),
        case((3, 4), (4,), ()),
        case((3, 4), (2, 4), (1,)),
        case((3, 4), (2, 4), (3, 1)),
        case((2, 3, 4), (2, 4), (3, 2)),
        case((0,), (2, 0), (2,)),
    ),
)
def linear(x: Array, weight: Array, bias: Array | None = None) -> Array:
    """Multiply the last dimension by a matrix, and add a vector: z = x W^T + b.

    Shapes: input (..., in), weight (out, in), bias (out,); result (..., out).

    >>> import autograd, nn
    >>> weight, bias = autograd.tensor([[1.0, 2.0]]), autograd.tensor([0.5])
    >>> nn.functional.linear(autograd.tensor([[3.0, 4.0]]), weight, bias)
    tensor([[11.5000]])
    """
    if x.ndim == 2:
        z = product(x, weight.T)
    elif x.ndim == 1 or weight.ndim == 1:
        z = x @ weight.T
    else:
        z = product(rows(x), weight.T)  # one large product beats many small ones
        z = z.reshape(*x.shape[:-1], weight.shape[0])
    if bias is not None:
        z += bias
    return z


@linear.vjp("x", r"\bar z\, W")
def _(g: Any, weight: Any) -> Any:
    if g.ndim == 2 and weight.ndim == 2:
        return product(g, weight)
    if weight.ndim == 1:
        return np.expand_dims(g, -1) * weight
    return product(rows(g), weight).reshape(*g.shape[:-1], weight.shape[1])


@linear.vjp("weight", r"\bar z^\top x")
def _(g: Any, x: Any, weight_shape: Any) -> Any:
    if len(weight_shape) == 1:
        return g.reshape(-1).dot(rows(x))
    return product(g.T, x) if g.ndim == 2 else product(rows(g).T, rows(x))


@linear.vjp("bias", r"\text{sum of } \bar z \text{ over the rows}")
def _(g: Any, bias_shape: Any) -> Any:
    if bias_shape != g.shape[-1:]:
        return undo_broadcast(g, bias_shape)
    table = rows(g)
    return ones(len(table), table.dtype).dot(table)


# -- embedding --------------------------------------------------------------------------------------------


@op(
    r"W_{i}",
    name="embedding",
    method=False,
    kind="free",
    cases=(
        case((5, 3), ints((2, 4), 0, 5)),
        by_definition(case((5, 3), ints((4,), 0, 5), padding_idx=1)),
        case((5, 3), ints((0,), 0, 5)),
    ),
)
def embedding(weight: Array, index: Ints, padding_idx: int = -1) -> Array:
    """Rows of a table by their numbers. Shapes: weight (rows, size), index any; result (*index, size)."""
    if index.dtype.kind not in "iu":
        raise TypeError("indices must be integers: convert them with .long()")
    n = len(weight)
    if index.size and not (index.min() >= 0 and index.max() < n):
        wrong = index.min() if index.min() < 0 else index.max()
        raise IndexError(f"embedding: index {wrong} is out of range for a table of {n} rows")
    return np.take(weight, index, axis=0)


embedding.vjp("weight", r"\text{each } \bar z \text{ added to its row}")(
    lambda g, index, weight_shape, padding_idx: embedding_adjoint.either(g, index, weight_shape[0], padding_idx)  # type: ignore[has-type]
)


@op(
    r"\sum_{j : i_j = r} x_j",
    name="embedding_adjoint",
    method=False,
    kind="free",
    cases=(
        case((2, 4, 3), ints((2, 4), 0, 5), size=5, padding_idx=-1),
        case((4, 3), ints((4,), 0, 5), size=5, padding_idx=1),
    ),
)
def embedding_adjoint(x: Array, index: Ints, size: int, padding_idx: int) -> Array:
    """Vectors summed by the row they belong to; the padding row stays zero."""
    table = np.zeros((size, x.shape[-1]), x.dtype)
    add_at(table, [index], x)
    if padding_idx >= 0:
        table[padding_idx] = 0
    return table


@embedding_adjoint.vjp("x", r"\bar z_{i}")
def _(g: Any, index: Any, padding_idx: int) -> Any:
    found = embedding.either(g, index, padding_idx=padding_idx)
    return found if padding_idx < 0 else found * np.expand_dims(index != padding_idx, -1)
