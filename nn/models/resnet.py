"""Residual networks: for small images, as in CIFAR, and for those of ImageNet.

The parts have the names that they have in torchvision, so the weights published for it can be loaded.

He, Zhang, Ren and Sun, "Deep residual learning for image recognition", CVPR 2016.
"""

from __future__ import annotations

from typing import Any

from autograd.tensor import Tensor
from nn import init
from nn.functional import pad
from nn.modules.activation import ReLU
from nn.modules.adaptive_pooling import AdaptiveAvgPool2d
from nn.modules.batchnorm import BatchNorm2d
from nn.modules.container import Sequential
from nn.modules.conv import Conv2d
from nn.modules.linear import Linear
from nn.modules.module import Module
from nn.modules.pooling import MaxPool2d

__all__ = ["BasicBlock", "Bottleneck", "CifarResNet", "ResNet", "ZeroPadding"]


def conv3x3(inputs: int, outputs: int, stride: int = 1) -> Conv2d:
    """A convolution that keeps the size of the image, or halves it. The bias is left to the normalization after it."""
    return Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)


def conv1x1(inputs: int, outputs: int, stride: int = 1) -> Conv2d:
    """A linear map of the channels at each place, or at every second one."""
    return Conv2d(inputs, outputs, 1, stride, bias=False)


# -- blocks -----------------------------------------------------------------------------------------------


class BasicBlock(Module):
    """relu(x + F(x)), where F is two 3 x 3 convolutions, each normalized.

    Args:
        inputs: channels that come in.
        width: channels of both convolutions.
        stride: of the first one: 2 halves the image.
        downsample: what brings x to the shape of F(x), where that differs.

    >>> import autograd, nn
    >>> nn.models.BasicBlock(16, 16)(autograd.zeros(1, 16, 8, 8)).shape
    torch.Size([1, 16, 8, 8])
    """

    expansion = 1
    """How many times `width` the channels are that come out."""

    def __init__(self, inputs: int, width: int, stride: int = 1, downsample: Module | None = None) -> None:
        super().__init__()
        self.conv1 = conv3x3(inputs, width, stride)
        self.bn1 = BatchNorm2d(width)
        self.relu = ReLU(inplace=True)
        self.conv2 = conv3x3(width, width)
        self.bn2 = BatchNorm2d(width)
        self.downsample = downsample
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        """The block's input, changed by what the block has learned to add."""
        z = self.relu(self.bn1(self.conv1(x)))
        z = self.bn2(self.conv2(z))
        z = z + (x if self.downsample is None else self.downsample(x))
        return self.relu(z)


class Bottleneck(Module):
    """relu(x + F(x)), where F narrows the channels, convolves, and widens them again: deeper for the same price.

    Its arguments are those of `BasicBlock`; the channels that come out are 4 times `width`.

    >>> import autograd, nn
    >>> nn.models.Bottleneck(64, 16)(autograd.zeros(1, 64, 8, 8)).shape
    torch.Size([1, 64, 8, 8])
    """

    expansion = 4

    def __init__(self, inputs: int, width: int, stride: int = 1, downsample: Module | None = None) -> None:
        super().__init__()
        self.conv1 = conv1x1(inputs, width)
        self.bn1 = BatchNorm2d(width)
        self.conv2 = conv3x3(width, width, stride)
        self.bn2 = BatchNorm2d(width)
        self.conv3 = conv1x1(width, width * self.expansion)
        self.bn3 = BatchNorm2d(width * self.expansion)
        self.relu = ReLU(inplace=True)
        self.downsample = downsample
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        """The block's input, changed by what the block has learned to add."""
        z = self.relu(self.bn1(self.conv1(x)))
        z = self.relu(self.bn2(self.conv2(z)))
        z = self.bn3(self.conv3(z))
        z = z + (x if self.downsample is None else self.downsample(x))
        return self.relu(z)


# -- ways around a block that changes the shape -----------------------------------------------------------


class ZeroPadding(Module):
    """Every second pixel, and channels of zeros for those that x lacks: a way around a block without parameters.

    This is what the paper calls option A.

    >>> import autograd, nn
    >>> nn.models.ZeroPadding(16, 32, stride=2)(autograd.ones(1, 16, 8, 8)).shape
    torch.Size([1, 32, 4, 4])
    """

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.missing = outputs - inputs
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        """x with fewer pixels and more channels, the new ones at the end."""
        return pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.missing))


def projection(inputs: int, outputs: int, stride: int) -> Sequential:
    """A learned 1 x 1 convolution, normalized: the paper's option B."""
    return Sequential(conv1x1(inputs, outputs, stride), BatchNorm2d(outputs))


def stage(block: Any, count: int, inputs: int, width: int, stride: int, shortcut: Any = projection) -> Sequential:
    """Blocks of the same width; the first one changes the channels, and with stride 2 halves the image."""
    outputs = width * block.expansion
    downsample = shortcut(inputs, outputs, stride) if stride != 1 or inputs != outputs else None
    first = block(inputs, width, stride, downsample)
    return Sequential(first, *(block(outputs, width) for _ in range(count - 1)))


def initialize(network: Module) -> None:
    """Draw the convolutions so that, through their ReLUs, gradients keep their size on the way back (He et al. 2015)."""
    for module in network.modules():
        if isinstance(module, Conv2d):
            init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")


# -- networks -----------------------------------------------------------------------------------------------


class ResNet(Module):
    """The network for ImageNet: four stages, at 1/4, 1/8, 1/16 and 1/32 of the image's size.

    Shapes: images (N, 3, H, W), in the paper 224 x 224, to scores (N, num_classes).

    Args:
        block: `BasicBlock` or `Bottleneck`.
        layers: how many blocks each of the four stages has.
        num_classes: how many scores to give.

    >>> import autograd, nn
    >>> net = nn.models.ResNet(nn.models.BasicBlock, [1, 1, 1, 1], num_classes=10)
    >>> net(autograd.zeros(1, 3, 64, 64)).shape
    torch.Size([1, 10])
    """

    def __init__(self, block: Any, layers: Any, num_classes: int = 1000) -> None:
        super().__init__()
        self.conv1 = Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = BatchNorm2d(64)
        self.relu = ReLU(inplace=True)
        self.maxpool = MaxPool2d(3, stride=2, padding=1)
        self.layer1 = stage(block, layers[0], 64, 64, stride=1)
        self.layer2 = stage(block, layers[1], 64 * block.expansion, 128, stride=2)
        self.layer3 = stage(block, layers[2], 128 * block.expansion, 256, stride=2)
        self.layer4 = stage(block, layers[3], 256 * block.expansion, 512, stride=2)
        self.avgpool = AdaptiveAvgPool2d((1, 1))
        self.fc = Linear(512 * block.expansion, num_classes)
        initialize(self)

    def forward(self, images: Tensor) -> Tensor:
        """The score of each class."""
        z = self.maxpool(self.relu(self.bn1(self.conv1(images))))
        z = self.layer4(self.layer3(self.layer2(self.layer1(z))))
        scores: Tensor = self.fc(self.avgpool(z).flatten(1))
        return scores


class CifarResNet(Module):
    """The network for small images: three stages, of 16, 32 and 64 channels.

    Shapes: images (N, 3, H, W), in the paper 32 x 32, to scores (N, num_classes).

    Args:
        depth: the number of layers with weights, 6 n + 2: each stage has n blocks of two convolutions.
        num_classes: how many scores to give.
        shortcut: the way around a block that changes the shape: `ZeroPadding`, as in the paper, or a function of the
            channels that come in and go out and the stride.

    Raises ValueError for another depth.

    >>> import autograd, nn
    >>> nn.models.CifarResNet(8)(autograd.zeros(2, 3, 32, 32)).shape
    torch.Size([2, 10])
    """

    def __init__(self, depth: int, num_classes: int = 10, shortcut: Any = ZeroPadding) -> None:
        super().__init__()
        if depth < 8 or depth % 6 != 2:
            raise ValueError(f"CifarResNet(): the depth must be 6 n + 2, such as 8, 20, 32, 44, 56 or 110, got {depth}")
        blocks = depth // 6
        self.conv1 = conv3x3(3, 16)
        self.bn1 = BatchNorm2d(16)
        self.relu = ReLU(inplace=True)
        self.layer1 = stage(BasicBlock, blocks, 16, 16, stride=1)
        self.layer2 = stage(BasicBlock, blocks, 16, 32, stride=2, shortcut=shortcut)
        self.layer3 = stage(BasicBlock, blocks, 32, 64, stride=2, shortcut=shortcut)
        self.avgpool = AdaptiveAvgPool2d((1, 1))
        self.fc = Linear(64, num_classes)
        initialize(self)

    def forward(self, images: Tensor) -> Tensor:
        """The score of each class."""
        z = self.relu(self.bn1(self.conv1(images)))
        z = self.layer3(self.layer2(self.layer1(z)))
        scores: Tensor = self.fc(self.avgpool(z).flatten(1))
        return scores
