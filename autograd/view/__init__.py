"""Showing what the engine does: pictures of the graph. The engine knows nothing of this package."""

from autograd.view.draw import Drawing, draw
from autograd.view.numpy_code import to_numpy_code

__all__ = ["Drawing", "draw", "to_numpy_code"]
