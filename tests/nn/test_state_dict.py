"""Saving a module's state and loading it: names, memory, messages, hooks; nothing is changed by a load that fails."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
import pytest

import autograd
import nn


def make():
    """Two layers, one with buffers."""
    return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))


KEYS = [
    "0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked",
]  # fmt: skip


def values(module):
    """All values, to see whether something changed."""
    return [tensor.tolist() for tensor in module.state_dict().values()]


# -- saving -------------------------------------------------------------------------------------------------


def test_names_and_memory():
    net = make()
    state = net.state_dict()
    assert list(state) == KEYS
    assert type(state) is OrderedDict
    assert not any(tensor.requires_grad for tensor in state.values())
    assert not isinstance(state["0.weight"], nn.Parameter)
    with autograd.no_grad():
        net[0].weight.fill_(5)
    assert state["0.weight"].tolist() == [[5, 5]] * 3


def test_keep_vars_gives_the_parameters_themselves():
    net = make()
    assert net.state_dict(keep_vars=True)["0.weight"] is net[0].weight


def test_prefix_destination_and_metadata():
    net, destination = make(), OrderedDict()
    assert net.state_dict(destination=destination, prefix="net.") is destination
    assert list(destination) == [f"net.{key}" for key in KEYS]
    assert net.state_dict(prefix="net.")._metadata == {
        "net": {"version": 1}, "net.0": {"version": 1}, "net.1": {"version": 2},
    }  # fmt: skip


class Counter(nn.Module):
    """A module with state of its own kind."""

    def __init__(self, count=0):
        super().__init__()
        self.count = count

    def get_extra_state(self):
        return {"count": self.count}

    def set_extra_state(self, state):
        self.count = state["count"]


def test_extra_state():
    source, target = nn.Sequential(Counter(5)), nn.Sequential(Counter())
    state = source.state_dict()
    assert state == {"0._extra_state": {"count": 5}}
    target.load_state_dict(state)
    assert target[0].count == 5
    with pytest.raises(RuntimeError, match=r'Missing key\(s\) in state_dict: "0._extra_state"'):
        target.load_state_dict({})
    assert target.load_state_dict({}, strict=False).missing_keys == ["0._extra_state"]
    with pytest.raises(RuntimeError, match=r'Unexpected key\(s\) in state_dict: "0._extra_state"'):
        nn.Sequential(nn.ReLU()).load_state_dict(state)


# -- loading ------------------------------------------------------------------------------------------------


def test_loading_copies_values_into_the_same_parameters():
    source, target = make(), make()
    source(autograd.randn(4, 2))
    weight = target[0].weight
    answer = target.load_state_dict(source.state_dict())
    assert repr(answer) == "<All keys matched successfully>"
    assert target[0].weight is weight
    assert values(target) == values(source)
    assert weight.data_ptr() != source[0].weight.data_ptr()


def test_arrays_other_dtypes_and_old_scalars_are_loaded():
    net = make()
    state = {key: tensor.numpy().astype(np.float64) for key, tensor in make().state_dict().items()}
    state["1.num_batches_tracked"] = autograd.tensor([3])
    net.load_state_dict(state)
    assert net[0].weight.dtype is autograd.float32
    assert net[1].num_batches_tracked.item() == 3


def test_old_batch_norms_have_no_count():
    state = make().state_dict()
    del state["1.num_batches_tracked"]
    state._metadata["1"]["version"] = 1
    make().load_state_dict(state)


def test_the_error_lists_everything_at_once_and_nothing_is_changed():
    net = make()
    before = values(net)
    state = make().state_dict()
    del state["0.bias"], state["1.running_var"]
    state |= {"2.weight": autograd.ones(1), "extra": autograd.ones(1), "0.weight": autograd.ones(4)}
    state["1.bias"] = 3
    with pytest.raises(RuntimeError) as caught:
        net.load_state_dict(state)
    assert str(caught.value) == (
        "Error(s) in loading state_dict for Sequential:\n"
        '\tMissing key(s) in state_dict: "0.bias", "1.running_var". \n'
        '\tUnexpected key(s) in state_dict: "2.weight", "extra". \n'
        "\tsize mismatch for 0.weight: copying a param with shape torch.Size([4]) from checkpoint, the shape in "
        "current model is torch.Size([3, 2]).\n"
        '\tWhile copying the parameter named "1.bias", expected torch.Tensor or Tensor-like object from checkpoint but '
        "received <class 'int'>"
    )
    assert values(net) == before


def test_not_strict_loads_what_fits():
    net, state = make(), make().state_dict()
    bias = state.pop("0.bias")
    state["extra"] = bias
    answer = net.load_state_dict(state, strict=False)
    assert answer.missing_keys == ["0.bias"]
    assert answer.unexpected_keys == ["extra"]
    assert net[0].weight.tolist() == state["0.weight"].tolist()
    with pytest.raises(RuntimeError, match=r"size mismatch for 0.weight"):
        net.load_state_dict({"0.weight": autograd.ones(1)}, strict=False)


def test_assign_takes_the_tensors_over():
    net, state = make(), make().state_dict()
    net[0].bias.requires_grad_(False)
    state["0.weight"] = state["0.weight"].double()
    net.load_state_dict(state, assign=True)
    assert net[0].weight.dtype is autograd.float64
    assert isinstance(net[0].weight, nn.Parameter)
    assert net[0].weight.data_ptr() == state["0.weight"].data_ptr()
    assert net[0].weight.requires_grad
    assert not net[0].bias.requires_grad
    assert net[1].running_mean is state["1.running_mean"]


def test_only_dicts_are_loaded():
    with pytest.raises(TypeError, match="Expected state_dict to be dict-like, got <class 'list'>"):
        make().load_state_dict([])


# -- hooks --------------------------------------------------------------------------------------------------


def test_hooks_around_saving():
    net, log = make(), []
    net.register_state_dict_pre_hook(lambda module, prefix, keep_vars: log.append((prefix, keep_vars)))
    net[0].register_state_dict_post_hook(lambda module, state, prefix, metadata: log.append((list(state), metadata)))
    net.register_state_dict_post_hook(lambda module, state, prefix, metadata: state.clear())
    assert net.state_dict(prefix="net.", keep_vars=True) == {}
    assert log == [("net.", True), (["net.0.weight", "net.0.bias"], {"version": 1})]
    net.register_state_dict_post_hook(lambda *seen: {})
    with pytest.raises(RuntimeError, match="state_dict post-hook must return None"):
        net.state_dict()


def test_a_hook_before_loading_may_rename_keys():
    def rename(module, state, prefix, metadata, strict, missing, unexpected, errors):
        state[f"{prefix}weight"] = state.pop(f"{prefix}old_weight")

    net, state = make(), make().state_dict()
    state["0.old_weight"] = state.pop("0.weight")
    handle = net[0].register_load_state_dict_pre_hook(rename)
    net.load_state_dict(state)
    assert "0.old_weight" in state  # the user's dict stays as it was
    assert net[0].weight.tolist() == state["0.old_weight"].tolist()
    handle.remove()
    with pytest.raises(RuntimeError, match=r"Missing key\(s\)"):
        net.load_state_dict(state)


def test_a_hook_after_loading_may_forgive_keys():
    net, state = make(), make().state_dict()
    del state["0.bias"]
    net.register_load_state_dict_post_hook(lambda module, keys: keys.missing_keys.clear())
    assert net.load_state_dict(state).missing_keys == []
    net.register_load_state_dict_post_hook(lambda module, keys: keys)
    with pytest.raises(AssertionError, match="not expected to return new values"):
        net.load_state_dict(state)
