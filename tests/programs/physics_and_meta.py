"""Derivatives inside losses: a network that solves an oscillator's equation; gradient penalties; learning to adapt (MAML)."""

import torch
import torch.nn as nn
from torch.autograd import grad
from torch.func import functional_call

torch.manual_seed(9)

# u'' + 0.4 u' + 4 u = 0 with u(0) = 1, u'(0) = 0
net = nn.Sequential(nn.Linear(1, 24), nn.Tanh(), nn.Linear(24, 24), nn.Tanh(), nn.Linear(24, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
t = torch.linspace(0, 1, 30).view(-1, 1).requires_grad_(True)
start = torch.tensor([[0.0]], requires_grad=True)
losses = []
for i in range(60):
    optimizer.zero_grad()
    u0 = net(start)
    du0 = grad(u0, start, torch.ones_like(u0), create_graph=True)[0]
    boundary = (u0.squeeze() - 1) ** 2 + 0.1 * du0.squeeze() ** 2
    u = net(t)
    dudt = grad(u, t, torch.ones_like(u), create_graph=True)[0]
    d2udt2 = grad(dudt, t, torch.ones_like(dudt), create_graph=True)[0]
    physics = torch.mean((d2udt2 + 0.4 * dudt + 4 * u) ** 2)
    loss = boundary + 1e-2 * physics
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
    if i % 20 == 0:
        print(f"{i} boundary {boundary.item():.5f} physics {physics.item():.5f}")
assert losses[-1] < losses[0]

# a critic with a gradient penalty
critic = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
optimizer = torch.optim.RMSprop(critic.parameters(), lr=1e-3)
real, fake = torch.randn(32, 2) + 2, torch.randn(32, 2)
for _ in range(10):
    alpha = torch.rand(32, 1)
    interpolates = (alpha * real + (1 - alpha) * fake).requires_grad_(True)
    scores = critic(interpolates)
    gradients = grad(
        outputs=scores,
        inputs=interpolates,
        grad_outputs=torch.ones(scores.size()),
        create_graph=True,
        retain_graph=True,
        only_inputs=True,
    )[0]
    penalty = ((gradients.norm(2, dim=1) - 1) ** 2).mean() * 10
    loss = critic(fake).mean() - critic(real).mean() + penalty
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print("critic", loss.item(), penalty.item())

# MAML on sine waves
meta = nn.Sequential(nn.Linear(1, 20), nn.Tanh(), nn.Linear(20, 1))
outer = torch.optim.Adam(meta.parameters(), lr=1e-2)
after = []
for iteration in range(15):
    outer.zero_grad()
    total = 0.0
    for task in range(4):
        amplitude, phase = torch.rand(1) * 2 + 0.5, torch.rand(1) * 3
        xs = torch.rand(10, 1) * 4 - 2
        ys = amplitude * torch.sin(xs + phase)
        params = dict(meta.named_parameters())
        for _ in range(2):
            inner = nn.functional.mse_loss(functional_call(meta, params, xs), ys)
            grads = torch.autograd.grad(inner, list(params.values()), create_graph=True)
            params = {name: p - 0.05 * g for (name, p), g in zip(params.items(), grads)}
        total = total + nn.functional.mse_loss(functional_call(meta, params, (xs,)), ys)
    total.backward()
    outer.step()
    after.append(total.item() / 4)
print([round(v, 4) for v in after[::5]])
print("checksum", *(sum(p.abs().sum().item() for p in m.parameters()) for m in (net, critic, meta)))
