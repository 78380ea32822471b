"""Gradient descent, plain and with momentum."""

from __future__ import annotations

from typing import Any

from autograd.arrays import Array
from optim.elementwise import Elementwise, descent
from optim.options import check, check_kernel, check_rate


class SGD(Elementwise):
    r"""Stochastic gradient descent: against the gradient, by a step of the learning rate.

    $$g_t = \nabla L(w_{t-1}) + \lambda w_{t-1}$$
    $$b_t = \mu b_{t-1} + (1 - \tau) g_t, \quad b_1 = g_1$$
    $$w_t = w_{t-1} - \eta\, b_t \quad\text{(with Nesterov: } w_{t-1} - \eta (g_t + \mu b_t) \text{)}$$

    Args:
        params: the parameters, or groups of them with options of their own.
        lr: the learning rate eta.
        momentum: mu; how much of the last step stays in this one.
        dampening: tau.
        weight_decay: lambda, the strength of an L2 penalty.
        nesterov: look ahead along the momentum first.
        maximize: climb instead.
        differentiable: record the step, as `Elementwise` explains.
        foreach, fused: PyTorch's choices of a kernel; without effect here.

    Raises ValueError for options out of range.

    Polyak, "Some methods of speeding up the convergence of iteration methods", 1964; Sutskever et
    al., "On the importance of initialization and momentum in deep learning", ICML 2013.

    >>> import autograd, optim
    >>> w = autograd.tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = optim.SGD([w], lr=0.1)
    >>> (w ** 2).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([ 0.8000, -1.6000], requires_grad=True)
    """

    counts_steps = False

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: Any = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_rate(lr)
        check("momentum value", momentum, momentum >= 0)
        check("weight_decay value", weight_decay, weight_decay >= 0)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        check_kernel(fused, foreach, differentiable)
        super().__init__(
            params,
            {
                "lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay,
                "nesterov": nesterov, "maximize": maximize, "foreach": foreach, "differentiable": differentiable,
                "fused": fused,
            },
        )  # fmt: skip

    def element_state(self, group: dict[str, Any]) -> dict[str, float]:
        return {"momentum_buffer": 0.0} if group["momentum"] else {}

    def update(self, w: Array, g: Array, state: dict[str, Any], t: int, group: dict[str, Any]) -> None:
        lr, momentum = group["lr"], group["momentum"]
        g = descent(w, g, group)
        if momentum:
            b = state["momentum_buffer"]
            if t == 1:
                b[...] = g
            else:
                b *= momentum
                b += (1 - group["dampening"]) * g
            g = g + momentum * b if group["nesterov"] else b
        w -= lr * g
