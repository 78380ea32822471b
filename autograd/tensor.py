"""The Tensor: a NumPy array that remembers how it was computed.

Only what makes it a tensor stands here: its data, its place in the graph, its gradient, and its
conversions to and from Python and NumPy. The operations are in `autograd/ops`; each becomes a
method of this class where it is declared.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, cast

import numpy as np

from autograd.advice import advice
from autograd.arrays import Array, ndarray
from autograd.class_names import PrintsAsInTorch
from autograd.convert import array_from
from autograd.device import CPU, check_device, device
from autograd.dtypes import dtype, float32, from_numpy_dtype, named
from autograd.expressions import object_of
from autograd.formats import layout, strided
from autograd.gradients import accumulate_into, root_gradients
from autograd.graph import AccumulateGrad, Part, Version, calling_frame, extras_of, typed, warn_caller
from autograd.hooks import GradHook, KeepGrad, RemovableHandle
from autograd.modes import state
from autograd.size import Size, size_from
from autograd.values import Values
from autograd.views import ViewOf, catch_up

FOREVER = 2**63

accumulating = threading.RLock()
"""Held while a gradient is added to another: threads may share leaves, and NumPy lets others run while it adds."""


class Tensor(Values, metaclass=PrintsAsInTorch):
    """A multi-dimensional array of one dtype, with a gradient.

    Attributes:
        array: the values, as a NumPy array, or a NumPy scalar for a result of rank 0.
        dtype: the element type.
        node: where the tensor's gradient goes: its operation's node, a leaf's accumulator, or
            None where no gradient is wanted.
        version: the record of in-place writes, shared with every tensor on the same memory;
            None until there are others or a write.
        view_of: for a view, its base and when it last saw the base's history.
    """

    __slots__ = ("__dict__", "__weakref__", "_grad", "array", "dtype", "node", "version", "view_of")

    node: Any
    version: Version | None
    view_of: ViewOf | None
    _grad: Tensor | None  # unset until there is one

    __array_priority__ = 1000
    name: None = None
    names: None = None
    is_cpu = True
    is_cuda = is_mps = is_xpu = is_mtia = is_meta = is_vulkan = is_xla = is_ipu = is_maia = False
    is_sparse = is_sparse_csr = is_quantized = is_nested = is_mkldnn = False
    device: device = CPU
    layout: layout = strided

    def __new__(cls, *args: Any, device: Any = None) -> Tensor:
        """PyTorch's old constructor: `Tensor(2, 3)` has sizes, `Tensor([2, 3])` has data; float32 always."""
        check_device(device)
        if len(args) == 1 and not isinstance(args[0], (int, Size)):
            data = args[0]
            if isinstance(data, (float, complex)):
                raise TypeError(f"Tensor(): data must be a sequence (got {type(data).__name__}): write tensor({data})")
            array = data.array if isinstance(data, Tensor) else array_from(data, float32)[0]
            return tensor_of(array, cls=cls)
        shape = size_from(args or (0,), "Tensor")
        return tensor_of(np.zeros(shape, np.float32), float32, cls=cls)

    # -- the graph -------------------------------------------------------------------

    @property
    def requires_grad(self) -> bool:
        """Whether a gradient flows to or through this tensor."""
        if self.view_of is not None:
            catch_up(self)
        return self.node is not None

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if self.view_of is not None:
            catch_up(self)
        if not value and not self.is_leaf:
            raise RuntimeError(
                "you can only change requires_grad flags of leaf tensors, and this one is "
                f"{self.node.describe()}. Use detach() to get a tensor that shares the data and needs no gradient"
            )
        if not value:
            self.node = None
        elif self.node is None:
            if self.array.ndim == 0 and (source := advice("computed from", self)):
                warn_caller(source)
            if not (self.dtype.is_floating_point or self.dtype.is_complex):
                raise RuntimeError(
                    "only Tensors of floating point and complex dtype can require gradients, and this one is "
                    f"{self.dtype.name}: convert it first, with .float() or dtype=autograd.float32"
                )
            if self.version is not None and self.version.inference and not state.inference:
                raise RuntimeError(
                    "Setting requires_grad=True on inference tensor outside InferenceMode is not allowed: clone() it"
                )
            self.node = AccumulateGrad(self)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Set `requires_grad` and return the tensor."""
        self.requires_grad = requires_grad
        return self

    @property
    def grad_fn(self) -> Any:
        """The node of the operation that made this tensor; None for a leaf."""
        if self.view_of is not None:
            catch_up(self)
        node = self.node
        if node.__class__ is AccumulateGrad:
            return None
        return typed(node.target if isinstance(node, Part) else node)

    @property
    def output_nr(self) -> int:
        """Which result of its operation this is."""
        return self.node.index if isinstance(self.node, Part) else 0

    @property
    def is_leaf(self) -> bool:
        """Whether this tensor was made by the user, not by a recorded operation."""
        return self.grad_fn is None

    @property
    def grad(self) -> Tensor | None:
        """The gradient that `backward` has added up here; None before."""
        found = getattr(self, "_grad", None)
        if found is None and not self.is_leaf and not self.retains_grad:
            warn_of_no_gradient(self)
        return found

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is not None:
            if not isinstance(value, Tensor):
                raise TypeError(f"assigned grad expected to be a Tensor or None but got grad of type {type(value)}")
            if value.shape != self.shape:
                raise RuntimeError(
                    f"attempting to assign a gradient of size {list(value.shape)} to a tensor of size "
                    f"{list(self.shape)}: a gradient has the shape of its tensor"
                )
            if value.dtype is not self.dtype:
                raise RuntimeError(
                    f"attempting to assign a gradient with dtype {value.dtype.name} to a tensor with dtype "
                    f"{self.dtype.name}: convert it with .to({self.dtype!r}) first"
                )
        self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    def accumulate_grad(self, g: Any, create_graph: bool) -> None:
        """Add to `.grad` what `backward` has found."""
        with accumulating:
            known = getattr(self, "_grad", None) if self.node.__class__ is not AccumulateGrad else self._grad
            if create_graph:
                self._grad = g.clone() if known is None else known + g
            elif known is None:
                self._grad = tensor_of(g, self.dtype)
            elif known.node is not None:
                self._grad = tensor_of(known.array + g, self.dtype)
            else:
                add_in_place(known, g)

    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Any = None,
    ) -> None:
        """Add the gradient of this tensor to the `.grad` of every leaf that it depends on.

        Args:
            gradient: the gradient of the final result by this tensor, of its shape; for a scalar, 1.
            retain_graph: keep the saved values, so that this graph can be walked again.
            create_graph: record the backward pass too, for derivatives of derivatives.
            inputs: accumulate into these tensors only.

        Raises RuntimeError where there is nothing to differentiate, the tensor is not a scalar
        and no gradient is given, or the graph has been freed.

        >>> import autograd
        >>> x = autograd.tensor(3.0, requires_grad=True)
        >>> (x ** 2).backward()
        >>> x.grad
        tensor(6.)
        """
        roots = root_gradients((self,), (gradient,), create_graph)
        accumulate_into(roots, inputs, create_graph if retain_graph is None else retain_graph, create_graph)

    def retain_grad(self) -> None:
        """Keep the gradient of this non-leaf tensor in `.grad` when backward comes by."""
        if not self.requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if not self.is_leaf:
            extras_of(self.node).keep = KeepGrad(self)

    @property
    def retains_grad(self) -> bool:
        """Whether `retain_grad` was called on this non-leaf tensor."""
        return not self.is_leaf and self.node.extras is not None and self.node.extras.keep is not None

    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> RemovableHandle:
        """Call `hook(grad)` when this tensor's gradient is known; what it returns replaces the gradient."""
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        return RemovableHandle(extras_of(self.node).before, GradHook(hook, partial(tensor_of, dtype=self.dtype)))

    def register_post_accumulate_grad_hook(self, hook: Callable[[Tensor], None]) -> RemovableHandle:
        """Call `hook(tensor)` when backward has finished adding to this leaf's `.grad`."""
        if not self.requires_grad or not self.is_leaf:
            raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
        return RemovableHandle(extras_of(self.node).post, hook)

    # -- memory that is shared ---------------------------------------------------------

    def like(self, array: Array) -> Tensor:
        """A constant tensor of this tensor's dtype on the given array."""
        return tensor_of(array, self.dtype)

    def writes(self) -> Version:
        """The record of writes to this memory, made now if there was none."""
        if self.version is None:
            self.version = Version()
        return self.version

    def detach(self) -> Tensor:
        """A tensor on the same memory that is cut off from the graph."""
        detached = tensor_of(self.memory(), self.dtype)
        detached.version = self.writes()
        return detached

    def detach_(self) -> Tensor:
        """Cut this tensor off from the graph; it becomes a leaf."""
        if self.view_of is not None:
            raise RuntimeError("Can't detach views in-place: use detach() instead")
        self.node = None
        return self

    @property
    def data(self) -> Tensor:
        """The values without the graph, on the same memory. Writes through it count as in-place writes."""
        return self.detach()

    @data.setter
    def data(self, value: Tensor) -> None:
        if not isinstance(value, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(value).__name__}")
        if value.array is not self.array:  # as it is after p.data += step
            self._move_to(value)

    def _move_to(self, value: Tensor) -> None:
        """Take over the memory of another tensor. What was there stays as it is; rules that saved this read the new."""
        fits = value.array.shape == self.array.shape and value.dtype is self.dtype
        self.array = value.memory()
        self.dtype = value.dtype
        count = self._version
        self.version = Version()  # the old memory's record stays with those who still use that memory
        self.version.count = count
        if not fits:
            self.version.stamp("x.data = ...")

    def storage_offset(self) -> int:
        """How many elements into the memory of its base this view starts."""
        if self.view_of is None:
            return 0
        return (self.data_ptr() - self.view_of.base.data_ptr()) // self.dtype.itemsize

    @property
    def _version(self) -> int:
        return 0 if self.version is None else self.version.count

    @property
    def _base(self) -> Tensor | None:
        return None if self.view_of is None else self.view_of.base

    def _is_view(self) -> bool:
        return self.view_of is not None

    def is_inference(self) -> bool:
        """Whether this tensor was made in inference mode."""
        return self.version is not None and self.version.inference

    # -- copies --------------------------------------------------------------------------

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol, and this "
                f"one is {self.node.describe()}: use detach().clone()"
            )
        if id(self) in memo:
            return cast(Tensor, memo[id(self)])
        twin = tensor_of(copy.deepcopy(self.array, memo), self.dtype, cls=type(self))
        memo[id(self)] = twin
        twin.requires_grad = self.requires_grad
        twin._grad = copy.deepcopy(getattr(self, "_grad", None), memo)
        twin.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return twin

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        """What pickle keeps: a tensor out of a graph comes back as a leaf."""
        return rebuild, (type(self), self.array, self.dtype.name, self.requires_grad, dict(self.__dict__))


def tensor_of(array: Array, dtype: dtype | None = None, node: Any = None, cls: type[Tensor] = Tensor) -> Tensor:
    """A tensor on this very array."""
    tensor = object.__new__(cls)
    tensor.array = array
    tensor.dtype = from_numpy_dtype(array.dtype) if dtype is None else dtype
    tensor.node = node
    tensor.version = tensor.view_of = None
    return tensor


def warn_of_no_gradient(tensor: Tensor) -> None:
    """Warn once that a result of an operation has no `.grad`, and say how it can have one."""
    if tensor.__dict__.setdefault("_warned_of_no_gradient", False):
        return
    tensor.__dict__["_warned_of_no_gradient"] = True
    name = object_of(calling_frame(), "grad") or "this tensor"
    warn_caller(
        "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed: backward() keeps the gradients of "
        f"leaves alone, and {name} is {tensor.node.describe()}. Call {'' if ' ' in name else name}.retain_grad() before "
        f"backward() to keep this one too; autograd.why_no_grad({'t' if ' ' in name else name}) tells more"
    )


def rebuild(
    cls: type[Tensor], array: Array, dtype_name: str, requires_grad: bool, attributes: dict[str, Any]
) -> Tensor:
    """What pickle calls."""
    tensor = tensor_of(array, named(dtype_name), cls=cls)
    tensor.requires_grad = requires_grad
    tensor.__dict__.update(attributes)
    return tensor


def mark_inference(tensor: Tensor) -> Tensor:
    """Note that a tensor was made in inference mode: a rule that would read it later is refused."""
    version = tensor.writes()
    version.inference = True
    version.time = FOREVER
    return tensor


def add_in_place(grad: Tensor, g: Array) -> None:
    """Add to the gradient in its own memory, so that those who hold it see the sum."""
    if grad.array.__class__ is ndarray:
        grad.array += g
    else:
        grad.array = grad.array + g
    if grad.version is not None:
        grad.version.stamp("backward")
