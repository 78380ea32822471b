"""MobileNet in small: depthwise and pointwise convolutions, inverted residuals, ReLU6, hard swish."""

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim


class SeparableBlock(nn.Module):
    """Depthwise, then pointwise."""

    def __init__(self, in_planes, out_planes, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_planes, in_planes, 3, stride, padding=1, groups=in_planes, bias=False)
        self.bn1 = nn.BatchNorm2d(in_planes)
        self.conv2 = nn.Conv2d(in_planes, out_planes, kernel_size=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_planes)

    def forward(self, x):
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))


class InvertedResidual(nn.Module):
    def __init__(self, inp, oup, stride, expand_ratio, activation):
        super().__init__()
        hidden = int(round(inp * expand_ratio))
        self.use_res_connect = stride == 1 and inp == oup
        self.conv = nn.Sequential(
            nn.Conv2d(inp, hidden, 1, 1, 0, bias=False), nn.BatchNorm2d(hidden), activation(),
            nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False), nn.BatchNorm2d(hidden), activation(),
            nn.Conv2d(hidden, oup, 1, 1, 0, bias=False), nn.BatchNorm2d(oup),
        )  # fmt: skip

    def forward(self, x):
        if self.use_res_connect:
            return x + self.conv(x)
        return self.conv(x)


class MobileNet(nn.Module):
    setting = [(8, 1, nn.ReLU6), (12, 2, nn.ReLU6), (12, 1, nn.Hardswish)]

    def __init__(self, num_classes=4):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, 1, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU6(inplace=True))
        self.separable = SeparableBlock(8, 8, 2)
        features, planes = [], 8
        for out, stride, activation in self.setting:
            features.append(InvertedResidual(planes, out, stride, 3, activation))
            planes = out
        self.features = nn.Sequential(*features)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(planes, num_classes))

    def forward(self, x):
        x = self.features(self.separable(self.stem(x)))
        x = x.mean([2, 3])
        return self.classifier(x)


torch.manual_seed(3)
net = MobileNet()
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
