"""A walk through tensors: making, indexing, broadcasting, reducing, reshaping, printing."""

import numpy as np
import torch

torch.manual_seed(42)
a = torch.tensor([[1, 2, 3], [4, 5, 6]])
print(a, a.shape, a.dtype, a.device, a.ndim, a.numel())
f = a.float()
print(f / 2, a // 2, a % 2, a / 2)
print(f @ f.T)
print(f.mean(), f.std(), f.var(unbiased=False), f.sum(dim=0), f.max(dim=1), f.argmax())
print(a[0], a[:, 1], a[-1, -1], a[a > 2], a[:, None].shape)
print(torch.arange(0, 1, 0.25), torch.linspace(0, 1, 5), torch.logspace(0, 2, 3))
print(torch.zeros(2, 2), torch.ones(2, dtype=torch.int64), torch.eye(3), torch.full((2,), 7.5))
r = torch.rand(2, 3)
print(r, torch.randn(4), torch.randint(0, 10, (5,)), torch.randperm(6))
print(torch.cat([r, r]), torch.stack([r, r], dim=1).shape, torch.vstack([r, r]).shape)
print(a.view(3, 2), a.reshape(-1), a.t(), a.permute(1, 0).is_contiguous(), a.unsqueeze(0).squeeze().shape)
print(torch.arange(3).unsqueeze(1) + torch.arange(4))
v = a.view(-1)
v[0] = 100
print(a, a.data_ptr() == v.data_ptr())
n = np.arange(4, dtype=np.float32)
t = torch.from_numpy(n)
t += 1
print(n, t, torch.as_tensor(n).dtype)
print(f.clamp(2, 5), f.pow(2), f.sqrt(), f.exp().log(), torch.where(f > 3, f, -f))
print(torch.sort(torch.tensor([3, 1, 2]), descending=True), torch.topk(f.flatten(), 2))
print(torch.unique(torch.tensor([1, 3, 1, 2])), torch.bincount(torch.tensor([0, 1, 1, 3])))
print(f.gather(1, torch.tensor([[0], [2]])), torch.zeros(2, 4).scatter_(1, torch.tensor([[1], [3]]), 1.0))
print(torch.einsum("ij,kj->ik", f, f), torch.cumsum(f, dim=1), torch.outer(f[0], f[1]))
print(torch.linalg.det(torch.eye(2) * 3), torch.linalg.inv(torch.tensor([[2.0, 0.0], [0.0, 4.0]])), f.norm())
print(torch.chunk(torch.arange(6), 3), torch.split(torch.arange(5), 2))
print(torch.tensor(3.14159), torch.tensor([1e-5, 1.0, 1e5]), torch.tensor([True, False]), torch.tensor([]))
print(torch.arange(2000).float().view(40, 50), torch.isclose(torch.tensor(1.0), torch.tensor(1.0 + 1e-7)))
print(a.tolist(), f[0, 0].item(), float(f[1, 2]), bool(torch.tensor(1)), len(f), [row.sum().item() for row in f])
print(torch.tril(torch.ones(3, 3)), torch.triu(torch.ones(3, 3), diagonal=1).bool())
x = torch.rand(3, requires_grad=True)
print(x, (x * 2), x.detach(), (x * 2).sum())
try:
    torch.rand(2, 3) @ torch.rand(2, 3)
except RuntimeError as error:
    print("mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)" in str(error))
assert a[0, 0] == 100
assert n[0] == 1
