"""Batches and whole paintings through a network: tiles, seams, masks."""

import tracemalloc

import numpy as np
import pytest
import skimage.data
from conftest import Painter, assert_one_sentence, cross, noise

from inpainting import tiles
from inpainting.checks import LARGEST, PictureError
from inpainting.damage import damage_batch, segments
from inpainting.data import display_set
from inpainting.models import load_model
from inpainting.pictures import as_stored
from inpainting.tiles import (
    blended_rows, restore_batch, restore_painting, tiles_along,
)


@pytest.fixture(scope="module")
def shipped():
    return load_model("unet_32x32")


@pytest.fixture(scope="module")
def damaged():
    """A photograph of 300 x 420 pixels with cuts: sound, damaged, mask."""
    sound = skimage.data.coffee()[:300, :420] / np.float32(255)
    return sound, *segments(sound, np.random.default_rng(0), number=(15, 15), thickness=(1, 4))


@pytest.fixture
def small_tiles(monkeypatch):
    monkeypatch.setattr(tiles, "TILE", 208)


# Tiles


@pytest.mark.parametrize("side", [1, 16, 17, 640, 641, 1200, 5000])
def test_tiles_cover_a_side_and_their_weights_add_up_to_1(side):
    along = tiles_along(side)
    total = np.zeros(along[-1][0] + len(along[-1][1]))
    for start, weights in along:
        assert start % 16 == 0 and len(weights) % 16 == 0 and 16 <= len(weights) <= tiles.TILE
        total[start : start + len(weights)] += weights
    assert side <= len(total) < side + 16
    assert np.abs(total - 1).max() < 1e-6
    assert len(along) <= max(1, 1 + side // (tiles.TILE - tiles.OVERLAP))


def test_large_tiles_that_fade_into_each_other():
    """At most 640 pixels; 64 of overlap: a quarter counts nothing, the middle half fades."""
    (first, left), (second, right) = tiles_along(1216)
    assert (first, second) == (0, 576) and len(left) == len(right) == 640
    assert (left[:592] > 0.999).all() and (left[624:] < 1e-4).all()
    assert np.allclose(left[592:624], 1 - (np.arange(32) + 0.5) / 32, atol=1e-4)
    assert np.allclose(left[576:] + right[:64], 1)


def blended(model, picture, mask=None):
    return np.concatenate([rows for _, rows in blended_rows(model, picture, mask)])


def abutting(side):
    return [(start, np.ones(min(208, side - start), np.float32)) for start in range(0, side, 208)]


def test_no_seam_shows(shipped, damaged, small_tiles, monkeypatch):
    """Tiled and in one piece, the network paints the same; with plain tiles, it would not."""
    _, picture, mask = damaged
    picture, mask = picture[:288, :416], mask[:288, :416]
    tiled, tiled_told = blended(shipped, picture), blended(shipped, picture, mask)
    monkeypatch.setattr(tiles, "tiles_along", abutting)
    plain = blended(shipped, picture)
    monkeypatch.setattr(tiles, "tiles_along", lambda side: [(0, np.ones(side, np.float32))])
    whole, whole_told = blended(shipped, picture), blended(shipped, picture, mask)
    assert np.abs(tiled - whole).max() < 0.5 / 255
    assert np.abs(tiled_told - whole_told)[mask].max() < 0.5 / 255
    assert np.abs(plain - whole).max() > 10 / 255


@pytest.mark.parametrize("size", [(1, 1), (5, 200), (17, 33), (208, 416), (333, 250)])
def test_any_size(size, small_tiles):
    picture = noise(*size, 3, kind="float32")
    picture[cross(*size)] = 0
    restored, damage = restore_painting(Painter(), picture)
    expected = np.where(cross(*size)[..., None], Painter().colour, picture)
    assert restored.shape == picture.shape and damage.shape == size
    assert np.abs(restored - expected).max() < 1e-6


def test_beyond_the_edge_of_the_picture_the_network_sees_its_mirror_image(monkeypatch):
    painter, picture = Painter(), noise(20, 30, 3, kind="float32")
    monkeypatch.setattr(painter, "predict_on_batch", lambda batch: painter.seen.extend(batch) or {
        "restored": batch, "damage": batch[..., :1]})
    restore_painting(painter, picture)
    (seen,) = painter.seen
    assert np.array_equal(seen[:20, :30], picture) and seen.shape == (32, 32, 3)
    assert np.array_equal(seen[:20, 30:], picture[:, 28:26:-1])
    assert np.array_equal(seen[20:, :30], picture[18:6:-1])


def test_no_more_than_a_row_of_tiles_is_kept(monkeypatch):
    monkeypatch.setattr(tiles, "TILE", 160)
    picture = noise(1600, 1600, 3)
    tracemalloc.start()
    restore_painting(Painter(), picture)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    pixels, row = picture.shape[0] * picture.shape[1], 160 * picture.shape[1]
    results = (3 + 4) * pixels  # restored in bytes, damage map in float32
    assert peak < results + 6 * 4 * 4 * row < results + 4 * 4 * pixels


# What changes, and what does not


@pytest.mark.parametrize("kind", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("shape", [(300, 420, 3), (300, 420)], ids=["colour", "grey"])
def test_sound_pixels_are_the_same_bit_for_bit(kind, shape, small_tiles):
    picture, mask = noise(*shape, kind=kind), cross(300, 420)
    picture[mask] = 0
    before = picture.copy()
    restored, damage = restore_painting(Painter(), picture)
    assert restored.dtype == picture.dtype and restored.shape == shape
    assert np.array_equal(damage > 0.5, mask) and damage.dtype == np.float32
    assert np.array_equal(restored[~mask], picture[~mask])
    colour = Painter().colour if len(shape) == 3 else Painter().colour.mean()
    painted = as_stored(colour, "float32") * np.float32(LARGEST[kind])
    assert np.abs(restored[mask] - painted).max() < 0.51 * (kind != "float32") + 1e-6
    assert np.array_equal(picture, before), "the picture that was given has changed"


@pytest.mark.parametrize("told", [False, True])
def test_the_shipped_model_restores_a_painting(shipped, damaged, small_tiles, told):
    sound, picture, mask = damaged
    restored, damage = restore_painting(shipped, picture, mask if told else None)
    repainted = damage > 0.5
    assert (repainted & mask).sum() / (repainted | mask).sum() > (0.999 if told else 0.9)
    assert np.array_equal(restored[~repainted], picture[~repainted])
    assert np.abs(restored - sound)[mask].mean() < 0.3 * np.abs(picture - sound)[mask].mean()


def test_told_it_repaints_the_marked_pixels_and_no_others(small_tiles):
    picture, mask = noise(300, 420, 3), cross(300, 420)
    picture[200, 300] = 0  # damaged, too, but not marked
    restored, damage = restore_painting(Painter(), picture, mask)
    assert np.array_equal(restored[~mask], picture[~mask])
    assert (restored[mask] == as_stored(Painter().colour, "uint8")).all()
    assert np.array_equal(damage, mask)


def test_tiles_without_a_marked_pixel_are_skipped(small_tiles):
    mask = np.zeros((600, 600), bool)
    mask[10:20, 10:20] = True
    painter = Painter()
    restore_painting(painter, noise(600, 600, 3), mask)
    assert len(painter.seen) == 1
    restore_painting(painter, noise(600, 600, 3))
    assert len(painter.seen) == 1 + len(tiles_along(600)) ** 2


GOOD = noise(20, 30, 3)


@pytest.mark.parametrize("painting, mask, words", [
    (GOOD / 255, None, ["float64", "uint16"]),
    (GOOD[..., :2], None, ["(20, 30, 2)"]),
    (GOOD[None], None, ["(1, 20, 30, 3)"]),
    (GOOD[:0], None, ["(0, 30, 3)"]),
    (GOOD.astype(np.float32), None, ["divide"]),
    (GOOD * np.float32(np.nan), None, ["NaN"]),
    (GOOD, np.zeros((20, 30)), ["float64", "bool"]),
    (GOOD, np.zeros((30, 20), bool), ["20 x 30 pixels", "painting 30 x 20"]),
    (GOOD, np.zeros((20, 30), bool), ["marks 0%", "white"]),
    (GOOD, ~cross(20, 30), ["marks 82%", "at most 50%", "invert"]),
])
def test_wrong_arrays_are_refused(painting, mask, words):
    with pytest.raises(PictureError) as error:
        restore_painting(Painter(), painting, mask)
    assert_one_sentence(error, *words)


class Doubtful(Painter):
    """Is sure of black damage, and doubts whether the dark is damage, too."""

    def __init__(self, doubt=0.4):
        super().__init__()
        self.doubt = doubt

    def predict_on_batch(self, batch):
        self.seen.append(batch.copy())
        brightness = batch.max(axis=-1, keepdims=True)
        dark = np.where(brightness < 0.05, self.doubt, 0)
        damage = np.where(brightness == 0, 1, dark).astype(np.float32)
        return {"restored": batch + damage * (self.colour - batch), "damage": damage}


@pytest.mark.parametrize("sure, repainted", [(0.49, False), (0.51, True)])
def test_one_pass_repaints_what_is_more_likely_damaged_than_not(sure, repainted):
    picture = noise(32, 48, 3, kind="float32")
    picture[5:9] = 0.04
    restored, damage = restore_painting(Doubtful(sure), picture)
    assert np.allclose(damage[5:9], sure)
    assert (restored[5:9] != picture[5:9]).all() == (restored != picture).any() == repainted


# Batches


class Recorder(Painter):
    """Remembers the batches it sees, and how many pictures at once."""

    def predict(self, batch, batch_size, verbose):
        self.batch, self.batch_size = batch.copy(), batch_size
        return super().predict(batch, batch_size, verbose)


def test_marked_pixels_are_painted_black_before_the_network_sees_them_and_no_others():
    pictures, masks = noise(3, 32, 48, 3, kind="float32"), np.stack([cross(32, 48)] * 3)
    before, network = pictures.copy(), Recorder()
    restored, _ = restore_batch(network, pictures, masks)
    assert (network.batch[masks] == 0).all()
    assert np.array_equal(network.batch[~masks], pictures[~masks])
    assert np.array_equal(restored, np.where(masks[..., None], network.colour, pictures))
    restore_batch(network, pictures)
    assert np.array_equal(network.batch, pictures) and np.array_equal(pictures, before)


def test_told_the_network_changes_no_unmarked_pixel_of_a_batch():
    pictures, masks = noise(1, 32, 48, 3, kind="float32"), cross(32, 48)[None]
    pictures[0, 0, 0] = 0  # damaged, too, but not marked
    restored, _ = restore_batch(Painter(), pictures, masks)
    assert np.array_equal(restored[~masks], pictures[~masks])
    assert (restore_batch(Painter(), pictures)[0][0, 0, 0] == Painter().colour).all()


def test_a_batch_is_no_larger_than_the_memory():
    network = Recorder()
    restore_batch(network, noise(2, 192, 192, 3, kind="float32"))
    assert network.batch_size == 10  # of 36,864 pixels each
    restore_batch(network, noise(1, 640, 640, 3, kind="float32"))
    assert network.batch_size == 1


@pytest.fixture
def damaged_batch():
    return damage_batch(display_set(), np.random.default_rng(0))


def test_the_shipped_model_restores(shipped, damaged_batch):
    pictures, masks = damaged_batch
    restored, damage = restore_batch(shipped, pictures)
    truth = display_set()
    assert np.abs(restored - truth)[masks].mean() < 0.3 * np.abs(pictures - truth)[masks].mean()
    found = damage > 0.5
    assert (found & masks).sum() / (found | masks).sum() > 0.95


def test_told_where_the_damage_is_it_changes_nothing_else(shipped, damaged_batch):
    pictures, _ = damaged_batch
    masks = np.zeros(pictures.shape[:3], bool)
    masks[:, 10:14, 3:20] = True
    restored, _ = restore_batch(shipped, pictures, masks)
    assert np.array_equal(restored[~masks], pictures[~masks])
    assert not np.array_equal(restored[masks], pictures[masks])


GOOD_BATCH = np.zeros((2, 32, 32, 3), np.float32)


@pytest.mark.parametrize("pictures, masks, words", [
    (GOOD_BATCH[:, :30], None, "32x30"),
    (GOOD_BATCH[0], None, "picture[None]"),
    (GOOD_BATCH.astype(np.uint8), None, "uint8"),
    (GOOD_BATCH + 2, None, "damaged"),
    (GOOD_BATCH - np.float32(np.nan), None, "damaged"),
    (GOOD_BATCH[..., :1], None, "damaged"),
    (GOOD_BATCH, np.zeros((2, 32, 32)), "masks"),
    (GOOD_BATCH, np.zeros((2, 16, 32), bool), "masks"),
])
def test_wrong_arrays_are_refused_in_one_sentence(shipped, pictures, masks, words):
    with pytest.raises(PictureError) as error:
        restore_batch(shipped, pictures, masks)
    assert words in str(error.value) and "\n" not in str(error.value)
