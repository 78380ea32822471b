"""Activation functions as modules: smooth ones and the relu family.

Those made of straight pieces are in `piecewise`, those along a dimension in `softmax`.
"""

from __future__ import annotations

from typing import Any

from autograd.create import empty
from autograd.ops.activation import relu
from autograd.tensor import Tensor
from nn import functional as F
from nn import init
from nn.modules.module import Module
from nn.parameter import Parameter

__all__ = [
    "CELU", "ELU", "GELU", "GLU", "SELU", "LeakyReLU", "LogSigmoid", "Mish", "PReLU", "RReLU", "ReLU", "SiLU",
    "Sigmoid", "Softplus", "Softsign", "Tanh", "Tanhshrink",
]  # fmt: skip


class _Inplace(Module):
    """An activation that may write into its input."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def options(self) -> str:
        """What to print before `inplace`."""
        return ""

    def extra_repr(self) -> str:
        """The options, and whether it writes into its input."""
        return ", ".join(part for part in (self.options(), "inplace=True" if self.inplace else "") if part)


# -- the relu family ------------------------------------------------------------------------------------


class ReLU(_Inplace):
    """max(0, x), of each element.

    With `inplace=True` it writes into its input. Nair and Hinton, "Rectified linear units improve
    restricted Boltzmann machines", ICML 2010.

    >>> import autograd, nn
    >>> nn.ReLU()(autograd.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """

    def forward(self, input: Tensor) -> Tensor:
        """The positive part of the input."""
        result: Tensor = F.relu_(input) if self.inplace else relu(input)
        return result


class LeakyReLU(_Inplace):
    """x where positive, else negative_slope * x: no unit is ever without a gradient.

    Maas, Hannun and Ng, "Rectifier nonlinearities improve neural network acoustic models", ICML 2013.

    >>> import autograd, nn
    >>> nn.LeakyReLU(0.1)(autograd.tensor([-1.0, 2.0]))
    tensor([-0.1000,  2.0000])
    """

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.negative_slope = negative_slope

    def forward(self, input: Tensor) -> Tensor:
        """The function of each element."""
        return F.leaky_relu(input, self.negative_slope, self.inplace)

    def options(self) -> str:
        """The slope."""
        return f"negative_slope={self.negative_slope}"


class PReLU(Module):
    """x where positive, else weight * x, with a slope that is learned: one, or one for each channel (dimension 1).

    He et al., "Delving deep into rectifiers", ICCV 2015. Raises RuntimeError where the slopes are
    neither one nor as many as the channels.

    >>> import autograd, nn
    >>> nn.PReLU()(autograd.tensor([-1.0, 2.0])).detach()
    tensor([-0.2500,  2.0000])
    """

    weight: Parameter

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.init = init
        self.weight = Parameter(empty(num_parameters, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the slopes to their initial value."""
        init.constant_(self.weight, self.init)

    def forward(self, input: Tensor) -> Tensor:
        """The function of each element."""
        result: Tensor = F.prelu(input, self.weight)
        return result

    def extra_repr(self) -> str:
        """The number of slopes."""
        return f"num_parameters={self.num_parameters}"


class RReLU(_Inplace):
    """x where positive, else a * x with a drawn from [lower, upper) in training, and their mean in evaluation.

    Xu et al., "Empirical evaluation of rectified activations in convolutional network", 2015.

    >>> import autograd, nn
    >>> nn.RReLU(0.1, 0.3).eval()(autograd.tensor([-1.0, 2.0]))
    tensor([-0.2000,  2.0000])
    """

    def __init__(self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.lower = lower
        self.upper = upper

    def forward(self, input: Tensor) -> Tensor:
        """The function of each element."""
        result: Tensor = F.rrelu(input, self.lower, self.upper, self.training, self.inplace)
        return result

    def options(self) -> str:
        """The range of the slopes."""
        return f"lower={self.lower}, upper={self.upper}"


class ELU(_Inplace):
    """x where positive, else alpha * (exp(x) - 1).

    Clevert, Unterthiner and Hochreiter, "Fast and accurate deep network learning by exponential
    linear units", ICLR 2016.

    >>> import autograd, nn
    >>> nn.ELU()(autograd.tensor([-1.0, 2.0]))
    tensor([-0.6321,  2.0000])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.alpha = alpha

    def forward(self, input: Tensor) -> Tensor:
        """The function of each element."""
        return F.elu(input, self.alpha, self.inplace)

    def options(self) -> str:
        """The scale of the negative part."""
        return f"alpha={self.alpha}"


class CELU(_Inplace):
    """x where positive, else alpha * (exp(x / alpha) - 1): an elu whose derivative is continuous for every alpha.

    Barron, "Continuously differentiable exponential linear units", 2017.

    >>> import autograd, nn
    >>> nn.CELU(2.0)(autograd.tensor([-1.0, 2.0]))
    tensor([-0.7869,  2.0000])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.alpha = alpha

    def forward(self, input: Tensor) -> Tensor:
        """The function of each element."""
        return F.celu(input, self.alpha, self.inplace)

    def options(self) -> str:
        """The scale of the negative part."""
        return f"alpha={self.alpha}"


class SELU(_Inplace):
    """An elu scaled so that mean 0 and variance 1 are kept from layer to layer: 1.0507 elu(x; alpha=1.6733).

    Klambauer et al., "Self-normalizing neural networks", NIPS 2017.

    >>> import autograd, nn
    >>> nn.SELU()(autograd.tensor([-1.0, 2.0]))
    tensor([-1.1113,  2.1014])
    """

    def forward(self, input: Tensor) -> Tensor:
        """The function of each element."""
        return F.selu(input, inplace=self.inplace)


class GELU(Module):
    """x Phi(x), where Phi(x) is the probability that a standard normal variable is less than x.

    With `approximate="tanh"`, x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2. Hendrycks and
    Gimpel, "Gaussian error linear units", 2016. Raises RuntimeError for another `approximate`.

    >>> import autograd, nn
    >>> nn.GELU()(autograd.tensor([-1.0, 2.0]))
    tensor([-0.1587,  1.9545])
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        """The function of each element."""
        return F.gelu(input, self.approximate)

    def extra_repr(self) -> str:
        """The formula."""
        return f"approximate={self.approximate!r}"


class SiLU(_Inplace):
    """x sigmoid(x), also called swish.

    Elfwing, Uchibe and Doya, "Sigmoid-weighted linear units", 2017.

    >>> import autograd, nn
    >>> nn.SiLU()(autograd.tensor([-1.0, 2.0]))
    tensor([-0.2689,  1.7616])
    """

    def forward(self, input: Tensor) -> Tensor:
        """The function of each element."""
        return F.silu(input, inplace=self.inplace)


class Mish(_Inplace):
    """x tanh(softplus(x)).

    Misra, "Mish: a self regularized non-monotonic activation function", BMVC 2020.

    >>> import autograd, nn
    >>> nn.Mish()(autograd.tensor([-1.0, 2.0]))
    tensor([-0.3034,  1.9440])
    """

    def forward(self, input: Tensor) -> Tensor:
        """The function of each element."""
        return F.mish(input, inplace=self.inplace)


class GLU(Module):
    """a sigmoid(b), where a and b are the halves of the input along a dimension: b is the gate of a.

    Shapes: input (*, 2n, *), result (*, n, *). Dauphin et al., "Language modeling with gated
    convolutional networks", ICML 2017. Raises RuntimeError where the size is odd.

    >>> import autograd, nn
    >>> nn.GLU()(autograd.tensor([1.0, 2.0, 0.0, 100.0]))
    tensor([0.5000, 2.0000])
    """

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """The gated half."""
        result: Tensor = F.glu(input, self.dim)
        return result

    def extra_repr(self) -> str:
        """The dimension."""
        return f"dim={self.dim}"


# -- S-shaped curves, and what is made of them ------------------------------------------------------------


class Sigmoid(Module):
    """1 / (1 + exp(-x)): any number made a probability.

    >>> import autograd, nn
    >>> nn.Sigmoid()(autograd.tensor([-1.0, 0.0, 2.0]))
    tensor([0.2689, 0.5000, 0.8808])
    """

    def forward(self, input: Tensor) -> Tensor:
        """The function of each element."""
        result: Tensor = F.sigmoid(input)
        return result


class LogSigmoid(Module):
    """log(1 / (1 + exp(-x))), without overflow.

    >>> import autograd, nn
    >>> nn.LogSigmoid()(autograd.tensor([-100.0, 0.0]))
    tensor([-100.0000,   -0.6931])
    """

    def forward(self, input: Tensor) -> Tensor:
        """The function of each element."""
        result: Tensor = F.logsigmoid(input)
        return result


class Tanh(Module):
    """The hyperbolic tangent, (exp(x) - exp(-x)) / (exp(x) + exp(-x)).

    >>> import autograd, nn
    >>> nn.Tanh()(autograd.tensor([-1.0, 2.0]))
    tensor([-0.7616,  0.9640])
    """

    def forward(self, input: Tensor) -> Tensor:
        """The function of each element."""
        result: Tensor = F.tanh(input)
        return result


class Tanhshrink(Module):
    """x - tanh(x).

    >>> import autograd, nn
    >>> nn.Tanhshrink()(autograd.tensor([-1.0, 2.0]))
    tensor([-0.2384,  1.0360])
    """

    def forward(self, input: Tensor) -> Tensor:
        """The function of each element."""
        result: Tensor = F.tanhshrink(input)
        return result


class Softplus(Module):
    """log(1 + exp(beta x)) / beta: a smooth relu; x itself where beta x exceeds the threshold.

    >>> import autograd, nn
    >>> nn.Softplus()(autograd.tensor([-1.0, 2.0]))
    tensor([0.3133, 2.1269])
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Tensor) -> Tensor:
        """The function of each element."""
        result: Tensor = F.softplus(input, self.beta, self.threshold)
        return result

    def extra_repr(self) -> str:
        """The options."""
        return f"beta={self.beta}, threshold={self.threshold}"


class Softsign(Module):
    """x / (1 + |x|): like tanh, with tails that flatten more slowly.

    >>> import autograd, nn
    >>> nn.Softsign()(autograd.tensor([-1.0, 3.0]))
    tensor([-0.5000,  0.7500])
    """

    def forward(self, input: Tensor) -> Tensor:
        """The function of each element."""
        result: Tensor = F.softsign(input)
        return result
