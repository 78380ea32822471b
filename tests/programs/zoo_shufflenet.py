"""ShuffleNet and ResNeXt in small: grouped convolutions, channels shuffled and split."""

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim


class ShuffleBlock(nn.Module):
    def __init__(self, groups=2):
        super().__init__()
        self.groups = groups

    def forward(self, x):
        N, C, H, W = x.size()
        g = self.groups
        return x.view(N, g, C // g, H, W).permute(0, 2, 1, 3, 4).reshape(N, C, H, W)


class SplitBlock(nn.Module):
    def __init__(self, ratio):
        super().__init__()
        self.ratio = ratio

    def forward(self, x):
        c = int(x.size(1) * self.ratio)
        return x[:, :c, :, :], x[:, c:, :, :]


class BasicUnit(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.split = SplitBlock(0.5)
        c = channels // 2
        self.conv1, self.bn1 = nn.Conv2d(c, c, kernel_size=1, bias=False), nn.BatchNorm2d(c)
        self.conv2 = nn.Conv2d(c, c, kernel_size=3, stride=1, padding=1, groups=c, bias=False)
        self.bn2 = nn.BatchNorm2d(c)
        self.conv3, self.bn3 = nn.Conv2d(c, c, kernel_size=1, bias=False), nn.BatchNorm2d(c)
        self.shuffle = nn.ChannelShuffle(2)

    def forward(self, x):
        x1, x2 = self.split(x)
        out = F.relu(self.bn1(self.conv1(x2)))
        out = self.bn2(self.conv2(out))
        out = F.leaky_relu(self.bn3(self.conv3(out)), 0.1)
        return self.shuffle(torch.cat([x1, out], 1))


class ResNeXtUnit(nn.Module):
    def __init__(self, planes, cardinality=4):
        super().__init__()
        self.reduce = nn.Conv2d(planes, planes, 1, groups=2, bias=False)
        self.shuffle = ShuffleBlock()
        self.grouped = nn.Conv2d(planes, planes, 3, stride=2, padding=1, groups=cardinality, bias=False)
        self.norm = nn.GroupNorm(4, planes)
        self.shortcut = nn.AvgPool2d(3, stride=2, padding=1)

    def forward(self, x):
        out = self.norm(self.grouped(self.shuffle(F.relu(self.reduce(x)))))
        return F.relu(torch.add(out, self.shortcut(x)))


class ShuffleNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 12, 3, 1, 1)
        self.blocks = nn.Sequential(BasicUnit(12), ResNeXtUnit(12), BasicUnit(12), nn.AdaptiveMaxPool2d((2, 2)))
        self.linear = nn.Linear(48, 4)

    def forward(self, x):
        return self.linear(self.blocks(F.elu(self.stem(x))).flatten(start_dim=1))


torch.manual_seed(6)
net = ShuffleNet()
print("parameters:", sum(p.numel() for p in net.parameters()))
inputs = torch.randn(24, 3, 16, 16)
targets = (inputs.mean(dim=(1, 2, 3)) > 0).long() + 2 * (inputs[:, 0, :8].mean(dim=(1, 2)) > 0).long()
criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(net.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=8)
losses = []
for step in range(8):
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
