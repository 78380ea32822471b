"""`torch.backends.cpu`: what the processor can do is NumPy's affair."""

__all__ = ["get_cpu_capability"]


def get_cpu_capability() -> str:
    """No name of vector instructions: which of them run is up to NumPy."""
    return "NUMPY"
