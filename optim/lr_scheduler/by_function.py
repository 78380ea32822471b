"""Schedules whose factors are functions that the user gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from optim.lr_scheduler.base import LRScheduler, Rate, checked, saved_function
from optim.optimizer import Optimizer

Factor = Callable[[int], float]


class FactorScheduler(LRScheduler):
    """What `LambdaLR` and `MultiplicativeLR` share: a function for each parameter group."""

    lr_lambdas: list[Factor]

    def __init__(self, optimizer: Optimizer, lr_lambda: Any, last_epoch: int = -1) -> None:
        count = len(checked(optimizer).param_groups)
        functions = list(lr_lambda) if isinstance(lr_lambda, (list, tuple)) else [lr_lambda] * count
        if len(functions) != count:
            raise ValueError(f"Expected {count} lr_lambdas, but got {len(functions)}: one for each parameter group")
        for function in functions:
            if not callable(function):
                raise TypeError(f"lr_lambda should be a function, but got {type(function).__name__}")
        self.lr_lambdas = functions
        super().__init__(optimizer, last_epoch)

    def state_dict(self) -> dict[str, Any]:
        """All that the schedule remembers; of its functions, the attributes of those that are callable objects."""
        return self.state_and(lr_lambdas=[saved_function(function) for function in self.lr_lambdas])

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` has returned; functions stay the present ones."""
        for function, attributes in zip(self.lr_lambdas, state_dict["lr_lambdas"], strict=True):
            if attributes is not None:
                function.__dict__.update(attributes)
        super().load_state_dict({name: value for name, value in state_dict.items() if name != "lr_lambdas"})


class LambdaLR(FactorScheduler):
    r"""The initial learning rate times a function of the epoch.

    $$\eta_t = \eta_0 \, \lambda(t)$$

    Args:
        optimizer: whose learning rates are set.
        lr_lambda: the function of t, or a list of them, one for each parameter group.
        last_epoch: the number of the last epoch when training is resumed.

    Raises ValueError unless there is one function for each group.

    >>> import autograd, optim
    >>> optimizer = optim.SGD([autograd.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 1 / (1 + epoch))
    >>> optimizer.step(); scheduler.step(); scheduler.get_last_lr()
    [0.5]
    """

    def next_lrs(self) -> list[Rate]:
        return [lr * function(self.last_epoch) for lr, function in zip(self.base_lrs, self.lr_lambdas, strict=True)]


class MultiplicativeLR(FactorScheduler):
    r"""The last learning rate times a function of the epoch.

    $$\eta_t = \eta_{t-1} \, \lambda(t)$$

    Arguments and errors as of `LambdaLR`.

    >>> import autograd, optim
    >>> optimizer = optim.SGD([autograd.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = optim.lr_scheduler.MultiplicativeLR(optimizer, lambda epoch: 0.5)
    >>> for _ in range(3):
    ...     optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()
    [0.125]
    """

    def next_lrs(self) -> list[Rate]:
        if self._is_initial:
            return self.unchanged()
        groups = self.optimizer.param_groups
        return [group["lr"] * factor(self.last_epoch) for group, factor in zip(groups, self.lr_lambdas, strict=True)]
