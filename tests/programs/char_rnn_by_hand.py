"""A character RNN whose cell is written out: three matrices, one-hot inputs, Adagrad by hand, gradients clipped."""

import torch
import torch.nn.functional as F

data = "the rain in spain stays mainly in the plain. " * 6
chars = sorted(set(data))
vocab_size = len(chars)
char_to_ix = {ch: i for i, ch in enumerate(chars)}
print("data has %d characters, %d unique." % (len(data), vocab_size))
torch.manual_seed(5)
hidden_size, seq_length, learning_rate = 24, 15, 5e-2

Wxh = (torch.randn(hidden_size, vocab_size) * 0.01).requires_grad_()
Whh = (torch.randn(hidden_size, hidden_size) * 0.01).requires_grad_()
Why = (torch.randn(vocab_size, hidden_size) * 0.01).requires_grad_()
bh = torch.zeros(hidden_size, 1, requires_grad=True)
by = torch.zeros(vocab_size, 1, requires_grad=True)
params = [Wxh, Whh, Why, bh, by]
mem = [torch.zeros_like(p) for p in params]


def loss_fun(inputs, targets, h):
    loss = 0
    for ix, target in zip(inputs, targets):
        x = torch.zeros(vocab_size, 1)
        x[ix] = 1
        h = torch.tanh(Wxh @ x + Whh @ h + bh)
        y = Why @ h + by
        loss += -F.log_softmax(y, dim=0)[target, 0]
    return loss, h


def sample(h, seed_ix, n):
    ix, out = seed_ix, []
    with torch.no_grad():
        for _ in range(n):
            x = F.one_hot(torch.tensor([ix]), vocab_size).float().t()
            h = torch.tanh(Wxh @ x + Whh @ h + bh)
            p = torch.softmax(Why @ h + by, dim=0)
            ix = torch.multinomial(p.ravel(), 1).item()
            out.append(chars[ix])
    return "".join(out)


p = 0
smooth_loss = -torch.log(torch.tensor(1.0 / vocab_size)).item() * seq_length
start = smooth_loss
for n in range(80):
    if p + seq_length + 1 >= len(data) or n == 0:
        hprev = torch.zeros(hidden_size, 1)
        p = 0
    inputs = [char_to_ix[ch] for ch in data[p : p + seq_length]]
    targets = [char_to_ix[ch] for ch in data[p + 1 : p + seq_length + 1]]
    loss, hprev = loss_fun(inputs, targets, hprev)
    hprev = hprev.detach()
    loss.backward()
    smooth_loss = smooth_loss * 0.95 + loss.item() * 0.05
    if n % 20 == 0:
        print("iter %d, loss: %.4f" % (n, smooth_loss))
    with torch.no_grad():
        for param, m in zip(params, mem):
            param.grad.clamp_(-5, 5)
            m += param.grad * param.grad
            param += -learning_rate * param.grad / torch.sqrt(m + 1e-8)
            param.grad.zero_()
    p += seq_length
print(repr(sample(hprev, char_to_ix["t"], 30)))
print("checksum", [round(q.abs().sum().item(), 2) for q in params])
assert smooth_loss < start
