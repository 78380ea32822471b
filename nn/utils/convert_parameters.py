"""All parameters as one vector, and back: for methods that see a network as a point in space."""

from __future__ import annotations

from collections.abc import Iterable

from autograd.misuse import speaking
from autograd.ops.joining import cat
from autograd.tensor import Tensor

__all__ = ["parameters_to_vector", "vector_to_parameters"]


@speaking
def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All elements of the parameters, one after the other; differentiable. Raises ValueError for none.

    >>> import autograd, nn
    >>> nn.utils.parameters_to_vector([autograd.ones(2, 2), autograd.zeros(2)])
    tensor([1., 1., 1., 1., 0., 0.])
    """
    vector: Tensor = cat([parameter.reshape(-1) for parameter in parameters])
    return vector


@speaking
def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Give each parameter its part of the vector, as a view of it: the inverse of `parameters_to_vector`.

    Raises TypeError for what is not a tensor, RuntimeError for a vector that is not long enough; no
    parameter has been changed then.

    >>> import autograd, nn
    >>> layer = nn.Linear(2, 1)
    >>> nn.utils.vector_to_parameters(autograd.tensor([1.0, 2.0, 3.0]), layer.parameters())
    >>> layer.weight.tolist(), layer.bias.tolist()
    ([[1.0, 2.0]], [3.0])
    """
    if not isinstance(vec, Tensor):
        raise TypeError(f"vector_to_parameters(): expected a Tensor, but got: {type(vec).__name__}")
    targets = list(parameters)
    needed = sum(parameter.numel() for parameter in targets)
    if vec.numel() < needed:
        shapes = ", ".join(str(list(parameter.shape)) for parameter in targets)
        raise RuntimeError(
            f"vector_to_parameters(): a vector of {vec.numel()} elements is too short for parameters of the shapes "
            f"{shapes}, which need {needed}"
        )
    start = 0
    for parameter in targets:
        end = start + parameter.numel()
        parameter.data = vec[start:end].view_as(parameter).data
        start = end
