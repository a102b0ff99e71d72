"""Crops of paintings: random ones to learn from, fixed ones to judge by; transfer to them."""

import keras
import numpy as np

from inpainting.crops import (
    DamagedCrops, blacken_shadows, fixed_crops, random_crop, random_orientation,
)
from inpainting.damage import DamagedPictures
from inpainting.damage_kinds import found_or_told, mixed
from inpainting.transfer import freeze_encoder, three_ways
from inpainting.unet import build_unet, compile_model

PAINTINGS = [
    np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    for seed, (height, width) in enumerate([(200, 260), (300, 192), (230, 230)])
]


def test_a_crop_without_reduction_is_a_piece_of_the_painting():
    crop = random_crop(PAINTINGS[0], np.random.default_rng(1), size=64, reduction=1)
    assert crop.shape == (64, 64, 3) and crop.dtype == np.float32
    pieces = np.lib.stride_tricks.sliding_window_view(PAINTINGS[0], (64, 64, 3))[:, :, 0]
    as_stored = np.rint(crop * 255).astype(np.uint8)
    assert (pieces == as_stored).all(axis=(2, 3, 4)).any()


def test_crops_keep_to_the_painting_even_where_it_is_hardly_larger():
    for seed in range(20):
        crop = random_crop(PAINTINGS[1], np.random.default_rng(seed))
        assert crop.shape == (192, 192, 3) and 0 <= crop.min() and crop.max() <= 1


def test_eight_orientations_occur_and_keep_the_pixels():
    picture = PAINTINGS[0][:64, :64]
    rng = np.random.default_rng(0)
    seen = {random_orientation(picture, rng).tobytes() for _ in range(200)}
    assert len(seen) == 8


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
    assert (blacken_shadows(bright, np.random.default_rng(0)) > 0).all(), "nothing bright turns black"


def test_a_part_of_the_crops_gets_black_shadows():
    with_shadows = DamagedCrops(PAINTINGS, 1, 4, size=64, shadows=0.25)
    plain = DamagedCrops(PAINTINGS, 1, 4, size=64)
    sound, same = with_shadows[0][1]["restored"], plain[0][1]["restored"]
    assert [np.array_equal(a, b) for a, b in zip(sound, same)] == [False, True, True, True]


def test_fixed_crops_are_the_same_again_and_stand_by_painting():
    crops = fixed_crops(PAINTINGS, 2, seed=3, size=64)
    assert crops.shape == (6, 64, 64, 3)
    assert np.array_equal(crops, fixed_crops(PAINTINGS, 2, seed=3, size=64))
    assert not np.array_equal(crops[0], crops[1])
    for crop in crops[:2]:
        pieces = np.lib.stride_tricks.sliding_window_view(PAINTINGS[0], (64, 64, 3))[:, :, 0]
        assert (pieces == np.rint(crop * 255).astype(np.uint8)).all(axis=(2, 3, 4)).any()


def test_half_of_the_training_damage_is_painted_black():
    crop = fixed_crops(PAINTINGS, 1, seed=3)[0] * 0.5 + 0.3
    black = 0
    for seed in range(60):
        damaged, mask = found_or_told(crop, np.random.default_rng(seed))
        same, same_mask = mixed(crop, np.random.default_rng(seed))
        assert np.array_equal(mask, same_mask) and np.array_equal(damaged[~mask], crop[~mask])
        if not np.array_equal(damaged, same):
            assert (damaged[mask] == 0).all()
            black += 1
    assert 18 <= black <= 42


def test_a_frozen_encoder_does_not_change_in_training():
    keras.utils.set_random_seed(0)
    model = compile_model(freeze_encoder(build_unet((4, 4, 4, 4, 4))), steps=50)
    model.run_eagerly = True  # saves the seconds that compiling takes
    before = {w.path: np.array(w) for layer in model.layers for w in layer.weights}
    damaged, targets = DamagedPictures(np.full((4, 16, 16, 3), 0.5, np.float32), 4)[0]
    for _ in range(2):  # in the first step the learning rate is 0
        model.train_on_batch(damaged, targets)
    moved = {w.path for layer in model.layers for w in layer.weights
             if not np.array_equal(np.array(w), before[w.path])}
    assert moved and not any(path.startswith(("step1", "step2", "step3", "step4")) for path in moved)
    assert any(path.startswith("step5") for path in moved)


def test_three_ways_start_where_they_say():
    start = build_unet()
    ways = three_ways(start, "float32", steps=10)
    same = {way: np.array_equal(model.get_weights()[0], start.get_weights()[0])
            for way, model in ways.items()}
    assert same == {
        "from scratch": False, "encoder frozen": True, "all layers in small steps": True}
    assert not any(layer.trainable for layer in ways["encoder frozen"].layers
                   if layer.name == "step1_conv_a")
