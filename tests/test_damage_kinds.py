"""The kinds of damage beside cuts have the statistics that their docstrings promise."""

import cv2
import numpy as np
import pytest

from inpainting.find_and_fill import damage_kinds
from inpainting.find_and_fill.crack_nets import crack_net, grown_cracks
from inpainting.damage import segments
from inpainting.find_and_fill.damage_drawing import (
    GESSO, VISIBLE, cut_up, lettering, line_cover, linen, region, shadow, wood,
)
from inpainting.find_and_fill.damage_kinds import (
    FIND_KINDS, KINDS, SUB_KINDS, abrasion, cuts, flake_loss, lacunae, mixed, scratches,
    take_away, writing,
)
from inpainting.find_and_fill.stains import STAINS, blanching, drips, varnish_rests, water_edges

SHAPE = 192, 192
EVERY = {name: kind for kinds in (KINDS, *SUB_KINDS.values()) for name, kind in kinds.items()}
ALL = pytest.mark.parametrize("kind", EVERY.values(), ids=EVERY.keys())


def picture_of(height=192, width=192):
    """A light picture with soft forms and grain, on which every kind can be seen."""
    rng = np.random.default_rng(1)
    coarse = rng.uniform(0.3, 0.7, (4, 4, 3)).astype(np.float32)
    forms = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    return forms + rng.uniform(0, 0.05, forms.shape).astype(np.float32)


def masks_of(kind, severity, number=12, shape=SHAPE):
    return [kind(picture_of(*shape), np.random.default_rng(n), severity)[1] for n in range(number)]


def parts(mask, least=4):
    """The diagonals in pixels of the connected parts of at least so many pixels."""
    _, _, about, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    about = about[1:][about[1:, cv2.CC_STAT_AREA] >= least]
    return np.hypot(about[:, cv2.CC_STAT_WIDTH], about[:, cv2.CC_STAT_HEIGHT])


def thickness(mask):
    """The thickness of the mask in pixels along its middle lines, about."""
    depth = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 5)
    ridge = (depth > 0) & (depth == cv2.dilate(depth, np.ones((3, 3))))
    return 2 * depth[ridge] - 1


def distance_to(pieces, shape=SHAPE):
    """The distance (h, w) in pixels from lines given by pieces (n, 2, 2)."""
    lines = line_cover(shape, pieces, np.ones(len(pieces))) > 0.3
    return cv2.distanceTransform((~lines).astype(np.uint8), cv2.DIST_L2, 5)


# Every kind


@ALL
def test_the_mask_is_what_changed_and_the_rest_is_untouched(kind):
    picture = picture_of()
    before = picture.copy()
    for severity in (0.05, 0.5, 1):
        damaged, mask = kind(picture, np.random.default_rng(3), severity)
        assert np.array_equal(picture, before)
        assert mask.dtype == bool and mask.shape == SHAPE and mask.any() and not mask.all()
        assert damaged.dtype == np.float32 and 0 <= damaged.min() and damaged.max() <= 1
        change = np.abs(damaged - picture).max(axis=-1)
        assert np.all(change[~mask] == 0)
        assert np.mean(change[mask] > VISIBLE) > 0.97  # inside a loss, not where it looks alike


@ALL
def test_seeds_repeat_and_differ_and_global_randomness_plays_no_part(kind):
    state = np.random.get_state()[1].copy()
    one, two, other = (kind(picture_of(), np.random.default_rng(n), 0.5) for n in (7, 7, 8))
    assert np.array_equal(one[0], two[0]) and np.array_equal(one[1], two[1])
    assert not np.array_equal(one[1], other[1])
    assert np.array_equal(state, np.random.get_state()[1])


@ALL
def test_cover_grows_with_the_severity(kind):
    least, low, middle, high = (np.mean(masks_of(kind, s)) for s in (0.05, 0.2, 0.5, 1))
    assert 0.003 < least < low < middle / 1.2 < high / 1.44
    assert least < 0.065 and 0.03 < high < 0.4


@ALL
def test_wrong_arguments_are_refused(kind):
    for severity in (0, 1.01, float("nan")):
        with pytest.raises(ValueError, match="^severity=.*above 0 and at most 1"):
            kind(picture_of(), np.random.default_rng(0), severity)
    with pytest.raises(ValueError, match="not float32"):
        kind(np.zeros((32, 32, 3), np.uint8), np.random.default_rng(0), 0.5)


@ALL
@pytest.mark.parametrize("shape", [(32, 32), (33, 47), (16, 200), (260, 150)])
def test_any_size_and_any_memory_layout(kind, shape):
    picture = picture_of(*shape)[::-1, ::-1]
    damaged, mask = kind(picture, np.random.default_rng(0), 1)
    assert damaged.shape == picture.shape and mask.shape == shape
    assert np.array_equal(damaged[~mask], picture[~mask])


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_a_whole_painting_is_damaged_as_densely_as_a_crop(kind):
    small = np.mean(masks_of(kind, 0.6, 16))
    large = np.mean(masks_of(kind, 0.6, 2, shape=(480, 640)))
    assert 0.5 < large / small < 1.6


@ALL
def test_the_colour_does_not_depend_on_the_severity(kind):
    """Cover and colour can be told from a black and a white picture that are damaged alike."""
    black, white = np.zeros((*SHAPE, 3), np.float32), np.ones((*SHAPE, 3), np.float32)
    differences = []
    for seed in range(5):
        colours = []
        for severity in (0.3, 1):
            on_black, on_white = (
                kind(plain, np.random.default_rng(seed), severity)[0] for plain in (black, white)
            )
            taken = 1 - (on_white - on_black)
            total = taken.sum(-1)
            strongest = total >= np.quantile(total, 0.99)
            colours.append(np.median(on_black[strongest] / taken[strongest], axis=0))
        differences.append(np.abs(np.subtract(*colours)).max())
    assert np.median(differences) < 0.035  # more where once the ground and once the wood prevails


# Cuts


def test_cuts_are_the_segments_of_the_first_notebook_and_keep_their_width_in_a_painting():
    one, same = (f(picture_of(), np.random.default_rng(5)) for f in (cuts, segments))
    assert np.array_equal(one[0], same[0]) and np.array_equal(one[1], same[1])
    small = [cuts(picture_of(), np.random.default_rng(n))[1] for n in range(40)]
    large = [cuts(picture_of(768, 768), np.random.default_rng(n))[1] for n in range(10)]
    assert 5 < np.mean([np.quantile(thickness(mask), 0.9) for mask in large]) < 11
    assert 0.6 < np.mean(large) / np.mean(small) < 1.5


# Cracks


def test_older_cracks_open_first_and_wider():
    net = crack_net(SHAPE, np.random.default_rng(2), 20)
    few, thin = grown_cracks(net, 0.2, SHAPE, np.random.default_rng(0))
    many, wide = grown_cracks(net, 1, SHAPE, np.random.default_rng(0))
    assert len(few) < 0.5 * len(many) and np.mean(thin[thin > 0]) < np.mean(wide[wide > 0])
    old = net.cracks[net.size > 4]
    near_old = distance_to(net.bend(cut_up(old, 4)[0]))
    x, y = many.mean(1).clip(0, 191).astype(int).T
    assert np.median(wide[near_old[y, x] < 1.5]) > 1.6 * np.median(wide[near_old[y, x] > 4])


def test_drying_cracks_are_wider_and_smoother_than_age_cracks():
    drying, age = (masks_of(SUB_KINDS["craquelure"][name], 0.6)
                   for name in ("drying cracks", "canvas cracks"))
    wide, thin = (np.median(np.concatenate([thickness(m) for m in some])) for some in (drying, age))
    assert wide >= 3 and thin <= 2


def test_cracks_are_dark_or_pale():
    grey = np.full((*SHAPE, 3), 0.45, np.float32)
    brighter = [
        damaged[mask].mean() > 0.45 for damaged, mask in
        (KINDS["craquelure"](grey, np.random.default_rng(n), 0.5) for n in range(40))
    ]
    assert 0.08 < np.mean(brighter) < 0.5


# Losses


def test_losses_border_on_the_cracks_of_the_net_that_they_follow():
    for kind in (flake_loss, lacunae):
        net = crack_net(SHAPE, np.random.default_rng(4), 24)
        near = distance_to(net.bend(cut_up(net.cracks, 4)[0]))
        _, mask = kind(picture_of(), np.random.default_rng(1), 0.5, net)
        border = mask & ~cv2.erode(mask.astype(np.uint8), np.ones((3, 3))).astype(bool)
        assert np.mean(near[border] < 3) > 0.6
        elsewhere = np.roll(near, (9, 9), (0, 1))
        assert np.mean(near[border] < 3) > 1.5 * np.mean(elsewhere[border] < 3)


def test_flakes_are_many_and_in_clusters_and_lacunae_few_and_large():
    flakes, holes = masks_of(flake_loss, 0.5), masks_of(lacunae, 0.5)
    assert np.mean([len(parts(m)) for m in flakes]) > 2 * np.mean([len(parts(m)) for m in holes])
    small, large = (np.median(np.concatenate([parts(m) for m in some])) for some in (flakes, holes))
    assert 8 < small < 32 < large < 110
    quarters = [m.reshape(4, 48, 4, 48).mean((1, 3)).ravel() for m in flakes]
    assert np.mean([np.sort(q)[-4:].sum() / q.sum() for q in quarters]) > 0.5


def test_the_shadow_lies_on_the_side_of_the_light_and_on_no_other():
    loss = np.zeros(SHAPE, np.float32)
    loss[60:120, 50:130] = 1
    for light, side in ((0, "right"), (np.pi / 2, "below"), (np.pi, "left")):
        dark = shadow(loss, light, 2) > 0.5
        rows, columns = np.nonzero(dark)
        inside = dict(right=columns >= 128, left=columns < 52, below=rows >= 118)[side]
        assert dark.any() and inside.all()
    layers = np.full((2, *SHAPE, 3), 0.8, np.float32)
    white = np.ones((*SHAPE, 3), np.float32)
    sides, darkest = [], []
    for seed in range(20):
        below, _ = take_away(white, layers, loss, 0 * loss, 0.7, np.random.default_rng(seed))
        rim = below[80:100, 52].mean(), below[80:100, 127].mean(), below[62, 80:100].mean(), \
            below[117, 80:100].mean()
        sides.append(np.array(rim) < 0.79)
        darkest.append(below.min())
    shaded = np.array(sides)
    assert shaded.any() and not np.any(shaded[:, 0] & shaded[:, 1])
    assert not np.any(shaded[:, 2] & shaded[:, 3])
    assert 0.1 < np.mean(np.array(darkest) > 0.79) < 0.7  # diffuse light


def test_losses_reach_ground_and_support():
    lightest = []
    for seed in range(24):
        damaged, mask = lacunae(np.zeros((*SHAPE, 3), np.float32), np.random.default_rng(seed), 1)
        red, green, blue = np.median(damaged[mask], axis=0)
        assert red > green > blue - 0.03
        lightest.append(blue)
    assert 0.2 < np.mean(np.array(lightest) > GESSO[0][2]) < 0.8
    fibres = wood(SHAPE, True, np.random.default_rng(0)).mean(-1)
    assert np.abs(np.diff(fibres, axis=1)).mean() > 1.2 * np.abs(np.diff(fibres, axis=0)).mean()
    threads = linen(SHAPE, np.random.default_rng(0)).mean(-1)
    power = np.abs(np.fft.fft(threads - threads.mean(), axis=0)).mean(1)[1:96]
    assert 192 / 10 <= np.argmax(power) + 1 <= 192 / 2.5  # over and under, two threads 5 to 10 px


def test_abrasion_bares_the_tops_of_the_weave_more_than_the_hollows(monkeypatch):
    worn = []
    for height in (1, -1):
        weave = np.full(SHAPE, height, np.float32)
        monkeypatch.setattr(damage_kinds, "weave", lambda shape, rng: weave.copy())
        worn.append(np.mean(masks_of(abrasion, 1, 6)))
    assert worn[0] > 1.3 * worn[1]


# Stains


def test_the_picture_shows_through_stains():
    picture = picture_of()
    for kind in STAINS.values():
        alike = []
        for seed in range(4):
            damaged, mask = kind(picture, np.random.default_rng(seed), 0.7)
            core = cv2.erode(mask.astype(np.uint8), np.ones((3, 3))).astype(bool)
            fine, veiled = (p.mean(-1) - cv2.blur(p.mean(-1), (3, 3)) for p in (picture, damaged))
            alike.append(np.corrcoef(fine[core], veiled[core])[0, 1])
        assert np.mean(alike) > 0.3


def test_varnish_takes_blue_and_blanching_lightens_dark_paint():
    grey, dark = np.full((2, *SHAPE, 3), 0.5, np.float32) * np.float32([[[[1]]], [[[0.2]]]])
    damaged, mask = varnish_rests(grey, np.random.default_rng(0), 0.5)
    red, green, blue = (grey - damaged)[mask].mean(0)
    assert blue > 1.3 * green > 1.3 * red
    damaged, mask = blanching(dark, np.random.default_rng(0), 0.5)
    assert (damaged - dark)[mask].min() > 0


def test_a_water_edge_is_strongest_at_its_border_and_sharp_outside():
    grey = np.full((*SHAPE, 3), 0.6, np.float32)
    rims, cores = [], []
    for seed in range(8):
        damaged, mask = water_edges(grey, np.random.default_rng(seed), 1)
        change = np.abs(damaged - grey).max(-1)
        inside = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((9, 9)))
        depth = cv2.distanceTransform(inside, cv2.DIST_L2, 5)
        rims.append(change[(depth > 1) & (depth < 4)])
        cores.append(change[depth > 9])
    assert np.mean(np.concatenate(rims)) > 1.5 * np.mean(np.concatenate(cores))


def test_drips_run_downwards():
    for mask in masks_of(drips, 0.5, 6):
        assert np.abs(np.diff(mask.astype(int), axis=1)).sum() > 3 * np.abs(
            np.diff(mask.astype(int), axis=0)
        ).sum()


def test_patches_cover_the_share_that_is_asked_for():
    for share in (0.05, 0.3):
        cover = region((300, 300), share, 40, np.random.default_rng(0))
        assert abs(cover.mean() - share) < 0.01


# Scratches and writing


def test_scratches_are_thin_long_and_mostly_pale():
    masks = masks_of(scratches, 0.2, 20)
    widths = np.concatenate([thickness(m) for m in masks])
    assert np.median(widths) <= 2 and np.quantile(widths, 0.95) <= 4
    assert np.mean([parts(m).max() for m in masks]) > 60
    grey = np.full((*SHAPE, 3), 0.5, np.float32)
    pale = [
        damaged[mask].mean() > 0.5 for damaged, mask in
        (scratches(grey, np.random.default_rng(n), 0.3) for n in range(30))
    ]
    assert 0.6 < np.mean(pale) < 1


def test_writing_is_of_one_ink_and_its_letters_have_the_stated_size():
    black, white = np.zeros((*SHAPE, 3), np.float32), np.ones((*SHAPE, 3), np.float32)
    for seed in range(6):
        on_black, on_white = (
            writing(plain, np.random.default_rng(seed), 0.4)[0] for plain in (black, white)
        )
        through = (on_white - on_black).mean(-1)
        strokes = through < 0.3
        ink = on_black[strokes] / (1 - through[strokes])[:, None]
        assert strokes.any() and ink.std(0).max() < 0.08
    sizes = [lettering(np.random.default_rng(n)).shape[0] for n in range(40)]
    assert 12 < min(sizes) < 60 < max(sizes) < 330


# Mixtures


def test_masks_of_mixed_damage_by_kind():
    assert FIND_KINDS == ("cuts", "craquelure", "scratches", "losses", "stains", "writing")
    counts = []
    for seed in range(60):
        picture = picture_of()
        damaged, masks = mixed(picture, np.random.default_rng(seed))
        assert tuple(masks) == FIND_KINDS
        union = np.any(list(masks.values()), axis=0)
        assert np.array_equal(damaged[~union], picture[~union])
        assert np.mean(np.any(damaged[union] != picture[union], axis=-1)) > 0.98
        opaque = [mask for name, mask in masks.items() if name != "stains"]
        assert np.sum(opaque, axis=0).max() <= 1  # the topmost owns the pixel
        counts.append([mask.any() for mask in masks.values()])
    assert np.all(np.mean(counts, axis=0) > 0.15) and np.all(np.mean(counts, axis=0) < 0.55)
    assert 1 <= np.sum(counts, axis=1).min() and np.sum(counts, axis=1).max() == 3


def test_stains_share_pixels_with_what_they_cover_and_writing_hides_it():
    def area(names, first):
        both = shared = 0
        for seed in range(30):
            _, masks = mixed(picture_of(), np.random.default_rng(seed), names)
            both += masks[names[0]].any() and masks[names[1]].any()
            shared += (masks[names[0]] & masks[names[1]]).any()
        return both, shared

    both, shared = area(("losses", "stains"), 0)
    assert both > 8 and shared > 0.3 * both
    both, shared = area(("losses", "writing"), 0)
    assert both > 8 and shared == 0


def test_in_mixtures_losses_follow_the_cracks(monkeypatch):
    nets = []
    for name in ("craquelure", "losses"):
        def spy(picture, rng, severity, net=None):
            nets.append(net)
            return picture, np.zeros(picture.shape[:2], bool)
        monkeypatch.setitem(KINDS, name, spy)
    for seed in range(20):
        nets.clear()
        mixed(picture_of(), np.random.default_rng(seed), ("craquelure", "losses"))
        assert nets == [None] or nets[0] is nets[1] is not None


@pytest.mark.parametrize("width", [0.6, 1, 1.5, 2, 3, 4, 6])
def test_a_line_is_as_wide_as_said(width):
    across = np.float64([[[-20, 30], [90, 30]]])
    drawn = line_cover((60, 70), across, np.array([width])).sum(axis=0)
    np.testing.assert_allclose(drawn, drawn[0], rtol=1e-3)
    assert width - 0.01 <= drawn[0] <= width + 0.76
