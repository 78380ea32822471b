"""Two moons, told apart by a small network. Draws the boundary it learns into out/moons.png."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # draw to files: there may be no screen
import matplotlib.pyplot as plt

import autograd as torch
import nn
import nn.functional as F
import optim
from autograd import datasets, plots

torch.manual_seed(0)
(x, y), (x_test, y_test) = datasets.split(*datasets.moons(400, noise=0.15))

model = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 2))
optimizer = optim.Adam(model.parameters(), lr=0.01)

figure, panels = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
moments = iter(zip([0, 30, 300], panels, strict=True))
moment, panel = next(moments)
for step in range(301):
    if step == moment:
        plots.decision_boundary(model, x, y, ax=panel)
        panel.set_title(f"after {step} steps")
        moment, panel = next(moments, (None, None))
    loss = F.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

with torch.no_grad():
    right = (model(x_test).argmax(dim=1) == y_test).float().mean()
print(f"{right.item():.1%} of the held-out points are on the right side")

Path("out").mkdir(exist_ok=True)
figure.savefig("out/moons.png", dpi=120)
print("out/moons.png: the boundary before, during and after training")
