"""The version of chalkgrad, and of what it does not use. Kept equal to that in pyproject.toml by a test."""

__version__ = "0.1.0"
cuda = None
hip = None
debug = False
