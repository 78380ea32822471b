"""`torch.nn.attention.bias`: masks for causal attention where queries and keys are not equally many."""

from __future__ import annotations

import enum

import numpy as np

from autograd import dtypes
from autograd.graph import warn_caller
from autograd.tensor import Tensor, tensor_of

__all__ = ["CausalBias", "CausalVariant", "causal_lower_right", "causal_upper_left"]


class CausalVariant(enum.IntEnum):
    """Which corner of the matrix of scores the diagonal of the mask goes through."""

    UPPER_LEFT = 1
    LOWER_RIGHT = 2


class CausalBias(Tensor):
    """A mask for `scaled_dot_product_attention`, True where a query may look.

    Shapes: (seq_len_q, seq_len_kv). Raises TypeError for lengths that are no whole numbers.
    """

    __slots__ = ()

    variant: CausalVariant
    seq_len_q: int
    seq_len_kv: int

    def __new__(cls, variant: CausalVariant, seq_len_q: int, seq_len_kv: int) -> CausalBias:
        """The mask of a kind, for so many queries and keys."""
        variant = CausalVariant(variant)
        shift = seq_len_kv - seq_len_q if variant is CausalVariant.LOWER_RIGHT else 0
        if shift < 0:
            warn_caller("Lower right causal bias will produce NaNs in the output when seq_len_q > seq_len_kv!")
        mask = tensor_of(np.tri(seq_len_q, seq_len_kv, shift, np.bool_), dtypes.bool, cls=cls)
        mask.__dict__.update(variant=variant, seq_len_q=seq_len_q, seq_len_kv=seq_len_kv)
        return mask  # type: ignore[return-value]


def causal_upper_left(*size: int) -> CausalBias:
    """The first query sees the first key alone, the second two, and so on: what `is_causal=True` means.

    >>> from nn.attention.bias import causal_upper_left
    >>> causal_upper_left(2, 3)
    tensor([[ True, False, False],
            [ True,  True, False]])
    """
    seq_len_q, seq_len_kv = size
    return CausalBias(CausalVariant.UPPER_LEFT, seq_len_q, seq_len_kv)


def causal_lower_right(*size: int) -> CausalBias:
    """The last query sees all keys, the one before it all but the last, and so on: for queries that go on with a text.

    >>> from nn.attention.bias import causal_lower_right
    >>> causal_lower_right(2, 3)
    tensor([[ True,  True, False],
            [ True,  True,  True]])
    """
    seq_len_q, seq_len_kv = size
    return CausalBias(CausalVariant.LOWER_RIGHT, seq_len_q, seq_len_kv)
