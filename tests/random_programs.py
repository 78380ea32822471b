"""Random programs of operations, views, in-place writes and backward passes, run with ours and with PyTorch.

A program is a list of steps; each step names tensors made so far, in whatever way, and what to do with
them. Both libraries run the same steps, and after each the outcome must be the same: values, gradients,
versions, and what requires a gradient; or an error of the same type that leaves everything as it was.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from hypothesis import strategies as st

import autograd

VIEWS = {
    "row": lambda t: t[0],
    "last": lambda t: t[-1],
    "rest": lambda t: t[1:],
    "columns": lambda t: t[:, ::2],
    "none": lambda t: t[None],
    "transposed": lambda t: t.T if t.ndim == 2 else t.transpose(0, -1),
    "flat": lambda t: t.reshape(-1),
    "viewed": lambda t: t.view(-1),
    "two rows": lambda t: t.view(2, -1),
    "wider": lambda t: t.unsqueeze(1),
    "squeezed": lambda t: t.squeeze(),
    "expanded": lambda t: t.expand(2, *t.shape),
    "same size": lambda t: t.expand(*t.shape) if t.ndim else t.expand(()),
    "expanded back": lambda t: t.expand(2, *t.shape)[1],
    "narrow": lambda t: t.narrow(0, 1, 1),
    "select": lambda t: t.select(-1, 0),
    "diagonal": lambda t: t.diagonal(),
    "all": lambda t: t[...],
    "view as": lambda t: t.view_as(t),
    "detached": lambda t: t.detach(),
}

NEW = {
    "relu": lambda t: t.relu(),
    "tanh": lambda t: t.tanh(),
    "cubed": lambda t: t**3,
    "softmax": lambda t: t.softmax(-1),
    "mean": lambda t: t.mean(0, keepdim=True) if t.ndim else t.mean(),
    "sorted": lambda t: t.sort(-1).values if t.ndim else t,
    "part": lambda t: t.chunk(2)[-1] * 3,
    "positive": lambda t: t.where(t > 0.4, t * 2),
    "reused": lambda t: (t + t.exp()) * t,
    "doubled": lambda t: t * 2,
    "exp": lambda t: t.exp(),
    "sigmoid": lambda t: t.sigmoid(),
    "sin": lambda t: t.sin(),
    "squared": lambda t: t * t,
    "clone": lambda t: t.clone(),
    "picked": lambda t: t[[0, 0]],
    "total": lambda t: t.sum(),
}

WRITES = {
    "add": lambda t: t.add_(0.5),
    "mul": lambda t: t.mul_(1.5),
    "neg": lambda t: t.neg_(),
    "sigmoid": lambda t: t.sigmoid_(),
    "exp": lambda t: t.mul_(0.1).exp_(),
    "zero": lambda t: t.zero_(),
    "fill": lambda t: t.fill_(0.25),
    "first element": lambda t: t.__setitem__(0, 2.0),
    "every second": lambda t: t.__setitem__((Ellipsis, slice(None, None, 2)), 0.75),
    "masked": lambda t: t.masked_fill_(t > 0.5, -1.0),
    "by places": lambda t: t.__setitem__([0], 1.25) if len(t) else None,
    "sin": lambda t: t.sin_(),
    "floor": lambda t: t.floor_(),
}

WRITES_OF_TWO = {
    "add": lambda t, u: t.add_(u),
    "mul": lambda t, u: t.mul_(u),
    "copy": lambda t, u: t.copy_(u),
    "rows": lambda t, u: t.__setitem__(0, u),
    "slices": lambda t, u: t.__setitem__(slice(0, 1), u),
    "sub": lambda t, u: t.sub_(u, alpha=2),
    "augmented": lambda t, u: t.__imul__(u),
}

NEW_OF_TWO = {
    "sum": lambda t, u: t + u,
    "product": lambda t, u: t * u,
    "quotient": lambda t, u: t / (u * u + 1),
    "larger": lambda t, u: t.maximum(u * 0.9),
    "matmul": lambda t, u: (t @ u.mT if u.ndim > 1 else t @ u) * 2,
}

CHANGES = {
    "detach": lambda t: t.detach_(),
    "require": lambda t: t.requires_grad_(),
    "release": lambda t: t.requires_grad_(False),
    "retain": lambda t: t.retain_grad(),
    "forget": lambda t: setattr(t, "grad", None) if t.is_leaf else None,
}
"""What changes a tensor's place in the graph, and not its values."""

places = st.integers(0, 30)
steps = st.one_of(
    st.tuples(st.just("view"), st.sampled_from(sorted(VIEWS)), places),
    st.tuples(st.just("new"), st.sampled_from(sorted(NEW)), places),
    st.tuples(st.just("write"), st.sampled_from(sorted(WRITES)), places, st.booleans()),
    st.tuples(st.just("write two"), st.sampled_from(sorted(WRITES_OF_TWO)), places, places),
    st.tuples(st.just("new two"), st.sampled_from(sorted(NEW_OF_TWO)), places, places),
    st.tuples(st.just("unrecorded"), st.sampled_from(sorted(NEW)), places),
    st.tuples(st.just("change"), st.sampled_from(sorted(CHANGES)), places),
    st.tuples(st.just("backward"), st.sampled_from(["keep", "free", "record"]), places),
    st.tuples(st.just("derivative"), st.sampled_from(["keep", "free"]), places, places),
)
programs = st.tuples(
    st.sampled_from([(2, 3), (3,), (2, 2, 2), (1, 4), ()]),  # the shape of the leaf
    st.sampled_from(["leaf", "computed", "constant"]),  # what the program starts from
    st.lists(steps, min_size=1, max_size=12),
)


def shares_memory(t: Any, u: Any) -> bool:
    """Whether two tensors lie in the same memory."""
    return t is u or np.shares_memory(t.detach().numpy(), u.detach().numpy())


class Run:
    """A program being run by one library."""

    def __init__(self, library: Any, shape: tuple[int, ...], start: str) -> None:
        numbers = np.linspace(0.2, 1.1, max(int(np.prod(shape)), 1)).reshape(shape)
        other = np.linspace(0.9, 0.3, max(int(np.prod(shape)), 1)).reshape(shape)
        self.library = library
        self.leaves = [
            library.tensor(numbers, requires_grad=start != "constant"),
            library.tensor(other, requires_grad=True),
        ]
        self.tensors = [self.leaves[0] * 1 if start == "computed" else self.leaves[0], self.leaves[1]]

    def take(self, step: tuple[Any, ...]) -> Exception | None:
        """Take one step; the error, if there was one."""
        try:
            with warnings.catch_warnings(action="ignore"):
                self.perform(*step)
        except Exception as error:
            return error
        return None

    def perform(self, kind: str, name: str, place: int, *rest: Any) -> None:
        """Carry out one step."""
        t = self.pick(place)
        if kind == "view":
            self.tensors.append(VIEWS[name](t))
        elif kind == "new":
            self.tensors.append(NEW[name](t))
        elif kind == "unrecorded":
            with self.library.no_grad():
                self.tensors.append(NEW[name](t))
        elif kind == "write":
            with self.library.set_grad_enabled(not rest[0]):
                WRITES[name](t)
        elif kind == "change":
            if name in ("retain", "forget") or not self.is_seen_elsewhere(t):
                CHANGES[name](t)
        elif kind == "backward":
            self.walk_back(t, name)
        else:
            self.perform_with_two(kind, name, t, self.pick(rest[0]))

    def perform_with_two(self, kind: str, name: str, t: Any, u: Any) -> None:
        """Carry out a step that combines two tensors."""
        if kind == "derivative":
            self.differentiate(t, u, name)
        elif kind == "new two":
            self.tensors.append(NEW_OF_TWO[name](t, u))
        else:  # PyTorch refuses a write from the same memory, or gets its gradient wrong; tested by itself
            WRITES_OF_TWO[name](t, u.clone() if shares_memory(t, u) else u)

    def pick(self, place: int) -> Any:
        """One of the tensors made so far."""
        return self.tensors[place % len(self.tensors)]

    def is_seen_elsewhere(self, t: Any) -> bool:
        """Whether a tensor is a view or has some: what PyTorch does to the one then says little about the other."""
        return t._is_view() or any(u._base is t for u in self.tensors)

    def walk_back(self, t: Any, mode: str) -> None:
        """Add the gradients of a weighted sum of a tensor to those of the leaves."""
        weights = self.library.tensor(np.linspace(0.5, 1.5, t.numel()).reshape(t.shape))
        t.backward(weights, retain_graph=True if mode == "keep" else None, create_graph=mode == "record")

    def differentiate(self, t: Any, by: Any, mode: str) -> None:
        """A recorded derivative of one tensor by another, as a further tensor.

        Not by a view: views of views hang on each other in PyTorch until the memory is written to, and then no more.
        A derivative that is zero whatever the values may or may not be connected to them; here it always is.
        """
        by = by._base if by._is_view() else by
        grad = self.library.grad if self.library is autograd else self.library.autograd.grad
        (g,) = grad((t * t).sum(), by, create_graph=True, retain_graph=mode == "keep", allow_unused=True)
        self.tensors.append(by * 0 if g is None else g + by * 0)

    def facts(self) -> list[Any]:
        """What can be seen of every tensor, without its values."""
        return [
            (
                tuple(t.shape),
                t.requires_grad,
                t.is_leaf,
                t._version,
                t.grad_fn is None,
                t._is_view(),
                t.retains_grad and not t.is_leaf,
            )
            for t in self.tensors
        ]

    def values(self) -> list[np.ndarray]:
        """The values of every tensor, and all gradients there are."""
        found = [np.array(t.detach().numpy()) for t in self.tensors]
        for t in (*self.leaves, *self.tensors):
            if t.is_leaf or t.retains_grad:  # a gradient of zeros and none at all say the same
                found.append(np.zeros(t.shape) if t.grad is None else np.array(t.grad.detach().numpy()))
        return found

    def finish(self) -> Exception | None:
        """Differentiate a combination of all tensors; the error, if there was one."""
        weighted = [(t * t).sum() * (i + 1) for i, t in enumerate(self.tensors) if t.requires_grad]
        try:
            if weighted:
                sum(weighted[1:], weighted[0]).backward()
        except RuntimeError as error:
            return error
        return None


def is_repeated(run: Run, step: tuple[Any, ...]) -> bool:
    """Whether a step writes into an expanded tensor."""
    t = run.pick(step[2])
    return t.numel() > 0 and any(n > 1 and stride == 0 for n, stride in zip(t.shape, t.stride(), strict=True))


def is_stricter(ours: Run, step: tuple[Any, ...], error: Exception | None) -> bool:
    """Whether ours refuses, for a reason of its own, what PyTorch does."""
    if not isinstance(error, RuntimeError):
        return False
    if "a second time" in str(error):
        return True  # PyTorch walks a freed graph again where no value was saved in it
    return is_repeated(ours, step)  # PyTorch fills or masks a tensor whose elements share memory


def is_more_lenient(error: Exception | None) -> bool:
    """Whether PyTorch refuses, for a reason of its own, what ours does."""
    return "has been detached in-place" in str(error)  # ours saves what was detached, and where it stood


MIDWAY = ("modified by an inplace operation", "a second time", "moved into the graph interior")
"""Why a backward pass stops on its way; for other reasons it does not begin."""

LARGEST = 50.0
"""Beyond this, rounding errors grow so that the two libraries can't be compared any more: exp(exp(x)), say."""


def compare(ours: Run, theirs: Run, when: str) -> bool:
    """Hold the runs against each other; False where the numbers have grown too large to go on."""
    assert ours.facts() == theirs.facts(), when
    found, expected = ours.values(), theirs.values()
    assert len(found) == len(expected), when
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-11, err_msg=when)
    return all(np.all(np.abs(b) <= LARGEST) for b in expected)


def run_both(torch: Any, program: tuple[Any, ...]) -> None:
    """Run a program with both libraries, comparing after every step."""
    shape, start, todo = program
    ours, theirs = Run(autograd, shape, start), Run(torch, shape, start)
    for number, step in enumerate((*todo, None)):
        if step is None:
            expected, found = theirs.finish(), ours.finish()
        else:
            expected, found = theirs.take(step), ours.take(step)
        when = f"after step {number}, {step}: ours {found!r}, PyTorch {expected!r}"
        if expected is None and is_stricter(ours, step or ("", "", 0), found):
            return
        if found is None and is_more_lenient(expected):
            return
        assert type(found) is type(expected), when
        if any(reason in str(found) for reason in MIDWAY):
            return  # how far a walk got before it was refused is nobody's promise
        if not compare(ours, theirs, when):
            return
