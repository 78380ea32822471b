"""A function with a backward pass of one's own, checked by finite differences. Draws it into out/custom_function.svg."""

from pathlib import Path

import autograd as torch
from autograd.autograd import Function, gradcheck


class LogSumExp(Function):
    """z = log(sum(exp(x))) over the last dimension. Its gradient by x is softmax(x), whatever the size of x."""

    @staticmethod
    def forward(ctx, x):
        """The greatest x is taken out of the sum, so that no exp is too large for a float."""
        greatest = x.max(dim=-1, keepdim=True).values
        z = greatest + (x - greatest).exp().sum(dim=-1, keepdim=True).log()
        ctx.save_for_backward(x, z)
        return z.squeeze(-1)

    @staticmethod
    def backward(ctx, gradient):
        """The chain rule: the gradient that arrives, times the derivative here."""
        x, z = ctx.saved_tensors
        return gradient.unsqueeze(-1) * (x - z).exp()


def naive(x):
    """The same, as one writes it at first."""
    return x.exp().sum(dim=-1).log()


torch.manual_seed(0)
points = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
print("agrees with finite differences:", gradcheck(LogSumExp.apply, (points,)))

print(f"\n{'x':>16}  {'function':9}  {'value':>9}  gradient")
for values in ([1.0, 2.0, 3.0], [1.0, 2.0, 900.0]):
    for name, function in (("naive", naive), ("LogSumExp", LogSumExp.apply)):
        x = torch.tensor(values, requires_grad=True)
        z = function(x)
        z.backward()
        gradient = ", ".join(f"{g:.4f}" for g in x.grad.tolist())
        print(f"{', '.join(f'{v:g}' for v in values):>16}  {name:9}  {z.item():9.4f}  {gradient}")

Path("out").mkdir(exist_ok=True)
torch.draw(z, names={"x": x}).save("out/custom_function.svg")
print("\nout/custom_function.svg: one round box, where the naive form has three")
