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


def test_best_radius_is_the_best_of_all(ramp):
    sound = np.stack([ramp, ramp[::-1], ramp ** 2])
    damaged, masks = damage_batch(sound, np.random.default_rng(1))
    found = classical.best_radius(classical.telea, sound, damaged, masks, radii=(1, 3, 9))

    def error(radius):
        restored = classical.restore_all(classical.telea, damaged, masks, radius=radius)
        return ((restored - sound)[masks] ** 2).mean()

    assert found == min((1, 3, 9), key=error)
