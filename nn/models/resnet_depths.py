"""Residual networks by their depth: 8 to 110 layers for small images, 18 to 152 for ImageNet."""

from __future__ import annotations

from typing import Any

from nn.models.resnet import BasicBlock, Bottleneck, CifarResNet, ResNet

__all__ = [
    "resnet8", "resnet18", "resnet20", "resnet32", "resnet34", "resnet44", "resnet50", "resnet56", "resnet101",
    "resnet110", "resnet152",
]  # fmt: skip

# -- for small images: table 6 of the paper -----------------------------------------------------------------


def resnet8(num_classes: int = 10, **options: Any) -> CifarResNet:
    """`CifarResNet` of 8 layers, the smallest: 0.08 million parameters."""
    return CifarResNet(8, num_classes, **options)


def resnet20(num_classes: int = 10, **options: Any) -> CifarResNet:
    """`CifarResNet` of 20 layers: 0.27 million parameters."""
    return CifarResNet(20, num_classes, **options)


def resnet32(num_classes: int = 10, **options: Any) -> CifarResNet:
    """`CifarResNet` of 32 layers: 0.46 million parameters."""
    return CifarResNet(32, num_classes, **options)


def resnet44(num_classes: int = 10, **options: Any) -> CifarResNet:
    """`CifarResNet` of 44 layers: 0.66 million parameters."""
    return CifarResNet(44, num_classes, **options)


def resnet56(num_classes: int = 10, **options: Any) -> CifarResNet:
    """`CifarResNet` of 56 layers: 0.85 million parameters."""
    return CifarResNet(56, num_classes, **options)


def resnet110(num_classes: int = 10, **options: Any) -> CifarResNet:
    """`CifarResNet` of 110 layers: 1.7 million parameters."""
    return CifarResNet(110, num_classes, **options)


# -- for ImageNet: table 1 of the paper -----------------------------------------------------------------------


def resnet18(num_classes: int = 1000) -> ResNet:
    """`ResNet` of 18 layers: 11.7 million parameters."""
    return ResNet(BasicBlock, [2, 2, 2, 2], num_classes)


def resnet34(num_classes: int = 1000) -> ResNet:
    """`ResNet` of 34 layers: 21.8 million parameters."""
    return ResNet(BasicBlock, [3, 4, 6, 3], num_classes)


def resnet50(num_classes: int = 1000) -> ResNet:
    """`ResNet` of 50 layers: 25.6 million parameters."""
    return ResNet(Bottleneck, [3, 4, 6, 3], num_classes)


def resnet101(num_classes: int = 1000) -> ResNet:
    """`ResNet` of 101 layers: 44.5 million parameters."""
    return ResNet(Bottleneck, [3, 4, 23, 3], num_classes)


def resnet152(num_classes: int = 1000) -> ResNet:
    """`ResNet` of 152 layers: 60.2 million parameters."""
    return ResNet(Bottleneck, [3, 8, 36, 3], num_classes)
