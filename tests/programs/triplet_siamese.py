"""Metric learning: a siamese network with contrastive and triplet losses, cosine embeddings, nearest neighbors."""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(21)
centers = torch.randn(4, 10) * 1.5
labels = torch.arange(80) % 4
points = centers[labels] + torch.randn(80, 10)


class Embedder(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(10, 16), nn.PReLU(), nn.Linear(16, 3))

    def forward(self, x):
        return F.normalize(self.net(x), p=2, dim=1)


class ContrastiveLoss(nn.Module):
    def __init__(self, margin=1.0):
        super().__init__()
        self.margin = margin

    def forward(self, a, b, same):
        distance = F.pairwise_distance(a, b, keepdim=True).squeeze(1)
        return torch.mean(same * distance.pow(2) + (1 - same) * torch.clamp(self.margin - distance, min=0.0).pow(2))


def nearest_neighbor_accuracy(model):
    with torch.no_grad():
        e = model(points)
        d = torch.cdist(e, e)
        d.fill_diagonal_(float("inf"))
        return (labels[d.argmin(dim=1)] == labels).float().mean().item()


def triplets(generator):
    anchors, positives, negatives = [], [], []
    for i in range(0, 80, 2):
        same = (labels == labels[i]).nonzero().flatten()
        other = (labels != labels[i]).nonzero().flatten()
        anchors.append(i)
        positives.append(same[torch.randint(len(same), (1,), generator=generator)].item())
        negatives.append(other[torch.randint(len(other), (1,), generator=generator)].item())
    return points[anchors], points[positives], points[negatives]


for loss_name in ("contrastive", "triplet", "triplet cosine", "cosine embedding", "margin ranking"):
    torch.manual_seed(2)
    g = torch.Generator().manual_seed(9)
    model = Embedder()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    losses = []
    for step in range(20):
        a, p, n = (model(t) for t in triplets(g))
        if loss_name == "contrastive":
            criterion = ContrastiveLoss()
            loss = criterion(a, p, torch.ones(len(a))) + criterion(a, n, torch.zeros(len(a)))
        elif loss_name == "triplet":
            loss = nn.TripletMarginLoss(margin=0.5, p=2)(a, p, n)
        elif loss_name == "triplet cosine":
            by_angle = nn.TripletMarginWithDistanceLoss(distance_function=lambda x, y: 1 - F.cosine_similarity(x, y))
            loss = by_angle(a, p, n)
        elif loss_name == "cosine embedding":
            loss = F.cosine_embedding_loss(torch.cat([a, a]), torch.cat([p, n]), torch.tensor([1.0] * 40 + [-1.0] * 40))
        else:
            loss = nn.MarginRankingLoss(0.3)((a * p).sum(1), (a * n).sum(1), torch.ones(len(a)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    print(f"{loss_name}: {losses[0]:.5f} -> {losses[-1]:.5f}, neighbors {nearest_neighbor_accuracy(model):.3f}")
    print("checksum", sum(p.abs().sum().item() for p in model.parameters()))
    assert losses[-1] < losses[0]
