"""What several scenes are composed of: sky, water, plants, houses, boats."""

import cv2
import numpy as np

from basics import mix, pixel_grid, rgb, smoothstep, wrapped_noise
from sphere_tracing import Thing, block, house, linear


def mottled(dark, light, rng, scale=2.0):
    """A colour that wanders between two tones over the surface, for a Thing."""
    field = wrapped_noise(rng, 64, 4)
    dark, light = linear(dark), linear(light)

    def colour(p):
        x, y, z = p
        return mix(dark, light, smoothstep(-1.2, 1.2, field(scale * (x + 0.5 * z), scale * y)))
    return colour


def sky(shape, horizon, top, low, cloud, shade, cover, rng):
    """Clouds in perspective over a sky from `top` to `low` colour.

    More `cover` (about -1 to 1) is more cloud.
    """
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


def glow(picture, centre, size, colour):
    """Add a lamp with its halo, `size` px."""
    y, x = pixel_grid(picture.shape[:2])
    distance = np.hypot(x - centre[0], y - centre[1]) / size
    return np.clip(picture + (1 / (1 + distance**2) - 0.02).clip(0)[..., None] * colour, 0, 1)


def foliage(picture, centre, size, dark, light, rng, dabs=220):
    """Leaves as dabs inside an ellipse of `size` (rx, ry), lit from the upper left."""
    offsets = rng.normal(0, 0.45, (dabs, 2)).clip(-1, 1)
    facing = -(0.5 * offsets[:, 0] + 0.9 * offsets[:, 1]) + rng.normal(0, 0.35, dabs)
    for (dx, dy), bright in zip(offsets[np.argsort(facing)], np.sort(facing)):
        spot = int(centre[0] + dx * size[0]), int(centre[1] + dy * size[1])
        radius = max(1, int(min(size) * rng.uniform(0.08, 0.2)))
        tone = mix(dark, light, smoothstep(-0.8, 1.2, bright))
        cv2.circle(picture, spot, radius, tone.tolist(), -1)


def tree(picture, base, height, dark, light, rng):
    """A broad tree of `height` px that stands on `base` (x, y)."""
    x, y = base
    trunk = dark * 0.7 + rgb("1a120a") * 0.5
    foot, fork = (int(x), int(y)), (int(x), int(y - 0.5 * height))
    cv2.line(picture, foot, fork, trunk.tolist(), max(1, int(0.07 * height)))
    for _ in range(7):
        dx, dy = rng.uniform(-0.27, 0.27), rng.uniform(0.35, 0.85)
        centre, size = (x + dx * height, y - dy * height), (0.24 * height, 0.17 * height)
        foliage(picture, centre, size, dark, light, rng)


def bare_tree(picture, base, angle, reach, thickness, colour, rng):
    """Branches that fork until they are twigs."""
    tip = base + reach * np.float32([np.sin(angle), -np.cos(angle)])
    cv2.line(picture, base.astype(int).tolist(), tip.astype(int).tolist(), colour.tolist(),
             max(1, round(thickness)))
    if reach > 10:
        for side in rng.permutation([-1, 0, 1])[:3 if reach > 60 else 2]:
            bare_tree(picture, tip, angle + side * rng.uniform(0.3, 0.6) + rng.normal(0, 0.12),
                      reach * rng.uniform(0.62, 0.82), thickness * 0.66, colour, rng)


def fir(picture, base, height, dark, light, rng):
    for step in np.linspace(0, 1, 9):
        half = 0.22 * height * (1 - step) + 2
        centre = base[0], base[1] - height * (0.12 + 0.85 * step)
        foliage(picture, centre, (1.4 * half, 0.17 * height), dark, light, rng, dabs=120)


def with_windows(wall, window):
    """The colour of a `wall` with a row of windows that face the viewer.

    `window` is a function: cell numbers (n,) -> colours (n, 3).
    """
    def colour(p):
        x, y, z = p
        opening = (x * 1.7 % 1 < 0.3) & (np.abs(y - 0.62) < 0.17)
        return mix(wall(p), window(np.floor(x * 1.7)), opening)
    return colour


def village(roof, wall):
    """A church and the houses around it, on level ground, for `render`."""
    things = []
    for x, z, size in [
            (-3.6, 9, 1.0), (-2.2, 11.5, 1.2), (2.6, 9.4, 1.1), (4.3, 11.5, 1.3), (5.6, 8.6, 0.9),
            (-5.8, 11, 1.3), (1.9, 13.5, 1.1), (-0.9, 14.5, 1.0)]:
        half = 0.62 * size, 0.5 * size, 0.9 * size
        walls, gable = house((x, 0.45 * size, z), half, 0.75 * size)
        chimney = block((x + 0.3, 1.5 * size, z), (0.1, 0.35, 0.1))
        things += [Thing(walls, wall), Thing(gable, roof), Thing(chimney, wall)]
    nave, nave_roof = house((0.8, 0.8, 11.6), (0.8, 0.85, 1.5), 1.1)

    def spire(p):
        x, y, z = p[0] + 0.35, p[1], p[2] - 10.6
        return np.maximum(0.2 * (y - 5.8) + 0.95 * np.maximum(np.abs(x), np.abs(z)), 2.9 - y)
    tower = block((-0.35, 1.5, 10.6), (0.48, 1.55, 0.48))
    church = [Thing(nave, wall), Thing(nave_roof, roof), Thing(tower, wall),
              Thing(spire, linear("59636e"))]
    return things + church


def ripples(picture, shore, strength, tint, rng):
    """Water below row `shore`: what stands above it, upside down, broken by waves."""
    height, width = picture.shape[:2]
    y, x = pixel_grid((height, width))
    near = np.maximum(y - shore, 0) / (height - shore)
    wave = wrapped_noise(rng, 40, 3)
    away = 1 / (near + 0.08)
    slope = wave((x / width - 0.5) * away * 2.5, away * 5)
    above = 2 * shore - y + slope * strength * width * (0.15 + near)
    sideways = x + 0.25 * strength * width * near * wave(x / width * away * 3, away * 6 + 4)
    mirror = cv2.remap(picture, sideways, np.clip(above, 0, shore - 1).astype(np.float32),
                       cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    water = mirror * tint * (0.85 + 0.12 * slope[..., None])
    return np.where((y >= shore)[..., None], water, picture).clip(0, 1).astype(np.float32)


def swell(picture, shore, foam, light_x, rng):
    """Waves in perspective below row `shore`; the light is at column `light_x`."""
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


def sail_boat(picture, waterline, size, hull, sail):
    """Hull and two sails, `size` px long; `waterline` is the (x, y) of its middle."""
    def shape_of(points):
        return np.int32(np.float32(points) * size + np.float32(waterline))

    for depth in np.linspace(0.02, 0.4, 9):
        half = 0.42 * (1 - 1.6 * depth) * size
        x, y = waterline[0] + 0.05 * size * np.sin(40 * depth), waterline[1] + depth * size
        broken = (0.6 * hull + 0.25 * sail).tolist()
        axes = int(half), max(1, int(0.014 * size))
        cv2.ellipse(picture, (int(x), int(y)), axes, 0, 0, 360, broken, -1)
    body = shape_of([(-0.5, -0.16), (0.52, -0.19), (0.36, 0), (-0.38, 0)])
    mainsail = shape_of([(0.0, -1.25), (-0.46, -0.26), (0.02, -0.22)])
    jib = shape_of([(0.05, -1.1), (0.5, -0.3), (0.06, -0.24)])
    mast = shape_of([(0.02, -1.32), (0.02, -0.18)])
    cv2.fillPoly(picture, [body], hull.tolist())
    cv2.fillPoly(picture, [mainsail], sail.tolist())
    cv2.fillPoly(picture, [jib], (0.85 * sail).tolist())
    cv2.line(picture, *mast.tolist(), hull.tolist(), max(1, int(0.025 * size)))


def shade_disc(picture, centre, radius, depth):
    """The soft shadow that a flower casts on what is behind it."""
    y, x = pixel_grid(picture.shape[:2])
    picture *= 1 - depth * np.exp(-((x - centre[0])**2 + (y - centre[1])**2) / radius**2)[..., None]


def leaf(picture, base, angle, size, colour, rng):
    tip = base + size * np.float32([np.cos(angle), np.sin(angle)])
    middle = ((base + tip) / 2).astype(int).tolist()
    lit = colour * rng.uniform(0.5, 1.15)
    axes, turn = (int(size / 2), int(size / 6)), np.degrees(angle)
    cv2.ellipse(picture, middle, axes, turn, 0, 360, (0.55 * lit).tolist(), -1)
    cv2.ellipse(picture, middle, axes, turn, 180, 360, lit.tolist(), -1)


def blossom(picture, centre, radius, petals, rings, dark, light, heart, rng):
    """A flower seen a little from the side: rings of petals, lit from the upper left."""
    centre, tilt = np.float32(centre), rng.uniform(0.75, 1)
    shade_disc(picture, centre + 0.3 * radius, 1.3 * radius, 0.65)
    for ring in np.linspace(1, 0.35, rings):
        first, even = rng.uniform(0, 6.28), np.arange(petals) * 6.283 / petals
        for angle in first + even + rng.normal(0, 0.1, petals):
            outwards = np.float32([np.cos(angle), tilt * np.sin(angle)])
            spot = (centre + 0.58 * ring * radius * outwards).astype(int).tolist()
            width = radius * (2.7 if rings > 1 else 1.2) * ring / petals
            size = max(1, int(0.5 * ring * radius)), max(1, int(width))
            facing = 0.5 - 0.45 * (0.6 * np.cos(angle) + 0.8 * np.sin(angle)) + rng.normal(0, 0.12)
            turn = np.degrees(np.arctan2(outwards[1], outwards[0]))
            tone = mix(dark, 0.6 * dark + 0.4 * light, facing)
            cv2.ellipse(picture, spot, size, turn, 0, 360, tone.tolist(), -1)
            rim = (centre + 0.66 * ring * radius * outwards).astype(int).tolist()
            size = max(1, int(0.38 * ring * radius)), max(1, int(0.75 * size[1]))
            tone = mix(dark, light, np.clip(facing + 0.15, 0, 1))
            cv2.ellipse(picture, rim, size, turn, 0, 360, tone.tolist(), -1)
    middle, lit = centre.astype(int).tolist(), (centre - 0.05 * radius).astype(int).tolist()
    cv2.circle(picture, middle, int(0.2 * radius), (0.7 * heart).tolist(), -1)
    cv2.circle(picture, lit, int(0.13 * radius), heart.tolist(), -1)
