"""How far one distribution is from another: the Kullback-Leibler divergence, pair by pair.

Kullback and Leibler, "On information and sufficiency", 1951.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, TypeVar

from autograd.distributions.bernoulli import Bernoulli
from autograd.distributions.beta import Beta
from autograd.distributions.binomial import Binomial
from autograd.distributions.categorical import Categorical
from autograd.distributions.dirichlet import Dirichlet
from autograd.distributions.distribution import Distribution
from autograd.distributions.exponential import Exponential
from autograd.distributions.gamma import Gamma
from autograd.distributions.geometric import Geometric
from autograd.distributions.half_normal import HalfNormal
from autograd.distributions.independent import Independent, sum_last
from autograd.distributions.laplace import Laplace
from autograd.distributions.multivariate_normal import MultivariateNormal, log_determinant, squared_distance
from autograd.distributions.normal import Normal
from autograd.distributions.one_hot_categorical import OneHotCategorical
from autograd.distributions.poisson import Poisson
from autograd.distributions.transformed_distribution import TransformedDistribution
from autograd.distributions.uniform import Uniform
from autograd.linalg import solve_triangular
from autograd.ops.activation import softplus
from autograd.ops.selection import where
from autograd.ops.special_gamma import digamma, lgamma
from autograd.tensor import Tensor

__all__ = ["kl_divergence", "register_kl"]

Rule = TypeVar("Rule", bound=Callable[..., Any])

RULES: dict[tuple[type, type], Callable[[Any, Any], Tensor]] = {}


def register_kl(type_p: type, type_q: type) -> Callable[[Rule], Rule]:
    """A decorator for a function (p, q) that computes the divergence for two types, and for their subclasses.

    Raises TypeError for what is no type of distribution.
    """
    for kind in (type_p, type_q):
        if not (isinstance(kind, type) and issubclass(kind, Distribution)):
            raise TypeError(f"Expected type_p and type_q to be Distribution subclasses but got {kind!r}")

    def decorate(rule: Rule) -> Rule:
        RULES[type_p, type_q] = rule
        rule_for.cache_clear()
        return rule

    return decorate


@functools.lru_cache(maxsize=256)
def rule_for(type_p: type, type_q: type) -> Callable[[Any, Any], Tensor] | None:
    """The rule of the nearest ancestors of two types."""
    for p in type_p.__mro__:
        for q in type_q.__mro__:
            if (p, q) in RULES:
                return RULES[p, q]
    return None


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    r"""How far p is from q: $KL(p \| q) = E_p[\ln p(x) - \ln q(x)]$, of shape batch_shape.

    Raises NotImplementedError for pairs that no rule is known for: see `register_kl`.

    >>> import autograd
    >>> from autograd.distributions import Normal
    >>> kl_divergence(Normal(1.0, 1.0), Normal(0.0, 1.0))
    tensor(0.5000)
    """
    rule: Any = rule_for(type(p), type(q))  # type: ignore[arg-type]
    if rule is None:
        raise NotImplementedError(
            f"No KL(p || q) is implemented for p type {type(p).__name__} and q type {type(q).__name__}: "
            "write a function for the pair under @register_kl, or estimate it by p.log_prob(x) - q.log_prob(x)"
        )
    return rule(p, q)


# -- one family ---------------------------------------------------------------------------------------------


@register_kl(Normal, Normal)
def _(p: Normal, q: Normal) -> Tensor:
    ratio = (p.scale / q.scale).pow(2)
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale).pow(2) - 1 - ratio.log())


@register_kl(MultivariateNormal, MultivariateNormal)
def _(p: MultivariateNormal, q: MultivariateNormal) -> Tensor:
    if p.event_shape != q.event_shape:
        raise ValueError(
            "KL-divergence between two Multivariate Normals with different event shapes cannot be computed: "
            f"{tuple(p.event_shape)} and {tuple(q.event_shape)}"
        )
    trace = solve_triangular(q.scale_tril, p.scale_tril, upper=False).pow(2).sum((-2, -1))
    distance = squared_distance(q.scale_tril, q.loc - p.loc)
    half = 0.5 * (trace + distance - p.event_shape[0])
    return log_determinant(q.scale_tril) - log_determinant(p.scale_tril) + half


@register_kl(HalfNormal, HalfNormal)
def _(p: HalfNormal, q: HalfNormal) -> Tensor:
    return kl_divergence(p.base_dist, q.base_dist)


@register_kl(Bernoulli, Bernoulli)
def _(p: Bernoulli, q: Bernoulli) -> Tensor:
    success = p.probs * (softplus(-q.logits) - softplus(-p.logits))
    failure = (1 - p.probs) * (softplus(q.logits) - softplus(p.logits))
    success = where(q.probs == 0, math.inf, success)
    failure = where(q.probs == 1, math.inf, failure)
    return where(p.probs == 0, 0.0, success) + where(p.probs == 1, 0.0, failure)


@register_kl(Binomial, Binomial)
def _(p: Binomial, q: Binomial) -> Tensor:
    if (p.total_count < q.total_count).any():
        raise NotImplementedError("KL between Binomials where q.total_count > p.total_count is not implemented")
    divergence = p.total_count * (p.probs * (p.logits - q.logits) + (-p.probs).log1p() - (-q.probs).log1p())
    return where(p.total_count > q.total_count, math.inf, divergence)


@register_kl(Categorical, Categorical)
def _(p: Categorical, q: Categorical) -> Tensor:
    each = p.probs * (p.logits - q.logits)
    each = where((q.probs == 0).expand_as(each), math.inf, each)
    return where((p.probs == 0).expand_as(each), 0.0, each).sum(-1)


@register_kl(OneHotCategorical, OneHotCategorical)
def _(p: OneHotCategorical, q: OneHotCategorical) -> Tensor:
    return kl_divergence(p._categorical, q._categorical)


@register_kl(Geometric, Geometric)
def _(p: Geometric, q: Geometric) -> Tensor:
    return -p.entropy() - (-q.probs).log1p() / p.probs - q.logits


@register_kl(Poisson, Poisson)
def _(p: Poisson, q: Poisson) -> Tensor:
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


@register_kl(Exponential, Exponential)
def _(p: Exponential, q: Exponential) -> Tensor:
    ratio = q.rate / p.rate
    return -ratio.log() + ratio - 1


@register_kl(Gamma, Gamma)
def _(p: Gamma, q: Gamma) -> Tensor:
    scale = q.concentration * (p.rate / q.rate).log() + lgamma(q.concentration) - lgamma(p.concentration)
    shape = (p.concentration - q.concentration) * digamma(p.concentration)
    return scale + shape + (q.rate - p.rate) * (p.concentration / p.rate)


@register_kl(Dirichlet, Dirichlet)
def _(p: Dirichlet, q: Dirichlet) -> Tensor:
    alpha, beta = p.concentration, q.concentration
    total = alpha.sum(-1)
    scale = lgamma(total) - lgamma(beta.sum(-1)) - (lgamma(alpha) - lgamma(beta)).sum(-1)
    return scale + ((alpha - beta) * (digamma(alpha) - digamma(total).unsqueeze(-1))).sum(-1)


@register_kl(Beta, Beta)
def _(p: Beta, q: Beta) -> Tensor:
    return kl_divergence(p._dirichlet, q._dirichlet)


@register_kl(Laplace, Laplace)
def _(p: Laplace, q: Laplace) -> Tensor:
    ratio, distance = p.scale / q.scale, (p.loc - q.loc).abs()
    return -ratio.log() + distance / q.scale + ratio * (-distance / p.scale).exp() - 1


@register_kl(Uniform, Uniform)
def _(p: Uniform, q: Uniform) -> Tensor:
    divergence = ((q.high - q.low) / (p.high - p.low)).log()
    return where((q.low > p.low) | (q.high < p.high), math.inf, divergence)


# -- two families -------------------------------------------------------------------------------------------


@register_kl(Uniform, Normal)
def _(p: Uniform, q: Normal) -> Tensor:
    width = p.high - p.low
    scale = (math.sqrt(math.pi * 2) * q.scale / width).log()
    return scale + (width**2 / 12 + ((p.high + p.low - 2 * q.loc) / 2).pow(2)) / (2 * q.scale.pow(2))


@register_kl(Laplace, Normal)
def _(p: Laplace, q: Normal) -> Tensor:
    variance = q.scale.pow(2)
    ratio = p.scale.pow(2) / variance
    constant = -0.5 * ratio.log() + 0.5 * math.log(math.pi / 2) - 1
    return constant + ratio + 0.5 * p.loc.pow(2) / variance - p.loc * q.loc / variance + 0.5 * q.loc.pow(2) / variance


@register_kl(Exponential, Gamma)
def _(p: Exponential, q: Gamma) -> Tensor:
    return kl_divergence(Gamma(p.rate.new_ones(p.rate.shape), p.rate, validate_args=False), q)


@register_kl(Poisson, Bernoulli)
@register_kl(Poisson, Binomial)
@register_kl(Normal, Uniform)
@register_kl(Normal, Exponential)
@register_kl(Normal, Gamma)
@register_kl(Laplace, Uniform)
def _(p: Any, q: Any) -> Tensor:
    """Where p draws what q never does, the divergence is infinite."""
    return p.mean.new_full((p.mean + q.mean).shape, math.inf)


# -- distributions made of others ---------------------------------------------------------------------------


@register_kl(Independent, Independent)
def _(p: Independent, q: Independent) -> Tensor:
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError("KL between Independents with different reinterpreted_batch_ndims")
    return sum_last(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)


@register_kl(TransformedDistribution, TransformedDistribution)
def _(p: TransformedDistribution, q: TransformedDistribution) -> Tensor:
    if p.transforms != q.transforms or p.event_shape != q.event_shape:
        raise NotImplementedError("KL between distributions with different transforms is not known")
    return kl_divergence(p.base_dist, q.base_dist)
