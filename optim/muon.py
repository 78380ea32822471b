"""Muon: momentum whose matrices are made orthogonal before they become steps."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.arrays import Array
from autograd.graph import caller
from autograd.interrupts import uninterrupted
from autograd.tensor import Tensor, tensor_of
from optim.optimizer import Optimizer, loss_of, stamp, with_gradient
from optim.options import check_bound, check_element_count, number

QUINTIC = (3.4445, -4.7750, 2.0315)
"""Coefficients by which small singular values grow fastest."""


class Muon(Optimizer):
    r"""Momentum, orthogonalized by Newton-Schulz iterations: all directions of a matrix move equally far.

    $$B_t = \mu B_{t-1} + (1 - \mu) G_t \qquad \tilde B_t = \mu B_t + (1 - \mu) G_t \ \text{(Nesterov), else } B_t$$
    $$X_0 = \tilde B_t / \lVert \tilde B_t \rVert \qquad A = X_k X_k^\top
      \qquad X_{k+1} = a X_k + (b A + c A^2) X_k$$
    $$W_t = (1 - \eta \lambda) W_{t-1} - \eta\, \sigma X_n
      \qquad \sigma = \sqrt{\max(1, \text{rows} / \text{columns})}$$

    The iterations run in bfloat16, as in PyTorch: 8 bits of mantissa are enough to find directions.

    Args:
        params: matrices, such as the weights of hidden layers; embeddings, biases and the rest are for AdamW.
        lr: the learning rate eta.
        weight_decay: lambda; shrinks the weights themselves.
        momentum: mu.
        nesterov: look ahead along the momentum.
        ns_coefficients: a, b and c.
        eps: keeps the quotient finite.
        ns_steps: n, the number of iterations.
        adjust_lr_fn: "original" (or None) for sigma as above, "match_rms_adamw" for
            sigma = 0.2 sqrt(max(rows, columns)), with which steps are as long as AdamW's.

    Raises ValueError for parameters that are not matrices and for options out of range, RuntimeError in `step` for
    complex parameters.

    Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024; Liu et al., "Muon is
    scalable for LLM training", arXiv:2502.16982, 2025.

    >>> import autograd, optim
    >>> w = autograd.zeros(2, 2, requires_grad=True)
    >>> w.grad = autograd.tensor([[100.0, 0.0], [0.0, 1.0]])
    >>> optim.Muon([w], lr=1.0).step()
    >>> (w.abs() > 0.5).tolist()  # both directions have moved, by about 1
    [[True, False], [False, True]]
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = QUINTIC,
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
    ) -> None:
        check_element_count("lr", lr)
        check_bound("Learning rate", ">= 0", lr, lr >= 0)
        check_bound("momentum", ">= 0", momentum, momentum >= 0)
        check_bound("weight decay", ">= 0", weight_decay, weight_decay >= 0)
        if adjust_lr_fn not in (None, "original", "match_rms_adamw"):
            raise ValueError(
                f"Adjust learning rate function {adjust_lr_fn} is not supported: use 'original' or 'match_rms_adamw'"
            )
        super().__init__(
            params,
            {
                "lr": lr, "weight_decay": weight_decay, "momentum": momentum, "nesterov": nesterov,
                "ns_coefficients": ns_coefficients, "eps": eps, "ns_steps": ns_steps, "adjust_lr_fn": adjust_lr_fn,
            },
        )  # fmt: skip
        for group in self.param_groups:
            for p in group["params"]:
                if p.ndim != 2:
                    raise ValueError(
                        f"Muon only supports 2D parameters whereas we found a parameter with size: {p.array.shape}"
                    )

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient; a closure, if given, first computes the loss afresh."""
        loss = loss_of(closure)
        where, groups = caller(), [(group, with_gradient(group)) for group in self.param_groups]
        if any(p.is_complex() for _, active in groups for p in active):
            raise RuntimeError("Muon does not support complex parameters: give their parts as real ones")
        with uninterrupted():
            for group, active in groups:
                for p in active:
                    self.update(p, group)
                stamp(active, "Muon.step", where)
        return loss

    def update(self, p: Tensor, group: dict[str, Any]) -> None:
        """One step of one matrix."""
        w, g = p.memory(), p._grad.memory()  # type: ignore[union-attr]
        lr, momentum = number(group["lr"]), group["momentum"]
        state = self.state[p]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = tensor_of(np.zeros_like(g))
        b = state["momentum_buffer"].memory()
        b += (1 - momentum) * (g - b)
        ahead = g + momentum * (b - g) if group["nesterov"] else b
        x = orthogonalized(ahead, group["ns_coefficients"], group["ns_steps"], group["eps"])
        w *= 1 - lr * group["weight_decay"]
        w -= lr * spread(w.shape, group["adjust_lr_fn"]) * x


def spread(shape: tuple[int, ...], how: str | None) -> float:
    """The factor sigma, by which steps of matrices of any shape become equally long."""
    rows, columns = shape
    return 0.2 * math.sqrt(max(shape)) if how == "match_rms_adamw" else math.sqrt(max(1, rows / columns))


def orthogonalized(g: Array, coefficients: tuple[float, float, float], steps: int, eps: float) -> Array:
    """Nearly U V^T for g = U S V^T, by a polynomial that drives singular values towards 1."""
    if steps >= 100:
        raise ValueError(f"Number of steps must be less than 100 for computational efficiency, and ns_steps is {steps}")
    if len(coefficients) != 3:
        raise ValueError(f"Coefficients must be a tuple of exactly 3 values, and there are {len(coefficients)}")
    a, b, c = coefficients
    tall = g.shape[0] > g.shape[1]
    x = bfloat16(g.T if tall else g)
    x = bfloat16(x / max(bfloat16(np.linalg.norm(x)), bfloat16(eps)))
    for _ in range(steps):
        gram = bfloat16(x @ x.T)
        gram = bfloat16(b * gram + c * (gram @ gram))
        x = bfloat16(a * x + gram @ x)
    return x.T if tall else x


def bfloat16(x: Any) -> Array:
    """The nearest numbers with 8 bits of mantissa, as float32; halfway, those with an even last bit."""
    bits = np.asarray(x, np.float32).view(np.uint32)
    rounded = (bits + (0x7FFF + (bits >> 16 & 1))) & np.uint32(0xFFFF0000)
    return rounded.view(np.float32)
