"""A word language model with an LSTM: batches side by side, hidden state repackaged, learning rate annealed by hand."""

import math

import torch
import torch.nn as nn

torch.manual_seed(1111)
lines = [
    "the cat sat on the mat",
    "the dog sat on the log",
    "a cat and a dog met on the road",
    "the road was long",
] * 12
dictionary = {}
for line in lines:
    for word in line.split() + ["<eos>"]:
        dictionary.setdefault(word, len(dictionary))
ids = torch.cat([torch.tensor([dictionary[w] for w in line.split() + ["<eos>"]]).type(torch.int64) for line in lines])
ntokens = len(dictionary)


def batchify(data, bsz):
    nbatch = data.size(0) // bsz
    data = data.narrow(0, 0, nbatch * bsz)
    return data.view(bsz, -1).t().contiguous()


class RNNModel(nn.Module):
    def __init__(self, rnn_type, ntoken, ninp, nhid, nlayers, dropout=0.1, tie_weights=False):
        super().__init__()
        self.ntoken = ntoken
        self.drop = nn.Dropout(dropout)
        self.encoder = nn.Embedding(ntoken, ninp)
        if rnn_type in ["LSTM", "GRU"]:
            self.rnn = getattr(nn, rnn_type)(ninp, nhid, nlayers, dropout=dropout)
        else:
            self.rnn = nn.RNN(ninp, nhid, nlayers, nonlinearity="relu", dropout=dropout)
        self.decoder = nn.Linear(nhid, ntoken)
        if tie_weights:
            self.decoder.weight = self.encoder.weight
        nn.init.uniform_(self.encoder.weight, -0.1, 0.1)
        nn.init.zeros_(self.decoder.bias)
        nn.init.uniform_(self.decoder.weight, -0.1, 0.1)
        self.rnn_type, self.nhid, self.nlayers = rnn_type, nhid, nlayers

    def forward(self, input, hidden):
        emb = self.drop(self.encoder(input))
        output, hidden = self.rnn(emb, hidden)
        decoded = self.decoder(self.drop(output)).view(-1, self.ntoken)
        return nn.functional.log_softmax(decoded, dim=1), hidden

    def init_hidden(self, bsz):
        weight = next(self.parameters())
        if self.rnn_type == "LSTM":
            return (weight.new_zeros(self.nlayers, bsz, self.nhid), weight.new_zeros(self.nlayers, bsz, self.nhid))
        return weight.new_zeros(self.nlayers, bsz, self.nhid)


def repackage_hidden(h):
    if isinstance(h, torch.Tensor):
        return h.detach()
    return tuple(repackage_hidden(v) for v in h)


def get_batch(source, i, bptt=7):
    seq_len = min(bptt, len(source) - 1 - i)
    return source[i : i + seq_len], source[i + 1 : i + 1 + seq_len].view(-1)


train_data, val_data = batchify(ids[:-60], 6), batchify(ids[-60:], 4)
criterion = nn.NLLLoss()
for kind in ("LSTM", "GRU", "RNN_RELU"):
    model = RNNModel(kind, ntokens, 16, 16, 2, tie_weights=True)
    lr, best_val_loss, first = 5.0, None, None
    for epoch in range(1, 4):
        model.train()
        total_loss = 0.0
        hidden = model.init_hidden(6)
        for batch, i in enumerate(range(0, train_data.size(0) - 1, 7)):
            data, targets = get_batch(train_data, i)
            model.zero_grad()
            hidden = repackage_hidden(hidden)
            output, hidden = model(data, hidden)
            loss = criterion(output, targets)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 0.25)
            for p in model.parameters():
                p.data.add_(p.grad, alpha=-lr)
            total_loss += loss.item()
        first = first or total_loss
        model.eval()
        with torch.no_grad():
            hidden = model.init_hidden(4)
            data, targets = get_batch(val_data, 0, 12)
            val_loss = criterion(model(data, hidden)[0], targets).item()
        print(
            f"| {kind} epoch {epoch} | loss {total_loss / (batch + 1):.4f} | valid {val_loss:.4f} | ppl {math.exp(val_loss):.2f}"
        )
        if not best_val_loss or val_loss < best_val_loss:
            best_val_loss = val_loss
        else:
            lr /= 4.0
    print("checksum", sum(p.abs().sum().item() for p in model.parameters()))
    assert total_loss < first
