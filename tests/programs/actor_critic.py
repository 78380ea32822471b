"""Actor and critic with one body, on a grid; returns standardized, smooth L1 for the values."""

from collections import namedtuple

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.distributions import Categorical

SavedAction = namedtuple("SavedAction", ["log_prob", "value"])
SIZE, GOAL = 3, (2, 2)
MOVES = [(0, 1), (1, 0), (0, -1), (-1, 0)]


class Grid:
    def reset(self):
        self.at = (0, 0)
        return self.state()

    def state(self):
        return torch.tensor([float(self.at[0]), float(self.at[1]), 1.0])

    def step(self, action):
        row, col = (min(max(c + d, 0), SIZE - 1) for c, d in zip(self.at, MOVES[action]))
        self.at = (row, col)
        done = self.at == GOAL
        return self.state(), 1.0 if done else -0.05, done


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.affine1 = nn.Linear(3, 24)
        self.action_head = nn.Linear(24, 4)
        self.value_head = nn.Linear(24, 1)
        self.saved_actions, self.rewards = [], []

    def forward(self, x):
        x = F.relu(self.affine1(x))
        return F.softmax(self.action_head(x), dim=-1), self.value_head(x)


torch.manual_seed(12)
model, env = Policy(), Grid()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
lengths = []
for episode in range(40):
    state = env.reset()
    for t in range(40):
        probs, value = model(state)
        m = Categorical(probs)
        action = m.sample()
        model.saved_actions.append(SavedAction(m.log_prob(action), value))
        state, reward, done = env.step(action.item())
        model.rewards.append(reward)
        if done:
            break
    lengths.append(t + 1)
    R, returns = 0, []
    for r in model.rewards[::-1]:
        R = r + 0.99 * R
        returns.insert(0, R)
    returns = torch.tensor(returns)
    policy_losses, value_losses = [], []
    for (log_prob, value), R in zip(model.saved_actions, returns):
        advantage = R - value.item()
        policy_losses.append(-log_prob * advantage)
        value_losses.append(F.smooth_l1_loss(value, torch.tensor([R])))
    optimizer.zero_grad()
    entropy = m.entropy()
    loss = torch.stack(policy_losses).sum() + torch.stack(value_losses).sum() - 0.01 * entropy
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    model.rewards.clear()
    model.saved_actions.clear()
    if episode % 10 == 0:
        print(f"Episode {episode}\tlength {lengths[-1]}\tloss {loss.item():.5f}\tentropy {entropy.item():.5f}")
print(lengths)
print("checksum", sum(p.abs().sum().item() for p in model.parameters()))
assert sum(lengths[-10:]) < sum(lengths[:10])
