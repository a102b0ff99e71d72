import numpy as np
import pytest

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


def test_standard_damage_covers_about_15_percent(pictures):
    rng = np.random.default_rng(2)
    fraction = np.mean([segment_mask(32, 32, rng).mean() for _ in range(3000)])
    assert fraction == pytest.approx(0.152, abs=0.005)


def test_segments_reach_every_pixel_and_prefer_none_of_the_four_sides():
    rng = np.random.default_rng(3)
    often = np.mean([segment_mask(32, 32, rng) for _ in range(4000)], axis=0)
    assert often.min() > 0.012  # the corners are reached least
    sides = [often[0].mean(), often[-1].mean(), often[:, 0].mean(), often[:, -1].mean()]
    assert max(sides) - min(sides) < 0.02


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


@pytest.mark.parametrize("picture", [
    np.zeros((32, 32, 3), np.uint8),
    np.zeros((32, 32, 3)),
    np.zeros((32, 32), np.float32),
    np.zeros((32, 32, 4), np.float32),
    np.full((32, 32, 3), 255, np.float32),
    np.full((32, 32, 3), np.nan, np.float32),
])
def test_wrong_pictures_are_refused(picture):
    with pytest.raises(ValueError, match="float32 RGB"):
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


def test_training_damage_is_fresh_each_epoch_and_validation_damage_is_not(pictures):
    for fresh in (True, False):
        dataset = DamagedPictures(pictures, batch_size=10, fresh=fresh)
        first = dataset[0][0]
        dataset.on_epoch_end()
        assert np.array_equal(first, dataset[0][0]) is not fresh


def test_damage_does_not_depend_on_the_order_in_which_threads_ask(pictures):
    one, two = (DamagedPictures(pictures, batch_size=2, seed=3) for _ in range(2))
    forward = [one[i][0] for i in range(5)]
    backward = [two[i][0] for i in reversed(range(5))][::-1]
    assert all(np.array_equal(a, b) for a, b in zip(forward, backward))
