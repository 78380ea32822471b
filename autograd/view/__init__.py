"""Showing what the engine does: pictures of the graph. The engine knows nothing of this package."""

from autograd.view.draw import Drawing, draw

__all__ = ["Drawing", "draw"]
