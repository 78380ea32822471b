"""Making tensors: from data, filled, and counted."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from autograd import dtypes
from autograd.apply import write_out
from autograd.arrays import Array
from autograd.attach import add_methods
from autograd.batched import Batched, batched
from autograd.convert import array_from, number_as
from autograd.device import check_device
from autograd.dtypes import as_dtype, dtype, get_default_dtype, of_python_type
from autograd.misuse import speaking
from autograd.modes import state
from autograd.size import size_from
from autograd.tensor import Tensor, mark_inference, tensor_of


class Creation(NamedTuple):
    """A creation function, as `write_out` wants to know it."""

    name: str = "creation"


def finished(
    array: Array, d: dtype, *, device: Any = None, requires_grad: bool = False, out: Any = None, name: str = "creation"
) -> Tensor:
    """The new array as a tensor, with what all creation functions can be asked for."""
    check_device(device)
    tensor = mark_inference(tensor_of(array, d)) if state.inference else tensor_of(array, d)
    if out is not None:
        return write_out(Creation(name), tensor, out)
    if requires_grad:
        tensor.requires_grad = True
    return tensor


def chosen(d: Any) -> dtype:
    """The dtype asked for, or the default."""
    return get_default_dtype() if d is None else as_dtype(d)


def dtype_for(wanted: Any, out: Any, name: str, default: Any = None) -> dtype:
    """The dtype asked for; else that of `out`; else the given default, or the general one."""
    if out is None:
        return chosen(default if wanted is None else wanted)
    if not isinstance(out, Tensor):
        raise TypeError(f"{name}(): argument 'out' must be Tensor, not {type(out).__name__}")
    if wanted is not None and as_dtype(wanted) is not out.dtype:
        raise RuntimeError(
            f"{name}(): dtype {as_dtype(wanted).name} does not match dtype of out parameter ({out.dtype.name})"
        )
    return out.dtype


IGNORED = {"layout", "memory_format", "names", "pin_memory"}
"""Options of creation functions that make no difference to tensors in NumPy's memory."""


def refuse_unknown(name: str, options: dict[str, Any]) -> None:
    """Raise TypeError for an option that creation functions don't have."""
    unknown = options.keys() - IGNORED
    if unknown:
        raise TypeError(f"{name}() got an unexpected keyword argument {min(unknown)!r}")


# -- from data ----------------------------------------------------------------------------------------------


def tensor(
    data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:
    """A tensor with a copy of the data: a number, nested lists of numbers, a NumPy array or a tensor.

    Python floats become the default dtype, ints int64, NumPy arrays keep theirs. The result is a
    leaf; where data is a tensor, use `clone().detach()` to say so.

    >>> import autograd
    >>> autograd.tensor([[1, 2], [3, 4.5]])
    tensor([[1.0000, 2.0000],
            [3.0000, 4.5000]])
    """
    check_device(device)
    array, found = array_from(data, None if dtype is None else as_dtype(dtype))
    return finished(array, found, requires_grad=requires_grad)


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """The data as a tensor, without copying where it is a tensor or a NumPy array of the wanted dtype."""
    check_device(device)
    if isinstance(data, np.ndarray):
        data = from_numpy(data)
    if isinstance(data, Tensor):
        same: Tensor = data if dtype is None else data.to(as_dtype(dtype))
        return same
    return tensor(data, dtype=dtype)


@speaking
def from_numpy(ndarray: Array) -> Tensor:
    """A tensor on the memory of a NumPy array: a change in one shows in the other."""
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    if any(step < 0 for step in ndarray.strides):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative strides are not "
            "supported: pass array.copy()"
        )
    d = dtypes.from_numpy_dtype(ndarray.dtype)
    return tensor_of(np.asarray(ndarray, d.dtype), d)  # a plain array, also on the memory of a subclass


@speaking
def scalar_tensor(s: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor of rank 0."""
    d = chosen(dtype)
    return finished(d.type(s), d, device=device, requires_grad=requires_grad)


# -- filled -------------------------------------------------------------------------------------------------


def filled(name: str, value: Any, doc: str) -> Any:
    """A function such as `zeros(2, 3)`."""

    def create(
        *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, out: Any = None, **options: Any
    ) -> Tensor:
        shape = size_from(size or (options.pop("size", ()),), name)
        refuse_unknown(name, options)
        d = dtype_for(dtype, out, name)
        array = np.full(shape, value, d.dtype) if value else np.zeros(shape, d.dtype)
        return finished(array, d, device=device, requires_grad=requires_grad, out=out, name=name)

    create.__name__ = create.__qualname__ = name
    create.__doc__ = doc
    return create


zeros = filled("zeros", 0, "A tensor of zeros of the given sizes.")
ones = filled("ones", 1, "A tensor of ones of the given sizes.")
empty = filled("empty", 0, "A tensor of the given sizes whose values are not to be relied on (they are zeros here).")


@speaking
def full(
    size: Any,
    fill_value: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    out: Any = None,
    **options: Any,
) -> Tensor:
    """A tensor of one value, in that value's dtype unless another is given.

    >>> import autograd
    >>> autograd.full((2, 2), 7)
    tensor([[7, 7],
            [7, 7]])
    """
    refuse_unknown("full", options)
    value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    d = dtype_for(dtype, out, "full", of_python_type(type(value)))
    array = np.full(size_from((size,), "full"), number_as(value, d.dtype))
    return finished(array, d, device=device, requires_grad=requires_grad, out=out, name="full")


def like(name: str, create: Any) -> Any:
    """A function such as `zeros_like(x)`: of the shape and, unless another is given, the dtype of a tensor."""

    def create_like(
        input: Tensor, *args: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, **options: Any
    ) -> Tensor:
        if not isinstance(input, Tensor):
            raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")
        if isinstance(input, Batched):  # also a batch, so that what differs over the batch can be written into it
            return batched(create_like(input.physical, *args, dtype=dtype, requires_grad=requires_grad), input.level)
        made: Tensor = create(
            tuple(input.shape),
            *args,
            dtype=input.dtype if dtype is None else dtype,
            device=device,
            requires_grad=requires_grad,
            **options,
        )
        return made

    create_like.__name__ = create_like.__qualname__ = name
    create_like.__doc__ = f"`{create.__name__}` with the shape and dtype of another tensor."
    return create_like


zeros_like, ones_like, empty_like, full_like = (
    like("zeros_like", zeros), like("ones_like", ones), like("empty_like", empty), like("full_like", full),
)  # fmt: skip


@speaking
def empty_strided(
    size: Any, stride: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, **options: Any
) -> Tensor:
    """A tensor of the given sizes whose neighbors along each dimension lie as far apart as `stride` says."""
    refuse_unknown("empty_strided", options)
    shape, steps = size_from((tuple(size),), "empty_strided"), tuple(stride)
    if len(shape) != len(steps):
        raise RuntimeError(f"empty_strided(): mismatch in length of strides and shape: {len(steps)} and {len(shape)}")
    if any(step < 0 for step in steps):
        raise RuntimeError(f"empty_strided: strides must not be negative, got {list(steps)}")
    d = chosen(dtype)
    extent = 0 if 0 in shape else 1 + sum((n - 1) * step for n, step in zip(shape, steps, strict=True))
    memory = np.zeros(extent, d.dtype)
    array = as_strided(memory, shape, tuple(step * d.itemsize for step in steps))
    return finished(array, d, device=device, requires_grad=requires_grad)


@speaking
def empty_permuted(
    size: Any,
    physical_layout: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    **options: Any,
) -> Tensor:
    """A tensor of the given sizes whose dimensions lie in memory in the given order, from the outermost in."""
    refuse_unknown("empty_permuted", options)
    shape, order = size_from((tuple(size),), "empty_permuted"), tuple(physical_layout)
    if sorted(order) != list(range(len(shape))):
        raise RuntimeError(
            f"empty_permuted: physical_layout must name each of the {len(shape)} dimensions once, got {list(order)}"
        )
    d = chosen(dtype)
    array = np.zeros([shape[o] for o in order], d.dtype).transpose(np.argsort(order))
    return finished(array, d, device=device, requires_grad=requires_grad)


@speaking
def eye(
    n: int,
    m: int | None = None,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    out: Any = None,
    **options: Any,
) -> Tensor:
    """The identity matrix: ones on the diagonal, zeros elsewhere.

    >>> import autograd
    >>> autograd.eye(2)
    tensor([[1., 0.],
            [0., 1.]])
    """
    refuse_unknown("eye", options)
    rows, columns = size_from((n, n if m is None else m), "eye")
    d = dtype_for(dtype, out, "eye")
    array = np.eye(rows, columns, dtype=d.dtype)
    return finished(array, d, device=device, requires_grad=requires_grad, out=out, name="eye")


# -- as methods: tensors of this one's dtype ----------------------------------------------------------------


def new_method(name: str, create: Any) -> Any:
    """A method such as `x.new_zeros(2, 3)`."""

    def method(self: Tensor, *args: Any, dtype: Any = None, **kwargs: Any) -> Tensor:
        made: Tensor = create(*args, dtype=self.dtype if dtype is None else dtype, **kwargs)
        return made

    method.__name__ = method.__qualname__ = f"new_{name}"
    method.__doc__ = f"`{name}` with the dtype of this tensor."
    setattr(Tensor, method.__name__, method)
    return method


for _name, _create in {
    "zeros": zeros, "ones": ones, "empty": empty, "full": full, "empty_strided": empty_strided,
}.items():  # fmt: skip
    new_method(_name, _create)


@speaking
def new_tensor(
    self: Tensor, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """A tensor with a copy of the data and, unless another is given, the dtype of this one."""
    return tensor(data, dtype=self.dtype if dtype is None else dtype, device=device, requires_grad=requires_grad)


add_methods(new_tensor=new_tensor)
