"""Every op and derived function against PyTorch, in every kind of dtype: results, dtypes, shapes, gradients, errors."""

from __future__ import annotations

import warnings
from operator import attrgetter

import numpy as np
import pytest

import autograd
from tests.sampling import arrays, bound, call, each_case, from_arrays, gradients, is_public, results, seen, values

DTYPES = ["float64", "float32", "complex128", "int64", "bool"]
TOLERANCE = {"float32": {"rtol": 2e-6, "atol": 2e-6}, "complex64": {"rtol": 2e-6, "atol": 2e-6}}
EXACT = {"rtol": 1e-10, "atol": 1e-12}
COARSE = {"rtol": 0, "atol": 2e-8}

COARSE_THERE = {"bessel_j0", "bessel_y0", "bessel_y1", "digamma"}
"""PyTorch's values, and for digamma its derivative, are off by some 1e-8; tests/test_special.py shows ours right."""

WRONG_THERE = {"as_strided_scatter"}
"""PyTorch's gradient is not the derivative: it sends `input` what belongs to `src`. Finite differences check ours."""


def counterpart(torch, subject):
    """PyTorch's function of the same name and signature, taking what our call takes; None if it has none."""
    name = subject.info.name
    for home in homes(torch, subject.info):
        try:
            found = attrgetter(name)(home)
        except AttributeError:
            continue
        if callable(found):
            break
    else:
        return None
    if not subject.is_op:
        return lambda inputs, params: found(*to_torch(torch, params[0]), **dict(to_torch(torch, params[1])))
    names = [p.public for p in subject.info.tensors]
    return lambda inputs, params: found(**dict(zip(names, inputs, strict=False)), **subject.case.params)


def homes(torch, info):
    """Where PyTorch keeps the function of this name: several have namesakes of another signature elsewhere."""
    if getattr(info, "method", ""):
        return (torch.Tensor,)
    if not hasattr(info, "rules") and info.function.__module__.startswith("nn."):
        return (torch.nn.functional,)
    return (torch, torch.nn.functional, torch.special, torch.linalg, torch.Tensor)


def to_torch(torch, values):
    """Our dtypes among the arguments as PyTorch's."""
    pairs = values.items() if isinstance(values, dict) else enumerate(values)
    changed = [
        (key, getattr(torch, v.name) if type(v).__name__ == "dtype" and hasattr(v, "category") else v)
        for key, v in pairs
    ]
    return dict(changed) if isinstance(values, dict) else [v for _, v in changed]


LENIENT = {"int64": (), "bool": (RuntimeError,), "complex128": (RuntimeError,)}
"""Where PyTorch has no kernel for a dtype, ours may work all the same; the other tests see to it that it is right."""


@pytest.mark.filterwarnings("ignore:Casting complex values to real")
@pytest.mark.filterwarnings("ignore:.* is deprecated")
@pytest.mark.parametrize("dtype", DTYPES)
@each_case(where=lambda info: not hasattr(info, "rules") or is_public(info))
def test_agrees_with_torch(subject, dtype, torch):
    theirs = counterpart(torch, subject)
    if theirs is None:
        pytest.skip("PyTorch has no such function")
    items = arrays(subject, dtype)
    our_inputs = from_arrays(subject, items, grad=True)
    their_inputs = from_arrays(subject, items, grad=True, library=torch)
    try:
        with warnings.catch_warnings(action="ignore"):  # of functions that PyTorch would rather be without
            expected = seen(subject, theirs(their_inputs, bound(subject, their_inputs)))
    except TypeError as error:
        if subject.is_op:
            pytest.skip(f"PyTorch's function has another signature: {error}")
        raise
    except (RuntimeError, ValueError, IndexError) as error:
        assert_refused_too(subject, our_inputs, error, LENIENT.get(dtype, ()))
        return
    try:
        ours = call(subject, our_inputs)
    except RuntimeError:
        assert dtype in LENIENT
        assert not all(i.size for i in items if isinstance(i, np.ndarray))
        return  # PyTorch often does not look at the dtype of empty tensors
    compare(subject, ours, expected)
    try:
        their_gradients = gradients(expected, their_inputs, torch)
    except RuntimeError as error:
        known = ("is not implemented", "not support", "an inplace operation")  # the last: linalg.cond and vander there
        assert any(reason in str(error) for reason in known)  # noqa: PT017
        return
    if subject.info.name in WRONG_THERE:
        return
    assert [r.requires_grad for r in results(ours)] == [r.requires_grad for r in results(expected)]
    for a, b in zip(gradients(ours, our_inputs), their_gradients, strict=True):
        if a is None or b is None:  # nothing, and zeros, say the same
            assert not np.any(a if b is None else b) or (a is None and b is None)
            continue
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, **tolerance(subject, str(b.dtype)))


def tolerance(subject, dtype):
    """How far apart results may be."""
    return TOLERANCE.get(dtype, COARSE if subject.info.name in COARSE_THERE else EXACT)


def assert_refused_too(subject, inputs, error, lenient):
    """What PyTorch refuses we refuse with the same type of error, unless we may do better."""
    if "does not support automatic differentiation" in str(error) or "is not differentiable with respect to" in str(
        error
    ):
        return  # ours does
    kind = next(kind for kind in (RuntimeError, ValueError, IndexError) if isinstance(error, kind))
    try:
        call(subject, inputs)
    except kind:
        return
    assert issubclass(kind, lenient) or "mat2 must be a matrix" in str(
        error
    ), (  # of linear: it documents that it works
        f"{subject.info!r} works here, but PyTorch says: {error}"
    )


def compare(subject, ours, expected):
    """Results that must agree in number, dtype, shape and value."""
    got, wanted = results(ours), results(expected)
    assert len(got) == len(wanted)
    for a, b in zip(got, wanted, strict=True):
        assert str(a.dtype) == str(b.dtype)
        assert tuple(a.shape) == tuple(b.shape)
        np.testing.assert_allclose(values(a), values(b), **tolerance(subject, a.dtype.name))


NAMES = {
    "linear": lambda t, x: t.nn.Linear(4, 2)(x[0]), "linear without bias": lambda t, x: t.nn.Linear(4, 2, bias=False)(x[0]),
    "linear of a batch": lambda t, x: t.nn.Linear(4, 2)(x),
    "linear of a batch without bias": lambda t, x: t.nn.Linear(4, 2, bias=False)(x),
    "linear of a vector": lambda t, x: t.nn.Linear(4, 2)(x[0, 0]),
    "frozen linear": lambda t, x: t.nn.Linear(4, 2).requires_grad_(False)(x),
    "heads": lambda t, x: x[None] @ x[None].mT, "l1": lambda t, x: t.nn.functional.l1_loss(x, 2 * x),
    "sum of l1": lambda t, x: t.nn.L1Loss(reduction="sum")(x, 2 * x), "log1p": lambda t, x: x.log1p(),
    "each of l1": lambda t, x: t.nn.L1Loss(reduction="none")(x, 2 * x), "relu6": lambda t, x: t.nn.ReLU6()(x),
    "logsigmoid": lambda t, x: t.nn.LogSigmoid()(x), "unfold": lambda t, x: t.nn.functional.unfold(x[None], 2),
    "fold": lambda t, x: t.nn.functional.fold(x.permute(2, 0, 1).reshape(1, 4, 6), (3, 4), 2),
    "transposed convolution": lambda t, x: t.nn.functional.conv_transpose1d(x, x.transpose(0, 1)), "prod": lambda t, x: x.prod(0),
    "max": lambda t, x: x.max(), "amin": lambda t, x: x.amin(1),
}  # fmt: skip


@pytest.mark.torch
@pytest.mark.parametrize("name", NAMES)
def test_nodes_that_stand_for_several_of_torchs_have_the_name_of_the_last(torch, name):
    """A printed tensor shows it."""
    ours, theirs = (NAMES[name](t, t.rand(2, 3, 4, requires_grad=True)).grad_fn.name() for t in (autograd, torch))
    assert ours == theirs
