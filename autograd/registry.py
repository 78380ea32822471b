"""All ops and derived functions by name: what promotion, tests, docs and stubs look them up in."""

from __future__ import annotations

from typing import Any

OPS: dict[str, Any] = {}
"""The primitive ops: `autograd.op.Op` by name."""

BATCH_RULES: dict[str, Any] = {}
"""How ops are carried out on batches under `vmap`, by name; "apply" does so for any op (see `autograd.batching`)."""

DERIVED: dict[str, Any] = {}
"""The functions made of ops: `autograd.derived.Derived` by name."""
