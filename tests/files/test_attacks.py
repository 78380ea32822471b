"""Files that try to run code, to reach memory that is not theirs, to use up memory or time: refused, and nothing run.

Pickles that Python itself would carry out are made by hand, instruction by instruction. Each of them would leave a
trace (in `TRACES`, or as a file) if anything in it were run; that they do is tested, with Python's own unpickler.
"""

from __future__ import annotations

import builtins
import contextlib
import io
import os
import pickle
import pickletools
import struct
import subprocess
import sys
import time
import zipfile
from collections import OrderedDict

import numpy as np
import pytest

import autograd as ag
import nn
from autograd.files import archive as limits
from autograd.files.machine import STEPS
from tests.files.contents import archive, loaded, saved

TRACES = []
"""What attacks have managed to run."""


def trace(*args, **kwargs):
    """What attacks try to call."""
    TRACES.append((args, kwargs))
    return trace


class Victim:
    """A class whose methods attacks try to have called."""

    def __new__(cls, *args, **kwargs):
        trace("new", args)
        return super().__new__(cls)

    def __setstate__(self, state):
        trace("setstate", state)

    def append(self, value):
        trace("append", value)

    extend = add = append

    def __setitem__(self, key, value):
        trace("setitem", key, value)

    def __hash__(self):
        trace("hash")
        return 0


@pytest.fixture(autouse=True)
def nothing_runs():
    TRACES.clear()
    yield
    assert not TRACES


HERE = __name__.encode()
PROTO = b"\x80\x04"


def text(s):
    """The instruction that puts a string on the stack."""
    return b"X" + struct.pack("<I", len(s.encode())) + s.encode()


def glob(module, name):
    """The instruction that looks a name up."""
    return b"c" + module + b"\n" + name + b"\n"


TRACE = glob(HERE, b"trace")
VICTIM = glob(HERE, b"Victim")

RUNNING = {
    "REDUCE of a function": TRACE + b"(K\x01tR.",
    "REDUCE of os.system": glob(b"os", b"system") + text("touch trace") + b"\x85R.",
    "REDUCE of posix.system": glob(b"posix", b"system") + text("touch trace") + b"\x85R.",
    "REDUCE of nt.system": glob(b"nt", b"system") + text("touch trace") + b"\x85R.",
    "REDUCE of eval": glob(b"builtins", b"eval") + text("open('trace', 'w')") + b"\x85R.",
    "REDUCE of exec, by its old name": glob(b"__builtin__", b"exec") + text("open('trace', 'w')") + b"\x85R.",
    "REDUCE of __import__": glob(b"builtins", b"__import__") + text("antigravity") + b"\x85R.",
    "REDUCE of subprocess.Popen": glob(b"subprocess", b"Popen") + b"(" + text("touch") + text("trace") + b"l\x85R.",
    "REDUCE of runpy": glob(b"runpy", b"run_path") + text("trace.py") + b"\x85R.",
    "REDUCE of our own pickle reader": glob(b"pickle", b"loads") + text("x") + b"\x85R.",
    "REDUCE of numpy's reader": glob(b"numpy", b"load") + text("x.npy") + b"\x85R.",
    "a chain of getattr": glob(b"builtins", b"getattr") + glob(b"collections", b"OrderedDict") + text("__init__")
        + b"\x86R" + text("__globals__") + b"\x86R.",
    "operator.attrgetter": glob(b"operator", b"attrgetter") + text("system") + b"\x85R" + glob(b"os", b"path") + b"\x85R.",
    "functools.partial": glob(b"functools", b"partial") + TRACE + b"K\x01\x86R)R.",
    "a dotted name": glob(b"torch", b"Size.__new__.__globals__") + b")R.",
    "a dotted name, STACK_GLOBAL": text("collections") + text("OrderedDict.fromkeys") + b"\x93)R.",
    "STACK_GLOBAL": text("os") + text("system") + b"\x93" + text("touch trace") + b"\x85R.",
    "STACK_GLOBAL of what is no string": b"K\x01K\x02\x93.",
    "INST": b"(K\x01i" + HERE + b"\ntrace\n.",
    "OBJ": b"(" + TRACE + b"K\x01o.",
    "NEWOBJ": VICTIM + b")\x81.",
    "NEWOBJ_EX": VICTIM + b")}\x92.",
    "NEWOBJ_EX of an allowed class": glob(b"torch", b"Size") + b")}" + text("sizes") + b")s\x92.",
    "BUILD with __setstate__": VICTIM + b")\x81" + b"}" + text("a") + b"K\x01sb.",
    "BUILD of a class": glob(b"torch", b"Size") + b"}" + text("numel") + b"K\x01sb.",
    "BUILD of a class through slots": glob(b"torch", b"Tensor") + b"N}" + text("backward") + b"K\x01s\x86b.",
    "BUILD of a function": glob(b"torch._utils", b"_rebuild_tensor_v2") + b"}" + text("__code__") + b"K\x01sb.",
    "BUILD of a dict": b"}}" + text("a") + b"K\x01sb.",
    "BUILD that hides a method": glob(b"collections", b"OrderedDict") + b")R}" + text("items") + b"K\x01sb.",
    "BUILD with a state of another kind": glob(b"collections", b"OrderedDict") + b")R]b.",
    "APPEND to an object": VICTIM + b")\x81K\x01a.",
    "APPENDS to a tuple": b")(K\x01e.",
    "APPEND to a class": glob(b"torch", b"Size") + b"K\x01a.",
    "SETITEM of a class": glob(b"torch", b"Size") + b"K\x01K\x02s.",
    "SETITEMS of a list": b"](K\x00K\x02u.",
    "ADDITEMS of a list": b"](K\x00\x90.",
    "EXT1": b"\x82\x01.", "EXT2": b"\x83\x01\x00.", "EXT4": b"\x84\x01\x00\x00\x00.",
    "PERSID": b"Pmodule\n.",
    "BINPERSID of a string": text("storage") + b"Q.",
    "BINPERSID of a module": b"(" + text("module") + TRACE + b"NNtQ.",
    "BINPERSID of a list": b"]Q.", "BINPERSID of nothing": b")Q.",
    "NEXT_BUFFER": b"\x97.", "READONLY_BUFFER": b"]\x98.",
    "REDUCE of a value": b"K\x01)R.", "REDUCE of a string": text("os.system") + b")R.",
    "REDUCE with a list": glob(b"collections", b"OrderedDict") + b"]R.",
    "REDUCE of a dtype": glob(b"torch", b"float32") + b")R.",
    "REDUCE of Tensor": glob(b"torch", b"Tensor") + b"K\x01\x85R.",
    "REDUCE of Parameter": glob(b"torch.nn.parameter", b"Parameter") + b")R.",
    "REDUCE of a storage type": glob(b"torch", b"FloatStorage") + b"K\x01\x85R.",
    "a codec that runs code": glob(b"_codecs", b"encode") + text("x") + text("bz2_codec") + b"\x86R.",
    "a codec that is no string": glob(b"_codecs", b"encode") + text("x") + b"K\x01\x86R.",
    "a bytearray of any length": glob(b"builtins", b"bytearray") + b"\x8a\x05\x00\x00\x00\x00\x7f\x85R.",
    "bytes of any length": glob(b"builtins", b"bytes") + b"\x8a\x05\x00\x00\x00\x00\x7f\x85R.",
    "a set of a string": glob(b"builtins", b"set") + text("abc") + b"\x85R.",
    "a Counter of a string": glob(b"collections", b"Counter") + text("abc") + b"\x85R.",
    "an OrderedDict of no pairs": glob(b"collections", b"OrderedDict") + b"(]K\x01aK\x02atR.",
    "a complex number of text": glob(b"builtins", b"complex") + text("1") + text("2") + b"\x86R.",
    "a device of a list": glob(b"torch", b"device") + b"]\x85R.",
    "an unknown device": glob(b"torch", b"device") + text("cpu;ls") + b"\x85R.",
    "a Size of floats": glob(b"torch", b"Size") + b"G?\xf0\x00\x00\x00\x00\x00\x00\x85\x85R.",
    "a layout of another kind": glob(b"torch.serialization", b"_get_layout") + text("torch.sparse_coo") + b"\x85R.",
    "a name that only looks like ours": glob(b"autograd.files.rebuilding", b"rebuild_tensor") + b")R.",
    "a hidden part of PyTorch": glob(b"torch.hub", b"load") + text("evil/repo") + b"\x85R.",
    "PyTorch's own files": glob(b"torch", b"load") + text("x.pt") + b"\x85R.",
}  # fmt: skip


@pytest.mark.parametrize("program", RUNNING.values(), ids=RUNNING)
@pytest.mark.parametrize("form", ["zip", "legacy"])
def test_nothing_is_run(program, form, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if form == "zip":
        content = archive(PROTO + program)
    else:
        header = b"".join(pickle.dumps(part, 2) for part in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}))
        content = header + PROTO + program + pickle.dumps([], 2)
    with pytest.raises(pickle.UnpicklingError) as caught:
        loaded(content)
    assert str(caught.value).startswith("load: the given BytesIO: ")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "name", ["REDUCE of a function", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "BUILD with __setstate__"]
)
def test_python_itself_would_have_run_it(name):
    pickle.loads(PROTO + RUNNING[name])
    assert TRACES
    TRACES.clear()


def test_refusals_name_what_was_asked_for():
    for name, path in {
        "REDUCE of os.system": "os.system",
        "REDUCE of eval": "builtins.eval",
        "REDUCE of a function": f"{__name__}.trace",
    }.items():
        with pytest.raises(
            pickle.UnpicklingError, match=f"Unsupported global: GLOBAL {path} was not an allowed global"
        ):
            loaded(archive(PROTO + RUNNING[name]))
    with pytest.raises(pickle.UnpicklingError, match="the instruction INST is not needed for weights"):
        loaded(archive(PROTO + RUNNING["INST"]))


def test_allowed_functions_do_not_open_others():
    """What a user allows may be called; the modules that can do anything stay closed."""
    with ag.serialization.safe_globals([(os.system, "os.system"), (os.system, "posix.system")]):
        for name in ("REDUCE of os.system", "REDUCE of posix.system"):
            with pytest.raises(pickle.UnpicklingError, match="could do anything"):
                loaded(archive(PROTO + RUNNING[name]))
    with ag.serialization.safe_globals([OrderedDict]), pytest.raises(pickle.UnpicklingError):
        loaded(archive(PROTO + RUNNING["BUILD of a class"]))


def test_our_types_are_as_they_were():
    assert ag.Size([2, 3]).numel() == 6
    assert callable(ag.Tensor.backward)
    assert builtins.set([1]) == {1}


# -- tensors that are none ------------------------------------------------------------------------------------

STORAGE = np.arange(4.0, dtype=np.float32).tobytes()


class Name:
    """Something that is pickled as a global name."""

    def __init__(self, path):
        self.path = path


class Call:
    """Something that is pickled as a call."""

    def __init__(self, path, *args):
        self.path, self.args = path, args


class Stored:
    """Something that is pickled as a persistent id."""

    def __init__(self, *name):
        self.name = name


def program(value):
    """A pickle of nested Names, Calls, Stored and plain values, written instruction by instruction."""
    if isinstance(value, Name):
        return glob(*value.path.encode().rsplit(b".", 1))
    if isinstance(value, Call):
        return program(Name(value.path)) + program(value.args) + b"R"
    if isinstance(value, Stored):
        return program(value.name) + b"Q"
    if isinstance(value, (tuple, list)):
        return (
            b"]" * isinstance(value, list)
            + b"("
            + b"".join(map(program, value))
            + (b"e" if isinstance(value, list) else b"t")
        )
    return pickle.dumps(value, 2)[2:-1]


def storage(kind="torch.FloatStorage", key="0", location="cpu", numel=4):
    return Stored("storage", Name(kind), key, location, numel)


def tensor(storage=storage(), offset=0, size=(4,), stride=(1,), requires_grad=False, hooks=None, *more):  # noqa: B008
    return Call("torch._utils._rebuild_tensor_v2", storage, offset, size, stride, requires_grad, hooks, *more)


UNTYPED = storage("torch.storage.UntypedStorage", numel=16)
HUGE = 2**62

IMPOSSIBLE = {
    "size beyond the storage": tensor(size=(5,)),
    "offset beyond the storage": tensor(offset=1),
    "offset below zero": tensor(offset=-1, size=(2,)),
    "offset that is no int": tensor(offset=0.5),
    "offset that is a bool": tensor(offset=True, size=(1,)),
    "size below zero": tensor(size=(-1,)),
    "two sizes below zero": tensor(size=(-2, -2), stride=(1, 1)),
    "stride below zero": tensor(offset=3, stride=(-1,)),
    "strides that reach below the storage": tensor(size=(2, 2), stride=(-1, 2)),
    "stride beyond the storage": tensor(size=(2,), stride=(4,)),
    "strides that overflow": tensor(size=(2, 2), stride=(HUGE, HUGE)),
    "sizes that overflow": tensor(size=(HUGE, HUGE, HUGE), stride=(0, 0, 0)),
    "an empty tensor far away": tensor(offset=HUGE, size=(0,)),
    "an empty tensor that overflows": tensor(size=(0, HUGE, HUGE), stride=(1, 1, 1)),
    "ints beyond 64 bits": tensor(size=(2**80,), stride=(0,)),
    "more strides than sizes": tensor(stride=(1, 1)),
    "too many dimensions": tensor(size=(1,) * 100, stride=(1,) * 100),
    "size that is a list": tensor(size=[4]),
    "size of strings": tensor(size=("4",)),
    "stride that is None": tensor(stride=None),
    "requires_grad that is no bool": tensor(requires_grad=1),
    "integers that want a gradient": tensor(storage("torch.IntStorage"), requires_grad=True),
    "no storage": tensor(None), "a storage that is a list": tensor([1, 2, 3, 4]),
    "a type for a storage": tensor(Name("torch.FloatStorage")),
    "bytes as numbers": tensor(UNTYPED),
    "too few arguments": Call("torch._utils._rebuild_tensor_v2", storage()),
    "too many arguments": tensor(storage(), 0, (4,), (1,), False, None, {}, 1, 2, 3),
    "unknown properties": tensor(storage(), 0, (4,), (1,), False, None, {"evil": True}),
    "properties that are no dict": tensor(storage(), 0, (4,), (1,), False, None, [1]),
    "a storage of negative length": tensor(storage(numel=-4)),
    "a storage that is longer than its record": tensor(storage(numel=5)),
    "a storage that is far longer": tensor(storage(numel=HUGE)),
    "a storage that is shorter than its record": tensor(storage(numel=3), size=(3,)),
    "a storage whose record is missing": tensor(storage(key="1")),
    "a storage outside of the archive": tensor(storage(key="../../../etc/passwd")),
    "a storage with an absolute path": tensor(storage(key="/etc/passwd")),
    "a storage whose key is a number": tensor(storage(key=0)),
    "a storage without a place": tensor(storage(location=None)),
    "a storage whose length is a float": tensor(storage(numel=4.0)),
    "a storage of a dtype": tensor(storage("torch.float32")),
    "a storage of a function": tensor(storage("torch._utils._rebuild_tensor_v2")),
    "one storage of two types": [tensor(), tensor(storage("torch.IntStorage"))],
    "one storage of two lengths": [tensor(), tensor(storage(numel=2), size=(2,))],
    "a storage that is named by too much": tensor(Stored("storage", Name("torch.FloatStorage"), "0", "cpu", 4, None, 1)),
    "a storage that is named by too little": tensor(Stored("storage", Name("torch.FloatStorage"))),
    "a dtype that is none": Call("torch._utils._rebuild_tensor_v3", UNTYPED, 0, (4,), (1,), False, None, "float32"),
    "a typed storage with a dtype": Call("torch._utils._rebuild_tensor_v3", storage(), 0, (4,), (1,), False, None, Name("torch.uint16")),
    "a dtype too wide for the storage": Call("torch._utils._rebuild_tensor_v3", UNTYPED, 0, (4,), (1,), False, None, Name("torch.int64")),
    "a parameter of a list": Call("torch._utils._rebuild_parameter", [1.0], True, None),
    "a parameter of ints": Call("torch._utils._rebuild_parameter", tensor(storage("torch.IntStorage")), True, None),
    "a parameter that may want": Call("torch._utils._rebuild_parameter", tensor(), "yes", None),
    "a parameter with methods": Call("torch._utils._rebuild_parameter_with_state", tensor(), True, None, {"backward": 1}),
    "a parameter with numbered attributes": Call("torch._utils._rebuild_parameter_with_state", tensor(), True, None, {1: 1}),
    "a parameter with a list of attributes": Call("torch._utils._rebuild_parameter_with_state", tensor(), True, None, [1]),
    "a tensor with an array of its own": Call("torch._tensor._rebuild_from_type_v2", Name("torch._utils._rebuild_tensor_v2"),
        Name("torch.Tensor"), (storage(), 0, (4,), (1,), False, None), {"array": 3}),
    "a tensor made by another function": Call("torch._tensor._rebuild_from_type_v2", Name("builtins.set"), Name("torch.Tensor"), ([1],), {}),
    "a tensor made by itself": Call("torch._tensor._rebuild_from_type_v2", Name("torch._tensor._rebuild_from_type_v2"), Name("torch.Tensor"), (), {}),
    "a tensor of a type that is none": Call("torch._tensor._rebuild_from_type_v2", Name("torch._utils._rebuild_tensor_v2"),
        Name("collections.OrderedDict"), (storage(), 0, (4,), (1,), False, None), {}),
    "a tensor with arguments in a list": Call("torch._tensor._rebuild_from_type_v2", Name("torch._utils._rebuild_tensor_v2"), Name("torch.Tensor"), [], {}),
    "an unknown parameter of strings": Call("torch.nn.parameter.UninitializedParameter", "yes", "cpu", "float32"),
    "a function that is a tensor": Call("torch._tensor._rebuild_from_type_v2", tensor(), Name("torch.Tensor"), (), {}),
}  # fmt: skip


@pytest.mark.parametrize("value", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_tensors_that_are_none(value):
    content = archive(PROTO + program(value) + b".", [STORAGE])
    for options in ({}, {"map_location": "cpu"}):
        with pytest.raises((pickle.UnpicklingError, RuntimeError), match="^load: the given BytesIO"):
            loaded(content, **options)


def test_tensors_that_are_some():
    """The same pickles, with nothing wrong in them."""
    values = {
        "plain": tensor(), "parts": tensor(offset=1, size=(2,), stride=(2,)), "expanded": tensor(size=(3,), stride=(0,)),
        "typed": Call("torch._utils._rebuild_tensor_v3", UNTYPED, 0, (4,), (1,), False, None, Name("torch.uint32")),
    }  # fmt: skip
    found = {name: loaded(archive(PROTO + program(value) + b".", [STORAGE])) for name, value in values.items()}
    assert [t.shape for t in found.values()] == [(4,), (2,), (3,), (4,)]
    assert found["parts"].tolist() == [1, 3]


def test_loaded_attributes_do_not_reach_the_class():
    value = Call("torch._utils._rebuild_parameter_with_state", tensor(), True, None, {"note": 1})
    assert loaded(archive(PROTO + program(value) + b".", [STORAGE])).note == 1
    assert not hasattr(nn.Parameter, "note")


# -- bombs ----------------------------------------------------------------------------------------------------


def laughs(n, start=b")"):
    """A tuple of ten times the same tuple of ten times ... n deep."""
    return start + b"".join(b"q%c0" % k + b"(" + b"h%c" % k * 10 + b"t" for k in range(n))


BOMBS = {
    "a key that takes forever to hash": b"}" + laughs(60) + b"K\x01s.",
    "an element that takes forever to hash": b"\x8f(" + laughs(60) + b"\x90.",
    "a set of a list of it": glob(b"builtins", b"set") + b"]" + laughs(60) + b"a\x85R.",
    "a frozenset of it": b"(" + laughs(60) + b"\x91.",
    "pairs of it": glob(b"collections", b"OrderedDict") + b"(]" + laughs(60) + b"K\x01\x86atR.",
    "a key that is too deep to hash": b"}" + b")" + b"\x85" * 200_000 + b"K\x01s.",
    "keys that all have the same hash": b"}(" + b"".join(
        b"\x8a\x0c" + (k * (2**61 - 1)).to_bytes(12, "little") + b"N" for k in range(2**10, 2**10 + 50_000)) + b"u.",
    "text of 4 GiB": b"X\xff\xff\xff\xff.", "text of any length": b"\x8d" + b"\xff" * 7 + b"\x7f.",
    "bytes of any length": b"\x8e" + b"\xff" * 7 + b"\x7f.", "a bytearray of any length": b"\x96" + b"\xff" * 7 + b"\x7f.",
    "a number of 2 GiB": b"\x8b\xff\xff\xff\x7f.", "a number of negative length": b"\x8b\xff\xff\xff\xff.",
    "a number in a million digits": b"I" + b"9" * 10**6 + b"\n.",
    "a place in memory that is far away": b"Nr\xff\xff\xff\xffj\xfe\xff\xff\xff.",
    "a frame of any length": b"\x95" + b"\xff" * 8 + b"X\xff\xff\xff\xff.",
    "nothing to take": b"0.", "no mark": b"t.", "no mark to forget": b"1.", "an empty stack at the end": b".",
    "no end": b"N", "nothing at all": b"", "a key without a value": b"}(K\x01u.", "nothing noted": b"h\x05.", "half a pair": b"K\x01\x86.",
    "no instruction": b"\xff.", "text that is none": b"X\x02\x00\x00\x00\xff\xff.", "half a name": b"cos\n",
    "a list as a key": b"}]K\x01s.", "a dict as an element": b"\x8f(}\x90.",
}  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_pickle_bombs(bomb):
    start = time.perf_counter()
    with pytest.raises(pickle.UnpicklingError, match="^load: the given BytesIO: "):
        loaded(archive(PROTO + bomb))
    assert time.perf_counter() - start < 5


def test_deep_and_wide_structures_are_no_attack():
    """They are read without recursion, and cost no more memory than they have instructions."""
    deep = loaded(archive(PROTO + b"]" * 100_000 + b"a" * 99_999 + b"."))
    depth = 0
    while deep:
        (deep,) = deep
        depth += 1
    assert depth == 99_999
    laughing = loaded(archive(PROTO + laughs(60) + b"."))
    assert len(laughing) == 10
    itself = loaded(archive(PROTO + b"]q\x00h\x00a."))
    assert itself[0] is itself


@pytest.mark.slow
def test_memory_of_bombs_is_bounded():
    """In a process that may have no more than 1 GiB beside what Python and NumPy take."""
    resource = pytest.importorskip("resource", reason="limits on memory are set so on POSIX alone")
    code = (
        "import resource, sys, autograd\n"
        "from tests.files import test_attacks as attacks\n"
        "used = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (used + 2**30,) * 2)\n"
        "for bomb in attacks.BOMBS.values():\n"
        "    try: attacks.loaded(attacks.archive(attacks.PROTO + bomb))\n"
        "    except attacks.pickle.UnpicklingError: print('refused')\n"
    )
    assert resource
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["refused"] * len(BOMBS)


# -- zip bombs and names --------------------------------------------------------------------------------------


def packed(records, compression=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as written:
        for name, content in records:
            written.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize("name", ["archive/data/0", "archive/data.pkl", "x.npy"])
def test_zip_bombs(name, monkeypatch):
    monkeypatch.setattr(limits, "FREE", 2**20)  # so that small bombs will do
    other = ("archive/data.pkl", b"N.") if name != "archive/data.pkl" else ("a", b"")
    content = packed([other, (name, bytes(2**22))])
    assert len(content) < 10_000
    with pytest.raises(RuntimeError, match="would unpack to 4,194,30.*zip bombs.*without compression"):
        loaded(content)


def test_limits_are_wide_enough_for_honest_files():
    assert limits.FREE >= 10**8
    zeros = {"x": ag.zeros(10**6)}
    file = io.BytesIO()
    np.savez_compressed(file, x=zeros["x"].numpy())
    assert loaded(file.getvalue())["x"].sum() == 0


def test_records_that_overlap():
    """A table of contents in which a thousand names stand for the same bytes."""
    one = packed([("archive/data.pkl", b"\x80\x02N."), ("archive/data/0", b"x" * 10**6)], zipfile.ZIP_STORED)
    start = one.index(b"PK\x01\x02", one.index(b"PK\x01\x02") + 1)
    end = one.index(b"PK\x05\x06")
    entry = one[start:end]
    many = b"".join(entry.replace(b"data/0", b"data/%c" % k) for k in b"123456789abcdefghij") * 50
    table = one[one.index(b"PK\x01\x02") : end] + many
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 952, 952, len(table), one.index(b"PK\x01\x02"), 0)
    with pytest.raises(RuntimeError, match="^load: the given BytesIO "):
        loaded(one[: one.index(b"PK\x01\x02")] + table + tail)


@pytest.mark.parametrize("name", ["../evil", "/evil", "archive/../../evil", "C:/evil", "..\\evil", "a/..\\..\\evil"])
def test_names_that_lead_out_of_the_archive(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for content in (archive(b"\x80\x02N.", **{name: b"evil"}), packed([("x.npy", b""), (f"{name}.npy", b"evil")])):
        with pytest.raises(RuntimeError, match="leads out of the archive.*Nothing was written"):
            loaded(content)
    assert not list(tmp_path.iterdir())


def test_archives_that_are_not_ours():
    for records, reason in (
        ([("a.txt", b"x")], "holds 0"), ([("a/data.pkl", b"N."), ("b/data.pkl", b"N.")], "holds 2"),
        ([("data.pkl", b"N.")], "holds 0"), ([("archive/data.pkl", b"N."), ("archive/constants.pkl", b"N.")], "TorchScript"),
    ):  # fmt: skip
        with pytest.raises(RuntimeError, match=f"load: the given BytesIO .*{reason}"):
            loaded(packed(records))
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = packed([("archive/data.pkl", b"\x80\x02N."), ("archive/data.pkl", b"\x80\x02K\x01.")])
    with pytest.raises(RuntimeError, match="two of its records have the same name"):
        loaded(content)


# -- .npz -----------------------------------------------------------------------------------------------------


def npy(header, content=b""):
    """An array file with any header."""
    header = header.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + content


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", pickle.dumps(1)), "holds Python objects"),
        (npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,)}", b"1234"), "can't have 4 bytes"),
        (npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", b"1234"), "can't have|valid header"),
        (npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", b"1234"), "can't have 4 bytes"),
        (npy("{'descr': '<f4', 'fortran_order': False, 'shape': ()}", b"12345"), "can't have 5 bytes"),
        (npy("__import__('os').system('touch trace')"), "no valid header"),
        (npy("(" * 5000 + ")" * 5000), "no valid header"),
        (npy("{'descr': 'evil', 'fortran_order': False, 'shape': (1,)}"), "no valid header"),
        (b"\x93NUMPY\x09\x00", "no valid header"),
        (b"", "no valid header"),
    ],
)  # fmt: skip
def test_arrays_that_are_none(content, reason, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RuntimeError, match=f"load: .*'x.npy' .*({reason})"):
        loaded(packed([("x.npy", content)]))
    assert not list(tmp_path.iterdir())


# -- the machine itself ---------------------------------------------------------------------------------------


def test_the_machine_knows_no_instruction_that_could_do_harm():
    """Those that call what they name, use registries and buffers of the process, or are only in older protocols."""
    names = {opcode.name for opcode in pickletools.opcodes}
    assert names > STEPS.keys()
    assert names - STEPS.keys() == {
        "STOP", "INST", "OBJ", "EXT1", "EXT2", "EXT4", "PERSID", "NEXT_BUFFER", "READONLY_BUFFER", "DUP", "INT", "LONG",
        "FLOAT", "STRING", "UNICODE", "LIST", "DICT", "PUT", "GET",
    }  # fmt: skip


def test_random_programs_end_in_one_kind_of_error(rng):
    """Any bytes at all: an object, or an UnpicklingError."""
    base = np.frombuffer(
        PROTO + program([tensor(), {"a": (1, "x")}, tensor(size=(2, 2), stride=(2, 1))]) + b".", np.uint8
    )
    for _ in range(3000):
        changed = base.copy()
        places = rng.integers(0, len(base), rng.integers(1, 6))
        changed[places] = rng.integers(0, 256, len(places))
        with contextlib.suppress(pickle.UnpicklingError, RuntimeError):
            loaded(archive(changed.tobytes(), [STORAGE]))


def test_weights_only_false_is_python_itself(tmp_path, monkeypatch):
    """What the documentation warns of is so."""
    loaded(archive(PROTO + RUNNING["REDUCE of a function"]), weights_only=False)
    assert TRACES
    TRACES.clear()
    assert loaded(saved([ag.ones(1)]), weights_only=False)[0].item() == 1
    with pytest.raises(pickle.UnpicklingError, match="Only persistent_load of storage"):
        loaded(archive(PROTO + b"(" + text("module") + b"NNNtQ."), weights_only=False)
