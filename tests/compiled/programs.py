"""Training steps and other functions, each made afresh, so that one copy can run as written and one compiled.

A maker returns the function, and what else is to be compared after each call: a function that gives arrays.
"""

from __future__ import annotations

import numpy as np

import autograd as torch
import nn
import nn.functional as F
import optim


def state_of(model, optimizer=None):
    """Everything that training changes: parameters, buffers, gradients, versions, the optimizer's state."""

    def look():
        found = [t.numpy().copy() for t in model.state_dict().values()]
        found += [None if p.grad is None else p.grad.numpy().copy() for p in model.parameters()]
        found += [p._version for p in model.parameters()]
        if optimizer is not None:
            for state in optimizer.state.values():
                found += [np.array(v.numpy() if hasattr(v, "numpy") else v) for v in state.values()]
        return found

    return look


def train(model, optimizer, loss, *batches):
    """The usual step."""

    def step(x, y):
        optimizer.zero_grad()
        result = loss(model(x), y)
        result.backward()
        optimizer.step()
        return result

    return step, state_of(model, optimizer), batches


def floats(*shape, seed=0):
    return torch.tensor(np.random.default_rng(seed).standard_normal(shape).astype(np.float32))


def classes(n, *shape, seed=0):
    return torch.tensor(np.random.default_rng(seed).integers(0, n, shape))


def several(count, make):
    return [make(seed) for seed in range(count)]


def mlp(optimizer):
    model = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1))
    return train(
        model, optimizer(model.parameters()), F.mse_loss,
        *several(5, lambda s: (floats(8, 2, seed=s), floats(8, 1, seed=s + 9))),
    )  # fmt: skip


def mlp_sgd():
    return mlp(lambda p: optim.SGD(p, lr=0.1))


def mlp_momentum():
    return mlp(lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01))


def mlp_adam():
    return mlp(lambda p: optim.Adam(p, lr=0.01))


def mlp_adamw_groups():
    return mlp(lambda p: optim.AdamW([{"params": q, "lr": 0.01 * (i + 1)} for i, q in enumerate(p)]))


def mlp_rmsprop():
    return mlp(lambda p: optim.RMSprop(p, lr=0.01))


def mlp_adagrad():
    return mlp(lambda p: optim.Adagrad(p, lr=0.01))


def cnn_batch_norm_dropout():
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.5),
        nn.Flatten(), nn.Linear(4 * 4 * 4, 5),
    )  # fmt: skip
    return train(
        model, optim.Adam(model.parameters()), F.cross_entropy,
        *several(4, lambda s: (floats(6, 1, 8, 8, seed=s), classes(5, 6, seed=s))),
    )  # fmt: skip


class Reader(nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.embedding = nn.Embedding(7, 6)
        self.memory = cell(6, 8, batch_first=True)
        self.out = nn.Linear(8, 7)

    def forward(self, x):
        h, _ = self.memory(self.embedding(x))
        return self.out(h).transpose(1, 2)


def reader(cell):
    model = Reader(cell)
    batches = several(4, lambda s: (classes(7, 3, 5, seed=s), classes(7, 3, 5, seed=s + 5)))
    return train(model, optim.Adam(model.parameters()), F.cross_entropy, *batches)


def lstm():
    return reader(nn.LSTM)


def gru():
    return reader(nn.GRU)


def rnn_unrolled():
    cell, out = nn.RNNCell(3, 5), nn.Linear(5, 1)
    model = nn.ModuleList([cell, out])
    optimizer = optim.SGD(model.parameters(), lr=0.1)

    def step(x, y):
        optimizer.zero_grad()
        h = torch.zeros(x.shape[0], 5)
        for t in range(x.shape[1]):
            h = cell(x[:, t], h)
        loss = ((out(h) - y) ** 2).mean()
        loss.backward()
        optimizer.step()
        return loss.detach()

    return (
        step, state_of(model, optimizer),
        several(4, lambda s: (floats(2, 6, 3, seed=s), floats(2, 1, seed=s))),
    )  # fmt: skip


class Block(nn.Module):
    """Causal self-attention as it is written by hand, with a mask in a buffer."""

    def __init__(self, size=8, heads=2, length=6):
        super().__init__()
        self.heads = heads
        self.norm, self.after = nn.LayerNorm(size), nn.LayerNorm(size)
        self.qkv, self.out = nn.Linear(size, 3 * size), nn.Linear(size, size)
        self.mlp = nn.Sequential(nn.Linear(size, 16), nn.GELU(), nn.Linear(16, size), nn.Dropout(0.1))
        self.register_buffer("mask", torch.tril(torch.ones(length, length)))

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = self.qkv(self.norm(x)).split(c, dim=2)
        q, k, v = (z.view(b, t, self.heads, c // self.heads).transpose(1, 2) for z in (q, k, v))
        scores = (q @ k.transpose(-2, -1)) * k.size(-1) ** -0.5
        scores = scores.masked_fill(self.mask[:t, :t] == 0, float("-inf"))
        x = x + self.out((F.softmax(scores, dim=-1) @ v).transpose(1, 2).contiguous().view(b, t, c))
        return x + self.mlp(self.after(x))


def attention():
    model = nn.Sequential(nn.Embedding(9, 8), Block(), Block(), nn.Linear(8, 9))
    optimizer = optim.AdamW(model.parameters(), lr=0.01)

    def step(x, y):
        logits = model(x)
        loss = F.cross_entropy(logits.view(-1, logits.size(-1)), y.view(-1))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        return loss

    return (
        step, state_of(model, optimizer),
        several(4, lambda s: (classes(9, 3, 6, seed=s), classes(9, 3, 6, seed=s + 5))),
    )  # fmt: skip


def fused_attention():
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.1, batch_first=True)
    return train(
        layer, optim.SGD(layer.parameters(), lr=0.1), F.mse_loss,
        *several(3, lambda s: (floats(2, 5, 8, seed=s), floats(2, 5, 8, seed=s + 3))),
    )  # fmt: skip


def in_place():
    w = nn.Parameter(floats(4, 3))
    model = nn.ParameterList([w])

    def step(x):
        h = x @ w
        h += 1
        h = h.mul_(2).tanh() * 3
        h[0] = 0.5
        h[:, 1] *= 3
        total = torch.zeros(3)
        for row in h:
            total += row
        total.sum().backward()
        with torch.no_grad():
            w.sub_(0.1 * w.grad)
            w.grad.zero_()
        return total.detach(), h.detach()

    return step, state_of(model), several(4, lambda s: (floats(5, 4, seed=s),))


def accumulating():
    """Gradients add up over calls; every call has two backward passes."""
    model = nn.Linear(3, 2)

    def step(x):
        y = model(x)
        y.sum().backward(retain_graph=True)
        (y * y).sum().backward()
        return y.detach()

    return step, state_of(model), several(4, lambda s: (floats(4, 3, seed=s),))


def by_grad():
    """A gradient penalty: the gradient of a gradient, by torch.autograd.grad."""
    model = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))
    optimizer = optim.SGD(model.parameters(), lr=0.1)

    def step(x):
        x = x.clone().requires_grad_()
        (g,) = torch.autograd.grad(model(x).sum(), x, create_graph=True)
        loss = ((g.norm(dim=1) - 1) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.detach(), g.detach()

    return step, state_of(model, optimizer), several(4, lambda s: (floats(4, 3, seed=s),))


def several_outputs():
    """A module whose results carry their graph, in a dict; backward comes outside."""
    model = nn.ModuleDict({"body": nn.Linear(3, 4), "a": nn.Linear(4, 1), "b": nn.Linear(4, 2)})

    def forward(batch, *, scale=1.0):
        h = model["body"](batch["x"]).relu()
        return {"a": model["a"](h) * scale, "b": [model["b"](h), h.detach()], "name": "results"}

    return forward, state_of(model), several(3, lambda s: ({"x": floats(4, 3, seed=s)},))


def random_numbers():
    w = nn.Parameter(torch.ones(3))
    model = nn.ParameterList([w])

    def step(x):
        noisy = x + 0.1 * torch.randn_like(x) + torch.rand(3)
        kept = F.dropout(noisy, 0.3)
        index = torch.randint(0, 4, (2,))
        loss = (kept[index] * w).sum() + torch.bernoulli(torch.full((3,), 0.5)).sum()
        w.grad = None
        loss.backward()
        return loss.detach()

    return step, state_of(model), several(4, lambda s: (floats(4, 3, seed=s),))


def vae():
    encoder, decoder = nn.Linear(6, 4), nn.Linear(2, 6)
    model = nn.ModuleList([encoder, decoder])
    optimizer = optim.Adam(model.parameters(), lr=0.01)

    def step(x):
        mean, log_variance = encoder(x).chunk(2, dim=1)
        z = mean + torch.randn_like(mean) * torch.exp(0.5 * log_variance)
        again = torch.sigmoid(decoder(z))
        error = F.binary_cross_entropy(again, (x > 0).float(), reduction="sum")
        loss = error - 0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return step, state_of(model, optimizer), several(4, lambda s: (floats(5, 6, seed=s),))


def scalar_chain():
    def step(a):
        b = torch.tensor(2.0, requires_grad=True)
        h = b
        for _ in range(20):
            h = h * a + b
        h.backward()
        return h.detach(), b.grad, b

    return step, list, several(3, lambda s: (torch.tensor(0.1 * s + 0.1),))


def inference():
    model = nn.Sequential(nn.Linear(6, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 3)).eval()

    @torch.no_grad()
    def predict(x):
        return torch.softmax(model(x), dim=-1), model(x).argmax(dim=1)

    return predict, state_of(model), several(3, lambda s: (floats(2, 6, seed=s),))


def integers_and_views():
    def work(x):
        y = torch.arange(6).reshape(2, 3) + x.long()
        even = torch.where(y % 2 == 0, y, -y)
        z = even.float().t().contiguous().view(-1)
        return (
            z.cumsum(0),
            even.max(dim=1).values,
            even.argmin(1),
            torch.cat([z, z.flip(0)]),
            torch.eye(3)[y[0].clamp(0, 2)],
        )

    return work, list, several(3, lambda s: (floats(2, 3, seed=s) * 3,))


PROGRAMS = [
    mlp_sgd, mlp_momentum, mlp_adam, mlp_adamw_groups, mlp_rmsprop, mlp_adagrad,
    cnn_batch_norm_dropout, lstm, gru, rnn_unrolled, attention, fused_attention, in_place, accumulating, by_grad,
    several_outputs, random_numbers, vae, scalar_chain, inference, integers_and_views,
]  # fmt: skip
