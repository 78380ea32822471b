"""Joining and splitting by direction, grids and blocks: made of cat, stack, split and reshape."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from autograd.cases import case
from autograd.derived import derived
from autograd.dims import one_dim
from autograd.graph import warn_caller
from autograd.misuse import speaking
from autograd.ops.joining import cat, sequence_of_tensors, split, stack
from autograd.size import check_countable
from autograd.tensor import Tensor, tensor_of


def each(function: Any, tensors: tuple[Any, ...]) -> Any:
    """A function of one tensor for one, or for several given one by one or as a sequence."""
    if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)):
        return tuple(function(t) for t in tensors[0])
    return function(tensors[0]) if len(tensors) == 1 else tuple(function(t) for t in tensors)


def at_least(ndim: int, shape: Any, name: str) -> Any:
    """A function that gives tensors of fewer dimensions more of them, of size 1."""

    def widen(x: Any) -> Tensor:
        if not isinstance(x, Tensor):
            raise TypeError(f"{name}(): arguments must be Tensors, not {type(x).__name__}")
        return x if x.ndim >= ndim else x.reshape(shape(tuple(x.shape)))

    def function(*tensors: Any) -> Any:
        return each(widen, tensors)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"The tensor, or each of several, with {ndim} dimensions at least."
    return function


atleast_1d = at_least(1, lambda shape: (1,), "atleast_1d")
atleast_2d = at_least(2, lambda shape: (1, *shape) if shape else (1, 1), "atleast_2d")
atleast_3d = at_least(
    3, lambda shape: {0: (1, 1, 1), 1: (1, *shape, 1), 2: (*shape, 1)}[len(shape)], "atleast_3d"
)  # fmt: skip


# -- joining ----------------------------------------------------------------------------------------------


@derived(
    r"[x_1 \mid x_2 \mid \ldots]", cases=(case([(3,), (4,)]), case([(2, 3), (2, 1)])), method=False, casts_out=True
)
def hstack(tensors: Any) -> Tensor:
    """Join tensors side by side: along the first dimension for vectors, the second for others.

    >>> import autograd
    >>> autograd.hstack([autograd.tensor([1, 2]), autograd.tensor([3])])
    tensor([1, 2, 3])
    """
    wide = [atleast_1d(t) for t in sequence_of_tensors(tensors, "hstack")]
    return cat(wide, 0 if wide[0].ndim == 1 else 1)


@derived(
    r"\begin{bmatrix} x_1 \\ x_2 \\ \vdots \end{bmatrix}",
    cases=(case([(3,), (3,)]), case([(2, 3), (1, 3)])),
    method=False,
    casts_out=True,
)
def vstack(tensors: Any) -> Tensor:
    """Join tensors on top of each other: along the first dimension; vectors count as rows.

    >>> import autograd
    >>> autograd.vstack([autograd.tensor([1, 2]), autograd.tensor([3, 4])])
    tensor([[1, 2],
            [3, 4]])
    """
    return cat([atleast_2d(t) for t in sequence_of_tensors(tensors, "vstack")], 0)


row_stack = vstack


@derived(r"z_{i j k} = (x_k)_{i j}", cases=(case([(3,), (3,)]), case([(2, 3), (2, 3)])), method=False, casts_out=True)
def dstack(tensors: Any) -> Tensor:
    """Join tensors behind each other: along the third dimension.

    >>> import autograd
    >>> autograd.dstack([autograd.tensor([1, 2]), autograd.tensor([3, 4])]).shape
    torch.Size([1, 2, 2])
    """
    return cat([atleast_3d(t) for t in sequence_of_tensors(tensors, "dstack")], 2)


@derived(r"[x_1 \mid x_2 \mid \ldots]", cases=(case([(3,), (3,)]), case([(2, 3), (2,)])), method=False, casts_out=True)
def column_stack(tensors: Any) -> Tensor:
    """Join tensors side by side; vectors count as columns.

    >>> import autograd
    >>> autograd.column_stack([autograd.tensor([1, 2]), autograd.tensor([3, 4])])
    tensor([[1, 3],
            [2, 4]])
    """
    given = sequence_of_tensors(tensors, "column_stack")
    return hstack([t.reshape(-1, 1) if t.ndim < 2 else t for t in given])


@speaking
def block_diag(*tensors: Any) -> Tensor:
    """A matrix with the given ones along its diagonal and zeros elsewhere."""
    if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)):
        tensors = tuple(tensors[0])
    blocks = [atleast_2d(t) for t in tensors] or [tensor_of(np.zeros((1, 0), np.float32))]
    for position, block in enumerate(blocks):
        if block.ndim > 2:
            raise RuntimeError(
                "block_diag: Input tensors must have 2 or fewer dimensions. "
                f"Input {position} has {block.ndim} dimensions"
            )
    columns = sum(b.shape[1] for b in blocks)
    rows = []
    before = 0
    for block in blocks:
        after = columns - before - block.shape[1]
        rows.append(cat([block.new_zeros(len(block), before), block, block.new_zeros(len(block), after)], 1))
        before += block.shape[1]
    return cat(rows, 0)


# -- splitting ----------------------------------------------------------------------------------------------


SPLITS = (case((6, 2), indices_or_sections=4), case((6, 4), indices_or_sections=[1, 4], dim=1))


@derived(r"x = [z_1 \mid z_2 \mid \ldots]", cases=SPLITS)
def tensor_split(
    input: Tensor, indices_or_sections: Any, dim: Any = 0, *, indices: Any = None, sections: Any = None
) -> Any:
    """Cut a tensor along a dimension: into that many nearly equal pieces, or before the given places.

    >>> import autograd
    >>> autograd.tensor_split(autograd.arange(5), 2)
    (tensor([0, 1, 2]), tensor([3, 4]))
    """
    where = next(v for v in (indices, sections, indices_or_sections) if v is not None)
    if input.ndim == 0:
        raise RuntimeError("tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims")
    dim = one_dim(dim, input.ndim, "tensor_split")
    length = input.shape[dim]
    if isinstance(where, Tensor):
        if where.ndim > 1 or where.dtype.name != "int64":
            raise RuntimeError(
                "tensor_split expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional tensor "
                f"of long, but got {where.ndim} dims, {where.dtype.name}"
            )
        where = where.tolist()
    if isinstance(where, (list, tuple)):
        cuts = [min(max(c + length if c < 0 else c, 0), length) for c in map(int, where)]
        edges = [0, *cuts, length]
        return tuple(
            input.narrow(dim, a, max(b - a, 0)) if a <= length else input.narrow(dim, length, 0)
            for a, b in itertools.pairwise(edges)
        )
    if where <= 0:
        raise RuntimeError(f"number of sections must be larger than 0, got {where}")
    check_countable((where,), "tensor_split")
    small, larger = divmod(length, where)
    return split(input, [small + (i < larger) for i in range(where)], dim)


def split_evenly(x: Tensor, where: Any, dim: int, least: int, name: str) -> Any:
    """`tensor_split` along a dimension, into pieces of equal size if their number is given."""
    if x.ndim < least:
        raise RuntimeError(
            f"{name} requires a tensor with at least {least} dimension(s), but got a tensor with {x.ndim} dimensions!"
        )
    if isinstance(where, int) and (where <= 0 or x.shape[dim] % where):
        raise RuntimeError(
            f"{name} attempted to split along dimension {dim}, but the size of the dimension {x.shape[dim]} is "
            f"not divisible by the split_size {where}!"
        )
    return tensor_split(x, where, dim)


@derived(
    r"(x_{\cdot, [0, s)}, x_{\cdot, [s, 2 s)}, \ldots)",
    cases=(case((2, 4), indices_or_sections=2), case((4,), indices_or_sections=[1])),
)
def hsplit(input: Tensor, indices_or_sections: Any) -> Any:
    """Cut a tensor side by side: along the first dimension of a vector, the second of others.

    >>> import autograd
    >>> autograd.hsplit(autograd.arange(4), 2)
    (tensor([0, 1]), tensor([2, 3]))
    """
    return split_evenly(input, indices_or_sections, 0 if input.ndim == 1 else 1, 1, "hsplit")


@derived(
    r"(x_{[0, s)}, x_{[s, 2 s)}, \ldots)",
    cases=(case((4, 2), indices_or_sections=2), case((3, 2), indices_or_sections=[1])),
)
def vsplit(input: Tensor, indices_or_sections: Any) -> Any:
    """Cut a tensor of two dimensions or more from top to bottom: along the first dimension.

    >>> import autograd
    >>> autograd.vsplit(autograd.tensor([[1, 2], [3, 4]]), 2)
    (tensor([[1, 2]]), tensor([[3, 4]]))
    """
    return split_evenly(input, indices_or_sections, 0, 2, "vsplit")


@derived(
    r"(x_{\cdot, \cdot, [0, s)}, x_{\cdot, \cdot, [s, 2 s)}, \ldots)", cases=(case((1, 2, 4), indices_or_sections=2),)
)
def dsplit(input: Tensor, indices_or_sections: Any) -> Any:
    """Cut a tensor of three dimensions or more in depth: along the third dimension."""
    return split_evenly(input, indices_or_sections, 2, 3, "dsplit")


# -- grids --------------------------------------------------------------------------------------------------


@speaking
def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Tensor, ...]:
    """The coordinates of all points of a grid, one tensor for each direction, from the places along each axis.

    With indexing="xy" the first two dimensions are exchanged, as in plots. Without, it is "ij", and a warning says that
    PyTorch means to change that.
    """
    if indexing is None:
        warn_caller(
            'torch.meshgrid: in an upcoming release, it will be required to pass the indexing argument: write indexing="ij" '
            'for what you get now, or "xy" for what NumPy does'
        )
        indexing = "ij"
    given = list(tensors[0]) if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else list(tensors)
    if indexing not in ("ij", "xy"):
        raise RuntimeError(f'meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    if not given:
        raise RuntimeError("meshgrid expects a non-empty TensorList")
    for axis in given:
        if axis.ndim > 1:
            raise RuntimeError(
                f"meshgrid: Expected 0D or 1D tensor in the tensor list but got shape {list(axis.shape)}"
            )
        if axis.dtype is not given[0].dtype:
            raise RuntimeError("meshgrid expects all tensors to have the same dtype")
    swapped = indexing == "xy" and len(given) > 1
    axes = [given[1], given[0], *given[2:]] if swapped else given
    shape = tuple(axis.numel() for axis in axes)
    grids = [
        axis.reshape(*[-1 if j == i else 1 for j in range(len(axes))]).expand(shape) for i, axis in enumerate(axes)
    ]
    if swapped:
        grids = [grids[1], grids[0], *grids[2:]]
    return tuple(grids)


@speaking
def cartesian_prod(*tensors: Any) -> Tensor:
    """All combinations of one element from each vector, a row for each."""
    given = list(tensors[0]) if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else list(tensors)
    for vector in given:
        if vector.ndim != 1:
            raise RuntimeError(f"cartesian_prod(): Expect a 1D vector, but got shape {list(vector.shape)}")
    if len(given) == 1:
        return given[0]
    return stack([grid.reshape(-1) for grid in meshgrid(*given, indexing="ij")], 1)


@derived(
    r"\{(x_i, x_j) : i < j\}", cases=(case((4,)), case((4,), r=3), case((3,), r=2, with_replacement=True)), method=False
)
def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """All ways to choose r elements of a vector, a row for each.

    >>> import autograd
    >>> autograd.combinations(autograd.tensor([1, 2, 3]))
    tensor([[1, 2],
            [1, 3],
            [2, 3]])
    """
    if input.ndim != 1:
        raise RuntimeError(f"combinations(): Expect a 1D vector, but got shape {list(input.shape)}")
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    places = np.array(list(choose(range(len(input)), r)), np.int64).reshape(-1, r)
    if r == 0:
        return input.new_empty(0)
    chosen: Tensor = input[tensor_of(places.reshape(-1))].reshape(places.shape)
    return chosen
