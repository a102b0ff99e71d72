"""Showing what was repainted."""

import base64
import re
from io import BytesIO

import matplotlib.pyplot as plt
import numpy as np
import pytest
import skimage.data
from PIL import Image
from scipy.ndimage import uniform_filter

from inpainting.checks import PictureError
from inpainting.retouch import (
    SHOWN_SIDE, before_after_slider, change_map, line_width, repainting, strokes, tratteggio,
)


def rng():
    return np.random.default_rng(0)


def block(height, width):
    mask = np.zeros((height, width), bool)
    mask[10:-10, 20:-20] = True
    return mask


@pytest.fixture
def picture():
    return skimage.data.astronaut()[::2, ::2] / np.float32(255)


# Tratteggio


@pytest.mark.parametrize("colour", [
    (0.5, 0.5, 0.5), (0.97, 0.95, 0.99), (0.02, 0.04, 0.01), (0.9, 0.5, 0.1), (1, 0.3, 0)])
def test_from_a_distance_the_lines_mix_to_the_restored_colour(colour):
    """The mean over a light and a dark stroke of two pairs of lines; near black and white, too."""
    restored = np.full((256, 256, 3), colour, np.float32)
    hatched = tratteggio(restored, np.ones((256, 256), bool), rng())
    assert 0 <= hatched.min() and hatched.max() <= 1
    for channel in range(3):
        distant = uniform_filter(hatched[..., channel], size=(32, 8))[16:-16, 4:-4]
        assert np.abs(distant - colour[channel]).max() < 0.001


def test_from_a_distance_a_picture_stays_the_same(picture):
    hatched = tratteggio(picture, np.ones(picture.shape[:2], bool), rng())
    difference = uniform_filter(hatched - picture, size=(32, 8, 1))[16:-16, 4:-4]
    assert np.abs(difference).mean() < 0.004 and np.abs(difference).max() < 0.05
    assert np.abs(hatched - picture).mean() > 0.03


def test_from_near_the_lines_are_plain():
    restored = np.full((64, 64, 3), 0.5, np.float32)
    hatched = tratteggio(restored, np.ones((64, 64), bool), rng())
    assert hatched.std(axis=(0, 1)).min() > 0.04
    across, along = (np.abs(np.diff(hatched[..., 0], axis=axis)).mean() for axis in (1, 0))
    assert across > 5 * along, "the lines are not vertical"


def test_light_and_dark_strokes_are_close_in_tone_and_differ_chiefly_in_lightness():
    """No yellow beside blue: all colours go up together, and down together."""
    restored = np.full((64, 64, 3), 0.5, np.float32)
    change = tratteggio(restored, np.ones((64, 64), bool), rng()) - restored
    assert (np.abs(np.sign(change).sum(axis=-1)) == 3).all()
    assert 0.03 < np.abs(change).min() and np.abs(change).max() < 0.1


def test_along_every_line_light_and_dark_balance():
    signs = strokes(256, 256, rng())
    assert np.abs(uniform_filter(signs, size=(32, 1))[16:-16]).max() < 1e-6


@pytest.mark.parametrize("side, narrow, wide", [(256, 6, 7), (1280, 12, 13)])
def test_only_a_loss_that_is_wide_enough_is_hatched(side, narrow, wide):
    restored = np.full((side, side, 3), 0.5, np.float32)
    mask = np.zeros((side, side), bool)
    mask[20:-20, 30 : 30 + narrow] = mask[20:-20, 100 : 100 + wide] = True
    changed = (tratteggio(restored, mask, rng()) != restored).any(axis=-1)
    assert not changed[:, :90].any() and changed[40:-40, 100 : 100 + wide].all()


def test_lines_are_not_quite_regular_and_repeatable(picture):
    mask = block(256, 256)
    once, again = tratteggio(picture, mask, rng()), tratteggio(picture, mask, rng())
    other = tratteggio(picture, mask, np.random.default_rng(1))
    assert np.array_equal(once, again) and not np.array_equal(once, other)
    assert len(np.unique(strokes(256, 256, rng()), axis=1).T) > 20, "all lines begin at the same height"


def test_only_inside_the_mask(picture):
    mask = block(256, 256)
    before = picture.copy()
    hatched = tratteggio(picture, mask, rng())
    assert hatched.dtype == np.float32
    assert np.array_equal(hatched[~mask], picture[~mask])
    assert (hatched != picture).any(axis=-1)[mask].mean() > 0.9
    assert np.array_equal(picture, before)


def test_lines_are_wider_in_larger_pictures():
    sizes = (32, 32), (600, 800), (1280, 1280), (3000, 2000)
    assert [line_width(*size) for size in sizes] == [1, 1, 2, 3]
    edges = [np.abs(np.diff(strokes(side, side, rng())[0])).astype(bool).sum() / side for side in (192, 2560)]
    assert edges[0] > 2 * edges[1]


# Change


def test_change_map():
    damaged = np.full((2, 3, 3), 0.5, np.float32)
    restored = damaged.copy()
    restored[0, 1] = 0.4, 0.5, 0.9
    expected = np.zeros((2, 3), np.float32)
    expected[0, 1] = 0.4
    np.testing.assert_allclose(change_map(damaged, restored), expected, atol=1e-6)


def test_the_figure_shows_all_four(picture):
    damage = block(256, 256).astype(np.float32)
    restored = np.where(damage[..., None] > 0, picture / 2, picture)
    fig = repainting(picture, restored, damage, rng())
    shown = {axis.get_title(): axis.images[0].get_array() for axis in fig.axes if axis.images}
    assert list(shown) == ["restored", "damage map", "change", "tratteggio"]
    np.testing.assert_allclose(shown["change"], change_map(picture, restored))
    np.testing.assert_allclose(shown["tratteggio"], tratteggio(restored, damage > 0.5, rng()))
    assert plt.get_fignums() == []


# The slider


def pictures_in(html):
    found = re.findall(r'data:image/jpeg;base64,([^"]+)"', html)
    return [np.asarray(Image.open(BytesIO(base64.b64decode(text)))) / 255 for text in found]


def test_the_slider_holds_both_pictures_and_needs_nothing_else(picture):
    html = before_after_slider(picture, 1 - picture)._repr_html_()
    under, over = pictures_in(html)
    assert np.abs(over - picture).mean() < 0.02 and np.abs(under - (1 - picture)).mean() < 0.02
    assert html.count("<img") == 2 and html.index('alt="after"') < html.index('alt="before"')
    assert 'type="range"' in html and "oninput" in html
    assert "<script" not in html and "http" not in html


def test_without_a_page_the_pictures_stand_side_by_side(picture):
    jpeg = before_after_slider(picture, 1 - picture)._repr_jpeg_()
    both = np.asarray(Image.open(BytesIO(jpeg))) / 255
    assert both.shape == (256, 512, 3)
    assert np.abs(both - np.hstack([picture, 1 - picture])).mean() < 0.02


def test_large_pictures_are_shown_smaller():
    large = np.zeros((1000, 2000, 3), np.float32)
    for shown in pictures_in(before_after_slider(large, large)._repr_html_()):
        assert shown.shape == (SHOWN_SIDE // 2, SHOWN_SIDE, 3)


@pytest.mark.parametrize("one, other", [
    (np.zeros((4, 5, 3), np.float32), np.zeros((5, 4, 3), np.float32)),
    (np.zeros((2, 4, 5, 3), np.float32), np.zeros((2, 4, 5, 3), np.float32)),
    (np.zeros((4, 5, 3), np.uint8), np.zeros((4, 5, 3), np.uint8)),
])
def test_pictures_that_do_not_belong_together_are_refused(one, other):
    for show in (before_after_slider, lambda a, b: tratteggio(a, b[..., 0] > 0, rng())):
        with pytest.raises(PictureError):
            show(one, other)
