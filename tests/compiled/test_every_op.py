"""Every op and derived function, compiled: other numbers of the same shapes give what the function gives."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import autograd
from autograd.compiled.function import CompiledFunction
from tests.sampling import arrays, bound, differentiable, each_case, from_arrays, leaves, results


def everything(function, subject, seed):
    """The results of a call, and the gradients of the sum of their squares."""
    inputs = from_arrays(subject, arrays(subject, "float32", seed), grad=True)
    autograd.manual_seed(seed)
    args, kwargs = bound(subject, inputs)
    returned = function(*args, **kwargs)
    found = [np.array(r.detach().numpy()) if hasattr(r, "detach") else np.asarray(r) for r in results(returned)]
    joined = differentiable(returned)
    if joined and not any(t.dtype.is_complex for t in joined):
        sum((t * t).sum() for t in joined).backward()
        found += [None if t.grad is None else np.array(t.grad.numpy()) for t in leaves(inputs)]
    return found


def attempt(function, subject, seed):
    """What a call gives, or the type of the error that it raises."""
    try:
        return everything(function, subject, seed)
    except (RuntimeError, ValueError, IndexError, TypeError) as error:
        return type(error)


@pytest.mark.slow
@each_case()
def test_compiled_op_equals_the_op(subject):
    operation = subject.function

    def function(*args, **kwargs):
        return operation(*args, **kwargs)

    compiled = CompiledFunction(function)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for seed in (0, 1, 2, 0):
            expected, found = attempt(operation, subject, seed), attempt(compiled, subject, seed)
            if isinstance(expected, type) or isinstance(found, type):
                assert found is expected
                continue
            assert len(found) == len(expected)
            for a, b in zip(found, expected, strict=True):
                if b is None:
                    assert a is None
                else:
                    np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-7, equal_nan=True)
                    assert a.dtype == b.dtype
    if not compiled.replays:
        pytest.skip(str(compiled.reason))
