"""Learning rates that follow a cosine."""

from __future__ import annotations

import math

from optim.lr_scheduler.base import LRScheduler, Rate
from optim.optimizer import Optimizer


class CosineAnnealingLR(LRScheduler):
    r"""From the learning rate down to eta_min along half a cosine, and up again, and so on.

    $$\eta_t = \eta_{min} + \frac{1}{2} (\eta_0 - \eta_{min}) \left(1 + \cos \frac{\pi t}{T}\right)$$

    It is computed step by step, so that it can act together with other schedules:

    $$\eta_{t+1} = \eta_{min} + (\eta_t - \eta_{min}) \frac{1 + \cos(\pi (t + 1) / T)}{1 + \cos(\pi t / T)}$$

    Args:
        optimizer: whose learning rates are set.
        T_max: T, the number of epochs from the top to the bottom.
        eta_min: the learning rate at the bottom.
        last_epoch: the number of the last epoch when training is resumed.

    Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017 (without the restarts).

    >>> import autograd, optim
    >>> optimizer = optim.SGD([autograd.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=4)
    >>> rates = []
    >>> for epoch in range(5):
    ...     rates.append(round(scheduler.get_last_lr()[0], 3))
    ...     optimizer.step(); scheduler.step()
    >>> rates
    [1.0, 0.854, 0.5, 0.146, 0.0]
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:  # noqa: N803
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def next_lrs(self) -> list[Rate]:
        t, period, low = self.last_epoch, self.T_max, self.eta_min
        present = [group["lr"] for group in self.optimizer.param_groups]
        if self._is_initial:
            return self.unchanged()
        if self._step_count == 1 and t > 0:  # resumed
            return self._get_closed_form_lr()
        if (t - 1 - period) % (2 * period) == 0:  # from the bottom, where the quotient below would be 0 / 0
            rise = (1 - math.cos(math.pi / period)) / 2
            return [lr + (top - low) * rise for lr, top in zip(present, self.base_lrs, strict=True)]
        ratio = (1 + math.cos(math.pi * t / period)) / (1 + math.cos(math.pi * (t - 1) / period))
        return [ratio * (lr - low) + low for lr in present]

    def _get_closed_form_lr(self) -> list[Rate]:
        part = 1 + math.cos(math.pi * self.last_epoch / self.T_max)
        return [self.eta_min + (lr - self.eta_min) * part / 2 for lr in self.base_lrs]


class CosineAnnealingWarmRestarts(LRScheduler):
    r"""Down along half a cosine, a jump back to the top, and down again, each time T_mult times as slowly.

    $$\eta_t = \eta_{min} + \frac{1}{2} (\eta_0 - \eta_{min}) \left(1 + \cos \frac{\pi T_{cur}}{T_i}\right)$$

    with $T_{cur}$ the time since the last restart and $T_i = T_0 \, T_{mult}^i$ that from the i-th restart to the next.

    Args:
        optimizer: whose learning rates are set.
        T_0: the number of epochs until the first restart.
        T_mult: how many times as long each cycle is as the one before it.
        eta_min: the learning rate at the bottom.
        last_epoch: the number of the last epoch when training is resumed.

    Raises ValueError unless T_0 and T_mult are whole numbers from 1 on and eta_min is a number.

    Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017.

    >>> import autograd, optim
    >>> optimizer = optim.SGD([autograd.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=2)
    >>> rates = []
    >>> for epoch in range(5):
    ...     rates.append(round(scheduler.get_last_lr()[0], 2))
    ...     optimizer.step(); scheduler.step()
    >>> rates
    [1.0, 0.5, 1.0, 0.5, 1.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_0: int,  # noqa: N803
        T_mult: int = 1,  # noqa: N803
        eta_min: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        if T_0 <= 0 or not isinstance(T_0, int):
            raise ValueError(f"Expected positive integer T_0, but got {T_0}")
        if T_mult < 1 or not isinstance(T_mult, int):
            raise ValueError(f"Expected integer T_mult >= 1, but got {T_mult}")
        if not isinstance(eta_min, (float, int)):
            raise ValueError(f"Expected float or int eta_min, but got {eta_min} of type {type(eta_min)}")
        self.T_0 = T_0
        self.T_i = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    def next_lrs(self) -> list[Rate]:
        part = 1 + math.cos(math.pi * self.T_cur / self.T_i)
        return [self.eta_min + (lr - self.eta_min) * part / 2 for lr in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """Go on to the next epoch, or to any time, such as `epoch + batch / batches` after each batch."""
        if epoch is None and self.last_epoch >= 0:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur %= self.T_i
                self.T_i *= self.T_mult
        else:
            epoch = 0 if epoch is None else epoch
            self.jump_to(epoch)
        self.last_epoch = math.floor(epoch)
        with self.within_step():
            self.set_lrs(self.get_lr())

    def jump_to(self, epoch: float) -> None:
        """Find the cycle that a time lies in: after n of them, T_0 (1 + T_mult + ... + T_mult^(n-1)) is over."""
        if epoch < 0:
            raise ValueError(f"Expected non-negative epoch, but got {epoch}")
        if epoch < self.T_0:
            self.T_cur, self.T_i = epoch, self.T_0
        elif self.T_mult == 1:
            self.T_cur = epoch % self.T_0
        else:
            n = int(math.log(epoch / self.T_0 * (self.T_mult - 1) + 1, self.T_mult))
            self.T_cur = epoch - self.T_0 * (self.T_mult**n - 1) / (self.T_mult - 1)
            self.T_i = self.T_0 * self.T_mult**n
