"""A character LSTM that carries its state from batch to batch, then continues a text."""

import torch
from torch import nn

text = "it was the best of times, it was the worst of times, it was the age of wisdom. " * 8
chars = tuple(sorted(set(text)))
char2int = {ch: i for i, ch in enumerate(chars)}
encoded = torch.tensor([char2int[ch] for ch in text])
torch.manual_seed(11)


def get_batches(arr, batch_size, seq_length):
    total = batch_size * seq_length
    n_batches = len(arr) // total
    arr = arr[: n_batches * total].reshape(batch_size, -1)
    for n in range(0, arr.shape[1] - 1, seq_length):
        x, y = arr[:, n : n + seq_length], arr[:, n + 1 : n + seq_length + 1]
        if y.shape == x.shape:
            yield x, y


class CharRNN(nn.Module):
    def __init__(self, tokens, n_hidden=24, n_layers=2, drop_prob=0.2):
        super().__init__()
        self.n_layers, self.n_hidden = n_layers, n_hidden
        self.embed = nn.Embedding(len(tokens), 12)
        self.lstm = nn.LSTM(12, n_hidden, n_layers, dropout=drop_prob, batch_first=True)
        self.dropout = nn.Dropout(drop_prob)
        self.fc = nn.Linear(n_hidden, len(tokens))

    def forward(self, x, hidden):
        r_output, hidden = self.lstm(self.embed(x), hidden)
        out = self.dropout(r_output).contiguous().view(-1, self.n_hidden)
        return self.fc(out), hidden

    def init_hidden(self, batch_size):
        weight = next(self.parameters()).data
        return (
            weight.new(self.n_layers, batch_size, self.n_hidden).zero_(),
            weight.new(self.n_layers, batch_size, self.n_hidden).zero_(),
        )


net = CharRNN(chars)
print(net)
opt = torch.optim.Adam(net.parameters(), lr=0.01)
criterion = nn.CrossEntropyLoss()
losses = []
for epoch in range(3):
    h = net.init_hidden(8)
    for x, y in get_batches(encoded, 8, 19):
        h = tuple([each.data for each in h])
        net.zero_grad()
        output, h = net(x, h)
        loss = criterion(output, y.reshape(8 * 19).long())
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 5)
        opt.step()
        losses.append(loss.item())
    print("Epoch: {}... Loss: {:.4f}".format(epoch + 1, losses[-1]))

net.eval()
h = net.init_hidden(1)
out = [char2int[ch] for ch in "it was"]
with torch.no_grad():
    for ch in out:
        logits, h = net(torch.tensor([[ch]]), h)
    for _ in range(20):
        p, top = torch.softmax(logits, dim=1).topk(3)
        pick = torch.multinomial(p, 1)
        out.append(top[0, pick].item())
        logits, h = net(torch.tensor([[out[-1]]]), h)
print(repr("".join(chars[i] for i in out)))
print("checksum", {n: round(p.abs().sum().item(), 2) for n, p in net.named_parameters()})
assert losses[-1] < losses[0]
