"""The update rules, against the formulas of their papers worked out in plain Python."""

import itertools
import math

import numpy as np
import pytest

import autograd
import optim
from optim.line_search import Point, strong_wolfe

GRADIENTS = [0.5, -0.25, 2.0, 0.125, -1.0, 0.75, 0.375, -0.5]


def follow(make, gradients=GRADIENTS, start=1.5):
    """The values a single parameter takes on under given gradients."""
    w = autograd.tensor(start, dtype=autograd.float64, requires_grad=True)
    optimizer = make([w])
    path = []
    for g in gradients:
        w.grad = autograd.tensor(g, dtype=autograd.float64)
        optimizer.step()
        path.append(w.item())
    return path


def sgd_by_hand(lr, momentum=0.0, dampening=0.0, decay=0.0, nesterov=False, w=1.5):
    path, b = [], None
    for g in GRADIENTS:
        g = g + decay * w
        if momentum:
            b = g if b is None else momentum * b + (1 - dampening) * g
            g = g + momentum * b if nesterov else b
        w = w - lr * g
        path.append(w)
    return path


def adam_by_hand(lr, betas=(0.9, 0.999), eps=1e-8, decay=0.0, decoupled=False, amsgrad=False, w=1.5):
    path, m, v, largest = [], 0.0, 0.0, 0.0
    for t, g in enumerate(GRADIENTS, 1):
        if decoupled:
            w = w - lr * decay * w
        else:
            g = g + decay * w
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g * g
        largest = max(largest, v)
        second = (largest if amsgrad else v) / (1 - betas[1] ** t)
        w = w - lr * m / (1 - betas[0] ** t) / (math.sqrt(second) + eps)
        path.append(w)
    return path


SGD_OPTIONS = [
    {"lr": 0.1},
    {"lr": 0.1, "weight_decay": 0.3},
    {"lr": 0.1, "momentum": 0.9},
    {"lr": 0.1, "momentum": 0.9, "dampening": 0.5},
    {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
]
ADAM_OPTIONS = [
    {"lr": 0.1},
    {"lr": 0.01, "betas": (0.5, 0.75), "eps": 0.1},
    {"lr": 0.1, "weight_decay": 0.3},
    {"lr": 0.1, "amsgrad": True},
]


@pytest.mark.parametrize("options", SGD_OPTIONS)
def test_sgd_follows_its_formula(options):
    by_hand = {("decay" if name == "weight_decay" else name): value for name, value in options.items()}
    assert follow(lambda p: optim.SGD(p, **options)) == pytest.approx(sgd_by_hand(**by_hand), rel=1e-14)


@pytest.mark.parametrize("options", ADAM_OPTIONS)
@pytest.mark.parametrize("kind", ["Adam", "AdamW"])
def test_adam_follows_its_formula(kind, options):
    by_hand = {("decay" if name == "weight_decay" else name): value for name, value in options.items()}
    if kind == "AdamW":
        by_hand = {"decay": 0.01, **by_hand, "decoupled": True}
    found = follow(lambda p: getattr(optim, kind)(p, **options))
    assert found == pytest.approx(adam_by_hand(**by_hand), rel=1e-12)


@pytest.mark.parametrize("kind", ["SGD", "Adam", "AdamW"])
def test_maximize_climbs(kind):
    make = getattr(optim, kind)
    down = follow(lambda p: make(p, lr=0.1, weight_decay=0.0))
    up = follow(lambda p: make(p, lr=0.1, weight_decay=0.0, maximize=True), [-g for g in GRADIENTS])
    assert down == up


# -- the others, each as its paper has it: values of one parameter, gradient by gradient -----------------


def adamax_by_hand(lr, betas=(0.9, 0.999), eps=1e-8, w=1.5):
    m = u = 0.0
    for t, g in enumerate(GRADIENTS, 1):
        m = betas[0] * m + (1 - betas[0]) * g
        u = max(betas[1] * u, abs(g) + eps)
        w -= lr / (1 - betas[0] ** t) * m / u
        yield w


def nadam_by_hand(lr, betas=(0.9, 0.999), eps=1e-8, momentum_decay=4e-3, w=1.5):
    m, v = 0.0, 0.0
    mu = [betas[0] * (1 - 0.5 * 0.96 ** (t * momentum_decay)) for t in range(1, len(GRADIENTS) + 2)]
    for t, g in enumerate(GRADIENTS, 1):
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g * g
        ahead = mu[t] * m / (1 - math.prod(mu[: t + 1])) + (1 - mu[t - 1]) * g / (1 - math.prod(mu[:t]))
        w -= lr * ahead / (math.sqrt(v / (1 - betas[1] ** t)) + eps)
        yield w


def radam_by_hand(lr, betas=(0.9, 0.999), eps=1e-8, w=1.5):
    m, v, longest = 0.0, 0.0, 2 / (1 - betas[1]) - 1
    for t, g in enumerate(GRADIENTS, 1):
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g * g
        mean = m / (1 - betas[0] ** t)
        length = longest - 2 * t * betas[1] ** t / (1 - betas[1] ** t)
        if length > 5:
            r = (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)
            w -= lr * mean * math.sqrt(r) * math.sqrt(1 - betas[1] ** t) / (math.sqrt(v) + eps)
        else:
            w -= lr * mean
        yield w


def adagrad_by_hand(lr, lr_decay=0.0, initial_accumulator_value=0.0, eps=1e-10, w=1.5):
    total = initial_accumulator_value
    for t, g in enumerate(GRADIENTS, 1):
        total += g * g
        w -= lr / (1 + (t - 1) * lr_decay) * g / (math.sqrt(total) + eps)
        yield w


def adadelta_by_hand(lr, rho=0.9, eps=1e-6, w=1.5):
    squares = steps = 0.0
    for g in GRADIENTS:
        squares = rho * squares + (1 - rho) * g * g
        step = math.sqrt(steps + eps) / math.sqrt(squares + eps) * g
        steps = rho * steps + (1 - rho) * step * step
        w -= lr * step
        yield w


def rmsprop_by_hand(lr, alpha=0.99, eps=1e-8, momentum=0.0, centered=False, w=1.5):
    squares = mean = b = 0.0
    for g in GRADIENTS:
        squares = alpha * squares + (1 - alpha) * g * g
        mean = alpha * mean + (1 - alpha) * g
        b = momentum * b + g / (math.sqrt(squares - mean**2 if centered else squares) + eps)
        w -= lr * b
        yield w


def rprop_by_hand(lr, etas=(0.5, 1.2), step_sizes=(1e-6, 50), w=1.5):
    size, before = lr, 0.0
    for g in GRADIENTS:
        if g * before > 0:
            size = min(size * etas[1], step_sizes[1])
        elif g * before < 0:
            size, g = max(size * etas[0], step_sizes[0]), 0.0
        w -= size * ((g > 0) - (g < 0))
        before = g
        yield w


def asgd_by_hand(lr, lambd=1e-4, alpha=0.75, w=1.5):
    for t, g in enumerate(GRADIENTS):
        rate = np.float32(lr / (1 + lambd * lr * t) ** alpha)  # the state holds float32
        w = w * (1 - lambd * float(rate)) - float(rate) * g
        yield w


OTHERS = [
    ("Adamax", adamax_by_hand, [{"betas": (0.5, 0.75)}, {"eps": 0.5}]),
    ("NAdam", nadam_by_hand, [{"betas": (0.5, 0.75)}, {"eps": 0.5}, {"momentum_decay": 0.5}]),
    ("RAdam", radam_by_hand, [{"betas": (0.5, 0.75)}, {"betas": (0.5, 0.9)}, {"eps": 0.5}]),
    ("Adagrad", adagrad_by_hand, [{"lr_decay": 0.5}, {"initial_accumulator_value": 2.0}, {"eps": 0.5}]),
    ("Adadelta", adadelta_by_hand, [{"rho": 0.5}, {"eps": 0.5}]),
    ("RMSprop", rmsprop_by_hand, [{"alpha": 0.5}, {"eps": 0.5}, {"momentum": 0.5}, {"centered": True}]),
    ("Rprop", rprop_by_hand, [{"etas": (0.25, 3.0)}, {"step_sizes": (0.08, 0.1)}]),
    ("ASGD", asgd_by_hand, [{"lambd": 0.5}, {"lambd": 0.5, "alpha": 0.25}]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "by_hand", "choices"), OTHERS)
def test_the_others_follow_their_formulas(kind, by_hand, choices):
    paths = []
    for options in ({}, *choices):
        paths.append(follow(lambda p, options=options: getattr(optim, kind)(p, lr=0.1, **options)))
        assert paths[-1] == pytest.approx(list(by_hand(lr=0.1, **options)), rel=1e-6 if kind == "NAdam" else 1e-12)
    assert all(path != paths[0] for path in paths[1:])  # each option does something


DECAYING = ["SGD", "Adam", "Adamax", "NAdam", "RAdam", "Adagrad", "Adadelta", "RMSprop", "ASGD"]


@pytest.mark.parametrize("kind", DECAYING)
def test_weight_decay_is_the_gradient_of_a_penalty(kind):
    """Decay by 0.3 is as adding 0.3 w to each gradient."""
    w = autograd.tensor(1.5, dtype=autograd.float64, requires_grad=True)
    optimizer = getattr(optim, kind)([w], lr=0.1)
    path = []
    for g in GRADIENTS:
        w.grad = autograd.tensor(g + 0.3 * w.item(), dtype=autograd.float64)
        optimizer.step()
        path.append(w.item())
    decayed = follow(lambda p: getattr(optim, kind)(p, lr=0.1, weight_decay=0.3))
    assert decayed == pytest.approx(path, rel=1e-13)
    assert decayed != follow(lambda p: getattr(optim, kind)(p, lr=0.1))


@pytest.mark.parametrize("kind", ["Adam", "NAdam", "RAdam"])
def test_decoupled_weight_decay_is_a_shrinking_of_its_own(kind):
    """The weights shrink before each step, by lr times the decay; the steps are those of no decay."""
    free = [1.5, *follow(lambda p: getattr(optim, kind)(p, lr=0.1))]
    path, w = [], 1.5
    for before, after in itertools.pairwise(free):
        w = (1 - 0.1 * 0.3) * w + (after - before)
        path.append(w)
    decayed = follow(lambda p: getattr(optim, kind)(p, lr=0.1, weight_decay=0.3, decoupled_weight_decay=True))
    assert decayed == pytest.approx(path, rel=1e-12)


def test_asgd_averages_after_t0():
    w = autograd.tensor(1.5, dtype=autograd.float64, requires_grad=True)
    optimizer = optim.ASGD([w], lr=0.1, t0=2)
    path = []
    for g in GRADIENTS:
        w.grad = autograd.tensor(g, dtype=autograd.float64)
        optimizer.step()
        path.append(w.item())
    # the mean of what came after step t0 + 1
    assert optimizer.state[w]["ax"].item() == pytest.approx(np.mean(path[3:]), rel=1e-7)


# -- the rules that look at whole matrices ----------------------------------------------------------------


def adafactor_by_hand(w, gradients, lr=1e-2, beta2_decay=-0.8, eps=(2.0**-52, 1e-3), d=1.0, decay=0.0):
    """Algorithm 4 and 5 of the paper, element by element."""

    def rms(x):
        return math.sqrt(sum(v * v for v in np.ravel(x)) / np.size(x))

    w, n, m = w.copy(), *w.shape
    rows, columns = [0.0] * n, [0.0] * m
    for t, g in enumerate(gradients, 1):
        beta, step = 1 - t**beta2_decay, max(eps[1], rms(w)) * min(lr, 1 / math.sqrt(t))
        rows = [beta * r + (1 - beta) * sum(x * x for x in g[i]) / m for i, r in enumerate(rows)]
        columns = [beta * c + (1 - beta) * sum(x * x for x in g[:, j]) / n for j, c in enumerate(columns)]
        v = np.array([[r * c / max(sum(rows) / n, eps[0]) for c in columns] for r in rows])
        u = g / np.maximum(np.sqrt(v), eps[0])
        w = (1 - lr * decay) * w - step * u / max(1, rms(u) / d)
    return w


@pytest.mark.parametrize(
    "options",
    [{}, {"lr": 2.0}, {"beta2_decay": -0.3}, {"eps": (0.5, 3.0)}, {"d": 1.5, "lr": 0.5}, {"weight_decay": 0.5}],
)
def test_adafactor_follows_its_formula(options, rng):
    start, gradients = rng.standard_normal((3, 4)), rng.standard_normal((5, 3, 4))
    w = autograd.tensor(start, requires_grad=True)
    optimizer = optim.Adafactor([w], **options)
    for g in gradients:
        w.grad = autograd.tensor(g)
        optimizer.step()
    by_hand = {("decay" if name == "weight_decay" else name): value for name, value in options.items()}
    found, expected = w.detach().numpy(), adafactor_by_hand(start, gradients, **by_hand)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert not options or abs(found - adafactor_by_hand(start, gradients)).max() > 1e-3
    assert [tuple(optimizer.state[w][name].shape) for name in ("row_var", "col_var")] == [(3, 1), (1, 4)]


@pytest.mark.parametrize("shape", [(4, 9), (9, 4), (5, 5)])
def test_muon_moves_all_directions_equally(shape, rng):
    """U V^T of the gradient, up to what five iterations leave of the singular values: 0.7 to 1.2 or so."""
    w = autograd.zeros(*shape, requires_grad=True)
    g = rng.standard_normal(shape).astype(np.float32)
    w.grad = autograd.tensor(g)
    optim.Muon([w], lr=1.0).step()
    u, _, vt = np.linalg.svd(g, full_matrices=False)
    moved = u.T @ -w.detach().numpy() @ vt.T / math.sqrt(max(1, shape[0] / shape[1]))
    assert np.diag(moved).min() > 0.6
    assert np.diag(moved).max() < 1.3
    assert abs(moved - np.diag(np.diag(moved))).max() < 0.05


def test_muon_shrinks_and_spreads():
    w = autograd.ones(2, 8, requires_grad=True)
    w.grad = autograd.zeros(2, 8)
    optim.Muon([w], lr=0.5, weight_decay=0.5).step()
    assert w.tolist() == [[0.75] * 8] * 2
    ends = []
    for how in ("original", "match_rms_adamw"):
        w = autograd.zeros(2, 8, requires_grad=True)
        w.grad = autograd.arange(16.0).reshape(2, 8)
        optim.Muon([w], lr=0.5, adjust_lr_fn=how).step()
        ends.append(w.detach().numpy())
    np.testing.assert_allclose(ends[1], 0.2 * math.sqrt(8) * ends[0], rtol=1e-6)
    with pytest.raises(ValueError, match="must be less than 100"):
        optim.Muon([w], ns_steps=100).step()
    with pytest.raises(ValueError, match="exactly 3 values"):
        optim.Muon([w], ns_coefficients=(1.0, 2.0)).step()


# -- where they lead --------------------------------------------------------------------------------------

BOWL = {
    "SGD": {"lr": 0.2}, "Adam": {"lr": 0.1}, "AdamW": {"lr": 0.1, "weight_decay": 0}, "Adamax": {"lr": 0.1},
    "NAdam": {"lr": 0.1}, "RAdam": {"lr": 0.1}, "Adagrad": {"lr": 0.5}, "Adadelta": {"lr": 1.0, "eps": 1e-3},
    "RMSprop": {"lr": 0.01}, "Rprop": {"lr": 0.1}, "ASGD": {"lr": 0.2}, "Adafactor": {"lr": 0.1},
}  # fmt: skip


@pytest.mark.parametrize("kind", BOWL)
def test_everything_finds_the_bottom_of_a_bowl(kind):
    w = autograd.tensor([[1.5, -2.0], [0.5, 3.0]], requires_grad=True)
    bottom, scale = autograd.tensor([[1.0, -1.0], [0.0, 2.0]]), autograd.tensor([1.0, 2.0])
    optimizer = getattr(optim, kind)([w], **BOWL[kind])
    for _ in range(400):
        optimizer.zero_grad()
        (scale * (w - bottom) ** 2).sum().backward()
        optimizer.step()
    assert (w - bottom).abs().max() < 0.03


def test_lbfgs_ends_a_quadratic_in_a_few_steps():
    """Gradient descent with its best rate would gain a factor of 0.82 each, and need 90 of them."""
    scale = autograd.tensor([1.0, 3.0, 10.0], dtype=autograd.float64)
    w = autograd.tensor([1.0, 1.0, 1.0], dtype=autograd.float64, requires_grad=True)
    optimizer = optim.LBFGS(
        [w], line_search_fn="strong_wolfe", max_iter=20, tolerance_grad=1e-10, tolerance_change=1e-18
    )

    def closure():
        optimizer.zero_grad()
        loss = 0.5 * (scale * w**2).sum()
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == 7.0
    assert w.abs().max() < 1e-8
    assert optimizer.state[w]["n_iter"] <= 15


@pytest.mark.parametrize("first", [1e-3, 0.1, 1.0, 30.0])
def test_a_line_search_ends_where_wolfe_wants(first):
    def evaluate(t):
        return Point(t, math.cos(t) + 0.02 * t * t, None, np.float64(-math.sin(t) + 0.04 * t))

    start = evaluate(0.0)._replace(slope=np.float64(-1.0))  # it may be steeper than it looks from there
    found, evaluations = strong_wolfe(evaluate, first, start, 1e-9, 25)
    assert found.f <= start.f + 1e-4 * found.t * start.slope
    assert abs(found.slope) <= 0.9 * abs(start.slope)
    assert evaluations <= 26
    assert (found.f, found.slope) == evaluate(found.t)[1::2]


# -- many parameters at once --------------------------------------------------------------------

SHAPES = [(3, 4), (4,), (), (0,), (2, 1, 3), (120, 130), (9000,)]  # the last two are long enough to stand alone


def parameters(library, dtype="float32", seed=0):
    rng = np.random.default_rng(seed)
    made = [library.tensor(rng.standard_normal(s).astype(dtype)) for s in SHAPES]
    return [p.requires_grad_() for p in made]


def gradients_of(step, dtype="float32"):
    rng = np.random.default_rng(100 + step)
    return [rng.standard_normal(s).astype(dtype) for s in SHAPES]


def test_together_is_as_alone():
    together, alone = parameters(autograd), parameters(autograd)
    one = optim.Adam(together, lr=0.01, weight_decay=0.1)
    each = [optim.Adam([p], lr=0.01, weight_decay=0.1) for p in alone]
    for step in range(4):
        for p, q, g in zip(together, alone, gradients_of(step), strict=True):
            p.grad, q.grad = autograd.tensor(g), autograd.tensor(g)
        for optimizer in [one, *each]:
            optimizer.step()
    for p, q in zip(together, alone, strict=True):
        assert p.tolist() == q.tolist()


def test_complex_parameters_are_pairs_of_numbers():
    z = autograd.tensor([1 + 2j, -0.5j], requires_grad=True)
    pairs = autograd.tensor([1.0, 2.0, 0.0, -0.5], requires_grad=True)
    for p, g in ((z, autograd.tensor([0.5 - 1j, 2j])), (pairs, autograd.tensor([0.5, -1.0, 0.0, 2.0]))):
        p.grad = g
        optim.Adam([p], lr=0.1).step()
    assert autograd.view_as_real(z.detach()).flatten().tolist() == pairs.tolist()


def test_transposed_parameters_and_gradients():
    base = autograd.arange(12.0).reshape(3, 4)
    w = base.t().detach().requires_grad_()
    plain = base.t().contiguous().detach().requires_grad_()
    g = autograd.arange(12.0).reshape(3, 4).t()
    for p in (w, plain):
        p.grad = g
        optim.Adam([p], lr=0.1).step()
    assert w.tolist() == plain.tolist()
    assert base.t().tolist() == w.tolist()  # the update went into the memory that is shared


def test_what_the_user_does_to_a_parameter_between_steps_counts():
    """Other memory, another dtype, another layout: the next step finds it."""
    for change in (
        lambda p: setattr(p, "data", p.detach().clone() + 1),
        lambda p: setattr(p, "data", p.detach().double()),
        lambda p: setattr(p, "data", p.detach().t().clone().t()),
        lambda p: p.detach().mul_(2),
    ):
        for size in (4, 120):
            p, q = (autograd.ones(size, size, requires_grad=True) for _ in range(2))
            one, other = optim.Adam([p], lr=0.1), optim.Adam([q], lr=0.1)
            for optimizer, w in ((one, p), (other, q)):
                w.grad = autograd.ones(size, size)
                optimizer.step()
                change(w)
                w.grad = autograd.ones(size, size, dtype=w.dtype)
            other = resumed(other, q)
            one.step()
            other.step()
            assert (p.dtype, p.tolist()) == (q.dtype, q.tolist())


def resumed(optimizer, w):
    """A fresh optimizer with the state of another."""
    fresh = type(optimizer)([w], lr=0.1)
    fresh.load_state_dict(optimizer.state_dict())
    return fresh


def test_state_stays_where_it_was_shown():
    """The tensors of the state are the same from step to step, whichever parameters have gradients."""
    p, q = autograd.ones(2, requires_grad=True), autograd.ones(3, requires_grad=True)
    optimizer = optim.Adam([p, q], lr=0.1)
    p.grad = autograd.ones(2)
    optimizer.step()
    average, count = optimizer.state[p]["exp_avg"], optimizer.state[p]["step"]
    q.grad = autograd.ones(3)
    for _ in range(2):
        optimizer.step()
    assert optimizer.state[p]["exp_avg"] is average
    assert average.tolist() == pytest.approx([1 - 0.9**3] * 2)
    assert (count.item(), optimizer.state[q]["step"].item()) == (3.0, 2.0)
    count.zero_()  # of p alone
    optimizer.step()
    assert (count.item(), optimizer.state[q]["step"].item()) == (1.0, 3.0)
