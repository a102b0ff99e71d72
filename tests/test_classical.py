import numpy as np
import pytest

from inpainting import classical
from inpainting.damage import damage_batch

METHODS = [classical.telea, classical.navier_stokes, classical.biharmonic]


@pytest.fixture
def ramp():
    """A smooth picture, which every method must restore almost perfectly."""
    y, x = np.mgrid[0:32, 0:32] / 31
    return np.stack([x, y, (x + y) / 2], axis=-1).astype(np.float32)


@pytest.mark.parametrize("method", METHODS)
def test_a_smooth_picture_comes_back_and_sound_pixels_stay_identical(method, ramp):
    (damaged,), (mask,) = damage_batch(ramp[None], np.random.default_rng(0))
    restored = method(damaged, mask)
    assert restored.shape == ramp.shape and restored.dtype == np.float32
    assert np.array_equal(restored[~mask], ramp[~mask])
    assert np.abs(restored - ramp)[mask].mean() < 0.03 < np.abs(damaged - ramp)[mask].mean()


@pytest.mark.parametrize("method", METHODS)
def test_the_result_is_a_picture_even_where_colours_jump(method):
    picture = np.zeros((32, 32, 3), np.float32)
    picture[:, 16:] = 1
    mask = np.zeros((32, 32), bool)
    mask[8:24, 10:22] = True
    restored = method(picture, mask)
    assert restored.dtype == np.float32 and 0 <= restored.min() and restored.max() <= 1


def test_black_pixels_are_those_without_any_colour():
    pictures = np.full((2, 4, 4, 3), 0.5, np.float32)
    pictures[0, 1, 2], pictures[1, 0, 0], pictures[1, 3, 3] = 0, (0, 0, 1 / 255), (0, 0.5, 0)
    assert np.argwhere(classical.black_pixels(pictures)).tolist() == [[0, 1, 2]]


@pytest.fixture
def inpainted(monkeypatch):
    """The radius and the method of each call of cv2.inpaint."""
    calls = []
    monkeypatch.setattr(classical.cv2, "inpaint", lambda picture, mask, radius, method: (
        calls.append((radius, method)) or picture))
    return calls


def test_each_method_works_with_its_own_radius(ramp, inpainted):
    damaged, masks = damage_batch(ramp[None], np.random.default_rng(0))
    restored = classical.restore_by_each(damaged, masks, {"Telea": 2, "Navier-Stokes": 7})
    assert inpainted == [(2, classical.cv2.INPAINT_TELEA), (7, classical.cv2.INPAINT_NS)]
    assert list(restored) == ["Telea", "Navier-Stokes", "biharmonic"]
    assert np.array_equal(restored["biharmonic"][0], classical.biharmonic(damaged[0], masks[0]))


def test_every_radius_is_tried_for_every_method(ramp, inpainted):
    damaged, masks = damage_batch(ramp[None], np.random.default_rng(0))
    classical.best_radii(ramp[None], damaged, masks)
    methods = classical.cv2.INPAINT_TELEA, classical.cv2.INPAINT_NS
    assert inpainted == [(radius, method) for method in methods for radius in range(1, 11)]
    inpainted.clear()
    classical.best_radii(ramp[None], damaged, masks, (2, 5))
    assert [radius for radius, _ in inpainted] == [2, 5, 2, 5]


def test_best_radius_is_the_best_of_all(ramp):
    sound = np.stack([ramp, ramp[::-1], ramp ** 2])
    damaged, masks = damage_batch(sound, np.random.default_rng(1))
    found = classical.best_radius(classical.telea, sound, damaged, masks, radii=(1, 3, 9))

    def error(radius):
        restored = classical.restore_all(classical.telea, damaged, masks, radius=radius)
        return ((restored - sound)[masks] ** 2).mean()

    assert found == min((1, 3, 9), key=error)
