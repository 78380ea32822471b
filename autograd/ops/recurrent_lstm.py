"""The long short-term memory: a layer that adds to its memory c, and so remembers over many steps.

    i, f, o = sigmoid(W x_t + b + W' h_{t-1} + b')     what is let in, what is kept, what is shown
    g       = tanh(W x_t + b + W' h_{t-1} + b')        what might be let in
    c_t     = f * c_{t-1} + i * g
    h_t     = o * tanh(c_t),  or W_hr (o * tanh(c_t)) with a projection

The rows of each weight are those of i, f, g and o, in this order.

Hochreiter and Schmidhuber, "Long short-term memory", Neural Computation 9, 1997; the gate f is from Gers,
Schmidhuber and Cummins, "Learning to forget", 2000, the projection from Sak, Senior and Beaufays, "Long
short-term memory recurrent neural network architectures for large scale acoustic modeling", 2014.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.cases import case
from autograd.op import op
from autograd.ops.linear import linear
from autograd.ops.recurrent import (
    Collector,
    Sizes,
    as_rows,
    bias_column,
    chunks_of,
    columns,
    initial,
    per_step,
    projected,
    rows,
    states_before,
    step_sizes,
    unrolled,
)
from autograd.ops.refusals import REAL_ONLY
from autograd.tensor import Tensor


def lstm_in_steps(
    x: Tensor, weight_ih: Tensor, weight_hh: Tensor, bias_ih: Tensor | None, bias_hh: Tensor | None,
    h0: Tensor | None, c0: Tensor | None, weight_hr: Tensor | None, sizes: Sizes, reverse: bool,
) -> tuple[Tensor, ...]:  # fmt: skip
    """The layer in simple ops."""
    hidden = weight_hh.shape[0] // 4

    def advance(x: Tensor, states: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        h, c = states
        z = linear(x, weight_ih, bias_ih) + linear(h, weight_hh, bias_hh)
        i, f, g, o = (z[:, k * hidden : (k + 1) * hidden] for k in range(4))
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        return (h if weight_hr is None else linear(h, weight_hr)), c

    starts = [initial(h0, x, weight_hh.shape[1], sizes), initial(c0, x, hidden, sizes)]
    return unrolled(advance, x, starts, sizes, reverse)


def halved(weight: Array, hidden: int) -> Array:
    """A copy with the rows of i, f and o halved: sigmoid(z) = (1 + tanh(z / 2)) / 2, so one tanh does all gates."""
    copy = weight * weight.dtype.type(0.5)
    copy[2 * hidden : 3 * hidden] = weight[2 * hidden : 3 * hidden]
    return copy


def open_gates(z: Array, hidden: int) -> None:
    """Make gates of the halved pre-activations, in place."""
    half = z.dtype.type(0.5)
    np.tanh(z, out=z)
    for sigmoids in (z[: 2 * hidden], z[3 * hidden :]):
        sigmoids *= half
        sigmoids += half


@op(
    r"c_t = f_t \odot c_{t-1} + i_t \odot g_t,\ h_t = o_t \odot \tanh c_t",
    name="lstm_layer",
    method=False,
    outputs=3,
    promotes=False,
    refuses=REAL_ONLY,
    keeps=("gates", "cells"),
    composed=lstm_in_steps,
    cases=(
        case((3, 2, 2), (8, 2), (8, 2), (8,), (8,), (2, 2), (2, 2), None),
        case((2, 2, 3), (8, 3), (8, 2), None, None, (2, 2), (2, 2), None, reverse=True),
        case((3, 2), (8, 2), (8, 2), (8,), (8,), None, None, None, sizes=(2, 1)),
        case((3, 2), (8, 2), (8, 1), (8,), (8,), (2, 1), (2, 2), (1, 2), sizes=(2, 1), reverse=True),
        case((2, 0, 2), (8, 2), (8, 2), (8,), (8,), None, None, None),
    ),
)
def _lstm_layer(
    x: Array, weight_ih: Array, weight_hh: Array, bias_ih: Array | None = None, bias_hh: Array | None = None,
    h0: Array | None = None, c0: Array | None = None, weight_hr: Array | None = None, sizes: Sizes = None, reverse: bool = False,
) -> Any:  # fmt: skip
    """A long short-term memory over a sequence: h at every step, and h and c after the last.

    Shapes: x (steps, batch, in), or packed (rows, in) with the batch size of each step in `sizes`;
    weight_ih (4 hidden, in), weight_hh (4 hidden, out), biases (4 hidden,), h0 (batch, out),
    c0 (batch, hidden), weight_hr (out, hidden), without which out = hidden; results (steps, batch, out), or
    (rows, out), (batch, out) and (batch, hidden). With `reverse`, the last step is read first.
    """
    vectors, hidden, widths = rows(x), len(weight_hh) // 4, step_sizes(x.shape, sizes)
    h = columns(h0, weight_hh.shape[1], widths[0], x.dtype)
    c = columns(c0, hidden, widths[0], x.dtype)
    y = np.empty((len(vectors), len(h)), x.dtype)
    gates = per_step(widths, reverse, 4 * hidden, x.dtype)
    cells = per_step(widths, reverse, 2 * hidden, x.dtype)  # for each step, c before and tanh(c) after
    from_x, from_h = halved(weight_ih, hidden), halved(weight_hh, hidden)
    both = bias_column(bias_ih, bias_hh)
    bias = None if both is None else halved(both, hidden)
    for chunk in chunks_of(widths, reverse):
        inputs = projected(from_x, vectors[chunk.rows], bias)
        for step in chunk.steps:
            z, before, squashed = gates[step.number], *halves(cells[step.number])
            now, memory = h[:, : step.width], c[:, : step.width]
            np.matmul(from_h, now, out=z)
            z += inputs[:, step.columns]
            open_gates(z, hidden)
            i, f, g, o = quarters(z)
            before[...] = memory
            memory *= f
            memory += np.multiply(i, g, out=squashed)
            np.tanh(memory, out=squashed)
            now[...] = o * squashed if weight_hr is None else weight_hr.dot(o * squashed)
            y[step.rows] = now.T
    y = y if sizes is not None else y.reshape(*x.shape[:-1], len(h))
    return (y, as_rows(h), as_rows(c)), gates, cells


def halves(block: Array) -> Array:
    """The two equal parts of a block of rows."""
    return block.reshape(2, len(block) // 2, block.shape[1])


def quarters(block: Array) -> Array:
    """The rows of i, f, g and o."""
    return block.reshape(4, len(block) // 4, block.shape[1])


def through_gates(dh: Array, dc: Array, gates: Array, cell: Array) -> Array:
    """The gradient by a step's pre-activations; dc becomes that by the c before.

    As dc += dh o (1 - tanh(c)²), the gradients by i, f, g and o are dc g, dc c_{t-1}, dc i and dh tanh(c).
    Each then meets its gate's own derivative: s (1 - s) for a sigmoid s, 1 - g² for a tanh g.
    """
    i, f, g, o = quarters(gates)
    before, squashed = halves(cell)
    dz = gates * gates
    by_i, by_f, by_g, by_o = quarters(dz)
    for slope, gate in ((dz[: 2 * len(i)], gates[: 2 * len(i)]), (by_o, o)):
        np.subtract(gate, slope, out=slope)
    np.subtract(1, by_g, out=by_g)
    shown = dh * squashed
    by_o *= shown
    shown *= squashed
    np.subtract(dh, shown, out=shown)
    shown *= o
    dc += shown
    for by_gate, factor in ((by_i, g), (by_f, before), (by_g, i)):
        by_gate *= dc
        by_gate *= factor
    dc *= f
    return dz


@_lstm_layer.vjp_joint(
    r"\bar a_t W_{ih},\ \sum_t \bar a_t x_t^\top,\ \sum_t \bar a_t h_{t-1}^\top,\ \ldots \text{ with } "
    r"\bar h_t = \bar y_t + W_{hh}^\top \bar a_{t+1},\ "
    r"\bar c_t = f_{t+1} \odot \bar c_{t+1} + \bar h_t \odot o_t \odot (1 - \tanh^2 c_t)"
)
def _(
    g: Any, x: Any, h0: Any, weight_ih: Any, weight_hh: Any, weight_hr: Any, out: Any, gates: Any, cells: Any,
    sizes: Sizes, reverse: bool, wanted: tuple[bool, ...],
) -> Any:  # fmt: skip
    widths = step_sizes(x.shape, sizes)
    chunks = chunks_of(widths, reverse)
    y, by_y = rows(out[0]), rows(g[0])
    dh, dc = (columns(by_state, by_state.shape[1], widths[0], y.dtype) for by_state in g[1:])
    transposed = as_rows(weight_hh)
    collector = Collector(len(weight_hh), (rows(x), states_before(y, h0, chunks)), weight_ih if wanted[0] else None)
    by_projection = None if weight_hr is None else np.zeros_like(weight_hr)
    for chunk in reversed(chunks):
        room = collector.room_for(chunk)
        for step in reversed(chunk.steps):
            now = dh[:, : step.width]
            now += by_y[step.rows].T
            dz = step_back(now, dc[:, : step.width], gates[step.number], cells[step.number], weight_hr, by_projection)
            room[:, step.columns] = dz
            np.matmul(transposed, dz, out=now)
        collector.add(chunk)
    by_x, by_bias = collector.by_vectors, collector.by_bias
    return (
        None if by_x is None else by_x.reshape(x.shape),
        *collector.by_weights,
        by_bias,
        by_bias.copy(),
        as_rows(dh),
        as_rows(dc),
        by_projection,
    )


def step_back(
    dh: Array, dc: Array, gates: Array, cell: Array, weight_hr: Array | None, by_projection: Array | None
) -> Array:
    """`through_gates`, behind the projection if there is one; its gradient is added to."""
    if weight_hr is None or by_projection is None:
        return through_gates(dh, dc, gates, cell)
    unprojected = quarters(gates)[3] * halves(cell)[1]
    by_projection += dh.dot(unprojected.T)
    return through_gates(weight_hr.T.dot(dh), dc, gates, cell)
