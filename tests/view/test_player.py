"""The player: what it plays, its numbers, and the page as a browser runs it."""

from __future__ import annotations

import json
import re
import shutil

import numpy as np
import pytest

import autograd
import nn
import nn.functional as F
import optim
from autograd.view.player import INLINE_HEIGHT


def leaf(value):
    return autograd.tensor(value, dtype=autograd.float64, requires_grad=True)


def network():
    autograd.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1)).double()
    x, y = autograd.rand(4, 2).double(), autograd.rand(4, 1).double()
    return model, lambda: F.mse_loss(model(x), y)


def played(player):
    """The last sum of gradients that the steps show for each tensor, by its name."""
    return {player.tensors[s["to"]]["name"]: s["sum"]["rows"] for s in player.steps if s["kind"] != "forward"}


def test_every_operation_once_forward_and_every_gradient_backward():
    a, b = leaf(2.0), leaf(-3.0)
    c = a * b
    result = c * c + a
    player = autograd.player(result)
    kinds = [step["kind"] for step in player.steps]
    assert kinds == ["forward"] * 3 + ["seed"] + ["backward"] * 6
    made = [key for step in player.steps[:3] for key in step["to"]]
    for number, step in enumerate(player.steps[:3]):  # nothing is read before it was made
        assert not set(step["from"]) & set(made[number:])
    assert (a.grad, b.grad) == (None, None)
    result.backward()
    assert played(player)["a"] == [[a.grad.item()]]
    assert played(player)["b"] == [[b.grad.item()]]


def test_sums_build_up():
    a = leaf(3.0)
    player = autograd.player(a * a)
    first, second = [step for step in player.steps if step["kind"] == "backward"]
    assert first["before"] is None
    assert second["before"]["rows"] == first["sum"]["rows"] == [[3.0]]
    assert second["sum"]["rows"] == [[6.0]]
    assert first["local"]["rows"] == [[3.0]]


def test_gradients_of_a_network_are_those_of_backward():
    model, loss_of = network()
    loss = loss_of()
    player = autograd.player(loss)
    loss.backward()
    for name, parameter in model.named_parameters():
        shown = np.array(played(player)[f"model.{name}"])
        np.testing.assert_allclose(shown.reshape(parameter.shape), parameter.grad.numpy(), rtol=1e-4)
    locals_shown = [s["local"] is not None for s in player.steps if s["kind"] == "backward"]
    assert locals_shown == [True] + [False] * 3 + [True] + [False] * 2  # the loss and tanh; a product mixes elements


def test_training_is_recorded_and_really_done():
    model, loss_of = network()
    start = {name: p.detach().clone() for name, p in model.named_parameters()}
    player = autograd.player(loss_of, optimizer=optim.SGD(model.parameters(), lr=0.5), steps=5)
    assert len(player.training) == 6
    losses = [frame["loss"] for frame in player.training]
    assert losses[-1] < losses[0]
    assert losses[-1] == pytest.approx(loss_of().item(), rel=1e-4)
    (weight,) = [p for p in player.training[0]["parameters"] if p["name"] == "model.0.weight"]
    np.testing.assert_allclose(weight["value"]["rows"], start["0.weight"].numpy(), rtol=1e-4)


def test_the_page_stands_alone():
    _, loss_of = network()
    player = autograd.player(loss_of)
    page = player.html
    assert not re.search(r"(src|href)\s*=\s*[\"']?(https?:)?//", page.replace("xlink:href", ""))
    assert "{{" not in page.replace("${", "")
    data = re.search(r'<script id="data" type="application/json">(.*?)</script>', page, re.DOTALL)[1]
    assert json.loads(data)["steps"] == player.steps


def test_thirty_boxes_are_less_than_200_kilobytes():
    x = leaf(np.arange(9.0).reshape(3, 3))
    for _ in range(6):
        x = (x * 1.5).tanh()
    player = autograd.player(x.sum())
    assert len(player.tensors) + len(player.operations) >= 30
    assert len(player.html.encode()) < 200_000


def test_odd_names_and_numbers_are_escaped(tmp_path):
    odd = "</script><b>&\"'é\u2028"
    w = leaf([float("nan"), float("inf"), -1.0])
    player = autograd.player((w * 2).sum(), names={odd: w})
    page = player.html
    assert "</script><b>" not in page
    json.loads(re.search(r'type="application/json">(.*?)</script>', page, re.DOTALL)[1])
    player.save(tmp_path / "p.html")
    assert (tmp_path / "p.html").read_text(encoding="utf-8") == page


def test_notebooks_get_a_frame_and_a_picture():
    bundle = autograd.player(leaf(1.0).exp())._repr_mimebundle_()
    assert bundle["text/html"].startswith("<iframe srcdoc=")
    assert f'height="{INLINE_HEIGHT}"' in bundle["text/html"]
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert bundle["text/plain"] == "<Player of a result: 1 operation, 2 tensors: 3 steps>"


def chain(length):
    x = leaf(1.0)
    for _ in range(length):
        x = x * 1.0
    return x


def freed():
    loss = leaf(1.0).exp()
    loss.backward()
    return loss


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: autograd.player(3.0), TypeError, "expected a Tensor but got float"),
        (lambda: autograd.player(autograd.ones(2)), RuntimeError, "no gradient to follow back"),
        (lambda: autograd.player(leaf([1.0, 2.0]) * 2), ValueError, r"shape \(2,\): play its .sum\(\)"),
        (lambda: autograd.player(freed()), RuntimeError, "test_player.py.*has freed"),
        (lambda: autograd.player(chain(100_000)), ValueError, "too many to follow"),
        (lambda: autograd.player(leaf(1.0) * 2, optimizer=object()), TypeError, "a function that computes the loss"),
        (lambda: autograd.player(leaf(1.0) * 2, steps=0), ValueError, "at least 1, not 0"),
        (lambda: autograd.player(leaf(1.0) * 2, direction="up"), ValueError, "'LR' or 'TB', not 'up'"),
        (lambda: autograd.player(leaf(1.0) * 2).save("p.svg"), ValueError, "the name must end in .html"),
    ],
)
def test_bad_input(call, error, text):
    with pytest.raises(error, match=text):
        call()


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as started:
        running = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.mark.slow
class TestInABrowser:
    @pytest.fixture
    def page(self, browser, tmp_path):
        """The page of a small network with training, open; at the end there must have been no error and no request."""
        model, loss_of = network()
        self.player = autograd.player(loss_of, optimizer=optim.SGD(model.parameters(), lr=0.5), steps=4)
        self.player.save(tmp_path / "player.html")
        page = browser.new_page()
        troubles = []
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda request: None if request.url.startswith("file:") else troubles.append(request.url))
        page.goto((tmp_path / "player.html").as_uri())
        yield page
        assert troubles == []
        page.close()

    def phase(self, page):
        return page.locator("#phase").inner_text()

    def test_keys_and_buttons_go_through_all_steps(self, page):
        count = len(self.player.steps)
        assert self.phase(page).startswith("Start")
        page.keyboard.press("ArrowRight")
        assert self.phase(page).startswith(f"Step 1 of {count}: forward")
        page.keyboard.press("End")
        assert self.phase(page).startswith(f"Step {count} of {count}: backward")
        page.keyboard.press("ArrowLeft")
        assert self.phase(page).startswith(f"Step {count - 1} of")
        page.keyboard.press("Home")
        page.get_by_role("button", name="One step on").click()
        page.get_by_role("button", name="To the end").click()
        assert self.phase(page).startswith(f"Step {count} of")
        page.locator("#slider").fill("2")
        assert self.phase(page).startswith("Step 2 of")

    def test_it_plays_by_itself_and_pauses(self, page):
        page.locator("#speed").select_option("450")
        page.locator("#play").click()
        page.wait_for_function("document.getElementById('slider').value >= 3")
        page.locator("#play").click()
        assert page.locator("#play").get_attribute("aria-label") == "Play"

    def test_the_sums_shown_are_the_gradients(self, page):
        shown = {}
        for number in range(1, len(self.player.steps) + 1):
            page.keyboard.press("ArrowRight")
            step = self.player.steps[number - 1]
            if step["kind"] != "forward":
                numbers = page.locator("[data-what=sum]").get_attribute("data-numbers")
                shown[self.player.tensors[step["to"]]["name"]] = json.loads(numbers)
        model, loss_of = network()
        loss_of().backward()
        for name, parameter in model.named_parameters():
            np.testing.assert_allclose(
                np.reshape(shown[f"model.{name}"], parameter.shape), parameter.grad.numpy(), rtol=1e-4
            )

    def test_a_click_on_a_box_goes_to_its_step(self, page):
        page.locator("#graph g.node", has_text="tanh").first.click()
        assert "tanh" in self.phase(page)

    def test_training_moves_the_parameters(self, page):
        assert "step 0 of 4" in page.locator("#epoch-text").inner_text()
        before = page.locator("#parameters").inner_text()
        page.locator("#epoch").fill("4")
        assert "step 4 of 4" in page.locator("#epoch-text").inner_text()
        assert page.locator("#parameters").inner_text() != before

    def test_everything_has_a_name_for_screen_readers(self, page):
        for control in page.locator("button, input, select").all():
            assert control.get_attribute("aria-label")
