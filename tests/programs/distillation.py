"""Knowledge distillation: a student learns from a teacher's soft answers, its features, and mimicked angles."""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(10)
X = torch.randn(200, 3, 8, 8)
Y = (X[:, 0].mean((1, 2)) > 0).long() + 2 * (X[:, 1, :4].mean((1, 2)) > 0).long()
loader = torch.utils.data.DataLoader(list(zip(X[:150], Y[:150])), batch_size=50, shuffle=True)


def features(width):
    return nn.Sequential(
        nn.Conv2d(3, width, kernel_size=3, padding=1), nn.ReLU(), nn.MaxPool2d(kernel_size=2, stride=2),
        nn.Conv2d(width, width, kernel_size=3, padding=1), nn.ReLU(), nn.MaxPool2d(kernel_size=2, stride=2),
    )  # fmt: skip


class Net(nn.Module):
    def __init__(self, width, num_classes=4):
        super().__init__()
        self.features = features(width)
        self.classifier = nn.Sequential(
            nn.Linear(width * 4, 16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, num_classes)
        )

    def forward(self, x):
        x = torch.flatten(self.features(x), 1)
        return self.classifier(x), x


def train(model, epochs, lr=0.02):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    model.train()
    for _ in range(epochs):
        running_loss = 0.0
        for inputs, labels in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(inputs)[0], labels)
            loss.backward()
            optimizer.step()
            running_loss += loss.item()
    return running_loss / len(loader)


def train_knowledge_distillation(teacher, student, epochs, T=2, soft_target_loss_weight=0.25, ce_loss_weight=0.75):
    ce_loss = nn.CrossEntropyLoss(label_smoothing=0.05)
    optimizer = torch.optim.Adam(student.parameters(), lr=0.02)
    teacher.eval()
    student.train()
    averages = []
    for epoch in range(epochs):
        running_loss = 0.0
        for inputs, labels in loader:
            optimizer.zero_grad()
            with torch.no_grad():
                teacher_logits, _ = teacher(inputs)
            student_logits, _ = student(inputs)
            soft_targets = nn.functional.softmax(teacher_logits / T, dim=-1)
            soft_prob = nn.functional.log_softmax(student_logits / T, dim=-1)
            by_hand = torch.sum(soft_targets * (soft_targets.log() - soft_prob)) / soft_prob.size()[0] * (T**2)
            soft_targets_loss = F.kl_div(soft_prob, soft_targets, reduction="batchmean") * T**2
            assert torch.allclose(by_hand, soft_targets_loss, atol=1e-5)
            loss = soft_target_loss_weight * soft_targets_loss + ce_loss_weight * ce_loss(student_logits, labels)
            loss.backward()
            optimizer.step()
            running_loss += loss.item()
        averages.append(running_loss / len(loader))
        print(f"Epoch {epoch + 1}/{epochs}, Loss: {averages[-1]:.5f}")
    assert averages[-1] < averages[0]


@torch.inference_mode()
def test(model):
    model.eval()
    return (model(X[150:])[0].argmax(1) == Y[150:]).sum().item()


teacher = Net(12)
print("teacher loss", train(teacher, 5), "correct", test(teacher))
torch.manual_seed(11)
student = Net(4)
train_knowledge_distillation(teacher, student, 4)
print("student correct", test(student))
regressor = nn.Linear(16, 48)
cosine = nn.CosineEmbeddingLoss()
optimizer = torch.optim.Adam([*student.parameters(), *regressor.parameters()], lr=0.01)
for _ in range(3):
    optimizer.zero_grad()
    with torch.no_grad():
        hidden = teacher(X[:50])[1]
    mimic = cosine(regressor(student(X[:50])[1]), hidden, target=torch.ones(50))
    mimic.backward()
    optimizer.step()
    print("cosine", mimic.item())
print("checksum", *(sum(p.abs().sum().item() for p in m.parameters()) for m in (teacher, student)))
