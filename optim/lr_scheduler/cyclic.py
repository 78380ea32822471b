"""Learning rates that rise and fall again, with a momentum that falls and rises."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from optim.lr_scheduler.base import LRScheduler, Rate, checked, one_for_each_group, saved_function, set_value
from optim.optimizer import Optimizer


class MomentumScheduler(LRScheduler):
    """What `CyclicLR` and `OneCycleLR` share: they set the momentum too, be it called so or beta_1."""

    cycle_momentum: bool
    use_beta1: bool

    def prepare_momentum(self, base_momentum: Any, max_momentum: Any, last_epoch: int) -> tuple[list[Any], list[Any]]:
        """The lower and upper momenta of all groups; a new schedule begins with the upper ones.

        Raises ValueError where the optimizer knows no momentum.
        """
        optimizer = self.optimizer
        if "momentum" not in optimizer.defaults and "betas" not in optimizer.defaults:
            raise ValueError(
                "optimizer must support momentum or beta1 with `cycle_momentum` option enabled, and "
                f"{type(optimizer).__name__} does not: give cycle_momentum=False"
            )
        self.use_beta1 = "betas" in optimizer.defaults
        low = one_for_each_group("base_momentum", optimizer, base_momentum)
        high = one_for_each_group("max_momentum", optimizer, max_momentum)
        if last_epoch == -1:
            for group, least, most in zip(optimizer.param_groups, low, high, strict=True):
                self.set_momentum(group, most)
                group["max_momentum"], group["base_momentum"] = most, least
        return low, high

    def set_momentum(self, group: dict[str, Any], momentum: Any) -> None:
        """Set the momentum of a parameter group."""
        if self.use_beta1:
            group["betas"] = (momentum, *group["betas"][1:])
        else:
            group["momentum"] = momentum


class CyclicLR(MomentumScheduler):
    r"""Up and down along straight lines, over and over, while the momentum goes the other way. Step after each batch.

    $$\eta_t = \eta_{base} + (\eta_{max} - \eta_{base}) \, \Lambda(t) \, s$$

    with $\Lambda$ going from 0 to 1 within step_size_up steps and back within step_size_down, and
    s by mode: "triangular" 1; "triangular2" $2^{1 - c}$ in cycle c = 1, 2, ...; "exp_range" $\gamma^t$.

    Args:
        optimizer: whose learning rates are set.
        base_lr, max_lr: the lower and the upper learning rate, or one for each parameter group.
        step_size_up, step_size_down: the number of steps up, and down (by default as many).
        mode: what becomes of the height of the peaks.
        gamma: the factor per step in mode "exp_range".
        scale_fn: s as a function of one's own, instead of a mode;
        scale_mode: whether it is a function of the "cycle" c or of the "iterations" t.
        cycle_momentum: whether the momentum goes from max_momentum to base_momentum and back.
        base_momentum, max_momentum: the lower and the upper momentum, or one for each parameter group.
        last_epoch: the number of the last step when training is resumed.

    Raises ValueError for an unknown mode, a list of the wrong length, or an optimizer without momentum.

    Smith, "Cyclical learning rates for training neural networks", WACV 2017.

    >>> import autograd, optim
    >>> optimizer = optim.SGD([autograd.ones(1, requires_grad=True)], lr=0.5, momentum=0.9)
    >>> scheduler = optim.lr_scheduler.CyclicLR(optimizer, base_lr=0.0, max_lr=1.0, step_size_up=2)
    >>> rates = []
    >>> for step in range(5):
    ...     rates += scheduler.get_last_lr()
    ...     optimizer.step(); scheduler.step()
    >>> rates
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """

    def __init__(
        self, optimizer: Optimizer, base_lr: Any, max_lr: Any, step_size_up: int = 2000,
        step_size_down: int | None = None, mode: str = "triangular", gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None, scale_mode: str = "cycle", cycle_momentum: bool = True,
        base_momentum: Any = 0.8, max_momentum: Any = 0.9, last_epoch: int = -1,
    ) -> None:  # fmt: skip
        self.optimizer = checked(optimizer)
        if mode not in SCALES and scale_fn is None:
            raise ValueError(f"mode is invalid and scale_fn is None: mode is one of {', '.join(SCALES)}, not {mode!r}")
        base_lrs = one_for_each_group("base_lr", optimizer, base_lr)
        self.max_lrs = one_for_each_group("max_lr", optimizer, max_lr)
        up = float(step_size_up)
        self.total_size = up + (up if step_size_down is None else float(step_size_down))
        self.step_ratio = up / self.total_size
        self.mode, self.gamma = mode, gamma
        self._scale_fn_custom = scale_fn
        self.scale_mode = scale_mode if scale_fn is not None else SCALES[mode]
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.base_momentums, self.max_momentums = self.prepare_momentum(base_momentum, max_momentum, last_epoch)
        if last_epoch == -1:
            for group, lr in zip(optimizer.param_groups, base_lrs, strict=True):
                set_value(group, "lr", lr)
        super().__init__(optimizer, last_epoch)
        self.base_lrs = base_lrs

    def scale_fn(self, x: float) -> float:
        """s, the height of a peak, in cycle or at step x."""
        if self._scale_fn_custom is not None:
            return self._scale_fn_custom(x)
        if self.mode == "exp_range":
            return self.gamma**x
        return 1 / 2.0 ** (x - 1) if self.mode == "triangular2" else 1.0

    def next_lrs(self) -> list[Rate]:
        cycles = self.last_epoch / self.total_size
        cycle = math.floor(1 + cycles)
        x = 1.0 + cycles - cycle  # how much of this cycle is over
        height = x / self.step_ratio if x <= self.step_ratio else (x - 1) / (self.step_ratio - 1)
        scale = self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            for group, low, high in zip(
                self.optimizer.param_groups, self.base_momentums, self.max_momentums, strict=True
            ):
                self.set_momentum(group, high - (high - low) * height * scale)
        return [low + (high - low) * height * scale for low, high in zip(self.base_lrs, self.max_lrs, strict=True)]

    def state_dict(self) -> dict[str, Any]:
        """All that the schedule remembers; of scale_fn, the attributes if it is a callable object."""
        function = self._scale_fn_custom
        return self.state_and(_scale_fn_custom=None if function is None else saved_function(function))

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` has returned; scale_fn stays the present one."""
        attributes = state_dict["_scale_fn_custom"]
        if attributes is not None:
            self._scale_fn_custom.__dict__.update(attributes)
        super().load_state_dict({name: value for name, value in state_dict.items() if name != "_scale_fn_custom"})


SCALES = {"triangular": "cycle", "triangular2": "cycle", "exp_range": "iterations"}
"""The modes of `CyclicLR`, and what the height of the peaks depends on."""


# -- one cycle ----------------------------------------------------------------------------------------------


class OneCycleLR(MomentumScheduler):
    r"""Once up to max_lr and down to nearly nothing, while the momentum goes the other way. Step after each batch.

    $$\frac{\eta_{max}}{div} \;\to\; \eta_{max} \;\to\; \frac{\eta_{max}}{div \cdot final\_div}$$

    each time along half a cosine or a straight line; the first phase takes pct_start of all steps.

    Args:
        optimizer: whose learning rates are set.
        max_lr: the learning rate at the top, or one for each parameter group.
        total_steps: the number of steps of the cycle; else
        epochs, steps_per_epoch: whose product it is.
        pct_start: the part of the cycle, from 0 to 1, in which the learning rate rises.
        anneal_strategy: "cos" or "linear".
        cycle_momentum: whether the momentum goes from max_momentum to base_momentum and back.
        base_momentum, max_momentum: the lower and the upper momentum, or one for each parameter group.
        div_factor: what max_lr is divided by for the learning rate to begin with.
        final_div_factor: what that is divided by for the one in the end.
        three_phase: down to the initial learning rate as fast as up, and then further.
        last_epoch: the number of the last step when training is resumed.

    Raises ValueError for arguments that make no cycle, and in `step` after the end of the cycle.

    Smith and Topin, "Super-convergence: very fast training of neural networks using large learning rates", 2018.

    >>> import autograd, optim
    >>> optimizer = optim.Adam([autograd.ones(1, requires_grad=True)])
    >>> scheduler = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=5, pct_start=0.4)
    >>> rates = []
    >>> for step in range(5):
    ...     rates.append(round(scheduler.get_last_lr()[0], 6))
    ...     optimizer.step()
    ...     if step < 4: scheduler.step()
    >>> rates
    [0.04, 1.0, 0.750001, 0.250003, 4e-06]
    """

    def __init__(
        self, optimizer: Optimizer, max_lr: Any, total_steps: int | None = None, epochs: int | None = None,
        steps_per_epoch: int | None = None, pct_start: float = 0.3, anneal_strategy: str = "cos",
        cycle_momentum: bool = True, base_momentum: Any = 0.85, max_momentum: Any = 0.95, div_factor: float = 25.0,
        final_div_factor: float = 1e4, three_phase: bool = False, last_epoch: int = -1,
    ) -> None:  # fmt: skip
        self.optimizer = checked(optimizer)
        self.total_steps = steps_in(total_steps, epochs, steps_per_epoch)
        if not isinstance(pct_start, float) or not 0 <= pct_start <= 1:
            raise ValueError(f"Expected float between 0 and 1 pct_start, but got {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        self._schedule_phases = phases(self.total_steps, pct_start, three_phase)
        self._anneal_func_type = anneal_strategy
        max_lrs = one_for_each_group("max_lr", optimizer, max_lr)
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.prepare_momentum(base_momentum, max_momentum, last_epoch)
        if last_epoch == -1:
            for group, most in zip(optimizer.param_groups, max_lrs, strict=True):
                group["initial_lr"], group["max_lr"] = most / div_factor, most
                group["min_lr"] = group["initial_lr"] / final_div_factor
        super().__init__(optimizer, last_epoch)

    def next_lrs(self) -> list[Rate]:
        if self.last_epoch > self.total_steps:
            raise ValueError(
                f"Tried to step {self.last_epoch} times. The specified number of total steps is {self.total_steps}"
            )
        phase, done = self.phase_and_progress()
        if self.cycle_momentum:
            for group in self.optimizer.param_groups:
                self.set_momentum(group, self.between(group, phase["start_momentum"], phase["end_momentum"], done))
        return [self.between(g, phase["start_lr"], phase["end_lr"], done) for g in self.optimizer.param_groups]

    def phase_and_progress(self) -> tuple[dict[str, Any], float]:
        """The phase that this step lies in, and how much of it is over."""
        start: float = 0
        for phase in self._schedule_phases:
            end = phase["end_step"]
            if self.last_epoch <= end or phase is self._schedule_phases[-1]:
                break
            start = end
        return phase, (self.last_epoch - start) / (end - start)

    def between(self, group: dict[str, Any], start: str, end: str, done: float) -> Any:
        """What lies between two options of a parameter group."""
        if self._anneal_func_type == "linear":
            return (group[end] - group[start]) * done + group[start]
        return group[end] + (group[start] - group[end]) / 2.0 * (math.cos(math.pi * done) + 1)


def steps_in(total_steps: int | None, epochs: int | None, steps_per_epoch: int | None) -> int:
    """The number of steps of a cycle, given in one of two ways."""
    if total_steps is not None:
        return positive("total_steps", total_steps)
    if epochs is None or steps_per_epoch is None:
        raise ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
    return positive("epochs", epochs) * positive("steps_per_epoch", steps_per_epoch)


def positive(name: str, value: int) -> int:
    """A whole number from 1 on; ValueError for anything else."""
    if not isinstance(value, int) or value <= 0:
        raise ValueError(f"Expected positive integer {name}, but got {value}")
    return value


def phases(total_steps: int, pct_start: float, three_phase: bool) -> list[dict[str, Any]]:
    """The phases of a cycle: when each ends, and the options of parameter groups that it leads from and to."""
    turns = ["initial_lr", "max_lr", "initial_lr", "min_lr"] if three_phase else ["initial_lr", "max_lr", "min_lr"]
    ends = [n * pct_start * total_steps - n for n in range(1, len(turns) - 1)] + [total_steps - 1]
    momenta = ["base_momentum" if turn == "max_lr" else "max_momentum" for turn in turns]
    return [
        {
            "end_step": ends[i], "start_lr": turns[i], "end_lr": turns[i + 1], "start_momentum": momenta[i],
            "end_momentum": momenta[i + 1],
        }
        for i in range(len(ends))
    ]  # fmt: skip
