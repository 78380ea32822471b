"""Gradients: leaves, graphs, accumulation, hooks, detaching, Jacobians, second derivatives."""

import torch
from torch.autograd import Variable, grad

torch.manual_seed(3)
x = torch.tensor([2.0, 3.0], requires_grad=True)
y = (x**3).sum()
print(y, y.grad_fn.name(), x.is_leaf, y.is_leaf)
y.backward()
print(x.grad)
(x * 5).sum().backward()
print(x.grad, "accumulated")
x.grad = None

a = torch.tensor(1.5, requires_grad=True)
b = torch.tensor(-0.5, requires_grad=True)
c = (a * b + b.exp()).tanh()
print(grad(c, (a, b), retain_graph=True), grad(c, a))

# second and third derivatives
z = torch.tensor(0.7, requires_grad=True)
f = torch.sin(z) * z**2
for order in range(1, 4):
    (f,) = grad(f, z, create_graph=True)
    print("derivative", order, f.item())

# a vector-Jacobian product and whole Jacobians
v = torch.randn(3, requires_grad=True)
out = v * 2
while out.norm() < 100:
    out = out * 2
out.backward(torch.tensor([0.1, 1.0, 0.0001]))
print(v.grad)
print(torch.autograd.functional.jacobian(lambda t: t.exp().sum(0), torch.ones(2, 2)))
print(torch.autograd.functional.hessian(lambda t: (t**3).sum(), torch.tensor([1.0, 2.0])))

# hooks and non-leaves
h = torch.ones(2, requires_grad=True)
m = h * 3
m.retain_grad()
m.register_hook(lambda g: g * 10)
m.sum().backward()
print(h.grad, m.grad)

# cutting the graph
with torch.no_grad():
    print((h * 2).requires_grad)
print(h.detach().requires_grad, Variable(torch.ones(1), requires_grad=True).requires_grad)
w = torch.ones(2, requires_grad=True)
for _ in range(3):
    w = (w * 2).detach().requires_grad_()
print(w)

# in place where it may not be
s = torch.ones(3, requires_grad=True)
q = s.exp()
q += 1
try:
    q.sum().backward()
except RuntimeError as error:
    print("refused:", "modified by an inplace operation" in str(error))
try:
    y.backward()
except RuntimeError as error:
    print("refused:", "backward through the graph a second time" in str(error))
assert torch.autograd.gradcheck(lambda t: t.sigmoid() * t, torch.randn(4, dtype=torch.double, requires_grad=True))
