"""Optimizers and learning rate schedules side by side on the same small problem."""

import warnings

import torch
from torch import nn, optim
from torch.optim import lr_scheduler

warnings.simplefilter("ignore")
torch.manual_seed(0)
X = torch.randn(64, 5)
Y = torch.sin(X @ torch.randn(5, 1)) + 0.1 * torch.randn(64, 1)
start = nn.Sequential(nn.Linear(5, 12), nn.Tanh(), nn.Linear(12, 1)).state_dict()
start = {k: v.clone() for k, v in start.items()}


def model():
    net = nn.Sequential(nn.Linear(5, 12), nn.Tanh(), nn.Linear(12, 1))
    net.load_state_dict(start)
    return net


optimizers = {
    "SGD": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=1e-3),
    "Adam": lambda p: optim.Adam(p, lr=0.02, amsgrad=True),
    "AdamW": lambda p: optim.AdamW(p, lr=0.02, weight_decay=0.1),
    "Adamax": lambda p: optim.Adamax(p, lr=0.02),
    "NAdam": lambda p: optim.NAdam(p, lr=0.02),
    "RAdam": lambda p: optim.RAdam(p, lr=0.02),
    "Adagrad": lambda p: optim.Adagrad(p, lr=0.1),
    "Adadelta": lambda p: optim.Adadelta(p, lr=1.0),
    "RMSprop": lambda p: optim.RMSprop(p, lr=0.01, momentum=0.5, centered=True),
    "Rprop": lambda p: optim.Rprop(p, lr=0.01),
    "ASGD": lambda p: optim.ASGD(p, lr=0.05),
}
for name, make in optimizers.items():
    net = model()
    optimizer = make(net.parameters())
    losses = []
    for _ in range(25):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(net(X), Y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    print(f"{name:9s} {losses[0]:.5f} {losses[-1]:.5f} {sum(p.abs().sum().item() for p in net.parameters()):.4f}")
    assert losses[-1] < losses[0]

schedules = {
    "StepLR": lambda o: lr_scheduler.StepLR(o, step_size=4, gamma=0.5),
    "MultiStepLR": lambda o: lr_scheduler.MultiStepLR(o, milestones=[3, 7], gamma=0.1),
    "ConstantLR": lambda o: lr_scheduler.ConstantLR(o, factor=0.5, total_iters=4),
    "LinearLR": lambda o: lr_scheduler.LinearLR(o, start_factor=0.1, total_iters=5),
    "ExponentialLR": lambda o: lr_scheduler.ExponentialLR(o, gamma=0.9),
    "PolynomialLR": lambda o: lr_scheduler.PolynomialLR(o, total_iters=8, power=2),
    "CosineAnnealingLR": lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=10, eta_min=1e-3),
    "Warm restarts": lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, T_0=3, T_mult=2),
    "LambdaLR": lambda o: lr_scheduler.LambdaLR(o, lr_lambda=lambda epoch: 0.95**epoch),
    "MultiplicativeLR": lambda o: lr_scheduler.MultiplicativeLR(o, lr_lambda=lambda epoch: 0.9),
    "CyclicLR": lambda o: lr_scheduler.CyclicLR(o, base_lr=0.01, max_lr=0.1, step_size_up=3, mode="triangular2"),
    "OneCycleLR": lambda o: lr_scheduler.OneCycleLR(o, max_lr=0.2, total_steps=12),
    "SequentialLR": lambda o: lr_scheduler.SequentialLR(
        o, [lr_scheduler.LinearLR(o, 0.1, total_iters=3), lr_scheduler.ExponentialLR(o, 0.8)], milestones=[3]
    ),
    "ChainedScheduler": lambda o: lr_scheduler.ChainedScheduler(
        [lr_scheduler.ConstantLR(o, 0.1, total_iters=2), lr_scheduler.ExponentialLR(o, 0.9)]
    ),
}
for name, make in schedules.items():
    net = model()
    optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    scheduler = make(optimizer)
    rates = []
    for _ in range(11):
        optimizer.zero_grad()
        nn.functional.mse_loss(net(X), Y).backward()
        optimizer.step()
        rates.append(round(optimizer.param_groups[0]["lr"], 6))
        scheduler.step()
    print(name, rates, round(scheduler.get_last_lr()[0], 6))

net = model()
optimizer = optim.Adam([{"params": net[0].parameters()}, {"params": net[2].parameters(), "lr": 0.1}], lr=0.05)
scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, "min", factor=0.5, patience=1, threshold=0.3)
for _ in range(15):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(net(X), Y)
    loss.backward()
    optimizer.step()
    scheduler.step(loss)
print("plateau", [group["lr"] for group in optimizer.param_groups], loss.item())
