"""Eight orientations, their mean and their spread."""

import keras
import numpy as np
import pytest
from conftest import assert_one_sentence

from inpainting.checks import PictureError
from inpainting.find_and_fill.networks import build_filler
from inpainting.uncertainty import calibration, eight_orientations, fill_eight_ways, turned_back
from inpainting.unet import build_unet

RNG = np.random.default_rng(0)
PICTURES = RNG.uniform(0, 1, (2, 32, 32, 3)).astype(np.float32)


def test_eight_different_orientations_turn_back_to_the_same_picture():
    turned = eight_orientations(PICTURES)
    assert len({picture.tobytes() for picture in turned}) == 8
    for back in turned_back(turned):
        assert np.array_equal(back, PICTURES)


def test_masks_turn_as_their_pictures_do():
    masks = PICTURES[..., 0] > 0.5
    for pictures, turned in zip(eight_orientations(PICTURES), eight_orientations(masks)):
        assert np.array_equal(pictures[..., 0] > 0.5, turned)


@pytest.fixture(scope="module")
def filler():
    keras.utils.set_random_seed(0)
    return build_filler(build_unet((4, 4, 4, 4, 4)))


@pytest.fixture
def masks():
    masks = np.zeros((2, 32, 32), bool)
    masks[0, 3:9, 5:7] = masks[1, 20:22] = True
    return masks


def test_the_mean_does_not_depend_on_how_the_picture_lies(filler, masks):
    restored, spread = fill_eight_ways(filler, PICTURES, masks)
    again, again_spread = fill_eight_ways(filler, PICTURES[:, ::-1], masks[:, ::-1])
    assert restored.shape == PICTURES.shape and spread.shape == masks.shape
    assert np.allclose(again[:, ::-1], restored, atol=1e-5)
    assert np.allclose(again_spread[:, ::-1], spread, atol=1e-5)


def test_only_the_marked_pixels_change_and_spread(filler, masks):
    restored, spread = fill_eight_ways(filler, PICTURES, masks)
    assert np.allclose(restored[~masks], PICTURES[~masks], atol=1e-6)
    assert spread[~masks].max() < 1e-6 and spread[masks].min() > 0


def test_nothing_marked_nothing_changes(filler, masks):
    restored, spread = fill_eight_ways(filler, PICTURES, np.zeros_like(masks))
    assert np.allclose(restored, PICTURES, atol=1e-6) and spread.max() < 1e-6


class Slope:
    """Stands for a filler: brightens what is damaged, the more the further to the right."""

    def predict(self, shown, batch_size, verbose):
        change = np.linspace(0, 0.7, shown["seen"].shape[2], dtype=np.float32)[:, None] ** 2
        return {"restored": shown["seen"] + change}


def test_mean_and_spread_of_the_eight_are_as_computed_by_hand():
    grey, everywhere = np.full((1, 16, 16, 3), 0.25, np.float32), np.ones((1, 16, 16), bool)
    ramp = np.linspace(0, 0.7, 16) ** 2
    row, column = ramp[:, None] + 0 * ramp, ramp + 0 * ramp[:, None]
    eight = np.stack([row, row[::-1], column, column[:, ::-1]] * 2)
    restored, spread = fill_eight_ways(Slope(), grey, everywhere)
    assert np.allclose(restored[0], 0.25 + eight.mean(axis=0)[..., None], atol=1e-6)
    assert np.allclose(spread[0], eight.std(axis=0), atol=1e-6)


def test_calibration_groups_by_spread():
    spread = RNG.permutation(np.linspace(0, 1, 100))
    groups = calibration(spread, 2 * spread, groups=4)
    assert np.allclose(groups[1], 2 * np.array(groups[0]))
    assert groups[0] == sorted(groups[0]) and len(groups[0]) == 4


@pytest.mark.parametrize("damaged, masks, words", [
    (np.zeros((1, 32, 32, 3), np.uint8), np.ones((1, 32, 32), bool), "uint8"),
    (np.zeros((1, 40, 40, 3), np.float32), np.ones((1, 40, 40), bool), "multiples of 16"),
    (np.zeros((32, 32, 3), np.float32), np.ones((32, 32), bool), "picture[None]"),
])
def test_what_cannot_be_filled_is_said_in_one_sentence(filler, damaged, masks, words):
    with pytest.raises(PictureError) as error:
        fill_eight_ways(filler, damaged, masks)
    assert_one_sentence(error, words)
