"""Sequences of different lengths: packing for GRU and LSTM, CTC loss, embedding bags, 1-d convolutions over text."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

torch.manual_seed(2)
sequences = [torch.randint(1, 9, (n,)) for n in (7, 3, 5, 2, 6, 4)]
targets = torch.tensor([(s.sum() % 2).item() for s in sequences])
lengths = torch.tensor([len(s) for s in sequences])
padded = pad_sequence(sequences, batch_first=True)
print(padded.shape, padded[1])


class Classifier(nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.embedding = nn.Embedding(9, 8, padding_idx=0)
        self.rnn = cell(8, 10, num_layers=1, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(20, 2)

    def forward(self, text, lengths):
        packed = pack_padded_sequence(self.embedding(text), lengths, batch_first=True, enforce_sorted=False)
        out, hidden = self.rnn(packed)
        hidden = hidden[0] if isinstance(hidden, tuple) else hidden
        unpacked, sizes = pad_packed_sequence(out, batch_first=True)
        mask = (torch.arange(unpacked.size(1))[None, :] < sizes[:, None]).unsqueeze(-1)
        pooled = (unpacked * mask).sum(1) / sizes[:, None]
        return self.fc(torch.cat([hidden[-2], hidden[-1]], dim=1) + pooled)


for cell in (nn.GRU, nn.LSTM, nn.RNN):
    model = Classifier(cell)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    losses = []
    for _ in range(12):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(padded, lengths), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    print(cell.__name__, losses[0], losses[-1], sum(p.abs().sum().item() for p in model.parameters()))
    assert losses[-1] < losses[0]

# connectionist temporal classification
acoustic = nn.Sequential(nn.Conv1d(4, 12, 3, padding=1), nn.ReLU(), nn.Conv1d(12, 6, 3, padding=1))
frames = torch.randn(3, 4, 20)
labels, label_lengths = torch.randint(1, 6, (3, 5)), torch.tensor([5, 3, 4])
ctc, optimizer = nn.CTCLoss(blank=0, zero_infinity=True), torch.optim.SGD(acoustic.parameters(), lr=0.05)
first = None
for _ in range(10):
    log_probs = acoustic(frames).permute(2, 0, 1).log_softmax(2)
    loss = ctc(log_probs, labels, torch.full((3,), 20, dtype=torch.long), label_lengths)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    first = first or loss.item()
best = log_probs.argmax(2).t()
print("ctc", first, loss.item(), [torch.unique_consecutive(row).tolist() for row in best][0])
assert loss.item() < first

# bags of words and a convolution over words
text = torch.cat(sequences)
offsets = torch.cat([torch.tensor([0]), lengths.cumsum(0)[:-1]])
bag = nn.EmbeddingBag(9, 6, mode="mean")
cnn = nn.ModuleList([nn.Conv2d(1, 4, (k, 8)) for k in (2, 3)])
embedded = nn.Embedding(9, 8)
head = nn.Linear(14, 2)
parameters = [*bag.parameters(), *cnn.parameters(), *embedded.parameters(), *head.parameters()]
optimizer = torch.optim.Adagrad(parameters, lr=0.1)
losses = []
for _ in range(10):
    x = embedded(padded).unsqueeze(1)
    pooled = [F.max_pool1d(c, c.size(2)).squeeze(2) for c in (F.relu(conv(x)).squeeze(3) for conv in cnn)]
    output = head(torch.cat([bag(text, offsets), *pooled], 1))
    loss = nn.MultiMarginLoss()(output, targets) + F.cross_entropy(output, targets, weight=torch.tensor([1.0, 2.0]))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
print("bag", losses[0], losses[-1], sum(p.abs().sum().item() for p in parameters))
assert losses[-1] < losses[0]
