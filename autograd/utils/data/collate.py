"""From a list of samples to a batch.

[(image, 3), (image, 5)]  ->  [images, tensor([3, 5])]
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

import numpy as np

from autograd import dtypes
from autograd.create import as_tensor, tensor
from autograd.misuse import speaking
from autograd.ops.joining import stack
from autograd.tensor import Tensor

__all__ = ["collate", "default_collate", "default_collate_fn_map", "default_convert"]

Table = dict[Any, Callable[..., Any]]
"""A type, or a tuple of types, and what makes a batch of such samples: `function(batch, collate_fn_map=table)`."""


@speaking
def default_collate(batch: Any) -> Any:
    """Put samples together: tensors, arrays and numbers become a tensor with one dimension more; containers stay.

    A list of tuples becomes a list of batches, of dicts a dict of batches, of named tuples one of
    these; strings stay in a list. Python floats become float64.

    Raises RuntimeError where samples differ in shape or length, TypeError for objects of other types.

    >>> import autograd
    >>> default_collate([{"x": autograd.ones(2), "y": 1}, {"x": autograd.zeros(2), "y": 0}])
    {'x': tensor([[1., 1.],
            [0., 0.]]), 'y': tensor([1, 0])}
    """
    return collate(batch, collate_fn_map=default_collate_fn_map)


def collate(batch: Any, *, collate_fn_map: Table | None = None) -> Any:
    """`default_collate` with a table of one's own: which function is there for which type."""
    sample = batch[0]
    function = function_for(sample, collate_fn_map or {})
    if function is not None:
        return function(batch, collate_fn_map=collate_fn_map)

    def joined(samples: Any) -> Any:
        return collate(samples, collate_fn_map=collate_fn_map)

    if isinstance(sample, Mapping):
        return mapping_like(sample, {key: joined([other[key] for other in batch]) for key in sample})
    if is_named_tuple(sample):
        return type(sample)(*map(joined, zip(*batch, strict=True)))
    if isinstance(sample, Sequence):
        return sequence_like(sample, [joined(samples) for samples in transposed(batch)])
    raise TypeError(refusal(type(sample)))


def function_for(sample: Any, table: Table) -> Callable[..., Any] | None:
    """What the table has for a sample: for its very type, else for the first type that it is of."""
    if type(sample) in table:
        return table[type(sample)]
    return next((function for kind, function in table.items() if isinstance(sample, kind)), None)


def refusal(kind: Any) -> str:
    """Why there is no batch of samples like these."""
    return (
        f"default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {kind}. Give the "
        "DataLoader a collate_fn that knows what to do with these"
    )


# -- containers ---------------------------------------------------------------------------------------------


def is_named_tuple(sample: Any) -> bool:
    """Whether a sample is a tuple with names."""
    return isinstance(sample, tuple) and hasattr(sample, "_fields")


def transposed(batch: Any) -> list[Any]:
    """From samples with their parts to the parts of all samples."""
    lengths = [len(sample) for sample in batch]
    if len(set(lengths)) != 1:
        raise RuntimeError(
            f"each element in list of batch should be of equal size, but their lengths are {sorted(set(lengths))}: "
            "pad them, or give the DataLoader a collate_fn"
        )
    return list(zip(*batch, strict=True))


def mapping_like(sample: Any, values: dict[Any, Any]) -> Any:
    """A mapping of the sample's kind, with other values; a dict where it can't be made."""
    try:
        if not isinstance(sample, MutableMapping):
            return type(sample)(values)
        twin = copy.copy(sample)
        twin.update(values)
    except TypeError:
        return values
    return twin


def sequence_like(sample: Any, values: list[Any]) -> Any:
    """A sequence of the sample's kind, with other values; a list for a tuple, and where it can't be made."""
    if isinstance(sample, tuple):
        return values
    try:
        if not isinstance(sample, MutableSequence):
            return type(sample)(values)
        twin = copy.copy(sample)
        for i, value in enumerate(values):
            twin[i] = value
    except TypeError:
        return values
    return twin


# -- what the table holds -----------------------------------------------------------------------------------


def collate_tensors(batch: Any, *, collate_fn_map: Table | None = None) -> Tensor:
    """Stack tensors of one shape."""
    shapes = [sample.array.shape for sample in batch]
    for index, shape in enumerate(shapes):
        if shape != shapes[0]:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(shapes[0])} at entry 0 and {list(shape)} at "
                f"entry {index}: pad or crop the samples to one size, or give the DataLoader a collate_fn"
            )
    stacked: Tensor = stack(tuple(batch), 0)
    return stacked


def collate_arrays(batch: Any, *, collate_fn_map: Table | None = None) -> Tensor:
    """Stack arrays of one shape."""
    if holds_objects(batch[0]):
        raise TypeError(refusal(batch[0].dtype))
    stacked: Tensor = collate([as_tensor(array) for array in batch], collate_fn_map=collate_fn_map)
    return stacked


def collate_scalars(batch: Any, *, collate_fn_map: Table | None = None) -> Tensor:
    """A tensor of NumPy's scalars, with their dtype."""
    return as_tensor(np.array(batch))


def collate_floats(batch: Any, *, collate_fn_map: Table | None = None) -> Tensor:
    """A tensor of Python floats, with all their digits."""
    return tensor(list(batch), dtype=dtypes.float64)


def collate_ints(batch: Any, *, collate_fn_map: Table | None = None) -> Tensor:
    """A tensor of Python ints or bools."""
    return tensor(list(batch))


def keep(batch: Any, *, collate_fn_map: Table | None = None) -> Any:
    """The samples as they are."""
    return batch


def holds_objects(array: Any) -> bool:
    """Whether an array's elements are text, bytes or Python objects."""
    return array.dtype.kind in "SaUO"


default_collate_fn_map: Table = {
    Tensor: collate_tensors,
    np.ndarray: collate_arrays,
    (np.bool_, np.number): collate_scalars,  # before float, which np.float64 is too
    float: collate_floats,
    int: collate_ints,
    str: keep,
    bytes: keep,
}
"""What `default_collate` does with which type."""


# -- without batches ----------------------------------------------------------------------------------------


@speaking
def default_convert(data: Any) -> Any:
    """Make tensors of the arrays in a sample, however deep in containers; for loading without batches.

    >>> import numpy as np
    >>> default_convert((np.ones(2), "one"))
    [tensor([1., 1.], dtype=torch.float64), 'one']
    """
    if isinstance(data, (np.ndarray, np.number, np.bool_)):
        return data if holds_objects(data) else as_tensor(data)
    if isinstance(data, (Tensor, str, bytes)):
        return data
    if isinstance(data, Mapping):
        return mapping_like(data, {key: default_convert(value) for key, value in data.items()})
    if is_named_tuple(data):
        return type(data)(*map(default_convert, data))
    if isinstance(data, Sequence):
        return sequence_like(data, [default_convert(value) for value in data])
    return data
