"""Mutation: every backward and every update rule, made wrong in many ways, one at a time; do the tests notice?

    python -m tests.mutation [--only REGEX]

A test that can't fail proves nothing. So each rule is changed where it stands, one place at a time, and the tests that
are there for it are run: those of `tests/test_ops_gradients.py` for a backward rule, those of `tests/optim` for an
update rule. One that fails has killed the mutant. A mutant that survives shows what no test looks at.

    mutants.py     what may be wrong with a function: its source, changed in one place
    targets.py     which functions the rules are made of
    judges.py      which tests are to notice, and how they are run
    explained.py   the mutants that survive because they are right
    report.py      one after the other, and the table
"""
