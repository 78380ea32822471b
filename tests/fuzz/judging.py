"""Whether a call that was refused was refused well.

A call may return. If it raises, all of this must hold:

- The error is a TypeError, a ValueError, a RuntimeError or an IndexError: what PyTorch raises for bad arguments, or a
  subclass of ours of one of these. An OSError is right for a file that can't be read, and a FloatingPointError never.
  Anything else (AttributeError, KeyError, AssertionError, ZeroDivisionError, OverflowError, UnboundLocalError,
  RecursionError, MemoryError, an exception class of NumPy's or SciPy's ...) shows that nobody looked at the argument.
- Its message is not empty, and is about the call: it names the function or the class, an op that the function is
  made of, or one of the arguments; it does not merely repeat what Python, NumPy or SciPy say when an operation inside
  the function goes wrong ("'<' not supported between ...", "object has no attribute ...").
- None of the arguments has been changed: no values, shape, dtype, place in the graph, gradient or version of a tensor,
  no item of a container, no state of a module or an optimizer.
- Settings of the library are as they were, whether the call returned or raised.
- It took less than five seconds.
"""

from __future__ import annotations

import inspect
import re
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import autograd
import nn
import optim
from autograd import modes, printing
from autograd.registry import DERIVED, OPS
from optim.lr_scheduler import LRScheduler
from tests.fuzz.good_calls import SPACES, public_names, sum_of_squares

LONGEST = 5.0
"""How many seconds a call may take."""

RIGHT_TYPES = (TypeError, ValueError, RuntimeError, IndexError, OSError, MemoryError)

AS_IN_PYTORCH = (AssertionError, KeyError, AttributeError, BufferError)
"""What some functions of PyTorch raise on purpose, with a message, and so do ours."""

PRIVATE = re.compile(r"[Uu]func '|numpy\.(?!ndarray)|\bnp\.(?!ndarray|str_)|<lambda>|<locals>|\b(?!__)_\w+\(\)|lift\b")
"""Names that users of the library have never heard of."""

FOREIGN = re.compile(
    r"""object\ has\ no\ attribute|not\ supported\ between|unsupported\ operand|object\ is\ not\ (iterable|subscriptable|reversible)
      |object\ cannot\ be\ interpreted|object\ of\ type|must\ be\ real\ number|can't\ multiply\ sequence
      |not\ enough\ values|too\ many\ values|bad\ operand|cannot\ unpack|can\ only\ concatenate\ list
      |inhomogeneous\ shape|operands\ could\ not|cannot\ reshape\ array|Cannot\ interpret
      |could\ not\ convert\ string|could\ not\ be\ broadcast|invalid\ literal|a\ NumPy\ dtype\ \(via
      |maximum\ allowed\ dimension|array\ is\ too\ big|unhashable|negative\ dimensions|list\ indices
      |only\ integer\ tensors\ of\ a\ single|only\ one\ element\ tensors
      |argument\ must\ be\ a\ string\ or|math\ domain|list\ index|tuple\ ind|string\ indices
      |iteration\ over\ a\ 0-d|a\ bytes-like\ object|needs\ an\ argument|arrays\ used\ as\ ind""",
    re.VERBOSE,
)
"""What Python, NumPy and SciPy say of an operation that they could not carry out."""


def names_of(function: Any, parameters: list[str]) -> set[str]:
    """The words by which a message can say what it is about."""
    owner = getattr(function, "__self__", None)
    found = {getattr(function, "__name__", ""), type(function).__name__, type(owner).__name__, *parameters}
    found |= set(inspect.signature(function.forward).parameters) if isinstance(function, nn.Module) else set()
    found |= {name[:-1] for name in found if name[-1:].isdigit()}
    found |= {base.__name__ for base in (function if isinstance(function, type) else type(function)).__mro__}
    words = {name.strip("_").lower() for name in found}
    words |= {SYNONYMS[word] for word in words & SYNONYMS.keys()}
    words |= {word.removesuffix("s") for word in words} | {f"{word}s" for word in words}
    return words - {"", "self", "object", "args", "kwargs", "function", "method", "type"}


PUBLIC = {name for space in SPACES.values() for name, _ in public_names(space)}
WORDS = {
    name.strip("_").lower()
    for name in (*OPS, *DERIVED, *PUBLIC, *nn.Module.__dict__, "functional_call", "dim", "argnum")
}
SYNONYMS = {
    "grad_outputs": "gradients",
    "lr": "learning",
    "eps": "epsilon",
    "index": "indices",
    "tensor": "tensors",
    "gradient": "gradients",
}


def is_of_our_own(error: BaseException) -> bool:
    """Whether the function that a good call hands over has failed, on what the bad call has made of its argument."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_code is sum_of_squares.__code__


def fault(error: BaseException, names: set[str]) -> str | None:
    """What is wrong with an error as the answer to a bad call; None if it is a good one."""
    kind = type(error)
    on_purpose = isinstance(error, AS_IN_PYTORCH) and " " in str(error) and not FOREIGN.search(str(error))
    if not (isinstance(error, RIGHT_TYPES) or on_purpose) or isinstance(error, RecursionError):
        return kind.__name__
    if kind.__module__.partition(".")[0] in ("numpy", "scipy") and not isinstance(error, MemoryError):
        return f"{kind.__module__}.{kind.__name__}"
    message = str(error)
    if not message.strip():
        return "no message"
    if PRIVATE.search(message):
        return "private names"
    if FOREIGN.search(message) and not re.match(r"[\w.]+(\(\)|:|\(\):) |can't make a ", message):
        return "foreign message"
    words = {word.strip("_") for word in re.findall(r"[a-z0-9_]+", message.lower())}
    if (
        not isinstance(error, (OSError, MemoryError))
        and not re.match("Boolean value of Tensor|The truth value|.* is not callable", message)
        and not words & (names | WORDS)
    ):
        return "names nothing"
    return None


# -- what must not change -------------------------------------------------------------------------------------


def state_of(value: Any, depth: int = 0) -> Any:
    """What can be seen of an argument, in a form that can be compared."""
    if isinstance(value, autograd.Tensor):
        grad = getattr(value, "_grad", None)
        return (id(value), value.dtype.name, value.array.shape, checksum(value.array), value.requires_grad,
                id(value.grad_fn), value._version, None if grad is None else checksum(grad.array))  # fmt: skip
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, None if value.dtype.hasobject else checksum(value)
    if depth > 4:
        return None
    return [state_of(part, depth + 1) for part in parts_of(value)] or (value if isinstance(value, (int, str)) else None)


def checksum(array: Any) -> int:
    """A number that changes when an element does."""
    array = np.asarray(array)
    if 0 in array.strides and array.size > 10**6:
        array = array[tuple(slice(1) if step == 0 else slice(None) for step in array.strides)]
    return zlib.crc32(np.ascontiguousarray(array).tobytes())


def parts_of(value: Any) -> Iterator[Any]:
    """What an argument is made of."""
    if isinstance(value, dict):
        yield from value.keys()
        yield from value.values()
    elif isinstance(value, (list, tuple)):
        yield from value
    elif isinstance(value, nn.Module):
        yield from (value.training, dict(value.named_parameters()), dict(value.named_buffers()))
        yield sorted(name for name, _ in value.named_modules())
        yield sorted(vars(value))
    elif isinstance(value, optim.Optimizer):
        yield from (value.param_groups, dict(value.state))
    elif isinstance(value, LRScheduler):
        yield value.last_epoch


def settings() -> dict[str, Any]:
    """The settings of the library, as they are now."""
    return {
        "default dtype": autograd.get_default_dtype(),
        "default device": str(autograd.get_default_device()),
        "grad mode": autograd.is_grad_enabled(),
        "inference mode": autograd.is_inference_mode_enabled(),
        "watchers": len(modes.state.watchers),
        "special threads": modes.shortcut.special,
        "vmaps": len(modes.state.vmaps),
        "running backward pass": modes.state.walk is not None,
        "deterministic": autograd.get_deterministic_debug_mode(),
        "matmul precision": autograd.get_float32_matmul_precision(),
        "interop threads": autograd.get_num_interop_threads(),
        "warn always": autograd.is_warn_always_enabled(),
        "print options": repr(printing.options),
        "anomaly mode": autograd.is_anomaly_enabled(),
    }


PUT_BACK: dict[str, Callable[[Any], Any]] = {
    "default dtype": autograd.set_default_dtype,
    "default device": autograd.set_default_device,
    "grad mode": autograd.set_grad_enabled,
    "deterministic": autograd.set_deterministic_debug_mode,
    "matmul precision": autograd.set_float32_matmul_precision,
    "interop threads": autograd.set_num_interop_threads,
    "warn always": autograd.set_warn_always,
    "anomaly mode": autograd.set_detect_anomaly,
    "print options": lambda _: autograd.set_printoptions(profile="default"),
}
"""How to put back what a call that returned has set, as it should."""


def put_back(before: dict[str, Any]) -> None:
    """Put the settings back to what `settings` said of them."""
    for name, value in settings().items():
        if value != before[name] and name in PUT_BACK:
            PUT_BACK[name](before[name])
