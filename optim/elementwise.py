"""Optimizers whose rule is the same for each element: all but those that look at whole matrices or at the loss."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from autograd.arrays import Array
from autograd.graph import caller
from autograd.interrupts import uninterrupted
from autograd.tensor import Tensor
from optim.optimizer import Optimizer, loss_of, stamp, with_gradient
from optim.options import number
from optim.recorded import recorded_step
from optim.slab import Arrangement, Slab, stands_alone

PLAIN = {float, int, bool, type(None), str, tuple, list}
"""Types of options that NumPy can calculate with, without making arrays of another dtype."""


class Elementwise(Optimizer):
    """An optimizer given by how a vector of parameters moves: `update`, and what is remembered for it.

    The rule is written in plain operators and in place, and runs on vectors that hold many parameters at once.
    With `differentiable=True` it runs on Tensors, parameter by parameter, and is recorded: then the parameters
    must be results, as after `w * 1`, and a gradient of what is computed from them later flows back through the
    step, to the gradient that was used and to a learning rate that is a Tensor.

    The other choices that PyTorch offers, `foreach`, `fused` and `capturable`, say which of its kernels runs. They
    are accepted and kept, and change nothing here.

    >>> import autograd, optim, numpy as np
    >>> class SignDescent(optim.elementwise.Elementwise):
    ...     def update(self, w, g, state, t, group):
    ...         w -= group["lr"] * np.sign(g)
    >>> w = autograd.tensor([1.0, -2.0], requires_grad=True)
    >>> (w ** 2).sum().backward()
    >>> SignDescent([w], {"lr": 0.5}).step()
    >>> w
    tensor([ 0.5000, -1.5000], requires_grad=True)
    """

    counts_steps = True
    """Whether the state of a parameter records how many steps it has had."""

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        self._arranged: dict[int, Arrangement] = {}
        super().__init__(params, defaults)

    # -- what a subclass says -------------------------------------------------------------------------

    def update(self, w: Array, g: Array, state: dict[str, Any], t: int, group: dict[str, Any]) -> None:
        """Move the parameters w by their gradient g, in place; t counts the steps from 1. g must not be changed.

        `state` holds the vectors of `element_state`, to be changed in place, and what `schedule` returned.
        """
        raise TypeError(f"{type(self).__name__} must say how it updates: define update(w, g, state, t, group)")

    def element_state(self, group: dict[str, Any]) -> dict[str, float]:
        """What is remembered of each element: names, with the values to start from."""
        return {}

    def number_state(self, group: dict[str, Any]) -> dict[str, float]:
        """What is remembered of each parameter, beside the count of steps."""
        return {}

    def schedule(self, numbers: dict[str, Array], t: int, group: dict[str, Any]) -> dict[str, Any]:
        """What `update` needs beside the options, once for each step; what `numbers` holds may be moved on.

        Each is a vector of equal entries, one for each parameter.
        """
        return {}

    def all_numbers(self, group: dict[str, Any]) -> dict[str, float]:
        """What is remembered of each parameter, with the count of steps."""
        return ({"step": 0.0} if self.counts_steps else {}) | self.number_state(group)

    # -- stepping -------------------------------------------------------------------------------------

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient; a closure, if given, first computes the loss afresh."""
        loss = loss_of(closure)
        where, name = caller(), f"{type(self).__name__}.step"
        with uninterrupted():
            for index, group in enumerate(self.param_groups):
                active = with_gradient(group)
                if group.get("differentiable"):
                    for p in active:
                        recorded_step(self, p, group)
                    continue
                for arranged in self.arrangements(index, active, group):
                    arranged.step(self.update, self.schedule)
                stamp(active, name, where)
        return loss

    def plain(self, group: dict[str, Any]) -> dict[str, Any]:
        """The options with Python numbers in place of Tensors and NumPy scalars; the group itself if it has none."""
        if PLAIN.issuperset(map(type, group.values())) and (
            "betas" not in group or PLAIN.issuperset(map(type, group["betas"]))
        ):
            return group
        return {name: value if name == "params" else number(value) for name, value in group.items()}

    def arrangements(self, index: int, active: list[Tensor], group: dict[str, Any]) -> Iterable[Arrangement]:
        """The slabs of the parameters that have gradients: those of the last step, where they still fit.

        Parameters that stand in their group more than once are updated round by round.
        """
        arranged = self._arranged.get(index)
        if arranged is not None and arranged.still_fits(active, self.state) and self.options_fit(arranged, group):
            return (arranged,)
        self._arranged.pop(index, None)
        if len(set(active)) < len(active):
            return (self.arrange(params, group) for params in rounds(active))
        self._arranged[index] = self.arrange(active, group)
        return (self._arranged[index],)

    def options_fit(self, arranged: Arrangement, group: dict[str, Any]) -> bool:
        """Whether the options still want the same to be remembered; if they have changed, they are noted."""
        if arranged.knows(group):
            return True
        wanted, before = self.element_state(group), arranged.wanted
        arranged.note_options(group, self.plain(group), wanted)
        return wanted.keys() == before.keys()

    def arrange(self, active: list[Tensor], group: dict[str, Any]) -> Arrangement:
        """Sort parameters into slabs: those of one dtype and one number of steps together, long ones alone."""
        numbers, elements = self.all_numbers(group), self.element_state(group)
        together: dict[Any, list[Tensor]] = defaultdict(list)
        for p in active:
            own = id(p) if stands_alone(p) else 0
            state = self.state.get(p, {})
            known = tuple(float(state.get(name, initial)) for name, initial in numbers.items())
            had = int(known[0]) if self.counts_steps else int(any(state.get(name) is not None for name in elements))
            together[own, p.dtype, had, known].append(p)
        slabs = []
        for (_, _, had, _), params in together.items():
            slab = Slab(params, had)
            states = [self.state[p] for p in params] if numbers or elements else []
            for name, initial in numbers.items():
                slab.remember_number(name, initial, states)
            for name, initial in elements.items():
                slab.remember_elements(name, initial, states)
            slabs.append(slab)
        arranged = Arrangement(active, slabs, [*numbers, *elements], self.state)
        arranged.note_options(group, self.plain(group), elements)
        return arranged

    # -- saving and loading ---------------------------------------------------------------------------

    def check_state(self, state: dict[str, Any], p: Tensor, group: dict[str, Any]) -> None:
        for name in self.element_state(group):
            held = state.get(name)
            if isinstance(held, Tensor) and held.shape != p.shape:
                raise ValueError(
                    f"loaded state {name!r} has shape {tuple(held.shape)}, but its parameter has shape {tuple(p.shape)}"
                )

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._arranged = {}


def rounds(params: list[Tensor]) -> list[list[Tensor]]:
    """Each parameter once, then those that stand there twice once more, and so on."""
    found: dict[int, list[Tensor]] = defaultdict(list)
    seen: dict[Tensor, int] = defaultdict(int)
    for p in params:
        found[seen[p]].append(p)
        seen[p] += 1
    return list(found.values())


def descent(w: Any, g: Any, group: dict[str, Any]) -> Any:
    """The gradient to go against, turned round to maximize, with weight decay as the options want it.

    Either the gradient of an L2 penalty is added, or (decoupled) the weights themselves shrink, at once.
    """
    decay = group.get("weight_decay", 0)
    if group["maximize"]:
        g = -g
    if not decay:
        return g
    if group.get("decoupled_weight_decay"):
        w *= 1 - group["lr"] * decay
        return g
    return g + decay * (
        w.clone() if isinstance(decay, Tensor) else w
    )  # recorded, it is needed as it is before the step
