"""Which tests are to notice that a rule is wrong, and how they are run here: as plain functions, one call after another.

A test of `tests/` is called for the op or the optimizer in question alone, the cheapest cases first, and no further
than to the first failure. A test that fails without any mutant has noticed nothing: that is an error here.
"""

from __future__ import annotations

import inspect
import itertools
import signal
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np
import pytest

import autograd
from autograd.registry import DERIVED
from tests import test_interrupts, test_kinks, test_ops_gradients, test_ops_torch
from tests.conftest import TORCH
from tests.mutation.mutants import Mutant, installed
from tests.mutation.targets import Target, optimizers
from tests.nn import test_recurrent
from tests.optim import test_optimizer, test_optimizers_torch, test_parts_of_rules, test_update_rules
from tests.sampling import Subject, is_public, samples

SECONDS = 20
"""A mutant that makes a test run for longer than this will not end."""


class Check(NamedTuple):
    """A test with its arguments."""

    name: str
    run: Callable[[], Any]


def killer(target: Target, mutant: Mutant) -> BaseException | None:
    """How the first test that notices the mutant fails; None if none does."""
    for check in checks_of(target.owners):
        error = failure(check, target, installed(mutant))
        if error is not None:
            assert passes(check, target), f"{check.name} fails without any mutant"
            return error
    return None


def failure(check: Check, target: Target, circumstances: Any) -> BaseException | None:
    """The exception that a test ends with, if it fails."""
    forget_compiled(target.owners)
    autograd.manual_seed(0)
    try:
        with circumstances, ending(SECONDS), warnings.catch_warnings(action="ignore"):
            check.run()
    except pytest.skip.Exception:
        return None
    except (Exception, pytest.fail.Exception) as error:
        return error
    finally:
        forget_compiled(target.owners)
    return None


PASSED: set[str] = set()
"""The tests that are known to pass as long as all is right."""


def passes(check: Check, target: Target) -> bool:
    """Whether a test passes without a mutant."""
    if check.name not in PASSED and failure(check, target, nullcontext()) is None:
        PASSED.add(check.name)
    return check.name in PASSED


@contextmanager
def ending(seconds: float) -> Iterator[None]:
    """Raise TimeoutError if what is done takes longer than this, where the system can ring a bell."""

    def ring(*_: Any) -> None:
        raise TimeoutError(f"not done after {seconds} seconds")

    if not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def checks_of(owners: tuple[Any, ...]) -> Iterator[Check]:
    """The tests of these ops, or of these optimizers."""
    return update_checks(owners) if isinstance(owners[0], type) else gradient_checks(owners)


# -- backward rules -----------------------------------------------------------------------------------------

OF_EACH_CASE = (
    test_ops_gradients.test_first_derivatives,
    test_ops_gradients.test_fused_op_is_its_composition,
    test_ops_gradients.test_complex_derivatives,
    test_ops_gradients.test_second_derivatives,
    test_ops_gradients.test_broadcasting_is_undone,
    test_ops_gradients.test_each_input_alone_gets_the_same_gradient,
    test_ops_gradients.test_rules_are_pure,
)
"""What every op's gradients are put to, the most telling first."""


def forget_compiled(owners: tuple[Any, ...]) -> None:
    """Let ops write out their backward again, with the rules as they are now."""
    for owner in owners:
        if not isinstance(owner, type):
            owner.__dict__.pop("pull", None)


def size_of(subject: Subject) -> tuple[bool, int]:
    """Cases of nothing tell least and come last; the others by the number of elements."""
    size = sum(int(np.prod(s.shape)) for s in samples(subject.case.inputs))
    return size == 0, size


def gradient_checks(owners: tuple[Any, ...]) -> Iterator[Check]:
    """The gradient checks of ops: each check on all cases of all of them, before the next."""
    subjects = subjects_of(owners)
    names = {op.name for op in owners}
    for kink in (kink for kink in test_kinks.KINKS if kink.op in names):
        yield Check(f"kink {kink}", partial(test_kinks.test_gradient_at_a_kink, kink))
    if "det" in names:
        yield from (check for text, check in checks_in(test_kinks) if "determinants" in text)
    for test, subject in itertools.product(OF_EACH_CASE, subjects):
        if test is not test_ops_gradients.test_fused_op_is_its_composition or subject.info.composed:
            yield of_subject(test, subject)
    if any(name.endswith("_layer") for name in names):
        yield from (check for _, check in checks_in(test_recurrent) if "in_chunks" in check.name)
    if TORCH is not None:
        public = [op if is_public(op) else DERIVED.get(op.name) for op in owners]
        for dtype, subject in itertools.product(("float64", "float32"), subjects_of(filter(None, public))):
            yield of_subject(test_ops_torch.test_agrees_with_torch, subject, dtype=dtype, torch=TORCH)


def subjects_of(infos: Iterable[Any]) -> list[Subject]:
    """The cases of ops, the smallest first."""
    return sorted((Subject(info, case, place) for info in infos for place, case in enumerate(info.cases)), key=size_of)


def of_subject(test: Any, subject: Subject, **arguments: Any) -> Check:
    """A test of one op with one of its cases."""
    name = f"{test.__name__} {subject.info.name} {subject.place} {arguments.get('dtype', '')}"
    return Check(name, partial(test, cases=[subject], **arguments))


# -- update rules -------------------------------------------------------------------------------------------

OF_OPTIMIZERS = (test_parts_of_rules, test_update_rules, test_optimizer, test_optimizers_torch)


def update_checks(owners: tuple[Any, ...]) -> Iterator[Check]:
    """The tests of optimizers that are about these, and those that are about none in particular."""
    wanted = {kind.__name__.lower() for kind in owners}
    others = {kind.__name__.lower() for kind in optimizers()} - wanted
    for module in OF_OPTIMIZERS:
        for text, check in checks_in(module):
            if any(name in text for name in wanted) or not any(name in text for name in others):
                yield check
    yield from (check for text, check in checks_in(test_interrupts) if any(f"{name}_" in text for name in wanted))


@cache
def checks_in(module: Any) -> list[tuple[str, Check]]:
    """All tests of a module with all their arguments, each with its name in lower case."""
    tests = [test for name, test in vars(module).items() if name.startswith("test_")]
    found = [(f"{test.__name__} {chosen!r}", test, chosen) for test in tests for chosen in choices(test)]
    return [(name.lower(), Check(name, partial(call_with_fixtures, test, chosen))) for name, test, chosen in found]


def choices(test: Any) -> Iterator[dict[str, Any]]:
    """The arguments that a test's marks ask for, one set after another."""
    tables = [mark.args[:2] for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
    columns = [[dict(named(names, row)) for row in rows] for names, rows in tables]
    for rows in itertools.product(*columns):
        yield {name: value for row in rows for name, value in row.items()}


def named(names: Any, row: Any) -> Iterator[tuple[str, Any]]:
    """A row of a table of arguments, by their names."""
    values = row.values if hasattr(row, "marks") else row
    return zip([names], [values], strict=True) if isinstance(names, str) else zip(names, values, strict=True)


def call_with_fixtures(test: Any, chosen: dict[str, Any]) -> None:
    """Call a test with the arguments chosen, random numbers and PyTorch; other fixtures are not to be had here."""
    fixtures = {"rng": np.random.default_rng(0), "torch": TORCH}
    wanted = set(inspect.signature(test).parameters) - chosen.keys()
    if not wanted <= fixtures.keys() or ("torch" in wanted and TORCH is None):
        pytest.skip("needs what is not to be had here")
    test(**chosen, **{name: fixtures[name] for name in wanted})
