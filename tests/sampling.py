"""Drawing the inputs that test cases describe, and calling ops and derived functions on them."""

from __future__ import annotations

import functools
import inspect
import math
import zlib
from typing import Any, NamedTuple

import numpy as np
import pytest

import autograd
from autograd.cases import Case, Sample
from autograd.registry import DERIVED, OPS

REAL = ("float16", "float32", "float64")
COMPLEX = ("complex64", "complex128")


class Subject(NamedTuple):
    """An op or a derived function, with one of its cases."""

    info: Any
    case: Case
    place: int

    @property
    def is_op(self) -> bool:
        return hasattr(self.info, "rules")

    @property
    def function(self) -> Any:
        """The function that users call."""
        return self.info.function


def is_public(info: Any) -> bool:
    """Whether users see an op under its own name: primitives that a derived function wraps are hidden."""
    return info.name not in DERIVED and not info.forward.__name__.startswith("_")


def subjects(*, ops: bool = True, derived: bool = True, where: Any = lambda info: True) -> list[Any]:
    """Every case of every op and derived function, as parameters of a test."""
    chosen = [*(OPS.values() if ops else ()), *(DERIVED.values() if derived else ())]
    return [
        pytest.param(
            Subject(info, case, place), id=f"{'' if hasattr(info, 'rules') else 'derived-'}{info.name}-{place}"
        )
        for info in chosen
        if where(info)
        for place, case in enumerate(info.cases)
    ]


def each_case(*, ops: bool = True, derived: bool = True, where: Any = lambda info: True) -> Any:
    """Run a test of one `subject` on every case of every op and derived function: as one test for each of these.

    There are so many cases that pytest would spend more time on each than the test itself does.
    """
    groups: dict[str, list[Subject]] = {}
    for parameter in subjects(ops=ops, derived=derived, where=where):
        groups.setdefault(parameter.id.rpartition("-")[0], []).append(parameter.values[0])

    def decorate(test: Any) -> Any:
        signature = inspect.signature(test)

        @functools.wraps(test)
        def run(cases: list[Subject], **others: Any) -> None:
            passed, reason = 0, ""
            for subject in cases:
                try:
                    test(subject=subject, **others)
                    passed += 1
                except pytest.skip.Exception as skipped:
                    reason = str(skipped)
                except BaseException as error:
                    error.add_note(f"in case {subject.place} of {subject.info!r}: {subject.case}")
                    raise
            if not passed:
                pytest.skip(reason)

        del run.__wrapped__
        own = [p.replace(name="cases") if p.name == "subject" else p for p in signature.parameters.values()]
        run.__signature__ = signature.replace(parameters=own)  # type: ignore[attr-defined]
        return pytest.mark.parametrize("cases", groups.values(), ids=list(groups))(run)

    return decorate


def infos(*, ops: bool = True, derived: bool = True, where: Any = lambda info: True) -> list[Any]:
    """Every op and derived function, as parameters of a test."""
    chosen = [*(OPS.values() if ops else ()), *(DERIVED.values() if derived else ())]
    return [
        pytest.param(info, id=f"{'' if hasattr(info, 'rules') else 'derived-'}{info.name}")
        for info in chosen
        if where(info)
    ]


def samples(inputs: Any) -> list[Sample]:
    """All samples of a case, those inside lists too."""
    found = []
    for item in inputs:
        found += samples(item) if isinstance(item, list) else [item] if isinstance(item, Sample) else []
    return found


# -- drawing --------------------------------------------------------------------------------------------


def draw(sample: Sample, dtype: str, rng: np.random.Generator) -> np.ndarray:
    """The numbers of one sample."""
    if sample.form == "ascending":
        return np.sort(draw(sample._replace(form=""), dtype, rng), -1)
    if sample.kind == "bool":
        return rng.integers(0, 2, sample.shape).astype(bool)
    if sample.kind == "int" and sample.apart:
        return rng.permutation(np.arange(sample.low, sample.high, dtype=np.int64))[: math.prod(sample.shape)].reshape(
            sample.shape
        )
    if sample.kind in ("int", "int32"):
        return rng.integers(
            int(sample.low), int(sample.high), sample.shape, sample.kind if sample.kind == "int32" else "int64"
        )
    if dtype == "bool":
        return rng.integers(0, 2, sample.shape).astype(bool)
    if np.dtype(dtype).kind in "iu":
        low = max(math.ceil(sample.low), 0 if np.dtype(dtype).kind == "u" else -128)
        if sample.apart:
            return rng.permutation(np.arange(low, low + math.prod(sample.shape))).reshape(sample.shape).astype(dtype)
        return rng.integers(low, max(math.floor(sample.high), low) + 1, sample.shape).astype(dtype)
    numbers = spaced(sample, rng) if sample.apart else rng.uniform(sample.low, sample.high, sample.shape)
    if np.dtype(dtype).kind == "c":
        numbers = numbers + 1j * rng.uniform(sample.low, sample.high, sample.shape)
    if sample.form:
        numbers = formed(numbers, sample.form)
    return np.asarray(numbers).astype(dtype)


def formed(numbers: np.ndarray, form: str) -> np.ndarray:
    """Matrices with 1.5, 2.5, ... on the diagonal and little beside it; Hermitian or triangular if so wanted."""
    rows, columns = numbers.shape[-2:]
    matrices = numbers / (2 * max(rows, columns, 1)) + np.eye(rows, columns) * (1.5 + np.arange(columns))
    return PARTS[form](matrices) if form in PARTS else matrices


def hermitian_part(matrices: Any) -> Any:
    """The mean of matrices and their adjoints."""
    return (matrices + matrices.swapaxes(-1, -2).conj()) / 2


def lower_part(matrices: Any) -> Any:
    """The lower triangles of matrices, with the real part of the diagonal."""
    return np.where(np.eye(matrices.shape[-1], dtype=bool), matrices.real, np.tril(matrices))


def upper_part(matrices: Any) -> Any:
    """The upper triangles of matrices, with the real part of the diagonal."""
    return np.where(np.eye(matrices.shape[-1], dtype=bool), matrices.real, np.triu(matrices))


PARTS = {"hermitian": hermitian_part, "lower": lower_part, "upper": upper_part}
"""What makes a matrix one of the form that a sample asks for."""


def spaced(sample: Sample, rng: np.random.Generator) -> np.ndarray:
    """Numbers of which no two are close to each other, in random order."""
    size = math.prod(sample.shape)
    gap = (sample.high - sample.low) / max(size, 1)
    numbers = sample.low + gap * (np.arange(size) + rng.uniform(0.2, 0.6, size))
    return rng.permutation(numbers).reshape(sample.shape)


def arrays(subject: Subject, dtype: str = "float64", seed: int = 0) -> list[Any]:
    """The inputs of a case as arrays; lists stay lists, None stays None. Always the same numbers for a seed."""
    rng = np.random.default_rng(zlib.crc32(f"{subject.info.name} {subject.place}".encode()) + seed)

    def drawn(item: Any) -> Any:
        if isinstance(item, list):
            return [drawn(i) for i in item]
        if not isinstance(item, Sample):
            return item
        complex_only = item.kind == "complex" and np.dtype(dtype).kind != "c"
        return draw(item, {"float32": "complex64"}.get(dtype, "complex128") if complex_only else dtype, rng)

    return [drawn(item) for item in subject.case.inputs]


def mapped(function: Any, items: Any) -> list[Any]:
    """The items with a function applied to all arrays, those in lists too."""
    return [
        mapped(function, i) if isinstance(i, list) else function(i) if isinstance(i, np.ndarray) else i for i in items
    ]


def tensors(subject: Subject, dtype: str = "float64", *, grad: bool = False, library: Any = autograd) -> list[Any]:
    """The inputs of a case as tensors of ours or of PyTorch; with `grad`, those with derivatives as leaves."""
    return from_arrays(subject, arrays(subject, dtype), grad=grad, library=library)


def from_arrays(
    subject: Subject, items: list[Any], *, grad: bool = False, library: Any = autograd, make: Any = None
) -> list[Any]:
    """Arrays as tensors, by `make` if given; those with derivatives as leaves, with `grad`."""
    if make is None:
        make = library.tensor if library is autograd else lambda array: library.from_numpy(np.array(array))
    parameters = subject.info.tensors if subject.is_op and not subject.info.variadic else ()
    fixed = {i for i, p in enumerate(parameters) if not p.is_differentiable}

    def made(array: np.ndarray, wanted: bool) -> Any:
        tensor = make(array)
        return tensor.requires_grad_() if wanted and array.dtype.kind in "fc" else tensor

    return [mapped(lambda array, i=i: made(array, grad and i not in fixed), [item])[0] for i, item in enumerate(items)]


def flat(items: Any) -> list[Any]:
    """All items, those in lists and tuples too, without None."""
    found: list[Any] = []
    for item in items:
        found += flat(item) if isinstance(item, (list, tuple)) else [item] if item is not None else []
    return found


def leaves(items: Any) -> list[Any]:
    """The tensors among the inputs that want a gradient."""
    return [t for t in flat(items) if getattr(t, "requires_grad", False)]


# -- calling ----------------------------------------------------------------------------------------------


def call(subject: Subject, inputs: list[Any], function: Any = None) -> Any:
    """Apply a subject's function (or another of the same signature) to inputs and the case's metadata."""
    args, kwargs = bound(subject, inputs)
    return seen(subject, (subject.function if function is None else function)(*args, **kwargs))


def seen(subject: Subject, returned: Any) -> Any:
    """What of the results is unique, and so can be tested."""
    return returned if subject.case.seen is None else subject.case.seen(returned)


def bound(subject: Subject, inputs: list[Any]) -> tuple[list[Any], dict[str, Any]]:
    """The call's arguments: metadata goes to its parameters by name, inputs to the other ones in their order."""
    params = dict(subject.case.params)
    if subject.is_op:
        return list(inputs), params
    waiting = list(inputs)
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    for p in inspect.signature(subject.function).parameters.values():
        if p.kind is p.VAR_POSITIONAL:
            rest = params.pop(p.name, None)
            args += waiting if rest is None else [rest]
            waiting = [] if rest is None else waiting
        elif p.name in params and (p.kind is p.KEYWORD_ONLY or kwargs):
            kwargs[p.name] = params.pop(p.name)
        elif p.name in params:
            args.append(params.pop(p.name))
        elif waiting and p.kind is not p.KEYWORD_ONLY:
            args.append(waiting.pop(0))
        elif p.kind is p.POSITIONAL_OR_KEYWORD and params:
            kwargs |= params
            break
    assert not waiting, f"{subject.info!r} case {subject.place}: {len(waiting)} inputs more than parameters"
    return args, kwargs | params


def as_function(subject: Subject, inputs: list[Any]) -> tuple[Any, tuple[Any, ...]]:
    """The call as a function of its leaves, which returns what has a gradient; and these leaves.

    Where a matrix must be Hermitian or triangular, the function makes it so: changing one element of it alone means
    nothing.
    """

    def function(*values: Any) -> tuple[Any, ...]:
        waiting = iter(values)

        def put(items: list[Any], described: Any) -> list[Any]:
            return [
                put(i, d) if isinstance(i, list) else taken(d) if getattr(i, "requires_grad", False) else i
                for i, d in zip(items, described, strict=True)
            ]

        def taken(sample: Sample) -> Any:
            value = next(waiting)
            return PARTS[sample.form](value) if sample.form in PARTS else value

        return tuple(differentiable(call(subject, put(inputs, subject.case.inputs))))

    return function, tuple(leaves(inputs))


def values(tensor: Any) -> np.ndarray:
    """The values of a tensor of ours or of PyTorch, whose array may wait for a conjugation or be imaginary zeros."""
    plain = tensor.detach()
    return np.asarray(plain.array) if isinstance(plain, autograd.Tensor) else plain.numpy(force=True)


def results(returned: Any) -> list[Any]:
    """The tensors that a call returned."""
    return [
        r
        for r in flat([returned] if hasattr(returned, "shape") or isinstance(returned, bool) else returned)
        if hasattr(r, "shape")
    ]


def differentiable(returned: Any) -> list[Any]:
    """Those of them that a gradient flows through."""
    return [r for r in results(returned) if r.requires_grad]


def cotangents(outputs: list[Any]) -> list[np.ndarray]:
    """A random gradient for each result."""
    rng = np.random.default_rng(1)
    made = []
    for output in outputs:
        array = values(output)
        numbers = rng.uniform(0.5, 1.5, array.shape) * rng.choice([-1, 1], array.shape)
        if array.dtype.kind == "c":
            numbers = numbers + 1j * rng.uniform(0.5, 1.5, array.shape)
        made.append(np.asarray(numbers).astype(array.dtype))
    return made


def gradients(returned: Any, inputs: list[Any], library: Any = autograd) -> list[Any]:
    """The gradients of a call's results, along random cotangents, by the leaves among its inputs, as arrays."""
    outputs = differentiable(returned)
    wanted = leaves(inputs)
    if not outputs:
        return [None for _ in wanted]
    along = [library.tensor(c) for c in cotangents(outputs)]
    grad = library.grad if library is autograd else library.autograd.grad
    return [None if g is None else values(g) for g in grad(outputs, wanted, along, allow_unused=True)]
