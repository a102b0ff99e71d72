import numpy as np
import pytest

from inpainting import damage as damage_module
from inpainting.checks import PictureError
from inpainting.damage import (
    DamagedPictures, damage_batch, segment_mask, segments, standard_thickness,
)


@pytest.fixture
def pictures():
    return np.random.default_rng(0).uniform(0.1, 1, (10, 32, 32, 3)).astype(np.float32)


def test_segments_are_black_where_the_mask_is_true_and_nothing_else_changes(pictures):
    before = pictures[0].copy()
    damaged, mask = segments(pictures[0], np.random.default_rng(1))
    assert mask.dtype == bool and mask.any() and not mask.all()
    assert np.all(damaged[mask] == 0)
    assert np.array_equal(damaged[~mask], before[~mask])
    assert np.array_equal(pictures[0], before)
    assert damaged.dtype == np.float32


def test_standard_damage_covers_about_15_percent():
    rng = np.random.default_rng(2)
    fraction = np.mean([segment_mask(32, 32, rng).mean() for _ in range(3000)])
    assert fraction == pytest.approx(0.152, abs=0.005)


@pytest.fixture
def drawn(monkeypatch):
    """What is drawn with cv2.line: a list of (start, end, thickness), for each mask."""
    masks = {}
    monkeypatch.setattr(damage_module.cv2, "line", lambda mask, start, end, value, thickness: (
        masks.setdefault(id(mask), (mask, []))[1].append((start, end, thickness))))
    return lambda: [lines for _, lines in masks.values()]


def test_1_to_9_segments_all_numbers_equally_likely(drawn):
    rng = np.random.default_rng(0)
    for _ in range(900):
        segment_mask(32, 32, rng)
    times = np.bincount([len(lines) for lines in drawn()])
    assert len(times) == 10 and times[0] == 0 and 70 < times[1:].min() <= times[1:].max() < 130


@pytest.mark.parametrize("height, width, thickest", [(32, 32, 2), (192, 192, 8), (48, 96, 2)])
def test_end_points_and_thicknesses_are_uniform(drawn, height, width, thickest):
    rng = np.random.default_rng(0)
    for _ in range(800):
        segment_mask(height, width, rng)
    lines = [line for lines in drawn() for line in lines]
    for which in (0, 1):  # start, end
        for axis, side in ((0, width), (1, height)):  # x, y
            places = [line[which][axis] for line in lines]
            assert min(places) == 0 and max(places) == side - 1
            quarters = np.histogram(places, 4, (0, side))[0] / len(places)
            assert np.abs(quarters - 1 / 4).max() < 0.035
    parts = np.bincount([thickness for *_, thickness in lines]) / len(lines)
    assert len(parts) == thickest + 1 and parts[0] == 0
    assert np.abs(parts[1:] - 1 / thickest).max() < 0.03


def test_a_segment_is_one_straight_connected_line():
    for seed in range(20):
        mask = segment_mask(64, 96, np.random.default_rng(seed), number=(1, 1), thickness=(1, 1))
        rows, columns = np.nonzero(mask)
        assert len(rows) == max(np.ptp(rows), np.ptp(columns)) + 1


def test_thickness_grows_with_the_picture():
    assert standard_thickness(32, 32) == (1, 2)
    assert standard_thickness(192, 192) == (1, 8)
    assert standard_thickness(16, 4000) == (1, 2)


@pytest.mark.parametrize("shape", [(16, 16), (48, 32), (192, 192), (1, 1), (7, 301)])
def test_any_picture_size(shape):
    picture = np.ones((*shape, 3), np.float32)
    damaged, mask = segments(picture, np.random.default_rng(0))
    assert damaged.shape == picture.shape and mask.shape == shape


def test_same_seed_same_damage_and_other_seed_other_damage(pictures):
    one, two, other = (
        damage_batch(pictures, np.random.default_rng(seed))[1] for seed in (5, 5, 6)
    )
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)
    assert not np.array_equal(one[0], one[1])


def test_parameters_are_obeyed(pictures):
    colour = (0.9, 0.5, 0.25)
    damaged, mask = segments(
        pictures[0], np.random.default_rng(0), number=(3, 3), thickness=(4, 4), colour=colour
    )
    assert np.all(damaged[mask] == np.float32(colour))
    thin = segment_mask(32, 32, np.random.default_rng(0), number=(3, 3), thickness=(1, 1))
    assert mask.sum() > 2 * thin.sum()


@pytest.mark.parametrize("settings, word", [
    ({"number": (5, 2)}, "number"),
    ({"number": (0, 2)}, "number"),
    ({"number": (1.5, 2)}, "number"),
    ({"number": (1, 2, 3)}, "number"),
    ({"thickness": (0, 1)}, "thickness"),
    ({"colour": (0, 0, 255)}, "colour"),
    ({"colour": (0, 0)}, "colour"),
    ({"colour": (0, 0, -0.1)}, "colour"),
])
def test_parameters_out_of_range_are_refused(pictures, settings, word):
    with pytest.raises(ValueError, match=f"^{word}="):
        segments(pictures[0], np.random.default_rng(0), **settings)


@pytest.mark.parametrize("picture, word", [
    (np.zeros((32, 32, 3), np.uint8), "255"),
    (np.zeros((32, 32, 3)), "float64"),
    (np.zeros((32, 32), np.float32), "grey"),
    (np.zeros((2, 32, 32, 3), np.float32), "batch"),
    (np.full((32, 32, 3), 255, np.float32), "from 0 to 1"),
    (np.full((32, 32, 3), np.nan, np.float32), "NaN"),
])
def test_wrong_pictures_are_refused(picture, word):
    with pytest.raises(PictureError, match=word):
        segments(picture, np.random.default_rng(0))


def test_dataset_gives_every_picture_once_an_epoch_in_the_promised_form(pictures):
    dataset = DamagedPictures(pictures, batch_size=4)
    batches = [dataset[i] for i in range(len(dataset))]
    assert [len(damaged) for damaged, _ in batches] == [4, 4, 2]
    for damaged, targets in batches:
        assert damaged.dtype == targets["restored"].dtype == targets["damage"].dtype == np.float32
        assert targets["damage"].shape == (len(damaged), 32, 32, 1)
        hidden = targets["damage"][..., 0] == 1
        assert np.all(damaged[hidden] == 0)
        assert np.array_equal(damaged[~hidden], targets["restored"][~hidden])
    seen = np.concatenate([targets["restored"] for _, targets in batches])
    assert sorted(seen.sum((1, 2, 3))) == sorted(pictures.sum((1, 2, 3)))


def epoch(dataset):
    """The order of the pictures in an epoch, and the masks."""
    batches = [dataset[i] for i in range(len(dataset))]
    seen = np.concatenate([targets["restored"] for _, targets in batches])
    order = [int(np.flatnonzero((dataset.pictures == one).all(axis=(1, 2, 3)))[0]) for one in seen]
    return order, np.concatenate([targets["damage"] for _, targets in batches])


def test_training_has_a_new_order_and_new_damage_in_each_epoch(pictures):
    dataset = DamagedPictures(pictures, batch_size=4)
    order, masks = epoch(dataset)
    dataset.on_epoch_end()
    other_order, other_masks = epoch(dataset)
    assert len({tuple(order), tuple(other_order), tuple(range(10))}) == 3
    of_picture, later = masks[np.argsort(order)], other_masks[np.argsort(other_order)]
    assert not any(np.array_equal(a, b) for a, b in zip(of_picture, later))
    assert not any(np.array_equal(a, b) for a, b in zip(masks, other_masks))


def test_validation_has_the_same_order_and_the_same_damage_in_each_epoch(pictures):
    dataset = DamagedPictures(pictures, batch_size=4, fresh=False)
    order, masks = epoch(dataset)
    dataset.on_epoch_end()
    assert order == list(range(10)) and epoch(dataset)[0] == order
    assert np.array_equal(epoch(dataset)[1], masks)


def test_every_batch_and_every_seed_has_damage_of_its_own(pictures):
    one, other = (DamagedPictures(pictures, 5, seed, fresh=False) for seed in (1, 2))
    masks, other_masks = epoch(one)[1], epoch(other)[1]
    assert len({mask.tobytes() for mask in [*masks, *other_masks]}) == 20


def test_the_dataset_damages_as_it_is_told(pictures):
    def grey(picture, rng):
        return np.full_like(picture, 0.5), np.ones(picture.shape[:2], bool)

    damaged, targets = DamagedPictures(pictures, 4, damage=grey)[0]
    assert (damaged == 0.5).all() and (targets["damage"] == 1).all()


def test_damage_does_not_depend_on_the_order_in_which_threads_ask(pictures):
    one, two = (DamagedPictures(pictures, batch_size=2, seed=3) for _ in range(2))
    forward = [one[i][0] for i in range(5)]
    backward = [two[i][0] for i in reversed(range(5))][::-1]
    assert all(np.array_equal(a, b) for a, b in zip(forward, backward))
