"""The statements of a script: one for each operation, forward and back."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autograd.dtypes import dtype, from_numpy_dtype
from autograd.graph import Parts
from autograd.view.code_data import literal
from autograd.view.code_functions import Library
from autograd.view.code_inline import Argument, inlined, phrased
from autograd.view.code_phrases import Phrase, phrase_for
from autograd.view.code_program import Call, Program, dummy
from autograd.view.formulas import exchanged, plain, symbols_of, verbatim
from autograd.view.graph import Role, Value
from autograd.view.wording import shape_text

ARITHMETIC = {"add", "sub", "mul", "div", "neg"}
"""Ops whose code is their formula. Plain numbers may stand in them."""

FUSED = {"matmul", "mul", "add"}
"""Ops that are written into a sum that they are part of, if nothing else needs them."""


ROOM, WIDTH = 46, 110
"""How many columns a statement gets before the remark beside it, and both together."""


class Line(NamedTuple):
    """A statement and a remark."""

    code: str
    remark: str = ""

    def text(self) -> list[str]:
        """The statement with the remark beside it, or above it where there is no room."""
        if not self.remark:
            return [self.code]
        if len(self.code) > ROOM or len(self.remark) > WIDTH - ROOM:
            return [f"# {self.remark}", self.code]
        return [f"{self.code:<{ROOM}}  # {self.remark}"]


class Writer:
    """Writes the calls of a program down."""

    def __init__(self, program: Program, names: dict[str, str], library: Library) -> None:
        self.program, self.names, self.library = program, names, library
        self.grads: dict[str, str] = {}
        self.settings: dict[int, str] = {}  # arrays among the metadata, by the call's id
        self.hoisted: dict[str, Any] = {}
        self.fused: dict[str, str] = {}

    # -- forward ------------------------------------------------------------------------------------------

    def forward(self, read_back: set[str]) -> list[Line]:
        """The statements of the forward pass, given the names that the backward pass will read."""
        uses: dict[str, list[Call]] = {}
        for call in self.program.calls.values():
            for _, value in call.operands:
                if value is not None:
                    uses.setdefault(value.key, []).append(call)
        lines = []
        for call in self.program.calls.values():
            line = self.forward_line(call)
            result = call.results.get(0)
            into = uses.get(result.key, []) if result is not None else []
            if result is not None and self.can_fuse(call, result, into, line, read_back):
                self.fused[result.key] = line.code.partition(" = ")[2]
            else:
                lines.append(line)
        return lines

    def can_fuse(self, call: Call, result: Value, into: list[Call], line: Line, read_back: set[str]) -> bool:
        """Whether a product may stand inside the only sum that uses it."""
        return (
            call.op.name in FUSED and len(into) == 1 and into[0].op.name in ("add", "sub") and not result.name
            and not result.is_output and self.names[result.key] not in read_back and len(line.code) < 60
        )  # fmt: skip

    def forward_line(self, call: Call) -> Line:
        """The statement that carries out an operation."""
        op, arguments = call.op, self.arguments(call)
        phrase = self.phrase(call)
        expression = phrased(phrase.forward, arguments) if phrase and phrase.forward else None
        if expression is None and not op.keeps and op.outputs == 1 and not op.variadic:
            expression = inlined(op.forward, arguments, self.library)
        if expression is None:
            expression = self.helper_call(op.forward, op.name, self.forward_arguments(call, arguments))
        remark = shape_remark(call.shapes) + self.formula_remark(call)
        return Line(f"{self.result_target(call)} = {expression}", remark)

    def formula_remark(self, call: Call) -> str:
        """What the operation computes, for those whose code does not say it."""
        if call.op.name in ARITHMETIC | {"matmul"}:
            return ""
        return f"  {call.op.name}: {plain(exchanged(call.op.tex, self.symbols(call)))}"

    def result_target(self, call: Call) -> str:
        """What stands left of the equals sign."""
        op = call.op
        results = self.result_names(call)
        if op.outputs == 1:
            return ", ".join([results[0], *(self.kept_name(call, k) for k in op.keeps)])
        inner = f"{', '.join(results)}{',' if len(results) == 1 else ''}"
        return ", ".join([f"({inner})", *(self.kept_name(call, k) for k in op.keeps)]) if op.keeps else inner

    def result_names(self, call: Call) -> list[str]:
        """The names of an operation's results; an underscore for one that is not used."""
        count = len(call.shapes) if call.op.outputs != 1 else 1
        return [
            self.names[call.results[i].key] if i in call.results
            else self.kept_name(call, f"{call.op.name}_{i}") if self.reads_out(call) else "_"
            for i in range(count)
        ]  # fmt: skip

    def reads_out(self, call: Call) -> bool:
        """Whether a rule of an op with several results reads them."""
        return call.op.outputs != 1 and "out" in call.op.saved

    def kept_name(self, call: Call, name: str) -> str:
        """The name of what a forward keeps for its rules."""
        key = f"{call.operation.key} {name}"
        if key not in self.names:
            self.names[key] = self.library.free_name(name)
        return self.names[key]

    # -- operands and settings --------------------------------------------------------------------------------

    def arguments(self, call: Call) -> dict[str, Argument]:
        """What each parameter of an op stands for in this call."""
        found = {}
        for name, value in call.operands:
            found[name] = Argument("None", None) if value is None else self.operand(call, value)
        for name, setting in call.node.params.items():
            found[name] = self.setting(call, name, setting)
        return found

    def operand(self, call: Call, value: Value) -> Argument:
        """A tensor as an argument: its name, a plain number, or the expression that was kept for here."""
        source = self.fused.get(value.key) or self.names[value.key]
        array = dummy(value, self.program.kinds)
        is_number = value.role is Role.CONSTANT and array.ndim == 0 and not value.name
        if is_number and call.op.name in ARITHMETIC and array.dtype.kind == "f":
            text = literal(np.asarray(array)[()])
            source = text[text.index("(") + 1 : -1]
        return Argument(source, array, True)

    def setting(self, call: Call, name: str, value: Any) -> Argument:
        """A piece of metadata as an argument; one with arrays in it gets a name of its own.

        A function, such as keeps the running statistics of a batch_norm, is left out: no gradient depends on it.
        """
        if callable(value) and not isinstance(value, dtype):
            return Argument("None", None)
        if has_array(value):
            hoisted = self.kept_name(call, name)
            self.hoisted[hoisted] = value
            return Argument(hoisted, value, True)
        return Argument(literal(value), value)

    def forward_arguments(self, call: Call, arguments: dict[str, Argument]) -> list[str]:
        """The arguments of a call of the forward function, as source."""
        tensors = [arguments[name].source for name, _ in call.operands]
        if call.op.view:
            tensors = [f"np.asarray({source})" if not call.node.shape else source for source in tensors]
        defaults = {p.name: p.default for p in call.op.meta}
        given = []
        for name, value in call.node.params.items():
            is_default = isinstance(value, (bool, int, float, str, type(None))) and value == defaults.get(name, self)
            if not is_default or type(value) is not type(defaults.get(name)):
                given.append(f"{name}={arguments[name].source}")
        return [*tensors, *given]

    def helper_call(self, function: Any, name: str, arguments: list[str]) -> str:
        """A call of a function that the script defines."""
        return f"{self.library.function(function, name)}({', '.join(arguments)})"

    def phrase(self, call: Call) -> Phrase | None:
        """How one would write this call by hand, if the table knows."""
        if call.is_conjugated:
            return None
        values = {name: None if v is None else dummy(v, self.program.kinds) for name, v in call.operands}
        return phrase_for(call.op.name, {**values, **call.node.params})

    def symbols(self, call: Call) -> dict[str, str]:
        """What the formulas' letters stand for in this call."""
        named = {name: verbatim(self.operand(call, v).source) for name, v in call.operands if v is not None}
        named |= {n: verbatim(f"{v:g}") for n, v in call.node.params.items() if isinstance(v, (int, float))}
        return symbols_of(call.op, named) | {"z": verbatim(self.result_names(call)[0])}

    # -- backward -----------------------------------------------------------------------------------------

    def backward(self, root: Value) -> list[Line]:
        """The statements of the backward pass, which begins with the gradient of the result by itself: one."""
        start = f"d{self.names[root.key]}"
        self.grads[root.key] = start
        lines = [Line(f"{start} = {self.one(root)}", "the derivative of the result by itself")]
        for call, g in self.program.backward:
            lines += self.backward_lines(call, g)
        return lines

    def one(self, root: Value) -> str:
        """The number one in the dtype of the result, and of its shape."""
        array = np.asarray(root.array)
        return f"np.{array.dtype.name}(1)" if array.ndim == 0 else f"np.ones({array.shape}, dtype={array.dtype.name!r})"

    def backward_lines(self, call: Call, g: Any) -> list[Line]:
        """The statements that turn the gradient of an operation's result into those of its operands."""
        arrived = self.arrived(call, g)
        if call.op.joint or call.op.variadic:
            return self.joint_lines(call, arrived)
        lines = []
        positions = {p.name: i for i, p in enumerate(call.op.inputs)}
        for name, value in call.operands:
            edge = call.node.edges[positions[name]] if name in positions else None
            rule = call.op.rules.get(name)
            if value is not None and edge is not None and rule is not None:
                lines += self.rule_lines(call, name, value, arrived)
        return lines

    def arrived(self, call: Call, g: Any) -> Argument:
        """The gradient that has arrived; of an op with several results, all of them."""
        if call.op.outputs == 1:
            source = self.grads[call.results[0].key]
            return Argument(f"{source}.conj()" if call.is_conjugated else source, g, True)
        assert isinstance(g, Parts)
        kind = next(iter(g.arrived.values())).dtype.name
        parts = [
            self.grads[call.results[i].key] if i in g.arrived else f"np.zeros({shape}, dtype={kind!r})"
            for i, shape in enumerate(call.shapes)
        ]
        parts = [f"{part}.conj()" for part in parts] if call.is_conjugated else parts
        return Argument(f"({', '.join(parts)}{',' if len(parts) == 1 else ''})", g, True)

    def rule_lines(self, call: Call, name: str, value: Value, arrived: Argument) -> list[Line]:
        """The statement for one operand: its rule, with broadcasting undone, added to what is there."""
        rule = call.op.rules[name]
        arguments = self.rule_arguments(call, rule) | {"g": arrived}
        phrase = self.phrase(call)
        expression = None
        if phrase is not None:
            expression = phrased(phrase.rules[name], self.arguments(call) | self.phrase_arguments(call) | arguments)
        expression = expression or inlined(rule.function, self.first_argument(rule, arguments), self.library)
        if expression is None:
            sources = [arrived.source, *(arguments[read].source for read in rule.reads)]
            expression = self.helper_call(rule.function, f"{call.op.name}_grad_{name}", sources)
        if call.is_conjugated:
            expression = f"({expression}).conj()"
        remark = f"  {call.op.name}: {self.rule_formula(call, rule.tex)}" if call.op.name not in ARITHMETIC else ""
        expression, summed = self.unbroadcast(call, value, expression)
        return self.added(value, expression, remark + summed)

    def first_argument(self, rule: Any, arguments: dict[str, Argument]) -> dict[str, Argument]:
        """The arguments, the gradient under the name that the rule has for it."""
        return arguments | {rule.function.__code__.co_varnames[0]: arguments["g"]}

    def phrase_arguments(self, call: Call) -> dict[str, Argument]:
        """What phrases speak of beside the op's parameters."""
        operands = {name: v for name, v in call.operands if v is not None}
        found = {f"{n}_shape": Argument(literal(tuple(v.shape or ())), v.shape) for n, v in operands.items()}
        if "x" in operands and operands["x"].shape:
            found["x_classes"] = Argument(str(operands["x"].shape[-1]), operands["x"].shape[-1])
        found["out"] = Argument(self.result_names(call)[0], None, True)
        return found | {k: Argument(self.kept_name(call, k), None, True) for k in call.op.keeps}

    def rule_arguments(self, call: Call, rule: Any) -> dict[str, Argument]:
        """What a rule reads, by name."""
        known = self.arguments(call)
        operands = dict(call.operands)
        if call.op.variadic:
            stem = call.op.tensors[0].name
            known[stem] = Argument(tuple_source([known[name].source for name in operands]), None, True)
            shapes = tuple(v.shape for v in operands.values() if v is not None)
            known[f"{stem}_shape"] = Argument(literal(shapes), shapes)
            known["wanted"] = Argument(repr(tuple(e is not None for e in call.node.edges)), None)
        else:
            known["wanted"] = Argument(repr(tuple(e is not None for e in call.node.edges)), None)
        for read in rule.reads:
            if read == "out":
                known[read] = self.out_argument(call)
            elif read in call.op.keeps:
                known[read] = Argument(self.kept_name(call, read), None, True)
            elif read not in known:
                known[read] = self.fact(operands, read)
        return known

    def fact(self, operands: dict[str, Value | None], read: str) -> Argument:
        """The shape or the dtype of an operand."""
        name, _, what = read.rpartition("_")
        value = operands[name]
        if value is None:
            return Argument("None", None)
        if what == "shape":
            return Argument(literal(tuple(value.shape or ())), tuple(value.shape or ()))
        kind = from_numpy_dtype(dummy(value, self.program.kinds).dtype)
        return Argument(literal(kind), kind)

    def out_argument(self, call: Call) -> Argument:
        """The result, or all results, as a rule reads them."""
        if call.op.outputs != 1:
            names = self.result_names(call)
            return Argument(tuple_source(names), None, True)
        return Argument(self.result_names(call)[0], dummy(call.results[0], self.program.kinds), True)

    def joint_lines(self, call: Call, arrived: Argument) -> list[Line]:
        """The statements for an op with one rule for all operands."""
        rule = call.op.joint
        arguments = self.rule_arguments(call, rule)
        sources = [arrived.source, *(arguments[read].source for read in rule.reads)]
        expression = self.helper_call(rule.function, f"{call.op.name}_grads", sources)
        by_name = dict(call.operands)
        names = list(by_name) if call.op.variadic else [p.name for p in call.op.inputs]
        received = {n: by_name[n] for n, edge in zip(names, call.node.edges, strict=True) if edge is not None}
        temporary = {
            n: self.library.free_name(f"d{self.names[v.key]}_sent" if v.key in self.grads else f"d{self.names[v.key]}")
            for n, v in received.items() if v is not None
        }  # fmt: skip
        left = tuple_source([temporary.get(n, "_") for n in names])[1:-1]
        lines = [Line(f"{left} = {expression}", f"{call.op.name}: {self.rule_formula(call, rule.tex)}")]
        for name, value in received.items():
            if value is not None:
                source = f"{temporary[name]}.conj()" if call.is_conjugated else temporary[name]
                lines += self.added(value, source, "")
        return lines

    def rule_formula(self, call: Call, tex: str) -> str:
        """A rule's formula with this call's names in it."""
        gradients = {"z": verbatim(self.grads[call.results[0].key])} if call.op.outputs == 1 else {}
        return plain(exchanged(tex, self.symbols(call), gradients))

    def unbroadcast(self, call: Call, value: Value, expression: str) -> tuple[str, str]:
        """The expression summed over the dimensions that the operand was copied along; and a remark that says so."""
        target, shape = tuple(value.shape or ()), call.shapes
        if not call.op.sums_back or target == shape:
            return expression, ""
        if not call.op.broadcasts:
            batches = {tuple(v.shape or ())[:-2] for _, v in call.operands if v is not None}
            if len(batches) == 1:
                return expression, ""  # the batches have one shape
            return f"{self.helper('sum_to')}({expression}, {target})", ", summed over what it was copied along"
        added = len(shape) - len(target)
        stretched = tuple(added + i for i, size in enumerate(target) if size == 1 and shape[added + i] != 1)
        axes = (*range(added), *stretched)
        said = ", ".join(map(str, axes))
        where = f"axis={axes[0]}" if len(axes) == 1 else f"axis=({said})"
        inner = f"({expression})" if not expression.isidentifier() else expression
        remark = f"  its copies along axis {said} add up"
        if not stretched:
            return f"{inner}.sum({where})", remark
        summed = f"{inner}.sum({where}, keepdims=True)"
        return (f"{summed}.reshape({target})" if added else summed), remark

    def helper(self, name: str) -> str:
        """The name of the function that undoes broadcasting."""
        self.library.add_once(SUM_TO)
        return name

    def added(self, value: Value, expression: str, remark: str) -> list[Line]:
        """The statement that gives a tensor a gradient, or adds to the one it has."""
        known = self.grads.get(value.key)
        shape = shape_remark(value.shape)
        name = f"d{self.names[value.key]}"
        if known is None and expression.isidentifier():
            self.grads[value.key] = expression
            return []
        self.grads[value.key] = name
        if known is None:
            return [Line(f"{name} = {expression}", shape + remark)]
        total = phrased("known + more", {"known": Argument(known, None), "more": Argument(expression, None)})
        return [Line(f"{name} = {total}", f"{shape}  used more than once, so gradients add up{remark}")]


SUM_TO = '''\
def sum_to(g, shape):
    """A gradient summed over the dimensions that its tensor was broadcast along."""
    added = g.ndim - len(shape)
    stretched = tuple(added + i for i, n in enumerate(shape) if n == 1 and g.shape[added + i] != 1)
    return g.sum(axis=(*range(added), *stretched), keepdims=True).reshape(shape)
'''


def shape_remark(shape: Any) -> str:
    """A shape, and a word for that of a number."""
    return shape_text(shape) if shape else "a number"


def tuple_source(names: list[str]) -> str:
    """A tuple of these."""
    return f"({', '.join(names)}{',' if len(names) == 1 else ''})"


def has_array(value: Any) -> bool:
    """Whether there is an array somewhere in a piece of metadata."""
    return any(map(has_array, value)) if isinstance(value, (tuple, list)) else isinstance(value, np.ndarray)
