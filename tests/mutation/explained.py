"""The mutants that survive because nothing is wrong with them, and why.

The reasons come in few kinds: multiples of zero; the branch of a choice that is not taken; what is dropped, cut off or
summed away later anyway; two ways of writing the same number.
"""

from __future__ import annotations

ZEROS = "zeros, and so is any multiple of them"
NOT_TAKEN = "the value of a branch that is not taken: it only has to be one that can be calculated with"
GIVEN = "the width would matter if no gradient arrived; then the rule is not called"
CUT = "it decides in how many parts a weight is multiplied, which changes the speed alone"
VECTORS = "the product of two vectors is the same either way"

ALSO = "where the formula with the inverse holds, the minors give the same"

EXPLAINED: dict[str, dict[str, str]] = {
    "determinants.far_from_singular": {
        f"{right}  ->  {wrong}": ALSO
        for right, wrong in (
            ("1 / np.sqrt(np.finfo(x.dtype).eps)", "1"),
            ("1 / np.sqrt(np.finfo(x.dtype).eps)", "np.sqrt(np.finfo(x.dtype).eps) / 1"),
            ("1 / np.sqrt(np.finfo(x.dtype).eps)", "2 / np.sqrt(np.finfo(x.dtype).eps)"),
            ("1 / np.sqrt(np.finfo(x.dtype).eps)", "1 * np.sqrt(np.finfo(x.dtype).eps)"),
            ("np.sqrt(np.finfo(x.dtype).eps)", "np.finfo(x.dtype).eps"),
        )
    },
    "determinants.minors": {
        "_det(left) * x.like(signs.astype(x.dtype.dtype))  ->  _det(left) / x.like(signs.astype(x.dtype.dtype))":
            "the signs are their own inverses"
    },
    "setitem by y": {
        "len(y_shape) - len(taken.shape)  ->  len(y_shape)": "further dimensions of size 1 are summed away",
        "len(y_shape) - len(taken.shape)  ->  len(y_shape) + len(taken.shape)": "so are these",
    },
    "sinc by x": {"np.where(at_zero, 1, x)  ->  np.where(at_zero, 2, x)": NOT_TAKEN},
    "sgn by x": {"np.where(at_zero, 1, length)  ->  np.where(at_zero, 2, length)": NOT_TAKEN},
    "elu by x": {"np.minimum(x, 0)  ->  np.minimum(x, 1)": NOT_TAKEN},
    "pow_tensor by y": {"np.where(at_zero, 1, x)  ->  np.where(at_zero, 2, x)": NOT_TAKEN},
    "vector_norm by x": {"np.where(void, 1, norm)  ->  np.where(void, 2, norm)": NOT_TAKEN},
    "scatter.others": {"np.where(is_zero, 1, factor)  ->  np.where(is_zero, 2, factor)": NOT_TAKEN},
    "trigonometry.unless_zero": {
        "np.where(denominator == 0, 0, 1 / denominator)  ->  np.where(denominator == 0, 1, 1 / denominator)":
            "it is multiplied by a numerator that is 0 there too"
    },
    "matrices.over": {"np.where(void, 1, denominator)  ->  np.where(void, 2, denominator)": NOT_TAKEN},
    "special_bessel.over": {"np.where(at_zero, 1, x)  ->  np.where(at_zero, 2, x)": NOT_TAKEN},
    "nll_loss by x": {
        "np.where(target != ignore_index, target, 0)  ->  np.where(target != ignore_index, target, 1)":
            "where a target is ignored, some class must be read; its weight is 0"
    },
    "logsumexp by x": {
        "np.where(out == -np.inf, 0, out)  ->  np.where(out == -np.inf, 1, out)":
            "x is -inf there, and e to that power is 0, whatever was subtracted"
    },
    "real by x": {"g + x_dtype.type(0)  ->  g - x_dtype.type(0)": "the zero is there for its dtype alone"},
    "std by x": {
        "np.where(at_zero, 1, out)  ->  np.where(at_zero, 2, out)": NOT_TAKEN,
        "np.where(at_zero, 0, g / (2 * np.where(at_zero, 1, out)))  ->  "
        "np.where(at_zero, 1, g / (2 * np.where(at_zero, 1, out)))": "where the deviation is 0, the gradient by the variance meets x - mean = 0",
    },
    "replacing.zeros_for": {
        "g.like(np.zeros(shape, g.dtype.dtype))  ->  1.01 * g.like(np.zeros(shape, g.dtype.dtype))": ZEROS,
        "g.like(np.zeros(shape, g.dtype.dtype))  ->  -g.like(np.zeros(shape, g.dtype.dtype))": ZEROS,
    },
    "scatter.gather_adjoint": {"whole  ->  1.01 * whole": ZEROS, "whole  ->  -whole": ZEROS},
    "qr by x": {"q.shape[-2]  ->  q.shape[-1]": "Q is square wherever its number of rows is asked for"},
    "lu_factor_ex by x": {
        "np.triu(g_corner)  ->  g_corner": "what stands below the diagonal ends below it, and is cut off by the next triu",
        "np.tril(g_corner, -1)  ->  np.tril(g_corner, 0)":
            "what stands on the diagonal ends on or above it, and is cut off by the next tril",
    },
    "pooling.avg_pool_adjoint": {
        "2 * p  ->  3 * p": "the rim is larger than need be, and cut off",
    },
    "convolution.convolution_weight": {
        f"groups * total.shape[2]{rest}  ->  {other}": "how many samples are worked on at a time"
        for rest, other in (
            ("", "total.shape[2]"), ("", "groups"), ("", "groups / total.shape[2]"),
            (" * outputs.shape[3]", "groups * total.shape[2]"), (" * outputs.shape[3]", "outputs.shape[3]"),
        )
    },
    "elman_layer by all": {"widths[0]  ->  widths[1]": CUT},
    "gru_layer by all": {"widths[0]  ->  widths[1]": f"at the state: {GIVEN}; at the weight: {CUT}"},
    "lstm_layer by all": {"widths[0]  ->  widths[1]": CUT},
    "recurrent_lstm.slopes_of": {
        "max(1, CACHED // max(1, gates[0].size))  ->  max(2, CACHED // max(1, gates[0].size))":
            "how many steps are worked on at a time"
    },
    "robust_losses.pull": {
        "delta * np.sign(d)  ->  delta / np.sign(d)": "beyond delta the sign is 1 or -1, its own inverse"
    },
    "recurrent.Collector.__init__": {"(units, 0)  ->  (units, 1)": "room of a wrong size is replaced when it is asked for"},
    "lbfgs.LBFGS.put_back": {
        "stamp(params, 'LBFGS.step', caller())  ->  pass": "the move that came before has been noted as a write"
    },
    "lbfgs.LBFGS.minimize": {
        "Point(0, float(first_loss), self.gradient(), None)  ->  Point(1, float(first_loss), self.gradient(), None)":
            "the step of the first point is never read"
    },
    "lbfgs.LBFGS.iterate": {
        "g.dot(d)  ->  d.dot(g)": VECTORS,
        "group['max_iter'] + 1  ->  group['max_iter'] + 2": "the last iteration knows by itself that it is the last",
    },
    "lbfgs.remember": {"y.dot(s)  ->  s.dot(y)": VECTORS},
    "lbfgs.LBFGS.advance": {"g.dot(d)  ->  d.dot(g)": VECTORS},
    "lbfgs.newton_direction": {"s.dot(q)  ->  q.dot(s)": VECTORS, "y.dot(d)  ->  d.dot(y)": VECTORS},
    "rprop.Rprop.update": {"np.sign(g * before)  ->  g * before": "it is compared with 0 alone"},
    "elementwise.rounds": {
        "seen[p] += 1  ->  seen[p] -= 1": "any numbers will do that tell the rounds apart",
        "seen[p] += 1  ->  seen[p] += 2": "any numbers will do that tell the rounds apart",
    },
    "recorded.recorded_step": {
        "1 + int(any((state.get(name) is not None for name in elements)))  ->  "
        "1 - int(any((state.get(name) is not None for name in elements)))": "whoever counts no steps asks for t == 1 alone"
    },
}  # fmt: skip
"""By function: what was changed into what, and the reason why it makes no difference."""
