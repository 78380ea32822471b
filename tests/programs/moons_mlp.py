"""A multilayer perceptron on two moons, with mini-batches shuffled by hand."""

import math

import torch
from torch import nn, optim

torch.manual_seed(1)
n = 100
angle = torch.rand(n) * math.pi
upper = torch.stack([torch.cos(angle), torch.sin(angle)], 1)
lower = torch.stack([1 - torch.cos(angle), 0.5 - torch.sin(angle)], 1)
X = torch.cat([upper, lower]) + 0.1 * torch.randn(2 * n, 2)
y = torch.cat([torch.zeros(n), torch.ones(n)])


class MLP(nn.Module):
    def __init__(self, hidden):
        super(MLP, self).__init__()
        self.layers = nn.Sequential(
            nn.Linear(2, hidden),
            nn.ReLU(inplace=True),
            nn.Linear(hidden, hidden),
            nn.ReLU(inplace=True),
            nn.Linear(hidden, 1),
        )

    def forward(self, x):
        return self.layers(x).squeeze(-1)


model = MLP(16)
print(model)
criterion = nn.BCEWithLogitsLoss()
optimizer = optim.Adam(model.parameters(), lr=1e-2)
history = []
for epoch in range(30):
    order = torch.randperm(len(X))
    running = 0.0
    for batch in order.split(50):
        optimizer.zero_grad()
        loss = criterion(model(X[batch]), y[batch])
        loss.backward()
        optimizer.step()
        running += loss.item() * len(batch)
    history.append(running / len(X))
    if (epoch + 1) % 10 == 0:
        print("Epoch: {:3d} | Loss: {:.4f}".format(epoch + 1, history[-1]))

model.eval()
with torch.no_grad():
    predicted = (torch.sigmoid(model(X)) > 0.5).float()
    accuracy = (predicted == y).float().mean()
print(f"accuracy {accuracy:.3f}")
print("checksum", sum(p.abs().sum().item() for p in model.parameters()))
assert history[-1] < 0.5 * history[0]
