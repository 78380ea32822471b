"""AdamW: Adam whose weight decay does not go through the averages."""

from __future__ import annotations

from typing import Any

from optim.adam import Adam


class AdamW(Adam):
    r"""Adam with decoupled weight decay: the weights shrink by themselves, not through the gradient.

    $$w_t = (1 - \eta \lambda) w_{t-1} - \eta\, \hat m_t / (\sqrt{\hat v_t} + \epsilon)$$

    Arguments as of `Adam`; weight_decay is lambda.

    Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019.

    >>> import autograd, optim
    >>> w = autograd.tensor([1.0], requires_grad=True)
    >>> w.grad = autograd.zeros(1)
    >>> optim.AdamW([w], lr=0.1, weight_decay=0.5).step()
    >>> w
    tensor([0.9500], requires_grad=True)
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[Any, Any] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: Any = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params, lr, betas, eps, weight_decay, amsgrad, foreach=foreach, maximize=maximize, capturable=capturable,
            differentiable=differentiable, fused=fused, decoupled_weight_decay=True,
        )  # fmt: skip

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group["decoupled_weight_decay"] = True
