"""RAdam: Adam that waits with its scaling until the average of squares can be trusted."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arrays import Array
from optim.elementwise import Elementwise, descent
from optim.options import check, check_betas, check_rate


class RAdam(Elementwise):
    r"""Rectified Adam: the scaling comes in as the variance of its estimate becomes bearable.

    $$m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t \qquad v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t^2
      \qquad \hat m_t = m_t / (1 - \beta_1^t)$$
    $$\rho_\infty = \frac{2}{1 - \beta_2} - 1 \qquad \rho_t = \rho_\infty - \frac{2 t \beta_2^t}{1 - \beta_2^t}$$
    $$r_t = \sqrt{\frac{(\rho_t - 4)(\rho_t - 2) \rho_\infty}{(\rho_\infty - 4)(\rho_\infty - 2) \rho_t}}
      \qquad l_t = \frac{\sqrt{1 - \beta_2^t}}{\sqrt{v_t} + \epsilon}$$
    $$w_t = w_{t-1} - \eta\, \hat m_t r_t l_t \ \text{ if } \rho_t > 5, \qquad w_{t-1} - \eta\, \hat m_t
      \ \text{ until then}$$

    Args:
        params: the parameters, or groups of them with options of their own.
        lr: the learning rate eta.
        betas: how much of the averages of g and of g squared stays from step to step.
        eps: keeps the quotient finite.
        weight_decay: the strength of an L2 penalty, added to the gradient.
        decoupled_weight_decay: shrink the weights themselves instead, as AdamW does.
        maximize: climb instead.
        differentiable: record the step, as `Elementwise` explains.
        foreach, capturable: PyTorch's choices of a kernel; without effect here.

    Raises ValueError for options out of range.

    Liu et al., "On the variance of the adaptive learning rate and beyond", ICLR 2020.

    >>> import autograd, optim
    >>> w = autograd.tensor([1.0, -2.0], requires_grad=True)
    >>> (w ** 2).sum().backward()
    >>> optim.RAdam([w], lr=0.1).step()
    >>> w  # at first like gradient descent
    tensor([ 0.8000, -1.6000], requires_grad=True)
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
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
        super().__init__(
            params,
            {
                "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
                "foreach": foreach, "capturable": capturable, "decoupled_weight_decay": decoupled_weight_decay,
                "differentiable": differentiable,
            },
        )  # fmt: skip

    def element_state(self, group: dict[str, Any]) -> dict[str, float]:
        return {"exp_avg": 0.0, "exp_avg_sq": 0.0}

    def update(self, w: Array, g: Array, state: dict[str, Any], t: int, group: dict[str, Any]) -> None:
        lr, (beta1, beta2), eps = group["lr"], group["betas"], group["eps"]
        g = descent(w, g, group)
        m, v = state["exp_avg"], state["exp_avg_sq"]
        m += (1 - beta1) * (g - m)
        v *= beta2
        v += (1 - beta2) * (g * g)
        correction = 1 - beta2**t
        longest = 2 / (1 - beta2) - 1
        length = longest - 2 * t * beta2**t / correction
        step = (lr / (1 - beta1**t)) * m
        if length > 5:
            steady = (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)
            step = step * (steady * correction) ** 0.5 / (np.sqrt(v) + eps)
        w -= step
