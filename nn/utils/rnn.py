"""Batches of sequences of different lengths: padded to one length, or packed without any padding.

Three sequences abc, de and f, the longest first:

    padded   a b c        packed   data         a d f b e c     step by step
             d e .                 batch_sizes  3 2 1           how many sequences have each step
             f . .

Recurrent layers take packed sequences and do no work for padding. Where the sequences are not in order of
length, a packed sequence remembers how they were sorted, and results come back in the order of the input.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd import dtypes
from autograd.create import full
from autograd.misuse import speaking
from autograd.ops.indexing import index_select
from autograd.ops.joining import cat
from autograd.tensor import Tensor, tensor_of

__all__ = [
    "PackedSequence", "invert_permutation", "pack_padded_sequence", "pack_sequence", "pad_packed_sequence",
    "pad_sequence", "unpack_sequence", "unpad_sequence",
]  # fmt: skip


class PackedFields(NamedTuple):
    """What a packed sequence consists of."""

    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


class PackedSequence(PackedFields):
    """Sequences of different lengths without padding, as `pack_sequence` and `pack_padded_sequence` make them.

    Attributes:
        data: (sum of all lengths, *), the elements of the first step, then those of the second, ...
        batch_sizes: how many sequences have each step; int64.
        sorted_indices: the sequences' places in the batch, from the longest to the shortest; None if
            they were in this order.
        unsorted_indices: the inverse permutation.

    >>> import autograd, nn
    >>> nn.utils.rnn.pack_sequence([autograd.tensor([1, 2, 3]), autograd.tensor([4, 5])]).data
    tensor([1, 4, 2, 5, 3])
    """

    __slots__ = ()

    def __new__(
        cls,
        data: Any,
        batch_sizes: Tensor | None = None,
        sorted_indices: Tensor | None = None,
        unsorted_indices: Tensor | None = None,
    ) -> PackedSequence:
        """Made of its parts; the first two may come as a tuple."""
        if batch_sizes is None:
            if not (isinstance(data, (list, tuple)) and len(data) == 2):
                raise AssertionError(
                    "Expected data to be a list or tuple of length 2, of the data and the batch sizes, where these are "
                    "not given by themselves: make packed sequences by pack_sequence or pack_padded_sequence"
                )
            data, batch_sizes = data
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """With the data converted as `Tensor.to` does; itself where there is nothing to do."""
        data = self.data.to(*args, **kwargs)
        return self if data is self.data else type(self)(data, *self[1:])

    def cpu(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """As it is: all tensors are on the CPU."""
        return self.to(*args, **{"device": "cpu"} | kwargs)

    def cuda(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """Raises as `Tensor.cuda` does: there are no GPUs here."""
        return self.to(*args, **{"device": "cuda"} | kwargs)

    def double(self) -> PackedSequence:
        """In float64."""
        return self.to(dtype=dtypes.float64)

    def float(self) -> PackedSequence:
        """In float32."""
        return self.to(dtype=dtypes.float32)

    def half(self) -> PackedSequence:
        """In float16."""
        return self.to(dtype=dtypes.float16)

    def long(self) -> PackedSequence:
        """In int64."""
        return self.to(dtype=dtypes.int64)

    def int(self) -> PackedSequence:
        """In int32."""
        return self.to(dtype=dtypes.int32)

    def short(self) -> PackedSequence:
        """In int16."""
        return self.to(dtype=dtypes.int16)

    def char(self) -> PackedSequence:
        """In int8."""
        return self.to(dtype=dtypes.int8)

    def byte(self) -> PackedSequence:
        """In uint8."""
        return self.to(dtype=dtypes.uint8)

    def pin_memory(self) -> PackedSequence:
        """As it is: memory is pinned for the sake of GPUs."""
        return self

    def is_pinned(self) -> bool:
        """False: see `pin_memory`."""
        return False

    @property
    def is_cuda(self) -> bool:
        """Whether the data is on a GPU: never."""
        return self.data.is_cuda


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """The permutation that undoes another: q[p[i]] = i; None for None.

    >>> import autograd, nn
    >>> nn.utils.rnn.invert_permutation(autograd.tensor([2, 0, 1]))
    tensor([1, 2, 0])
    """
    if permutation is None:
        return None
    inverse = np.empty_like(permutation.memory())
    inverse[permutation.memory()] = np.arange(inverse.size)
    return tensor_of(inverse, permutation.dtype)


# -- padded and packed ----------------------------------------------------------------------------------------


@speaking
def pack_padded_sequence(
    input: Tensor, lengths: Tensor | Sequence[int], batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Pack a padded batch of sequences, given their lengths.

    Shapes: input (steps, batch, *), or (batch, steps, *) with `batch_first`; lengths (batch,).

    Args:
        enforce_sorted: insist on sequences from the longest to the shortest; otherwise they are sorted here.

    Raises RuntimeError where the lengths do not fit the input, are not positive or not in order.

    >>> import autograd, nn
    >>> padded = autograd.tensor([[1, 2, 0], [3, 0, 0], [4, 5, 6]])
    >>> packed = nn.utils.rnn.pack_padded_sequence(padded, [2, 1, 3], batch_first=True, enforce_sorted=False)
    >>> packed.data, packed.batch_sizes, packed.sorted_indices
    (tensor([4, 1, 3, 5, 2, 6]), tensor([3, 2, 1]), tensor([2, 0, 1]))
    """
    if not isinstance(input, Tensor):
        raise TypeError(f"pack_padded_sequence(): argument 'input' must be Tensor, not {type(input).__name__}")
    if input.ndim < 2:
        raise RuntimeError(
            f"pack_padded_sequence: the input must have dimensions for steps and batch, got shape {tuple(input.shape)}"
        )
    steps_first = input.transpose(0, 1) if batch_first else input
    counts = checked_lengths(lengths, steps_first, enforce_sorted)
    order = None
    if not enforce_sorted:
        order = tensor_of(np.argsort(-counts, kind="stable"), dtypes.int64)
        counts = counts[order.memory()]
        steps_first = index_select(steps_first, 1, order)
    there = np.arange(counts[0])[:, None] < counts
    data = steps_first[: int(counts[0])][tensor_of(there, dtypes.bool)]  # a mask picks row by row: step by step
    return PackedSequence(data, tensor_of(np.count_nonzero(there, 1).astype(np.int64)), order)


def checked_lengths(lengths: Any, steps_first: Tensor, enforce_sorted: bool) -> Any:
    """The lengths as an array; RuntimeError where they make no sense for an input (steps, batch, *)."""
    name = "pack_padded_sequence"
    counts = np.asarray(lengths.memory() if isinstance(lengths, Tensor) else [int(n) for n in lengths]).astype(np.int64)
    steps, batch = steps_first.shape[:2]
    if counts.ndim != 1:
        raise RuntimeError(f"{name}: 'lengths' argument should be a 1D CPU int64 tensor, but got {counts.ndim}D")
    if not steps_first.numel():
        raise RuntimeError(f"{name}: Cannot pack empty tensors, and the input has shape {tuple(steps_first.shape)}")
    if len(counts) != batch:
        raise RuntimeError(
            f"{name}: Expected `len(lengths)` to be equal to batch_size, but got {len(counts)} (batch_size={batch}): "
            "is batch_first right?"
        )
    if counts.min() <= 0:
        raise RuntimeError(
            f"{name}: Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0: "
            f"{counts.min()}"
        )
    if counts.max() > steps:
        raise RuntimeError(
            f"{name}: the input has {steps} steps, but the longest length is {counts.max()}: is batch_first right?"
        )
    if enforce_sorted and (np.diff(counts) > 0).any():
        raise RuntimeError(
            f"{name}: `lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass "
            "`enforce_sorted=False` to have the sequences sorted, and the results put back in order"
        )
    return counts


@speaking
def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Tensor, Tensor]:
    """The inverse of `pack_padded_sequence`: the padded batch, in its original order, and the lengths.

    Shapes: (steps, batch, *), or (batch, steps, *) with `batch_first`, and (batch,). With
    `total_length` there are so many steps; ValueError if a sequence is longer.

    >>> import autograd, nn
    >>> packed = nn.utils.rnn.pack_sequence([autograd.tensor([1, 2, 3]), autograd.tensor([4])])
    >>> nn.utils.rnn.pad_packed_sequence(packed, batch_first=True)
    (tensor([[1, 2, 3],
            [4, 0, 0]]), tensor([3, 1]))
    """
    sizes = sequence.batch_sizes.memory()
    steps = len(sizes) if total_length is None else total_length
    if steps < len(sizes):
        raise ValueError(
            "Expected total_length to be at least the length of the longest sequence in input, but got "
            f"total_length={total_length} and max sequence length being {len(sizes)}"
        )
    there = np.zeros((steps, sizes[0]), np.bool_)
    there[: len(sizes)] = np.arange(sizes[0]) < sizes[:, None]
    padded = filled(sequence.data, there, padding_value)
    lengths = tensor_of(np.count_nonzero(there, 0).astype(np.int64))
    if sequence.unsorted_indices is not None:
        padded = index_select(padded, 1, sequence.unsorted_indices)
        lengths = lengths[sequence.unsorted_indices]
    return (padded.transpose(0, 1) if batch_first else padded), lengths


def filled(data: Tensor, there: Any, padding_value: float) -> Tensor:
    """A tensor with vectors one after the other at the places of a mask, and padding elsewhere."""
    padded = full((*there.shape, *data.shape[1:]), padding_value, dtype=data.dtype)
    padded[tensor_of(there, dtypes.bool)] = data
    return padded


# -- lists of sequences ---------------------------------------------------------------------------------------


@speaking
def pad_sequence(
    sequences: Any, batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"
) -> Tensor:
    """Stack sequences (length, *) of different lengths as one tensor, with padding at the end or the start of each.

    Shape: (steps, batch, *), or (batch, steps, *) with `batch_first`. Raises RuntimeError for an empty
    list, for what is no list, and for sequences that differ in more than their length.

    >>> import autograd, nn
    >>> nn.utils.rnn.pad_sequence([autograd.tensor([1, 2, 3]), autograd.tensor([4])], batch_first=True)
    tensor([[1, 2, 3],
            [4, 0, 0]])
    """
    if not isinstance(sequences, Iterable):
        raise RuntimeError(
            f"pad_sequence: Expected iterable for input sequences, but got arg of type: {type(sequences)}"
        )
    given = list(sequences)
    if not given:
        raise RuntimeError("pad_sequence: received an empty list of sequences")
    for place, sequence in enumerate(given):
        if not isinstance(sequence, Tensor):
            raise TypeError(f"pad_sequence: expected Tensor as element {place}, but got {type(sequence).__name__}")
        if not sequence.ndim or sequence.shape[1:] != given[0].shape[1:]:
            raise RuntimeError(
                "pad_sequence: the sequences may differ in length alone, their first dimension, but the first has shape "
                f"{tuple(given[0].shape)} and number {place} has {tuple(sequence.shape)}"
            )
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"pad_sequence: Expected padding_side to be one of left or right, but got {padding_side}.")
    lengths = np.array([[len(sequence)] for sequence in given])
    places = np.arange(lengths.max())
    there = places < lengths if padding_side == "right" else places >= lengths.max() - lengths
    padded = filled(cat(given).to(given[0].dtype), there, padding_value)
    return padded if batch_first else padded.transpose(0, 1).contiguous()


@speaking
def unpad_sequence(padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False) -> list[Tensor]:
    """The inverse of `pad_sequence`: the sequences, given their lengths.

    >>> import autograd, nn
    >>> padded = autograd.tensor([[1, 2, 3], [4, 0, 0]])
    >>> nn.utils.rnn.unpad_sequence(padded, autograd.tensor([3, 1]), batch_first=True)
    [tensor([1, 2, 3]), tensor([4])]
    """
    by_sequence = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [by_sequence[place, : int(length)] for place, length in enumerate(lengths)]


@speaking
def pack_sequence(sequences: Sequence[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Pack a list of sequences (length, *); see `pack_padded_sequence` for `enforce_sorted` and what it raises.

    >>> import autograd, nn
    >>> nn.utils.rnn.pack_sequence([autograd.tensor([1, 2, 3]), autograd.tensor([4, 5])]).batch_sizes
    tensor([2, 2, 1])
    """
    lengths = [len(sequence) for sequence in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


@speaking
def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The inverse of `pack_sequence`: the sequences in their original order.

    >>> import autograd, nn
    >>> nn.utils.rnn.unpack_sequence(nn.utils.rnn.pack_sequence([autograd.tensor([1, 2]), autograd.tensor([3])]))
    [tensor([1, 2]), tensor([3])]
    """
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)
