"""Adagrad: steps that shrink with all gradients so far."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.tensor import tensor_of
from optim.elementwise import Elementwise, descent
from optim.options import check, check_kernel, check_rate
from optim.slab import counter_dtype, filled_like


class Adagrad(Elementwise):
    r"""Adaptive gradients: what has had large gradients takes smaller steps.

    $$s_t = s_{t-1} + g_t^2 \qquad \eta_t = \frac{\eta}{1 + (t - 1) \gamma}
      \qquad w_t = w_{t-1} - \eta_t\, \frac{g_t}{\sqrt{s_t} + \epsilon}$$

    Args:
        params: the parameters, or groups of them with options of their own.
        lr: the learning rate eta.
        lr_decay: gamma; makes the learning rate itself fall.
        weight_decay: the strength of an L2 penalty, added to the gradient.
        initial_accumulator_value: what s starts from.
        eps: keeps the quotient finite.
        maximize: climb instead.
        differentiable: record the step, as `Elementwise` explains.
        foreach, fused: PyTorch's choices of a kernel; without effect here.

    Raises ValueError for options out of range, RuntimeError for parameters without a shape yet.

    Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic
    optimization", JMLR 2011.

    >>> import autograd, optim
    >>> w = autograd.tensor([1.0, -20.0], requires_grad=True)
    >>> (w ** 2).sum().backward()
    >>> optim.Adagrad([w], lr=0.5).step()
    >>> w
    tensor([  0.5000, -19.5000], requires_grad=True)
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_rate(lr)
        check("lr_decay value", lr_decay, lr_decay >= 0)
        check("weight_decay value", weight_decay, weight_decay >= 0)
        check("initial_accumulator_value value", initial_accumulator_value, initial_accumulator_value >= 0)
        check("epsilon value", eps, eps >= 0)
        check_kernel(fused, foreach, differentiable)
        super().__init__(
            params,
            {
                "lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay,
                "initial_accumulator_value": initial_accumulator_value, "foreach": foreach, "maximize": maximize,
                "differentiable": differentiable, "fused": fused,
            },
        )  # fmt: skip
        for group in self.param_groups:
            for p in group["params"]:
                step, start = np.zeros((), counter_dtype()), initial_accumulator_value
                self.state[p].update({"step": tensor_of(step), "sum": filled_like(p, start)})

    def share_memory(self) -> None:
        """Move the sums of squares to memory that child processes share."""
        for group in self.param_groups:
            for p in group["params"]:
                self.state[p]["sum"].share_memory_()

    def element_state(self, group: dict[str, Any]) -> dict[str, float]:
        return {"sum": self.defaults["initial_accumulator_value"]}

    def update(self, w: Array, g: Array, state: dict[str, Any], t: int, group: dict[str, Any]) -> None:
        g = descent(w, g, group)
        s = state["sum"]
        s += g * g
        lr = group["lr"] / (1 + (t - 1) * group["lr_decay"])
        w -= lr * g / (np.sqrt(s) + group["eps"])
