"""The simple recurrent layer.

    h_t = tanh(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh),  or relu in place of tanh

Elman, "Finding structure in time", Cognitive Science 14, 1990.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arrays import ZERO, Array, gated
from autograd.cases import case, sample
from autograd.op import op
from autograd.ops.linear import linear
from autograd.ops.parts import in_parts, multiply
from autograd.ops.recurrent import (
    Collector,
    Reader,
    Sizes,
    as_rows,
    bias_column,
    chunks_of,
    columns,
    initial,
    rows,
    states_before,
    step_sizes,
    unrolled,
)
from autograd.ops.refusals import REAL_ONLY
from autograd.tensor import Tensor


def elman_in_steps(
    x: Tensor, weight_ih: Tensor, weight_hh: Tensor, bias_ih: Tensor | None, bias_hh: Tensor | None, h0: Tensor | None,
    relu: bool, sizes: Sizes, reverse: bool,
) -> tuple[Tensor, ...]:  # fmt: skip
    """The layer in simple ops."""

    def advance(x: Tensor, states: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        z = linear(x, weight_ih, bias_ih) + linear(states[0], weight_hh, bias_hh)
        return (z.relu() if relu else z.tanh(),)

    return unrolled(advance, x, [initial(h0, x, weight_hh.shape[1], sizes)], sizes, reverse)


@op(
    r"h_t = \tanh(W_{ih} x_t + b_{ih} + W_{hh} h_{t-1} + b_{hh})",
    name="elman_layer",
    method=False,
    outputs=2,
    promotes=False,
    refuses=REAL_ONLY,
    keeps=("states",),
    composed=elman_in_steps,
    cases=(
        case((3, 2, 4), (3, 4), (3, 3), (3,), (3,), (2, 3)),
        case((3, 2, 4), (3, 4), (3, 3), None, None, (2, 3), reverse=True),
        case((6, 4), (3, 4), (3, 3), (3,), (3,), (3, 3), sizes=(3, 2, 1)),
        case((6, 4), (3, 4), (3, 3), (3,), (3,), None, sizes=(3, 2, 1), reverse=True),
        case((2, 2, 2), (2, 2), sample((2, 2), 0.2, 1), (2,), sample((2,), 9, 10), (2, 2), relu=True),
        case((2, 2, 2), (2, 2), (2, 2), (2,), sample((2,), -20, -19), None, relu=True),
        case((2, 0, 4), (3, 4), (3, 3), (3,), (3,), (0, 3)),
    ),
)
def _elman_layer(
    x: Array, weight_ih: Array, weight_hh: Array, bias_ih: Array | None = None, bias_hh: Array | None = None,
    h0: Array | None = None, relu: bool = False, sizes: Sizes = None, reverse: bool = False,
) -> Any:  # fmt: skip
    """A simple recurrent layer over a sequence: the state at every step, and after the last.

    Shapes: x (steps, batch, in), or packed (rows, in) with the batch size of each step in `sizes`;
    weight_ih (hidden, in), weight_hh (hidden, hidden), biases (hidden,), h0 (batch, hidden); results
    (steps, batch, hidden), or (rows, hidden), and (batch, hidden). With `reverse`, the last step is read first.
    """
    vectors, hidden = rows(x), len(weight_hh)
    widths = step_sizes(x.shape, sizes)
    h = columns(h0, hidden, widths[0], x.dtype)
    y = np.empty((len(vectors), hidden), x.dtype)
    reader = Reader(vectors, weight_ih, weight_hh, bias_column(bias_ih, bias_hh), h)
    for chunk in chunks_of(widths, reverse):
        reader.begin(chunk)
        for step in chunk.steps:
            now, z = reader.h[:, : step.width], reader.read(step)
            now[...] = np.maximum(z, ZERO[z.dtype], out=z) if relu else np.tanh(z, out=z)
            y[step.rows] = z.T
    result = y if sizes is not None else y.reshape(*x.shape[:-1], hidden)
    return (result, as_rows(reader.h)), y.copy()  # what the program gets may be overwritten


@_elman_layer.vjp_joint(
    r"\bar a_t W_{ih},\ \sum_t \bar a_t x_t^\top,\ \sum_t \bar a_t h_{t-1}^\top,\ \ldots \text{ with } "
    r"\bar a_t = \tanh'(a_t) \odot (\bar y_t + W_{hh}^\top \bar a_{t+1})"
)
def _(
    g: Any, x: Any, h0: Any, weight_ih: Any, weight_hh: Any, states: Any, relu: bool, sizes: Sizes, reverse: bool,
    wanted: tuple[bool, ...],
) -> Any:  # fmt: skip
    hidden, widths = len(weight_hh), step_sizes(x.shape, sizes)
    chunks = chunks_of(widths, reverse)
    by_y = rows(g[0])
    dh = columns(g[1], hidden, widths[0], states.dtype)
    transposed = in_parts(as_rows(weight_hh), widths[0])
    collector = Collector(hidden, (rows(x), states_before(states, h0, chunks)), weight_ih if wanted[0] else None)
    for chunk in reversed(chunks):
        room = collector.room_for(chunk)
        for step in reversed(chunk.steps):
            now = dh[:, : step.width]
            now += by_y[step.rows].T
            h = states[step.rows].T
            dz = gated(now, ~(h <= ZERO[h.dtype])) if relu else now * (1 - h * h)  # NaN passes, as in `relu`
            room[:, step.columns] = dz
            multiply(transposed, dz, out=now)
        collector.add(chunk)
    by_x, by_bias = collector.by_vectors, collector.by_bias
    return (
        None if by_x is None else by_x.reshape(x.shape),
        *collector.by_weights,
        by_bias,
        by_bias.copy(),
        as_rows(dh),
    )
