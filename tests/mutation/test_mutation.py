"""Every wrong rule is noticed; and that this would be seen if it were not so."""

from __future__ import annotations

import pytest

from tests.mutation.explained import EXPLAINED
from tests.mutation.judges import Check, failure, killer, passes
from tests.mutation.mutants import installed, mutants_of
from tests.mutation.report import chosen, summary, verdicts

A_FEW = r"^(mul by x|linear by weight|softmax by x|sgd\.SGD\.update)$"


def test_an_obviously_wrong_rule_is_noticed():
    found = list(verdicts(chosen(A_FEW), 3))
    assert len(found) == 4
    assert all(verdict.mutants > 1 and not verdict.unexplained for verdict in found)
    assert "100.0%" in summary(found)


def test_a_mutant_that_is_right_survives():
    """min(x, 1) in place of min(x, 0), where only x <= 0 is looked at: nothing could notice."""
    (target,) = chosen(r"^elu by x$")
    found = {str(m): m for m in mutants_of(target.function, 100)}
    harmless = found["np.minimum(x, 0)  ->  np.minimum(x, 1)"]
    assert killer(target, harmless) is None
    (verdict,) = verdicts([target], 100)
    assert [str(m) for m in verdict.survivors] == [str(harmless)] == list(EXPLAINED["elu by x"])
    assert not verdict.unexplained


def test_rules_are_put_back():
    (target,) = chosen(r"^exp by x$")
    before = target.function.__code__
    (mutant, *_) = mutants_of(target.function, 1)
    with pytest.raises(ZeroDivisionError), installed(mutant):
        assert target.function.__code__ is mutant.code
        raise ZeroDivisionError
    assert target.function.__code__ is before


def test_a_test_that_always_fails_is_no_judge():
    (target,) = chosen(r"^exp by x$")
    (mutant, *_) = mutants_of(target.function, 1)
    broken = Check("broken", lambda: pytest.fail("whatever the rule"))
    assert failure(broken, target, installed(mutant)) is not None
    assert not passes(broken, target)


PARTS = 6
"""In how many parts all rules are tested, side by side where there are processors for it."""


@pytest.mark.slow
@pytest.mark.torch
@pytest.mark.parametrize("part", range(PARTS))
def test_every_wrong_rule_is_noticed(part):
    found = list(verdicts(chosen("")[part::PARTS]))
    print(summary(found))
    assert not [f"{v.target.name}: {m}" for v in found for m in v.unexplained]
    for verdict in found:  # what is explained but killed need not be explained any more
        assert set(map(str, verdict.survivors)) == set(EXPLAINED.get(verdict.target.name, ()))


def test_only_rules_that_exist_are_explained():
    assert EXPLAINED.keys() <= {target.name for target in chosen("")}
