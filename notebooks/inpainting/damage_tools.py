# Written by `make export` from open_model_192x192.ipynb: edit the cells there, not this file.


"""What the kinds of damage are drawn with: noise, lines with soft edges, colour laid over."""

import math

import cv2
import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial import Voronoi

STANDARD_AREA = 192 * 192  # pixels: counts of scratches, losses, stains and texts are per this area


def how_many(shape, per_standard_area, rng):
    """A random whole number from 1 upwards that grows with the area of the picture.

    shape: (height, width) in pixels.
    per_standard_area: expected number in 192x192 pixels, beside the first.
    """
    return 1 + rng.poisson(per_standard_area * shape[0] * shape[1] / STANDARD_AREA)


def smooth_noise(shape, cell, rng):
    """Noise that varies over about `cell` pixels: (h, w) float32, mean 0, standard deviation about 1.

    Normal random numbers on a coarse grid, with smooth (cubic) values in between.
    """
    rows, columns = (side // cell + 3 for side in shape)
    grid = rng.standard_normal((rows, columns), dtype=np.float32)
    fine = cv2.resize(grid, (columns * cell, rows * cell), interpolation=cv2.INTER_CUBIC)
    return fine[cell : cell + shape[0], cell : cell + shape[1]] * (1.35 if cell > 1 else 1)


def rough_noise(shape, cell, rng):
    """Smooth noise of several scales, from `cell` down to 2 pixels, the finer the weaker.

    Returns (h, w) float32 without a scale of its own, as edges of rock and paint have none.
    """
    total, weight = np.zeros(shape, np.float32), 1.0
    while cell >= 2:
        total += weight * smooth_noise(shape, cell, rng)
        cell, weight = cell // 2, 0.6 * weight
    return total


FAINT = 0.12  # a cover thinner than this cannot be seen and is left out


def lay_over(picture, colour, cover):
    """Lay colour over the picture, as a glaze (cover below 1) or as opaque paint (1).

    picture, colour: (h, w, 3) float32 RGB in [0, 1]; values of colour outside are cut off.
    cover: (h, w) float32 in [0, 1].
    Returns damaged (h, w, 3) float32, mask (h, w) bool, True where the cover can be seen.
    """
    mask = cover > FAINT
    damaged = picture.copy()
    share, below = cover[mask][:, None], picture[mask]
    damaged[mask] = below + share * (np.clip(colour[mask], 0, 1) - below)
    return damaged, mask


def between(one, other, rng):
    """A random colour between two colours."""
    one, other = np.array(one), np.array(other)
    return one + rng.random() * (other - one) + rng.normal(0, 0.015, 3)


def uneven(colour, shape, rng, slow=0.05, grain=0.02):
    """A colour that varies slowly over the picture and has a grain: (h, w, 3) float32."""
    light = slow * smooth_noise(shape, 24, rng) + grain * smooth_noise(shape, 1, rng)
    return np.asarray(colour, np.float32) + light[..., None]


FINE = 3  # lines and letters are drawn this many times larger, then reduced: soft edges


def line_cover(shape, pieces, widths):
    """Draw short straight pieces of line with soft edges.

    shape: (height, width).   pieces: (n, 2, 2) start and end of each as x, y, in pixels.
    widths: (n,) in pixels; pieces thinner than a sixth of a pixel are left out.
    Returns cover (h, w) float32 in [0, 1]: how much of each pixel is covered.
    """
    canvas = np.zeros((shape[0] * FINE, shape[1] * FINE), np.uint8)
    places = np.rint(pieces * FINE + (FINE - 1) / 2).astype(np.int32)
    thick = np.rint(widths * FINE).astype(int)
    for pixels in np.unique(thick[thick > 0]):
        cv2.polylines(canvas, list(places[thick == pixels]), False, 255, int(pixels))
    cover = cv2.resize(canvas, shape[::-1], interpolation=cv2.INTER_AREA)
    return cover.astype(np.float32) / 255


def wander(start, end, rng, steps, roughness):
    """Random walks from start to end: they arrive, but not on a straight line.

    start, end: (n, 2) x, y.   roughness: how far they stray, as a fraction of their length.
    Returns (n, steps + 1, 2).
    """
    along = np.linspace(0, 1, steps + 1)
    walk = np.cumsum(rng.standard_normal((len(start), steps + 1)), axis=1)
    walk -= walk[:, :1]
    walk -= walk[:, -1:] * along
    way = (end - start)[:, None]
    across = way[..., ::-1] * (-1, 1)
    stray = roughness / math.sqrt(steps) * walk
    return start[:, None] + along[:, None] * way + stray[..., None] * across


def as_pieces(paths, widths):
    """Cut paths (n, k, 2) with widths (n, k) into pieces (n (k - 1), 2, 2) and their widths."""
    pieces = np.stack([paths[:, :-1], paths[:, 1:]], axis=2).reshape(-1, 2, 2)
    return pieces, ((widths[:, :-1] + widths[:, 1:]) / 2).ravel()


def crack_network(shape, pitch, rng, extra):
    """Borders between the cells of an irregular mosaic, joined to one network.

    shape: (height, width).   pitch: mean distance of the cells in pixels.
    extra: fraction of the borders kept beyond those that hold the network together.
    Returns nodes (n, 2) x, y in pixels, and borders (m, 2), the two nodes of each.
    """
    height, width = shape
    stretch = rng.uniform(1, 1.7)  # wood grain and weave give cracks a direction
    scale = pitch * (np.array([stretch, 1 / stretch])[:: rng.choice([1, -1])])
    columns, rows = (math.ceil(side / step) for side, step in zip((width, height), scale))
    cells = np.stack(np.meshgrid(np.arange(-2, columns + 2), np.arange(-2, rows + 2)), -1)
    seeds = cells.reshape(-1, 2) + rng.uniform(0, 1, (cells.size // 2, 2))
    mosaic = Voronoi(seeds)
    nodes = mosaic.vertices * scale
    borders = np.array(mosaic.ridge_vertices)
    inside = ((nodes >= 0) & (nodes < (width, height))).all(1)
    borders = borders[(borders >= 0).all(1)]
    ends_inside = inside[borders].sum(1)
    weights = rng.uniform(0.1, 1, len(borders))
    within = ends_inside == 2
    graph = coo_array((weights[within], borders[within].T), shape=(len(nodes),) * 2)
    holds = np.isin(weights, minimum_spanning_tree(graph).data) & within
    kept = holds | ((ends_inside > 0) & (rng.random(len(borders)) < extra))
    return nodes, borders[kept]
