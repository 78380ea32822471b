"""Devices, threads, switches, and what is there for programs that would use a GPU."""

from __future__ import annotations

import copy
import io
import pickle
import threading
import warnings

import pytest

import autograd
import nn
import optim


def test_a_device_is_a_context_of_its_thread():
    seen = []
    with autograd.device("cuda"):
        assert autograd.get_default_device() == autograd.device("cuda")
        for make in (autograd.zeros, autograd.rand, autograd.arange, lambda n: autograd.tensor([n])):
            with pytest.raises(AssertionError, match="no CUDA"):
                make(2)
        assert autograd.zeros(2, device="cpu").tolist() == [0, 0]
        thread = threading.Thread(target=lambda: seen.append(autograd.get_default_device()))
        thread.start()
        thread.join()
        with autograd.device("cpu"):
            autograd.zeros(1)
    assert seen == [autograd.device("cpu")] == [autograd.get_default_device()]
    autograd.set_default_device("meta")
    try:
        with pytest.raises(RuntimeError, match="'meta' can't hold tensors"):
            autograd.ones(2)
    finally:
        autograd.set_default_device(None)
    assert autograd.ones(1).to(autograd.float64).device == autograd.device("cpu")


def test_threads_can_be_set():
    before = autograd.get_num_threads()
    try:
        autograd.set_num_threads(1)
        assert autograd.get_num_threads() == 1
    finally:
        autograd.set_num_threads(before)
    assert autograd.get_num_threads() == before >= 1


def test_switches_of_absent_libraries_can_be_set():
    autograd.backends.cudnn.benchmark = True
    autograd.backends.cuda.matmul.allow_tf32 = True
    try:
        assert (autograd.ones(2, 2) @ autograd.ones(2, 2)).tolist() == [[2, 2], [2, 2]]
    finally:
        autograd.backends.cudnn.benchmark = autograd.backends.cuda.matmul.allow_tf32 = False
    with pytest.warns(FutureWarning, match="sdpa_kernel"), autograd.backends.cuda.sdp_kernel(enable_flash=False):
        assert not autograd.backends.cuda.flash_sdp_enabled()
    assert autograd.backends.cuda.flash_sdp_enabled()
    with pytest.warns(UserWarning, match="no effect"):
        autograd.set_float32_matmul_precision("low")
    autograd.set_num_interop_threads(2)
    autograd.set_warn_always(True)
    assert (autograd.get_num_interop_threads(), autograd.is_warn_always_enabled()) == (2, True)
    autograd.set_num_interop_threads(1)
    autograd.set_warn_always(False)
    assert autograd.set_flush_denormal(True) is False


def test_mixed_precision_is_off():
    """The training loop of PyTorch's documentation, with autocast and GradScaler, is an ordinary one."""
    with pytest.warns(UserWarning, match="Disabling autocast"):
        context = autograd.autocast("cuda", dtype=autograd.float16)
    with pytest.warns(UserWarning, match="GradScaler is enabled, but"):
        scaler = autograd.cuda.amp.GradScaler()
    w = nn.Parameter(autograd.tensor([2.0]))
    optimizer = optim.SGD([w], lr=0.25)
    with context:
        loss = (w * w).sum()
    assert loss.dtype is autograd.float32
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    scaler.step(optimizer)
    scaler.update()
    assert w.tolist() == [1.0]
    assert scaler.state_dict() == {}
    assert context(lambda: autograd.is_autocast_enabled())() is False


def test_compile_takes_what_pytorch_takes():
    layer = nn.Linear(1, 1)
    assert list(autograd.compile(mode="max-autotune", dynamic=False)(layer).state_dict()) == [
        "_orig_mod.weight", "_orig_mod.bias",
    ]  # fmt: skip
    assert autograd.compile(layer, disable=True) is layer
    assert autograd.compiler.disable(layer) is layer
    with pytest.raises(TypeError, match="expected a function or a Module"):
        autograd.compile(3)


def test_old_ways_warn():
    with pytest.warns(UserWarning, match="arange"):
        assert autograd.range(1, 2, 0.5).tolist() == [1, 1.5, 2]
    with pytest.warns(UserWarning, match="deprecated"):
        autograd.set_default_tensor_type("torch.DoubleTensor")
    assert autograd.ones(1).dtype is autograd.float64
    autograd.set_default_dtype(autograd.float32)
    with pytest.raises(TypeError, match="only floating-point types"):
        autograd.set_default_tensor_type(autograd.LongTensor)


@pytest.mark.parametrize("method", ["bfloat16", "chalf"])
def test_types_that_numpy_lacks_say_so(method):
    with pytest.raises(TypeError, match="NumPy has none"):
        getattr(autograd.ones(2), method)()


def test_bfloat16_can_be_named():
    """As programs do that choose a dtype by name, or ask whether a tensor's is one of several."""
    kind = autograd.bfloat16
    assert {"float32": autograd.float32, "bfloat16": kind}["bfloat16"] is kind
    assert autograd.ones(1).dtype not in (autograd.float16, kind)
    assert (repr(kind), kind.itemsize, kind.is_floating_point) == ("torch.bfloat16", 2, True)
    assert pickle.loads(pickle.dumps(kind)) is copy.deepcopy(kind) is kind


BFLOAT16 = {
    "zeros": lambda kind: autograd.zeros(2, dtype=kind),
    "tensor": lambda kind: autograd.tensor([1.0], dtype=kind),
    "to": lambda kind: autograd.ones(2).to(kind),
    "sum": lambda kind: autograd.ones(2).sum(dtype=kind),
    "default": autograd.set_default_dtype,
    "module": lambda kind: nn.Linear(2, 2).to(kind),
    "bfloat16": lambda kind: nn.Linear(2, 2).bfloat16(),
    "finfo": autograd.finfo,
}


@pytest.mark.parametrize("use", BFLOAT16)
def test_no_tensor_is_of_bfloat16(use):
    with pytest.raises(TypeError, match="no bfloat16 here, as NumPy has none: use float32"):
        BFLOAT16[use](autograd.bfloat16)
    assert autograd.get_default_dtype() is autograd.float32


def test_a_tensor_of_the_type_tensor_has_the_default_dtype():
    assert (autograd.arange(2) > 0).type(autograd.Tensor).dtype is autograd.float32


def test_printing_can_be_set():
    """PyTorch 2.13.0 prints these lines."""
    x = autograd.tensor([1 / 3, 1e-5])
    autograd.set_printoptions(precision=2, sci_mode=False)
    assert repr(x) == "tensor([0.33, 0.00])"
    autograd.set_printoptions(profile="short")
    assert repr(autograd.arange(2000)) == "tensor([   0,    1,  ..., 1998, 1999])"
    autograd.set_printoptions(profile="default")
    assert repr(x) == "tensor([3.3333e-01, 1.0000e-05])"


def test_nothing_is_warned_about_on_import():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        buffer = io.StringIO()
        print(autograd.ones(1), file=buffer)
    assert not caught
    assert buffer.getvalue() == "tensor([1.])\n"
