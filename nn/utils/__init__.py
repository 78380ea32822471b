"""What is done to all parameters of a network at once, under PyTorch's name for it.

`clip_grad` keeps gradients from growing too large, `convert_parameters` lays all parameters into
one vector and back.
"""

from __future__ import annotations

from nn.utils.clip_grad import clip_grad_norm_, clip_grad_value_, clip_grads_with_norm_, get_total_norm
from nn.utils.convert_parameters import parameters_to_vector, vector_to_parameters

__all__ = [
    "clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_", "get_total_norm", "parameters_to_vector",
    "vector_to_parameters",
]  # fmt: skip
