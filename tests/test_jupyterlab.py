"""A notebook in JupyterLab, run in a browser: its drawings and players are there to be seen."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = pytest.mark.slow

pytest.importorskip("jupyterlab", reason="JupyterLab is not installed")
pytest.importorskip("ipykernel", reason="the Python kernel of Jupyter is not installed")
playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
if BROWSER is None:
    pytest.skip("there is no Chromium", allow_module_level=True)

TOKEN = secrets.token_hex(16)

CELLS = [
    "import autograd as torch\nimport nn\nx = torch.tensor(3.0, requires_grad=True)\ny = x * x + 1",
    "torch.draw(y)",
    "torch.player(y)",
    "nn.Linear(2, 3).weight.detach()",
]


def free_port():
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        return some.getsockname()[1]


@pytest.fixture
def lab(tmp_path):
    """The address of a JupyterLab whose folder holds `seeing.ipynb`."""
    cells = [
        {"cell_type": "code", "id": f"c{i}", "metadata": {}, "outputs": [], "execution_count": None, "source": source}
        for i, source in enumerate(CELLS)
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "seeing.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    port = free_port()
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}", f"--IdentityProvider.token={TOKEN}",
        f"--ServerApp.root_dir={tmp_path}", "--LabApp.extension_manager=readonly", "--LabApp.news_url=None",
    ]  # fmt: skip
    homes = {f"JUPYTER_{kind}_DIR": str(tmp_path / kind) for kind in ("CONFIG", "RUNTIME")}
    environment = {
        **os.environ,
        **homes,
        "PYTHONPATH": str(ROOT),
        "JUPYTERLAB_SETTINGS_DIR": str(tmp_path / "settings"),
    }
    with open(tmp_path / "log", "wb") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=tmp_path)
    try:
        wait_for(f"http://127.0.0.1:{port}/api")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=30)


def wait_for(address):
    end = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            assert time.monotonic() < end, f"nothing answers at {address}"
            time.sleep(0.3)


def run_all(page, awaited):
    """Run all cells; JupyterLab drops what it is asked for while it still connects to the kernel, so ask again."""
    for _ in range(5):
        page.locator(".jp-Notebook .jp-CodeCell .cm-content").first.click()
        for _ in CELLS:
            page.keyboard.press("Shift+Enter")
        with contextlib.suppress(playwright.TimeoutError):
            awaited.wait_for(timeout=20_000)
            return
    pytest.fail("no cell was run")


def test_drawings_and_players_are_seen(lab):
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1300, "height": 1600})
        page.goto(f"{lab}/lab/tree/seeing.ipynb?token={TOKEN}")
        page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=120_000)
        page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").first.wait_for(timeout=120_000)
        page.locator("#jupyterlab-splash").wait_for(state="detached", timeout=120_000)
        drawing = page.locator(".jp-OutputArea-output svg, .jp-OutputArea-output img[src^='data:image/svg']").first
        run_all(page, drawing)
        assert drawing.bounding_box()["width"] > 100

        player = page.frame_locator(".jp-OutputArea-output iframe").first
        player.locator("svg").first.wait_for(timeout=60_000)
        step = player.locator("body").inner_text()
        player.locator("#next").click()
        assert player.locator("body").inner_text() != step

        assert page.locator(".jp-OutputArea-output .chalk-tensor td").count() == 6
        assert page.locator(".jp-OutputArea-output[data-mime-type*='error']").count() == 0
        browser.close()
