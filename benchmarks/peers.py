"""The workloads in the idiom of engines that differ from PyTorch: those that compile a step as their users would have it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

Step = Callable[[], Any]

OPERATIONS = 100
"""How often the chain of scalars multiplies, and adds."""


def chained(a: Any, b: Any) -> Any:
    """x = x * b + a, again and again."""
    x = a
    for _ in range(OPERATIONS):
        x = x * b + a
    return x


def initial(sizes: list[int], batch: int) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """Weights and biases of a network, inputs, and targets: numbers for one output, else classes."""
    rng = np.random.default_rng(0)
    parameters = []
    for inputs, outputs in itertools.pairwise(sizes):
        bound = inputs**-0.5
        parameters += [
            rng.uniform(-bound, bound, shape).astype(np.float32) for shape in ((outputs, inputs), (outputs,))
        ]
    x = rng.normal(size=(batch, sizes[0])).astype(np.float32)
    if sizes[-1] == 1:
        return parameters, x, rng.normal(size=(batch, 1)).astype(np.float32)
    return parameters, x, rng.integers(0, sizes[-1], batch)


# -- chains of scalars --------------------------------------------------------------------------------------


def micrograd_chain() -> Step:
    """The chain in micrograd."""
    from micrograd.engine import Value

    return lambda: chained(Value(1.5), Value(0.9)).backward()


def mygrad_chain() -> Step:
    """The chain in MyGrad."""
    import mygrad

    return lambda: chained(mygrad.tensor(1.5), mygrad.tensor(0.9)).backward()


def hips_chain() -> Step:
    """The chain in HIPS autograd."""
    from autograd import grad

    derivative = grad(chained, (0, 1))
    return lambda: derivative(1.5, 0.9)


def jax_chain() -> Step:
    """The chain in JAX, compiled."""
    import jax

    derivative = jax.jit(jax.grad(chained, (0, 1)))
    return lambda: jax.block_until_ready(derivative(1.5, 0.9))


def tinygrad_chain() -> Step:
    """The chain in tinygrad, captured and replayed."""
    from tinygrad import Tensor, TinyJit

    a, b = Tensor(1.5).clone().realize(), Tensor(0.9).clone().realize()

    def derivative(a: Any, b: Any) -> Any:
        return Tensor.realize(*chained(a, b).gradient(a, b))

    captured = TinyJit(derivative)
    return lambda: captured(a, b)


# -- multi-layer perceptrons --------------------------------------------------------------------------------


def jax_mlp(sizes: list[int], batch: int, optimizer: str, lr: float) -> Callable[[], Step]:
    """A training step of a ReLU network in JAX, compiled, with the optimizer's formula written out."""

    def build() -> Step:
        import jax
        from jax import numpy as jnp

        arrays, x, y = initial(sizes, batch)
        parameters = [jnp.asarray(array) for array in arrays]
        averages = [(jnp.zeros_like(p), jnp.zeros_like(p)) for p in parameters]

        def loss(parameters: Any) -> Any:
            h = x
            for place in range(0, len(parameters), 2):
                h = (h if place == 0 else jax.nn.relu(h)) @ parameters[place].T + parameters[place + 1]
            if sizes[-1] == 1:
                return ((h - y) ** 2).mean()
            return -jnp.take_along_axis(jax.nn.log_softmax(h), y[:, None], 1).mean()

        @jax.jit
        def sgd(parameters: Any, averages: Any, t: Any) -> Any:
            value, gradients = jax.value_and_grad(loss)(parameters)
            return value, [p - lr * g for p, g in zip(parameters, gradients, strict=True)], averages

        @jax.jit
        def adam(parameters: Any, averages: Any, t: Any) -> Any:
            value, gradients = jax.value_and_grad(loss)(parameters)
            moved = [(0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g)
                     for (m, v), g in zip(averages, gradients, strict=True)]  # fmt: skip
            stepped = [p - lr * (m / (1 - 0.9**t)) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8)
                       for p, (m, v) in zip(parameters, moved, strict=True)]  # fmt: skip
            return value, stepped, moved

        rule = {"SGD": sgd, "Adam": adam}[optimizer]
        t = 0

        def step() -> Any:
            nonlocal parameters, averages, t
            t += 1
            value, parameters, averages = rule(parameters, averages, float(t))
            return jax.block_until_ready(value)

        return step

    return build


def tinygrad_mlp(sizes: list[int], batch: int, optimizer: str, lr: float) -> Callable[[], Step]:
    """A training step of a ReLU network in tinygrad, captured and replayed."""

    def build() -> Step:
        from tinygrad import Context, Tensor, TinyJit, nn

        arrays, inputs, targets = initial(sizes, batch)
        parameters = [Tensor(array).clone().realize() for array in arrays]
        x, y = Tensor(inputs).realize(), Tensor(targets).realize()
        descent = getattr(nn.optim, optimizer)(parameters, lr=lr)

        @TinyJit
        def step() -> Any:
            h = x
            for place in range(0, len(parameters), 2):
                h = (h if place == 0 else h.relu()).linear(parameters[place].T, parameters[place + 1])
            loss = ((h - y) ** 2).mean() if sizes[-1] == 1 else h.sparse_categorical_crossentropy(y)
            descent.zero_grad()
            loss.backward()
            descent.step()
            return loss.realize()

        def in_training() -> Any:
            with Context(TRAINING=1):
                return step()

        return in_training

    return build
