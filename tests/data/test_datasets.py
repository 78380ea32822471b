"""The small data sets: their shapes, what is known of their points, and what they say where a package is missing."""

import math
import sys

import numpy as np
import pytest

import autograd
from autograd import datasets


def seeded(make, **options):
    return make(generator=autograd.Generator().manual_seed(1), **options)


@pytest.mark.parametrize("make", [datasets.moons, datasets.circles, datasets.spirals])
def test_the_same_seed_gives_the_same_points(make):
    (x, y), (again, labels), (other, _) = seeded(make), seeded(make), make()
    assert x.tolist() == again.tolist()
    assert y.tolist() == labels.tolist()
    assert x.tolist() != other.tolist()
    assert (x.dtype, y.dtype) == (autograd.float32, autograd.int64)
    for n in (0, 1, 2, 7):
        x, y = make(n)
        assert (x.shape, y.shape) == ((n, 2), (n,))


def test_moons_are_half_circles():
    x, y = datasets.moons(101, noise=0.0)
    assert autograd.bincount(y).tolist() in ([50, 51], [51, 50])
    upper, lower = x[y == 0].numpy(), x[y == 1].numpy()
    np.testing.assert_allclose(np.hypot(*upper.T), 1, rtol=1e-6)
    np.testing.assert_allclose(np.hypot(lower[:, 0] - 1, lower[:, 1] - 0.5), 1, rtol=1e-6)
    assert upper[:, 1].min() > -1e-6
    assert lower[:, 1].max() < 0.5 + 1e-6


def test_circles_have_their_radii():
    x, y = datasets.circles(80, noise=0.0, factor=0.3)
    radius = x.norm(dim=1)
    np.testing.assert_allclose(radius[y == 0].numpy(), 1.0, rtol=1e-6)
    np.testing.assert_allclose(radius[y == 1].numpy(), 0.3, rtol=1e-6)
    with pytest.raises(ValueError, match="factor is the radius of the inner circle, from 0 to below 1, but got 1.5"):
        datasets.circles(factor=1.5)


def test_spirals_turn():
    x, y = datasets.spirals(400, classes=4, noise=0.0, turns=1.0)
    assert autograd.bincount(y).tolist() == [100] * 4
    radius, angle = x.norm(dim=1).numpy(), np.arctan2(x[:, 1].numpy(), x[:, 0].numpy())
    expected = 2 * math.pi * (radius + y.numpy() / 4)
    np.testing.assert_allclose(np.cos(angle - expected), 1, atol=1e-5)
    with pytest.raises(ValueError, match="in 0 classes"):
        datasets.spirals(10, classes=0)


@pytest.mark.parametrize("make", [datasets.moons, datasets.circles, datasets.spirals])
def test_noise_is_as_large_as_it_says(make):
    """With the same generator only the noise differs, since all numbers for it are drawn first."""
    quiet, loud = seeded(make, n=5000, noise=0.0)[0], seeded(make, n=5000, noise=0.25)[0]
    off = (loud - quiet).numpy()
    assert off.std() == pytest.approx(0.25, rel=0.03)
    assert abs(off.mean()) < 0.01


SKLEARN = {"digits": 10, "iris": 3, "breast_cancer": 2}


@pytest.mark.parametrize("name", SKLEARN)
def test_classes_are_scikit_learns(name):
    collection = pytest.importorskip("sklearn.datasets", reason="the data are scikit-learn's")
    x, y = getattr(datasets, name)()
    theirs = getattr(collection, f"load_{name}")()
    assert (x.dtype, y.dtype) == (autograd.float32, autograd.int64)
    assert y.tolist() == theirs.target.tolist()
    scale = 16 if name == "digits" else 1
    np.testing.assert_allclose(x.flatten(1).numpy() * scale, theirs.data, rtol=1e-6)
    assert int(y.max()) + 1 == SKLEARN[name]


def test_digits_may_be_flat():
    pytest.importorskip("sklearn", reason="the data are scikit-learn's")
    assert datasets.digits(flat=True)[0].shape == (1797, 64)


def test_diabetes_is_a_column():
    collection = pytest.importorskip("sklearn.datasets", reason="the data are scikit-learn's")
    x, y = datasets.diabetes()
    theirs = collection.load_diabetes()
    np.testing.assert_allclose(x.numpy(), theirs.data, rtol=1e-6, atol=1e-9)
    assert y.flatten().tolist() == theirs.target.tolist()
    assert y.shape == (442, 1)


def test_names_are_words():
    pytest.importorskip("names", reason="the names come in this package")
    found = datasets.first_names()
    assert len(set(found)) == len(found) > 5000
    assert all(name.isascii() and name.isalpha() and name.islower() for name in found)
    assert {"mary", "emma", "ava"} <= set(found)


@pytest.mark.parametrize(
    ("name", "package", "module"), [("digits", "scikit-learn", "sklearn"), ("first_names", "names", "names")]
)
def test_what_to_install(name, package, module, monkeypatch):
    for loaded in [m for m in sys.modules if m.split(".")[0] == module]:
        monkeypatch.delitem(sys.modules, loaded)
    monkeypatch.setitem(sys.modules, module, None)
    for stand_in in (datasets.collections, datasets.census):
        for found in [key for key in vars(stand_in) if not key.startswith("__")]:
            monkeypatch.delitem(vars(stand_in), found)
    with pytest.raises(
        ImportError, match=rf"datasets.{name}\(\) takes its data from {package}.*`pip install {package}`"
    ):
        getattr(datasets, name)()


def test_splits_share_nothing():
    x = autograd.arange(10)
    (a, b), (c, d) = datasets.split(x, x * 10, test=0.3)
    assert (len(a), len(c)) == (7, 3)
    assert sorted(a.tolist() + c.tolist()) == x.tolist()
    assert b.tolist() == (a * 10).tolist()
    assert d.tolist() == (c * 10).tolist()
    (train,), (test,) = datasets.split(x, test=4)
    assert (len(train), len(test)) == (6, 4)
    for refused in (0.0, 1.0, 0, 10):
        with pytest.raises(ValueError, match="give a part between 0 and 1"):
            datasets.split(x, test=refused)
    with pytest.raises(ValueError, match=r"the tensors must have equally many rows, but got \[9, 10\]"):
        datasets.split(x, x[1:])


def test_standardized_columns(rng):
    train, test = (autograd.tensor(rng.normal(5, 3, (50, 3)), dtype=autograd.float32) for _ in range(2))
    train[:, 2] = 7.0
    scaled, other = datasets.standardize(train, test)
    np.testing.assert_allclose(scaled.mean(0).numpy(), 0, atol=1e-6)
    np.testing.assert_allclose(scaled.std(0, correction=0).numpy(), [1, 1, 0], atol=1e-6)
    np.testing.assert_allclose(
        other[:, 0].numpy(), ((test[:, 0] - train[:, 0].mean()) / train[:, 0].std(correction=0)).numpy(), rtol=1e-5
    )
    assert datasets.standardize(train).tolist() == scaled.tolist()
