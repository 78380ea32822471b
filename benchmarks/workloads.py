"""What is measured: for each workload, how to build one step of it in each library.

A builder imports its library and returns a function that runs one step. What is written in PyTorch's API
takes the module that stands for torch: PyTorch itself, or chalkgrad under the same names.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from typing import Any, NamedTuple

import networks
import numpy as np
import peers

Step = Callable[[], Any]


class Workload(NamedTuple):
    """One row of the table: its name, its builders by library, and the ratios to reach."""

    name: str
    builders: dict[str, Callable[[], Step]]
    goals: dict[str, float]
    weighs_memory: bool = False  # whether the peak of memory is compared, too
    uses_threads: bool = False  # whether it is large enough for a second thread to matter, so that one is compared too
    is_small: bool = False  # whether Python takes most of the time, so that our step is also compared compiled


def libraries(build: Callable[[Any, Any, Any], Step]) -> dict[str, Callable[[], Step]]:
    """Builders for chalkgrad and PyTorch from one that takes (torch, nn, optim)."""

    def ours() -> Step:
        import autograd
        import nn
        import optim

        return build(autograd, nn, optim)

    def theirs() -> Step:
        import torch

        torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
        return build(torch, torch.nn, torch.optim)

    return {"chalkgrad": ours, "torch": theirs}


# -- a chain of scalars ---------------------------------------------------------------------------------


def torch_chain(torch: Any, nn: Any, optim: Any) -> Step:
    """x = x * b + a, 100 times, and back."""

    def step() -> Any:
        a = torch.tensor(1.5, requires_grad=True)
        b = torch.tensor(0.9, requires_grad=True)
        peers.chained(a, b).backward()
        return a.grad, b.grad

    return step


# -- multi-layer perceptrons ------------------------------------------------------------------------------


def mlp(sizes: list[int], batch: int, optimizer: str, lr: float) -> Callable[[Any, Any, Any], Step]:
    """A training step of a ReLU network: regression for one output, else classification."""

    def build(torch: Any, nn: Any, optim: Any) -> Step:
        torch.manual_seed(0)
        layers: list[Any] = []
        for inputs, outputs in itertools.pairwise(sizes):
            layers += [nn.Linear(inputs, outputs), nn.ReLU()]
        model = nn.Sequential(*layers[:-1])
        rng = np.random.default_rng(0)
        x = torch.tensor(rng.normal(size=(batch, sizes[0])).astype(np.float32))
        if sizes[-1] == 1:
            y, loss_function = torch.tensor(rng.normal(size=(batch, 1)).astype(np.float32)), nn.MSELoss()
        else:
            y, loss_function = torch.tensor(rng.integers(0, sizes[-1], batch)), nn.CrossEntropyLoss()
        descent = getattr(optim, optimizer)(model.parameters(), lr=lr)

        def step() -> Any:
            loss = loss_function(model(x), y)
            descent.zero_grad()
            loss.backward()
            descent.step()
            return loss

        return step

    return build


def perceptron(sizes: list[int], batch: int, optimizer: str, lr: float) -> dict[str, Callable[[], Step]]:
    """Builders for the training step of a network, in every library that has one."""
    return {
        **libraries(mlp(sizes, batch, optimizer, lr)),
        "JAX, compiled": peers.jax_mlp(sizes, batch, optimizer, lr),
        "tinygrad, compiled": peers.tinygrad_mlp(sizes, batch, optimizer, lr),
    }


SMALL_MLP, LARGE_MLP = [2, 16, 16, 1], [784, 512, 512, 10]

WORKLOADS = [
    Workload(
        "scalar chain of 200 ops",
        {
            **libraries(torch_chain),
            "micrograd": peers.micrograd_chain,
            "mygrad": peers.mygrad_chain,
            "HIPS autograd": peers.hips_chain,
            "JAX, compiled": peers.jax_chain,
            "tinygrad, compiled": peers.tinygrad_chain,
        },
        {"torch": 0.25, "micrograd": 0.8, "mygrad": 0.15, "HIPS autograd": 0.15},
        is_small=True,
    ),
    Workload("MLP 2-16-16-1, batch 32, SGD", perceptron(SMALL_MLP, 32, "SGD", 0.01), {"torch": 0.28}, is_small=True),
    Workload("MLP 2-16-16-1, batch 32, Adam", perceptron(SMALL_MLP, 32, "Adam", 0.001), {"torch": 0.22}, is_small=True),
    Workload(
        "MLP 784-512-512-10, batch 128, Adam",
        perceptron(LARGE_MLP, 128, "Adam", 0.001),
        {"torch": 0.70},
        uses_threads=True,
    ),
    Workload("20 layers of 32, batch 64, AdamW", libraries(networks.deep_mlp), {"torch": 0.33}, is_small=True),
    Workload("makemore MLP (27, 10x3, 200), batch 32", libraries(networks.makemore), {"torch": 0.38}, is_small=True),
    Workload("LeNet 28x28, batch 64", libraries(networks.lenet), {"torch": 0.70}, True, True),
    Workload("ResNet-8, 32x32, batch 32", libraries(networks.resnet), {"torch": 0.95}, True, True),
    Workload(
        "char GPT, 3 layers of 64, 64 tokens, batch 16", libraries(networks.char_gpt), {"torch": 0.95}, True, True
    ),
    Workload("LSTM 128, 50 steps, batch 32", libraries(networks.lstm), {"torch": 0.85}, uses_threads=True),
    Workload(
        "RNN unrolled in Python, 12 steps, batch 1", libraries(networks.unrolled_rnn), {"torch": 0.40}, is_small=True
    ),
    Workload("Hessian-vector product, 50x50", libraries(networks.hessian_vector), {"torch": 0.45}, is_small=True),
    Workload("VAE on 28x28, batch 128", libraries(networks.vae), {"torch": 0.95}, uses_threads=True),
    Workload("DCGAN, 32x32, batch 16", libraries(networks.dcgan), {"torch": 0.95}, uses_threads=True),
    Workload("inference of one sample, MLP 64-64-10", libraries(networks.inference), {"torch": 0.25}, is_small=True),
]


def compiled(workload: Workload) -> Workload:
    """The same, with `autograd.compile` around our step."""

    def ours() -> Step:
        import autograd

        step: Step = autograd.compile(workload.builders["chalkgrad"](), fullgraph=True)
        return step

    others = {
        name: build
        for name, build in workload.builders.items()
        if name in ("torch", "JAX, compiled", "tinygrad, compiled")
    }
    builders = {"chalkgrad": ours, **others}
    return Workload(f"{workload.name}; ours compiled", builders, {"torch": workload.goals["torch"]})


WORKLOADS += [compiled(workload) for workload in WORKLOADS if workload.is_small]
