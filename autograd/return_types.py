"""Named results: what functions that return several tensors at once return."""

from __future__ import annotations

from collections import namedtuple
from typing import Any


def named_result(name: str, *fields: str) -> Any:
    """A tuple type with named fields, printed as PyTorch prints it."""
    base = namedtuple(name, fields)  # type: ignore[misc]

    def show(self: Any) -> str:
        return f"torch.return_types.{name}(\n" + ",\n".join(f"{f}={getattr(self, f)!r}" for f in fields) + ")"

    kind = type(name, (base,), {"__slots__": (), "__repr__": show, "__doc__": f"What `{name}` returns."})
    kind.__module__ = __name__
    globals()[name] = kind  # where pickle looks for it
    return kind


max = named_result("max", "values", "indices")
min = named_result("min", "values", "indices")
sort = named_result("sort", "values", "indices")
topk = named_result("topk", "values", "indices")
kthvalue = named_result("kthvalue", "values", "indices")
median = named_result("median", "values", "indices")
nanmedian = named_result("nanmedian", "values", "indices")
mode = named_result("mode", "values", "indices")
cummax = named_result("cummax", "values", "indices")
cummin = named_result("cummin", "values", "indices")
aminmax = named_result("aminmax", "min", "max")
frexp = named_result("frexp", "mantissa", "exponent")
histogram = named_result("histogram", "hist", "bin_edges")
histogramdd = named_result("histogramdd", "hist", "bin_edges")
