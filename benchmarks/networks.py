"""Training steps of the networks that learners meet, each written once in PyTorch's API.

A builder takes (torch, nn, optim) and returns a function that runs one step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Step = Callable[[], Any]


def floats(torch: Any, *shape: int, seed: int = 0) -> Any:
    """The same random numbers in every library."""
    return torch.tensor(np.random.default_rng(seed).normal(size=shape).astype(np.float32))


def classes(torch: Any, high: int, *shape: int, seed: int = 1) -> Any:
    """The same random whole numbers in every library."""
    return torch.tensor(np.random.default_rng(seed).integers(0, high, shape))


def training(model: Any, loss: Callable[[], Any], optimizer: Any) -> Step:
    """A step of an optimizer on a loss."""

    def step() -> Any:
        optimizer.zero_grad()
        reached = loss()
        reached.backward()
        optimizer.step()
        return reached

    return step


def deep_mlp(torch: Any, nn: Any, optim: Any) -> Step:
    """20 layers of 32, batch 64, AdamW."""
    torch.manual_seed(0)
    model = nn.Sequential(*(layer for _ in range(20) for layer in (nn.Linear(32, 32), nn.Tanh())))
    x, y = floats(torch, 64, 32), floats(torch, 64, 32, seed=1)
    return training(model, lambda: nn.functional.mse_loss(model(x), y), optim.AdamW(model.parameters()))


def makemore(torch: Any, nn: Any, optim: Any) -> Step:
    """Bengio's network as in makemore: 27 characters, embeddings of 10, three of context, 200 hidden units."""
    torch.manual_seed(0)
    table = torch.randn(27, 10)
    w1, b1 = torch.randn(30, 200) * 0.2, torch.randn(200) * 0.01
    w2, b2 = torch.randn(200, 27) * 0.01, torch.zeros(27)
    parameters = [table, w1, b1, w2, b2]
    for p in parameters:
        p.requires_grad = True
    x, y = classes(torch, 27, 32, 3), classes(torch, 27, 32)

    def step() -> Any:
        h = torch.tanh(table[x].view(-1, 30) @ w1 + b1)
        loss = nn.functional.cross_entropy(h @ w2 + b2, y)
        for p in parameters:
            p.grad = None
        loss.backward()
        for p in parameters:
            p.data += -0.1 * p.grad
        return loss

    return step


def lenet(torch: Any, nn: Any, optim: Any) -> Step:
    """LeNet on 28 x 28, batch 64, Adam."""
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )  # fmt: skip
    x, y = floats(torch, 64, 1, 28, 28), classes(torch, 10, 64)
    return training(model, lambda: nn.functional.cross_entropy(model(x), y), optim.Adam(model.parameters()))


def resnet(torch: Any, nn: Any, optim: Any) -> Step:
    """ResNet-8 on 32 x 32, batch 32, SGD with momentum."""
    relu = nn.functional.relu

    class Block(nn.Module):  # type: ignore[misc, name-defined]
        """Two convolutions and the way around them."""

        def __init__(self, inputs: int, outputs: int, stride: int) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
            self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
            self.bn1, self.bn2 = nn.BatchNorm2d(outputs), nn.BatchNorm2d(outputs)
            around = [nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)]
            self.around = nn.Sequential(*(around if stride > 1 else []))

        def forward(self, x: Any) -> Any:
            return relu(self.bn2(self.conv2(relu(self.bn1(self.conv1(x))))) + self.around(x))

    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(), Block(16, 16, 1), Block(16, 32, 2),
        Block(32, 64, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10),
    )  # fmt: skip
    x, y = floats(torch, 32, 3, 32, 32), classes(torch, 10, 32)
    descent = optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    return training(model, lambda: nn.functional.cross_entropy(model(x), y), descent)


def char_gpt(torch: Any, nn: Any, optim: Any) -> Step:
    """A character-level GPT: 3 layers of 64 with 4 heads, 64 tokens, batch 16, AdamW."""
    width, heads, tokens, letters = 64, 4, 64, 65

    class Block(nn.Module):  # type: ignore[misc, name-defined]
        """Attention to what came before, and a network on each token."""

        def __init__(self) -> None:
            super().__init__()
            self.ln1, self.ln2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

        def forward(self, x: Any) -> Any:
            n, t, c = x.shape
            q, k, v = (a.view(n, t, heads, c // heads).transpose(1, 2) for a in self.qkv(self.ln1(x)).split(c, dim=2))
            seen = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.out(seen.transpose(1, 2).contiguous().view(n, t, c))
            return x + self.mlp(self.ln2(x))

    torch.manual_seed(0)
    letter, place = nn.Embedding(letters, width), nn.Embedding(tokens, width)
    body = nn.Sequential(Block(), Block(), Block(), nn.LayerNorm(width), nn.Linear(width, letters, bias=False))
    model = nn.ModuleList([letter, place, body])
    x, y, places = (
        classes(torch, letters, 16, tokens),
        classes(torch, letters, 16, tokens, seed=2),
        torch.arange(tokens),
    )

    def loss() -> Any:
        scores = body(letter(x) + place(places))
        return nn.functional.cross_entropy(scores.view(-1, letters), y.view(-1))

    return training(model, loss, optim.AdamW(model.parameters(), lr=1e-3))


def lstm(torch: Any, nn: Any, optim: Any) -> Step:
    """An LSTM of 128 over 50 steps, batch 32, Adam."""
    torch.manual_seed(0)
    layer, head = nn.LSTM(128, 128), nn.Linear(128, 10)
    x, y = floats(torch, 50, 32, 128), classes(torch, 10, 32)
    model = nn.ModuleList([layer, head])
    return training(
        model, lambda: nn.functional.cross_entropy(head(layer(x)[0][-1]), y), optim.Adam(model.parameters())
    )


def unrolled_rnn(torch: Any, nn: Any, optim: Any) -> Step:
    """A recurrent network unrolled in Python, 12 steps, batch 1, as in character-level tutorials."""
    torch.manual_seed(0)
    hidden, output = nn.Linear(57 + 128, 128), nn.Linear(57 + 128, 18)
    model = nn.ModuleList([hidden, output])
    x, y = floats(torch, 12, 1, 57), classes(torch, 18, 1)

    def loss() -> Any:
        h = torch.zeros(1, 128)
        for letter in x:
            both = torch.cat((letter, h), 1)
            h, scores = hidden(both), nn.functional.log_softmax(output(both), dim=1)
        return nn.functional.nll_loss(scores, y)

    return training(model, loss, optim.SGD(model.parameters(), lr=0.005))


def hessian_vector(torch: Any, nn: Any, optim: Any) -> Step:
    """A Hessian-vector product by differentiating twice, 50 x 50."""
    a, x, v = floats(torch, 50, 50), floats(torch, 50, seed=1), floats(torch, 50, seed=2)
    x.requires_grad_()

    def step() -> Any:
        y = (torch.tanh(a @ x) ** 2).sum()
        (g,) = torch.autograd.grad(y, x, create_graph=True)
        return torch.autograd.grad((g * v).sum(), x)

    return step


def vae(torch: Any, nn: Any, optim: Any) -> Step:
    """A variational autoencoder on 28 x 28, batch 128, Adam."""
    torch.manual_seed(0)
    encode, decode = nn.Linear(784, 400), nn.Linear(20, 400)
    mean, logvar, out = nn.Linear(400, 20), nn.Linear(400, 20), nn.Linear(400, 784)
    model = nn.ModuleList([encode, decode, mean, logvar, out])
    x = torch.sigmoid(floats(torch, 128, 784))

    def loss() -> Any:
        h = torch.relu(encode(x))
        m, v = mean(h), logvar(h)
        z = m + torch.randn_like(m) * torch.exp(0.5 * v)
        seen = torch.sigmoid(out(torch.relu(decode(z))))
        likeness = nn.functional.binary_cross_entropy(seen, x, reduction="sum")
        return likeness - 0.5 * torch.sum(1 + v - m.pow(2) - v.exp())

    return training(model, loss, optim.Adam(model.parameters(), lr=1e-3))


def dcgan(torch: Any, nn: Any, optim: Any) -> Step:
    """Generator and discriminator on 32 x 32, batch 16, Adam for each."""
    torch.manual_seed(0)
    generator = nn.Sequential(
        nn.ConvTranspose2d(64, 64, 4, 1, 0, bias=False), nn.BatchNorm2d(64), nn.ReLU(),
        nn.ConvTranspose2d(64, 32, 4, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU(),
        nn.ConvTranspose2d(32, 16, 4, 2, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
        nn.ConvTranspose2d(16, 3, 4, 2, 1, bias=False), nn.Tanh(),
    )  # fmt: skip
    critic = nn.Sequential(
        nn.Conv2d(3, 16, 4, 2, 1, bias=False), nn.LeakyReLU(0.2), nn.Conv2d(16, 32, 4, 2, 1, bias=False),
        nn.BatchNorm2d(32), nn.LeakyReLU(0.2), nn.Conv2d(32, 64, 4, 2, 1, bias=False), nn.BatchNorm2d(64),
        nn.LeakyReLU(0.2), nn.Conv2d(64, 1, 4, 1, 0, bias=False), nn.Flatten(),
    )  # fmt: skip
    real, noise = floats(torch, 16, 3, 32, 32), floats(torch, 16, 64, 1, 1, seed=1)
    yes, no = torch.ones(16, 1), torch.zeros(16, 1)
    judge = nn.BCEWithLogitsLoss()
    of_critic = optim.Adam(critic.parameters(), lr=2e-4, betas=(0.5, 0.999))
    of_generator = optim.Adam(generator.parameters(), lr=2e-4, betas=(0.5, 0.999))

    def step() -> None:
        fake = generator(noise)
        of_critic.zero_grad()
        (judge(critic(real), yes) + judge(critic(fake.detach()), no)).backward()
        of_critic.step()
        of_generator.zero_grad()
        judge(critic(fake), yes).backward()
        of_generator.step()

    return step


def inference(torch: Any, nn: Any, optim: Any) -> Step:
    """One sample through an MLP 64-64-10, without gradients."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)).eval()
    x = floats(torch, 1, 64)

    def step() -> Any:
        with torch.no_grad():
            return model(x)

    return step
