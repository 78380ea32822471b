"""What the tests of files compare and take apart."""

from __future__ import annotations

import io
import zipfile

import numpy as np

import autograd as ag
from autograd.tensor import Tensor


def saved(obj, **options):
    """The bytes of a file that holds an object."""
    file = io.BytesIO()
    ag.save(obj, file, **options)
    return file.getvalue()


def loaded(content, **options):
    """What a file with these bytes holds."""
    return ag.load(io.BytesIO(content), **options)


def round_trip(obj, **options):
    return loaded(saved(obj, **options))


def same(a, b):
    """Assert that two nested structures are equal, of the same types, in the same order; NaN equals NaN."""
    assert type(a) is type(b), (a, b)
    if isinstance(a, Tensor):
        assert a.dtype is b.dtype
        assert a.shape == b.shape
        assert a.requires_grad == b.requires_grad
        np.testing.assert_array_equal(a.memory(), b.memory())
    elif isinstance(a, dict):
        assert [*map(type, a)] == [*map(type, b)]
        assert list(map(repr, a)) == list(map(repr, b))
        for x, y in zip(a.values(), b.values(), strict=True):
            same(x, y)
    elif isinstance(a, (list, tuple)):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            same(x, y)
    elif isinstance(a, (set, frozenset)):
        assert a == b
    else:
        assert repr(a) == repr(b)


def archive(program, storages=(), **extra):
    """A `.pt` file around any pickle, with these storages and other records."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("archive/data.pkl", program)
        packed.writestr("archive/version", "3\n")
        for number, storage in enumerate(storages):
            packed.writestr(f"archive/data/{number}", storage)
        for name, content in extra.items():
            packed.writestr(name, content)
    return file.getvalue()
