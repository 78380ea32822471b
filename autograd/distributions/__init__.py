"""Probability distributions to draw from, with log-probabilities and gradients: `torch.distributions`.

distribution   what all share; constraints: what values may be; parameters: numbers and tensors, probabilities and logits
normal, ...    a file for each distribution, with PyTorch's name
independent, transformed_distribution, mixture_same_family, relaxed: made of others; transforms: functions for these
kl, kl_across  the divergence between two distributions; constraint_registry: from any numbers to allowed values

With the same seed, samples are PyTorch's.
"""

from autograd.distributions import constraints, kl, kl_across, transforms  # noqa: F401 (kl_across enters its rules)
from autograd.distributions.bernoulli import Bernoulli
from autograd.distributions.beta import Beta
from autograd.distributions.binomial import Binomial
from autograd.distributions.categorical import Categorical
from autograd.distributions.cauchy import Cauchy
from autograd.distributions.chi2 import Chi2
from autograd.distributions.constraint_registry import biject_to, transform_to
from autograd.distributions.dirichlet import Dirichlet
from autograd.distributions.distribution import Distribution
from autograd.distributions.exponential import Exponential
from autograd.distributions.fishersnedecor import FisherSnedecor
from autograd.distributions.gamma import Gamma
from autograd.distributions.geometric import Geometric
from autograd.distributions.gumbel import Gumbel
from autograd.distributions.half_cauchy import HalfCauchy
from autograd.distributions.half_normal import HalfNormal
from autograd.distributions.independent import Independent
from autograd.distributions.inverse_gamma import InverseGamma
from autograd.distributions.kl import kl_divergence, register_kl
from autograd.distributions.kumaraswamy import Kumaraswamy
from autograd.distributions.laplace import Laplace
from autograd.distributions.lkj_cholesky import LKJCholesky
from autograd.distributions.log_normal import LogNormal
from autograd.distributions.logistic_normal import LogisticNormal
from autograd.distributions.lowrank_multivariate_normal import LowRankMultivariateNormal
from autograd.distributions.mixture_same_family import MixtureSameFamily
from autograd.distributions.multinomial import Multinomial
from autograd.distributions.multivariate_normal import MultivariateNormal
from autograd.distributions.negative_binomial import NegativeBinomial
from autograd.distributions.normal import Normal
from autograd.distributions.one_hot_categorical import OneHotCategorical, OneHotCategoricalStraightThrough
from autograd.distributions.pareto import Pareto
from autograd.distributions.poisson import Poisson
from autograd.distributions.relaxed import RelaxedBernoulli, RelaxedOneHotCategorical
from autograd.distributions.studentT import StudentT
from autograd.distributions.transformed_distribution import TransformedDistribution
from autograd.distributions.transforms import (
    AbsTransform,
    AffineTransform,
    CatTransform,
    ComposeTransform,
    CorrCholeskyTransform,
    CumulativeDistributionTransform,
    ExpTransform,
    IndependentTransform,
    LowerCholeskyTransform,
    PositiveDefiniteTransform,
    PowerTransform,
    ReshapeTransform,
    SigmoidTransform,
    SoftmaxTransform,
    SoftplusTransform,
    StackTransform,
    StickBreakingTransform,
    TanhTransform,
    Transform,
    identity_transform,
)
from autograd.distributions.uniform import Uniform
from autograd.distributions.von_mises import VonMises
from autograd.distributions.weibull import Weibull

__all__ = [
    "AbsTransform", "AffineTransform", "Bernoulli", "Beta", "Binomial", "CatTransform", "Categorical", "Cauchy",
    "Chi2", "ComposeTransform", "CorrCholeskyTransform", "CumulativeDistributionTransform", "Dirichlet",
    "Distribution", "ExpTransform", "Exponential", "FisherSnedecor", "Gamma", "Geometric", "Gumbel", "HalfCauchy",
    "HalfNormal", "Independent", "IndependentTransform", "InverseGamma", "Kumaraswamy", "LKJCholesky", "Laplace",
    "LogNormal", "LogisticNormal", "LowRankMultivariateNormal", "LowerCholeskyTransform", "MixtureSameFamily",
    "Multinomial", "MultivariateNormal", "NegativeBinomial", "Normal", "OneHotCategorical",
    "OneHotCategoricalStraightThrough", "Pareto", "Poisson", "PositiveDefiniteTransform", "PowerTransform",
    "RelaxedBernoulli", "RelaxedOneHotCategorical", "ReshapeTransform", "SigmoidTransform", "SoftmaxTransform",
    "SoftplusTransform", "StackTransform", "StickBreakingTransform", "StudentT", "TanhTransform", "Transform",
    "TransformedDistribution", "Uniform", "VonMises", "Weibull", "biject_to", "constraints", "identity_transform",
    "kl", "kl_divergence", "register_kl", "transform_to", "transforms",
]  # fmt: skip
