"""REINFORCE with a baseline, on a corridor whose right end pays."""

from collections import deque
from itertools import count

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.distributions import Categorical


class Corridor:
    """Five cells; a step costs 0.1, the right end pays 1 and the left end -1."""

    def reset(self):
        self.place = 2
        return self.observe()

    def observe(self):
        state = [0.0] * 5
        state[self.place] = 1.0
        return state

    def step(self, action):
        self.place += 1 if action == 1 else -1
        done = self.place in (0, 4)
        reward = {0: -1.0, 4: 1.0}.get(self.place, -0.1)
        return self.observe(), reward, done, {}


class Policy(nn.Module):
    def __init__(self):
        super(Policy, self).__init__()
        self.affine1 = nn.Linear(5, 16)
        self.dropout = nn.Dropout(p=0.1)
        self.affine2 = nn.Linear(16, 2)
        self.saved_log_probs = []
        self.rewards = []

    def forward(self, x):
        x = self.dropout(self.affine1(x))
        action_scores = self.affine2(F.relu(x))
        return F.softmax(action_scores, dim=1)


torch.manual_seed(543)
env, policy = Corridor(), Policy()
optimizer = optim.Adam(policy.parameters(), lr=2e-2)
eps, gamma = 1e-8, 0.95


def select_action(state):
    state = torch.tensor(state).float().unsqueeze(0)
    m = Categorical(policy(state))
    action = m.sample()
    policy.saved_log_probs.append(m.log_prob(action))
    return action.item()


def finish_episode():
    R = 0
    policy_loss, returns = [], deque()
    for r in policy.rewards[::-1]:
        R = r + gamma * R
        returns.appendleft(R)
    returns = torch.tensor(list(returns))
    if len(returns) > 1:
        returns = (returns - 0.3) / (returns.std() + 0.5 + eps)
    for log_prob, R in zip(policy.saved_log_probs, returns):
        policy_loss.append(-log_prob * R)
    optimizer.zero_grad()
    policy_loss = torch.cat(policy_loss).sum()
    policy_loss.backward()
    optimizer.step()
    del policy.rewards[:]
    del policy.saved_log_probs[:]


running_reward, history = 0.0, []
for i_episode in range(60):
    state, ep_reward = env.reset(), 0
    for t in count(1):
        action = select_action(state)
        state, reward, done, _ = env.step(action)
        policy.rewards.append(reward)
        ep_reward += reward
        if done or t > 30:
            break
    running_reward = 0.1 * ep_reward + 0.9 * running_reward
    history.append(running_reward)
    finish_episode()
    if i_episode % 15 == 0:
        print(f"Episode {i_episode}\tLast reward: {ep_reward:.2f}\tAverage reward: {running_reward:.3f}")
policy.eval()
print(policy(torch.eye(5)))
print("checksum", sum(p.abs().sum().item() for p in policy.parameters()), history[-1])
assert history[-1] > 0.3
