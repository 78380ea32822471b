"""The Tensor itself: attributes, conversions, the rules about requires_grad, copies."""

from __future__ import annotations

import copy
import gc
import io
import pickle
import weakref

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor
from autograd.tensor import tensor_of

SHAPES = [(), (0,), (1,), (3,), (2, 3), (2, 0, 3), (1, 1), (2, 1, 4)]


def filled(library, shape, dtype="float32", **kwargs):
    numbers = np.arange(max(int(np.prod(shape)), 0)).reshape(shape) + 1
    made = library.tensor(numbers.tolist() if shape else int(numbers), dtype=getattr(library, dtype), **kwargs)
    return made.reshape(shape)  # which nested lists can't always tell


# -- attributes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "bool", "complex64", "uint8", "float16"])
@pytest.mark.parametrize("shape", SHAPES)
def test_attributes_are_torchs(torch, shape, dtype):
    ours, theirs = filled(autograd, shape, dtype), filled(torch, shape, dtype)
    assert tuple(ours.shape) == tuple(theirs.shape)
    assert ours.shape == ours.size()
    assert repr(ours.shape) == repr(theirs.shape)
    assert ours.shape.numel() == theirs.shape.numel()
    for name in ("ndim", "itemsize", "nbytes", "requires_grad", "is_leaf", "grad_fn", "grad", "is_sparse",
                 "is_quantized", "is_cuda", "output_nr"):  # fmt: skip
        assert getattr(ours, name) == getattr(theirs, name), name
    for name in ("dim", "ndimension", "numel", "nelement", "element_size", "stride", "is_contiguous", "is_floating_point",
                 "is_complex", "is_signed", "get_device", "storage_offset", "tolist", "type"):  # fmt: skip
        if name != "stride" or ours.numel():  # NumPy and PyTorch differ on the strides of nothing
            assert getattr(ours, name)() == getattr(theirs, name)(), name
    assert str(ours.dtype) == str(theirs.dtype)
    assert str(ours.device) == str(theirs.device)
    assert ours.device.type == "cpu"
    assert ours._version == 0
    assert [ours.size(d) for d in range(-len(shape), len(shape))] == [
        theirs.size(d) for d in range(-len(shape), len(shape))
    ]


def test_classes_print_by_torchs_names(torch):
    assert [repr(kind) for kind in (Tensor, autograd.Size, nn.Parameter, nn.Buffer)] == [
        repr(kind) for kind in (torch.Tensor, torch.Size, torch.nn.Parameter, torch.nn.Buffer)
    ]

    class Mine(Tensor):
        """A user's own."""

    assert "Mine" in repr(Mine)
    assert "<class 'torch" not in repr(Mine)


NO_TENSORS = [
    "a", "", b"a", ["a"], [["a"]], [1, "a"], None, [None], [1.0, None], object(), {1: 2}, [{}], {1}, object,
    iter([1]), [1, [2]], [[1], 2], [[1, 2], 3], [[1, 2], [3]],
]  # fmt: skip


@pytest.mark.parametrize("dtype", [None, "float32", "int64"])
def test_what_is_no_tensor_is_refused_by_torchs_types_of_errors(torch, dtype):
    for data in NO_TENSORS:
        kinds = []
        for library in (autograd, torch):
            with pytest.raises((TypeError, ValueError, RuntimeError)) as caught:
                library.tensor(data, dtype=dtype and getattr(library, dtype))
            kinds.append(caught.type)
        assert kinds[0] is kinds[1], (data, dtype)


def test_size_of_a_dimension_that_is_not_there():
    with pytest.raises(IndexError, match=r"Dimension out of range \(expected to be in range of \[-2, 1\], but got 2\)"):
        autograd.ones(2, 3).size(2)


def test_strides_and_contiguity(torch):
    for change in (lambda t: t, lambda t: t.T, lambda t: t[:, ::2], lambda t: t[1], lambda t: t.unsqueeze(0),
                   lambda t: t.T.contiguous(), lambda t: t[:, 0], lambda t: t.T.reshape(-1)):  # fmt: skip
        ours, theirs = change(filled(autograd, (3, 4))), change(filled(torch, (3, 4)))
        assert ours.stride() == theirs.stride()
        assert ours.is_contiguous() == theirs.is_contiguous()
        assert ours.storage_offset() == theirs.storage_offset()
    assert filled(autograd, (3, 4)).stride(0) == 4
    assert filled(autograd, (3, 4)).stride(-1) == 1


def test_a_tensor_may_have_attributes_of_the_users_own():
    t = autograd.ones(2)
    t.label = "mine"
    assert t.label == "mine"


# -- to Python and NumPy ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "dtype"), [(2.5, "float32"), (3, "int64"), (True, "bool"), (1 + 2j, "complex64")])
def test_numbers_of_one_element(torch, value, dtype):
    for shape in ((), (1,), (1, 1)):
        ours = autograd.tensor(value, dtype=getattr(autograd, dtype)).reshape(shape)
        theirs = torch.tensor(value, dtype=getattr(torch, dtype)).reshape(shape)
        for convert in (lambda t: t.item(), bool, float, int, complex, lambda t: t.tolist(), lambda t: [0, 1, 2, 3][t]):
            assert outcome(convert, ours) == outcome(convert, theirs)


def outcome(function, *args):
    """What a call gives: its result with its type, or the type of the error."""
    try:
        result = function(*args)
    except Exception as error:
        return type(error)
    return type(result), result


@pytest.mark.parametrize("shape", [(0,), (2,), (2, 2)])
@pytest.mark.parametrize("convert", [bool, float, int, complex, lambda t: t.item(), lambda t: [1][t]])
def test_numbers_of_more_elements(torch, shape, convert):
    assert outcome(convert, filled(autograd, shape)) == outcome(convert, filled(torch, shape))


def test_errors_of_conversions_name_the_shape():
    x = autograd.ones(2, 3)
    with pytest.raises(
        RuntimeError, match=r"6 elements \(shape \(2, 3\)\) cannot be converted to Scalar.*\.tolist\(\)"
    ):
        x.item()
    with pytest.raises(
        RuntimeError, match=r"more than one value is ambiguous \(shape \(2, 3\)\).*\.any\(\) or \.all\(\)"
    ):
        bool(x)
    with pytest.raises(RuntimeError, match="no values"):
        bool(autograd.ones(0))
    with pytest.raises(ValueError, match="only one element tensors can be converted to Python scalars"):
        float(x)
    with pytest.raises(TypeError, match="only integer tensors of a single element"):
        range(autograd.tensor(3.0))
    with pytest.raises(TypeError, match="0-d tensor"):
        len(autograd.tensor(3.0))
    with pytest.raises(TypeError, match="iteration over a 0-d tensor"):
        iter(autograd.tensor(3.0))


def test_len_iter_in_and_reversed(torch):
    ours, theirs = filled(autograd, (3, 2)), filled(torch, (3, 2))
    assert len(ours) == 3
    assert [row.tolist() for row in ours] == [row.tolist() for row in theirs]
    assert [row.tolist() for row in reversed(ours)] == [row.tolist() for row in reversed(theirs)]
    assert (5 in ours) == (5 in theirs)
    assert (7 in ours) == (7 in theirs)
    assert (autograd.tensor(5.0) in ours) is True
    a, b, c = filled(autograd, (3,))
    assert (a.item(), b.item(), c.item()) == (1.0, 2.0, 3.0)


def test_iterating_is_recorded():
    x = autograd.ones(3, requires_grad=True)
    first, _, last = x
    (first * 2 + last * 3).backward()
    assert x.grad.tolist() == [2.0, 0.0, 3.0]


@pytest.mark.parametrize("spec", ["", ".2f", ">10.3e", "g", "d", "x", "+.1f", "%"])
@pytest.mark.parametrize("value", [3, 2.5])
def test_format(torch, value, spec):
    ours, theirs = (outcome(format, library.tensor(value), spec) for library in (autograd, torch))
    assert ours == theirs


def test_format_of_more_elements(torch):
    assert f"{autograd.ones(2)}" == f"{torch.ones(2)}"
    with pytest.raises(TypeError):
        format(autograd.ones(2), ".2f")


def test_numpy_shares_memory():
    t = autograd.tensor([1.0, 2.0])
    array = t.numpy()
    array[0] = 7
    assert t.tolist() == [7.0, 2.0]
    t.add_(1)
    assert array.tolist() == [8.0, 3.0]
    number = autograd.tensor(1.0)
    number.numpy()[...] = 5
    assert number.item() == 5.0


def test_numpy_refuses_what_requires_grad_and_says_why():
    x = autograd.ones(2, requires_grad=True)
    for convert in (lambda: x.numpy(), lambda: np.asarray(x), lambda: np.array(x)):
        with pytest.raises(
            RuntimeError, match=r"Can't call numpy\(\) on Tensor that requires grad.*recorded.*detach\(\)"
        ):
            convert()
    assert x.numpy(force=True).tolist() == [1.0, 1.0]
    assert x.detach().numpy().tolist() == [1.0, 1.0]
    with autograd.no_grad(), pytest.raises(RuntimeError):
        x.numpy()


def test_dlpack():
    t = autograd.tensor([1.0, 2.0])
    array = np.from_dlpack(t)
    assert np.shares_memory(array, t.array)


def test_dlpack_to_torch(torch):
    t = autograd.tensor([[1.0, 2.0]])
    theirs = torch.from_dlpack(t)
    theirs[0, 0] = 9
    assert t.tolist() == [[9.0, 2.0]]


def test_tensors_are_hashed_by_identity():
    a, b = autograd.ones(2), autograd.ones(2)
    assert len({a, b, a}) == 2
    assert {a: "found"}[a] == "found"


# -- requires_grad ------------------------------------------------------------------------------------------


def test_only_floating_tensors_can_require_grad():
    for dtype in (autograd.int64, autograd.bool, autograd.uint8):
        with pytest.raises(
            RuntimeError, match=rf"only Tensors of floating point and complex dtype.*{dtype.name}.*\.float\(\)"
        ):
            autograd.ones(2, dtype=dtype).requires_grad_()
        with pytest.raises(RuntimeError, match="floating point and complex"):
            autograd.tensor([1, 2], dtype=dtype, requires_grad=True)
    assert autograd.ones(2, dtype=autograd.complex64).requires_grad_().requires_grad


def test_requires_grad_can_be_set_and_unset_on_leaves():
    x = autograd.ones(2)
    assert x.requires_grad_() is x
    assert x.requires_grad
    node = x.node
    x.requires_grad = True
    assert x.node is node
    x.requires_grad = False
    assert not (x * 2).requires_grad


def test_requires_grad_can_not_be_unset_further_down():
    y = autograd.ones(2, requires_grad=True) * 3
    with pytest.raises(RuntimeError, match=r"only change requires_grad flags of leaf.*'mul'.*detach\(\)"):
        y.requires_grad = False
    y.requires_grad = True  # which it does already
    assert not y.is_leaf


def test_results_require_grad_if_any_input_does():
    x, constant = autograd.ones(2, requires_grad=True), autograd.ones(2)
    assert (x + constant).requires_grad
    assert (constant + x).requires_grad
    assert not (constant + constant).requires_grad


# -- .grad --------------------------------------------------------------------------------------------------


def test_grad_can_be_assigned_if_it_fits():
    x = autograd.ones(2, requires_grad=True)
    x.grad = autograd.tensor([1.0, 2.0])
    (x * 1).sum().backward()
    assert x.grad.tolist() == [2.0, 3.0]
    x.grad = None
    assert x.grad is None
    del x.grad
    assert x.grad is None
    for wrong, error, text in (
        (autograd.ones(3), RuntimeError, r"size \[3\] to a tensor of size \[2\]"),
        (autograd.ones(2, dtype=autograd.float64), RuntimeError, "dtype float64 to a tensor with dtype float32"),
        ([1.0, 2.0], TypeError, "expected to be a Tensor or None"),
    ):
        with pytest.raises(error, match=text):
            x.grad = wrong
    assert x.grad is None


def test_grad_assigned_to_a_tensor_that_needs_none(torch):
    for library in (torch, autograd):
        x = library.ones(2)
        x.grad = library.ones(2)
        assert x.grad.tolist() == [1.0, 1.0]


# -- data and detach ----------------------------------------------------------------------------------------


def test_detach_shares_memory_and_nothing_else():
    x = autograd.ones(2, requires_grad=True)
    d = x.detach()
    assert not d.requires_grad
    assert d.is_leaf
    d[0] = 5
    assert x.tolist() == [5.0, 1.0]
    assert d._version == x._version == 1


def test_detach_in_place(torch):
    for library in (torch, autograd):
        y = library.ones(2, requires_grad=True) * 2
        assert y.detach_() is y
        assert not y.requires_grad
        assert y.is_leaf
        view = (library.ones(2, requires_grad=True) * 2)[0]
        with pytest.raises(RuntimeError, match="Can't detach views"):
            view.detach_()


def test_writes_through_data_count(torch):
    """PyTorch lets them pass unnoticed, and the gradient is silently wrong; ours notices."""
    x = autograd.ones(2, requires_grad=True)
    y = (x * x).sum()
    x.data.mul_(3)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.backward()


def test_data_can_be_replaced():
    x = autograd.ones(2, requires_grad=True)
    x.data = autograd.tensor([[5.0, 6.0, 7.0]])
    assert x.tolist() == [[5.0, 6.0, 7.0]]
    (x * x).sum().backward()
    assert x.grad.tolist() == [[10.0, 12.0, 14.0]]
    with pytest.raises(TypeError, match="data has to be a tensor"):
        x.data = [1.0]


def test_data_replaced_between_a_use_and_backward(torch):
    """As spectral normalization written by hand does when its layer is used twice: the new values count, in PyTorch too."""
    gradients = []
    for library in (autograd, torch):
        weight = library.tensor([2.0, 3.0], requires_grad=True)
        u = library.nn.Parameter(library.tensor([1.0, 0.0]), requires_grad=False)
        loss = u.dot(weight) ** 2
        u.data = library.tensor([0.6, 0.8])
        loss = loss + u.dot(weight) ** 2
        loss.backward()
        gradients.append(weight.grad.tolist())
    assert gradients[0] == pytest.approx(gradients[1], rel=1e-6)


def test_the_usual_way_to_update_a_leaf_by_its_data():
    w = autograd.ones(2, requires_grad=True)
    for _ in range(3):
        w.grad = None
        (w * 2).sum().backward()
        w.data -= 0.1 * w.grad.data
    assert w.tolist() == pytest.approx([0.4, 0.4])
    assert w.is_leaf


# -- copies -------------------------------------------------------------------------------------------------


def test_deepcopy():
    x = autograd.ones(2, requires_grad=True)
    (x * 3).sum().backward()
    x.label = ["mine"]
    twin = copy.deepcopy(x)
    assert twin.requires_grad
    assert twin.is_leaf
    assert twin.grad.tolist() == [3.0, 3.0]
    assert twin.label == ["mine"]
    twin.data += 1
    twin.grad += 1
    twin.label.append("other")
    assert x.tolist() == [1.0, 1.0]
    assert x.grad.tolist() == [3.0, 3.0]
    assert x.label == ["mine"]


def test_deepcopy_keeps_what_is_one_tensor_one():
    x = autograd.ones(2)
    a, b = copy.deepcopy([x, x])
    assert a is b


def test_deepcopy_refuses_what_is_in_a_graph():
    y = autograd.ones(2, requires_grad=True) * 2
    with pytest.raises(RuntimeError, match=r"Only Tensors created explicitly by the user.*'mul'.*detach\(\)"):
        copy.deepcopy(y)


def test_pickle_makes_a_leaf_of_what_is_in_a_graph():
    loss = (autograd.ones(2, requires_grad=True) * 2).sum()
    again = pickle.loads(pickle.dumps({"loss": loss}))["loss"]
    assert again.item() == 4
    assert again.is_leaf
    assert again.requires_grad


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("shape", SHAPES)
def test_pickle(shape, protocol):
    x = filled(autograd, shape, "float64").requires_grad_()
    x.label = "mine"
    buffer = io.BytesIO()
    pickle.dump(x, buffer, protocol)
    again = pickle.loads(buffer.getvalue())
    assert again.dtype is autograd.float64
    assert again.requires_grad
    assert again.shape == x.shape
    assert again.tolist() == x.tolist()
    assert again.label == "mine"
    (again * 2).sum().backward()


def test_pickled_dtypes_stay_single_objects():
    assert pickle.loads(pickle.dumps(autograd.float16)) is autograd.float16


def test_copy_of_a_tensor_shares_its_values(torch):
    for library in (torch, autograd):
        x = library.ones(2)
        y = copy.copy(x)
        y[0] = 3
        assert x.tolist() == [3.0, 1.0]


# -- the old constructor ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "args", [(), (2,), (2, 3), (0,), ([1, 2],), ([[1.5], [2]],), ((1, 2),), (3.5,), ([],)], ids=str
)
def test_the_old_constructor(torch, args):
    def made(library):
        t = library.Tensor(*args)
        return tuple(t.shape), str(t.dtype), t.tolist() if args and not isinstance(args[0], int) else None

    def attempt(library):
        try:
            return made(library)
        except (TypeError, ValueError, RuntimeError) as error:
            return type(error)

    assert attempt(autograd) == attempt(torch)


def test_a_tensor_in_the_old_constructor():
    x = autograd.ones(2)
    assert Tensor(x).tolist() == [1.0, 1.0]
    assert Tensor(autograd.Size([2, 3])).shape == (2, 3)


# -- memory -------------------------------------------------------------------------------------------------


def test_tensors_are_freed_by_refcounting():
    gc.disable()
    try:
        x = autograd.ones(5, requires_grad=True)
        view = x[1:]
        (x * 2).sum().backward()
        refs = [weakref.ref(t) for t in (x, view)]
        del x, view
        assert [r() for r in refs] == [None, None]
    finally:
        gc.enable()


def test_rank_0_results_can_be_shared_like_any_other():
    x = autograd.ones(3).sum()
    d = x.detach()
    d += 1
    assert x.item() == 4.0
    v = x.reshape(1)
    v[0] = 9
    assert x.item() == 9.0
    assert d.item() == 9.0


def test_tensor_of_takes_the_array_as_it_is():
    array = np.zeros(3)
    assert tensor_of(array).array is array


def test_the_method_split_calls_its_sizes_otherwise_than_the_function(torch):
    for library in (autograd, torch):
        parts = library.arange(5).split(split_size=[1, 4], dim=0)
        assert [part.tolist() for part in parts] == [[0], [1, 2, 3, 4]]
        assert [len(part) for part in library.split(library.arange(5), split_size_or_sections=2)] == [2, 2, 1]


def test_a_list_of_tensors_slices_or_lists_is_an_index_of_several_dimensions():
    """As in PyTorch; a list of ints alone picks rows."""
    x = autograd.arange(24).reshape(2, 3, 4)
    rows, columns = autograd.tensor([0, 1]), autograd.tensor([1, 2])
    with pytest.warns(UserWarning, match="non-tuple sequence for multidimensional indexing is deprecated"):
        assert x[[rows, columns]].tolist() == [[4, 5, 6, 7], [20, 21, 22, 23]]
        assert x[[[0, 1], [1, 2]]].tolist() == [[4, 5, 6, 7], [20, 21, 22, 23]]
        assert x[[slice(None), 0]].shape == (2, 4)
        assert x[[None, 0]].shape == (1, 3, 4)
        assert x[[0, columns]].tolist() == [[4, 5, 6, 7], [8, 9, 10, 11]]
        x[[rows, columns]] = 0
    assert x.sum().item() == sum(range(24)) - (4 + 5 + 6 + 7 + 20 + 21 + 22 + 23)
    assert x[[0, 1]].shape == (2, 3, 4)
    assert x[[autograd.tensor(0)] * 32].shape == (32, 3, 4)  # so long a list is one of rows


def test_numbers_below_zero_wrap_around_in_unsigned_types():
    assert autograd.tensor([200, -1, -255], dtype=autograd.uint8).tolist() == [200, 255, 1]
    assert autograd.tensor(-1, dtype=autograd.uint8).item() == 255
    for value in (256, -256):
        with pytest.raises(RuntimeError, match="without overflow"):
            autograd.tensor([value], dtype=autograd.uint8)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e20])
def test_whole_numbers_can_not_hold_nan(value):
    x = autograd.zeros(2, dtype=autograd.int64)
    mask = autograd.tensor([True, False])
    for write in (
        lambda: autograd.tensor([value], dtype=autograd.int64),
        lambda: autograd.full((2,), value, dtype=autograd.int64),
        lambda: x.fill_(value),
        lambda: x.masked_fill_(mask, value),
        lambda: x.__setitem__(0, value),
        lambda: x.__setitem__(mask, value),
    ):
        with pytest.raises(RuntimeError, match="without overflow"):
            write()
    assert x.tolist() == [0, 0]


def test_the_sign_of_nan_is_zero():
    x = autograd.tensor([float("nan"), -3.0, float("inf"), -0.0])
    assert x.sign().tolist() == x.sgn().tolist() == x.clone().sign_().tolist() == [0, -1, 1, 0]


def test_complex_infinities_are_not_padded_inside():
    x = autograd.tensor([complex(1, 2), complex(3.5, -4.25), complex(float("nan"), float("inf"))])
    assert str(x) == "tensor([1.0000+2.0000j, 3.5000-4.2500j,    nan+infj])"


def test_set_grad_enabled_shows_its_mode():
    assert repr(autograd.set_grad_enabled(True)) == "torch.autograd.grad_mode.set_grad_enabled(mode=True)"


@pytest.mark.parametrize("dtype", [autograd.uint8, autograd.int8, autograd.int16, autograd.int32])
def test_sums_and_products_keep_the_narrow_dtype_they_are_asked_for(dtype):
    x = autograd.tensor([[100.0, 100.0], [2.0, 1.5]])
    wide = np.array([[100, 100], [2, 1]])
    for name, of_numpy in (("sum", np.sum), ("prod", np.prod)):
        found = getattr(x, name)(dtype=dtype)
        assert found.dtype is dtype
        assert found.item() == of_numpy(wide).astype(dtype.name)
        assert getattr(x, name)(1, dtype=dtype).tolist() == of_numpy(wide, 1).astype(dtype.name).tolist()
    for name, of_numpy in (("cumsum", np.cumsum), ("cumprod", np.cumprod)):
        found = getattr(x, name)(1, dtype=dtype)
        assert found.dtype is dtype
        assert found.tolist() == of_numpy(wide, 1).astype(dtype.name).tolist()
    assert autograd.nansum(x, dtype=dtype).dtype is dtype


def test_sums_of_bools_say_whether_any_is_true():
    x = autograd.tensor([[0.0, 2.0], [0.0, 0.0]])
    assert x.sum(1, dtype=autograd.bool).tolist() == [True, False]
    assert x.prod(1, dtype=autograd.bool).tolist() == [False, False]


def test_a_remainder_of_zero_has_the_sign_of_what_is_divided():
    """As fmod has, of which PyTorch makes it: zeros are not printed as -0."""
    x = autograd.tensor([0.0, -0.0, 3.0, -3.0, 4.0])
    signs = [1, -1, 1, -1]
    for divisor in (3, -3, autograd.tensor(-3.0)):
        assert np.copysign(1, (x % divisor).numpy())[:4].tolist() == signs
    assert (x % -3)[4].item() == -2
