"""The array side of a Tensor: its shape and type, and the ways to Python and NumPy."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd import printing, protocols
from autograd.arrays import Array, ndarray
from autograd.dtypes import dtype
from autograd.methods import OpMethods
from autograd.size import Size, shape_of


class Values(OpMethods):
    """What a tensor has in common with any array."""

    __slots__ = ()

    array: Array
    dtype: dtype

    @property
    def shape(self) -> Size:
        """The sizes of the dimensions."""
        return shape_of(self.array.shape)

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the size of one dimension."""
        if dim is None:
            return shape_of(self.array.shape)
        return self.array.shape[place_of(dim, self.array.ndim, "size")]

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self.array.ndim

    def dim(self) -> int:
        """The number of dimensions."""
        return self.array.ndim

    ndimension = dim

    def numel(self) -> int:
        """The number of elements."""
        return self.array.size

    nelement = numel

    def element_size(self) -> int:
        """Bytes per element."""
        return self.dtype.itemsize

    @property
    def itemsize(self) -> int:
        """Bytes per element."""
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self.array.size * self.dtype.itemsize

    def stride(self, dim: int | None = None) -> Any:
        """How many elements apart neighbours along each dimension (or one of them) lie."""
        strides = [step // self.dtype.itemsize for step in self.memory().strides]
        sizes = self.array.shape
        for d in reversed(range(len(sizes))):
            if sizes[d] == 1 and strides[d] == 0:  # NumPy's for a new dimension; PyTorch's would step over all elements
                strides[d] = sizes[d + 1] * strides[d + 1] if d + 1 < len(sizes) else 1
        if dim is None:
            return tuple(strides)
        return strides[place_of(dim, len(strides), "stride")]

    def data_ptr(self) -> int:
        """The address of the first element."""
        return int(self.memory().ctypes.data)

    def is_contiguous(self, memory_format: Any = None) -> bool:
        """Whether the elements lie in row-major order without gaps."""
        return bool(self.memory().flags.c_contiguous)

    def is_floating_point(self) -> bool:
        """Whether the dtype is a real floating type."""
        return self.dtype.is_floating_point

    def is_complex(self) -> bool:
        """Whether the dtype is complex."""
        return self.dtype.is_complex

    def is_signed(self) -> bool:
        """Whether the dtype has negative values."""
        return self.dtype.is_signed

    def is_same_size(self, other: Values) -> bool:
        """Whether both tensors have the same shape."""
        if not isinstance(other, Values):
            raise TypeError(f"is_same_size(): argument 'other' must be Tensor, not {type(other).__name__}")
        return self.array.shape == other.array.shape

    def get_device(self) -> int:
        """-1: the CPU."""
        return -1

    def memory(self) -> Array:
        """The values as an ndarray; a NumPy scalar gets memory of its own first, so that it can be shared."""
        if self.array.__class__ is not ndarray:
            self.array = np.asarray(self.array)
        return self.array

    # -- to Python and NumPy -----------------------------------------------------------

    def item(self) -> Any:
        """The value of a tensor with one element, as a Python number."""
        if self.array.size != 1:
            raise RuntimeError(
                f"item(): a Tensor with {self.array.size} elements (shape {tuple(self.array.shape)}) cannot be "
                "converted to Scalar; use .tolist(), or reduce it first, with .sum() or .mean()"
            )
        return self.array.item()

    def tolist(self) -> Any:
        """The values as (nested lists of) Python numbers."""
        return self.array.tolist()

    def numpy(self, *, force: bool = False) -> Array:
        """The values as a NumPy array on the same memory."""
        if self.requires_grad and not force:  # type: ignore[attr-defined]
            raise RuntimeError(
                "Can't call numpy() on Tensor that requires grad: what NumPy does to it would not be recorded. "
                "Use tensor.detach().numpy() instead."
            )
        return self.memory()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        if self.requires_grad:  # type: ignore[attr-defined]
            self.numpy()
        return np.array(self.memory(), dtype=dtype, copy=copy)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return protocols.call_ufunc(self, ufunc, method, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return protocols.call_function(function, args, kwargs)

    def __dlpack__(self, **kwargs: Any) -> Any:
        if self.requires_grad:  # type: ignore[attr-defined]
            raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
        return self.memory().__dlpack__(**kwargs)

    def __dlpack_device__(self) -> Any:
        return self.memory().__dlpack_device__()

    def _only_element(self, wanted: str) -> Any:
        if self.array.size != 1:
            raise (TypeError if wanted == "index" else ValueError)(
                f"only one element tensors can be converted to Python scalars, and this one has shape "
                f"{tuple(self.array.shape)}"
            )
        return self.array.item()

    def _only_real_element(self, wanted: str) -> Any:
        element = self._only_element(wanted)
        if isinstance(element, complex):
            if element.imag:
                raise RuntimeError(
                    f"value cannot be converted to type {wanted}: {element} is complex; take .real first"
                )
            return element.real
        return element

    def __bool__(self) -> bool:
        if self.array.size != 1:
            raise RuntimeError(
                f"Boolean value of Tensor with {'no values' if self.array.size == 0 else 'more than one value'} is "
                f"ambiguous (shape {tuple(self.array.shape)}): say which with .any() or .all()"
            )
        return bool(self.array.item())

    def __float__(self) -> float:
        return float(self._only_real_element("float"))

    def __int__(self) -> int:
        return int(self._only_real_element("int"))

    def __complex__(self) -> complex:
        return complex(self._only_element("complex"))

    def __index__(self) -> int:
        if self.dtype.is_floating_point or self.dtype.is_complex:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self._only_element("index"))

    def __len__(self) -> int:
        if self.array.ndim == 0:
            raise TypeError("len() of a 0-d tensor")
        return self.array.shape[0]

    def __iter__(self) -> Iterator[Any]:
        if self.array.ndim == 0:
            raise TypeError("iteration over a 0-d tensor")
        return iter(self.unbind(0))

    def __reversed__(self) -> Any:
        return self.flip(0) if self.array.ndim else self

    def __delitem__(self, index: Any) -> None:
        raise TypeError(
            "Tensor does not support deleting items: make a new one of those to keep, by a mask or by cat()"
        )

    def __contains__(self, element: Any) -> bool:
        if not isinstance(element, (Values, bool, int, float, complex, np.generic)):
            raise RuntimeError(
                f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}."
            )
        return bool((self == element).any().item())

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        return printing.tensor_repr(self)

    def __format__(self, spec: str) -> str:
        return format(self.array.item(), spec) if self.array.ndim == 0 else object.__format__(self, spec)


def place_of(dim: Any, ndim: int, name: str) -> int:
    """A dimension, which may be counted from the back, checked; a tensor of rank 0 has none."""
    try:
        place = operator.index(dim)
    except TypeError:
        raise TypeError(f"{name}(): argument 'dim' must be int, not {type(dim).__name__}") from None
    if not -ndim <= place < ndim:
        raise IndexError(out_of_range(place, ndim, name))
    return place


def out_of_range(dim: int, ndim: int, name: str) -> str:
    """The message for a dimension that the tensor doesn't have."""
    low, high = (-ndim, ndim - 1) if ndim else (-1, 0)
    return f"{name}: Dimension out of range (expected to be in range of [{low}, {high}], but got {dim})"
