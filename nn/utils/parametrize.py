"""Parametrizations: a parameter or buffer that is computed, whenever it is read, from something else that is trained.

After `register_parametrization(layer, "weight", f)`, `layer.weight` is f(original), where `original`
is the parameter now. The attribute becomes a property; since a property belongs to a class, the layer
becomes an instance of a subclass, whose name begins with "Parametrized".
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from autograd.modes import no_grad
from autograd.tensor import Tensor
from nn.modules.container import ModuleDict, ModuleList
from nn.modules.module import Module
from nn.parameter import Parameter
from nn.utils.parametrization_checks import check_addition, check_inverse, check_keeps, check_result

__all__ = [
    "ParametrizationList", "cached", "is_parametrized", "register_parametrization", "remove_parametrizations",
    "transfer_parametrizations_and_params", "type_before_parametrizations",
]  # fmt: skip

M = TypeVar("M", bound=Module)


# -- computing once ---------------------------------------------------------------------------------


class Cache:
    """What parametrizations have computed, while `cached` contexts are open."""

    def __init__(self) -> None:
        self.open = 0
        self.tensors: dict[tuple[int, str], Tensor] = {}


cache = Cache()


@contextmanager
def cached() -> Iterator[None]:
    """A context in which each parametrized tensor is computed once, when it is first read.

    It saves time where a tensor is read often, such as the recurrent weight of a cell. What is
    changed inside the context shows only after it.

    >>> import autograd, nn
    >>> from nn.utils.parametrizations import weight_norm
    >>> from nn.utils.parametrize import cached
    >>> layer = weight_norm(nn.Linear(2, 3))
    >>> with cached():
    ...     layer.weight is layer.weight
    True
    """
    cache.open += 1
    try:
        yield
    finally:
        cache.open -= 1
        if not cache.open:
            cache.tensors.clear()


# -- what is kept -----------------------------------------------------------------------------------


class ParametrizationList(ModuleList):
    """The parametrizations of one tensor, to be applied one after the other, and what the first is applied to.

    That is the parameter `original`; or, where the first `right_inverse` gives several tensors, the
    parameters `original0`, `original1`, ... `register_parametrization` makes these lists.
    """

    original: Tensor

    def __init__(self, modules: Sequence[Module], original: Tensor, unsafe: bool = False) -> None:
        if not modules:
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        with no_grad():
            inverse = inverted(modules, original)
        check_inverse(inverse, original)
        self.is_tensor = isinstance(inverse, Tensor)
        self.ntensors = 1 if self.is_tensor else len(inverse)
        before = original.detach()
        if self.is_tensor:
            original.data = inverse
            register(self, "original", original)
        else:
            for i, part in enumerate(inverse):
                part = Parameter(part, original.requires_grad) if isinstance(original, Parameter) else part
                register(self, f"original{i}", part.requires_grad_(original.requires_grad))
        if not unsafe:
            try:
                check_result(self(), before)
            except Exception:
                original.data = before
                raise

    def originals(self) -> list[Any]:
        """The tensors that the first parametrization takes."""
        names = ["original"] if self.is_tensor else [f"original{i}" for i in range(self.ntensors)]
        return [getattr(self, name) for name in names]

    def right_inverse(self, value: Tensor) -> None:
        """Store the originals that lead to this value: what happens when the tensor is assigned to.

        Raises RuntimeError where a parametrization has no `right_inverse`, ValueError where the result is of
        another dtype or number than the originals.
        """
        found: Any = value
        with no_grad():
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(f"parametrization {type(module).__name__} does not implement right_inverse.")
                found = module.right_inverse(found)
        check_keeps(found, self.originals(), self.is_tensor)
        for original, part in zip(self.originals(), [found] if self.is_tensor else found, strict=True):
            original.data = part

    def forward(self) -> Any:
        """The tensor, computed from the originals."""
        first, *others = self
        x = first(*self.originals())
        for module in others:
            x = module(x)
        return x


def inverted(modules: Sequence[Module], original: Tensor) -> Any:
    """What the parametrizations, as far as they have a right inverse, would make the original of."""
    found: Any = original
    for module in reversed(modules):
        if hasattr(module, "right_inverse"):
            try:
                found = module.right_inverse(found)
            except NotImplementedError:  # the way of a class to say that this one of its kinds has none
                continue
    return found


def register(module: Module, name: str, tensor: Tensor) -> None:
    """Make a tensor a parameter or a buffer, whichever it is."""
    if isinstance(tensor, Parameter):
        module.register_parameter(name, tensor)
    else:
        module.register_buffer(name, tensor)


# -- the class of a parametrized module ---------------------------------------------------------------


def parametrized_class(base: type, names: Iterable[str]) -> type:
    """The subclass of a module's class in which the tensors of these names are computed."""
    members: dict[str, Any] = {"__getstate__": refuse_to_pickle} | {name: computed(name) for name in names}
    if not hasattr(base, "__deepcopy__"):
        members["__deepcopy__"] = deepcopy_attributes
    return type(f"Parametrized{base.__name__}", (base,), members)


def refuse_to_pickle(module: Module) -> None:
    """Raise RuntimeError: the class exists only here, so another process could not find it."""
    raise RuntimeError(
        "Serialization of parametrized modules is only supported through state_dict(): save that, and load it into a "
        "module that is made and parametrized in the same way"
    )


def deepcopy_attributes(module: Module, memo: dict[int, Any]) -> Any:
    """A copy of the module, of the same class; by default, copying would go the way of pickling."""
    if id(module) not in memo:
        twin = memo[id(module)] = object.__new__(type(module))
        twin.__dict__.update(copy.deepcopy(module.__dict__, memo))
    return memo[id(module)]


def computed(name: str) -> property:
    """The attribute: computed when it is read; what is assigned to it goes through the right inverses."""

    def read(module: Any) -> Any:
        compute = module.parametrizations[name]
        if not cache.open:
            return compute()
        key = (id(module), name)
        if key not in cache.tensors:
            cache.tensors[key] = compute()
        return cache.tensors[key]

    def assign(module: Any, value: Tensor) -> None:
        module.parametrizations[name].right_inverse(value)

    return property(read, assign)


# -- registering --------------------------------------------------------------------------------------


def register_parametrization(module: M, tensor_name: str, parametrization: Module, *, unsafe: bool = False) -> M:
    """Compute a parameter or buffer from what is trained in its stead; return the module.

    A further parametrization of the same tensor is applied to the result of those before. The original
    is found by the parametrization's method `right_inverse`, if it has one, such that
    forward(right_inverse(X)) = X; otherwise it is the tensor as it is. Where `right_inverse` returns
    several tensors, forward takes as many, and each becomes a parameter. Assigning to the tensor later
    goes through `right_inverse` too.

    Args:
        module: what has the tensor; it is changed, and returned.
        tensor_name: the name of the parameter or buffer.
        parametrization: a module.
        unsafe: let the parametrization change the dtype or the shape, and check nothing.

    Raises ValueError where there is no such tensor, and where a result is no tensor or of another
    dtype or shape; the module is unchanged then.

    >>> import autograd, nn
    >>> from nn.utils import parametrize
    >>> class Symmetric(nn.Module):
    ...     def forward(self, x):
    ...         return x.triu() + x.triu(1).T
    ...     def right_inverse(self, a):
    ...         return a.triu()
    >>> layer = parametrize.register_parametrization(nn.Linear(3, 3), "weight", Symmetric())
    >>> autograd.equal(layer.weight, layer.weight.T)
    True
    >>> list(layer.state_dict())
    ['bias', 'parametrizations.weight.original']
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        if not unsafe:
            check_addition(parametrization, getattr(module, tensor_name), tensor_name)
        known = chains_of(module)[tensor_name]
        known.append(parametrization)
        known.unsafe |= unsafe
    elif tensor_name in module._buffers or tensor_name in module._parameters:
        chain = ParametrizationList([parametrization], getattr(module, tensor_name), unsafe=unsafe)
        base = type_before_parametrizations(module)
        delattr(module, tensor_name)
        if not is_parametrized(module):
            module.register_module("parametrizations", ModuleDict())
        chains_of(module)[tensor_name] = chain
        module.__class__ = parametrized_class(base, chains_of(module))
    else:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element with name '{tensor_name}'"
        )
    return module


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Whether a module has parametrizations; with a name, whether this tensor has.

    >>> import nn
    >>> from nn.utils import parametrizations, parametrize
    >>> layer = parametrizations.weight_norm(nn.Linear(2, 3))
    >>> parametrize.is_parametrized(layer), parametrize.is_parametrized(layer, "bias")
    (True, False)
    """
    chains = getattr(module, "parametrizations", None)
    if not isinstance(chains, ModuleDict):
        return False
    return len(chains) > 0 if tensor_name is None else tensor_name in chains


def remove_parametrizations(module: M, tensor_name: str, leave_parametrized: bool = True) -> M:
    """Make a tensor an ordinary parameter or buffer again; return the module.

    Args:
        module: what has the tensor; it is changed, and returned.
        tensor_name: the name of the parametrized tensor.
        leave_parametrized: keep the value that has been computed; otherwise that of the original.

    Raises ValueError where the tensor is not parametrized, and without `leave_parametrized` where
    there are several originals.

    >>> import nn
    >>> from nn.utils import parametrizations, parametrize
    >>> layer = parametrizations.weight_norm(nn.Linear(2, 3))
    >>> parametrize.remove_parametrizations(layer, "weight")
    Linear(in_features=2, out_features=3, bias=True)
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    chains = chains_of(module)
    tensor = tensor_left(module, chains[tensor_name], tensor_name, leave_parametrized)
    base = type_before_parametrizations(module)
    del chains[tensor_name]
    if not chains:
        delattr(module, "parametrizations")
    module.__class__ = parametrized_class(base, chains) if chains else base
    register(module, tensor_name, tensor)
    return module


def tensor_left(module: Module, chain: ParametrizationList, name: str, leave_parametrized: bool) -> Tensor:
    """What a tensor becomes when its parametrizations are removed: the original, if there is just one."""
    if chain.is_tensor:
        if leave_parametrized:
            with no_grad():
                chain.original.data = getattr(module, name)
        return chain.original
    if not leave_parametrized:
        raise ValueError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in terms of a "
            "sequence of tensors."
        )
    tensor: Tensor = getattr(module, name)
    return Parameter(tensor) if tensor.requires_grad else tensor


def chains_of(module: Any) -> Any:
    """The `ParametrizationList`s of a module, by the names of their tensors."""
    return module.parametrizations


def type_before_parametrizations(module: Module) -> type:
    """The class that a module had before it was parametrized.

    >>> import nn
    >>> from nn.utils import parametrizations, parametrize
    >>> layer = parametrizations.weight_norm(nn.Linear(2, 3))
    >>> type(layer).__name__, parametrize.type_before_parametrizations(layer).__name__
    ('ParametrizedLinear', 'Linear')
    """
    return type(module).__bases__[0] if is_parametrized(module) else type(module)


def transfer_parametrizations_and_params(from_module: Module, to_module: M, tensor_name: str | None = None) -> M:
    """Parametrize another module as this one is, with the same originals; return the other.

    With a name, only this tensor. A tensor that the other module does not have is made.

    >>> import nn
    >>> from nn.utils import parametrizations, parametrize
    >>> layer, twin = parametrizations.weight_norm(nn.Linear(2, 3)), nn.Linear(2, 3)
    >>> _ = parametrize.transfer_parametrizations_and_params(layer, twin)
    >>> twin.parametrizations.weight.original0 is layer.parametrizations.weight.original0
    True
    """
    if not is_parametrized(from_module):
        return to_module
    chains = chains_of(from_module)
    for name in list(chains) if tensor_name is None else [tensor_name]:
        if not hasattr(to_module, name):
            setattr(to_module, name, Parameter(getattr(from_module, name)))
        for parametrization in chains[name]:
            register_parametrization(to_module, name, parametrization)
        for original, tensor in list(chains[name]._parameters.items()) + list(chains[name]._buffers.items()):
            setattr(chains_of(to_module)[name], original, tensor)
    return to_module
