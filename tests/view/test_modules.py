"""Modules in pictures: whose operations they are, the frames around them, and how they fold."""

from __future__ import annotations

import copy
import pickle
import time

import pytest

import autograd
import nn
from autograd.view import draw
from autograd.view.draw import MOST_READ
from autograd.view.fold import Block, fold_at
from autograd.view.graph import read_graph
from autograd.view.modules import calls_of, every_call
from autograd.view.names import name_values
from tests.view.test_drawing import Picture


class Residual(nn.Module):
    def __init__(self, width=2):
        super().__init__()
        self.first = nn.Linear(width, width)
        self.act = nn.Tanh()

    def forward(self, x):
        return x + self.act(self.first(x))


class Net(nn.Module):
    def __init__(self, depth=3):
        super().__init__()
        self.body = nn.Sequential(*(Residual() for _ in range(depth)))
        self.head = nn.Linear(2, 1)

    def forward(self, x):
        return self.head(self.body(x))


def calls_in(result, **names):
    graph = read_graph([result], MOST_READ)
    name_values(graph, names.items())
    return graph, calls_of(graph, names.items())


def test_every_operation_is_found_in_the_call_that_did_it():
    net = Net()
    graph, (outermost,) = calls_in(net(autograd.ones(4, 2)).sum(), net=net)
    did = {call.path: [o.name for o in call.operations] for call in every_call([outermost])}
    assert did["net"] == []
    assert did["net.body.1"] == ["add"]
    assert did["net.body.1.first"] == did["net.head"] == ["linear"]
    assert len(outermost.every_operation()) == len(graph.operations) - 1  # all but the sum


def test_a_module_used_twice_has_two_calls():
    layer = nn.Linear(2, 2)
    _, calls = calls_in(layer(layer(autograd.ones(1, 2)).tanh()), layer=layer)
    assert [call.path for call in calls] == ["layer", "layer"]
    assert calls[0].end < calls[1].start


def test_calls_that_failed_or_belong_to_other_graphs_are_not_found():
    layer = nn.Linear(2, 2)
    layer(autograd.ones(1, 2))
    with pytest.raises(RuntimeError):
        layer(autograd.ones(1, 3))
    result = autograd.ones(2, requires_grad=True) * 2
    assert calls_in(result, layer=layer)[1] == []


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_have_not_been_called(copied):
    net = Net()
    result = net(autograd.ones(1, 2))
    other = copied(net)
    assert [len(m._calls) for m in (net, other)] == [1, 0]
    graph = read_graph([result], MOST_READ)
    assert [call.module for call in calls_of(graph, [("other", other)])] in ([], list(other.children()))


@pytest.mark.parametrize(("depth", "blocks"), [(0, ["net"]), (1, ["body", "head"]), (2, ["0 … 2"]), (9, [])])
def test_folding_by_depth(depth, blocks):
    net = Net()
    graph, calls = calls_in(net(autograd.ones(4, 2)).sum(), net=net)
    folded = fold_at(graph, calls, depth)
    found = [step for step in folded.operations if isinstance(step, Block)]
    assert [block.name for block in found] == blocks
    hidden = [v for block in found for v in block.inside]
    assert sorted(v.key for v in hidden + folded.values) == sorted(v.key for v in graph.values)
    whole = {"net": 3 * 6 + 3, "body": 18, "head": 3, "0 … 2": 18}
    assert [block.parameters for block in found] == [whole[name] for name in blocks]


def test_blocks_that_differ_or_are_read_elsewhere_do_not_become_one():
    first, second, third = nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 2)
    x = autograd.ones(1, 2)
    h = first(x)
    graph, calls = calls_in(third(second(h)) + h, first=first, second=second, third=third)
    rows = [(s.name, s.repeats) for s in fold_at(graph, calls, 0).operations if isinstance(s, Block)]
    assert rows == [("first", 1), ("second … third", 2)]
    wide = nn.Linear(2, 5)
    graph, calls = calls_in(wide(first(x)), first=first, wide=wide)
    assert [s.repeats for s in fold_at(graph, calls, 0).operations] == [1, 1]


def test_the_picture_has_frames_and_captions():
    net = Net(1)
    out = net(autograd.ones(4, 2))
    source = draw(out).source
    assert source.count("subgraph cluster_") == 3  # net, net.body and net.body.0; the others did one thing each
    picture = Picture(draw(out))
    assert picture.box("head")[-1] == "linear"
    assert picture.box("first")[-1] == "linear"


def test_the_folded_picture_tells_how_many():
    net = Net(3)
    out = net(autograd.ones(4, 2))
    picture = Picture(draw(out, fold=2))
    assert "Residual ×3" in picture.box("0 … 2")
    assert "18 parameters, 9 operations" in picture.box("0 … 2")
    assert repr(draw(out, fold=0)) == "<Drawing of out: 0 operations, 1 folded module, 2 tensors>"
    assert len(Picture(draw(out, fold=0)).arrows) == 2


def test_names_with_markup_are_escaped_in_frames_and_blocks():
    net = nn.Sequential()
    net.add_module("<b>&\"'é", nn.Sequential(nn.Linear(1, 1), nn.Tanh()))
    out = net(autograd.ones(1, 1))
    for depth in (None, 0, 1):
        assert Picture(draw(out, fold=depth)).boxes


def test_five_thousand_nodes_fold_by_themselves():
    net = Net(1700)
    loss = net(autograd.ones(1, 2)).sum()
    began = time.perf_counter()
    drawing = draw(loss)
    assert "1 folded module" in repr(drawing)
    assert "Residual ×1,700" in drawing.svg or "Residual ×1700" in drawing.svg
    assert time.perf_counter() - began < 30  # seconds; it takes one


@pytest.mark.parametrize("depth", [-1, 1.5, "all"])
def test_a_depth_there_is_not(depth):
    with pytest.raises(ValueError, match="fold must be a depth"):
        draw(autograd.ones(1), fold=depth)
