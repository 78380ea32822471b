"""`torch.utils.benchmark`: `Timer` times a statement, `Compare` sets such measurements side by side."""

from autograd.utils.benchmark.comparing import Compare
from autograd.utils.benchmark.measurement import Measurement, TaskSpec, select_unit
from autograd.utils.benchmark.timing import Timer, timer

__all__ = ["Compare", "Measurement", "TaskSpec", "Timer", "select_unit", "timer"]
