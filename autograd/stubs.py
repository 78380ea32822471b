"""`python -m autograd.stubs` writes methods.pyi: the methods that ops add to Tensor, for editors and type checkers.

The methods come about while the ops are declared, so no type checker can see them in the source.
"""

from __future__ import annotations

import inspect
import keyword
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import autograd
from autograd.tensor import Tensor

STUBS = Path(__file__).with_name("methods.pyi")
KNOWN = {"Any", "Tensor", "None", "bool", "int", "float", "complex", "str", "tuple", "list", "dict", "Sequence"}
BUILTINS = "bool|int|float|complex|str|tuple|list|dict"
HEADER = '''\
"""The methods that ops add to Tensor. Written by `python -m autograd.stubs`."""

import builtins
from collections.abc import Sequence
from typing import Any

from autograd.tensor import Tensor

class OpMethods:
'''


def declared_methods() -> dict[str, Any]:
    """What Tensor has besides what its classes define in their own bodies."""
    found = {name: value for base in reversed(Tensor.__mro__[:-1]) for name, value in vars(base).items()}
    return {name: value for name, value in sorted(found.items()) if is_added(name, value)}


def is_added(name: str, value: Any) -> bool:
    """Whether a member of Tensor was set from outside, and is for its users."""
    function = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
    if not callable(function) or isinstance(function, type) or keyword.iskeyword(name):
        return False
    if name.startswith("_") and not name.endswith("__"):
        return False
    qualified = getattr(function, "__qualname__", "")
    return not qualified.startswith(("Tensor.", "Values.", "OpMethods."))


def annotation(text: Any) -> str:
    """An annotation as it can stand in a class whose methods hide the names of Python's types."""
    if text is inspect.Parameter.empty:
        return "Any"
    text = str(text).replace("builtins.", "")
    if not set(re.findall(r"[A-Za-z_]\w*", text)) <= KNOWN:
        return "Any"
    return re.sub(rf"\b({BUILTINS})\b", r"builtins.\1", text)


def parameters_of(name: str, function: Any) -> Iterable[str]:
    """The parameters after the first, which is the tensor itself."""
    parameters = list(inspect.signature(function).parameters.values())
    bare_star = False
    for p in parameters[parameters[0].kind is not inspect.Parameter.VAR_POSITIONAL :]:
        if p.kind is inspect.Parameter.VAR_POSITIONAL:
            bare_star = True
            yield f"*{p.name}: {annotation(p.annotation)}"
        elif p.kind is inspect.Parameter.VAR_KEYWORD:
            yield f"**{p.name}: Any"
        else:
            if p.kind is inspect.Parameter.KEYWORD_ONLY and not bare_star:
                bare_star = True
                yield "*"
            operand = name.startswith("__") and annotation(p.annotation) == "Tensor"  # or a number, or an array
            yield f"{p.name}: {'Any' if operand else annotation(p.annotation)}" + (
                "" if p.default is inspect.Parameter.empty else " = ..."
            )


def stub(name: str, value: Any) -> str:
    """The lines for one method."""
    if isinstance(value, property):
        return (
            f"    @property\n    def {name}(self) -> {annotation(inspect.signature(value.fget).return_annotation)}: ..."  # type: ignore[arg-type]
        )
    returned = annotation(inspect.signature(value).return_annotation)
    # Python's own classes say that two things are equal or not; tensors compare element by element
    ignored = "  # type: ignore[override]" if name in ("__eq__", "__ne__") else ""
    return f"    def {name}({', '.join(['self', *parameters_of(name, value)])}) -> {returned}: ...{ignored}"


def text() -> str:
    """The contents of methods.pyi."""
    return HEADER + "\n".join(stub(name, value) for name, value in declared_methods().items()) + "\n"


if __name__ == "__main__":
    STUBS.write_text(text(), encoding="utf-8")
    print(f"{STUBS.relative_to(Path(autograd.__file__).parent.parent)}: {len(declared_methods())} methods")
