"""NAdam: Adam that looks one step ahead along its momentum."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arrays import Array
from optim.elementwise import Elementwise, descent
from optim.options import check, check_betas, check_rate


class NAdam(Elementwise):
    r"""Adam with Nesterov momentum, whose share mu grows from step to step.

    $$\mu_t = \beta_1 (1 - \tfrac12\, 0.96^{t \psi}) \qquad \Pi_t = \mu_1 \mu_2 \cdots \mu_t$$
    $$m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t \qquad v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t^2$$
    $$\hat m_t = \frac{\mu_{t+1}}{1 - \Pi_{t+1}} m_t + \frac{1 - \mu_t}{1 - \Pi_t} g_t
      \qquad \hat v_t = v_t / (1 - \beta_2^t)$$
    $$w_t = w_{t-1} - \eta\, \hat m_t / (\sqrt{\hat v_t} + \epsilon)$$

    Args:
        params: the parameters, or groups of them with options of their own.
        lr: the learning rate eta.
        betas: how much of the averages of g and of g squared stays from step to step.
        eps: keeps the quotient finite.
        weight_decay: the strength of an L2 penalty, added to the gradient.
        momentum_decay: psi; how fast mu grows to beta1.
        decoupled_weight_decay: shrink the weights themselves instead, as AdamW does.
        maximize: climb instead.
        differentiable: record the step, as `Elementwise` explains.
        foreach, capturable: PyTorch's choices of a kernel; without effect here.

    Raises ValueError for options out of range.

    Dozat, "Incorporating Nesterov momentum into Adam", ICLR 2016 workshop.

    >>> import autograd, optim
    >>> w = autograd.tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = optim.NAdam([w], lr=0.1)
    >>> for _ in range(100):
    ...     optimizer.zero_grad()
    ...     (w ** 2).sum().backward()
    ...     optimizer.step()
    >>> bool(w.norm() < 0.05)
    True
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_rate(lr)
        check("epsilon value", eps, eps >= 0)
        check_betas(betas)
        check("weight_decay value", weight_decay, weight_decay >= 0)
        check("momentum_decay value", momentum_decay, momentum_decay >= 0)
        super().__init__(
            params,
            {
                "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "momentum_decay": momentum_decay,
                "decoupled_weight_decay": decoupled_weight_decay, "maximize": maximize, "foreach": foreach,
                "capturable": capturable, "differentiable": differentiable,
            },
        )  # fmt: skip

    def number_state(self, group: dict[str, Any]) -> dict[str, float]:
        return {"mu_product": 1.0}

    def element_state(self, group: dict[str, Any]) -> dict[str, float]:
        return {"exp_avg": 0.0, "exp_avg_sq": 0.0}

    def schedule(self, numbers: dict[str, Array], t: int, group: dict[str, Any]) -> dict[str, Any]:
        beta1, psi = group["betas"][0], group["momentum_decay"]
        mu, next_mu = (beta1 * (1 - 0.5 * 0.96 ** (step * psi)) for step in (t, t + 1))
        numbers["mu_product"] *= mu
        product = numbers["mu_product"].item(0)
        return {"share of m": next_mu / (1 - product * next_mu), "share of g": (1 - mu) / (1 - product)}

    def update(self, w: Array, g: Array, state: dict[str, Any], t: int, group: dict[str, Any]) -> None:
        lr, (beta1, beta2), eps = group["lr"], group["betas"], group["eps"]
        g = descent(w, g, group)
        m, v = state["exp_avg"], state["exp_avg_sq"]
        m += (1 - beta1) * (g - m)
        v *= beta2
        v += (1 - beta2) * (g * g)
        ahead = state["share of m"] * m + state["share of g"] * g
        w -= lr * ahead / (np.sqrt(v / (1 - beta2**t)) + eps)
