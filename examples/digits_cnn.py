"""Handwritten digits, recognized by a convolutional network. Draws what its filters see into out/digits_cnn.png."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # draw to files: there may be no screen

import autograd as torch
import nn
import nn.functional as F
import optim
from autograd import datasets, plots
from autograd.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    """Two convolutions find strokes and how they meet, a linear layer tells digits from that."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.dropout = nn.Dropout(0.25)
        self.fc = nn.Linear(32 * 2 * 2, 10)

    def forward(self, x):
        """From images of shape (n, 1, 8, 8) to scores of shape (n, 10)."""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc(self.dropout(x.flatten(1)))


torch.manual_seed(0)
train, test = (TensorDataset(*part) for part in datasets.split(*datasets.digits()))

model = Net()
optimizer = optim.Adam(model.parameters(), lr=2e-3)
for epoch in range(1, 11):
    model.train()
    for images, labels in DataLoader(train, batch_size=32, shuffle=True):
        loss = F.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    model.eval()
    with torch.no_grad():
        right = sum((model(x).argmax(dim=1) == y).sum().item() for x, y in DataLoader(test, batch_size=100))
    print(f"epoch {epoch:2d}: {right / len(test):.1%} of {len(test)} held-out digits are recognized")

Path("out").mkdir(exist_ok=True)
axes = plots.feature_maps(model.conv1, model, test[0][0].unsqueeze(0))
axes[0].figure.suptitle(f"A {test[0][1].item()}, as the filters of the first layer see it")
axes[0].figure.savefig("out/digits_cnn.png", dpi=120)
print("out/digits_cnn.png: one digit as the first layer sees it")
