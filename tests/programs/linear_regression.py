"""Fit a line twice: with gradient descent by hand, and with nn.Linear and an optimizer."""

import torch
import torch.nn as nn

torch.manual_seed(0)
x = torch.linspace(-2, 2, 80).unsqueeze(1)
y = 3.0 * x - 1.5 + 0.3 * torch.randn(80, 1)

# by hand
w = torch.zeros(1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
for epoch in range(60):
    loss = ((x * w + b - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
        b -= 0.1 * b.grad
        w.grad.zero_()
        b.grad.zero_()
    if epoch % 20 == 0:
        print(f"epoch {epoch}, loss {loss.item():.5f}")
print("by hand:", w.item(), b.item())

# with a layer
model = nn.Linear(1, 1)
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
losses = []
for epoch in range(60):
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
print("with nn:", model.weight.item(), model.bias.item())
print(losses[::15])

# the closed form
A = torch.cat([x, torch.ones_like(x)], dim=1)
solution = torch.linalg.lstsq(A, y).solution.squeeze()
print("closed form:", solution.tolist())
assert losses[-1] < 0.2 < losses[0]
assert torch.allclose(solution, torch.tensor([w.item(), b.item()]), atol=1e-2)
