"""Modules and parameters in sequences and dicts, where their owner finds them."""

from __future__ import annotations

import operator
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, TypeVar

from nn.modules.members import MODULE
from nn.modules.module import Module, indented
from nn.modules.parameters import key_value_pairs

__all__ = ["ModuleDict", "ModuleList", "Sequential"]

S = TypeVar("S", bound="_ModuleSequence")


class _ModuleSequence(Module):
    """What `Sequential` and `ModuleList` share: modules by number, named "0", "1", ..."""

    def __init__(self) -> None:
        super().__init__()

    def _list(self) -> list[Any]:
        """The modules in order."""
        return [module for _, module in self._members(MODULE)]

    def _replace(self, modules: Iterable[Any]) -> None:
        """Hold these modules from now on, numbered afresh. Nothing changes if one of them is no module."""
        found = list(modules)
        for place, module in enumerate(found):
            if not isinstance(module, Module) and module is not None:
                raise TypeError(
                    f"{type(self).__name__}: {type(module).__name__} is not a Module subclass (number {place})"
                )
        for name in list(self._modules):
            del self._modules[name]
        for place, module in enumerate(found):
            self.add_module(str(place), module)

    def _place(self, index: Any) -> int:
        """A place counted from the front. Raises IndexError outside."""
        place, size = operator.index(index), len(self)
        if not -size <= place < size:
            raise IndexError(f"index {place} is out of range: {type(self).__name__} has {size} modules")
        return place % size

    def _name_at(self, index: Any) -> str:
        """The name of the module at a place."""
        name: str = self._members(MODULE)[self._place(index)][0]
        return name

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._list())

    def __setitem__(self, index: int, module: Any) -> None:
        setattr(self, self._name_at(index), module)

    def __delitem__(self, index: int | slice) -> None:
        modules = self._list()
        del modules[index if isinstance(index, slice) else self._place(index)]
        self._replace(modules)

    def append(self: S, module: Any) -> S:
        """Add a module at the end."""
        self.add_module(str(len(self)), module)
        return self

    def pop(self, key: int | slice) -> Any:
        """Take a module out, and return it."""
        module = self[key]
        del self[key]
        return module

    def __getitem__(self, index: Any) -> Any:
        return self._list()[self._place(index)]


class Sequential(_ModuleSequence):
    """Modules applied one after the other.

    Takes the modules, or an OrderedDict that names them; can be indexed, sliced and joined with `+`.

    >>> import autograd, nn
    >>> net = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    >>> net(autograd.zeros(5, 2)).shape
    torch.Size([5, 1])
    >>> net[:2]
    Sequential(
      (0): Linear(in_features=2, out_features=3, bias=True)
      (1): ReLU()
    )
    """

    def __init__(self, *args: Any) -> None:
        super().__init__()
        named = args[0].items() if len(args) == 1 and isinstance(args[0], OrderedDict) else enumerate(args)
        for name, module in named:
            self.add_module(str(name), module)

    def forward(self, input: Any) -> Any:
        """Each module applied to what the one before has made."""
        attributes = self.__dict__
        for name, kind in self._kinds.items():
            if kind == MODULE:
                input = attributes[name](input)
        return input

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return type(self)(OrderedDict(self._members(MODULE)[index]))
        return super().__getitem__(index)

    def __add__(self, other: Any) -> Sequential:
        return Sequential(*self, *the_sequential(other))

    def __iadd__(self, other: Any) -> Sequential:
        return self.extend(list(the_sequential(other)))

    def __mul__(self, times: int) -> Sequential:
        return Sequential(*(self._list() * check_times(times)))

    __rmul__ = __mul__

    def __imul__(self, times: int) -> Sequential:
        return self.extend(self._list() * (check_times(times) - 1))

    def insert(self, index: int, module: Any) -> Sequential:
        """Put a module at a place; those from there on move up."""
        if not isinstance(module, Module):
            raise AssertionError(f"module should be of type: {Module}")
        if not -len(self) <= index <= len(self):
            raise IndexError(f"Index out of range: {index}")
        modules = self._list()
        modules.insert(index, module)
        self._replace(modules)
        return self

    def extend(self, sequential: Iterable[Any]) -> Sequential:
        """Add modules at the end."""
        for module in list(sequential):
            self.append(module)
        return self


def the_sequential(other: Any) -> Sequential:
    """What is added to a Sequential. Raises ValueError for anything but another one."""
    if not isinstance(other, Sequential):
        raise ValueError(f"add operator supports only objects of Sequential class, but {type(other)} is given.")
    return other


def check_times(times: int) -> int:
    """How often to repeat. Raises TypeError unless it is an int, ValueError unless it is positive."""
    if not isinstance(times, int):
        raise TypeError(f"unsupported operand type(s) for *: Sequential and {type(times).__name__}")
    if times <= 0:
        raise ValueError(f"Non-positive multiplication factor {times} for a Sequential")
    return times


class ModuleList(_ModuleSequence):
    """A list of modules that belong to their owner: trained, saved and moved with it. It has no forward of its own.

    >>> import nn
    >>> nn.ModuleList(nn.Linear(2, 2) for _ in range(3))
    ModuleList(
      (0-2): 3 x Linear(in_features=2, out_features=2, bias=True)
    )
    """

    def __init__(self, modules: Iterable[Any] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.extend(modules)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return type(self)(self._list()[index])
        return super().__getitem__(index)

    def __iadd__(self, modules: Iterable[Any]) -> ModuleList:
        return self.extend(modules)

    def __add__(self, other: Iterable[Any]) -> ModuleList:
        return ModuleList([*self, *other])

    def insert(self, index: int, module: Any) -> None:
        """Put a module at a place; those from there on move up."""
        modules = self._list()
        modules.insert(index, module)
        self._replace(modules)

    def extend(self, modules: Iterable[Any]) -> ModuleList:
        """Add modules at the end. Raises TypeError for what can't be walked over, or holds other things."""
        if not isinstance(modules, Iterable):
            raise TypeError(f"ModuleList.extend should be called with an iterable, but got {type(modules).__name__}")
        self._replace([*self, *modules])
        return self

    def __repr__(self) -> str:
        blocks, start = [], 0
        for text, same in groupby(map(repr, self)):
            count = len(list(same))
            label = f"({start}): {text}" if count == 1 else f"({start}-{start + count - 1}): {count} x {text}"
            blocks.append(f"\n  {indented(label)}")
            start += count
        return f"{self._get_name()}({''.join(blocks)}\n)" if blocks else f"{self._get_name()}()"


class ModuleDict(Module):
    """A dict of modules that belong to their owner. It has no forward of its own.

    >>> import nn
    >>> heads = nn.ModuleDict({"color": nn.Linear(2, 3), "shape": nn.Linear(2, 4)})
    >>> list(heads), heads["shape"].out_features
    (['color', 'shape'], 4)
    """

    def __init__(self, modules: Any = None) -> None:
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __getitem__(self, key: str) -> Any:
        return self._modules[key]

    def __setitem__(self, key: str, module: Any) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: object) -> bool:
        return key in self._modules

    def clear(self) -> None:
        """Take all modules out."""
        self._modules.clear()

    def pop(self, key: str) -> Any:
        """Take a module out, and return it."""
        module = self[key]
        del self[key]
        return module

    def keys(self) -> Any:
        """The names."""
        return self._modules.keys()

    def items(self) -> Any:
        """The names with their modules."""
        return self._modules.items()

    def values(self) -> Any:
        """The modules."""
        return self._modules.values()

    def update(self, modules: Any) -> None:
        """Take in modules from a mapping, or from pairs of name and module.

        Raises TypeError for something else, ValueError for pairs that are none.
        """
        for key, module in key_value_pairs(modules, "ModuleDict"):
            self[key] = module
