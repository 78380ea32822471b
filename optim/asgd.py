"""ASGD: gradient descent that also averages where it has been."""

from __future__ import annotations

from typing import Any

from autograd.arrays import Array
from optim.elementwise import Elementwise, descent
from optim.options import check, check_rate
from optim.slab import counter_dtype


class ASGD(Elementwise):
    r"""Averaged stochastic gradient descent: a falling learning rate, and the mean of the weights on the side.

    $$w_t = (1 - \lambda \eta_{t-1}) w_{t-1} - \eta_{t-1} g_t \qquad a_t = a_{t-1} + \mu_{t-1} (w_t - a_{t-1})$$
    $$\eta_t = \frac{\eta_0}{(1 + \lambda \eta_0 t)^\alpha} \qquad \mu_t = \frac{1}{\max(1, t - t_0)}$$

    The averages are `optimizer.state[p]["ax"]`. They equal the weights until t0, and are their mean after it.

    Args:
        params: the parameters, or groups of them with options of their own.
        lr: the learning rate eta0 to begin with.
        lambd: lambda; makes weights and learning rate decay.
        alpha: the power by which the learning rate falls.
        t0: the step after which to average.
        weight_decay: the strength of an L2 penalty, added to the gradient.
        maximize: climb instead.
        differentiable: record the step, as `Elementwise` explains; eta counts as a constant.
        foreach, capturable: PyTorch's choices of a kernel; without effect here.

    Raises ValueError for options out of range.

    Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", SIAM Journal on
    Control and Optimization, 1992.

    >>> import autograd, optim
    >>> w = autograd.tensor([1.0], requires_grad=True)
    >>> optimizer = optim.ASGD([w], lr=0.25, lambd=0, t0=0)
    >>> for _ in range(3):
    ...     optimizer.zero_grad()
    ...     (w ** 2).sum().backward()
    ...     optimizer.step()
    >>> w, optimizer.state[w]["ax"]
    (tensor([0.1250], requires_grad=True), tensor([0.1875]))
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_rate(lr)
        check("weight_decay value", weight_decay, weight_decay >= 0)
        super().__init__(
            params,
            {
                "lr": lr, "lambd": lambd, "alpha": alpha, "t0": t0, "weight_decay": weight_decay, "foreach": foreach,
                "maximize": maximize, "differentiable": differentiable, "capturable": capturable,
            },
        )  # fmt: skip

    def number_state(self, group: dict[str, Any]) -> dict[str, float]:
        return {"eta": float(group["lr"]), "mu": 1.0}

    def element_state(self, group: dict[str, Any]) -> dict[str, float]:
        return {"ax": 0.0}

    def schedule(self, numbers: dict[str, Array], t: int, group: dict[str, Any]) -> dict[str, Any]:
        now = {"eta": numbers["eta"].item(0), "mu": numbers["mu"].item(0)}
        rounded = counter_dtype().type  # whatever a loaded state makes of them
        numbers["eta"][...] = rounded(group["lr"] / (1 + group["lambd"] * group["lr"] * t) ** group["alpha"])
        numbers["mu"][...] = rounded(1 / max(1, t - group["t0"]))
        return now

    def update(self, w: Array, g: Array, state: dict[str, Any], t: int, group: dict[str, Any]) -> None:
        average, eta, mu = state["ax"], state["eta"], state["mu"]
        g = descent(w, g, group)
        w *= 1 - group["lambd"] * eta
        w -= eta * g
        if mu == 1:
            average[...] = w
        else:
            average += mu * (w - average)
