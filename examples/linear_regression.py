"""Linear regression: how a disease progresses, predicted from ten measures of the patients. Prints the weights."""

import autograd as torch
import nn
import nn.functional as F
import optim
from autograd import datasets

MEASURES = [
    "age",
    "sex",
    "body mass",
    "blood pressure",
    "cholesterol",
    "LDL",
    "HDL",
    "cholesterol/HDL",
    "lipids",
    "sugar",
]

torch.manual_seed(0)
(x, y), (x_test, y_test) = datasets.split(*datasets.diabetes())
x, x_test = datasets.standardize(x, x_test)

model = nn.Linear(10, 1)
optimizer = optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
for _ in range(1000):
    loss = F.mse_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

# Where the loss is least, its gradient is zero: the normal equations say the same, and need no steps.
with torch.no_grad():
    ones = torch.ones(len(x), 1)
    exact = torch.linalg.lstsq(torch.cat([x, ones], dim=1), y).solution.squeeze()
    error = (model(x_test) - y_test).abs().mean()
    of_mean = (y.mean() - y_test).abs().mean()

print(f"{'measure':16}  {'learned':>9}  {'exact':>9}")
for name, learned, solved in zip([*MEASURES, "(bias)"], [*model.weight[0], *model.bias], exact, strict=True):
    print(f"{name:16}  {learned.item():9.3f}  {solved.item():9.3f}")
print(f"off by {error.item():.1f} on held-out patients; the mean of all is off by {of_mean.item():.1f}")
