"""Learning rates that shrink: in steps, exponentially, or as a power of the time that is left.

Each schedule says how to get from one learning rate to the next, so that several can act on the
same optimizer; `_get_closed_form_lr` says what that comes to after any number of epochs.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable

from optim.lr_scheduler.base import LRScheduler, Rate
from optim.optimizer import Optimizer


class StepLR(LRScheduler):
    r"""The learning rate times gamma, every step_size epochs.

    $$\eta_t = \eta_0 \, \gamma^{\lfloor t / s \rfloor}$$

    Args:
        optimizer: whose learning rates are set.
        step_size: s, the number of epochs from one change to the next.
        gamma: the factor.
        last_epoch: the number of the last epoch when training is resumed.

    >>> import autograd, optim
    >>> optimizer = optim.SGD([autograd.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    >>> rates = []
    >>> for epoch in range(5):
    ...     rates += scheduler.get_last_lr()
    ...     optimizer.step(); scheduler.step()
    >>> rates
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def next_lrs(self) -> list[Rate]:
        changes = self.last_epoch != 0 and self.last_epoch % self.step_size == 0
        return self.scaled(self.gamma) if changes else self.unchanged()

    def _get_closed_form_lr(self) -> list[Rate]:
        return [lr * self.gamma ** (self.last_epoch // self.step_size) for lr in self.base_lrs]


class MultiStepLR(LRScheduler):
    r"""The learning rate times gamma, at each of the milestones.

    $$\eta_t = \eta_0 \, \gamma^{|\{m \in M : m \le t\}|}$$

    Args:
        optimizer: whose learning rates are set.
        milestones: M, the epochs of the changes; one that is given twice counts twice.
        gamma: the factor.
        last_epoch: the number of the last epoch when training is resumed.

    >>> import autograd, optim
    >>> optimizer = optim.SGD([autograd.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = optim.lr_scheduler.MultiStepLR(optimizer, milestones=[1, 3], gamma=0.5)
    >>> rates = []
    >>> for epoch in range(5):
    ...     rates += scheduler.get_last_lr()
    ...     optimizer.step(); scheduler.step()
    >>> rates
    [1.0, 0.5, 0.5, 0.25, 0.25]
    """

    def __init__(
        self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.milestones = Counter(milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def next_lrs(self) -> list[Rate]:
        times = self.milestones.get(self.last_epoch, 0)
        return self.scaled(self.gamma**times) if times else self.unchanged()

    def _get_closed_form_lr(self) -> list[Rate]:
        passed = bisect_right(sorted(self.milestones.elements()), self.last_epoch)
        return [lr * self.gamma**passed for lr in self.base_lrs]


class ExponentialLR(LRScheduler):
    r"""The learning rate times gamma, every epoch.

    $$\eta_t = \eta_0 \, \gamma^t$$

    Args:
        optimizer: whose learning rates are set.
        gamma: the factor.
        last_epoch: the number of the last epoch when training is resumed.

    >>> import autograd, optim
    >>> optimizer = optim.SGD([autograd.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    >>> for _ in range(3):
    ...     optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()
    [0.125]
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def next_lrs(self) -> list[Rate]:
        return self.unchanged() if self._is_initial else self.scaled(self.gamma)

    def _get_closed_form_lr(self) -> list[Rate]:
        return [lr * self.gamma**self.last_epoch for lr in self.base_lrs]


class PolynomialLR(LRScheduler):
    r"""A power of the share of the time that is left; 0 from total_iters epochs on.

    $$\eta_t = \eta_0 \left(1 - \frac{\min(t, T)}{T}\right)^{p}$$

    Args:
        optimizer: whose learning rates are set.
        total_iters: T, after how many epochs the learning rate has come to 0.
        power: p; 1 for a straight line.
        last_epoch: the number of the last epoch when training is resumed.

    >>> import autograd, optim
    >>> optimizer = optim.SGD([autograd.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = optim.lr_scheduler.PolynomialLR(optimizer, total_iters=4, power=2.0)
    >>> optimizer.step(); scheduler.step(); scheduler.get_last_lr()
    [0.5625]
    """

    def __init__(self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1) -> None:
        self.total_iters = total_iters
        self.power = power
        super().__init__(optimizer, last_epoch)

    def next_lrs(self) -> list[Rate]:
        if self._is_initial or self.last_epoch > self.total_iters:
            return self.unchanged()
        left, left_before = (1.0 - t / self.total_iters for t in (self.last_epoch, self.last_epoch - 1))
        return self.scaled((left / left_before) ** self.power)

    def _get_closed_form_lr(self) -> list[Rate]:
        left = 1.0 - min(self.total_iters, self.last_epoch) / self.total_iters
        return [lr * left**self.power for lr in self.base_lrs]
