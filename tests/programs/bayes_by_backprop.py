"""Bayes by backprop: weights with distributions, KL to the prior, predictions with their spread; a mixture density net."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.distributions import Categorical, Gamma, MixtureSameFamily, Normal, kl_divergence

torch.manual_seed(31)
x = torch.linspace(-2, 2, 60).unsqueeze(1)
y = x.pow(3) / 4 + 0.2 * torch.randn_like(x)


class BayesLinear(nn.Module):
    def __init__(self, in_features, out_features):
        super().__init__()
        self.mu = nn.Parameter(torch.empty(out_features, in_features).normal_(0, 0.3))
        self.rho = nn.Parameter(torch.full((out_features, in_features), -3.0))
        self.bias = nn.Parameter(torch.zeros(out_features))
        self.register_buffer("one", torch.ones(()))

    def forward(self, input):
        posterior = Normal(self.mu, F.softplus(self.rho))
        self.kl = kl_divergence(posterior, Normal(0 * self.one, self.one)).sum()
        weight = posterior.rsample() if self.training else posterior.mean
        return F.linear(input, weight, self.bias)


net = nn.Sequential(BayesLinear(1, 16), nn.Tanh(), BayesLinear(16, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
losses = []
for step in range(80):
    optimizer.zero_grad()
    likelihood = Normal(net(x), 0.2).log_prob(y).sum()
    kl = sum(m.kl for m in net if isinstance(m, BayesLinear))
    loss = (0.1 * kl - likelihood) / len(x)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
    if step % 20 == 0:
        print(f"step {step} elbo {-loss.item():.4f} kl {kl.item():.4f}")
with torch.no_grad():
    predictions = torch.stack([net(x) for _ in range(20)])
    print("mean", predictions.mean(0)[::20].flatten(), "std", predictions.std(0).mean().item())
print("checksum", sum(p.abs().sum().item() for p in net.parameters()))
assert losses[-1] < losses[0]

# a mixture density network on the inverse problem
inputs, targets = y, x
mdn = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 9))
optimizer = torch.optim.Adam(mdn.parameters(), lr=0.01)
first = None
for step in range(40):
    logits, mean, log_scale = mdn(inputs).chunk(3, dim=1)
    mixture = MixtureSameFamily(Categorical(logits=logits), Normal(mean, log_scale.exp()))
    loss = -mixture.log_prob(targets.squeeze(1)).mean()
    by_hand = torch.logsumexp(
        F.log_softmax(logits, dim=1)
        - 0.5 * ((targets - mean) / log_scale.exp()) ** 2
        - log_scale
        - 0.5 * math.log(2 * math.pi),
        dim=1,
    )
    assert torch.allclose(loss, -by_hand.mean(), atol=1e-5)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    first = first or loss.item()
print("mdn", first, loss.item(), mixture.sample().shape, f"{mixture.mean.mean():.4f}")
print("gamma", Gamma(torch.tensor([0.5, 2.0, 9.0]), 1.5).sample((4,)).sum(0), Gamma(2.0, 3.0).entropy().item())
print("checksum", sum(p.abs().sum().item() for p in mdn.parameters()))
assert loss.item() < first
