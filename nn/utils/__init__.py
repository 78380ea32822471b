"""What is done to all parameters of a network at once, under PyTorch's name for it.

`clip_grad` keeps gradients from growing too large, `convert_parameters` lays all parameters into
one vector and back. `parametrize` computes parameters from others, `parametrizations` has ready-made
ways to do so, and `weight_norm` and `spectral_norm` have two of them as they were before. `prune` holds
weights at zero. `fusion` folds batch normalization into the layer before it. `rnn` pads and packs sequences
of different lengths.
"""

from __future__ import annotations

from autograd.lazy import on_demand
from nn.utils import rnn
from nn.utils.clip_grad import clip_grad_norm, clip_grad_norm_, clip_grad_value_, clip_grads_with_norm_, get_total_norm
from nn.utils.convert_parameters import parameters_to_vector, vector_to_parameters
from nn.utils.fusion import fuse_conv_bn_eval, fuse_conv_bn_weights, fuse_linear_bn_eval, fuse_linear_bn_weights
from nn.utils.init import skip_init
from nn.utils.memory_format import convert_conv2d_weight_memory_format, convert_conv3d_weight_memory_format
from nn.utils.spectral_norm import remove_spectral_norm, spectral_norm
from nn.utils.weight_norm import remove_weight_norm, weight_norm

__all__ = [
    "clip_grad_norm", "clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_",
    "convert_conv2d_weight_memory_format", "convert_conv3d_weight_memory_format", "fuse_conv_bn_eval",
    "fuse_conv_bn_weights", "fuse_linear_bn_eval", "fuse_linear_bn_weights", "get_total_norm", "parameters_to_vector",
    "parametrizations", "parametrize", "prune", "remove_spectral_norm", "remove_weight_norm", "rnn", "skip_init",
    "spectral_norm", "stateless", "vector_to_parameters", "weight_norm",
]  # fmt: skip

__getattr__, __dir__ = on_demand(
    __name__, {name: f"{__name__}.{name}" for name in ("parametrizations", "parametrize", "prune", "stateless")}
)
