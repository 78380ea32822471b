"""`torch.backends.openmp`, threads within an operation: NumPy's linear algebra brings its own."""

__all__ = ["is_available"]


def is_available() -> bool:
    """False."""
    return False
