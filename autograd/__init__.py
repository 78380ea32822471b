"""chalkgrad's engine: tensors that record what is done to them, and differentiate it.

    import autograd as torch

`autograd` is also the name of another package; this one's home is https://pypi.org/project/chalkgrad.
"""

from __future__ import annotations

import warnings

from autograd.create import *  # noqa
from autograd.dtypes import *  # noqa
from autograd.modes import *  # noqa
from autograd.gradients import *  # noqa
from autograd.size import Size
from autograd.device import device
from autograd.tensor import Tensor
from autograd.ops import (activation, arithmetic, arranging, casting, comparison, complex, convolution, diagonals, einsum, extremes, filling, indexing, joining, linear, loss, matmul, pooling, powers, reduction, rounding, scans, scatter, selection, shaping, softmax, trigonometry)  # noqa
for _m in (activation, arithmetic, arranging, casting, comparison, complex, convolution, diagonals, einsum, extremes, filling, indexing, joining, linear, loss, matmul, pooling, powers, reduction, rounding, scans, scatter, selection, shaping, softmax, trigonometry):
    for _n, _v in vars(_m).items():
        if hasattr(_v, 'op') or hasattr(_v, 'derived'):
            globals()[_n] = _v
warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"(autograd|nn|optim)(\.|$)")
