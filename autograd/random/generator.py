"""Where all random numbers come from: PyTorch's CPU generator, so that the same seed gives the same numbers.

A `Generator` is a Mersenne Twister: 624 words of state, from which comes one word of 32 random bits
after another. NumPy's twister runs underneath; how it is seeded, how words become floats and what a
saved state looks like is PyTorch's way. What is drawn then agrees with PyTorch to the last bit (as it
computes on processors with AVX2); only where a float64 is made with logarithm, sine or the like, its
last digits depend on whose they are.

Matsumoto and Nishimura, "Mersenne Twister: a 623-dimensionally equidistributed uniform pseudo-random
number generator", ACM Transactions on Modeling and Computer Simulation 8, 1998.
"""

from __future__ import annotations

import contextlib
import math
import os
import threading
from collections.abc import Generator as Yielding
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np

from autograd import dtypes
from autograd.arrays import Array
from autograd.device import CPU, check_device, device
from autograd.misuse import speaking
from autograd.tensor import Tensor, tensor_of

__all__ = ["Generator", "default_generator", "fork_rng", "get_rng_state", "initial_seed", "manual_seed", "seed",
           "set_rng_state"]  # fmt: skip

FIRST_SEED = 67280421310721
"""The seed of a new Generator: PyTorch's. (It is a prime.)"""

WORDS = 624

STATE = np.dtype([
    ("seed", "<u8"), ("left", "<i4"), ("seeded", "<i4"), ("next", "<u8"), ("words", "<u8", WORDS),
    ("unused_x", "<f8"), ("spare", "<f8"), ("unused_rho", "<f8"), ("has_spare", "<i4"), ("gap", "<i4"),
    ("float_spare", "<f4"), ("has_float_spare", "<i4"),
])  # fmt: skip
"""PyTorch's layout of a saved state: 5056 bytes."""


making = threading.Lock()


class Generator:
    """A stream of random numbers; every random function takes one as `generator=`.

    >>> import autograd
    >>> g = autograd.Generator().manual_seed(0)
    >>> autograd.rand(3, generator=g)
    tensor([0.4963, 0.7682, 0.0885])
    """

    _seed: int
    _spare: float | None  # normal numbers come in pairs: the second waits for the next call

    def __init__(self, device: Any = "cpu") -> None:
        check_device(device)
        self.manual_seed(FIRST_SEED)

    @cached_property
    def _engine(self) -> Any:
        """The twister. It is made when the first number is drawn: `numpy.random` takes a while to import."""
        with making:  # else two threads might each make one, and draw the same numbers
            twister = self.__dict__.get("_engine")
            if twister is None:
                self.__dict__["_engine"] = twister = np.random.MT19937(0)
                twister._legacy_seeding(self._seed % 2**32)
            return twister

    @cached_property
    def _bulk(self) -> np.random.Generator:
        """The same twister, drawing many words at once."""
        return np.random.Generator(self._engine)

    @property
    def device(self) -> device:
        """The CPU."""
        return CPU

    # -- seeds and states ----------------------------------------------------------------

    def manual_seed(self, seed: int) -> Generator:
        """Start the stream that belongs to this seed; returns the generator. Negative seeds count from 2**64."""
        if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
            raise RuntimeError(f"manual_seed expected a long, but got {type(seed).__name__}: give an int")
        if not -(2**63) <= seed < 2**64:
            raise ValueError(f"manual_seed(): Overflow when unpacking long long: {seed} is not in [-2**63, 2**64)")
        self._seed = int(seed) % 2**64
        self._spare = None
        for twister in ("_engine", "_bulk"):
            self.__dict__.pop(twister, None)
        return self

    def seed(self) -> int:
        """Start a stream that nobody can foresee; returns its seed."""
        self.manual_seed(int.from_bytes(os.urandom(8), "little"))
        return self._seed

    def initial_seed(self) -> int:
        """The seed that the stream was started with."""
        return self._seed

    def get_state(self) -> Tensor:
        """Where the stream stands, as a tensor of bytes in PyTorch's layout; `set_state` goes back there."""
        twister = self._engine.state["state"]
        state = np.zeros((), STATE)
        state["seed"], state["seeded"], state["words"] = self._seed, True, twister["key"]
        state["left"], state["next"] = WORDS + 1 - twister["pos"], twister["pos"] % WORDS
        if self._spare is not None:
            state["spare"], state["has_spare"] = self._spare, True
        return tensor_of(np.frombuffer(bytearray(state.tobytes()), np.uint8), dtypes.uint8)

    def set_state(self, new_state: Tensor) -> Generator:
        """Go back to where the stream stood when `get_state` returned this.

        Raises TypeError for what is not a tensor of bytes, RuntimeError where it is no state.
        """
        state = unpacked(new_state)
        twister: Any = {"key": state["words"].astype(np.uint32), "pos": WORDS + 1 - int(state["left"])}
        self._engine.state = {"bit_generator": "MT19937", "state": twister}
        self._seed = int(state["seed"])
        self._spare = float(state["spare"]) if state["has_spare"] else None
        return self

    def clone_state(self) -> Generator:
        """A new generator that stands at the same place."""
        return Generator().set_state(self.get_state())

    def __reduce__(self) -> tuple[Any, ...]:
        return restored, (self.get_state().array,)

    # -- the stream ------------------------------------------------------------------------

    def words(self, n: int) -> Array:
        """The next n words of 32 bits."""
        return self._bulk.integers(0, 2**32, n, np.uint32)

    def long_words(self, n: int) -> Array:
        """The next n words of 64 bits, each made of two of 32, the high half first."""
        return self._bulk.integers(0, 2**64, n, np.uint64)

    def uniform32(self, n: int) -> Array:
        """n float32 numbers from [0, 1): the low 24 bits of a word each."""
        numbers = (self.words(n) & np.uint32(2**24 - 1)).astype(np.float32)
        numbers *= np.float32(2**-24)
        return numbers

    def uniform64(self, n: int) -> Array:
        """n float64 numbers from [0, 1): the low 53 bits of a long word each."""
        numbers = (self.long_words(n) & np.uint64(2**53 - 1)).astype(np.float64)
        numbers *= 2.0**-53
        return numbers

    def uniform(self, n: int, kind: Any) -> Array:
        """n numbers from [0, 1), in the precision in which numbers of this NumPy dtype are computed."""
        return self.uniform64(n) if kind == np.float64 else self.uniform32(n)

    def uniform_one_by_one(self) -> Yielding[float, None, None]:
        """The numbers of `uniform64` for those who can't say beforehand how many they need.

        Close the iterator in the end: then the stream goes on behind the last number that was taken.
        """
        ahead = 1000
        while True:
            before = self._engine.state
            taken = 0
            try:
                for taken, number in enumerate(self.uniform64(ahead).tolist(), 1):  # noqa: B007 (read in `finally`)
                    yield number
            finally:
                if taken < ahead:
                    self._engine.state = before
                    self.long_words(taken)

    def normals(self, n: int) -> Array:
        """n float64 numbers from the standard normal distribution, two from each two uniform ones.

            z_1 = r cos φ,  z_2 = r sin φ,  with r² = -2 ln(1 - u_2) and φ = 2π u_1

        Box and Muller, "A note on the generation of random normal deviates", 1958.
        """
        spare = self._spare
        waiting = [] if spare is None else [spare]
        pairs = max(0, n - len(waiting) + 1) // 2
        u1, u2 = self.uniform64(2 * pairs).reshape(pairs, 2).T
        radius, angle = np.sqrt(-2 * np.log1p(-u2)), 2 * math.pi * u1
        fresh = np.stack((radius * np.cos(angle), radius * np.sin(angle)), axis=1).reshape(-1)
        numbers = np.concatenate((waiting, fresh))
        self._spare = float(numbers[n]) if len(numbers) > n else None
        return numbers[:n]


def unpacked(new_state: Any) -> Array:
    """The fields of a saved state, checked."""
    if not isinstance(new_state, Tensor):
        raise TypeError(f"expected a torch.ByteTensor, but got {type(new_state).__name__}: give a get_state() result")
    if new_state.dtype is not dtypes.uint8:
        raise TypeError(f"RNG state must be a torch.ByteTensor, and this is a tensor of {new_state.dtype.name}")
    if new_state.array.size != STATE.itemsize:
        raise RuntimeError(
            f"Expected a CPUGeneratorImplState of size {STATE.itemsize} but found the input RNG state size to be "
            f"{new_state.array.size}: give what get_state() returned"
        )
    state: Array = np.frombuffer(new_state.array.tobytes(), STATE)[0]
    if not (state["seeded"] and 0 < state["left"] <= WORDS and state["next"] <= WORDS):
        raise RuntimeError("Invalid mt19937 state: these bytes are not what get_state() returned")
    return state


def restored(state: Array) -> Generator:
    """What pickle and deepcopy call."""
    return Generator().set_state(tensor_of(state, dtypes.uint8))


default_generator = Generator()
"""What random functions draw from unless given a generator of their own."""

default_generator.seed()


@speaking
def manual_seed(seed: Any) -> Generator:
    """Start the default generator's stream that belongs to this seed: from here on, all numbers are determined.

    >>> import autograd
    >>> _ = autograd.manual_seed(1337)
    >>> autograd.randint(10, (5,))
    tensor([5, 7, 2, 0, 5])
    """
    return default_generator.manual_seed(int(seed))


def seed() -> int:
    """Start a stream of the default generator that nobody can foresee; returns its seed."""
    return default_generator.seed()


def initial_seed() -> int:
    """The seed that the default generator was started with."""
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """Where the default generator stands."""
    return default_generator.get_state()


@speaking
def set_rng_state(new_state: Tensor) -> None:
    """Put the default generator back to where it stood when `get_rng_state` returned this."""
    default_generator.set_state(new_state)


@contextlib.contextmanager
def fork_rng(devices: Any = None, enabled: bool = True, device_type: str = "cpu") -> Iterator[None]:
    """A context whose draws leave no trace: at its end the default generator stands where it stood before.

    >>> import autograd
    >>> _ = autograd.manual_seed(0)
    >>> with autograd.random.fork_rng():
    ...     _ = autograd.rand(100)
    >>> autograd.rand(1)
    tensor([0.4963])
    """
    before = get_rng_state()
    try:
        yield
    finally:
        if enabled:
            set_rng_state(before)
