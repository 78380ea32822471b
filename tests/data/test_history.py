"""What was logged is there, in order, as floats; it shows as a table and as curves."""

import csv
import gc
import itertools
import math
import sys
import weakref

import numpy as np
import pytest

import autograd


@pytest.fixture
def history():
    h = autograd.History()
    for epoch in range(12):
        h.log(train_loss=1 / (epoch + 1), accuracy=epoch / 12)
        if epoch % 4 == 0:
            h.log(step=epoch, test_loss=2 / (epoch + 1))
    return h


def test_numbers_are_kept_as_floats():
    h = autograd.History()
    h.log(a=1, b=np.float32(0.5), c=autograd.tensor([[2.5]]), d=np.array([3]), e=True)
    assert {name: h[name] for name in h} == {"a": [1.0], "b": [0.5], "c": [2.5], "d": [3.0], "e": [1.0]}
    assert all(type(h[name][0]) is float for name in h)


def test_no_graph_is_kept():
    h = autograd.History()
    w = autograd.ones(3, requires_grad=True)
    loss = (w * 2).sum()
    node = weakref.ref(loss.grad_fn)
    h.log(loss=loss)
    gc.disable()
    try:
        del loss
        assert node() is None
    finally:
        gc.enable()


def test_steps(history):
    assert history.steps("train_loss") == list(range(12))
    assert history.steps("test_loss") == [0, 4, 8]
    history.log(test_loss=0.1)
    assert history.steps("test_loss")[-1] == 9
    rows = history.rows()
    assert rows[4] == {"step": 4, "train_loss": 0.2, "accuracy": 4 / 12, "test_loss": 0.4}
    assert rows[5]["test_loss"] is None
    columns = history.to_dict()
    assert list(columns) == ["step", "train_loss", "accuracy", "test_loss"]
    assert {len(column) for column in columns.values()} == {12}
    history["train_loss"].clear()  # a copy
    assert len(history["train_loss"]) == 12
    assert ("accuracy" in history, "x" in history, len(history)) == (True, False, 3)


def test_what_is_not_one_number():
    h = autograd.History()
    for value, message in (
        (autograd.ones(2), r"log\(loss=...\) takes one number, but got a Tensor of shape \(2,\): take its mean"),
        ([1.0], "takes one number, but got list"),
        ("0.5", "takes one number, but got str"),
        (None, "takes one number, but got NoneType"),
        (1j, "takes one number, but got complex"),
    ):
        with pytest.raises(TypeError, match=message):
            h.log(fine=1.0, loss=value)
    assert len(h) == 0
    with pytest.raises(KeyError, match="nothing has been logged as 'loss', only as"):
        h["loss"]


def test_tables(history):
    lines = repr(history).splitlines()
    assert lines[0].split() == ["step", "train_loss", "accuracy", "test_loss"]
    assert lines[1].split() == ["0", "1.0000", "0.0000", "2.0000"]
    assert lines[2].split() == ["1", "0.5000", "0.0833"]
    assert set(lines[6].split()) == {"⋮"}
    assert len(lines) == 12
    assert len({len(line) for line in lines}) == 1
    html = history._repr_html_()
    assert html.count("<tr>") == 12
    assert "<th>train_loss</th>" in html
    odd = autograd.History()
    odd.log(**{"<b>": 1e-9, "n": 3, "nan": math.nan})
    assert repr(odd).splitlines()[1].split() == ["0", "1.000e-09", "3", "nan"]
    assert "&lt;b&gt;" in odd._repr_html_()
    assert "nothing logged yet" in repr(autograd.History())
    assert "nothing logged yet" in autograd.History()._repr_html_()


def test_files(history, tmp_path):
    history.save(tmp_path / "h.csv")
    with (tmp_path / "h.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["train_loss"]) for row in rows] == history["train_loss"]
    assert [row["test_loss"] for row in rows][:5] == ["2.0", "", "", "", "0.4"]


@pytest.fixture
def pyplot():
    matplotlib = pytest.importorskip("matplotlib", reason="curves are drawn with it")
    matplotlib.use("agg")
    pyplot = pytest.importorskip("matplotlib.pyplot")
    yield pyplot
    pyplot.close("all")


def test_curves(history, pyplot, tmp_path):
    figure = history.plot()
    assert pyplot.get_fignums()
    loss, accuracy = figure.axes
    assert loss.get_title(loc="left") == "loss"
    lines = {line.get_label(): line for line in loss.get_lines()}
    assert lines["train_loss"].get_ydata().tolist() == history["train_loss"]
    assert lines["test_loss"].get_xdata().tolist() == [0, 4, 8]
    assert lines["_best"].get_xdata().tolist() == [8]  # of the last curve
    assert any("0.08333" in text.get_text() for text in loss.texts)
    best = {line.get_label(): line for line in accuracy.get_lines()}["_best"]
    assert best.get_xdata().tolist() == [11]
    before = pyplot.get_fignums()
    for suffix in ("png", "svg"):
        history.save(tmp_path / f"h.{suffix}")
        assert (tmp_path / f"h.{suffix}").stat().st_size > 1000
    assert pyplot.get_fignums() == before


def test_curves_can_be_chosen_and_smoothed(history, pyplot):
    (axes,) = history.plot("train_loss", smooth=0.5, log=True).axes
    assert axes.get_yscale() == "log"
    raw, smooth = (line.get_ydata().tolist() for line in axes.get_lines()[:2])
    assert raw == history["train_loss"]
    shares = np.array([0.5 ** (11 - i) for i in range(12)])
    assert smooth[-1] == pytest.approx(float(shares @ raw / shares.sum()))


def test_odd_curves_are_drawn(pyplot, tmp_path):
    h = autograd.History()
    h.log(loss=math.nan, single=3.0, flat=1.0)
    h.log(loss=math.inf, flat=1.0)
    h.plot(smooth=0.9).savefig(tmp_path / "odd.png")
    for _ in range(3):
        for i in range(9):
            h.log(**{f"metric_{i}": 0.5})
    assert len(h.plot().axes) == 12


def test_labels_keep_apart(pyplot):
    h = autograd.History()
    for name in ("train_loss", "val_loss", "test_loss"):
        h.log(**{name: 1.0})
        h.log(**{name: 0.5})
    figure = h.plot()
    figure.canvas.draw()
    heights = sorted(text.xy[1] for text in figure.axes[0].texts if "_loss" in text.get_text())
    assert len(heights) == 3
    assert min(b - a for a, b in itertools.pairwise(heights)) > 0.08


def test_what_can_not_be_drawn(history, monkeypatch):
    with pytest.raises(ValueError, match="there is nothing to draw yet"):
        autograd.History().plot()
    with pytest.raises(ValueError, match="smooth is from 0"):
        history.plot(smooth=1.0)
    with pytest.raises(KeyError, match="nothing has been logged as 'x'"):
        history.plot("x")
    for loaded in [m for m in sys.modules if m.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, loaded)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setattr("autograd.curves.pyplot", type(autograd.curves.pyplot)("matplotlib.pyplot"))
    with pytest.raises(ImportError, match="needs matplotlib, which is not installed: `pip install matplotlib`"):
        history.plot()
