"""`vmap`: a function of one tensor, made a function of a batch of them.

Inside, each tensor that is mapped over looks like one of its batch (see `autograd.batched`), and
every op on it is done for the whole batch (see `autograd.batching`). Nothing is traced or compiled:
the function runs once, on such tensors.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from autograd.batched import Batched, batched
from autograd.batching import Vmap, at_front, in_batch
from autograd.graph import clock
from autograd.misuse import speaking
from autograd.modes import state
from autograd.ops.arranging import movedim
from autograd.ops.joining import cat
from autograd.pytree import Spec, broadcast_prefix, flatten, unflatten
from autograd.tensor import Tensor

__all__ = ["vmap"]


@speaking
def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """The function that applies `func` to each tensor of a batch and stacks the results, as if in a loop, but at once.

    Args:
        func: a function of tensors, or nested containers of them, that returns such.
        in_dims: which dimension of each input is the batch; None for an input that is the same for all. One for
            all inputs, or a tuple with one for each, which may be nested as the inputs are. Keyword arguments
            are the same for all.
        out_dims: where the batch goes in each result; None for a result that does not depend on the batch.
        randomness: what random functions do inside: "error", or draw "different" numbers for each tensor of the
            batch, or the "same" for all.
        chunk_size: do so many tensors of the batch at once, to save memory.

    Raises ValueError where in_dims or out_dims do not fit what they describe or the batches differ in size, and
    RuntimeError where the function asks for numbers, by `if` or `.item()`, which differ over the batch.

    >>> import autograd
    >>> from autograd.func import grad, vmap
    >>> x, y = autograd.ones(5, 3), autograd.ones(5, 3)
    >>> vmap(autograd.dot)(x, y)
    tensor([3., 3., 3., 3., 3.])
    >>> vmap(grad(lambda x: x ** 3))(autograd.tensor([1.0, 2.0]))
    tensor([ 3., 12.])
    """
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")
    if chunk_size is not None and not (isinstance(chunk_size, int) and chunk_size > 0):
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")
    name = getattr(func, "__name__", repr(func))

    @functools.wraps(func)
    def mapped(*args: Any, **kwargs: Any) -> Any:
        leaves, spec, dims = mapped_over(args, in_dims, name)
        size = common_size(leaves, dims)
        fronts = [leaf if dim is None else at_front(leaf, dim) for leaf, dim in zip(leaves, dims, strict=True)]

        def run(chosen: list[Any], count: int) -> Any:
            return run_mapped(func, chosen, dims, spec, kwargs, (count, randomness), (out_dims, name))

        if chunk_size is None or size <= chunk_size:
            return run(fronts, size)
        chunks = []
        for start in range(0, size, chunk_size):
            stop = min(start + chunk_size, size)
            part = [leaf if dim is None else leaf[start:stop] for leaf, dim in zip(fronts, dims, strict=True)]
            chunks.append(run(part, stop - start))
        return joined(chunks, out_dims)

    return mapped


# -- inputs -------------------------------------------------------------------------------------------------


def mapped_over(args: tuple[Any, ...], in_dims: Any, name: str) -> tuple[list[Any], Spec, list[int | None]]:
    """The leaves of the arguments, their structure, and for each leaf the dimension that is mapped over."""
    call = f"vmap({name}, in_dims={in_dims}, ...)(<inputs>)"
    if not isinstance(in_dims, (int, tuple, list)) or isinstance(in_dims, bool):
        raise ValueError(
            f"{call}: expected `in_dims` to be int or a (potentially nested) tuple matching the structure of inputs, "
            f"got: {type(in_dims)}"
        )
    if not args:
        raise ValueError(
            f"vmap({name})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are trying to vmap over a "
            "function with no inputs, which has no batch to go over"
        )
    leaves, spec = flatten(args)
    dims = broadcast_prefix(tuple(in_dims) if isinstance(in_dims, list) else in_dims, args)
    if dims is None:
        raise ValueError(
            f"{call}: in_dims is not compatible with the structure of `inputs`: give one dimension for all inputs, or "
            f"a tuple of {len(args)}, one for each (or a container like the input's own)"
        )
    return leaves, spec, [checked_dim(dim, leaf, call) for dim, leaf in zip(dims, leaves, strict=True)]


def checked_dim(dim: Any, leaf: Any, call: str) -> int | None:
    """The dimension to map one input over, counted from the front."""
    if dim is None:
        return None
    if not isinstance(dim, int):
        raise ValueError(
            f"{call}: Got in_dim={dim} for an input but in_dim must be either an integer dimension or None"
        )
    if not isinstance(leaf, Tensor):
        raise ValueError(
            f"{call}: Got in_dim={dim} for an input but the input is of type {type(leaf)}. We cannot vmap over "
            "non-Tensor arguments, please use None as the respective in_dim"
        )
    if not -leaf.ndim <= dim < leaf.ndim:
        raise ValueError(
            f"{call}: Got in_dim={dim} for some input, but that input is a Tensor of dimensionality {leaf.ndim} so "
            f"expected in_dim to satisfy -{leaf.ndim} <= in_dim < {leaf.ndim}"
        )
    return dim % leaf.ndim


def common_size(leaves: list[Any], dims: list[int | None]) -> int:
    """The size of the batch."""
    sizes = [leaf.shape[dim] for leaf, dim in zip(leaves, dims, strict=True) if dim is not None]
    if not sizes:
        raise ValueError("vmap: Expected at least one Tensor to vmap over: all in_dims are None")
    if len(set(sizes)) > 1:
        raise ValueError(
            f"vmap: Expected all tensors to have the same size in the mapped dimension, got sizes {sizes} for the "
            "mapped dimension: choose other dimensions with in_dims, or None for an input that is the same for all"
        )
    first: int = sizes[0]
    return first


# -- the run ------------------------------------------------------------------------------------------------


@contextmanager
def running_vmap(size: int, randomness: str) -> Iterator[Vmap]:
    """A level of batches, while it lasts."""
    running = Vmap(next(clock), size, randomness)
    before = state.vmaps
    state.vmaps = (*before, running)
    try:
        yield running
    finally:
        state.vmaps = before


def run_mapped(
    func: Callable[..., Any], fronts: list[Any], dims: list[int | None], spec: Spec, kwargs: dict[str, Any],
    how: tuple[int, str], wanted: tuple[Any, str],
) -> Any:  # fmt: skip
    """Call the function on a batch, and take the batch out of its results."""
    with running_vmap(*how) as running:
        inputs = [
            leaf if dim is None else batched(leaf, running.level) for leaf, dim in zip(fronts, dims, strict=True)
        ]  # fmt: skip
        returned = func(*unflatten(inputs, spec), **kwargs)
        leaves, out_spec = flatten(returned)
        out_dims = result_dims(returned, *wanted)
        results = [taken_out(leaf, dim, running, wanted[1]) for leaf, dim in zip(leaves, out_dims, strict=True)]
    return unflatten(results, out_spec)


def result_dims(returned: Any, out_dims: Any, name: str) -> list[Any]:
    """For each result, where its batch is to go."""
    if not all(dim is None or isinstance(dim, int) for dim in flatten(out_dims)[0]):
        raise ValueError(
            f"vmap({name}, ..., out_dims={out_dims}): `out_dims` must be an int, None or a python collection of ints "
            "representing where in the outputs the vmapped dimension should appear"
        )
    dims = broadcast_prefix(tuple(out_dims) if isinstance(out_dims, list) else out_dims, returned)
    if dims is None:
        several = isinstance(returned, tuple) and len(returned)
        raise ValueError(
            f"vmap({name}, ..., out_dims={out_dims})(<inputs>): out_dims is not compatible with the structure of "
            f"`outputs`: the function returned {f'{several} results' if several else type(returned).__name__}"
        )
    return dims


def taken_out(result: Any, dim: int | None, running: Vmap, name: str) -> Any:
    """One result of the function as a tensor with its batch where it is wanted."""
    is_batch = isinstance(result, Batched) and result.level == running.level
    if dim is None:
        if is_batch:
            raise ValueError(
                f"vmap({name}, ...): `{name}` can not return a BatchedTensor when out_dim is None: this result differs "
                "over the batch"
            )
        return result
    if not isinstance(result, Tensor):
        raise ValueError(
            f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(result)}. Did you mean to set "
            "out_dims= to None for output?"
        )
    return movedim(in_batch(result, running), 0, dim) if dim else in_batch(result, running)


def joined(chunks: list[Any], out_dims: Any) -> Any:
    """The results of the chunks, each joined along the dimension where its batch is."""
    columns, specs = zip(*map(flatten, chunks), strict=True)
    dims = broadcast_prefix(tuple(out_dims) if isinstance(out_dims, list) else out_dims, chunks[0]) or []
    whole = [
        parts[0] if dim is None else cat(list(parts), dim)
        for dim, parts in zip(dims, zip(*columns, strict=True), strict=True)
    ]
    return unflatten(whole, specs[0])
