"""How far results are from PyTorch's, and both from the exact ones: writes the table in docs/concepts/numbers.md.

    python benchmarks/precision.py

needs PyTorch. Each case is computed three times from the same float32 numbers: here, with PyTorch, and with
PyTorch in float64, which stands for exact. Differences are given in units of float32's precision, 2^-23 of
the largest element: 1 is the least that two numbers of that size can differ by.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "concepts" / "numbers.md"
BEGIN, END = "<!-- written by benchmarks/precision.py -->\n", "<!-- to here -->\n"
UNIT = 2.0**-23


class Case(NamedTuple):
    """Something to compute in both libraries.

    Attributes:
        name: what it is.
        compute: takes a library, its nn.functional and its tensors, returns a tensor.
        shapes: of the inputs, which are drawn from a normal distribution.
        limit: how many units of precision the two may differ by.
        reason: where a difference comes from.
    """

    name: str
    compute: Callable[..., Any]
    shapes: tuple[tuple[int, ...], ...]
    limit: float
    reason: str


class Measured(NamedTuple):
    """How far apart results are, in units of precision."""

    apart: float
    ours: float
    theirs: float


def trained(torch: Any, f: Any, x: Any, y: Any, w: Any) -> Any:
    """A weight after 200 steps of Adam."""
    w = (w * 0.1).requires_grad_()
    optimizer = torch.optim.Adam([w], lr=0.01)
    for _ in range(200):
        loss = f.mse_loss(torch.tanh(x @ w), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return w.detach()


def gradient(function: Callable[..., Any]) -> Callable[..., Any]:
    """A case for the gradient by the first input."""

    def compute(torch: Any, f: Any, x: Any, *others: Any) -> Any:
        x.requires_grad_()
        function(torch, f, x, *others).square().sum().backward()
        return x.grad

    return compute


ORDER = "terms are added in another order"
OTHER = "another approximation of the function"

CASES = (
    Case("`x + y`, `x * y`, `x / y`", lambda t, f, x, y: t.stack([x + y, x * y, x / y]), ((1000,), (1000,)), 0,
         "each rounds correctly"),
    Case("`sqrt`", lambda t, f, x: x.abs().sqrt(), ((1000,),), 1, "NumPy's rounds correctly"),
    Case("`sum` of 1,000,000", lambda t, f, x: x.abs().sum(), ((1_000_000,),), 16, ORDER),
    Case("`mean` over rows of 1000", lambda t, f, x: x.mean(1), ((300, 1000),), 16, ORDER),
    Case("`var` over rows of 1000", lambda t, f, x: x.var(1), ((300, 1000),), 8, ORDER),
    Case("`cumsum` of 100,000", lambda t, f, x: x.cumsum(0), ((100_000,),), 128,
         "PyTorch adds up in float64, NumPy in float32"),
    Case("`norm` of 100,000", lambda t, f, x: x.norm(), ((100_000,),), 16, ORDER),
    Case("`matmul` 512 × 512", lambda t, f, x, y: x @ y, ((512, 512), (512, 512)), 16,
         ORDER + ", by OpenBLAS here, by oneDNN or MKL there"),
    Case("`exp`", lambda t, f, x: x.exp(), ((100_000,),), 2, OTHER),
    Case("`log`", lambda t, f, x: (x.abs() + 0.01).log(), ((100_000,),), 2, OTHER),
    Case("`sin`", lambda t, f, x: x.sin(), ((100_000,),), 2, OTHER),
    Case("`tanh`", lambda t, f, x: x.tanh(), ((100_000,),), 2, OTHER),
    Case("`sigmoid`", lambda t, f, x: x.sigmoid(), ((100_000,),), 2, OTHER),
    Case("`erf`", lambda t, f, x: t.erf(x), ((100_000,),), 4, OTHER),
    Case("`gelu`", lambda t, f, x: f.gelu(x), ((100_000,),), 4, "it is made of erf"),
    Case("`lgamma`", lambda t, f, x: t.lgamma(x.abs() + 0.1), ((100_000,),), 4, OTHER),
    Case("`digamma`", lambda t, f, x: t.digamma(x.abs() + 0.1), ((100_000,),), 8, OTHER),
    Case("`softmax` of rows of 1000", lambda t, f, x: f.softmax(x, dim=1), ((300, 1000),), 8, ORDER),
    Case("`cross_entropy`", lambda t, f, x, y: f.cross_entropy(x, y.argmax(1)), ((256, 100), (256, 100)), 8, ORDER),
    Case("`layer_norm` of rows of 256", lambda t, f, x: f.layer_norm(x, (256,)), ((256, 256),), 8, ORDER),
    Case("`batch_norm`", lambda t, f, x: f.batch_norm(x, None, None, training=True), ((32, 16, 8, 8),), 8, ORDER),
    Case("`conv2d`, 3 × 3, 32 channels", lambda t, f, x, w: f.conv2d(x, w, padding=1), ((8, 32, 16, 16), (32, 32, 3, 3)), 16,
         ORDER),
    Case("its gradient by the images", gradient(lambda t, f, x, w: f.conv2d(x, w, padding=1)),
         ((8, 32, 16, 16), (32, 32, 3, 3)), 32, ORDER),
    Case("`scaled_dot_product_attention`", lambda t, f, q, k, v: f.scaled_dot_product_attention(q, k, v),
         ((4, 4, 64, 16),) * 3, 16, ORDER),
    Case("`linalg.solve` 100 × 100", lambda t, f, a, b: t.linalg.solve(a + 20 * t.eye(100, dtype=a.dtype), b),
         ((100, 100), (100, 3)), 32, "LAPACK in another build"),
    Case("`linalg.svdvals` 100 × 100", lambda t, f, a: t.linalg.svdvals(a), ((100, 100),), 32, "LAPACK in another build"),
    Case("a weight after 200 steps of Adam", trained, ((64, 16), (64, 4), (16, 4)), 256,
         "small differences go through all steps"),
)  # fmt: skip


def measured(case: Case, seed: int = 0) -> Measured:
    """Compute a case in both libraries, and exactly."""
    import torch  # so that this module can be imported without it

    import autograd

    random = np.random.default_rng(seed)
    arrays = [random.standard_normal(shape).astype(np.float32) for shape in case.shapes]
    ours = case.compute(autograd, autograd.nn.functional, *(autograd.tensor(array) for array in arrays))
    theirs, exact = (
        case.compute(torch, torch.nn.functional, *(torch.tensor(array.astype(kind)) for array in arrays))
        for kind in (np.float32, np.float64)
    )
    a, b, c = (np.asarray(result.detach().numpy(), np.float64) for result in (ours, theirs, exact))
    unit = UNIT * np.abs(c).max()
    return Measured(*(float(np.abs(x - y).max() / unit) for x, y in ((a, b), (a, c), (b, c))))


def rows() -> Iterator[str]:
    """The table."""
    yield "| what | apart | from the exact result | PyTorch's from it | why |"
    yield "|---|--:|--:|--:|---|"
    for case in CASES:
        apart, ours, theirs = measured(case)
        yield f"| {case.name} | {apart:.1f} | {ours:.1f} | {theirs:.1f} | {case.reason if apart else 'here they agree'} |"


def main() -> None:
    """Put the table into the page."""
    sys.path.insert(0, str(ROOT))
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    table = "\n".join(rows())
    PAGE.write_text(f"{before}{BEGIN}\n{table}\n\n{END}{after}", encoding="utf-8")
    print(table)


if __name__ == "__main__":
    main()
