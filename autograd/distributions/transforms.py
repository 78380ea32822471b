"""Smooth invertible functions, and by how much they stretch: what turns one distribution into another.

transform                what all share, and one after another
elementwise_transforms   of each number by itself
vector_transforms        to vectors of probabilities and to triangular matrices
joined_transforms        several side by side, over several dimensions, or of another shape
"""

from autograd.distributions.elementwise_transforms import (
    AbsTransform,
    AffineTransform,
    CumulativeDistributionTransform,
    ExpTransform,
    PowerTransform,
    SigmoidTransform,
    SoftplusTransform,
    TanhTransform,
)
from autograd.distributions.joined_transforms import (
    CatTransform,
    IndependentTransform,
    ReshapeTransform,
    StackTransform,
)
from autograd.distributions.transform import ComposeTransform, Transform, identity_transform
from autograd.distributions.vector_transforms import (
    CorrCholeskyTransform,
    LowerCholeskyTransform,
    PositiveDefiniteTransform,
    SoftmaxTransform,
    StickBreakingTransform,
)

__all__ = [
    "AbsTransform", "AffineTransform", "CatTransform", "ComposeTransform", "CorrCholeskyTransform",
    "CumulativeDistributionTransform", "ExpTransform", "IndependentTransform", "LowerCholeskyTransform",
    "PositiveDefiniteTransform", "PowerTransform", "ReshapeTransform", "SigmoidTransform", "SoftmaxTransform",
    "SoftplusTransform", "StackTransform", "StickBreakingTransform", "TanhTransform", "Transform", "identity_transform",
]  # fmt: skip
