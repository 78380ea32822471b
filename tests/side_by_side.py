"""One call made here and in PyTorch: results and gradients must be the same, and so must errors."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
import nn.functional as F  # noqa: N812 (the name that everybody uses)
from tests.sampling import flat, gradients, results, values

TOLERANCE = {"float32": {"rtol": 2e-4, "atol": 2e-5}, "float64": {"rtol": 1e-9, "atol": 1e-10}}


def assert_same(torch: Any, call: Any, *arrays: Any, check_gradients: bool = True) -> None:
    """`call(F, library, *tensors)` must give the same values, dtypes and gradients in both libraries."""
    ours = [autograd.tensor(a, requires_grad=a.dtype.kind == "f") for a in arrays]
    theirs = [torch.tensor(a, requires_grad=a.dtype.kind == "f") for a in arrays]
    got, expected = call(F, autograd, *ours), call(torch.nn.functional, torch, *theirs)
    assert len(results(got)) == len(results(expected))
    for a, b in zip(results(got), results(expected), strict=True):
        assert str(a.dtype) == str(b.dtype)
        assert tuple(a.shape) == tuple(b.shape)
        np.testing.assert_allclose(values(a), values(b), **TOLERANCE.get(a.dtype.name, {}))
    if check_gradients:
        wanted = [t for t in ours if t.requires_grad]
        if not flat([results(got)[0].requires_grad or None]):
            return
        for a, b in zip(gradients(got, wanted), gradients(expected, theirs, torch), strict=True):
            assert (a is None) == (b is None)
            if b is not None:
                np.testing.assert_allclose(a, b, **TOLERANCE.get(str(b.dtype), {}))


def assert_refused(torch: Any, call: Any, *arrays: Any, match: str = "") -> None:
    """Both libraries must raise the same type of error; ours says what `match` asks for."""
    try:
        call(torch.nn.functional, torch, *(torch.tensor(a) for a in arrays))
    except Exception as error:
        kind = next(
            k for k in (RuntimeError, ValueError, IndexError, TypeError, AssertionError) if isinstance(error, k)
        )
    else:
        raise AssertionError("PyTorch takes it")
    try:
        call(F, autograd, *(autograd.tensor(a) for a in arrays))
    except Exception as error:
        assert isinstance(error, kind), f"{error!r} instead of {kind.__name__}"
        assert match in str(error)
    else:
        raise AssertionError(f"works here, but should raise {kind.__name__}")
