"""Whole networks, each in a file that can be read in a few minutes.

`mlp` and `lenet` are where it began; `resnet` and `vgg` classify images, `resnet_depths` names the residual
networks of the paper; `gpt` and `lstm` write texts, with `sampling`.

    net = nn.models.resnet18(num_classes=10)
"""

from __future__ import annotations

from nn.models.gpt import GPT
from nn.models.lenet import LeNet
from nn.models.lstm import LSTMLanguageModel
from nn.models.mlp import MLP
from nn.models.resnet import BasicBlock, Bottleneck, CifarResNet, ResNet, ZeroPadding
from nn.models.resnet_depths import (
    resnet8,
    resnet18,
    resnet20,
    resnet32,
    resnet34,
    resnet44,
    resnet50,
    resnet56,
    resnet101,
    resnet110,
    resnet152,
)
from nn.models.vgg import VGG, vgg11, vgg13, vgg16, vgg19

__all__ = [
    "GPT", "MLP", "VGG", "BasicBlock", "Bottleneck", "CifarResNet", "LSTMLanguageModel", "LeNet", "ResNet",
    "ZeroPadding", "resnet8", "resnet18", "resnet20", "resnet32", "resnet34", "resnet44", "resnet50", "resnet56",
    "resnet101", "resnet110", "resnet152", "vgg11", "vgg13", "vgg16", "vgg19",
]  # fmt: skip
