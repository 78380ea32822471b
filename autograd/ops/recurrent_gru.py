"""The gated recurrent unit: an LSTM's gates without a memory of its own.

    r   = sigmoid(W_r x_t + b_r + W'_r h_{t-1} + b'_r)          how much of the state is looked at
    z   = sigmoid(W_z x_t + b_z + W'_z h_{t-1} + b'_z)          how much of it stays
    n   = tanh(W_n x_t + b_n + r * (W'_n h_{t-1} + b'_n))       what might take its place
    h_t = (1 - z) * n + z * h_{t-1}

The rows of each weight are those of r, z and n, in this order.

Cho et al., "Learning phrase representations using RNN encoder-decoder for statistical machine translation",
EMNLP 2014. There r is applied to h before the product; here, as in PyTorch, after it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arrays import Array, product
from autograd.cases import case
from autograd.op import op
from autograd.ops.linear import linear
from autograd.ops.parts import in_parts, multiply
from autograd.ops.recurrent import (
    Collector,
    Sizes,
    as_rows,
    chunks_of,
    columns,
    initial,
    per_step,
    rows,
    states_before,
    step_sizes,
    unrolled,
)
from autograd.ops.refusals import REAL_ONLY
from autograd.tensor import Tensor


def gru_in_steps(
    x: Tensor, weight_ih: Tensor, weight_hh: Tensor, bias_ih: Tensor | None, bias_hh: Tensor | None, h0: Tensor | None,
    sizes: Sizes, reverse: bool,
) -> tuple[Tensor, ...]:  # fmt: skip
    """The layer in simple ops."""
    hidden = weight_hh.shape[1]

    def advance(x: Tensor, states: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        (h,) = states
        a, b = linear(x, weight_ih, bias_ih), linear(h, weight_hh, bias_hh)
        r = (a[:, :hidden] + b[:, :hidden]).sigmoid()
        z = (a[:, hidden : 2 * hidden] + b[:, hidden : 2 * hidden]).sigmoid()
        n = (a[:, 2 * hidden :] + r * b[:, 2 * hidden :]).tanh()
        return ((1 - z) * n + z * h,)

    return unrolled(advance, x, [initial(h0, x, hidden, sizes)], sizes, reverse)


def halved(weight: Array, hidden: int) -> Array:
    """A copy with the rows of r and z halved: sigmoid(z) = (1 + tanh(z / 2)) / 2, and tanh is the faster one."""
    copy = np.array(weight)
    copy[: 2 * hidden] *= weight.dtype.type(0.5)
    return copy


def projected(weight: Array, vectors: Array, bias: Array | None) -> Array:
    """W x + b for the inputs of a chunk, by columns."""
    z = product(weight, vectors.T)
    if bias is not None:
        z += bias
    return z


@op(
    r"h_t = (1 - z_t) \odot n_t + z_t \odot h_{t-1}",
    name="gru_layer",
    method=False,
    outputs=2,
    promotes=False,
    refuses=REAL_ONLY,
    keeps=("gates", "looks", "states"),
    composed=gru_in_steps,
    cases=(
        case((3, 2, 2), (6, 2), (6, 2), (6,), (6,), (2, 2)),
        case((2, 2, 3), (6, 3), (6, 2), None, None, (2, 2), reverse=True),
        case((3, 2), (6, 2), (6, 2), (6,), (6,), (2, 2), sizes=(2, 1)),
        case((3, 2), (6, 2), (6, 2), (6,), (6,), None, sizes=(2, 1), reverse=True),
        case((2, 0, 2), (6, 2), (6, 2), (6,), (6,), None),
    ),
)
def _gru_layer(
    x: Array, weight_ih: Array, weight_hh: Array, bias_ih: Array | None = None, bias_hh: Array | None = None,
    h0: Array | None = None, sizes: Sizes = None, reverse: bool = False,
) -> Any:  # fmt: skip
    """A gated recurrent unit over a sequence: the state at every step, and after the last.

    Shapes: x (steps, batch, in), or packed (rows, in) with the batch size of each step in `sizes`;
    weight_ih (3 hidden, in), weight_hh (3 hidden, hidden), biases (3 hidden,), h0 (batch, hidden);
    results (steps, batch, hidden), or (rows, hidden), and (batch, hidden). With `reverse`, the last
    step is read first.
    """
    vectors, hidden, widths = rows(x), weight_hh.shape[1], step_sizes(x.shape, sizes)
    h = columns(h0, hidden, widths[0], x.dtype)
    y = np.empty((len(vectors), hidden), x.dtype)
    gates = per_step(widths, reverse, x.dtype, 3 * hidden)
    looks = per_step(widths, reverse, x.dtype, 2 * hidden)  # for each step, W'_n h + b'_n and h before - n
    from_x, from_h = halved(weight_ih, hidden), in_parts(halved(weight_hh, hidden), widths[0])
    bias_x, bias_h = (None if b is None else halved(b[:, None], hidden) for b in (bias_ih, bias_hh))
    half = x.dtype.type(0.5)
    for chunk in chunks_of(widths, reverse):
        inputs = projected(from_x, vectors[chunk.rows], bias_x)
        for step in chunk.steps:
            now, a = h[:, : step.width], gates[step.number]
            seen = multiply(from_h, now)
            if bias_h is not None:
                seen += bias_h
            a[...] = inputs[:, step.columns]
            open_gates, n = a[: 2 * hidden], a[2 * hidden :]
            open_gates += seen[: 2 * hidden]
            np.tanh(open_gates, out=open_gates)
            open_gates *= half
            open_gates += half
            looked, difference = looks[step.number][:hidden], looks[step.number][hidden:]
            looked[...] = seen[2 * hidden :]
            n += open_gates[:hidden] * looked
            np.tanh(n, out=n)
            np.subtract(now, n, out=difference)
            np.multiply(open_gates[hidden:], difference, out=now)
            now += n
            y[step.rows] = now.T
    result = y if sizes is not None else y.reshape(*x.shape[:-1], hidden)
    return (result, as_rows(h)), gates, looks, y.copy()  # what the program gets may be overwritten


def through_gates(dh: Array, gates: Array, looks: Array, by_x: Array, by_h: Array) -> None:
    """Write the gradients by both pre-activations of a step; dh becomes that by the h before, as far as z lets it.

    With s (1 - s) for the derivative of a sigmoid s and 1 - n² for that of the tanh: the gradients by
    n, z and r are dh (1 - z), dh (h_{t-1} - n) and dn (W'_n h + b'_n), and h_{t-1} gets dh z.
    """
    hidden = len(gates) // 3
    r, z, n = gates.reshape(3, *dh.shape)
    looked, difference = looks.reshape(2, *dh.shape)
    by_r, by_z, by_n = by_x.reshape(3, *dh.shape)
    kept = dh * z
    np.multiply(n, n, out=by_n)
    np.subtract(1, by_n, out=by_n)
    by_n *= dh - kept
    np.multiply(gates[: 2 * hidden], gates[: 2 * hidden], out=by_x[: 2 * hidden])
    np.subtract(gates[: 2 * hidden], by_x[: 2 * hidden], out=by_x[: 2 * hidden])
    by_z *= dh
    by_z *= difference
    by_r *= by_n
    by_r *= looked
    by_h[: 2 * hidden] = by_x[: 2 * hidden]
    np.multiply(by_n, r, out=by_h[2 * hidden :])
    dh[...] = kept


@_gru_layer.vjp_joint(
    r"\bar a_t W_{ih},\ \sum_t \bar a_t x_t^\top,\ \sum_t \bar b_t h_{t-1}^\top,\ \ldots \text{ with } "
    r"\bar h_t = \bar y_t + z_{t+1} \odot \bar h_{t+1} + W_{hh}^\top \bar b_{t+1}"
)
def _(
    g: Any, x: Any, h0: Any, weight_ih: Any, weight_hh: Any, gates: Any, looks: Any, states: Any, sizes: Sizes,
    reverse: bool, wanted: tuple[bool, ...],
) -> Any:  # fmt: skip
    units, widths = len(weight_hh), step_sizes(x.shape, sizes)
    chunks = chunks_of(widths, reverse)
    by_y = rows(g[0])
    dh = columns(g[1], states.shape[1], widths[0], states.dtype)
    transposed = in_parts(as_rows(weight_hh), widths[0])
    from_x = Collector(units, (rows(x),), weight_ih if wanted[0] else None)
    from_h = Collector(units, (states_before(states, h0, chunks),))
    for chunk in reversed(chunks):
        for_x, for_h = from_x.room_for(chunk), from_h.room_for(chunk)
        for step in reversed(chunk.steps):
            now = dh[:, : step.width]
            now += by_y[step.rows].T
            by_x, by_h = np.empty((2, units, step.width), states.dtype)
            through_gates(now, gates[step.number], looks[step.number], by_x, by_h)
            for_x[:, step.columns], for_h[:, step.columns] = by_x, by_h
            now += multiply(transposed, by_h)
        from_x.add(chunk)
        from_h.add(chunk)
    return (
        None if from_x.by_vectors is None else from_x.by_vectors.reshape(x.shape),
        *from_x.by_weights,
        *from_h.by_weights,
        from_x.by_bias,
        from_h.by_bias,
        as_rows(dh),
    )
