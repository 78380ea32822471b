"""What all schedules have in common: when they step, how they set the learning rates, how they are saved."""

from __future__ import annotations

import contextlib
import functools
import weakref
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

import numpy as np

from autograd.graph import warn_caller
from autograd.interrupts import uninterrupted
from autograd.misuse import speaking_constructor
from autograd.tensor import Tensor
from optim.optimizer import Optimizer

Rate = Any  # a float, or a Tensor without dimensions

HOW_TO_STEP = "https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate"

EPOCH_IS_DEPRECATED = (
    "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where possible. Please use "
    "`scheduler.step()` to step the scheduler. During the deprecation, if epoch is different from None, the closed "
    "form is used instead of the new chainable form, where available."
)


class LRScheduler:
    """Changes the learning rates of an optimizer as training goes on: call `step()` after each epoch.

    A schedule of one's own defines `get_lr()`: the learning rates of the parameter groups at
    `self.last_epoch`, which counts the steps from 0. `self.base_lrs` are those it began with.

    Args:
        optimizer: whose `param_groups` have the learning rates.
        last_epoch: the number of the last epoch when training is resumed; -1 to begin.

    Raises TypeError unless the first argument is an optimizer, and KeyError where one that was
    never scheduled is to be resumed.

    >>> import autograd, optim
    >>> class Halving(optim.lr_scheduler.LRScheduler):
    ...     def get_lr(self):
    ...         return [lr / 2**self.last_epoch for lr in self.base_lrs]
    >>> optimizer = optim.SGD([autograd.ones(1, requires_grad=True)], lr=0.8)
    >>> scheduler = Halving(optimizer)
    >>> optimizer.step()
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.4]
    """

    _get_lr_called_within_step = False
    _is_initial = False
    _last_lr: list[Rate]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__init__" in vars(cls):
            cls.__init__ = all_or_nothing(cls.__init__)  # type: ignore[method-assign]
        speaking_constructor(cls)

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        self.optimizer = checked(optimizer)
        for index, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", own(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{index}] when resuming scheduler with "
                    f"last_epoch={last_epoch}: load the optimizer's state_dict first, or begin with last_epoch=-1"
                )
        self.base_lrs = values_of(optimizer, "initial_lr")
        self.last_epoch = last_epoch
        watch_steps(optimizer)
        self._initial_step()

    # -- what a subclass says -----------------------------------------------------------------------------

    def get_lr(self) -> list[Rate]:
        """The learning rates at `last_epoch`; `step` calls this. To see the present ones, use `get_last_lr`."""
        if not self._get_lr_called_within_step:
            warn_caller("To get the last learning rate computed by the scheduler, please use `get_last_lr()`.")
        return self.next_lrs()

    def next_lrs(self) -> list[Rate]:
        """The learning rates at `last_epoch`, from the present ones where that is all a schedule needs."""
        raise NotImplementedError(f"{type(self).__name__} must say what the learning rates are: define get_lr()")

    def scaled(self, factor: float) -> list[Rate]:
        """The present learning rates, times a factor."""
        return [group["lr"] * factor for group in self.optimizer.param_groups]

    def unchanged(self) -> list[Rate]:
        """The present learning rates."""
        return values_of(self.optimizer, "lr")

    # -- stepping -----------------------------------------------------------------------------------------

    def step(self, epoch: int | None = None) -> None:
        """Go on to the next epoch. To jump to a certain one, by `epoch`, is deprecated.

        Warns where the optimizer has not made a step yet: the first learning rate would never be used.
        """
        if not isinstance(epoch, int | float | None):
            raise TypeError(f"step(): argument 'epoch' must be int, not {type(epoch).__name__}")
        if self._step_count == 1:
            self.check_order()
        if epoch is not None:
            warn_caller(EPOCH_IS_DEPRECATED)
        with uninterrupted():
            self._step_count += 1
            self._update_lr(epoch)

    def check_order(self) -> None:
        """Warn where `optimizer.step()` should have been called by now, and has not been."""
        if not hasattr(self.optimizer.step, "_wrapped_by_lr_sched"):
            warn_caller(
                "Seems like `optimizer.step()` has been overridden after learning rate scheduler initialization. "
                "Please, make sure to call `optimizer.step()` before `lr_scheduler.step()`. See more details at "
                + HOW_TO_STEP
            )
        elif not getattr(self.optimizer, "_opt_called", False):
            warn_caller(
                "Detected call of `lr_scheduler.step()` before `optimizer.step()`. In PyTorch 1.1.0 and later, you "
                "should call them in the opposite order: `optimizer.step()` before `lr_scheduler.step()`. Failure to "
                "do this will result in PyTorch skipping the first value of the learning rate schedule. See more "
                f"details at {HOW_TO_STEP}"
            )

    def _initial_step(self) -> None:
        """Set the learning rates to begin with."""
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    def _update_lr(self, epoch: int | None = None) -> None:
        """Move to an epoch, by default the next, and set the learning rates of all groups."""
        with self.within_step():
            before = self.last_epoch
            self.last_epoch = before + 1 if epoch is None else epoch
            closed_form = getattr(self, "_get_closed_form_lr", None)
            try:
                self.set_lrs(self.get_lr() if epoch is None or closed_form is None else closed_form())
            except Exception:
                self.last_epoch = before
                raise

    @contextlib.contextmanager
    def within_step(self) -> Iterator[None]:
        """A context in which `get_lr` is called as it is meant to be."""
        self._get_lr_called_within_step = True
        try:
            yield
        finally:
            self._get_lr_called_within_step = False

    def set_lrs(self, rates: list[Rate]) -> None:
        """Give each parameter group its learning rate."""
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            set_value(group, "lr", rate)
        self._last_lr = self.unchanged()

    def get_last_lr(self) -> list[Rate]:
        """The learning rates that this schedule has set last, one for each parameter group."""
        return self._last_lr

    # -- saving and loading -------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """All that the schedule remembers, without the optimizer."""
        return {name: value for name, value in self.__dict__.items() if name != "optimizer"}

    def state_and(self, **saved: Any) -> dict[str, Any]:
        """The state with these attributes as they are to be saved, at its end, where PyTorch has them."""
        return {name: value for name, value in LRScheduler.state_dict(self).items() if name not in saved} | saved

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` of such a schedule has returned."""
        self.__dict__.update(state_dict)


class _LRScheduler(LRScheduler):
    """The former name of `LRScheduler`."""


# -- values of parameter groups -----------------------------------------------------------------------------


def all_or_nothing(init: Callable[..., None]) -> Callable[..., None]:
    """A constructor that leaves the optimizer's options as they were where it fails."""

    @functools.wraps(init)
    def construct(self: Any, *args: Any, **kwargs: Any) -> None:
        optimizer = kwargs.get("optimizer", args[0] if args else None)
        groups = getattr(optimizer, "param_groups", [])
        before = [dict(group) for group in groups]
        try:
            init(self, *args, **kwargs)
        except Exception:
            for group, options in zip(groups, before, strict=True):
                group.clear()
                group.update(options)
            raise

    return construct


def own(value: Any) -> Any:
    """A Tensor's copy, which does not change with it; anything else as it is."""
    return value.detach().clone() if isinstance(value, Tensor) else value


def values_of(optimizer: Optimizer, name: str) -> list[Any]:
    """An option of each parameter group."""
    return [own(group[name]) for group in optimizer.param_groups]


def set_value(group: dict[str, Any], name: str, value: Any) -> None:
    """Set an option of a parameter group; a Tensor there stays, and is filled."""
    if isinstance(group[name], Tensor):
        group[name].detach().fill_(float(value))
    else:
        group[name] = value


def one_for_each_group(name: str, optimizer: Optimizer, value: Any) -> list[Any]:
    """A list with a value for each parameter group, of a single one or of such a list."""
    count = len(optimizer.param_groups)
    for number in value if isinstance(value, (list, tuple)) else (value,):
        if not isinstance(number, (int, float, np.number, Tensor)):
            raise TypeError(f"{name} must be a number, or one for each parameter group, not {type(number).__name__}")
    if not isinstance(value, (list, tuple)):
        return [own(value) for _ in range(count)]
    if len(value) != count:
        raise ValueError(
            f"{name} must have the same length as optimizer.param_groups. {name} has {len(value)} values, "
            f"param_groups has {count}."
        )
    return [own(v) for v in value]


def checked(optimizer: Any) -> Optimizer:
    """The optimizer; TypeError where it is none."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
    return optimizer


def saved_function(function: Any) -> dict[str, Any] | None:
    """What is saved of a function that the user gave: the attributes of a callable object, nothing of a function."""
    return None if isinstance(function, FunctionType) else function.__dict__.copy()


# -- has the optimizer made a step? -------------------------------------------------------------------------


def watch_steps(optimizer: Optimizer) -> None:
    """Have `optimizer._opt_called` set as soon as the optimizer makes a step."""
    if hasattr(optimizer.step, "_wrapped_by_lr_sched"):
        return
    step = optimizer.step.__func__  # type: ignore[attr-defined]
    reference = weakref.ref(optimizer)  # the optimizer must not keep itself alive through its own attribute

    @functools.wraps(step)
    def noting_step(*args: Any, **kwargs: Any) -> Any:
        alive = reference()
        alive._opt_called = True  # type: ignore[union-attr]
        return step(alive, *args, **kwargs)

    noting_step._wrapped_by_lr_sched = True  # type: ignore[attr-defined]
    optimizer.step = noting_step  # type: ignore[method-assign]
