"""The formulas of an explanation: each step's own, and the whole product from the result to a parameter."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.view.explain_steps import Sent, Step, Walk
from autograd.view.formulas import TOKEN, exchanged, name_tex, plain, symbols_of, verbatim
from autograd.view.graph import Value

AVERAGING = {"mse_loss", "l1_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits", "cross_entropy"}

LONGEST = 240
"""How long a product may get before a part of it is called by its name again."""

SHORTCUTS: dict[tuple[str, str], tuple[str, Callable[..., Any]]] = {
    ("binary_cross_entropy", "sigmoid"): (r"\frac{p - y}{n}", lambda p, y, n: (p - y) / n),
    ("nll_loss", "log_softmax"): (
        r"\frac{e^{p} - \text{onehot}(y)}{n}",
        lambda p, y, n: (np.exp(p) - np.eye(p.shape[-1])[y]) / n,
    ),
}
"""Pairs of a loss and the op before it whose derivatives simplify: p is what went into the loss, y the targets."""

READINGS = {
    "binary_cross_entropy_with_logits": r"\frac{\hat y - y}{n} \text{ with } \hat y = \sigma(x)",
    "cross_entropy": r"\frac{\hat y - \text{onehot}(y)}{n} \text{ with } \hat y = \mathrm{softmax}(x)",
}
"""How textbooks write the derivative of losses that include the last activation."""


class Notation:
    """Writes formulas with names as TeX shows them best, or, for plain text, as they are in the program."""

    def __init__(self, walk: Walk, pretty: bool) -> None:
        self.walk, self.pretty = walk, pretty
        self.expressions: dict[str, str] = {}

    def done(self, tex: str) -> str:
        """A formula as it is handed out: TeX, or text."""
        return tex if self.pretty else plain(tex)

    def name(self, value: Value) -> str:
        """A tensor's name."""
        label = self.walk.labels.get(value.key, "?")
        return name_tex(label) if self.pretty else verbatim(label)

    def slope(self, above: Value, below: Value) -> str:
        """The derivative of one tensor by another."""
        if self.pretty:
            return rf"\frac{{\partial {self.name(above)}}}{{\partial {self.name(below)}}}"
        return rf"\partial{self.name(above)}/\partial{self.name(below)}"

    def gradient(self, value: Value) -> str:
        """The derivative of the final result by a tensor."""
        return self.slope(self.walk.root, value)

    # -- one step -----------------------------------------------------------------------------------------

    def symbols(self, step: Step) -> dict[str, str]:
        """What the letters of an op's formulas stand for."""
        op, params = step.operation.node.op, step.operation.node.params
        names = {name: self.name(value) for name, value in step.operands.items()}
        names |= {n: f"{v:g}" for n, v in params.items() if isinstance(v, (int, float)) and not isinstance(v, bool)}
        found = symbols_of(op, names) | {"z": self.name(step.result)}
        count = averaged_over(step)
        return found | ({"n": f"{count:g}"} if count else {})

    def forward(self, step: Step) -> str:
        """What was computed."""
        tex = exchanged(getattr(step.operation.node.op, "tex", ""), self.symbols(step))
        if not tex:
            inside = ", ".join(self.name(place.value) for place in step.operation.inputs if place.value is not None)
            tex = rf"\mathrm{{{step.operation.name.replace('_', ' ')}}}({inside})"
        is_equation = re.match(r"\{[^=]*\}(_\S+)? = ", tex) and tex.startswith(f"{{{self.name(step.result)}}}")
        return self.done(tex if is_equation else f"{self.name(step.result)} = {tex}")

    def rule(self, step: Step, sent: Sent) -> str:
        """How the gradient of the result became one of the input."""
        is_first = step.result is self.walk.root
        arrived = "1" if is_first else self.gradient(step.result)
        op = step.operation.node.op
        joint = getattr(op, "joint", None)
        if joint is not None:
            pulled = exchanged(joint.tex, self.symbols(step), {"z": arrived})
        elif sent.parameter in getattr(op, "rules", {}):
            pulled = self.substituted(step, sent, arrived)
        else:
            pulled = rf"\mathrm{{backward}}({arrived})"
        return self.done(f"{self.gradient(sent.value)} = {pulled}")

    def local(self, step: Step, sent: Sent) -> str:
        """The derivative of the result by the input, as a symbol."""
        return self.done(self.slope(step.result, sent.value))

    # -- the losses' well-known derivatives ----------------------------------------------------------------

    def shortcut(self, step: Step, sent: Sent, before: Step | None) -> str:
        """The short form of the gradient that has just been found, if it has one and it is true of the numbers."""
        op = step.operation.node.op
        if op.name in READINGS and averaged_over(step):
            return self.done(exchanged(READINGS[op.name], self.symbols(step)))
        found = None if before is None else SHORTCUTS.get((before.operation.name, op.name))
        if found is None or before is None or before.result is not self.walk.root or not self.holds(step, sent, before):
            return ""
        return self.done(f"{self.gradient(sent.value)} = {self.short_form(step, before)}")

    def short_form(self, step: Step, before: Step) -> str:
        """The short form of the derivative of a loss by what went into the op before it."""
        tex, _ = SHORTCUTS[before.operation.name, step.operation.name]
        target = next((v for k, v in before.operands.items() if k in ("y", "target")), None)
        symbols = {"p": self.name(step.result), "n": f"{averaged_over(before):g}"}
        return exchanged(tex, symbols | ({"y": self.name(target)} if target is not None else {}))

    def holds(self, step: Step, sent: Sent, before: Step) -> bool:
        """Whether the short form gives the numbers that were found."""
        target = next((v for k, v in before.operands.items() if k in ("y", "target")), None)
        count = averaged_over(before)
        if target is None or target.array is None or step.result.array is None or not count:
            return False
        _, function = SHORTCUTS[before.operation.name, step.operation.name]
        expected = function(step.result.array, target.array, count)
        return expected.shape == sent.total.shape and bool(np.allclose(expected, sent.total, rtol=1e-3, atol=1e-6))

    # -- the whole product ------------------------------------------------------------------------------------

    def product(self, value: Value) -> str:
        """The gradient of a tensor, written out as far as there is room for it."""
        return self.done(f"{self.gradient(value)} = {self.expression(value)}")

    def has_product(self, value: Value) -> bool:
        """Whether there was room for the whole product of a gradient."""
        return self.expression(value) != self.gradient(value)

    def expression(self, value: Value) -> str:
        """The gradient of a tensor in terms of the forward pass."""
        if not self.expressions:
            self.write_expressions()
        return self.expressions.get(value.key, self.gradient(value))

    def write_expressions(self) -> None:
        """Go through the steps and write each gradient in terms of the one before it."""
        self.expressions[self.walk.root.key] = "1"
        by_result = {step.result.key: step for step in self.walk.steps}
        parts: dict[str, list[str]] = {}
        for step in self.walk.steps:
            arrived = self.expressions.get(step.result.key, self.gradient(step.result))
            for sent in step.sent:
                before = self.consumer(step, by_result)
                if before is not None and self.shortcut(step, sent, before):
                    tex = self.short_form(step, before)
                else:
                    tex = self.substituted(step, sent, arrived)
                parts.setdefault(sent.value.key, []).append(tex)
                total = " + ".join(parts[sent.value.key])
                is_short = len(total) <= LONGEST * (2 if self.pretty else 1)
                self.expressions[sent.value.key] = total if is_short else self.gradient(sent.value)

    def consumer(self, step: Step, by_result: dict[str, Step]) -> Step | None:
        """The step before, if the loss comes right after this op."""
        before = by_result.get(self.walk.root.key)
        uses = [s for s in self.walk.steps for sent in s.sent if sent.value is step.result]
        return before if before is not None and uses == [before] else None

    def substituted(self, step: Step, sent: Sent, arrived: str) -> str:
        """A step's rule with a whole product in the place of the gradient."""
        op = step.operation.node.op
        rule = getattr(op, "rules", {}).get(sent.parameter)
        if rule is None:
            return self.gradient(sent.value)
        gradients = {k: self.gradient(v) for k, v in step.operands.items() if k in ("x", "y") and op.name != "var"}
        is_passed_on = rule.tex.strip() == r"\bar z"
        inner = rf"\left({arrived}\right)" if not is_passed_on and needs_parentheses(arrived) else arrived
        text = computed(exchanged(rule.tex, self.symbols(step), gradients | {"z": inner}))
        text = without_ones(text) if arrived == "1" else text
        axes = summed_axes(step, sent)
        if not axes:
            return arrived if is_passed_on else text
        inner = rf"\left({text}\right)" if needs_parentheses(text) else text
        return rf"\sum_{{\text{{axis {', '.join(map(str, axes))}}}}} {inner}"

    def chain(self, value: Value) -> tuple[str, int]:
        """The product of derivatives along the first path to a tensor, and the number of paths."""
        consumers: dict[str, list[Step]] = {}
        for step in self.walk.steps:
            for sent in step.sent:
                consumers.setdefault(sent.value.key, []).append(step)
        factors: list[str] = []
        at = value
        while consumers.get(at.key):
            step = consumers[at.key][0]
            factors.insert(0, self.slope(step.result, at))
            at = step.result
        between = r"\, " if self.pretty else r" \cdot "
        middle = [r"\cdots"] if len(factors) > 12 else []
        shown = [*factors[:6], *middle, *factors[-6:]] if middle else factors
        return self.done(f"{self.gradient(value)} = {between.join(shown)}"), paths(self.walk, value)


def paths(walk: Walk, value: Value) -> int:
    """How many ways lead from the result to a tensor."""
    found = {walk.root.key: 1}
    for step in walk.steps:
        for sent in step.sent:
            found[sent.value.key] = found.get(sent.value.key, 0) + found.get(step.result.key, 0)
    return found.get(value.key, 0)


def summed_axes(step: Step, sent: Sent) -> tuple[int, ...]:
    """The dimensions that an input was copied along to fit, so that its gradient is a sum over them."""
    if not getattr(step.operation.node.op, "broadcasts", False) or sent.amount.shape == step.arrived.shape:
        return ()
    added = step.arrived.ndim - sent.amount.ndim
    stretched = (i for i in range(added, step.arrived.ndim) if sent.amount.shape[i - added] != step.arrived.shape[i])
    return (*range(added), *stretched)


def needs_parentheses(tex: str) -> bool:
    """Whether a formula is more than one symbol, derivative or fraction, so that a product with it needs parentheses."""
    if (
        re.fullmatch(r"\\frac\{\\partial [^+⊙]*\}|\\partial.*/\\partial\\text\{[^{}]*\}", tex.strip())
        and "odot" not in tex
    ):
        return False
    outside = re.sub(r"\\frac(\{[^{}]*(\{[^{}]*(\{[^{}]*\})?[^{}]*\})*[^{}]*\}){2}", "F", tex.strip())
    return len(TOKEN.findall(re.sub(r"\{[^{}]*\}", "G", outside))) > 1


def computed(tex: str) -> str:
    """A formula with its exponents worked out, 3 x^{3-1} is 3 x^2, and negative factors in parentheses."""
    tex = re.sub(r"\^\{\{(-?[\d.]+)\}-1\}", lambda exponent: f"^{{{float(exponent[1]) - 1:g}}}", tex)
    return re.sub(r"\\odot \{(-[\d.]+)\}", r"\\odot ({\1})", tex.replace("^{1}", ""))


def without_ones(tex: str) -> str:
    """A product without the factor of one that it begins with."""
    tex = re.sub(r"\{1\}\s*(\\odot|\\,)\s*", "", tex)
    tex = re.sub(r"(\\tfrac\S+)\s*\{1\}\s*", r"\1 ", tex)
    return re.sub(r"^(-?)\{1\}\s*(?=[\\({])", r"\1", tex)


def averaged_over(step: Step) -> float:
    """The n of a mean, or of a loss that is one: how many elements are averaged; 0 for other ops."""
    node, name = step.operation.node, step.operation.name
    x = step.operands.get("x")
    if x is None or x.shape is None:
        return 0
    if name == "mean":
        dims: Any = node.params.get("dim")
        return math.prod(x.shape if dims is None else [x.shape[d] for d in dims])
    if name == "nll_loss" and node.params.get("reduction") == "mean":
        return x.shape[0] if len(x.shape) > 1 else 1
    if name in AVERAGING:
        whole = x.shape[0] if name == "cross_entropy" else math.prod(x.shape)
        return {"mean": whole, "sum": 1}.get(node.params.get("reduction"), 0)
    return 0
