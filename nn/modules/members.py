"""How a module keeps what belongs to it.

A parameter, a buffer or a submodule is an ordinary attribute, as quick to read as any other. The
module notes besides, in `_kinds`, which of its attributes are members and of which kind.
`_parameters`, `_buffers` and `_modules` are windows on the members of one kind.
"""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterator, KeysView, MutableMapping, ValuesView
from typing import Any

from autograd.hooks import RemovableHandle
from autograd.tensor import Tensor
from nn.parameter import Parameter

PARAMETER, BUFFER, MODULE = "parameter", "buffer", "module"

registration_hooks: dict[str, dict[int, Callable[[Any, str, Any], Any]]] = {PARAMETER: {}, BUFFER: {}, MODULE: {}}
"""By kind, what is called as `hook(module, name, member)` at each registration; a result replaces the member."""


class Window(MutableMapping[str, Any]):
    """The members of one kind of a module, by name. Writing to it changes the module."""

    __slots__ = ("attributes", "kind", "kinds")

    def __init__(self, attributes: dict[str, Any], kind: str) -> None:
        self.attributes = attributes
        self.kinds: dict[str, str] = attributes["_kinds"]
        self.kind = kind

    def __getitem__(self, name: str) -> Any:
        if self.kinds.get(name) != self.kind:
            raise KeyError(name)
        return self.attributes[name]

    def __setitem__(self, name: str, member: Any) -> None:
        self.attributes[name] = member
        if self.kinds.get(name) != self.kind:
            self.kinds.pop(name, None)  # so that it comes last in the order of its new kind
            self.kinds[name] = self.kind

    def __delitem__(self, name: str) -> None:
        if self.kinds.get(name) != self.kind:
            raise KeyError(name)
        del self.kinds[name], self.attributes[name]

    def __iter__(self) -> Iterator[str]:
        return iter([name for name, kind in self.kinds.items() if kind == self.kind])

    def __reversed__(self) -> Iterator[str]:
        return reversed([*self])

    def __len__(self) -> int:
        return [*self.kinds.values()].count(self.kind)

    def copy(self) -> dict[str, Any]:
        """The members as they are now, in a dict of their own."""
        return {name: self.attributes[name] for name in self}

    def keys(self) -> KeysView[str]:
        """The names; a dict's, which can be gone through backwards, as those of the members too."""
        return self.copy().keys()

    def values(self) -> ValuesView[Any]:
        """The members."""
        return self.copy().values()

    def items(self) -> ItemsView[str, Any]:
        """Names and members."""
        return self.copy().items()

    def __repr__(self) -> str:
        return repr(self.copy())


class Members:
    """The attributes of a module, registered by kind as they are set."""

    _kinds: dict[str, str]
    _non_persistent_buffers_set: set[str]

    @property
    def _parameters(self) -> Window:
        return Window(self.__dict__, PARAMETER)

    @property
    def _buffers(self) -> Window:
        return Window(self.__dict__, BUFFER)

    @property
    def _modules(self) -> Window:
        return Window(self.__dict__, MODULE)

    # -- set, deleted and listed as attributes -------------------------------------------------

    def __setattr__(self, name: str, value: Any) -> None:
        kind = self.__dict__.get("_kinds", {}).get(name)
        if isinstance(value, Parameter):
            self._adopt(name, PARAMETER)
            self.register_parameter(name, value)
        elif kind == PARAMETER:
            self._refill(name, value, kind, "torch.nn.Parameter", value is None)
        elif isinstance(value, Members):
            self._adopt(name, MODULE)
            self._modules[name] = call_registration_hooks(self, name, value, MODULE)
        elif kind == MODULE:
            self._refill(name, value, kind, "torch.nn.Module", value is None)
        elif isinstance(value, Tensor) and "_is_buffer" in value.__dict__:
            self._adopt(name, BUFFER)
            self.register_buffer(name, value, value.__dict__["persistent"])
        elif kind == BUFFER:
            self._refill(name, value, kind, "torch.nn.Buffer, torch.Tensor", value is None or isinstance(value, Tensor))
        else:
            object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        """A member by its name. Python asks only for what it has not found; programs call this for members too."""
        if name in self.__dict__:
            return self.__dict__[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'", name=name, obj=self)

    def _adopt(self, name: str, kind: str) -> None:
        """Make room for a member that is assigned where something of another kind was."""
        kinds = self._initialized(kind)
        if kinds.get(name) != kind:
            kinds.pop(name, None)
            self.__dict__.pop(name, None)
            self._non_persistent_buffers_set.discard(name)

    def _refill(self, name: str, value: Any, kind: str, wanted: str, fits: bool) -> None:
        """Assign to a member something that does not say its kind by itself: None, or a buffer's tensor."""
        if not fits:
            raise TypeError(
                f"cannot assign '{type(value).__name__}' as {'child module' if kind == MODULE else kind} '{name}' "
                f"({wanted} or None expected): `del` it first to make it something else"
            )
        self.__dict__[name] = call_registration_hooks(self, name, value, kind)

    def __delattr__(self, name: str) -> None:
        object.__delattr__(self, name)
        self._kinds.pop(name, None)
        self._non_persistent_buffers_set.discard(name)

    def __dir__(self) -> list[str]:
        return sorted(name for name in object.__dir__(self) if not name[0].isdigit())

    # -- registered by name --------------------------------------------------------------------

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Make a parameter an attribute of this name; None reserves the name for a parameter left out.

        Raises TypeError for what is not a Parameter, KeyError for a name that is taken or has a dot in it, ValueError
        for the result of a recorded operation.
        """
        self._check_name(name, PARAMETER)
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{type(param).__name__}' object to parameter '{name}' (torch.nn.Parameter or None "
                "required): wrap the tensor in nn.Parameter(...), or use register_buffer() if it is not to be trained"
            )
        if param is not None and param.grad_fn is not None:
            raise ValueError(
                f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be created explicitly. To "
                f"express '{name}' as a function of another Tensor, compute the value in the forward() method."
            )
        self._parameters[name] = call_registration_hooks(self, name, param, PARAMETER)

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Make a tensor that is not trained an attribute; unless `persistent`, `state_dict` leaves it out.

        Raises TypeError for what is not a Tensor, KeyError for a name that is taken or has a dot in it.
        """
        self._check_name(name, BUFFER)
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{type(tensor).__name__}' object to buffer '{name}' (torch Tensor or None required)"
            )
        is_saved = bool(persistent)
        self._buffers[name] = call_registration_hooks(self, name, tensor, BUFFER)
        if is_saved:
            self._non_persistent_buffers_set.discard(name)
        else:
            self._non_persistent_buffers_set.add(name)

    def register_module(self, name: str, module: Any) -> None:
        """Make a module an attribute of this name: the same as `add_module`."""
        if module is not None and not isinstance(module, Members):
            raise TypeError(f"{type(module).__name__} is not a Module subclass: it can't be a child module ('{name}')")
        self._check_name(name, MODULE)
        self._modules[name] = call_registration_hooks(self, name, module, MODULE)

    def add_module(self, name: str, module: Any) -> None:
        """Make a module an attribute of this name, which need not be an identifier.

        Raises TypeError for what is not a Module, KeyError for a name that is taken or has a dot in it.
        """
        self.register_module(name, module)

    def _initialized(self, kind: str) -> dict[str, str]:
        """The kinds of the members; before `Module.__init__` has run there is no place for any."""
        kinds: dict[str, str] | None = self.__dict__.get("_kinds")
        if kinds is None:
            raise AttributeError(
                f"cannot assign {kind} before Module.__init__() call: begin {type(self).__name__}.__init__ with "
                "super().__init__()"
            )
        return kinds

    def _check_name(self, name: str, kind: str) -> None:
        """Raise unless a member of this kind may be called so."""
        kinds = self._initialized(kind)
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {type(name).__name__}")
        if "." in name:
            raise KeyError(f'{kind} name can\'t contain ".", got: {name}: dots separate the levels of nested modules')
        if name == "":
            raise KeyError(f'{kind} name can\'t be empty string ""')
        if kinds.get(name) != kind and hasattr(self, name):
            raise KeyError(f"attribute '{name}' already exists")


def call_registration_hooks(module: Any, name: str, member: Any, kind: str) -> Any:
    """What the global registration hooks make of a new member; a parameter that is left out is not shown to them."""
    if member is None and kind == PARAMETER:
        return None
    for hook in registration_hooks[kind].values():
        replacement = hook(module, name, member)
        member = member if replacement is None else replacement
    return member


def register_module_parameter_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, name, param)` whenever any module registers a parameter; its result takes the place."""
    return RemovableHandle(registration_hooks[PARAMETER], hook)


def register_module_buffer_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, name, buffer)` whenever any module registers a buffer; its result takes the place."""
    return RemovableHandle(registration_hooks[BUFFER], hook)


def register_module_module_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, name, submodule)` whenever any module registers a submodule; its result takes the place."""
    return RemovableHandle(registration_hooks[MODULE], hook)
