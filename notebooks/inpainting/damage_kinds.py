# Written by `make export` from open_model_192x192.ipynb: edit the cells there, not this file.


"""Kinds of damage that paintings show: each a function (picture, rng, severity)."""

import math

import cv2
import numpy as np

from inpainting.checks import check_picture, check_severity
from inpainting.damage import segments
from inpainting.damage_tools import (
    FINE, as_pieces, between, crack_network, how_many, lay_over, line_cover, rough_noise,
    smooth_noise, uneven, wander,
)


def side_cracks(paths, widths, rng):
    """Branches that leave a third of the paths on the way and end inside a cell, ever thinner.

    paths: (n, k, 2).   widths: (n, k).   Returns the same for the branches.
    """
    chosen = rng.random(len(paths)) < 0.35
    at = rng.integers(1, paths.shape[1] - 1, chosen.sum())
    start = paths[chosen, at]
    way = paths[chosen, -1] - paths[chosen, 0]
    turn = rng.uniform(0.7, 1.9, len(at)) * rng.choice([-1, 1], len(at))
    turned = np.stack([
        np.cos(turn) * way[:, 0] - np.sin(turn) * way[:, 1],
        np.sin(turn) * way[:, 0] + np.cos(turn) * way[:, 1],
    ], axis=1)
    end = start + turned * rng.uniform(0.3, 0.7, len(at))[:, None]
    thinner = np.linspace(0.8, 0.15, 5) * widths[chosen, at][:, None]
    return wander(start, end, rng, steps=4, roughness=0.25), thinner


DARK_DIRT = (0.05, 0.04, 0.03), (0.24, 0.17, 0.11)  # from the darkest to the lightest
PALE_DUST = (0.66, 0.6, 0.48), (0.92, 0.89, 0.8)


def craquelure(picture, rng, severity):
    """Age cracks: a connected network of thin, tapering, branching lines, dark or pale.

    Low severity: a finer mesh of thinner cracks, some of which end inside a cell; high severity:
    wide cracks around larger islands of paint. Widths 0.5 to 3 px.
    After Keck (1969) and Bucklow (1997).

    picture: (h, w, 3) float32 RGB in [0, 1]; it is not changed.
    rng: numpy.random.Generator.   severity: in (0, 1].
    Returns damaged (h, w, 3) float32, mask (h, w) bool, True where damaged.
    Raises ValueError.
    """
    check_picture(picture)
    check_severity(severity)
    shape = picture.shape[:2]
    pitch = min(rng.uniform(20, 28) * (1 + 0.5 * severity), min(shape) / 2)
    nodes, borders = crack_network(shape, pitch, rng, extra=0.2 + 0.75 * severity)
    typical = 0.5 + 1.7 * severity
    node_widths = typical * rng.uniform(0.5, 1.4, len(nodes))
    ends = np.bincount(borders.ravel(), minlength=len(nodes)) == 1
    node_widths[ends] = 0  # a crack that ends runs out thin
    start, end = nodes[borders[:, 0]], nodes[borders[:, 1]]
    paths = wander(start, end, rng, steps=6, roughness=0.25)
    along = np.linspace(0, 1, 7)
    widths = node_widths[borders[:, :1]] * (1 - along) + node_widths[borders[:, 1:]] * along
    widths *= rng.uniform(0.75, 1.25, widths.shape)
    twigs, twig_widths = side_cracks(paths, widths, rng)
    pieces = [as_pieces(paths, np.maximum(widths, 0.34)), as_pieces(twigs, twig_widths)]
    cover = line_cover(shape, *(np.concatenate(parts) for parts in zip(*pieces)))
    pale = rng.random() < 0.25
    colour = between(*(PALE_DUST if pale else DARK_DIRT), rng)
    cover *= np.clip(0.85 + 0.15 * smooth_noise(shape, 16, rng), 0.6, 1)
    return lay_over(picture, uneven(colour, shape, rng, slow=0.04), cover)


def scratches(picture, rng, severity):
    """Scratches: long, slightly curved, pale lines 1 to 3 px wide; some skip, all end faintly.

    Most follow one direction, as what rubbed over the surface did. Lengths 60 to 320 px.

    picture: (h, w, 3) float32 RGB in [0, 1]; it is not changed.
    rng: numpy.random.Generator.   severity: in (0, 1]: how many.
    Returns damaged (h, w, 3) float32, mask (h, w) bool, True where damaged.
    Raises ValueError.
    """
    check_picture(picture)
    check_severity(severity)
    height, width = shape = picture.shape[:2]
    margin = 100  # scratches may come in from outside
    count = how_many((height + 2 * margin, width + 2 * margin), 7 * severity, rng)
    middle = rng.uniform(-margin, (width + margin, height + margin), (count, 2))
    middle[0] = rng.uniform(0.3, 0.7, 2) * (width, height)
    angle = rng.uniform(0, np.pi) + rng.normal(0, 0.35, count)
    length = rng.uniform(60, 320, count)
    half = length[:, None] / 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    steps = 24
    paths = wander(middle - half, middle + half, rng, steps, roughness=0.015)
    along = np.linspace(0, 1, steps + 1)
    bow = rng.normal(0, 0.06, (count, 1)) * 4 * along * (1 - along)
    paths += bow[..., None] * (2 * half[:, None, ::-1] * (-1, 1))
    fade = np.minimum(1, 0.2 + 5 * np.minimum(along, 1 - along))
    pieces, widths = as_pieces(paths, rng.uniform(0.8, 2.4, (count, 1)) * fade)
    skips = rng.random((count, 1)) < 0.4
    widths *= ~(skips & (rng.random((count, steps)) < 0.25)).ravel()
    cover = line_cover(shape, pieces, widths)
    cover *= np.clip(0.88 + 0.12 * smooth_noise(shape, 12, rng), 0.55, 1)
    pale = between((0.78, 0.74, 0.64), (0.98, 0.97, 0.93), rng)
    return lay_over(picture, uneven(pale, shape, rng, slow=0.04), cover)


def depth_inside(places, radii, shape, rng, roughness):
    """How deep each pixel lies inside losses with ragged borders.

    places: (n, 2) x, y in pixels.   radii: (n,) in pixels, at most a quarter of the shorter side.
    roughness: of the border, in pixels.
    Returns (h, w) float32: pixels from the border, negative outside.
    """
    outside = np.ones(shape, np.uint8)
    radii = np.minimum(radii, min(shape) / 4)
    stretch = rng.uniform(0.6, 1.6, len(radii))
    axes = np.rint(np.stack([radii * stretch, radii / stretch], axis=1)).astype(int).tolist()
    for (x, y), pair, turn in zip(
        np.rint(places).astype(int).tolist(), axes, rng.uniform(0, 180, len(radii)).tolist()
    ):
        cv2.ellipse(outside, (x, y), pair, turn, 0, 360, 0, -1)
    depth = cv2.distanceTransform(1 - outside, cv2.DIST_L2, 5)
    depth -= cv2.distanceTransform(outside, cv2.DIST_L2, 5)
    cell = 2 ** math.ceil(math.log2(max(4 * roughness, 2)))
    return depth + roughness * rough_noise(shape, cell, rng)


GESSO = (0.82, 0.74, 0.6), (0.95, 0.92, 0.86)  # from the darkest to the lightest
BOLE = (0.38, 0.19, 0.12), (0.64, 0.34, 0.22)


def ground(shape, rng):
    """The ground that shows in a loss: white gesso or red-brown bole, with grain and weave.

    Returns (h, w, 3) float32.
    """
    colour = between(*(GESSO if rng.random() < 0.6 else BOLE), rng)
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    threads = 2 * np.pi / rng.uniform(3, 5)
    weave = np.sin(threads * rows) * np.sin(threads * columns)
    strength = rng.choice([0, 0.04])  # on wood there is no weave
    base = uneven(colour, shape, rng, slow=0.05, grain=0.03)
    return base + (strength * weave[..., None]).astype(np.float32)


def show_ground(picture, depth, rng):
    """Take the paint away where depth is above 0, with a dark, pale or no rim.

    Returns damaged (h, w, 3) float32, mask (h, w) bool.
    """
    rim = rng.choice([0.55, 1, 1.15], p=[0.45, 0.35, 0.2])  # a shadow, nothing, a bright edge
    below = ground(depth.shape, rng)
    below *= np.where(depth < 1.5, np.float32(rim), np.float32(1))[..., None]
    return lay_over(picture, below, np.clip(depth + 0.5, 0, 1))


def lacunae(picture, rng, severity):
    """Lacunae: losses of the paint layer with ragged borders, in which the ground shows.

    A few losses of some 5 to 30 px, each of several overlapping parts.

    picture: (h, w, 3) float32 RGB in [0, 1]; it is not changed.
    rng: numpy.random.Generator.   severity: in (0, 1]: how many and how large.
    Returns damaged (h, w, 3) float32, mask (h, w) bool, True where damaged.
    Raises ValueError.
    """
    check_picture(picture)
    check_severity(severity)
    height, width = shape = picture.shape[:2]
    count = how_many(shape, 1 + 3 * severity, rng)
    size = rng.uniform(0.6, 1.3, count) * (6 + 9 * severity)
    place = rng.uniform(0, (width, height), (count, 2))
    parts = rng.integers(2, 5, count)
    radii = np.repeat(size, parts) * rng.uniform(0.5, 1, parts.sum())
    shift = rng.normal(0, 0.8, (parts.sum(), 2)) * np.repeat(size, parts)[:, None]
    roughness = rng.uniform(1.5, 2.5)
    depth = depth_inside(np.repeat(place, parts, 0) + shift, radii, shape, rng, roughness)
    return show_ground(picture, depth, rng)


def flaking(picture, rng, severity):
    """Flaking: many small losses in clusters, where paint has come off in flakes of 2 to 12 px.

    Clusters lie at random, the flakes of a cluster close around its centre (a Thomas process).

    picture: (h, w, 3) float32 RGB in [0, 1]; it is not changed.
    rng: numpy.random.Generator.   severity: in (0, 1]: how many clusters, how many flakes in each.
    Returns damaged (h, w, 3) float32, mask (h, w) bool, True where damaged.
    Raises ValueError.
    """
    check_picture(picture)
    check_severity(severity)
    height, width = shape = picture.shape[:2]
    clusters = how_many(shape, 1 + 2 * severity, rng)
    centres = rng.uniform(0.1, 0.9, (clusters, 2)) * (width, height)
    flakes = 8 + rng.poisson(10 + 35 * severity, clusters)
    spread = np.repeat(rng.uniform(10, 20, clusters), flakes)[:, None]
    places = np.repeat(centres, flakes, 0) + spread * rng.standard_normal((flakes.sum(), 2))
    radii = np.minimum(1 + rng.exponential(1, flakes.sum()), 6)
    return show_ground(picture, depth_inside(places, radii, shape, rng, 0.7), rng)


JUST_VISIBLE = 2.3  # CIE 1976 colour difference (Mahy, Van Eycken and Oosterlinck, 1994)


def colour_difference(one, other):
    """CIE 1976 colour difference of two pictures (h, w, 3) float32 RGB: (h, w) float32.

    The distance of the colours in L*a*b*, where equal distances look about equally different.
    OpenCV converts by tables: fast, and within 0.5 of the exact difference.
    """
    lab, other_lab = (
        cv2.cvtColor(np.ascontiguousarray(p), cv2.COLOR_RGB2Lab) for p in (one, other)
    )
    return np.sqrt((lab - other_lab) ** 2 @ np.ones(3, np.float32))


def stains(picture, rng, severity):
    """Stains: brown, translucent, with soft edges; some have a darker tide line, some are foxing.

    The mask is True where the colour changed by more than a just visible step; elsewhere the
    picture is kept as it was. Large stains have radii of 12 to 40 px, spots of foxing 2 to 7 px.

    picture: (h, w, 3) float32 RGB in [0, 1]; it is not changed.
    rng: numpy.random.Generator.   severity: in (0, 1]: how many, how large and how dark.
    Returns damaged (h, w, 3) float32, mask (h, w) bool, True where damaged.
    Raises ValueError.
    """
    check_picture(picture)
    check_severity(severity)
    height, width = shape = picture.shape[:2]
    foxing = rng.random() < 0.3
    count = how_many(shape, (6 + 45 * severity) if foxing else 0.3 + 0.8 * severity, rng)
    sizes = (2, 7) if foxing else 12 * np.array((1, 2)) * (1 + 0.7 * severity)
    radii = rng.uniform(*sizes, count)
    places = rng.uniform(0, (width, height), (count, 2))
    roughness, softness = (1, 1.2) if foxing else (5, rng.uniform(1.5, 5))
    depth = depth_inside(places, radii, shape, rng, roughness)
    cover = 1 / (1 + np.exp(-np.clip(depth / softness, -30, 30)))
    cover *= 1 + rng.choice([0, 0.7]) * np.exp(-((depth / softness - 1) ** 2))  # the tide line
    cover *= np.clip(1 + 0.15 * smooth_noise(shape, 16, rng), 0.5, 1.5)
    cover *= rng.uniform(0.75, 1) * (0.5 + 0.35 * severity)
    absorbed = between((0.2, 0.45, 0.75), (0.4, 0.65, 0.95), rng).astype(np.float32)  # most of blue
    cover, dirt = cover[..., None], np.float32((0.07, 0.05, 0.03))  # dirt shows on black paint
    stained = np.clip(picture * (1 - np.minimum(cover * absorbed, 0.95)) + cover * dirt, 0, 1)
    mask = colour_difference(picture, stained) > JUST_VISIBLE
    return np.where(mask[..., None], stained, picture), mask


ALPHABETS = ["ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789"]
FONTS = [
    cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX, cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
]
INKS = [(0.05, 0.05, 0.06), (0.6, 0.08, 0.08), (0.1, 0.12, 0.45), (0.35, 0.15, 0.45),
        (0.95, 0.95, 0.92), (0.85, 0.7, 0.15)]


def lettering(rng):
    """A word of random letters 9 to 26 px high, turned, on its own or in a round stamp.

    Returns cover (h, w) float32 in [0, 1].
    """
    alphabet = ALPHABETS[rng.integers(len(ALPHABETS))]
    word = "".join(rng.choice(list(alphabet), rng.integers(2, 9)))
    font = int(rng.choice(FONTS))
    scale = FINE * rng.uniform(9, 26) / 22  # letters of scale 1 are about 22 px high
    stroke = max(1, round(rng.uniform(1.2, 3) * scale))
    (width, height), below = cv2.getTextSize(word, font, scale, stroke)
    stamp = rng.random() < 0.3
    side = math.ceil(1.1 * math.hypot(width, height + 2 * below)) + 4 * stroke
    canvas = np.zeros((side, side), np.uint8)
    start = (side - width) // 2, (side + height) // 2
    cv2.putText(canvas, word, start, font, scale, 255, stroke)
    if stamp:
        cv2.circle(canvas, (side // 2, side // 2), side // 2 - stroke, 255, stroke)
    angle = rng.normal(0, 12) + rng.choice([0, 90], p=[0.85, 0.15])
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), angle, 1)
    small = max(side // FINE, 1)
    turned = cv2.resize(
        cv2.warpAffine(canvas, turn, (side, side)), (small, small), interpolation=cv2.INTER_AREA
    ).astype(np.float32) / 255
    if stamp:  # its ink is patchy
        turned *= np.clip(1 + 0.3 * smooth_noise(turned.shape, 3, rng), 0.4, 1)
    return turned


def paste(cover, patch, middle):
    """Put a patch (a, b) into cover (h, w), in place, its middle at x, y, cut at the borders."""
    left, top = (round(m - side / 2) for m, side in zip(middle, patch.shape[::-1]))
    rows = slice(max(top, 0), max(top + patch.shape[0], 0))
    columns = slice(max(left, 0), max(left + patch.shape[1], 0))
    window = cover[rows, columns]
    part = patch[max(-top, 0) :, max(-left, 0) :][: window.shape[0], : window.shape[1]]
    np.maximum(window, part, out=window)


def text(picture, rng, severity):
    """Text painted or stamped over the picture: an inventory number, a signature, an owner's mark.

    picture: (h, w, 3) float32 RGB in [0, 1]; it is not changed.
    rng: numpy.random.Generator.   severity: in (0, 1]: how many words.
    Returns damaged (h, w, 3) float32, mask (h, w) bool, True where damaged.
    Raises ValueError.
    """
    check_picture(picture)
    check_severity(severity)
    height, width = shape = picture.shape[:2]
    cover = np.zeros(shape, np.float32)
    for _ in range(how_many(shape, 4.5 * severity, rng)):
        middle = rng.uniform(0.05, 0.95, 2) * (width, height)
        paste(cover, lettering(rng), middle)
    ink = np.array(INKS[rng.integers(len(INKS))]) * rng.uniform(0.85, 1.05)
    return lay_over(picture, uneven(ink, shape, rng, slow=0.03), rng.uniform(0.85, 1) * cover)


KINDS = {
    "craquelure": craquelure,
    "scratches": scratches,
    "lacunae": lacunae,
    "flaking": flaking,
    "stains": stains,
    "text": text,
}


def mixed(picture, rng, names=("segments", *KINDS)):
    """One to three kinds of damage, one over the other, each at a random severity.

    picture: (h, w, 3) float32 RGB in [0, 1]; it is not changed.
    rng: numpy.random.Generator.
    names: of the kinds, all equally likely; "segments" are the black ones.
    Returns damaged (h, w, 3) float32, mask (h, w) bool: damaged by any of them.
    Raises ValueError.
    """
    check_picture(picture)
    mask = np.zeros(picture.shape[:2], bool)
    damaged = picture
    for name in rng.permutation(names)[: rng.integers(1, 4)]:
        if name == "segments":
            damaged, more = segments(damaged, rng)
        else:
            damaged, more = KINDS[name](damaged, rng, rng.uniform(0.1, 1))
        mask |= more
    return damaged, mask


def found_or_told(picture, rng):
    """Mixed damage for training: in every second picture painted black, as with a user's mask.

    Arguments and result as for `mixed`.
    """
    damaged, mask = mixed(picture, rng)
    if rng.random() < 1 / 2:
        damaged = np.where(mask[..., None], np.float32(0), picture)
    return damaged, mask
