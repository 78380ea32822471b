"""chalkgrad's engine: tensors that record what is done to them, and differentiate it.

    import autograd as torch

Everything that users name `autograd.something` (or `torch.something`) is imported here, family by
family. `nn` and `optim` stand beside this package; `autograd.nn` and `autograd.optim` lead to them.
`autograd` is also the name of an older package on PyPI; this one is distributed as `chalkgrad`.
"""

from __future__ import annotations

import warnings
from math import e, inf, nan, pi
from typing import TYPE_CHECKING, Any

from autograd import (
    accelerator,
    amp,
    autograd,
    backends,
    batching_calls,
    batching_rules,
    each_element,
    fft,
    forward_ad,
    linalg,
    masked,
    random,
    return_types,
    signal,
    special,
    utils,
    version,
)
from autograd.advice import ADVISERS
from autograd.amp import GradScaler, autocast, is_autocast_enabled
from autograd.anomaly import (
    detect_anomaly,
    is_anomaly_check_nan_enabled,
    is_anomaly_enabled,
    set_detect_anomaly,
)
from autograd.branches import safe_where
from autograd.broadcasting import strict_broadcasting
from autograd.counting import arange, linspace, logspace
from autograd.counting import range_ as range
from autograd.create import (
    as_tensor,
    empty,
    empty_like,
    empty_permuted,
    empty_strided,
    eye,
    from_numpy,
    full,
    full_like,
    ones,
    ones_like,
    scalar_tensor,
    tensor,
    zeros,
    zeros_like,
)
from autograd.device import device, get_default_device, set_default_device
from autograd.dtypes import (
    bfloat16,
    bool,
    can_cast,
    complex64,
    complex128,
    dtype,
    finfo,
    float16,
    float32,
    float64,
    get_default_dtype,
    iinfo,
    int8,
    int16,
    int32,
    int64,
    promote_types,
    set_default_dtype,
    uint8,
    uint16,
    uint32,
    uint64,
)
from autograd.exchange import asarray, from_dlpack, from_file, frombuffer, to_dlpack
from autograd.formats import (
    channels_last,
    channels_last_3d,
    contiguous_format,
    layout,
    memory_format,
    preserve_format,
    strided,
)
from autograd.function import Function
from autograd.gradients import backward, grad
from autograd.heap import keep_freed_memory
from autograd.inspection import (
    detach,
    get_device,
    is_complex,
    is_floating_point,
    is_inference,
    is_nonzero,
    is_same_size,
    is_signed,
    is_tensor,
    numel,
    typename,
)
from autograd.lazy import LazyModule, on_demand
from autograd.lowrank import pca_lowrank, svd_lowrank
from autograd.modes import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from autograd.ops.activation import erf, logit, relu, sigmoid
from autograd.ops.adaptive_pooling import adaptive_avg_pool1d, adaptive_max_pool1d
from autograd.ops.arithmetic import (
    add,
    addcdiv,
    addcmul,
    div,
    divide,
    floor_divide,
    fmod,
    lerp,
    mul,
    multiply,
    neg,
    negative,
    reciprocal,
    remainder,
    rsub,
    sub,
    subtract,
    true_divide,
)
from autograd.ops.arranging import (
    flip,
    fliplr,
    flipud,
    moveaxis,
    movedim,
    permute,
    roll,
    rot90,
    swapaxes,
    swapdims,
    t,
    tile,
    transpose,
)
from autograd.ops.bilinear import bilinear
from autograd.ops.chains import chain_matmul
from autograd.ops.channel_shuffling import channel_shuffle, native_channel_shuffle, pixel_shuffle, pixel_unshuffle
from autograd.ops.comparison import (
    all,
    allclose,
    any,
    bitwise_and,
    bitwise_left_shift,
    bitwise_not,
    bitwise_or,
    bitwise_right_shift,
    bitwise_xor,
    eq,
    equal,
    gcd,
    ge,
    greater,
    greater_equal,
    gt,
    isclose,
    isfinite,
    isinf,
    isnan,
    isneginf,
    isposinf,
    isreal,
    lcm,
    le,
    less,
    less_equal,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    lt,
    ne,
    not_equal,
)
from autograd.ops.complex import (
    adjoint,
    angle,
    complex,
    conj,
    conj_physical,
    imag,
    is_conj,
    is_neg,
    polar,
    real,
    resolve_conj,
    resolve_neg,
    view_as_complex,
    view_as_real,
)
from autograd.ops.convolving import (
    conv1d,
    conv2d,
    conv3d,
    conv_tbc,
    conv_transpose1d,
    conv_transpose2d,
    conv_transpose3d,
)
from autograd.ops.copies import (
    alias_copy,
    as_strided_copy,
    detach_copy,
    diagonal_copy,
    expand_copy,
    narrow_copy,
    permute_copy,
    select_copy,
    slice_copy,
    split_copy,
    split_with_sizes_copy,
    squeeze_copy,
    t_copy,
    transpose_copy,
    unbind_copy,
    unfold_copy,
    unsafe_chunk,
    unsafe_split,
    unsafe_split_with_sizes,
    unsqueeze_copy,
    view_as_complex_copy,
    view_as_real_copy,
    view_copy,
)
from autograd.ops.ctc import ctc_loss
from autograd.ops.determinants import det, logdet, slogdet
from autograd.ops.diagonals import diag, diag_embed, diagonal, tril, triu
from autograd.ops.differences import cumulative_trapezoid, diff, gradient, trapezoid, trapz
from autograd.ops.distances import cdist
from autograd.ops.dropout import (
    alpha_dropout,
    alpha_dropout_,
    dropout,
    dropout_,
    feature_alpha_dropout,
    feature_alpha_dropout_,
    feature_dropout,
    feature_dropout_,
)
from autograd.ops.einsum import einsum
from autograd.ops.embedding_losses import (
    cosine_embedding_loss,
    hinge_embedding_loss,
    margin_ranking_loss,
    triplet_margin_loss,
)
from autograd.ops.extremes import amax, amin, argmax, argmin, max, min
from autograd.ops.factorizations import old_cholesky as cholesky
from autograd.ops.factorizations import old_qr as qr
from autograd.ops.filling import fill
from autograd.ops.fourier_frames import istft, stft
from autograd.ops.grid_sampling import affine_grid_generator, grid_sampler, grid_sampler_2d, grid_sampler_3d
from autograd.ops.hard_activations import hardshrink, prelu, threshold, threshold_
from autograd.ops.indexing import index_select, masked_fill, masked_select, nonzero
from autograd.ops.joining import (
    cat,
    chunk,
    concat,
    concatenate,
    constant_pad_nd,
    narrow,
    select,
    split,
    split_with_sizes,
    stack,
    unbind,
)
from autograd.ops.least_squares import pinverse
from autograd.ops.likelihood_losses import binary_cross_entropy_with_logits, kl_div, poisson_nll_loss
from autograd.ops.linear import embedding
from autograd.ops.lu import lu_solve, lu_unpack
from autograd.ops.lu import old_lu as lu
from autograd.ops.matmul import addbmm, addmm, addmv, addr, baddbmm, bmm, dot, ger, matmul, mm, mv, outer
from autograd.ops.matrix_functions import matrix_exp, matrix_power
from autograd.ops.matrix_norms import frobenius_norm, norm, norm_except_dim, nuclear_norm
from autograd.ops.noisy_activations import rrelu, rrelu_
from autograd.ops.normalizing import batch_norm, group_norm, instance_norm, layer_norm, rms_norm
from autograd.ops.norms import dist, renorm
from autograd.ops.powers import (
    exp,
    exp2,
    expm1,
    float_power,
    ldexp,
    log,
    log1p,
    log2,
    log10,
    logaddexp,
    logaddexp2,
    pow,
    rsqrt,
    sqrt,
    square,
    xlogy,
)
from autograd.ops.products import cross, inner, kron, tensordot, trace, vander, vdot
from autograd.ops.reduction import mean, nansum, prod, std, std_mean, sum, var, var_mean
from autograd.ops.reflections import geqrf, orgqr, ormqr
from autograd.ops.replacing import (
    diagonal_scatter,
    index_add,
    index_copy,
    index_fill,
    index_put,
    masked_scatter,
    put,
    select_scatter,
    slice_scatter,
    take,
    take_along_dim,
)
from autograd.ops.rounding import (
    ceil,
    copysign,
    fix,
    floor,
    frac,
    frexp,
    heaviside,
    nextafter,
    positive,
    round,
    sgn,
    sign,
    signbit,
    trunc,
)
from autograd.ops.scans import cummax, cummin, cumprod, cumsum, logcumsumexp
from autograd.ops.scatter import gather, scatter, scatter_add
from autograd.ops.scatter_reduce import index_reduce, scatter_reduce
from autograd.ops.searching import argwhere, bucketize, isin, nonzero_static, searchsorted, unravel_index
from autograd.ops.selection import (
    abs,
    absolute,
    clamp,
    clamp_max,
    clamp_min,
    clip,
    fmax,
    fmin,
    maximum,
    minimum,
    nan_to_num,
    where,
)
from autograd.ops.shaping import (
    broadcast_shapes,
    broadcast_tensors,
    broadcast_to,
    clone,
    flatten,
    ravel,
    reshape,
    squeeze,
    unflatten,
    unsqueeze,
)
from autograd.ops.similarity import cosine_similarity, pairwise_distance, pdist
from autograd.ops.singular import old_svd as svd
from autograd.ops.soft_activations import celu, celu_, selu, selu_
from autograd.ops.softmax import log_softmax, logsumexp, softmax
from autograd.ops.solvers import inverse
from autograd.ops.sorting import (
    argsort,
    kthvalue,
    median,
    mode,
    msort,
    nanmedian,
    sort,
    topk,
    unique,
    unique_consecutive,
)
from autograd.ops.special_bessel import i0
from autograd.ops.special_gamma import digamma, igamma, igammac, lgamma, mvlgamma, polygamma
from autograd.ops.special_normal import erfc, erfinv
from autograd.ops.stacking import (
    atleast_1d,
    atleast_2d,
    atleast_3d,
    block_diag,
    cartesian_prod,
    column_stack,
    combinations,
    dsplit,
    dstack,
    hsplit,
    hstack,
    meshgrid,
    row_stack,
    tensor_split,
    vsplit,
    vstack,
)
from autograd.ops.statistics import (
    aminmax,
    bincount,
    corrcoef,
    count_nonzero,
    cov,
    hash_tensor,
    histc,
    histogram,
    histogramdd,
    nanmean,
    nanquantile,
    quantile,
)
from autograd.ops.striding import (
    as_strided,
    as_strided_scatter,
    diagflat,
    repeat_interleave,
    tril_indices,
    triu_indices,
)
from autograd.ops.triangular import cholesky_inverse, cholesky_solve, triangular_solve
from autograd.ops.trigonometry import (
    acos,
    acosh,
    arccos,
    arccosh,
    arcsin,
    arcsinh,
    arctan,
    arctan2,
    arctanh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cos,
    cosh,
    deg2rad,
    hypot,
    rad2deg,
    sin,
    sinc,
    sinh,
    tan,
    tanh,
)
from autograd.ops.window_pooling import avg_pool1d, max_pool1d, max_pool1d_with_indices, max_pool2d, max_pool3d
from autograd.printing import set_printoptions
from autograd.promotion import result_type
from autograd.random.creation import normal, rand, rand_like, randint, randint_like, randn, randn_like, randperm
from autograd.random.generator import (
    Generator,
    default_generator,
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_rng_state,
)
from autograd.random.sampling import bernoulli, binomial, multinomial, poisson
from autograd.settings import (
    are_deterministic_algorithms_enabled,
    get_deterministic_debug_mode,
    get_float32_matmul_precision,
    get_num_interop_threads,
    get_num_threads,
    is_deterministic_algorithms_warn_only_enabled,
    is_warn_always_enabled,
    set_deterministic_debug_mode,
    set_float32_matmul_precision,
    set_flush_denormal,
    set_num_interop_threads,
    set_num_threads,
    set_warn_always,
    use_deterministic_algorithms,
)
from autograd.signal.periodic import (
    bartlett_window,
    blackman_window,
    hamming_window,
    hann_window,
    kaiser_window,
)
from autograd.size import Size
from autograd.storage import UntypedStorage, is_storage
from autograd.tensor import Tensor
from autograd.typed import (
    BoolTensor,
    ByteTensor,
    CharTensor,
    DoubleTensor,
    FloatTensor,
    HalfTensor,
    IntTensor,
    LongTensor,
    ShortTensor,
    set_default_tensor_type,
)
from autograd.version import __version__

from autograd.inplace_functions import *  # isort: skip  # noqa: F403  abs_, acos_, ...: by now the ops have made the methods

half, float, double = float16, float32, float64
cfloat, cdouble = complex64, complex128
short, int, long = int16, int32, int64

newaxis = None

# log(0) is -inf and 0 / 0 is NaN without a word, as in PyTorch; users' own NumPy code keeps its warnings
warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"(autograd|nn|optim)(\.|$)")

keep_freed_memory()


tensor_html = LazyModule("autograd.view.tensor_html")
advising = LazyModule("autograd.view.advising")


def shown_in_notebook(shown: Tensor) -> str:
    """What a notebook shows of a tensor; the viewing layer is imported when the first one is shown."""
    html: str = tensor_html.tensor_html(shown)
    return html


Tensor._repr_html_ = shown_in_notebook  # type: ignore[attr-defined]


def adviser(topic: str) -> Any:
    """A function of `autograd.view.advising`, which is imported when there is an error to explain."""
    return lambda *about: advising.TOPICS[topic](*about)


for topic in ("origin", "why no gradient", "computed from", "holder", "assigned at"):
    ADVISERS[topic] = adviser(topic)
del topic


ON_DEMAND = {
    **{name: name for name in ("nn", "optim")},
    **{name: f"autograd.{name}" for name in (
        "compiler", "cpu", "cuda", "datasets", "distributed", "distributions", "func", "futures", "hub", "jit", "mps", "multiprocessing", "onnx", "profiler",
        "serialization", "testing", "types", "xpu",
    )},
    "Future": "autograd.futures:Future",
    "History": "autograd.history:History",
    "_C": "autograd.native",
    "_dynamo": "autograd.compiler",
    "compile": "autograd.compiler:compile",
    "load": "autograd.files.loading:load",
    "plots": "autograd.view.plots",
    "save": "autograd.files.saving:save",
    "vmap": "autograd.mapping:vmap",
    **{name: f"autograd.view:{name}" for name in (
        "contributions", "draw", "explain", "memory", "player", "to_numpy_code", "why_no_grad",
    )},
}  # fmt: skip
"""What few programs need, or what shows the engine at work: imported when first asked for."""

__getattr__, __dir__ = on_demand(__name__, ON_DEMAND)

if TYPE_CHECKING:
    from autograd import cpu, cuda, datasets, distributions, func, jit, mps, profiler, serialization, testing, xpu
    from autograd.compiler import compile
    from autograd.files.loading import load
    from autograd.files.saving import save
    from autograd.history import History
    from autograd.mapping import vmap
    from autograd.view import plots
    from autograd.view.contributions import contributions
    from autograd.view.draw import draw
    from autograd.view.explain import explain
    from autograd.view.memory import memory
    from autograd.view.numpy_code import to_numpy_code
    from autograd.view.player import player
    from autograd.view.why import why_no_grad
