"""Names from variables, modules and containers."""

from __future__ import annotations

from collections import namedtuple

import numpy as np
import pytest

import autograd
from autograd.view import draw
from autograd.view.graph import read_graph
from autograd.view.names import given, name_values

somewhere_global = autograd.tensor(1.5, requires_grad=True)


def leaf(value=1.0):
    return autograd.tensor(value, requires_grad=True)


class Layer:
    """What a Module is to those who ask for names."""

    def __init__(self, **members):
        self.members = members

    def named_parameters(self):
        for name, member in self.members.items():
            if isinstance(member, Layer):
                yield from ((f"{name}.{path}", p) for path, p in member.named_parameters())
            elif member.requires_grad:
                yield name, member

    def named_buffers(self):
        return ((name, b) for name, b in self.members.items() if not isinstance(b, Layer) and not b.requires_grad)


def named(result, variables, names=None):
    """The names found, as a dict from name to tensor."""
    graph = read_graph([result], 1000)
    name_values(graph, given(names), variables.items())
    return {value.name: value.tensor for value in graph.values if value.name}


def test_the_caller_s_variables_without_being_asked():
    a, b = leaf(), leaf()
    total = a * b
    root = total.exp()
    source = draw(root).source
    for name in ("a", "b", "total", "root"):
        assert f"<B>{name}</B>" in source
    assert repr(draw(root)) == "<Drawing of root: 2 operations, 4 tensors>"


def test_locals_before_globals():
    shadowed = somewhere_global
    source = draw(shadowed * 2).source
    assert "<B>shadowed</B>" in source
    assert "somewhere_global" not in source


def test_globals():
    assert "<B>somewhere_global</B>" in draw(somewhere_global * 2).source


def test_variables_of_an_enclosing_function_that_are_used():
    outer = leaf()

    def inner():
        return draw(outer * 2).source

    assert "<B>outer</B>" in inner()


def test_constants_and_arrays_have_names_too():
    w, data = leaf([1.0, 2.0]), autograd.tensor([3.0, 4.0])
    array = np.array([5.0, 6.0], np.float32)
    found = named(w * data + array, {"w": w, "data": data, "array": array})
    assert found["data"] is data
    assert set(found) == {"w", "data", "array"}


def test_paths_in_modules():
    model = Layer(fc1=Layer(weight=leaf(), bias=leaf()), scale=autograd.tensor(2.0))
    weight, bias = (p for _, p in model.named_parameters())
    found = named(weight * model.members["scale"] + bias, {"model": model})
    assert found == {"model.fc1.weight": weight, "model.fc1.bias": bias, "model.scale": model.members["scale"]}


def test_a_module_s_path_goes_before_a_loop_s_variable():
    model = Layer(weight=leaf())
    for p in (p for _, p in model.named_parameters()):
        last = p * 2
    assert "model.weight" in named(last, {"p": p, "params": [p], "model": model})


def test_the_nearest_name_wins():
    w = leaf()
    assert set(named(w * 2, {"settings": {"weights": [w]}, "weights": [w]})) == {"weights[0]"}
    assert set(named(w * 2, {"weights": [w], "w": w})) == {"w"}


def test_into_containers_and_objects():
    class Neuron:
        def __init__(self):
            self.w = [leaf(), leaf()]
            self.b = leaf()

    Pair = namedtuple("Pair", "first second")
    neuron, pair, table = Neuron(), Pair(leaf(), leaf()), {"x": leaf(), 3: leaf()}
    tensors = [*neuron.w, neuron.b, *pair, *table.values()]
    found = named(autograd.stack(tensors), {"n": {"layers": [neuron]}, "pair": pair, "table": table})
    assert list(found) == [
        "n['layers'][0].w[0]", "n['layers'][0].w[1]", "n['layers'][0].b", "pair.first", "pair.second", "table['x']",
        "table[3]",
    ]  # fmt: skip
    assert list(found.values()) == tensors


def test_private_variables_and_a_notebook_s_history_are_no_names():
    _hidden = leaf()
    history = {"_hidden": _hidden, "_5": _hidden, "Out": {5: _hidden}, "In": [_hidden], "@py_assert1": _hidden}
    show = eval("lambda: draw(_hidden * 2).source", {"draw": draw, **history})
    assert "<B>" not in show()


def test_circles_and_heaps_do_no_harm():
    w = leaf()
    circle: list = []
    circle.append(circle)
    heap = list(range(100_000))
    lists = [[[] for _ in range(1000)] for _ in range(50)]
    assert set(named(w * 2, {"heap": heap, "lists": lists, "circle": circle, "holder": [heap, w]})) == {"holder[1]"}


def test_names_that_are_given_go_before_variables():
    a, b = leaf(), leaf()
    found = named(a * b, {"a": a, "b": b}, names={"left": a, "model": Layer(right=b)})
    assert found == {"left": a, "model.right": b}


def test_a_module_as_names():
    model = Layer(fc=Layer(weight=leaf()))
    ((_, weight),) = model.named_parameters()
    assert named(weight * 2, {}, names=model) == {"fc.weight": weight}
    assert named(weight * 2, {}, names=[model]) == {"Layer.fc.weight": weight}


@pytest.mark.parametrize("names", [3, "w", [1, 2], {leaf(): "w"}])
def test_names_of_another_kind(names):
    x = leaf()
    with pytest.raises(TypeError, match=r"names must be a dict such as .* a Module or a list of Modules, not "):
        draw(x, names=names)
