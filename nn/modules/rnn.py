"""Recurrent layers: they read a sequence step by step and keep a state."""

from __future__ import annotations

import math
import numbers
from typing import Any

from autograd.create import empty
from autograd.graph import warn_caller
from autograd.ops.dropout import dropout
from autograd.ops.indexing import index_select
from autograd.ops.joining import cat, stack
from autograd.ops.recurrent_elman import _elman_layer
from autograd.ops.recurrent_gru import _gru_layer
from autograd.ops.recurrent_lstm import _lstm_layer
from autograd.size import check_countable
from autograd.tensor import Tensor
from nn import init
from nn.modules.module import Module
from nn.parameter import Parameter
from nn.utils.rnn import PackedSequence

__all__ = ["GRU", "LSTM", "RNN", "RNNBase"]

GATES = {"RNN_TANH": 1, "RNN_RELU": 1, "GRU": 3, "LSTM": 4}
"""How many blocks of rows the weights of each kind have."""

States = tuple[Tensor, ...]


class RNNBase(Module):
    """What recurrent layers have in common: a stack of layers, each read in one direction or in both.

    The parameters of layer k are weight_ih_lk (gates * hidden, in), weight_hh_lk (gates * hidden, out),
    bias_ih_lk and bias_hh_lk (gates * hidden), and with projections weight_hr_lk (proj_size, hidden);
    those of the other direction have _reverse at the end of their names. All are drawn from [-k, k) with
    k = 1 / sqrt(hidden_size).

    Args:
        mode: "RNN_TANH", "RNN_RELU", "LSTM" or "GRU".
        num_layers: layers; each reads the states of the one before.
        batch_first: sequences have shape (batch, steps, features) instead of (steps, batch, features).
            States do not change their shape.
        dropout: in training, the probability that a number is dropped between two layers.
        bidirectional: read each sequence in both directions and put the states of both side by side.
        proj_size: the size that an LSTM's states are projected to; 0 for none.
    """

    mode: str

    def __init__(
        self, mode: str, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True,
        batch_first: bool = False, dropout: float = 0.0, bidirectional: bool = False, proj_size: int = 0,
        device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        check_sizes(input_size, hidden_size, num_layers, proj_size, bias=bias, batch_first=batch_first)
        check_dropout(dropout, num_layers)
        check_countable((num_layers,), "num_layers")
        if mode not in GATES:
            raise ValueError(f"Unrecognized RNN mode: {mode}. Choose from {', '.join(GATES)}")
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        self._all_weights: list[list[str]] = []
        for layer in range(num_layers):
            for suffix in ("", "_reverse")[: self.directions]:
                shapes = self.shapes_of(layer)
                names = [f"{name}_l{layer}{suffix}" for name in shapes]
                for name, shape in zip(names, shapes.values(), strict=True):
                    setattr(self, name, Parameter(empty(shape, device=device, dtype=dtype)))
                self._all_weights.append(names)
        self.reset_parameters()

    @property
    def directions(self) -> int:
        """In how many directions each sequence is read."""
        return 2 if self.bidirectional else 1

    @property
    def output_size(self) -> int:
        """The size of the state of one direction, as others see it."""
        return self.proj_size or self.hidden_size

    def shapes_of(self, layer: int) -> dict[str, tuple[int, ...]]:
        """The parameters of one direction of a layer."""
        rows = GATES[self.mode] * self.hidden_size
        features = self.output_size * self.directions if layer else self.input_size
        shapes: dict[str, tuple[int, ...]] = {"weight_ih": (rows, features), "weight_hh": (rows, self.output_size)}
        if self.bias:
            shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
        if self.proj_size:
            shapes["weight_hr"] = (self.proj_size, self.hidden_size)
        return shapes

    def reset_parameters(self) -> None:
        """Draw all parameters afresh."""
        bound = 1 / math.sqrt(self.hidden_size)
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def flatten_parameters(self) -> None:
        """Nothing to do: this would lay the parameters out one after the other for the kernels of a GPU."""

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters of each direction of each layer."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    @property
    def _flat_weights_names(self) -> list[str]:
        return [name for names in self._all_weights for name in names]

    @property
    def _flat_weights(self) -> list[Parameter]:
        return [getattr(self, name) for name in self._flat_weights_names]

    # -- checks ----------------------------------------------------------------------------------------------

    def check_input(self, input: Tensor, batch_sizes: Tensor | None) -> None:
        """Raise for an input of a wrong dtype (ValueError), number of dimensions or size (RuntimeError)."""
        name, weight = type(self).__name__, getattr(self, self._all_weights[0][0])
        if input.dtype is not weight.dtype:
            raise ValueError(
                f"{name}: input dtype ({input.dtype}) does not match weight dtype ({weight.dtype}). Convert input: "
                f"input.to({weight.dtype}), or convert model: model.to({input.dtype})"
            )
        dims = 3 if batch_sizes is None else 2
        if input.ndim != dims:
            raise RuntimeError(f"{name}: input must have {dims} dimensions, got {input.ndim}: {tuple(input.shape)}")
        if input.shape[-1] != self.input_size:
            raise RuntimeError(
                f"{name}: input.size(-1) must be equal to input_size. Expected {self.input_size}, got "
                f"{input.shape[-1]}: the input has shape {tuple(input.shape)}"
            )
        if batch_sizes is None and not input.shape[1 if self.batch_first else 0]:
            raise RuntimeError(
                f"{name}: Expected sequence length to be larger than 0 in RNN, but the input has shape "
                f"{tuple(input.shape)}"
            )

    def get_expected_hidden_size(self, input: Tensor, batch_sizes: Tensor | None) -> tuple[int, int, int]:
        """The shape that the states h must have: (layers * directions, batch, size)."""
        batch = input.shape[0 if self.batch_first else 1] if batch_sizes is None else int(batch_sizes[0])
        return self.num_layers * self.directions, batch, self.output_size

    def check_hidden_size(
        self, hx: Tensor, expected_hidden_size: tuple[int, int, int], msg: str = "Expected hidden size {}, got {}"
    ) -> None:
        """Raise RuntimeError unless a state has the shape that it must have."""
        if tuple(hx.shape) != tuple(expected_hidden_size):
            meaning = "the dimensions are (num_layers * directions, batch, size), also with batch_first"
            raise RuntimeError(
                f"{type(self).__name__}: {msg.format(tuple(expected_hidden_size), list(hx.shape))}; {meaning}"
            )

    def check_forward_args(self, input: Tensor, hidden: Any, batch_sizes: Tensor | None) -> None:
        """Raise where input and state do not fit the layer."""
        self.check_input(input, batch_sizes)
        self.check_hidden_size(hidden, self.get_expected_hidden_size(input, batch_sizes))

    def check_dims(self, input: Tensor, states: States) -> None:
        """Raise unless the input has two or three dimensions, and each state as many."""
        name = type(self).__name__
        if not isinstance(input, Tensor):
            raise TypeError(f"{name}: the input must be a Tensor or a PackedSequence, not {type(input).__name__}")
        if input.ndim not in (2, 3):
            raise ValueError(f"{name}: Expected input to be 2D or 3D, got {input.ndim}D tensor instead")
        if any(state.ndim != input.ndim for state in states):
            batched = "batched 3-D" if input.ndim == 3 else "unbatched 2-D"
            named = "hx" if len(states) == 1 else "hx and cx"
            found = ", ".join(f"{state.ndim}-D" for state in states)
            raise RuntimeError(
                f"{name}: For {batched} input, {named} should also be {input.ndim}-D but got {found} tensor"
                f"{'s' * (len(states) > 1)}"
            )

    # -- the calculation -------------------------------------------------------------------------------------

    def permute_hidden(self, hx: Any, permutation: Tensor | None) -> Any:
        """The state, or each of several, with the sequences of the batch in another order."""
        if permutation is None:
            return hx
        if isinstance(hx, tuple):
            return tuple(index_select(state, 1, permutation) for state in hx)
        return index_select(hx, 1, permutation)

    def read(self, input: Any, states: States) -> tuple[Any, States]:
        """The states of the last layer at all steps, and those of all layers after the last step.

        `states` are the initial ones; none of them for zeros.
        """
        if isinstance(input, PackedSequence):
            data, batch_sizes, order, inverse = input
            states = self.permute_hidden(states, order)
            self.check_all(data, states, batch_sizes)
            y, last = self.stacked(data, states, tuple(batch_sizes.tolist()))
            return PackedSequence(y, batch_sizes, order, inverse), self.permute_hidden(last, inverse)
        self.check_dims(input, states)
        batch_dim = 0 if self.batch_first else 1
        if input.ndim == 2:
            y, last = self.read(input.unsqueeze(batch_dim), tuple(state.unsqueeze(1) for state in states))
            return y.squeeze(batch_dim), tuple(state.squeeze(1) for state in last)
        self.check_all(input, states, None)
        y, last = self.stacked(input.transpose(0, 1) if self.batch_first else input, states, None)
        return (y.transpose(0, 1) if self.batch_first else y), last

    def check_all(self, input: Tensor, states: States, batch_sizes: Tensor | None) -> None:
        """Raise where input and states do not fit the layer."""
        if states:
            self.check_forward_args(input, states if len(states) > 1 else states[0], batch_sizes)
        else:
            self.check_input(input, batch_sizes)

    def stacked(self, x: Tensor, states: States, sizes: tuple[int, ...] | None) -> tuple[Tensor, States]:
        """All layers, one after the other, on a sequence whose first dimension are the steps, or a packed one."""
        last: list[States] = []
        for layer in range(self.num_layers):
            if layer and self.dropout and self.training:
                x = dropout(x, self.dropout, True)
            found = []
            for direction in range(self.directions):
                place = layer * self.directions + direction
                weights = dict(zip(self.shapes_of(layer), self._all_weights[place], strict=True))
                parameters = {name: getattr(self, own) for name, own in weights.items()}
                starts = tuple(state[place] for state in states)
                y, *after = self.layer(x, parameters, starts, sizes, direction == 1)
                found.append(y)
                last.append(tuple(after))
            x = cat(found, -1) if len(found) > 1 else found[0]
        return x, tuple(stack(kind) for kind in zip(*last, strict=True))

    def layer(
        self, x: Tensor, parameters: dict[str, Any], starts: States, sizes: Any, reverse: bool
    ) -> tuple[Tensor, ...]:
        """One direction of one layer: the state at all steps, and what there is after the last."""
        h0 = starts[0] if starts else None
        if self.mode == "LSTM":
            c0 = starts[1] if starts else None
            found: States = _lstm_layer(x, h0=h0, c0=c0, **parameters, sizes=sizes, reverse=reverse)
        elif self.mode == "GRU":
            found = _gru_layer(x, h0=h0, **parameters, sizes=sizes, reverse=reverse)
        else:
            found = _elman_layer(x, h0=h0, **parameters, relu=self.mode == "RNN_RELU", sizes=sizes, reverse=reverse)
        return found

    def forward(self, input: Any, hx: Tensor | None = None) -> tuple[Any, Tensor]:
        """The states of the last layer at all steps, and those of all layers after the last step."""
        y, (last,) = self.read(input, () if hx is None else (hx,))
        return y, last

    def extra_repr(self) -> str:
        """The sizes, and the options that are not the default."""
        parts = [str(self.input_size), str(self.hidden_size)]
        defaults = {"proj_size": 0, "num_layers": 1, "bias": True, "batch_first": False, "dropout": 0,
                    "bidirectional": False}  # fmt: skip
        parts += [f"{name}={getattr(self, name)}" for name, usual in defaults.items() if getattr(self, name) != usual]
        return ", ".join(parts)


def check_sizes(input_size: int, hidden_size: int, num_layers: int, proj_size: int, **flags: bool) -> None:
    """Raise for arguments that no layer can have: TypeError for a wrong type, ValueError for a wrong size."""
    for name, flag in flags.items():
        if not isinstance(flag, bool):
            raise TypeError(f"{name} should be of type bool, got: {type(flag).__name__}")
    for name, size in (("input_size", input_size), ("hidden_size", hidden_size)):
        if not isinstance(size, int):
            raise TypeError(f"{name} should be of type int, got: {type(size).__name__}")
        if size <= 0:
            raise ValueError(f"{name} must be greater than zero, got {size}")
    if num_layers <= 0:
        raise ValueError(f"num_layers must be greater than zero, got {num_layers}")
    if proj_size < 0:
        raise ValueError(f"proj_size should be a positive integer or zero to disable projections, got {proj_size}")
    if proj_size >= hidden_size:
        raise ValueError(f"proj_size has to be smaller than hidden_size, got {proj_size} and {hidden_size}")


def check_dropout(dropout: Any, num_layers: int) -> None:
    """Raise ValueError for what is no probability; warn where there is nothing between layers to drop from."""
    if not isinstance(dropout, numbers.Number) or isinstance(dropout, bool) or not 0 <= dropout <= 1:  # type: ignore[operator]
        raise ValueError(
            "dropout should be a number in range [0, 1] representing the probability of an element being zeroed, got "
            f"{dropout!r}"
        )
    if dropout > 0 and num_layers == 1:  # type: ignore[operator]
        warn_caller(
            "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects num_layers "
            f"greater than 1, but got dropout={dropout} and num_layers={num_layers}"
        )


class RNN(RNNBase):
    """A simple recurrent network: h_t = tanh(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh), or relu instead of tanh.

    Shapes: input (steps, batch, input_size), (batch, steps, input_size) with `batch_first`, (steps,
    input_size) for one sequence, or a `PackedSequence`; hx (layers * directions, batch, hidden_size),
    zeros if not given. Returns the states of the last layer at all steps, (steps, batch, directions *
    hidden_size), and the last state of each layer. See `RNNBase` for the arguments and the parameters.
    Raises ValueError for a wrong dtype or number of dimensions, RuntimeError for sizes that do not fit.

    Elman, "Finding structure in time", Cognitive Science 14, 1990.

    >>> import autograd, nn
    >>> y, h = nn.RNN(10, 20, num_layers=2)(autograd.zeros(5, 3, 10))
    >>> y.shape, h.shape
    (torch.Size([5, 3, 20]), torch.Size([2, 3, 20]))
    """

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, nonlinearity: str = "tanh", bias: bool = True,
        batch_first: bool = False, dropout: float = 0.0, bidirectional: bool = False, device: Any = None,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        super().__init__(f"RNN_{nonlinearity.upper()}", input_size, hidden_size, num_layers, bias, batch_first,
                         dropout, bidirectional, device=device, dtype=dtype)  # fmt: skip
        self.nonlinearity = nonlinearity


class LSTM(RNNBase):
    """A long short-term memory: gates decide what its memory c lets in, keeps and shows.

    i, f, o = sigmoid(W x_t + b + W' h_{t-1} + b'), g = tanh(the like), each with rows of the weights of
    its own, in the order i, f, g, o; c_t = f c_{t-1} + i g and h_t = o tanh(c_t), or with `proj_size`
    h_t = W_hr (o tanh(c_t)).

    Shapes: input as for `RNN`; hx is a tuple (h, c) of shapes (layers * directions, batch, proj_size or
    hidden_size) and (layers * directions, batch, hidden_size), zeros if not given. Returns the states h
    of the last layer at all steps, and the last h and c of each layer as a tuple. See `RNNBase` for the
    arguments and the parameters, `RNN` for what it raises.

    Hochreiter and Schmidhuber, "Long short-term memory", Neural Computation 9, 1997.

    >>> import autograd, nn
    >>> y, (h, c) = nn.LSTM(10, 20, bidirectional=True)(autograd.zeros(5, 3, 10))
    >>> y.shape, h.shape, c.shape
    (torch.Size([5, 3, 40]), torch.Size([2, 3, 20]), torch.Size([2, 3, 20]))
    """

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True, batch_first: bool = False,
        dropout: float = 0.0, bidirectional: bool = False, proj_size: int = 0, device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__("LSTM", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional,
                         proj_size, device, dtype)  # fmt: skip

    def get_expected_cell_size(self, input: Tensor, batch_sizes: Tensor | None) -> tuple[int, int, int]:
        """The shape that the states c must have: (layers * directions, batch, hidden_size)."""
        return (*self.get_expected_hidden_size(input, batch_sizes)[:2], self.hidden_size)

    def check_forward_args(self, input: Tensor, hidden: Any, batch_sizes: Tensor | None) -> None:
        """Raise where input and states do not fit the layer."""
        self.check_input(input, batch_sizes)
        expected = self.get_expected_hidden_size(input, batch_sizes), self.get_expected_cell_size(input, batch_sizes)
        for place, (state, shape) in enumerate(zip(hidden, expected, strict=True)):
            self.check_hidden_size(state, shape, f"Expected hidden[{place}] size {{}}, got {{}}")

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, tuple[Tensor, Tensor]]:  # type: ignore[override]
        """The states h of the last layer at all steps, and the last h and c of all layers."""
        if hx is not None and not (isinstance(hx, (tuple, list)) and len(hx) == 2):
            raise TypeError(f"LSTM: hx must be a tuple of two Tensors, (h_0, c_0), not {type(hx).__name__}")
        y, (h, c) = self.read(input, () if hx is None else tuple(hx))
        return y, (h, c)


class GRU(RNNBase):
    """A gated recurrent unit: gates decide how much of the state is looked at, and how much of it stays.

    r = sigmoid(W_r x_t + b_r + W'_r h_{t-1} + b'_r), z likewise, n = tanh(W_n x_t + b_n + r (W'_n h_{t-1}
    + b'_n)) and h_t = (1 - z) n + z h_{t-1}; the rows of the weights are those of r, z and n.

    Shapes and what it returns and raises as for `RNN`; see `RNNBase` for the arguments and the parameters.

    Cho et al., "Learning phrase representations using RNN encoder-decoder for statistical machine
    translation", EMNLP 2014.

    >>> import autograd, nn
    >>> y, h = nn.GRU(10, 20, batch_first=True)(autograd.zeros(3, 5, 10))
    >>> y.shape, h.shape
    (torch.Size([3, 5, 20]), torch.Size([1, 3, 20]))
    """

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True, batch_first: bool = False,
        dropout: float = 0.0, bidirectional: bool = False, device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__("GRU", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional,
                         device=device, dtype=dtype)  # fmt: skip
