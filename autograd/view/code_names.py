"""Names for the variables of a script: those that the user gave, made into identifiers, and the textbooks' for the rest."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from autograd.view.graph import Operation, Role, Value

STEMS = {
    "linear": "z", "matmul": "z", "convolution": "z", "relu": "a", "tanh": "a", "sigmoid": "a", "softmax": "a",
    "gelu": "a", "silu": "a", "elu": "a", "leaky_relu": "a", "log_softmax": "a", "max_pool": "pooled",
    "avg_pool": "pooled", "native_batch_norm": "normed", "native_layer_norm": "normed", "basic_index": "part",
    "index": "part", "embedding": "embedded", "transpose": "turned", "view": "flat",
    "pow_number": "power", "pow_tensor": "power",
}  # fmt: skip
"""What the results of ops are called when nobody has named them."""


def identifier(name: str) -> str:
    """A name as an identifier: of a path to a parameter, the part after the model's own name."""
    path = re.findall(r"[^\W]+", unicodedata.normalize("NFKC", name))
    if len(path) > 1:
        path = path[1:]
    words = [f"layer{word}" if word[0].isdigit() else word for word in path]
    found = "_".join(words).strip("_")
    return found if found.isidentifier() else f"v_{found}" if found and f"v_{found}".isidentifier() else "value"


class Names:
    """Gives out identifiers, each once."""

    def __init__(self, taken: Iterable[str], avoided: Iterable[str] = ()) -> None:
        self.taken = set(taken)
        self.avoided = set(avoided)  # the user's variables: what has no name should not get that of something else
        self.counts: dict[str, int] = {}

    def unique(self, wanted: str) -> str:
        """This name, or one like it that is free, together with that of its gradient."""
        name, number = wanted, 2
        while name in self.taken or f"d{name}" in self.taken:
            name, number = f"{wanted}_{number}", number + 1
        self.taken |= {name, f"d{name}"}
        return name

    def numbered(self, stem: str) -> str:
        """The next of z1, z2, ..."""
        while True:
            self.counts[stem] = self.counts.get(stem, 0) + 1
            name = f"{stem}{self.counts[stem]}"
            if not {name, f"d{name}"} & self.taken and name not in self.avoided:
                return self.unique(name)

    def of_values(self, values: Iterable[Value], operations: Iterable[Operation]) -> dict[Any, str]:
        """An identifier for every value, by its key: first those with names, then the rest as they come about."""
        values = list(values)
        found = {v.key: self.unique(identifier(v.name)) for v in values if v.name}
        for value in values:
            if value.key not in found and value.role is not Role.RESULT:
                found[value.key] = self.numbered(
                    "w" if value.role is Role.PARAMETER else "x" if value.takes_grad else "c"
                )
        affine: set[str] = set()
        operations = list(operations)
        summed = {
            place.value.key for o in operations if o.name == "add" for place in o.inputs if place.value is not None
        }
        for operation in operations:
            is_sum = operation.name == "add" and any(p.value and p.value.key in affine for p in operation.inputs)
            for value in operation.outputs:
                if operation.name in ("matmul", "linear", "convolution") or is_sum:
                    affine.add(value.key)
                if value.key not in found:
                    stem = "z" if is_sum else STEMS.get(operation.name, operation.name)
                    stem = "product" if stem == "z" and value.key in summed else stem
                    found[value.key] = self.unique("loss") if value.is_output else self.numbered(stem)
        return found
