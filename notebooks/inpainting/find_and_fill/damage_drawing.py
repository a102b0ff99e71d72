"""What damage is drawn with: noise, soft lines and areas, letters, layers below the paint."""

import functools
import math
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from PIL import ImageFont

from ..checks import check_picture, check_severity

STANDARD_AREA = 192 * 192  # pixels: all counts are per this area
VISIBLE = 0.02  # a channel that changes by less, 5 of 255, is not seen and stays as it was
FINE = 4  # lines and areas are drawn this many times larger, then reduced: soft edges


def check_input(picture, severity):
    """Raise ValueError unless picture is float32 RGB in [0, 1] and severity in (0, 1]."""
    check_picture(picture)
    check_severity(severity)


def how_many(shape, per_standard_area, rng):
    """A random whole number from 1 upwards that grows with the area of the picture.

    shape: (height, width) in pixels.
    per_standard_area: expected number in 192x192 pixels, beside the first.
    """
    return 1 + rng.poisson(per_standard_area * shape[0] * shape[1] / STANDARD_AREA)


def between(one, other, rng):
    """A random colour between two colours: (3,) float32."""
    one, other = np.array(one), np.array(other)
    return (one + rng.random() * (other - one) + rng.normal(0, 0.015, 3)).astype(np.float32)


# Noise


def smooth_noise(shape, cell, rng):
    """Noise that varies over about `cell` pixels: (h, w) float32, mean 0, about 1 strong.

    Normal random numbers on a coarse grid, with smooth (cubic) values in between.
    cell: in pixels, or (down, across), different for streaks.
    """
    down, across = np.broadcast_to(cell, 2).tolist()
    rows, columns = math.ceil(shape[0] / down) + 3, math.ceil(shape[1] / across) + 3
    grid = 1.35 * rng.standard_normal((rows, columns), dtype=np.float32)
    middle = round(columns * min(across, 4)), round(rows * min(down, 4))
    grid = cv2.resize(grid, middle, interpolation=cv2.INTER_CUBIC)
    fine = cv2.resize(grid, (round(columns * across), round(rows * down)))  # linear: much faster
    top, left = round(down), round(across)
    return fine[top : top + shape[0], left : left + shape[1]]


def rough_noise(shape, cell, rng):
    """Smooth noise of several scales, from `cell` down to 2 pixels, the finer the weaker.

    Returns (h, w) float32 without a scale of its own, as edges of rock and paint have none.
    """
    total, weight = np.zeros(shape, np.float32), 1.0
    while cell >= 2:
        total += weight * smooth_noise(shape, cell, rng)
        cell, weight = cell / 2, 0.5 * weight
    return total


def grain(shape, rng):
    """Noise from pixel to pixel: (h, w) float32, mean 0, standard deviation 1."""
    values = rng.integers(256, size=shape, dtype=np.uint8)  # much faster than normal numbers
    return (values - np.float32(127.5)) / np.float32(73.9)


def uneven(colour, shape, rng, slow=0.05, fine=0.02):
    """A colour that varies slowly over the picture and has a grain: (h, w, 3) float32."""
    light = slow * smooth_noise(shape, 24, rng) + fine * grain(shape, rng)
    return cv2.merge([light + float(part) for part in colour])


def region(shape, share, cell, rng):
    """Irregular patches over a share of the picture.

    share: of the area, in (0, 1).   cell: size of the patches in pixels, or (down, across).
    Returns (h, w) float32: 1 inside, 0 outside, with soft borders of about a pixel.
    """
    cell = np.broadcast_to(cell, 2)
    field = smooth_noise(shape, cell, rng) + 0.3 * smooth_noise(shape, cell / 3, rng)
    field += 0.1 * smooth_noise(shape, np.maximum(cell / 10, 2), rng)
    level = np.quantile(field[::4, ::4], 1 - share)
    return blurred((field > level).astype(np.float32), 0.8)


# Laying damage over a picture


def blurred(cover, radius):
    """A cover (h, w) with softer borders.   radius: standard deviation in pixels."""
    return cv2.GaussianBlur(cover, (0, 0), radius)


def three(plane):
    """A plane (h, w) as a grey picture (h, w, 3)."""
    return cv2.merge([plane] * 3)


def where_seen(picture, changed):
    """Keep the change where it can be seen, and the picture elsewhere.

    picture, changed: (h, w, 3) float32; values of changed outside [0, 1] are cut off.
    Returns damaged (h, w, 3) float32, mask (h, w) bool: a channel changed by more than VISIBLE.
    """
    picture, changed = np.ascontiguousarray(picture), np.clip(changed, 0, 1)
    red, green, blue = cv2.split(cv2.absdiff(changed, picture))
    mask = np.maximum(np.maximum(red, green), blue) > VISIBLE
    return cv2.copyTo(changed, mask.astype(np.uint8), picture.copy()), mask


def lay_over(picture, colour, cover):
    """Lay colour over the picture, as a glaze (cover below 1) or as opaque paint (1).

    colour: (h, w, 3) float32.   cover: (h, w) float32 in [0, 1].
    Returns damaged and mask as `where_seen`.
    """
    return where_seen(picture, picture + three(cover) * (colour - picture))


def glaze(picture, cover, absorbed, scattered):
    """Lay a translucent film over the picture: it takes light away and adds light of its own.

    cover: (h, w) float32.   absorbed, scattered: (3,) parts of the light in [0, 1], at cover 1.
    Returns damaged and mask as `where_seen`.
    """
    return where_seen(picture, cv2.merge([
        channel * (1 - np.minimum(cover * taken, 0.97)) + cover * added
        for channel, taken, added in zip(cv2.split(picture), absorbed.tolist(), scattered.tolist())
    ]))


# Lines and areas


def reduced(canvas, shape):
    """A canvas drawn FINE times too large, reduced to cover (h, w) float32 in [0, 1]."""
    for factor in (2, 1):  # halving twice is far faster than dividing by four
        canvas = cv2.resize(canvas, (shape[1] * factor, shape[0] * factor))
    return canvas / np.float32(255)


def fine_places(points):
    """Points (..., 2) x, y in pixels on the canvas that is FINE times larger: int32."""
    return np.rint(points * FINE + (FINE - 1) / 2).astype(np.int32)


def line_cover(shape, pieces, widths):
    """Draw short straight pieces of line with soft edges.

    shape: (height, width).   pieces: (n, 2, 2) start and end of each as x, y, in pixels.
    widths: (n,) in pixels; pieces thinner than an eighth of a pixel are left out. OpenCV
        draws them up to three quarters of a pixel wider.
    Returns cover (h, w) float32 in [0, 1]: how much of each pixel is covered.
    """
    canvas = np.zeros((shape[0] * FINE, shape[1] * FINE), np.uint8)
    places = fine_places(pieces)
    thick = 2 * np.rint((widths * FINE - 1) / 2).astype(int) + 1  # odd: OpenCV draws no even width
    thick[widths * FINE < 0.5] = 0
    for pixels in np.unique(thick[thick > 0]).tolist():
        cv2.polylines(canvas, list(places[thick == pixels]), False, 255, pixels)
    return reduced(canvas, shape)


def area_cover(shape, outlines):
    """Fill areas with soft edges: cover (h, w) float32 in [0, 1].   outlines: (n, k, 2) x, y."""
    canvas = np.zeros((shape[0] * FINE, shape[1] * FINE), np.uint8)
    for outline in fine_places(outlines):
        cv2.fillPoly(canvas, [outline], 255)
    return reduced(canvas, shape)


def rounded(cover, radius, chipped=0):
    """Round the corners of a cover (h, w) off, and drop what is thinner than about the radius.

    chipped: noise (h, w) by which the border strays, up to 1 for about a radius.
    """
    soft = blurred(cover, radius)
    soft = soft + chipped * soft * (1 - soft)
    return np.clip((soft - 0.5) * 2.5 * radius + 0.5, 0, 1)


def cut_up(ends, step):
    """Cut straight lines into pieces of about `step` pixels.

    ends: (n, 2, 2) start and end as x, y.
    Returns pieces (k, 2, 2), line (k,): which line each is of, along (k, 2): from 0 to 1 on it.
    """
    start, way = ends[:, 0], ends[:, 1] - ends[:, 0]
    parts = np.maximum(np.ceil(np.hypot(*way.T) / step), 1).astype(int)
    line = np.repeat(np.arange(len(ends)), parts)
    number = np.arange(len(line)) - (np.cumsum(parts) - parts)[line]
    along = (number[:, None] + (0, 1)) / parts[line][:, None]
    return start[line][:, None] + along[..., None] * way[line][:, None], line, along


# Letters

ALPHABETS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789"
FONTS = [
    "DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono", "DejaVuSerif", "DejaVuSerif-Bold",
    "DejaVuSerif-Italic", "STIXGeneral", "STIXGeneralItalic", "cmss10", "cmtt10", "cmmi10",
]


@functools.cache
def font(name, height):
    """One of FONTS, which Matplotlib brings from 3.10 on.   height: of a line, in whole pixels."""
    file = Path(matplotlib.get_data_path(), "fonts", "ttf", name + ".ttf")
    return ImageFont.truetype(str(file), height)


def word(rng):
    """A word or number of 2 to 8 random signs, its capitals 7 to 26 px high.

    Returns cover (h, w) float32 in [0, 1].
    """
    signs = "".join(rng.choice(list(ALPHABETS[rng.integers(3)]), rng.integers(2, 9)))
    chosen = font(FONTS[rng.integers(len(FONTS))], int(rng.integers(10, 36)))
    ink = chosen.getmask(signs)
    return np.array(ink, np.uint8).reshape(ink.size[::-1]) / np.float32(255)


def lettering(rng):
    """A word, turned: printed, written by an unsteady hand, or in a round or square stamp.

    Returns cover (h, w) float32 in [0, 1].
    """
    letters = word(rng)
    height, width = letters.shape
    stamp = rng.choice(["", "round", "square"], p=[0.7, 0.15, 0.15])
    side = math.ceil(1.15 * math.hypot(width, 2 * height)) + 4
    canvas = np.zeros((side, side), np.float32)
    top, left = (side - height) // 2, (side - width) // 2
    canvas[top : top + height, left : left + width] = letters
    if stamp == "round":
        cv2.circle(canvas, (side // 2, side // 2), side // 2 - 2, 1, 1 + height // 16)
    elif stamp == "square":
        gap = 2 + height // 4
        corners = (left - gap, top - gap), (left + width + gap, top + height + gap)
        cv2.rectangle(canvas, *corners, 1, 1 + height // 16)
    rows, columns = np.indices((side, side), np.float32) - side / 2
    angle = math.radians(rng.normal(0, 12) + rng.choice([0, 90], p=[0.85, 0.15]))
    across = math.cos(angle) * columns + math.sin(angle) * rows + side / 2
    down = math.cos(angle) * rows - math.sin(angle) * columns + side / 2
    if not stamp and rng.random() < 0.5:  # by hand: it wavers
        across += 0.06 * height * smooth_noise(canvas.shape, max(height / 2, 4), rng)
        down += 0.08 * height * smooth_noise(canvas.shape, max(height, 4), rng)
    cover = cv2.remap(canvas, across, down, cv2.INTER_LINEAR)
    if stamp:  # its ink is patchy
        cover *= np.clip(0.9 + 0.3 * smooth_noise(cover.shape, 3, rng), 0.3, 1)
    return cover


def paste(cover, patch, middle):
    """Put a patch (a, b) into cover (h, w), in place, its middle at x, y, cut at the borders."""
    left, top = (round(m - side / 2) for m, side in zip(middle, patch.shape[::-1]))
    rows = slice(max(top, 0), max(top + patch.shape[0], 0))
    columns = slice(max(left, 0), max(left + patch.shape[1], 0))
    window = cover[rows, columns]
    part = patch[max(-top, 0) :, max(-left, 0) :][: window.shape[0], : window.shape[1]]
    np.maximum(window, part, out=window)


# What shows where paint is lost

GESSO = (0.74, 0.66, 0.52), (0.95, 0.92, 0.86)  # from the darkest to the lightest
BOLE = (0.36, 0.17, 0.1), (0.64, 0.34, 0.22)
WOOD = (0.26, 0.17, 0.1), (0.58, 0.42, 0.27)
LINEN = (0.34, 0.27, 0.19), (0.66, 0.57, 0.44)


def ground(shape, rng):
    """White gesso or red-brown bole, with its grain: (h, w, 3) float32."""
    colour = between(*(GESSO if rng.random() < 0.65 else BOLE), rng)
    rests = 0.02 * smooth_noise(shape, 5, rng)  # of paint, of glue
    return uneven(colour, shape, rng, slow=0.05, fine=0.02) + three(rests)


def wood(shape, upright, rng):
    """Wood with fibres and darker pores along the grain: (h, w, 3) float32."""
    colour = between(*WOOD, rng).tolist()
    light = 1 + 0.1 * smooth_noise(shape, (90, 5) if upright else (5, 90), rng)
    light += 0.1 * smooth_noise(shape, (30, 2) if upright else (2, 30), rng)
    light += 0.03 * grain(shape, rng)
    return cv2.merge([part * light for part in colour])


def weave(shape, rng):
    """Plain weave, threads 2.5 to 5 px apart and unequal: (h, w) float32 from -1 to 1.

    Positive where the threads that run down lie on top, negative where those across do.
    """
    apart = rng.uniform(2.5, 5)
    rows, columns = (np.arange(side, dtype=np.float32) / apart for side in shape)
    down = np.sin(np.pi * (rows[:, None] + 0.1 * smooth_noise(shape, (8, 60), rng)))
    return down * np.sin(np.pi * (columns + 0.1 * smooth_noise(shape, (60, 8), rng)))


def linen(shape, rng):
    """Bare canvas: (h, w, 3) float32."""
    colour = between(*LINEN, rng).tolist()
    over = weave(shape, rng)
    light = 0.9 + 0.26 * np.abs(over) + 0.08 * over + 0.05 * grain(shape, rng)
    return cv2.merge([part * light for part in colour])


def shadow(cover, light, deep):
    """The shadow that the edge of the paint throws into a loss, on the side of the light.

    cover: (h, w) float32 of the loss.   light: angle in radians from where it comes.
    deep: thickness of the paint, as the length of its shadow in pixels.
    Returns (h, w) float32 in [0, 1].
    """
    away = -deep * math.cos(light), -deep * math.sin(light)
    moved = cv2.warpAffine(
        cover, np.float32([[1, 0, away[0]], [0, 1, away[1]]]), cover.shape[::-1],
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.maximum(cover - moved, 0)
