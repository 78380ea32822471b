"""chalkgrad's engine: tensors that record what is done to them, and differentiate it.

    import autograd as torch

Everything that users name `autograd.something` (or `torch.something`) is imported here, family by
family. `nn` and `optim` stand beside this package; `autograd.nn` and `autograd.optim` lead to them.
`autograd` is also the name of an older package on PyPI; this one is distributed as `chalkgrad`.
"""

from __future__ import annotations

import importlib
import warnings
from typing import Any

from autograd import autograd, fft, forward_ad, masked, return_types, signal, special, utils
from autograd.anomaly import detect_anomaly, is_anomaly_enabled, set_detect_anomaly
from autograd.apply import result_type
from autograd.create import (
    arange,
    as_tensor,
    asarray,
    empty,
    empty_like,
    empty_permuted,
    empty_strided,
    eye,
    from_numpy,
    full,
    full_like,
    linspace,
    logspace,
    ones,
    ones_like,
    scalar_tensor,
    tensor,
    zeros,
    zeros_like,
)
from autograd.device import device
from autograd.dtypes import (
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
from autograd.modes import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from autograd.ops.activation import erf, logit, relu, sigmoid
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
from autograd.ops.casting import cpu, cuda
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
from autograd.ops.copies import (
    alias_copy,
    as_strided_copy,
    diagonal_copy,
    expand_copy,
    narrow_copy,
    permute_copy,
    split_with_sizes_copy,
    squeeze_copy,
    t_copy,
    transpose_copy,
    unbind_copy,
    unfold_copy,
    unsafe_chunk,
    unsafe_split,
    unsqueeze_copy,
    view_copy,
)
from autograd.ops.diagonals import diag, diag_embed, diagonal, tril, triu
from autograd.ops.differences import cumulative_trapezoid, diff, gradient, trapezoid, trapz
from autograd.ops.einsum import einsum
from autograd.ops.extremes import amax, amin, argmax, argmin, max, min
from autograd.ops.filling import fill
from autograd.ops.fourier_frames import istft, stft
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
from autograd.ops.linear import embedding
from autograd.ops.loss import binary_cross_entropy_with_logits
from autograd.ops.matmul import addbmm, addmm, addmv, addr, baddbmm, bmm, dot, ger, matmul, mm, mv, outer
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
from autograd.ops.reduction import mean, nansum, prod, std, std_mean, sum, var, var_mean
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
from autograd.ops.softmax import log_softmax, logsumexp, softmax
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
from autograd.printing import set_printoptions
from autograd.signal.periodic import (
    bartlett_window,
    blackman_window,
    hamming_window,
    hann_window,
    kaiser_window,
)
from autograd.size import Size
from autograd.tensor import Tensor

half, float, double = float16, float32, float64
cfloat, cdouble = complex64, complex128
short, int, long = int16, int32, int64

# log(0) is -inf and 0 / 0 is NaN without a word, as in PyTorch; users' own NumPy code keeps its warnings
warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"(autograd|nn|optim)(\.|$)")


def is_tensor(obj: Any) -> Any:
    """Whether an object is a Tensor."""
    return isinstance(obj, Tensor)


def __getattr__(name: str) -> Any:
    """`autograd.nn`, `autograd.optim` and `autograd.draw`, imported when first asked for (PEP 562)."""
    if name in ("nn", "optim"):
        return importlib.import_module(name)
    if name == "draw":
        return importlib.import_module("autograd.view").draw
    raise AttributeError(f"module 'autograd' has no attribute {name!r}: chalkgrad does not have torch.{name} (yet)")
