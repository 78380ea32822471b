"""Hinton's forward-forward algorithm: each layer learns by itself, from data with right and with wrong labels."""

import torch
import torch.nn as nn
from torch.optim import Adam

torch.manual_seed(1234)
centers = torch.randn(3, 12) * 2
labels = torch.arange(90) % 3
images = (centers[labels] + 0.5 * torch.randn(90, 12)).sigmoid()


def embed_label(data, label):
    """The first elements make room for the label."""
    data = data.clone()
    data[:, :3] *= 0.0
    data[range(data.shape[0]), label] = data.max()
    return data


class Layer(nn.Linear):
    def __init__(self, in_features, out_features, bias=True, device=None, dtype=None):
        super().__init__(in_features, out_features, bias, device, dtype)
        self.relu = nn.ReLU()
        self.opt = Adam(self.parameters(), lr=0.03)
        self.threshold = 1.0
        self.num_epochs = 40

    def forward(self, x):
        direction = x / (x.norm(2, 1, keepdim=True) + 1e-4)
        return self.relu(torch.mm(direction, self.weight.T) + self.bias.unsqueeze(0))

    def train_layer(self, x_pos, x_neg, name):
        losses = []
        for i in range(self.num_epochs):
            g_pos = self.forward(x_pos).pow(2).mean(1)
            g_neg = self.forward(x_neg).pow(2).mean(1)
            loss = torch.log(1 + torch.exp(torch.cat([-g_pos + self.threshold, g_neg - self.threshold]))).mean()
            self.opt.zero_grad()
            loss.backward()
            self.opt.step()
            losses.append(loss.item())
            if i % 20 == 0:
                print(f"layer {name} epoch {i} loss {loss.item():.5f}")
        assert losses[-1] < losses[0]
        return self.forward(x_pos).detach(), self.forward(x_neg).detach()


class Net(torch.nn.Module):
    def __init__(self, dims):
        super().__init__()
        self.layers = []
        for d in range(len(dims) - 1):
            self.layers = self.layers + [Layer(dims[d], dims[d + 1])]
        self.layers = nn.ModuleList(self.layers)

    def predict(self, x):
        goodness_per_label = []
        for label in range(3):
            h, goodness = embed_label(x, label), []
            for layer in self.layers:
                h = layer(h)
                goodness = goodness + [h.pow(2).mean(1)]
            goodness_per_label += [sum(goodness).unsqueeze(1)]
        return torch.cat(goodness_per_label, 1).argmax(1)

    def fit(self, x_pos, x_neg):
        h_pos, h_neg = x_pos, x_neg
        for i, layer in enumerate(self.layers):
            h_pos, h_neg = layer.train_layer(h_pos, h_neg, i)


net = Net([12, 24, 16])
wrong = (labels + torch.randint(1, 3, (90,))) % 3
net.fit(embed_label(images, labels), embed_label(images, wrong))
with torch.no_grad():
    print("error:", 1.0 - net.predict(images).eq(labels).float().mean().item())
print("checksum", sum(p.abs().sum().item() for p in net.parameters()))
