"""Every op and derived function under `vmap`, against a Python loop over the batch: results, gradients, cotangents."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
from autograd import vmap
from autograd.func import jvp, vjp
from autograd.pytree import flatten, unflatten
from tests.sampling import (
    arrays,
    as_function,
    call,
    cotangents,
    each_case,
    gradients,
    leaves,
    results,
    subjects,
    tensors,
    values,
)

SIZE = 3
EXACT = {"rtol": 1e-9, "atol": 1e-9}


def public(subject):
    """What users call: of a derived function, with its checks and spellings."""
    return subject.function if subject.is_op else subject.info.call


class Batch:
    """Several draws of a case's inputs, stacked; inputs that are not mapped over are the same in all."""

    def __init__(self, subject, mapped_over):
        self.subject = subject
        draws = [arrays(subject, seed=seed) for seed in range(SIZE)]
        self.spec = flatten(draws[0])[1]
        self.is_mapped = [
            place in mapped_over and isinstance(leaf, np.ndarray)
            for place, item in enumerate(draws[0])
            for leaf in flatten(item)[0]
        ]
        columns = zip(*(flatten(draw)[0] for draw in draws), strict=True)
        whole = [np.stack(c) if flag else c[0] for c, flag in zip(columns, self.is_mapped, strict=True)]
        self.inputs = [
            autograd.tensor(item).requires_grad_(item.dtype.kind in "fc") if isinstance(item, np.ndarray) else item
            for item in whole
        ]
        self.in_dims = tuple(0 if flag else None for flag in self.is_mapped)

    def sample(self, place):
        """The inputs of one tensor of the batch."""
        return [item[place] if flag else item for item, flag in zip(self.inputs, self.is_mapped, strict=True)]

    def call(self, *items):
        """The function on one tensor: its tensors. Random numbers are the same for all."""
        returned = call(self.subject, unflatten(list(items), self.spec), public(self.subject))
        return [t for t in flatten([returned])[0] if isinstance(t, autograd.Tensor)]

    def looped(self):
        """The results of a loop, stacked; None where they can't be, or the case is no valid call."""
        try:
            rows = [seeded(lambda place=place: self.call(*self.sample(place))) for place in range(SIZE)]
        except (RuntimeError, IndexError, ValueError):
            return None  # tensors that were drawn apart need not fit together
        if any([t.shape for t in row] != [t.shape for t in rows[0]] for row in rows):
            return None
        return [autograd.stack(list(column)) for column in zip(*rows, strict=True)]


def seeded(call):
    """What a call gives when random numbers begin from the same seed."""
    autograd.manual_seed(1)
    return call()


def mappings():
    """Every case with all its inputs mapped over, and, where it has several, with the first or the last alone."""
    for parameter in subjects():
        (subject,) = parameter.values
        places = range(len(subject.case.inputs))
        choices = {"all": set(places)}
        if len(places) > 1:
            choices |= {"first": {0}, "last": {places[-1]}}
        for name, chosen in choices.items():
            yield pytest.param(subject, chosen, id=f"{parameter.id}-{name}")


@pytest.mark.parametrize(("subject", "mapped_over"), list(mappings()))
def test_agrees_with_a_loop(subject, mapped_over):
    batch = Batch(subject, mapped_over)
    if not any(batch.is_mapped):
        pytest.skip("has no tensor to map over")
    expected = batch.looped()
    if not expected:
        pytest.skip("has no results that could be stacked")
    got = seeded(lambda: vmap(batch.call, in_dims=batch.in_dims, randomness="same")(*batch.inputs))
    for a, b in zip(got, expected, strict=True):
        assert (a.shape, a.dtype, a.requires_grad) == (b.shape, b.dtype, b.requires_grad)
        np.testing.assert_allclose(values(a), values(b), **EXACT)
    for a, b in zip(gradients(got, batch.inputs), gradients(expected, batch.inputs), strict=True):
        if a is None or b is None:  # nothing, and zeros, say the same
            assert not np.any(a if b is None else b)
        else:
            np.testing.assert_allclose(a, b, **EXACT)


def differentiable(info):
    return not hasattr(info, "rules") or info.differentiable


@each_case(where=differentiable)
def test_a_batch_of_cotangents_goes_back_as_one_by_one(subject):
    inputs = tensors(subject, grad=True)
    function, wanted = as_function(subject, inputs)
    if not wanted or not function(*wanted):
        pytest.skip("has no gradient")
    value, pull = vjp(function, *wanted)
    draws = [cotangents([t * (seed + 1) for t in value]) for seed in range(SIZE)]
    whole = tuple(autograd.tensor(np.stack(column) * scale(column)) for column in zip(*draws, strict=True))
    together = vmap(lambda *vs: pull(vs))(*whole)
    for place in range(SIZE):
        alone = autograd.grad(function(*wanted), wanted, [v[place] for v in whole], materialize_grads=True)
        for a, b in zip(together, alone, strict=True):
            np.testing.assert_allclose(values(a)[place], values(b), **EXACT)


def scale(column):
    """Factors that make the cotangents of a batch differ."""
    return np.arange(1.0, SIZE + 1).reshape(SIZE, *(1,) * column[0].ndim).astype(column[0].dtype)


@each_case(where=differentiable)
def test_pushing_forward_is_the_transpose_of_pulling_back(subject):
    inputs = tensors(subject, grad=True)
    if any(t.is_complex() for t in results(inputs)):
        pytest.skip("real functions only: the transpose of a complex one needs conjugates")
    function, wanted = as_function(subject, inputs)
    if not wanted or not function(*wanted):
        pytest.skip("has no gradient")
    value, pull = vjp(function, *wanted)
    if any(t.is_complex() for t in value):
        pytest.skip("real functions only")
    along = tuple(autograd.tensor(c) for c in cotangents(value))
    tangents = tuple(autograd.tensor(c) for c in cotangents(list(wanted)))
    moved = jvp(function, wanted, tangents)[1]
    forward = sum(float(np.vdot(values(u), values(m))) for u, m in zip(along, moved, strict=True))
    back = sum(float(np.vdot(values(g), values(v))) for g, v in zip(pull(along), tangents, strict=True))
    precision = 1e-9 if all(t.dtype is autograd.float64 for t in (*value, *wanted)) else 1e-6
    assert forward == pytest.approx(back, rel=precision, abs=precision)
    assert len(leaves(inputs)) == len(wanted)
