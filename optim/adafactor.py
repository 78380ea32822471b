"""Adafactor: averages of squares by row and by column alone, which need little memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.dtypes import finfo
from autograd.graph import caller
from autograd.interrupts import uninterrupted
from autograd.tensor import Tensor, tensor_of
from optim.optimizer import Optimizer, loss_of, stamp, with_gradient
from optim.options import check_bound, check_element_count, number
from optim.slab import counter_dtype


class Adafactor(Optimizer):
    r"""Steps scaled by a rank-one estimate of the squared gradients, relative to the size of the parameters.

    $$\beta_t = 1 - t^\tau \qquad \rho_t = \min(\eta, 1 / \sqrt t)
      \qquad \alpha_t = \max(\epsilon_2, \operatorname{rms}(W_{t-1}))\, \rho_t$$
    $$R_t = \beta_t R_{t-1} + (1 - \beta_t) \operatorname{mean}_{\text{rows}}(G_t^2)
      \qquad C_t = \beta_t C_{t-1} + (1 - \beta_t) \operatorname{mean}_{\text{columns}}(G_t^2)
      \qquad \hat V_t = \frac{R_t C_t}{\max(\operatorname{mean}(R_t), \epsilon_1)}$$
    $$U_t = \frac{G_t}{\max(\sqrt{\hat V_t}, \epsilon_1)}
      \qquad W_t = (1 - \eta \lambda) W_{t-1} - \alpha_t \frac{U_t}{\max(1, \operatorname{rms}(U_t) / d)}$$

    Vectors have no rows and columns: for them V is the average of all squares, as in Adam.

    Args:
        params: the parameters, or groups of them with options of their own.
        lr: eta, an upper bound of the relative step, and the rate of the weight decay.
        beta2_decay: tau; how fast beta grows towards 1.
        eps: epsilon1, which keeps the quotients finite (None: the resolution of the dtype), and epsilon2, which
            lets parameters leave 0.
        d: how large the mean step may be, compared with its usual size.
        weight_decay: lambda; shrinks the weights themselves.
        maximize: climb instead.
        foreach: PyTorch's choice of a kernel; without effect here.

    Raises ValueError for options out of range, RuntimeError in `step` for complex parameters.

    Shazeer and Stern, "Adafactor: adaptive learning rates with sublinear memory cost", ICML 2018. As in PyTorch,
    epsilon1 bounds the quotients instead of being added to the squares.

    >>> import autograd, optim
    >>> w = autograd.ones(2, 3, requires_grad=True)
    >>> optimizer = optim.Adafactor([w])
    >>> w.sum().backward()
    >>> optimizer.step()
    >>> w[0], optimizer.state[w]["row_var"].shape
    (tensor([0.9900, 0.9900, 0.9900], grad_fn=<SelectBackward0>), torch.Size([2, 1]))
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        check_element_count("lr", lr)
        check_bound("Learning rate", ">= 0", lr, lr >= 0)
        check_bound("beta2_decay", "<= 0", beta2_decay, beta2_decay <= 0)
        check_bound("epsilon1", ">= 0", eps[0], eps[0] is None or eps[0] >= 0)
        check_bound("epsilon2", ">= 0", eps[1], eps[1] >= 0)
        check_bound("Clipping threshold d", ">= 1", d, d >= 1)
        check_bound("weight_decay", ">= 0", weight_decay, weight_decay >= 0)
        super().__init__(
            params,
            {
                "lr": lr, "beta2_decay": beta2_decay, "eps": eps, "d": d, "weight_decay": weight_decay,
                "foreach": foreach, "maximize": maximize,
            },
        )  # fmt: skip

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient; a closure, if given, first computes the loss afresh."""
        loss = loss_of(closure)
        where, groups = caller(), [(group, with_gradient(group)) for group in self.param_groups]
        if any(p.is_complex() for _, active in groups for p in active):
            raise RuntimeError("Adafactor does not support complex parameters: give their parts as real ones")
        with uninterrupted():
            for group, active in groups:
                for p in active:
                    self.update(p, group)
                stamp(active, "Adafactor.step", where)
        return loss

    def update(self, p: Tensor, group: dict[str, Any]) -> None:
        """One step of one parameter."""
        w, g = p.memory(), p._grad.memory()  # type: ignore[union-attr]
        g = -g if group["maximize"] else g
        state = self.state[p]
        if not state:
            state.update(initial_state(g))
        state["step"].memory()[...] += 1
        t, lr = state["step"].item(), number(group["lr"])
        eps1, eps2 = group["eps"]
        eps1 = finfo(p.dtype).eps if eps1 is None else eps1
        length = max(eps2, rms(w)) * min(lr, t**-0.5)
        if group["weight_decay"]:
            w *= 1 - lr * group["weight_decay"]
        v = mean_squares(g, state, t ** group["beta2_decay"], eps1)
        u = g / np.sqrt(np.maximum(v, eps1 * eps1))
        w -= length / max(1.0, rms(u) / group["d"]) * u


def initial_state(g: Array) -> dict[str, Tensor]:
    """Nothing learned yet: zeros for rows and columns, or for the elements of a vector."""
    step = {"step": tensor_of(np.zeros((), counter_dtype()))}
    if g.ndim < 2:
        return step | {"variance": tensor_of(np.zeros_like(g))}
    rows, columns = np.zeros_like(g[..., :1]), np.zeros_like(g[..., :1, :])
    return step | {"row_var": tensor_of(rows), "col_var": tensor_of(columns)}


def mean_squares(g: Array, state: dict[str, Any], share: float, eps: float) -> Array:
    """The estimate of g squared, after the new g has got its share in it."""

    def average(name: str, new: Array) -> Array:
        known: Array = state[name].memory()
        known += share * (new - known)
        return known

    square = g * g
    if g.ndim < 2:
        return average("variance", square)
    rows = average("row_var", square.mean(-1, keepdims=True))
    columns = average("col_var", square.mean(-2, keepdims=True))
    return rows @ columns / np.maximum(rows.mean(-2, keepdims=True), eps)


def rms(x: Array) -> float:
    """The root of the mean square; 0 for no elements."""
    return float(np.linalg.norm(x)) / max(x.size, 1) ** 0.5
