"""Adadelta: steps in the units of the parameters, so that they need no learning rate."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arrays import Array
from optim.elementwise import Elementwise, descent
from optim.options import check, check_rate


class Adadelta(Elementwise):
    r"""Steps as long as the steps before were, compared with the gradients.

    $$v_t = \rho v_{t-1} + (1 - \rho) g_t^2
      \qquad \delta_t = \frac{\sqrt{u_{t-1} + \epsilon}}{\sqrt{v_t + \epsilon}}\, g_t$$
    $$u_t = \rho u_{t-1} + (1 - \rho) \delta_t^2 \qquad w_t = w_{t-1} - \eta\, \delta_t$$

    Args:
        params: the parameters, or groups of them with options of their own.
        lr: eta, by which steps are multiplied.
        rho: how much of the averages of g squared and delta squared stays from step to step.
        eps: keeps the quotient finite, and gets it started.
        weight_decay: the strength of an L2 penalty, added to the gradient.
        maximize: climb instead.
        differentiable: record the step, as `Elementwise` explains.
        foreach, capturable: PyTorch's choices of a kernel; without effect here.

    Raises ValueError for options out of range.

    Zeiler, "ADADELTA: an adaptive learning rate method", arXiv:1212.5701, 2012.

    >>> import autograd, optim
    >>> w = autograd.tensor([0.5], requires_grad=True)
    >>> w.grad = autograd.ones(1)
    >>> optim.Adadelta([w], lr=1.0, rho=0.75, eps=0.25).step()
    >>> w  # 0.5 - sqrt(0.25) / sqrt(0.25 + 0.25)
    tensor([-0.2071], requires_grad=True)
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_rate(lr)
        check("rho value", rho, 0 <= rho <= 1)
        check("epsilon value", eps, eps >= 0)
        check("weight_decay value", weight_decay, weight_decay >= 0)
        super().__init__(
            params,
            {
                "lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
                "capturable": capturable, "foreach": foreach, "differentiable": differentiable,
            },
        )  # fmt: skip

    def element_state(self, group: dict[str, Any]) -> dict[str, float]:
        return {"square_avg": 0.0, "acc_delta": 0.0}

    def update(self, w: Array, g: Array, state: dict[str, Any], t: int, group: dict[str, Any]) -> None:
        rho, eps = group["rho"], group["eps"]
        g = descent(w, g, group)
        v, u = state["square_avg"], state["acc_delta"]
        v *= rho
        v += (1 - rho) * (g * g)
        delta = np.sqrt(u + eps) / np.sqrt(v + eps) * g
        u *= rho
        u += (1 - rho) * (delta * delta)
        w -= group["lr"] * delta
