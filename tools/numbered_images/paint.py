"""Paint the pictures in images/numbered_images: `make numbered` makes all, `python paint.py 03` one.

Every picture starts as a reference: a photograph that comes with scikit-image (freely licensed, see CREDITS.md) or a
scene composed here. A painter's routine then repeats it stroke by stroke, after Hertzmann, "Painterly rendering with
curved brush strokes of multiple sizes" (SIGGRAPH 1998): a large brush lays in the masses, smaller ones correct what
still differs, and each stroke follows the forms. The strokes are made of bristles that leave colour and relief. Light
from the upper left then falls on paint and support, and the varnish gives its tone.

A picture is float32 RGB in [0, 1], shape (height, width, 3). Everything random is seeded with the picture's number.
"""

import sys
from pathlib import Path
from typing import Callable, NamedTuple

import cv2
import numpy as np
from PIL import Image
from skimage import data

FOLDER = Path(__file__).resolve().parents[2] / "images" / "numbered_images"
SUBPIXEL_BITS = 4  # OpenCV draws lines to 1/16 pixel


# --------------------------------------------------------------------------------------------------- helpers

def rgb(colour):
    """Colour of a hex text such as "c08040" as float32 (3,) in [0, 1]."""
    return np.frombuffer(bytes.fromhex(colour), np.uint8).astype(np.float32) / 255


def blur(picture, sigma):
    return cv2.GaussianBlur(picture, (0, 0), sigma)


def luminance(picture):
    return picture @ np.float32([0.299, 0.587, 0.114])


def mix(first, second, weight):
    """`first` where `weight` (height, width) is 0, `second` where it is 1."""
    return first + (second - first) * np.asarray(weight, np.float32)[..., None]


def smoothstep(low, high, value):
    """0 below `low`, 1 above `high`, an S-shaped ramp between."""
    ramp = np.clip((value - low) / (high - low), 0, 1)
    return ramp * ramp * (3 - 2 * ramp)


def pixel_grid(shape):
    """y and x of every pixel, each float32 (height, width)."""
    return np.mgrid[:shape[0], :shape[1]].astype(np.float32)


def noise(shape, period, rng, octaves=1):
    """Smooth random field (height, width), mean 0, spread about 1; features of `period` px, then half of it, ..."""
    height, width = shape
    field = np.zeros(shape, np.float32)
    for octave in range(octaves):
        cell = max(period / 2**octave, 1)
        grid = rng.standard_normal((int(height / cell) + 4, int(width / cell) + 4), np.float32)
        large = cv2.resize(grid, None, fx=cell, fy=cell, interpolation=cv2.INTER_CUBIC)
        top, left = rng.integers(0, int(cell) + 1, 2)
        field += large[top:top + height, left:left + width] / 2**octave
    return field


def wrapped_noise(rng, period, octaves):
    """A 512 x 512 noise that repeats without a seam, as a function of two coordinates; one unit is 64 of its pixels."""
    tile = np.zeros((512, 512), np.float32)
    for octave in range(octaves):
        cells = int(512 / period * 2**octave)
        grid = np.pad(rng.standard_normal((cells, cells), np.float32), 3, mode="wrap")
        x = (np.arange(512, dtype=np.float32) * cells / 512) + 3
        tile += cv2.remap(grid, *np.meshgrid(x, x), cv2.INTER_CUBIC) / 2**octave

    def sample(u, v):
        u, v = (np.asarray(c, np.float32).ravel() * 64 % 512 for c in np.broadcast_arrays(u, v))
        rows = len(u) // 512 + 1
        grids = (np.resize(c, (rows, 512)) for c in (u, v))
        return cv2.remap(tile, *grids, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP).ravel()[:len(u)]

    return lambda u, v: sample(u, v).reshape(np.broadcast(u, v).shape)


# --------------------------------------------------------------------------------------------------- the brush

class Brush(NamedTuple):
    radius: float     # px
    tolerance: float  # colour error (sum of the channels) that is left alone
    opacity: float    # 1 covers, less lets the layer below through


ROUGH = [Brush(30, 0, 1), Brush(16, 0.10, 0.95), Brush(8, 0.16, 0.95), Brush(4, 0.22, 0.95), Brush(2, 0.26, 0.95),
         Brush(1.2, 0.32, 0.95)]
CAREFUL = [Brush(26, 0, 1), Brush(13, 0.07, 0.9), Brush(6, 0.09, 0.9), Brush(3, 0.12, 0.9), Brush(1.7, 0.15, 0.9),
           Brush(1.1, 0.17, 0.9)]


def stroke_direction(picture, radius, rng):
    """Unit vectors (height, width, 2), (x, y), along which a brush of `radius` px follows the forms.

    Across an edge the picture changes fast, along it slowly: the stroke goes along the second eigenvector of the
    structure tensor. Wider windows are added, so that flat regions take over the direction of the forms around them.
    A coarse copy of the picture is enough, and fast.
    """
    shrink = max(1, int(radius / 2))
    height, width = picture.shape[:2]
    grey = cv2.resize(luminance(picture), (width // shrink, height // shrink), interpolation=cv2.INTER_AREA)
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
    """(n, 2) x, y of the worst pixel in every square of `side` px whose mean `error` reaches `tolerance`, shuffled."""
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
    """Walk all strokes at once: positions (n, longest, 2), headings of that shape, lengths (n,) counted in points.

    A stroke ends where its own colour would be further from the reference than what is already `seen` on the canvas.
    """
    colour, heading = look_up(reference, points), look_up(direction, points)
    path = np.empty((len(points), longest, 2), np.float32)
    headings = np.empty_like(path)
    lengths = np.full(len(points), longest)
    for i in range(longest):
        path[:, i], headings[:, i] = points, heading
        wanted = look_up(reference, points)
        worse = np.abs(wanted - colour).sum(-1) > np.abs(wanted - look_up(seen, points)).sum(-1) + 0.04
        lengths = np.where(worse & (i >= 3), np.minimum(lengths, i), lengths)
        turn = look_up(direction, points)
        turn = np.where((turn * heading).sum(-1, keepdims=True) < 0, -turn, turn)
        heading = heading + turn
        heading /= np.linalg.norm(heading, axis=-1, keepdims=True) + 1e-6
        points = points + 0.7 * radius * heading
    return path, headings, lengths


def draw_bristles(canvas, path, heading, radius, colour, body, rng):
    """One stroke along `path` (k, 2), `heading` (k, 2), on `canvas` (height, width, 4) uint8: RGB and paint height.

    Each bristle is a line beside the path with its own colour, height and end: where it runs dry, the layer below
    shows.
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
        cv2.polylines(canvas, [lines[b, :ends[b]]], False, paint[b].tolist(), thickness, cv2.LINE_AA, SUBPIXEL_BITS)


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
    paths, headings, lengths = trace(points, wanted, seen, stroke_direction(reference, brush.radius, rng), brush.radius)
    colours = look_up(wanted, points)
    brightness = colours.mean(-1, keepdims=True)
    tint = rng.normal(0, loose, (len(points), 1)) + rng.normal(0, 0.6 * loose, (len(points), 3))
    colours = colours + tint * (0.15 + 0.85 * np.sqrt(brightness))
    bodies = (0.25 + 0.75 * brightness[:, 0]) * min(1, 0.55 + brush.radius / 20)  # darks are thin, lights are thick
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


# --------------------------------------------------------------------------------------------------- the support

def canvas_weave(shape, rng, period=4.0):
    """Height of a plain weave, (height, width), about [0, 1]: threads go over and under, and none is quite straight."""
    y, x = pixel_grid(shape) / period
    x += 0.25 * noise(shape, 50, rng, 3)
    y += 0.25 * noise(shape, 50, rng, 3)
    over = np.sin(np.pi * x) * np.sin(np.pi * y)
    warp = np.abs(np.sin(np.pi * x)) * (0.5 + 0.5 * over)
    weft = np.abs(np.sin(np.pi * y)) * (0.5 - 0.5 * over)
    return np.maximum(warp, weft) * (1 + 0.2 * noise(shape, 24, rng, 2))


def wood_panel(shape, rng):
    """Height of a planed panel, (height, width): long fibres from side to side."""
    fine = cv2.resize(noise((shape[0], shape[1] // 24 + 1), 2, rng, 2), shape[::-1], interpolation=cv2.INTER_CUBIC)
    return 0.35 * fine + 0.12 * noise(shape, 3, rng)


def under_light(colour, height, support, varnish, black):
    """The painting as a camera sees it: light from the upper left on paint and support, and the tone of the varnish.

    What is darker than `black` comes out as 0.
    """
    surface = 0.21 * blur(height, 0.7) + 0.03 * support * (1 - 0.5 * height)
    slope = cv2.Sobel(surface, cv2.CV_32F, 1, 0) + cv2.Sobel(surface, cv2.CV_32F, 0, 1)
    light = 1 + np.clip(-slope, -0.3, 0.4)
    seen = colour * light[..., None] * varnish
    return np.clip((seen - black) / (1 - black), 0, 1)


# --------------------------------------------------------------------------------------------------- small 3-D scenes
# A scene is a list of things. Each gives its distance from points (3, n); rays are walked forward by that distance
# until they touch ("sphere tracing"). x is right, y is up, z is away from the viewer. Colours of things are linear.

class Thing(NamedTuple):
    distance: Callable   # (3, n) -> (n,)
    colour: object       # RGB, or a function (3, n) -> (n, 3)
    gloss: float = 0.0


class Light(NamedTuple):
    position: tuple
    colour: tuple
    ambient: tuple           # light from all sides
    softness: float = 0.08   # size of the lamp, as seen from the scene
    reach: float = 1e6       # distance at which it has lost half


def column(vector):
    return np.float32(vector).reshape(3, 1)


def length(vectors):
    """Euclidean length of the rows of (k, n): (n,)."""
    return np.sqrt(sum(v * v for v in vectors))


def linear(colour):
    return rgb(colour)**2.2


def ball(centre, radius):
    centre, radius = column(centre), column(np.broadcast_to(radius, 3))
    return lambda p: (length((p - centre) / radius) - 1) * radius.min()


def block(centre, half, rounding=0.02):
    centre, half = column(centre), column(half)

    def distance(p):
        x, y, z = np.abs(p - centre) - half + rounding
        outside = length([np.maximum(x, 0), np.maximum(y, 0), np.maximum(z, 0)])
        return outside + np.minimum(np.maximum(np.maximum(x, y), z), 0) - rounding
    return distance


def turned(centre, heights, radii):
    """A pot from the wheel: `radii` at `heights` above `centre`, joined smoothly."""
    fine = np.linspace(heights[0], heights[-1], 200)
    profile = cv2.GaussianBlur(np.interp(fine, heights, radii)[None], (0, 0), 9, borderType=cv2.BORDER_REPLICATE)[0]
    centre = column(centre)

    def distance(p):
        x, y, z = p - centre
        side = length([x, z]) - np.interp(y, fine, profile).astype(np.float32)
        return np.maximum(0.65 * side, np.maximum(y - heights[-1], heights[0] - y))
    return distance


def handle(centre, size, thickness):
    """An upright ring in the x-y plane, `size` (wide, high)."""
    centre = column(centre)

    def distance(p):
        x, y, z = p - centre
        ring = (length([x / size[0], y / size[1]]) - 1) * min(size)
        return length([ring, z]) - thickness
    return distance


def house(centre, half, roof):
    """Walls (a block) and gable roof of height `roof`, ridge along z; a pair of distance functions."""
    eaves = centre[1] + half[1]
    slope = np.float32([roof, half[0] * 1.15]) / np.hypot(roof, half[0] * 1.15)

    def gable(p):
        x, y, z = p
        above = np.abs(x - centre[0]) * slope[0] + (y - eaves - roof) * slope[1]
        return np.maximum(np.maximum(above, eaves - 0.02 - y), np.abs(z - centre[2]) - half[2] * 1.05)
    return block(centre, half), gable


def within(centre, radius, distance):
    """The same thing, computed only near the ball that contains it: much faster."""
    around = ball(centre, radius)

    def fast(p):
        gap = around(p) + 0.1
        near = gap < 0.2
        gap[near] = distance(p[:, near])
        return gap
    return fast


def cluster(balls):
    """Union of many balls, (centre, radius) each."""
    return lambda p: np.min([ball(*b)(p) for b in balls], 0)


def nearest(things, points):
    gap = things[0].distance(points)
    for thing in things[1:]:
        gap = np.minimum(gap, thing.distance(points))
    return gap


def walk(things, eye, rays, far, steps=140):
    """Distance (n,) along each ray to the first thing; `far` where there is none."""
    travelled = np.full(rays.shape[1], 0.02, np.float32)
    alive = np.arange(rays.shape[1])
    for _ in range(steps):
        gap = nearest(things, eye + travelled[alive] * rays[:, alive])
        travelled[alive] += 0.9 * gap
        alive = alive[(np.abs(gap) > 5e-4 * travelled[alive]) & (travelled[alive] < far)]
        if not len(alive):
            break
    return np.minimum(travelled, far)


def shadow(things, points, towards, distance, softness):
    """Share of the lamp (n,) seen from `points`: near misses of the ray make a soft edge."""
    seen = np.ones(points.shape[1], np.float32)
    travelled = np.full(points.shape[1], 0.03, np.float32)
    alive = np.arange(points.shape[1])
    for _ in range(30):
        gap = nearest(things, points[:, alive] + travelled[alive] * towards[:, alive])
        seen[alive] = np.minimum(seen[alive], gap / (softness * travelled[alive]) * 0.5 + 0.5)
        travelled[alive] += np.clip(gap, 0.02, 0.12 * travelled[alive] + 0.15)
        alive = alive[(seen[alive] > 0) & (travelled[alive] < distance[alive])]
        if not len(alive):
            break
    return smoothstep(0, 1, seen)


def normals(things, points):
    nudge = 1e-3 * np.eye(3, dtype=np.float32)[..., None]
    gradient = np.stack([nearest(things, points + n) - nearest(things, points - n) for n in nudge])
    return gradient / (length(gradient) + 1e-9)


def lit_colour(things, points, rays, light):
    """Light (n, 3) that `points` send back along `rays`, linear RGB."""
    normal = normals(things, points)
    towards = column(light.position) - points
    distance = length(towards)
    towards = towards / distance
    facing = np.maximum((normal * towards).sum(0), 0)
    facing = facing * shadow(things, points + 0.01 * normal, towards, distance, light.softness)
    facing = facing / (1 + (distance / light.reach)**2)
    open_sky = np.mean([np.clip(nearest(things, points + h * normal) / h, 0, 1) for h in (0.05, 0.15, 0.4)], 0)
    open_sky = open_sky * (0.7 + 0.3 * normal[1])
    halfway = towards - rays
    halfway /= length(halfway)
    highlight = np.maximum((normal * halfway).sum(0), 0)**60 * (facing > 0)
    touched = np.argmin([thing.distance(points) for thing in things], 0)
    colour = np.zeros((points.shape[1], 3), np.float32)
    for i, thing in enumerate(things):
        mine = touched == i
        colour[mine] = thing.colour(points[:, mine]) if callable(thing.colour) else np.float32(thing.colour)
        highlight[mine] *= thing.gloss
    return (colour * (facing[:, None] * np.float32(light.colour) + open_sky[:, None] * np.float32(light.ambient))
            + highlight[:, None] * np.float32(light.colour))


class Camera(NamedTuple):
    eye: tuple
    target: tuple
    view: float  # width of the picture at distance 1

    def axes(self):
        """Right, up and forward, each (3,)."""
        forward = np.float32(self.target) - np.float32(self.eye)
        forward /= np.linalg.norm(forward)
        right = np.cross([0, 1, 0], forward)
        right /= np.linalg.norm(right)
        return right, np.cross(forward, right), forward

    def rays(self, shape):
        """Unit vectors (3, height * width) from the eye through the pixels."""
        height, width = shape
        y, x = pixel_grid(shape)
        right, up, forward = (column(axis) for axis in self.axes())
        rays = (forward + ((x + 0.5) / width - 0.5).ravel() * self.view * right
                + ((height / 2 - y - 0.5) / width).ravel() * self.view * up)
        return (rays / length(rays)).astype(np.float32)

    def project(self, point, shape):
        """Pixel x, y of a `point` in the scene, and the number of pixels that one unit takes there."""
        across, above, ahead = np.stack(self.axes()) @ (np.float32(point) - np.float32(self.eye))
        scale = shape[1] / (self.view * ahead)
        return shape[1] / 2 + across * scale, shape[0] / 2 - above * scale, scale


def render(things, backdrop, camera, light, far=60, haze=1e6):
    """`things` in front of `backdrop`, RGB (height, width, 3).

    Nothing is further than `far`; at the distance `haze`, half of the colour is air. The scene is computed at half the
    size of the backdrop: the brush can use no more.
    """
    shape = backdrop.shape[0] // 2, backdrop.shape[1] // 2
    eye, rays = column(camera.eye), camera.rays(shape)
    depth = walk(things, eye, rays, far)
    hit = depth < far
    picture = cv2.resize(backdrop, shape[::-1], interpolation=cv2.INTER_AREA).reshape(-1, 3)
    solid = lit_colour(things, eye + depth[hit] * rays[:, hit], rays[:, hit], light)
    solid = np.clip(solid, 0, 1)**(1 / 2.2)
    picture[hit] = mix(solid, picture[hit], 1 - 0.5**(depth[hit] / haze))
    picture = blur(picture.reshape(*shape, 3), 0.6)  # no stairs along the edges
    picture = cv2.resize(picture, backdrop.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    return np.clip(picture, 0, 1)


# --------------------------------------------------------------------------------------------------- composed scenes

def mottled(dark, light, rng, scale=2.0):
    """A colour that wanders between two tones over the surface, for a Thing."""
    field = wrapped_noise(rng, 64, 4)
    dark, light = linear(dark), linear(light)

    def colour(p):
        x, y, z = p
        return mix(dark, light, smoothstep(-1.2, 1.2, field(scale * (x + 0.5 * z), scale * y)))
    return colour


def still_life(shape, rng):
    y, x = pixel_grid(shape) / shape[1]
    gloom = smoothstep(0.0, 0.75, np.hypot(x - 0.75, y - 0.25) + 0.04 * noise(shape, shape[1] / 7, rng, 4))
    wall = mix(rgb("241a10"), rgb("000000"), gloom)
    folds = wrapped_noise(rng, 90, 3)
    drape = block((-0.55, -0.72, 0.7), (1.45, 0.74, 1.0), 0.08)

    def cloth(p):
        x, y, z = p
        hang = smoothstep(0.0, -0.4, y) * (z < 0.3)
        wave = 0.07 * hang * np.sin(9 * x + 1.5 * folds(0.5 * x, 0.2 * y))
        crease = 0.014 * folds(1.2 * x + 0.5 * z, 1.2 * z)
        return 0.6 * (drape(p) - wave - crease)

    grapes = [((0.98 + rng.normal(0, 0.15), 0.1 + abs(rng.normal(0, 0.08)), 0.25 + rng.normal(0, 0.12)),
               rng.uniform(0.06, 0.075)) for _ in range(34)]
    jug = turned((-0.62, 0.02, 0.95), [0, 0.04, 0.35, 0.62, 0.95, 1.12, 1.3],
                 [0.24, 0.28, 0.46, 0.42, 0.19, 0.18, 0.25])
    pear = turned((-0.33, 0.0, 0.2), [0, 0.05, 0.2, 0.36, 0.5, 0.55], [0.05, 0.2, 0.25, 0.15, 0.085, 0.02])
    plate = turned((0.22, 0.02, 0.65), [0, 0.03, 0.07, 0.1], [0.3, 0.34, 0.56, 0.64])
    clay = mottled("5d3a1e", "9a6a34", rng, 1)
    things = [
        Thing(block((0, -0.9, 1.0), (3.2, 0.86, 1.15)), mottled("2a170c", "5a3418", rng, 3), 0.05),
        Thing(cloth, linear("d8d0bc")),
        Thing(within((-0.62, 0.67, 0.95), 0.85, jug), clay, 0.55),
        Thing(within((-0.24, 0.78, 0.95), 0.5, handle((-0.37, 0.82, 0.95), (0.28, 0.36), 0.05)), clay, 0.5),
        Thing(within((0.22, 0.08, 0.65), 0.7, plate), linear("8e929a"), 0.6),
        Thing(ball((0.0, 0.3, 0.62), (0.22, 0.205, 0.22)), mottled("8c1f10", "c8612a", rng, 1.5), 0.35),
        Thing(ball((0.4, 0.3, 0.78), (0.23, 0.21, 0.23)), mottled("b06a10", "e0a53a", rng, 1.5), 0.3),
        Thing(ball((0.27, 0.27, 0.35), (0.19, 0.175, 0.19)), mottled("6d7a22", "b9b148", rng, 1.5), 0.3),
        Thing(within((-0.33, 0.27, 0.2), 0.4, pear), mottled("8d7a20", "d0b24c", rng, 2), 0.25),
        Thing(ball((-1.0, 0.14, 0.25), (0.21, 0.15, 0.155)), mottled("c89a18", "ecd044", rng, 4), 0.35),
        Thing(within((0.98, 0.15, 0.25), 0.7, cluster(grapes)), mottled("1c0a20", "4a2040", rng, 4), 0.5),
    ]
    light = Light((-4.5, 4.2, -2.2), (1.35, 1.2, 0.95), (0.05, 0.045, 0.042), 0.12)
    return render(things, wall, Camera((0.05, 0.95, -3.3), (0.02, 0.34, 0.6), 0.86), light, far=20)


def interior(shape, rng):
    room = block((0, 1.35, 1.2), (1.7, 1.35, 2.6), 0)
    plaster = mottled("b5ab94", "cfc6b0", rng, 0.8)
    stone = mottled("8c8474", "c8bfa8", rng, 2)

    def walls(p):
        x, y, z = p
        tiles = (np.floor((x + z) * 1.6) + np.floor((x - z) * 1.6)) % 2
        floor = mix(stone(p), linear("1c1a18"), tiles)
        board = mix(plaster(p), linear("3c5674"), (y < 0.14) & (np.floor(x * 8 + z * 8) % 3 > 0))
        return mix(board, floor, y < 0.02)

    wood = mottled("2a170c", "5c3a1e", rng, 3)
    rug = wrapped_noise(rng, 24, 2)

    def carpet(p):
        x, y, z = p
        motif = smoothstep(-0.1, 0.2, np.sin(16 * x + 16 * z) * np.sin(16 * x - 16 * z + 9 * y) + 0.4 * rug(x + z, y))
        return mix(linear("6e1712"), linear("b98a3c"), 0.55 * motif)

    def fringe(p):
        x, y, z = p
        folds = 0.03 * (y < 0.7) * np.sin(14 * x + 9 * z)
        return 0.7 * (block((0.62, 0.5, 2.0), (0.72, 0.31, 0.5), 0.05)(p) - folds)

    map_noise = wrapped_noise(rng, 60, 4)

    def sheet(p):
        land = smoothstep(-0.1, 0.1, map_noise(1.6 * p[0], 1.6 * p[1]))
        return mix(linear("b9a677"), linear("7d7a52"), land)

    jug = turned((0.35, 0.81, 1.9), [0, 0.05, 0.2, 0.36, 0.44], [0.08, 0.12, 0.16, 0.08, 0.11])
    bowl = turned((0.8, 0.81, 1.8), [0, 0.03, 0.08, 0.13], [0.1, 0.12, 0.2, 0.25])
    glass = mottled("dfe6e4", "ffffff", rng, 2)
    things = [
        Thing(lambda p: -room(p), walls),
        Thing(block((-1.72, 1.6, 2.75), (0.06, 0.62, 0.5), 0), lambda p: 14 * glass(p)),
        *(Thing(block((-1.66, 1.6, z), (0.05, 0.64, 0.02), 0), linear("3a2a18")) for z in (2.25, 2.58, 2.92, 3.25)),
        *(Thing(block((-1.66, y, 2.75), (0.05, 0.02, 0.52), 0), linear("3a2a18")) for y in (0.98, 1.6, 2.22)),
        Thing(fringe, carpet),
        Thing(within((0.35, 1.03, 1.9), 0.35, jug), linear("c9cfd6"), 0.7),
        Thing(within((0.35, 1.0, 1.9), 0.4, handle((0.52, 1.03, 1.9), (0.09, 0.13), 0.022)), linear("c9cfd6"), 0.6),
        Thing(within((0.8, 0.88, 1.8), 0.35, bowl), linear("39577f"), 0.6),
        Thing(cluster([((0.72, 0.98, 1.8), 0.085), ((0.88, 0.98, 1.78), 0.08), ((0.81, 1.05, 1.84), 0.08)]),
              mottled("c04a18", "e6a83a", rng, 3), 0.3),
        Thing(block((0.45, 1.75, 3.78), (0.62, 0.46, 0.02)), sheet),
        *(Thing(block((0.45, y, 3.76), (0.68, 0.035, 0.035)), wood, 0.1) for y in (1.27, 2.23)),
        *(Thing(block((x, 0.3, z), (0.035, 0.3, 0.035)), wood) for x in (-0.75, -0.35) for z in (2.6, 3.0)),
        Thing(block((-0.55, 0.6, 2.8), (0.25, 0.035, 0.25)), mottled("2d4f86", "4c76b0", rng, 3)),
        *(Thing(block((x, 0.95, 3.03), (0.035, 0.36, 0.03)), wood, 0.1) for x in (-0.77, -0.33)),
        *(Thing(block((-0.55, y, 3.03), (0.24, 0.06, 0.02)), wood, 0.1) for y in (0.95, 1.24)),
        *(Thing(block((x, 2.66, 1.2), (0.07, 0.08, 2.6)), wood) for x in (-1.0, 0.0, 1.0)),
    ]
    light = Light((-1.5, 1.8, 2.5), (4.6, 4.3, 3.6), (0.08, 0.075, 0.068), 0.3, 1.1)
    camera = Camera((0.35, 1.35, -1.25), (-0.25, 1.2, 2), 0.94)
    return render(things, np.zeros((*shape, 3), np.float32), camera, light, far=20)


def sky(shape, horizon, top, low, cloud, shade, cover, rng):
    """Clouds in perspective over a sky from `top` to `low` colour; more `cover` (about -1 to 1) is more cloud."""
    y, x = pixel_grid(shape) / shape[1]
    height = np.maximum(horizon / shape[1] - y, 0)
    colour = mix(low, top, smoothstep(0, 0.55, height)**0.8)
    away = 0.3 / (height + 0.16)
    field = wrapped_noise(rng, 100, 6)
    u, v = 1.7 * x * away + 3, 2.6 * away
    density = field(u, v)
    lit = np.clip(0.5 + 0.9 * (density - field(u - 0.12, v + 0.16)), 0, 1)
    thick = smoothstep(-0.1, 1.0, density + cover)
    return mix(colour, mix(shade, cloud, lit), 0.92 * thick * smoothstep(0, 0.06, height))


def foliage(picture, centre, size, dark, light, rng, dabs=220):
    """Leaves as dabs inside an ellipse of `size` (rx, ry): dark below and to the right, light above and to the left."""
    offsets = rng.normal(0, 0.45, (dabs, 2)).clip(-1, 1)
    facing = -(0.5 * offsets[:, 0] + 0.9 * offsets[:, 1]) + rng.normal(0, 0.35, dabs)
    for (dx, dy), bright in zip(offsets[np.argsort(facing)], np.sort(facing)):
        spot = int(centre[0] + dx * size[0]), int(centre[1] + dy * size[1])
        radius = max(1, int(min(size) * rng.uniform(0.08, 0.2)))
        cv2.circle(picture, spot, radius, mix(dark, light, smoothstep(-0.8, 1.2, bright)).tolist(), -1)


def tree(picture, base, height, dark, light, rng):
    """A broad tree of `height` px that stands on `base` (x, y)."""
    x, y = base
    trunk = dark * 0.7 + rgb("1a120a") * 0.5
    cv2.line(picture, (int(x), int(y)), (int(x), int(y - 0.5 * height)), trunk.tolist(), max(1, int(0.07 * height)))
    for _ in range(7):
        dx, dy = rng.uniform(-0.27, 0.27), rng.uniform(0.35, 0.85)
        foliage(picture, (x + dx * height, y - dy * height), (0.24 * height, 0.17 * height), dark, light, rng)


def bare_tree(picture, base, angle, reach, thickness, colour, rng):
    """Branches that fork until they are twigs."""
    tip = base + reach * np.float32([np.sin(angle), -np.cos(angle)])
    cv2.line(picture, base.astype(int).tolist(), tip.astype(int).tolist(), colour.tolist(), max(1, round(thickness)))
    if reach > 10:
        for side in rng.permutation([-1, 0, 1])[:3 if reach > 60 else 2]:
            bare_tree(picture, tip, angle + side * rng.uniform(0.3, 0.6) + rng.normal(0, 0.12),
                      reach * rng.uniform(0.62, 0.82), thickness * 0.66, colour, rng)


def fir(picture, base, height, dark, light, rng):
    for step in np.linspace(0, 1, 9):
        half = 0.22 * height * (1 - step) + 2
        centre = base[0], base[1] - height * (0.12 + 0.85 * step)
        foliage(picture, centre, (1.4 * half, 0.17 * height), dark, light, rng, dabs=120)


def landscape(shape, rng):
    hills, rough = wrapped_noise(rng, 128, 4), wrapped_noise(rng, 40, 4)

    def bend(z):
        return 0.9 * np.sin(0.33 * z + 0.6) + 0.045 * z - 0.2

    def ground(x, z):
        far = smoothstep(16, 75, z)
        return 0.5 * hills(x / 11, z / 11) * smoothstep(0, 12, z) + far * (6.5 + 6 * hills(x / 34 + 3, z / 34))

    def soil(p):
        x, y, z = p
        tone = rough(x / 2, z / 2)
        grass = mix(linear("37501c"), linear("8a9440"), smoothstep(-1.2, 1.2, tone))
        wheat = smoothstep(0.2, 0.4, hills(x / 7 + 2, z / 10)) * (z > 7)
        grass = mix(grass, linear("c8a24c"), 0.8 * wheat)
        grass = mix(grass, linear("2e4a2c"), smoothstep(25, 50, z) * smoothstep(-0.3, 0.3, rough(x / 9, z / 9)))
        edge = np.abs(x - bend(z)) + 0.07 * rough(2 * x, 2 * z)
        track = smoothstep(0.42, 0.28, edge) * (z < 30)
        sand = mix(linear("a98a5c"), linear("dcc498"), smoothstep(-1, 1, rough(x * 3, z)))
        poppies = (rough(x * 7, z * 4 + 7) > 1.0) & (rough(x, z + 3) > 0.2) & (z < 14)
        return mix(mix(grass, linear("c03018"), 0.85 * poppies), sand, track)

    cottage, thatch = house((2.1, ground(np.float32(2.1), np.float32(15.0)) + 0.5, 15), (0.8, 0.6, 1.2), 0.8)
    things = [Thing(lambda p: 0.55 * (p[1] - ground(p[0], p[2])), soil),
              Thing(cottage, linear("d8ccb0")), Thing(thatch, mottled("7a4a2c", "a3683c", rng))]
    horizon = 0.47 * shape[0]
    air = sky(shape, horizon, rgb("4f83bd"), rgb("d9dfd8"), rgb("fffaf0"), rgb("94a0b2"), 0.3, rng)
    camera = Camera((0, 1.55, -1.2), (0.1, 1.7, 10), 1.05)
    light = Light((-70, 62, -15), (1.15, 1.05, 0.85), (0.20, 0.25, 0.34), 0.06)
    picture = render(things, air, camera, light, far=130, haze=75)
    spots = [(rng.uniform(-0.5, 0.5) * (z + 4), z) for z in np.sort(rng.uniform(9, 45, 50))[::-1]]
    for x, z in [*spots, (3.9, 13.2), (-4.3, 8.4), (-2.5, 5.2)]:
        if abs(x - bend(z)) > 0.9 and not (1 < x < 3.6 and z < 15):  # keep path and cottage clear
            px, py, scale = camera.project((x, ground(np.float32(x), np.float32(z)), z), shape)
            dark, bright = (mix(rgb(tone), rgb("a9bac2"), 1 - 0.5**(z / 40)) for tone in ("1f3016", "8c9a3e"))
            tree(picture, (px, py), scale * rng.uniform(1.1, 2.0), dark, bright, rng)
    return picture


def with_windows(wall, window):
    """The colour of a `wall` with a row of windows that face the viewer; `window` (n,) cell numbers -> (n, 3)."""
    def colour(p):
        x, y, z = p
        opening = (x * 1.7 % 1 < 0.3) & (np.abs(y - 0.62) < 0.17)
        return mix(wall(p), window(np.floor(x * 1.7)), opening)
    return colour


def village(roof, wall):
    """A church and the houses around it, on level ground, for `render`."""
    things = []
    for x, z, size in [(-3.6, 9, 1.0), (-2.2, 11.5, 1.2), (2.6, 9.4, 1.1), (4.3, 11.5, 1.3), (5.6, 8.6, 0.9),
                       (-5.8, 11, 1.3), (1.9, 13.5, 1.1), (-0.9, 14.5, 1.0)]:
        walls, gable = house((x, 0.45 * size, z), (0.62 * size, 0.5 * size, 0.9 * size), 0.75 * size)
        chimney = block((x + 0.3, 1.5 * size, z), (0.1, 0.35, 0.1))
        things += [Thing(walls, wall), Thing(gable, roof), Thing(chimney, wall)]
    nave, nave_roof = house((0.8, 0.8, 11.6), (0.8, 0.85, 1.5), 1.1)

    def spire(p):
        x, y, z = p[0] + 0.35, p[1], p[2] - 10.6
        return np.maximum(0.2 * (y - 5.8) + 0.95 * np.maximum(np.abs(x), np.abs(z)), 2.9 - y)
    tower = block((-0.35, 1.5, 10.6), (0.48, 1.55, 0.48))
    return [*things, Thing(nave, wall), Thing(nave_roof, roof), Thing(tower, wall), Thing(spire, linear("59636e"))]


def winter(shape, rng):
    drifts, rough = wrapped_noise(rng, 110, 4), wrapped_noise(rng, 40, 4)

    def ground(x, z):
        return 0.28 * drifts(x / 5, z / 5) * smoothstep(9, 4, z) + 0.02 * rough(x, z) + 7 * smoothstep(16, 60, z) * (
            0.6 + 0.5 * drifts(x / 30, z / 30))

    def snow(p):
        x, y, z = p
        track = smoothstep(0.35, 0.2, np.abs(x + 0.2 - 0.5 * np.sin(0.5 * z)) + 0.08 * rough(2 * x, 2 * z)) * (z < 11)
        field = mix(linear("dfe3ea"), linear("f6f3ec"), smoothstep(-1, 1, rough(x, z)))
        wood = smoothstep(0.0, 0.5, rough(x / 6, z / 6)) * smoothstep(20, 30, z)
        return mix(mix(field, linear("a09a94"), 0.6 * track), linear("5a6068"), 0.7 * wood)

    roof = mottled("cfd6e0", "f4f4f2", rng)
    wall = with_windows(mottled("7d6048", "a5835e", rng), lambda cell: linear("2a221e"))
    things = [Thing(lambda p: 0.6 * (p[1] - ground(p[0], p[2])), snow), *village(roof, wall)]
    air = sky(shape, 0.5 * shape[0], rgb("8d9fb4"), rgb("f0dcb8"), rgb("e8ddd0"), rgb("9aa3b2"), 0.1, rng)
    camera = Camera((0, 1.7, -1.5), (0.2, 1.9, 10), 0.98)
    light = Light((-60, 24, -8), (1.0, 0.82, 0.6), (0.26, 0.32, 0.45), 0.05)
    picture = render(things, air, camera, light, far=120, haze=60)
    for x, z, reach in [  # from far to near
            (-1.75, 8.4, 0), (-5.2, 8, 0.9), (1.75, 7.8, 0), (5.4, 7.4, 0), (3.4, 6.6, 0.8), (-2.6, 4.6, 0.95)]:
        px, py, scale = camera.project((x, ground(np.float32(x), np.float32(z)), z), shape)
        base, end = (int(px), int(py)), (int(px + 2.2 * scale), int(py - 0.14 * scale))
        shade = cv2.line(np.zeros(shape, np.float32), base, end, 0.65, int(0.13 * scale))
        picture = mix(picture, rgb("8496b4"), blur(shade, 0.03 * scale))
        if reach:
            bare_tree(picture, np.float32([px, py]), 0.05, scale * reach, scale * 0.13, rgb("2c211b"), rng)
        else:
            fir(picture, base, scale * rng.uniform(1.3, 1.8), rgb("26352f"), rgb("8a999e"), rng)
        foliage(picture, (px, py + 0.03 * scale), (0.3 * scale, 0.09 * scale), rgb("b4bccb"), rgb("e8e6e2"), rng)
    return picture


def ripples(picture, shore, strength, tint, rng):
    """Water below row `shore`: what stands above it, upside down, broken by waves that are longer when near."""
    height, width = picture.shape[:2]
    y, x = pixel_grid((height, width))
    near = np.maximum(y - shore, 0) / (height - shore)
    wave = wrapped_noise(rng, 40, 3)
    away = 1 / (near + 0.08)
    slope = wave((x / width - 0.5) * away * 2.5, away * 5)
    above = 2 * shore - y + slope * strength * width * (0.15 + near)
    sideways = x + 0.25 * strength * width * near * wave(x / width * away * 3, away * 6 + 4)
    mirror = cv2.remap(picture, sideways, np.clip(above, 0, shore - 1).astype(np.float32), cv2.INTER_LINEAR,
                       borderMode=cv2.BORDER_REFLECT)
    water = mirror * tint * (0.85 + 0.12 * slope[..., None])
    return np.where((y >= shore)[..., None], water, picture).clip(0, 1).astype(np.float32)


def glow(picture, centre, size, colour):
    """Add a lamp with its halo, `size` px."""
    y, x = pixel_grid(picture.shape[:2])
    distance = np.hypot(x - centre[0], y - centre[1]) / size
    return np.clip(picture + (1 / (1 + distance**2) - 0.02).clip(0)[..., None] * colour, 0, 1)


def night_village(shape, rng):
    air = sky(shape, 0.6 * shape[0], rgb("060a16"), rgb("2f3e58"), rgb("66718a"), rgb("10141f"), -0.35, rng)
    air = glow(air, (0.24 * shape[1], 0.16 * shape[0]), 0.05 * shape[1], 0.5 * rgb("e8e0c0"))
    cv2.circle(air, (int(0.24 * shape[1]), int(0.16 * shape[0])), int(0.022 * shape[1]), rgb("fff6d8").tolist(), -1)
    for _ in range(60):
        spot = int(rng.uniform(0, shape[1])), int(rng.uniform(0, 0.4 * shape[0]))
        cv2.circle(air, spot, int(rng.integers(1, 3)), (rgb("c8ccd0") * rng.uniform(0.4, 1)).tolist(), -1)
    def lamplight(cell):
        return np.where((cell % 5 < 3)[:, None], np.float32([60, 30, 7]), linear("0a0a0c"))

    roof = mottled("1c1a20", "3a3438", rng)
    wall = with_windows(mottled("2c2a2c", "57504a", rng), lamplight)
    things = [Thing(lambda p: p[1] + 0.02, linear("12140f")), *village(roof, wall)]
    camera = Camera((0, 1.1, -3.4), (0.2, 1.75, 10), 0.95)
    light = Light((-26, 20, 16), (0.5, 0.58, 0.75), (0.02, 0.026, 0.04), 0.1)
    picture = render(things, air, camera, light, far=60, haze=45)
    return ripples(picture, int(0.655 * shape[0]), 0.10, rgb("b0b4b8"), rng)


def sail_boat(picture, waterline, size, hull, sail):
    """Hull and two sails, `size` px long; `waterline` is the (x, y) of its middle."""
    def shape_of(points):
        return np.int32(np.float32(points) * size + np.float32(waterline))
    for depth in np.linspace(0.02, 0.4, 9):
        half = 0.42 * (1 - 1.6 * depth) * size
        spot = int(waterline[0] + 0.05 * size * np.sin(40 * depth)), int(waterline[1] + depth * size)
        broken = (0.6 * hull + 0.25 * sail).tolist()
        cv2.ellipse(picture, spot, (int(half), max(1, int(0.014 * size))), 0, 0, 360, broken, -1)
    cv2.fillPoly(picture, [shape_of([(-0.5, -0.16), (0.52, -0.19), (0.36, 0), (-0.38, 0)])], hull.tolist())
    cv2.fillPoly(picture, [shape_of([(0.0, -1.25), (-0.46, -0.26), (0.02, -0.22)])], sail.tolist())
    cv2.fillPoly(picture, [shape_of([(0.05, -1.1), (0.5, -0.3), (0.06, -0.24)])], (0.85 * sail).tolist())
    cv2.line(picture, *shape_of([(0.02, -1.32), (0.02, -0.18)]).tolist(), hull.tolist(), max(1, int(0.025 * size)))


def swell(picture, shore, foam, light_x, rng):
    """Waves in perspective below row `shore`: troughs, crests that take the light around column `light_x`, and foam."""
    height, width = picture.shape[:2]
    y, x = pixel_grid((height, width))
    near = np.maximum(y - shore, 0) / (height - shore)
    away = 1 / (near + 0.06)
    long, short = wrapped_noise(rng, 90, 4), wrapped_noise(rng, 30, 4)
    u, v = (x / width - 0.5) * away, away * 1.9
    wave = long(u * 0.9, v) + 0.45 * short(u * 1.7, v * 1.8)
    front = wave - long(u * 0.9, v + 0.12) - 0.45 * short(u * 1.7, v * 1.8 + 0.2)
    path = np.exp(-((x - light_x) / (width * (0.035 + 0.16 * near)))**2)
    sparkle = smoothstep(0.2, 0.7, front) * path * 0.9
    crest = smoothstep(0.9, 1.7, wave + 0.3 * short(u * 5, v * 4)) * smoothstep(0.08, 0.5, near)
    water = picture * (1 + 0.45 * np.clip(front, -1, 1) * smoothstep(0, 0.1, near))[..., None]
    water = mix(water, foam, np.clip(sparkle + 0.2 * crest, 0, 1))
    return np.where((y >= shore)[..., None], water, picture).clip(0, 1).astype(np.float32)


def moonlit_sea(shape, rng):
    shore, moon = int(0.55 * shape[0]), (0.62 * shape[1], 0.2 * shape[0])
    air = sky(shape, shore, rgb("04060c"), rgb("2a3542"), rgb("7d8894"), rgb("0c1016"), 0.35, rng)
    air = glow(air, moon, 0.07 * shape[1], 0.75 * rgb("e0dcc0"))
    cv2.circle(air, (int(moon[0]), int(moon[1])), int(0.026 * shape[1]), rgb("fffbe6").tolist(), -1)
    picture = ripples(air, shore, 0.08, rgb("5a6a72"), rng)
    picture = swell(picture, shore, rgb("dcdcc8"), moon[0], rng)
    sail_boat(picture, (0.3 * shape[1], 0.6 * shape[0]), 0.13 * shape[1], rgb("050506"), rgb("16181a"))
    sail_boat(picture, (0.82 * shape[1], 0.56 * shape[0]), 0.035 * shape[1], rgb("0a0c10"), rgb("1a1e24"))
    return picture


def evening_sea(shape, rng):
    shore, sun = int(0.52 * shape[0]), (0.36 * shape[1], 0.44 * shape[0])
    air = sky(shape, shore, rgb("5c7ba6"), rgb("f0ab6c"), rgb("ffe2b0"), rgb("a07c86"), 0.3, rng)
    air = glow(air, sun, 0.09 * shape[1], 0.5 * rgb("ff8030"))
    cv2.circle(air, (int(sun[0]), int(sun[1])), int(0.022 * shape[1]), rgb("fff3c8").tolist(), -1)
    picture = ripples(air, shore, 0.06, rgb("c8bcb0"), rng)
    picture = swell(picture, shore, rgb("fff0d0"), sun[0], rng)
    for x, y, size, sail in [(0.12, 0.525, 0.03, "b98a70"), (0.52, 0.53, 0.04, "d9b28c"), (0.93, 0.535, 0.05, "a8705c"),
                             (0.72, 0.62, 0.19, "e6d3b0")]:
        sail_boat(picture, (x * shape[1], y * shape[0]), size * shape[1], rgb("3a2620"), rgb(sail))
    return picture


def shade_disc(picture, centre, radius, depth):
    """The soft shadow that a flower casts on what is behind it."""
    y, x = pixel_grid(picture.shape[:2])
    picture *= 1 - depth * np.exp(-((x - centre[0])**2 + (y - centre[1])**2) / radius**2)[..., None]


def leaf(picture, base, angle, size, colour, rng):
    tip = base + size * np.float32([np.cos(angle), np.sin(angle)])
    middle = ((base + tip) / 2).astype(int).tolist()
    lit = colour * rng.uniform(0.5, 1.15)
    cv2.ellipse(picture, middle, (int(size / 2), int(size / 6)), np.degrees(angle), 0, 360, (0.55 * lit).tolist(), -1)
    cv2.ellipse(picture, middle, (int(size / 2), int(size / 6)), np.degrees(angle), 180, 360, lit.tolist(), -1)


def blossom(picture, centre, radius, petals, rings, dark, light, heart, rng):
    """A flower seen a little from the side: rings of petals from the outside in, lit from the upper left."""
    centre, tilt = np.float32(centre), rng.uniform(0.75, 1)
    shade_disc(picture, centre + 0.3 * radius, 1.3 * radius, 0.65)
    for ring in np.linspace(1, 0.35, rings):
        for angle in rng.uniform(0, 6.28) + np.arange(petals) * 6.283 / petals + rng.normal(0, 0.1, petals):
            outwards = np.float32([np.cos(angle), tilt * np.sin(angle)])
            spot = (centre + 0.58 * ring * radius * outwards).astype(int).tolist()
            size = (max(1, int(0.5 * ring * radius)), max(1, int(radius * (2.7 if rings > 1 else 1.2) * ring / petals)))
            facing = 0.5 - 0.45 * (0.6 * np.cos(angle) + 0.8 * np.sin(angle)) + rng.normal(0, 0.12)
            turn = np.degrees(np.arctan2(outwards[1], outwards[0]))
            cv2.ellipse(picture, spot, size, turn, 0, 360, mix(dark, 0.6 * dark + 0.4 * light, facing).tolist(), -1)
            rim = (centre + 0.66 * ring * radius * outwards).astype(int).tolist()
            size = (max(1, int(0.38 * ring * radius)), max(1, int(0.75 * size[1])))
            cv2.ellipse(picture, rim, size, turn, 0, 360, mix(dark, light, np.clip(facing + 0.15, 0, 1)).tolist(), -1)
    cv2.circle(picture, centre.astype(int).tolist(), int(0.2 * radius), (0.7 * heart).tolist(), -1)
    cv2.circle(picture, (centre - 0.05 * radius).astype(int).tolist(), int(0.13 * radius), heart.tolist(), -1)


KINDS = [  # petals, rings, dark, light, heart, size
    (9, 5, "7a1f2c", "f2b0b0", "c85a5a", 1.15),
    (8, 5, "a88f78", "fff4e4", "e2c89a", 1.25),
    (6, 2, "8c1408", "f0562c", "1a0c0a", 1.1),
    (13, 1, "b8b0a0", "fffdf2", "e8b020", 0.8),
    (10, 4, "b06c10", "ffd860", "8a4a08", 0.9),
    (7, 2, "27306e", "8ea2e0", "f0e0a0", 0.7),
]


def flowers(shape, rng):
    y, x = pixel_grid(shape) / shape[1]
    wall = mix(rgb("4a3c28"), rgb("060504"), smoothstep(0.1, 0.95, np.hypot(x - 0.2, 0.8 * (y - 0.5))
                                                      + 0.05 * noise(shape, shape[1] / 6, rng, 4)))
    vase = turned((0, 0, 0), [0, 0.04, 0.3, 0.55, 0.78, 0.9], [0.2, 0.24, 0.42, 0.34, 0.18, 0.25])
    glaze = wrapped_noise(rng, 50, 3)

    def delft(p):
        motif = smoothstep(0.15, 0.3, np.sin(9 * np.arctan2(p[2], p[0])) * np.sin(14 * p[1]) + 0.4 * glaze(p[0], p[1]))
        return mix(linear("dcdfe0"), linear("27427e"), 0.85 * motif)

    things = [Thing(block((0, -0.5, 0.2), (3, 0.5, 0.9)), mottled("3a2414", "7a5230", rng, 3), 0.1),
              Thing(within((0, 0.45, 0), 0.75, vase), delft, 0.6),
              Thing(ball((0.62, 0.13, -0.3), (0.17, 0.15, 0.17)), mottled("a8281a", "e09040", rng, 2), 0.3)]
    light = Light((-4, 4.5, -3.5), (1.25, 1.15, 0.95), (0.06, 0.055, 0.05), 0.12)
    picture = render(things, wall, Camera((0, 1.35, -4.6), (0, 1.02, 0), 0.5), light, far=20)
    picture = np.ascontiguousarray(picture)
    middle, spread = np.float32([0.5 * shape[1], 0.37 * shape[0]]), 0.36 * shape[1]
    for _ in range(150):
        direction = rng.uniform(0, 6.28)
        leaf(picture, middle + spread * rng.uniform(0.1, 0.8) * np.float32([np.cos(direction), np.sin(direction)]),
             direction + rng.normal(0, 0.6), 0.28 * spread, rgb("4f6a2c"), rng)
    for distance in np.sort(rng.uniform(0, 1, 44))[::-1]:
        direction = rng.uniform(0, 6.28)
        petals, rings, dark, light_tone, heart, size = KINDS[rng.integers(len(KINDS))]
        centre = middle + spread * distance**0.6 * np.float32([0.95 * np.cos(direction), np.sin(direction)])
        dim = 1 - 0.55 * smoothstep(-0.2, 1.1, (centre - middle) @ np.float32([0.5, 0.8]) / spread)
        blossom(picture, centre, 0.21 * spread * size * rng.uniform(0.85, 1.2), petals, rings, dim * rgb(dark),
                dim * rgb(light_tone), dim * rgb(heart), rng)
    for x, y in [(0.22, 0.86), (0.3, 0.9), (0.68, 0.93)]:
        spot = x * shape[1], y * shape[0]
        blossom(picture, spot, 0.035 * shape[1], 8, 3, rgb("7a1f2c"), rgb("e8a0a0"), rgb("b04848"), rng)
    return picture


# --------------------------------------------------------------------------------------------------- photographs

def enlarge(photo, shape, top=0.0, bottom=1.0, left=0.0, right=1.0):
    """The part of a `photo` (uint8) between these shares of its sides, as a picture of `shape` (height, width)."""
    height, width = photo.shape[:2]
    part = photo[int(top * height):int(bottom * height), int(left * width):int(right * width)]
    return np.clip(cv2.resize(part.astype(np.float32) / 255, shape[::-1], interpolation=cv2.INTER_CUBIC), 0, 1)


def portrait(shape, rng):
    """An old master's bust: light on the face, all else sinks into the dark."""
    picture = enlarge(data.astronaut(), shape, 0.0, 0.585, 0.205, 0.673)
    y, x = pixel_grid(shape) / np.float32(shape).reshape(2, 1, 1)
    face = np.hypot((x - 0.49) / 0.165, (y - 0.4) / 0.29)
    body = np.hypot((x - 0.47) / 0.5, (y - 1.08) / 0.5)
    pale, grey = smoothstep(0.35, 0.5, picture.min(-1)), smoothstep(0.22, 0.12, np.ptp(picture, -1))
    screen = pale * grey  # what hung behind her
    outline = smoothstep(0.55, 0.95, blur(smoothstep(0.5, 0.2, screen), 4))
    figure = np.maximum(outline, smoothstep(1.05, 0.9, np.minimum(face, body)))
    wall = 0.16 * smoothstep(0.9, 0.1, np.hypot(x - 0.15, y - 0.45))[..., None] * rgb("a08050")
    lamp = smoothstep(1.15, 0.1, np.hypot(x - 0.4, 0.8 * (y - 0.33)))[..., None]
    cloth = mix(picture * rgb("a04038"), picture, smoothstep(0.75, 0.55, y))
    return np.clip((1.15 * mix(wall, cloth**1.25 * rgb("fff0d8"), figure) * (0.15 + 0.9 * lamp)) - 0.025, 0, 1)


def cat(shape, rng):
    return enlarge(data.chelsea(), shape)**0.95 * rgb("fff6ea")


def coffee_cup(shape, rng):
    picture = enlarge(data.coffee(), shape)[:, ::-1]
    return np.clip(1.1 * picture**1.15 - 0.02, 0, 1)


def launch_pad(shape, rng):
    picture = enlarge(data.rocket(), shape)
    return np.clip(1.25 * picture**1.2 - 0.03, 0, 1)


# --------------------------------------------------------------------------------------------------- the pictures

class Picture(NamedTuple):
    subject: Callable         # (shape, rng) -> reference
    shape: tuple
    brushes: list
    ground: str               # tone of the preparation
    support: Callable
    varnish: str
    loose: float = 0.03       # spread of the stroke colours
    black: float = 0.0        # all below is 0, as in the darkest corners of old masters


PICTURES = {
    "01": Picture(portrait, (1024, 820), CAREFUL, "1c120a", wood_panel, "fff2d4", 0.02, 0.02),
    "02": Picture(cat, (680, 1024), ROUGH, "7a5a3c", canvas_weave, "fffaf0"),
    "03": Picture(coffee_cup, (682, 1024), ROUGH, "4a2a18", canvas_weave, "fff6e4"),
    "04": Picture(launch_pad, (684, 1024), CAREFUL, "1a1c28", canvas_weave, "fff8ec", 0.03, 0.03),
    "05": Picture(landscape, (768, 1024), ROUGH, "a08458", canvas_weave, "fffaf0", 0.025),
    "06": Picture(moonlit_sea, (720, 1024), CAREFUL, "0c0e10", canvas_weave, "fdf6e4", 0.02, 0.035),
    "07": Picture(still_life, (768, 1024), CAREFUL, "20140a", wood_panel, "fff0d0", 0.02, 0.025),
    "08": Picture(winter, (768, 1024), CAREFUL, "8c7a68", canvas_weave, "fffaf2", 0.02),
    "09": Picture(flowers, (1024, 800), CAREFUL, "1c140c", canvas_weave, "fff2d8", 0.025, 0.03),
    "10": Picture(night_village, (720, 1024), CAREFUL, "0a0c12", canvas_weave, "fff8ec", 0.025, 0.035),
    "11": Picture(interior, (1024, 860), CAREFUL, "5a4630", canvas_weave, "fff2d8", 0.02, 0.02),
    "12": Picture(evening_sea, (720, 1024), ROUGH, "b08858", canvas_weave, "fffaf0", 0.025),
}


def paint_picture(number):
    """The finished picture, float32 RGB."""
    picture = PICTURES[number]
    rng = np.random.default_rng(int(number))
    reference = picture.subject(picture.shape, rng)
    colour, height = paint(reference, picture.brushes, rgb(picture.ground), picture.loose, rng)
    return under_light(colour, height, picture.support(picture.shape, rng), rgb(picture.varnish),
                       picture.black)


def main():
    cv2.setNumThreads(1)
    FOLDER.mkdir(exist_ok=True)
    for number in sys.argv[1:] or PICTURES:
        pixels = (paint_picture(number) * 255).round().astype(np.uint8)
        Image.fromarray(pixels).save(FOLDER / f"{number}.jpg", quality=92)
        print(f"{number}.jpg  {PICTURES[number].subject.__name__.replace('_', ' ')}")


if __name__ == "__main__":
    main()
