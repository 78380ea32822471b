"""Kinds of dtype that ops are not defined for, each with what to do instead: for the option `refuses` of `op`.

Kinds are NumPy's letters: "b" for bool, "i" and "u" for integers, "f" for floats and "c" for complex numbers.
"""

from __future__ import annotations

FLOATS_ONLY = dict.fromkeys("biu", "convert with .float()")
"""For floats and complex numbers."""

REAL_ONLY = FLOATS_ONLY | {"c": "take .real, .imag or .abs()"}
"""For real floats."""

NO_ORDER = {"c": "complex numbers have no order"}
"""For what compares its elements."""
