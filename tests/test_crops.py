"""Crops of paintings: random ones to learn from, fixed ones to judge by."""

import numpy as np
import pytest

from inpainting import crops as crops_module
from inpainting.crops import (
    DamagedCrops, blacken_shadows, fixed_crops, random_crop, random_orientation,
)

PAINTINGS = [
    np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    for seed, (height, width) in enumerate([(200, 260), (300, 192), (230, 230)])
]


def is_piece_of(painting, crop):
    stored = np.rint(crop * 255).astype(np.uint8)
    height, width = stored.shape[:2]
    return any(
        np.array_equal(painting[top : top + height, left : left + width], stored)
        for top, left in np.argwhere((painting == stored[0, 0]).all(axis=-1))
    )


def test_a_crop_without_reduction_is_a_piece_of_the_painting():
    crop = random_crop(PAINTINGS[0], np.random.default_rng(1), size=64, reduction=1)
    assert crop.shape == (64, 64, 3) and crop.dtype == np.float32
    assert is_piece_of(PAINTINGS[0], crop)


def test_crops_keep_to_the_painting_even_where_it_is_hardly_larger():
    for seed in range(20):
        crop = random_crop(PAINTINGS[1], np.random.default_rng(seed))
        assert crop.shape == (192, 192, 3) and 0 <= crop.min() and crop.max() <= 1


def test_crops_come_from_every_place_of_the_painting():
    places = np.stack(np.mgrid[:70, :66], axis=-1).astype(np.uint8)
    painting = np.concatenate([places, places[..., :1]], axis=-1)
    rng = np.random.default_rng(0)
    crops = [random_crop(painting, rng, size=64, reduction=1) for _ in range(200)]
    corners = {tuple(np.rint(255 * crop[0, 0, :2]).astype(int)) for crop in crops}
    assert corners == {(top, left) for top in range(7) for left in range(3)}


def test_training_crops_are_reduced_up_to_twice_small_ones_as_often_as_large_ones(monkeypatch):
    sides, resize = [], crops_module.cv2.resize

    def recorder(piece, size, interpolation):
        assert size == (64, 64) and interpolation == crops_module.cv2.INTER_AREA
        assert piece.shape[0] == piece.shape[1]
        sides.append(piece.shape[0] / 64)
        return resize(piece, size, interpolation=interpolation)

    monkeypatch.setattr(crops_module.cv2, "resize", recorder)
    crops = DamagedCrops(PAINTINGS, 100, 4, size=64)
    for i in range(100):
        crops.sound(i, np.random.default_rng(i))
    assert 1 <= min(sides) < 1.02 and 1.96 < max(sides) <= 2
    assert np.median(sides) == pytest.approx(2 ** 0.5, abs=0.03)


def test_eight_orientations_occur_and_keep_the_pixels():
    picture = PAINTINGS[0][:64, :64]
    rng = np.random.default_rng(0)
    seen = {random_orientation(picture, rng).tobytes() for _ in range(200)}
    assert len(seen) == 8


def test_training_crops_lie_in_all_eight_orientations():
    row, column = np.mgrid[:130, :130]
    painting = np.stack([row, column, 0 * row], axis=-1).astype(np.uint8)
    crops = DamagedCrops([painting], 40, 4, size=64)
    sound = np.concatenate([crops.sound(i, np.random.default_rng(i)) for i in range(40)])
    red, green = sound[..., 0], sound[..., 1]
    lie = np.sign([
        red[:, -1, 0] - red[:, 0, 0], red[:, 0, -1] - red[:, 0, 0],
        green[:, -1, 0] - green[:, 0, 0], green[:, 0, -1] - green[:, 0, 0],
    ])
    orientations, times = np.unique(lie, axis=1, return_counts=True)
    assert orientations.shape == (4, 8) and times.min() > 8


def test_every_painting_gives_as_many_crops():
    paintings = [np.full((side, side, 3), side, np.uint8) for side in (64, 128, 255)]
    crops = DamagedCrops(paintings, 100, 4, size=64)
    sound = np.concatenate([crops.sound(i, np.random.default_rng(i)) for i in range(100)])
    values, times = np.unique(np.rint(255 * sound[:, 0, 0, 0]), return_counts=True)
    assert values.tolist() == [64, 128, 255] and 100 < times.min() <= times.max() < 167


def test_batches_of_crops_have_the_shapes_of_other_batches_and_are_seeded():
    one, two, other = (DamagedCrops(PAINTINGS, 3, 2, seed=seed, size=64) for seed in (1, 1, 2))
    damaged, targets = one[0]
    assert len(one) == 3 and damaged.shape == targets["restored"].shape == (2, 64, 64, 3)
    assert targets["damage"].shape == (2, 64, 64, 1)
    assert np.array_equal(damaged, two[0][0]) and not np.array_equal(damaged, other[0][0])
    assert not np.array_equal(damaged, one[1][0])
    one.on_epoch_end()
    assert not np.array_equal(damaged, one[0][0])


def test_training_crops_are_turned_and_mirrored():
    """A painting that grows brighter to the right and, twice as fast, downwards."""
    height, width = np.mgrid[:80, :80]
    painting = np.repeat((height * 2 + width)[..., None], 3, axis=2).astype(np.uint8)
    sound = DamagedCrops([painting], 1, 60, size=64)[0][1]["restored"][..., 0]
    steepest = np.abs(sound[:, -1, 0] - sound[:, 0, 0]) > np.abs(sound[:, 0, -1] - sound[:, 0, 0])
    down, right = sound[:, -1, 0] > sound[:, 0, 0], sound[:, 0, -1] > sound[:, 0, 0]
    assert len(set(zip(steepest, down, right))) == 8


def test_shadows_become_black_and_the_rest_keeps_its_order():
    crop = random_crop(PAINTINGS[0], np.random.default_rng(1), size=64) * np.float32(0.4)
    black = []
    for seed in range(20):
        darker = blacken_shadows(crop, np.random.default_rng(seed))
        assert darker.dtype == np.float32 and 0 <= darker.min() and darker.max() <= 1
        order = np.argsort(crop, axis=None)
        assert (np.diff(darker.ravel()[order]) >= 0).all()
        black.append((darker.max(axis=-1) == 0).mean())
    assert max(black) > 0.3 and max(black) <= 0.5
    bright = crop + np.float32(0.5)
    darker = blacken_shadows(bright, np.random.default_rng(0))
    assert (darker > 0).all(), "nothing bright turns black"


def test_fixed_crops_are_the_same_again_and_stand_by_painting():
    crops = fixed_crops(PAINTINGS, 2, seed=3, size=64)
    assert crops.shape == (6, 64, 64, 3)
    assert np.array_equal(crops, fixed_crops(PAINTINGS, 2, seed=3, size=64))
    assert not np.array_equal(crops[0], crops[1])
    assert not np.array_equal(crops, fixed_crops(PAINTINGS, 2, seed=4, size=64))


def test_fixed_crops_keep_the_scale_of_their_paintings():
    crops = fixed_crops(PAINTINGS, 2, seed=3, size=64)
    assert all(is_piece_of(PAINTINGS[i // 2], crop) for i, crop in enumerate(crops))
    assert fixed_crops(PAINTINGS[:1], 1, seed=3).shape == (1, 192, 192, 3)
