"""Rprop: only the signs of the gradients count."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arrays import Array
from optim.elementwise import Elementwise, descent
from optim.options import check, check_rate


class Rprop(Elementwise):
    r"""Resilient propagation: each element has a step of its own, which grows while the gradient keeps its sign.

    $$\delta_t = \begin{cases}
      \min(\eta_+ \delta_{t-1}, \delta_{\max}) & g_t g_{t-1} > 0 \\
      \max(\eta_- \delta_{t-1}, \delta_{\min}),\ g_t := 0 & g_t g_{t-1} < 0 \\
      \delta_{t-1} & \text{else}
      \end{cases} \qquad w_t = w_{t-1} - \delta_t \operatorname{sign}(g_t)$$

    It wants gradients of the whole data set: the noise of minibatches would turn signs round.

    Args:
        params: the parameters, or groups of them with options of their own.
        lr: the step that each element begins with.
        etas: by how much steps shrink and grow, eta- and eta+.
        step_sizes: the smallest and the largest step.
        maximize: climb instead.
        differentiable: record the step, as `Elementwise` explains.
        foreach, capturable: PyTorch's choices of a kernel; without effect here.

    Raises ValueError for options out of range.

    Riedmiller and Braun, "A direct adaptive method for faster backpropagation learning: the RPROP
    algorithm", ICNN 1993.

    >>> import autograd, optim
    >>> w = autograd.tensor([1.0, -20.0], requires_grad=True)
    >>> optimizer = optim.Rprop([w], lr=0.5)
    >>> for _ in range(2):
    ...     optimizer.zero_grad()
    ...     (w ** 2).sum().backward()
    ...     optimizer.step()
    >>> w
    tensor([ -0.1000, -18.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_rate(lr)
        check("eta values", f"{etas[0]}, {etas[1]}", 0 < etas[0] < 1 < etas[1])
        super().__init__(
            params,
            {
                "lr": lr, "etas": etas, "step_sizes": step_sizes, "foreach": foreach, "maximize": maximize,
                "differentiable": differentiable, "capturable": capturable,
            },
        )  # fmt: skip

    def element_state(self, group: dict[str, Any]) -> dict[str, float]:
        return {"prev": 0.0, "step_size": float(group["lr"])}

    def update(self, w: Array, g: Array, state: dict[str, Any], t: int, group: dict[str, Any]) -> None:
        (shrink, grow), (smallest, largest) = group["etas"], group["step_sizes"]
        g = descent(w, g, group)
        before, size = state["prev"], state["step_size"]
        turn = np.sign(g * before)
        sized = np.where(turn > 0, grow * size, np.where(turn < 0, shrink * size, size))
        size[...] = np.minimum(np.maximum(sized, smallest), largest)
        g = np.where(turn < 0, 0, g)
        w -= size * np.sign(g)
        before[...] = g
