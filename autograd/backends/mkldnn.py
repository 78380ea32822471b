"""`torch.backends.mkldnn`, Intel's layers for neural networks: not used."""

__all__ = ["is_available"]


def is_available() -> bool:
    """False."""
    return False
