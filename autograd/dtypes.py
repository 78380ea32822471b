"""Element types: PyTorch's names on NumPy's dtypes, and PyTorch's promotion rules.

NumPy and PyTorch disagree on three points, and here PyTorch's way holds: an integer divided by
an integer is a float32, not a float64; a float32 array meets an int64 array as float32; and an
operand of rank 0 never widens an array of the same kind.
"""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

__all__ = [
    "bfloat16", "bool", "complex64", "complex128", "dtype", "finfo", "float16", "float32", "float64",
    "get_default_dtype", "iinfo", "int8", "int16", "int32", "int64", "promote_types", "set_default_dtype", "uint8",
    "uint16", "uint32", "uint64",
]  # fmt: skip

BOOL, INTEGER, FLOATING, COMPLEX = range(4)  # the four kinds, from narrow to wide


class dtype:
    """An element type. There is one object per type, so `is` compares them.

    >>> import autograd
    >>> autograd.ones(2).dtype is autograd.float32
    True
    >>> autograd.float64.itemsize, autograd.int64.is_floating_point
    (8, False)
    """

    __slots__ = ("category", "dtype", "is_complex", "is_floating_point", "is_signed", "itemsize", "name", "type")

    def __init__(self, name: str) -> None:
        self.name = name
        self.dtype = np.dtype(name)  # called so because NumPy accepts any object with a `dtype` as a dtype
        self.type = self.dtype.type
        self.itemsize = self.dtype.itemsize
        self.is_complex = self.dtype.kind == "c"
        self.is_floating_point = self.dtype.kind == "f"
        self.is_signed = self.dtype.kind in "ifc"
        self.category = {"b": BOOL, "u": INTEGER, "i": INTEGER, "f": FLOATING, "c": COMPLEX}[self.dtype.kind]

    def to_real(self) -> dtype:
        """The type of this type's real part."""
        return {complex64: float32, complex128: float64}.get(self, self)

    def to_complex(self) -> dtype:
        """The complex type whose parts have this precision."""
        return {float16: complex64, bfloat16: complex64, float32: complex64, float64: complex128}.get(self, self)

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> tuple[Any, ...]:
        return named, (self.name,)


class NameOnly(dtype):
    """A floating type that NumPy lacks: programs may name it, compare with it and ask about it; no tensor has it."""

    __slots__ = ("instead",)

    def __init__(self, name: str, itemsize: int, instead: str) -> None:
        self.name, self.itemsize, self.instead = name, itemsize, instead
        self.is_complex, self.is_floating_point, self.is_signed = False, True, True
        self.category = FLOATING

    @property
    def dtype(self) -> Any:  # type: ignore[override]
        """Raises TypeError: numbers of this type are wanted."""
        raise TypeError(f"there is no {self.name} here, as NumPy has none: {self.instead}")

    type = dtype


bool = dtype("bool")
uint8, uint16, uint32, uint64 = dtype("uint8"), dtype("uint16"), dtype("uint32"), dtype("uint64")
int8, int16, int32, int64 = dtype("int8"), dtype("int16"), dtype("int32"), dtype("int64")
float16, float32, float64 = dtype("float16"), dtype("float32"), dtype("float64")
complex64, complex128 = dtype("complex64"), dtype("complex128")
bfloat16 = NameOnly("bfloat16", 2, "use float32, or float16")

ALL = (bool, uint8, uint16, uint32, uint64, int8, int16, int32, int64,
       float16, float32, float64, complex64, complex128)  # fmt: skip
BY_NUMPY: dict[Any, dtype] = {d.dtype: d for d in ALL}
BY_NAME = {d.name: d for d in (*ALL, bfloat16)}
PYTHON_TYPES: dict[type, dtype] = {
    builtins.bool: bool, builtins.int: int64, builtins.float: float64, builtins.complex: complex128,
}  # fmt: skip
"""What `dtype=float` and the like ask for: the types that Python's own numbers have."""

NEVER_PROMOTED = (uint16, uint32, uint64)
"""Types for storing numbers: PyTorch does not mix them with other integers."""


_default = float32


def named(name: str) -> dtype:
    """The dtype of this name; pickle stores dtypes so, to keep one object per type."""
    return BY_NAME[name]


def from_numpy_dtype(numpy_dtype: Any) -> dtype:
    """Our dtype for a NumPy dtype; TypeError where PyTorch has no such type (strings, objects, ...)."""
    found = BY_NUMPY.get(numpy_dtype)
    if found is None:
        found = BY_NUMPY.get(np.dtype(numpy_dtype).newbyteorder("="))
    if found is None:
        raise TypeError(
            f"can't make a tensor of NumPy dtype {numpy_dtype}: the supported types are "
            + ", ".join(d.name for d in ALL)
        )
    return found


def as_dtype(value: Any) -> dtype:
    """Accept a dtype in any of the spellings that users try: ours, NumPy's, or Python's float and int."""
    if isinstance(value, dtype):
        return BY_NUMPY[value.dtype]
    if isinstance(value, type) and value in PYTHON_TYPES:
        return PYTHON_TYPES[value]
    try:
        return from_numpy_dtype(np.dtype(value))
    except (TypeError, ValueError):
        raise TypeError(f"dtype must be a dtype such as autograd.float32, got {value!r}") from None


def of_python_type(python_type: type) -> dtype:
    """The dtype that a Python number gets when it becomes a tensor by itself."""
    if issubclass(python_type, (builtins.bool, np.bool_)):
        return bool
    if issubclass(python_type, (builtins.int, np.integer)):
        return int64
    if issubclass(python_type, (builtins.float, np.floating)):
        return _default
    if issubclass(python_type, (builtins.complex, np.complexfloating)):
        return _default.to_complex()
    raise TypeError(f"there is no dtype for a {python_type.__name__}: expected a Tensor or a number")


def get_default_dtype() -> dtype:
    """The floating type of new tensors made from Python floats; float32 unless changed."""
    return _default


def set_default_dtype(d: dtype) -> None:
    """Set the floating type of new tensors.

    Raises TypeError for anything but a real floating dtype that tensors can have.
    """
    global _default
    if not isinstance(d, dtype) or not d.is_floating_point:
        raise TypeError(f"set_default_dtype: only floating-point dtypes can be the default, got {d!r}")
    _default = BY_NUMPY[d.dtype]


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The smallest type that holds both: the wider kind wins, and within a kind the wider type.

    >>> import autograd
    >>> autograd.promote_types(autograd.int64, autograd.float16)
    torch.float16

    Raises RuntimeError for uint16, uint32 or uint64 with another integer type, TypeError for what is no dtype.
    """
    if type1 is type2:
        return type1
    for position, given in enumerate((type1, type2), 1):
        if not isinstance(given, dtype):
            raise TypeError(
                f"promote_types(): argument 'type{position}' (position {position}) must be torch.dtype, not "
                f"{builtins.type(given).__name__}"
            )
    if (type1 in NEVER_PROMOTED or type2 in NEVER_PROMOTED) and max(type1.category, type2.category) <= INTEGER:
        raise RuntimeError(
            f"Promotion for uint16, uint32, uint64 types is not supported, attempted to promote {type1.name} and "
            f"{type2.name}: convert one of them, for example with .long()"
        )
    if type1.category == type2.category:
        return BY_NUMPY[np.promote_types(type1.dtype, type2.dtype)]
    wide, narrow = (type1, type2) if type1.category > type2.category else (type2, type1)
    if wide.is_complex and narrow.is_floating_point:
        return BY_NUMPY[np.promote_types(wide.dtype, narrow.to_complex().dtype)]
    return wide


def can_cast(from_: dtype, to: dtype) -> builtins.bool:
    """Whether a result of one type may be written into a tensor of the other: the kind must not narrow.

    >>> import autograd
    >>> autograd.can_cast(autograd.float64, autograd.float32), autograd.can_cast(autograd.float32, autograd.int64)
    (True, False)
    """
    for name, given in (("from_", from_), ("to", to)):
        if not isinstance(given, dtype):
            raise TypeError(f"can_cast(): argument '{name}' must be torch.dtype, not {type(given).__name__}")
    return from_.category <= to.category


class finfo:
    """Limits of a floating dtype, by default of the default dtype.

    >>> import autograd
    >>> autograd.finfo(autograd.float32).eps
    1.1920928955078125e-07
    """

    def __init__(self, type: dtype | None = None) -> None:
        type = _default if type is None else type
        if not (isinstance(type, dtype) and (type.is_floating_point or type.is_complex)):
            raise TypeError(f"finfo: needs a floating-point dtype, got {type!r}; for integers use iinfo")
        info = np.finfo(type.dtype)
        self.dtype, self.bits = type.to_real().name, info.bits
        self.eps, self.max, self.min = float(info.eps), float(info.max), float(info.min)
        self.tiny = self.smallest_normal = float(info.tiny)
        self.resolution = float(f"1e-{info.precision}")

    def __repr__(self) -> str:
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, eps={self.eps:g}, "
            f"smallest_normal={self.smallest_normal:g}, tiny={self.tiny:g}, dtype={self.dtype})"
        )


class iinfo:
    """Limits of an integer dtype.

    >>> import autograd
    >>> autograd.iinfo(autograd.int8).max
    127
    """

    def __init__(self, type: dtype) -> None:
        if not isinstance(type, dtype) or type.category != INTEGER:
            raise TypeError(f"iinfo: needs an integer dtype, got {type!r}; for floats use finfo")
        info = np.iinfo(type.dtype)
        self.dtype, self.bits = type.name, info.bits
        self.max, self.min = int(info.max), int(info.min)

    def __repr__(self) -> str:
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"
