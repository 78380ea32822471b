"""Divergences between distributions of different families, and between some that are rarer; see `kl`."""

from __future__ import annotations

import math
from typing import Any

from autograd.distributions.beta import Beta
from autograd.distributions.cauchy import Cauchy
from autograd.distributions.exponential import Exponential
from autograd.distributions.gamma import Gamma
from autograd.distributions.gumbel import EULER, Gumbel
from autograd.distributions.kl import kl_divergence, register_kl
from autograd.distributions.laplace import Laplace
from autograd.distributions.lowrank_multivariate_normal import LowRankMultivariateNormal
from autograd.distributions.multivariate_normal import MultivariateNormal
from autograd.distributions.normal import Normal
from autograd.distributions.pareto import Pareto
from autograd.distributions.uniform import Uniform
from autograd.ops.selection import where
from autograd.ops.special_gamma import lgamma
from autograd.tensor import Tensor

# -- one family ---------------------------------------------------------------------------------------------


@register_kl(Gumbel, Gumbel)
def _(p: Gumbel, q: Gumbel) -> Tensor:
    ratio = p.scale / q.scale
    shift, start = q.loc / q.scale, p.loc / q.scale
    return -ratio.log() - shift + start + ratio * EULER + (shift + lgamma(1 + ratio) - start).exp() - (1 + EULER)


@register_kl(Pareto, Pareto)
def _(p: Pareto, q: Pareto) -> Tensor:
    start, ratio = (p.scale / q.scale).log(), q.alpha / p.alpha
    return where(p.scale < q.scale, math.inf, q.alpha * start - ratio.log() + ratio - 1)


@register_kl(Cauchy, Cauchy)
def _(p: Cauchy, q: Cauchy) -> Tensor:
    apart = (p.scale + q.scale).pow(2) + (p.loc - q.loc).pow(2)
    return apart.log() - (4 * p.scale * q.scale).log()


@register_kl(LowRankMultivariateNormal, LowRankMultivariateNormal)
@register_kl(MultivariateNormal, LowRankMultivariateNormal)
@register_kl(LowRankMultivariateNormal, MultivariateNormal)
def _(p: Any, q: Any) -> Tensor:
    if p.event_shape != q.event_shape:
        raise ValueError(
            "KL-divergence between two (Low Rank) Multivariate Normals with different event shapes cannot be computed: "
            f"{tuple(p.event_shape)} and {tuple(q.event_shape)}"
        )
    return kl_divergence(*(MultivariateNormal(d.loc, scale_tril=d.scale_tril, validate_args=False) for d in (p, q)))


# -- from a sample's moments: E_p[-ln q(x)] less the entropy of p ---------------------------------------------


def against_normal(p: Any, q: Normal) -> Tensor:
    """The divergence of any distribution with a mean and a variance from a normal one."""
    spread = (p.variance + (p.mean - q.loc).pow(2)) / (2 * q.scale.pow(2))
    return spread + q.scale.log() + 0.5 * math.log(2 * math.pi) - p.entropy()


for family in (Beta, Exponential, Gamma, Gumbel):
    register_kl(family, Normal)(against_normal)


@register_kl(Pareto, Normal)
def _(p: Pareto, q: Normal) -> Tensor:
    return where(p.alpha <= 2, math.inf, against_normal(p, q))


def against_exponential(p: Any, q: Exponential) -> Tensor:
    """The divergence of any distribution of positive numbers from an exponential one."""
    return q.rate * p.mean - q.rate.log() - p.entropy()


for family in (Beta, Gamma):
    register_kl(family, Exponential)(against_exponential)


@register_kl(Pareto, Exponential)
def _(p: Pareto, q: Exponential) -> Tensor:
    return where(p.alpha <= 1, math.inf, against_exponential(p, q))


@register_kl(Uniform, Exponential)
def _(p: Uniform, q: Exponential) -> Tensor:
    return where(p.low < 0, math.inf, against_exponential(p, q))


def against_gamma(p: Any, q: Gamma, mean_log: Tensor) -> Tensor:
    """The divergence from a gamma law, given the mean of ln x."""
    scale = lgamma(q.concentration) - q.concentration * q.rate.log()
    return scale - (q.concentration - 1) * mean_log + q.rate * p.mean - p.entropy()


@register_kl(Beta, Gamma)
def _(p: Beta, q: Gamma) -> Tensor:
    total = p.concentration1 + p.concentration0
    return against_gamma(p, q, p.concentration1.digamma() - total.digamma())


@register_kl(Pareto, Gamma)
def _(p: Pareto, q: Gamma) -> Tensor:
    mean_log = p.scale.log() + p.alpha.reciprocal()
    return where(p.alpha <= 1, math.inf, against_gamma(p, q, mean_log))


@register_kl(Uniform, Gamma)
def _(p: Uniform, q: Gamma) -> Tensor:
    return where(p.low < 0, math.inf, against_gamma(p, q, mean_of_log(p.low, p.high)))


def mean_of_log(low: Tensor, high: Tensor) -> Tensor:
    """The mean of ln x between two bounds."""
    return (x_log_x(high) - x_log_x(low)) / (high - low) - 1


def x_log_x(x: Tensor) -> Tensor:
    """x ln x, which is 0 at 0."""
    return x * x.log().clamp(min=-1e30)


@register_kl(Uniform, Beta)
def _(p: Uniform, q: Beta) -> Tensor:
    a, b = q.concentration1, q.concentration0
    scale = lgamma(a) + lgamma(b) - lgamma(a + b)
    below, above = mean_of_log(p.low, p.high), mean_of_log(1 - p.high, 1 - p.low)
    return where(
        (p.high > 1) | (p.low < 0), math.inf, scale - (a - 1) * below - (b - 1) * above - (p.high - p.low).log()
    )


@register_kl(Uniform, Pareto)
def _(p: Uniform, q: Pareto) -> Tensor:
    density = q.alpha.log() + q.alpha * q.scale.log() - (q.alpha + 1) * mean_of_log(p.low, p.high)
    return where(p.low < q.scale, math.inf, -density - (p.high - p.low).log())


def against_gumbel(p: Any, q: Gumbel, mean_exp: Tensor) -> Tensor:
    """The divergence from a Gumbel law, given the mean of exp(-x / scale)."""
    return q.scale.log() + (p.mean - q.loc) / q.scale + (q.loc / q.scale).exp() * mean_exp - p.entropy()


@register_kl(Normal, Gumbel)
def _(p: Normal, q: Gumbel) -> Tensor:
    return against_gumbel(p, q, (-p.loc / q.scale + 0.5 * (p.scale / q.scale).pow(2)).exp())


@register_kl(Exponential, Gumbel)
def _(p: Exponential, q: Gumbel) -> Tensor:
    return against_gumbel(p, q, p.rate / (p.rate + q.scale.reciprocal()))


@register_kl(Gamma, Gumbel)
def _(p: Gamma, q: Gumbel) -> Tensor:
    return against_gumbel(p, q, (1 + (p.rate * q.scale).reciprocal()).pow(-p.concentration))


@register_kl(Uniform, Gumbel)
def _(p: Uniform, q: Gumbel) -> Tensor:
    fall = (-p.low / q.scale).exp() - (-p.high / q.scale).exp()
    return against_gumbel(p, q, q.scale * fall / (p.high - p.low))


@register_kl(Normal, Laplace)
def _(p: Normal, q: Laplace) -> Tensor:
    off = p.loc - q.loc
    ratio = off / p.scale
    distance = math.sqrt(2 / math.pi) * p.scale * (-0.5 * ratio.pow(2)).exp() + off * (math.sqrt(0.5) * ratio).erf()
    return (2 * q.scale).log() + distance / q.scale - p.entropy()


@register_kl(Beta, Uniform)
def _(p: Beta, q: Uniform) -> Tensor:
    return where((q.low > 0) | (q.high < 1), math.inf, (q.high - q.low).log() - p.entropy())


# -- where p draws what q never does ------------------------------------------------------------------------


def endless(p: Any, q: Any) -> Tensor:
    """The divergence is infinite."""
    return p.mean.new_full((p.mean + q.mean).shape, math.inf)


for p, others in {
    Beta: (Pareto,), Exponential: (Beta, Pareto, Uniform), Gamma: (Beta, Pareto, Uniform),
    Gumbel: (Beta, Exponential, Gamma, Pareto, Uniform), Laplace: (Beta, Exponential, Gamma, Pareto),
    Normal: (Beta, Pareto), Pareto: (Beta, Uniform),
}.items():  # fmt: skip
    for q in others:
        register_kl(p, q)(endless)
