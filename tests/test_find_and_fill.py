"""Find and fill whole paintings, by networks that are told what to answer."""

import keras
import numpy as np
import pytest

from inpainting.checks import PictureError
from inpainting.find_and_fill import paintings
from inpainting.find_and_fill.networks import (
    FIND_KINDS, OPAQUE, build_cleaner, build_filler, build_finder, cleaner_input, filler_input,
)
from inpainting.find_and_fill.paintings import (
    clean_batch, clean_stains, fill_batch, fill_damage, find_and_fill, find_batch, find_damage,
    find_masks, look_once, repaint_batch, restore_by_kind, union,
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


def test_networks_look_at_the_picture_and_its_mirror_image_and_the_mean_counts(unet):
    given, masks = painting((64, 64, 3), "float32")[None] + 0.3, hole((64, 64))[None]
    finder, filler, cleaner = build_finder(unet), build_filler(unet), build_cleaner(unet)
    kernel = np.random.default_rng(0).normal(0, 0.1, (1, 1, 4, 3))
    cleaner.get_layer("cleaning").kernel.assign(kernel)

    def by_batch(network, way, **look):
        pictures, marked = given[:, :, ::way], masks[:, :, ::way]
        if network is finder:
            return find_batch(finder, pictures, **look)
        network_input = filler_input if network is filler else cleaner_input
        return repaint_batch(network, network_input, pictures, marked, **look)

    for network, others in (
        (finder, [np.stack([*find_damage(given[0], finder).values()], axis=-1)]),
        (filler, [fill_batch(filler, given, masks)[0], fill_damage(given[0], masks[0], filler)]),
        (cleaner, [clean_batch(cleaner, given, masks)[0],
                   clean_stains(given[0], masks[0], cleaner)]),
    ):
        once, mirrored = (
            by_batch(network, way, look=look_once)[:, :, ::way] for way in (1, -1))
        assert np.abs(once - mirrored).max() > 1e-3
        for result in (by_batch(network, 1)[0], *others):
            np.testing.assert_allclose(result, (once + mirrored)[0] / 2, atol=1e-4)


def test_a_mask_of_another_size():
    with pytest.raises(PictureError, match="the same size"):
        fill_damage(painting(), np.ones((3, 4), bool), None)
