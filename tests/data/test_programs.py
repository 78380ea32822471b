"""Programs that are written for PyTorch find data loading and schedules where they expect them."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

PROGRAM = """\
import torch
from torch import nn, optim
from torch.optim import lr_scheduler
from torch.optim.lr_scheduler import StepLR, _LRScheduler, CosineAnnealingLR
from torch.optim.swa_utils import AveragedModel
from torch.utils import data
from torch.utils.data import DataLoader, TensorDataset, random_split
from torch.utils.data.dataset import Dataset
from torch.utils.data.sampler import SubsetRandomSampler
from torch.utils.data.dataloader import default_collate
from torch.utils.data.distributed import DistributedSampler
import torch.utils.data as torch_data
import torch.utils.data._utils.collate

class Points(Dataset):
    def __len__(self):
        return 10

    def __getitem__(self, index):
        return torch.tensor([float(index)]), index % 2

if __name__ == "__main__":
    torch.manual_seed(0)
    model = nn.Linear(1, 2)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    scheduler = lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
    assert isinstance(scheduler, optim.lr_scheduler.LRScheduler) and lr_scheduler.StepLR is StepLR
    for x, y in DataLoader(Points(), batch_size=4, shuffle=True, num_workers=2, pin_memory=True):
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
    scheduler.step()
    assert torch_data is data is torch.utils.data and data._utils.collate.default_collate is default_collate
    print(scheduler.get_last_lr(), round(loss.item(), 4))
"""


def printed(*command, cwd):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [sys.executable, *command], cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_program_runs_as_it_is(tmp_path):
    (tmp_path / "train.py").write_text(PROGRAM)
    assert printed("-m", "autograd", "train.py", cwd=tmp_path).startswith("[0.05] ")


def test_it_prints_what_it_prints_with_pytorch(torch, tmp_path):
    (tmp_path / "train.py").write_text(PROGRAM)
    assert printed("-m", "autograd", "train.py", cwd=tmp_path) == printed("train.py", cwd=tmp_path)
