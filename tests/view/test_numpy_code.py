"""The generated scripts: run by themselves, they find the gradients that `backward` finds."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys

import numpy as np
import pytest

import autograd
import nn
import nn.functional as F
from autograd.registry import OPS
from autograd.view.code_phrases import PHRASES
from tests.sampling import call, cotangents, differentiable, each_case, leaves, tensors


def run(code):
    """What a script leaves behind."""
    scope = {"__name__": "script"}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(code, "<script>", "exec"), scope)
    return scope


def named_gradients(loss, **inputs):
    """The gradients of a script, with `inputs` as the names; and those of `backward`."""
    found = run(autograd.to_numpy_code(loss, names=inputs))["gradients"]
    loss.backward()
    return found, {name: tensor.grad for name, tensor in inputs.items() if tensor.grad is not None}


def assert_alike(found, expected, rtol=1e-6):
    assert found.keys() == expected.keys()
    for name, grad in expected.items():
        wanted = np.asarray(grad.array)
        assert found[name].shape == wanted.shape, name
        assert found[name].dtype == wanted.dtype, name
        scale = max(np.abs(wanted).max(initial=0), 1e-30)
        np.testing.assert_allclose(found[name], wanted, rtol=rtol, atol=rtol * scale, err_msg=name)


def scalar_of(returned):
    """A scalar that depends on all that has a gradient, in another way on each element."""
    outputs = differentiable(returned)
    if not outputs:
        pytest.skip("no result has a gradient")
    total = 0
    for output, along in zip(outputs, cotangents(outputs), strict=True):
        product = output * autograd.tensor(along)
        total = total + (product.real + product.imag if product.is_complex() else product).sum()
    return total


def check_case(subject, dtype, rtol):
    inputs = tensors(subject, dtype, grad=True)
    wanted = leaves(inputs)
    if not wanted:
        pytest.skip("no input has a gradient")
    loss = scalar_of(call(subject, inputs))
    names = {f"t{i}": t for i, t in enumerate(wanted)}
    assert_alike(*named_gradients(loss, **names), rtol=rtol)


@each_case(where=lambda op: op.differentiable, derived=False)
def test_every_op(subject):
    check_case(subject, "float64", 1e-9)


@each_case(where=lambda op: op.differentiable, derived=False)
def test_every_op_in_single_precision(subject):
    try:
        call(subject, tensors(subject, "float32", grad=True))
    except RuntimeError:
        pytest.skip("not for float32")
    check_case(subject, "float32", 2e-5)
