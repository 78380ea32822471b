"""Programs written for PyTorch, run as they are: `python -m autograd script.py` and `import autograd.as_torch`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

PROGRAM = """\
import sys
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.autograd.functional
from torch import optim, Tensor
from torch.autograd import Function, grad
from torch.nn import init

class Double(Function):
    @staticmethod
    def forward(ctx, x):
        return 2 * x

    @staticmethod
    def backward(ctx, g):
        return 2 * g

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
optimizer = optim.SGD(model.parameters(), lr=0.1)
loss = F.mse_loss(Double.apply(model(torch.ones(4, 2))), torch.zeros(4, 1))
loss.backward()
optimizer.step()
assert isinstance(loss, Tensor) and __name__ == "__main__"
print(torch.__file__, sys.argv[1:], torch.cuda.is_available())
"""


def run(*command, cwd, code=0):
    """What a Python process in another folder prints, on one of its two streams."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, *command], cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "train.py"
    path.write_text(PROGRAM)
    return path


def test_a_script_runs_with_its_arguments(program):
    printed = run("-m", "autograd", program.name, "--epochs", "3", cwd=program.parent)
    assert printed == f"{ROOT / 'autograd' / '__init__.py'} ['--epochs', '3'] False\n"


def test_a_module_runs_with_its_arguments(program):
    printed = run("-m", "autograd", "-m", "train", "-v", cwd=program.parent)
    assert "['-v'] False" in printed


def test_in_a_process_of_ones_own(program):
    code = "import autograd.as_torch, runpy; runpy.run_path('train.py', run_name='__main__')"
    assert "[] False" in run("-c", code, cwd=program.parent)


def test_a_script_finds_its_neighbors(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "neighbor.py").write_text("import torch\nvalue = torch.arange(3)\n")
    (tmp_path / "folder" / "main.py").write_text("import neighbor\nprint(neighbor.value)\n")
    assert run("-m", "autograd", "folder/main.py", cwd=tmp_path) == "tensor([0, 1, 2])\n"


def test_what_is_missing_is_named(tmp_path):
    (tmp_path / "far.py").write_text("import torch.distributed\n")
    printed = run("-m", "autograd", "far.py", cwd=tmp_path, code=1)
    assert "No module named 'torch.distributed': `torch` stands for chalkgrad here" in printed
    (tmp_path / "name.py").write_text("import torch\ntorch.no_such_name\n")
    printed = run("-m", "autograd", "name.py", cwd=tmp_path, code=1)
    assert "AttributeError" in printed
    assert "chalkgrad does not have torch.no_such_name" in printed


def test_a_file_that_is_not_there(tmp_path):
    assert "there is no file 'none.py'" in run("-m", "autograd", "none.py", cwd=tmp_path, code=2)


def test_pytorch_that_is_there_already_is_not_replaced(tmp_path):
    (tmp_path / "torch.py").write_text("")
    printed = run("-c", "import torch; import autograd.as_torch", cwd=tmp_path, code=1)
    assert "RuntimeError: PyTorch itself has been imported already" in printed
    assert "import autograd.as_torch before anything imports torch" in printed
