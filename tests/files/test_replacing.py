"""A file is replaced when the new one is complete, and not before."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import autograd as ag
from autograd.files.replacing import replacing

ROOT = Path(__file__).parents[2]


class Unwilling:
    def __reduce__(self):
        raise KeyboardInterrupt


@pytest.mark.parametrize("suffix", [".pt", ".npz", ".safetensors"])
def test_an_error_leaves_the_old_file(suffix, tmp_path):
    path = tmp_path / f"x{suffix}"
    ag.save({"a": ag.ones(2)}, path)
    before = path.read_bytes()
    with pytest.raises((TypeError, KeyboardInterrupt)):
        ag.save({"a": ag.ones(3), "b": Unwilling()}, path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_is_seen_before_the_end(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"old")
    with replacing(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_file(failing, tmp_path, monkeypatch):
    path = tmp_path / "x.pt"
    ag.save(1, path)

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, failing, full)
    with pytest.raises(OSError, match="No space left"):
        ag.save(2, path)
    monkeypatch.undo()
    assert ag.load(path) == 1
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name != "posix", reason="permissions, links and devices are POSIX's")
def test_permissions_links_and_devices(tmp_path):
    path, link = tmp_path / "x.pt", tmp_path / "link.pt"
    ag.save(1, path)
    assert path.stat().st_mode & 0o777 == 0o666 & ~current_umask()
    path.chmod(0o640)
    link.symlink_to(path)
    ag.save(2, link)
    assert link.is_symlink()
    assert ag.load(path) == 2
    assert path.stat().st_mode & 0o777 == 0o640
    ag.save(3, os.devnull)
    assert not os.path.isfile(os.devnull)
    with pytest.raises(IsADirectoryError):
        ag.save(4, tmp_path)


def current_umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


SAVING = """\
import sys, autograd as ag
x = {"x": ag.full((2_000_000,), 1.0)}
print("ready", flush=True)
for step in range(10**6):
    x["x"].fill_(step)
    ag.save(x, sys.argv[1])
"""


@pytest.mark.parametrize(
    "suffix",
    [".pt", pytest.param(".npz", marks=pytest.mark.slow), pytest.param(".safetensors", marks=pytest.mark.slow)],
)
def test_a_process_that_is_killed_leaves_a_whole_file(suffix, tmp_path, rng):
    """Killed at any moment, again and again: the file is there, and all its numbers are of one save."""
    path = tmp_path / f"x{suffix}"
    ag.save({"x": ag.full((2_000_000,), 5.0)}, path)
    for _ in range(4):
        process = subprocess.Popen(
            [sys.executable, "-c", SAVING, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        with process:
            process.stdout.readline()
            time.sleep(float(rng.uniform(0.0, 0.1)))
            process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
        found = ag.load(path)["x"].numpy()
        assert found.shape == (2_000_000,)
        assert np.all(found == found[0])
    assert all(p == path or p.name.startswith(".saving-") for p in tmp_path.iterdir())


# -- as PyTorch's programs do it ------------------------------------------------------------------------------

PROGRAM = """\
import torch, torch.nn as nn, torch.serialization
from torch.serialization import safe_globals, add_safe_globals

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 1)
    def forward(self, x):
        return self.fc(x)

torch.manual_seed(0)
net = Net()
optimizer = torch.optim.Adam(net.parameters())
net(torch.ones(1, 2)).sum().backward()
optimizer.step()
torch.save({"epoch": 1, "model_state_dict": net.state_dict(), "optimizer_state_dict": optimizer.state_dict()}, "checkpoint.tar")
checkpoint = torch.load("checkpoint.tar", map_location=torch.device("cpu"), weights_only=True)
other = Net()
print(other.load_state_dict(checkpoint["model_state_dict"]))
torch.optim.Adam(other.parameters()).load_state_dict(checkpoint["optimizer_state_dict"])
torch.save(net, "net.pt")
print(torch.equal(torch.load("net.pt", weights_only=False).fc.weight, net.fc.weight))
try:
    torch.load("net.pt")
except Exception as error:
    print(type(error).__name__)
with safe_globals([Net]):
    print(torch.serialization.get_unsafe_globals_in_checkpoint("net.pt"))
"""


def test_programs_written_for_pytorch(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, "-m", "autograd", "program.py"], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert lines[:3] == ["<All keys matched successfully>", "True", "UnpicklingError"], done.stderr
    assert "__main__.Net" not in lines[3]
    assert "nn.modules.linear.Linear" in lines[3]
