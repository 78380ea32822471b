"""Dimensions: counted from the front or from the back, checked, and in one form for the ops."""

from __future__ import annotations

import operator
from typing import Any

from autograd.arrays import Axes
from autograd.values import out_of_range


def one_dim(dim: Any, ndim: int, name: str) -> int:
    """A dimension counted from the front. A tensor of rank 0 counts as having one, as in PyTorch."""
    if dim.__class__ is not int:
        dim = whole(dim, name)
    if not -max(ndim, 1) <= dim < max(ndim, 1):
        raise IndexError(out_of_range(dim, ndim, name))
    return dim + ndim if dim < 0 and ndim else 0 if ndim == 0 else dim


def whole(dim: Any, name: str) -> int:
    """A dimension that is no plain int, as one; TypeError for what is no whole number."""
    try:
        if not isinstance(dim, bool):
            return operator.index(dim)
    except TypeError:  # said below, in terms of the call
        dim = f"a {type(dim).__name__}" if hasattr(dim, "dtype") else repr(dim)
    raise TypeError(f"{name}(): dim must be an int, got {dim}")


def optional_dim(dim: Any, ndim: int, name: str) -> int | None:
    """A dimension, or None for all elements taken as one row."""
    return None if dim is None else one_dim(dim, ndim, name)


def many_dims(dim: Any, ndim: int, name: str) -> Axes:
    """One dimension or several, as a tuple without repeats; None, for all of them, stays None."""
    if dim is None:
        return None
    if dim.__class__ is int:
        if ndim == 0:
            one_dim(dim, ndim, name)
            return ()
        if -ndim <= dim < ndim:
            return (dim % ndim,)
        raise IndexError(out_of_range(dim, ndim, name))
    if not isinstance(dim, (tuple, list)):
        dim = (dim,)
    dims = tuple(one_dim(d, ndim, name) for d in dim)
    if len(set(dims)) != len(dims):
        repeated = next(d for d in dims if dims.count(d) > 1)
        raise RuntimeError(f"{name}: dim {repeated} appears multiple times in the list of dims {tuple(dim)}")
    return dims if ndim else ()


def many_dims_or_all(dim: Any, ndim: int, name: str) -> Axes:
    """Like `many_dims`; an empty tuple too stands for all dimensions."""
    return many_dims(dim, ndim, name) or None
