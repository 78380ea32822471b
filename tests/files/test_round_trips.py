"""What is saved is what is loaded, in every format."""

from __future__ import annotations

import gzip
import io
import pathlib
import pickle
import warnings
from collections import Counter, OrderedDict

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import autograd as ag
import nn
import optim
from autograd import dtypes
from tests.files.contents import archive, loaded, round_trip, same, saved

FORMATS = [{}, {"_use_new_zipfile_serialization": False}]
both_formats = pytest.mark.parametrize("options", FORMATS, ids=["zip", "legacy"])


def of_each_dtype():
    """Tensors of every dtype, with values that do not survive a change of type or of byte order."""
    bits = np.random.default_rng(0)
    for d in dtypes.ALL:
        raw = bits.integers(0, 256, 6 * d.itemsize, np.uint8)
        array = (raw > 127)[:6] if d is ag.bool else raw.view(d.dtype)
        yield ag.from_numpy(array.reshape(2, 3).copy())


PLAIN = {
    "numbers": [
        0,
        -1,
        255,
        256,
        2**31,
        -(2**31) - 1,
        2**100,
        1.5,
        -0.0,
        float("inf"),
        float("nan"),
        1 + 2j,
        True,
        None,
    ],
    "text": ["", "a", "é", "\N{CRAB}", "\ud800", "x" * 300, b"", b"\x00\xff", bytearray(b"\x80")],
    "containers": ((), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), [], {}, set(), {1, 2}, frozenset({"a"})),
    "ordered": OrderedDict([("b", 1), ("a", 2)]),
    "counted": Counter("abca"),
    "keys": {1: "int", "1": "str", (1, "a"): "tuple", None: "none", 2.5: "float", b"k": "bytes"},
    "names": [ag.float32, ag.bool, ag.Size([2, 3]), ag.device("cpu"), ag.device("cuda:1"), ag.strided],
    "nested": [[[[{"deep": (OrderedDict(x=[1]),)}]]]],
}


@both_formats
def test_plain_values(options):
    same(round_trip(PLAIN, **options), PLAIN)


def test_tensors_of_every_dtype():
    same(round_trip(list(of_each_dtype())), list(of_each_dtype()))


def test_tensors_of_every_form():
    x = ag.arange(24.0).reshape(2, 3, 4)
    forms = {
        "0-d": ag.tensor(3.0), "scalar result": x.sum(), "empty": ag.zeros(0), "no rows": ag.zeros(0, 3),
        "transposed": x.permute(2, 0, 1), "computed in another order": x.permute(2, 0, 1) + 1, "stepped": x[:, ::2, 1:],
        "expanded": ag.ones(1).expand(3, 4), "row": x[1], "diagonal": ag.eye(3).diagonal(), "windows": ag.arange(5).unfold(0, 2, 1),
        "strided": ag.as_strided(ag.arange(9.0), (2, 2), (1, 2), 1), "real part": ag.ones(2, dtype=ag.complex64).real,
        "imaginary part": ag.ones(3, dtype=ag.complex128).imag, "flipped": x.flip(0), "wants a gradient": ag.ones(2, requires_grad=True),
        "result": ag.ones(2, requires_grad=True) * 2, "read-only": ag.from_numpy(np.broadcast_to(np.ones(1), (2, 2))),
    }  # fmt: skip
    found = round_trip(forms)
    same(found, forms)
    assert all(t.is_leaf for t in found.values())
    assert found["transposed"].stride() == forms["transposed"].stride()
    found["0-d"].add_(1)
    assert found["0-d"].item() == 4


@both_formats
def test_shared_memory_stays_shared(options):
    whole = ag.arange(10.0)
    found = round_trip([whole[2:5], whole.reshape(2, 5).t(), whole, whole], **options)
    storages = {t.untyped_storage().data_ptr() for t in found}
    assert len(storages) == 1
    assert found[2] is found[3]
    assert found[0].storage_offset() in (0, 2)  # which counts from the base of a view, and this is none
    found[2].fill_(7)
    assert found[0].tolist() == [7, 7, 7]
    assert len(saved([whole, whole[1:], whole.view(5, 2)])) < len(saved([whole, whole.clone(), whole.clone()]))


def test_writes_to_shared_memory_are_seen():
    """A rule that saved one of two tensors on the same memory must notice a write to the other."""
    whole = ag.ones(3)
    a, b = round_trip([whole, whole[:2]])
    a.requires_grad_()
    y = (a * a).sum()
    b.fill_(5)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.backward()


def test_a_whole_memory_is_saved_with_a_small_view():
    large = ag.arange(1000)
    assert round_trip(large[:5]).untyped_storage().nbytes() == 8000
    assert round_trip(large[:5].clone()).untyped_storage().nbytes() == 40


def test_two_types_on_one_memory_are_refused():
    x = ag.ones(2, dtype=ag.complex64)
    with pytest.raises(RuntimeError, match="view the same data as different types.*clone"):
        saved([x, ag.view_as_real(x)])


def test_storages():
    x = ag.arange(3, dtype=ag.int32)
    storage = round_trip(x.untyped_storage())
    assert storage.tolist() == x.untyped_storage().tolist()


def test_storages_show_the_memory_that_tensors_lie_in():
    """Also where the dimensions are in another order, and under what as_strided shows."""
    x = ag.arange(24).reshape(2, 3, 4).permute(2, 0, 1) + 0
    storage = x.untyped_storage()
    assert storage.bytes.ctypes.data == x.data_ptr() == storage.data_ptr()
    assert ag.as_strided(x, (2,), (1,)).untyped_storage().nbytes() == 24 * 8
    base = ag.arange(4.0)
    assert ag.as_strided(base, (2,), (1,)).untyped_storage().data_ptr() == base.data_ptr()
    with pytest.raises(RuntimeError, match="Negative strides"):
        ag.zeros(0).set_(base.untyped_storage(), 0, (2, 2), (-1, 2))


# -- models and checkpoints -----------------------------------------------------------------------------------


def small_model():
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2))


def trained():
    model = small_model()
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    for _ in range(3):
        optimizer.zero_grad()
        model(ag.randn(5, 3)).square().sum().backward()
        optimizer.step()
    return model, optimizer


@both_formats
def test_checkpoints(options):
    model, optimizer = trained()
    checkpoint = {
        "epoch": 3,
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "rng": ag.get_rng_state(),
    }
    found = round_trip(checkpoint, **options)
    same(found, checkpoint)
    assert found["model"]._metadata == checkpoint["model"]._metadata
    other = small_model()
    other.load_state_dict(found["model"])
    again = optim.Adam(other.parameters(), lr=0.5)
    again.load_state_dict(found["optimizer"])
    x = ag.randn(5, 3)
    for m, o in ((model, optimizer), (other, again)):
        o.zero_grad()
        m(x).square().sum().backward()
        o.step()
    same(model.state_dict(), other.state_dict())


def test_parameters_and_buffers_keep_what_they_are():
    frozen = nn.Parameter(ag.ones(2), requires_grad=False)
    named = nn.Parameter(ag.ones(2))
    named.note = "mine"
    buffer = nn.Buffer(ag.ones(2), persistent=False)
    marked = ag.ones(2)
    marked.note = [1, ag.zeros(1)]
    a, b, c, d, e = round_trip([frozen, named, buffer, marked, nn.UninitializedParameter()])
    assert type(a) is type(b) is nn.Parameter
    assert (a.requires_grad, b.requires_grad, b.note) == (False, True, "mine")
    assert isinstance(c, nn.Buffer)
    assert not c.persistent
    assert d.note[0] == 1
    assert type(e) is nn.UninitializedParameter
    tied = nn.Linear(2, 2)
    tied.twin = tied.weight
    state = round_trip(tied.state_dict(keep_vars=True))
    assert state["weight"] is state["twin"]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(3, 3), nn.Linear(3, 3)
        self.second.weight = self.first.weight
        self.register_buffer("scale", ag.tensor(2.0))
        self.activation = nn.functional.relu
        self.history = {"loss": [1.0, 0.5]}

    def forward(self, x):
        return self.second(self.activation(self.first(x))) * self.scale


@both_formats
def test_whole_modules_need_trust(options):
    net = Net().eval()
    content = saved(net, **options)
    with pytest.raises(
        pickle.UnpicklingError, match=r"GLOBAL \S*Net was not an allowed global.*state_dict.*weights_only=False"
    ):
        loaded(content)
    again = loaded(content, weights_only=False)
    x = ag.randn(2, 3)
    same(again(x), net(x))
    assert again.first.weight is again.second.weight
    assert again.history == net.history
    assert not again.training
    again(x).sum().backward()
    assert again.first.weight.grad is not None


def test_a_state_dict_that_does_not_fit_changes_nothing():
    state = round_trip(small_model().state_dict())
    state["0.weight"], state["extra"] = ag.zeros(1, 1), ag.zeros(1)
    del state["3.bias"]
    other = small_model()
    before = {name: t.clone() for name, t in other.state_dict().items()}
    with pytest.raises(RuntimeError, match=r"(?s)3\.bias.*extra.*0\.weight"):
        other.load_state_dict(state)
    same(dict(other.state_dict()), before)


# -- what users allow -----------------------------------------------------------------------------------------


class Point:
    def __init__(self, x=0, y=0):
        self.x, self.y = x, y

    def __repr__(self):
        return f"Point({self.x}, {self.y})"


class Slotted:
    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value

    def __repr__(self):
        return f"Slotted({self.value})"


class Careful:
    def __setstate__(self, state):
        if "value" not in state:
            raise ValueError("no value")
        self.value = state["value"]

    def __repr__(self):
        return f"Careful({vars(self)})"


class Row(list):
    pass


class Table(dict):
    pass


def test_classes_that_the_user_allows():
    careful = Careful()
    careful.value = 3
    row = Row([1, 2])
    row.name = "r"
    things = [Point(1, 2), Slotted(5), careful, row, Table(a=1)]
    content = saved(things)
    with pytest.raises(pickle.UnpicklingError, match="Point"):
        loaded(content)
    unsafe = ag.serialization.get_unsafe_globals_in_checkpoint(io.BytesIO(content))
    assert [name.split(".")[-1] for name in unsafe] == ["Careful", "Point", "Row", "Slotted", "Table"]
    with ag.serialization.safe_globals([Point, Slotted, Careful, Row, Table]):
        found = loaded(content)
        assert repr(found) == repr(things)
        assert [*map(type, found)] == [*map(type, things)]
        assert found[3].name == "r"
        assert not ag.serialization.get_unsafe_globals_in_checkpoint(io.BytesIO(content))
    with pytest.raises(pickle.UnpicklingError, match="Point"):
        loaded(content)


def test_errors_of_what_the_user_allows_come_as_they_are():
    content = saved(Careful())
    careless = Careful()
    careless.other = 1
    with ag.serialization.safe_globals([Careful]):
        assert type(loaded(content)) is Careful
        with pytest.raises(ValueError, match="no value"):
            loaded(saved(careless))


def test_the_list_of_what_is_allowed():
    serialization = ag.serialization
    serialization.add_safe_globals([Point, (Slotted, "elsewhere.Slotted")])
    try:
        assert serialization.get_safe_globals() == [Point, Slotted]
        with serialization.safe_globals([Careful]):
            assert Careful in serialization.get_safe_globals()
        assert Careful not in serialization.get_safe_globals()
    finally:
        serialization.clear_safe_globals()
    assert serialization.get_safe_globals() == []
    with pytest.raises(ValueError, match="length 2"):
        serialization.add_safe_globals([(Point,)])
    with pytest.raises(TypeError, match="str of callable full path"):
        serialization.add_safe_globals([(Point, 3)])


# -- .npz and .safetensors ------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_tables(suffix, tmp_path):
    x = ag.arange(6.0).reshape(2, 3)
    table = {f"of {t.dtype.name}": t for t in of_each_dtype() if (t.dtype, suffix) != (ag.complex128, ".safetensors")}
    table |= {
        "0-d": ag.tensor(3.0),
        "empty": ag.zeros(0, 2),
        "transposed": x.t(),
        "stepped": x[:, ::2],
        "file": x,
        "a/b": x,
    }
    ag.save(table, tmp_path / f"table{suffix}")
    found = ag.load(tmp_path / f"table{suffix}")
    assert found.keys() == table.keys()
    same({name: found[name] for name in table}, table)
    found["0-d"].add_(1)
    model, _ = trained()
    ag.save(model.state_dict(), str(tmp_path / f"MODEL{suffix.upper()}"))
    assert small_model().load_state_dict(ag.load(tmp_path / f"MODEL{suffix.upper()}"))
    ag.save({}, tmp_path / f"none{suffix}")
    assert ag.load(tmp_path / f"none{suffix}") == {}


def test_other_programs_read_tables(tmp_path):
    x = ag.arange(6.0).reshape(2, 3)
    ag.save({"x": x}, tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz") as arrays:
        np.testing.assert_array_equal(arrays["x"], x.numpy())
    np.savez_compressed(tmp_path / "y.npz", x=x.numpy(), f=np.asfortranarray(x.numpy()), big=np.arange(3, dtype=">i4"))
    found = ag.load(tmp_path / "y.npz")
    same(found["x"], x)
    same(found["f"], x)
    assert found["big"].tolist() == [0, 1, 2]
    assert found["big"].dtype is ag.int32
    numpy_files = pytest.importorskip("safetensors.numpy")
    ag.save({"x": x}, tmp_path / "x.safetensors")
    np.testing.assert_array_equal(numpy_files.load_file(tmp_path / "x.safetensors")["x"], x.numpy())


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
@pytest.mark.parametrize("obj", [[1], {"a": 1}, {1: ag.ones(1)}, nn.Linear(1, 1), ag.ones(2)], ids=repr)
def test_tables_hold_nothing_else(suffix, obj, tmp_path):
    with pytest.raises(TypeError, match=rf"a {suffix} file holds .*\.pt, which can hold anything"):
        ag.save(obj, tmp_path / f"x{suffix}")
    assert not list(tmp_path.iterdir())


def test_numbers_that_a_format_lacks(tmp_path):
    with pytest.raises(TypeError, match="complex128.*'z'.*convert it"):
        ag.save({"z": ag.ones(1, dtype=ag.complex128)}, tmp_path / "x.safetensors")
    np.savez(tmp_path / "text.npz", x=np.array(["a"]))
    with pytest.raises(TypeError, match="<U1"):
        ag.load(tmp_path / "text.npz")


# -- where files come from ------------------------------------------------------------------------------------


def test_names_and_open_files(tmp_path):
    path = tmp_path / "x.pt"
    for name in (path, str(path), pathlib.PurePath(path)):
        ag.save([1], name)
        assert ag.load(name) == [1]
    with open(path, "wb") as file:
        ag.save([2], file)
    with open(path, "rb") as file:
        assert ag.load(file) == [2]
    with gzip.open(tmp_path / "x.gz", "wb") as file:
        ag.save([3], file)
    with gzip.open(tmp_path / "x.gz", "rb") as file:
        assert ag.load(file) == [3]
    file = io.BytesIO(b"before")
    file.seek(6)
    ag.save([4], file)
    file.seek(6)
    assert ag.load(file) == [4]


def test_what_is_no_file(tmp_path):
    with pytest.raises(AttributeError, match="'write' attribute, not int"):
        ag.save(1, 3)
    with pytest.raises(AttributeError, match="'read' attribute, not int"):
        ag.load(3)
    with pytest.raises(FileNotFoundError):
        ag.load(tmp_path / "none.pt")
    with pytest.raises(RuntimeError, match="Parent directory .*none does not exist"):
        ag.save(1, tmp_path / "none" / "x.pt")
    with pytest.raises(EOFError, match=r"Ran out of input.*seek\(0\)"):
        ag.load(io.BytesIO())
    with pytest.raises(TypeError, match="open for reading bytes|opened for reading bytes"):
        ag.load(io.StringIO("text"))
    with pytest.raises(RuntimeError, match="begins with b'<!DOCTYPE '.*none of the formats"):
        loaded(b"<!DOCTYPE html><p>Not found")
    with pytest.raises(RuntimeError, match="Invalid magic number.*pickle.load"):
        loaded(pickle.dumps({"a": 1}))


def test_nothing_is_written_unless_all_can_be():
    file = io.BytesIO()
    with pytest.raises((AttributeError, pickle.PicklingError)):
        ag.save([ag.ones(3), lambda: 1], file)
    assert file.getvalue() == b""


def test_the_same_content_gives_the_same_bytes():
    model, optimizer = trained()
    obj = {"m": model.state_dict(), "o": optimizer.state_dict()}
    assert saved(obj) == saved(obj)


def test_storages_are_aligned():
    content = saved([ag.full((n,), 7.0, dtype=ag.float64) for n in (1, 3, 1000)])
    places = [content.find(np.full(n, 7.0).tobytes()) for n in (1000,)]
    assert all(place % 64 == 0 for place in places)


def test_files_as_memory(tmp_path):
    x = {"a": ag.arange(1000.0), "b": ag.tensor([True, False]), "c": ag.zeros(0), "d": ag.tensor(2)}
    ag.save(x, tmp_path / "x.pt")
    found = ag.load(tmp_path / "x.pt", mmap=True)
    same(found, x)
    found["a"].add_(1)
    same(ag.load(tmp_path / "x.pt"), x)
    with pytest.raises(ValueError, match="file path in order to use the mmap"):
        ag.load(io.BytesIO(saved(x)), mmap=True)
    ag.save(x, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    with pytest.raises(RuntimeError, match="mmap can only be used with files saved with"):
        ag.load(tmp_path / "old.pt", mmap=True)


def test_map_location():
    content = saved(ag.arange(3))
    seen = []

    def place(storage, location):
        seen.append((storage.nbytes(), location))
        return storage

    for where in ("cpu", ag.device("cpu"), {"cuda:0": "cpu"}, {"cpu": "cpu"}, place, lambda storage, location: None):
        assert loaded(content, map_location=where).tolist() == [0, 1, 2]
    assert seen == [(24, "cpu")]
    for where in ("cuda", ag.device("cuda:1"), {"cpu": "cuda:0"}):
        with pytest.raises(RuntimeError, match="Attempting to deserialize object on a CUDA.*map_location='cpu'"):
            loaded(content, map_location=where)
    with pytest.raises(TypeError, match="must return the storage"):
        loaded(content, map_location=lambda storage, location: 3)
    with pytest.raises(TypeError, match="map_location must be a device"):
        loaded(content, map_location=3)
    with pytest.raises(ZeroDivisionError):
        loaded(content, map_location=lambda storage, location: 1 / 0)


def test_arguments():
    content = saved([1])
    assert loaded(content, pickle_module=pickle) == [1]
    with pytest.raises(RuntimeError, match="explicit pickle_module"):
        loaded(content, pickle_module=pickle, weights_only=True)
    with pytest.raises(ValueError, match="pickle_module must be"):
        loaded(content, pickle_module=io)
    with pytest.raises(ValueError, match="pickle_module must be"):
        saved(1, pickle_module=io)
    assert saved([1], pickle_protocol=4) == content
    with pytest.raises(ValueError, match="pickle protocol must be <="):
        saved([1], pickle_protocol=99)


# -- anything -------------------------------------------------------------------------------------------------

numbers = st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers() | st.text() | st.binary()
tensors = st.builds(
    lambda d, shape, swap: (
        ag.from_numpy(np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(d.dtype)).transpose(0, -1)
        if swap and shape
        else ag.zeros(shape, dtype=d)
    ),
    st.sampled_from(dtypes.ALL),
    st.lists(st.integers(0, 4), max_size=3).map(tuple),
    st.booleans(),
)
keys = st.text(max_size=5) | st.integers(-(2**63), 2**63)
structures = st.recursive(
    numbers | tensors,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(keys, inner, max_size=4)
        | st.dictionaries(keys, inner, max_size=4).map(OrderedDict)
    ),
    max_leaves=12,
)


@given(structures, st.booleans())
def test_any_structure(obj, new):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = round_trip(obj, _use_new_zipfile_serialization=new)
    same(found, obj)
    same(loaded(saved(obj), weights_only=False), obj)


@given(
    st.recursive(numbers, lambda inner: st.lists(inner, max_size=4) | st.sets(keys, max_size=3), max_leaves=8),
    st.integers(2, 5),
)
def test_plain_pickles_of_newer_protocols(obj, protocol):
    """Files of others, written with another `pickle_protocol`."""
    same(loaded(archive(pickle.dumps(obj, protocol))), obj)
