"""LeNet-5, the first convolutional network of use: it read the digits on checks."""

from __future__ import annotations

from autograd.tensor import Tensor
from nn.modules.activation import ReLU
from nn.modules.container import Sequential
from nn.modules.conv import Conv2d
from nn.modules.flatten import Flatten
from nn.modules.linear import Linear
from nn.modules.module import Module
from nn.modules.pooling import MaxPool2d

__all__ = ["LeNet"]


class LeNet(Module):
    """Two convolutions, each halved by pooling, and three linear layers: 61,706 parameters.

    As it is built today, with ReLU and max pooling; the original had tanh, and averages times a learned
    factor. Shapes: images (N, channels, 28, 28) to scores (N, num_classes).

    LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition",
    Proceedings of the IEEE, 1998.

    >>> import autograd, nn
    >>> net = nn.models.LeNet()
    >>> net(autograd.zeros(5, 1, 28, 28)).shape
    torch.Size([5, 10])
    >>> sum(p.numel() for p in net.parameters())
    61706
    """

    def __init__(self, num_classes: int = 10, channels: int = 1) -> None:
        super().__init__()
        self.features = Sequential(
            Conv2d(channels, 6, 5, padding=2),  # 28 x 28
            ReLU(),
            MaxPool2d(2),  # 14 x 14
            Conv2d(6, 16, 5),  # 10 x 10
            ReLU(),
            MaxPool2d(2),  # 5 x 5
        )
        self.classifier = Sequential(
            Flatten(),
            Linear(16 * 5 * 5, 120),
            ReLU(),
            Linear(120, 84),
            ReLU(),
            Linear(84, num_classes),
        )

    def forward(self, images: Tensor) -> Tensor:
        """The score of each class."""
        scores: Tensor = self.classifier(self.features(images))
        return scores
