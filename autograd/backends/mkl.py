"""`torch.backends.mkl`, Intel's linear algebra: NumPy brings its own."""

__all__ = ["is_available"]


def is_available() -> bool:
    """False."""
    return False
