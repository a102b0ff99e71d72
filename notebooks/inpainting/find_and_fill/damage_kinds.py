"""Kinds of damage beside cuts: craquelure, scratches, losses, stains, writing, and mixtures.

Every kind is a function (picture, rng, severity) -> (damaged, mask).
picture: (h, w, 3) float32 RGB in [0, 1], of any size; it is not changed.
rng: numpy.random.Generator.
severity: in (0, 1]; it sets how much is damaged, never the colour.
damaged: (h, w, 3) float32.   mask: (h, w) bool, True where damaged: where a channel changed by
more than `damage_drawing.VISIBLE`; all other pixels are as in the picture.
All raise ValueError for another kind of array or a severity out of range.

Sizes are in pixels: in a reproduction of a painting a pixel is 0.45 to 6 mm, in a scan far less.
Cover is the part of the picture in the mask, at severities 0.2, 0.5 and 1: means of 30 crops of ten
paintings, 192x192. The number of things grows with the area of the picture.
"""

import math

import numpy as np

from .crack_nets import (
    age_net, canvas_net, cells_cover, cells_off, corner_chips, crack_net, flowing_net,
    grown_cracks, panel_net,
)
from ..checks import check_picture
from ..damage import segments
from .damage_drawing import (
    STANDARD_AREA, between, blurred, check_input, cut_up, ground, how_many, lay_over, lettering,
    line_cover, linen, paste, region, rounded, shadow, smooth_noise, three, uneven, weave, wood,
)
from .stains import STAINS, stains


def cuts(picture, rng, severity=1):
    """Black straight segments, of thickness 1 to 8 (up to 9 px wide) in a picture of any size.

    At 192x192 and severity 1 they are those of `damage.segments`.
    severity: in (0, 1]: how many.
    """
    check_input(picture, severity)
    height, width = picture.shape[:2]
    sides = math.sqrt(height * width / STANDARD_AREA)  # in a large picture they are longer, too
    most = 9 * severity * sides
    return segments(picture, rng, number=(max(1, round(most / 9)), max(1, round(most))),
                    thickness=(1, 8))


# Craquelure

DIRT = (0.05, 0.04, 0.03), (0.26, 0.19, 0.12)  # from the darkest to the lightest
DUST = (0.62, 0.56, 0.45), (0.92, 0.89, 0.8)


def crack_colour(rng):
    """What fills a crack: dark dirt, more often, or pale dust, filling or ground."""
    return between(*(DIRT if rng.random() < 0.75 else DUST), rng)


def age_cracks(picture, rng, severity, net):
    """Cracks of a net, in part of the picture or all over it."""
    check_input(picture, severity)
    shape = picture.shape[:2]
    colour, opacity = crack_colour(rng), rng.uniform(0.45, 1)
    pieces, widths = grown_cracks(net, severity, shape, rng)
    cover = line_cover(shape, pieces, widths)
    if rng.random() < 0.5:  # it opens in places
        cover *= np.clip(smooth_noise(shape, 70, rng) + 0.4 + severity, 0, 1)
    cover *= opacity * np.clip(0.88 + 0.15 * smooth_noise(shape, 16, rng), 0.5, 1)
    return lay_over(picture, uneven(colour, shape, rng, slow=0.03), cover)


def canvas_cracks(picture, rng, severity):
    """Age cracks of a painting on canvas, see `canvas_net`. Cover 4, 9, 15 %."""
    return age_cracks(picture, rng, severity, canvas_net(picture.shape[:2], rng))


def panel_cracks(picture, rng, severity):
    """Age cracks of a painting on wood, see `panel_net`. Cover 6, 12, 21 %."""
    return age_cracks(picture, rng, severity, panel_net(picture.shape[:2], rng))


def flowing_cracks(picture, rng, severity):
    """Age cracks without a direction, see `flowing_net`. Cover 3, 8, 13 %."""
    return age_cracks(picture, rng, severity, flowing_net(picture.shape[:2], rng))


def drying_cracks(picture, rng, severity):
    """Drying cracks: wide, smooth-edged gaps between rounded islands; a layer below shows.

    They come where a layer dries faster than the one below. Half of them are at least 3 px wide,
    one in twenty 9 px or more. Cover 5, 12, 29 %.
    """
    check_input(picture, severity)
    shape = picture.shape[:2]
    colour = crack_colour(rng)
    pitch = rng.uniform(18, 36)
    net = crack_net(shape, rng, pitch, slant=0.16, curve=0.6, jag=0)
    widths = pitch * rng.uniform(0.1, 0.18, len(net.cracks)) * (0.7 + 0.4 * severity)
    pieces, line, _ = cut_up(net.cracks, step=5)
    gaps = line_cover(shape, net.bend(pieces), widths[line] * rng.uniform(0.8, 1.2, len(line)))
    place = blurred(region(shape, 0.08 + 0.6 * severity, 60, rng), 6)
    cover = rounded(gaps * np.minimum(1.5 * place, 1), 0.1 * pitch)
    return lay_over(picture, uneven(colour, shape, rng, slow=0.04), cover)


def craquelure(picture, rng, severity, net=None):
    """Craquelure: age cracks of canvas, panel or smooth ground, or drying cracks.

    The oldest cracks are long and widest, younger ones end on them in T-junctions. Age cracks are
    up to 4 px wide. Cover 5, 10, 18 %; at severity 0.05 3 %. After Keck (1969), Bucklow (1997).
    net: CrackNet to follow; None for a new one.
    """
    if net is None and rng.random() < 0.2:
        return drying_cracks(picture, rng, severity)
    return age_cracks(picture, rng, severity, net or age_net(picture.shape[:2], rng))


# Scratches


def scratches(picture, rng, severity):
    """Scratches: long, slightly curved lines up to 4 px wide; some skip, all end faintly.

    Most follow one direction, as what rubbed over the surface did. Lengths 30 to 320 px. Pale,
    where varnish and paint are torn or the ground shows; one in five pictures has dark ones.
    Cover 2, 4, 7 %.
    """
    check_input(picture, severity)
    shape = picture.shape[:2]
    pale = rng.random() < 0.8
    colour = between((0.72, 0.66, 0.55), (0.98, 0.97, 0.93), rng) if pale else between(*DIRT, rng)
    direction = rng.uniform(0, np.pi)
    margin = 100  # scratches may come in from outside
    around = shape[0] + 2 * margin, shape[1] + 2 * margin
    count = how_many(around, 7 * severity, rng)
    middle = rng.uniform(-margin, (shape[1] + margin, shape[0] + margin), (count, 2))
    middle[0] = rng.uniform(0.3, 0.7, 2) * shape[::-1]
    angle = direction + rng.normal(0, 0.3, count)
    half = rng.uniform(15, 160, (count, 1)) * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    pieces, line, along = cut_up(np.stack([middle - half, middle + half], axis=1), step=6)
    bow = rng.normal(0, 0.12, count)[line][:, None] * 4 * along * (1 - along)
    pieces = pieces + bow[..., None] * (half[:, ::-1] * (-1, 1))[line][:, None]
    fade = np.minimum(1, 0.2 + 5 * np.minimum(along, 1 - along).mean(1))
    pressure = 1 + 0.3 * smooth_noise((1, len(line)), (1, 5), rng)[0]
    widths = np.minimum(1.1 * rng.lognormal(0, 0.45, count)[line] * fade * pressure, 3)
    skips = (rng.random(count) < 0.4)[line] & (pressure < 0.8)
    cover = line_cover(shape, pieces, widths * ~skips)
    cover *= np.clip(0.85 + 0.15 * smooth_noise(shape, 12, rng), 0.5, 1)
    return lay_over(picture, uneven(colour, shape, rng, slow=0.03), cover)


# Losses


def layers_below(shape, upright, rng):
    """The ground and the support, wood or canvas: two (h, w, 3) float32.   upright: the grain."""
    support = wood(shape, upright, rng) if rng.random() < 0.5 else linen(shape, rng)
    return ground(shape, rng), support


def take_away(picture, layers, lost, deeper, smooth, rng):
    """Take paint away, so that the ground shows, and where that is gone, too, the support.

    Light comes from one side: there the paint throws its shadow, none on the other side.
    layers: see `layers_below`.   lost, deeper: cover (h, w) float32 of the loss of the paint, and
    of the ground.   smooth: how far their corners are worn, in pixels.
    Returns damaged and mask, to which all of the loss belongs.
    """
    below, support = layers
    chipped = 0.6 * smooth_noise(lost.shape, 3, rng)
    lost, deeper = rounded(lost, smooth, chipped), rounded(deeper, smooth, chipped)
    light, deep = rng.uniform(0, 2 * np.pi), rng.uniform(0.5, 2)
    strength = float(rng.choice([0, 0.35, 0.65]))  # in diffuse light there is none
    dark = shadow(lost, light, deep) + shadow(deeper, light, 0.7 * deep)
    below = below + three(deeper) * (support - below)
    below *= three(1 - strength * np.minimum(dark, 1))
    damaged, mask = lay_over(picture, below, lost)
    return damaged, mask | (lost > 0.5)


def lacunae(picture, rng, severity, net=None):
    """Lacunae: larger losses, clusters of cells of a crack net that came off together.

    Ground shows in them, in their middle often wood or canvas. Connected ones measure 15 to 150 px
    across corners, half of them 50 px or more at severity 0.2, 66 px at 0.5. Cover 4, 9, 16 %.
    net: CrackNet to follow; None for a new one.
    """
    check_input(picture, severity)
    shape = picture.shape[:2]
    net = net or crack_net(shape, rng, rng.uniform(7, 16), rng.uniform(1, 1.8), jag=0.8)
    layers = layers_below(shape, net.upright, rng)
    smooth, bare = rng.uniform(0.6, 1.5), rng.choice([0, 0.5, 1], p=[0.45, 0.4, 0.15])
    share = min((0.01 + 0.13 * severity) * rng.lognormal(0, 0.3), 0.4)
    cells = cells_off(net, shape, share, clump=50, loose=0.1, rng=rng)
    lost = cells_cover(shape, cells, net)
    deeper = cells_cover(shape, cells[: round(bare * len(cells))], net)
    return take_away(picture, layers, lost, deeper, smooth, rng)


def flake_loss(picture, rng, severity, net=None):
    """Flake loss: many small losses along cracks, in clusters, where flakes of paint came off.

    Every flake is a cell of a crack net or a corner of one, so that its sides lie on cracks. Half
    of the connected ones measure 8 to 22 px across corners, joined ones up to 100 px.
    Cover 5, 10, 18 %.
    net: CrackNet to follow; None for a new one, its cracks too fine to be seen.
    """
    check_input(picture, severity)
    shape = picture.shape[:2]
    net = net or crack_net(shape, rng, rng.uniform(8, 15), rng.uniform(1, 2))
    layers = layers_below(shape, net.upright, rng)
    bare = rng.choice([0, 0.3, 1], p=[0.5, 0.3, 0.2])
    cells = cells_off(net, shape, 0.02 + 0.23 * severity, clump=45, loose=0.5, rng=rng)
    flakes = corner_chips(cells, rng)
    lost = cells_cover(shape, flakes, net)
    deeper = cells_cover(shape, flakes[rng.random(len(flakes)) < bare], net)
    return take_away(picture, layers, lost, deeper, 0.7, rng)


def abrasion(picture, rng, severity, net=None):
    """Abrasion: paint rubbed thin in patches, on the tops of the weave first; the ground shows.

    The mask is speckled, as the paint is.   Cover 5, 11, 20 %.
    net: not needed; as for the other losses.
    """
    check_input(picture, severity)
    shape = picture.shape[:2]
    below = ground(shape, rng)
    opacity = rng.uniform(0.3, 0.8)
    tops = (0.2 if rng.random() < 0.5 else 0.6) * weave(shape, rng)
    tops += 0.35 * smooth_noise(shape, 2.5, rng) + 0.4 * smooth_noise(shape, 10, rng)
    place = blurred(region(shape, 0.02 + 0.2 * severity, (40, 70), rng), 6)
    cover = place * np.clip(2 * place - 0.8 + tops, 0, 1) * opacity
    return lay_over(picture, below, cover)


def losses(picture, rng, severity, net=None):
    """Losses of the paint layer: lacunae, flake loss or, more rarely, abrasion.

    Cover 4, 9, 17 %.   net: CrackNet to follow; None for a new one.
    """
    kind = rng.choice([lacunae, flake_loss, abrasion], p=[0.45, 0.4, 0.15])
    return kind(picture, rng, severity, net)


# Writing

INKS = [(0.05, 0.05, 0.06), (0.6, 0.08, 0.08), (0.1, 0.12, 0.45), (0.35, 0.15, 0.45),
        (0.95, 0.95, 0.92), (0.85, 0.7, 0.15)]


def writing(picture, rng, severity):
    """Writing on the picture: inventory numbers, stamps, words, in one ink, letters 7 to 25 px
    high. Cover 3, 6, 9 %.

    Such marks tell where a work has been: they are provenance and stay, unless somebody who may
    decide that decides otherwise. They are modelled so that they can be found and told apart.
    """
    check_input(picture, severity)
    shape = picture.shape[:2]
    ink = np.array(INKS[rng.integers(len(INKS))]) * rng.uniform(0.85, 1.05)
    opacity = rng.uniform(0.8, 1)
    cover = np.zeros(shape, np.float32)
    for _ in range(how_many(shape, 4.5 * severity, rng)):
        paste(cover, lettering(rng), rng.uniform(0.05, 0.95, 2) * shape[::-1])
    return lay_over(picture, uneven(ink, shape, rng, slow=0.03), opacity * cover)


# All together

KINDS = {
    "craquelure": craquelure,
    "scratches": scratches,
    "losses": losses,
    "stains": stains,
    "writing": writing,
}
FIND_KINDS = ("cuts", *KINDS)
SUB_KINDS = {
    "craquelure": {
        "canvas cracks": canvas_cracks, "panel cracks": panel_cracks,
        "flowing cracks": flowing_cracks, "drying cracks": drying_cracks,
    },
    "losses": {"lacunae": lacunae, "flake loss": flake_loss, "abrasion": abrasion},
    "stains": STAINS,
}


def mixed(picture, rng, names=FIND_KINDS):
    """One to three kinds of damage, one over the other, each at a random severity.

    Craquelure comes first, losses follow the same cracks, the others in any order. A pixel belongs
    to the topmost opaque damage; under a stain, to the stain and to what it covers.
    Cover 3 to 37 %, half of the pictures 15 % or more.

    picture: (h, w, 3) float32 RGB in [0, 1]; it is not changed.
    rng: numpy.random.Generator.
    names: of the kinds, from FIND_KINDS, all equally likely.
    Returns damaged (h, w, 3) float32, and masks, a dict of (h, w) bool for each of FIND_KINDS, all
    False for kinds that were not drawn.
    Raises ValueError.
    """
    check_picture(picture)
    shape = picture.shape[:2]
    masks = {name: np.zeros(shape, bool) for name in FIND_KINDS}
    chosen = rng.permutation(names)[: rng.integers(1, 4)].tolist()
    aged = [name for name in ("craquelure", "losses") if name in chosen]
    net = age_net(shape, rng) if len(aged) == 2 else None
    damaged = picture
    for name in aged + [name for name in chosen if name not in aged]:
        kind, severity = (cuts, 1) if name == "cuts" else (KINDS[name], rng.uniform(0.05, 1))
        damaged, mask = kind(damaged, rng, severity, **({"net": net} if name in aged else {}))
        if name != "stains":
            for below in masks.values():
                below &= ~mask
        masks[name] |= mask
    return damaged, masks
