"""`torch.backends.cpu`: what the processor can do is NumPy's affair."""

__all__ = ["get_cpu_capability"]


def get_cpu_capability() -> str:
    """ "NUMPY": which vector instructions run is up to NumPy."""
    return "NUMPY"
