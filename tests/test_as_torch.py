"""Programs written for PyTorch, run as they are: `python -m autograd script.py` and `import autograd.as_torch`."""

import operator
import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograd.version import Release

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
    (tmp_path / "far.py").write_text("import torch.ao.quantization\n")
    printed = run("-m", "autograd", "far.py", cwd=tmp_path, code=1)
    assert "No module named 'torch.ao': `torch` stands for chalkgrad here" in printed
    (tmp_path / "name.py").write_text("import torch\ntorch.no_such_name\n")
    printed = run("-m", "autograd", "name.py", cwd=tmp_path, code=1)
    assert "AttributeError" in printed
    assert "chalkgrad does not have torch.no_such_name" in printed


def test_other_ways_to_ask(program):
    assert run("-m", "autograd", "run", program.name, "3", cwd=program.parent).endswith(" ['3'] False\n")
    assert "['--', '-h'] False" in run("-m", "autograd", program.name, "--", "-h", cwd=program.parent)
    assert "No module named nowhere" in run("-m", "autograd", "-m", "nowhere", cwd=program.parent, code=1)


BROKEN = """\
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3, 4), nn.Linear(5, 2))

    def forward(self, x):
        return self.layers(x)

Net()(torch.ones(2, 3))
"""


def test_tracebacks_show_the_programs_lines_alone(tmp_path):
    (tmp_path / "broken.py").write_text(BROKEN)
    lines = run("-m", "autograd", "broken.py", cwd=tmp_path, code=1).splitlines()
    frames = [line.split(", ")[1:] for line in lines if line.startswith("  File ")]
    assert lines[0] == "Traceback (most recent call last):"
    assert frames == [["line 12", "in <module>"], ["line 10", "in forward"]]
    assert "RuntimeError: linear: mat1 and mat2 shapes cannot be multiplied (2x4 and 5x2)" in "".join(lines)
    whole = run("-m", "autograd", "--full-traceback", "broken.py", cwd=tmp_path, code=1)
    assert "nn/modules/container.py" in whole
    (tmp_path / "wrong.py").write_text("import torch\nx = = 3\n")
    assert run("-m", "autograd", "wrong.py", cwd=tmp_path, code=1).splitlines()[-1] == "SyntaxError: invalid syntax"


def test_names_that_are_missing_are_named_where_they_are_imported(tmp_path):
    (tmp_path / "layer.py").write_text("from torch.nn import NoSuchLayer\n")
    printed = run("-m", "autograd", "layer.py", cwd=tmp_path, code=1)
    assert "ImportError: cannot import name 'NoSuchLayer'" in printed
    assert "`torch.nn` stands for chalkgrad's `nn` here, which does not have this name (yet)" in printed
    (tmp_path / "asked.py").write_text("import torch\ntorch.nn.functional.no_such_function\n")
    printed = run("-m", "autograd", "asked.py", cwd=tmp_path, code=1)
    assert "chalkgrad does not have torch.nn.functional.no_such_function (yet)" in printed


def test_exit_codes_and_interruptions(tmp_path):
    (tmp_path / "leave.py").write_text("import torch, sys\nsys.exit(3)\n")
    run("-m", "autograd", "leave.py", cwd=tmp_path, code=3)
    (tmp_path / "stop.py").write_text(
        "import os, signal\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # what runs in the background may not have it
        "os.kill(os.getpid(), signal.SIGINT)\n"
    )
    printed = run("-m", "autograd", "stop.py", cwd=tmp_path, code=-2)
    assert printed.splitlines()[-1] == "KeyboardInterrupt"


PROCESSES = """\
import torch
import torch.multiprocessing as mp
from torch.utils.data import DataLoader, TensorDataset

def work(rank, x):
    assert hasattr(torch, "why_no_grad"), torch.__file__  # not PyTorch itself
    print(rank, x.sum().item(), flush=True)

def fail(rank):
    raise ValueError("no good")

if __name__ == "__main__":
    mp.spawn(work, args=(torch.ones(3),), nprocs=1)
    loader = DataLoader(TensorDataset(torch.arange(4)), batch_size=2, num_workers=1, multiprocessing_context="spawn")
    print([x.tolist() for (x,) in loader])
    try:
        mp.spawn(fail, nprocs=1)
    except mp.ProcessRaisedException as error:
        print("no good" in str(error))
"""


def test_processes_that_begin_afresh_find_it_too(tmp_path):
    (tmp_path / "processes.py").write_text(PROCESSES)
    assert run("-m", "autograd", "processes.py", cwd=tmp_path) == "0 3.0\n[[0, 1], [2, 3]]\nTrue\n"


PARTS = """\
import io
import torch
import torch.distributions.utils
import torch.utils.hooks
from torch.autograd import Variable
from torch.autograd.gradcheck import gradcheck
from torch.distributions.normal import Normal
from torch.profiler import ProfilerActivity, profile, record_function, schedule
from torch.types import Number
import torch.utils.data.dataloader

@torch.jit.script
def double(x: torch.Tensor):
    return 2 * x

@torch.compile
def triple(x):
    return 3 * x

traced = torch.jit.trace(torch.nn.Linear(2, 1), torch.ones(1, 2))
ready = []
plan = schedule(wait=1, warmup=1, active=2, repeat=1)
with profile(activities=[ProfilerActivity.CPU], schedule=plan, on_trace_ready=ready.append) as prof:
    for _ in range(6):
        with record_function("step"):
            traced(torch.ones(3, 2))
        prof.step()
assert len(ready) == 1, ready
import torch._dynamo
torch._dynamo.config.suppress_errors = True
torch._dynamo.reset()
steps = []
plan = schedule(wait=1, warmup=1, active=2, repeat=2)
with profile(schedule=plan, on_trace_ready=lambda prof: steps.append(prof.step_num)) as again:
    for _ in range(9):
        again.step()
assert steps == [4, 8], steps
(row,) = [event for event in prof.key_averages() if event.key == "step"]
assert "step" in prof.key_averages().table(sort_by="cpu_time_total") and row.cpu_time_total > 0
assert isinstance(1.5, Number) and isinstance(torch.ones(1), Variable)
x = Variable(torch.ones(2), requires_grad=True)
assert gradcheck(double, (x.double().detach().requires_grad_(),))
torch.testing.assert_close({"a": [double(x), triple(x)]}, {"a": [x + x, x * 3]})
for wrong in (torch.zeros(2), torch.ones(3), torch.ones(2).double()):
    try:
        torch.testing.assert_close(x.detach(), wrong)
    except AssertionError as error:
        print(str(error).splitlines()[0])
try:
    torch.jit.save(traced, io.BytesIO())
except RuntimeError as error:
    print(error)
"""


def test_parts_that_programs_get_past(tmp_path):
    (tmp_path / "parts.py").write_text(PARTS)
    lines = run("-m", "autograd", "parts.py", cwd=tmp_path).splitlines()
    assert lines[:3] == [
        "Tensor-likes are not close!",
        "The values for attribute 'shape' do not match: torch.Size([2]) != torch.Size([3]).",
        "The values for attribute 'dtype' do not match: torch.float32 != torch.float64.",
    ]
    assert "Save model.state_dict()" in lines[3]


def test_a_file_that_is_not_there(tmp_path):
    assert "there is no file 'none.py'" in run("-m", "autograd", "none.py", cwd=tmp_path, code=2)


def test_pytorch_that_is_there_already_is_not_replaced(tmp_path):
    (tmp_path / "torch.py").write_text("")
    printed = run("-c", "import torch; import autograd.as_torch", cwd=tmp_path, code=1)
    assert "RuntimeError: PyTorch itself has been imported already" in printed
    assert "import autograd.as_torch before anything imports torch" in printed


ONE_PROCESS = """\
import torch, torch.distributed as dist, torch.hub, torch.onnx
from torch.utils import hooks, model_zoo
from torch.utils._pytree import tree_flatten, tree_leaves, tree_map, tree_unflatten
from torch.autograd.function import FunctionCtx
from torch.distributed.optim import ZeroRedundancyOptimizer
from torch.distributions.utils import _standard_normal
from torch.serialization import MAP_LOCATION
from torch.nn.modules.pixelshuffle import PixelShuffle
from torch.nn.modules.utils import _pair
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.nn.parallel.scatter_gather import gather, scatter

assert gather(scatter("batch", ["cpu"]), "cpu") == "batch"
class Same(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        assert isinstance(ctx, FunctionCtx)
        return x.clone()

assert Same.apply(torch.ones(1)) == 1
def load(file, map_location: MAP_LOCATION = None): ...
assert torch._C._log_api_usage_once("a test") is None
torch.manual_seed(1)
noise = _standard_normal((2, 3), torch.float64, "cpu")
torch.manual_seed(1)
assert torch.equal(noise, torch.randn(2, 3, dtype=torch.float64))
print(dist.is_available(), dist.is_initialized(), torch.onnx.is_in_onnx_export(), _pair(3), PixelShuffle(2))
for wrong in (
    dist.init_process_group,
    lambda: torch.hub.load("someone/models", "resnet18", pretrained=True),
    lambda: model_zoo.load_url("https://example.org/resnet18.pth"),
    lambda: torch.onnx.export(torch.nn.ReLU(), torch.ones(1), "relu.onnx"),
    lambda: DDP(torch.nn.ReLU()),
    lambda: ZeroRedundancyOptimizer([], torch.optim.Adam),
    lambda: scatter("batch", ["cpu", "cuda"]),
    lambda: gather(["a", "b"], "cpu"),
):
    try:
        wrong()
    except RuntimeError as error:
        print(error)
"""


def test_what_needs_a_network_or_other_processes_can_be_imported_and_says_so(tmp_path):
    (tmp_path / "alone.py").write_text(ONE_PROCESS)
    first, *errors = run("-m", "autograd", "alone.py", cwd=tmp_path).splitlines()
    assert first == "False False False (3, 3) PixelShuffle(upscale_factor=2)"
    assert [error.partition(":")[0] for error in errors] == [
        "torch.distributed.init_process_group()", "torch.hub.load()", "load_state_dict_from_url()", "torch.onnx.export()",
        "DistributedDataParallel", "ZeroRedundancyOptimizer", "scatter()", "gather()",
    ]  # fmt: skip
    assert "https://example.org/resnet18.pth" in errors[2]


ASKS_THE_VERSION = """\
import torch
from torch.utils.data import DataLoader

major, minor = map(int, torch.__version__.split("+")[0].split(".")[:2])
print((major, minor) >= (2, 0), torch.__version__ >= "1.10", torch.__version__ < (2, 9, 1), torch.__version__ == "1.0")
"""


def test_programs_that_ask_for_a_version_get_that_of_the_pytorch_whose_behavior_this_is(tmp_path):
    (tmp_path / "asks.py").write_text(ASKS_THE_VERSION)
    assert run("-m", "autograd", "asks.py", cwd=tmp_path).split() == ["True", "True", "False", "False"]


@pytest.mark.torch
def test_versions_compare_as_pytorchs_do(torch):
    """The second of each pair is a string or a tuple, with zeros at the end or without."""
    ours, theirs = Release("2.13.0+cpu"), type(torch.__version__)("2.13.0+cpu")
    for other in ("2.9", "2.13.1", "2.14", "1.13.0", (2, 13), (2, 13, 1), (1, 8), (3,)):
        for compare in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq):
            if other != (2, 13):  # the local version behind the plus makes theirs the later one
                assert compare(ours, other) == compare(theirs, other), (compare, other)
