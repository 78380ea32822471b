"""`Module`, the base of every layer and of every network made of layers.

What it does is told in parts: `members` keeps parameters and submodules, `tree` walks over them,
`state` saves and loads, `conversion` changes dtypes, `hooks` runs hooks.
"""

from __future__ import annotations

from typing import Any, TypeVar

from autograd.graph import clock
from autograd.lazy import LazyModule
from autograd.misuse import explained, speaking_constructor
from nn.modules.calls import Calls
from nn.modules.conversion import Conversion
from nn.modules.hooks import (
    Hookable,
    call_with_hooks,
    everywhere,
    register_module_forward_hook,
    register_module_forward_pre_hook,
    register_module_full_backward_hook,
    register_module_full_backward_pre_hook,
)
from nn.modules.members import (
    MODULE,
    register_module_buffer_registration_hook,
    register_module_module_registration_hook,
    register_module_parameter_registration_hook,
)
from nn.modules.outline import outline
from nn.modules.state import State
from nn.modules.trouble import locate

compiled = LazyModule("nn.modules.compiled")

__all__ = [
    "Module",
    "register_module_buffer_registration_hook",
    "register_module_forward_hook",
    "register_module_forward_pre_hook",
    "register_module_full_backward_hook",
    "register_module_full_backward_pre_hook",
    "register_module_module_registration_hook",
    "register_module_parameter_registration_hook",
]

M = TypeVar("M", bound="Module")
NOTHING = object()


class Module(State, Conversion, Hookable):
    """A part of a network: it has parameters and submodules, and `forward` says what it computes.

    A subclass sets its parts as attributes in `__init__`, after `super().__init__()`, and defines
    `forward`. Calling the module calls `forward`, with the hooks around it.

    >>> import autograd, nn
    >>> class Net(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.hidden = nn.Linear(2, 8)
    ...         self.out = nn.Linear(8, 1)
    ...     def forward(self, x):
    ...         return self.out(autograd.relu(self.hidden(x)))
    >>> net = Net()
    >>> net(autograd.zeros(5, 2)).shape
    torch.Size([5, 1])
    >>> [name for name, _ in net.named_parameters()]
    ['hidden.weight', 'hidden.bias', 'out.weight', 'out.bias']
    """

    training: bool
    _calls: Calls

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        speaking_constructor(cls)

    def __init__(self) -> None:
        self.__dict__.update(
            training=True, _kinds={}, _non_persistent_buffers_set=set(), _hooks={}, _state_hooks={}, _calls=Calls()
        )

    # -- calling ---------------------------------------------------------------------------------

    def __call__(self, first: Any = NOTHING, /, *args: Any, **kwargs: Any) -> Any:
        """What `forward` makes of the arguments, with the hooks run around it."""
        start = next(clock)
        try:
            if self._hooks or everywhere:
                result = call_with_hooks(self, args if first is NOTHING else (first, *args), kwargs)
            elif args or kwargs or first is NOTHING:
                result = self.forward(*(args if first is NOTHING else (first, *args)), **kwargs)
            else:  # one argument is the rule, and packing it would cost as much as all the rest
                result = self.forward(first)
        except Exception as error:
            given = args if first is NOTHING else (first, *args)
            better = error  # which says enough where the constructor has not been run
            if "_kinds" in vars(self):
                better = explained(error, type(self).__name__, self.forward, given, kwargs)
            locate(better, self)
            try:
                if better is error:
                    raise
                raise better from None
            finally:
                del better  # held by a frame that it passes through, an exception is a cycle
        self._calls.append((start, next(clock)))
        return result

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes: for subclasses to define."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: it is `autograd.compile(module)` that gives a compiled module. The options are PyTorch's."""

    def _compiled(self, fullgraph: bool) -> Module:
        """What `autograd.compile` makes of this module."""
        return compiled.OptimizedModule(self, fullgraph)

    # -- modes -----------------------------------------------------------------------------------

    def train(self: M, mode: bool = True) -> M:
        """Set training mode, which matters to dropout and batch normalization, here and below."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self: M) -> M:
        """Set evaluation mode, here and below: the same as `train(False)`."""
        return self.train(False)

    def requires_grad_(self: M, requires_grad: bool = True) -> M:
        """Set whether the parameters want gradients: False freezes them."""
        for param in self.parameters():
            param.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or make them zero."""
        for _, param in self.named_parameters():
            if set_to_none:
                param.grad = None
            elif param.grad is not None:
                param.grad.detach_()
                param.grad.zero_()

    # -- text ------------------------------------------------------------------------------------

    def _get_name(self) -> str:
        return type(self).__name__

    def extra_repr(self) -> str:
        """What to print between the brackets; for subclasses to define."""
        return ""

    def __repr__(self) -> str:
        own = self.extra_repr().split("\n") if self.extra_repr() else []
        children = [f"({name}): {indented(repr(module))}" for name, module in self._members(MODULE)]
        if len(own) == 1 and not children:
            return f"{self._get_name()}({own[0]})"
        inside = "".join(f"\n  {line}" for line in own + children)
        return f"{self._get_name()}({inside}\n)" if inside else f"{self._get_name()}()"

    def _repr_html_(self) -> str:
        return outline(self)

    # -- copies ----------------------------------------------------------------------------------

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _calls=Calls())
        for name in ("_kinds", "_non_persistent_buffers_set"):  # a shallow copy may gain members of its own
            self.__dict__[name] = self.__dict__[name].copy()


def indented(text: str) -> str:
    """The text with all lines but the first moved in."""
    return text.replace("\n", "\n  ")
