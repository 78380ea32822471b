"""Formulas in TeX: with the names of actual tensors in them, and as plain text.

The ops' formulas call the inputs x and y, the result z, and the gradient that arrives \\bar z. The
symbols are exchanged token by token, so that `x` is found in `e^x` but not in `\\text{max}`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|\s+|.", re.DOTALL)

VERBATIM = {r"\text", r"\mathrm", r"\operatorname", r"\begin", r"\end"}
"""Commands whose argument is words, not symbols."""

LETTERS = {
    "x": ("x",), "y": ("y",), "weight": ("W", "w"), "bias": ("b",), "source": ("y",), "src": ("y",), "target": ("y",),
    "condition": ("c",), "mask": ("m",), "exponent": ("n",), "negative_slope": ("s",), "alpha": (r"\alpha",),
    "beta": (r"\beta",), "factor": ("L",),
}  # fmt: skip
"""The symbols that formulas have for an op's parameters."""


def symbols_of(op: Any, names: dict[str, str]) -> dict[str, str]:
    """What to put for each symbol of an op's formulas, given what to put for each parameter."""
    known = {p.name for p in getattr(op, "parameters", ())}
    found: dict[str, str] = {}
    for name, replacement in names.items():
        for letter in LETTERS.get(name, ()) if name in known else ():
            if letter == "y" and name != "y" and "y" in known:
                continue
            found[letter] = replacement
    return found


def exchanged(tex: str, symbols: dict[str, str], gradients: dict[str, str] | None = None) -> str:
    """A formula with other symbols; `gradients` are what takes the place of \\bar z and the like."""
    tokens = TOKEN.findall(tex)
    done: list[str] = []
    place = 0
    while place < len(tokens):
        token = tokens[place]
        if token in VERBATIM:
            end = closing(tokens, place + 1)
            done += tokens[place : end + 1]
            place = end + 1
            continue
        if token == r"\bar" and gradients:
            letter = next(i for i in range(place + 1, len(tokens)) if not tokens[i].isspace())
            if tokens[letter] in gradients:
                place = letter + 1
                is_base = tokens[place : place + 1] in (["^"], ["_"])
                found = gradients[tokens[letter]]
                done.append(rf"\left({found}\right)" if is_base and "partial" in found else f"{{{found}}}")
                continue
        done.append(f"{{{symbols[token]}}}" if token in symbols else token)
        place += 1
    return "".join(done)


def closing(tokens: list[str], opening: int) -> int:
    """The place of the brace that closes the group which begins at `opening`; without one, that place itself."""
    depth = 0
    for place in range(opening, len(tokens)):
        depth += {"{": 1, "}": -1}.get(tokens[place], 0)
        if depth == 0:
            return place
    return len(tokens) - 1


SPECIAL = {"\\": "⧵", "{": "｛", "}": "｝", "$": r"\$", "&": "＆", "#": r"\#", "%": r"\%", "_": r"\_", "^": "＾",
           "~": "∼", "<": "＜", ">": "＞"}  # fmt: skip
"""How letters are written that mean something else in TeX or in HTML, where even `\\text` does not protect them."""


BACK = str.maketrans("⧵｛｝＾∼＆＜＞", "\\{}^~&<>")
"""From the look-alikes back to the letters, for plain text."""


def verbatim(name: str) -> str:
    """A tensor's name in a formula that will be plain text: as it is."""
    return r"\text{" + "".join(SPECIAL.get(letter, letter) for letter in name) + "}"


def name_tex(name: str) -> str:
    """A tensor's name in a formula: W1 becomes W_1, and y_hat a y with a hat."""
    indexed = re.fullmatch(r"([^\W\d_])_?(\d+)", name)
    if indexed:
        return f"{indexed[1]}_{{{indexed[2]}}}"
    if len(name) == 1 and name.isalpha():
        return name
    hatted = re.fullmatch(r"([^\W\d_])_hat", name)
    if hatted:
        return rf"\hat{{{hatted[1]}}}"
    return verbatim(name)


# -- as plain text ---------------------------------------------------------------------------------------

WORDS = {
    r"\odot": "⊙", r"\star": "⋆", r"\cdot": "·", r"\sum": "Σ", r"\prod": "Π", r"\int": "∫", r"\pi": "π",
    r"\alpha": "α", r"\beta": "β", r"\sigma": "σ", r"\lambda": "λ", r"\Sigma": "Σ", r"\Phi": "Φ", r"\varphi": "φ",
    r"\Gamma": "Γ", r"\psi": "ψ", r"\zeta": "ζ", r"\epsilon": "ε", r"\infty": "∞", r"\le": "≤", r"\ge": "≥",
    r"\ne": "≠", r"\in": "∈", r"\pm": "±", r"\mp": "∓", r"\ldots": "…", r"\lfloor": "⌊", r"\rfloor": "⌋",
    r"\lceil": "⌈", r"\rceil": "⌉", r"\langle": "⟨", r"\rangle": "⟩", r"\lnot": "¬", r"\sim": "~", r"\|": "‖",
    r"\Re": "Re", r"\Im": "Im", r"\left": "", r"\right": "", r"\mathrel": "", r"\mathbin": "", r"\,": " ", r"\;": " ", r"\ ": " ",
    r"\{": "{", r"\}": "}", r"\#": "#", r"\top": "ᵀ", r"\partial": "∂", r"\\": "; ", "&": "  ", r"\&": "&",
    r"\$": "$", r"\%": "%", r"\_": "_", r"\cdots": "⋯", r"\to": "→",
}  # fmt: skip

RAISED = dict(zip("0123456789+-=()niTxyᵀ*H", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱᵀˣʸᵀ*ᴴ", strict=True))
LOWERED = dict(zip("0123456789+-=()aeijkmnoprstx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑᵢⱼₖₘₙₒₚᵣₛₜₓ", strict=True))


def plain(tex: str) -> str:
    """A formula as text that a terminal can show."""
    text = re.sub(r"\s+", " ", "".join(texts(TOKEN.findall(tex)))).strip()
    return unicodedata.normalize("NFC", re.sub(r"(?<=∂) | (?=,)", "", text).translate(BACK))


def texts(tokens: list[str]) -> Iterator[str]:
    """The text of each part of a formula."""
    place = 0
    while place < len(tokens):
        token = tokens[place]
        place += 1
        if token in (r"\frac", r"\tfrac"):
            (above, place), (below, _) = argument(tokens, place), argument(tokens, argument(tokens, place)[1])
            place = argument(tokens, place)[1]
            yield f"{grouped(above)}/{grouped(below)}"
        elif token in ("^", "_"):
            inside, place = argument(tokens, place)
            yield shifted(inside, token)
        elif token == r"\sqrt":
            inside, place = argument(tokens, place)
            yield f"√{grouped(inside)}"
        elif token in (r"\bar", r"\overline"):
            inside, place = argument(tokens, place)
            yield "".join(letter + "\N{COMBINING OVERLINE}" for letter in inside)
        elif token == r"\hat":
            inside, place = argument(tokens, place)
            yield f"{inside}\N{COMBINING CIRCUMFLEX ACCENT}"
        elif token in (r"\begin", r"\end"):
            place = closing(tokens, place) + 1
            yield "(" if token == r"\begin" else ")"
        elif token in VERBATIM:
            end = closing(tokens, place)
            yield words(tokens[place + 1 : end])
            place = end + 1
        elif token == "{":
            end = closing(tokens, place - 1)
            yield "".join(texts(tokens[place:end]))
            place = end + 1
        else:
            yield WORDS.get(token, token.lstrip("\\") if len(token) > 1 else token)


def argument(tokens: list[str], place: int) -> tuple[str, int]:
    """The text of a command's argument, a group or one token, and the place after it."""
    while place < len(tokens) and tokens[place].isspace():
        place += 1
    if place >= len(tokens):
        return "", place
    end = closing(tokens, place) if tokens[place] == "{" else place
    if tokens[place] in (r"\bar", r"\mathrm", r"\text", r"\sqrt"):
        _, after = argument(tokens, place + 1)
        end = after - 1
    return "".join(texts(tokens[place : end + 1])).strip(), end + 1


def words(tokens: list[str]) -> str:
    """The inside of a `\\text{}`."""
    return "".join(WORDS.get(token, token) if token.startswith("\\") else token for token in tokens)


def grouped(text: str) -> str:
    """In parentheses, if it is more than one symbol or call."""
    simple = re.fullmatch(r"[\w.\u0302\u0305]+|\([^()]*\)", text)
    return text if simple else f"({text})"


def shifted(inside: str, sign: str) -> str:
    """A superscript or subscript in small letters, where Unicode has them."""
    letters = RAISED if sign == "^" else LOWERED
    if inside and all(letter in letters for letter in inside):
        return "".join(letters[letter] for letter in inside)
    return f"{sign}{inside}" if re.fullmatch(r"[\w.]+", inside) else f"{sign}({inside})"
