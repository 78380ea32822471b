"""Every layer as it is written, with inputs that it takes: what the tests of layers run over."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

import nn


class Input(NamedTuple):
    """An input to be drawn: its shape, and from where."""

    shape: tuple[int, ...]
    low: float | None = None  # with None, from a standard normal distribution
    high: float = 1.0
    kind: str = "float"

    def draw(self, rng: np.random.Generator) -> Any:
        """An array."""
        if self.kind == "sign":
            return rng.choice([-1.0, 1.0], self.shape)
        if self.kind == "place":
            planes = np.prod(self.shape[:2], dtype=int)
            count = np.prod(self.shape[2:], dtype=int)
            return np.stack([rng.permutation(int(self.high))[:count] for _ in range(planes)]).reshape(self.shape)
        if self.kind == "int":
            return rng.integers(int(self.low), int(self.high), self.shape)
        return rng.standard_normal(self.shape) if self.low is None else rng.uniform(self.low, self.high, self.shape)


def x(*shape):
    """Numbers from a standard normal distribution."""
    return Input(shape)


def p(*shape):
    """Probabilities."""
    return Input(shape, 0.05, 0.95)


def ints(low, high, *shape):
    """Integers."""
    return Input(shape, low, high, "int")


def places(size, *shape):
    """Places in planes of so many elements, none of them twice in its plane."""
    return Input(shape, 0, size, "place")


def signs(*shape):
    """Numbers that are 1 or -1."""
    return Input(shape, kind="sign")


ACTIVATIONS = {
    "ReLU()": x(3, 4),
    "LeakyReLU()": x(3, 4),
    "LeakyReLU(0.3)": x(3, 4),
    "PReLU()": x(3, 4),
    "PReLU(4, init=0.1)": x(3, 4, 2),
    "RReLU()": x(3, 4),
    "RReLU(0.2, 0.7)": x(5),
    "ELU()": x(3, 4),
    "ELU(0.5)": x(3, 4),
    "CELU(2.0)": x(3, 4),
    "SELU()": x(3, 4),
    "GELU()": x(3, 4),
    "GELU('tanh')": x(3, 4),
    "SiLU()": x(3, 4),
    "Mish()": x(3, 4),
    "GLU()": x(3, 4),
    "GLU(0)": x(4, 3),
    "Sigmoid()": x(3, 4),
    "LogSigmoid()": x(3, 4),
    "Tanh()": x(3, 4),
    "Tanhshrink()": x(3, 4),
    "Softplus()": x(3, 4),
    "Softplus(2.0, 1.0)": x(3, 4),
    "Softsign()": x(3, 4),
    "Hardtanh()": x(3, 4),
    "Hardtanh(-0.5, 0.2)": x(3, 4),
    "ReLU6()": Input((20,), -2, 9),
    "Hardsigmoid()": Input((20,), -5, 5),
    "Hardswish()": Input((20,), -5, 5),
    "Hardshrink(0.4)": x(3, 4),
    "Softshrink(0.4)": x(3, 4),
    "Threshold(0.2, 20)": x(3, 4),
    "Softmax(1)": x(3, 4),
    "LogSoftmax(0)": x(3, 4),
    "Softmin(-1)": x(3, 4),
    "Softmax2d()": x(2, 3, 4, 4),
    "Identity(7, a=1)": x(3, 4),
    "ReLU(inplace=True)": x(3, 4),
    "LeakyReLU(0.2, inplace=True)": x(3, 4),
    "ELU(inplace=True)": x(3, 4),
    "SiLU(inplace=True)": x(3, 4),
    "Hardtanh(inplace=True)": x(3, 4),
    "ReLU6(inplace=True)": x(3, 4),
    "SELU(inplace=True)": x(3, 4),
    "RReLU(inplace=True)": x(3, 4),
    "Threshold(0.1, 2.0, True)": x(3, 4),
    "Mish(True)": x(3, 4),
    "Hardswish(True)": x(3, 4),
    "Hardsigmoid(True)": x(3, 4),
    "CELU(1.0, True)": x(3, 4),
}

PRODUCTS = {
    "Linear(3, 5)": x(2, 3),
    "Linear(3, 5, bias=False)": x(2, 4, 3),
    "Linear(3, 1)": x(3),
    "Bilinear(3, 4, 5)": (x(2, 3), x(2, 4)),
    "Bilinear(3, 4, 5, bias=False)": (x(2, 6, 3), x(2, 6, 4)),
    "Embedding(5, 3)": ints(0, 5, 2, 4),
    "Embedding(5, 3, padding_idx=1)": ints(0, 5, 7),
    "Embedding(5, 3, padding_idx=-1, scale_grad_by_freq=True)": ints(0, 5, 7),
    "Embedding(5, 3, max_norm=1.0)": ints(0, 5, 7),
    "Embedding(5, 3, max_norm=1.0, norm_type=1.0)": ints(0, 5, 7),
    "EmbeddingBag(5, 3)": ints(0, 5, 2, 4),
    "EmbeddingBag(5, 3, mode='sum', padding_idx=2)": ints(0, 5, 4, 6),
    "EmbeddingBag(5, 3, mode='max')": ints(0, 5, 2, 4),
    "Flatten()": x(2, 3, 4),
    "Flatten(0, 1)": x(2, 3, 4),
    "Unflatten(1, (2, 3))": x(2, 6),
    "Unflatten(-1, (-1, 2))": x(2, 6),
}

CONVOLUTIONS = {
    "Conv1d(3, 4, 3)": x(2, 3, 8),
    "Conv1d(3, 4, 2, stride=2, padding=1, dilation=2)": x(2, 3, 8),
    "Conv1d(4, 6, 3, groups=2, bias=False, padding='same')": x(4, 8),
    "Conv1d(2, 2, 4, padding='same')": x(1, 2, 7),
    "Conv1d(2, 3, 3, padding=2, padding_mode='reflect')": x(1, 2, 7),
    "Conv2d(3, 4, 3, padding=1)": x(2, 3, 6, 5),
    "Conv2d(2, 4, (2, 3), stride=(2, 1), padding=(1, 0))": x(2, 2, 6, 5),
    "Conv2d(4, 4, 3, groups=4)": x(2, 4, 5, 5),
    "Conv2d(2, 3, 3, padding='valid')": x(2, 5, 5),
    "Conv2d(2, 3, 3, padding=1, padding_mode='circular')": x(1, 2, 5, 5),
    "Conv2d(2, 3, 3, padding='same', dilation=2, padding_mode='replicate')": x(1, 2, 5, 5),
    "Conv3d(2, 3, 2)": x(2, 2, 4, 4, 4),
    "Conv3d(2, 2, (1, 2, 2), stride=2, padding=(0, 1, 1), groups=2)": x(1, 2, 3, 4, 4),
    "ConvTranspose1d(3, 4, 3, stride=2)": x(2, 3, 5),
    "ConvTranspose1d(4, 2, 3, groups=2, dilation=2)": x(4, 5),
    "ConvTranspose2d(3, 4, 3, stride=2, padding=1, output_padding=1)": x(2, 3, 4, 5),
    "ConvTranspose2d(2, 3, (1, 2), bias=False)": x(1, 2, 3, 3),
    "ConvTranspose3d(2, 3, 2, stride=2)": x(1, 2, 2, 3, 2),
}

NORMALIZATIONS = {
    "BatchNorm1d(3)": x(5, 3),
    "BatchNorm1d(3, momentum=None)": x(5, 3, 4),
    "BatchNorm1d(3, affine=False)": x(5, 3),
    "BatchNorm1d(3, track_running_stats=False)": x(5, 3),
    "BatchNorm2d(3, eps=0.01, momentum=0.3)": x(2, 3, 4, 4),
    "BatchNorm1d(3, bias=False)": x(5, 3),
    "BatchNorm3d(2)": x(2, 2, 3, 2, 2),
    "LayerNorm(4)": x(2, 3, 4),
    "LayerNorm((3, 4))": x(2, 3, 4),
    "LayerNorm(4, bias=False)": x(2, 4),
    "LayerNorm([4], elementwise_affine=False)": x(2, 4),
    "RMSNorm(4)": x(2, 3, 4),
    "RMSNorm((3, 4), eps=0.1)": x(2, 3, 4),
    "RMSNorm(4, elementwise_affine=False)": x(2, 4),
    "GroupNorm(2, 4)": x(3, 4, 5),
    "GroupNorm(1, 4, affine=False)": x(3, 4),
    "InstanceNorm1d(3)": x(2, 3, 5),
    "InstanceNorm1d(3, affine=True)": x(3, 5),
    "InstanceNorm2d(3, affine=True, track_running_stats=True)": x(2, 3, 4, 4),
    "InstanceNorm3d(2, track_running_stats=True, momentum=0.3)": x(2, 2, 3, 2, 2),
    "LocalResponseNorm(2)": x(2, 5, 4),
    "LocalResponseNorm(3, alpha=0.1, beta=0.5, k=2.0)": x(2, 5, 3, 4),
}

DROPOUTS = {
    "Dropout()": x(6, 7),
    "Dropout(0.1)": x(40),
    "Dropout(0.3, inplace=True)": x(6, 7),
    "Dropout1d()": x(5, 4, 3),
    "Dropout2d(0.4)": x(5, 4, 3, 3),
    "Dropout3d()": x(5, 4, 2, 2, 2),
    "AlphaDropout()": x(6, 7),
    "FeatureAlphaDropout()": x(5, 4, 3),
}

POOLS = {
    "FractionalMaxPool2d(2, output_size=(3, 4))": x(2, 3, 7, 9),
    "FractionalMaxPool2d((3, 2), output_ratio=(0.5, 0.7), return_indices=True)": x(2, 3, 7, 9),
    "FractionalMaxPool3d(2, output_ratio=0.5)": x(1, 2, 5, 6, 7),
    "MaxPool1d(2)": x(2, 3, 7),
    "MaxPool1d(3, 2, 1, ceil_mode=True)": x(3, 8),
    "MaxPool2d(2)": x(2, 3, 6, 5),
    "MaxPool2d((2, 3), stride=1, padding=(1, 0), dilation=(2, 1))": x(2, 3, 6, 5),
    "MaxPool3d(2)": x(2, 2, 4, 4, 4),
    "MaxPool2d(2, return_indices=True)": x(2, 3, 6, 5),
    "AvgPool1d(2)": x(2, 3, 7),
    "AvgPool1d(3, 2, 1, count_include_pad=False)": x(2, 3, 7),
    "AvgPool2d(2)": x(2, 3, 6, 5),
    "AvgPool2d(3, 2, 1, ceil_mode=True)": x(2, 3, 6, 5),
    "AvgPool2d(2, divisor_override=3)": x(3, 6, 5),
    "AvgPool3d(2)": x(2, 2, 4, 4, 4),
    "LPPool1d(2, 3)": Input((2, 3, 7), 0.1, 1),
    "LPPool2d(3, 2, ceil_mode=True)": Input((2, 3, 5, 4), 0.1, 1),
    "LPPool3d(1.5, 2, stride=1)": Input((1, 2, 3, 3, 3), 0.1, 1),
    "AdaptiveAvgPool1d(3)": x(2, 3, 7),
    "AdaptiveAvgPool2d((3, None))": x(2, 3, 7, 5),
    "AdaptiveAvgPool2d(1)": x(3, 7, 5),
    "AdaptiveAvgPool3d((2, 1, 3))": x(1, 2, 5, 4, 4),
    "AdaptiveMaxPool1d(3)": x(2, 3, 7),
    "AdaptiveMaxPool2d((None, 2))": x(2, 3, 7, 5),
    "AdaptiveMaxPool2d(2, return_indices=True)": x(2, 3, 7, 5),
    "AdaptiveMaxPool3d(2)": x(1, 2, 5, 4, 4),
}

RESIZERS = {
    "MaxUnpool1d(2)": (x(2, 3, 4), places(8, 2, 3, 4)),
    "MaxUnpool2d(2, padding=1)": (x(2, 3, 3, 4), places(24, 2, 3, 3, 4)),
    "MaxUnpool2d((2, 3), stride=2)": (x(2, 3, 2, 2), places(20, 2, 3, 2, 2)),
    "MaxUnpool3d(2)": (x(1, 2, 2, 2, 2), places(64, 1, 2, 2, 2, 2)),
    "ConstantPad1d(2, 3.5)": x(2, 3, 4),
    "ConstantPad2d((1, 2, 0, 3), -1.0)": x(2, 3, 4, 4),
    "ConstantPad3d(1, 2.0)": x(1, 2, 2, 2, 2),
    "ConstantPad1d((-1, 2), 0.5)": x(2, 3, 4),
    "ZeroPad1d((1, 2))": x(3, 4),
    "ZeroPad2d(1)": x(2, 3, 4, 4),
    "ZeroPad3d(1)": x(1, 2, 2, 2, 2),
    "ReflectionPad1d(2)": x(2, 3, 4),
    "ReflectionPad2d((1, 0, 2, 1))": x(2, 3, 4, 4),
    "ReflectionPad3d(1)": x(1, 2, 2, 2, 2),
    "ReplicationPad1d((3, 1))": x(2, 3, 4),
    "ReplicationPad2d(2)": x(3, 4, 4),
    "ReplicationPad3d(1)": x(1, 2, 2, 2, 2),
    "CircularPad1d(2)": x(2, 3, 4),
    "CircularPad2d((1, 2, 0, 1))": x(2, 3, 4, 4),
    "CircularPad3d(1)": x(1, 2, 2, 2, 2),
    "Upsample(scale_factor=2)": x(2, 3, 4),
    "Upsample((3, 7), mode='bilinear', align_corners=True)": x(2, 3, 4, 4),
    "Upsample(scale_factor=(2, 1.5), mode='bilinear')": x(2, 3, 4, 4),
    "Upsample(size=5, mode='linear')": x(2, 3, 4),
    "Upsample(scale_factor=2, mode='trilinear')": x(1, 2, 2, 3, 2),
    "Upsample(scale_factor=2, mode='bicubic')": x(1, 2, 4, 4),
    "UpsamplingNearest2d(scale_factor=2)": x(2, 3, 4, 4),
    "UpsamplingBilinear2d(size=(2, 7))": x(2, 3, 4, 4),
    "PixelShuffle(2)": x(2, 8, 3, 2),
    "PixelUnshuffle(2)": x(2, 2, 4, 6),
    "ChannelShuffle(2)": x(2, 6, 3, 2),
    "Unfold(2)": x(2, 3, 4, 5),
    "Unfold((2, 3), dilation=(1, 2), padding=1, stride=2)": x(2, 3, 6, 7),
    "Fold((4, 5), 2)": x(2, 12, 12),
    "Fold((4, 5), (2, 3), padding=1, stride=2)": x(2, 6, 9),
}

LOSSES = {
    "CTCLoss()": (Input((6, 3, 4), -3, -0.5), ints(1, 4, 3, 2), ints(5, 7, 3), ints(1, 3, 3)),
    "CTCLoss(blank=3, reduction='sum', zero_infinity=True)": (
        Input((6, 3, 4), -3, -0.5),
        ints(0, 3, 3, 4),
        ints(3, 7, 3),
        ints(1, 5, 3),
    ),
    "L1Loss()": (x(3, 4), x(3, 4)),
    "MSELoss()": (x(3, 4), x(3, 4)),
    "MSELoss(reduction='sum')": (x(3, 4), x(3, 4)),
    "MSELoss(reduction='none')": (x(3, 4), x(3, 4)),
    "SmoothL1Loss(beta=0.5)": (x(3, 4), x(3, 4)),
    "HuberLoss(delta=0.7)": (x(3, 4), x(3, 4)),
    "HuberLoss('sum')": (x(3, 4), x(3, 4)),
    "BCELoss()": (p(3, 4), p(3, 4)),
    "BCEWithLogitsLoss()": (x(3, 4), p(3, 4)),
    "NLLLoss()": (x(5, 4), ints(0, 4, 5)),
    "NLLLoss(ignore_index=1, reduction='sum')": (x(5, 4, 2), ints(0, 4, 5, 2)),
    "CrossEntropyLoss()": (x(5, 4), ints(0, 4, 5)),
    "CrossEntropyLoss(label_smoothing=0.1)": (x(5, 4, 3), ints(0, 4, 5, 3)),
    "CrossEntropyLoss(reduction='none', ignore_index=2)": (x(5, 4), ints(0, 4, 5)),
    "CrossEntropyLoss(reduction='sum')": (x(4), ints(0, 4)),
    "CrossEntropyLoss(label_smoothing=0.2, reduction='mean')": (x(5, 4), p(5, 4)),
    "KLDivLoss(reduction='batchmean')": (x(3, 4), p(3, 4)),
    "KLDivLoss(log_target=True, reduction='sum')": (x(3, 4), x(3, 4)),
    "PoissonNLLLoss()": (x(3, 4), ints(0, 5, 3, 4)),
    "PoissonNLLLoss(log_input=False, full=True)": (p(3, 4), Input((3, 4), 0, 5)),
    "GaussianNLLLoss()": (x(3, 4), x(3, 4), p(3, 4)),
    "GaussianNLLLoss(full=True, eps=0.3, reduction='sum')": (x(3, 4), x(3, 4), p(3, 1)),
    "HingeEmbeddingLoss()": (x(3, 4), signs(3, 4)),
    "HingeEmbeddingLoss(margin=0.4)": (x(3, 4), signs(3, 4)),
    "CosineEmbeddingLoss(margin=0.1)": (x(5, 4), x(5, 4), signs(5)),
    "CosineEmbeddingLoss(reduction='none')": (x(5, 4), x(5, 4), signs(5)),
    "MarginRankingLoss(0.3)": (x(5), x(5), signs(5)),
    "SoftMarginLoss()": (x(3, 4), signs(3, 4)),
    "TripletMarginLoss()": (x(5, 4), x(5, 4), x(5, 4)),
    "TripletMarginLoss(2.0, p=1.5, swap=True)": (x(5, 4), x(5, 4), x(5, 4)),
    "TripletMarginWithDistanceLoss(margin=0.5, swap=True)": (x(5, 4), x(5, 4), x(5, 4)),
    "MultiMarginLoss()": (x(5, 4), ints(0, 4, 5)),
    "MultiMarginLoss(p=2, margin=0.5)": (x(5, 4), ints(0, 4, 5)),
    "MultiLabelMarginLoss()": (x(5, 4), ints(-1, 4, 5, 4)),
    "MultiLabelSoftMarginLoss()": (x(5, 4), ints(0, 2, 5, 4)),
    "MultiLabelSoftMarginLoss(reduction='none')": (x(5, 4), ints(0, 2, 5, 4)),
    "CosineSimilarity()": (x(3, 4), x(3, 4)),
    "CosineSimilarity(0, 0.1)": (x(3, 4), x(3, 4)),
    "PairwiseDistance()": (x(3, 4), x(3, 4)),
    "PairwiseDistance(1.0, keepdim=True)": (x(3, 4), x(3, 4)),
}

SMALL = "8, 2, 16, 0.0"  # width, heads, hidden width, no dropout
LAYER = f"nn.TransformerEncoderLayer({SMALL}"
TRANSFORMERS = {
    "MultiheadAttention(8, 4)": (x(5, 3, 8), x(6, 3, 8), x(6, 3, 8)),
    "MultiheadAttention(8, 2, batch_first=True)": (x(3, 5, 8), x(3, 6, 8), x(3, 6, 8)),
    "MultiheadAttention(8, 2, 0.3)": (x(5, 3, 8), x(6, 3, 8), x(6, 3, 8)),
    "MultiheadAttention(8, 2, bias=False, add_zero_attn=True)": (x(5, 8), x(6, 8), x(6, 8)),
    "MultiheadAttention(8, 2, add_bias_kv=True, kdim=3, vdim=5)": (x(5, 3, 8), x(6, 3, 3), x(6, 3, 5)),
    f"TransformerEncoderLayer({SMALL})": x(5, 3, 8),
    f"TransformerEncoderLayer({SMALL}, 'gelu', batch_first=True)": x(3, 5, 8),
    f"TransformerEncoderLayer({SMALL}, nn.Tanh(), norm_first=True, bias=False, layer_norm_eps=0.1)": x(5, 8),
    "TransformerEncoderLayer(8, 2, 16, 0.3)": x(5, 3, 8),
    f"TransformerDecoderLayer({SMALL})": (x(4, 3, 8), x(5, 3, 8)),
    f"TransformerDecoderLayer({SMALL}, 'gelu', batch_first=True, norm_first=True)": (x(3, 4, 8), x(3, 5, 8)),
    "TransformerDecoderLayer(8, 2, 16, 0.3, bias=False)": (x(4, 3, 8), x(5, 3, 8)),
    f"TransformerEncoder({LAYER}), 2, nn.LayerNorm(8), False)": x(5, 3, 8),
    f"TransformerEncoder({LAYER}, batch_first=True), 2)": x(3, 5, 8),
    f"TransformerDecoder(nn.TransformerDecoderLayer({SMALL}), 2)": (x(4, 3, 8), x(5, 3, 8)),
    f"TransformerDecoder(nn.TransformerDecoderLayer({SMALL}), 1, nn.LayerNorm(8))": (x(4, 8), x(5, 8)),
    "Transformer(8, 2, 2, 1, 16, batch_first=True)": (x(3, 5, 8), x(3, 4, 8)),
    "Transformer(8, 2, 1, 1, 16, 0.0, batch_first=True, norm_first=False, bias=False)": (x(5, 8), x(4, 8)),
}

WRAPPERS = {
    "AdaptiveLogSoftmaxWithLoss(8, 20, [4, 10], div_value=2.0)": (x(6, 8), ints(0, 20, 6)),
    "AdaptiveLogSoftmaxWithLoss(8, 20, [4], div_value=2.0, head_bias=True)": (x(8), ints(4, 20)),
    "LinearCrossEntropyLoss(5, 7)": (x(4, 5), ints(0, 7, 4)),
    "LinearCrossEntropyLoss(5, 7, bias=True, reduction='none', ignore_index=2)": (x(5), ints(0, 7)),
    "LinearCrossEntropyLoss(5, 7, out_features=(2, 3), label_smoothing=0.1)": (x(4, 5), ints(0, 7, 4, 2, 3)),
    "NLLLoss2d()": (x(2, 3, 4, 4), ints(0, 3, 2, 4, 4)),
    "SyncBatchNorm(3)": x(2, 3, 4),
    "SyncBatchNorm(3, momentum=None, bias=False)": x(5, 3),
    "DataParallel(nn.Linear(3, 5))": x(2, 3),
}

PLAIN = ACTIVATIONS | PRODUCTS | CONVOLUTIONS | NORMALIZATIONS | DROPOUTS | POOLS | RESIZERS | LOSSES
LAYERS = PLAIN | TRANSFORMERS | WRAPPERS


def made(text: str, namespace: Any = nn) -> Any:
    """The layer that an expression describes, ours or another library's."""
    return eval(f"nn.{text}", {"nn": namespace})


def drawn(text: str, rng: np.random.Generator) -> list[Any]:
    """Arrays that the layer takes."""
    inputs = LAYERS[text]
    return [each.draw(rng) for each in ([inputs] if isinstance(inputs, Input) else inputs)]


def is_continuous(array: np.ndarray) -> bool:
    """Whether a gradient by these numbers makes sense: not by classes, nor by signs."""
    return array.dtype.kind == "f" and not np.array_equal(np.abs(array), np.ones_like(array))
