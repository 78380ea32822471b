"""The signature that `help(autograd.mul)`, editors and type checkers show for an op's function."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from autograd.lift import signature

if TYPE_CHECKING:
    from autograd.op import Op

TENSORS = {"Array": "Tensor", "Array | None": "Tensor | None", "Ints": "Tensor", "Ints | None": "Tensor | None"}
KEYWORDS = {"out": "Tensor | None", "dtype": "Any", "axis": "Any", "keepdims": "bool | None"}


def signature_of(op: Op, operator: bool = False) -> inspect.Signature:
    """The parameters of an op as callers see them, from the same text that its function is written with."""
    annotations = KEYWORDS | {p.public: TENSORS.get(p.annotation, p.annotation) for p in op.parameters}
    if op.variadic:
        annotations[op.tensors[0].name] = "Sequence[Tensor]"
    defaults = {f"default_{p.name}": p.default for p in op.meta} | {"None": None}
    parameters = []
    keyword_only = False
    for text in signature(op, operator):
        if text == "*":
            keyword_only = True
            continue
        kind = inspect.Parameter.KEYWORD_ONLY if keyword_only else inspect.Parameter.POSITIONAL_OR_KEYWORD
        name, _, default = text.partition("=")
        value = defaults[default] if default else inspect.Parameter.empty
        parameters.append(inspect.Parameter(name, kind, default=value, annotation=annotations.get(name, "Any")))
    returned = "Tensor" if op.outputs == 1 else "tuple[Tensor, ...]"
    return inspect.Signature(parameters, return_annotation=returned)
