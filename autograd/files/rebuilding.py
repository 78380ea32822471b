"""Tensors on memory that a file brings. What PyTorch's pickles call, with every argument checked.

A file may say anything: sizes below zero, strides that lead out of the memory, a gradient for integers. All of
that ends in an UnpicklingError.
"""

from __future__ import annotations

import pkgutil
from collections import OrderedDict
from pickle import UnpicklingError
from typing import Any, cast

import numpy as np

from autograd.arrays import Array
from autograd.device import device
from autograd.dtypes import dtype
from autograd.files.storages import UNTYPED, LoadedStorage
from autograd.formats import layout, strided
from autograd.size import Size
from autograd.tensor import Tensor, tensor_of

DEEP = 64
"""PyTorch, too, has no tensors of more dimensions."""


def rebuild_tensor(
    storage: Any,
    storage_offset: Any,
    size: Any,
    stride: Any,
    requires_grad: Any = False,
    backward_hooks: Any = None,
    metadata: Any = None,
) -> Tensor:
    """A tensor on part of a storage that knows its kind of numbers. Hooks are functions, and are not kept."""
    if not isinstance(storage, LoadedStorage) or storage.kind is UNTYPED:
        raise UnpicklingError(f"a tensor must lie in a typed storage, and this one lies in a {type(storage).__name__}")
    return on_storage(storage, storage.kind.dtype, storage_offset, size, stride, requires_grad, metadata)


def rebuild_tensor_of_dtype(
    storage: Any,
    storage_offset: Any,
    size: Any,
    stride: Any,
    requires_grad: Any,
    backward_hooks: Any,
    dtype_: Any,
    metadata: Any = None,
) -> Tensor:
    """A tensor on part of a storage that holds bytes, of the dtype that is given with it."""
    if not isinstance(storage, LoadedStorage) or storage.kind is not UNTYPED or not isinstance(dtype_, dtype):
        raise UnpicklingError(f"expected bytes and a dtype, got a {type(storage).__name__} and {dtype_!r}")
    return on_storage(storage, dtype_, storage_offset, size, stride, requires_grad, metadata)


def on_storage(
    storage: LoadedStorage, d: dtype, offset: Any, size: Any, stride: Any, requires_grad: Any, metadata: Any
) -> Tensor:
    """The tensor itself, with the record of writes that all tensors on this memory share."""
    tensor = tensor_of(part_of(storage, d, offset, size, stride), d)
    tensor.version = storage.version
    if metadata:
        tensor = as_marked(tensor, metadata)
    return wanting_gradient(tensor, requires_grad)


def part_of(storage: LoadedStorage, d: dtype, offset: Any, size: Any, stride: Any) -> Array:
    """An array on part of a storage; offset and strides count elements."""
    if type(offset) is not int or not are_counts(size) or not are_counts(stride):
        raise UnpicklingError(f"offset {offset!r}, size {size!r} and stride {stride!r} must be whole numbers from 0 up")
    if len(size) != len(stride) or len(size) > DEEP:
        raise UnpicklingError(f"size {list(size)} and stride {list(stride)} must have one number per dimension")
    elements = storage.nbytes() // d.itemsize
    last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    if not 0 <= offset <= elements or (0 not in size and last >= elements):
        raise UnpicklingError(
            f"a tensor of size {list(size)}, stride {list(stride)} and storage offset {offset} reaches out of its "
            f"storage of {elements} elements: the file is damaged, or was made to do harm"
        )
    try:
        if 0 in size:
            return np.empty(size, d.dtype)
        steps = [step * d.itemsize for step in stride]
        return np.ndarray(tuple(size), d.dtype, cast(Any, storage.bytes), offset * d.itemsize, steps)
    except (ValueError, OverflowError, MemoryError) as error:
        raise UnpicklingError(
            f"there can't be a tensor of size {list(size)} and stride {list(stride)}: {error}"
        ) from None


def are_counts(numbers: Any) -> bool:
    """Whether this is a tuple of ints, none of them negative or beyond 63 bits."""
    return isinstance(numbers, tuple) and all(type(n) is int and 0 <= n < 2**63 for n in numbers)


def as_marked(tensor: Tensor, metadata: Any) -> Tensor:
    """The values of a tensor that the file calls conjugated or negated: PyTorch only marks those, and waits."""
    if type(metadata) is not dict or not metadata.keys() <= {"conj", "neg"}:
        raise UnpicklingError(f"unknown properties of a tensor: {metadata!r}")
    array = tensor.array
    array = np.conj(array) if metadata.get("conj") else array
    array = np.negative(array) if metadata.get("neg") else array
    return tensor_of(array, tensor.dtype)


def wanting_gradient(tensor: Tensor, requires_grad: Any) -> Tensor:
    """The tensor, with `requires_grad` set."""
    if type(requires_grad) is not bool:
        raise UnpicklingError(f"requires_grad must be True or False, and is {requires_grad!r}")
    if requires_grad and not (tensor.dtype.is_floating_point or tensor.dtype.is_complex):
        raise UnpicklingError(f"a tensor of {tensor.dtype.name} can't require gradients")
    return tensor.requires_grad_() if requires_grad else tensor


# -- parameters, subclasses, attributes -----------------------------------------------------------------------


def rebuild_parameter(data: Any, requires_grad: Any, backward_hooks: Any) -> Tensor:
    """A Parameter on the memory of a tensor."""
    if not isinstance(data, Tensor):
        raise UnpicklingError(f"a Parameter is made of a tensor, not of a {type(data).__name__}")
    parameter = pkgutil.resolve_name("nn.parameter:Parameter")  # a file can bring it before anybody imports nn
    return wanting_gradient(parameter(data, False), requires_grad)


def rebuild_parameter_with_state(data: Any, requires_grad: Any, backward_hooks: Any, state: Any) -> Tensor:
    """A Parameter that has attributes of its own."""
    return with_attributes(rebuild_parameter(data, requires_grad, backward_hooks), state)


def rebuild_uninitialized(cls: type[Tensor], args: tuple[Any, ...]) -> Tensor:
    """A parameter or buffer without a shape yet."""
    requires_grad, where, d = (*args, None, None, None)[:3]
    if len(args) > 3 or type(requires_grad) is not bool or not isinstance(d, (dtype, type(None))):
        raise UnpicklingError(f"{cls.__name__} can't be made of {args!r}")
    if not isinstance(where, (device, type(None))):
        raise UnpicklingError(f"{where!r} is no device")
    return cast(Any, cls)(requires_grad, None, d)


def rebuild_with_type(function: Any, cls: Any, args: Any, state: Any) -> Tensor:
    """A tensor of a subclass, or one with attributes of its own."""
    makers = (rebuild_tensor, rebuild_tensor_of_dtype, rebuild_parameter)
    if not any(function is maker for maker in makers) or type(args) is not tuple:
        raise UnpicklingError(f"a tensor can't be made by {function!r:.100}")
    if not (isinstance(cls, type) and issubclass(cls, Tensor)):
        raise UnpicklingError(f"{cls!r} is no type of tensors")
    tensor = function(*args)
    if type(tensor) is not cls:
        plain, tensor = tensor, tensor_of(tensor.array, tensor.dtype, cls=cls)
        tensor.version = plain.version
        tensor = wanting_gradient(tensor, plain.requires_grad)
    return with_attributes(tensor, state)


def with_attributes(tensor: Tensor, state: Any) -> Tensor:
    """The tensor, with the attributes that users gave it."""
    if isinstance(state, tuple) and len(state) == 2 and not state[1]:
        state = state[0]  # the second is for slots, which subclasses rarely have
    set_attributes(tensor, {} if state is None else state)
    return tensor


def set_attributes(owner: Any, state: Any) -> None:
    """Set attributes, unless they would hide what the object's type defines."""
    if type(state) not in (dict, OrderedDict):
        raise UnpicklingError(
            f"the attributes of a {type(owner).__name__} must be a dict, not a {type(state).__name__}"
        )
    for name in state:
        if type(name) is not str or hasattr(type(owner), name):
            raise UnpicklingError(f"a file can't set the attribute {name!r} of a {type(owner).__name__}")
    owner.__dict__.update(state)


# -- what else PyTorch's pickles call -------------------------------------------------------------------------


def rebuild_size(sizes: Any = ()) -> Size:
    """A torch.Size."""
    if not isinstance(sizes, tuple) or any(type(n) is not int for n in sizes):
        raise UnpicklingError(f"a torch.Size is made of a tuple of ints, not of {sizes!r}")
    return Size(sizes)


def rebuild_device(kind: Any = None, index: Any = None) -> device:
    """A device: the name of one, whatever there is here."""
    try:
        return device(kind, index)
    except (TypeError, RuntimeError) as error:
        raise UnpicklingError(f"there is no device {kind!r}: {error}") from None


def rebuild_layout(name: Any) -> layout:
    """The layout of dense tensors."""
    if type(name) is not str or name != "torch.strided":
        raise UnpicklingError(f"the layout {name!r} is not there: tensors are dense here")
    return strided
