"""`torch.hub`: models from the network, which are not fetched here. Programs may import it, and say `pretrained=False`."""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = ["load", "load_state_dict_from_url", "load_url"]


def load(repo_or_dir: str, model: str, *args: Any, **kwargs: Any) -> NoReturn:
    """Raises RuntimeError: code is not fetched and run."""
    raise RuntimeError(
        f"torch.hub.load(): models are not downloaded here: get the source of {repo_or_dir!r} yourself, import {model!r} "
        "from it, and read its weights with torch.load()"
    )


def load_state_dict_from_url(url: str, *args: Any, **kwargs: Any) -> NoReturn:
    """Raises RuntimeError: weights are not downloaded."""
    raise RuntimeError(
        f"load_state_dict_from_url(): weights are not downloaded here: fetch {url} with a browser, and read the file "
        "with torch.load(path)"
    )


load_url = load_state_dict_from_url  # its name in torch.utils.model_zoo
