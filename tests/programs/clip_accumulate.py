"""Gradient clipping, accumulation over small batches, freezing by hooks: the same step in several ways."""

import torch
from torch import nn
from torch.nn.utils import clip_grad_norm_, clip_grad_value_, parameters_to_vector, vector_to_parameters

torch.manual_seed(0)
X, Y = torch.randn(48, 6), torch.randn(48, 2)


def build():
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(6, 10), nn.GELU(), nn.Linear(10, 2))


# accumulation gives the gradient of the whole batch
whole, parts = build(), build()
nn.functional.mse_loss(whole(X), Y).backward()
accumulation_steps = 4
for x, y in zip(X.chunk(accumulation_steps), Y.chunk(accumulation_steps)):
    loss = nn.functional.mse_loss(parts(x), y) / accumulation_steps
    loss.backward()
for p, q in zip(whole.parameters(), parts.parameters()):
    assert torch.allclose(p.grad, q.grad, atol=1e-6)
print("gradients agree", parameters_to_vector([p.grad for p in whole.parameters()]).norm().item())

# training with accumulation and clipping
model = build()
optimizer = torch.optim.SGD(model.parameters(), lr=0.3)
losses, norms = [], []
for epoch in range(6):
    optimizer.zero_grad()
    total = 0.0
    for i, (x, y) in enumerate(zip(X.split(8), Y.split(8))):
        loss = nn.functional.mse_loss(model(x), y)
        (loss / 3).backward()
        total += loss.item()
        if (i + 1) % 3 == 0:
            norms.append(clip_grad_norm_(model.parameters(), max_norm=0.5).item())
            optimizer.step()
            optimizer.zero_grad(set_to_none=False)
    losses.append(total / 6)
print([round(v, 5) for v in losses])
print([round(v, 5) for v in norms])

# by value, by infinity norm, by hooks
clipped = build()
(nn.functional.mse_loss(clipped(X), Y) * 10).backward()
clip_grad_value_(clipped.parameters(), clip_value=0.2)
print(max(p.grad.abs().max().item() for p in clipped.parameters()))
print(clip_grad_norm_(clipped.parameters(), 0.1, norm_type="inf").item())
hooked = build()
for p in hooked.parameters():
    p.register_hook(lambda grad: torch.clamp(grad, -0.01, 0.01))
nn.functional.mse_loss(hooked(X), Y).backward()
print(sum(p.grad.abs().sum().item() for p in hooked.parameters()))

vector = parameters_to_vector(model.parameters())
vector_to_parameters(vector * 0.5, model.parameters())
print(vector.shape, parameters_to_vector(model.parameters()).abs().sum().item())
print("checksum", vector.abs().sum().item())
assert losses[-1] < losses[0]
