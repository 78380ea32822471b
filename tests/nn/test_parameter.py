"""Parameters, buffers, and those without a shape yet."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import autograd
import nn
from nn.parameter import is_lazy


def test_a_parameter_is_a_leaf_on_the_same_memory():
    data = autograd.ones(2, requires_grad=True) * 3
    parameter = nn.Parameter(data)
    assert parameter.is_leaf
    assert parameter.requires_grad
    assert parameter.data_ptr() == data.data_ptr()
    assert isinstance(parameter, autograd.Tensor)
    assert nn.Parameter(data, requires_grad=False).requires_grad is False
    assert nn.Parameter().shape == (0,)


def test_results_of_operations_are_tensors():
    parameter = nn.Parameter(autograd.ones(2))
    assert [type(t) for t in (parameter * 2, parameter.detach(), parameter.data, parameter.clone())] == [
        autograd.Tensor
    ] * 4


def test_text():
    assert repr(nn.Parameter(autograd.ones(2))) == "Parameter containing:\ntensor([1., 1.], requires_grad=True)"


def test_copies():
    parameter = nn.Parameter(autograd.ones(2))
    (parameter * 2).sum().backward()
    for twin in (copy.deepcopy(parameter), pickle.loads(pickle.dumps(parameter))):
        assert type(twin) is nn.Parameter
        assert twin.tolist() == [1, 1]
        assert twin.requires_grad
        assert twin.grad is None
        assert twin.data_ptr() != parameter.data_ptr()


def test_what_can_not_be_a_parameter():
    with pytest.raises(TypeError, match=r"data must be a Tensor, not list: make it one with autograd.tensor\(...\)"):
        nn.Parameter([1.0])
    with pytest.raises(RuntimeError, match=r"floating point and complex dtype can require gradients.*int64"):
        nn.Parameter(autograd.tensor([1, 2]))
    assert nn.Parameter(autograd.tensor([1, 2]), requires_grad=False).dtype is autograd.int64


def test_buffers():
    buffer = nn.Buffer(autograd.ones(2))
    assert isinstance(buffer, nn.Buffer)
    assert type(buffer) is autograd.Tensor
    assert not isinstance(autograd.ones(2), nn.Buffer)
    module = nn.Module()
    module.kept, module.dropped = buffer, nn.Buffer(autograd.zeros(1), persistent=False)
    assert list(module.state_dict()) == ["kept"]
    assert [name for name, _ in module.named_buffers()] == ["kept", "dropped"]


# -- without a shape ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [nn.UninitializedParameter, nn.UninitializedBuffer])
def test_without_a_shape(make):
    lazy = make(dtype=autograd.float64)
    assert is_lazy(lazy)
    with pytest.raises(RuntimeError, match="Can't access the shape of an uninitialized parameter or buffer"):
        _ = lazy.shape
    for twin in (copy.deepcopy(lazy), pickle.loads(pickle.dumps(lazy))):
        assert repr(twin) == f"<{make.__name__}>"
    lazy.materialize((2, 3))
    assert not is_lazy(lazy)
    assert lazy.shape == (2, 3)
    assert lazy.dtype is autograd.float64


LAZY = {
    "LazyLinear(4)": (2, 3, 5), "LazyLinear(4, bias=False)": (5,), "LazyConv1d(4, 3, padding=1)": (2, 5, 7),
    "LazyConv2d(4, 3, stride=2)": (2, 5, 7, 7), "LazyConv2d(6, 3, groups=2, bias=False)": (4, 7, 7),
    "LazyConv3d(4, 2)": (1, 5, 3, 3, 3), "LazyConvTranspose1d(4, 3)": (2, 5, 7),
    "LazyConvTranspose2d(4, 3, 2, 1, output_padding=1)": (2, 5, 4, 4), "LazyConvTranspose3d(4, 2)": (1, 5, 3, 3, 3),
    "LazyBatchNorm1d()": (4, 5), "LazyBatchNorm2d(affine=False)": (2, 5, 3, 3),
    "LazyBatchNorm3d(0.1, 0.2)": (2, 5, 2, 2, 2),
    "LazyInstanceNorm1d(affine=True)": (2, 5, 4), "LazyInstanceNorm2d(track_running_stats=True)": (2, 5, 3, 3),
    "LazyInstanceNorm3d()": (2, 5, 2, 2, 2),
}  # fmt: skip


@pytest.mark.parametrize("text", LAZY)
def test_the_first_call_makes_an_ordinary_layer(text):
    layer = eval(f"nn.{text}")
    initialized = not layer.has_uninitialized_params()
    assert initialized == (not list(layer.parameters()) and not list(layer.buffers()))
    x = autograd.randn(*LAZY[text])
    z = layer(x)
    assert type(layer).__name__ == text.split("(")[0].removeprefix("Lazy")
    assert not layer._hooks
    assert z.shape == layer.eval()(x).shape
    assert not any(is_lazy(t) for t in layer.state_dict().values())


@pytest.mark.parametrize("text", LAZY)
def test_lazy_layers_draw_what_pytorch_draws(torch, text, rng):
    array = rng.standard_normal(LAZY[text]).astype(np.float32)
    layers, results = [], []
    for library, namespace in ((autograd, nn), (torch, torch.nn)):
        library.manual_seed(1337)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("warnings.warn", lambda *args, **kwargs: None)  # PyTorch warns that lazy modules are new
            layer = eval(f"nn.{text}", {"nn": namespace})
        layers.append((repr(layer), list(layer.state_dict())))
        results.append(layer(library.tensor(array)).detach().numpy())
        layers.append(
            (repr(layer), {name: t.tolist() for name, t in layer.state_dict().items() if "running" not in name})
        )
    assert layers[:2] == layers[2:]
    np.testing.assert_allclose(*results, rtol=1e-4, atol=1e-6)


def test_lazy_layers_take_their_shape_from_a_state_dict_too():
    source = nn.Linear(3, 2)
    lazy = nn.LazyLinear(2)
    lazy.load_state_dict(source.state_dict())
    x = autograd.ones(1, 3)
    assert autograd.equal(lazy(x), source(x))
    assert type(lazy) is nn.Linear
    with pytest.raises(RuntimeError, match="Can't access the shape of an uninitialized parameter"):
        source.load_state_dict(nn.LazyLinear(2).state_dict())


def test_a_first_input_that_does_not_fit_changes_nothing():
    layer = nn.LazyConv2d(4, 3)
    with pytest.raises(RuntimeError, match=r"Expected 3D \(unbatched\) or 4D \(batched\) input to LazyConv2d"):
        layer(autograd.ones(3, 3))
    assert layer.has_uninitialized_params()
    assert layer(autograd.ones(2, 5, 5)).shape == (4, 3, 3)


def test_lazy_layers_are_copied_and_converted_before_their_first_call():
    net = nn.Sequential(nn.LazyLinear(3), nn.LazyBatchNorm1d(), nn.LazyLinear(1)).double()
    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert twin(autograd.ones(2, 4, dtype=autograd.float64)).shape == (2, 1)
        assert repr(twin[0]) == "Linear(in_features=4, out_features=3, bias=True)"
    assert net[0].has_uninitialized_params()
