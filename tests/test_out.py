"""What functions do with `out=`, compared with PyTorch: its dtype, its memory, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
from autograd.registry import DERIVED, OPS
from tests.sampling import arrays, bound, from_arrays, subjects

LENIENT = {"max", "min", "lerp", "clamp", "clamp_min", "clamp_max", "nansum", "nanmean", "chain_matmul"}
"""PyTorch casts in some of their forms, or to some dtypes, and refuses others; ours casts in all."""


def first_cases():
    """The first case of every op and function that is found in `autograd` itself."""
    return [p for p in subjects(where=lambda i: hasattr(autograd, i.name)) if p.values[0].place == 0]


def asked(library, function, args, options, dtype):
    """What comes of asking for a result in a tensor of this dtype: the tensor, or the name of the error."""
    try:
        expected = function(*args, **options)
        out = library.zeros(tuple(expected.shape), dtype=getattr(library, dtype))
        assert function(*args, out=out, **options) is out
    except (RuntimeError, TypeError) as error:
        return type(error).__name__
    return out


@pytest.mark.filterwarnings("ignore:.*(deprecated|in beta|without specifying the dim)")
@pytest.mark.parametrize("subject", first_cases())
def test_dtype_of_out_is_respected_as_in_torch(subject, torch):
    name = subject.info.name
    ours, theirs = getattr(autograd, name), getattr(torch, name, None)
    items = arrays(subject, "int64" if "f" in getattr(subject.info, "refuses", ()) else "float32")
    our_args, our_options = bound(subject, from_arrays(subject, items))
    their_args, their_options = bound(subject, from_arrays(subject, items, library=torch))
    try:
        plain = theirs(*their_args, **their_options)
        theirs(*their_args, out=torch.zeros_like(plain), **their_options)
    except (RuntimeError, TypeError, AttributeError):
        pytest.skip("PyTorch has no out= here, or takes other arguments")
    for dtype in ("float64", "int32", "complex128"):
        expected = asked(torch, theirs, their_args, their_options, dtype)
        got = asked(autograd, ours, our_args, our_options, dtype)
        if name in LENIENT and isinstance(expected, str):
            continue
        if isinstance(expected, str):
            assert isinstance(got, str), f"PyTorch raises {expected} for {dtype}"
        else:
            np.testing.assert_allclose(got.numpy(), expected.numpy(), rtol=1e-5, atol=1e-6)


def test_something_is_written_with_and_without_casting():
    casting = [info for info in (*OPS.values(), *DERIVED.values()) if info.casts_out]
    assert {"add", "exp", "maximum", "cat"} <= {info.name for info in casting}
    assert not {"abs", "floor", "matmul", "sort"} & {info.name for info in casting}


def test_out_with_repeated_places_is_refused():
    out = autograd.zeros(1).expand(3)
    with pytest.raises(RuntimeError, match=r"more than one element .* refers to a single memory location"):
        autograd.add(autograd.ones(3), 1, out=out)
    assert out.tolist() == [0, 0, 0]


def test_several_results_are_written_all_or_none():
    values, indices = autograd.zeros(2), autograd.zeros(2)
    with pytest.raises(RuntimeError, match=r"Expected out tensor to have dtype int64|result type int64"):
        autograd.sort(autograd.tensor([2.0, 1.0]), out=(values, indices))
    assert values.tolist() == [0, 0]


def test_resizing_warns_at_the_line_of_the_call():
    with pytest.warns(UserWarning, match=r"resized since it had shape \[7\].*required output shape \[3\]") as caught:
        autograd.exp(autograd.ones(3), out=autograd.zeros(7))
    assert caught[0].filename == __file__


def test_sums_are_added_up_in_the_dtype_of_out():
    tenths = autograd.full((10_000,), 0.1)
    out = autograd.zeros((), dtype=autograd.float64)
    autograd.sum(tenths, out=out)
    assert out.item() == pytest.approx(float(np.float32(0.1)) * 10_000, rel=1e-12)


@pytest.mark.parametrize("name", ["zeros", "ones", "empty", "full", "eye", "arange", "linspace", "logspace"])
def test_creation_takes_the_dtype_of_out(name):
    args = {"full": ((3,), 2.5), "linspace": (0, 2, 3), "logspace": (0, 2, 3)}.get(name, (3,))
    out = autograd.zeros(0, dtype=autograd.int32)
    create = getattr(autograd, name)
    assert create(*args, out=out) is out
    assert out.dtype is autograd.int32
    assert len(out) == 3
    with pytest.raises(RuntimeError, match="does not match dtype of out"):
        create(*args, out=out, dtype=autograd.float64)
    with pytest.raises(TypeError, match="unexpected keyword argument 'dtyp'"):
        create(*args, dtyp=autograd.float64)


SECOND_NAMES = {
    "absolute": "abs", "arccos": "acos", "arcsinh": "asinh", "arctan2": "atan2", "clip": "clamp", "divide": "div",
    "fix": "trunc", "greater": "gt", "greater_equal": "ge", "less": "lt", "less_equal": "le", "multiply": "mul",
    "negative": "neg", "not_equal": "ne", "subtract": "sub", "true_divide": "div",
}  # fmt: skip


@pytest.mark.parametrize(("second", "first"), SECOND_NAMES.items())
def test_second_names_are_the_same_functions(second, first):
    assert getattr(autograd, second) is getattr(autograd, first)
    assert getattr(autograd.Tensor, second) is getattr(autograd.Tensor, first)
    assert getattr(autograd.Tensor, f"{second}_") is getattr(autograd.Tensor, f"{first}_")
