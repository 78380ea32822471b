"""VGG: many small convolutions instead of a few large ones.

The parts have the names that they have in torchvision, so the weights published for it can be loaded.
"""

from __future__ import annotations

from typing import Any

from autograd.tensor import Tensor
from nn import init
from nn.modules.activation import ReLU
from nn.modules.adaptive_pooling import AdaptiveAvgPool2d
from nn.modules.batchnorm import BatchNorm2d
from nn.modules.container import Sequential
from nn.modules.conv import Conv2d
from nn.modules.dropout import Dropout
from nn.modules.linear import Linear
from nn.modules.module import Module
from nn.modules.pooling import MaxPool2d

__all__ = ["VGG", "vgg11", "vgg13", "vgg16", "vgg19"]

WIDTHS = (64, 128, 256, 512, 512)
"""The channels of the five stages; after each, the image is halved."""


class VGG(Module):
    """Five stages of 3 x 3 convolutions, each halved by pooling, and three linear layers.

    Shapes: images (N, 3, H, W), in the paper 224 x 224, to scores (N, num_classes).

    Args:
        counts: how many convolutions each of the five stages has.
        num_classes: how many scores to give.
        batch_norm: normalize after each convolution, which the paper did not know of yet.
        dropout: the fraction of features that are set to zero, twice, in training.

    Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition", ICLR 2015.

    >>> import autograd, nn
    >>> with nn.init.skipping():
    ...     net = nn.models.VGG([1, 1, 1, 1, 1], num_classes=10)
    >>> net(autograd.zeros(1, 3, 32, 32)).shape
    torch.Size([1, 10])
    """

    def __init__(self, counts: Any, num_classes: int = 1000, batch_norm: bool = False, dropout: float = 0.5) -> None:
        super().__init__()
        self.features = Sequential(*convolutions(counts, batch_norm))
        self.avgpool = AdaptiveAvgPool2d((7, 7))
        self.classifier = Sequential(
            Linear(512 * 7 * 7, 4096),
            ReLU(inplace=True),
            Dropout(dropout),
            Linear(4096, 4096),
            ReLU(inplace=True),
            Dropout(dropout),
            Linear(4096, num_classes),
        )
        initialize(self)

    def forward(self, images: Tensor) -> Tensor:
        """The score of each class."""
        scores: Tensor = self.classifier(self.avgpool(self.features(images)).flatten(1))
        return scores


def convolutions(counts: Any, batch_norm: bool) -> list[Module]:
    """The layers of the five stages."""
    layers: list[Module] = []
    channels = 3
    for count, width in zip(counts, WIDTHS, strict=True):
        for _ in range(count):
            layers.append(Conv2d(channels, width, 3, padding=1))
            layers += [BatchNorm2d(width)] if batch_norm else []
            layers.append(ReLU(inplace=True))
            channels = width
        layers.append(MaxPool2d(2))
    return layers


def initialize(network: Module) -> None:
    """Draw the weights, and set the biases to zero."""
    for module in network.modules():
        if isinstance(module, Conv2d):
            init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(module, Linear):
            init.normal_(module.weight, 0, 0.01)
        if isinstance(module, (Conv2d, Linear)) and module.bias is not None:
            init.zeros_(module.bias)


def vgg11(num_classes: int = 1000, **options: Any) -> VGG:
    """`VGG` of 11 layers with weights, configuration A: 132.9 million parameters."""
    return VGG((1, 1, 2, 2, 2), num_classes, **options)


def vgg13(num_classes: int = 1000, **options: Any) -> VGG:
    """`VGG` of 13 layers with weights, configuration B: 133.0 million parameters."""
    return VGG((2, 2, 2, 2, 2), num_classes, **options)


def vgg16(num_classes: int = 1000, **options: Any) -> VGG:
    """`VGG` of 16 layers with weights, configuration D: 138.4 million parameters."""
    return VGG((2, 2, 3, 3, 3), num_classes, **options)


def vgg19(num_classes: int = 1000, **options: Any) -> VGG:
    """`VGG` of 19 layers with weights, configuration E: 143.7 million parameters."""
    return VGG((2, 2, 4, 4, 4), num_classes, **options)
