"""A painter's routine: a picture is repeated stroke by stroke.

After Hertzmann, "Painterly rendering with curved brush strokes of multiple sizes" (SIGGRAPH 1998):
a large brush lays in the masses, smaller ones correct what still differs, and each stroke follows
the forms. The strokes are made of bristles that leave colour and relief. Light from the upper left
then falls on paint and support, and the varnish gives its tone.
"""

from typing import NamedTuple

import cv2
import numpy as np

from basics import blur, luminance, noise, pixel_grid

SUBPIXEL_BITS = 4  # OpenCV draws lines to 1/16 pixel


class Brush(NamedTuple):
    radius: float     # px
    tolerance: float  # colour error (sum of the channels) that is left alone
    opacity: float    # 1 covers, less lets the layer below through


ROUGH = [Brush(30, 0, 1), Brush(16, 0.10, 0.95), Brush(8, 0.16, 0.95), Brush(4, 0.22, 0.95),
         Brush(2, 0.26, 0.95), Brush(1.2, 0.32, 0.95)]
CAREFUL = [Brush(26, 0, 1), Brush(13, 0.07, 0.9), Brush(6, 0.09, 0.9), Brush(3, 0.12, 0.9),
           Brush(1.7, 0.15, 0.9), Brush(1.1, 0.17, 0.9)]


def stroke_direction(picture, radius, rng):
    """Unit vectors (height, width, 2), (x, y), along which a brush of `radius` px follows forms.

    Across an edge the picture changes fast, along it slowly: the stroke goes along the second
    eigenvector of the structure tensor. Wider windows are added, so that flat regions take over the
    direction of the forms around them. A coarse copy of the picture is enough, and fast.
    """
    shrink = max(1, int(radius / 2))
    height, width = picture.shape[:2]
    coarse = width // shrink, height // shrink
    grey = cv2.resize(luminance(picture), coarse, interpolation=cv2.INTER_AREA)
    grey = blur(grey, 1)
    gx, gy = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    difference, product = np.zeros_like(grey), np.zeros_like(grey)
    for window in (2, 6, 18):
        energy = blur(gx * gx + gy * gy, window) + 1e-6
        difference += blur(gx * gx - gy * gy, window) / energy
        product += blur(2 * gx * gy, window) / energy
    hand = 0.15 * noise(grey.shape, 20, rng)  # no hand follows a form exactly
    angle = np.arctan2(product, difference) / 2 + np.pi / 2 + hand
    double = cv2.resize(np.stack([np.cos(2 * angle), np.sin(2 * angle)], -1), (width, height))
    angle = np.arctan2(double[..., 1], double[..., 0]) / 2
    return np.stack([np.cos(angle), np.sin(angle)], -1)


def starting_points(error, side, tolerance, rng):
    """Where strokes begin: (n, 2) x, y, shuffled.

    The worst pixel in every square of `side` px whose mean `error` reaches `tolerance`.
    """
    rows, columns = error.shape[0] // side, error.shape[1] // side
    squares = error[:rows * side, :columns * side].reshape(rows, side, columns, side).swapaxes(1, 2)
    squares = squares.reshape(rows, columns, side * side)
    row, column = np.nonzero(squares.mean(-1) >= tolerance)
    worst = squares[row, column].argmax(-1)
    points = np.stack([column * side + worst % side, row * side + worst // side], -1)
    return rng.permutation(points).astype(np.float32)


def look_up(field, points):
    """Values of `field` (height, width, ...) at the pixels nearest to `points` (n, 2)."""
    last = np.array(field.shape[1::-1]) - 1
    x, y = np.clip(points, 0, last).astype(int).T
    return field[y, x]


def trace(points, reference, seen, direction, radius, longest=12):
    """Walk all strokes at once: positions, headings (n, longest, 2), lengths in points (n,).

    A stroke ends where its own colour would be further from the reference than what is already
    `seen` on the canvas.
    """
    colour, heading = look_up(reference, points), look_up(direction, points)
    path = np.empty((len(points), longest, 2), np.float32)
    headings = np.empty_like(path)
    lengths = np.full(len(points), longest)
    for i in range(longest):
        path[:, i], headings[:, i] = points, heading
        wanted = look_up(reference, points)
        there = np.abs(wanted - look_up(seen, points)).sum(-1)
        worse = np.abs(wanted - colour).sum(-1) > there + 0.04
        lengths = np.where(worse & (i >= 3), np.minimum(lengths, i), lengths)
        turn = look_up(direction, points)
        turn = np.where((turn * heading).sum(-1, keepdims=True) < 0, -turn, turn)
        heading = heading + turn
        heading /= np.linalg.norm(heading, axis=-1, keepdims=True) + 1e-6
        points = points + 0.7 * radius * heading
    return path, headings, lengths


def draw_bristles(canvas, path, heading, radius, colour, body, rng):
    """One stroke along `path` (k, 2), `heading` (k, 2), on `canvas`.

    `canvas` is (height, width, 4) uint8: RGB and paint height. Each bristle is a line beside the
    path with its own colour, height and end: where it runs dry, the layer below shows.
    """
    count = int(np.clip(2.2 * radius, 3, 24))
    across = np.linspace(-1, 1, count) + rng.normal(0, 0.3 / count, count)
    along = np.linspace(0, 1, len(path))
    pressure = radius * np.minimum(1, 0.6 + 3 * along) * (1 - 0.35 * along**2)
    normal = heading[:, ::-1] * [-1, 1]
    lines = path + (across[:, None] * pressure)[..., None] * normal
    rounded_start = radius * np.sqrt(np.maximum(1.1 - across**2, 0)) * rng.uniform(0.1, 0.9, count)
    lines[:, 0] -= rounded_start[:, None] * heading[0]
    lines = np.round(lines * 2**SUBPIXEL_BITS).astype(np.int32)

    streak = np.convolve(rng.normal(0, 1, count + 2), [0.5, 1, 0.5], "valid")
    ridge = np.abs(across)**4  # paint is pushed to the sides
    colours = colour + 0.022 * streak[:, None] + rng.normal(0, 0.008, (count, 3))
    heights = body * (0.6 + 0.17 * streak + 0.25 * ridge)
    paint = np.clip(np.column_stack([colours, heights]) * 255, 0, 255)
    ends = (len(path) * (1 - 0.5 * rng.uniform(0, 1, count)**2)).astype(int).clip(2)
    thickness = max(1, round(3.4 * radius / count))
    for b in rng.permutation(count):
        line = lines[b, :ends[b]]
        cv2.polylines(
            canvas, [line], False, paint[b].tolist(), thickness, cv2.LINE_AA, SUBPIXEL_BITS)


def stroke(canvas, path, heading, radius, colour, body, opacity, rng):
    """Draw one stroke and let the wet layer below mix into it."""
    margin = 2 * radius + 4
    left, top = np.maximum(path.min(0) - margin, 0).astype(int)
    right, bottom = (path.max(0) + margin).astype(int)
    below = canvas[top:bottom, left:right]
    if below.size:
        wet = below.copy()
        draw_bristles(wet, path - [left, top], heading, radius, colour, body, rng)
        below[:] = cv2.addWeighted(wet, opacity, below, 1 - opacity, 0)


def paint_layer(canvas, reference, brush, loose, rng):
    """One pass over the whole `canvas` (height, width, 4) uint8, in place, with one brush."""
    wanted = blur(reference, max(0.45 * brush.radius, 0.6))
    seen = canvas[..., :3].astype(np.float32) / 255
    error = np.abs(wanted - blur(seen, max(0.3 * brush.radius, 0.5))).sum(-1)
    points = starting_points(error, max(2, int(brush.radius)), brush.tolerance, rng)
    direction = stroke_direction(reference, brush.radius, rng)
    paths, headings, lengths = trace(points, wanted, seen, direction, brush.radius)
    colours = look_up(wanted, points)
    brightness = colours.mean(-1, keepdims=True)
    tint = rng.normal(0, loose, (len(points), 1)) + rng.normal(0, 0.6 * loose, (len(points), 3))
    colours = colours + tint * (0.15 + 0.85 * np.sqrt(brightness))
    bodies = 0.25 + 0.75 * brightness[:, 0]  # darks are thin, lights are thick
    bodies = bodies * min(1, 0.55 + brush.radius / 20)
    sizes = brush.radius * rng.uniform(0.75, 1.2, len(points))
    opacities = brush.opacity * rng.uniform(0.85, 1, len(points))
    for path, heading, count, size, colour, body, opacity in zip(
            paths, headings, lengths, sizes, colours, bodies, opacities):
        stroke(canvas, path[:count], heading[:count], size, colour, body, opacity, rng)


def paint(reference, brushes, ground, loose, rng):
    """Repeat `reference` in strokes: RGB float32 and paint height (height, width), both in [0, 1].

    `ground` is the tone of the prepared support, `loose` the spread of the stroke colours.
    """
    canvas = np.zeros((*reference.shape[:2], 4), np.uint8)
    canvas[..., :3] = ground * 255
    for brush in brushes:
        paint_layer(canvas, reference, brush, loose, rng)
    canvas = canvas.astype(np.float32) / 255
    return canvas[..., :3], canvas[..., 3]


# The support

def canvas_weave(shape, rng, period=4.0):
    """Height of a plain weave, (height, width), about [0, 1]: no thread is quite straight."""
    y, x = pixel_grid(shape) / period
    x += 0.25 * noise(shape, 50, rng, 3)
    y += 0.25 * noise(shape, 50, rng, 3)
    over = np.sin(np.pi * x) * np.sin(np.pi * y)
    warp = np.abs(np.sin(np.pi * x)) * (0.5 + 0.5 * over)
    weft = np.abs(np.sin(np.pi * y)) * (0.5 - 0.5 * over)
    return np.maximum(warp, weft) * (1 + 0.2 * noise(shape, 24, rng, 2))


def wood_panel(shape, rng):
    """Height of a planed panel, (height, width): long fibres from side to side."""
    narrow = noise((shape[0], shape[1] // 24 + 1), 2, rng, 2)
    fine = cv2.resize(narrow, shape[::-1], interpolation=cv2.INTER_CUBIC)
    return 0.35 * fine + 0.12 * noise(shape, 3, rng)


def under_light(colour, height, support, varnish, black):
    """The painting as a camera sees it.

    Light falls from the upper left on paint and support, and the varnish gives its tone. What is
    darker than `black` comes out as 0.
    """
    surface = 0.21 * blur(height, 0.7) + 0.03 * support * (1 - 0.5 * height)
    slope = cv2.Sobel(surface, cv2.CV_32F, 1, 0) + cv2.Sobel(surface, cv2.CV_32F, 0, 1)
    light = 1 + np.clip(-slope, -0.3, 0.4)
    seen = colour * light[..., None] * varnish
    return np.clip((seen - black) / (1 - black), 0, 1)
