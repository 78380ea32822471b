"""The `_copy` forms of views: the same elements in memory of their own."""

from __future__ import annotations

from typing import Any

from autograd.derived import derived
from autograd.ops.arranging import permute, transpose
from autograd.ops.arranging import t as matrix_transpose
from autograd.ops.diagonals import diagonal
from autograd.ops.joining import chunk, narrow, split, split_with_sizes, unbind
from autograd.ops.shaping import alias, clone, expand, squeeze, unsqueeze, view
from autograd.ops.striding import as_strided, unfold
from autograd.tensor import Tensor


def copied(result: Any) -> Any:
    """A copy of a tensor, or of each of several."""
    return tuple(clone(part) for part in result) if isinstance(result, tuple) else clone(result)


def copy_of(name: str, view_function: Any) -> Any:
    """The function that copies what a view function shows."""

    def function(input: Tensor, *args: Any, **kwargs: Any) -> Any:
        return copied(view_function(input, *args, **kwargs))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"What `{name.removesuffix('_copy')}` shows, as a copy."
    return derived(method=False)(function)


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
view_copy = copy_of("view_copy", view)
unsafe_split = copy_of("unsafe_split", split)
unsafe_chunk = copy_of("unsafe_chunk", chunk)
