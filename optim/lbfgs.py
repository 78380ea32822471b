"""L-BFGS: Newton's method with a Hessian that is guessed from the last steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.graph import caller
from autograd.interrupts import uninterrupted
from autograd.modes import enable_grad
from autograd.tensor import Tensor, tensor_of
from optim.line_search import Point, strong_wolfe
from optim.optimizer import Optimizer, stamp
from optim.options import check_rate, number
from optim.slab import flat


class LBFGS(Optimizer):
    r"""The limited-memory method of Broyden, Fletcher, Goldfarb and Shanno, over all parameters as one vector.

    $$w_{k+1} = w_k + t_k d_k \qquad d_k = -H_k g_k \qquad s_k = w_{k+1} - w_k \qquad y_k = g_{k+1} - g_k$$

    H, the inverse of the Hessian, is never formed. It is what the last `history_size` pairs (s, y) make of
    (s·y / y·y) I, each by $H \leftarrow (I - \rho s y^\top) H (I - \rho y s^\top) + \rho s s^\top$ with
    $\rho = 1 / (s \cdot y)$; two loops over the pairs multiply by it.

    A step makes up to `max_iter` iterations. It needs a closure that clears the gradients, computes the loss,
    calls backward and returns the loss, for the whole data set.

    Args:
        params: the parameters, in one group.
        lr: the length t of steps, or what the line search tries first.
        max_iter: iterations for each call of `step`.
        max_eval: evaluations of the closure for each call of `step`; by default 5/4 of max_iter.
        tolerance_grad: stop where no element of the gradient is larger.
        tolerance_change: stop where the loss or the parameters change by less.
        history_size: how many pairs (s, y) to remember.
        line_search_fn: "strong_wolfe" to search for a good t along d, or None.

    Raises ValueError for more than one group and a negative lr, RuntimeError for another name of a line search.

    Nocedal, "Updating quasi-Newton matrices with limited storage", Mathematics of Computation, 1980;
    Liu and Nocedal, "On the limited memory BFGS method for large scale optimization", 1989.

    >>> import autograd, optim
    >>> w = autograd.tensor([-1.5, 2.0], requires_grad=True)
    >>> optimizer = optim.LBFGS([w], line_search_fn="strong_wolfe", max_iter=50)
    >>> def rosenbrock():
    ...     optimizer.zero_grad()
    ...     loss = (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2
    ...     loss.backward()
    ...     return loss
    >>> first = optimizer.step(rosenbrock)
    >>> [round(x, 3) for x in w.tolist()]
    [1.0, 1.0]
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        check_rate(lr)
        super().__init__(
            params,
            {
                "lr": lr, "max_iter": max_iter, "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
                "tolerance_grad": tolerance_grad, "tolerance_change": tolerance_change, "history_size": history_size,
                "line_search_fn": line_search_fn,
            },
        )  # fmt: skip
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups): give one list")

    def step(self, closure: Callable[[], Any]) -> Any:  # type: ignore[override]
        """Up to `max_iter` iterations; returns what the closure returned at first."""
        (group,) = self.param_groups
        if group["line_search_fn"] not in (None, "strong_wolfe"):
            raise RuntimeError(f"only 'strong_wolfe' is supported as line_search_fn, not {group['line_search_fn']!r}")
        values = [p.memory().copy() for p in group["params"]]
        state = self.state[group["params"][0]]
        remembered = {name: list(value) if isinstance(value, list) else value for name, value in state.items()}
        try:
            return self.minimize(enable_grad()(closure), group, state)
        except BaseException:  # the closure has raised, or Ctrl-C has come: this step has not happened then
            with uninterrupted():
                self.put_back(values)
                state.clear()
                state.update(remembered)
            raise

    def minimize(self, closure: Callable[[], Any], group: dict[str, Any], state: dict[str, Any]) -> Any:
        """The step itself."""
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        first_loss = closure()
        state["func_evals"] += 1
        here = Point(0, float(first_loss), self.gradient(), None)
        if is_small(here.gradient, group["tolerance_grad"]):
            return first_loss
        known = {name: state.get(name) for name in REMEMBERED}
        self.iterate(closure, here, group, state, known)
        state.update(known)
        return first_loss

    def iterate(
        self, closure: Callable[[], Any], here: Point, group: dict[str, Any], state: dict[str, Any],
        known: dict[str, Any],
    ) -> None:  # fmt: skip
        """Go on from here until one of the options says that it is enough."""
        evaluations, tolerance = 1, group["tolerance_change"]
        for iteration in range(1, group["max_iter"] + 1):
            state["n_iter"] += 1
            g, lr = here.gradient, number(group["lr"])
            if state["n_iter"] == 1:
                known.update(d=tensor_of(-g), old_dirs=[], old_stps=[], ro=[], H_diag=1)
                t = min(1.0, 1.0 / np.abs(g).sum()) * lr
            else:
                remember(known, g, group["history_size"])
                known["d"] = tensor_of(newton_direction(known, g, alphas_of(state, group["history_size"])))
                t = lr
            d = known["d"].array
            known.update(prev_flat_grad=tensor_of(g), prev_loss=here.f, t=held(t))
            start = here._replace(t=0, slope=g.dot(d))
            if start.slope > -tolerance:
                return
            last = iteration == group["max_iter"]
            here, made = self.advance(closure, d, t, start, group, group["max_eval"] - evaluations, last)
            known["t"] = held(here.t)
            evaluations += made
            state["func_evals"] += made
            if (
                last
                or evaluations >= group["max_eval"]
                or is_small(here.gradient, group["tolerance_grad"])
                or is_small(d * here.t, tolerance)
                or abs(here.f - start.f) < tolerance
            ):
                return

    def advance(
        self, closure: Callable[[], Any], d: Array, t: Any, start: Point, group: dict[str, Any], tries: int, last: bool
    ) -> tuple[Point, int]:
        """Move along d, by t or as far as the line search says; where that leads, and how many evaluations it took."""
        if group["line_search_fn"] is None:
            self.move(t, d)
            if last:  # nobody will look at the loss there
                return start._replace(t=t), 0
            return Point(t, float(closure()), self.gradient(), None), 1
        before = [p.memory().copy() for p in group["params"]]

        def evaluate(t: Any) -> Point:
            self.move(t, d)
            f, g = float(closure()), self.gradient()
            self.put_back(before)
            return Point(t, f, g, g.dot(d))

        found, made = strong_wolfe(evaluate, t, start, SHORTEST / np.abs(d).max(), tries)
        self.move(found.t, d)
        return found, made

    # -- all parameters as one vector -------------------------------------------------------------------

    def gradient(self) -> Array:
        """The gradients of all parameters, one after the other; zeros for those that have none."""
        params = self.param_groups[0]["params"]
        grads = [getattr(p, "_grad", None) for p in params]
        return np.concatenate(
            [
                flat(np.zeros(p.shape, p.dtype.dtype) if g is None else g.memory())
                for p, g in zip(params, grads, strict=True)
            ]
        )

    def move(self, t: Any, d: Array) -> None:
        """Add t d to the parameters."""
        params = self.param_groups[0]["params"]
        begin = 0
        for p in params:
            memory = p.memory()
            end = begin + memory.size * (2 if p.dtype.is_complex else 1)
            memory += (t * d[begin:end]).astype(p.dtype.to_real().dtype).view(memory.dtype).reshape(memory.shape)
            begin = end
        stamp(params, "LBFGS.step", caller())

    def put_back(self, values: list[Array]) -> None:
        """Give the parameters values that they have had."""
        params = self.param_groups[0]["params"]
        for p, value in zip(params, values, strict=True):
            p.memory()[...] = value
        stamp(params, "LBFGS.step", caller())


SHORTEST = 1e-9
"""A line search ends when no parameter moves further between its last two points, whatever `tolerance_change` says."""

REMEMBERED = ("d", "t", "old_dirs", "old_stps", "ro", "H_diag", "prev_flat_grad", "prev_loss")
"""What is kept in the state from one call of `step` to the next."""


def is_small(vector: Array, tolerance: float) -> bool:
    """Whether no element is larger than the tolerance."""
    return bool(np.abs(vector).max() <= tolerance)


def held(value: Any) -> Any:
    """A number as the state holds it: a Tensor if it was computed from tensors."""
    return tensor_of(np.asarray(value)) if isinstance(value, np.generic) else value


def scalar(value: Any) -> Any:
    """A number of the state to calculate with."""
    return value.array[()] if isinstance(value, Tensor) else value


def remember(known: dict[str, Any], g: Array, history_size: int) -> None:
    """Note the last step s and the change y of the gradient, if the loss curves upwards along s."""
    y = g - known["prev_flat_grad"].array
    s = known["d"].array * scalar(known["t"])
    ys = y.dot(s)
    if ys > 1e-10:
        for name, value in (("old_dirs", y), ("old_stps", s), ("ro", 1.0 / ys)):
            if len(known[name]) == history_size:
                known[name].pop(0)
            known[name].append(tensor_of(value))
        known["H_diag"] = tensor_of(ys / y.dot(y))


def alphas_of(state: dict[str, Any], history_size: int) -> list[Any]:
    """Room for the numbers that the first loop hands to the second; PyTorch keeps it in the state."""
    alphas: list[Any] = state.setdefault("al", [None] * history_size)
    return alphas


def newton_direction(known: dict[str, Any], g: Array, alphas: list[Any]) -> Array:
    """-H g, by the pairs (s, y) from the newest to the oldest and back."""
    pairs = [
        (index, y.array, s.array, scalar(rho))
        for index, (y, s, rho) in enumerate(zip(known["old_dirs"], known["old_stps"], known["ro"], strict=True))
    ]
    q = -g
    for index, y, s, rho in reversed(pairs):
        alpha = s.dot(q) * rho
        q -= alpha * y
        alphas[index] = tensor_of(alpha)
    d = q * scalar(known["H_diag"])
    for index, y, s, rho in pairs:
        beta = y.dot(d) * rho
        d += (scalar(alphas[index]) - beta) * s
    return d
