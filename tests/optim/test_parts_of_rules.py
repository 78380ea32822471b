"""What update rules are made of, part by part: where a line search looks next, how Muon rounds, vectors in pieces."""

import importlib
import math

import numpy as np
import pytest

import autograd
import optim
from optim.line_search import Point, cubic_minimum, is_flat, kept_off_ends, strong_wolfe, too_high
from optim.muon import bfloat16
from optim.slab import PIECE

# -- the line search of L-BFGS --------------------------------------------------------------------------------


def on_cubic(t, m=1.0):
    """A point of t^3 - 3 m^2 t, which has its minimum at m."""
    return Point(t, t**3 - 3 * m * m * t, None, np.float64(3 * t * t - 3 * m * m))


@pytest.mark.parametrize("m", [0.5, 1.0, 2.0])
def test_the_minimum_of_a_cubic_is_found(m):
    ends = on_cubic(0.25 * m, m), on_cubic(3.0 * m, m)
    assert cubic_minimum(*ends) == pytest.approx(m, rel=1e-14)
    assert cubic_minimum(*ends[::-1]) == pytest.approx(m, rel=1e-14)
    assert cubic_minimum(*ends, 1.5 * m, 10 * m) == 1.5 * m
    assert cubic_minimum(*ends, 0.1 * m, 0.5 * m) == 0.5 * m


def test_a_cubic_without_a_minimum_is_cut_in_half():
    steep = Point(2.0, 0.0, None, np.float64(-1.0)), Point(3.0, -0.5, None, np.float64(-1.0))
    assert cubic_minimum(*steep) == 2.5
    assert cubic_minimum(*steep, 3.5, 12.5) == 8.0


@pytest.mark.parametrize(
    ("t", "was_near", "expected"),
    [
        (2.0, False, (2.0, False)), (2.0, True, (2.0, False)),  # far from both ends, by more than 0.2
        (1.1, False, (1.1, True)), (2.9, False, (2.9, True)),  # near one, for the first time
        (1.1, True, (1.2, False)), (2.9, True, (2.8, False)),  # and again
        (1.0, False, (1.2, False)), (3.0, False, (2.8, False)), (0.5, False, (1.2, False)), (4.0, True, (2.8, False)),
    ],
)  # fmt: skip
def test_trial_steps_are_kept_off_the_ends(t, was_near, expected):
    for ends in ((1.0, 3.0), (3.0, 1.0)):
        found, near = kept_off_ends(t, *ends, was_near)
        assert (found, near) == (pytest.approx(expected[0], rel=1e-15), expected[1])


def test_the_conditions_of_wolfe():
    """f(t) <= f(0) + 0.0001 t f'(0), and |f'(t)| <= 0.9 |f'(0)|."""
    start = Point(0, 1.0, None, -2.0)
    assert too_high(Point(0.5, 0.99995, None, 0.0), start)
    assert not too_high(Point(0.5, 0.99985, None, 0.0), start)
    for slope, flat in ((-1.79, True), (1.79, True), (-1.81, False), (1.81, False)):
        assert is_flat(Point(0.5, 0.0, None, slope), start) == flat


LINES = {
    "steps": lambda t: (3.17 * math.sin(4.18 * t + 1.87) - 0.06 * t, 13.2506 * math.cos(4.18 * t + 1.87) - 0.06),
    "waves": lambda t: (0.33 * math.sin(6.42 * t + 1.15) - 1.18 * t, 2.1186 * math.cos(6.42 * t + 1.15) - 1.18),
    "wave": lambda t: (math.cos(t) + 0.02 * t * t, -math.sin(t) + 0.04 * t),
    "far": lambda t: ((t / 40 - 1) ** 4, (t / 40 - 1) ** 3 / 10),
    "falls": lambda t: (-t - 0.01 * t**3, -1 - 0.03 * t * t),
    "narrow": lambda t: (math.sqrt(1e-4 + (t - 0.3) ** 2), (t - 0.3) / math.sqrt(1e-4 + (t - 0.3) ** 2)),
    "uneven": lambda t: (math.exp(t) - 40 * t, math.exp(t) - 40),
}


@pytest.mark.torch
@pytest.mark.parametrize("line", LINES)
def test_the_search_looks_where_torchs_looks(line, torch):
    theirs = importlib.import_module("torch.optim.lbfgs")._strong_wolfe
    for first in (1e-3, 0.1, 1.0, 3.0, 30.0):
        for tries in (1, 2, 3, 4, 6, 25):
            for shortest in (1e-9, 0.5):
                mine, other = [], []

                def evaluate(t, seen=mine):
                    seen.append(t)
                    f, slope = LINES[line](t)
                    return Point(t, f, None, np.float64(slope))

                def objective(x, t, d, seen=other):
                    seen.append(float(t))
                    f, slope = LINES[line](float(t))
                    return f, torch.tensor([slope], dtype=torch.float64)

                f, slope = LINES[line](0.0)
                slope = slope or -1.0  # it may be steeper than it looks from there
                found, made = strong_wolfe(evaluate, first, Point(0, f, None, np.float64(slope)), shortest, tries)
                end, _, t, count = theirs(
                    objective, None, first, torch.ones(1, dtype=torch.float64), f,
                    torch.tensor([slope], dtype=torch.float64), torch.tensor(slope, dtype=torch.float64),
                    tolerance_change=shortest, max_ls=tries,
                )  # fmt: skip
                assert mine == pytest.approx(other, rel=1e-9)
                assert (found.t, found.f, made) == (pytest.approx(float(t), rel=1e-9), pytest.approx(end), count)


@pytest.mark.torch
@pytest.mark.parametrize("max_eval", [2, 3, 4, 5, 7, 9])
@pytest.mark.parametrize("tolerance", [1e-9, 0.5])
def test_lbfgs_runs_out_of_evaluations_as_torch_does(max_eval, tolerance, torch):
    """In a narrow valley, which is approached from the right: all steps are negative."""
    paths = []
    for library, module in ((autograd, optim), (torch, torch.optim)):
        w = library.tensor([5.0, 7.0], dtype=library.float64, requires_grad=True)
        options = {"max_iter": 8, "max_eval": max_eval, "tolerance_change": tolerance}
        optimizer = module.LBFGS([w], line_search_fn="strong_wolfe", lr=4, **options)
        path = []

        def closure(w=w, path=path, optimizer=optimizer):
            optimizer.zero_grad()
            loss = ((w - 0.3) ** 2 + 1e-4).sqrt().sum()
            loss.backward()
            path.append(w.tolist())
            return loss

        optimizer.step(closure)
        paths.append([*path, w.tolist(), [optimizer.state[w]["func_evals"], optimizer.state[w]["n_iter"]]])
    assert len(paths[0]) == len(paths[1])
    np.testing.assert_allclose(*paths, rtol=1e-7)


@pytest.mark.torch
def test_a_search_that_finds_nothing_flat_ends_where_torchs_does(torch):
    """At a kink the slope jumps: the interval is halved and halved, until no parameter moves by 1e-9 in it."""
    counts = []
    for library, module in ((autograd, optim), (torch, torch.optim)):
        w = library.tensor([2.0, 0.0], dtype=library.float64, requires_grad=True)
        optimizer = module.LBFGS([w], line_search_fn="strong_wolfe", max_iter=1, max_eval=300)

        def closure(w=w, library=library, optimizer=optimizer):
            optimizer.zero_grad()
            loss = 80 * library.maximum(w[0] - 0.75, 20 * (0.75 - w[0])) - 50 * w[1]
            loss.backward()
            return loss

        optimizer.step(closure)
        counts.append((optimizer.state[w]["func_evals"], w.tolist()))
    assert counts[0][0] == counts[1][0] > 20
    assert counts[0][1] == pytest.approx(counts[1][1], rel=1e-7)


def test_lbfgs_counts_and_ends_where_it_is():
    """At the bottom there is nothing to do: the loss is returned, one evaluation counted, no iteration."""
    w = autograd.tensor([2.0], dtype=autograd.float64, requires_grad=True)
    optimizer = optim.LBFGS([w])

    def closure():
        optimizer.zero_grad()
        loss = ((w - 2) ** 2).sum() + 5
        loss.backward()
        return loss

    for calls in (1, 2):
        assert optimizer.step(closure).item() == 5.0
        assert (optimizer.state[w]["func_evals"], optimizer.state[w]["n_iter"]) == (calls, 0)
    assert w.item() == 2.0


def test_the_first_step_of_lbfgs_is_no_longer_than_the_gradient():
    """It goes min(1, 1 / |g|) of the way: all of it for a gradient of 0.25, a fourth for one of 4; the next, all."""
    for scale, iterations, end in ((0.25, 1, 1.75), (4.0, 1, 1.0), (0.25, 2, 1.5), (4.0, 2, -3.0)):
        w = autograd.tensor([2.0], dtype=autograd.float64, requires_grad=True)

        def closure(w=w, scale=scale):
            w.grad = None
            loss = scale * w.sum()
            loss.backward()
            return loss

        optim.LBFGS([w], max_iter=iterations, max_eval=10).step(closure)
        assert w.item() == end


# -- Muon and vectors in pieces -------------------------------------------------------------------------------


def test_bfloat16_is_the_nearest_number_of_eight_bits(rng):
    """Halfway between two, the even one: as Python's round() has it."""
    ties = np.array([1 + 1 / 256, 1 + 3 / 256, -1 - 1 / 256, -1 - 3 / 256, 3 + 1 / 128], np.float32)
    for x in (*ties, *rng.standard_normal(200).astype(np.float32), np.float32(0), np.float32(255.5)):
        mantissa, exponent = math.frexp(float(x))
        assert bfloat16(x).item() == math.ldexp(round(mantissa * 256) / 256, exponent)


def test_long_vectors_are_worked_through_in_pieces(rng):
    """Every element of a vector of several pieces moves by the same formula, momentum and all."""
    size = 2 * PIECE + 7
    start, gradients = rng.standard_normal(size), rng.standard_normal((2, size))
    w = autograd.tensor(start, requires_grad=True)
    optimizer = optim.SGD([w], lr=0.5, momentum=0.25)
    for g in gradients:
        w.grad = autograd.tensor(g)
        optimizer.step()
    np.testing.assert_allclose(
        w.detach().numpy(), start - 0.5 * gradients[0] - 0.5 * (0.25 * gradients[0] + gradients[1]), rtol=1e-13, atol=0
    )
