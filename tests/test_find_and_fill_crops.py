"""Crops that teach the finder and the filler."""

import numpy as np
import pytest

from inpainting.find_and_fill import crops as specialist_crops
from inpainting.find_and_fill.crops import (
    Crops, batch_to_clean, batch_to_fill, batch_to_find, branches, brush_strokes, dabs,
    damage_to_clean, damage_to_fill, damage_to_find, inscription, marked_by_hand, table, widened,
)
from inpainting.find_and_fill.networks import FIND_KINDS

PAINTINGS = [
    np.random.default_rng(seed).integers(40, 256, (80, 90, 3)).astype(np.uint8) for seed in (0, 1, 2)
]
CROP = PAINTINGS[0][:64, :64] / np.float32(255)


def rng(seed=0):
    return np.random.default_rng(seed)


def crops(batch, fresh=True, **settings):
    return Crops(PAINTINGS, batch, steps=3, batch_size=2, size=64, fresh=fresh, **settings)


def test_training_crops_are_fresh_and_validation_crops_are_not():
    for fresh in (True, False):
        data = crops(batch_to_find, fresh)
        first = data[1][0]
        np.testing.assert_array_equal(first, data[1][0])
        assert not np.array_equal(first, data[2][0])
        data.on_epoch_end()
        assert np.array_equal(first, data[1][0]) != fresh


def test_a_batch_to_fill_counts_marked_pixels_only():
    shown, sound, weights = crops(batch_to_fill)[0]
    masks = shown["mask"][..., 0] > 0
    assert sound["restored"].shape == (2, 64, 64, 3)
    assert not weights["restored"][~masks].any()
    np.testing.assert_allclose(weights["restored"].mean(axis=(1, 2)), 1, rtol=1e-5)
    outside = (shown["known"] == sound["restored"]).all(axis=-1)
    assert outside[~masks].mean() > 0.8  # a mask may have missed some of the damage


def test_a_batch_to_find_has_a_map_for_each_kind():
    damaged, maps = crops(batch_to_find)[0]
    assert damaged.dtype == maps["damage"].dtype == np.float32
    assert maps["damage"].shape == (2, 64, 64, len(FIND_KINDS))


def test_the_maps_are_in_order(monkeypatch):
    def second_kind(picture, rng, names):
        assert names == ("cuts", "craquelure")
        masks = {kind: np.zeros(picture.shape[:2], bool) for kind in FIND_KINDS}
        masks[FIND_KINDS[1]][3:5] = True
        return np.where(masks[FIND_KINDS[1]][..., None], np.float32(0), picture), masks

    monkeypatch.setattr(specialist_crops, "one_or_more_kinds", second_kind)
    monkeypatch.setattr(specialist_crops, "SOME", 0)
    monkeypatch.setattr(specialist_crops, "LOOK_ALIKES", 0)
    _, maps = damage_to_find(CROP, rng(), ("cuts", "craquelure"))
    assert maps[3:5, :, 1].all() and maps.sum() == maps[3:5, :, 1].sum()


def test_some_crops_are_undamaged():
    empty = [not damage_to_find(CROP, rng(seed))[1].any() for seed in range(60)]
    assert 0.05 < np.mean(empty) < 0.4


def test_a_third_of_the_crops_get_look_alikes_each_as_often(monkeypatch):
    seen = []
    for name in ("branches", "table", "inscription", "dabs"):
        monkeypatch.setattr(
            specialist_crops, name, lambda picture, rng, name=name: seen.append(name) or picture)
    for seed in range(300):
        damage_to_find(CROP, rng(seed))
    assert 75 < len(seen) < 125 and all(seen.count(name) > 12 for name in set(seen))
    assert len(set(seen)) == 4


def test_half_of_the_training_crops_get_other_colours():
    red = np.zeros((64, 64, 3), np.uint8)
    red[..., 0], red[..., 1] = 200, 100

    def colours(fresh):
        batches = Crops([red], lambda crops, rng: crops, 1, 240, 64, fresh=fresh)
        return [tuple(np.rint(255 * crop[0, 0]).astype(int)) for crop in batches[0]]

    assert set(colours(fresh=False)) == {(200, 100, 0)}
    seen = colours(fresh=True)
    assert 0.48 < seen.count((200, 100, 0)) / 240 < 0.69  # one exchange of six changes nothing
    assert len(set(seen)) == 6


def test_invisible_damage_is_not_asked_for():
    black = np.zeros((64, 64, 3), np.float32)
    for seed in range(20):
        damaged, maps = damage_to_find(black, rng(seed))
        assert not maps[(damaged == 0).all(axis=-1)][..., 0].any()  # cuts are black


def test_there_is_always_something_to_fill():
    for seed in range(20):
        damaged, mask = damage_to_fill(CROP, rng(seed))
        assert damaged.dtype == np.float32 and 0 < mask.mean() <= specialist_crops.LARGEST_MASK


def test_the_filler_is_not_taught_stains(monkeypatch):
    drawn = []
    monkeypatch.setattr(specialist_crops, "one_or_more_kinds", lambda picture, rng, names: (
        drawn.append(names) or (picture, {"cuts": np.ones((64, 64), bool) & (picture[..., 0] > 0.7)})))
    for seed in range(5):
        damage_to_fill(CROP, rng(seed))
    assert set(drawn) == {("cuts", "craquelure", "scratches", "losses", "writing")}


def test_a_batch_to_clean_counts_stained_pixels_that_nothing_else_covers():
    shown, sound, weights = crops(batch_to_clean)[0]
    counted = weights["restored"] > 0
    assert not counted[shown["mask"][..., 0] == 0].any()
    np.testing.assert_allclose(weights["restored"].mean(axis=(1, 2)), 1, rtol=1e-5)
    np.testing.assert_array_equal(sound["restored"], crops(batch_to_clean)[0][1]["restored"])


def test_what_covers_a_stain_does_not_count(monkeypatch):
    stain, loss = np.zeros((2, 64, 64), bool)
    stain[10:30], loss[20:40] = True, True
    monkeypatch.setattr(
        specialist_crops, "mixed", lambda picture, rng: (picture, {"stains": stain, "losses": loss}))
    monkeypatch.setattr(specialist_crops, "marked_by_hand", lambda mask, rng: mask)
    seen = [damage_to_clean(CROP, rng(seed)) for seed in range(12)]
    both = [(mask, counted) for _, mask, counted in seen if mask is stain]
    assert 0 < len(both) < 12
    for _, counted in both:
        np.testing.assert_array_equal(counted, stain & ~loss)


def test_some_masks_mark_too_much_and_some_too_little():
    mask = np.zeros((64, 64), bool)
    mask[20:40, 20:40] = True
    sizes = [marked_by_hand(mask, rng(seed)).sum() - mask.sum() for seed in range(100)]
    assert np.mean(np.array(sizes) > 0) == pytest.approx(0.3, abs=0.12)
    assert 0.02 < np.mean(np.array(sizes) < 0) < 0.2


def searched():
    """Two crops of one colour each, as `train.searched_crops` gives them, marked at the left."""
    layers = np.zeros((2, 64, 64, 7), np.float16)
    layers[0, ..., :6], layers[1, ..., :6] = 0.25, 0.75
    layers[:, :, :40, :3], layers[:, :, :40, 6] = 0.5, 1
    return layers


def test_a_third_of_what_the_filler_sees_was_searched_by_the_finder():
    shown, sound, weights = batch_to_fill(np.stack([CROP] * 60), rng(), searched())
    mine = {value: (sound["restored"] == value).all(axis=(1, 2, 3)) for value in (0.25, 0.75)}
    from_finder = mine[0.25] | mine[0.75]
    assert all(5 < places.sum() < 18 for places in mine.values()) and 12 < from_finder.sum() < 29
    masks = shown["mask"][from_finder][..., 0]
    assert (masks.mean(axis=(1, 2)) == 40 / 64).all()
    assert len({mask.tobytes() for mask in masks}) == 4, "turned to all four sides"
    assert (shown["seen"][from_finder][masks == 1] == 0.5).all()
    assert ((weights["restored"][from_finder] > 0) == (masks == 1)).all()
    for crop in sound["restored"][~from_finder]:
        np.testing.assert_array_equal(crop, CROP)


def test_without_searched_crops_all_damage_is_made_here():
    _, sound, _ = batch_to_fill(np.stack([CROP] * 9), rng())
    np.testing.assert_array_equal(sound["restored"], np.stack([CROP] * 9))


def test_brush_strokes_change_marked_pixels_only_and_may_be_wide():
    masks = []
    for seed in range(30):
        damaged, mask = brush_strokes(CROP, rng(seed))
        np.testing.assert_array_equal(damaged[~mask], CROP[~mask])
        masks.append(mask.mean())
    assert min(masks) < 0.1 and max(masks) > 0.4


def test_a_widened_mask_holds_the_mask():
    mask = np.zeros((64, 64), bool)
    mask[30:33, 20:40] = True
    wide = widened(mask, rng())
    assert wide[mask].all() and wide.sum() > mask.sum()


@pytest.mark.parametrize("look_alike", [branches, dabs, inscription, table])
def test_look_alikes(look_alike):
    pictures = [look_alike(CROP, rng(seed)) for seed in range(5)]
    assert all(p.shape == CROP.shape and p.dtype == np.float32 for p in pictures)
    assert all(0 <= p.min() and p.max() <= 1 for p in pictures)
    assert any((p != CROP).any() for p in pictures)
