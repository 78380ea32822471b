"""Random programs of views and in-place writes, run with ours and with PyTorch, to be compared step by step.

A program is a list of steps; each step names a tensor made so far and what to do with it. Both
libraries run the same steps, and after each the outcome must be the same: a result, or an error of
the same type that leaves everything as it was.
"""

from __future__ import annotations

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

NEW_OF_TWO = {"sum": lambda t, u: t + u, "product": lambda t, u: t * u}

places = st.integers(0, 30)
steps = st.one_of(
    st.tuples(st.just("view"), st.sampled_from(sorted(VIEWS)), places),
    st.tuples(st.just("new"), st.sampled_from(sorted(NEW)), places),
    st.tuples(st.just("write"), st.sampled_from(sorted(WRITES)), places, st.booleans()),
    st.tuples(st.just("write two"), st.sampled_from(sorted(WRITES_OF_TWO)), places, places),
    st.tuples(st.just("new two"), st.sampled_from(sorted(NEW_OF_TWO)), places, places),
)
programs = st.tuples(
    st.sampled_from([(2, 3), (3,), (2, 2, 2), (1, 4), ()]),  # the shape of the leaf
    st.sampled_from(["leaf", "computed", "constant"]),  # what the program starts from
    st.lists(steps, min_size=1, max_size=9),
)


def shares_memory(t: Any, u: Any) -> bool:
    """Whether two tensors lie in the same memory."""
    return t is u or np.shares_memory(np.asarray(t.detach()), np.asarray(u.detach()))


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

    def take(self, step: tuple[Any, ...]) -> Any:
        """Take one step: None, or the type of the error."""
        try:
            self.perform(step)
        except Exception as error:
            return type(error)
        return None

    def perform(self, step: tuple[Any, ...]) -> None:
        kind, name, place, *rest = step
        t = self.tensors[place % len(self.tensors)]
        if kind == "view":
            self.tensors.append(VIEWS[name](t))
        elif kind == "new":
            self.tensors.append(NEW[name](t))
        elif kind == "write" and rest[0]:
            with self.library.no_grad():
                WRITES[name](t)
        elif kind == "write":
            WRITES[name](t)
        else:
            u = self.tensors[rest[0] % len(self.tensors)]
            if kind == "write two" and shares_memory(t, u):
                u = u.clone()  # PyTorch refuses such a gradient, or gets it wrong; tested by itself
            if kind == "new two":
                self.tensors.append(NEW_OF_TWO[name](t, u))
            else:
                WRITES_OF_TWO[name](t, u)

    def state(self) -> list[Any]:
        """What can be seen of every tensor, without its values."""
        return [
            (tuple(t.shape), t.requires_grad, t.is_leaf, t._version, t.grad_fn is None, t._is_view())
            for t in self.tensors
        ]

    def values(self) -> list[np.ndarray]:
        """The values of every tensor."""
        return [np.array(t.detach()) for t in self.tensors]

    def backward(self) -> Any:
        """Differentiate a combination of all tensors: the leaves' gradients, or the type of the error."""
        weighted = [(t * t).sum() * (i + 1) for i, t in enumerate(self.tensors) if t.requires_grad]
        if not weighted:
            return [None]
        try:
            sum(weighted[1:], weighted[0]).backward()
        except RuntimeError as error:
            return type(error)
        return [None if t.grad is None else np.array(t.grad) for t in self.leaves]


def is_repeated(run: Run, step: tuple[Any, ...]) -> bool:
    """Whether a step writes into an expanded tensor."""
    t = run.tensors[step[2] % len(run.tensors)]
    return t.numel() > 0 and any(n > 1 and stride == 0 for n, stride in zip(t.shape, t.stride(), strict=True))


def run_both(torch: Any, program: tuple[Any, ...]) -> tuple[Run, Run] | None:
    """Run a program with both libraries, comparing after every step; None if ours rightly does less."""
    shape, start, todo = program
    ours, theirs = Run(autograd, shape, start), Run(torch, shape, start)
    for number, step in enumerate(todo):
        expected = theirs.take(step)
        found = ours.take(step)
        if found is RuntimeError and expected is None and is_repeated(ours, step):
            return None  # PyTorch fills or masks a tensor whose elements share memory; ours refuses any write
        assert found is expected, f"step {number}, {step}: {found}, in PyTorch {expected}"
        assert ours.state() == theirs.state(), f"after step {number}, {step}"
        for a, b in zip(ours.values(), theirs.values(), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, err_msg=f"after step {number}, {step}")
    return ours, theirs
