"""Learning rates that change as training goes on: make a schedule of an optimizer, and step it after each epoch.

by_function  LambdaLR, MultiplicativeLR: factors that the user gives
decay        StepLR, MultiStepLR, ExponentialLR, PolynomialLR
warmup       ConstantLR, LinearLR
cosine       CosineAnnealingLR, CosineAnnealingWarmRestarts
cyclic       CyclicLR, OneCycleLR
plateau      ReduceLROnPlateau
combined     SequentialLR, ChainedScheduler
"""

from optim.lr_scheduler.base import LRScheduler, _LRScheduler
from optim.lr_scheduler.by_function import LambdaLR, MultiplicativeLR
from optim.lr_scheduler.combined import ChainedScheduler, SequentialLR
from optim.lr_scheduler.cosine import CosineAnnealingLR, CosineAnnealingWarmRestarts
from optim.lr_scheduler.cyclic import CyclicLR, OneCycleLR
from optim.lr_scheduler.decay import ExponentialLR, MultiStepLR, PolynomialLR, StepLR
from optim.lr_scheduler.plateau import ReduceLROnPlateau
from optim.lr_scheduler.warmup import ConstantLR, LinearLR

__all__ = [
    "ChainedScheduler", "ConstantLR", "CosineAnnealingLR", "CosineAnnealingWarmRestarts", "CyclicLR", "ExponentialLR",
    "LRScheduler", "LambdaLR", "LinearLR", "MultiStepLR", "MultiplicativeLR", "OneCycleLR", "PolynomialLR",
    "ReduceLROnPlateau", "SequentialLR", "StepLR", "_LRScheduler",
]  # fmt: skip
