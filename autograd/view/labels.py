"""What stands in the boxes of a picture: Graphviz's HTML-like labels, and the tooltips that tell more."""

from __future__ import annotations

import html
from dataclasses import dataclass

from autograd.arrays import Array
from autograd.view import style
from autograd.view.fold import Block
from autograd.view.graph import Graph, Operation, Value
from autograd.view.modules import Call
from autograd.view.wording import (
    array_rows,
    counted,
    full_text,
    is_small_matrix,
    printable,
    settings,
    shape_text,
    shorten,
)

NAME_SIZE, TEXT_SIZE, SMALL_SIZE, SIGN_SIZE = 13, 12, 10, 18
LONGEST_NAME = 36
LONGEST_LINE = 18
MOST_SETTINGS = 4
MOST_NAMES = 12


@dataclass(frozen=True)
class Options:
    """What is drawn, and which way."""

    direction: str = "LR"
    values: bool = True
    shapes: bool = True
    gradients: bool = True


# -- tensors -----------------------------------------------------------------------------------------


def value_label(value: Value, options: Options) -> str:
    """A tensor's name, shape, value and gradient, as far as wanted and known."""
    lines = []
    if value.name:
        lines.append(f'<TD COLSPAN="2">{sized(f"<B>{escaped(value.name)}</B>", NAME_SIZE)}</TD>')
    elif value.index is not None:
        lines.append(across(f"result {value.index}"))
    facts = shape_and_dtype(value)
    if options.shapes and facts:
        lines.append(across(facts))
    if options.values and value.array is not None:
        is_bare = not lines and not value.takes_grad
        lines.append(f"<TD>{array_cell(value.array)}</TD>" if is_bare else fact("value", array_cell(value.array)))
    if options.gradients and value.takes_grad:
        lines.append(fact("grad", gradient_cell(value)))
    if not lines:
        lines.append(across(value.role.value))
    return f"<{table(''.join(f'<TR>{line}</TR>' for line in lines), padding=1)}>"


def shape_and_dtype(value: Value) -> str:
    """The shape unless the tensor is a scalar, the dtype unless it is the usual one."""
    if value.shape is None:
        return "no longer in memory"
    facts = [shape_text(value.shape)] if value.shape else []
    if value.dtype not in ("", "float32"):
        facts.append(value.dtype)
    return " ".join(facts)


def gradient_cell(value: Value) -> str:
    """The gradient; a dash before there is one, for it is not zero then."""
    if value.grad is not None:
        return array_cell(value.grad, style.GRADIENT)
    return sized("not kept", SMALL_SIZE, style.DIM) if value.was_passed else "–"


def array_cell(array: Array, ink: str = "") -> str:
    """An array in short: a number, a matrix in brackets, or a line or two about many numbers."""
    rows = [[sized(text, TEXT_SIZE, style.ALARM if "nan" in text or "inf" in text else ink) for text in row]
            for row in array_rows(array)]  # fmt: skip
    if not is_small_matrix(array):
        return "<BR/>".join(text for row in rows for text in row)
    cells = "".join("<TR>" + "".join(f'<TD ALIGN="RIGHT">{text}</TD>' for text in row) + "</TR>" for row in rows)
    return table(cells, padding=2, brackets=True)


def value_tooltip(value: Value) -> str:
    """All that is known of a tensor."""
    shape = "no longer in memory" if value.shape is None else shape_text(value.shape)
    lines = [f"{title(value)}: {value.role.value} {shape} {value.dtype}".rstrip()]
    if value.array is not None:
        lines.append(f"value: {full_text(value.array)}")
    if value.grad is not None:
        lines.append(f"grad: {full_text(value.grad)}")
    elif value.was_passed:
        lines.append("grad: not kept; backward() keeps those of leaves and small results, retain_grad() also this one")
    elif value.takes_grad:
        lines.append("grad: none yet")
    return "\n".join(lines)


def title(value: Value) -> str:
    """What to call a tensor in a sentence."""
    if value.name:
        return printable(value.name)
    return f"a {value.role.value}" if value.index is None else f"result {value.index}"


def missing(graph: Graph) -> str:
    """What was left out of a graph that was too large."""
    return counted(graph.hidden, "earlier operation") if graph.hidden else "more inputs"


# -- operations ----------------------------------------------------------------------------------------


def operation_label(operation: Operation, caption: str = "") -> str:
    """The name of the module that did only this, if there is one; an op's sign or name; its settings."""
    node = operation.node
    sign, told = style.sign_of(node.op, node.params)
    others = [f"{name}={text}" for name, text in settings(node.op, node.params).items() if name not in told]
    if sign == operation.name:
        lines = [sized(escaped(line), TEXT_SIZE) for line in wrapped(sign)]
    else:
        lines = [sized(escaped(sign), SIGN_SIZE)]
    lines += [sized(escaped(line), SMALL_SIZE) for line in others[:MOST_SETTINGS]]
    if caption:
        lines.insert(0, sized(f"<B>{escaped(caption)}</B>", SMALL_SIZE))
    return f"<{'<BR/>'.join(lines)}>"


def wrapped(name: str) -> list[str]:
    """A long name in two lines, broken at the underscore nearest to its middle."""
    breaks = [place for place, letter in enumerate(name) if letter == "_"]
    if len(name) <= LONGEST_LINE or not breaks:
        return [name]
    middle = min(breaks, key=lambda place: abs(place - len(name) / 2))
    return [name[: middle + 1], name[middle + 1 :]]


def operation_tooltip(operation: Operation) -> str:
    """An op's full name, its formula, and all of its settings."""
    op = operation.node.op
    lines = [f"{operation.name} ({operation.node.name()})"]
    if getattr(op, "tex", ""):
        lines.append(f"z = {op.tex}")
    lines += [f"{name}={text}" for name, text in settings(op, operation.node.params).items()]
    return "\n".join(lines)


# -- modules ---------------------------------------------------------------------------------------------


def frame_label(call: Call) -> str:
    """What stands at a module's frame: its name and its type."""
    return f"<{sized(f'<B>{escaped(call.name)}</B> {escaped(call.kind)}', TEXT_SIZE)}>"


def block_label(block: Block) -> str:
    """A folded module: its name, what it is, how many numbers it has, and how many there are of it in a row."""
    times = f" ×{block.repeats}" if block.repeats > 1 else ""
    size = counted(len(block.operations), "operation")
    facts = f"{counted(block.parameters, 'parameter')}, {size}" if block.parameters else size
    arguments = " ".join(block.call.module.extra_repr().split())
    lines = [sized(f"<B>{escaped(block.name)}</B>", NAME_SIZE), sized(escaped(block.call.kind + times), TEXT_SIZE)]
    lines += [sized(escaped(line), SMALL_SIZE) for line in (arguments, facts) if line]
    return f"<{'<BR/>'.join(lines)}>"


def block_tooltip(block: Block) -> str:
    """All the names inside a folded module."""
    names = [value.name for value in block.inside if value.name]
    return "\n".join([f"{block.call.path}: {block.call.kind}", *names[:MOST_NAMES], "draw(..., fold=None) opens it"])


# -- the markup ------------------------------------------------------------------------------------------


def table(rows: str, padding: int, brackets: bool = False) -> str:
    """A table without lines, or with one at either side as a matrix has."""
    border = 'BORDER="1" SIDES="LR"' if brackets else 'BORDER="0"'
    return f'<TABLE {border} CELLBORDER="0" CELLSPACING="0" CELLPADDING="{padding}">{rows}</TABLE>'


def across(text: str) -> str:
    """A cell over the whole width, in small letters."""
    return f'<TD COLSPAN="2">{sized(escaped(text), SMALL_SIZE, style.DIM)}</TD>'


def fact(name: str, content: str) -> str:
    """Two cells: what it is, and it."""
    label = sized(f"{name} ", SMALL_SIZE, style.DIM)
    return f'<TD ALIGN="RIGHT">{label}</TD><TD ALIGN="LEFT" BALIGN="LEFT">{content}</TD>'


def sized(text: str, size: int, ink: str = "") -> str:
    """Text in a size and color."""
    color = f' COLOR="{ink}"' if ink else ""
    return f'<FONT POINT-SIZE="{size}"{color}>{text}</FONT>'


def escaped(text: str) -> str:
    """A name or setting, shortened, so that nothing in it is taken for markup."""
    return html.escape(shorten(printable(text), LONGEST_NAME)).replace("\\", "\\\\")
