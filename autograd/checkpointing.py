"""Checkpointing: keep nothing of a part of the network, and compute it again when backward needs it.

The part runs once under hooks that throw away every tensor that would be saved. When backward asks
for the first of them, the part runs again, and what it saves this time, in the same order, is what
was thrown away. Griewank and Walther, "Algorithm 799: revolve", 2000; Chen et al., "Training deep
nets with sublinear memory cost", 2016.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext, suppress
from typing import Any

from autograd.graph import warn_caller
from autograd.modes import enable_grad
from autograd.random.generator import default_generator
from autograd.saved_hooks import saved_tensors_hooks
from autograd.tensor import Tensor

__all__ = ["CheckpointError", "checkpoint", "checkpoint_sequential"]


class CheckpointError(RuntimeError):
    """The function did something else when it was run again."""


class EnoughError(Exception):
    """Everything that backward may ask for has been found: the rest need not run again."""


class Recomputation:
    """What a checkpointed call saved: nothing but shapes, until it is asked for."""

    def __init__(self, run: Callable[[], Any], preserve_rng_state: bool, options: dict[str, Any]) -> None:
        self.run = run
        self.options = options
        self.dropped: list[tuple[Any, Any]] = []
        self.found: list[Tensor] = []
        self.random_state = default_generator.get_state() if preserve_rng_state else None

    def drop(self, tensor: Tensor) -> int:
        """Keep only the place of a tensor in the order of saving, and what it looked like."""
        self.dropped.append((tuple(tensor.shape), tensor.dtype))
        return len(self.dropped) - 1

    def fetch(self, place: int) -> Tensor:
        """The tensor that was dropped at a place, by running the part again if that has not happened yet."""
        if not self.found:
            self.recompute()
        return self.found[place]

    def collect(self, tensor: Tensor) -> Tensor:
        """Note a tensor that is saved this time."""
        self.found.append(tensor)
        if self.options["early_stop"] and len(self.found) == len(self.dropped):
            raise EnoughError
        return tensor

    def recompute(self) -> None:
        """Run the part again and collect what it saves."""
        now = default_generator.get_state()
        if self.random_state is not None:
            default_generator.set_state(self.random_state)
        kept_as_it_is = saved_tensors_hooks(self.collect, lambda tensor: tensor)
        try:
            with suppress(EnoughError), enable_grad(), kept_as_it_is, self.options["context"]:
                self.run()
        finally:
            default_generator.set_state(now)
        self.check()

    def check(self) -> None:
        """Raise CheckpointError unless the same was saved as the first time."""
        before, after = len(self.dropped), len(self.found)
        if before != after:
            self.found = []
            raise CheckpointError(
                f"checkpoint: A different number of tensors was saved during the original forward ({before}) and the "
                f"recomputation ({after}): the checkpointed function must do the same both times, so it may not depend "
                "on anything that has changed in between"
            )
        looks = [(tuple(tensor.shape), tensor.dtype) for tensor in self.found]
        if self.options["check"] and looks != self.dropped:
            place = next(i for i, (a, b) in enumerate(zip(looks, self.dropped, strict=True)) if a != b)
            self.found = []
            raise CheckpointError(
                "checkpoint: Recomputed values for the following tensors have different metadata than during the "
                f"forward pass: tensor at position {place} had shape and dtype {self.dropped[place]}, and has "
                f"{looks[place]}. The checkpointed function must do the same both times"
            )


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], tuple[Any, Any]] | None = None,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    preserve_rng_state: bool = True,
    **kwargs: Any,
) -> Any:
    """Call `function(*args, **kwargs)` without keeping what its backward needs: it is computed again then.

    Saves memory for time.

    Args:
        preserve_rng_state: let random numbers come out the same the second time.
        context_fn: gives two contexts, for the first run and for the second.
        determinism_check: "default" compares the shapes and dtypes of what is saved; "none" does not.
        early_stop: end the second run when all that backward needs has been found.
        use_reentrant: PyTorch's older way, True, is carried out as the newer one is, but takes no keyword arguments.
        debug: as in PyTorch; errors say what there is to say in any case.

    Raises CheckpointError, in backward, where the second run does not save what the first one did.

    >>> import autograd
    >>> x = autograd.tensor([1.0, 2.0], requires_grad=True)
    >>> y = autograd.utils.checkpoint.checkpoint(lambda t: (t * t).exp(), x, use_reentrant=False)
    >>> y.sum().backward()
    >>> x.grad
    tensor([  5.4366, 218.3926])
    """
    check_options(use_reentrant, context_fn, determinism_check, debug, kwargs)
    first, second = (nullcontext(), nullcontext()) if context_fn is None else context_fn()
    options = {"early_stop": early_stop, "check": determinism_check == "default", "context": second}
    kept = Recomputation(lambda: function(*args, **kwargs), preserve_rng_state, options)
    with saved_tensors_hooks(kept.drop, kept.fetch), first:
        return function(*args, **kwargs)


def check_options(
    use_reentrant: bool | None, context_fn: Any, determinism_check: str, debug: bool, kwargs: dict[str, Any]
) -> None:
    """Raise ValueError for options that make no sense; warn where one ought to be given."""
    if use_reentrant is None:
        warn_caller(
            "checkpoint: the use_reentrant parameter should be passed explicitly: use_reentrant=False is recommended",
        )
    if use_reentrant is not False and kwargs:
        raise ValueError(f"Unexpected keyword arguments: {','.join(kwargs)}: say use_reentrant=False to pass them on")
    if use_reentrant is not False and (context_fn is not None or debug):
        raise ValueError("Passing `context_fn` or `debug` is only supported when use_reentrant=False.")
    if determinism_check not in ("default", "none"):
        raise ValueError(f"determinism_check should be one of ['default', 'none'], but got {determinism_check}")


def checkpoint_sequential(
    functions: Any, segments: int, input: Any, use_reentrant: bool | None = None, preserve_rng_state: bool = True
) -> Any:
    """Run a sequence of functions or modules in that many segments, all but the last checkpointed.

    >>> import autograd
    >>> x = autograd.tensor([0.5], requires_grad=True)
    >>> steps = [autograd.exp, autograd.sin, autograd.tanh]
    >>> y = autograd.utils.checkpoint.checkpoint_sequential(steps, 3, x, use_reentrant=False)
    >>> y.backward()
    >>> y == autograd.tanh(autograd.sin(autograd.exp(x)))
    tensor([True])
    """
    steps = list(functions.children()) if hasattr(functions, "children") else list(functions)
    size = len(steps) // segments

    def run(part: list[Any]) -> Callable[[Any], Any]:
        def chained(value: Any) -> Any:
            for step in part:
                value = step(value)
            return value

        return chained

    for start in range(0, size * (segments - 1), size):
        input = checkpoint(
            run(steps[start : start + size]), input, use_reentrant=use_reentrant, preserve_rng_state=preserve_rng_state
        )
    return run(steps[size * (segments - 1) :])(input)
