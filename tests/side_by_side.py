"""One call made here and in PyTorch: results and gradients must be the same, and so must errors."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import autograd
import nn.functional as F
from tests.sampling import gradients, results, values

TOLERANCE = {"float32": {"rtol": 2e-4, "atol": 2e-5}, "float64": {"rtol": 1e-9, "atol": 1e-10}}


def assert_same(torch: Any, call: Any, *arrays: Any) -> None:
    """`call(F, library, *tensors)` must give the same values, dtypes and gradients in both libraries."""
    ours = [autograd.tensor(a, requires_grad=a.dtype.kind == "f") for a in arrays]
    theirs = [torch.tensor(a, requires_grad=a.dtype.kind == "f") for a in arrays]
    got, expected = call(F, autograd, *ours), call(torch.nn.functional, torch, *theirs)
    assert len(results(got)) == len(results(expected))
    for a, b in zip(results(got), results(expected), strict=True):
        assert str(a.dtype) == str(b.dtype)
        assert tuple(a.shape) == tuple(b.shape)
        np.testing.assert_allclose(values(a), values(b), **TOLERANCE.get(a.dtype.name, {}))
    if not results(got)[0].requires_grad:
        return
    wanted = [t for t in ours if t.requires_grad]
    for a, b in zip(gradients(got, wanted), gradients(expected, theirs, torch), strict=True):
        if a is None or b is None:  # nothing, and zeros, say the same
            assert not np.any(a if b is None else b)
        else:
            np.testing.assert_allclose(a, b, **TOLERANCE.get(str(b.dtype), {}))


KINDS = (RuntimeError, ValueError, IndexError, TypeError, AssertionError)


def assert_refused(torch: Any, call: Any, *arrays: Any, match: str = "") -> None:
    """Both libraries must raise the same type of error; ours says what `match` asks for."""
    with pytest.raises(KINDS) as theirs:
        call(torch.nn.functional, torch, *(torch.tensor(a) for a in arrays))
    kind = next(k for k in KINDS if isinstance(theirs.value, k))
    with pytest.raises(kind, match=re.escape(match)):
        call(F, autograd, *(autograd.tensor(a) for a in arrays))
