"""What the functions and methods give that turn tensors into something else, or ask something of them."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

import autograd

# -- the same as in PyTorch ---------------------------------------------------------------------------------

SAME = """
torch.ones(2).to(torch.float64, False, True)
torch.ones(2).to("cpu", torch.int64)
torch.ones(2).to(torch.ones(1, dtype=torch.int8))
torch.ones(2).to(dtype=torch.int32, device="cpu", non_blocking=True, copy=False)
torch.ones(2).to(float), torch.ones(2).to(int), torch.ones(2).to(bool), torch.zeros(1, dtype=complex)
[getattr(torch.tensor([1.7, -2.0]), m)() for m in "half float double int long short char bool cfloat cdouble".split()]
torch.ones(2).type(), torch.ones(2, dtype=torch.int64).type(), torch.tensor([True]).type()
torch.ones(2).type("torch.DoubleTensor"), torch.ones(2).type(torch.LongTensor), torch.ones(2).type(torch.float16)
torch.ones(2).type_as(torch.tensor([1]))
torch.tensor(True).item(), torch.tensor(2).item(), torch.tensor([[1.5]]).item(), torch.tensor(1j).item()
torch.tensor([[1, 2], [3, 4]]).tolist(), torch.tensor(2.5).tolist(), torch.zeros(2, 0).tolist()
torch.tensor(3).__index__(), torch.tensor(True).__index__(), torch.tensor([3]).__index__()
[1, 2, 3][torch.tensor(1)], int(torch.tensor([2.7])), float(torch.tensor(2)), complex(torch.tensor(2.0))
bool(torch.tensor([[2]])), bool(torch.tensor(0.0)), len(torch.ones(3, 2)), list(torch.arange(3))
3 in torch.arange(5), 7 in torch.arange(5), torch.tensor([1.0, 2.0]) in torch.ones(2, 2)
list(reversed(torch.arange(3))), reversed(torch.arange(4).reshape(2, 2)), reversed(torch.tensor(3))
f"{torch.tensor(3.14159):.2f}", f"{torch.ones(2)}", f"{torch.tensor(7)}", format(torch.tensor(7), "03d")
torch.ones(2, 3).size(), torch.ones(2, 3).size(-1), torch.ones(2, 3).stride(), torch.ones(2, 3).stride(0)
torch.ones(4, 3, 2).permute(2, 0, 1).stride(), torch.ones(3)[None].shape, torch.ones(2, 3).t().is_contiguous()
torch.Size([1, 2]) + (3,), (3,) + torch.Size([1]), torch.Size([2, 3]) * 2, torch.Size([2, 3])[0:1], torch.Size([2, 3])[1]
torch.Size([2, 3]).numel(), torch.Size().numel(), torch.Size((2, 3)) == (2, 3), torch.Size([torch.tensor(1), 2])
hash(torch.Size([2, 3])) == hash((2, 3)), torch.Size([1, 2]).index(2), torch.Size([1, 1]).count(1)
torch.finfo(torch.float32), torch.finfo(), torch.finfo(torch.float16), torch.finfo(torch.float64), torch.iinfo(torch.uint8)
torch.finfo(torch.float16).smallest_normal, torch.finfo(torch.float32).resolution, torch.iinfo(torch.int64).max
[torch.can_cast(a, b) for a in DTYPES for b in DTYPES]
[torch.promote_types(a, b) for a in DTYPES for b in DTYPES]
[torch.result_type(torch.ones(2, dtype=a), torch.ones((), dtype=b)) for a in FULL for b in DTYPES]
[torch.result_type(torch.ones(2, dtype=a), n) for a in FULL for n in (True, 2, 2.5, 1j)]
torch.result_type(3, 4.5), torch.result_type(True, 1), torch.result_type(1, torch.tensor([True]))
torch.tensor(np.float64(2)), torch.tensor([np.float64(1), 2.0]), torch.tensor([np.float32(1)]), torch.tensor(np.int8(1))
torch.tensor([torch.ones((), dtype=torch.float64), 1.0]), torch.tensor([np.ones(2, np.float32), [1.0, 2.0]])
torch.ones(2) + np.float64(1), torch.ones(2) * np.float64(1), np.float64(1) * torch.ones(2)
torch.as_tensor([1, 2], dtype=torch.float32), torch.as_tensor(3), torch.as_tensor(np.arange(3))
torch.asarray([1, 2]), torch.asarray(3.5), torch.asarray(torch.ones(2), copy=True), torch.asarray(np.float32(2))
torch.asarray([1.0, 2.0], requires_grad=True), torch.asarray(bytearray(8)), torch.asarray(np.arange(3), dtype=torch.float32)
torch.frombuffer(bytearray(range(8)), dtype=torch.int16, count=2, offset=2)
torch.from_numpy(np.arange(3)), torch.from_dlpack(np.ones(2)), torch.from_numpy(np.array(2.0))
torch.ones(2).numpy(), torch.ones(2, requires_grad=True).numpy(force=True), np.asarray(torch.ones(2)).dtype
torch.ones(2).__array__(float), torch.ones(2).__dlpack_device__()[1]
[torch.tensor([-math.inf, -2.5, -1.0, -0.0, 0.0, 2.0, math.inf, math.nan]) ** n for n in (3, 4, 5, -2, -3, -0.5, 3.0)]
torch.ones(2).clamp(torch.tensor([math.nan, 0.0])), torch.ones(2).clamp(max=torch.tensor([math.nan, 0.0]))
torch.scalar_tensor(3), torch.is_tensor(torch.ones(1)), torch.is_tensor([1]), torch.numel(torch.ones(2, 3))
torch.is_floating_point(torch.ones(1)), torch.is_complex(torch.ones(1)), torch.is_signed(torch.tensor(True))
torch.is_nonzero(torch.tensor([0.0])), torch.tensor([[3]]).is_nonzero(), torch.is_same_size(torch.ones(2), torch.zeros(2))
torch.typename(torch.ones(2)), torch.typename(3), torch.typename("a"), torch.typename(len)
torch.ones(2).element_size(), torch.ones(2, dtype=torch.float16).nbytes, torch.ones(2).itemsize, torch.ones(2).get_device()
torch.ones(2).is_cpu, torch.ones(2).is_cuda, torch.ones(2).is_sparse, torch.ones(2).is_quantized, torch.ones(2).name
torch.ones(2).device, torch.ones(2).layout, torch.ones(2).is_leaf, torch.ones(2).grad_fn, torch.ones(2).is_inference()
torch.ones(2).new_full((2,), 3), torch.ones(2).new_zeros(2, 2), torch.ones(2).new_tensor([1, 2]), torch.ones(2).new_ones(2)
torch.ones(2).new_empty_strided((2, 2), (1, 2)).stride(), torch.ones(2, dtype=torch.int8).new([1, 2])
torch.Tensor([1, 2]), torch.Tensor(2, 3).shape, torch.Tensor().shape, torch.Tensor(torch.Size([2])).shape
torch.FloatTensor([1, 2]), torch.LongTensor([1.5, 2]), torch.FloatTensor(2, 3).shape, torch.LongTensor(3).dtype
torch.FloatTensor(), torch.FloatTensor(torch.ones(2)), torch.ByteTensor([True]), torch.FloatTensor.dtype
isinstance(torch.ones(2), torch.FloatTensor), isinstance(torch.ones(2), torch.LongTensor), torch.FloatTensor
torch.ones(2, 3, 4).transpose(0, 2).dim_order(), torch.ones(2, 3).t()[:, None].dim_order(), torch.ones(()).dim_order()
torch.ones(2).apply_(lambda v: v + 1), torch.ones(2, dtype=torch.int64).apply_(lambda v: v + 1.5)
torch.tensor([True, False]).apply_(lambda v: not v), torch.arange(6.0).reshape(2, 3).t().apply_(lambda v: v * v)
torch.ones(2, 2).map_(torch.tensor([3.0, 4.0]), lambda a, b: a - b)
torch.ones(2).map2_(torch.ones(2), torch.ones(2), lambda a, b, c: a + b + c)
torch.zeros(3, 3).fill_diagonal_(5), torch.zeros(7, 3).fill_diagonal_(5, wrap=True), torch.zeros(2, 5).fill_diagonal_(1, True)
torch.zeros(2, 2, 2).fill_diagonal_(5), torch.zeros(0, 3).fill_diagonal_(5), torch.zeros(7, 3).fill_diagonal_(5)
torch.arange(6).reshape(2, 3).t().resize_(2, 2), torch.arange(6)[2:].resize_(2), torch.arange(4).resize_(2, 1)
torch.arange(4).resize_as_(torch.ones(2)), torch.arange(6)[4:].resize_(1, 2), torch.arange(2).resize_((0,))
torch.ones(2).set_(torch.arange(3.0)), torch.ones(2).set_(), torch.ones(3).set_(torch.arange(4.0).untyped_storage(), 1, (2,), (2,))
torch.ones(3).set_(torch.arange(4.0).untyped_storage()), torch.ones(2).is_set_to(torch.ones(2))
torch.arange(4).untyped_storage().nbytes(), torch.arange(4.0)[1:].untyped_storage().size(), torch.tensor([1]).untyped_storage().tolist()
torch.is_storage(torch.ones(1).untyped_storage()), torch.is_storage(torch.ones(1)), torch.ones(2).is_pinned()
torch.abs_(torch.tensor([-1.0])), torch.relu_(torch.tensor([-1.0])), torch.zero_(torch.ones(2)), torch.fill_(torch.ones(2), 3)
torch.tensor([1.0, 2.0, 3.0]).eq_(2), torch.tensor([1, 2]).eq_(1.5), torch.tensor([1.0, 2.0]).gt_(1)
torch.select_copy(torch.arange(4).reshape(2, 2), 0, 1), torch.slice_copy(torch.arange(6).reshape(2, 3), 1, 1, 3)
torch.split_copy(torch.arange(4), 2), torch.unsafe_split_with_sizes(torch.arange(4), [1, 3]), torch.detach_copy(torch.ones(2))
torch.view_as_real_copy(torch.ones(2, dtype=torch.complex64)), torch.view_as_complex_copy(torch.ones(2, 2))
torch.detach(torch.ones(2, requires_grad=True)), torch.ones(2).narrow_copy(0, 1, 1), torch.get_device(torch.ones(1))
torch.pi, torch.e, torch.inf, math.isnan(torch.nan), torch.newaxis
torch.equal(torch.ones(2), torch.ones(3)), torch.equal(torch.ones(2), torch.ones(2)), torch.allclose(torch.ones(2), torch.ones(2))
torch.cartesian_prod(torch.tensor([1, 2]), torch.tensor([3, 4])), torch.combinations(torch.tensor([1, 2, 3]), 2, True)
torch.block_diag(torch.ones(2), torch.tensor(3.0), torch.ones(2, 2)), torch.broadcast_shapes((2, 1), (3,))
torch.broadcast_tensors(torch.ones(2, 1), torch.ones(3)), torch.meshgrid(torch.arange(2), torch.arange(3), indexing="xy")
torch.device("cpu"), torch.device("cuda:1"), torch.device("cuda", 1).index, str(torch.device("cuda:1")), torch.device(type="cpu")
torch.device("cpu") == torch.device("cpu", 0), torch.device(torch.device("cpu")), hash(torch.device("cpu")) == hash(torch.device("cpu"))
torch.zeros(2, device=torch.device("cpu", 0)).device, torch.get_default_device()
torch.cuda.is_available(), torch.cuda.device_count(), torch.cuda.is_initialized(), torch.cuda.memory_allocated()
torch.cuda.manual_seed(1), torch.cuda.manual_seed_all(1), torch.cuda.seed(), torch.cuda.empty_cache(), torch.cuda.get_arch_list()
torch.backends.mps.is_available(), torch.backends.mps.is_built(), torch.backends.cudnn.is_available(), torch.backends.cudnn.version()
torch.backends.cudnn.enabled, torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic, torch.backends.cuda.is_built()
torch.mps.is_available(), torch.xpu.is_available(), torch.accelerator.is_available(), torch.accelerator.current_accelerator()
torch.is_autocast_enabled(), torch.amp.GradScaler(enabled=False).get_scale(), torch.autocast("cpu", enabled=False).device
torch.are_deterministic_algorithms_enabled(), torch.get_deterministic_debug_mode(), torch.get_float32_matmul_precision()
torch.set_float32_matmul_precision("high"), torch.get_float32_matmul_precision(), torch.set_float32_matmul_precision("highest")
torch.use_deterministic_algorithms(True, warn_only=True), torch.get_deterministic_debug_mode(), torch.is_deterministic_algorithms_warn_only_enabled(), torch.set_deterministic_debug_mode("default")
torch.version.cuda, torch.version.hip, torch.utils.dlpack.from_dlpack(torch.utils.dlpack.to_dlpack(torch.ones(2)))
""".strip().splitlines()

FULL = ("bool", "uint8", "int8", "int16", "int32", "int64", "float32", "float64", "complex64", "complex128")
"""The dtypes without float16, whose complex partner NumPy lacks."""


def value_of(expression, library):
    """The value of an expression that is written for `torch`, in a library."""
    full = [getattr(library, name) for name in FULL]
    known = {"torch": library, "np": np, "math": math, "FULL": full, "DTYPES": [library.float16, *full]}
    return eval(expression, known)


@pytest.mark.filterwarnings("ignore:Creating a tensor from a list:UserWarning")
@pytest.mark.parametrize("expression", SAME)
def test_gives_what_pytorch_gives(torch, expression):
    assert repr(value_of(expression, autograd)) == repr(value_of(expression, torch))


REFUSED = (
    ("torch.ones(2).to(torch.float64, torch.float32)", r"to\(\) received an invalid combination"),
    ("torch.ones(2).to('cuda')", "no CUDA.*Use device='cpu'"),
    ("torch.ones(2).cuda()", "no CUDA"),
    ("torch.zeros(2, device='cuda')", "no CUDA"),
    ("torch.ones(2).type('foo')", "invalid type: 'foo'"),
    ("torch.ones(2).type_as(3)", "'other'.*must be Tensor, not int"),
    ("torch.ones(0).item()", "0 elements"),
    ("torch.ones(2).item()", "2 elements"),
    ("torch.ones(2)[0].__index__()", "only integer tensors"),
    ("'a' in torch.arange(3)", "only supports Tensor or scalar"),
    ("f'{torch.ones(2):.2f}'", "unsupported format"),
    ("bool(torch.tensor([]))", "no values is ambiguous"),
    ("bool(torch.ones(2))", "more than one value is ambiguous"),
    ("float(torch.ones(2))", "only one element tensors"),
    ("float(torch.tensor([1 + 2j]))", "complex"),
    ("len(torch.tensor(1))", "0-d tensor"),
    ("iter(torch.tensor(1))", "0-d tensor"),
    ("torch.arange(3).__delitem__(0)", "does not support deleting"),
    ("torch.ones(2).stride(5)", r"stride: Dimension out of range.*\[-1, 0\], but got 5"),
    ("torch.ones(2).size(5)", r"Dimension out of range"),
    ("torch.Size([1.5])", r"item 0 is 'float'"),
    ("torch.Size('ab')", r"item 0 is 'str'"),
    ("torch.Size([1]) + [3]", "can only concatenate tuple"),
    ("torch.finfo(torch.int8)", "iinfo"),
    ("torch.iinfo(torch.float32)", "finfo"),
    ("torch.can_cast(3, torch.int64)", "'from_'.*must be torch.dtype, not int"),
    ("torch.promote_types(torch.float32, 3)", "'type2'.*must be torch.dtype, not int"),
    ("torch.promote_types(torch.uint16, torch.int8)", "uint16.*not supported"),
    ("torch.result_type('a', 1)", "expected a Tensor or a number|no dtype for a str"),
    ("torch.set_default_dtype(torch.int32)", "only floating-point"),
    ("torch.tensor([1, None])", "Could not infer dtype of NoneType"),
    ("torch.tensor('a')", "numbers"),
    ("torch.tensor([[1], [1, 2]])", r"expected sequence of length 1 at dim 1 \(got 2"),
    ("torch.tensor([300], dtype=torch.uint8)", "overflow"),
    ("torch.tensor(1, requires_grad=True)", "floating point and complex"),
    ("torch.asarray(torch.ones(2), copy=False, dtype=torch.float64)", "can't alias tensor with dtype"),
    ("torch.asarray([1, 2], copy=False)", "can't alias arbitrary sequence"),
    ("torch.from_numpy([1])", r"expected np.ndarray \(got list\)"),
    ("torch.from_numpy(np.array(['a']))", "supported types are"),
    ("torch.from_dlpack(3)", "invalid capsule"),
    ("torch.ones(2, requires_grad=True).__dlpack__()", "detach"),
    ("torch.ones(2, requires_grad=True).numpy()", "detach"),
    ("torch.frombuffer(3, dtype=torch.float32)", "buffer protocol"),
    ("torch.frombuffer(bytearray(8), dtype=torch.float32, count=3)", r"\(3 \* 4 bytes\)"),
    ("torch.frombuffer(bytearray(8), dtype=torch.float32, offset=3)", "multiple of element size"),
    ("torch.frombuffer(bytearray(8), dtype=torch.float32, offset=8)", r"offset \(8 bytes\)"),
    ("torch.frombuffer(bytearray(0), dtype=torch.float32)", "must not be 0"),
    ("torch.frombuffer(bytearray(8))", "dtype"),
    ("torch.is_nonzero(torch.tensor([1, 2]))", "ambiguous"),
    ("torch.is_nonzero(3)", "must be Tensor, not int"),
    ("torch.numel(3)", "must be Tensor, not int"),
    ("torch.FloatTensor(3.5)", "must be a sequence"),
    ("torch.IntTensor(torch.ones(2))", "expected"),
    ("torch.Tensor(3.5)", "must be a sequence"),
    ("torch.ones(2, requires_grad=True).apply_(abs)", r"detach\(\).apply_\(\)"),
    ("torch.ones(2).map_(torch.tensor([3, 4]), max)", r"expected torch.FloatTensor for 'other' \(got torch.LongTensor"),
    ("torch.ones(2).map_(torch.ones(3), max)", r"\(2\) must match the existing size \(3\)"),
    ("torch.zeros(3).fill_diagonal_(5)", "dimensions must larger than 1"),
    ("torch.zeros(2, 3, 3).fill_diagonal_(5)", "equal length"),
    ("torch.ones(2, requires_grad=True).resize_(3)", "require grad"),
    ("torch.ones(2, requires_grad=True).set_(torch.ones(3))", "leaf Variable that requires grad"),
    ("torch.ones(2).set_(torch.ones(2, dtype=torch.float64))", "Could not set tensor of type"),
    ("torch.ones(2).pin_memory()", "Cannot access accelerator device when none is available"),
    ("torch.isclose(torch.ones(4), torch.ones(5))", r"size of tensor a \(4\) must match the size of tensor b \(5\)"),
    ("torch.allclose(torch.ones(4), torch.ones(2, 5))", r"size of tensor a \(4\) must match"),
    ("torch.set_num_threads(0)", "positive integer"),
    ("torch.set_num_threads(1.5)", "expects an int, but got float"),
    ("torch.set_deterministic_debug_mode('foo')", "invalid value of debug_mode"),
    ("torch.device('foo')", "Expected one of"),
    ("torch.device('cpu:-1')", "cpu:-1"),
    ("torch.device('cuda:1', 1)", "must not include an index"),
    ("torch.device()", "device()"),
    ("torch.autocast('foo')", "Expected one of"),
    ("torch.tensor([]).argmax()", "reduction dim to be specified for input.numel.. == 0"),
    ("torch.tensor([]).argmin()", "reduction dim to be specified for input.numel.. == 0"),
    ("torch.tensor([]).max()", "reduction dim to be specified for input.numel.. == 0"),
    ("torch.zeros(0, 3).amin()", "reduction dim to be specified for input.numel.. == 0"),
    ("torch.zeros(0, 3).argmax(0)", "reduction dim 0 to have non-zero size"),
    ("torch.zeros(3, 0).amax(1)", "reduction dim 1 to have non-zero size"),
    ("torch.ones(2)['a']", "got str"),
    ("torch.cuda.current_device()", "no CUDA"),
    ("torch.cuda.synchronize()", "no CUDA"),
    ("torch.accelerator.synchronize()", "none is available"),
    ("torch.accelerator.current_device_index()", "none is available"),
)


@pytest.mark.parametrize(("expression", "text"), REFUSED, ids=[expression for expression, _ in REFUSED])
def test_says_what_is_wrong(expression, text):
    with pytest.raises(Exception, match=f"(?i){text}"):
        value_of(expression, autograd)


@pytest.mark.parametrize("expression", [expression for expression, _ in REFUSED])
def test_refuses_what_pytorch_refuses_with_the_same_error(torch, expression):
    with pytest.raises(Exception) as theirs:  # noqa: PT011 (whatever it raises)
        value_of(expression, torch)
    with pytest.raises(type(theirs.value)):
        value_of(expression, autograd)


def test_a_grid_without_indexing_is_warned_of_in_pytorchs_words(torch):
    for library in (torch, autograd):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            grids = library.meshgrid(library.arange(2), library.arange(3))
        assert [grid.tolist() for grid in grids] == [[[0, 0, 0], [1, 1, 1]], [[0, 1, 2], [0, 1, 2]]]
        if library is autograd:  # PyTorch warns once in a process
            assert [each.category for each in caught] == [UserWarning]
        assert all("it will be required to pass the indexing argument" in str(each.message) for each in caught)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 3, 4)])
def test_reversing_the_dimensions_of_what_is_no_matrix_is_warned_of(shape):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert autograd.zeros(shape).T.shape == shape[::-1]
    assert ["`x.T` on tensors of dimension other than 2" in str(each.message) for each in caught] == [True] * (
        len(shape) != 2
    )
