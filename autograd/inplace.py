"""Changing a tensor in place, and what that does to the graph.

A tensor's values can be overwritten, but the operations that used the old ones can't be undone.
So the tensor leaves its old node behind and takes the node of the result that was written into
it; its version notes the write, so that a rule which still wants the old values is refused
instead of silently reading the new ones.

Writing into a view changes its base too. The base then becomes the result of "the old base, with
these elements replaced", and every view of it is, from there on, a view of that.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, cast

import numpy as np

from autograd.batched import Batched
from autograd.dtypes import can_cast
from autograd.graph import AccumulateGrad, Node, Part, Version, give_wish, take_wish
from autograd.modes import state
from autograd.promotion import NUMBERS, convert, number_like
from autograd.registry import BATCH_RULES, OPS
from autograd.tensor import Tensor, tensor_of
from autograd.views import UNCLEAR, ViewOf, catch_up, check_places_differ, node_of_elements


def in_place(function: Callable[..., Any], name: str) -> Callable[..., Tensor]:
    """The method that overwrites a tensor with what `function` makes of it."""

    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return overwrite(self, function, args, kwargs, name)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"In-place version of `{name.rstrip('_')}`."
    return functools.update_wrapper(method, function, assigned=(), updated=())


def in_place_view(function: Callable[..., Any], name: str) -> Callable[..., Tensor]:
    """The method that makes a tensor itself what `function` would give as a view of it."""

    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return look_again(self, function, args, kwargs, name)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"In-place version of `{name.rstrip('_')}`: the same memory, and this tensor shows it otherwise."
    return functools.update_wrapper(method, function, assigned=(), updated=())


def in_place_operator(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """The method behind an augmented assignment such as `x += y`."""

    def method(self: Tensor, other: Any) -> Tensor:
        if other.__class__ in NUMBERS:
            other = number_like(other, self)  # type: ignore[arg-type]
        elif not isinstance(other, (Tensor, np.ndarray, np.generic, bool, complex)):
            return NotImplemented
        return overwrite(self, function, (other,), {}, name)

    method.__name__ = method.__qualname__ = name
    return method


def overwrite(x: Tensor, function: Callable[..., Any], args: Any, kwargs: Any, name: str) -> Tensor:
    """Replace the values of x by `function(x, ...)`, recorded if a gradient flows."""
    if state.vmaps and any(isinstance(t, Batched) for t in (x, *args, *kwargs.values())):
        written: Tensor = BATCH_RULES["x += y"](x, function, args, kwargs, name)
        return written
    check_writable(x, name)
    old = x
    if state.grad_enabled and in_graph(x, *args, *kwargs.values()):
        old = as_before(x, x)
        args = tuple(old if arg is x else as_before(arg, x) for arg in args)
        kwargs = {key: as_before(arg, x) for key, arg in kwargs.items()}
    result = function(old, *args, **kwargs)
    check_fits(x, result, name)
    if result.dtype is not x.dtype:
        result = convert(result, x.dtype)
    if x.node is not None or x.view_of is not None:
        keep_shown(x)
    x.memory()[...] = result.array
    for watcher in state.watchers:
        watcher.written(x, None, (result,), {}, name)
    if result.node is not None:
        keep_watch_over_result(result, x)
        rebase(x, result.node, name)
    elif x.node is not None and state.grad_enabled:
        rebase(x, None, name)  # these values do not depend on what x was
    else:
        x.writes().stamp(name)
    return x


def in_graph(*operands: Any) -> bool:
    """Whether a gradient may flow through one of these."""
    for operand in operands:  # noqa: SIM110  (half the time of any())
        if isinstance(operand, Tensor) and operand.node is not None:
            return True
    return False


def look_again(x: Tensor, function: Callable[..., Any], args: Any, kwargs: Any, name: str) -> Tensor:
    """Give x the shape and the strides, and the place in the graph, of a view of it."""
    check_writable(x, name)
    version = x.writes()
    before = tensor_of(x.memory(), x.dtype, x.node)
    before.version, before.view_of = version, x.view_of
    result = function(before, *args, **kwargs)
    x.array = result.array
    version.stamp(name)  # rules that saved this tensor would find another shape
    version.epoch += 1
    if state.grad_enabled:
        x.node = result.node
    if x.view_of is not None:
        x.view_of.epoch = version.epoch
    return x


def as_before(operand: Any, x: Tensor) -> Any:
    """An operand as the rules will need it after x is overwritten: a copy, if it is x or lies in x's memory."""
    if operand is not x and (not isinstance(operand, Tensor) or x.version is None or operand.version is not x.version):
        return operand
    if operand.view_of is not None:
        catch_up(operand)
    return tensor_of(operand.array.copy(), operand.dtype, operand.node)


def check_writable(x: Tensor, name: str) -> None:
    """Raise where writing into x would contradict what has been promised about it."""
    if not isinstance(x, Tensor):
        raise TypeError(f"{name}(): can only change a Tensor in place, not {type(x).__name__}")
    if x.view_of is not None:
        catch_up(x)
    if state.grad_enabled:
        owner = x if x.view_of is None else x.view_of.base
        stopped = owner.node is None and x.node is not None  # a leaf when the view was taken, but no more
        if owner.node.__class__ is AccumulateGrad or stopped:
            what = "a leaf Variable" if owner is x else "a view of a leaf Variable"
            raise RuntimeError(
                f"{what} that requires grad is being used in an in-place operation ({name}): its value is where "
                "gradients are taken, so it can't be the result of something else. To update a parameter, wrap "
                f"the update in `with autograd.no_grad():`; otherwise work on x.clone() or leave out the '_'"
            )
        if owner is not x and owner.node is not None and not x.view_of.recorded:  # type: ignore[union-attr]
            raise RuntimeError(UNCLEAR.format("is being modified inplace"))
    if x.version is not None and x.version.inference and not state.inference:
        raise RuntimeError(
            f"Inplace update ({name}) to inference tensor outside InferenceMode is not allowed: clone() it first"
        )
    check_places_differ(x, name)


def check_fits(x: Tensor, result: Tensor, name: str) -> None:
    """Raise where the result can't be written into x; x is unchanged then."""
    if result.array.shape == x.array.shape and result.dtype is x.dtype:
        return
    if result.array.shape != x.array.shape:
        raise RuntimeError(
            f"{name}: output with shape {list(x.array.shape)} doesn't match the broadcast shape "
            f"{list(result.array.shape)}: an in-place operation can't enlarge its tensor"
        )
    if x.dtype.is_complex and result.dtype.is_floating_point:
        raise RuntimeError(f"In-place {name.rstrip('_')} is not supported for complex tensors: its result is real")
    if not can_cast(result.dtype, x.dtype):
        raise RuntimeError(
            f"{name}: result type {result.dtype.name} can't be cast to the desired output type {x.dtype.name}: "
            f"convert the tensor first, for example with .to({result.dtype!r})"
        )


def keep_shown(x: Tensor) -> None:
    """Before x is written over: give the nodes that show its values, and its base's, a copy of them."""
    for tensor in (x, x if x.view_of is None else x.view_of.base):
        node = tensor.node
        if isinstance(node, (Node, Part)) and isinstance(node.result, np.ndarray):
            node.result = node.result.copy()
        if isinstance(node, Node) and getattr(node.op, "spares_result", False):
            keep_result(node, tensor.writes())


def keep_result(node: Node, version: Version) -> None:
    """Let the rules of a node read a copy of its result, whose memory is about to be written over."""
    saved = list(node.saved) if isinstance(node.saved, tuple) else []  # freed nodes have none
    for place, value in enumerate(saved):
        if value is version:
            saved[place - 1 : place + 1] = saved[place - 1].copy(), Version()
            node.saved = tuple(saved)


def keep_watch_over_result(result: Tensor, x: Tensor) -> None:
    """If the rules will read the result, what they read is x's memory, and x's version guards it."""
    node = result.node
    if result.version is not None and isinstance(node, Node) and node.saved is not None:
        swap = {id(result.version): x.writes(), id(result.array): x.array}
        node.saved = tuple(swap.get(id(value), value) for value in node.saved)


def rebase(x: Tensor, node: Any, name: str) -> None:
    """Put x where `node` is in the graph, after its memory has been overwritten with that node's result."""
    version = x.writes()
    version.stamp(name, None if node is None else node.number)
    version.epoch += 1
    changed = [x] if x.view_of is None else [x, x.view_of.base]
    kept = [take_wish(tensor.node) for tensor in changed]
    if x.view_of is None:
        x.node = node
    else:
        rebase_base(x, x.view_of, node, version)
    for tensor, wish in zip(changed, kept, strict=True):
        give_wish(tensor.node, wish)  # the gradient to keep is that of the tensor as it is now


def rebase_base(view: Tensor, link: ViewOf, node: Any, version: Version) -> None:
    """After a write into a view: the base is now its old self with the view's elements replaced."""
    base = link.base
    written = tensor_of(view.array, view.dtype, node)
    before = tensor_of(base.array, base.dtype, base.node)
    base.node = node_of_elements("copy_slices", [before, written], view, base)
    catch_up(view)


def assign(x: Tensor, op_name: str, operands: list[Any], params: dict[str, Any], name: str) -> Tensor:
    """Record a write that has already been done in x's memory, as the op of this name would have done it."""
    for watcher in state.watchers:
        watcher.written(x, OPS[op_name], operands, params, name)
    tracked = state.grad_enabled and any(t.node is not None for t in (x, *operands))
    if not tracked:
        x.writes().stamp(name)
        return x
    before = tensor_of(x.array, x.dtype, x.node)
    rebase(x, cast(Any, OPS[op_name]).record([before, *operands], params, x), name)
    return x
