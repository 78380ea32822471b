"""Averages of weights: a model whose parameters are the mean of those that training passes through.

    averaged = AveragedModel(model)
    for epoch in range(epochs):
        train(model)
        averaged.update_parameters(model)
    update_bn(loader, averaged)

Training with a constant or cyclic learning rate wanders around a minimum; the mean of where it has
been lies nearer to the middle, and often generalizes better.

Izmailov et al., "Averaging weights leads to wider optima and better generalization", UAI 2018;
Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", 1992.
"""

from __future__ import annotations

import copy
import itertools
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd import dtypes
from autograd.create import tensor
from autograd.interrupts import uninterrupted
from autograd.modes import no_grad
from autograd.tensor import Tensor
from nn.modules.batchnorm import _BatchNorm
from nn.modules.module import Module
from optim.lr_scheduler.base import LRScheduler, Rate, one_for_each_group
from optim.optimizer import Optimizer

__all__ = ["SWALR", "AveragedModel", "get_ema_avg_fn", "get_ema_multi_avg_fn", "get_swa_avg_fn", "get_swa_multi_avg_fn",
           "update_bn"]  # fmt: skip

Average = Callable[[Tensor, Tensor, Any], Tensor]
"""(average, current value, how many are averaged) -> new average"""

MultiAverage = Callable[[Sequence[Tensor], Sequence[Tensor], Any], None]
"""The same for many tensors at once, in place."""


# -- how to average -----------------------------------------------------------------------------------------


def get_ema_avg_fn(decay: float = 0.999) -> Average:
    r"""An exponential moving average: $\bar w \leftarrow \beta \bar w + (1 - \beta) w$.

    Raises ValueError for a decay beta outside [0, 1].

    >>> import autograd
    >>> average = get_ema_avg_fn(decay=0.75)
    >>> average(autograd.tensor([4.0]), autograd.tensor([8.0]), 1)
    tensor([5.])
    """
    check_decay(decay)

    def ema_update(ema_param: Tensor, current_param: Tensor, num_averaged: Any) -> Tensor:
        with no_grad():
            return decay * ema_param + (1 - decay) * current_param

    return ema_update


def get_swa_avg_fn() -> Average:
    r"""The mean of all: $\bar w \leftarrow \bar w + (w - \bar w) / (n + 1)$.

    >>> import autograd
    >>> average = get_swa_avg_fn()
    >>> average(autograd.tensor([4.0]), autograd.tensor([8.0]), 3)
    tensor([5.])
    """

    def swa_update(averaged_param: Tensor, current_param: Tensor, num_averaged: Any) -> Tensor:
        with no_grad():
            return averaged_param + (current_param - averaged_param) / (num_averaged + 1)

    return swa_update


def get_ema_multi_avg_fn(decay: float = 0.999) -> MultiAverage:
    """`get_ema_avg_fn` for lists of tensors, in place. Raises ValueError for a decay outside [0, 1]."""
    check_decay(decay)

    def ema_update(ema_param_list: Sequence[Tensor], current_param_list: Sequence[Tensor], _: Any) -> None:
        approach(ema_param_list, current_param_list, 1 - decay)

    return ema_update


def get_swa_multi_avg_fn() -> MultiAverage:
    """`get_swa_avg_fn` for lists of tensors, in place."""

    def swa_update(
        averaged_param_list: Sequence[Tensor], current_param_list: Sequence[Tensor], num_averaged: Any
    ) -> None:
        approach(averaged_param_list, current_param_list, float(1 / (num_averaged + 1)))

    return swa_update


def approach(averages: Sequence[Tensor], currents: Sequence[Tensor], weight: float) -> None:
    """Move each average toward the current value, by this part of the way."""
    with no_grad():
        for average, current in zip(averages, currents, strict=True):
            if average.is_floating_point() or average.is_complex():
                average.lerp_(current, weight)
            else:
                average.copy_(average * (1 - weight) + current * weight)


def check_decay(decay: float) -> None:
    """Raise ValueError unless a decay is a part of a whole."""
    if not 0.0 <= decay <= 1.0:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")


# -- the averaged model -------------------------------------------------------------------------------------


class AveragedModel(Module):
    r"""A copy of a model whose parameters are averages over the times that `update_parameters` is called.

    $$\bar w_{n+1} = \bar w_n + \frac{w - \bar w_n}{n + 1}$$

    unless other averages are asked for. The copy is `.module`; the number of calls is in the buffer `n_averaged`.

    Args:
        model: the model to average.
        device: accepted as in PyTorch; there is only the CPU.
        avg_fn: another average of one tensor, such as `get_ema_avg_fn()`.
        multi_avg_fn: or one of lists of tensors, in place.
        use_buffers: average the buffers too, which are otherwise copied from the model.

    Raises AssertionError where both kinds of average are given.

    >>> import autograd, nn, optim
    >>> model = nn.Linear(1, 1, bias=False)
    >>> averaged = AveragedModel(model)
    >>> for value in (1.0, 2.0, 6.0):
    ...     _ = model.weight.data.fill_(value)
    ...     averaged.update_parameters(model)
    >>> averaged.module.weight.item(), averaged.n_averaged.item()
    (3.0, 3)
    """

    n_averaged: Tensor

    def __init__(
        self, model: Module, device: Any = None, avg_fn: Average | None = None,
        multi_avg_fn: MultiAverage | None = None, use_buffers: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = copy.deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", tensor(0, dtype=dtypes.int64, device=device))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Module) -> None:
        """Take the model's present parameters into the average."""
        with uninterrupted():
            self.take_in(model)

    def take_in(self, model: Module) -> None:
        """Update the averages, and count that."""
        averages, currents = self.values_of(self.module), self.values_of(model)
        if self.n_averaged == 0:
            for average, current in zip(averages, currents, strict=True):
                average.copy_(current)
        elif self.avg_fn is not None:
            for average, current in zip(averages, currents, strict=True):
                average.copy_(self.avg_fn(average, current, self.n_averaged))
        else:
            update = self.multi_avg_fn or get_swa_multi_avg_fn()
            for some_averages, some_currents in by_dtype(averages, currents):
                update(some_averages, some_currents, self.n_averaged)
        if not self.use_buffers:
            for mine, other in zip(self.module.buffers(), model.buffers(), strict=True):
                mine.detach().copy_(other.detach())
        self.n_averaged += 1

    def values_of(self, model: Module) -> list[Tensor]:
        """What is averaged: the parameters, and the buffers where they are asked for."""
        buffers = model.buffers() if self.use_buffers else ()
        return [value.detach() for value in itertools.chain(model.parameters(), buffers)]


def by_dtype(
    averages: Sequence[Tensor], currents: Sequence[Tensor]
) -> Iterable[tuple[tuple[Tensor, ...], tuple[Tensor, ...]]]:
    """Pairs of tensors, in groups of one dtype: averages of lists may treat integers in another way."""
    groups = defaultdict(list)
    for pair in zip(averages, currents, strict=True):
        groups[pair[0].dtype].append(pair)
    for pairs in groups.values():
        some_averages, some_currents = zip(*pairs, strict=True)
        yield some_averages, some_currents


def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Find the running means and variances of all batch norms afresh, in one pass over the data.

    Those of an averaged model are not averages of anything that its layers have seen. In this pass
    all batches count alike: the momentum is set to None, and put back after.

    Args:
        loader: batches; of a list or tuple, the first element goes into the model.
        model: the model.
        device: accepted as in PyTorch; there is only the CPU.

    >>> import autograd, nn
    >>> model = nn.BatchNorm1d(1)
    >>> update_bn([autograd.full((4, 1), 2.0), autograd.full((4, 1), 4.0)], model)
    >>> model.running_mean
    tensor([3.])
    """
    momenta = {layer: layer.momentum for layer in model.modules() if isinstance(layer, _BatchNorm)}
    if not momenta:
        return
    was_training = model.training
    model.train()
    for layer in momenta:
        layer.reset_running_stats()
        layer.momentum = None
    try:
        with no_grad():
            for batch in loader:
                values = batch[0] if isinstance(batch, (list, tuple)) else batch
                model(values if device is None else values.to(device))
    finally:
        for layer, momentum in momenta.items():
            layer.momentum = momentum
        model.train(was_training)


# -- the learning rate meanwhile ----------------------------------------------------------------------------


class SWALR(LRScheduler):
    r"""From the present learning rate to swa_lr within some epochs, and then constant, while weights are averaged.

    $$\eta_t = \alpha_t \, \eta_{swa} + (1 - \alpha_t) \, \eta_0$$

    with $\alpha_t$ from 0 to 1 along $(1 - \cos(\pi t / T)) / 2$, or the straight line $t / T$.

    Args:
        optimizer: whose learning rates are set.
        swa_lr: the learning rate in the end, or one for each parameter group.
        anneal_epochs: T, the number of epochs until then.
        anneal_strategy: "cos" or "linear".
        last_epoch: the number of the last epoch when training is resumed.

    Raises ValueError for another strategy or a negative number of epochs.

    >>> import autograd, optim
    >>> optimizer = optim.SGD([autograd.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = SWALR(optimizer, swa_lr=0.5, anneal_epochs=2, anneal_strategy="linear")
    >>> rates = []
    >>> for epoch in range(4):
    ...     rates += scheduler.get_last_lr()
    ...     optimizer.step(); scheduler.step()
    >>> rates
    [1.0, 0.75, 0.5, 0.5]
    """

    def __init__(
        self, optimizer: Optimizer, swa_lr: Any, anneal_epochs: int = 10, anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ) -> None:  # fmt: skip
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        self._anneal_strategy = anneal_strategy
        self.anneal_epochs = anneal_epochs
        for group, lr in zip(optimizer.param_groups, one_for_each_group("swa_lr", optimizer, swa_lr), strict=True):
            group["swa_lr"] = lr
        super().__init__(optimizer, last_epoch)

    def next_lrs(self) -> list[Rate]:
        step = self._step_count - 1 if self.anneal_epochs else max(1, self._step_count - 1)
        before, now = self.progress(step - 1), self.progress(step)
        return [
            group["swa_lr"] * now + start_of(group["lr"], group["swa_lr"], before) * (1 - now)
            for group in self.optimizer.param_groups
        ]

    def progress(self, step: int) -> float:
        """alpha: how far the way to swa_lr has been gone after so many steps."""
        t = max(0, min(1, step / max(1, self.anneal_epochs)))
        return (1 - math.cos(math.pi * t)) / 2 if self._anneal_strategy == "cos" else t


def start_of(lr: Any, swa_lr: Any, alpha: float) -> Any:
    """The learning rate at the beginning, from the one on the way."""
    return swa_lr if alpha == 1 else (lr - alpha * swa_lr) / (1 - alpha)
