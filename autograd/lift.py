"""Writing ops out as Python.

An op's function does the same few steps whatever the op: take the arrays out of the Tensors, run
the forward, wrap the result, record a node. Done by a general routine, those steps cost more than
the arithmetic of a small tensor. So for each op they are written out as straight-line Python, as
`dataclasses` and `namedtuple` do it, at its first call. `print(autograd.mul.op.source)` shows
what runs; whatever the straight line can't take goes to `autograd.apply`, which tells the same
story in full.
"""

from __future__ import annotations

import linecache
from collections.abc import Iterable
from types import FunctionType
from typing import TYPE_CHECKING, Any

from autograd import dtypes, modes
from autograd.apply import apply, apply_operator, explain
from autograd.arrays import ndarray
from autograd.graph import SMALL, Node, Version, clock
from autograd.promotion import NUMBERS, number_like
from autograd.recording import finish, keep_constant, share_memory, without_graph
from autograd.saved import all_parts, overwritten, undo_broadcast
from autograd.tensor import Tensor
from autograd.views import catch_up

if TYPE_CHECKING:
    from autograd.op import Op, Parameter

INDENT = "    "
NUMPY_NAMES = {"dim": "axis", "keepdim": "keepdims"}
NARROW = frozenset((dtypes.bool, dtypes.uint8, dtypes.int8, dtypes.int16, dtypes.int32))
RESULT_DTYPE = {"same": "d", "float": "d", "sum": "d", "bool": "bool_dtype", "index": "int64_dtype",
                "free": "from_numpy_dtype(result_array.dtype)"}  # fmt: skip


def lifted(op: Op, operator: bool = False) -> Any:
    """The function that applies the op to Tensors. It writes its own body when first called."""
    names = {
        "op": op, "forward": op.forward, "apply": apply, "apply_operator": apply_operator,
        "number_like": number_like, "NUMBERS": NUMBERS,
        "catch_up": catch_up, "explain": explain, "new": object.__new__, "Tensor": Tensor, "Node": Node,
        "shortcut": modes.shortcut, "finish": finish, "state": modes.state, "without_graph": without_graph,
        "keep_constant": keep_constant,
        "ndarray": ndarray, "SMALL": SMALL, "clock": clock, "Version": Version, "share_memory": share_memory,
        "bool_dtype": dtypes.bool, "int64_dtype": dtypes.int64, "from_numpy_dtype": dtypes.from_numpy_dtype,
        "FLOATING": dtypes.FLOATING, "NARROW": NARROW,
        "__name__": op.forward.__module__, "__builtins__": __builtins__,
    }  # fmt: skip
    names |= {f"default_{p.name}": p.default for p in op.meta}
    names |= {f"canonical_{name}": function for name, function in op.canon.items()}
    function = FunctionType(write_itself.__code__, names, op.name)
    names["write_itself"] = lambda: become(function, op, operator)
    names["itself"] = function
    function.__doc__ = op.doc
    function.__module__ = op.forward.__module__
    function.__qualname__ = op.name
    return function


def write_itself(*args: Any, **kwargs: Any) -> Any:
    """The body that every lifted function starts with; its names come from the function's own globals."""
    write_itself()
    return itself(*args, **kwargs)  # type: ignore[name-defined]  # noqa: F821


def become(function: FunctionType, op: Op, operator: bool) -> None:
    """Give the function the body written for the op."""
    source = write_variadic(op) if op.variadic else write_function(op, operator)
    written = compile_function(source, f"<op {op.name}>", function.__globals__)
    function.__kwdefaults__ = written.__kwdefaults__
    function.__defaults__ = written.__defaults__
    function.__code__ = written.__code__


def compile_function(source: str, filename: str, names: dict[str, Any]) -> Any:
    """Compile a source that defines `function`, so that tracebacks can show its lines."""
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    scope: dict[str, Any] = {}
    exec(compile(source, filename, "exec"), names, scope)
    return scope.popitem()[1]


# -- the forward function --------------------------------------------------------------------


def write_function(op: Op, operator: bool = False) -> str:
    """The source of an op's function."""
    lines = [f"def {op.name}({', '.join(signature(op, operator))}):"]
    lines += indented(spelling(op, operator))
    if op.outputs != 1:
        lines += indented([f"return apply(op, ({tuple_of(p.public for p in op.tensors)}), {params_dict(op)})"])
        return "\n".join(lines) + "\n"
    lines += indented(operands(op, operator))
    lines += indented(result(op))
    if op.differentiable and op.kind not in ("bool", "index"):
        lines += indented([*recording(op), "return result"])
    return "\n".join(lines) + "\n"


def signature(op: Op, operator: bool) -> Iterable[str]:
    """The parameters as callers see them: tensors, metadata, and the spellings NumPy's users know."""
    if op.variadic:
        yield op.tensors[0].name
        yield from (f"{p.name}=default_{p.name}" if not p.is_required else p.name for p in op.meta)
        yield from ("*", *(f"{NUMPY_NAMES[p.name]}=None" for p in op.meta if p.name in NUMPY_NAMES), "out=None")
        return
    needs_more = any(p.is_required and p not in respelled(op) for p in op.meta)
    yield from (p.public + ("=None" if p.is_optional and not needs_more else "") for p in op.tensors)
    for p in op.meta:
        if p.is_required:
            yield f"{p.name}=None" if p in respelled(op) else p.name  # a required `dim` may come as `axis`
        else:
            yield f"{p.name}=default_{p.name}"
    if operator:
        return
    keywords = [f"{NUMPY_NAMES[p.name]}=None" for p in respelled(op)]
    keywords += ["dtype=None"] * op.accepts_dtype + ["out=None"] * op.accepts_out
    if keywords:
        yield from ("*", *keywords)


def respelled(op: Op) -> list[Parameter]:
    """The metadata that NumPy's users may spell otherwise, where Python's rules for defaults allow it."""
    last = max((i for i, p in enumerate(op.meta) if p.is_required and p.name not in NUMPY_NAMES), default=-1)
    return [p for i, p in enumerate(op.meta) if p.name in NUMPY_NAMES and (i > last or not p.is_required)]


def spelling(op: Op, operator: bool) -> Iterable[str]:
    """Settle NumPy's names, a `dtype=` and plain numbers before anything else."""
    if not operator:
        for p in respelled(op):
            yield f"if {NUMPY_NAMES[p.name]} is not None: {p.name} = {NUMPY_NAMES[p.name]}"
        if op.accepts_dtype:
            yield from in_the_given_dtype(op)
            if op.kind == "sum":  # sums are added up in the dtype of what they are written to
                yield f"if dtype is None and out is not None: {op.tensors[0].public} = {op.tensors[0].public}.to(out.dtype)"
    if op.numbers != "none" and len(op.inputs) == 2:
        first, second = (p.public for p in op.inputs)
        yield f"if {second}.__class__ is not Tensor and {second}.__class__ in NUMBERS: {second} = number_like({second}, {first})"


def in_the_given_dtype(op: Op) -> Iterable[str]:
    """Compute in `dtype`, where it is given; in int64 for narrower integers and bools, which ops widen by themselves."""
    first = op.tensors[0].public
    metadata = "".join(f", {p.name}={p.name}" for p in op.meta)
    yield "if dtype is not None:"
    yield f"    {first} = {first}.to(dtype)"
    yield f"    if out is None and {first}.dtype in NARROW: return itself({first}{metadata}).to({first}.dtype)"


def operands(op: Op, operator: bool) -> Iterable[str]:
    """Take the arrays out; whatever is not a plain Tensor of a fitting dtype goes the general way."""
    first = op.tensors[0].public
    yield "try:"
    for p in op.tensors:
        if p.is_optional:
            yield f"    {p.public}_array = None if {p.public} is None else {p.public}.array"
        else:
            yield f"    {p.public}_array = {p.public}.array"
    yield f"    d = {(op.inputs or op.tensors)[0].public}.dtype"
    general = (
        f"{'apply_operator' if operator else 'apply'}(op, ({tuple_of(p.public for p in op.tensors)}), {params_dict(op)}"
    )
    general += ", out)" if op.accepts_out and not operator else ")"
    unfit = [*unfitting(op), *["out is not None"] * (op.accepts_out and not operator)]
    if unfit:
        yield f"    if {' or '.join(unfit)}: return {general}"
    for p in op.tensors:
        present = f"{p.public} is not None and " if p.is_optional else ""
        yield f"    if {present}{p.public}.view_of is not None: catch_up({p.public})"
    yield "except AttributeError:"
    yield f"    return {general}"
    if op.view:
        yield f"if {first}_array.__class__ is not ndarray: {first}_array = {first}.memory()"
    for name in op.canon:
        yield f"{name} = canonical_{name}({name}, {first}_array.ndim, {op.name!r})"


def unfitting(op: Op) -> Iterable[str]:
    """The conditions under which an operand needs converting, or the op is not for this dtype."""
    if op.kind != "free":
        for p in op.inputs[1:]:
            differs = f"d is not {p.public}.dtype"
            yield f"({p.public} is not None and {differs})" if p.is_optional else differs
    if op.kind in ("float", "sum") or op.refuses:
        yield "not d.is_floating_point"
    elif op.kind == "same" and op.differentiable:
        yield "d.is_complex"


def result(op: Op) -> Iterable[str]:
    """Run the forward and wrap what it returns."""
    arrays = [f"{p.public}_array" for p in op.tensors] + [f"{p.name}={p.name}" for p in op.meta]
    returned = ", ".join(["result_array", *op.keeps])
    yield "try:"
    yield f"    {returned} = {call(op.forward, 'forward', arrays)}"
    yield "except Exception as error:"
    yield f"    raise explain(op, error, ({tuple_of(p.public for p in op.tensors)}), {params_dict(op)}) from None"
    yield "result = new(Tensor)"
    yield "result.array = result_array"
    yield f"result.dtype = {RESULT_DTYPE[op.kind]}"
    yield "result.version = result.view_of = None"
    if op.view:
        yield f"share_memory(result, {op.tensors[0].public})"
    arguments = f"({tuple_of(p.public for p in op.tensors)}), {params_dict(op)}, result, ({tuple_of(op.keeps)})"
    yield f"if shortcut.special and state.is_special(): return finish(op, {arguments})"
    if not op.differentiable or op.kind in ("bool", "index"):
        yield "return without_graph(result)"


def recording(op: Op) -> Iterable[str]:
    """Leave a node in the graph, if any input wants a gradient."""
    nodes = [f"{p.public}_node" for p in op.inputs]
    for p, node in zip(op.inputs, nodes, strict=True):
        yield f"{node} = " + (f"None if {p.public} is None else " if p.is_optional else "") + f"{p.public}.node"
    constant = " and ".join(f"{node} is None" for node in nodes)
    if op.kind == "free":
        constant += " or result.dtype.category < FLOATING"
    yield f"if {constant}: return without_graph(result)"
    yield "result.node = node = Node()"
    yield "node.op = op"
    yield f"node.edges = ({tuple_of(nodes)})"
    if op.meta:
        yield f"node._params = {params_dict(op)}"
    yield "node.extras = None"
    yield "node.number = next(clock)"
    if op.sums_back:
        shapes = [f"{p.public}_array.shape" for p in op.inputs]
        yield "if result_array.__class__ is ndarray:"
        yield "    shape = result_array.shape"
        yield f"    shapes = None if {' and '.join(f'{s} == shape' for s in shapes)} else ({tuple_of(shapes)})"
        yield "    node.result = result_array if result_array.size <= SMALL else shape"
        yield "else:"
        yield "    shapes = None"
        yield "    node.result = result_array"
    else:
        shown = "result_array if result_array.__class__ is not ndarray or result_array.size <= SMALL else result_array.shape"
        yield f"node.result = {shown}"
    if "out" in op.saved:
        yield "result.version = result.version or Version()" if op.view else "result.version = Version()"
    everything = ["shapes"] * op.sums_back
    if len(nodes) == 1:
        yield f"node.saved = ({tuple_of([*saved_expressions(op, needed=False), *everything])})"
    else:
        yield f"if {' and '.join(f'{node} is not None' for node in nodes)}:"
        yield f"    node.saved = ({tuple_of([*saved_expressions(op, needed=False), *everything])})"
        yield "else:"
        yield f"    node.saved = ({tuple_of([*saved_expressions(op, needed=True), *everything])})"
        kept = (f"keep_constant({p.public}) if {n} is None else None" for p, n in zip(op.inputs, nodes, strict=True))
        yield f"    node._constants = ({tuple_of(kept)})"


def saved_expressions(op: Op, *, needed: bool) -> Iterable[str]:
    """What each saved value is; with `needed`, kept only if a rule that will run reads it."""
    nodes = {p.name: f"{p.public}_node" for p in op.inputs}
    tensors = {p.name: p.public for p in op.tensors}
    facts = {f"{p.name}_shape": (p, f"{p.public}_array.shape") for p in op.tensors}
    facts |= {f"{p.name}_dtype": (p, f"{p.public}.dtype") for p in op.tensors}
    for name in op.saved:
        values = ["result_array", "result.version"] if name == "out" else [tensors.get(name, name)]
        if name in facts:
            p, value = facts[name]
            values = [f"(None if {p.public} is None else {value})" if p.is_optional else value]
        readers = [nodes[i] for i in nodes if i in op.readers_of(name)]
        if needed and len(readers) < len(nodes):
            reader = " or ".join(f"{node} is not None" for node in readers)
            values = [f"{value} if {reader} else None" for value in values]
        yield from values


def write_variadic(op: Op) -> str:
    """The source of the function of an op on any number of tensors: always the general way."""
    lines = [f"def {op.name}({', '.join(signature(op, False))}):"]
    lines += indented(spelling(op, False))
    lines += indented([f"return apply(op, {op.tensors[0].name}, {params_dict(op)}, out)"])
    return "\n".join(lines) + "\n"


# -- the rules ---------------------------------------------------------------------------------


def compile_pull(op: Op) -> Any:
    """The function that turns the gradient of a node's result into gradients by its inputs."""
    names = {
        "__name__": op.forward.__module__,  # by which NumPy's warnings are filtered
        "all_parts": all_parts, "overwritten": overwritten, "undo_broadcast": undo_broadcast,
        **{f"rule_{name}": rule.function for name, rule in op.rules.items()},
        **({"joint_rule": op.joint.function} if op.joint else {}),
    }  # fmt: skip
    return compile_function(write_pull(op), f"<pull of {op.name}>", names)


def write_pull(op: Op) -> str:
    """The source of an op's pullback: one call per rule whose input wants a gradient."""
    lines = [f"def {op.name}_pull(node, g, edges):"]
    if op.outputs != 1:
        lines += indented(["g = all_parts(g, node.shape)"])
    names = [n for name in op.saved for n in ((name, f"{name}_version") if name == "out" else (name,))]
    names += ["shapes"] * op.sums_back
    lines += indented([f"{tuple_of(names) or '()'} = node.saved"])  # this is also what finds out that they were freed
    if op.joint or op.variadic:
        assert op.joint is not None
        lines += indented(checks(op, op.joint.reads))
        reads = [value_of(op, name) for name in op.joint.reads]
        pulled = f"zip(joint_rule({', '.join(['g', *reads])}), edges)"
        lines += indented([f"return tuple([None if edge is None else sent for sent, edge in {pulled}])"])
        return "\n".join(lines) + "\n"
    lines += indented([f"{tuple_of(f'{p.name}_edge' for p in op.inputs)} = edges"])
    for position, p in enumerate(op.inputs):
        rule = op.rules.get(p.name)
        if rule is None:
            lines += indented([f"{p.name}_grad = None"])
            continue
        pulled = call(rule.function, f"rule_{p.name}", ["g", *(value_of(op, name) for name in rule.reads)])
        lines += indented([f"if {p.name}_edge is None: {p.name}_grad = None", "else:"])
        lines += indented(indented(checks(op, rule.reads)))
        lines += indented(indented([f"{p.name}_grad = {pulled}"]))
        if op.sums_back:
            undo = f"undo_broadcast({p.name}_grad, shapes[{position}])"
            lines += indented(indented([f"if shapes is not None: {p.name}_grad = {undo}"]))
    lines += indented([f"return {tuple_of(f'{p.name}_grad' for p in op.inputs)}"])
    return "\n".join(lines) + "\n"


def checks(op: Op, reads: tuple[str, ...]) -> Iterable[str]:
    """Refuse to read a value that was written over since it was saved."""
    for name in reads:
        if name == "out" and op.outputs != 1:
            yield "for result, version in zip(out, out_version):"
            yield "    if version.time > node.number: raise overwritten(node, 'its result', result, version)"
        elif name == "out":
            yield "if out_version.time > node.number: raise overwritten(node, 'its result', out, out_version)"
        elif any(p.name == name for p in op.tensors) and not op.variadic:
            present = f"{name} is not None and " if any(p.name == name and p.is_optional for p in op.tensors) else ""
            yield f"if {present}{name}.version is not None and {name}.version.time > node.number:"
            yield f"    raise overwritten(node, \"its input '{name}'\", {name}.array, {name}.version)"


def value_of(op: Op, name: str) -> str:
    """How the pullback passes a saved value to a rule."""
    for p in op.tensors:
        if p.name == name and not op.variadic:
            return f"{name} if {name} is None else {name}.array" if p.is_optional else f"{name}.array"
    return "tuple(edge is not None for edge in edges)" if name == "wanted" else name


OPERATORS = {
    template.__code__.co_code: text
    for template, text in {
        lambda x: x: "{}",
        lambda x: -x: "-{}",
        lambda x, y: x + y: "{} + {}",
        lambda x, y: x - y: "{} - {}",
        lambda x, y: x * y: "{} * {}",
        lambda x, y: x / y: "{} / {}",
    }.items()
}
"""Functions that are nothing but an operator, by their bytecode: these are written as the operator itself."""


def call(function: Any, name: str, args: list[str]) -> str:
    """The expression that applies a function."""
    code = function.__code__
    template = OPERATORS.get(code.co_code)
    if template is None or code.co_argcount != len(args):
        return f"{name}({', '.join(args)})"
    return template.format(*args)


# -- pieces of source ------------------------------------------------------------------------


def indented(lines: Iterable[str]) -> list[str]:
    """The lines, one level in."""
    return [INDENT + line for line in lines]


def tuple_of(names: Iterable[str]) -> str:
    """The inside of a tuple display, right for one element too."""
    return "".join(f"{name}, " for name in names).rstrip()


def params_dict(op: Op) -> str:
    """A dict display of the metadata."""
    return "{" + ", ".join(f"{p.name!r}: {p.name}" for p in op.meta) + "}"
