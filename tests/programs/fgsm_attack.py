"""The fast gradient sign attack: gradients by the image, against a small network."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits

torch.manual_seed(42)
digits = load_digits()
X = torch.tensor(digits.data / 16.0, dtype=torch.float32).reshape(-1, 1, 8, 8)
y = torch.tensor(digits.target, dtype=torch.long)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, 1)
        self.conv2 = nn.Conv2d(8, 8, 3, 1)
        self.dropout1 = nn.Dropout(0.25)
        self.fc1 = nn.Linear(32, 10)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return F.log_softmax(self.fc1(torch.flatten(self.dropout1(x), 1)), dim=1)


model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(3):
    for i in range(0, 1200, 100):
        optimizer.zero_grad()
        loss = F.nll_loss(model(X[i : i + 100]), y[i : i + 100])
        loss.backward()
        optimizer.step()
    print("epoch", epoch, "loss", loss.item())
model.eval()


def fgsm_attack(image, epsilon, data_grad):
    sign_data_grad = data_grad.sign()
    perturbed_image = image + epsilon * sign_data_grad
    return torch.clamp(perturbed_image, 0, 1)


def pgd_attack(image, label, epsilon, steps=3):
    adversary = image.clone().detach()
    for _ in range(steps):
        adversary.requires_grad_()
        loss = F.nll_loss(model(adversary), label)
        (grad,) = torch.autograd.grad(loss, [adversary])
        adversary = adversary.detach() + epsilon / steps * torch.sign(grad)
        adversary = torch.min(torch.max(adversary, image - epsilon), image + epsilon).clamp(0.0, 1.0)
    return adversary


accuracies = []
for epsilon in [0, 0.1, 0.2, 0.3]:
    correct = 0
    adv_examples = []
    for data, target in zip(X[1200:1260], y[1200:1260]):
        data, target = data.unsqueeze(0), target.unsqueeze(0)
        data.requires_grad = True
        output = model(data)
        init_pred = output.max(1, keepdim=True)[1]
        if init_pred.item() != target.item():
            continue
        loss = F.nll_loss(output, target)
        model.zero_grad()
        loss.backward()
        perturbed_data = fgsm_attack(data, epsilon, data.grad.data)
        final_pred = model(perturbed_data).max(1, keepdim=True)[1]
        if final_pred.item() == target.item():
            correct += 1
        elif len(adv_examples) < 3:
            adv_examples.append(
                (init_pred.item(), final_pred.item(), perturbed_data.squeeze().detach().cpu().numpy().sum())
            )
    accuracies.append(correct / 60)
    print(
        f"Epsilon: {epsilon}\tTest Accuracy = {correct} / 60 = {accuracies[-1]:.3f}",
        [(a, b) for a, b, _ in adv_examples],
    )
attacked = pgd_attack(X[1200:1260], y[1200:1260], 0.2)
with torch.no_grad():
    print("pgd", model(attacked).argmax(1).eq(y[1200:1260]).sum().item())
print("checksum", sum(p.abs().sum().item() for p in model.parameters()))
assert accuracies[-1] < accuracies[0]
