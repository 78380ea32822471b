"""Transfer: train on one task, freeze the body, give it a new head, then fine-tune with two learning rates."""

import copy
from collections import OrderedDict

import torch
from torch import nn, optim
from torch.optim import lr_scheduler

torch.manual_seed(0)
X = torch.randn(120, 1, 8, 8)
old_task = (X[:, 0, :4].mean((1, 2)) > 0).long()
new_task = (X[:, 0, :, :4].mean((1, 2)) > 0).long() + (X.mean((1, 2, 3)) > 0).long()
body = OrderedDict(
    [
        ("conv1", nn.Conv2d(1, 6, 3, padding=1)), ("bn1", nn.BatchNorm2d(6)), ("relu1", nn.ReLU()),
        ("pool", nn.MaxPool2d(2)), ("conv2", nn.Conv2d(6, 8, 3)), ("relu2", nn.ReLU()), ("flat", nn.Flatten()),
    ]
)  # fmt: skip
model = nn.Sequential(OrderedDict([*body.items(), ("fc", nn.Linear(8 * 2 * 2, 2))]))


def train_model(model, labels, criterion, optimizer, scheduler, num_epochs):
    best_model_wts, best_acc = copy.deepcopy(model.state_dict()), 0.0
    history = []
    for epoch in range(num_epochs):
        for phase in ["train", "val"]:
            model.train() if phase == "train" else model.eval()
            inputs, targets = (X[:90], labels[:90]) if phase == "train" else (X[90:], labels[90:])
            optimizer.zero_grad()
            with torch.set_grad_enabled(phase == "train"):
                outputs = model(inputs)
                _, preds = torch.max(outputs, 1)
                loss = criterion(outputs, targets)
                if phase == "train":
                    loss.backward()
                    optimizer.step()
            if phase == "train":
                scheduler.step()
                history.append(loss.item())
            epoch_acc = torch.sum(preds == targets.data).double() / len(targets)
            if epoch % 4 == 0:
                print(f"{epoch} {phase} Loss: {loss.item():.4f} Acc: {epoch_acc:.4f}")
            if phase == "val" and epoch_acc > best_acc:
                best_acc, best_model_wts = epoch_acc, copy.deepcopy(model.state_dict())
    model.load_state_dict(best_model_wts)
    assert history[-1] < history[0]
    return model


def fit(model, labels, parameters, epochs):
    optimizer = optim.SGD(parameters, lr=0.05, momentum=0.9)
    scheduler = lr_scheduler.StepLR(optimizer, step_size=5, gamma=0.5)
    return train_model(model, labels, nn.CrossEntropyLoss(), optimizer, scheduler, epochs)


model = fit(model, old_task, model.parameters(), 8)
for param in model.parameters():
    param.requires_grad = False
num_ftrs = model.fc.in_features
model.fc = nn.Linear(num_ftrs, 3)
trainable = [name for name, p in model.named_parameters() if p.requires_grad]
print("trainable:", trainable)
before = {k: v.clone() for k, v in model.state_dict().items()}
model = fit(model, new_task, model.fc.parameters(), 8)
assert torch.equal(before["conv1.weight"], model.conv1.weight)

model.requires_grad_(True)
groups = [
    {"params": [p for n, p in model.named_parameters() if not n.startswith("fc")], "lr": 0.01},
    {"params": model.fc.parameters()},
]
model = fit(model, new_task, groups, 8)
print({name: round(p.abs().sum().item(), 3) for name, p in model.named_parameters()})
print(model.bn1.running_mean, model.bn1.num_batches_tracked)
