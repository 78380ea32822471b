"""Adamax: Adam with the largest gradient in place of the average square."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arrays import Array
from optim.elementwise import Elementwise, descent
from optim.options import check, check_betas, check_rate


class Adamax(Elementwise):
    r"""Adam by the infinity norm: steps scaled by the largest gradient, which slowly fades.

    $$m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t \qquad u_t = \max(\beta_2 u_{t-1}, |g_t| + \epsilon)$$
    $$w_t = w_{t-1} - \frac{\eta}{1 - \beta_1^t} \frac{m_t}{u_t}$$

    Args:
        params: the parameters, or groups of them with options of their own.
        lr: the learning rate eta.
        betas: how much of the average of g, and of the largest |g|, stays from step to step.
        eps: keeps the quotient finite.
        weight_decay: the strength of an L2 penalty, added to the gradient.
        maximize: climb instead.
        differentiable: record the step, as `Elementwise` explains.
        foreach, capturable: PyTorch's choices of a kernel; without effect here.

    Raises ValueError for options out of range.

    Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015, section 7.

    >>> import autograd, optim
    >>> w = autograd.tensor([1.0, -20.0], requires_grad=True)
    >>> (w ** 2).sum().backward()
    >>> optim.Adamax([w], lr=0.5).step()
    >>> w
    tensor([  0.5000, -19.5000], requires_grad=True)
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_rate(lr)
        check("epsilon value", eps, eps >= 0)
        check_betas(betas)
        check("weight_decay value", weight_decay, weight_decay >= 0)
        super().__init__(
            params,
            {
                "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "foreach": foreach,
                "maximize": maximize, "differentiable": differentiable, "capturable": capturable,
            },
        )  # fmt: skip

    def element_state(self, group: dict[str, Any]) -> dict[str, float]:
        return {"exp_avg": 0.0, "exp_inf": 0.0}

    def update(self, w: Array, g: Array, state: dict[str, Any], t: int, group: dict[str, Any]) -> None:
        lr, (beta1, beta2), eps = group["lr"], group["betas"], group["eps"]
        g = descent(w, g, group)
        m, u = state["exp_avg"], state["exp_inf"]
        m += (1 - beta1) * (g - m)
        u[...] = np.maximum(beta2 * u, np.abs(g) + eps)
        w -= (lr / (1 - beta1**t)) * (m / u)
