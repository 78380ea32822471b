"""A tensor that stands for a batch of tensors: what a function under `vmap` sees.

It looks like one of them: it has their shape, and an outline in place of an array. An op that meets
it ends up in the general path, which hands it to a batching rule (see `autograd.batching`). A
function that needs the numbers is called once for each tensor of the batch instead.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar, cast

from autograd.misuse import explained
from autograd.registry import BATCH_RULES
from autograd.size import Size
from autograd.tensor import Tensor

F = TypeVar("F", bound=Callable[..., Any])


class NeedsLoopError(AttributeError, RuntimeError):
    """The numbers of a batched tensor were asked for: the batch must be gone through one by one.

    For the library's functions, that is what happens then. To users it is a RuntimeError.
    """


class DrawsError(NeedsLoopError):
    """Random numbers were asked for inside `vmap`: what is to be done depends on its `randomness`."""

    def __init__(self) -> None:
        super().__init__("vmap: called random operation that does not know of batches: draw the numbers outside")


def no_numbers(wanted: str) -> NeedsLoopError:
    """The error for asking for an array's numbers, by the name of what was asked for."""
    return NeedsLoopError(
        f"vmap: this function asks for the numbers of a batched tensor ('{wanted}'), but each tensor of the batch "
        "has its own. Compute with the tensor's operations instead, or loop over the batch"
    )


class Outline:
    """What there is of a batched tensor's array: its shape. All else raises `NeedsLoopError`."""

    __slots__ = ("shape",)

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __getattr__(self, name: str) -> NoReturn:
        raise no_numbers(name)

    def __array_ufunc__(self, ufunc: Any, *args: Any, **kwargs: Any) -> NoReturn:
        raise no_numbers(ufunc.__name__)

    def __array_function__(self, function: Any, *args: Any) -> NoReturn:
        raise no_numbers(function.__name__)


def needs_loop(name: str) -> Callable[..., NoReturn]:
    """The special method of this name, which raises."""

    def method(self: Outline, *args: Any, **kwargs: Any) -> NoReturn:
        raise no_numbers(name)

    return method


for _name in (
    "array", "getitem", "setitem", "iter", "bool", "int", "float", "index", "complex", "neg", "abs", "invert", "lt",
    "le", "eq", "ne", "gt", "ge", "add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "floordiv",
    "rfloordiv", "mod", "rmod", "pow", "rpow", "matmul", "rmatmul", "and", "rand", "or", "ror", "xor", "rxor",
):  # fmt: skip
    setattr(Outline, f"__{_name}__", needs_loop(_name))


class Batched(Tensor):
    """One tensor of a batch. `physical` holds them all, along its first dimension."""

    __slots__ = ("level", "physical")

    physical: Tensor
    level: int

    @property
    def array(self) -> Any:  # type: ignore[override]
        """An outline of one tensor: enough for functions that look at shapes only."""
        return Outline(tuple(self.physical.shape[1:]))

    @property
    def dtype(self) -> Any:  # type: ignore[override]
        """The element type."""
        return self.physical.dtype

    @property
    def node(self) -> Any:
        """The place of the whole batch in the graph."""
        return self.physical.node

    @property
    def version(self) -> Any:  # type: ignore[override]
        """The record of writes to the whole batch."""
        return self.physical.version

    @property
    def view_of(self) -> Any:  # type: ignore[override]
        """Nothing to tell: an op that comes to ask takes the general path."""
        raise no_numbers("view_of")

    @property  # type: ignore[misc]
    def requires_grad(self) -> bool:
        """Whether a gradient flows to or through the batch."""
        return self.physical.requires_grad

    def requires_grad_(self, requires_grad: bool = True) -> NoReturn:
        """Refused: what is differentiated under `vmap` is for `func.grad` and its like to say."""
        raise RuntimeError(
            "You are attempting to call Tensor.requires_grad_() inside of a function being transformed by vmap: use "
            "func.grad, func.vjp or func.jacrev there, or call requires_grad_() outside"
        )

    @property
    def grad_fn(self) -> Any:
        """The node of the operation that made the batch."""
        return self.physical.grad_fn

    @property
    def shape(self) -> Size:
        """The sizes of one tensor of the batch."""
        return Size(self.physical.shape[1:])

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the size of one dimension."""
        return self.shape if dim is None else self.shape[dim]

    def stride(self, dim: int | None = None) -> Any:
        """How many elements apart neighbors along each dimension lie."""
        strides = self.physical.stride()[1:]
        return strides if dim is None else strides[dim]

    def is_contiguous(self, memory_format: Any = None) -> bool:
        """Whether the elements lie in row-major order without gaps."""
        return self.physical.is_contiguous()

    def memory(self) -> NoReturn:
        """Refused: the values are those of many tensors."""
        raise no_numbers("memory")

    def detach(self) -> Tensor:
        """The batch, cut off from the graph."""
        return batched(self.physical.detach(), self.level)

    def __bool__(self) -> NoReturn:
        raise NeedsLoopError(
            "vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow: the tensors of "
            "the batch may go different ways. Compute both ways and choose with where(condition, a, b)"
        )

    def item(self) -> NoReturn:
        """Refused: each tensor of the batch has a value of its own."""
        raise NeedsLoopError(
            "vmap: It looks like you're calling .item() on a Tensor (or float(), int() or format()): each tensor of "
            "the batch has a value of its own. Keep it a Tensor"
        )

    __int__ = __float__ = __complex__ = __index__ = item

    def numpy(self, *, force: bool = False) -> NoReturn:
        """Refused: each tensor of the batch has values of its own."""
        raise NeedsLoopError(
            "vmap: Cannot access data pointer of Tensor that doesn't have storage: .numpy(), .tolist() and "
            "np.asarray() would give the values of the whole batch. Use the tensor's operations, or call it outside"
        )

    tolist = __array__ = data_ptr = numpy  # type: ignore[assignment]

    def backward(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused: see `requires_grad_`."""
        raise RuntimeError(
            "backward() called inside a function transformed by vmap: use func.grad or func.vjp there, or call "
            "backward() outside, on the result"
        )

    def __format__(self, spec: str) -> str:
        return repr(self) if not spec else self.item()

    def __repr__(self, *, tensor_contents: Any = None) -> str:  # type: ignore[override]
        return f"Batched(level={self.level}, physical={self.physical!r})"


def batched(physical: Tensor, level: int) -> Batched:
    """A batch along the first dimension of a tensor, as one tensor."""
    tensor = object.__new__(Batched)
    tensor.physical, tensor.level = physical, level
    return tensor


def belongs(value: Any, level: int) -> bool:
    """Whether a value is a batch of this level."""
    return isinstance(value, Batched) and value.level == level


def innermost_level(values: Any) -> int | None:
    """The level of the innermost batch among some values; None where there is none."""
    levels = [value.level for value in values if isinstance(value, Batched)]
    return max(levels) if levels else None


def samples_of(tensor: Tensor) -> Any:
    """The arrays that a tensor stands for, to check their numbers: its own, or those of each tensor of a batch."""
    if not isinstance(tensor, Batched):
        return (tensor.array,)
    return (array for sample in tensor.physical for array in samples_of(sample))


def works_on_batches(function: F) -> F:
    """Let a function that is no op, and looks at numbers or draws some, take batches: it is called for each tensor."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except NeedsLoopError:
            return BATCH_RULES["function"](call, args, kwargs)
        except Exception as error:
            raise explained(error, function.__name__, function, args, kwargs) from None

    return cast(F, call)
