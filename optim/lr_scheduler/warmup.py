"""Learning rates that begin smaller than they are meant to be, to warm up."""

from __future__ import annotations

from optim.lr_scheduler.base import LRScheduler, Rate
from optim.optimizer import Optimizer


class ConstantLR(LRScheduler):
    r"""A fixed part of the learning rate for the first epochs, and then all of it.

    $$\eta_t = \eta_0 \cdot \begin{cases} c & t < T \\ 1 & t \ge T \end{cases}$$

    Args:
        optimizer: whose learning rates are set.
        factor: c, the part, from 0 to 1.
        total_iters: T, for how many epochs.
        last_epoch: the number of the last epoch when training is resumed.

    Raises ValueError for a factor outside [0, 1].

    >>> import autograd, optim
    >>> optimizer = optim.SGD([autograd.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = optim.lr_scheduler.ConstantLR(optimizer, factor=0.5, total_iters=2)
    >>> rates = []
    >>> for epoch in range(4):
    ...     rates += scheduler.get_last_lr()
    ...     optimizer.step(); scheduler.step()
    >>> rates
    [0.5, 0.5, 1.0, 1.0]
    """

    def __init__(
        self, optimizer: Optimizer, factor: float = 1.0 / 3, total_iters: int = 5, last_epoch: int = -1
    ) -> None:
        if not 0 <= factor <= 1:
            raise ValueError(f"Constant multiplicative factor expected to be between 0 and 1, but got {factor}.")
        self.factor = factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def next_lrs(self) -> list[Rate]:
        if self.last_epoch == 0:
            return self.scaled(self.factor)
        return self.scaled(1.0 / self.factor) if self.last_epoch == self.total_iters else self.unchanged()

    def _get_closed_form_lr(self) -> list[Rate]:
        factor = self.factor + (self.last_epoch >= self.total_iters) * (1 - self.factor)
        return [lr * factor for lr in self.base_lrs]


class LinearLR(LRScheduler):
    r"""A part of the learning rate that changes along a straight line, and then stays.

    $$\eta_t = \eta_0 \left(a + (b - a) \frac{\min(t, T)}{T}\right)$$

    Args:
        optimizer: whose learning rates are set.
        start_factor: a, the part to begin with, above 0 and up to 1.
        end_factor: b, the part in the end, from 0 to 1.
        total_iters: T, after how many epochs the end is reached.
        last_epoch: the number of the last epoch when training is resumed.

    Raises ValueError for factors outside these ranges.

    >>> import autograd, optim
    >>> optimizer = optim.SGD([autograd.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = optim.lr_scheduler.LinearLR(optimizer, start_factor=0.25, total_iters=3)
    >>> rates = []
    >>> for epoch in range(5):
    ...     rates += scheduler.get_last_lr()
    ...     optimizer.step(); scheduler.step()
    >>> rates
    [0.25, 0.5, 0.75, 1.0, 1.0]
    """

    def __init__(
        self, optimizer: Optimizer, start_factor: float = 1.0 / 3, end_factor: float = 1.0, total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:  # fmt: skip
        if not 0 < start_factor <= 1:
            raise ValueError(
                "Starting multiplicative factor expected to be greater than 0 and less or equal to 1, but got "
                f"{start_factor}."
            )
        if not 0 <= end_factor <= 1:
            raise ValueError(f"Ending multiplicative factor expected to be between 0 and 1, but got {end_factor}.")
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def next_lrs(self) -> list[Rate]:
        if self.last_epoch == 0:
            return self.scaled(self.start_factor)
        if self._is_initial or self.last_epoch > self.total_iters:
            return self.unchanged()
        rise = self.end_factor - self.start_factor
        before = self.total_iters * self.start_factor + (self.last_epoch - 1) * rise  # T times the factor before
        return self.scaled(1.0 + rise / before)

    def _get_closed_form_lr(self) -> list[Rate]:
        rise = self.end_factor - self.start_factor
        done = min(self.total_iters, self.last_epoch)
        return [lr * (self.start_factor + rise * done / self.total_iters) for lr in self.base_lrs]
