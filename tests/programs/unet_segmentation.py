"""A small U-Net that finds disks: skip connections, transposed convolution and upsampling, dice loss, IoU."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class DoubleConv(nn.Module):
    def __init__(self, in_channels, out_channels, mid_channels=None):
        super().__init__()
        if not mid_channels:
            mid_channels = out_channels
        self.double_conv = nn.Sequential(
            nn.Conv2d(in_channels, mid_channels, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(mid_channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(mid_channels, out_channels, kernel_size=3, padding=1, bias=False),
            nn.InstanceNorm2d(out_channels, affine=True),
            nn.SiLU(),
        )

    def forward(self, x):
        return self.double_conv(x)


class Up(nn.Module):
    def __init__(self, in_channels, out_channels, bilinear):
        super().__init__()
        if bilinear:
            self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
            self.conv = DoubleConv(in_channels, out_channels, in_channels // 2)
        else:
            self.up = nn.ConvTranspose2d(in_channels // 2, in_channels // 2, kernel_size=2, stride=2)
            self.conv = DoubleConv(in_channels, out_channels)

    def forward(self, x1, x2):
        x1 = self.up(x1)
        diff_y, diff_x = x2.size()[2] - x1.size()[2], x2.size()[3] - x1.size()[3]
        x1 = F.pad(x1, [diff_x // 2, diff_x - diff_x // 2, diff_y // 2, diff_y - diff_y // 2])
        return self.conv(torch.cat([x2, x1], dim=1))


class UNet(nn.Module):
    def __init__(self, bilinear):
        super().__init__()
        self.inc = DoubleConv(1, 6)
        self.down1 = nn.Sequential(nn.MaxPool2d(2), DoubleConv(6, 6))
        self.up1 = Up(12, 6, bilinear)
        self.outc = nn.Conv2d(6, 1, kernel_size=1)

    def forward(self, x):
        x1 = self.inc(x)
        x2 = self.down1(x1)
        return self.outc(self.up1(x2, x1))


def dice_loss(pred, target, smooth=1.0):
    pred, target = pred.contiguous(), target.contiguous()
    intersection = (pred * target).sum(dim=2).sum(dim=2)
    loss = 1 - ((2.0 * intersection + smooth) / (pred.sum(dim=2).sum(dim=2) + target.sum(dim=2).sum(dim=2) + smooth))
    return loss.mean()


torch.manual_seed(77)
grid = torch.stack(torch.meshgrid(torch.arange(15.0), torch.arange(15.0), indexing="ij"))
centers, radii = torch.rand(12, 2, 1, 1) * 9 + 3, torch.rand(12, 1, 1) * 2 + 2
masks = (((grid - centers) ** 2).sum(1) < radii**2).float().unsqueeze(1)
images = masks + 0.5 * torch.randn_like(masks)
for bilinear in (True, False):
    model = UNet(bilinear)
    optimizer = torch.optim.RMSprop(model.parameters(), lr=0.01, weight_decay=1e-8, momentum=0.5)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, "max", patience=2)
    losses = []
    for epoch in range(6):
        logits = model(images)
        loss = F.binary_cross_entropy_with_logits(logits, masks, pos_weight=torch.tensor(2.0))
        loss = loss + dice_loss(torch.sigmoid(logits), masks)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        predicted = torch.sigmoid(model(images)) > 0.5
        iou = (predicted & masks.bool()).sum().float() / (predicted | masks.bool()).sum()
    scheduler.step(iou)
    print(bilinear, [round(v, 4) for v in losses], f"IoU {iou:.3f}")
    print("checksum", sum(p.abs().sum().item() for p in model.parameters()))
    assert losses[-1] < losses[0]
