"""A module as a notebook shows it: a tree that opens and closes, with shapes and counts."""

from __future__ import annotations

import html
from typing import Any

from nn.parameter import is_lazy

OPEN_DEPTH = 1
"""How deep the tree is open at first."""

STYLE = (
    "<style>.chalk-module{font:.9em/1.5 ui-monospace,Menlo,Consolas,monospace}.chalk-module details,"
    ".chalk-module .leaf{margin-left:1.2em}.chalk-module summary{margin-left:-1.2em;cursor:pointer}"
    ".chalk-module .dim{opacity:.75}</style>"
)


def outline(module: Any) -> str:
    """The tree of a module and what is in it, as HTML."""
    return f'<div class="chalk-module">{STYLE}{branch("", module, 0)}</div>'


def branch(name: str, module: Any, depth: int) -> str:
    """One module: a line, and under it its parameters, buffers and submodules."""
    inside = [leaf(path, tensor, "parameter") for path, tensor in module.named_parameters(recurse=False)]
    inside += [leaf(path, tensor, "buffer") for path, tensor in module.named_buffers(recurse=False)]
    inside += [branch(path, child, depth + 1) for path, child in module.named_children()]
    if not inside:
        return f'<div class="leaf">{line(name, module)}</div>'
    is_open = " open" if depth < OPEN_DEPTH else ""
    return f"<details{is_open}><summary>{line(name, module)}</summary>{''.join(inside)}</details>"


def line(name: str, module: Any) -> str:
    """A module's name, type, arguments and number of parameters."""
    arguments = " ".join(module.extra_repr().split())
    title = f"{name}: " if name else ""
    count = sum(p.numel() for p in module.parameters() if not is_lazy(p))
    pending = any(map(is_lazy, module.parameters()))
    said = (
        " · shapes not known yet" if pending else f" · {count:,} parameter{'' if count == 1 else 's'}" if count else ""
    )
    frozen = " · frozen" if count and not any(p.requires_grad for p in module.parameters()) else ""
    kind = f"{module._get_name()}({arguments})" if arguments else module._get_name()
    return f'{html.escape(title)}<b>{html.escape(kind)}</b><span class="dim">{html.escape(said + frozen)}</span>'


def leaf(name: str, tensor: Any, kind: str) -> str:
    """A parameter's or buffer's name, shape and dtype."""
    shape = "not known yet" if is_lazy(tensor) else str(tuple(tensor.shape))
    frozen = " · frozen" if kind == "parameter" and not tensor.requires_grad else ""
    said = f"{shape} {str(tensor.dtype).removeprefix('torch.')} {kind}{frozen}"
    return f'<div class="leaf">{html.escape(name)} <span class="dim">{html.escape(said)}</span></div>'
