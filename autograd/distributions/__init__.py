"""Probability distributions to draw from, with log-probabilities and gradients: `torch.distributions`.

distribution   what all share; constraints: what values may be; parameters: numbers and tensors, probabilities and logits
normal, ...    a file for each distribution, with PyTorch's name
independent, transformed_distribution, mixture_same_family, relaxed: made of others; transforms: functions for these
kl             the divergence between two distributions

With the same seed, samples are PyTorch's.
"""

from autograd.distributions import constraints, kl, transforms
from autograd.distributions.bernoulli import Bernoulli
from autograd.distributions.beta import Beta
from autograd.distributions.binomial import Binomial
from autograd.distributions.categorical import Categorical
from autograd.distributions.cauchy import Cauchy
from autograd.distributions.chi2 import Chi2
from autograd.distributions.dirichlet import Dirichlet
from autograd.distributions.distribution import Distribution
from autograd.distributions.exponential import Exponential
from autograd.distributions.gamma import Gamma
from autograd.distributions.geometric import Geometric
from autograd.distributions.gumbel import Gumbel
from autograd.distributions.half_normal import HalfNormal
from autograd.distributions.independent import Independent
from autograd.distributions.kl import kl_divergence, register_kl
from autograd.distributions.laplace import Laplace
from autograd.distributions.log_normal import LogNormal
from autograd.distributions.mixture_same_family import MixtureSameFamily
from autograd.distributions.multinomial import Multinomial
from autograd.distributions.multivariate_normal import MultivariateNormal
from autograd.distributions.normal import Normal
from autograd.distributions.one_hot_categorical import OneHotCategorical, OneHotCategoricalStraightThrough
from autograd.distributions.poisson import Poisson
from autograd.distributions.relaxed import RelaxedBernoulli, RelaxedOneHotCategorical
from autograd.distributions.studentT import StudentT
from autograd.distributions.transformed_distribution import TransformedDistribution
from autograd.distributions.transforms import (
    AbsTransform,
    AffineTransform,
    ComposeTransform,
    ExpTransform,
    PowerTransform,
    SigmoidTransform,
    SoftplusTransform,
    TanhTransform,
    Transform,
    identity_transform,
)
from autograd.distributions.uniform import Uniform

__all__ = [
    "AbsTransform", "AffineTransform", "Bernoulli", "Beta", "Binomial", "Categorical", "Cauchy", "Chi2",
    "ComposeTransform", "Dirichlet", "Distribution", "ExpTransform", "Exponential", "Gamma", "Geometric", "Gumbel",
    "HalfNormal", "Independent", "Laplace", "LogNormal", "MixtureSameFamily", "Multinomial", "MultivariateNormal",
    "Normal", "OneHotCategorical", "OneHotCategoricalStraightThrough", "Poisson", "PowerTransform", "RelaxedBernoulli",
    "RelaxedOneHotCategorical", "SigmoidTransform", "SoftplusTransform", "StudentT", "TanhTransform", "Transform",
    "TransformedDistribution", "Uniform", "constraints", "identity_transform", "kl", "kl_divergence", "register_kl",
    "transforms",
]  # fmt: skip
