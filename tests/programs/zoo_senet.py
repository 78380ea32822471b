"""SENet in small: squeeze-and-excitation over residual blocks, an EfficientNet-like swish block."""

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim


class SEBlock(nn.Module):
    def __init__(self, in_planes, planes, stride=1):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(in_planes)
        self.conv1 = nn.Conv2d(in_planes, planes, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, kernel_size=3, padding=1, bias=False)
        if stride != 1 or in_planes != planes:
            self.shortcut = nn.Sequential(nn.Conv2d(in_planes, planes, kernel_size=1, stride=stride, bias=False))
        self.fc1 = nn.Conv2d(planes, planes // 4, kernel_size=1)
        self.fc2 = nn.Conv2d(planes // 4, planes, kernel_size=1)

    def forward(self, x):
        out = F.relu(self.bn1(x))
        shortcut = self.shortcut(out) if hasattr(self, "shortcut") else x
        out = self.conv1(out)
        out = self.conv2(F.relu(self.bn2(out)))
        w = F.avg_pool2d(out, out.size(2))
        w = F.relu(self.fc1(w))
        w = torch.sigmoid(self.fc2(w))
        out = out * w
        out += shortcut
        return out


def swish(x):
    return x * x.sigmoid()


def drop_connect(x, drop_ratio):
    keep_ratio = 1.0 - drop_ratio
    mask = torch.empty([x.shape[0], 1, 1, 1], dtype=x.dtype, device=x.device)
    mask.bernoulli_(keep_ratio)
    x.div_(keep_ratio)
    x.mul_(mask)
    return x


class SENet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, kernel_size=3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.layers = nn.ModuleList([SEBlock(8, 8), SEBlock(8, 16, 2), SEBlock(16, 16)])
        self.linear = nn.Linear(16, 4)

    def forward(self, x):
        out = swish(self.bn1(self.conv1(x)))
        for layer in self.layers:
            out = layer(out)
        if self.training:
            out = drop_connect(out * 1, 0.1)
        out = F.adaptive_avg_pool2d(out, 1)
        return self.linear(out.view(out.size(0), -1))


torch.manual_seed(5)
net = SENet()
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
