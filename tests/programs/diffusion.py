"""A denoising diffusion model of points on a ring: noise schedule, sinusoidal time embedding, sampling back."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(100)
T = 20
betas = torch.linspace(1e-3, 0.2, T)
alphas = 1.0 - betas
alphas_cumprod = torch.cumprod(alphas, dim=0)
alphas_cumprod_prev = F.pad(alphas_cumprod[:-1], (1, 0), value=1.0)
posterior_variance = betas * (1.0 - alphas_cumprod_prev) / (1.0 - alphas_cumprod)


def extract(a, t, x_shape):
    out = a.gather(-1, t)
    return out.reshape(t.shape[0], *((1,) * (len(x_shape) - 1)))


class SinusoidalEmbedding(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, time):
        half = self.dim // 2
        frequencies = torch.exp(torch.arange(half, device=time.device) * -(math.log(10000) / (half - 1)))
        angles = time[:, None] * frequencies[None, :]
        return torch.cat((angles.sin(), angles.cos()), dim=-1)


class Denoiser(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        self.time = nn.Sequential(SinusoidalEmbedding(8), nn.Linear(8, width), nn.SiLU())
        self.inp, self.mid, self.out = nn.Linear(2, width), nn.Linear(width, width), nn.Linear(width, 2)
        self.norm = nn.RMSNorm(width)

    def forward(self, x, t):
        h = F.mish(self.inp(x)) + self.time(t)
        return self.out(F.silu(self.norm(self.mid(h))))


def q_sample(x_start, t, noise=None):
    if noise is None:
        noise = torch.randn_like(x_start)
    return (
        extract(alphas_cumprod.sqrt(), t, x_start.shape) * x_start
        + extract((1.0 - alphas_cumprod).sqrt(), t, x_start.shape) * noise
    )


@torch.no_grad()
def p_sample(model, x, t, t_index):
    mean = extract((1.0 / alphas).sqrt(), t, x.shape) * (
        x - extract(betas, t, x.shape) * model(x, t) / extract((1.0 - alphas_cumprod).sqrt(), t, x.shape)
    )
    if t_index == 0:
        return mean
    return mean + torch.sqrt(extract(posterior_variance, t, x.shape)) * torch.randn_like(x)


angle = torch.rand(128) * 2 * math.pi
data = torch.stack([angle.cos(), angle.sin()], dim=1)
model = Denoiser()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
losses = []
for step in range(80):
    optimizer.zero_grad()
    t = torch.randint(0, T, (128,)).long()
    noise = torch.randn_like(data)
    loss = F.smooth_l1_loss(noise, model(q_sample(data, t, noise), t))
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
    if step % 20 == 0:
        print("Loss:", loss.item())
x = torch.randn(40, 2)
for i in reversed(range(T)):
    x = p_sample(model, x, torch.full((40,), i, dtype=torch.long), i)
print("radius", x.norm(dim=1).mean().item(), x.norm(dim=1).std().item())
print("checksum", sum(p.abs().sum().item() for p in model.parameters()))
assert sum(losses[-10:]) < sum(losses[:10])
