"""Files that were cut off or changed by accident: an error that says so, or what was saved; and files are closed."""

from __future__ import annotations

import contextlib
import io
import pickle
import struct
import warnings

import pytest

import autograd as ag
from tests.files.contents import archive, loaded, same, saved

CLEAN = (RuntimeError, pickle.UnpicklingError, EOFError)

OBJ = {"w": ag.arange(200.0).reshape(10, 20), "ids": ag.arange(40), "names": ["a", "b"], "part": ag.ones(3, 4)[1]}
TABLE = {"w": ag.arange(200.0).reshape(10, 20), "ids": ag.arange(40), "flag": ag.tensor(True)}


def table_bytes(tmp_path, suffix):
    ag.save(TABLE, tmp_path / f"x{suffix}")
    return (tmp_path / f"x{suffix}").read_bytes()


@pytest.fixture(params=["zip", "legacy", ".npz", ".safetensors"])
def whole(request, tmp_path):
    """The format, the bytes of a file, and what it holds."""
    if request.param.startswith("."):
        return request.param, table_bytes(tmp_path, request.param), TABLE
    return request.param, saved(OBJ, _use_new_zipfile_serialization=request.param == "zip"), OBJ


def test_files_that_were_cut_off(whole):
    _, content, _ = whole
    for length in {*range(0, len(content), 64), *range(40), len(content) - 1}:
        with pytest.raises(CLEAN) as caught:
            loaded(content[:length])
        assert "load: " in str(caught.value)


def test_bits_that_were_flipped(whole, rng):
    """Archives have checksums, so what still loads is equal; the others at least do not load as something else."""
    form, content, obj = whole
    for place in rng.integers(0, 8 * len(content), 1000):
        changed = bytearray(content)
        changed[place // 8] ^= 1 << int(place % 8)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of zipfile
            try:
                found = loaded(bytes(changed))
            except CLEAN:
                continue
        if form in ("zip", ".npz"):
            same(dict(sorted(found.items())), dict(sorted(obj.items())))
        else:
            assert isinstance(found, dict)


def test_bytes_that_were_lost_or_added(whole, rng):
    form, content, obj = whole
    for place in rng.integers(0, len(content), 100):
        shorter = content[:place] + content[place + 1 :]
        longer = content[:place] + b"\x00" + content[place:]
        for changed in (shorter, longer):
            with contextlib.suppress(*CLEAN):
                found = loaded(changed)
                if form in ("zip", ".npz"):
                    same(dict(sorted(found.items())), dict(sorted(obj.items())))


def test_a_wrong_checksum_is_found():
    content = saved(OBJ)
    place = content.index(struct.pack("<f", 123.0))
    changed = content[:place] + struct.pack("<f", 124.0) + content[place + 4 :]
    with pytest.raises(RuntimeError, match="is damaged: the record 'archive/data/0' can't be read.*Bad CRC-32.*again"):
        loaded(changed)


def test_messages_name_the_file(tmp_path):
    path = tmp_path / "model.pt"
    for content, kind, reason in (
        (saved(OBJ)[:-30], RuntimeError, "is damaged: its table of contents can't be read"),
        (b"", EOFError, "has nothing to read"),
        (b"nonsense nonsense", RuntimeError, "none of the formats that are known"),
        (archive(b"\x80\x02cos\nsystem\n."), pickle.UnpicklingError, "GLOBAL os.system"),
        (archive(b"\x80\x02X\xff\x00\x00\x00."), pickle.UnpicklingError, "the pickle is damaged near byte 0"),
        (pickle.dumps([1], 2), RuntimeError, "Invalid magic number"),
        (pickle.dumps(0x1950A86A20F9469CFC6C, 2) + pickle.dumps(1, 2) * 2, RuntimeError, "Invalid protocol version"),
        (struct.pack("<Q", 10) + b"{" * 10, RuntimeError, "no valid safetensors file"),
    ):
        path.write_bytes(content)
        with pytest.raises(kind, match=reason) as caught:
            ag.load(path)
        assert str(path) in str(caught.value)


def test_lists_of_unsafe_names_of_damaged_files():
    names = ag.serialization.get_unsafe_globals_in_checkpoint
    assert names(io.BytesIO(archive(b"\x80\x04\x8c\x02os\x8c\x06system\x93."))) == ["os.system"]
    assert names(io.BytesIO(saved(OBJ))) == []
    with pytest.raises(pickle.UnpicklingError, match="damaged"):
        names(io.BytesIO(archive(b"\x80\x02X\xff\x00\x00\x00.")))
    with pytest.raises(ValueError, match="no .pt archive"):
        names(io.BytesIO(saved(OBJ, _use_new_zipfile_serialization=False)))


def test_no_file_stays_open(whole, tmp_path):
    """An unclosed file would warn, and warnings are errors here: pytest turns those in __del__ into failures."""
    _, content, obj = whole
    path = tmp_path / "x"
    for changed in (content, content[: len(content) // 2], content[:-1]):
        path.write_bytes(changed)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with contextlib.suppress(*CLEAN):
                same(dict(sorted(ag.load(path).items())), dict(sorted(obj.items())))
            path.replace(tmp_path / "y")
