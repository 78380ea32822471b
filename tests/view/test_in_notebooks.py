"""What notebooks show of tensors and modules."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest

import autograd
import nn


def parsed(html):
    """The markup, checked for being well formed; attributes without quotes are HTML, not XML."""
    return ET.fromstring(
        html.replace("<table class=tiny>", '<table class="tiny">').replace("<details open>", '<details open="">')
    )


def cells(html):
    return list(parsed(html).iter("td"))


def text(html):
    return "".join(parsed(html).itertext())


def test_small_tensors_show_every_number():
    shown = cells(autograd.tensor([[1.0, -2.0], [0.0, 4.0]])._repr_html_())
    assert [cell.text for cell in shown] == ["1", "-2", "0", "4"]
    colors = [cell.get("style") for cell in shown]
    assert colors[2] == "background:rgb(246,246,246)"
    assert len(set(colors)) == 4


@pytest.mark.parametrize(
    ("tensor", "expected"),
    [
        (autograd.tensor(2.5), ["()", "2.5", "no gradient wanted"]),
        (autograd.zeros(0, 3), ["(0, 3)"]),
        (autograd.tensor([True, False, True]), ["torch.bool", "2 of 3 True"]),
        (autograd.tensor([1, 5]), ["torch.int64", "min 1, max 5, mean 3, std 2"]),
        (autograd.tensor([1.0, float("nan"), float("inf")]), ["1 nan, 1 inf", "of 3"]),
        (autograd.tensor([1 + 2j]), ["torch.complex64"]),
        (autograd.ones(2, requires_grad=True), ["leaf, gradient not computed yet"]),
        (autograd.ones(2, requires_grad=True).exp(), ["result of ExpBackward0"]),
        (autograd.ones(2, 2, 2, 2), ["(2, 2, 2, 2)"]),
    ],
)
def test_facts(tensor, expected):
    said = text(tensor._repr_html_())
    for part in expected:
        assert part in said


def test_the_gradient_is_measured():
    w = autograd.tensor([3.0, 4.0], requires_grad=True)
    (w * w / 2).sum().backward()
    assert "gradient of norm 5" in text(w._repr_html_())


@pytest.mark.parametrize(
    ("shape", "count"), [((5,), 5), ((3, 4), 12), ((2, 3, 4), 24), ((100, 100), 33 * 33), ((9, 2, 2), 24)]
)
def test_heat_maps_leave_out_the_middle_of_large_tensors(shape, count):
    html = autograd.tensor(np.arange(np.prod(shape)).reshape(shape))._repr_html_()
    assert len(cells(html)) == count
    assert len(html) < 150_000


def test_a_module_is_a_tree_with_shapes_and_counts():
    net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Sequential(nn.ReLU(), nn.LazyLinear(4)))
    net[0].requires_grad_(False)
    html = net._repr_html_()
    said = text(html)
    for part in (
        "Linear(in_features=2",
        "9 parameters · frozen",
        "(3, 2) float32 parameter",
        "running_mean",
        "not known yet",
    ):
        assert part in said
    assert len(list(parsed(html).iter("details"))) == 5


def test_names_are_escaped():
    net = nn.Module()
    net.register_parameter("<b>&", nn.Parameter(autograd.ones(1)))
    net.add_module("<i>'", nn.Identity())
    assert "<b>&" in text(net._repr_html_())
    assert "<i>" not in net._repr_html_()
