"""Stains, through which the picture can be seen: drips, water edges, varnish, blanching, foxing.

Arguments, results and the meaning of cover are those of `damage_kinds`. The mask of a stain is
where it can be seen: a yellow film on black paint cannot.
"""

import numpy as np

from .damage_drawing import (
    between, blurred, check_input, cut_up, glaze, how_many, line_cover, region, smooth_noise,
)


def brown(rng):
    """What a brown stain absorbs, most of blue, and scatters: dirt shows on black paint."""
    return between((0.12, 0.3, 0.5), (0.35, 0.55, 0.8), rng), np.array((0.06, 0.045, 0.025))


def milky(rng):
    """What a whitish veil absorbs and scatters."""
    share = rng.uniform(0.25, 0.6)
    return np.full(3, share, np.float32), share * between((0.6, 0.6, 0.58), (0.85, 0.85, 0.84), rng)


def drips(picture, rng, severity):
    """Drips: a liquid ran down, in tracks 2 to 8 px wide with darker borders, and a drop below.

    Lengths 30 to 160 px. Cover 2, 5, 8 %.
    """
    check_input(picture, severity)
    shape = picture.shape[:2]
    absorbed, scattered = (brown if rng.random() < 0.7 else milky)(rng)
    strength = rng.uniform(0.6, 1)
    count = how_many(shape, 7 * severity, rng)
    top = rng.uniform((0, -20), (shape[1], 0.7 * shape[0]), (count, 2))
    down = np.stack([rng.normal(0, 3, count), rng.uniform(30, 160, count)], axis=1)
    ends = np.stack([top, top + down], axis=1)
    pieces, line, along = cut_up(ends, step=4)
    sway = smooth_noise(shape, 24, rng)
    at = pieces.astype(int).clip(0, np.array(shape[::-1]) - 1)
    pieces[..., 0] += 2 * sway[at[..., 1], at[..., 0]]
    widths = rng.uniform(2, 6, count)[line] * (0.7 + 0.3 * along[:, 1] + 0.5 * (along[:, 1] > 0.97))
    cover = blurred(line_cover(shape, pieces, widths), 0.7)
    cover = 0.6 * cover + 1.2 * np.maximum(cover - blurred(cover, 2), 0)
    return glaze(picture, strength * cover, absorbed, scattered)


def water_edges(picture, rng, severity):
    """Water edges: patches that were wet, with a tide line, sharp outside and fading inwards.

    The line is some 2 to 6 px wide; what it encloses is hardly changed. Cover 6, 11, 19 %.
    """
    check_input(picture, severity)
    shape = picture.shape[:2]
    absorbed, scattered = (brown if rng.random() < 0.7 else milky)(rng)
    body, strength = rng.uniform(0.05, 0.4), rng.uniform(0.6, 1)
    wide = rng.uniform(2, 6)
    wet = region(shape, 0.02 + 0.23 * severity, rng.uniform(45, 90), rng)
    tide = wet * (1 - blurred(wet, wide)) * 2
    cover = (body * wet + tide) * np.clip(0.8 + 0.25 * smooth_noise(shape, 20, rng), 0.2, 1.3)
    return glaze(picture, strength * cover, absorbed, scattered)


def varnish_rests(picture, rng, severity):
    """Old varnish left in patches where the rest was cleaned: yellow to brown, forms show well.

    Cover 9, 17, 30 %.
    """
    check_input(picture, severity)
    shape = picture.shape[:2]
    absorbed = between((0.05, 0.14, 0.38), (0.22, 0.4, 0.72), rng)
    soft = rng.uniform(0.6, 4)
    stroke = rng.permutation([rng.uniform(18, 40), rng.uniform(40, 110)])
    patch = blurred(region(shape, 0.02 + 0.23 * severity, stroke, rng), soft)
    cover = patch * np.clip(0.9 + 0.12 * smooth_noise(shape, 12, rng), 0.3, 1.2)
    return glaze(picture, cover, absorbed, np.array((0.02, 0.015, 0)))


def blanching(picture, rng, severity):
    """Blanching: a whitish, mottled haze in patches with soft borders; it veils dark paint most.

    Cover 9, 18, 31 %.
    """
    check_input(picture, severity)
    shape = picture.shape[:2]
    absorbed, scattered = milky(rng)
    cell = rng.uniform(4, 10)
    patch = region(shape, 0.02 + 0.23 * severity, rng.uniform(40, 80), rng)
    patch = blurred(patch, rng.uniform(3, 8))
    mottled = 0.7 + 0.2 * smooth_noise(shape, cell, rng) + 0.12 * smooth_noise(shape, 2, rng)
    return glaze(picture, patch * np.clip(mottled, 0, 1.2), absorbed, scattered)


def foxing(picture, rng, severity):
    """Foxing: rust-brown spots 2 to 12 px across. They are of paper, not of oil paintings.

    Cover 1, 3, 5 %.
    """
    check_input(picture, severity)
    shape = picture.shape[:2]
    absorbed, scattered = brown(rng)
    count = how_many(shape, 5 + 50 * severity, rng)
    radii = np.minimum(0.8 + rng.exponential(1.3, count), 6)
    places = rng.uniform(0, shape[::-1], (count, 2))
    spots = np.stack([places, places + rng.normal(0, 1, (count, 2))], axis=1)
    cover = line_cover(shape, spots, 2 * radii)
    cover *= np.clip(0.75 + 0.35 * smooth_noise(shape, 4, rng), 0, 1)
    return glaze(picture, blurred(cover, 1), absorbed, scattered)


STAINS = {
    "drips": drips,
    "water edges": water_edges,
    "varnish rests": varnish_rests,
    "blanching": blanching,
    "foxing": foxing,
}


def stains(picture, rng, severity):
    """Any of the five kinds of stain, foxing the rarest. Cover 7, 13, 22 %."""
    kind = rng.choice(list(STAINS.values()), p=[0.2, 0.25, 0.25, 0.2, 0.1])
    return kind(picture, rng, severity)
