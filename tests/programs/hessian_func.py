"""torch.func: gradients of functions, per-sample gradients, Jacobians and Hessians, Newton's method, an ensemble."""

import torch
import torch.nn as nn
from torch.func import (
    functional_call,
    grad,
    grad_and_value,
    hessian,
    jacfwd,
    jacrev,
    jvp,
    stack_module_state,
    vjp,
    vmap,
)

torch.manual_seed(4)
x, y = torch.randn(12, 3), torch.randn(12, 1)
model = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 1))
params = {k: v.detach() for k, v in model.named_parameters()}


def compute_loss(params, sample, target):
    prediction = functional_call(model, params, (sample.unsqueeze(0),))
    return nn.functional.mse_loss(prediction, target.unsqueeze(0))


per_sample = vmap(grad(compute_loss), in_dims=(None, 0, 0))(params, x, y)
print({k: tuple(v.shape) for k, v in per_sample.items()})
model.zero_grad()
nn.functional.mse_loss(model(x), y).backward()
for name, p in model.named_parameters():
    assert torch.allclose(per_sample[name].mean(0), p.grad, atol=1e-6), name
print({k: round(v.norm().item(), 5) for k, v in per_sample.items()})


def f(v):
    return torch.stack([v[0] * v[1].sin(), v.exp().sum(), (v**2).prod()])


v = torch.tensor([0.5, 1.0, -0.3])
print(jacrev(f)(v))
print(jacfwd(f)(v))
print(hessian(lambda t: f(t).sum())(v))
value, tangent = jvp(f, (v,), (torch.ones(3),))
print(value, tangent)
value, pull = vjp(f, v)
print(pull(torch.ones(3))[0])
print(grad_and_value(lambda t: (t**3).sum())(v))
print(grad(grad(lambda t: t.sin() * t.exp()))(torch.tensor(0.3)))


def rosenbrock(p):
    return (1 - p[0]) ** 2 + 10 * (p[1] - p[0] ** 2) ** 2


p = torch.tensor([-0.8, 1.2])
for _ in range(8):
    p = p - torch.linalg.solve(hessian(rosenbrock)(p), grad(rosenbrock)(p))
print("newton", p, rosenbrock(p).item())
assert rosenbrock(p) < 1e-6

models = [nn.Linear(3, 2) for _ in range(4)]
stacked, buffers = stack_module_state(models)
base = nn.Linear(3, 2, device="cpu")
outputs = vmap(lambda p, b, data: functional_call(base, (p, b), (data,)), in_dims=(0, 0, None))(stacked, buffers, x)
print(outputs.shape, torch.allclose(outputs[2], models[2](x), atol=1e-6))
norms = vmap(torch.linalg.norm)(x)
dots = vmap(torch.dot)(x, x)
print(norms[:3], torch.allclose(norms**2, dots, atol=1e-5))
print("checksum", sum(t.abs().sum().item() for t in per_sample.values()))
