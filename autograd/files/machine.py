"""Reading a pickle without trusting it.

A pickle is a program for a machine with a stack and a numbered memory (the "memo"): `BININT1 3` puts 3 on the
stack, `TUPLE2` makes a pair of the top two, `GLOBAL` finds something by name, `REDUCE` calls it. Python's own
machine finds and calls whatever it is told; that is how a file runs code. This one takes the same steps, but finds
only what is listed in `names`, calls only what `calls` checks, and changes only plain containers. Instructions it
has no use for, such as those that build instances of arbitrary classes, it does not know.

`pickletools` of the standard library says where one instruction ends and the next begins, and documents each.
"""

from __future__ import annotations

import pickletools
from collections import Counter, OrderedDict
from collections.abc import Callable
from pickle import UnpicklingError
from typing import IO, Any

from autograd.files.calls import by_user, call, check_key, is_users
from autograd.files.names import find_allowed, path_of
from autograd.files.rebuilding import set_attributes

DICTS = (dict, OrderedDict, Counter)


class Machine:
    """Runs one pickle, and leaves the file behind its end.

    Args:
        file: bytes to read from. It must hold what it says it holds in memory: a length that the pickle names is
            taken from it at once.
        find_storage: called with the tuple by which a pickle names a storage, for the storage.
        encoding: of strings that Python 2 wrote.
    """

    def __init__(
        self, file: IO[bytes], find_storage: Callable[[tuple[Any, ...]], Any], encoding: str = "utf-8"
    ) -> None:
        self.file = file
        self.find_storage = find_storage
        self.encoding = encoding
        self.stack: list[Any] = []
        self.outer: list[list[Any]] = []  # stacks that wait below a mark
        self.memo: dict[int, Any] = {}

    def run(self) -> Any:
        """What the pickle builds. Raises UnpicklingError, and nothing else that is the file's fault."""
        name, position = "start", 0
        try:
            for opcode, argument, place in pickletools.genops(self.file):
                name, position = opcode.name, place or 0
                if name == "STOP":
                    return self.pop()
                step = STEPS.get(name)
                if step is None:
                    raise UnpicklingError(f"the instruction {name} is not needed for weights, and is not carried out")
                step(self, argument)
        except UnpicklingError as error:
            raise UnpicklingError(f"{error} (at byte {position} of the pickle)") from error.__cause__
        except OutsideError as error:
            raise error.reason from None
        except Exception as error:  # whatever it is that these bytes make impossible
            raise damaged(name, position, error) from error
        raise damaged(name, position, EOFError("it has no end"))

    def push(self, value: Any) -> None:
        """Put a value on the stack."""
        self.stack.append(value)

    def pop(self) -> Any:
        """Take the top value off the stack."""
        return self.stack.pop()

    def mark(self, _: Any) -> None:
        """Begin a fresh stack above this one, for the parts of a container."""
        self.outer.append(self.stack)
        self.stack = []

    def above_mark(self) -> list[Any]:
        """Everything since the last mark."""
        parts, self.stack = self.stack, self.outer.pop()
        return parts

    def drop(self, _: Any) -> None:
        """Forget everything since the last mark."""
        self.above_mark()

    # -- tuples, lists, dicts, sets ---------------------------------------------------------------

    def make_tuple(self, length: int | None) -> None:
        """A tuple of the top values, or of all since the mark."""
        if length is None:
            parts = self.above_mark()
        elif length > len(self.stack):
            raise IndexError(f"a tuple of {length} needs as many values")
        else:
            parts = self.stack[len(self.stack) - length :]
            del self.stack[len(self.stack) - length :]
        self.push(tuple(parts))

    def extend(self, values: list[Any]) -> None:
        """Add to the list on top of the stack."""
        target = self.stack[-1]
        if type(target) is not list and not (by_user(target) and isinstance(target, list)):
            raise UnpicklingError(f"can't append to a {type(target).__name__}")
        target.extend(values)

    def set_items(self, items: list[Any]) -> None:
        """Set keys and values, one after the other, of the dict on top of the stack."""
        target = self.stack[-1]
        if type(target) not in DICTS and not (by_user(target) and isinstance(target, dict)):
            raise UnpicklingError(f"can't set items of a {type(target).__name__}")
        if len(items) % 2:
            raise ValueError("a key without a value")
        for key, value in zip(items[::2], items[1::2], strict=True):
            check_key(key)
            target[key] = value

    def add_items(self, items: list[Any]) -> None:
        """Add to the set on top of the stack."""
        target = self.stack[-1]
        if type(target) is not set:
            raise UnpicklingError(f"can't add elements to a {type(target).__name__}")
        for item in items:
            check_key(item)
        target.update(items)

    # -- memory ------------------------------------------------------------------------------------

    def put(self, number: int) -> None:
        """Note the top of the stack under a number."""
        self.memo[number] = self.stack[-1]

    def get(self, number: int) -> None:
        """Put what was noted under a number on the stack."""
        if number not in self.memo:
            raise KeyError(f"nothing was noted under {number}")
        self.push(self.memo[number])

    # -- names, calls, objects ---------------------------------------------------------------------

    def find(self, module: Any, name: Any) -> None:
        """Put what a name stands for on the stack."""
        if not isinstance(module, str) or not isinstance(name, str):
            raise UnpicklingError("names are strings")
        self.push(find_allowed(module, name))

    def reduce(self, _: Any) -> None:
        """Call what stands below the top with the tuple on top."""
        args, function = self.pop(), self.pop()
        self.push(outside(function, *args) if is_users(function) else call(function, args))

    def new_object(self, kwargs: Any) -> None:
        """An instance of a class that the user has allowed; of those that are always allowed, the same as a call."""
        args, cls = self.pop(), self.pop()
        if not isinstance(cls, type) or type(args) is not tuple or type(kwargs) is not dict:
            raise UnpicklingError(f"{cls!r} can't be made an instance of")
        if is_users(cls):
            self.push(outside(cls.__new__, cls, *args, **kwargs))
        elif kwargs:
            raise UnpicklingError(f"{cls.__name__} takes no arguments by name")
        else:
            self.push(call(cls, args))

    def build(self, _: Any) -> None:
        """Give the object on the stack its state: an OrderedDict its attributes, a user's object what it wants."""
        state = self.pop()
        target = self.stack[-1]
        if by_user(target) and not isinstance(target, type):
            outside(restore, target, state)
        elif type(target) is OrderedDict:
            set_attributes(target, state)
        else:
            raise UnpicklingError(f"a file can't set the state of a {type(target).__name__}")

    def storage(self, _: Any) -> None:
        """Put the storage that the top of the stack names in its place."""
        name = self.pop()
        if type(name) is not tuple or not name or name[0] != "storage":
            raise UnpicklingError(f"Only persistent_load of storage is allowed, but got {name!r:.100}")
        self.push(outside(self.find_storage, name))


class OutsideError(Exception):
    """Carries an error out of what the user, not the file, is to blame for."""

    def __init__(self, reason: Exception) -> None:
        self.reason = reason


def outside(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call what the user has allowed or given: its errors reach the user as they are."""
    try:
        return function(*args, **kwargs)
    except UnpicklingError:
        raise
    except Exception as error:
        raise OutsideError(error) from error


def restore(target: Any, state: Any) -> None:
    """Give an instance of a user's class its state, as Python's pickle does."""
    if hasattr(target, "__setstate__"):
        target.__setstate__(state)
        return
    attributes, slots = state if isinstance(state, tuple) and len(state) == 2 else (state, None)
    if attributes:
        target.__dict__.update(attributes)
    for name, value in (slots or {}).items():
        setattr(target, name, value)


def damaged(name: str, position: int, error: Exception) -> UnpicklingError:
    """The error for a program that can't be run."""
    reason = str(error.args[0] if error.args else type(error).__name__)
    return UnpicklingError(
        f"the pickle is damaged near byte {position} ({name}): {reason}. Save the file again, or fetch it again"
    )


Step = Callable[[Machine, Any], None]

STEPS: dict[str, Step] = {
    # what frames a program
    "PROTO": lambda m, a: None,
    "FRAME": lambda m, a: None,
    "MARK": Machine.mark,
    "POP": lambda m, a: m.stack.pop(),
    "POP_MARK": Machine.drop,
    # numbers, strings, bytes
    "NONE": lambda m, a: m.push(None),
    "NEWTRUE": lambda m, a: m.push(True),
    "NEWFALSE": lambda m, a: m.push(False),
    **dict.fromkeys(("BININT", "BININT1", "BININT2", "LONG1", "LONG4", "BINFLOAT"), Machine.push),
    **dict.fromkeys(("SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"), Machine.push),
    **dict.fromkeys(("SHORT_BINBYTES", "BINBYTES", "BINBYTES8", "BYTEARRAY8"), Machine.push),
    **dict.fromkeys(("SHORT_BINSTRING", "BINSTRING"), lambda m, a: m.push(a.encode("latin1").decode(m.encoding))),
    # containers
    "EMPTY_TUPLE": lambda m, a: m.push(()),
    "TUPLE1": lambda m, a: m.make_tuple(1),
    "TUPLE2": lambda m, a: m.make_tuple(2),
    "TUPLE3": lambda m, a: m.make_tuple(3),
    "TUPLE": lambda m, a: m.make_tuple(None),
    "EMPTY_LIST": lambda m, a: m.push([]),
    "APPEND": lambda m, a: m.extend([m.pop()]),
    "APPENDS": lambda m, a: m.extend(m.above_mark()),
    "EMPTY_DICT": lambda m, a: m.push({}),
    "SETITEM": lambda m, a: m.set_items([m.pop(), m.pop()][::-1]),
    "SETITEMS": lambda m, a: m.set_items(m.above_mark()),
    "EMPTY_SET": lambda m, a: m.push(set()),
    "ADDITEMS": lambda m, a: m.add_items(m.above_mark()),
    "FROZENSET": lambda m, a: m.push(call(frozenset, (m.above_mark(),))),
    # memory
    **dict.fromkeys(("BINPUT", "LONG_BINPUT"), Machine.put),
    "MEMOIZE": lambda m, a: m.put(len(m.memo)),
    **dict.fromkeys(("BINGET", "LONG_BINGET"), Machine.get),
    # names, calls, objects
    "GLOBAL": lambda m, a: m.find(*a.split(" ", 1)),
    "STACK_GLOBAL": lambda m, a: m.find(*[m.pop(), m.pop()][::-1]),
    "REDUCE": Machine.reduce,
    "NEWOBJ": lambda m, a: m.new_object({}),
    "NEWOBJ_EX": lambda m, a: m.new_object(m.pop()),
    "BUILD": Machine.build,
    "BINPERSID": Machine.storage,
}
"""What each instruction does, given the number or text that follows it in the file."""


def globals_in(pickled: bytes) -> set[str]:
    """The full names that a pickle asks for, without running it."""
    found, strings = set(), ["", ""]
    for opcode, argument, _ in pickletools.genops(pickled):
        if opcode.name == "GLOBAL":
            found.add(path_of(*str(argument).split(" ", 1)))
        elif opcode.name == "STACK_GLOBAL":
            found.add(path_of(*strings[-2:]))
        elif "UNICODE" in opcode.name:
            strings.append(str(argument))
    return found
