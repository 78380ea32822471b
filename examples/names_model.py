"""A language model that makes up first names, letter by letter: an LSTM. Prints its names beside real ones."""

import autograd as torch
import nn
import nn.functional as F
import optim
from autograd import datasets

LETTERS = ".abcdefghijklmnopqrstuvwxyz"  # a point ends every name, and begins it
LONGEST = 10


def tokens(name):
    """A name as numbers, the point before and after it, and filled up with -1."""
    numbers = [LETTERS.index(letter) for letter in f".{name}."]
    return numbers + [-1] * (LONGEST + 2 - len(numbers))


class Model(nn.Module):
    """The scores of each letter to come next, after each letter so far."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(27, 16)
        self.lstm = nn.LSTM(16, 96, batch_first=True)
        self.out = nn.Linear(96, 27)

    def forward(self, x, state=None):
        """From letters of shape (n, t) to scores of shape (n, t, 27)."""
        h, state = self.lstm(self.embedding(x), state)
        return self.out(h), state


def loss_of(names):
    """How surprised the model is by the next letter of these names, in nats a letter."""
    scores, _ = model(names[:, :-1].clamp(min=0))
    return F.cross_entropy(scores.flatten(0, 1), names[:, 1:].flatten(), ignore_index=-1)


@torch.no_grad()
def made_up():
    """A name, drawn letter by letter."""
    letter, state, name = torch.tensor([[0]]), None, ""
    while True:
        scores, state = model(letter, state)
        letter = torch.multinomial(F.softmax(scores[0], dim=-1), 1)
        if letter.item() == 0 or len(name) == LONGEST:
            return name
        name += LETTERS[letter.item()]


torch.manual_seed(1)
names = [name for name in datasets.first_names() if len(name) <= LONGEST]
(train,), (test,) = datasets.split(torch.tensor([tokens(name) for name in names]), test=0.1)

model = Model()
optimizer = optim.AdamW(model.parameters(), lr=4e-3)
for epoch in range(1, 9):
    for batch in torch.randperm(len(train)).split(64):
        optimizer.zero_grad()
        loss_of(train[batch]).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    with torch.no_grad():
        print(f"epoch {epoch}: {loss_of(test).item():.3f} nats a letter on held-out names")

print(f"\n{'real':12}made up")
for real in names[:300:25]:
    print(f"{real:12}{made_up()}")
