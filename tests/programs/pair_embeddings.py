"""Classifying pairs of sentences: shared embeddings, a bidirectional LSTM, features of both, dropout between layers."""

import argparse
import random

import torch
import torch.nn as nn

parser = argparse.ArgumentParser()
parser.add_argument("--d_embed", type=int, default=12)
parser.add_argument("--d_hidden", type=int, default=12)
parser.add_argument("--lr", type=float, default=0.005)
parser.add_argument("--dp_ratio", type=float, default=0.1)
parser.add_argument("--birnn", action="store_false", dest="not_birnn")
args = parser.parse_args([])
args.birnn = args.not_birnn

random.seed(0)
torch.manual_seed(0)
subjects, verbs, places = ["cat", "dog", "girl", "man"], ["sits", "runs"], ["inside", "outside"]
opposite = {"sits": "runs", "runs": "sits", "inside": "outside", "outside": "inside"}
vocab = {w: i + 1 for i, w in enumerate(subjects + verbs + places + ["not"])}
examples = []
for _ in range(160):
    premise = [random.choice(subjects), random.choice(verbs), random.choice(places)]
    label = random.randint(0, 2)
    if label == 0:
        hypothesis = premise[:2]
    elif label == 1:
        hypothesis = [premise[0], opposite[premise[1]]]
    else:
        hypothesis = [random.choice([s for s in subjects if s != premise[0]]), premise[1]]
    examples.append((premise, hypothesis, label))


def numericalize(sentences):
    longest = max(len(s) for s in sentences)
    return torch.tensor([[vocab[w] for w in s] + [0] * (longest - len(s)) for s in sentences]).t()


class Bottle(nn.Module):
    def forward(self, input):
        if len(input.size()) <= 2:
            return super(Bottle, self).forward(input)
        size = input.size()[:2]
        out = super(Bottle, self).forward(input.reshape(size[0] * size[1], -1))
        return out.view(size[0], size[1], -1)


class Linear(Bottle, nn.Linear):
    pass


class Encoder(nn.Module):
    def __init__(self, config):
        super(Encoder, self).__init__()
        self.config = config
        self.rnn = nn.LSTM(
            input_size=config.d_embed, hidden_size=config.d_hidden, num_layers=2, dropout=config.dp_ratio,
            bidirectional=config.birnn,
        )  # fmt: skip

    def forward(self, inputs):
        batch_size = inputs.size()[1]
        state_shape = (4 if self.config.birnn else 2), batch_size, self.config.d_hidden
        h0 = c0 = inputs.new_zeros(state_shape)
        outputs, (ht, ct) = self.rnn(inputs, (h0, c0))
        return ht[-1] if not self.config.birnn else ht[-2:].transpose(0, 1).contiguous().view(batch_size, -1)


class Classifier(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.embed = nn.Embedding(len(vocab) + 1, config.d_embed, padding_idx=0)
        self.projection = Linear(config.d_embed, config.d_embed)
        self.encoder = Encoder(config)
        seq_in_size = 4 * config.d_hidden * 2
        self.out = nn.Sequential(
            Linear(seq_in_size, 24), nn.ReLU(), nn.Dropout(p=config.dp_ratio), Linear(24, 24), nn.ReLU(), Linear(24, 3)
        )

    def forward(self, premise, hypothesis):
        a, b = (self.encoder(torch.relu(self.projection(self.embed(s)))) for s in (premise, hypothesis))
        return self.out(torch.cat([a, b, (a - b).abs(), a * b], 1))


model = Classifier(args)
print(model)
opt = torch.optim.Adam(model.parameters(), lr=args.lr)
criterion = nn.CrossEntropyLoss()
first = None
for epoch in range(3):
    n_correct = n_total = 0
    for start in range(0, len(examples), 32):
        batch = examples[start : start + 32]
        opt.zero_grad()
        answer = model(numericalize([e[0] for e in batch]), numericalize([e[1] for e in batch]))
        label = torch.tensor([e[2] for e in batch])
        n_correct += (torch.max(answer, 1)[1].view(label.size()) == label).sum().item()
        n_total += len(batch)
        loss = criterion(answer, label)
        loss.backward()
        opt.step()
        first = first or loss.item()
    print(f"{epoch} loss {loss.item():.5f} accuracy {100.0 * n_correct / n_total:.2f}")
print("padding row", model.embed.weight[0].abs().sum().item())
print("checksum", sum(p.abs().sum().item() for p in model.parameters()))
assert loss.item() < first
