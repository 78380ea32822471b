"""What an installed chalkgrad must be able to do, in a folder that is not the project's."""

import subprocess
import sys
from pathlib import Path

import autograd
import nn
import optim

assert Path(autograd.__file__).is_relative_to(sys.prefix), f"not the installed package: {autograd.__file__}"

# train
autograd.manual_seed(0)
model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
x = autograd.randn(64, 2)
y = x[:, :1] * x[:, 1:]
optimizer = optim.Adam(model.parameters(), lr=0.05)
for _ in range(200):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()
    optimizer.step()
assert loss.item() < 0.1, loss

# show
loss = nn.functional.mse_loss(model(x), y)
code = autograd.to_numpy_code(loss)
assert "np." in str(code)
drawing = autograd.draw(loss)
drawing.save("graph.svg")
assert "<svg" in Path("graph.svg").read_text(encoding="utf-8")
assert "∂loss/∂" in str(autograd.explain(loss))
autograd.player(loss).save("player.html")
assert "<script" in Path("player.html").read_text(encoding="utf-8")

# keep
autograd.save(model.state_dict(), "model.pt")
twin = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
twin.load_state_dict(autograd.load("model.pt"))
assert autograd.equal(twin(x), model(x))

# a PyTorch program, in both ways
Path("program.py").write_text("import torch\nprint(torch.arange(3).sum().item())\n", encoding="utf-8")
script = next(Path(sys.executable).parent.glob("chalkgrad*"))
for command in ([sys.executable, "-m", "autograd", "program.py"], [script, "program.py"]):
    assert subprocess.check_output(command, text=True).split() == ["3"], command
print("the smoke test has passed")
