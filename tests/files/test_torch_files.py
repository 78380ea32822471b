"""Files from PyTorch load here, and files from here load in PyTorch."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections import OrderedDict

import numpy as np
import pytest

import autograd as ag
import nn
import optim
from autograd import dtypes
from autograd.files import torch_zip
from tests.files.contents import loaded, same, saved

torch = pytest.importorskip("torch", reason="PyTorch is not installed: nothing to exchange files with")

pytestmark = pytest.mark.torch

both_formats = pytest.mark.parametrize("new", [True, False], ids=["zip", "legacy"])


def saved_there(obj, new=True):
    file = io.BytesIO()
    torch.save(obj, file, _use_new_zipfile_serialization=new)
    return file.getvalue()


def loaded_there(content):
    return torch.load(io.BytesIO(content), weights_only=True)


def agree(ours, theirs):
    """Assert that the same is here and there: tensors by dtype, shape, stride, values; the rest by what it prints."""
    if isinstance(theirs, torch.Tensor):
        assert isinstance(ours, ag.Tensor)
        assert ours.dtype.name == str(theirs.dtype).removeprefix("torch.")
        assert tuple(ours.shape) == tuple(theirs.shape)
        if ours.numel():
            assert ours.stride() == theirs.stride()
        assert ours.requires_grad == theirs.requires_grad
        assert isinstance(ours, nn.Parameter) == isinstance(theirs, torch.nn.Parameter)
        np.testing.assert_array_equal(ours.detach().numpy(), theirs.detach().resolve_conj().resolve_neg().numpy())
    elif isinstance(theirs, dict):
        assert [*map(repr, ours)] == [*map(repr, theirs)]
        assert type(ours) is type(theirs)
        for x, y in zip(ours.values(), theirs.values(), strict=True):
            agree(x, y)
    elif type(theirs) in (list, tuple):
        assert type(ours) is type(theirs)
        assert len(ours) == len(theirs)
        for x, y in zip(ours, theirs, strict=True):
            agree(x, y)
    else:
        assert repr(ours) == repr(theirs)


def zoo(t, parameter, buffer, is_old):
    """The same values here (t = autograd) and there (t = torch)."""
    whole = t.arange(24.0)
    cube = whole.reshape(2, 3, 4)
    kinds = [d.name for d in dtypes.ALL if not (is_old and d.name in ("uint16", "uint32", "uint64"))]
    named = parameter(t.ones(2))
    named.note = "mine"
    marked = t.zeros(1)
    marked.note = {"a": 1}
    return {
        "dtypes": [t.tensor([0, 1, 1, 0]).to(getattr(t, name)) for name in kinds],
        "special": t.tensor([float("nan"), float("inf"), -float("inf"), -0.0, 1e-45]),
        "views": (whole, cube, cube.permute(2, 0, 1), whole[3:7], cube[:, 1, ::2], cube.transpose(0, 2)[1]),
        "0-d": t.tensor(3.0, dtype=t.float64), "whole number": t.tensor(2**62), "empty": [t.zeros(0), t.zeros(0, 3)],
        "expanded": t.ones(1).expand(3, 4), "wants a gradient": t.ones(2, requires_grad=True),
        "parameters": [parameter(t.ones(2, 3)), parameter(t.ones(2), requires_grad=False), named],
        "attributes": [buffer(t.ones(2)), marked], "complex": t.tensor([1 + 2j, -1j]),
        "names": [t.float32, t.int64, t.bool, t.Size([2, 3]), t.Size([]), t.device("cpu"), t.strided],
        "plain": [1, -1, 2**40, -(2**70), 1.5, True, None, "text", "é\N{CRAB}", b"\x00\xff", bytearray(b"x"), 1j, {3}, (), [], {}],
        "keys": {1: 1, "1": 2, (1, "a"): 3, 2.5: 4, None: 5},
        "ordered": OrderedDict(b=1, a=[OrderedDict()]),
    }  # fmt: skip


@both_formats
def test_from_there_to_here(new):
    theirs = zoo(torch, torch.nn.Parameter, torch.nn.Buffer, is_old=not new)
    ours = loaded(saved_there(theirs, new))
    agree(ours, theirs)
    assert len({t.untyped_storage().data_ptr() for t in ours["views"]}) == 1
    assert ours["parameters"][2].note == "mine"
    assert ours["attributes"][1].note == {"a": 1}
    assert isinstance(ours["attributes"][0], nn.Buffer)
    agree(loaded(saved_there(theirs, new), weights_only=False), theirs)


@both_formats
def test_from_here_to_there(new):
    ours = zoo(ag, nn.Parameter, nn.Buffer, is_old=not new)
    theirs = loaded_there(saved(ours, _use_new_zipfile_serialization=new))
    agree(ours, theirs)
    assert len({t.untyped_storage().data_ptr() for t in theirs["views"]}) == 1
    assert theirs["parameters"][2].note == "mine"
    assert isinstance(theirs["attributes"][0], torch.nn.Buffer)


def test_there_and_back_again():
    ours = zoo(ag, nn.Parameter, nn.Buffer, is_old=False)
    same(loaded(saved_there(loaded_there(saved(ours)))), ours)


def test_values_that_are_only_marked():
    z = torch.tensor([1 + 2j, 3 - 1j])
    for theirs in (z.conj(), z.conj().imag):
        agree(loaded(saved_there(theirs)), theirs.resolve_conj().resolve_neg())


def test_bfloat16_becomes_float32():
    values = torch.tensor([1.0, -2.5, 3e38, float("inf"), 1e-40]).to(torch.bfloat16)
    for new in (True, False):
        content = saved_there({"x": values, "part": values[1:3]}, new)
        with pytest.warns(UserWarning, match="bfloat16.*read as float32") as caught:
            found = loaded(content)
        assert caught[0].filename.endswith("contents.py")  # the line outside the library
        assert found["x"].dtype is ag.float32
        np.testing.assert_array_equal(found["x"].numpy(), values.float().numpy())
        assert found["part"].tolist() == found["x"][1:3].tolist()


@pytest.mark.parametrize(
    ("theirs", "name"),
    [
        (torch.zeros(2).to(torch.float8_e5m2), "torch.float8_e5m2"),
        (torch.eye(2).to_sparse(), "torch._utils._rebuild_sparse_tensor"),
        (torch.nn.Linear(2, 2), "torch.nn.modules.linear.Linear"),
    ],
    ids=["float8", "sparse", "module"],
)
def test_what_has_no_counterpart(theirs, name):
    for weights_only in (True, False):
        with pytest.raises(pickle.UnpicklingError, match=f"GLOBAL {name} has no counterpart in chalkgrad"):
            loaded(saved_there(theirs), weights_only=weights_only)


def test_programs_in_pytorchs_own_language():
    file = io.BytesIO()
    with pytest.warns(DeprecationWarning, match="jit"):
        torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), file)
    with pytest.raises(RuntimeError, match="TorchScript archive.*state_dict"):
        loaded(file.getvalue())


@both_formats
def test_a_file_from_a_gpu(new):
    """Made by hand on a computer without one: the pickle says where each storage was."""
    content = saved_there(torch.arange(3), new)
    program = content.replace(b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:0")
    if new:
        file = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w") as packed:
            for name in old.namelist():
                packed.writestr(name, old.read(name).replace(b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:0"))
        program = file.getvalue()
    places = []
    assert loaded(program).tolist() == [0, 1, 2]
    assert loaded(program, map_location={"cuda:0": "cpu"}).tolist() == [0, 1, 2]
    loaded(program, map_location=lambda storage, location: places.append(location))
    assert places == ["cuda:0"]
    with pytest.raises(RuntimeError, match="CUDA"):
        loaded(program, map_location={"cuda:0": "cuda:1"})


def test_archives_that_were_packed_again():
    x = torch.arange(1000)
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved_there(x))) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in old.namelist():
            packed.writestr(name, old.read(name))
    agree(loaded(file.getvalue()), x)


def test_the_other_byte_order():
    """A file from a computer whose numbers begin with the high byte."""
    x = torch.tensor([1.5, -2.0])
    file = io.BytesIO()
    content = saved_there([x, x.to(torch.complex64), x.bfloat16()])
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w") as packed:
        for name in old.namelist():
            record = old.read(name)
            if name.endswith("byteorder"):
                record = b"big"
            elif "/data/" in name:
                record = np.frombuffer(record, "u2" if len(record) == 4 else "u4").byteswap().tobytes()
            packed.writestr(name, record)
    with pytest.warns(UserWarning, match="bfloat16"):
        found = loaded(file.getvalue())
    assert [t.tolist() for t in found] == [[1.5, -2.0]] * 3


def test_headers_of_records_beyond_4_gib(monkeypatch, tmp_path):
    """Written for small records, to see that they are read, and that the bytes are where memory should begin."""
    monkeypatch.setattr(torch_zip, "BIG", 1)
    x = [ag.arange(100.0), ag.arange(7)]
    ag.save(x, tmp_path / "x.pt")
    agree(x, torch.load(tmp_path / "x.pt"))
    for found in (ag.load(tmp_path / "x.pt"), ag.load(tmp_path / "x.pt", mmap=True)):
        same(found, x)
        assert all(t.data_ptr() % 16 == 0 for t in found)
    assert (tmp_path / "x.pt").read_bytes().index(x[0].numpy().tobytes()) % 64 == 0


def test_files_as_memory(tmp_path):
    x = torch.arange(1000.0)
    torch.save([x, x[5:]], tmp_path / "x.pt")
    agree(ag.load(tmp_path / "x.pt", mmap=True), [x, x[5:]])
    ag.save([ag.arange(1000.0)], tmp_path / "y.pt")
    agree([ag.arange(1000.0)], torch.load(tmp_path / "y.pt", mmap=True))


# -- models ---------------------------------------------------------------------------------------------------


def model_of(t_nn):
    """No bias before the batch norm: its gradient is 0 but for rounding, of which Adam makes steps of full length."""
    return t_nn.Sequential(
        t_nn.Conv2d(1, 2, 3, bias=False), t_nn.BatchNorm2d(2), t_nn.ReLU(), t_nn.Flatten(), t_nn.Linear(8, 3)
    )


OPTIMIZERS = [("SGD", {"momentum": 0.9}), ("Adam", {}), ("AdamW", {"amsgrad": True})]


@pytest.mark.parametrize(("name", "options"), OPTIMIZERS, ids=[name for name, _ in OPTIMIZERS])
def test_training_goes_on_on_the_other_side(name, options):
    """A checkpoint after three steps here; three more here and there end at the same parameters. And the reverse."""
    x = np.random.default_rng(0).standard_normal((5, 1, 4, 4)).astype(np.float32)

    def run(t, model, optimizer, steps=3):
        for _ in range(steps):
            optimizer.zero_grad()
            model(t.from_numpy(x)).square().mean().backward()
            optimizer.step()

    def fresh(t):
        module, opt = (nn, optim) if t is ag else (torch.nn, torch.optim)
        model = model_of(module)
        return t, model, getattr(opt, name)(model.parameters(), lr=0.01, **options)

    for first, save, second, load in ((ag, saved, torch, loaded_there), (torch, saved_there, ag, loaded)):
        here, there = fresh(first), fresh(second)
        run(*here)
        checkpoint = load(save({"model": here[1].state_dict(), "optimizer": here[2].state_dict()}))
        there[1].load_state_dict(checkpoint["model"])
        there[2].load_state_dict(checkpoint["optimizer"])
        run(*here)
        run(*there)
        for a, b in zip(here[1].state_dict().values(), there[1].state_dict().values(), strict=True):
            np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=2e-5, atol=1e-6)


def test_state_dicts_know_their_versions():
    assert loaded_there(saved(model_of(nn).state_dict()))._metadata == model_of(torch.nn).state_dict()._metadata
    assert loaded(saved_there(model_of(torch.nn).state_dict()))._metadata == model_of(nn).state_dict()._metadata


def test_tables_of_others(tmp_path):
    theirs = pytest.importorskip("safetensors.torch")
    state = model_of(torch.nn).state_dict()
    theirs.save_file({**state, "half": torch.ones(2).bfloat16()}, tmp_path / "x.safetensors")
    with pytest.warns(UserWarning, match="bfloat16"):
        found = ag.load(tmp_path / "x.safetensors")
    assert found.pop("half").tolist() == [1, 1]
    agree({name: found[name] for name in state}, dict(state))
    ag.save(found, tmp_path / "y.safetensors")
    agree(found, dict(sorted(theirs.load_file(tmp_path / "y.safetensors").items())))
    theirs.save_file({"x": torch.zeros(2).to(torch.float8_e5m2)}, tmp_path / "z.safetensors")
    with pytest.raises(RuntimeError, match="'x' in .*z.safetensors' has numbers of type F8_E5M2"):
        ag.load(tmp_path / "z.safetensors")
