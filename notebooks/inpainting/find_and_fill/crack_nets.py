"""Nets of cracks with a hierarchy: the cracks to draw, and the cells between them that come off."""

import math
from typing import Callable, NamedTuple

import numpy as np
from scipy.ndimage import map_coordinates

from .damage_drawing import area_cover, cut_up, rough_noise, smooth_noise

UNIT_SQUARE = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])


class CrackNet(NamedTuple):
    """A net of cracks and the cells, islands of paint, between them, before they are bent.

    cracks: (n, 2, 2) both ends as x, y in pixels, each on an older crack or outside the picture.
    size: (n,) of the cell that each crack divided, in pitches: the older the crack, the larger.
    cells: (m, 4, 2) corners of the islands.   pitch: size of the islands in pixels.
    upright: whether the grain is.   bend: function that moves points (..., 2) to their place in
    the picture, the same for cracks and cells.
    """

    cracks: np.ndarray
    size: np.ndarray
    cells: np.ndarray
    pitch: float
    upright: bool
    bend: Callable


def crack_net(shape, rng, pitch, stretch=1.0, slant=0.08, curve=0.3, jag=0.5):
    """Cracks that divide cells one after the other, so that each ends on older ones (T-junctions).

    After the tessellation of Nagel, Mecke, Ohser and Weiss (2008), here of four-sided cells, each
    divided across its longer sides, all bent together.

    shape: (height, width).   pitch: size of the last cells in pixels.
    stretch: how much longer than wide they are, along the grain.   slant: of the cracks.
    curve, jag: how far they stray from straight, slowly (in pitches) and sharply (in pixels).
    Returns CrackNet.
    """
    upright = bool(rng.random() < 0.5)
    turn = math.pi / 2 * upright + rng.normal(0, 0.06)
    frame = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    frame *= np.sqrt([[stretch], [1 / stretch]])  # rows: along the grain, across it
    corners = UNIT_SQUARE * shape[::-1] @ np.linalg.inv(frame)
    low, high = corners.min(0) - pitch, corners.max(0) + pitch
    cracks, size, cells = divide(low + UNIT_SQUARE * (high - low), pitch, slant, rng)
    bend = bending(shape, curve * pitch, 2.5 * pitch, jag, rng)
    return CrackNet(cracks @ frame, size / pitch, cells @ frame, pitch, upright, bend)


def divide(cell, pitch, slant, rng):
    """Divide a four-sided cell (4, 2) and its parts until none is much larger than the pitch.

    Returns cracks (n, 2, 2), the sizes (n,) of the cells they divide, the last cells (m, 4, 2).
    """
    cells = cell[None] @ (1, 1j)  # complex numbers: x + iy
    cracks, sizes, last = [], [], []
    while len(cells):
        a, b, c, d = cells.T
        size = np.sqrt(np.abs(np.imag((c - a).conj() * (d - b))) / 2)
        small = size < pitch * rng.uniform(0.8, 1.8, len(size))
        last.append(cells[small])
        cells, size = cells[~small], size[~small]
        a, b, c, d = cells.T
        upright = abs(b - c) + abs(d - a) > (abs(a - b) + abs(c - d)) * rng.lognormal(
            0, 0.25, len(cells)
        )
        cells[upright] = cells[upright][:, [1, 2, 3, 0]]
        a, b, c, d = cells.T
        at = rng.uniform(0.3, 0.7, len(cells))
        off = rng.normal(0, slant, len(cells)).clip(-0.25, 0.25)
        start, end = a + (at + off) * (b - a), d + (at - off) * (c - d)
        cracks.append(np.stack([start, end], axis=1))
        sizes.append(size)
        cells = np.concatenate([np.stack([a, start, end, d], 1), np.stack([start, b, c, end], 1)])
    cracks, sizes, cells = (np.concatenate(parts) for parts in (cracks, sizes, last))
    return as_points(cracks), sizes, as_points(cells)


def as_points(numbers):
    """Complex numbers x + iy (...) as points (..., 2)."""
    return np.stack([numbers.real, numbers.imag], axis=-1)


def bending(shape, far, cell, jag, rng):
    """A function that moves points x, y (..., 2) by smooth noise, near points alike.

    far: pixels of the slow movement, which changes over `cell` pixels.   jag: of the quick one.
    """
    half = [side // 2 + 16 for side in shape]  # every second pixel, and a margin of 16 px
    moves = [
        far * smooth_noise(half, max(cell / 2, 4), rng) + jag * rough_noise(half, 4, rng)
        for _ in range(2)
    ]

    def bend(points):
        x, y = np.moveaxis(points, -1, 0)
        at = (y + 16) / 2, (x + 16) / 2
        return points + np.stack(
            [map_coordinates(move, at, order=1, mode="nearest") for move in moves], axis=-1
        )

    return bend


def cells_cover(shape, cells, net):
    """The cover (h, w) float32 in [0, 1] of cells (m, 4, 2) of a net."""
    along = np.linspace(0, 1, 6, endpoint=False)[:, None]
    corners, following = cells[:, :, None], np.roll(cells, -1, axis=1)[:, :, None]
    outlines = (corners + along * (following - corners)).reshape(len(cells), 24, 2)
    return area_cover(shape, net.bend(outlines))


def canvas_net(shape, rng):
    """A net of rectangular, jagged islands of 15 to 40 px, as on canvas."""
    return crack_net(shape, rng, rng.uniform(15, 40), rng.uniform(1, 1.5), jag=0.7)


def panel_net(shape, rng):
    """A net of narrow, straight islands of 10 to 28 px along the grain of a wooden panel."""
    pitch = rng.uniform(10, 28)
    return crack_net(shape, rng, pitch, rng.uniform(2, 4.5), slant=0.04, curve=0.2, jag=0.3)


def flowing_net(shape, rng):
    """A net of large, curved islands of 22 to 48 px, as on a smooth, thick ground."""
    pitch = rng.uniform(22, 48)
    return crack_net(shape, rng, pitch, slant=0.14, curve=0.6, jag=0.35)


def age_net(shape, rng):
    """A crack net of any of these three kinds."""
    return [canvas_net, panel_net, flowing_net][rng.integers(3)](shape, rng)


def grown_cracks(net, severity, shape, rng):
    """How far a net has opened: the oldest cracks first and widest, the youngest last and thin.

    severity: in (0, 1].   shape: (height, width); cracks outside are left out.
    Returns pieces (k, 2, 2) of line in the picture and their widths (k,) in pixels.
    """
    last = 5 * (1 - severity) ** 1.5  # the size of the smallest cells that are divided yet
    opened = net.size * rng.lognormal(0, 0.15, len(net.size)) > last
    size = net.size[opened]
    strength = (0.4 + 0.7 * severity) * rng.lognormal(0, 0.2) * min(max(net.pitch / 22, 0.6), 1.3)
    width = strength * np.minimum(size / 3, 1.6)
    unfinished = rng.random(len(size)) < 0.3 / np.maximum(size - last + 0.6, 1)
    stops = np.where(unfinished, rng.uniform(0.3, 0.9, len(size)), 2)
    pieces, line, along = cut_up(net.cracks[opened], step=5)
    tip = np.clip((stops[line] - along[:, 1]) * 4, 0, 1)  # a crack that ends runs out thin
    pieces = net.bend(pieces)
    middle = pieces.mean(1)
    inside = np.all((middle > -4) & (middle < np.array(shape[::-1]) + 4), axis=1)
    return pieces[inside], (width[line] * tip * rng.uniform(0.8, 1.2, len(line)))[inside]


def cells_off(net, shape, share, clump, loose, rng):
    """The cells of a net that come off, in clusters: those where a smooth noise is highest.

    share: of the cells in the picture.   clump: size of the clusters in pixels.
    loose: how far the cells lie from the clusters; 0 for closed clusters.
    Returns cells (n, 4, 2), at least one, those in the middle of the clusters first.
    """
    middle = net.bend(net.cells.mean(1))
    inside = np.all((middle >= 0) & (middle < shape[::-1]), axis=1)
    columns, rows = middle[inside].astype(int).T
    height = smooth_noise(shape, clump, rng)[rows, columns]
    height = height + loose * rng.standard_normal(len(height))
    count = max(1, round(share * len(height)))
    return net.cells[inside][np.argsort(-height)[:count]]


def corner_chips(cells, rng):
    """The corners of cells that break off: two sides on cracks, the third edge through the cell.

    cells: (n, 4, 2).   Returns (n, 4, 2), a third of the cells whole.
    """
    count = len(cells)
    order = (rng.integers(4, size=(count, 1)) + np.arange(4)) % 4
    corner, one, _, other = np.take_along_axis(cells, order[..., None], axis=1).transpose(1, 0, 2)
    one, other = (
        rng.uniform(0.3, 1.4, (count, 1)).clip(max=1) * (end - corner) for end in (one, other)
    )
    inner = rng.uniform(0.55, 0.9, (count, 1)) * (one + other)
    chips = corner[:, None] + np.stack([np.zeros_like(one), one, inner, other], axis=1)
    return np.where(rng.random((count, 1, 1)) < 1 / 3, cells, chips)
