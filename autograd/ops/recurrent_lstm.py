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

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.arrays import CACHED, Array
from autograd.cases import case
from autograd.op import op
from autograd.ops.linear import linear
from autograd.ops.parts import in_parts, multiply
from autograd.ops.recurrent import (
    Collector,
    Reader,
    Sizes,
    Step,
    as_rows,
    bias_column,
    chunks_of,
    columns,
    initial,
    per_step,
    rows,
    runs_of,
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


def inside(rows: Array) -> Array:
    """The rows of i, f, g and o in the order o, i, f, g, which this layer keeps to inside.

    Then the sigmoids stand together, and so do the gates that c depends on: few calls deal with them.
    """
    hidden = len(rows) // 4
    return np.concatenate((rows[3 * hidden :], rows[: 3 * hidden]))


def outside(rows: Array) -> Array:
    """The same rows as the layer's weights have them."""
    hidden = len(rows) // 4
    return np.concatenate((rows[hidden:], rows[:hidden]))


def halved(weight: Array) -> Array:
    """A weight for use inside; o, i and f halved: sigmoid(z) = (1 + tanh(z / 2)) / 2, so one tanh does all gates."""
    copy = inside(weight)
    copy[: len(weight) // 4 * 3] *= weight.dtype.type(0.5)
    return copy


def open_gates(z: Array) -> None:
    """Make gates of the halved pre-activations, in place."""
    half = z.dtype.type(0.5)
    np.tanh(z, out=z)
    sigmoids = z[: len(z) // 4 * 3]
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
    gates = per_step(widths, reverse, x.dtype, 4, hidden)  # o, i, f and g
    cells = per_step(widths, reverse, x.dtype, 2, hidden)  # c before and tanh(c) after
    bias = bias_column(bias_ih, bias_hh)
    reader = Reader(vectors, halved(weight_ih), halved(weight_hh), None if bias is None else halved(bias), h)
    for chunk in chunks_of(widths, reverse):
        reader.begin(chunk)
        for run in runs_of(chunk):
            now, memory = reader.h[:, : run[0].width], c[:, : run[0].width]
            for step in run:
                (o, i, f, g), (before, squashed) = gates[step.number], cells[step.number]
                open_gates(reader.read(step, out=gates[step.number].reshape(4 * hidden, step.width)))
                before[...] = memory
                memory *= f
                memory += np.multiply(i, g, out=squashed)
                np.tanh(memory, out=squashed)
                if weight_hr is None:
                    np.multiply(o, squashed, out=now)
                else:
                    now[...] = weight_hr.dot(o * squashed)
                y[step.rows] = now.T
    y = y if sizes is not None else y.reshape(*x.shape[:-1], len(h))
    return (y, as_rows(reader.h), as_rows(c)), gates, cells


class Slopes(NamedTuple):
    """What the gradients of a step's pre-activations are made of, whatever arrives.

    Attributes:
        by_gates: o (1 - o) tanh(c), i (1 - i) g, f (1 - f) c_{t-1} and (1 - g²) i: times dh for o, and dc for the others.
        by_memory: o (1 - tanh(c)²), the gradient of h_t by c_t.
        kept: f, the gradient of c_t by c_{t-1}.
    """

    by_gates: Array
    by_memory: Array
    kept: Array


def slopes_of(steps: Sequence[Step], gates: Sequence[Array], cells: Sequence[Array]) -> Iterator[tuple[Step, Slopes]]:
    """The slopes of steps of the same width, the last step first: several steps at a time, as long as they fit the cache."""
    together = max(1, CACHED // max(1, gates[0].size))
    for stop in range(len(steps), 0, -together):
        some = steps[max(0, stop - together) : stop]
        numbers = slice(some[0].number, some[-1].number + 1)
        opened, remembered = np.asarray(gates[numbers]), np.asarray(cells[numbers])
        o, i, f, g = (opened[:, place] for place in range(4))
        before, squashed = remembered[:, 0], remembered[:, 1]
        by_gates = opened * opened
        np.subtract(opened[:, :3], by_gates[:, :3], out=by_gates[:, :3])
        np.subtract(1, by_gates[:, 3], out=by_gates[:, 3])
        for place, factor in enumerate((squashed, g, before, i)):
            by_gates[:, place] *= factor
        by_memory = squashed * squashed
        np.subtract(1, by_memory, out=by_memory)
        by_memory *= o
        yield from zip(reversed(some), map(Slopes, by_gates[::-1], by_memory[::-1], f[::-1]), strict=True)


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
    y, sent = rows(out[0]), rows(g[0])
    dh, dc = (columns(by_state, by_state.shape[1], widths[0], y.dtype) for by_state in g[1:])
    transposed = in_parts(as_rows(inside(weight_hh)), widths[0])
    collector = Collector(
        len(weight_hh), (rows(x), states_before(y, h0, chunks)), inside(weight_ih) if wanted[0] else None
    )
    by_projection = None if weight_hr is None else np.zeros_like(weight_hr)
    for chunk in reversed(chunks):
        room = collector.room_for(chunk)
        for run in reversed(runs_of(chunk)):
            by_y, by_c = dh[:, : run[0].width], dc[:, : run[0].width]
            for step, slopes in slopes_of(run, gates, cells):
                by_y += sent[step.rows].T
                by_h = by_y
                if weight_hr is not None and by_projection is not None:
                    shown = gates[step.number][0] * cells[step.number][1]
                    by_projection += by_y.dot(shown.T)
                    by_h = weight_hr.T.dot(by_y)
                room[:, step.columns] = dz = through_gates(by_h, by_c, slopes)
                multiply(transposed, dz, out=by_y)
        collector.add(chunk)
    by_x, by_bias = collector.by_vectors, outside(collector.by_bias)
    return (
        None if by_x is None else by_x.reshape(x.shape),
        *map(outside, collector.by_weights),
        by_bias,
        by_bias.copy(),
        as_rows(dh),
        as_rows(dc),
        by_projection,
    )


def through_gates(dh: Array, dc: Array, slopes: Slopes) -> Array:
    """The gradient by a step's pre-activations, in place of `slopes.by_gates`; dc becomes that by the c before."""
    dc += dh * slopes.by_memory
    by_gates = slopes.by_gates
    by_gates[0] *= dh
    by_gates[1:] *= dc
    dc *= slopes.kept
    return by_gates.reshape(4 * len(dc), dc.shape[1])
