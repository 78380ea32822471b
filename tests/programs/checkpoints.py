"""Saving and loading: state dicts, whole checkpoints, strictness, partial loading, training that goes on where it was."""

import copy
import io
import os
import tempfile

import torch
import torch.nn as nn
import torch.optim as optim


class TheModelClass(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3)
        self.pool = nn.MaxPool2d(2, 2)
        self.norm = nn.BatchNorm2d(4)
        self.fc1 = nn.Linear(4 * 3 * 3, 8)
        self.fc2 = nn.Linear(8, 3)

    def forward(self, x):
        x = self.pool(torch.relu(self.norm(self.conv1(x))))
        x = x.view(-1, 4 * 3 * 3)
        return self.fc2(torch.relu(self.fc1(x)))


torch.manual_seed(17)
X, Y = torch.randn(30, 1, 8, 8), torch.randint(0, 3, (30,))
model = TheModelClass()
optimizer = optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
scheduler = optim.lr_scheduler.ExponentialLR(optimizer, 0.9)


def train(model, optimizer, scheduler, steps):
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(X), Y)
        loss.backward()
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())
    return losses


first = train(model, optimizer, scheduler, 4)
print("Model's state_dict:")
for param_tensor in model.state_dict():
    print(param_tensor, "\t", model.state_dict()[param_tensor].size())
print("Optimizer's state_dict:", list(optimizer.state_dict()), optimizer.state_dict()["param_groups"][0]["params"])

folder = tempfile.mkdtemp()
path = os.path.join(folder, "model.pt")
torch.save(
    {
        "epoch": 4,
        "model_state_dict": model.state_dict(),
        "optimizer_state_dict": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "loss": first[-1],
    },
    path,
)
expected = train(model, optimizer, scheduler, 4)

resumed = TheModelClass()
again = optim.SGD(resumed.parameters(), lr=0.001, momentum=0.9)
schedule = optim.lr_scheduler.ExponentialLR(again, 0.9)
checkpoint = torch.load(path, weights_only=True)
print(resumed.load_state_dict(checkpoint["model_state_dict"]))
again.load_state_dict(checkpoint["optimizer_state_dict"])
schedule.load_state_dict(checkpoint["scheduler"])
actual = train(resumed, again, schedule, 4)
print(expected, actual == expected, checkpoint["epoch"], checkpoint["loss"] == first[-1])
assert actual == expected

# partial and wrong state
other = nn.Sequential()
other.add_module("fc1", nn.Linear(36, 8))
print(other.load_state_dict(model.state_dict(), strict=False).unexpected_keys[:2])
try:
    other.load_state_dict(model.state_dict())
except RuntimeError as error:
    print("RuntimeError", "Unexpected key(s) in state_dict" in str(error))
renamed = {k.replace("fc1", "hidden"): v for k, v in model.state_dict().items()}
print([k for k in renamed if k.startswith("hidden")])

# tensors and the like in memory
buffer = io.BytesIO()
torch.save({"t": torch.arange(4), "f": [1.5, "text", None, True], "shared": (X[:1], X[:2])}, buffer)
buffer.seek(0)
loaded = torch.load(buffer)
print(loaded["t"], loaded["f"], loaded["shared"][1].shape)
twin = copy.deepcopy(model)
twin.fc2.bias.data.zero_()
print(model.fc2.bias.abs().sum().item() > 0, twin.fc2.bias)
model.eval()
with torch.no_grad():
    print(model(X[:2]))
print("checksum", sum(p.abs().sum().item() for p in model.parameters()))
os.remove(path)
os.rmdir(folder)
