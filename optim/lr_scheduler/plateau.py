"""Learning rates that shrink when training makes no more progress."""

from __future__ import annotations

import math
from typing import Any

from autograd.graph import warn_caller
from optim.lr_scheduler.base import EPOCH_IS_DEPRECATED, LRScheduler, checked, set_value
from optim.optimizer import Optimizer


class ReduceLROnPlateau(LRScheduler):
    r"""The learning rate times a factor, when a quantity has not become better for some time: `step(loss)`.

    $$\eta \leftarrow \max(\eta \cdot factor,\ min\_lr) \quad\text{after more than } patience \text{ bad epochs}$$

    An epoch is good where the quantity m beats the best so far, b, by more than the threshold:
    $m < b (1 - threshold)$ in mode "min", or $m < b - threshold$ where threshold_mode is "abs"; in
    mode "max" $m > b (1 + threshold)$ or $m > b + threshold$.

    Args:
        optimizer: whose learning rates are set.
        mode: "min" where less is better, "max" where more is.
        factor: what the learning rate is multiplied by; below 1.
        patience: how many bad epochs in a row are put up with.
        threshold, threshold_mode: how much better counts, as a part ("rel") or by itself ("abs").
        cooldown: for how many epochs after a change bad ones are not counted.
        min_lr: the smallest learning rate, or one for each parameter group.
        eps: changes that are not larger than this are not made.

    Raises ValueError for a factor >= 1, an unknown mode, or a wrong number of min_lrs.

    >>> import autograd, optim
    >>> optimizer = optim.SGD([autograd.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1, factor=0.5)
    >>> for loss in (3.0, 2.0, 2.0, 2.0, 2.0):
    ...     scheduler.step(loss)
    >>> scheduler.get_last_lr()
    [0.5]
    """

    def __init__(
        self, optimizer: Optimizer, mode: str = "min", factor: float = 0.1, patience: int = 10, threshold: float = 1e-4,
        threshold_mode: str = "rel", cooldown: int = 0, min_lr: Any = 0, eps: float = 1e-8,
    ) -> None:  # fmt: skip
        if factor >= 1.0:
            raise ValueError(f"Factor should be < 1.0, but got {factor}: the learning rate is to shrink.")
        self.factor = factor
        self.optimizer = checked(optimizer)
        if isinstance(min_lr, (list, tuple)):
            if len(min_lr) != len(optimizer.param_groups):
                raise ValueError(f"expected {len(optimizer.param_groups)} min_lrs, got {len(min_lr)}")
            self.default_min_lr, self.min_lrs = None, list(min_lr)
        else:
            self.default_min_lr, self.min_lrs = min_lr, [min_lr] * len(optimizer.param_groups)
        if mode not in ("min", "max"):
            raise ValueError(f"mode {mode} is unknown! It is 'min' or 'max'")
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(f"threshold mode {threshold_mode} is unknown! It is 'rel' or 'abs'")
        self.patience = patience
        self.cooldown = cooldown
        self.eps = eps
        self.last_epoch = 0
        self._last_lr = self.unchanged()
        self.mode_worse = math.inf if mode == "min" else -math.inf
        self.mode, self.threshold, self.threshold_mode = mode, threshold, threshold_mode
        self._reset()

    def _reset(self) -> None:
        """Forget what was best so far."""
        self.best = self.mode_worse
        self.cooldown_counter = 0
        self.num_bad_epochs = 0

    def step(self, metrics: Any, epoch: int | None = None) -> None:  # type: ignore[override]
        """Take note of the quantity after an epoch: a number, or a Tensor with one."""
        current = float(metrics)
        if epoch is not None:
            warn_caller(EPOCH_IS_DEPRECATED)
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        if self._is_better(current, self.best):
            self.best = current
            self.num_bad_epochs = 0
        else:
            self.num_bad_epochs += 1
        if self.in_cooldown:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce_lr()
            self.cooldown_counter = self.cooldown
            self.num_bad_epochs = 0
        self._last_lr = self.unchanged()

    @property
    def in_cooldown(self) -> bool:
        """Whether bad epochs are not counted just now."""
        return self.cooldown_counter > 0

    def _is_better(self, a: float, best: float) -> bool:
        """Whether a quantity beats the best so far by more than the threshold."""
        sign = -1 if self.mode == "min" else 1
        bar = best * (1.0 + sign * self.threshold) if self.threshold_mode == "rel" else best + sign * self.threshold
        return a < bar if self.mode == "min" else a > bar

    def _reduce_lr(self) -> None:
        """Make the learning rates smaller, down to their minima."""
        groups = self.optimizer.param_groups
        if len(groups) != len(self.min_lrs):
            if self.default_min_lr is None:
                raise RuntimeError(
                    f"The number of param groups in the `optimizer` ({len(groups)}) differs from when "
                    f"`ReduceLROnPlateau` was initialized ({len(self.min_lrs)}), usually due to a new param group being "
                    "added to the optimizer. Please modify the `min_lrs` field to match the length of the `optimizer` "
                    "param groups."
                )
            self.min_lrs = [self.default_min_lr] * len(groups)
        for group, least in zip(groups, self.min_lrs, strict=True):
            before = float(group["lr"])
            after = max(before * self.factor, least)
            if before - after > self.eps:
                set_value(group, "lr", after)
