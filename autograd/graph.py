"""The graph that operations leave behind, and that `backward` walks.

A `Node` stands for one operation that happened: which op it was, the nodes its inputs came from
(its edges), and just what its derivative rules will need to read. It knows no Tensor that it
produced, so an activation nobody reads again is freed while the graph lives, and there is no
reference cycle anywhere: dropping the last Tensor frees the whole graph at once.

Nodes are numbered as they are created. An op can only use what exists already, so this order is
a topological order, and sorting by number is all that the backward pass needs.
"""

from __future__ import annotations

import functools
import itertools
import os
import sys
import warnings
import weakref
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any

from autograd.modes import set_grad_enabled

if TYPE_CHECKING:
    from autograd.op import Op
    from autograd.tensor import Tensor

clock = itertools.count(1)
"""The engine's clock: numbers nodes, and dates in-place writes, so that either can be told older."""

SMALL = 256
"""Results of up to this many elements stay on their node, so that a drawing can show them."""


class Node:
    """One recorded operation; `tensor.grad_fn` is one of these.

    There are many nodes, so what few of them have stays unset until it is needed.

    Attributes:
        op: what was done, with its derivative rules.
        edges: for each input, the node that its gradient flows on to; None where none flows.
        saved: what the rules read, in the order of `op.saved`; after backward, a `Freed`.
        number: place in the order of creation.
        result: what came out, for showing: the array if it is small, else only its shape.
        extras: hooks and the like, made when first needed.
        params: the op's metadata by name (`dim=1`), if it has any.
        constants: the inputs that no gradient flows to, for showing.
        grad: the last gradient that arrived, if it is small, for showing.
    """

    __slots__ = ("__weakref__", "_constants", "_grad", "_params", "edges", "extras", "number", "op", "result", "saved")

    op: Op
    edges: tuple[Any, ...]
    saved: Any
    number: int
    result: Any
    extras: Extras | None
    _params: dict[str, Any]
    _constants: tuple[Any, ...]
    _grad: Any

    @property
    def params(self) -> dict[str, Any]:
        """The op's metadata by name."""
        return getattr(self, "_params", {})

    @property
    def constants(self) -> tuple[Any, ...]:
        """The inputs that no gradient flows to: Tensors, or weak references to large ones, or None."""
        return getattr(self, "_constants", ())

    @property
    def grad(self) -> Any:
        """The last gradient that arrived here, if it is small."""
        return getattr(self, "_grad", None)

    @property
    def shape(self) -> Any:
        """The shape of the result; of an op with several, the shapes."""
        return self.result if isinstance(self.result, tuple) else self.result.shape

    def name(self) -> str:
        """PyTorch's name for the backward of this op, such as `MulBackward0`."""
        return self.op.node_name(self)

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """The edges as PyTorch shows them: (node, which of its results) for each input."""
        return tuple(
            (typed(edge.target), edge.index) if isinstance(edge, Part) else (typed(edge), 0) for edge in self.edges
        )

    @property
    def metadata(self) -> dict[Any, Any]:
        """A dict of the user's own that travels with the node."""
        return extras_of(self).metadata

    def describe(self) -> str:
        """The op and the shape of its result, for error messages."""
        return f"the result of '{self.op.name}' with shape {self.shape}"

    def __repr__(self) -> str:
        return f"<{self.name()} object at {id(self):#x}>"

    def __dir__(self) -> list[str]:
        """The attributes; of all that operations save, only what this one does."""
        own = [f"_saved_{name}" for name in names_of_saved(self)]
        return [*own, *(name for name in super().__dir__() if not name.startswith("_saved_"))]


def names_of_saved(node: Node) -> list[str]:
    """The names under which a node shows what it has saved: PyTorch's for the first input and the result."""
    tensors = [(p.name, p.public) for p in getattr(node.op, "tensors", ())]
    if not tensors:
        return []
    names = dict(tensors) | {tensors[0][0]: "self", "out": "result"}
    return [*node.params, *(names[name] for name in node.op.saved if name in names)]


def typed(node: Any) -> Any:
    """A node as the user gets to see it: of a type by its PyTorch name, which programs that draw graphs go by."""
    if isinstance(node, Node) and type(node).__name__ != node.name():
        node.__class__ = type_named(node.name(), type(node))  # type: ignore[arg-type]
    return node


@functools.cache
def type_named(name: str, base: type[Node]) -> type[Node]:
    """A type of nodes that has this name, and nothing of its own."""
    return type(name, (base,), {"__slots__": ()})


class AccumulateGrad:
    """Where a gradient ends: the node of a leaf, which adds what arrives to the leaf's `.grad`.

    It holds the leaf weakly. A leaf that nobody else holds can't be asked for its gradient.
    """

    __slots__ = ("__weakref__", "extras", "leaf")

    number = 0  # older than every operation, so leaves come last in the backward pass
    edges = ()
    next_functions = ()
    saved = None

    def __init__(self, tensor: Tensor) -> None:
        self.leaf = weakref.ref(tensor)
        self.extras: Extras | None = None
        if not hasattr(tensor, "_grad"):
            tensor._grad = None

    def name(self) -> str:
        """The name that PyTorch gives this node."""
        return "torch::autograd::AccumulateGrad"

    @property
    def variable(self) -> Tensor | None:
        """The leaf tensor, or None when it is gone."""
        return self.leaf()

    def accumulate(self, g: Any, create_graph: bool) -> None:
        """Add a gradient to the leaf's `.grad`; then the hooks that wait for that."""
        leaf = self.leaf()
        if leaf is None or leaf.node is None:  # gone, or it has stopped wanting a gradient since it was used
            return
        if leaf.node.__class__ is not AccumulateGrad:
            raise RuntimeError(
                "leaf variable has been moved into the graph interior: it was used as a leaf, then cut off by detach_() "
                f"and changed in place, and is now {leaf.node.describe()}. Use detach() instead"
            )
        leaf.accumulate_grad(g, create_graph)
        if self.extras is not None and self.extras.post:
            with set_grad_enabled(create_graph):
                for hook in tuple(self.extras.post.values()):
                    hook(leaf)

    @property
    def metadata(self) -> dict[Any, Any]:
        """A dict of the user's own that travels with the node."""
        return extras_of(self).metadata

    def __repr__(self) -> str:
        return f"<AccumulateGrad object at {id(self):#x}>"


class Parts:
    """The gradients that have arrived at an operation with several results, by index."""

    __slots__ = ("arrived",)

    def __init__(self, arrived: dict[int, Any]) -> None:
        self.arrived = arrived

    def __add__(self, other: Parts) -> Parts:
        total = dict(self.arrived)
        for index, g in other.arrived.items():
            total[index] = total[index] + g if index in total else g
        return Parts(total)

    def conj(self) -> Parts:
        """Each gradient's complex conjugate."""
        return Parts({index: g.conj() for index, g in self.arrived.items()})


class PassOn:
    """The `op` of a `Part`: hands the gradient to the operation, labelled with its index."""

    name = "part"

    @staticmethod
    def pull(part: Part, g: Any, edges: tuple[Any, ...]) -> tuple[Any, ...]:
        """What the part sends, on arrays and on Tensors alike."""
        () = part.saved
        return (None if edges[0] is None else Parts({part.index: g}),)

    pull_tensors = pull


class Part:
    """One result of an operation that has several, such as `split`."""

    __slots__ = ("__weakref__", "_grad", "edges", "extras", "index", "number", "result", "saved", "target")

    op = PassOn
    params: dict[str, Any] = {}  # noqa: RUF012 (never written to)
    constants = ()
    grad, shape = Node.grad, Node.shape

    def __init__(self, target: Node, index: int) -> None:
        self.target = target
        self.index = index
        self.edges = (target,)
        self.number = next(clock)
        self.saved: Any = ()
        self.extras: Extras | None = None
        self.result: Any = None

    def name(self) -> str:
        """The name of the operation this is a result of."""
        return self.target.name()

    def describe(self) -> str:
        """The op, for error messages."""
        return f"result {self.index} of '{self.target.op.name}'"

    def __repr__(self) -> str:
        return repr(self.target)


class Extras:
    """What few nodes have: hooks, a tensor that wants its gradient kept, the user's metadata."""

    __slots__ = ("after", "before", "keep", "metadata", "post", "prehooks")

    def __init__(self) -> None:
        self.before: dict[int, Callable[[Any], Any]] = {}  # called with the gradient that arrived; may replace it
        self.keep: Callable[[Any], None] | None = None  # called last, with the gradient as the hooks left it
        self.prehooks: dict[int, Callable[[Any], Any]] = {}  # the node's own, after those of its tensor
        self.after: dict[int, Callable[[Any, Any], Any]] = {}  # called with what was sent and what arrived
        self.post: dict[int, Callable[[Any], Any]] = {}  # leaves only: called when .grad is complete
        self.metadata: dict[Any, Any] = {}


def extras_of(node: Any) -> Extras:
    """The node's extras, made on first use."""
    if node.extras is None:
        node.extras = Extras()
    extras: Extras = node.extras
    return extras


def take_wish(node: Any) -> Any:
    """The wish to keep a gradient, if a node has one; it has it no more."""
    wish = None if node is None or node.extras is None else node.extras.keep
    if wish:
        node.extras.keep = None
    return wish


def give_wish(node: Any, wish: Any) -> None:
    """Hand a tensor's wish to keep its gradient to the node that it has now."""
    if wish and node is not None:
        extras_of(node).keep = wish


class Freed:
    """Takes the place of a node's saved values after backward. Reading them then raises."""

    __slots__ = ("where",)

    def __init__(self, where: str) -> None:
        self.where = where

    def __iter__(self) -> Any:
        raise AlreadyFreed


class AlreadyFreed(Exception):  # noqa: N818 (never seen outside: the engine turns it into a RuntimeError with the reason)
    """A node's saved values were read after backward had freed them."""


class Version:
    """The record of in-place writes to one piece of memory, shared by all tensors on it.

    A node need not store the version of what it saves: a value was changed since if it was
    written after the node was created, and both carry the clock's time.
    """

    __slots__ = ("count", "epoch", "inference", "time", "where", "writer")

    def __init__(self) -> None:
        self.count = 0
        self.time = 0
        self.epoch = 0  # counts the writes that were recorded, after which views must rejoin the graph
        self.inference = False
        self.writer = ""  # the op that wrote last
        self.where = ""  # and the line

    def stamp(self, writer: str, time: int | None = None, where: str | None = None) -> None:
        """Note a write by the op of this name, now or at the given time, by the caller's line or the given one."""
        self.count += 1
        self.time = next(clock) if time is None else time
        self.writer = writer
        self.where = caller() if where is None else where


HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
INTERNAL = (*tuple(os.path.join(HERE, package) + os.sep for package in ("autograd", "nn", "optim")), "<op ", "<pull ")


class OwnFiles(dict[str, bool]):
    """Whether a file is this library's, remembered by its name."""

    def __missing__(self, filename: str) -> bool:
        self[filename] = is_own = filename.startswith(INTERNAL)
        return is_own


own_files = OwnFiles()


def calling_frame() -> FrameType:
    """The innermost frame outside this library."""
    frame = sys._getframe(1)
    while own_files[frame.f_code.co_filename] and frame.f_back is not None:
        frame = frame.f_back
    return frame


def caller() -> str:
    """file:line of the innermost frame outside this library."""
    frame = calling_frame()
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def warn_caller(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the line outside this library that led here, however deep in the library that is found out."""
    frame = calling_frame()
    registry = frame.f_globals.setdefault("__warningregistry__", {})
    warnings.warn_explicit(message, category, frame.f_code.co_filename, frame.f_lineno, registry=registry)
