"""`nn.functional` has PyTorch's names, parameters and defaults; so have the same functions outside of it."""

from __future__ import annotations

import inspect

import pytest

import autograd
import nn.functional as F

LEFT_OUT = {"grouped_mm", "scaled_grouped_mm", "scaled_mm"}  # matrix products for float8 and for grouped experts
NOT_FUNCTIONS = {"Optional"}
HELPERS = {"boolean_dispatch", "assert_int_or_pair", "handle_torch_function", "has_torch_function"}


def public(module):
    """The functions that a module offers its users."""
    for name in dir(module):
        found = getattr(module, name)
        if not name.startswith("_") and callable(found) and not isinstance(found, type) and name not in NOT_FUNCTIONS:
            if not name.startswith("has_torch_function") and name not in HELPERS:
                yield name


def test_no_function_is_missing(torch):
    missing = {name for name in public(torch.nn.functional) if not hasattr(F, name)}
    assert missing == LEFT_OUT


def test_what_pytorch_also_offers_outside_is_outside_here_too(torch):
    missing = {name for name in public(torch.nn.functional) if hasattr(torch, name) and not hasattr(autograd, name)}
    assert missing <= {"embedding_bag"}


@pytest.mark.parametrize("name", sorted(F.__all__))
def test_parameters_and_defaults(name, torch):
    theirs = getattr(torch.nn.functional, name, None)
    if theirs is None:
        pytest.fail(f"PyTorch has no nn.functional.{name}")
    try:
        expected = inspect.signature(theirs).parameters
    except ValueError:
        pytest.skip("a function in C: it does not tell its parameters")
    if "args" in expected or "fn" in expected:
        pytest.skip("chooses between two functions at run time")
    ours = inspect.signature(getattr(F, name)).parameters
    for parameter, wanted in expected.items():
        if parameter == "out":
            continue  # which functions made by `derived` take without naming it
        assert parameter in ours, f"{name} lacks {parameter}"
        assert (ours[parameter].default is inspect.Parameter.empty) == (wanted.default is inspect.Parameter.empty)
        if wanted.default is not inspect.Parameter.empty:
            assert ours[parameter].default == wanted.default or (wanted.default is None and not ours[parameter].default)
    shared = [p for p in ours if p in expected and ours[p].kind is not inspect.Parameter.KEYWORD_ONLY]
    assert shared == [p for p in expected if p in shared]
