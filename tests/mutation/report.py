"""One mutant after the other, and the table of which the tests have killed."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from autograd.jacobians import GradcheckError
from tests.mutation.explained import EXPLAINED
from tests.mutation.judges import killer
from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.targets import Target, backward_rules, update_rules

LIMIT = 24
"""How many mutants are made of each function."""


class Verdict(NamedTuple):
    """What became of the mutants of one function."""

    target: Target
    mutants: int
    crashed: int  # killed because they could not run
    survivors: list[Mutant]

    @property
    def unexplained(self) -> list[Mutant]:
        """The survivors that nobody has given a reason for."""
        return [m for m in self.survivors if str(m) not in EXPLAINED.get(self.target.name, {})]

    def __str__(self) -> str:
        known = EXPLAINED.get(self.target.name, {})
        lines = [f"{self.target.name:<48}{self.mutants:>8}{self.mutants - len(self.survivors):>8}"]
        for m in self.survivors:
            where = f"{m.function.__code__.co_filename}:{m.line}"
            lines.append(f"    {where}: {m.kind}: {m}\n        {known.get(str(m), 'NOT NOTICED')}")
        return "\n".join(lines)


def chosen(only: str) -> list[Target]:
    """The functions whose names a regular expression is found in."""
    return [t for t in itertools.chain(backward_rules(), update_rules()) if re.search(only, t.name)]


def verdicts(targets: Iterable[Target], limit: int = LIMIT) -> Iterator[Verdict]:
    """Put the mutants of each function to the tests."""
    for target in targets:
        crashed, survivors = 0, []
        mutants = mutants_of(target.function, limit)
        for mutant in mutants:
            error = killer(target, mutant)
            if error is None:
                survivors.append(mutant)
            elif not isinstance(error, (AssertionError, GradcheckError)):
                crashed += 1
        yield Verdict(target, len(mutants), crashed, survivors)


def summary(found: list[Verdict]) -> str:
    """The share of the mutants that was killed, and what became of the others."""
    mutants, survivors = sum(v.mutants for v in found), sum(len(v.survivors) for v in found)
    unexplained = sum(len(v.unexplained) for v in found)
    share = (mutants - survivors) / max(mutants, 1)
    return (
        f"{len(found)} functions, {mutants} mutants, {mutants - survivors} killed: {share:.1%}; of these "
        f"{sum(v.crashed for v in found)} could not run at all\n"
        f"{survivors} survive: {survivors - unexplained} are explained, {unexplained} are not"
    )
