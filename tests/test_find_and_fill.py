"""Find and fill whole paintings, by networks that are told what to answer."""

import keras
import numpy as np
import pytest

from inpainting.checks import PictureError
from inpainting.find_and_fill.paintings import fill_damage, find_and_fill, find_damage, union
from inpainting.find_and_fill.networks import FIND_KINDS, build_filler, build_finder
from inpainting.unet import build_unet


@pytest.fixture(scope="module")
def unet():
    keras.utils.set_random_seed(0)
    return build_unet((4, 4, 4, 4, 4))


class BrightnessFinder:
    """Takes the brightness for the first kind of damage, and finds nothing else."""

    def predict_on_batch(self, pictures):
        maps = np.zeros((*pictures.shape[:3], len(FIND_KINDS)), np.float32)
        maps[..., 0] = pictures.mean(axis=-1)
        return {"damage": maps}


class GuessFiller:
    """Returns the first guess."""

    def predict_on_batch(self, shown):
        assert all(array.shape[1] % 16 == array.shape[2] % 16 == 0 for array in shown.values())
        return {"restored": shown["guess"]}


def painting(shape=(70, 90, 3), kind="uint8"):
    values = np.random.default_rng(0).uniform(0.3, 0.45, shape)
    return (values * {"uint8": 255, "uint16": 65535, "float32": 1}[kind]).astype(kind)


def hole(shape):
    mask = np.zeros(shape[:2], bool)
    mask[20:30, 40:60] = True
    return mask


@pytest.mark.parametrize("kind", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("shape", [(70, 90, 3), (70, 90), (700, 650, 3)])
def test_only_marked_pixels_change(shape, kind, unet):
    given, mask = painting(shape, kind), hole(shape)
    for filler in (GuessFiller(), build_filler(unet)):
        restored = fill_damage(given, mask, filler)
        assert restored.shape == given.shape and restored.dtype == given.dtype
        np.testing.assert_array_equal(restored[~mask], given[~mask])
        assert (restored[mask] != given[mask]).any()
    np.testing.assert_array_equal(given, painting(shape, kind))


def test_the_maps_come_in_order_and_without_seams():
    given = painting((700, 650, 3), "float32")
    maps = find_damage(given, BrightnessFinder())
    assert tuple(maps) == FIND_KINDS
    np.testing.assert_allclose(maps[FIND_KINDS[0]], given.mean(axis=-1), atol=1e-5)
    assert not any(maps[kind].any() for kind in FIND_KINDS[1:])
    np.testing.assert_array_equal(union(maps), maps[FIND_KINDS[0]])


def test_a_grey_painting_is_searched_as_a_colour_one(unet):
    grey = painting((70, 90))
    colour = np.repeat(grey[..., None], 3, axis=-1)
    finder = build_finder(unet)
    for found, wanted in zip(find_damage(grey, finder).values(), find_damage(colour, finder).values()):
        np.testing.assert_allclose(found, wanted, atol=1e-6)


def test_find_then_fill():
    given = painting((70, 90, 3))
    given[20:30, 40:60] = 255
    restored, maps = find_and_fill(given, BrightnessFinder(), GuessFiller())
    mask = hole(given.shape)
    assert restored[mask].max() < 130
    np.testing.assert_array_equal(restored[~mask], given[~mask])
    np.testing.assert_array_equal(maps[FIND_KINDS[0]] > 0.5, mask)


def test_nothing_found_nothing_filled():
    given = painting((70, 90, 3))
    restored, _ = find_and_fill(given, BrightnessFinder(), None)
    np.testing.assert_array_equal(restored, given)
    assert restored is not given


def test_a_mask_of_another_size():
    with pytest.raises(PictureError, match="the same size"):
        fill_damage(painting(), np.ones((3, 4), bool), None)
