"""The other kinds of damage have the statistics that the third notebook promises."""

import cv2
import numpy as np
import pytest
from skimage.color import deltaE_cie76, rgb2lab

from inpainting.damage import DamagedPictures
from inpainting.damage_kinds import (
    JUST_VISIBLE, KINDS, craquelure, flaking, lacunae, mixed, scratches, stains, text,
)

SIDE = 192
ALL = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())


def picture_of(height=SIDE, width=SIDE):
    """A light picture with soft forms and grain, on which every kind can be seen."""
    rng = np.random.default_rng(1)
    coarse = rng.uniform(0.3, 0.7, (4, 4, 3)).astype(np.float32)
    forms = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    return forms + rng.uniform(0, 0.05, forms.shape).astype(np.float32)


@pytest.fixture
def picture():
    return picture_of()


def masks_of(kind, severity, number=12, side=SIDE):
    picture = picture_of(side, side)
    return [kind(picture, np.random.default_rng(seed), severity)[1] for seed in range(number)]


def thickness(mask):
    """The thickness of the mask in pixels along its middle lines, about."""
    depth = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 5)
    ridge = (depth > 0) & (depth == cv2.dilate(depth, np.ones((3, 3))))
    return 2 * depth[ridge] - 1


def components(mask):
    """Areas (n,) and centres (n, 2) of the connected parts, diagonal neighbours included."""
    _, _, about, centres = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    return about[1:, cv2.CC_STAT_AREA], centres[1:]


def against_hull(mask):
    """Border length and area of the largest part, as fractions of those of its convex hull."""
    outlines, _ = cv2.findContours(
        mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    largest = max(outlines, key=cv2.contourArea)
    hull = cv2.convexHull(largest)
    length = cv2.arcLength(largest, True) / cv2.arcLength(hull, True)
    return length, cv2.contourArea(largest) / cv2.contourArea(hull)


@ALL
@pytest.mark.parametrize("severity", [0.05, 0.5, 1])
def test_only_the_mask_changes_and_all_of_it(kind, severity, picture):
    before = picture.copy()
    damaged, mask = kind(picture, np.random.default_rng(3), severity)
    assert np.array_equal(picture, before)
    assert mask.shape == (SIDE, SIDE) and mask.dtype == bool and mask.any() and not mask.all()
    assert damaged.shape == picture.shape and damaged.dtype == np.float32
    assert 0 <= damaged.min() and damaged.max() <= 1
    assert np.array_equal(damaged[~mask], picture[~mask])
    assert np.mean(np.any(damaged[mask] != picture[mask], axis=1)) > 0.995


@ALL
def test_same_seed_same_damage_and_other_seed_other_damage(kind, picture):
    one, two, other = (kind(picture, np.random.default_rng(seed), 0.5) for seed in (7, 7, 8))
    assert np.array_equal(one[0], two[0]) and np.array_equal(one[1], two[1])
    assert not np.array_equal(one[1], other[1])


@ALL
def test_global_randomness_plays_no_part(kind, picture):
    before = np.random.get_state()[1].copy()
    kind(picture, np.random.default_rng(0), 0.5)
    assert np.array_equal(before, np.random.get_state()[1])


@ALL
def test_damaged_area_grows_with_the_severity(kind):
    low, middle, high = (np.mean(masks_of(kind, s, 40)) for s in (0.2, 0.5, 1))
    assert 0.015 < low < middle / 1.15 < high / 1.15**2
    assert high < 0.25


@ALL
@pytest.mark.parametrize("severity", [0, -0.1, 1.01, float("nan")])
def test_severity_out_of_range_is_refused(kind, severity, picture):
    with pytest.raises(ValueError, match="^severity=.*above 0 and at most 1"):
        kind(picture, np.random.default_rng(0), severity)


@ALL
def test_wrong_pictures_are_refused(kind):
    with pytest.raises(ValueError, match="not float32"):
        kind(np.zeros((32, 32, 3), np.uint8), np.random.default_rng(0), 0.5)


@ALL
@pytest.mark.parametrize("shape", [(32, 32), (33, 47), (512, 300), (16, 200)])
def test_any_picture_size(kind, shape):
    picture = picture_of(*shape)
    for seed in range(5):
        damaged, mask = kind(picture, np.random.default_rng(seed), 1)
        assert damaged.shape == picture.shape and mask.shape == shape
        assert np.array_equal(damaged[~mask], picture[~mask])


@ALL
def test_black_white_and_flipped_pictures_work(kind, picture):
    for odd in (np.zeros_like(picture), np.ones_like(picture), picture[::-1, ::-1]):
        damaged, mask = kind(odd, np.random.default_rng(0), 1)
        assert np.array_equal(damaged[~mask], odd[~mask])


@ALL
def test_a_large_picture_is_damaged_like_a_small_one(kind):
    small = np.mean(masks_of(kind, 0.6, 30))
    large = np.mean(masks_of(kind, 0.6, 2, side=768))
    assert 0.45 < large / small < 1.4  # the first scratch, loss or word is sure: it counts in small


def test_cracks_are_one_connected_network():
    for severity in (0.2, 0.5, 1):
        parts = [components(mask)[0] for mask in masks_of(craquelure, severity)]
        assert min(areas.max() / areas.sum() for areas in parts) > 0.85
        assert np.mean([areas.max() / areas.sum() for areas in parts]) > 0.97


def test_cracks_are_thin_and_thinner_at_low_severity():
    fine, wide = (np.concatenate([thickness(m) for m in masks_of(craquelure, s)]) for s in (0.2, 1))
    assert 1 <= np.median(fine) < np.median(wide) <= 4
    assert np.quantile(wide, 0.99) < 8  # where cracks meet


def test_cracks_are_dark_or_pale():
    grey = np.full((SIDE, SIDE, 3), 0.45, np.float32)
    means = []
    for seed in range(24):
        damaged, mask = craquelure(grey, np.random.default_rng(seed), 0.8)
        means.append(damaged[mask].mean())
    dark = np.mean(np.array(means) < 0.45)
    assert 0.5 < dark < 1


def test_scratches_are_thin_long_and_pale(picture):
    widths = np.concatenate([thickness(m) for m in masks_of(scratches, 0.5)])
    assert 1 <= np.median(widths) <= 3 and np.quantile(widths, 0.95) <= 5
    longest = [np.ptp(np.argwhere(m), axis=0).max() for m in masks_of(scratches, 0.2)]
    assert np.mean(longest) > 60
    damaged, mask = scratches(picture, np.random.default_rng(0), 0.5)
    assert damaged[mask].mean() > picture[mask].mean() + 0.1


def test_borders_of_lacunae_are_ragged():
    longer, filled = np.transpose([against_hull(m) for m in masks_of(lacunae, 1, 20)])
    assert np.mean(longer) > 1.25
    assert np.mean(filled) < 0.85


def test_lacunae_show_one_ground_white_or_brown():
    black = np.zeros((SIDE, SIDE, 3), np.float32)
    colours = []
    for seed in range(20):
        damaged, mask = lacunae(black, np.random.default_rng(seed), 1)
        colours.append(np.median(damaged[mask], axis=0))
        assert 0.01 < damaged[mask].std(axis=0).mean() < 0.3
    red, green, blue = np.transpose(colours)
    assert np.all(red > green) and np.all(green > blue - 0.03)
    assert 0.2 < np.mean(blue > 0.5) < 0.95


def test_flakes_are_small_many_and_clustered():
    ratios = []
    for mask in masks_of(flaking, 0.5):
        areas, centres = components(mask)
        assert len(areas) > 8 and np.median(areas) < 60
        apart = np.linalg.norm(centres[:, None] - centres, axis=-1)
        np.fill_diagonal(apart, np.inf)
        random = 0.5 / np.sqrt(len(centres) / SIDE**2)  # Clark and Evans (1954)
        ratios.append(apart.min(axis=1).mean() / random)
    assert np.mean(ratios) < 0.75


def test_the_mask_of_a_stain_is_where_the_change_can_be_seen(picture):
    for seed in range(6):
        damaged, mask = stains(picture, np.random.default_rng(seed), 0.7)
        change = deltaE_cie76(rgb2lab(picture), rgb2lab(damaged))
        assert change[mask].min() > JUST_VISIBLE - 0.5  # scikit-image is exact, OpenCV is not
        assert np.quantile(change[mask], 0.01) > JUST_VISIBLE - 0.05
        assert change[mask].min() < JUST_VISIBLE + 0.2  # up to the border of what can be seen
        assert np.all(change[~mask] == 0)


def test_stains_are_brown_and_let_the_form_through(picture):
    for seed in range(6):
        damaged, mask = stains(picture, np.random.default_rng(seed), 0.7)
        lost = (picture - damaged)[mask].mean(axis=0)
        assert lost[2] > lost[1] > lost[0] - 0.02  # most of blue, least of red
        assert np.corrcoef(picture[mask].mean(1), damaged[mask].mean(1))[0, 1] > 0.2


def test_text_is_of_one_ink_and_nearly_opaque():
    dark, light = np.full((2, SIDE, SIDE, 3), 0.1, np.float32)
    light = light + np.float32(0.8)
    for seed in range(8):
        over_dark, mask = text(dark, np.random.default_rng(seed), 0.6)
        over_light, same = text(light, np.random.default_rng(seed), 0.6)
        assert np.array_equal(mask, same) and 0.003 < mask.mean() < 0.4
        through = np.abs(over_light - over_dark).mean(-1)[mask] / 0.8
        assert np.quantile(through, 0.25) < 0.5  # the middle of the strokes; edges are soft


def test_mixed_damage_has_each_kind_and_works_in_training():
    pictures = np.stack([picture_of()] * 6)
    dataset = DamagedPictures(pictures, batch_size=6, damage=mixed)
    damaged, targets = dataset[0]
    masks = targets["damage"][..., 0] == 1
    assert damaged.dtype == np.float32 and masks.any(axis=(1, 2)).all()
    assert np.array_equal(damaged[~masks], targets["restored"][~masks])
    assert np.array_equal(damaged, dataset[0][0])
    results = [mixed(pictures[0], np.random.default_rng(seed)) for seed in range(60)]
    assert 0.1 < np.mean([mask for _, mask in results]) < 0.22
    black = [np.mean(damaged.max(-1) == 0) > 0.005 for damaged, _ in results]
    assert 0.12 < np.mean(black) < 0.5  # segments are rehearsed
