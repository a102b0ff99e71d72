"""Find and fill whole paintings, by networks that are told what to answer."""

import keras
import numpy as np
import pytest

from inpainting.checks import PictureError
from inpainting.find_and_fill import paintings
from inpainting.find_and_fill.networks import (
    FIND_KINDS, OPAQUE, build_cleaner, build_filler, build_finder,
)
from inpainting.find_and_fill.paintings import (
    clean_batch, clean_stains, fill_batch, fill_damage, find_and_fill, find_damage,
    find_masks, look_once, restore_by_kind, union,
)
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
    values = np.random.default_rng(0).uniform(0.05, 0.15, shape)
    return (values * {"uint8": 255, "uint16": 65535, "float32": 1}[kind]).astype(kind)


def hole(shape):
    mask = np.zeros(shape[:2], bool)
    mask[20:30, 40:60] = True
    return mask


@pytest.mark.parametrize("kind", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("shape", [(70, 90, 3), (70, 90), (700, 650, 3)])
def test_only_marked_pixels_change(shape, kind, unet):
    given, mask = painting(shape, kind), hole(shape)
    cleaner = build_cleaner(unet)
    cleaner.get_layer("cleaning").bias.assign([0.1, 0.1, 0.1])
    for repair, network in (
        (fill_damage, GuessFiller()), (fill_damage, build_filler(unet)), (clean_stains, cleaner),
    ):
        restored = repair(given, mask, network)
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


def test_masks_are_the_maps_above_the_threshold():
    given = painting((700, 650, 3), "float32") * 2
    maps, masks = find_damage(given, BrightnessFinder()), find_masks(given, BrightnessFinder())
    assert tuple(masks) == FIND_KINDS
    for kind in FIND_KINDS:
        np.testing.assert_array_equal(masks[kind], maps[kind] > paintings.THRESHOLD)
    assert 0.05 < masks["cuts"].mean() < 0.9


def test_a_grey_painting_is_searched_as_a_colour_one(unet):
    grey = painting((70, 90))
    colour = np.repeat(grey[..., None], 3, axis=-1)
    finder = build_finder(unet)
    for found, wanted in zip(find_damage(grey, finder).values(), find_damage(colour, finder).values()):
        np.testing.assert_allclose(found, wanted, atol=1e-6)


class Painter:
    """Stands for filler and cleaner: paints one brightness, and keeps the masks it was told."""

    def __init__(self, brightness):
        self.brightness, self.told = np.float32(brightness), []

    def predict_on_batch(self, shown):
        self.told.append(shown["mask"][0, ..., 0] > 0)
        return {"restored": np.full((*shown["mask"].shape[:3], 3), self.brightness)}


def test_find_then_fill():
    given = painting((70, 90, 3))
    given[20:30, 40:60] = 255
    restored, maps = find_and_fill(given, finder=BrightnessFinder(), filler=GuessFiller(), cleaner=1)
    mask = hole(given.shape)
    assert restored[mask].max() < 130
    np.testing.assert_array_equal(restored[~mask], given[~mask])
    np.testing.assert_array_equal(maps[FIND_KINDS[0]] > 0.5, mask)


def test_stains_are_cleaned_first_and_the_rest_is_filled():
    given, masks = painting((64, 64, 3)), np.zeros((2, 64, 64), bool)
    masks[0, :20], masks[1, 10:30] = True, True
    filler, cleaner = Painter(1), Painter(0)
    restored = restore_by_kind(given, {"losses": masks[1], "stains": masks[0]}, filler, cleaner)
    assert (restored[:10] == 0).all() and (restored[10:30] == 255).all()
    np.testing.assert_array_equal(restored[30:], given[30:])
    np.testing.assert_array_equal(filler.told[0], masks[1])
    np.testing.assert_array_equal(cleaner.told[0], masks[0])


def test_kinds_that_are_not_wanted_stay():
    given = painting((64, 64, 3))
    given[20:30, 40:60] = 255
    restored, maps = find_and_fill(given, ("losses",), BrightnessFinder(), GuessFiller())
    np.testing.assert_array_equal(restored, given)
    assert maps["cuts"].max() > 0.9


def test_where_all_is_found_nothing_is_made_up():
    with pytest.raises(PictureError, match="100% of the picture"):
        find_and_fill(np.full((64, 64, 3), 255, np.uint8), finder=BrightnessFinder())


def test_nothing_found_nothing_filled():
    given = painting((70, 90, 3))
    restored, _ = find_and_fill(given, finder=BrightnessFinder(), filler=1, cleaner=1)
    np.testing.assert_array_equal(restored, given)
    assert restored is not given


def test_the_shipped_networks_are_used_where_none_is_given(monkeypatch):
    networks = {"finder": BrightnessFinder(), "filler": Painter(0.25), "cleaner": Painter(0.75)}
    monkeypatch.setattr(paintings, "shipped", networks.get)
    given = painting((64, 64, 3), "float32")
    given[20:30] = 1
    restored, _ = find_and_fill(given)
    np.testing.assert_allclose(restored[20:30], 0.25)
    np.testing.assert_allclose(clean_stains(given, hole(given.shape))[20:30, 40:60], 0.75)


def test_batches_as_single_paintings(unet):
    given = np.stack([painting((64, 64, 3), "float32"), painting((64, 64, 3), "float32")[::-1]])
    masks = np.stack([hole((64, 64)), hole((64, 64))[::-1]])
    cleaner = build_cleaner(unet)
    cleaner.get_layer("cleaning").bias.assign([0.7, 0.1, -0.5])
    for batch, single, network in (
        (fill_batch, fill_damage, build_filler(unet)), (clean_batch, clean_stains, cleaner),
    ):
        together = batch(network, given, masks)
        alone = np.stack([single(*pair, network) for pair in zip(given, masks)])
        np.testing.assert_allclose(together, alone, atol=1e-5)
        assert 0 <= together.min() and together.max() <= 1


def test_stains_are_the_only_kind_that_is_not_opaque():
    assert set(FIND_KINDS) - set(OPAQUE) == {"stains"}


def test_what_is_found_filled_and_cleaned_is_the_mean_of_picture_and_mirror_image(unet):
    given, mask = painting((64, 64, 3), "float32"), hole((64, 64))
    cleaner = build_cleaner(unet)
    cleaner.get_layer("cleaning").kernel.assign(np.random.default_rng(0).normal(size=(1, 1, 4, 3)))
    finder, filler = build_finder(unet), build_filler(unet)
    maps, mirrored = find_damage(given, finder), find_damage(given[:, ::-1], finder)
    for kind in FIND_KINDS:
        np.testing.assert_allclose(maps[kind], mirrored[kind][:, ::-1], atol=1e-5)
    once = finder.predict_on_batch(given[None])["damage"][0, ..., 0]
    assert np.abs(once - maps["cuts"]).max() > 1e-3
    for repair, network in ((fill_damage, filler), (clean_stains, cleaner)):
        restored = repair(given[:, ::-1], mask[:, ::-1], network)[:, ::-1]
        np.testing.assert_allclose(repair(given, mask, network), restored, atol=1e-4)


def test_who_looks_once_sees_the_picture_alone(unet):
    given, masks = painting((64, 64, 3), "float32")[None], hole((64, 64))[None]
    filler = build_filler(unet)
    once, mirrored = (
        fill_batch(filler, given[:, :, ::way], masks[:, :, ::way], look_once)[:, :, ::way]
        for way in (1, -1)
    )
    assert np.abs(once - mirrored).max() > 1e-3
    np.testing.assert_allclose(
        fill_batch(filler, given, masks), (once + mirrored) / 2, atol=1e-3)


def test_a_mask_of_another_size():
    with pytest.raises(PictureError, match="the same size"):
        fill_damage(painting(), np.ones((3, 4), bool), None)
