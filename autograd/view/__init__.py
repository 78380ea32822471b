"""Showing what the engine does: pictures, formulas, tables and code. The engine knows nothing of this package."""

from autograd.view.contributions import Contributions, contributions
from autograd.view.draw import Drawing, draw
from autograd.view.explain import Explanation, explain
from autograd.view.memory import Memory, memory
from autograd.view.numpy_code import to_numpy_code
from autograd.view.player import Player, player
from autograd.view.why import Reason, why_no_grad

__all__ = [
    "Contributions", "Drawing", "Explanation", "Memory", "Player", "Reason", "contributions", "draw", "explain",
    "memory", "player", "to_numpy_code", "why_no_grad",
]  # fmt: skip
