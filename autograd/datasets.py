"""Small data sets, each in one line, to learn with: no files, no downloads.

    x, y = datasets.moons(200, noise=0.1)
    (x_train, y_train), (x_test, y_test) = datasets.split(*datasets.digits())

Inputs are float32, classes int64, and what is to be predicted as a number is a float32 column. Those
that are made up draw their random numbers from the default generator, or from one that is given, so
that the same seed gives the same points. The others come inside packages that need not be installed.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np

from autograd import dtypes
from autograd.arrays import Array
from autograd.create import as_tensor
from autograd.lazy import LazyModule
from autograd.random.creation import randn, randperm
from autograd.random.generator import Generator
from autograd.tensor import Tensor

__all__ = ["breast_cancer", "circles", "diabetes", "digits", "first_names", "iris", "moons", "spirals", "split",
           "standardize"]  # fmt: skip

Pair: TypeAlias = tuple[Tensor, Tensor]
"""Inputs and what belongs to them, row by row."""

collections = LazyModule("sklearn.datasets")
census = LazyModule("names")


@contextlib.contextmanager
def needed(name: str, package: str) -> Iterator[None]:
    """Say what to install where a data set's package is missing."""
    try:
        yield
    except ModuleNotFoundError as missing:
        raise ImportError(
            f"datasets.{name}() takes its data from {package}, which is not installed: `pip install {package}`, or "
            "`pip install chalkgrad[demo]` for all that the data sets need"
        ) from missing


# -- points in the plane ------------------------------------------------------------------------------------


def moons(n: int = 200, noise: float = 0.1, *, generator: Generator | None = None) -> Pair:
    """Two half moons that reach into each other: no line divides them.

    Args:
        n: how many points there are in both.
        noise: the standard deviation of what each coordinate is off by.
        generator: where the random numbers come from.

    Returns x of shape (n, 2) and the classes y, 0 or 1, of shape (n,).

    >>> import autograd
    >>> x, y = autograd.datasets.moons(200, noise=0.1)
    >>> x.shape, y.sum()
    (torch.Size([200, 2]), tensor(100))
    """
    upper, lower = (np.linspace(0, math.pi, count) for count in portions(n, 2))
    points = [
        np.stack((np.cos(upper), np.sin(upper)), axis=1),
        np.stack((1 - np.cos(lower), 0.5 - np.sin(lower)), axis=1),
    ]
    return scattered(points, noise, generator)


def circles(n: int = 200, noise: float = 0.05, factor: float = 0.5, *, generator: Generator | None = None) -> Pair:
    """A circle (class 0) around another (class 1), whose radius is `factor`.

    Arguments and shapes as of `moons`. Raises ValueError unless the factor lies between 0 and 1.

    >>> import autograd
    >>> x, y = autograd.datasets.circles(100, noise=0.0)
    >>> (x[y == 1] ** 2).sum(1).max()
    tensor(0.2500)
    """
    if not 0 <= factor < 1:
        raise ValueError(f"circles(): factor is the radius of the inner circle, from 0 to below 1, but got {factor}")
    points = []
    for radius, count in zip((1.0, factor), portions(n, 2), strict=True):
        angle = 2 * math.pi * np.arange(count) / max(1, count)
        points.append(radius * np.stack((np.cos(angle), np.sin(angle)), axis=1))
    return scattered(points, noise, generator)


def spirals(
    n: int = 300, classes: int = 3, noise: float = 0.02, turns: float = 0.75, *, generator: Generator | None = None
) -> Pair:
    """Arms of a spiral, one for each class, that wind around each other.

    Args:
        n: how many points there are in all arms.
        classes: how many arms there are.
        noise: the standard deviation of what each coordinate is off by.
        turns: how often an arm goes around the middle.
        generator: where the random numbers come from.

    Returns x of shape (n, 2) and the classes y, from 0 on, of shape (n,).

    >>> import autograd
    >>> x, y = autograd.datasets.spirals(300, classes=3)
    >>> autograd.bincount(y)
    tensor([100, 100, 100])
    """
    points = []
    for arm, count in enumerate(portions(n, classes)):
        radius = np.linspace(0.05, 1, count)  # the arms don't quite meet in the middle
        angle = 2 * math.pi * (turns * radius + arm / classes)
        points.append(radius[:, None] * np.stack((np.cos(angle), np.sin(angle)), axis=1))
    return scattered(points, noise, generator)


def portions(n: int, parts: int) -> list[int]:
    """A number in parts that differ by 1 at most."""
    if n < 0 or parts < 1:
        raise ValueError(f"there are no {n} points in {parts} classes: give n >= 0 and classes >= 1")
    return [(n + i) // parts for i in reversed(range(parts))]


def scattered(points: Sequence[Array], noise: float, generator: Generator | None) -> Pair:
    """The points of each class with noise, in random order, and the classes."""
    x = as_tensor(np.concatenate(points), dtype=dtypes.float32)
    y = as_tensor(np.repeat(np.arange(len(points)), [len(some) for some in points]))
    x = x + noise * randn(*x.shape, generator=generator)
    order = randperm(len(y), generator=generator)
    return x[order], y[order]


# -- measured by others -------------------------------------------------------------------------------------


def loaded(name: str) -> tuple[Array, Array]:
    """A data set of scikit-learn's."""
    with needed(name, "scikit-learn"):
        x, y = getattr(collections, f"load_{name}")(return_X_y=True)
    return x, y


def digits(*, flat: bool = False) -> Pair:
    """Handwritten digits: 1797 images of 8 × 8 pixels from 0 (paper) to 1 (ink), and which digit each shows.

    Returns x of shape (1797, 1, 8, 8), or (1797, 64) if `flat`, and y of shape (1797,).

    Raises ImportError without scikit-learn. Alpaydin and Kaynak, "Optical recognition of handwritten
    digits", UCI machine learning repository, 1998.

    >>> import autograd
    >>> x, y = autograd.datasets.digits()
    >>> x.shape, y[:4], x.max()
    (torch.Size([1797, 1, 8, 8]), tensor([0, 1, 2, 3]), tensor(1.))
    """
    x, y = loaded("digits")
    images = as_tensor(x / 16, dtype=dtypes.float32)
    return images if flat else images.reshape(-1, 1, 8, 8), as_tensor(y, dtype=dtypes.int64)


def iris() -> Pair:
    """Irises of three species: length and width of sepals and petals of 150 flowers, in cm, and the species.

    Returns x of shape (150, 4) and y, from 0 to 2, of shape (150,).

    Raises ImportError without scikit-learn. Fisher, "The use of multiple measurements in taxonomic problems", 1936.

    >>> import autograd
    >>> x, y = autograd.datasets.iris()
    >>> x[0], autograd.bincount(y)
    (tensor([5.1000, 3.5000, 1.4000, 0.2000]), tensor([50, 50, 50]))
    """
    x, y = loaded("iris")
    return as_tensor(x, dtype=dtypes.float32), as_tensor(y, dtype=dtypes.int64)


def breast_cancer() -> Pair:
    """Cells of 569 tumors: 30 measures from images of each, and whether it is benign (1) or malignant (0).

    The measures differ in size by a factor of 10⁵: `standardize` them.

    Returns x of shape (569, 30) and y of shape (569,).

    Raises ImportError without scikit-learn. Street, Wolberg and Mangasarian, "Nuclear feature
    extraction for breast tumor diagnosis", 1993.

    >>> import autograd
    >>> x, y = autograd.datasets.breast_cancer()
    >>> x.shape, autograd.bincount(y)
    (torch.Size([569, 30]), tensor([212, 357]))
    """
    x, y = loaded("breast_cancer")
    return as_tensor(x, dtype=dtypes.float32), as_tensor(y, dtype=dtypes.int64)


def diabetes() -> Pair:
    """Ten measures of 442 patients (centered, and scaled alike), and how their disease has progressed after a year.

    Returns x of shape (442, 10) and y, a column of shape (442, 1), as a layer with one output has it.

    Raises ImportError without scikit-learn. Efron, Hastie, Johnstone and Tibshirani, "Least angle regression", 2004.

    >>> import autograd
    >>> x, y = autograd.datasets.diabetes()
    >>> x.shape, y.shape, y.min(), y.max()
    (torch.Size([442, 10]), torch.Size([442, 1]), tensor(25.), tensor(346.))
    """
    x, y = loaded("diabetes")
    return as_tensor(x, dtype=dtypes.float32), as_tensor(y[:, None], dtype=dtypes.float32)


def first_names() -> list[str]:
    """About 5000 first names in lower case, the most frequent first: for models that make up names.

    Raises ImportError without the package `names`, which has them from the census of the USA in 1990.

    >>> import autograd
    >>> names = autograd.datasets.first_names()
    >>> names[:4], len(names)
    (['james', 'john', 'robert', 'michael'], 5163)
    """
    share: dict[str, float] = {}
    with needed("first_names", "names"):
        files = [census.FILES[group] for group in ("first:male", "first:female")]
    for file in files:
        with open(file, encoding="ascii") as lines:
            for line in lines:
                name, percent = line.split()[:2]
                share[name.lower()] = share.get(name.lower(), 0.0) + float(percent)
    return sorted(share, key=lambda name: (-share[name], name))


# -- before training ----------------------------------------------------------------------------------------


def split(*tensors: Tensor, test: float = 0.2, generator: Generator | None = None) -> tuple[Any, ...]:
    """Rows to train with and rows to test with, dealt out at random: `train, test = split(x, y)`.

    Args:
        tensors: tensors of equally many rows, which stay together.
        test: the part of the rows to test with, between 0 and 1, or their number.
        generator: where the random numbers come from.

    Returns two tuples, each with a part of every tensor.

    Raises ValueError where the tensors differ in length, or nothing would be left for one of the two.

    >>> import autograd
    >>> (x_train, y_train), (x_test, y_test) = autograd.datasets.split(*autograd.datasets.moons(200), test=0.25)
    >>> x_train.shape, y_test.shape
    (torch.Size([150, 2]), torch.Size([50]))
    """
    lengths = {len(tensor) for tensor in tensors}
    if len(lengths) != 1:
        raise ValueError(f"split(): the tensors must have equally many rows, but got {sorted(lengths)}")
    rows = lengths.pop()
    count = test if isinstance(test, int) else round(test * rows)
    if not 0 < count < rows:
        raise ValueError(
            f"split(): test={test} makes {count} of {rows} rows to test with: give a part between 0 and 1, or a number "
            "of rows, so that there are some for either purpose"
        )
    order = randperm(rows, generator=generator)
    held_out, rest = order[:count], order[count:]
    return tuple(tensor[rest] for tensor in tensors), tuple(tensor[held_out] for tensor in tensors)


def standardize(train: Tensor, *others: Tensor) -> Any:
    r"""Columns of mean 0 and variance 1: $(x - \mu) / \sigma$, with mu and sigma of the rows to train with.

    The others are treated alike: what is known of them must not help. A constant column becomes 0.

    Returns as many tensors as are given.

    >>> import autograd
    >>> x_train, x_test = autograd.datasets.standardize(autograd.tensor([[1.0], [3.0]]), autograd.tensor([[5.0]]))
    >>> x_train.flatten(), x_test
    (tensor([-1.,  1.]), tensor([[3.]]))
    """
    mean, deviation = train.mean(0), train.std(0, correction=0)
    deviation[deviation == 0] = 1.0
    scaled = [(tensor - mean) / deviation for tensor in (train, *others)]
    return scaled[0] if not others else tuple(scaled)
