"""GoogLeNet in small: inception blocks of four branches, local response norm, an auxiliary head."""

import torch
import torch.nn as nn
import torch.optim as optim


class Inception(nn.Module):
    def __init__(self, in_planes, n1x1, n3x3red, n3x3, n5x5red, n5x5, pool_planes):
        super().__init__()
        self.b1 = nn.Sequential(nn.Conv2d(in_planes, n1x1, kernel_size=1), nn.BatchNorm2d(n1x1), nn.ReLU(True))
        self.b2 = nn.Sequential(
            nn.Conv2d(in_planes, n3x3red, kernel_size=1), nn.BatchNorm2d(n3x3red), nn.ReLU(True),
            nn.Conv2d(n3x3red, n3x3, kernel_size=3, padding=1), nn.BatchNorm2d(n3x3), nn.ReLU(True),
        )  # fmt: skip
        self.b3 = nn.Sequential(
            nn.Conv2d(in_planes, n5x5red, kernel_size=1), nn.BatchNorm2d(n5x5red), nn.ReLU(True),
            nn.Conv2d(n5x5red, n5x5, kernel_size=(1, 5), padding=(0, 2)), nn.BatchNorm2d(n5x5), nn.ReLU(True),
            nn.Conv2d(n5x5, n5x5, kernel_size=(5, 1), padding=(2, 0)), nn.BatchNorm2d(n5x5), nn.ReLU(True),
        )  # fmt: skip
        self.b4 = nn.Sequential(
            nn.MaxPool2d(3, stride=1, padding=1),
            nn.Conv2d(in_planes, pool_planes, kernel_size=1), nn.BatchNorm2d(pool_planes), nn.ReLU(True),
        )  # fmt: skip

    def forward(self, x):
        return torch.cat([self.b1(x), self.b2(x), self.b3(x), self.b4(x)], 1)


class GoogLeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.pre_layers = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.LocalResponseNorm(3), nn.ReLU(True))
        self.a3 = Inception(8, 4, 4, 6, 2, 4, 4)
        self.b3 = Inception(18, 6, 4, 8, 2, 4, 4)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1, ceil_mode=True)
        self.aux = nn.Linear(18, 4)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.linear = nn.Linear(22, 4)

    def forward(self, x):
        out = self.a3(self.pre_layers(x))
        aux = self.aux(out.mean((2, 3)))
        out = self.avgpool(self.b3(self.maxpool(out)))
        out = self.linear(out.flatten(1))
        return out + 0.3 * aux if self.training else out


torch.manual_seed(4)
net = GoogLeNet()
print("parameters:", sum(p.numel() for p in net.parameters()))
inputs = torch.randn(16, 3, 16, 16)
targets = (inputs.mean(dim=(1, 2, 3)) > 0).long() + 2 * (inputs[:, 0, :8].mean(dim=(1, 2)) > 0).long()
criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(net.parameters(), lr=0.02, momentum=0.9, weight_decay=5e-4)
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
