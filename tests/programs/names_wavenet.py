"""A character model that fuses pairs of positions level by level, as WaveNet does, with own layers and nn's."""

import torch
import torch.nn as nn
import torch.nn.functional as F

words = """anna otto emma lena nora mia ida ella lara mona nina tina rita dora vera sara eva ava ada amy
mark karl paul hugo oskar emil max leo noah liam ben tom tim jan jon ron dan sam ian evan adam""".split()
stoi = {s: i for i, s in enumerate(["."] + sorted(set("".join(words))))}
itos = {i: s for s, i in stoi.items()}
block_size = 8
X, Y = [], []
for w in words:
    context = [0] * block_size
    for ch in w + ".":
        X.append(context)
        Y.append(stoi[ch])
        context = context[1:] + [stoi[ch]]
X, Y = torch.tensor(X), torch.tensor(Y)


class FlattenConsecutive(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.n = n

    def forward(self, x):
        B, T, C = x.shape
        x = x.view(B, T // self.n, C * self.n)
        return x.squeeze(1) if x.shape[1] == 1 else x


class BatchNorm(nn.Module):
    """Over all dimensions but the last."""

    def __init__(self, dim, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.gamma, self.beta = nn.Parameter(torch.ones(dim)), nn.Parameter(torch.zeros(dim))
        self.register_buffer("mean", torch.zeros(dim))
        self.register_buffer("var", torch.ones(dim))

    def forward(self, x):
        mean, var = self.mean, self.var
        if self.training:
            dims = tuple(range(x.ndim - 1))
            mean, var = x.mean(dims), x.var(dims)
            with torch.no_grad():
                self.mean.lerp_(mean, self.momentum)
                self.var.mul_(1 - self.momentum).add_(var, alpha=self.momentum)
        return self.gamma * (x - mean) * torch.rsqrt(var + self.eps) + self.beta


torch.manual_seed(42)
n_embd, n_hidden = 8, 20
model = nn.Sequential(nn.Embedding(len(stoi), n_embd))
width = n_embd
for _ in range(3):
    model.extend([FlattenConsecutive(2), nn.Linear(width * 2, n_hidden, bias=False), BatchNorm(n_hidden), nn.Tanh()])
    width = n_hidden
model.append(nn.Linear(n_hidden, len(stoi)))
with torch.no_grad():
    model[-1].weight *= 0.1
print(sum(p.numel() for p in model.parameters()), [tuple(p.shape) for p in model.parameters()][:4])

first = None
for i in range(150):
    ix = torch.randint(0, X.shape[0], (32,))
    loss = F.cross_entropy(model(X[ix]), Y[ix])
    model.zero_grad()
    loss.backward()
    for p in model.parameters():
        p.data -= 0.1 * p.grad
    first = first or loss.item()
    if i % 50 == 0:
        print(i, loss.item())

model.eval()
with torch.no_grad():
    final = F.cross_entropy(model(X), Y).item()
print("all", final)
for _ in range(3):
    out, context = [], [0] * block_size
    while len(out) < 12:
        probs = F.softmax(model(torch.tensor([context])), dim=1)
        ix = torch.multinomial(probs, num_samples=1).item()
        context = context[1:] + [ix]
        if ix == 0:
            break
        out.append(itos[ix])
    print("".join(out))
print("checksum", sum(p.abs().sum().item() for p in model.parameters()))
assert final < first
