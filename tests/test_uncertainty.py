"""Eight orientations, their mean and their spread."""

import keras
import numpy as np
import pytest

from inpainting.uncertainty import calibration, eight_orientations, restore_eight_ways, turned_back
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
def model():
    keras.utils.set_random_seed(0)
    return build_unet((4, 4, 4, 4, 4))


def test_the_mean_does_not_depend_on_how_the_picture_lies(model):
    restored, damage, spread = restore_eight_ways(model, PICTURES)
    again, _, again_spread = restore_eight_ways(model, PICTURES[:, ::-1])
    assert restored.shape == PICTURES.shape and damage.shape == spread.shape == (2, 32, 32)
    assert spread.min() >= 0 and spread.max() > 0
    assert np.allclose(again[:, ::-1], restored, atol=1e-5)
    assert np.allclose(again_spread[:, ::-1], spread, atol=1e-5)


class Slope:
    """Stands for a network: brightens what it sees, the more the further to the right."""

    def predict(self, batch, batch_size, verbose):
        change = np.linspace(0, 0.7, batch.shape[2], dtype=np.float32)[:, None] ** 2
        return {"restored": batch + change, "damage": 0 * batch[..., :1] + change}


def test_mean_and_spread_of_the_eight_are_as_computed_by_hand():
    grey = np.full((1, 16, 16, 3), 0.25, np.float32)
    ramp = np.linspace(0, 0.7, 16) ** 2
    row, column = ramp[:, None] + 0 * ramp, ramp + 0 * ramp[:, None]
    eight = np.stack([row, row[::-1], column, column[:, ::-1]] * 2)
    restored, damage, spread = restore_eight_ways(Slope(), grey)
    assert np.allclose(restored[0], 0.25 + eight.mean(axis=0)[..., None], atol=1e-6)
    assert np.allclose(damage[0], eight.mean(axis=0), atol=1e-6)
    assert np.allclose(spread[0], eight.std(axis=0), atol=1e-6)


def test_with_masks_only_the_marked_pixels_change_and_spread(model):
    masks = np.zeros((2, 32, 32), bool)
    masks[0, 3:9, 5:7] = masks[1, 20:22] = True
    restored, _, spread = restore_eight_ways(model, PICTURES, masks)
    assert np.allclose(restored[~masks], PICTURES[~masks], atol=1e-6)
    assert spread[~masks].max() < 1e-6 and spread[masks].max() > 1e-6


def test_calibration_groups_by_spread():
    spread = RNG.permutation(np.linspace(0, 1, 100))
    groups = calibration(spread, 2 * spread, groups=4)
    quarters = np.linspace(0, 1, 100).reshape(4, 25).mean(axis=1)
    assert groups[0] == pytest.approx(quarters) and groups[1] == pytest.approx(2 * quarters)
    assert len(calibration(spread, spread)[0]) == 10
