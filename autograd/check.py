"""Checking gradients against finite differences.

If x moves by a small step in some direction, f moves by its derivative in that direction times
the step. That takes no derivative rules to compute, so it can prove them right, or wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.dtypes import finfo
from autograd.gradients import gradients_by
from autograd.jacobians import (
    GradcheckError,
    Subject,
    analytic_jacobians,
    coordinates,
    differentiable,
    numeric_change,
    numeric_jacobians,
    random_like,
    tangent_jacobians,
)
from autograd.misuse import speaking
from autograd.suspects import suspects
from autograd.tensor import Tensor, tensor_of

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]

STEP, ABSOLUTE, RELATIVE = 1e-6, 1e-5, 1e-3
"""PyTorch's step and tolerances; they suit float64."""


@speaking
def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = STEP,
    atol: float = ABSOLUTE,
    rtol: float = RELATIVE,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Whether the gradients of `func(*inputs)` by the inputs that require grad agree with finite differences.

    Args:
        func: takes the inputs; returns a Tensor or a tuple of them.
        inputs: a Tensor or a tuple; what is no Tensor is passed on as it is.
        eps: the step of the finite differences.
        atol, rtol: an element may differ by `atol + rtol * |finite difference|`.
        raise_exception: raise GradcheckError, which names the worst element and, if it can be found,
            the op whose rule is wrong; otherwise return False.
        nondet_tol: by how much two backward passes may differ.
        check_undefined_grad: also see that a gradient of zeros gives zeros.
        check_grad_dtypes: also see that each gradient has its input's dtype.
        check_batched_grad: also see that `is_grads_batched` gives the same.
        check_forward_ad, check_backward_ad: which of the two modes to check.
        fast_mode: compare along one random direction for each input and output, not the full Jacobian.
        check_batched_forward_grad, masked: taken, and without effect: tangents are of one direction, tensors dense.

    Raises GradcheckError as said, and ValueError for inputs that can't be checked: float32 ones
    among them, unless a larger eps or atol than the defaults is given.

    >>> import autograd
    >>> x = autograd.tensor([0.5, 2.0], dtype=autograd.float64, requires_grad=True)
    >>> gradcheck(autograd.exp, x)
    True
    """
    given = inputs if isinstance(inputs, tuple) else tuple(inputs) if isinstance(inputs, list) else (inputs,)
    check_inputs(given, eps > STEP or atol > ABSOLUTE)
    subject = Subject(func, given, eps, atol, rtol)
    try:
        if check_forward_ad:
            compare_tangents(subject)
        if check_backward_ad:
            if subject.results():
                (compare_directions if fast_mode else compare_jacobians)(subject)
                check_repeatable(subject, nondet_tol)
            else:
                check_constant(subject)
        if check_undefined_grad and check_backward_ad:
            check_zero_gradient(subject)
        if check_grad_dtypes and check_backward_ad:
            check_dtypes(subject)
        if check_batched_grad and check_backward_ad:
            check_batched(subject)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


@speaking
def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = STEP,
    atol: float = ABSOLUTE,
    rtol: float = RELATIVE,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    fast_mode: bool = False,
) -> bool:
    """Whether the second derivatives of `func(*inputs)` agree with finite differences of the first.

    The function that is checked maps the inputs and `grad_outputs`, the gradients by the results
    (random ones unless given), to the gradients by the inputs. For the rest see `gradcheck`.

    >>> import autograd
    >>> x = autograd.tensor([0.5, 2.0], dtype=autograd.float64, requires_grad=True)
    >>> gradgradcheck(autograd.exp, x)
    True
    """
    given = inputs if isinstance(inputs, tuple) else tuple(inputs) if isinstance(inputs, list) else (inputs,)
    check_inputs(given, eps > STEP or atol > ABSOLUTE)
    if grad_outputs is None:
        outputs = Subject(func, given, eps, atol, rtol).results()
        gradients = random_gradients(outputs, gen_non_contig_grad_outputs)
    else:
        gradients = grad_outputs if isinstance(grad_outputs, tuple) else (grad_outputs,)
    count = len(gradients)

    def first_derivatives(*args: Any) -> tuple[Any, ...]:
        operands, along = args[: len(args) - count], args[len(args) - count :]
        wanted = [t for t in operands if isinstance(t, Tensor) and t.requires_grad]
        found = gradients_by(differentiable(func(*operands)), wanted, along, create_graph=True, allow_unused=True)
        return tuple(g for g in found if g is not None)

    return gradcheck(
        first_derivatives, (*given, *gradients), eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception,
        nondet_tol=nondet_tol, check_undefined_grad=check_undefined_grad, check_grad_dtypes=check_grad_dtypes,
        check_batched_grad=check_batched_grad, fast_mode=fast_mode,
    )  # fmt: skip


def random_gradients(outputs: Sequence[Tensor], strided: bool) -> tuple[Tensor, ...]:
    """A random gradient for each result, itself to be differentiated by; with `strided`, not contiguous in memory."""
    drawn = [
        output.detach().clone().uniform_(-1, 1) for output in outputs
    ]  # from the stream that PyTorch takes them of
    arrays = [np.asarray(gradient.array) for gradient in drawn]
    if strided:
        arrays = [np.repeat(array, 2, -1)[..., ::2] if array.ndim else array for array in arrays]
    return tuple(output.like(array).requires_grad_() for output, array in zip(outputs, arrays, strict=True))


def check_inputs(inputs: Sequence[Any], tolerant: bool) -> None:
    """Raise ValueError for inputs that finite differences can't tell anything about."""
    tensors = {i: t for i, t in enumerate(inputs) if isinstance(t, Tensor)}
    varied = {i: t for i, t in tensors.items() if t.requires_grad}
    if not varied:
        whole = [f"input {i} is {t.dtype.name}" for i, t in tensors.items() if not t.dtype.to_complex().is_complex]
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them have "
            "requires_grad=True" + (f" ({', '.join(whole)}: convert to float64 with .double() first)" if whole else "")
        )
    for i, tensor in varied.items():
        if not tolerant and finfo(tensor.dtype).eps > 1e-15:
            raise ValueError(
                f"gradcheck: input {i} is {tensor.dtype.name}, not a double precision floating point or complex: a "
                f"step of {STEP} drowns in its rounding errors. Convert it to float64 with .double(), or pass larger "
                "eps= and atol= (for float32, eps=1e-3 and atol=1e-2) if a rough check will do"
            )
        memory = tensor.memory()
        if not memory.flags.writeable or (memory.size > 1 and 0 in memory.strides):
            raise ValueError(
                f"gradcheck: input {i} of shape {tuple(tensor.shape)} has elements that share memory, as after "
                "expand(), or read-only memory, so they can't be moved one by one: clone() it"
            )


# -- along every coordinate ----------------------------------------------------------------------------


def compare_jacobians(subject: Subject) -> None:
    """Compare the derivative of every element of every result by every element of every input."""
    results = subject.results()
    by_rules = [analytic_jacobians(subject, result) for result in results]
    for place, (i, x) in enumerate(subject.varied.items()):
        by_differences = numeric_jacobians(subject, x)
        for o, (result, jacobians, numeric) in enumerate(zip(results, by_rules, by_differences, strict=True)):
            compare(subject, o, i, jacobians[place], numeric, result, x)
    for o, result in enumerate(results):
        check_linear(subject, o, result, by_rules[o])


def compare_tangents(subject: Subject) -> None:
    """The same in forward mode: how every result moves with every element of every input."""
    results = subject.results()
    for i, x in subject.varied.items():
        pairs = zip(tangent_jacobians(subject, i, x), numeric_jacobians(subject, x), strict=True)
        for o, (by_duals, numeric) in enumerate(pairs):
            compare(subject, o, i, by_duals, numeric, results[o], x)


def check_linear(subject: Subject, o: int, result: Tensor, jacobians: list[Array]) -> None:
    """A gradient along a random direction must be that combination of the gradients along the axes."""
    along = random_like(np.asarray(result.array), np.random.default_rng(0))
    for i, g, jacobian in zip(subject.varied, subject.gradients(result, result.like(along)), jacobians, strict=True):
        expected = jacobian @ coordinates(along)
        if not np.allclose(coordinates(g), expected, subject.rtol, subject.atol):
            raise GradcheckError(
                f"the gradient of output {o} by input {i} is not linear in the gradient it is given: along a random "
                f"one it differs from the sum over its elements by up to {np.abs(coordinates(g) - expected).max():.3g}"
            )


# -- along random directions ------------------------------------------------------------------------------


def compare_directions(subject: Subject) -> None:
    """Compare the derivative of a random combination of each result's elements along a random step of each input."""
    rng = np.random.default_rng(0)
    results = subject.results()
    combinations = [random_like(np.asarray(result.array), rng) for result in results]
    pulled = [subject.gradients(r, r.like(v)) for r, v in zip(results, combinations, strict=True)]
    for place, (i, x) in enumerate(subject.varied.items()):
        step = random_like(x.memory(), rng)
        for o, change in enumerate(numeric_change(subject, x, step)):
            v, u = coordinates(combinations[o]), coordinates(step)
            numeric, analytic = float(change @ v), float(coordinates(pulled[o][place]) @ u)
            atol = subject.atol * max(1.0, float(np.abs(v).sum() * np.abs(u).sum()))
            if not abs(analytic - numeric) <= atol + subject.rtol * abs(numeric):
                compare_jacobians(subject)  # to name the element; if none stands out, the direction must do
                raise GradcheckError(
                    f"gradcheck, fast mode: the derivative of output {o} along a random step of input {i} is "
                    f"{analytic:.8g} by the rules and {numeric:.8g} by finite differences"
                )


# -- verdicts ---------------------------------------------------------------------------------------------


def compare(subject: Subject, o: int, i: int, analytic: Array, numeric: Array, result: Tensor, x: Tensor) -> None:
    """Raise GradcheckError with the worst element if two Jacobians differ by more than the tolerance."""
    allowed = subject.atol + subject.rtol * np.abs(numeric)
    excess = np.nan_to_num(np.abs(analytic - numeric) - allowed, nan=np.inf)
    if (excess <= 0).all():
        return
    row, column = map(int, np.unravel_index(int(np.argmax(excess)), excess.shape))
    found, expected = analytic[row, column], numeric[row, column]
    raise GradcheckError(
        f"Jacobian mismatch for output {o} with respect to input {i}: {np.count_nonzero(excess > 0)} of "
        f"{excess.size} derivatives are wrong. The worst is that of output {o}{element(result, column)} by input "
        f"{i}{element(x, row)}:\n"
        f"    analytic   {found:.8g}\n    numeric    {expected:.8g}\n"
        f"    difference {abs(found - expected):.3g}, allowed {allowed[row, column]:.3g}\n" + blame([result], subject)
    )


def element(tensor: Tensor, coordinate: int) -> str:
    """The element that a coordinate belongs to, such as `[2, 0]`."""
    parts = 2 if tensor.dtype.is_complex else 1
    index = list(map(int, np.unravel_index(coordinate // parts, tuple(tensor.shape)))) if tensor.ndim else ""
    return f"{index}" + (f" ({('real', 'imaginary')[coordinate % 2]} part)" if parts == 2 else "")


def blame(results: Sequence[Tensor], subject: Subject) -> str:
    """Where the error first appears, as far as that can be found out by checking each op by itself."""
    wrong, unknown = suspects(results, subject.eps, subject.atol, subject.rtol)
    if wrong:
        return "It first appears here: " + "; then ".join(wrong[:3])
    if unknown:
        return "The ops that could be checked by themselves are right, so look at those that could not: " + ", ".join(
            unknown
        )
    return (
        "Every op of the graph is right by itself, so the function depends on the input in a way that was not "
        "recorded: through detach(), .data, .item(), NumPy or no_grad()"
    )


# -- what else can be wrong ---------------------------------------------------------------------------------


def check_constant(subject: Subject) -> None:
    """Where no result has a gradient, none may depend on the inputs."""
    for i, x in subject.varied.items():
        for o, jacobian in enumerate(numeric_jacobians(subject, x)):
            if (np.abs(jacobian) > subject.atol).any():
                raise GradcheckError(
                    f"Numerical gradient for function expected to be zero: output {o} depends on input {i} (by up to "
                    f"{np.abs(jacobian).max():.6g}), yet does not require grad"
                )


def check_repeatable(subject: Subject, tolerance: float) -> None:
    """Two backward passes along the same gradient must give the same."""
    for o, result in enumerate(subject.results()):
        along = result.like(random_like(np.asarray(result.array), np.random.default_rng(0)))
        for i, first, second in zip(
            subject.varied, subject.gradients(result, along), subject.gradients(result, along), strict=True
        ):
            if not (np.abs(first - second) <= tolerance).all():
                raise GradcheckError(
                    f"Backward is not reentrant: two passes from output {o} to input {i} with the same gradient differ "
                    f"by {np.abs(first - second).max():.3g}, and nondet_tol is {tolerance}"
                )


def check_zero_gradient(subject: Subject) -> None:
    """Along zeros, all gradients are zero: what a result that nobody uses sends back."""
    results = subject.results()
    zeros = [result.like(np.zeros(result.shape, result.dtype.dtype)) for result in results]
    for i, g in zip(subject.varied, subject.gradients(results, zeros) if results else (), strict=False):
        if g.any():
            raise GradcheckError(f"a gradient of zeros by the outputs gives a gradient by input {i} that is not zero")


def check_dtypes(subject: Subject) -> None:
    """Each gradient must have the dtype of its input."""
    for result in subject.results():
        along = result.like(random_like(np.asarray(result.array), np.random.default_rng(0)))
        for (i, x), g in zip(subject.varied.items(), subject.gradients(result, along), strict=True):
            if g.dtype != x.dtype.dtype:
                raise GradcheckError(f"the gradient by input {i} is {g.dtype}, but the input is {x.dtype.name}")


def check_batched(subject: Subject) -> None:
    """Several gradients in one call must give what they give one by one."""
    rng = np.random.default_rng(0)
    inputs = list(subject.varied.values())
    for o, result in enumerate(subject.results()):
        rows = [random_like(np.asarray(result.array), rng) for _ in range(2)]
        together = gradients_by(
            result, inputs, tensor_of(np.stack(rows)), retain_graph=True, allow_unused=True, is_grads_batched=True
        )
        apart = [subject.gradients(result, result.like(row)) for row in rows]
        for i, batch, *singles in zip(subject.varied, together, *apart, strict=True):
            if batch is not None and not np.allclose(batch.array, np.stack(singles), subject.rtol, subject.atol):
                raise GradcheckError(f"gradients of output {o} by input {i} differ when computed with is_grads_batched")
