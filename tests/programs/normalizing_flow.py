"""A normalizing flow of affine couplings on two moons, by hand and with torch.distributions' transforms."""

import math

import torch
from torch import distributions as dist
from torch import nn

torch.manual_seed(15)
angle = torch.rand(200) * math.pi
points = torch.stack([angle.cos(), angle.sin() - 0.3], 1) + 0.1 * torch.randn(200, 2)


class Coupling(nn.Module):
    def __init__(self, mask):
        super().__init__()
        self.register_buffer("mask", mask)
        self.scale = nn.Sequential(nn.Linear(2, 12), nn.LeakyReLU(), nn.Linear(12, 2), nn.Tanh())
        self.shift = nn.Sequential(nn.Linear(2, 12), nn.LeakyReLU(), nn.Linear(12, 2))

    def forward(self, x):
        kept = self.mask * x
        s, t = self.scale(kept) * (1 - self.mask), self.shift(kept) * (1 - self.mask)
        return kept + (1 - self.mask) * (x * s.exp() + t), s.sum(dim=1)

    def inverse(self, y):
        kept = self.mask * y
        s, t = self.scale(kept) * (1 - self.mask), self.shift(kept) * (1 - self.mask)
        return kept + (1 - self.mask) * ((y - t) * (-s).exp())


class Flow(nn.Module):
    def __init__(self, depth):
        super().__init__()
        masks = torch.tensor([[0.0, 1.0], [1.0, 0.0]] * depth)
        self.couplings = nn.ModuleList(Coupling(m) for m in masks)
        self.prior = dist.MultivariateNormal(torch.zeros(2), torch.eye(2))

    def log_prob(self, x):
        total = x.new_zeros(x.shape[0])
        for coupling in self.couplings:
            x, log_det = coupling(x)
            total += log_det
        return self.prior.log_prob(x) + total

    def sample(self, n):
        x = self.prior.sample((n,))
        for coupling in reversed(self.couplings):
            x = coupling.inverse(x)
        return x


flow = Flow(2)
optimizer = torch.optim.Adam([p for p in flow.parameters() if p.requires_grad], lr=5e-3)
losses = []
for step in range(60):
    loss = -flow.log_prob(points).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
    if step % 20 == 0:
        print(f"iter {step}: loss = {loss:.4f}")
with torch.no_grad():
    drawn = flow.sample(50)
    z = points
    for coupling in flow.couplings:
        z, _ = coupling(z)
    back = z
    for coupling in reversed(flow.couplings):
        back = coupling.inverse(back)
print(drawn.mean(0), drawn.std(0), torch.allclose(back, points, atol=1e-4))
print("checksum", sum(p.abs().sum().item() for p in flow.parameters()))
assert losses[-1] < losses[0]

# one dimension, learned through a transformed distribution
data = dist.LogNormal(0.5, 0.4).sample((100,))
loc, log_scale = torch.zeros((), requires_grad=True), torch.zeros((), requires_grad=True)
optimizer = torch.optim.LBFGS([loc, log_scale], max_iter=10, line_search_fn="strong_wolfe")


def closure():
    optimizer.zero_grad()
    base = dist.Normal(0.0, 1.0)
    model = dist.TransformedDistribution(
        base, [dist.transforms.AffineTransform(loc, log_scale.exp()), dist.transforms.ExpTransform()]
    )
    loss = -model.log_prob(data).mean()
    loss.backward()
    return loss


print("before", optimizer.step(closure).item(), "after", closure().item(), f"{loc:.3f} {log_scale.exp():.3f}")
print("closed form", data.log().mean().item(), data.log().std(unbiased=False).item())
