"""Checkpointing: keep nothing of a part of the network, and compute it again when backward needs it.

The part runs once under hooks that throw away every tensor that would be saved. When backward asks
for the first of them, the part runs again, and what it saves this time, in the same order, is what
was thrown away. Griewank and Walther, "Algorithm 799: revolve", 2000; Chen et al., "Training deep
nets with sublinear memory cost", 2016.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd.modes import enable_grad
from autograd.random.generator import default_generator
from autograd.saved_hooks import saved_tensors_hooks
from autograd.tensor import Tensor

__all__ = ["checkpoint", "checkpoint_sequential"]


class Recomputation:
    """What a checkpointed call saved: nothing, until it is asked for."""

    def __init__(self, run: Callable[[], Any], preserve_rng_state: bool) -> None:
        self.run = run
        self.count = 0
        self.found: list[Tensor] = []
        self.random_state = default_generator.get_state() if preserve_rng_state else None

    def drop(self, tensor: Tensor) -> int:
        """Keep only the place of a tensor in the order of saving."""
        self.count += 1
        return self.count - 1

    def fetch(self, place: int) -> Tensor:
        """The tensor that was dropped at a place, by running the part again if that has not happened yet."""
        if not self.found:
            self.recompute()
        return self.found[place]

    def recompute(self) -> None:
        """Run the part again and collect what it saves."""

        def collect(tensor: Tensor) -> Tensor:
            self.found.append(tensor)
            return tensor

        now = default_generator.get_state()
        if self.random_state is not None:
            default_generator.set_state(self.random_state)
        try:
            with enable_grad(), saved_tensors_hooks(collect, lambda tensor: tensor):
                self.run()
        finally:
            default_generator.set_state(now)
        if len(self.found) != self.count:
            raise RuntimeError(
                f"checkpoint: a different number of tensors was saved during the original forward ({self.count}) and the "
                f"recomputation ({len(self.found)}): the checkpointed function must do the same both times"
            )


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    preserve_rng_state: bool = True,
    context_fn: Any = None,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    **kwargs: Any,
) -> Any:
    """Call `function(*args, **kwargs)` without keeping what its backward needs: it is computed again then.

    Saves memory for time. Random numbers come out the same the second time, unless
    preserve_rng_state=False. The other options are PyTorch's, and change nothing here.

    >>> import autograd
    >>> x = autograd.tensor([1.0, 2.0], requires_grad=True)
    >>> y = autograd.utils.checkpoint.checkpoint(lambda t: (t * t).exp(), x, use_reentrant=False)
    >>> y.sum().backward()
    >>> x.grad
    tensor([  5.4366, 218.3926])
    """
    kept = Recomputation(lambda: function(*args, **kwargs), preserve_rng_state)
    with saved_tensors_hooks(kept.drop, kept.fetch):
        return function(*args, **kwargs)


def checkpoint_sequential(
    functions: Any, segments: int, input: Any, use_reentrant: bool | None = None, **kwargs: Any
) -> Any:
    """Run a sequence of functions or modules in that many segments, all but the last checkpointed."""
    steps = list(functions.children()) if hasattr(functions, "children") else list(functions)
    size = len(steps) // segments

    def run(part: list[Any]) -> Callable[[Any], Any]:
        def chained(value: Any) -> Any:
            for step in part:
                value = step(value)
            return value

        return chained

    for start in range(0, size * (segments - 1), size):
        input = checkpoint(run(steps[start : start + size]), input, use_reentrant=use_reentrant, **kwargs)
    return run(steps[size * (segments - 1) :])(input)
