"""The `_copy` forms of views: the same elements in memory of their own."""

from __future__ import annotations

from typing import Any

from autograd.attach import add_methods
from autograd.cases import case
from autograd.derived import derived
from autograd.dims import one_dim
from autograd.ops.arranging import permute, transpose
from autograd.ops.arranging import t as matrix_transpose
from autograd.ops.complex import view_as_complex, view_as_real
from autograd.ops.diagonals import diagonal
from autograd.ops.joining import chunk, narrow, select, split, split_with_sizes, unbind
from autograd.ops.shaping import alias, clone, expand, squeeze, unsqueeze, view
from autograd.ops.striding import as_strided, unfold
from autograd.tensor import Tensor


def copied(result: Any) -> Any:
    """A copy of a tensor, or of each of several."""
    return tuple(clone(part) for part in result) if isinstance(result, tuple) else clone(result)


def copy_of(name: str, view_function: Any, declared_as: Any = None) -> Any:
    """The function that copies what a view function shows; its formula and cases are that one's, or another's."""
    declared = declared_as or view_function
    known = getattr(declared, "derived", None) or declared.op

    def function(input: Tensor, *args: Any, **kwargs: Any) -> Any:
        return copied(view_function(input, *args, **kwargs))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"What `{name.removesuffix('_copy')}` shows, as a copy."
    return derived(known.tex, cases=known.cases, method=False)(function)


alias_copy = copy_of("alias_copy", alias)
as_strided_copy = copy_of("as_strided_copy", as_strided)
diagonal_copy = copy_of("diagonal_copy", diagonal)
expand_copy = copy_of("expand_copy", expand)
narrow_copy = copy_of("narrow_copy", narrow)
permute_copy = copy_of("permute_copy", permute)
split_with_sizes_copy = copy_of("split_with_sizes_copy", split_with_sizes)
squeeze_copy = copy_of("squeeze_copy", squeeze)
t_copy = copy_of("t_copy", matrix_transpose)
transpose_copy = copy_of("transpose_copy", transpose)
unbind_copy = copy_of("unbind_copy", unbind)
unfold_copy = copy_of("unfold_copy", unfold)
unsqueeze_copy = copy_of("unsqueeze_copy", unsqueeze)
unsafe_chunk = copy_of("unsafe_chunk", chunk)
unsafe_split_with_sizes = copy_of("unsafe_split_with_sizes", split_with_sizes)
select_copy = copy_of("select_copy", select)
view_as_complex_copy = copy_of("view_as_complex_copy", view_as_complex)
view_as_real_copy = copy_of("view_as_real_copy", view_as_real)
detach_copy = copy_of("detach_copy", Tensor.detach, declared_as=alias)


@derived(view.derived.tex, cases=(case((2, 6), size=(3, 4)), case((4,), size=(2, -1))), method=False)  # type: ignore[attr-defined]
def view_copy(input: Tensor, size: Any) -> Tensor:
    """What `view` shows, as a copy."""
    return clone(view(input, size))


PIECES = (case((5, 2), split_size=2), case((2, 3), split_size=3, dim=1))


@derived(split.derived.tex, cases=PIECES, method=False)  # type: ignore[attr-defined]
def split_copy(input: Tensor, split_size: int, dim: int = 0) -> tuple[Tensor, ...]:
    """What `split` shows, as copies."""
    return copied(split(input, split_size, dim))


@derived(split.derived.tex, cases=PIECES)  # type: ignore[attr-defined]
def unsafe_split(tensor: Tensor, split_size: int, dim: int = 0) -> tuple[Tensor, ...]:
    """What `split` shows, as copies: each may be written to."""
    return copied(split(tensor, split_size, dim))


@derived(
    r"z_i = x_{a + s i}", cases=(case((5, 2), start=1, end=4, step=2), case((2, 5), dim=1, start=-3)), method=False
)
def slice_copy(input: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1) -> Tensor:
    """A copy of every step-th slice along a dimension, from start up to, but without, end."""
    place = one_dim(dim, input.ndim, "slice_copy")
    return clone(input[(*[slice(None)] * place, slice(start, end, step))])


add_methods(narrow_copy=narrow_copy, unsafe_chunk=unsafe_chunk,
            unsafe_split_with_sizes=unsafe_split_with_sizes)  # fmt: skip
