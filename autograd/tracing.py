"""A call of a function that is ready to be differentiated, in either direction and as often as one likes.

`vjp`, `grad`, `jacrev` pull cotangents back through the call: v -> v J, one walk through the graph.
`jvp`, `jacfwd` push tangents forward: v -> J v. For that the walk back is recorded, along a dummy
cotangent u. What it gives, u J, is linear in u, and its own derivative by u, pulled back along v,
is J v.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd.batched import Batched
from autograd.batching import Vmap, lowered, raised, spread
from autograd.create import zeros_like
from autograd.engine import topological_order
from autograd.gradients import gradients_by
from autograd.modes import enable_grad, set_grad_enabled, state
from autograd.ops.arranging import movedim
from autograd.ops.shaping import alias
from autograd.pytree import flatten, tree_map, unflatten
from autograd.tensor import Tensor


class Tracked:
    """What a function returned, with the tensors to differentiate it by.

    Attributes:
        levels: the calls of `vmap` that were running.
        inputs: the inputs to differentiate by, as tensors of this call's own, and as batches at all levels.
        outputs: the results, as they came, and `spec`, their structure.
        aux: what else the function returned, or None.
        foreign: whether the results depend on anything else that wants a gradient.
    """

    def __init__(self, func: Callable[..., Any], args: tuple[Any, ...], has_aux: bool, name: str) -> None:
        self.levels: tuple[Vmap, ...] = state.vmaps
        self.recorded = state.grad_enabled
        leaves, self.input_spec = flatten(args)
        with enable_grad():
            self.inputs = [self.own(leaf) for leaf in leaves]
            self.nodes = {tensor.node for tensor in self.inputs}
            returned = func(*unflatten([raised(tensor, self.levels) for tensor in self.inputs], self.input_spec))
        for tensor in self.inputs:
            tensor.is_spent = True  # type: ignore[attr-defined]
        self.aux: Any = None
        if has_aux:
            if not (isinstance(returned, tuple) and len(returned) == 2):
                raise RuntimeError(
                    f"{name}(f)(*args): output of function f should be a tuple: (output, aux) if has_aux is True, got "
                    f"{type(returned).__name__}"
                )
            returned, aux = returned
            self.aux = tree_map(self.settled, aux)
        self.outputs, self.spec = flatten(returned)
        self.foreign = False
        self.transposed: list[Tensor | None] | None = None

    def own(self, leaf: Any) -> Tensor:
        """An input as a tensor to differentiate by, joined to the graph that it is part of."""
        if not isinstance(leaf, Tensor):
            raise ValueError(
                f"Thing passed to transform API must be Tensor, got {type(leaf)}: say with argnums which arguments are "
                "to be differentiated by"
            )
        plain = lowered(leaf, self.levels)
        if plain.requires_grad and self.recorded:
            joined: Tensor = alias(plain)
            return joined
        return plain.detach().requires_grad_()

    def check_outputs(self, name: str) -> None:
        """Take the results down to plain tensors, to differentiate; RuntimeError unless they are all tensors."""
        for output in self.outputs:
            if not isinstance(output, Tensor):
                raise RuntimeError(f"{name}: expected f to return only tensors, got unsupported type {type(output)}")
        with enable_grad():
            self.plain = [lowered(output, self.levels) for output in self.outputs]
        self.foreign = self.recorded and any(self.has_foreign(output) for output in self.plain)

    def has_foreign(self, tensor: Tensor) -> bool:
        """Whether a tensor depends on a leaf that is neither one of this call's nor one of a call that is over."""
        if tensor.node is None:
            return False
        _, nodes = topological_order([tensor.node])
        leaves = [node.variable for node in nodes if node not in self.nodes]
        return any(leaf is not None and not hasattr(leaf, "is_spent") for leaf in leaves)

    def settled(self, value: Any) -> Any:
        """A result for the caller: cut off from the graph, unless something outside has a part in it."""
        if not isinstance(value, Tensor) or (self.recorded and self.has_foreign(value)):
            return value
        return value.detach()

    @property
    def result(self) -> Any:
        """What the function returned, for the caller."""
        return unflatten([self.settled(output) for output in self.outputs], self.spec)

    # -- back -----------------------------------------------------------------------------------------------

    def pull(self, cotangents: list[Tensor]) -> list[Tensor]:
        """The products of cotangents, one for each result, with the Jacobian: one for each input."""
        pairs = [
            (output, self.sunk(v)) for output, v in zip(self.plain, cotangents, strict=True) if output.requires_grad
        ]
        if not pairs:
            return [self.raised(zeros_like(x.detach())) for x in self.inputs]
        found = self.walk([output for output, _ in pairs], self.inputs, [v for _, v in pairs])
        return [self.raised(g) for g in found]

    def walk(self, outputs: list[Tensor], inputs: list[Tensor], vectors: list[Tensor]) -> list[Tensor]:
        """A backward pass along these vectors, recorded if anybody outside may differentiate it."""
        tracked = state.grad_enabled and (self.foreign or any(v.requires_grad for v in vectors))
        on_tensors = tracked or any(isinstance(v, Batched) for v in vectors)
        with set_grad_enabled(tracked):
            found = gradients_by(
                outputs, inputs, vectors, retain_graph=True, create_graph=on_tensors, allow_unused=True,
            )  # fmt: skip
        zeros = (zeros_like(x.detach()) if g is None else g for g, x in zip(found, inputs, strict=True))
        return [g if tracked else g.detach() for g in zeros]

    # -- forward --------------------------------------------------------------------------------------------

    def push(self, tangents: list[Tensor]) -> list[Tensor]:
        """The products of the Jacobian with tangents, one for each input: one for each result."""
        if self.transposed is None:
            self.transpose()
        vectors = [self.sunk(v) for v in tangents]
        pairs = [
            (g, v) for g, v in zip(self.transposed or (), vectors, strict=True) if g is not None and g.requires_grad
        ]
        moving = iter(self.walk([g for g, _ in pairs], self.dummies, [v for _, v in pairs]) if pairs else ())
        return [
            self.raised(next(moving) if pairs and output.requires_grad else zeros_like(output.detach()))
            for output in self.plain
        ]

    def transpose(self) -> None:
        """Record the walk back along dummy cotangents."""
        varying = [output for output in self.plain if output.requires_grad]
        self.dummies = [zeros_like(output.detach()).requires_grad_() for output in varying]
        self.transposed = [None] * len(self.inputs)
        if varying:
            state.pushing = True
            try:
                with enable_grad():
                    self.transposed = list(
                        gradients_by(varying, self.inputs, self.dummies, create_graph=True, allow_unused=True)
                    )
            finally:
                state.pushing = False

    # -- batches --------------------------------------------------------------------------------------------

    def sunk(self, v: Tensor) -> Tensor:
        """A vector for the plain results: the batches of this call's levels as dimensions, later ones around them."""
        newer = self.newer()
        if not self.levels:
            return v
        plain = lowered(v, self.levels + newer)
        count, inside = len(newer), len(self.levels)
        return raised(movedim(plain, range_of(inside, count), range_of(0, count)), newer) if newer else plain

    def raised(self, g: Tensor) -> Tensor:
        """What came of such vectors, as a batch of all levels again: undoes `sunk`."""
        newer = self.newer()
        if not self.levels:
            return g
        if not newer:
            return raised(g, self.levels)
        plain = lowered(spread(g, newer), newer)
        count, inside = len(newer), len(self.levels)
        return raised(movedim(plain, range_of(0, count), range_of(inside, count)), self.levels + newer)

    def newer(self) -> tuple[Vmap, ...]:
        """The calls of `vmap` that have begun since."""
        count = len(self.levels)
        if state.vmaps[:count] != self.levels:
            raise RuntimeError(
                "a function that vjp or linearize returned inside of vmap was called outside of it, where its batch no "
                "longer exists: call it in the function that is mapped"
            )
        return state.vmaps[count:]


def range_of(start: int, count: int) -> tuple[int, ...]:
    """So many dimensions from a place on."""
    return tuple(range(start, start + count))
