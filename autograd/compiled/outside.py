"""What a function sees besides its arguments, and the test that it is as it was (the guards).

A function reads its globals, what it closes over, its object's attributes, and so do the functions it
calls. The recording was made with certain values of these. Here they are all looked up, from the
function outwards, and each gives a line of the test: a number must be equal, anything else the very same
object. Tensors may change their numbers, as parameters do, but must lie in the same memory.
"""

from __future__ import annotations

import dis
import functools
import os
import sys
from collections.abc import Iterator
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from autograd.arrays import ndarray
from autograd.compiled.handled import ONE_PIECE
from autograd.compiled.reasons import CannotReplay
from autograd.device import device
from autograd.dtypes import dtype
from autograd.graph import INTERNAL
from autograd.tensor import Tensor

SIMPLE = (bool, int, float, complex, str, bytes, type(None), type(...), range, slice)
SAME = (dtype, np.dtype, device, BuiltinFunctionType, np.ufunc, np.generic)
MOST = 5_000
"""How many objects may be looked at; a function that sees more would spend its time on guards."""

IGNORED = {"_calls", "_kinds", "_state_hooks", "_non_persistent_buffers_set"}
"""Attributes of modules on which no computation depends."""

OURS = ("autograd", "nn", "optim")


class Transparent:
    """The base of what stands for a function, `original`: who sees the one sees the other."""

    original: Any


class Outside:
    """The outside world of a function: conditions to test, and the tensors found.

    Attributes:
        conditions: pairs of an expression and what it says in words.
        names: what the expressions are written with.
        tensors: the tensors found, with the expression of a name for each.
    """

    def __init__(self) -> None:
        self.conditions: list[tuple[str, str]] = []
        self.names: dict[str, Any] = {"same": same}
        self.tensors: list[tuple[Tensor, str]] = []
        self.seen: dict[int, Any] = {}
        self.codes: set[CodeType] = set()
        self.attributes: set[str] = set()
        self.one_piece: list[tuple[Any, str]] = []

    def finish(self) -> None:
        """Look into what counts as one piece after all, if some code asks for its parts."""
        if "param_groups" in self.attributes:
            for value, said in self.one_piece:
                if hasattr(value, "param_groups"):
                    self.look(value.param_groups, f"{self.name_for(value)}.param_groups", f"{said}.param_groups")

    def name_for(self, value: Any) -> str:
        """A name that stands for an object in the conditions."""
        name = f"_{len(self.names)}"
        self.names[name] = value
        return name

    def require(self, condition: str, said: str) -> None:
        """Add a condition, and what it says."""
        self.conditions.append((condition, said))

    def require_grad(self, leaf: Tensor, value: Any, has_grad: bool) -> None:
        """Require that a leaf has a gradient already, or none."""
        grad = f"{value.origin if value.is_argument else self.name_for(leaf)}._grad"
        has = f"{grad} is not None and {grad}.node is None and {grad}.array.__class__ is {self.name_for(ndarray)}"
        self.require(has if has_grad else f"{grad} is None", f"whether {value.name} has a gradient")

    # -- looking ----------------------------------------------------------------------------------------

    def look(self, value: Any, expression: str, said: str) -> None:
        """Require that an expression gives this value again, and look at what can be reached from it."""
        if isinstance(value, SIMPLE):
            name = self.name_for(value)
            self.require(f"({expression} is {name} or same({expression}, {name}))", said)
            return
        if isinstance(value, ndarray):
            raise CannotReplay(f"it sees a NumPy array, {said}, whose changes nobody is told of")
        if not isinstance(value, MethodType):
            self.require(f"{expression} is {self.name_for(value)}", said)
        if id(value) in self.seen:
            return
        self.seen[id(value)] = value
        if len(self.seen) > MOST:
            raise CannotReplay(f"it sees more than {MOST:,} objects, as in {said}")
        self.look_into(value, expression, said)

    def look_into(self, value: Any, expression: str, said: str) -> None:
        """Look at what an object holds."""
        if isinstance(value, Tensor):
            self.look_at_tensor(value, said)
        elif isinstance(value, (list, tuple)):
            self.require(f"len({self.name_for(value)}) == {len(value)}", f"the length of {said}")
            for i, item in enumerate(value):
                self.look(item, f"{self.name_for(value)}[{i}]", f"{said}[{i}]")
        elif isinstance(value, dict):
            self.look_at_dict(value, said)
        elif isinstance(value, (set, frozenset)):
            if not all(isinstance(item, SIMPLE) for item in value):
                raise CannotReplay(f"it sees {said}, a set of objects")
            self.require(f"{self.name_for(value)} == {self.name_for(frozenset(value))}", said)
        elif isinstance(value, Transparent):
            self.look(value.original, f"{expression}.original", said)
        elif isinstance(value, FunctionType):
            self.look_at_function(value, said)
        elif isinstance(value, MethodType):
            self.look(value.__self__, f"{expression}.__self__", f"{said}.__self__")
            self.look(value.__func__, f"{expression}.__func__", said)
        elif isinstance(value, functools.partial):
            for part in ("func", "args", "keywords"):
                self.look(getattr(value, part), f"{expression}.{part}", f"{said}.{part}")
        elif isinstance(value, ModuleType):
            self.look_at_python_module(value, said)
        elif isinstance(value, type):
            self.look_at_class(value, said)
        elif not isinstance(value, SAME):
            self.look_at_object(value, said)

    def look_at_tensor(self, tensor: Tensor, said: str) -> None:
        """Require that a tensor lies in the same memory and has the same place in the graph."""
        name = self.name_for(tensor)
        self.require(f"{name}.array is {self.name_for(tensor.array)}", f"the memory of {said}")
        self.require(f"{name}.node is {self.name_for(tensor.node)}", f"{said}.requires_grad")
        if tensor.node is not None and tensor.is_leaf:
            self.require(f"{self.name_for(tensor.node)}.extras is None", f"the hooks of {said}")
        self.tensors.append((tensor, said))

    def look_at_dict(self, value: dict[Any, Any], said: str, leaving_out: frozenset[str] = frozenset()) -> None:
        """Require each entry."""
        name = self.name_for(value)
        self.require(f"len({name}) == {len(value)}", f"the entries of {said}")
        for key, item in value.items():
            if key in leaving_out:
                continue
            if not isinstance(key, (str, int, float, bool, tuple, type(None))):
                raise CannotReplay(f"it sees {said}, a dict with keys of type {type(key).__name__}")
            self.look(item, f"{name}[{key!r}]", f"{said}[{key!r}]")

    def look_at_function(self, function: FunctionType, said: str) -> None:
        """Look at what a function's code names: globals and the variables that it closes over."""
        if is_library(function.__module__):
            return
        cells = function.__closure__ or ()
        for name, cell in zip(function.__code__.co_freevars, cells, strict=True):
            try:
                value = cell.cell_contents
            except ValueError:  # not filled yet
                continue
            self.look(value, f"{self.name_for(cell)}.cell_contents", name)
        scope = self.name_for(function.__globals__)
        for name in self.globals_named(function.__code__):
            if name in function.__globals__:
                self.look(function.__globals__[name], f"{scope}[{name!r}]", name)
        for defaults in (function.__defaults__, function.__kwdefaults__):
            if defaults:
                self.look(defaults, self.name_for(defaults), f"the defaults of {said}")

    def globals_named(self, code: CodeType) -> Iterator[str]:
        """The globals that code reads, or code inside it; its attribute names are noted on the way."""
        self.codes.add(code)
        for step in dis.get_instructions(code):
            if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
                yield step.argval
            elif step.opname in ("LOAD_ATTR", "LOAD_METHOD"):
                self.attributes.add(step.argval)
            elif step.opname in ("STORE_GLOBAL", "DELETE_GLOBAL"):
                raise CannotReplay(f"it sets a global variable, {step.argval}")
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                yield from self.globals_named(constant)

    def look_at_python_module(self, module: ModuleType, said: str) -> None:
        """Of a module of the user's, look at the names that the code so far asks for."""
        if is_library(module.__name__):
            return
        name = self.name_for(vars(module))
        for attribute in sorted(self.attributes & vars(module).keys()):
            self.look(vars(module)[attribute], f"{name}[{attribute!r}]", f"{said}.{attribute}")

    def look_at_class(self, cls: type, said: str) -> None:
        """Of a class of the user's, look at its methods and at what it holds."""
        for base in cls.__mro__:
            if is_library(base.__module__) or id(vars(base)) in self.seen:
                continue
            self.seen[id(vars(base))] = vars(base)
            scope = self.name_for(base)
            for name, member in vars(base).items():
                member = getattr(member, "__func__", getattr(member, "fget", member))
                if isinstance(member, FunctionType):
                    self.look_at_function(member, f"{said}.{name}")
                elif isinstance(member, SIMPLE) and not name.startswith("__"):
                    self.look(member, f"{scope}.__dict__[{name!r}]", f"{said}.{name}")

    def look_at_object(self, value: Any, said: str) -> None:
        """Look at an object's attributes, and at its class."""
        cls = type(value)
        if hasattr(value, "_hooks") and hasattr(value, "_kinds"):
            self.require(f"not {self.name_for(value._hooks)}", f"the hooks of {said}")
            if value._hooks:
                raise CannotReplay(f"{said} has hooks")
        elif isinstance(value, tuple(ONE_PIECE)):
            self.one_piece.append((value, said))
            return
        attributes = getattr(value, "__dict__", None)
        if attributes is None or (is_library(cls.__module__) and not is_ours(cls.__module__)):
            raise CannotReplay(f"it sees {said}, a {cls.__name__}, which may change in ways that can't be watched")
        ignored = IGNORED | {"_hooks"} if hasattr(value, "_kinds") else set()
        self.look_at_dict(attributes, said, frozenset(ignored))
        self.look_at_class(cls, cls.__name__)


def is_ours(name: str | None) -> bool:
    """Whether a module is part of this library."""
    return (name or "").partition(".")[0] in OURS


def is_library(name: str | None) -> bool:
    """Whether a module comes with Python or was installed: it does not change while a program runs."""
    if name is None or name == "__main__" or name not in sys.modules:  # as in text that was given to exec()
        return False
    module = sys.modules[name]
    path = getattr(module, "__file__", None)
    if is_ours(name) or path is None:  # what has been imported without a file is built in
        return is_ours(name) or getattr(module, "__spec__", None) is not None
    installed = os.path.dirname(os.path.dirname(np.__file__)), os.path.dirname(os.__file__)
    return path.startswith((*installed, *INTERNAL))


def same(found: Any, expected: Any) -> bool:
    """Whether two simple values are equal, and of one type."""
    return type(found) is type(expected) and bool(found == expected)
