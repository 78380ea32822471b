"""What is done to all parameters at once: clipping, and turning them into a vector and back."""

from __future__ import annotations

import math

import numpy as np
import pytest

import autograd
import nn
from nn.utils import (
    clip_grad_norm_,
    clip_grad_value_,
    clip_grads_with_norm_,
    get_total_norm,
    parameters_to_vector,
    vector_to_parameters,
)


def with_gradients(*gradients):
    """Parameters that have these gradients; None for one that has none."""
    parameters = []
    for gradient in gradients:
        parameter = nn.Parameter(autograd.zeros(2 if gradient is None else len(gradient)))
        parameter.grad = None if gradient is None else autograd.tensor(gradient)
        parameters.append(parameter)
    return parameters


@pytest.mark.parametrize(
    ("order", "norm"), [(2.0, 5.0), (1, 7.0), (math.inf, 4.0), (-math.inf, 0.0), (0.0, 2.0), (3, (27 + 64) ** (1 / 3))]
)
def test_the_norm_is_that_of_all_gradients_as_one_vector(order, norm):
    parameters = with_gradients([3.0, 0.0], None, [-4.0])
    norms = {0.0: 2.0, -math.inf: 0.0}  # of the norms, for these two
    assert clip_grad_norm_(parameters, 100.0, order).item() == pytest.approx(norms.get(order, norm))
    assert parameters[0].grad.tolist() == [3, 0]


def test_clipping_keeps_the_direction():
    parameters = with_gradients([3.0, 0.0], None, [-4.0])
    gradient = parameters[0].grad
    clip_grad_norm_(iter(parameters), 1.0)
    assert parameters[0].grad is gradient
    np.testing.assert_allclose(gradient.numpy(), [0.6, 0], rtol=1e-6)
    np.testing.assert_allclose(parameters[2].grad.numpy(), [-0.8], rtol=1e-6)


def test_clipping_one_tensor_and_none():
    (parameter,) = with_gradients([3.0, 4.0])
    assert clip_grad_norm_(parameter, 1.0).item() == 5
    assert clip_grad_norm_([], 1.0).item() == 0
    assert clip_grad_norm_(with_gradients(None), 1.0).item() == 0


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_norm_that_is_not_finite(value):
    parameters = with_gradients([value, 1.0])
    with pytest.raises(RuntimeError, match=r"total norm of order 2.0 for gradients from `parameters` is non-finite"):
        clip_grad_norm_(parameters, 1.0, error_if_nonfinite=True)
    assert parameters[0].grad[1].item() == 1
    assert not math.isfinite(clip_grad_norm_(parameters, 1.0).item())


def test_clipping_in_two_steps():
    parameters = with_gradients([3.0, 4.0])
    clip_grads_with_norm_(parameters, 1.0, get_total_norm([p.grad for p in parameters]))
    np.testing.assert_allclose(parameters[0].grad.numpy(), [0.6, 0.8], rtol=1e-6)


def test_clipping_each_element():
    parameters = with_gradients([3.0, -0.5], None, [-4.0])
    clip_grad_value_(parameters, 1)
    assert parameters[0].grad.tolist() == [1, -0.5]
    assert parameters[2].grad.tolist() == [-1]


def test_parameters_as_a_vector_and_back():
    net, twin = nn.Linear(2, 3), nn.Linear(2, 3)
    vector = parameters_to_vector(net.parameters())
    assert vector.shape == (9,)
    vector.sum().backward()
    assert net.weight.grad.tolist() == [[1, 1]] * 3
    before = twin.weight
    vector_to_parameters(vector.detach(), twin.parameters())
    assert twin.weight is before
    assert twin.weight.requires_grad
    assert autograd.equal(twin.weight, net.weight)
    assert autograd.equal(twin.bias, net.bias)


def test_vectors_that_do_not_fit():
    net = nn.Linear(2, 3)
    before = parameters_to_vector(net.parameters()).tolist()
    with pytest.raises(
        RuntimeError, match=r"a vector of 7 elements is too short for parameters of the shapes \[3, 2\], \[3\]"
    ):
        vector_to_parameters(autograd.zeros(7), net.parameters())
    with pytest.raises(TypeError, match="expected a Tensor, but got: list"):
        vector_to_parameters([1.0], net.parameters())
    assert parameters_to_vector(net.parameters()).tolist() == before
    with pytest.raises((ValueError, RuntimeError), match="non-empty list"):
        parameters_to_vector([])


@pytest.mark.parametrize("order", [2.0, 1.0, 3.0, 0.0, math.inf, -math.inf, -1.0, 0.5])
def test_clipping_as_pytorch_does(torch, rng, order):
    arrays = [rng.standard_normal(shape).astype(np.float32) for shape in ((3, 4), (5,), (), (2, 2, 2))]
    results = []
    for library in (autograd, torch):
        parameters = [library.zeros(array.shape, requires_grad=True) for array in arrays]
        for parameter, array in zip(parameters, arrays, strict=True):
            parameter.grad = library.tensor(array)
        utils = nn.utils if library is autograd else torch.nn.utils
        norm = utils.clip_grad_norm_(parameters, 0.7, order)
        results.append([norm.numpy(), *(parameter.grad.numpy() for parameter in parameters)])
    for ours, theirs in zip(*results, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-6)
