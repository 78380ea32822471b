"""Every derivative rule, found in the registry, against finite differences; and that these tests would notice."""

from __future__ import annotations

import functools

import numpy as np
import pytest

import autograd
from autograd.check import GradcheckError, gradcheck, gradgradcheck
from autograd.engine import pullback
from autograd.gradients import root_gradients
from autograd.graph import Parts
from autograd.op import Rule
from autograd.tensor import Tensor
from tests.sampling import (
    as_function,
    call,
    cotangents,
    differentiable,
    each_case,
    flat,
    gradients,
    infos,
    leaves,
    results,
    subjects,
    tensors,
)


def has_rules(info):
    """Whether this is something to differentiate: an op with rules, or a function made of ops."""
    return getattr(info, "differentiable", True)


def function_with_leaves(subject, dtype="float64"):
    """The call as a function of its leaves; skips what has no gradient, or one that is not the derivative."""
    inputs = tensors(subject, dtype, grad=True)
    if not leaves(inputs) or not differentiable(call(subject, inputs)):
        pytest.skip("no input or no result with a gradient")
    if subject.case.by_definition:
        pytest.skip("PyTorch defines this gradient to be something else than the derivative")
    if any(t.dtype in (autograd.float32, autograd.complex64) for t in differentiable(call(subject, inputs))):
        pytest.skip("goes through float32, which finite differences are too coarse for")
    return as_function(subject, inputs)


# -- orders one, two and three ------------------------------------------------------------------------------


@each_case(where=has_rules)
def test_first_derivatives(subject):
    assert gradcheck(*function_with_leaves(subject), check_batched_grad=True)


@each_case(where=has_rules)
def test_second_derivatives(subject):
    function, inputs = function_with_leaves(subject)
    assert gradgradcheck(function, inputs, fast_mode=True)


@each_case(where=lambda info: has_rules(info) and info.cases, derived=False)
def test_third_derivatives(subject):
    if subject.place != 0:
        pytest.skip("one case of each op is enough")
    function, inputs = function_with_leaves(subject)
    along = [output.like(c) for output, c in zip(function(*inputs), cotangents(function(*inputs)), strict=True)]

    def first(*values):
        found = autograd.grad(function(*values), values, along, create_graph=True, allow_unused=True)
        return tuple(g for g in found if g is not None and g.requires_grad)

    if first(*inputs):
        assert gradgradcheck(first, inputs, fast_mode=True)


@each_case(where=has_rules)
def test_complex_derivatives(subject):
    """Where an op takes complex numbers, its gradient is that by both coordinates of each."""
    inputs = tensors(subject, "complex128", grad=True)
    try:
        call(subject, inputs)
    except (RuntimeError, TypeError, ValueError, IndexError):
        pytest.skip("not for complex numbers")
    function, values = function_with_leaves(subject, "complex128")
    assert gradcheck(function, values)
    assert gradgradcheck(function, values, fast_mode=True)


# -- what rules may not do ----------------------------------------------------------------------------------


def arrays_in(node):
    """The arrays that a node saved for its rules."""
    values = [v.array if isinstance(v, Tensor) else v for v in flat(node.saved)]
    return [v for v in values if isinstance(v, np.ndarray)]


@each_case(derived=False, where=has_rules)
def test_rules_are_pure(subject):
    """A rule changes neither g nor what was saved, and what it returns shares memory with neither another's nor these."""
    inputs = tensors(subject, grad=True)
    outputs = differentiable(call(subject, inputs))
    if not outputs:
        pytest.skip("no result with a gradient")
    node = next((o.grad_fn for o in outputs if o.grad_fn.op.name == subject.info.name), outputs[0].grad_fn)
    along = cotangents(outputs)
    numbers = {output.output_nr: c for output, c in zip(outputs, along, strict=True) if output.grad_fn is node}
    g = along[0] if node.op.outputs == 1 else Parts(numbers)
    watched = [*arrays_in(node), *along]
    before = [array.copy() for array in watched]
    sent = [np.asarray(c) for c in node.op.pull(node, g, node.edges) if c is not None]
    for array, copy in zip(watched, before, strict=True):
        np.testing.assert_array_equal(array, copy)
    for i, contribution in enumerate(sent):
        for array in arrays_in(node):
            assert not np.shares_memory(contribution, array)
        if not any(np.shares_memory(contribution, c) for c in along):
            assert not any(np.shares_memory(contribution, other) for other in sent[i + 1 :])


@each_case(derived=False, where=has_rules)
def test_broadcasting_is_undone(subject):
    """What arrives at an input has its shape and its dtype."""
    inputs = tensors(subject, grad=True)
    outputs = differentiable(call(subject, inputs))
    along = [autograd.tensor(c) for c in cotangents(outputs)]
    for node, g, sent in pullback(root_gradients(outputs, along, False)):
        if sent is None:
            assert g.shape == node.variable.array.shape
            assert g.dtype == node.variable.array.dtype


@each_case(derived=False, where=has_rules)
def test_each_input_alone_gets_the_same_gradient(subject):
    """Gradients that nobody wants are not computed, and those that are wanted do not depend on that."""
    inputs = tensors(subject, grad=True)
    together = gradients(call(subject, inputs), inputs)
    for place, expected in enumerate(together):
        alone = tensors(subject, grad=True)
        for other, tensor in enumerate(leaves(alone)):
            if other != place:
                tensor.requires_grad = False
        (g,) = gradients(call(subject, alone), alone)
        assert (g is None) == (expected is None)
        if g is not None:
            np.testing.assert_allclose(g, expected, rtol=1e-14)


@each_case(derived=False, where=lambda op: op.composed)
def test_fused_op_is_its_composition(subject):
    op = subject.info
    fused_inputs, plain_inputs = tensors(subject, grad=True), tensors(subject, grad=True)
    fused = call(subject, fused_inputs)
    given = {p.name: p.default for p in op.meta} | subject.case.params
    plain = op.composed(**dict(zip((p.name for p in op.tensors), plain_inputs, strict=False)), **given)
    for a, b in zip(results(fused), results(plain), strict=True):
        assert a.dtype is b.dtype
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-12, atol=1e-14)
    for a, b in zip(gradients(fused, fused_inputs), gradients(plain, plain_inputs), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


# -- mutation: each rule, made slightly wrong, must be noticed ----------------------------------------------

MUTATIONS = {
    "scaled": lambda g: g * 1.01,
    "flipped": lambda g: -g,
    "shifted": lambda g: g + 0.01,
}


def each_rule():
    """Every rule of every op, by name; a joint rule by the input whose gradient is to be wrong."""
    for parameter in infos(derived=False, where=lambda op: op.differentiable and op.cases):
        op = parameter.values[0]
        names = [p.name for p in op.inputs] if op.joint else list(op.rules)
        for name in names:
            for mutation in MUTATIONS:
                yield pytest.param(op, name, mutation, id=f"{op.name}-{name}-{mutation}")


def damaged(op, name, mutation):
    """The rules of an op with one of them wrong: (rules by input, joint rule)."""
    change = MUTATIONS[mutation]
    if op.joint is None:
        rule = op.rules[name]
        wrong = functools.wraps(rule.function)(lambda g, *reads: change(rule.function(g, *reads)))
        return {**op.rules, name: Rule(wrong, rule.tex, rule.reads)}, None
    joint = op.joint
    place = 0 if op.variadic else [p.name for p in op.inputs].index(name)

    def wrong_joint(g, *reads):
        sent = list(joint.function(g, *reads))
        sent[place] = None if sent[place] is None else change(sent[place])
        return tuple(sent)

    return op.rules, Rule(wrong_joint, joint.tex, joint.reads)


@pytest.mark.parametrize(("op", "name", "mutation"), list(each_rule()))
def test_a_wrong_rule_is_noticed(op, name, mutation, monkeypatch):
    vanishes = (op.joint or op.rules[name]).tex == "0"
    if vanishes == (mutation != "shifted"):
        pytest.skip("a derivative of 0 is no other when scaled; one that is not is wrong enough when scaled")
    rules, joint = damaged(op, name, mutation)
    monkeypatch.setattr(op, "rules", rules)
    monkeypatch.setattr(op, "joint", joint)
    op.__dict__.pop("pull", None)  # the compiled rules, which would go on being right
    try:
        assert any(notices(op, place) for place in range(len(op.cases)))
    finally:
        op.__dict__.pop("pull", None)


def notices(op, place):
    """Whether the gradient check fails on one of the op's cases."""
    subject = subjects(derived=False, where=lambda other: other is op)[place].values[0]
    inputs = tensors(subject, grad=True)
    if subject.case.by_definition or not leaves(inputs) or not differentiable(call(subject, inputs)):
        return False
    for fast_mode in (True, False):  # one random direction may miss what all of them together don't
        try:
            gradcheck(*as_function(subject, inputs), fast_mode=fast_mode)
        except GradcheckError:
            return True
    return False
