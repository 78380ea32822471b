"""Resizing, sampling at points and cutting into windows, in every mode, against PyTorch."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import autograd
import nn.functional as F
from tests.side_by_side import assert_refused, assert_same

DTYPES = ["float32", "float64"]
RANK = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}
SIZES = {1: [(5,), (11,), (1,)], 2: [(3, 9), (8, 4), (6, 5)], 3: [(2, 7, 3), (6, 2, 4)]}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("corners", [None, False, True])
@pytest.mark.parametrize("mode", ["nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear", "area"])
def test_interpolate_to_a_size(mode, corners, dtype, torch, rng):
    if corners is not None and mode not in RANK:
        pytest.skip("align_corners is for modes with weights")
    for dims in [RANK[mode]] if mode in RANK else (1, 2, 3):
        x = rng.normal(size=(2, 3, *(6, 5, 4)[:dims])).astype(dtype)
        for size in SIZES[dims]:
            assert_same(torch, lambda f, lib, x, n=size: f.interpolate(x, n, mode=mode, align_corners=corners), x)


@pytest.mark.parametrize("recompute", [None, True])
@pytest.mark.parametrize("factor", [0.6, 1.5, 3])
@pytest.mark.parametrize("mode", ["nearest-exact", "bilinear", "bicubic"])
def test_interpolate_by_a_factor(mode, factor, recompute, torch, rng):
    """Which elements are met depends on the factor, or on the sizes that come of it."""
    x = rng.normal(size=(2, 3, 7, 5))
    assert_same(
        torch,
        lambda f, lib, x: f.interpolate(x, scale_factor=factor, mode=mode, recompute_scale_factor=recompute), x,
    )  # fmt: skip


@pytest.mark.parametrize("size", [(3, 4), (5, 2), (12, 9), (7, 3)])
@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
def test_interpolate_smoothed(mode, size, torch, rng):
    x = rng.normal(size=(2, 3, 7, 8))
    assert_same(torch, lambda f, lib, x: f.interpolate(x, size, mode=mode, antialias=True), x)


@pytest.mark.parametrize("name", ["upsample", "upsample_nearest", "upsample_bilinear"])
def test_old_names_warn(name, torch, rng):
    x = rng.normal(size=(1, 2, 3, 3))
    with pytest.warns(UserWarning, match="deprecated"):
        assert_same(torch, lambda f, lib, x: getattr(f, name)(x, scale_factor=2), x)


@pytest.mark.parametrize("dims", [2, 3])
@pytest.mark.parametrize("corners", [False, True])
@pytest.mark.parametrize("rim", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("mode", ["bilinear", "nearest", "bicubic"])
def test_grid_sample(mode, rim, corners, dims, torch, rng):
    if dims == 3 and mode == "bicubic":
        pytest.skip("bicubic is for images")
    for size in itertools.product((1, 4), (5, 2)):
        x = rng.normal(size=(2, 3, *size, 3)[: dims + 2])
        grid = rng.uniform(-2.5, 2.5, (*(2, 3, 2, 4)[: dims + 1], dims))
        assert_same(torch, lambda f, lib, x, g: f.grid_sample(x, g, mode, rim, corners), x, grid)


@pytest.mark.parametrize("corners", [False, True])
def test_affine_grid_of_the_identity_gives_the_image_back(corners, rng):
    image = autograd.tensor(rng.normal(size=(2, 3, 4, 5)))
    theta = autograd.tensor([[1.0, 0, 0], [0, 1, 0]], dtype=autograd.float64).expand(2, 2, 3)
    grid = F.affine_grid(theta, (2, 3, 4, 5), corners)
    np.testing.assert_allclose(F.grid_sample(image, grid, align_corners=corners).numpy(), image.numpy(), atol=1e-12)


def test_default_of_align_corners_warns(rng):
    grid = autograd.zeros(1, 1, 1, 2)
    with pytest.warns(UserWarning, match="align_corners"):
        F.grid_sample(autograd.ones(1, 1, 2, 2), grid)


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "dilation"), [(2, 1, 0, 1), ((3, 2), (2, 1), (1, 2), (1, 2)), (3, 3, 2, 2)]
)
def test_fold_is_the_transpose_of_unfold(kernel, stride, padding, dilation, torch, rng):
    x = rng.normal(size=(2, 3, 7, 8))
    assert_same(torch, lambda f, lib, x: f.unfold(x, kernel, dilation, padding, stride), x)
    columns = F.unfold(autograd.tensor(x), kernel, dilation, padding, stride).numpy()
    other = rng.normal(size=columns.shape)
    assert_same(torch, lambda f, lib, c: f.fold(c, (7, 8), kernel, dilation, padding, stride), other)
    image = F.fold(autograd.tensor(other), (7, 8), kernel, dilation, padding, stride).numpy()
    np.testing.assert_allclose((columns * other).sum(), (x * image).sum())


def test_convolution_is_a_product_with_unfolded_windows(rng):
    x, weight = autograd.tensor(rng.normal(size=(2, 3, 6, 5))), autograd.tensor(rng.normal(size=(4, 3, 3, 2)))
    product = weight.flatten(1) @ F.unfold(x, (3, 2), padding=1)
    convolved = F.conv2d(x, weight, padding=1)
    np.testing.assert_allclose(product.reshape(convolved.shape).numpy(), convolved.numpy(), atol=1e-12)


REFUSED = {
    "either size or scale_factor": lambda f, lib, x: f.interpolate(x),
    "only one of size or scale_factor": lambda f, lib, x: f.interpolate(x, 3, 2),
    "align_corners option": lambda f, lib, x: f.interpolate(x, 3, align_corners=True),
    "same number of spatial dimensions": lambda f, lib, x: f.interpolate(x, (3, 4, 5)),
    "Anti-alias": lambda f, lib, x: f.interpolate(x, 3, antialias=True),
    "linear mode needs 3D": lambda f, lib, x: f.interpolate(x, 3, mode="linear"),
    "expected mode": lambda f, lib, x: f.grid_sample(x, x, mode="cubic"),
    "expected padding_mode": lambda f, lib, x: f.grid_sample(x, x, padding_mode="mirror"),
    "last dimension": lambda f, lib, x: f.grid_sample(x, x, align_corners=False),
    "affine matrices": lambda f, lib, x: f.affine_grid(x, (1, 1, 2, 2), align_corners=False),
    "too small": lambda f, lib, x: f.unfold(x, 9),
    "divisible by the product": lambda f, lib, x: f.fold(x[0], (4, 4), 3),
    "divisible by the square": lambda f, lib, x: f.pixel_shuffle(x, 2),
    "divisible by downscale": lambda f, lib, x: f.pixel_unshuffle(x, 3),
    "divisible by groups": lambda f, lib, x: f.channel_shuffle(x, 2),
}


@pytest.mark.parametrize("match", REFUSED)
def test_errors_say_what_does_not_fit(match, torch, rng):
    assert_refused(torch, REFUSED[match], rng.normal(size=(2, 3, 4, 5)), match=match)
