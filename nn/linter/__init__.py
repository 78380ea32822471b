"""The training linter: a context around a training loop that knows the usual mistakes.

`linter` wires it up, `check` says what a check is, and each of the other files has the checks of
one kind. To add a check, write a subclass of `Check` and list it in `linter.CHECKS`.
"""

from nn.linter.check import Finding
from nn.linter.linter import TrainingLinter, TrainingWarning

__all__ = ["Finding", "TrainingLinter", "TrainingWarning"]
