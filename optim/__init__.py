"""Optimizers: what turns gradients into better parameters."""

from optim import lr_scheduler, swa_utils
from optim.adam import Adam
from optim.adamw import AdamW
from optim.optimizer import Optimizer
from optim.sgd import SGD

__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "lr_scheduler", "swa_utils"]
