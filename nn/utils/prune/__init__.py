"""Pruning: weights that matter little are held at zero.

A pruned parameter `weight` is called `weight_orig`, the buffer `weight_mask` says which of its elements
are kept, and a hook makes the attribute `weight` their product before each forward. Pruning again adds
to the mask. `methods` says how methods work, `unstructured` and `structured` are the methods,
`functions` applies them.

Han, Pool, Tran and Dally, "Learning both weights and connections for efficient neural networks", NeurIPS 2015.
"""

from __future__ import annotations

from nn.utils.prune.functions import (
    custom_from_mask,
    global_unstructured,
    identity,
    is_pruned,
    l1_unstructured,
    ln_structured,
    random_structured,
    random_unstructured,
    remove,
)
from nn.utils.prune.methods import BasePruningMethod, PruningContainer
from nn.utils.prune.structured import LnStructured, RandomStructured
from nn.utils.prune.unstructured import CustomFromMask, Identity, L1Unstructured, RandomUnstructured

__all__ = [
    "BasePruningMethod", "CustomFromMask", "Identity", "L1Unstructured", "LnStructured", "PruningContainer",
    "RandomStructured", "RandomUnstructured", "custom_from_mask", "global_unstructured", "identity", "is_pruned",
    "l1_unstructured", "ln_structured", "random_structured", "random_unstructured", "remove",
]  # fmt: skip
