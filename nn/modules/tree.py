"""Walking over the tree of modules: children, all modules below, and what they hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from autograd.misuse import speaking
from autograd.tensor import Tensor
from nn.modules.hidden import warn_of_hiding_below
from nn.modules.members import BUFFER, MODULE, PARAMETER, Members
from nn.parameter import Parameter

M = TypeVar("M", bound="Tree")
NOTHING = object()


class Tree(Members):
    """The part of a module that finds its way in the tree below."""

    # -- modules -------------------------------------------------------------------------------

    def children(self) -> Iterator[Any]:
        """The modules directly below, each once."""
        for _, module in self.named_children():
            yield module

    def named_children(self) -> Iterator[tuple[str, Any]]:
        """The modules directly below with their names, each once."""
        seen = set()
        for name, module in self._members(MODULE):
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def modules(self, remove_duplicate: bool = True) -> Iterator[Any]:
        """This module and all below it, parents before children, each once unless `remove_duplicate` is False."""
        for _, module in self.named_modules(remove_duplicate=remove_duplicate):
            yield module

    def named_modules(
        self, memo: set[Any] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Any]]:
        """This module and all below it with their dotted names, parents before children.

        A module that is used in several places comes once, unless `remove_duplicate` is False.

        >>> import nn
        >>> [name for name, _ in nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.ReLU())).named_modules()]
        ['', '0', '1', '1.0']
        """
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, module in self._members(MODULE):
            if module is not None:
                yield from module.named_modules(memo, joined(prefix, name), remove_duplicate)

    def apply(self: M, fn: Callable[[Any], Any]) -> M:
        """Call `fn` on every module below and then on this one: the usual way to initialize weights."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    # -- parameters and buffers ----------------------------------------------------------------

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters of this module and, with `recurse`, of those below: what an optimizer is given.

        Warns of modules that hide from it in a plain list, tuple or dict.
        """
        warn_of_hiding_below(self, stacklevel=2)
        return (param for _, param in self.named_parameters(recurse=recurse))

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """The parameters with their dotted names, such as "fc1.weight". A shared one comes once, by its first name."""
        return self._named_members(PARAMETER, prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """The buffers of this module and, with `recurse`, of those below."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """The buffers with their dotted names."""
        return self._named_members(BUFFER, prefix, recurse, remove_duplicate)

    def _members(self, kind: str) -> list[tuple[str, Any]]:
        """The names and values of this module's own members of one kind, in the order of registration."""
        attributes = self.__dict__
        return [(name, attributes[name]) for name, k in self._kinds.items() if k == kind]

    def _named_members(
        self, kind: str, prefix: str, recurse: bool, remove_duplicate: bool
    ) -> Iterator[tuple[str, Any]]:
        """The members of one kind here and below, with dotted names."""
        seen = set()
        modules = self.named_modules(None, prefix, remove_duplicate) if recurse else [(prefix, self)]
        for path, module in modules:
            for name, member in module._members(kind):
                if member is not None and member not in seen:
                    if remove_duplicate:
                        seen.add(member)
                    yield joined(path, name), member

    # -- by dotted name --------------------------------------------------------------------------

    @speaking
    def get_submodule(self, target: str) -> Any:
        """The module with this dotted name; the empty name is this module's own.

        Raises AttributeError, with the names that do exist, where there is none.
        """
        module: Any = self
        for name in target.split(".") if target else ():
            found = getattr(module, name, NOTHING)
            if found is NOTHING:
                raise AttributeError(
                    f"{type(module).__name__} has no attribute `{name}` (in '{target}'); its children are: "
                    f"{', '.join(name for name, _ in module.named_children()) or 'none'}"
                )
            if not isinstance(found, Tree):
                raise AttributeError(f"`{name}` is not an nn.Module (in '{target}'), but a {type(found).__name__}")
            module = found
        return module

    def set_submodule(self, target: str, module: Any, strict: bool = False) -> None:
        """Replace the module with this dotted name; with `strict`, only one that exists.

        Raises ValueError for an empty name or something that is not a module, AttributeError where the path to it,
        or with `strict` the module itself, does not exist.
        """
        if not target:
            raise ValueError("Cannot set the submodule without a target name!")
        if not isinstance(module, Tree):
            raise ValueError(f"`module` is not an nn.Module, found {type(module).__name__}")
        path, _, name = target.rpartition(".")
        parent = self.get_submodule(path)
        if strict or name in parent.__dict__:
            parent.get_submodule(name)
        parent._modules[name] = module

    @speaking
    def get_parameter(self, target: str) -> Parameter:
        """The parameter with this dotted name. Raises AttributeError where there is none."""
        return self._get_member(target, PARAMETER, "an nn.Parameter")

    @speaking
    def get_buffer(self, target: str) -> Tensor:
        """The buffer with this dotted name. Raises AttributeError where there is none."""
        return self._get_member(target, BUFFER, "a buffer")

    def _get_member(self, target: str, kind: str, what: str) -> Any:
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        if not hasattr(module, name):
            raise AttributeError(f"{type(module).__name__} has no attribute `{name}` (in '{target}')")
        member = module.__dict__[name] if module._kinds.get(name) == kind else None
        if member is None:
            raise AttributeError(f"`{name}` is not {what} (in '{target}')")
        return member


def joined(path: str, name: str) -> str:
    """A dotted name."""
    return f"{path}.{name}" if path else name
