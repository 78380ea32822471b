"""Graph convolution and graph attention on two communities, with dense adjacency; a matrix factorization."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.modules.module import Module
from torch.nn.parameter import Parameter

torch.manual_seed(42)
n = 30
labels = (torch.arange(n) >= n // 2).long()
same = labels[:, None] == labels[None, :]
adjacency = (torch.rand(n, n) < torch.where(same, 0.4, 0.05)).float().triu(1)
adjacency = adjacency + adjacency.t() + torch.eye(n)
degree = adjacency.sum(1).pow(-0.5)
normalized = degree[:, None] * adjacency * degree[None, :]
features = torch.randn(n, 6) + labels[:, None] * 0.3
idx_train, idx_test = torch.arange(0, n, 5), torch.tensor([i for i in range(n) if i % 5])


class GraphConvolution(Module):
    def __init__(self, in_features, out_features, bias=True):
        super(GraphConvolution, self).__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = Parameter(torch.FloatTensor(in_features, out_features))
        if bias:
            self.bias = Parameter(torch.FloatTensor(out_features))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self):
        stdv = 1.0 / math.sqrt(self.weight.size(1))
        self.weight.data.uniform_(-stdv, stdv)
        if self.bias is not None:
            self.bias.data.uniform_(-stdv, stdv)

    def forward(self, input, adj):
        support = torch.mm(input, self.weight)
        output = torch.mm(adj, support)
        return output + self.bias if self.bias is not None else output

    def __repr__(self):
        return self.__class__.__name__ + " (" + str(self.in_features) + " -> " + str(self.out_features) + ")"


class GraphAttention(nn.Module):
    def __init__(self, in_features, out_features, heads):
        super().__init__()
        self.W = nn.Parameter(torch.empty(heads, in_features, out_features))
        self.a = nn.Parameter(torch.empty(heads, 2 * out_features, 1))
        nn.init.xavier_uniform_(self.W, gain=1.414)
        nn.init.xavier_uniform_(self.a, gain=1.414)

    def forward(self, h, adj):
        Wh = torch.einsum("ni,hio->hno", h, self.W)
        half = Wh.shape[-1]
        e = F.leaky_relu(Wh @ self.a[:, :half] + (Wh @ self.a[:, half:]).transpose(1, 2), 0.2)
        attention = torch.where(adj > 0, e, -9e15 * torch.ones_like(e)).softmax(dim=-1)
        return F.elu(attention @ Wh).permute(1, 0, 2).flatten(1)


class GCN(nn.Module):
    def __init__(self, nfeat, nhid, nclass, dropout, attend):
        super().__init__()
        self.gc1 = GraphAttention(nfeat, nhid // 2, 2) if attend else GraphConvolution(nfeat, nhid)
        self.gc2 = GraphConvolution(nhid, nclass)
        self.dropout = dropout

    def forward(self, x, adj):
        x = F.relu(self.gc1(x, adj))
        x = F.dropout(x, self.dropout, training=self.training)
        return F.log_softmax(self.gc2(x, adj), dim=1)


for attend in (False, True):
    model = GCN(6, 8, 2, 0.3, attend)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02, weight_decay=5e-4)
    losses = []
    for epoch in range(25):
        model.train()
        optimizer.zero_grad()
        output = model(features, normalized)
        loss_train = F.nll_loss(output[idx_train], labels[idx_train])
        loss_train.backward()
        optimizer.step()
        losses.append(loss_train.item())
    model.eval()
    preds = model(features, normalized).max(1)[1].type_as(labels)
    correct = preds[idx_test].eq(labels[idx_test]).double().sum()
    print(model.gc2, f"loss {losses[0]:.5f} -> {losses[-1]:.5f}, test {correct.item():.0f} / {len(idx_test)}")
    print("checksum", sum(p.abs().sum().item() for p in model.parameters()))
    assert losses[-1] < losses[0]


class MatrixFactorization(nn.Module):
    def __init__(self, n_users, n_items, n_factors=4):
        super().__init__()
        self.user_factors, self.item_factors = nn.Embedding(n_users, n_factors), nn.Embedding(n_items, n_factors)
        self.user_biases, self.item_biases = nn.Embedding(n_users, 1), nn.Embedding(n_items, 1)

    def forward(self, user, item):
        pred = self.user_biases(user) + self.item_biases(item)
        pred += (self.user_factors(user) * self.item_factors(item)).sum(dim=1, keepdim=True)
        return pred.squeeze()


ratings = torch.randn(8, 3) @ torch.randn(3, 10)
users, items = torch.nonzero(torch.rand(8, 10) < 0.8, as_tuple=True)
model = MatrixFactorization(8, 10)
optimizer = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.5)
losses = []
for epoch in range(20):
    loss = F.mse_loss(model(users, items), ratings[users, items])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
print("factorization", losses[0], losses[-1], sum(p.abs().sum().item() for p in model.parameters()))
assert losses[-1] < losses[0]
