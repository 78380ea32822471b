"""Showing what the engine does: pictures, formulas and code. The engine knows nothing of this package."""

from autograd.view.draw import Drawing, draw
from autograd.view.explain import Explanation, explain
from autograd.view.numpy_code import to_numpy_code
from autograd.view.player import Player, player

__all__ = ["Drawing", "Explanation", "Player", "draw", "explain", "player", "to_numpy_code"]
