"""What every op and every derived function must do, found in the registry: values, dtypes, shapes, memory."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import autograd
from autograd import apply as general
from autograd import dtypes, protocols
from autograd.engine import pullback
from autograd.gradients import root_gradients
from autograd.registry import DERIVED, OPS
from autograd.tensor import Tensor, tensor_of
from tests.sampling import (
    arrays,
    bound,
    call,
    cotangents,
    differentiable,
    each_case,
    flat,
    from_arrays,
    gradients,
    infos,
    leaves,
    mapped,
    results,
    seen,
    tensors,
)

# -- declarations -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("info", infos())
def test_says_what_it_is(info):
    assert info.doc, "no docstring"
    assert info.cases, "no test cases"


@pytest.mark.parametrize("op", infos(derived=False))
def test_every_rule_has_its_formula(op):
    assert op.tex, "no formula"
    for name, rule in {**op.rules, "all inputs": op.joint}.items():
        assert rule is None or rule.tex, f"the rule for {name} has no formula"
    if op.differentiable and not op.joint:
        assert set(op.rules) == {p.name for p in op.inputs}, "an input without a rule"


@pytest.mark.parametrize("op", infos(derived=False))
def test_rules_read_what_is_there(op):
    """Every name that a rule reads can be provided: inputs, their shapes and dtypes, metadata, the result, `keeps`."""
    names = {p.name for p in op.parameters} | {"out", "wanted", *op.keeps}
    names |= {f"{p.name}_{what}" for p in op.tensors for what in ("shape", "dtype")}
    for rule in [*op.rules.values(), *([op.joint] if op.joint else [])]:
        assert set(rule.reads) <= names


# -- values -------------------------------------------------------------------------------------------------


def natural_dtype(subject):
    """The dtype to try an op in: float64, or int64 where it is on whole numbers."""
    return "int64" if "f" in getattr(subject.info, "refuses", ()) else "float64"


AXES = {"dim": "axis", "keepdim": "keepdims"}


def numpy_call(numpy_function, subject, items):
    """Call a NumPy function with a case's metadata in NumPy's spelling."""
    keywords = {AXES[name]: value for name, value in subject.case.params.items() if name in AXES}
    others = [value for name, value in subject.case.params.items() if name not in (*AXES, "equation")]
    first = [value for name, value in subject.case.params.items() if name == "equation"]
    return numpy_function(*first, *items, *others, **keywords)


def by_numpy_function():
    """The NumPy functions that lead here, by the op or derived function that they lead to."""
    found = {}
    for numpy_function, ours in {**protocols.UFUNCS, **protocols.FUNCTIONS}.items():
        info = getattr(ours, "op", None) or getattr(ours, "derived", None)
        found.setdefault(id(info), []).append(numpy_function)
    return found


NUMPY = by_numpy_function()


@each_case(where=lambda info: id(info) in NUMPY)
def test_agrees_with_numpy(subject):
    items = arrays(subject, natural_dtype(subject))
    ours = call(subject, from_arrays(subject, items))
    for numpy_function in NUMPY[id(subject.info)]:
        try:
            expected = numpy_call(numpy_function, subject, items)
        except (TypeError, ValueError) as error:
            pytest.skip(f"not for NumPy itself: {error}")
        assert ours.dtype.dtype.kind == np.asarray(expected).dtype.kind
        np.testing.assert_allclose(ours.numpy(), expected, rtol=1e-13, atol=1e-14, strict=False)
        through_protocol = numpy_call(numpy_function, subject, from_arrays(subject, items))
        assert isinstance(through_protocol, Tensor)
        assert_same(through_protocol, ours)


def assert_same(ours, expected, **tolerance):
    """Two results that must be alike in number, dtype, shape and values (exactly, unless a tolerance is given)."""
    got, wanted = results(ours), results(expected)
    assert len(got) == len(wanted)
    for a, b in zip(got, wanted, strict=True):
        assert str(a.dtype) == str(b.dtype)
        assert tuple(a.shape) == tuple(b.shape)
        x, y = np.asarray(a.detach()), np.asarray(b.detach())
        if tolerance:
            np.testing.assert_allclose(x, y, **tolerance)
        else:
            np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize("info", infos(ops=False, where=lambda derived: derived.method))
def test_function_and_method_are_one(info):
    assert getattr(Tensor, info.method).derived is info
    function = getattr(autograd, info.name, None)
    if callable(function):  # and not, like `autograd.cpu`, a module
        assert function is getattr(Tensor, info.method)


OPERATORS = {
    "add": lambda x, y: x + y, "sub": lambda x, y: x - y, "mul": lambda x, y: x * y, "div": lambda x, y: x / y,
    "floor_divide": lambda x, y: x // y, "remainder": lambda x, y: x % y, "pow": lambda x, y: x**y,
    "matmul": lambda x, y: x @ y, "neg": lambda x: -x, "abs": abs, "bitwise_not": lambda x: ~x,
    "bitwise_and": lambda x, y: x & y, "bitwise_or": lambda x, y: x | y, "bitwise_xor": lambda x, y: x ^ y,
    "bitwise_left_shift": lambda x, y: x << y, "bitwise_right_shift": lambda x, y: x >> y,
    "eq": lambda x, y: x == y, "ne": lambda x, y: x != y, "lt": lambda x, y: x < y, "le": lambda x, y: x <= y,
    "gt": lambda x, y: x > y, "ge": lambda x, y: x >= y,
}  # fmt: skip


@each_case(where=lambda info: info.name in OPERATORS)
def test_operator_is_the_function(subject):
    dtype = natural_dtype(subject)
    inputs = tensors(subject, dtype, grad=True)
    operator = OPERATORS[subject.info.name]
    by_operator, by_function = operator(*inputs), call(subject, inputs)
    assert_same(by_operator, by_function)
    for a, b in zip(gradients(by_operator, inputs), gradients(by_function, inputs), strict=True):
        np.testing.assert_array_equal(a, b)
    if len(inputs) == 2 and getattr(subject.info, "broadcasts", True):
        plain = np.asarray(inputs[1].detach())
        assert_same(operator(inputs[0], plain), by_function)
        assert_same(operator(np.asarray(inputs[0].detach()), inputs[1]), by_function)


# -- dtypes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@each_case()
def test_keeps_the_dtype_forward_and_back(subject, dtype):
    """Floats stay what they are, in the result and in every gradient on the way back, recorded or not."""
    inputs = tensors(subject, dtype, grad=True)
    try:
        returned = call(subject, inputs)
    except RuntimeError as error:
        assert_refused(subject, error)
        return
    if "dtype" not in subject.case.params:
        alike = {
            "float64" if subject.info.name == "float_power" else dtype,
            {"float32": "complex64", "float64": "complex128"}[dtype],
            "int64",
            "int32",  # LAPACK's reports and pivots
            "uint64",  # hashes
            "bool",
        }
        assert {r.dtype.name for r in results(returned)} <= alike
    for result in results(returned):
        assert np.asarray(result.array).dtype == result.dtype.dtype
    outputs = differentiable(returned)
    if not outputs:
        return
    along = [autograd.tensor(c) for c in cotangents(outputs)]
    for create_graph in (False, True):
        roots = root_gradients(outputs, along, create_graph)
        for node, g, sent in pullback(roots, create_graph=create_graph):
            if sent is None:
                assert g.dtype == (node.variable.dtype if create_graph else node.variable.dtype.dtype)
                assert g.shape == node.variable.array.shape
        found = autograd.grad(outputs, leaves(inputs), along, retain_graph=True, materialize_grads=True)
        for leaf, g in zip(leaves(inputs), found, strict=True):
            assert np.asarray(g.array).dtype == leaf.dtype.dtype
            assert g.shape == leaf.shape


def assert_refused(subject, error):
    """An op that raises for floats must say so in its declaration, or be a function on integers."""
    wants = getattr(OPS.get(subject.info.name), "refuses", {})
    assert "f" in wants, f"{subject.info!r} raised: {error}"


# -- shapes and memory --------------------------------------------------------------------------------------


def transposed(array):
    """The same values, laid out column by column."""
    return tensor_of(np.array(array.T, order="C").T)


def strided(array):
    """The same values, every second element of a larger array in each dimension."""
    larger = np.zeros([2 * size for size in array.shape], array.dtype)
    view = larger[(slice(None, None, 2),) * array.ndim + (Ellipsis,)]
    view[...] = array
    return tensor_of(view)


def backwards(array):
    """The same values, stored last to first."""
    return tensor_of(np.flip(np.flip(array).copy()))


@pytest.mark.parametrize("layout", [transposed, strided, backwards])
@each_case()
def test_memory_layout_does_not_matter(subject, layout):
    dtype = natural_dtype(subject)
    items = arrays(subject, dtype)
    wants = getattr(subject.info, "differentiable", True)
    plain = from_arrays(subject, items, grad=wants)
    laid_out = from_arrays(subject, items, grad=wants, make=layout)
    expected = call(subject, plain)
    try:
        returned = call(subject, laid_out)
    except RuntimeError as error:  # `view` alone may refuse to copy
        assert "not compatible with input tensor's size and stride" in str(error)  # noqa: PT017
        return
    # BLAS may add up in another order. Of attention's scores, up to 360 at scale=30, that changes 360 eps = 8e-14
    atol = 1e-13 if subject.case.params.get("scale") == 30 else 1e-14
    assert_same(returned, expected, rtol=1e-12, atol=atol)
    for a, b in zip(gradients(returned, laid_out), gradients(expected, plain), strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=atol)


@pytest.mark.parametrize("dtype", ["float64", "int64", "bool"])
@each_case(derived=False)
def test_inputs_are_left_alone_and_results_are_new(subject, dtype):
    """Only a view shares memory with its input, and nothing changes an input."""
    inputs = tensors(subject, dtype)
    before = mapped(np.copy, arrays(subject, dtype))
    try:
        returned = call(subject, inputs)
    except (RuntimeError, ZeroDivisionError, ValueError, TypeError):
        return  # not for this dtype
    for tensor, array in zip(flat(inputs), flat(before), strict=True):
        np.testing.assert_array_equal(np.asarray(tensor.array), array)
    if not subject.info.view:
        for result in results(returned):
            for tensor in flat(inputs):
                assert not np.shares_memory(np.asarray(result.array), np.asarray(tensor.array))


@each_case(derived=False, where=lambda op: op.view)
def test_views_share_memory_and_history(subject):
    inputs = tensors(subject)
    for result in results(call(subject, inputs)):
        base = inputs[0]
        if result.numel() and np.shares_memory(np.asarray(result.array), np.asarray(base.array)):
            assert result._base is base
            assert result.version is base.version
        else:
            assert result.numel() == 0 or result._base is None


@each_case(where=lambda info: getattr(info, "accepts_out", True))
def test_out_receives_the_result(subject):
    inputs = tensors(subject, natural_dtype(subject))
    expected = call(subject, inputs)
    if not isinstance(expected, Tensor):
        pytest.skip("several results, or none that is a tensor")
    args, kwargs = bound(subject, inputs)
    if not subject.is_op and "out" not in inspect.signature(subject.function).parameters and not public(subject.info):
        pytest.skip("not callable by users")
    function = subject.function if subject.is_op else public(subject.info)
    right = autograd.zeros(tuple(expected.shape), dtype=expected.dtype)
    version = right._version
    assert function(*args, out=right, **kwargs) is right
    assert_same(right, expected)
    assert right._version > version
    empty = autograd.zeros(0, dtype=expected.dtype)
    assert function(*args, out=empty, **kwargs) is empty
    assert_same(empty, expected)
    other_shape = autograd.zeros(7, 1, 7, dtype=expected.dtype)
    with pytest.warns(UserWarning, match="An output with one or more elements was resized"):
        assert function(*args, out=other_shape, **kwargs) is other_shape
    assert_same(other_shape, expected)


def public(info):
    """The finished function of a derived one, which knows `out=`."""
    found = getattr(autograd, info.name, None) or getattr(Tensor, info.name, None)
    return found if getattr(found, "derived", None) is info else None


def has_in_place_form(info):
    """Whether `Tensor.name_` overwrites: as this op or function does, not as one that hides it; views are another tale."""
    own = not hasattr(info, "rules") or info.name not in DERIVED
    return own and hasattr(Tensor, f"{info.name}_") and getattr(info, "inplace", "") != "view"


@each_case(where=has_in_place_form)
def test_in_place_is_out_of_place_written_back(subject):
    method = getattr(Tensor, f"{subject.info.name}_")
    dtype = natural_dtype(subject)
    inputs = tensors(subject, dtype, grad=True)
    outside = call(subject, inputs)
    if outside.shape != inputs[0].shape or not dtypes.can_cast(outside.dtype, inputs[0].dtype):
        target = inputs[0].detach().clone()
        with pytest.raises(RuntimeError):
            call(subject, [target, *inputs[1:]], method)
        assert_same(target, inputs[0])  # nothing is half-changed by a call that raises
        return
    fresh = tensors(subject, dtype, grad=True)
    target = fresh[0].clone()
    assert call(subject, [target, *fresh[1:]], method) is target
    assert target._version == 1
    outside = outside.to(target.dtype)
    assert_same(target, outside, rtol=1e-15, atol=0)
    assert target.requires_grad == outside.requires_grad
    for a, b in zip(gradients(target, fresh), gradients(outside, inputs), strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            np.testing.assert_allclose(a, b, rtol=1e-15)


# -- one op, told twice: the written-out function and the general path --------------------------------------


@each_case(derived=False)
def test_written_out_function_and_general_path_agree(subject):
    dtype = natural_dtype(subject)
    for wanting in range(2 ** min(len(subject.info.inputs), 3)):  # every choice of inputs that want a gradient
        first, second = (chosen_leaves(subject, tensors(subject, dtype), wanting) for _ in range(2))
        written = call(subject, first)
        operands = second[0] if subject.info.variadic else second
        defaults = {p.name: p.default for p in subject.info.meta if not p.is_required}
        told = seen(subject, general.apply(subject.info, operands, defaults | subject.case.params))
        assert_same(written, told)
        for a, b in zip(results(written), results(told), strict=True):
            assert_same_place_in_graph(a, b)
        for a, b in zip(gradients(written, first), gradients(told, second), strict=True):
            np.testing.assert_array_equal(a, b)


def chosen_leaves(subject, inputs, wanting):
    """Let those inputs want a gradient whose bit is set."""
    parameters = subject.info.tensors if not subject.info.variadic else ()
    place = 0
    for tensor, p in zip(inputs, parameters, strict=False):
        if p.is_differentiable:
            if tensor is not None and tensor.is_floating_point() and wanting >> place & 1:
                tensor.requires_grad = True
            place += 1
    return inputs


def assert_same_place_in_graph(a, b):
    """Two results whose nodes must be alike in all that the backward pass and the drawings read."""
    assert (a.grad_fn is None) == (b.grad_fn is None)
    assert (a.view_of is None) == (b.view_of is None)
    if a.grad_fn is None:
        return
    m, n = a.grad_fn, b.grad_fn
    assert m.op is n.op
    assert m.name() == n.name()
    assert [type(e) for e in m.edges] == [type(e) for e in n.edges]
    assert m.params.keys() == n.params.keys()
    assert m.shape == n.shape
    assert len(m.constants) == len(n.constants)
    assert len(m.saved) == len(n.saved)
    for x, y in zip(m.saved[: len(m.op.saved)], n.saved, strict=False):
        assert (x is None) == (y is None)
        if isinstance(x, Tensor):
            np.testing.assert_array_equal(x.array, y.array)
