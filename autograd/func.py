"""`torch.func`: functions that make functions. Derivatives and batches, to be nested at will.

Each transform of a function f follows the same steps. It takes the inputs to differentiate by as
tensors of its own, calls f, differentiates what came out, and cuts the result off from the graph,
unless an outer transform (or a `requires_grad` of the user's) has a part in it. Then the backward
pass has been recorded too, and the outer one differentiates it in turn. Inside `vmap`, an input
becomes a batch at every level, so that one backward pass gives the gradients of all samples.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.create import ones_like
from autograd.mapping import vmap
from autograd.misuse import speaking
from autograd.ops.arranging import movedim
from autograd.ops.shaping import reshape
from autograd.pytree import flatten, unflatten
from autograd.stateless import functional_call, stack_module_state
from autograd.tensor import Tensor, tensor_of
from autograd.tracing import Tracked

__all__ = [
    "functional_call", "grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "linearize",
    "stack_module_state", "vjp", "vmap",
]  # fmt: skip

Argnums = int | tuple[int, ...]


# -- gradients ----------------------------------------------------------------------------------------------


@speaking
def grad(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The function that computes the gradient of `func`, which returns a single number, by some of its arguments.

    Args:
        func: returns a tensor of rank 0; with has_aux, a pair of that and anything else.
        argnums: which argument, or which ones, to differentiate by. They may be containers of tensors.
        has_aux: return (gradient, what else func returned).

    Raises RuntimeError where func does not return a single number.

    >>> import autograd
    >>> from autograd.func import grad
    >>> sine = autograd.sin
    >>> x = autograd.tensor(0.5, dtype=autograd.float64)
    >>> bool(grad(grad(sine))(x) == -sine(x))
    True
    """
    both = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        found, value = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return gradient


@speaking
def grad_and_value(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """Like `grad`, but the function returns (gradient, value); with has_aux, (gradient, (value, aux))."""

    @functools.wraps(func)
    def both(*args: Any, **kwargs: Any) -> Any:
        call = track(func, argnums, has_aux, "grad_and_value", args, kwargs)
        value = call.outputs[0] if call.spec is None else unflatten(call.outputs, call.spec)
        if not isinstance(value, Tensor):
            raise RuntimeError(
                f"grad_and_value(f)(*args): Expected f(*args) to return a Tensor, got {type(value)}"
                + (": say has_aux=True if it returns (value, aux)" if isinstance(value, tuple) else "")
            )
        if value.ndim:
            raise RuntimeError(
                f"grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor with {value.ndim} "
                f"dims, shape {tuple(value.shape)}. Reduce it, with .sum() or .mean(), or use vjp or jacrev"
            )
        if value.is_complex():
            raise RuntimeError(
                f"grad can be implicitly created only for real scalar outputs but got {value.dtype!r}: take .abs() or "
                ".real, or use vjp"
            )
        call.check_outputs("grad_and_value(f)(*args)")
        (found,) = unflatten(call.pull([ones_like(value.detach())]), call.input_spec)
        result = call.settled(value)
        return found, (result, call.aux) if has_aux else result

    return both


def track(
    func: Callable[..., Any], argnums: Argnums, has_aux: bool, name: str, args: tuple[Any, ...], kwargs: Any
) -> Tracked:
    """Call the function with the chosen arguments tracked; they are one argument of the call, or a tuple of them."""
    places = checked_argnums(argnums, len(args))

    def of_chosen(chosen: Any) -> Any:
        values = list(args)
        for place, value in zip(places, (chosen,) if isinstance(argnums, int) else chosen, strict=True):
            values[place] = value
        return func(*values, **kwargs)

    return Tracked(
        of_chosen, (args[places[0]] if isinstance(argnums, int) else tuple(args[p] for p in places),), has_aux, name
    )


def checked_argnums(argnums: Any, count: int) -> list[int]:
    """The places of the arguments to differentiate by; RuntimeError for what can't be one."""
    places = list(argnums) if isinstance(argnums, (tuple, list)) else [argnums]
    if not all(isinstance(place, int) and not isinstance(place, bool) for place in places):
        raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")
    if not places:
        raise RuntimeError("argnums must be non-empty")
    for place in places:
        if not -count <= place < count:
            raise RuntimeError(f"Got argnum={place}, but only {count} positional inputs")
    if len({place % count for place in places}) != len(places):
        raise RuntimeError(f"argnums elements must be unique, got {argnums}")
    return [place % count for place in places]


# -- products with the Jacobian -----------------------------------------------------------------------------


@speaking
def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """The value of `func`, and the function that multiplies a cotangent with its Jacobian: v -> v J.

    Returns (value, vjp_fn), with has_aux (value, vjp_fn, aux). vjp_fn takes a cotangent of the value's shape
    (or one for each result) and returns a tuple with a gradient for each of the primals; it may be called again.

    >>> import autograd
    >>> from autograd.func import vjp
    >>> value, pull = vjp(lambda x: x ** 2, autograd.tensor([1.0, 2.0]))
    >>> pull(autograd.tensor([1.0, 10.0]))
    (tensor([ 2., 40.]),)
    """
    call = Tracked(func, primals, has_aux, "vjp")
    call.check_outputs("vjp(f, *primals)")

    def pull(*cotangents: Any) -> Any:
        given = cotangents[0] if len(cotangents) == 1 else cotangents
        leaves, spec = flatten(given)
        if spec != call.spec:
            raise RuntimeError(
                "Expected pytree structure of cotangents to be the same as pytree structure of outputs to the function: "
                f"{len(call.outputs)} tensors, nested in the same way, got {len(leaves)}"
            )
        for place, (v, output) in enumerate(zip(leaves, call.outputs, strict=True)):
            check_vector(v, output, f"Mismatch in shape: grad_output[{place}]", f"output[{place}]")
        return unflatten(call.pull(leaves), call.input_spec)

    return (call.result, pull, call.aux) if has_aux else (call.result, pull)


@speaking
def jvp(func: Callable[..., Any], primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False) -> Any:
    """The value of `func`, and the product of its Jacobian with tangents: (value, J v), with has_aux (value, J v, aux).

    Raises RuntimeError unless primals and tangents are tuples of the same structure and shapes; with
    `strict`, also where a result does not depend on any of the primals.

    >>> import autograd
    >>> from autograd.func import jvp
    >>> jvp(lambda x, y: x * y, (autograd.tensor(2.0), autograd.tensor(3.0)), (autograd.tensor(1.0), autograd.tensor(0.0)))
    (tensor(6.), tensor(3.))
    """
    if not isinstance(primals, tuple):
        raise RuntimeError(
            "jvp(f, primals, tangents): Expected primals to be a tuple. E.g. it should be valid to call f(*primals): "
            f"got {type(primals).__name__}"
        )
    if not flatten(primals)[0]:
        raise RuntimeError("jvp(f, primals, tangents): Expected primals to contain at least one Tensor")
    call = Tracked(func, primals, has_aux, "jvp")
    call.check_outputs("jvp(f, primals, tangents)")
    if strict and not all(output.requires_grad for output in call.plain):
        raise RuntimeError(
            "jvp(f, primals, tangents, strict=True): The output of f is independent of the inputs. This is not allowed "
            "with strict=True"
        )
    moved = unflatten(call.push(checked_tangents(tangents, call, "jvp(f, primals, tangents)")), call.spec)
    return (call.result, moved, call.aux) if has_aux else (call.result, moved)


@speaking
def linearize(func: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """The value of `func`, and the function v -> J v at these primals, which does not call `func` again."""
    call = Tracked(func, primals, False, "linearize")
    call.check_outputs("linearize(f, *primals)")

    def push(*tangents: Any) -> Any:
        return unflatten(call.push(checked_tangents(tangents, call, "linearize(f, *primals)")), call.spec)

    return call.result, push


def checked_tangents(tangents: Any, call: Tracked, name: str) -> list[Tensor]:
    """The tangents, one for each input of the call."""
    leaves, spec = flatten(tangents)
    if spec != call.input_spec:
        raise RuntimeError(
            f"{name}: Expected primals and tangents to have the same python structure. For example, if primals is a "
            f"tuple of 3 tensors, tangents also must be. Got {len(call.inputs)} primals and {len(leaves)} tangents"
        )
    primals = flatten(unflatten(call.inputs, call.input_spec))[0]
    for place, (v, primal) in enumerate(zip(leaves, primals, strict=True)):
        shape = tuple(primal.shape)[len(call.levels) :]
        if not isinstance(v, Tensor) or tuple(v.shape) != shape:
            raise RuntimeError(
                "Trying to set a forward gradient that has a different size than that of the original Tensor: "
                f"tensor {place} is of size {list(shape)} while the given tangent is "
                f"{list(v.shape) if isinstance(v, Tensor) else type(v).__name__}"
            )
    return leaves


def check_vector(v: Any, reference: Tensor, what: str, which: str) -> None:
    """Raise unless v is a tensor of the reference's shape."""
    if not isinstance(v, Tensor):
        raise TypeError(f"{what} is a {type(v).__name__}: give a Tensor of shape {tuple(reference.shape)}")
    if v.shape != reference.shape:
        raise RuntimeError(
            f"{what} has a shape of {tuple(v.shape)} and {which} has a shape of {tuple(reference.shape)}"
        )


# -- whole Jacobians ----------------------------------------------------------------------------------------


@speaking
def jacrev(
    func: Callable[..., Any], argnums: Argnums = 0, *, has_aux: bool = False, chunk_size: int | None = None
) -> Callable[..., Any]:
    """The function that computes the Jacobian of `func`, by reverse mode: best where there are fewer results than inputs.

    For a result of shape S and an input of shape T, shape (*S, *T). All rows are computed by one backward pass on
    a batch of cotangents, or by several of `chunk_size` rows each.

    >>> import autograd
    >>> from autograd.func import jacrev
    >>> jacrev(lambda x: x ** 2)(autograd.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    check_chunk_size(chunk_size, "jacrev")

    @functools.wraps(func)
    def jacobian(*args: Any, **kwargs: Any) -> Any:
        call = track(func, argnums, has_aux, "jacrev", args, kwargs)
        call.check_outputs("vjp(f, *primals)")
        shapes = [tuple(output.shape) for output in call.outputs]
        rows = products(call.pull, call.outputs, chunk_size)
        rows_of = split_rows(rows, shapes)
        jacobians = [
            [reshape(part, (*shape, *tuple(part.shape)[1:])) for part in parts]
            for shape, parts in zip(shapes, rows_of, strict=True)
        ]
        found = unflatten([unflatten(row, call.input_spec)[0] for row in jacobians], call.spec)
        return (found, call.aux) if has_aux else found

    return jacobian


@speaking
def jacfwd(
    func: Callable[..., Any],
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    chunk_size: int | None = None,
    randomness: str = "error",
) -> Callable[..., Any]:
    """Like `jacrev`, by forward mode: column by column, best where there are fewer inputs than results."""
    check_chunk_size(chunk_size, "jacfwd")

    @functools.wraps(func)
    def jacobian(*args: Any, **kwargs: Any) -> Any:
        call = track(func, argnums, has_aux, "jacfwd", args, kwargs)
        call.check_outputs("jvp(f, primals, tangents)")
        inputs = [tuple(x.shape)[len(call.levels) :] for x in call.inputs]
        examples = [x.detach()[(0,) * len(call.levels)] if call.levels else x.detach() for x in call.inputs]
        columns = products(call.push, examples, chunk_size)
        columns_of = split_rows(columns, inputs)  # for each input, for each result
        jacobians = [
            [
                reshape(movedim(parts[place], 0, -1), (*tuple(parts[place].shape)[1:], *shape))
                for shape, parts in zip(inputs, columns_of, strict=True)
            ]
            for place in range(len(call.outputs))
        ]
        found = unflatten([unflatten(row, call.input_spec)[0] for row in jacobians], call.spec)
        return (found, call.aux) if has_aux else found

    return jacobian


@speaking
def hessian(func: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The function that computes the second derivatives of `func`: the Jacobian, forward, of the Jacobian, in reverse.

    >>> import autograd
    >>> from autograd.func import hessian
    >>> hessian(lambda x: (x ** 3).sum())(autograd.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    return jacfwd(jacrev(func, argnums), argnums)


def check_chunk_size(chunk_size: int | None, name: str) -> None:
    """Raise unless rows can be computed so many at once."""
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError(f"{name}: `chunk_size` should be greater than 0.")


def products(multiply: Callable[[list[Tensor]], list[Tensor]], references: list[Tensor], chunk_size: int | None) -> Any:
    """The products of a linear map with every unit vector of tensors like these, stacked."""
    return vmap(lambda *vectors: multiply(list(vectors)), chunk_size=chunk_size)(*unit_vectors(references))


def unit_vectors(references: list[Tensor]) -> list[Tensor]:
    """For tensors of n elements in all, n vectors of their shapes, stacked: the i-th is 1 at the i-th element."""
    total = sum(reference.numel() for reference in references)
    units, start = [], 0
    for reference in references:
        count = reference.numel()
        rows = np.zeros((total, count), reference.dtype.dtype)
        rows[np.arange(start, start + count), np.arange(count)] = 1
        units.append(tensor_of(rows.reshape(total, *reference.shape), reference.dtype))
        start += count
    return units


def split_rows(columns: list[Tensor], shapes: list[tuple[int, ...]]) -> list[list[Tensor]]:
    """Stacked products, cut into those that belong to each of the tensors that the unit vectors were like."""
    parts, start = [], 0
    for shape in shapes:
        stop = start + int(np.prod(shape, dtype=np.int64))
        parts.append([column[start:stop] for column in columns])
        start = stop
    return parts
