"""`explain`: the chain rule, node by node, as it was applied to the graph at hand."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.tensor import Tensor
from autograd.view.document import Block, Formula, as_html, as_latex, as_markdown, as_text
from autograd.view.explain_formulas import Notation
from autograd.view.explain_steps import Sent, Step, Walk, walk_through
from autograd.view.graph import Value
from autograd.view.names import given, variables
from autograd.view.walking import check_tensor
from autograd.view.wording import counted, has_odd, shape_text


class Explanation:
    """The chain rule, told step by step. `print` shows it as text, a notebook with its formulas set.

    Attributes:
        steps: the visits of the backward pass, from the result to the leaves.
        gradients: what was found for each leaf, or for what was asked for, by name.
    """

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.steps = walk.steps
        self.gradients = {walk.labels[v.key]: walk.gradients[v.key] for v in walk.leaves if v.key in walk.gradients}
        self.pretty, self.plain = Notation(walk, True), Notation(walk, False)

    def __str__(self) -> str:
        return as_text(self.blocks())

    def markdown(self) -> str:
        """The explanation as Markdown, with formulas between dollar signs."""
        return as_markdown(self.blocks())

    _repr_markdown_ = markdown

    def latex(self) -> str:
        """The explanation as LaTeX, to be put into a document that uses amsmath."""
        return as_latex(self.blocks())

    def html(self) -> str:
        """The explanation as a piece of HTML, with its formulas in MathML: it loads nothing."""
        return as_html(self.blocks())

    _repr_html_ = html

    def __repr__(self) -> str:
        root = self.walk.labels[self.walk.root.key]
        return (
            f"<Explanation of {root}: {counted(len(self.steps), 'step')}, {counted(len(self.gradients), 'gradient')}>"
        )

    # -- the text -------------------------------------------------------------------------------------------

    def formula(self, method: str, *args: Any) -> Formula:
        """A formula in both notations."""
        return Formula(getattr(self.pretty, method)(*args), getattr(self.plain, method)(*args))

    def gradient(self, value: Value) -> Formula:
        """The symbol for a tensor's gradient."""
        return Formula(self.pretty.gradient(value), self.plain.done(self.plain.gradient(value)))

    def blocks(self) -> Iterator[Block]:
        """The parts of the explanation."""
        root = self.walk.labels[self.walk.root.key]
        yield Block("title", f"How {root} depends on {listed(list(self.gradients))}")
        yield from self.forward()
        yield from self.opening()
        before = None
        for step in self.steps:
            yield from self.step(step, before)
            before = step
        if self.walk.left_out:
            yield Block("words", f"… {counted(self.walk.left_out, 'earlier step')} not shown: explain(..., max_steps=N) "
                        "shows more, explain(loss, wrt=w) only those that lead to w")  # fmt: skip
        yield from self.sums()

    def forward(self) -> Iterator[Block]:
        """What was computed, in order."""
        yield Block("heading", "Forward: what was computed")
        for step in reversed(self.steps):
            yield Block("formula", "", self.formula("forward", step), level=1)

    def opening(self) -> Iterator[Block]:
        """Where the backward pass begins."""
        root = self.walk.root
        yield Block("heading", "Backward: one derivative after the other, from the result to the parameters")
        yield Block("words", "It begins with the derivative of the result by itself:", level=1)
        start = np.ones(root.shape or ())
        yield Block("numbers", "", self.gradient(root), start, level=1)
        if self.walk.has_hooks:
            yield Block(
                "words",
                "Some tensors have hooks, which may change their gradients; they were not called here.",
                level=1,
            )

    def step(self, step: Step, before: Step | None) -> Iterator[Block]:
        """One visit: what arrived, and for each input the rule, the numbers, and what has been added up."""
        yield Block("heading", f"Step {step.number}:", self.formula("forward", step))
        if step.number > 1:
            yield Block("numbers", "arrived", self.gradient(step.result), step.arrived, level=1)
        for sent in step.sent:
            yield Block("formula", "", self.formula("rule", step, sent), level=1)
            if sent.local is not None and not is_constant(sent.local):
                yield Block("numbers", "local derivative", self.formula("local", step, sent), sent.local, level=2)
            if sent.amount.shape == step.arrived.shape and np.array_equal(sent.amount, step.arrived) and sent.is_only:
                yield Block("words", "the same numbers", level=2)
            else:
                yield Block("numbers", self.word_for(sent), self.gradient(sent.value), sent.amount, level=2)
            if sent.nth > 1:
                what = "in all" if sent.is_last else "so far"
                yield Block("numbers", what, self.gradient(sent.value), sent.total, level=2)
            short = self.pretty.shortcut(step, sent, before)
            if short:
                text = self.plain.shortcut(step, sent, before)
                yield Block("formula", "which is, in short,", Formula(short, text), level=2)
            if has_odd(sent.amount) and not has_odd(step.arrived):
                yield Block("words", f"Here NaN or infinity appears first: '{step.operation.name}' sent it.", level=2)

    def word_for(self, sent: Sent) -> str:
        """How to introduce what was sent."""
        if sent.is_only:
            return "so"
        return "first contribution to" if sent.nth == 1 else "one more contribution to"

    def sums(self) -> Iterator[Block]:
        """Each gradient that was asked for: the chain of derivatives, the product, and the numbers."""
        yield Block("heading", "In sum")
        for value in self.walk.leaves:
            if value.key not in self.walk.gradients:
                continue
            chain, count = self.pretty.chain(value)
            text, _ = self.plain.chain(value)
            if count:
                yield Block("formula", "", Formula(chain, text), level=1)
            if count > 1:
                yield Block("words", f"(one of {count:,} paths, whose products add up)", level=1)
            if count and self.pretty.has_product(value) and self.plain.has_product(value):
                yield Block("formula", "", self.formula("product", value), level=1)
            yield Block("numbers", "", self.gradient(value), self.walk.gradients[value.key], level=1)


def explain(loss: Tensor, wrt: Any = None, *, names: Any = None, max_steps: int = 200) -> Explanation:
    """Explain the gradient of a result: the chain rule, applied to this graph, in formulas and numbers.

    For each operation, from the result back: its formula, the gradient that arrived, the local
    derivative, what went to each input, and what has been added up there; then for each leaf the
    whole product. No `.grad` changes, and the graph can still be used. Hooks are not called.

    Args:
        loss: the result, a scalar.
        wrt: a tensor or a list of tensors: only the steps that lead to these.
        names: names that the caller's variables don't tell; see `draw`.
        max_steps: how many steps to tell; of a larger graph those nearest to the result.

    Raises TypeError for what is no tensor, and RuntimeError where there is no graph, it has been
    freed, the result is not a scalar, or `wrt` is not part of it.

    >>> import autograd
    >>> x = autograd.tensor(3.0, requires_grad=True)
    >>> y = x * x
    >>> print(autograd.explain(y))
    How y depends on x
    ══════════════════
    <BLANKLINE>
    Forward: what was computed
    ──────────────────────────
      y = x ⊙ x
    <BLANKLINE>
    Backward: one derivative after the other, from the result to the parameters
    ───────────────────────────────────────────────────────────────────────────
      It begins with the derivative of the result by itself:
      ∂y/∂y = 1.0
    ...
    """
    check_tensor(loss, "explain")
    if max_steps < 1:
        raise ValueError(f"explain(): max_steps must be at least 1, not {max_steps}")
    targets = None if wrt is None else list(wrt) if isinstance(wrt, (list, tuple)) else [wrt]
    for target in targets or ():
        check_tensor(target, "explain")
        if not target.requires_grad:
            raise RuntimeError(f"explain(): no gradient flows to the tensor of shape {shape_text(target.shape)} in wrt")
    walk = walk_through(loss, targets, max_steps, "explain", given(names), variables(sys._getframe(1)))
    if targets is not None and len(walk.gradients) < len({id(t.node) for t in targets}):
        raise RuntimeError("explain(): a tensor in wrt is not part of the graph of this result: nothing leads to it")
    return Explanation(walk)


def is_constant(local: Any) -> bool:
    """Whether a derivative is one everywhere, as that of a sum is."""
    return bool(np.all(local == 1))


def listed(names: list[str]) -> str:
    """Names in a sentence."""
    if len(names) > 8:
        return f"{', '.join(names[:6])} and {len(names) - 6} more tensors"
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
