"""What a pruning method is: a hook that knows how to make a mask; and several of them, one after the other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

from autograd.create import ones_like
from autograd.tensor import Tensor
from nn.modules.module import Module


class BasePruningMethod(ABC):
    """The base of pruning methods: a subclass defines `compute_mask` and sets `PRUNING_TYPE`.

    PRUNING_TYPE says what a further pruning of the same tensor is shown: "unstructured", the elements
    that are left; "structured", the channels along `self.dim` that are left; "global", everything.

    >>> import nn
    >>> from nn.utils import prune
    >>> class EverySecond(prune.BasePruningMethod):
    ...     PRUNING_TYPE = "unstructured"
    ...     def compute_mask(self, t, default_mask):
    ...         mask = default_mask.clone()
    ...         mask.view(-1)[::2] = 0
    ...         return mask
    >>> layer = nn.Linear(4, 1)
    >>> _ = EverySecond.apply(layer, "weight")
    >>> layer.weight_mask
    tensor([[0., 1., 0., 1.]])
    """

    PRUNING_TYPE: str
    _tensor_name: str | None = None

    @abstractmethod
    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Zeros for what to prune, ones for what to keep, of the shape of t.

        t holds how much each element matters, and `default_mask` what has been pruned before.
        """

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self._name(module), self.apply_mask(module))

    def _name(self, module: Any = None) -> str:
        """The name of the tensor that the method is applied to."""
        if self._tensor_name is None:
            raise AssertionError(f"Module {module} has to be pruned: the method has not been applied to a tensor yet")
        return self._tensor_name

    def apply_mask(self, module: Module) -> Tensor:
        """The pruned tensor: the original times the mask."""
        name = self._name(module)
        return masked(getattr(module, f"{name}_orig"), getattr(module, f"{name}_mask"))

    @classmethod
    def apply(
        cls, module: Any, name: str, *args: Any, importance_scores: Tensor | None = None, **kwargs: Any
    ) -> BasePruningMethod:
        """Prune a parameter, and register the hook; return the method, or the container it has been added to.

        Args:
            module: what has the parameter.
            name: the parameter's name.
            importance_scores: how much each element matters; by default that is its value.
            args: for the method's constructor, and so are further named ones.

        Nothing has been changed where it raises.
        """
        method: BasePruningMethod = cls(*args, **kwargs)
        method._tensor_name = name
        tensor = getattr(module, name)
        scores = checked_scores(importance_scores, tensor, f"parameter {name} of {module}")
        key, earlier = pruning_of(module, name)
        if earlier is None:
            original = tensor
            mask = method.compute_mask(scores, default_mask=ones_like(tensor))
        else:
            original = getattr(module, f"{name}_orig")
            mask = PruningContainer(method).compute_mask(scores, getattr(module, f"{name}_mask").detach().clone())
        pruned = masked(original, mask)
        if earlier is None or key is None:
            module.register_parameter(f"{name}_orig", original)
            del module._parameters[name]
        else:
            del module._forward_pre_hooks[key]
            container = earlier if isinstance(earlier, PruningContainer) else PruningContainer(earlier)
            container.add_pruning_method(method)
            method = container
        module.register_buffer(f"{name}_mask", mask)
        setattr(module, name, pruned)
        module.register_forward_pre_hook(method)
        return method

    def prune(self, t: Tensor, default_mask: Tensor | None = None, importance_scores: Tensor | None = None) -> Tensor:
        """A tensor pruned by this method, apart from any module."""
        scores = checked_scores(importance_scores, t, "tensor t")
        return t * self.compute_mask(scores, default_mask=ones_like(t) if default_mask is None else default_mask)

    def remove(self, module: Any) -> None:
        """Make the pruned values those of the parameter, which gets its name back."""
        name = self._name(module)
        pruned = self.apply_mask(module)
        original = getattr(module, f"{name}_orig")
        delattr(module, name)
        original.data = pruned.data
        del module._parameters[f"{name}_orig"], module._buffers[f"{name}_mask"]
        setattr(module, name, original)


def masked(original: Tensor, mask: Tensor) -> Tensor:
    """The elements that are kept, and zeros."""
    return mask.to(original.dtype) * original


def checked_scores(scores: Tensor | None, tensor: Tensor, what: str) -> Tensor:
    """How much each element matters: the scores given, or the tensor itself."""
    if scores is None:
        return tensor
    if scores.shape != tensor.shape:
        raise AssertionError(
            f"importance_scores should have the same shape as {what}, got {scores.shape} vs {tensor.shape}"
        )
    return scores


def pruning_of(module: Any, name: str) -> tuple[int | None, BasePruningMethod | None]:
    """The pruning method that is applied to a module's tensor, with the number of its hook."""
    found = [
        (key, hook)
        for key, hook in module._forward_pre_hooks.items()
        if isinstance(hook, BasePruningMethod) and hook._tensor_name == name
    ]
    if len(found) > 1:
        raise AssertionError(
            f"Avoid adding multiple pruning hooks to the same tensor {name} of module {module}. Use a PruningContainer."
        )
    return found[0] if found else (None, None)


class PruningContainer(BasePruningMethod):
    """Pruning methods that have been applied to the same tensor, in this order.

    >>> import nn
    >>> from nn.utils import prune
    >>> layer = nn.Linear(4, 1)
    >>> _ = prune.l1_unstructured(layer, "weight", amount=1)
    >>> _ = prune.random_unstructured(layer, "weight", amount=1)
    >>> [container] = layer._forward_pre_hooks.values()
    >>> [type(method).__name__ for method in container], layer.weight_mask.sum()
    (['L1Unstructured', 'RandomUnstructured'], tensor(2.))
    """

    PRUNING_TYPE = "global"

    def __init__(self, *args: BasePruningMethod) -> None:
        self._pruning_methods: tuple[BasePruningMethod, ...] = ()
        if len(args) == 1:
            self._tensor_name = args[0]._tensor_name
        for method in args:
            self.add_pruning_method(method)

    def add_pruning_method(self, method: BasePruningMethod) -> None:
        """Add a method at the end.

        Raises TypeError for what is none, ValueError for one that is applied to another tensor.
        """
        if not isinstance(method, BasePruningMethod):
            raise TypeError(f"{type(method)} is not a BasePruningMethod subclass")
        if self._tensor_name != method._tensor_name:
            raise ValueError(
                f"Can only add pruning methods acting on the parameter named '{self._tensor_name}' to PruningContainer "
                f"{self}. Found '{method._tensor_name}'"
            )
        self._pruning_methods += (method,)

    def __len__(self) -> int:
        return len(self._pruning_methods)

    def __iter__(self) -> Iterator[BasePruningMethod]:
        return iter(self._pruning_methods)

    def __getitem__(self, idx: Any) -> Any:
        return self._pruning_methods[idx]

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask so far, with what the last method prunes besides among the elements that are left."""
        method = self._pruning_methods[-1]
        shown = what_is_left(method, default_mask)
        mask = default_mask.to(t.dtype) if default_mask.dtype is not t.dtype else default_mask.clone()
        mask[shown] = method.compute_mask(t[shown], default_mask=default_mask[shown]).to(mask.dtype)
        return mask


def what_is_left(method: Any, mask: Tensor) -> Any:
    """The index of what a method is shown of a tensor that has been pruned before."""
    if method.PRUNING_TYPE == "unstructured":
        return mask == 1
    if method.PRUNING_TYPE == "global":
        return (slice(None),) * mask.ndim
    if method.PRUNING_TYPE != "structured":
        raise ValueError(f"Unrecognized PRUNING_TYPE {method.PRUNING_TYPE}")
    if not hasattr(method, "dim"):
        raise AttributeError('Pruning methods of PRUNING_TYPE "structured" need to have the attribute `dim` defined.')
    dim = method.dim if method.dim >= 0 else method.dim + mask.ndim
    if dim < 0:
        raise IndexError(f"Index is out of bounds for tensor with dimensions {mask.ndim}")
    channels = mask.sum([d for d in range(mask.ndim) if d != dim]) != 0
    return tuple(channels if d == dim else slice(None) for d in range(mask.ndim))
