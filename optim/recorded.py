"""A step that is recorded, so that gradients flow back through it: for learning to learn."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.inplace import check_writable
from autograd.modes import enable_grad
from autograd.ops.complex import view_as_complex, view_as_real
from autograd.tensor import Tensor, tensor_of
from optim.slab import counter_dtype, filled_like


def recorded_step(optimizer: Any, p: Tensor, group: dict[str, Any]) -> None:
    """One update of one parameter by an elementwise optimizer's rule, on Tensors.

    The rule works in place on copies, which then replace what it was given: so nothing is overwritten that the
    backward pass will want to see. Raises RuntimeError for a leaf, which can't be the result of anything.
    """
    with enable_grad():
        check_writable(p, "step")
        state = optimizer.state[p]
        elements = optimizer.element_state(group)
        t = 1 + int(any(state.get(name) is not None for name in elements))
        numbers = {}
        for name, initial in optimizer.all_numbers(group).items():
            held = state.setdefault(name, tensor_of(np.array(initial, counter_dtype())))
            numbers[name] = held.memory().reshape(1)
        if "step" in numbers:
            numbers["step"] += 1
            t = int(numbers["step"].item(0))
        for name, initial in elements.items():
            state.setdefault(name, filled_like(p, initial))
        now = optimizer.schedule(numbers, t, optimizer.plain(group))
        w, copies = parts(p.clone()), {name: parts(state[name].clone()) for name in elements}
        optimizer.update(w, parts(p._grad), {**copies, **now}, t, group)
        for tensor, result in ((p, w), *((state[name], copies[name]) for name in elements)):
            tensor.copy_(view_as_complex(result) if tensor.is_complex() else result)


def parts(tensor: Any) -> Any:
    """A complex tensor as pairs of real numbers; a real one as it is."""
    return view_as_real(tensor) if tensor.is_complex() else tensor
