"""RMSprop: steps scaled by the root of the mean square of recent gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arrays import Array
from optim.elementwise import Elementwise, descent
from optim.options import check, check_rate


class RMSprop(Elementwise):
    r"""The gradient divided by the root mean square of recent gradients.

    $$v_t = \alpha v_{t-1} + (1 - \alpha) g_t^2 \qquad a_t = \alpha a_{t-1} + (1 - \alpha) g_t$$
    $$b_t = \mu b_{t-1} + \frac{g_t}{\sqrt{v_t} + \epsilon}
      \quad\text{(centered: } \sqrt{v_t - a_t^2} + \epsilon \text{)} \qquad w_t = w_{t-1} - \eta\, b_t$$

    Args:
        params: the parameters, or groups of them with options of their own.
        lr: the learning rate eta.
        alpha: how much of the averages of g and g squared stays from step to step.
        eps: keeps the quotient finite.
        weight_decay: the strength of an L2 penalty, added to the gradient.
        momentum: mu; how much of the last step stays in this one.
        centered: divide by the standard deviation of the gradients instead.
        maximize: climb instead.
        differentiable: record the step, as `Elementwise` explains.
        foreach, capturable: PyTorch's choices of a kernel; without effect here.

    Raises ValueError for options out of range.

    Hinton, "Neural networks for machine learning", lecture 6e, 2012; Graves, "Generating sequences
    with recurrent neural networks", arXiv:1308.0850, 2013 (centered).

    >>> import autograd, optim
    >>> w = autograd.tensor([1.0, -20.0], requires_grad=True)
    >>> (w ** 2).sum().backward()
    >>> optim.RMSprop([w], lr=0.5, alpha=0.75).step()
    >>> w
    tensor([  0., -19.], requires_grad=True)
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_rate(lr)
        check("epsilon value", eps, eps >= 0)
        check("momentum value", momentum, momentum >= 0)
        check("weight_decay value", weight_decay, weight_decay >= 0)
        check("alpha value", alpha, alpha >= 0)
        super().__init__(
            params,
            {
                "lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps, "centered": centered,
                "weight_decay": weight_decay, "capturable": capturable, "foreach": foreach, "maximize": maximize,
                "differentiable": differentiable,
            },
        )  # fmt: skip

    def element_state(self, group: dict[str, Any]) -> dict[str, float]:
        names = ["square_avg"]
        if group["momentum"] > 0:
            names.append("momentum_buffer")
        if group["centered"]:
            names.append("grad_avg")
        return dict.fromkeys(names, 0.0)

    def update(self, w: Array, g: Array, state: dict[str, Any], t: int, group: dict[str, Any]) -> None:
        lr, alpha, eps, momentum = group["lr"], group["alpha"], group["eps"], group["momentum"]
        g = descent(w, g, group)
        v = state["square_avg"]
        v *= alpha
        v += (1 - alpha) * (g * g)
        if group["centered"]:
            a = state["grad_avg"]
            a += (1 - alpha) * (g - a)
            v = v - a * a
        step = g / (np.sqrt(v) + eps)
        if momentum > 0:
            b = state["momentum_buffer"]
            b *= momentum
            b += step
            step = b
        w -= lr * step
