"""All ops and derived functions by name: what promotion, tests, docs and stubs look them up in."""

from __future__ import annotations

from typing import Any

OPS: dict[str, Any] = {}
"""The primitive ops: `autograd.op.Op` by name."""

BATCH_RULES: dict[str, Any] = {}
"""How ops are carried out on batches under `vmap`, by name.

Some entries stand for more than one op: "apply" for any, "function" for a function that is no op, "Function" for a
custom Function, "x[i]", "x[i] = y" and "x += y" for what these do, and "pull" for an op's backward (see
`autograd.batching` and `autograd.batching_rules`).
"""

DERIVED: dict[str, Any] = {}
"""The functions made of ops: `autograd.derived.Derived` by name."""
