"""ResNet in small: basic blocks, projection shortcuts, global average pooling."""

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim


class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, in_planes, planes, stride=1):
        super(BasicBlock, self).__init__()
        self.conv1 = nn.Conv2d(in_planes, planes, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, kernel_size=3, stride=1, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.shortcut = nn.Sequential()
        if stride != 1 or in_planes != self.expansion * planes:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_planes, self.expansion * planes, kernel_size=1, stride=stride, bias=False),
                nn.BatchNorm2d(self.expansion * planes),
            )

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += self.shortcut(x)
        return F.relu(out)


class Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, in_planes, planes, stride=1):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(in_planes, planes, 1, bias=False), nn.BatchNorm2d(planes), nn.ReLU(inplace=True),
            nn.Conv2d(planes, planes, 3, stride, 1, bias=False), nn.BatchNorm2d(planes), nn.ReLU(inplace=True),
            nn.Conv2d(planes, 4 * planes, 1, bias=False), nn.BatchNorm2d(4 * planes),
        )  # fmt: skip
        self.shortcut = nn.Identity()
        if stride != 1 or in_planes != 4 * planes:
            self.shortcut = nn.Conv2d(in_planes, 4 * planes, 1, stride, bias=False)

    def forward(self, x):
        return (self.body(x) + self.shortcut(x)).relu()


class ResNet(nn.Module):
    def __init__(self, blocks, num_blocks, num_classes=4):
        super().__init__()
        self.in_planes = 8
        self.conv1 = nn.Conv2d(3, 8, kernel_size=3, stride=1, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.layer1 = self._make_layer(blocks[0], 8, num_blocks[0], stride=1)
        self.layer2 = self._make_layer(blocks[1], 12, num_blocks[1], stride=2)
        self.linear = nn.Linear(12 * blocks[1].expansion, num_classes)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")

    def _make_layer(self, block, planes, num_blocks, stride):
        strides = [stride] + [1] * (num_blocks - 1)
        layers = []
        for stride in strides:
            layers.append(block(self.in_planes, planes, stride))
            self.in_planes = planes * block.expansion
        return nn.Sequential(*layers)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.layer2(self.layer1(out))
        out = F.avg_pool2d(out, out.size(-1))
        return self.linear(out.view(out.size(0), -1))


torch.manual_seed(0)
net = ResNet([BasicBlock, Bottleneck], [1, 2])
print("parameters:", sum(p.numel() for p in net.parameters()))
inputs = torch.randn(24, 3, 16, 16)
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
