"""A vision transformer on digits: patches by convolution or reshaping, class token, pre-norm encoder, averaged weights."""

import copy

import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from torch.optim.swa_utils import AveragedModel

torch.manual_seed(5)
digits = load_digits()
images = torch.tensor(digits.images[:160], dtype=torch.float32).unsqueeze(1) / 16
labels = torch.tensor(digits.target[:160])


class PatchEmbedding(nn.Module):
    def __init__(self, size, patch, dim):
        super().__init__()
        self.proj = nn.Conv2d(1, dim, kernel_size=patch, stride=patch)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.pos_embed = nn.Parameter(torch.randn(1, (size // patch) ** 2 + 1, dim) * 0.02)

    def forward(self, x):
        x = self.proj(x).flatten(2).transpose(1, 2)
        x = torch.cat((self.cls_token.expand(x.shape[0], -1, -1), x), dim=1)
        return x + self.pos_embed


class Block(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 2 * dim), nn.GELU(approximate="tanh"), nn.Linear(2 * dim, dim))

    def forward(self, x):
        y = self.norm1(x)
        attended, self.weights = self.attn(y, y, y)
        x = x + attended
        return x + self.mlp(self.norm2(x))


class ViT(nn.Module):
    def __init__(self, dim=16, depth=1, heads=4):
        super().__init__()
        self.embed = PatchEmbedding(8, 2, dim)
        self.blocks = nn.Sequential(*[Block(dim, heads) for _ in range(depth)])
        layer = nn.TransformerEncoderLayer(
            dim, heads, dim_feedforward=2 * dim, dropout=0.1, activation="gelu", batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, num_layers=1, norm=nn.LayerNorm(dim), enable_nested_tensor=False)
        self.head = nn.Linear(dim, 10)

    def forward(self, x):
        return self.head(self.encoder(self.blocks(self.embed(x)))[:, 0])


model = ViT()
print(sum(p.numel() for p in model.parameters()))
optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=0.05)
warmup = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=4)
cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=12)
scheduler = torch.optim.lr_scheduler.SequentialLR(optimizer, [warmup, cosine], milestones=[4])
averaged = AveragedModel(model)
ema = copy.deepcopy(model)
criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
losses = []
for step in range(16):
    model.train()
    batch = torch.randperm(160)[:80]
    optimizer.zero_grad()
    loss = criterion(model(images[batch]), labels[batch])
    loss.backward()
    optimizer.step()
    scheduler.step()
    losses.append(loss.item())
    with torch.no_grad():
        for slow, fast in zip(ema.parameters(), model.parameters()):
            slow.mul_(0.8).add_(fast, alpha=0.2)
    if step >= 10:
        averaged.update_parameters(model)
    if step % 5 == 0:
        print(f"step {step} loss {loss.item():.5f} lr {optimizer.param_groups[0]['lr']:.6f}")
for name, net in (("model", model), ("ema", ema), ("averaged", averaged)):
    net.eval()
    with torch.no_grad():
        print(name, (net(images).argmax(1) == labels).sum().item(), criterion(net(images), labels).item())
print(model.blocks[0].weights.shape, model.blocks[0].weights.sum(-1).mean().item())
print("checksum", sum(p.abs().sum().item() for p in model.parameters()))
assert losses[-1] < losses[0]
