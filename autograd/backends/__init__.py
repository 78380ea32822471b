"""`torch.backends`: the libraries that could compute. NumPy does, so the others are not there, and their switches
are kept but change nothing.
"""

from autograd.backends import cpu, cuda, cudnn, mkl, mkldnn, mps, openmp

__all__ = ["cpu", "cuda", "cudnn", "mkl", "mkldnn", "mps", "openmp"]
