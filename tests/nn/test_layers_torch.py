"""Every layer against PyTorch's: initial values, state, text, attributes, results, gradients, running averages."""

from __future__ import annotations

import numpy as np
import pytest

import autograd

from .layers import DROPOUTS, LAYERS, drawn, is_continuous, made

EVERY_LAYER = pytest.mark.parametrize("text", LAYERS)
pytestmark = pytest.mark.filterwarnings("ignore:`NLLLoss2d` has been deprecated", "ignore:enable_nested_tensor is True")


SINGLE_PRECISION = "Hardsigmoid"
"""PyTorch multiplies a float64 gradient of it by 1/6 as a float32."""


@pytest.fixture
def pair(torch, text):
    """The layer made by both libraries from the same seed."""
    autograd.manual_seed(1337)
    ours = made(text)
    torch.manual_seed(1337)
    return ours, made(text, torch.nn)


@EVERY_LAYER
def test_initial_values_are_the_same_to_the_last_bit(pair, text):
    ours, theirs = (module.state_dict() for module in pair)
    assert list(ours) == list(theirs)
    assert ours._metadata == theirs._metadata
    for name, value in theirs.items():
        assert repr(ours[name].dtype) == repr(value.dtype)
        np.testing.assert_array_equal(ours[name].numpy(), value.numpy(), err_msg=name)


@EVERY_LAYER
def test_state_goes_both_ways(torch, pair, text):
    ours, theirs = pair
    values = {name: value.double() + 0.5 for name, value in theirs.state_dict().items()}
    assert not any(ours.load_state_dict({name: value.numpy() for name, value in values.items()}))
    assert not any(theirs.load_state_dict({n: torch.tensor(v.numpy()) for n, v in ours.state_dict().items()}))
    for name, value in theirs.state_dict().items():
        np.testing.assert_array_equal(value.numpy(), values[name].to(value.dtype).numpy(), err_msg=name)


@EVERY_LAYER
def test_text(pair, text):
    ours, theirs = pair
    assert repr(ours) == repr(theirs)


@EVERY_LAYER
def test_attributes(pair, text):
    ours, theirs = (options(module) for module in pair)
    assert ours == theirs


INSIDE = {"transposed", "activation_relu_or_gelu", "use_nested_tensor", "bias_k", "bias_v"}
"""What PyTorch's modules note for themselves."""


def options(module):
    """The attributes that are no members."""
    members = {*module._parameters, *module._buffers, *module._modules, *INSIDE}
    return {n: v for n, v in vars(module).items() if n[0] != "_" and n not in members and not callable(v)}


@EVERY_LAYER
@pytest.mark.parametrize("mode", ["train", "eval"])
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
def test_results_and_gradients(torch, pair, text, mode, rng):
    arrays = drawn(text, rng)
    ours, theirs = (run(library, module, arrays, mode) for library, module in zip((autograd, torch), pair, strict=True))
    assert list(ours) == list(theirs)
    for name, value in theirs.items():
        assert ours[name].shape == value.shape, name
        rtol = 1e-7 if text.startswith(SINGLE_PRECISION) else 1e-9
        np.testing.assert_allclose(ours[name], value, rtol=rtol, atol=1e-11, err_msg=name)


def run(library, module, arrays, mode):
    """Two passes forward and one back, in float64: results, gradients by inputs and parameters, buffers."""
    module = getattr(module.double(), mode)()
    found = {}
    for turn in ("first", "second"):
        inputs = [library.tensor(array, requires_grad=is_continuous(array)) for array in arrays]
        library.manual_seed(5)
        works_in_place = getattr(module, "inplace", False)
        results = module(*(t.clone() if works_in_place else t for t in inputs))
        results = [r for r in results if r is not None] if isinstance(results, tuple) else [results]
        found |= {f"{turn} result {i}": r.detach().numpy() for i, r in enumerate(results)}
    if results[0].requires_grad:
        results[0].backward(library.tensor(np.random.default_rng(1).standard_normal(results[0].shape)))
    named = [*enumerate(inputs), *module.named_parameters()]
    found |= {f"gradient by {name}": t.grad.numpy() for name, t in named if t.grad is not None}
    return found | {f"buffer {name}": np.asarray(t) for name, t in module.named_buffers()}


@pytest.mark.parametrize("text", DROPOUTS)
def test_dropped_in_float32_as_well(torch, pair, text, rng):
    (array,) = drawn(text, rng)
    results = []
    for library, module in zip((autograd, torch), pair, strict=True):
        library.manual_seed(3)
        results.append(module(library.tensor(array.astype(np.float32))).numpy())
    np.testing.assert_allclose(*results, rtol=1e-6)
