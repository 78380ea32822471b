"""Einstein's summation convention, carried out as matrix products."""

from __future__ import annotations

import math
import string
from typing import Any

import numpy as np

from autograd.cases import case
from autograd.derived import derived
from autograd.ops.arranging import permute
from autograd.ops.diagonals import diagonal
from autograd.ops.matmul import matmul
from autograd.ops.reduction import sum as sum_over
from autograd.ops.shaping import reshape, squeeze
from autograd.tensor import Tensor

ELLIPSIS_LETTERS = [chr(code) for code in range(0x100, 0x180)]  # indices that stand for the dimensions under "..."


@derived(r"\sum \prod", method=False, numpy=np.einsum,
    cases=(case((3, 4), equation="ij->j"), case((3, 4), (4, 2), equation="ij,jk"), case((3, 3), equation="ii"),
           case((2, 3, 4), (2, 4, 5), equation="bij,bjk->bik"), case((3,), (4,), (3, 4), equation="i,j,ij->"),
           case((2, 3, 4), (5, 4), equation="...i,ji->...j")))  # fmt: skip
def einsum(equation: Any, *operands: Any) -> Tensor:
    """Sum the products of elements of the operands over indices, in Einstein's notation.

    Each operand has a letter for each dimension. Letters that the right side lacks are summed
    over; without a right side, those that occur more than once are. `...` stands for dimensions
    that broadcast. Products are taken from left to right, as matrix products.

    >>> import autograd
    >>> x = autograd.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> autograd.einsum("ij->j", x)
    tensor([4., 6.])
    >>> autograd.einsum("ij,kj->ik", x, x)
    tensor([[ 5., 11.],
            [11., 25.]])
    """
    if not isinstance(equation, str):
        equation, operands = from_sublists((equation, *operands))
    given = list(operands[0] if len(operands) == 1 and isinstance(operands[0], (list, tuple)) else operands)
    inputs, output = parse(equation, given)
    sizes = sizes_by_letter(inputs, given)
    prepared = [one_dimension_per_letter(x, letters, sizes) for x, letters in zip(given, inputs, strict=True)]
    x, letters = prepared[0]
    for position, (y, others) in enumerate(prepared[1:], start=2):
        later = set(output).union(*(used for _, used in prepared[position:]))
        x, letters = product(x, letters, y, others, later)
    x, letters = sum_away(x, letters, set(output))
    return permute(x, [letters.index(letter) for letter in output])


# -- reading the equation -----------------------------------------------------------------------------------


def from_sublists(args: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """The equation of `einsum(x, [0, 1], y, [1, 2], [0, 2])`."""

    def letters(sublist: Any) -> str:
        return "".join("..." if i is Ellipsis else string.ascii_letters[i] for i in sublist)

    operands = args[0 : len(args) // 2 * 2 : 2]
    inputs = ",".join(letters(sublist) for sublist in args[1::2])
    return (inputs + "->" + letters(args[-1]) if len(args) % 2 else inputs), operands


def parse(equation: str, operands: list[Any]) -> tuple[list[str], str]:
    """The letters of each operand and of the result, with letters in place of `...`."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    inputs = left.split(",")
    if len(inputs) != len(operands):
        raise RuntimeError(
            f"einsum(): the equation {equation!r} has {len(inputs)} operands, but {len(operands)} were given"
        )
    hidden = 0
    spelled = []
    for position, (letters, x) in enumerate(zip(inputs, operands, strict=True)):
        if not isinstance(x, Tensor):
            raise TypeError(f"einsum(): operand {position} must be a Tensor, not {type(x).__name__}")
        named = letters.replace("...", "")
        if not all(letter in string.ascii_letters for letter in named) or letters.count("...") > 1:
            raise RuntimeError(
                f"einsum(): invalid subscript given for operand {position} in {equation!r}: subscripts must be in "
                "[a-zA-Z], with '...' at most once"
            )
        covered = x.ndim - len(named)
        if covered < 0 or (covered and "..." not in letters):
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({len(named)}) does not match the number of "
                f"dimensions ({x.ndim}) for operand {position}, of shape {tuple(x.shape)}"
            )
        hidden = max(hidden, covered)
        spelled.append(letters.replace("...", "".join(reversed(ELLIPSIS_LETTERS[:covered]))))
    dots = "".join(reversed(ELLIPSIS_LETTERS[:hidden]))
    if arrow:
        output = right.replace("...", dots)
    else:
        once = sorted(letter for letter in set(left) if letter in string.ascii_letters and left.count(letter) == 1)
        output = dots + "".join(once)
    check_output(output, spelled, equation)
    return spelled, output


def check_output(output: str, inputs: list[str], equation: str) -> None:
    """Raise for a letter of the result that occurs twice, or in no operand."""
    for letter in output:
        if output.count(letter) > 1:
            raise RuntimeError(
                f"einsum(): output subscript {letter} appears more than once in the output of {equation!r}"
            )
        if not any(letter in letters for letters in inputs):
            raise RuntimeError(
                f"einsum(): output subscript {letter} does not appear in the equation for any input operand "
                f"({equation!r})"
            )


def sizes_by_letter(inputs: list[str], operands: list[Tensor]) -> dict[str, int]:
    """The size of each letter's dimension; size 1 broadcasts."""
    sizes: dict[str, int] = {}
    for letters, x in zip(inputs, operands, strict=True):
        for letter, size in zip(letters, x.shape, strict=True):
            known = sizes.setdefault(letter, size)
            if known == 1:
                sizes[letter] = size
            elif size not in (1, known):
                raise RuntimeError(
                    f"einsum(): subscript {letter} has size {size} for operand of shape {tuple(x.shape)} which does "
                    f"not broadcast with previously seen size {known}"
                )
    return sizes


# -- carrying it out ----------------------------------------------------------------------------------------


def one_dimension_per_letter(x: Tensor, letters: str, sizes: dict[str, int]) -> tuple[Tensor, str]:
    """The operand with diagonals in place of repeated letters, and without dimensions that only broadcast."""
    for letter in dict.fromkeys(letters):
        while letters.count(letter) > 1:
            first, second = letters.index(letter), letters.rindex(letter)
            x = diagonal(x, 0, first, second)
            letters = letters[:first] + letters[first + 1 : second] + letters[second + 1 :] + letter
    stretched = [i for i, letter in enumerate(letters) if x.shape[i] == 1 and sizes[letter] != 1]
    if stretched:
        x = squeeze(x, tuple(stretched))
    return x, "".join(letter for i, letter in enumerate(letters) if i not in stretched)


def sum_away(x: Tensor, letters: str, needed: set[str]) -> tuple[Tensor, str]:
    """The operand summed over the letters that nothing needs any more."""
    gone = tuple(i for i, letter in enumerate(letters) if letter not in needed)
    if gone:
        x = sum_over(x, gone)
    return x, "".join(letter for letter in letters if letter in needed)


def product(x: Tensor, x_letters: str, y: Tensor, y_letters: str, later: set[str]) -> tuple[Tensor, str]:
    """Two operands multiplied, and summed over the letters they share that nothing needs later: a matrix product."""
    x, x_letters = sum_away(x, x_letters, later | set(y_letters))
    y, y_letters = sum_away(y, y_letters, later | set(x_letters))
    batch = "".join(letter for letter in x_letters if letter in y_letters and letter in later)
    inner = "".join(letter for letter in x_letters if letter in y_letters and letter not in later)
    rows = "".join(letter for letter in x_letters if letter not in y_letters)
    columns = "".join(letter for letter in y_letters if letter not in x_letters)
    sizes = dict(zip(x_letters, x.shape, strict=True)) | dict(zip(y_letters, y.shape, strict=True))

    def arranged(tensor: Tensor, letters: str, *groups: str) -> Tensor:
        """Each group of letters as one dimension, in this order."""
        ordered = permute(tensor, [letters.index(letter) for group in groups for letter in group])
        return reshape(ordered, tuple(math.prod(sizes[letter] for letter in group) for group in groups))

    multiplied = matmul(arranged(x, x_letters, batch, rows, inner), arranged(y, y_letters, batch, inner, columns))
    letters = batch + rows + columns
    return reshape(multiplied, tuple(sizes[letter] for letter in letters)), letters
