"""Adam: steps scaled by running averages of the gradient and of its square."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.tensor import Tensor
from optim.elementwise import Elementwise, descent
from optim.options import check, check_betas, check_kernel, check_rate


class Adam(Elementwise):
    r"""Adaptive moment estimation.

    $$m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t \qquad v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t^2$$
    $$\hat m_t = m_t / (1 - \beta_1^t) \qquad \hat v_t = v_t / (1 - \beta_2^t)$$
    $$w_t = w_{t-1} - \eta\, \hat m_t / (\sqrt{\hat v_t} + \epsilon)$$

    Args:
        params: the parameters, or groups of them with options of their own.
        lr: the learning rate eta.
        betas: how much of the averages of g and of g squared stays from step to step.
        eps: keeps the quotient finite.
        weight_decay: the strength of an L2 penalty, added to the gradient.
        amsgrad: divide by the largest average of g squared so far.
        maximize: climb instead.
        decoupled_weight_decay: shrink the weights themselves instead, as AdamW does.
        differentiable: record the step, as `Elementwise` explains.
        foreach, capturable, fused: PyTorch's choices of a kernel; without effect here.

    Raises ValueError for options out of range.

    Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015; Reddi, Kale and Kumar,
    "On the convergence of Adam and beyond", ICLR 2018 (amsgrad).

    >>> import autograd, optim
    >>> w = autograd.tensor([1.0, -20.0], requires_grad=True)
    >>> (w ** 2).sum().backward()
    >>> optim.Adam([w], lr=0.5).step()
    >>> w  # the first step has the length of lr, whatever the gradient's
    tensor([  0.5000, -19.5000], requires_grad=True)
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[Any, Any] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: Any = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        check_rate(lr)
        check("epsilon value", eps, eps >= 0)
        check_betas(betas)
        check("weight_decay value", weight_decay, weight_decay >= 0)
        check_kernel(fused, foreach, differentiable)
        if foreach and not capturable and any(isinstance(option, Tensor) for option in (lr, *betas)):
            raise ValueError("lr or betas as a Tensor is not supported for capturable=False and foreach=True")
        super().__init__(
            params,
            {
                "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad,
                "maximize": maximize, "foreach": foreach, "capturable": capturable, "differentiable": differentiable,
                "fused": fused, "decoupled_weight_decay": decoupled_weight_decay,
            },
        )  # fmt: skip

    def element_state(self, group: dict[str, Any]) -> dict[str, float]:
        averages = {"exp_avg": 0.0, "exp_avg_sq": 0.0}
        return averages | {"max_exp_avg_sq": 0.0} if group["amsgrad"] else averages

    def update(self, w: Array, g: Array, state: dict[str, Any], t: int, group: dict[str, Any]) -> None:
        lr, (beta1, beta2), eps = group["lr"], group["betas"], group["eps"]
        g = descent(w, g, group)
        m, v = state["exp_avg"], state["exp_avg_sq"]
        m += (1 - beta1) * (g - m)
        v *= beta2
        v += (1 - beta2) * (g * g)
        if group["amsgrad"]:
            largest = state["max_exp_avg_sq"]
            v = np.maximum(np.copy(largest), v, out=largest)
        # eta m^ / (sqrt(v^) + eps), with the numbers of both corrections taken out of the vectors
        correction = (1 - beta2**t) ** 0.5
        w -= (lr * correction / (1 - beta1**t)) * (m / (np.sqrt(v) + eps * correction))
