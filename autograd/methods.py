"""The methods that ops add to Tensor.

Each op in `autograd/ops` becomes a method of this class when it is declared. `methods.pyi`
lists them all for editors and type checkers; `python -m autograd.stubs` writes it from the
registry of ops, and a test sees to it that it is up to date.
"""


class OpMethods:
    """Base of Tensor that carries the operations."""

    __slots__ = ()
