"""Averages of weights: against means worked out by hand, and against PyTorch."""

import numpy as np
import pytest

import autograd
import nn
import optim
from optim.swa_utils import (
    SWALR,
    AveragedModel,
    get_ema_avg_fn,
    get_ema_multi_avg_fn,
    get_swa_avg_fn,
    get_swa_multi_avg_fn,
    update_bn,
)


def wander(model, rng):
    """Other weights and buffers for a model."""
    for value in [*model.parameters(), *model.buffers()]:
        value.data.copy_(autograd.tensor(rng.standard_normal(tuple(value.shape)) * 5).to(value.dtype))


def history_of(averaged, steps=6, **options):
    """What the model's parameters and buffers were, and what the average makes of them."""
    rng = np.random.default_rng(0)
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    averaged = averaged(model)
    seen = []
    for _ in range(steps):
        wander(model, rng)
        seen.append({name: value.numpy().copy() for name, value in model.state_dict().items()})
        averaged.update_parameters(model)
    return seen, {name: value.numpy() for name, value in averaged.module.state_dict().items()}, averaged


WEIGHTS = ("0.weight", "0.bias", "1.weight", "1.bias")


@pytest.mark.parametrize("options", [{}, {"avg_fn": get_swa_avg_fn()}, {"multi_avg_fn": get_swa_multi_avg_fn()}])
def test_the_mean_of_all(options):
    seen, found, averaged = history_of(lambda model: AveragedModel(model, **options))
    for name in WEIGHTS:
        np.testing.assert_allclose(found[name], np.mean([s[name] for s in seen], axis=0), rtol=1e-5, atol=1e-6)
    for name in found.keys() - set(WEIGHTS):
        np.testing.assert_array_equal(found[name], seen[-1][name])  # buffers are copied
    assert averaged.n_averaged.item() == 6
    assert averaged.n_averaged.dtype is autograd.int64


@pytest.mark.parametrize("options", [{"avg_fn": get_ema_avg_fn(0.8)}, {"multi_avg_fn": get_ema_multi_avg_fn(0.8)}])
def test_an_exponential_average(options):
    seen, found, _ = history_of(lambda model: AveragedModel(model, **options))
    shares = np.array([0.8**5] + [0.2 * 0.8 ** (5 - i) for i in range(1, 6)])
    for name in WEIGHTS:
        expected = np.tensordot(shares, np.stack([s[name] for s in seen]), axes=1)
        np.testing.assert_allclose(found[name], expected, rtol=1e-5, atol=1e-6)


def test_buffers_too():
    seen, found, _ = history_of(lambda model: AveragedModel(model, use_buffers=True))
    for name in (*WEIGHTS, "1.running_mean", "1.running_var"):
        np.testing.assert_allclose(found[name], np.mean([s[name] for s in seen], axis=0), rtol=1e-5, atol=1e-6)


def test_an_averaged_model_is_a_model():
    model = nn.Linear(2, 1)
    averaged = AveragedModel(model, device="cpu")
    assert averaged.module is not model
    assert set(averaged.state_dict()) == {"n_averaged", "module.weight", "module.bias"}
    x = autograd.ones(3, 2)
    averaged.update_parameters(model)
    assert averaged(x).tolist() == model(x).tolist()
    with pytest.raises(AssertionError, match="Only one of avg_fn and multi_avg_fn should be provided"):
        AveragedModel(model, avg_fn=get_swa_avg_fn(), multi_avg_fn=get_swa_multi_avg_fn())
    for make in (get_ema_avg_fn, get_ema_multi_avg_fn):
        with pytest.raises(
            ValueError, match=r"Invalid decay value 1.5 provided. Please provide a value in \[0,1\] range"
        ):
            make(1.5)


def test_batch_norms_are_found_afresh(rng):
    model = nn.Sequential(nn.BatchNorm1d(3, momentum=0.3), nn.Linear(3, 2), nn.BatchNorm1d(2, momentum=None)).eval()
    batches = [autograd.tensor(rng.standard_normal((8, 3)) * 3 + 2, dtype=autograd.float32) for _ in range(5)]
    update_bn([(batch, None) for batch in batches], model, device="cpu")
    arrays = np.stack([b.numpy() for b in batches])
    np.testing.assert_allclose(model[0].running_mean.numpy(), arrays.mean(axis=(0, 1)), rtol=1e-5)
    np.testing.assert_allclose(model[0].running_var.numpy(), arrays.var(axis=1, ddof=1).mean(axis=0), rtol=1e-5)
    assert (model[0].momentum, model[2].momentum, model.training) == (0.3, None, False)
    assert model[2].num_batches_tracked.item() == 5


def test_a_pass_that_breaks_off_leaves_the_momenta():
    model = nn.Sequential(nn.BatchNorm1d(3)).eval()
    with pytest.raises((RuntimeError, ValueError)):
        update_bn([autograd.ones(4, 5)], model)
    assert model[0].momentum == 0.1
    assert not model.training
    update_bn(iter(()), nn.Linear(1, 1))  # nothing to do


def test_errors_of_schedules():
    optimizer = optim.SGD([autograd.ones(1, requires_grad=True)], lr=1.0)
    with pytest.raises(ValueError, match="anneal_strategy must be one of 'cos' or 'linear', instead got slow"):
        SWALR(optimizer, 0.1, anneal_strategy="slow")
    with pytest.raises(ValueError, match="anneal_epochs must be equal or greater than 0, got -1"):
        SWALR(optimizer, 0.1, anneal_epochs=-1)
    with pytest.raises(ValueError, match="swa_lr must have the same length as optimizer.param_groups"):
        SWALR(optimizer, [0.1, 0.2])
    assert "swa_lr" not in optimizer.param_groups[0]


CHOICES = {
    "plain": lambda s: {},
    "swa": lambda s: {"avg_fn": s.get_swa_avg_fn()},
    "swa, lists": lambda s: {"multi_avg_fn": s.get_swa_multi_avg_fn()},
    "ema": lambda s: {"avg_fn": s.get_ema_avg_fn(0.9)},
    "ema, lists": lambda s: {"multi_avg_fn": s.get_ema_multi_avg_fn(0.9), "use_buffers": True},
    "buffers": lambda s: {"use_buffers": True},
}


def trained(library, layers, optimizers, options, epochs=20):
    """A small net after some epochs, its average, and the learning rates."""
    library.manual_seed(3)
    model = layers.Sequential(layers.Linear(4, 5), layers.BatchNorm1d(5), layers.Tanh(), layers.Linear(5, 1))
    optimizer = optimizers.SGD(model.parameters(), lr=0.1, momentum=0.9)
    averaged = optimizers.swa_utils.AveragedModel(model, **options(optimizers.swa_utils))
    scheduler = optimizers.swa_utils.SWALR(optimizer, 0.02, anneal_epochs=6)
    batches = [library.randn(8, 4) for _ in range(4)]
    rates = []
    for epoch in range(epochs):
        for x in batches:
            optimizer.zero_grad()
            ((model(x) - x.sum(1, keepdim=True)) ** 2).mean().backward()
            optimizer.step()
        if epoch >= 3:
            averaged.update_parameters(model)
        scheduler.step()
        rates += scheduler.get_last_lr()
    optimizers.swa_utils.update_bn(batches, averaged)
    return averaged, rates


@pytest.mark.torch
@pytest.mark.parametrize("name", CHOICES)
def test_averages_of_a_training_are_torchs(torch, name):
    (ours, our_rates), (theirs, their_rates) = (
        trained(*library, CHOICES[name]) for library in ((autograd, nn, optim), (torch, torch.nn, torch.optim))
    )
    assert our_rates == pytest.approx(their_rates, rel=1e-12)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    for key, value in ours.state_dict().items():
        np.testing.assert_allclose(value.numpy(), theirs.state_dict()[key].numpy(), rtol=1e-4, atol=1e-5, err_msg=key)
        assert str(value.dtype) == str(theirs.state_dict()[key].dtype)
