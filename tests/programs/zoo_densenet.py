"""DenseNet in small: every layer sees all before it; transitions halve."""

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim


class DenseLayer(nn.Module):
    def __init__(self, in_planes, growth_rate):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(in_planes)
        self.conv1 = nn.Conv2d(in_planes, 4 * growth_rate, kernel_size=1, bias=False)
        self.bn2 = nn.BatchNorm2d(4 * growth_rate)
        self.conv2 = nn.Conv2d(4 * growth_rate, growth_rate, kernel_size=3, padding=1, bias=False)

    def forward(self, x):
        out = self.conv1(F.relu(self.bn1(x)))
        out = self.conv2(F.relu(self.bn2(out)))
        return torch.cat([out, x], 1)


class Transition(nn.Module):
    def __init__(self, in_planes, out_planes):
        super().__init__()
        self.bn = nn.BatchNorm2d(in_planes)
        self.conv = nn.Conv2d(in_planes, out_planes, kernel_size=1, bias=False)

    def forward(self, x):
        out = self.conv(F.relu(self.bn(x)))
        return F.avg_pool2d(out, 2)


class DenseNet(nn.Module):
    def __init__(self, nblocks, growth_rate=4, reduction=0.5, num_classes=4):
        super().__init__()
        num_planes = 2 * growth_rate
        self.conv1 = nn.Conv2d(3, num_planes, kernel_size=3, padding=1, bias=False)
        for i, n in enumerate(nblocks):
            layers = []
            for _ in range(n):
                layers.append(DenseLayer(num_planes, growth_rate))
                num_planes += growth_rate
            self.add_module(f"dense{i + 1}", nn.Sequential(*layers))
            if i < len(nblocks) - 1:
                out_planes = int(num_planes * reduction)
                setattr(self, f"trans{i + 1}", Transition(num_planes, out_planes))
                num_planes = out_planes
        self.bn = nn.BatchNorm2d(num_planes)
        self.linear = nn.Linear(num_planes, num_classes)

    def forward(self, x):
        out = self.conv1(x)
        out = self.trans1(self.dense1(out))
        out = self.dense2(out)
        out = F.adaptive_avg_pool2d(F.relu(self.bn(out)), (1, 1))
        return self.linear(torch.flatten(out, 1))


torch.manual_seed(2)
net = DenseNet([2, 3])
print("parameters:", sum(p.numel() for p in net.parameters()))
inputs = torch.randn(16, 3, 16, 16)
targets = (inputs.mean(dim=(1, 2, 3)) > 0).long() + 2 * (inputs[:, 0, :8].mean(dim=(1, 2)) > 0).long()
criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(net.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=6)
losses = []
for step in range(6):
    net.train()
    optimizer.zero_grad()
    loss = criterion(net(inputs), targets)
    loss.backward()
    optimizer.step()
    scheduler.step()
    losses.append(loss.item())
    print(step, "Loss: %.5f" % loss.item())
net.eval()
with torch.no_grad():
    outputs = net(inputs)
    _, predicted = outputs.max(1)
    print("Acc:", predicted.eq(targets).sum().item(), "| output", outputs.abs().sum().item())
buffers = {name: tuple(b.shape) for name, b in net.named_buffers()}
print(len(net.state_dict()), len(buffers), sum(b.double().sum().item() for b in net.buffers()))
print("checksum", sum(p.abs().sum().item() for p in net.parameters()))
assert losses[-1] < losses[0]
