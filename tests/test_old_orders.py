"""Calls in the order that PyTorch had before 1.5, which it still takes: numbers before the last tensors."""

from __future__ import annotations

import numpy as np
import pytest

import autograd

torch = pytest.importorskip("torch", reason="compared with PyTorch")

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore:.*This overload of")]

CALLS = {
    "add": lambda t, x, y, m: t.add(x, 2, y), "add_": lambda t, x, y, m: x.add_(-0.5, y),
    "sub": lambda t, x, y, m: t.sub(x, 2, y), "sub_": lambda t, x, y, m: x.sub_(0.5, y),
    "addcmul": lambda t, x, y, m: t.addcmul(x, 0.5, y, y), "addcmul_": lambda t, x, y, m: x.addcmul_(0.5, y, y),
    "addcdiv_": lambda t, x, y, m: x.addcdiv_(-0.1, x, y), "addmm": lambda t, x, y, m: m.addmm(2, 3, m, m),
    "addmm, one": lambda t, x, y, m: t.addmm(2, m, m, m), "addmm, between": lambda t, x, y, m: t.addmm(2, m, 3, m, m),
    "addmv": lambda t, x, y, m: x.addmv(2, 3, m, y), "addr": lambda t, x, y, m: m.addr(2, x, y),
    "baddbmm": lambda t, x, y, m: m[None].baddbmm(2, 3, m[None], m[None]),
}  # fmt: skip


def operands(library):
    return library, library.tensor([1.0, 2.0]), library.tensor([3.0, -4.0]), library.tensor([[1.0, 2.0], [3.0, 4.0]])


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_numbers_before_tensors(call):
    np.testing.assert_allclose(call(*operands(autograd)).numpy(), call(*operands(torch)).numpy(), rtol=1e-6)


def test_it_warns_and_says_how_to_write_it_today():
    x = autograd.ones(2)
    with pytest.warns(UserWarning, match=r"overload of addcmul is deprecated.*addcmul\(Tensor, Tensor, value=Number\)"):
        x.addcmul_(0.5, x, x)


@pytest.mark.parametrize("arguments", [(1, 2, 3), ("x", "x", "x"), ("x", 2, "x", "x"), (2, 3, "x")])
def test_other_calls_with_too_many_arguments_are_refused_as_before(arguments):
    for library in (torch, autograd):
        x = library.ones(2)
        with pytest.raises(TypeError):
            x.add(*(x if a == "x" else a for a in arguments))
