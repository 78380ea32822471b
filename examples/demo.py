"""Train a small residual network on handwritten digits, and draw what happened.

    make demo

The data are 1797 scans of 8 x 8 pixels that come with scikit-learn (Alpaydin and Kaynak,
"Optical recognition of handwritten digits", UCI Machine Learning Repository, 1998). Half of
them are held out. What is left in `out/` is said at the end.
"""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import NamedTuple

import matplotlib
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from tqdm import tqdm

import autograd
import nn
import nn.functional as F
import optim
from autograd import Tensor

matplotlib.use("Agg")  # draw to files: there may be no screen
import matplotlib.pyplot as plt

EPOCHS = 15
BATCH = 32
LEARNING_RATE = 4e-3
OUT = Path(__file__).resolve().parent.parent / "out"
BLUE, ORANGE, GRAY = "#1f6feb", "#d9730d", "#6e7781"


class Digits(NamedTuple):
    """Images of shape (n, 1, 8, 8) with values from 0 to 1, and the digits they show."""

    images: Tensor
    labels: Tensor


class Epoch(NamedTuple):
    """What one pass over the training digits came to."""

    train_loss: float
    held_out_loss: float
    train_accuracy: float
    held_out_accuracy: float


def load() -> tuple[Digits, Digits]:
    """The digits to learn from, and those held out."""
    scans = load_digits()
    images = (scans.images[:, None] / 16).astype(np.float32)
    parts = train_test_split(images, scans.target, test_size=0.5, stratify=scans.target, random_state=0)
    train_images, test_images, train_labels, test_labels = map(autograd.from_numpy, parts)
    return Digits(train_images, train_labels), Digits(test_images, test_labels)


def residual_network(channels: int = 16) -> nn.Module:
    """Two residual blocks, the second on images of half the width, and a linear layer on top."""

    def body() -> nn.Module:
        return nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )

    return nn.Sequential(
        nn.Conv2d(1, channels, 3, padding=1, bias=False),
        nn.BatchNorm2d(channels),
        nn.ReLU(),
        nn.ResidualBlock(body(), activation=nn.ReLU()),
        nn.MaxPool2d(2),
        nn.ResidualBlock(body(), activation=nn.ReLU()),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.2),
        nn.Linear(channels * 4, 10),
    )


def evaluate(model: nn.Module, digits: Digits) -> tuple[float, float, Tensor]:
    """The mean loss, the share of digits that are right, and the guesses."""
    model.eval()
    with autograd.no_grad():
        scores = model(digits.images)
        loss = F.cross_entropy(scores, digits.labels)
    guesses = scores.argmax(1)
    return loss.item(), (guesses == digits.labels).float().mean().item(), guesses


def train(model: nn.Module, digits: Digits, held_out: Digits) -> list[Epoch]:
    """Train with AdamW, its learning rate going down like a cosine; report every epoch."""
    optimizer = optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=1e-2)
    steps = EPOCHS * -(-len(digits.labels) // BATCH)
    step = 0
    history: list[Epoch] = []
    with tqdm(total=steps, unit="step", desc="training", leave=False, disable=None) as bar:
        for epoch in range(1, EPOCHS + 1):
            model.train()
            for batch in autograd.randperm(len(digits.labels)).split(BATCH):
                for group in optimizer.param_groups:
                    group["lr"] = LEARNING_RATE * (1 + math.cos(math.pi * step / steps)) / 2
                optimizer.zero_grad()
                loss = F.cross_entropy(model(digits.images[batch]), digits.labels[batch])
                loss.backward()
                optimizer.step()
                bar.set_postfix(loss=f"{loss.item():.3f}")
                bar.update()
                step += 1
            train_loss, train_accuracy, _ = evaluate(model, digits)
            loss_now, accuracy, _ = evaluate(model, held_out)
            history.append(Epoch(train_loss, loss_now, train_accuracy, accuracy))
            tqdm.write(
                f"epoch {epoch:2d}  loss {train_loss:.4f}, held out {loss_now:.4f}   "
                f"right {train_accuracy:7.2%}, held out {accuracy:7.2%}"
            )
    return history


def plot_curve(axes: plt.Axes, title: str, learned: list[float], held_out: list[float]) -> None:
    """One quantity over the epochs, for the digits learned from and for those held out."""
    epochs = range(1, len(learned) + 1)
    axes.plot(epochs, learned, color=BLUE, marker="o", markersize=3)
    axes.plot(epochs, held_out, color=ORANGE, marker="o", markersize=3)
    axes.set_title(title, loc="left", fontsize=11)
    axes.set_xlabel("epoch")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#e5e7eb")
    axes.set_axisbelow(True)


def plot_training(history: list[Epoch], held_out: Digits, guesses: Tensor, path: Path) -> None:
    """The loss and accuracy curves, and the held-out digits that the network got wrong."""
    wrong = (guesses != held_out.labels).nonzero().flatten().tolist()
    columns = 12
    rows = max(1, -(-min(len(wrong), 36) // columns))
    figure = plt.figure(figsize=(10, 3.6 + 1.15 * rows), layout="constrained")
    curves, mistakes = figure.subfigures(2, 1, height_ratios=[3.4, 0.4 + 1.15 * rows])
    left, right = curves.subplots(1, 2)
    plot_curve(left, "Cross-entropy", [e.train_loss for e in history], [e.held_out_loss for e in history])
    left.set_yscale("log")
    accuracies = [100 * e.train_accuracy for e in history], [100 * e.held_out_accuracy for e in history]
    plot_curve(right, "Digits recognized (%)", *accuracies)
    right.legend(["learned from", "held out"], frameon=False, loc="lower right")
    mistakes.suptitle(
        f"The {len(wrong)} of {len(held_out.labels)} held-out digits it got wrong: taken for what, and what they are",
        x=0.01,
        ha="left",
        fontsize=11,
    )
    for axes in mistakes.subplots(rows, columns, squeeze=False).flat:
        axes.axis("off")
        if wrong:
            i = wrong.pop(0)
            axes.imshow(held_out.images[i, 0].numpy(), cmap="gray_r")
            axes.set_title(f"{guesses[i].item()}, is {held_out.labels[i].item()}", fontsize=9, color=GRAY)
    figure.savefig(path, dpi=150)


def draw_graph(digits: Digits, path: Path) -> None:
    """The computation graph of one training step of a narrow network on two digits, gradients included."""
    model = residual_network(channels=2)
    images, labels = digits.images[:2], digits.labels[:2]
    scores = model(images)
    loss = F.cross_entropy(scores, labels)
    loss.backward()
    autograd.draw(loss, names=model).save(path)


def play_backprop(digits: Digits, path: Path) -> None:
    """A page that plays one digit's way through a small network, forward and back, and 20 training steps on it."""
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(18, 10))
    digit, label = digits.images[:1], digits.labels[:1]
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    autograd.player(lambda: F.cross_entropy(model(digit), label), optimizer=optimizer).save(path)


def write_backprop(digits: Digits, path: Path) -> None:
    """The NumPy code of a network with one hidden layer on eight digits, forward and backward."""
    hidden, output = nn.Linear(64, 16), nn.Linear(16, 10)
    x, y = digits.images[:8].flatten(1), digits.labels[:8]
    loss = F.cross_entropy(output(F.relu(hidden(x))), y)
    names = {"W1": hidden.weight, "b1": hidden.bias, "W2": output.weight, "b2": output.bias}
    autograd.to_numpy_code(loss, path, names=names)


def main() -> None:
    """Train, and leave the pictures in out/."""
    OUT.mkdir(exist_ok=True)
    autograd.manual_seed(0)
    digits, held_out = load()
    model = residual_network()
    count = sum(p.numel() for p in model.parameters())
    print(f"A residual network with {count} parameters learns {len(digits.labels)} handwritten digits.")
    start = time.perf_counter()
    history = train(model, digits, held_out)
    seconds = time.perf_counter() - start
    _, accuracy, guesses = evaluate(model, held_out)
    print(f"{accuracy:.2%} of {len(held_out.labels)} held-out digits recognized, after {seconds:.1f} s of training.")
    plot_training(history, held_out, guesses, OUT / "training.png")
    draw_graph(digits, OUT / "graph.svg")
    play_backprop(digits, OUT / "backprop.html")
    write_backprop(digits, OUT / "backprop.py")
    print(f"{OUT / 'training.png'}\n    loss and accuracy over the epochs, and the digits it got wrong")
    print(
        f"{OUT / 'graph.svg'}\n    the computation graph of one training step on two digits: shapes, values, gradients"
    )
    print(
        f"{OUT / 'backprop.html'}\n    one digit's way forward and back: open it in a browser, and press the arrow keys"
    )
    print(f"{OUT / 'backprop.py'}\n    forward and backward pass as plain NumPy: read it, and run it with python")


if __name__ == "__main__":
    main()
