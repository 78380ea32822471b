"""What no function, or hardly any, can make sense of: arguments to put in place of good ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd
import nn

HUGE = 2**62

WRONG_TYPES: dict[str, Callable[[], Any]] = {
    "None": lambda: None,
    "a str": lambda: "wrong",
    "bytes": lambda: b"wrong",
    "an object": object,
    "a dict": lambda: {"wrong": 1},
    "a set": lambda: {1, 2},
    "a function": lambda: repr,
    "a class": lambda: int,
    "a module": lambda: nn.Linear(2, 2),
    "a list of str": lambda: ["wrong", "words"],
    "a ragged list": lambda: [[1], [2, 3]],
    "a list of None": lambda: [None, None],
    "a slice": lambda: slice(1, 2),
    "an iterator": lambda: iter([1, 2]),
    "an array of str": lambda: np.array(["wrong"]),
    "an array of objects": lambda: np.array([None, {}], dtype=object),
}

WRONG_NUMBERS: dict[str, Callable[[], Any]] = {
    "0": lambda: 0,
    "-1": lambda: -1,
    "7": lambda: 7,
    "-100": lambda: -100,
    "huge": lambda: HUGE,
    "-huge": lambda: -HUGE,
    "beyond 64 bits": lambda: 10**30,
    "1.5": lambda: 1.5,
    "nan": lambda: float("nan"),
    "inf": lambda: float("inf"),
    "True": lambda: True,
    "1j": lambda: 1j,
    "()": lambda: (),
    "[]": list,
    "(2, -1)": lambda: (2, -1),
    "(0, 0)": lambda: (0, 0),
    "huge sizes": lambda: (HUGE, HUGE),
    "(1, 2, 3, 4, 5, 6, 7)": lambda: (1, 2, 3, 4, 5, 6, 7),
    "floats": lambda: [1.5, float("nan")],
}

WRONG_TENSORS: dict[str, Callable[[], Any]] = {
    "a number as a tensor": lambda: autograd.tensor(1.5),
    "an empty tensor": lambda: autograd.zeros(0),
    "nothing of several dims": lambda: autograd.zeros(2, 0, 3),
    "six dims": lambda: autograd.ones(1, 2, 1, 2, 1, 2),
    "a row": lambda: autograd.arange(5.0),
    "bools": lambda: autograd.tensor([True, False, True]),
    "bytes as a tensor": lambda: autograd.ones(3, 4, dtype=autograd.uint8),
    "negative ints": lambda: autograd.full((3, 4), -1),
    "huge ints": lambda: autograd.full((3,), HUGE),
    "float16": lambda: autograd.ones(3, 4, dtype=autograd.float16),
    "float64": lambda: autograd.ones(3, 4, dtype=autograd.float64),
    "complex": lambda: autograd.ones(3, 4, dtype=autograd.complex64),
    "nans": lambda: autograd.full((3, 4), float("nan")),
    "infs": lambda: autograd.full((3, 4), float("inf")),
    "a leaf": lambda: autograd.ones(3, 4, requires_grad=True),
    "a result": lambda: autograd.ones(3, 4, requires_grad=True) * 2,
    "repeated memory": lambda: autograd.ones(3, 1).expand(3, 4),
    "a list of tensors": lambda: [autograd.ones(3), autograd.ones(4, 2)],
    "an array": lambda: np.ones((3, 4)),
}

BAD = WRONG_TYPES | WRONG_NUMBERS | WRONG_TENSORS
