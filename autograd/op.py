"""Declaring an op: its forward, one derivative rule per input, its formula and its test cases.

    @op(r"x \\odot y", operator="mul", numpy=np.multiply, broadcasts=True, cases=PAIRS)
    def mul(x: Array, y: Array) -> Array:
        '''Multiply element by element.'''
        return x * y

    mul.vjp("x", r"\\bar z \\odot y")(lambda g, y: g * y)
    mul.vjp("y", r"\\bar z \\odot x")(lambda g, x: g * x)

The forward's signature is the schema: parameters annotated `Array` are differentiable tensors,
`Ints` are tensors of indices, all others are metadata. To callers, x is `input` and y is `other`.

A rule maps g, the gradient by the result, to the gradient by its input. Its further parameters
say what it reads, and so what the node saves: an input (`y`), the result (`out`), an input's
shape (`x_shape`), metadata (`dim`), or something that the forward `keeps`. Rules are plain NumPy.
They run on arrays in an ordinary backward pass and on Tensors under `create_graph`, where
NumPy's protocols lead back to our ops.

The decorator returns the function that users call. It is written out as straight-line Python by
`autograd.lift` when it is first called; `print(mul.op.source)` shows it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from types import FunctionType
from typing import Any, NamedTuple, Protocol

import numpy as np

from autograd import lift, protocols
from autograd.attach import attach
from autograd.batched import NeedsLoopError
from autograd.gradients import gradients_by
from autograd.graph import Node
from autograd.modes import enable_grad
from autograd.promotion import weak_number
from autograd.recording import record
from autograd.registry import BATCH_RULES, OPS
from autograd.saved import all_parts, rejoin, show_saved, undo_broadcast
from autograd.signatures import signature_of
from autograd.tensor import Tensor, tensor_of


class Rule(NamedTuple):
    """How the gradient by the result becomes the gradient by one input."""

    function: Callable[..., Any]
    tex: str
    reads: tuple[str, ...]


class Parameter(NamedTuple):
    """One parameter of an op's forward."""

    name: str  # in the forward and the rules
    public: str  # as callers know it
    annotation: str
    default: Any

    @property
    def is_tensor(self) -> bool:
        """Whether this is a tensor, of numbers or of indices."""
        return self.annotation.startswith(("Array", "Ints"))

    @property
    def is_differentiable(self) -> bool:
        """Whether a gradient may flow to it."""
        return self.annotation.startswith("Array")

    @property
    def is_required(self) -> bool:
        """Whether callers must give it."""
        return self.default is REQUIRED

    @property
    def is_optional(self) -> bool:
        """Whether it may be None."""
        return self.annotation.endswith("| None")


REQUIRED = object()
PUBLIC_NAMES = {"x": "input", "y": "other"}


def parameters_of(function: FunctionType) -> tuple[list[Parameter], bool]:
    """The schema that a forward's signature spells, and whether it takes any number of tensors (`*tensors`)."""
    code = function.__code__
    variadic = bool(code.co_flags & 4)
    names = list(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
    defaults = dict(
        zip(names[code.co_argcount - len(function.__defaults__ or ()) :], function.__defaults__ or (), strict=False)
    )
    defaults.update(function.__kwdefaults__ or {})
    if variadic:
        names.insert(0, code.co_varnames[code.co_argcount + code.co_kwonlyargcount])
    return [
        Parameter(name, PUBLIC_NAMES.get(name, name), str(function.__annotations__[name]), defaults.get(name, REQUIRED))
        for name in names
    ], variadic


class Op:
    """What is known of one operation.

    Attributes:
        kind: how dtypes go in and out: "same" (promote the inputs together and keep that),
            "float" (integers become floats first), "bool" and "index" (results without
            gradients), or "free" (each input as it is; the result's dtype is read off it).
        broadcasts: inputs broadcast against each other, so gradients must be summed back.
        numbers: which operands of a broadcasting op may be Python numbers: "any" of them, even all;
            "either" beside a tensor; the "second" one; or "none".
        batched: gradients may come with leading dimensions that the input lacks, to be summed
            (as broadcasting ones are).
        clash: for inputs that don't fit together, the function that says why, given their shapes.
        view: the result shares the input's memory where NumPy lets it.
        keeps: names for what the forward returns besides the result, for the rules to read.
        outputs: the number of results; 0 for as many as the forward returns.
        spares_result: its rules read the result, which PyTorch's do not: whoever writes over the result leaves
            them a copy, so that it is no error.
        casts_out: what is given as `out=` may have a wider dtype than the result.
        refuses: kinds of dtype ("b", "i", "u", "f" or "c") that it is not defined for, each with what
            to do instead.
        refuses_each: it is refused where any operand is of such a kind, not just where the result would be.
        promotes: inputs of different dtypes are brought to one; otherwise they are refused.
        canon: for metadata parameters, the function that brings them to their canonical form.
        composed: the same in simpler ops: the reference for tests, and what is differentiated
            for derivatives of higher order where the rules are not.
    """

    def __init__(self, forward: Any, tex: str, **options: Any) -> None:
        self.forward = forward
        self.name: str = options.pop("name", forward.__name__.strip("_"))
        self.tex = tex
        self.doc = forward.__doc__ or ""
        self.parameters, self.variadic = parameters_of(forward)
        self.tensors = [p for p in self.parameters if p.is_tensor]
        self.meta = [p for p in self.parameters if not p.is_tensor]
        self.kind: str = options.pop("kind", "same")
        self.broadcasts: bool = options.pop("broadcasts", False)
        self.numbers: str = options.pop("numbers", "second" if self.broadcasts else "none")
        self.sums_back: bool = self.broadcasts or options.pop("batched", False)
        self.clash: Callable[[list[tuple[int, ...]]], str] | None = options.pop("clash", None)
        self.view: bool = options.pop("view", False)
        self.keeps: tuple[str, ...] = options.pop("keeps", ())
        self.outputs: int = options.pop("outputs", 1)
        self.spares_result: bool = options.pop("spares_result", False)
        self.refuses: dict[str, str] = options.pop("refuses", {})
        self.refuses_each: bool = options.pop("refuses_each", False)
        self.promotes: bool = options.pop("promotes", True)
        self.canon: dict[str, Callable[[Any, int, str], Any]] = options.pop("canon", {})
        self.composed: Callable[..., Any] | None = options.pop("composed", None)
        self.cases: tuple[Any, ...] = tuple(options.pop("cases", ()))
        self.numpy: tuple[Any, ...] = as_tuple(options.pop("numpy", ()))
        self.node: Any = options.pop("node", None)
        self.accepts_dtype: bool = options.pop("accepts_dtype", False)
        self.accepts_out: bool = options.pop("accepts_out", self.outputs == 1 and not self.view)
        self.casts_out: bool = options.pop("casts_out", self.broadcasts or self.kind == "float")
        if options:
            raise TypeError(f"op {self.name}: unknown options {sorted(options)}")
        self.rules: dict[str, Rule] = {}
        self.joint: Rule | None = None
        self.function: Any = None
        self._conjugated: Op | None = None
        show_saved(self)

    @property
    def inputs(self) -> list[Parameter]:
        """The parameters that a gradient may flow to: a node has one edge for each."""
        return [p for p in self.tensors if p.is_differentiable]

    @property
    def source(self) -> str:
        """The Python that runs for this op, forward and back."""
        forward = lift.write_variadic(self) if self.variadic else lift.write_function(self)
        return forward + ("\n\n" + lift.write_pull(self) if self.differentiable else "")

    def readers_of(self, name: str) -> set[str]:
        """The inputs whose rules read a saved value."""
        if self.composed or self.joint:
            return {p.name for p in self.inputs}
        return {i for i, rule in self.rules.items() if name in rule.reads}

    def needed_by(self, edges: tuple[Any, ...]) -> set[str]:
        """The saved values that are read when gradients flow along these edges."""
        if self.variadic or self.composed or self.joint:
            return set(self.saved)
        flowing = {p.name for p, edge in zip(self.inputs, edges, strict=True) if edge is not None}
        return {name for name in self.saved if self.readers_of(name) & flowing}

    @property
    def differentiable(self) -> bool:
        """Whether any input has a derivative rule."""
        return bool(self.rules or self.joint)

    @functools.cached_property
    def saved(self) -> list[str]:
        """What a node keeps for the rules, by name: asked for when the op is first used, with all its rules declared."""
        reads = [rule.reads for rule in self.rules.values()] + ([self.joint.reads] if self.joint else [])
        names = dict.fromkeys(name for read in reads for name in read if name != "wanted")
        if self.composed:
            names.update(dict.fromkeys(p.name for p in self.parameters))
        return list(names)

    def either(self, *args: Any, **params: Any) -> Any:
        """The op on arrays or on Tensors, whichever comes: how a rule calls an op that NumPy has no name for."""
        if any(isinstance(arg, Tensor) for arg in args):
            operands = [
                a if a is None or isinstance(a, Tensor) else tensor_of(np.asarray(a)) for a in args[: len(self.tensors)]
            ]
            return self.function(*operands, *args[len(self.tensors) :], **params)
        return self.forward(*args, **params)

    def record(self, tensors: list[Any], params: dict[str, Any], result: Tensor) -> Node:
        """The node of this op for a result that has come about otherwise, as by a write in place."""
        return record(self, tensors, params, result, ())

    def node_name(self, node: Node) -> str:
        """PyTorch's name for this op's node."""
        if self.node is not None:
            name: str = self.node(node) if callable(self.node) else self.node
            return name
        return "".join(part.capitalize() for part in self.name.split("_")) + "Backward0"

    def pull(self, node: Node, g: Any, edges: tuple[Any, ...]) -> tuple[Any, ...]:
        """The gradients by the inputs, on arrays. Written out as Python at first use, like the op itself."""
        self.pull = lift.compile_pull(self)  # type: ignore[method-assign]
        return self.pull(node, g, edges)

    def pull_tensors(self, node: Node, g: Any, edges: tuple[Any, ...]) -> tuple[Any, ...]:
        """The gradients by the inputs as recorded Tensors."""
        try:
            return self.pull_recorded(node, g, edges)
        except NeedsLoopError:  # g is a batch of gradients, and a rule asks for its numbers
            pulled: tuple[Any, ...] = BATCH_RULES["pull"](self, node, g, edges)
            return pulled

    def pull_recorded(self, node: Node, g: Any, edges: tuple[Any, ...]) -> tuple[Any, ...]:
        """The same rules, run on Tensors, or the composition differentiated."""
        values = rejoin(self, node)
        if self.outputs != 1:
            g = all_parts(g, node.shape)
        if self.composed:
            return self.pull_composition(values, g, edges)
        if self.joint:
            wanted = tuple(edge is not None for edge in edges)
            sent = self.joint.function(g, *(wanted if n == "wanted" else values[n] for n in self.joint.reads))
            return tuple(s if e is not None else None for s, e in zip(sent, edges, strict=True))
        return tuple(
            None if edge is None else self.apply_rule(p.name, node, g, values, i)
            for i, (p, edge) in enumerate(zip(self.inputs, edges, strict=True))
        )

    def pull_composition(self, values: dict[str, Any], g: Tensor, edges: tuple[Any, ...]) -> tuple[Any, ...]:
        """The gradients of the composition that this op stands for."""
        alias = OPS["alias"].function
        with enable_grad():
            given = {p.name: values[p.name] for p in self.parameters}
            for p in self.tensors:
                if given[p.name] is not None:
                    given[p.name] = alias(given[p.name]) if p.is_differentiable else tensor_of(given[p.name])
            result = self.composed(**given)  # type: ignore[misc]
        wanted = [given[p.name] for p, edge in zip(self.inputs, edges, strict=True) if edge is not None]
        found = iter(gradients_by(result, wanted, g, create_graph=True, allow_unused=True))
        return tuple(None if edge is None else next(found) for edge in edges)

    def apply_rule(self, name: str, node: Node, g: Any, values: dict[str, Any], position: int) -> Any:
        """One input's rule, with broadcasting undone."""
        rule = self.rules.get(name)
        if rule is None:
            return None
        result = rule.function(g, *(values[n] for n in rule.reads))
        return undo_broadcast(result, node.saved[-1][position]) if self.sums_back and node.saved[-1] else result

    def conjugated(self) -> Op:
        """This op for complex numbers.

        Rules are written as the transpose of the derivative, without conjugates. PyTorch's
        gradient is the conjugate of the transpose applied to the conjugate.
        """
        if self._conjugated is None:
            self._conjugated = ConjugatedOp(self)
        return self._conjugated

    def __repr__(self) -> str:
        return f"<op {self.name}>"


class ConjugatedOp(Op):
    """An op on complex tensors: conjugates what goes into the rules and what comes out."""

    def __init__(self, plain: Op) -> None:
        self.__dict__.update(plain.__dict__)
        self.__dict__.pop("pull", None)
        self.plain = plain

    def pull(self, node: Node, g: Any, edges: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(None if r is None else r.conj() for r in self.plain.pull(node, g.conj(), edges))

    def pull_tensors(self, node: Node, g: Tensor, edges: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(None if r is None else r.conj() for r in self.plain.pull_tensors(node, g.conj(), edges))


def as_tuple(value: Any) -> tuple[Any, ...]:
    """A tuple as it is, anything else as a tuple of one."""
    return value if isinstance(value, tuple) else (value,)


class OpFunction(Protocol):
    """The function that users call, with what the declaration of rules and other ops need of it."""

    op: Op
    either: Callable[..., Any]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Apply the op to Tensors."""

    def vjp(self, name: str, tex: str) -> Callable[[Any], Any]:
        """Declare the derivative rule for one input."""

    def vjp_joint(self, tex: str) -> Callable[[Any], Any]:
        """Declare one rule for all inputs."""


def op(
    tex: str, *, operator: str = "", method: bool | str = True, inplace: bool | None = None, **options: Any
) -> Callable[[Callable[..., Any]], OpFunction]:
    """Declare the decorated forward as an op: see this module's description, and `Op` for the options."""

    def declare(forward: Callable[..., Any]) -> OpFunction:
        new = Op(forward, tex, **options)
        OPS[new.name] = new
        function = new.function = lift.lifted(new)
        function.__signature__ = signature_of(new)
        function.op = new
        function.either = new.either
        function.vjp = lambda name, tex: add_rule(new, name, tex)
        function.vjp_joint = lambda tex: add_joint_rule(new, tex)
        for numpy_function in new.numpy:
            protocols.register(numpy_function, taking_numbers(new) if new.broadcasts else function)
        attach(new, function, operator=operator, method=method, inplace=inplace)
        declared: OpFunction = function
        return declared

    return declare


def taking_numbers(op: Op) -> Any:
    """The function that a NumPy one leads to: there, any operand may be a number."""

    @functools.wraps(op.function)
    def function(*operands: Any, **keywords: Any) -> Any:
        return op.function(
            *(weak_number(x) if isinstance(x, (int, float, complex)) else x for x in operands), **keywords
        )

    return function


def add_rule(op: Op, name: str, tex: str) -> Callable[[Any], Any]:
    """`op.vjp(name, tex)(rule)`: the rule for one input."""
    if name not in (p.name for p in op.tensors if p.is_differentiable):
        raise TypeError(f"op {op.name} has no differentiable input {name!r}")

    def add(function: Any) -> Any:
        op.rules[name] = Rule(function, tex, read_by(function))
        return function

    return add


def add_joint_rule(op: Op, tex: str) -> Callable[[Any], Any]:
    """`op.vjp_joint(tex)(rule)`: one function for all inputs, where they share most of the work."""

    def add(function: Any) -> Any:
        op.joint = Rule(function, tex, read_by(function))
        return function

    return add


def read_by(rule: Any) -> tuple[str, ...]:
    """The names of what a rule reads besides g."""
    code = rule.__code__
    names: Iterable[str] = code.co_varnames[1 : code.co_argcount]
    return tuple(names)
