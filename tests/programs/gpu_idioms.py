"""A training loop as it is written for GPUs, on a computer without one: devices, scaler, compile, pinned memory."""

import os
import random
import time

import numpy as np
import torch
import torch.backends.cudnn as cudnn
import torch.nn as nn
from torch.cuda.amp import GradScaler as OldScaler
from torch.utils.checkpoint import checkpoint
from torch.utils.data import DataLoader, TensorDataset


def seed_everything(seed):
    random.seed(seed)
    os.environ["PYTHONHASHSEED"] = str(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    torch.cuda.manual_seed(seed)
    torch.cuda.manual_seed_all(seed)
    cudnn.deterministic = True
    torch.backends.cudnn.benchmark = False


seed_everything(123)
use_mps = hasattr(torch.backends, "mps") and torch.backends.mps.is_available()
device = torch.device("cuda:0" if torch.cuda.is_available() else "mps" if use_mps else "cpu")
print("Using device:", device, device.type, torch.cuda.device_count(), device == torch.device("cpu"))
torch.set_float32_matmul_precision("high")
torch.backends.cuda.matmul.allow_tf32 = True
dtype = "bfloat16" if torch.cuda.is_available() and torch.cuda.is_bf16_supported() else "float32"
ptdtype = {"float32": torch.float32, "float16": torch.float16}[dtype]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2, self.fc3 = nn.Linear(8, 16), nn.Linear(16, 16), nn.Linear(16, 3)

    def forward(self, x):
        x = torch.relu(self.fc1(x))
        x = checkpoint(lambda t: torch.relu(self.fc2(t)), x, use_reentrant=False)
        return self.fc3(x)


model = Net().to(device)
if device.type == "cuda":
    model = nn.DataParallel(model)
if device.type != "cpu":
    model = torch.compile(model)
X = torch.randn(90, 8)
Y = X[:, :3].argmax(1)
loader = DataLoader(TensorDataset(X, Y), batch_size=30, shuffle=True, pin_memory=device.type == "cuda", num_workers=0)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
scaler = torch.amp.GradScaler(enabled=device.type == "cuda")
old = OldScaler(enabled=False)
losses = []
start = time.perf_counter()
for epoch in range(5):
    for inputs, labels in loader:
        inputs, labels = inputs.to(device, non_blocking=True), labels.to(device, non_blocking=True)
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device_type=device.type, dtype=ptdtype, enabled=device.type == "cuda"):
            loss = nn.functional.cross_entropy(model(inputs), labels)
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        scaler.step(optimizer)
        scaler.update()
    losses.append(loss.item())
    print(f"epoch {epoch} loss {loss.item():.5f} scale {scaler.get_scale()}")
if torch.cuda.is_available():
    torch.cuda.synchronize()
    print(torch.cuda.max_memory_allocated())
torch.cuda.empty_cache()
print(
    time.perf_counter() > start, old.is_enabled(), next(model.parameters()).is_cuda, X.cuda if False else X.cpu().device
)
with torch.inference_mode():
    logits = model(X.to(device))
print("accuracy", (logits.argmax(1).cpu().numpy() == Y.numpy()).mean())
raw_model = model.module if isinstance(model, nn.DataParallel) else model
print("checksum", sum(p.abs().sum().item() for p in raw_model.parameters()), torch.get_default_dtype())
assert losses[-1] < losses[0]
