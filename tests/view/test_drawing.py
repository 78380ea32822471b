"""Pictures: what is in them, that they are valid, and where they can be had."""

from __future__ import annotations

import os
import re
import stat
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import autograd
from autograd.view import Drawing, draw, render
from autograd.view.style import ALARM, DIM, GRADIENT, HIDDEN, LINE, LOOKS, OP_FILL, OP_INK

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}"


def leaf(value=1.0):
    return autograd.tensor(value, requires_grad=True)


class Picture:
    """What a reader sees in an SVG: boxes with their lines of text, and arrows from box to box."""

    def __init__(self, drawing):
        root = ET.fromstring(drawing.svg)
        self.size = float(root.get("width").removesuffix("pt")), float(root.get("height").removesuffix("pt"))
        self.boxes, self.tips, self.places, self.arrows = {}, {}, {}, []
        for group in root.iter(f"{SVG}g"):
            title = group.findtext(f"{SVG}title")
            if group.get("class") == "node":
                texts = list(group.iter(f"{SVG}text"))
                self.boxes[title] = [text.text.strip() for text in texts]
                self.tips[title] = next(a.get(f"{XLINK}title") for a in group.iter(f"{SVG}a"))
                self.places[title] = float(texts[0].get("x")), float(texts[0].get("y"))
            elif group.get("class") == "edge":
                self.arrows.append(tuple(title.split("->")))

    def box(self, *texts):
        """The lines of the one box that has all of these texts."""
        return self.boxes[self.key(*texts)]

    def key(self, *texts):
        """The key of the one box that has all of these texts."""
        (found,) = [key for key, lines in self.boxes.items() if set(texts) <= set(lines)]
        return found


def expression():
    a, b = leaf(2.0), leaf(-3.0)
    product = a * b
    return {"a": a, "b": b, "product": product, "total": product - 10}


def shown(**tensors):
    names = expression() | tensors
    return Picture(draw(names["total"], names=names))


# -- what is in a picture ------------------------------------------------------------------------


def test_boxes_signs_and_arrows():
    picture = shown()
    assert sorted(picture.boxes.values()) == [
        ["10"], ["a", "value", "2", "grad", "–"], ["b", "value", "-3", "grad", "–"],
        ["product", "value", "-6", "grad", "–"], ["total", "value", "-16", "grad", "–"], ["×"], ["−"],
    ]  # fmt: skip
    key = picture.key
    assert sorted(picture.arrows) == sorted(
        [(key("a"), key("×")), (key("b"), key("×")), (key("×"), key("product")), (key("product"), key("−")),
         (key("10"), key("−")), (key("−"), key("total"))]
    )  # fmt: skip


def test_gradients_after_backward():
    tensors = expression()
    tensors["product"].retain_grad()
    tensors["total"].backward()
    picture = shown(**tensors)
    for name in ("a", "b", "product"):
        assert float(picture.box(name)[-1]) == tensors[name].grad.item()
    assert picture.box("total")[-2:] == ["grad", "1"]
    assert "grad" not in picture.box("10")


def test_no_gradient_yet_is_a_dash_and_never_zero():
    x, unused = leaf(2.0), leaf(3.0)
    names = {"x": x, "unused": unused, "y": x * 2}
    names["y"].backward()
    picture = Picture(draw(names["y"] + unused, names=names))
    assert picture.box("unused")[-2:] == ["grad", "–"]
    assert picture.box("x")[-2:] == ["grad", "2"]


def test_large_gradients_say_that_they_were_not_kept():
    x = leaf(np.ones(300, np.float32))
    y = x * 2
    y.sum().backward()
    picture = Picture(draw(y))
    assert picture.box("y")[-2:] == ["grad", "not kept"]
    assert "retain_grad()" in picture.tips[picture.key("y")]


def test_shapes_dtypes_and_many_values():
    w = autograd.full((4, 300), 0.5, dtype=autograd.float64, requires_grad=True)
    m = leaf([[1.0, -2.5], [0.0, 1e-5]])
    picture = Picture(draw(w.sum() + m.sum()))
    assert picture.box("w") == ["w", "(4, 300) float64", "value", "all 0.5", "grad", "–"]
    assert picture.box("m") == ["m", "(2, 2)", "value", "1", "-2.5", "0", "1e-05", "grad", "–"]


@pytest.mark.parametrize(
    ("options", "lines"),
    [({"values": False}, ["m", "(2,)", "grad", "–"]), ({"shapes": False}, ["m", "value", "[1, 2]", "grad", "–"]),
     ({"gradients": False}, ["m", "(2,)", "value", "[1, 2]"])],
)  # fmt: skip
def test_what_is_not_wanted_is_left_out(options, lines):
    m = leaf([1.0, 2.0])
    assert Picture(draw(m.sum(), **options)).box("m") == lines


def test_a_box_about_nothing_still_says_what_it_is():
    result = leaf(1.0).exp()
    picture = Picture(draw(result * 2, names={}, values=False, shapes=False, gradients=False))
    assert sorted(picture.boxes.values()) == [["constant"], ["exp"], ["leaf"], ["result"], ["result"], ["×"]]


def test_what_is_no_longer_in_memory():
    y = leaf(1.0).exp()
    assert ["no longer in memory", "grad", "–"] in Picture(draw(y)).boxes.values()


def test_several_results_of_one_operation():
    first, second = (leaf([1.0, 2.0]) * 1).split(1)
    total = first * second
    del first
    picture = Picture(draw(total))
    split = picture.key("split", "sizes=(1, 1)")
    assert [a for a, _ in picture.arrows].count(split) == 2
    assert picture.box("result 0")[:2] == ["result 0", "(1,)"]
    assert picture.box("second")[:2] == ["second", "(1,)"]


def test_operands_are_drawn_in_their_order():
    a, b = leaf(1.0), leaf(2.0)
    for root, upper, lower in ((a - b, "a", "b"), (b - a, "b", "a")):
        across, down = Picture(draw(root, names={"a": a, "b": b})), Picture(draw(root, direction="TB"))
        assert across.places[across.key(upper)][1] < across.places[across.key(lower)][1]
        assert down.places[down.key(upper)][0] < down.places[down.key(lower)][0]


def test_directions():
    y = leaf(0.5).exp().tanh().exp()
    across, down = Picture(draw(y)).size, Picture(draw(y, direction="TB")).size
    assert across[0] > 2 * across[1]
    assert down[1] > 2 * down[0]


def test_nan_and_infinity_are_shown_and_marked():
    x = leaf([1.0, 0.0])
    drawing = draw(x.log().sum())
    picture = Picture(drawing)
    assert "[0, -inf]" in picture.boxes["t1"]
    assert "-inf" in picture.boxes["t0"]
    assert drawing.source.count("peripheries=2") == drawing.source.count(f'color="{ALARM}" fillcolor') == 2


def test_tooltips_tell_all():
    x = leaf(np.arange(12, dtype=np.float32).reshape(3, 4) / 7)
    picture = Picture(draw(x.softmax(1)))
    tip = picture.tips[picture.key("x")]
    assert tip.startswith("x: leaf (3, 4) float32")
    numbers = [float(v) for v in re.findall(r"\d+\.\d*", tip)]
    np.testing.assert_allclose(numbers, x.detach().numpy().ravel(), atol=1e-6)
    assert picture.tips[picture.key("softmax")].splitlines()[0] == "softmax (SoftmaxBackward0)"


def test_large_graphs_show_their_newest_part():
    x = leaf(1.0)
    y = x
    for _ in range(3000):
        y = y + x
    drawing = draw(y, max_nodes=20)
    picture = Picture(drawing)
    assert len(picture.boxes) == 21
    hidden = picture.key("… 2,991 earlier operations not shown")
    assert [a for a, _ in picture.arrows].count(hidden) == 1
    assert repr(drawing) == (
        "<Drawing of y: 9 operations, 11 tensors; 2,991 earlier operations not shown, "
        "draw(..., max_nodes=80) shows more>"
    )


def test_a_leaf_that_is_used_everywhere_takes_no_minutes():
    x = leaf(1.0)
    y = x
    for _ in range(500):
        y = y * x + 1
    assert len(Picture(draw(y)).boxes) == 501  # with the box for the rest; endless without a limit on the rounds


# -- text that others wrote ----------------------------------------------------------------------


@given(st.text(max_size=60))
@example('<B>&amp;"quoted"</B> {a|b} \\N \\G \\l \\\\ \\')
@example("名前 变量 ∑ é 🙂")
@example("two\nlines\tand \x00 \ud800 \uffff")
@example("<html>")
@example("-->")
def test_any_name_comes_out_as_it_is(name):
    x = leaf(1.0)
    picture = Picture(draw(x, names={f"x{name}": x}))
    (lines,) = picture.boxes.values()
    expected = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in f"x{name}")
    if len(expected) <= 36:
        assert lines[0] == expected.strip()
    (tip,) = picture.tips.values()
    assert tip.replace("\N{WORD JOINER}", "").startswith(f"{expected}: leaf")


# -- asking for one ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tensors", "message"),
    [((3.0,), "expected a Tensor but got float$"), (([leaf(), None],), "got NoneType$"),
     ((np.ones(2),), "got ndarray$"), ((), "give it the tensor"), (([],), "give it the tensor"),
     ((lambda x: x,), "got function: call it on an input and draw the result")],
)  # fmt: skip
def test_what_is_no_tensor(tensors, message):
    with pytest.raises(TypeError, match=message):
        draw(*tensors)


def test_options_that_make_no_sense():
    x = leaf()
    with pytest.raises(ValueError, match="direction must be 'LR' or 'TB', not 'RL'"):
        draw(x, direction="RL")
    with pytest.raises(ValueError, match="max_nodes must be at least 1, not 0"):
        draw(x, max_nodes=0)


def test_several_tensors_as_arguments_or_in_a_list():
    x = leaf()
    a, b = x * 2, x + 1
    assert draw(a, b).source == draw([a, b]).source
    assert repr(draw(a, b)) == "<Drawing of a, b: 2 operations, 5 tensors>"


def test_a_drawing_is_a_snapshot():
    x = leaf(2.0)
    y = x * x
    before = draw(y)
    source = before.source
    y.backward()
    assert before.source == source
    assert "–" in before.svg
    assert draw(y).source != source


def test_the_same_graph_gives_the_same_text():
    assert draw(expression()["total"], names={}).source == draw(expression()["total"], names={}).source


def test_graphs_of_gradients_can_be_drawn():
    x = leaf(3.0)
    (g,) = autograd.grad(x**3, x, create_graph=True)
    picture = Picture(draw(g))
    assert picture.box("g")[:3] == ["g", "value", "27"]


# -- files, notebooks, programs ------------------------------------------------------------------


def test_saving(tmp_path):
    drawing = draw(leaf(1.0).exp())
    for ending in ("svg", "png", "dot"):
        drawing.save(tmp_path / f"g.{ending}")
    drawing.save(str(tmp_path / "G.SVG"))
    assert (tmp_path / "g.svg").read_text(encoding="utf-8") == drawing.svg == (tmp_path / "G.SVG").read_text("utf-8")
    assert (tmp_path / "g.png").read_bytes() == drawing.png
    assert (tmp_path / "g.dot").read_text(encoding="utf-8") == drawing.source
    with pytest.raises(ValueError, match=r"'g\.jpeg': the name must end in \.svg, \.png, \.pdf, \.dot or \.html"):
        drawing.save(tmp_path / "g.jpeg")
    assert not (tmp_path / "g.jpeg").exists()


def test_png():
    png = draw(leaf(1.0).exp()).png
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert png[25] in (4, 6)  # with transparency


def test_huge_pictures_have_fewer_pixels():
    x = leaf(1.0)
    y = x
    for _ in range(200):
        y = y.exp() - y
    png = draw(y).png
    width, height = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))
    assert width * height < 10e6
    assert max(width, height) < 32_767


def test_a_notebook_gets_pictures_and_text_and_no_html():
    drawing = draw(leaf(1.0).exp())
    assert drawing._repr_mimebundle_() == {
        "image/svg+xml": drawing.svg, "image/png": drawing.png, "text/plain": repr(drawing),
    }  # fmt: skip
    assert drawing.svg.startswith("<svg")


@pytest.fixture
def nothing_installed(monkeypatch, tmp_path):
    """A machine with neither `dot` nor `graphviz-pure`."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(render.sysconfig, "get_path", lambda *_: str(tmp_path))
    monkeypatch.setattr(render.sys, "executable", str(tmp_path / "python"))
    return tmp_path


def test_without_a_program(nothing_installed):
    drawing = draw(leaf(1.0).exp())
    for ask in (lambda: drawing.svg, lambda: drawing.png, lambda: drawing.save(nothing_installed / "g.svg")):
        with pytest.raises(RuntimeError, match="pip install graphviz-pure"):
            ask()
    assert list(nothing_installed.iterdir()) == []
    drawing.save(nothing_installed / "g.dot")
    bundle = drawing._repr_mimebundle_()
    assert list(bundle) == ["text/plain"]
    assert bundle["text/plain"].startswith(repr(drawing))
    assert "pip install" in bundle["text/plain"]


def test_without_dot_on_the_path(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    drawing = draw(leaf(1.0).exp())
    assert Picture(drawing).boxes
    with pytest.raises(RuntimeError, match="PDF needs Graphviz's own `dot`"):
        drawing.save(tmp_path / "g.pdf")


@pytest.mark.skipif(os.name == "nt", reason="the stand-in is a shell script")
def test_dot_on_the_path_goes_first(nothing_installed):
    stand_in = nothing_installed / "dot"
    stand_in.write_text('#!/bin/sh\necho "drawn by dot $1"\n')
    stand_in.chmod(stand_in.stat().st_mode | stat.S_IEXEC)
    draw(leaf()).save(nothing_installed / "g.pdf")
    assert (nothing_installed / "g.pdf").read_text() == "drawn by dot -Tpdf\n"
    stand_in.write_text("#!/bin/sh\necho 'out of paint' >&2\nexit 3\n")
    with pytest.raises(RuntimeError, match=r"dot could not draw the graph \(exit status 3\): out of paint"):
        _ = draw(leaf()).svg


def test_drawing_is_what_draw_gives():
    assert type(draw(leaf())) is Drawing


# -- colors --------------------------------------------------------------------------------------


def luminance(color):
    """Relative luminance as WCAG 2 defines it."""
    channels = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """Contrast ratio as WCAG 2 defines it."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


PAGES = ("#FFFFFF", "#111317")


@pytest.mark.parametrize("look", [*LOOKS.values(), HIDDEN])
def test_text_in_boxes_is_legible(look):
    for ink in (look.ink, DIM, GRADIENT, ALARM):
        assert contrast(ink, look.fill) >= 4.5


def test_boxes_and_lines_stand_out_on_white_and_on_dark_pages():
    assert contrast(OP_INK, OP_FILL) >= 4.5
    for color in (LINE, OP_FILL):
        assert min(contrast(color, page) for page in PAGES) >= 3
    for look in (*LOOKS.values(), HIDDEN):
        for page in PAGES:
            assert max(contrast(look.line, page), contrast(look.fill, page)) >= 3


def test_kinds_of_boxes_differ_in_outline_too():
    outlines = [(look.shape, look.style) for look in LOOKS.values()]
    assert len(set(outlines)) == len(LOOKS)
