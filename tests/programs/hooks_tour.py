"""Hooks: activations by forward hooks, gradients by backward hooks, changes on the way, and how to remove them."""

import torch
import torch.nn as nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 2))
x = torch.randn(6, 4)
activations, gradients, calls = {}, {}, []


def get_activation(name):
    def hook(module, args, output):
        activations[name] = output.detach()

    return hook


handles = [layer.register_forward_hook(get_activation(f"{i}:{type(layer).__name__}")) for i, layer in enumerate(model)]
for name, layer in model.named_children():
    layer.register_full_backward_hook(
        lambda module, grad_input, grad_output, name=name: gradients.__setitem__(name, grad_output[0].norm().item())
    )
model(x).pow(2).sum().backward()
print({k: (tuple(v.shape), round(v.mean().item(), 5)) for k, v in activations.items()})
print({k: round(v, 5) for k, v in gradients.items()})
for handle in handles:
    handle.remove()
activations.clear()
model(x)
print("after removal:", activations)

# hooks that change what passes
pre = model[0].register_forward_pre_hook(lambda module, args: (args[0] * 2,))
post = model[4].register_forward_hook(lambda module, args, output: output + 1)
doubled = model(x)
pre.remove()
post.remove()
print(torch.allclose(doubled, model(2 * x) + 1))
with_kwargs = model.register_forward_hook(lambda m, args, kwargs, out: calls.append(sorted(kwargs)), with_kwargs=True)
model(input=x)
with_kwargs.remove()
print(calls)
scale = model[2].register_full_backward_hook(lambda module, grad_input, grad_output: (grad_input[0] * 0,))
model.zero_grad()
model(x).sum().backward()
print("blocked:", model[0].weight.grad.abs().sum().item(), "passed:", model[2].weight.grad.abs().sum().item() > 0)
scale.remove()

# hooks on tensors and on what has been accumulated
t = torch.ones(3, requires_grad=True)
h = t.register_hook(lambda g: g * 2)
seen = []
t.register_post_accumulate_grad_hook(lambda p: seen.append(p.grad.tolist()))
(t**2).sum().backward()
h.remove()
(t**2).sum().backward()
print(seen)

# an optimizer in the backward pass
torch.manual_seed(1)
net = nn.Linear(4, 1)
optimizers = {p: torch.optim.SGD([p], lr=0.02) for p in net.parameters()}


def step(p):
    optimizers[p].step()
    optimizers[p].zero_grad()


for p in net.parameters():
    p.register_post_accumulate_grad_hook(step)
losses = []
for _ in range(10):
    loss = (net(x) - x.sum(1, keepdim=True)).pow(2).mean()
    loss.backward()
    losses.append(loss.item())
print(losses[0], losses[-1], net.weight.grad)
visited = []
for module in net.modules():
    visited.append(module.__class__.__name__)
print(visited, len(model._forward_hooks), len(model[0]._backward_hooks))
assert losses[-1] < losses[0]
