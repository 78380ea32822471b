"""Single steps of recurrent layers, for loops that users write themselves."""

from __future__ import annotations

import math
from typing import Any

from autograd.create import empty
from autograd.ops.recurrent_elman import _elman_layer
from autograd.ops.recurrent_gru import _gru_layer
from autograd.ops.recurrent_lstm import _lstm_layer
from autograd.tensor import Tensor
from nn import init
from nn.modules.module import Module
from nn.parameter import Parameter

__all__ = ["GRUCell", "LSTMCell", "RNNCell", "RNNCellBase"]


class RNNCellBase(Module):
    """What the cells have in common.

    Parameters: weight_ih (num_chunks * hidden_size, input_size), weight_hh (num_chunks * hidden_size,
    hidden_size), bias_ih and bias_hh (num_chunks * hidden_size), all drawn from [-k, k) with
    k = 1 / sqrt(hidden_size).
    """

    nonlinearity = "tanh"
    weight_ih: Parameter
    weight_hh: Parameter
    bias_ih: Parameter | None
    bias_hh: Parameter | None

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool, num_chunks: int, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        rows = num_chunks * hidden_size
        self.weight_ih = Parameter(empty(rows, input_size, device=device, dtype=dtype))
        self.weight_hh = Parameter(empty(rows, hidden_size, device=device, dtype=dtype))
        for name in ("bias_ih", "bias_hh"):
            self.register_parameter(name, Parameter(empty(rows, device=device, dtype=dtype)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all parameters afresh."""
        bound = 1 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def check(self, input: Tensor, states: tuple[Tensor, ...]) -> None:
        """Raise for a wrong number of dimensions (ValueError), and for sizes that do not fit (RuntimeError)."""
        name = type(self).__name__
        if not isinstance(input, Tensor):
            raise TypeError(f"{name}: the input must be a Tensor, not {type(input).__name__}")
        if input.ndim not in (1, 2):
            raise ValueError(f"{name}: Expected input to be 1D or 2D, got {input.ndim}D instead")
        if input.shape[-1] != self.input_size:
            raise RuntimeError(
                f"{name}: input has inconsistent input_size: got {input.shape[-1]} expected {self.input_size}: the "
                f"input has shape {tuple(input.shape)}"
            )
        for place, state in enumerate(states):
            if state.ndim not in (1, 2):
                named = "hidden" if len(states) == 1 else f"hx[{place}]"
                raise ValueError(f"{name}: Expected {named} to be 1D or 2D, got {state.ndim}D instead")
            if state.ndim != input.ndim or state.shape[:-1] != input.shape[:-1]:
                raise RuntimeError(
                    f"{name}: Input batch size {list(input.shape[:-1])} doesn't match hidden{place} batch size "
                    f"{list(state.shape[:-1])}: the shapes are {tuple(input.shape)} and {tuple(state.shape)}"
                )
            if state.shape[-1] != self.hidden_size:
                raise RuntimeError(
                    f"{name}: hidden{place} has inconsistent hidden_size: got {state.shape[-1]}, expected "
                    f"{self.hidden_size}"
                )

    def advance(self, layer: Any, input: Tensor, states: tuple[Tensor, ...], **options: Any) -> tuple[Tensor, ...]:
        """The states after one step of a layer; `states` are those before, none of them for zeros."""
        self.check(input, states)
        if input.ndim == 1:
            after = self.advance(layer, input.unsqueeze(0), tuple(state.unsqueeze(0) for state in states), **options)
            return tuple(state.squeeze(0) for state in after)
        before = dict(zip(("h0", "c0"), states, strict=False))
        y, _, *others = layer(
            input, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh, **before, sizes=(len(input),), **options
        )
        return y, *others

    def extra_repr(self) -> str:
        """The sizes, and the options that are not the default."""
        parts = [str(self.input_size), str(self.hidden_size)]
        parts += ["bias=False"] * (not self.bias)
        parts += [f"nonlinearity={self.nonlinearity}"] * (self.nonlinearity != "tanh")
        return ", ".join(parts)


class RNNCell(RNNCellBase):
    """One step of `RNN`: h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or relu instead of tanh.

    Shapes: input (batch, input_size) or (input_size,), hx (batch, hidden_size) or (hidden_size,), zeros
    if not given; result like hx. Raises ValueError for a wrong number of dimensions, RuntimeError for
    sizes that do not fit and an unknown nonlinearity. Elman, "Finding structure in time", 1990.

    >>> import autograd, nn
    >>> nn.RNNCell(10, 20)(autograd.zeros(3, 10)).shape
    torch.Size([3, 20])
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh", device: Any = None,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(input_size, hidden_size, bias, num_chunks=1, device=device, dtype=dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """The next state."""
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"RNNCell: Unknown nonlinearity: {self.nonlinearity}: choose 'tanh' or 'relu'")
        (h,) = self.advance(_elman_layer, input, () if hx is None else (hx,), relu=self.nonlinearity == "relu")
        return h


class LSTMCell(RNNCellBase):
    """One step of `LSTM`: the next h and c.

    Shapes: input (batch, input_size) or (input_size,), hx a tuple of h and c, both (batch, hidden_size) or
    (hidden_size,), zeros if not given; result like hx. Raises as `RNNCell` does. Hochreiter and
    Schmidhuber, "Long short-term memory", 1997.

    >>> import autograd, nn
    >>> h, c = nn.LSTMCell(10, 20)(autograd.zeros(3, 10))
    >>> h.shape, c.shape
    (torch.Size([3, 20]), torch.Size([3, 20]))
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, num_chunks=4, device=device, dtype=dtype)

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        """The next h and c."""
        h, c = self.advance(_lstm_layer, input, () if hx is None else tuple(hx))
        return h, c


class GRUCell(RNNCellBase):
    """One step of `GRU`.

    Shapes: input (batch, input_size) or (input_size,), hx (batch, hidden_size) or (hidden_size,), zeros
    if not given; result like hx. Raises as `RNNCell` does. Cho et al., "Learning phrase representations
    using RNN encoder-decoder for statistical machine translation", 2014.

    >>> import autograd, nn
    >>> nn.GRUCell(10, 20)(autograd.zeros(3, 10)).shape
    torch.Size([3, 20])
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, num_chunks=3, device=device, dtype=dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """The next state."""
        (h,) = self.advance(_gru_layer, input, () if hx is None else (hx,))
        return h
