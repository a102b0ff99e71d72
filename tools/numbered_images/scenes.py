"""The references of the pictures: (shape, rng) -> RGB (height, width, 3)."""

import cv2
import numpy as np
from skimage import data

from basics import blur, mix, noise, pixel_grid, rgb, smoothstep, wrapped_noise
from motifs import (
    bare_tree, blossom, fir, foliage, glow, leaf, mottled, ripples, sail_boat, sky, swell, tree,
    village, with_windows,
)
from sphere_tracing import (
    Camera, Light, Thing, ball, block, carved, cluster, column, handle, house, length, linear,
    render, swung, turned, within,
)

def cat(shape, rng):
    """From a photograph that comes with scikit-image."""
    photo = data.chelsea().astype(np.float32) / 255
    large = cv2.resize(photo, shape[::-1], interpolation=cv2.INTER_CUBIC)
    return np.clip(large, 0, 1)**0.95 * rgb("fff6ea")


def candle_light(shape, rng):
    camera = Camera((0.1, 1.3, -3.6), (0.02, 0.83, 0.4), 0.62)
    ahead, scale = np.split(np.float32(camera.project((-0.62, 1.62, 0.35), shape)), [2])
    y, x = pixel_grid(shape)
    away = np.hypot(x - ahead[0], y - ahead[1]) / shape[1]
    away += 0.04 * noise(shape, shape[1] / 6, rng, 4)
    wall = mix(rgb("6a4e2e"), rgb("0a0705"), smoothstep(0.05, 0.75, away))
    coasts = wrapped_noise(rng, 90, 5)

    def world(p):
        x, y, z = p - column((0.42, 0.83, 0.55))
        east = np.arctan2(x, -z)
        land = smoothstep(0.0, 0.12, coasts(2.2 * east, 2.6 * y))
        lines = np.minimum(np.abs(np.sin(6 * east)), np.abs(np.sin(9 * y))) < 0.06
        return mix(mix(linear("5f7a78"), linear("c09a58"), land), linear("3a2c1a"), 0.5 * lines)

    def book(centre, half, angle, leather):
        centre, half = column(centre), np.float32(half)
        cover = carved(block((0, 0, 0), half, 0.015),
                       block((0.04, 0, -0.04), half * np.float32([1, 0.75, 1]), 0))
        sheets = block((0, 0, 0), half * np.float32([0.95, 0.8, 0.95]), 0)

        def distance(p):
            p = swung(p - centre, angle)
            return np.minimum(cover(p), sheets(p))

        def colour(p):
            x, y, z = swung(p - centre, angle)
            pages = (np.abs(y) < 0.75 * half[1]) & ((z < -0.9 * half[2]) | (x > 0.93 * half[0]))
            edges = (0.75 + 0.25 * np.sin(220 * y))[:, None] * linear("d8c8a0")
            return mix(leather(p), edges, pages)

        return Thing(distance, colour, 0.2)

    brass = linear("a5782c")
    stick = turned((-0.62, 0.0, 0.35), [0, 0.04, 0.1, 0.2, 0.45, 0.55, 0.62, 0.66],
                   [0.3, 0.3, 0.1, 0.06, 0.09, 0.06, 0.16, 0.16])
    candle = turned((-0.62, 0.6, 0.35), [0, 0.85, 0.88], [0.085, 0.08, 0.05])
    foot = turned((0.42, 0.0, 0.55), [0, 0.05, 0.12, 0.25, 0.33], [0.34, 0.32, 0.08, 0.06, 0.14])
    meridian = handle((0.42, 0.83, 0.55), (0.56, 0.56), 0.03)
    things = [
        Thing(block((0, -0.5, 0.3), (3, 0.5, 1.2)), mottled("4a2a14", "8a5830", rng, 3), 0.15),
        Thing(within((-0.62, 0.33, 0.35), 0.6, stick), brass, 0.5),
        Thing(within((-0.62, 1.05, 0.35), 0.6, candle), mottled("d8c8a0", "f0e4c4", rng, 2), 0.2),
        Thing(ball((0.42, 0.83, 0.55), 0.5), world, 0.25),
        Thing(within((0.42, 0.83, 0.55), 0.75, meridian), brass, 0.5),
        Thing(within((0.42, 0.16, 0.55), 0.5, foot), brass, 0.5),
        book((-0.12, 0.09, -0.38), (0.42, 0.09, 0.3), 0.25, mottled("5a1c14", "8a3420", rng, 2)),
        book((-0.02, 0.25, -0.36), (0.34, 0.07, 0.25), -0.2, mottled("2c3a24", "566a3c", rng, 2)),
        Thing(ball((0.85, 0.13, -0.35), (0.15, 0.135, 0.15)),
              mottled("b08a18", "e4c848", rng, 3), 0.3),
    ]
    light = Light((-0.5, 1.75, -0.6), (3.0, 2.4, 1.55), (0.07, 0.06, 0.05), 0.1, 1.5)
    picture = render(things, wall, camera, light, far=20)
    picture = glow(picture, ahead, 0.16 * scale, 0.8 * rgb("ffb050"))
    wick, flame = ahead.astype(int).tolist(), np.int32([0.035, 0.13] * scale).tolist()
    return cv2.ellipse(picture, wick, flame, 0, 0, 360, rgb("fff0b8").tolist(), -1)


def coffee_cup(shape, rng):
    grain, stain, foam = (wrapped_noise(rng, period, 4) for period in (50, 120, 40))
    inside = [0.17, 0.27, 0.49, 0.67], [0.2, 0.31, 0.4, 0.43]  # heights and radii

    def boards(p):
        x, _, z = p
        across, along = (x + 0.6 * z) / 0.62, (z - 0.6 * x) / 0.62
        tone = grain(4.3 * across, 0.3 * along + 3 * np.floor(across)) + stain(x, z)
        wood = mix(linear("5a2c12"), linear("b5733a"), smoothstep(-2.2, 2.2, tone))
        seam = smoothstep(0.035, 0.013, np.abs(across - np.round(across)))
        return mix(wood, linear("1e0e06"), 0.9 * seam)

    def crema(p):
        x, _, z = p
        swirl = foam(3 * x + 0.8 * np.sin(5 * z), 3 * z)
        return mix(linear("4a2008"), linear("c98a48"), smoothstep(-0.9, 1.1, swirl))

    def glaze(p):
        x, y, z = p
        white = (length([x, z]) < np.interp(y, *inside) + 0.03) & (y > 0.2)
        return mix(red(p), linear("e8e0d0"), white)

    def spoon(p):
        p = swung(p, np.arctan2(0.6, 0.8))
        bowl = ball((-0.12, 0.15, -0.66), (0.17, 0.03, 0.115))
        stem = block((0.38, 0.165, -0.66), (0.42, 0.014, 0.024), 0.012)
        return np.minimum(bowl(p), stem(p))

    hollow = turned((0, 0, 0), *inside)
    body = turned((0, 0.07, 0), [0, 0.04, 0.2, 0.42, 0.56], [0.17, 0.2, 0.36, 0.44, 0.46])
    ear = handle((0.52, 0.4, 0), (0.2, 0.19), 0.05)
    saucer = turned((0, 0, 0), [0, 0.03, 0.06, 0.13], [0.36, 0.42, 0.62, 0.82])
    well = ball((0, 0.55, 0), (1.45, 0.49, 1.45))
    red, sugar = mottled("8c1a10", "c23a22", rng, 1.5), mottled("d8d0c0", "f8f4ec", rng, 6)
    things = [
        Thing(block((0, -0.5, 0), (40, 0.5, 40)), boards, 0.12),
        Thing(within((0, 0.1, 0), 1.0, carved(saucer, well)), red, 0.6),
        Thing(within((0, 0.37, 0), 0.7, carved(body, hollow)), glaze, 0.8),
        Thing(within((0, 0.45, 0), 0.6, turned((0, 0, 0), [0.17, 0.54], [0.3, 0.42])), crema, 0.5),
        Thing(within((0.52, 0.4, 0), 0.4, carved(ear, hollow)), red, 0.7),
        Thing(within((0.1, 0.15, -0.6), 1.2, spoon), linear("b8b4ae"), 1.0),
        Thing(block((-1.2, 0.1, 0.5), (0.12, 0.1, 0.12)), sugar),
        Thing(block((-1.42, 0.09, 0.16), (0.11, 0.1, 0.11)), sugar),
    ]
    light = Light((-4.5, 4.5, -0.6), (1.4, 1.22, 1.0), (0.2, 0.18, 0.16), 0.14)
    camera = Camera((0.35, 2.1, -2.5), (-0.02, 0.2, 0.0), 0.95)
    return render(things, np.zeros((*shape, 3), np.float32), camera, light)


def lighthouse(shape, rng):
    rough = wrapped_noise(rng, 50, 5)
    middle, away = 1.5, 9.0  # of the tower: x and z

    def rock(p):
        x, y, z = p[0] - middle, p[1], p[2] - away
        hill = 1.15 * np.exp(-((x**2 + z**2) / 2.9)**2)
        hill += 0.55 * np.exp(-((x + 2.3) / 1.1)**2 - ((z - 0.5) / 1.2)**2)
        broken = 0.22 * rough(1.5 * p[0] + 0.3 * y, 1.5 * p[2])
        broken += 0.1 * rough(4 * p[0], 4 * y + 2 * p[2])
        return 0.45 * (y - hill - broken * smoothstep(0.02, 0.4, hill) + 0.12)

    def stone(p):
        x, y, z = p
        tone = smoothstep(-1, 1, rough(3 * x, 3 * z + 2 * y))
        grass = smoothstep(0.85, 1.1, y + 0.15 * rough(2 * x, 2 * z))
        return mix(mix(linear("3c3430"), linear("96887a"), tone), linear("5c6a34"), 0.8 * grass)

    def bands(p):
        return mix(linear("ece4d8"), linear("b03424"), np.floor((p[1] - 1.1) / 0.62) % 2)

    def on_the_rock(height, heights, radii):
        return turned((middle, height, away), heights, radii)

    hut, gable = house((middle - 1.05, 1.35, away + 0.1), (0.42, 0.33, 0.5), 0.42)
    things = [
        Thing(lambda p: p[1], linear("5a6878")),
        Thing(within((middle - 0.8, 0.2, away), 3.6, rock), stone),
        Thing(on_the_rock(1.0, [0, 0.1, 2.9, 3.0], [0.46, 0.44, 0.27, 0.27]), bands, 0.1),
        Thing(on_the_rock(4.0, [0, 0.05, 0.1], [0.28, 0.4, 0.4]), linear("3a3836")),
        Thing(on_the_rock(4.1, [0, 0.45], [0.2, 0.2]), (3.0, 2.4, 1.2)),
        Thing(on_the_rock(4.55, [0, 0.05, 0.4], [0.3, 0.28, 0.02]), linear("8a2c20")),
        Thing(hut, mottled("c8bea8", "e4dccb", rng)),
        Thing(gable, mottled("6e3a2a", "9a5a40", rng)),
    ]
    air = sky(shape, 0.72 * shape[0], rgb("41608f"), rgb("f3c79c"), rgb("f8dcc0"), rgb("77809c"),
              0.4, rng)
    camera = Camera((0, 0.3, -3.0), (0.15, 1.85, 9), 0.9)
    light = Light((-40, 14, -6), (1.25, 0.92, 0.62), (0.24, 0.28, 0.4))
    picture = render(things, air, camera, light, haze=90)
    x, y, scale = camera.project((middle, 4.3, away), shape)
    picture = glow(picture, (x, y), 0.35 * scale, 0.5 * rgb("ffd890"))
    shore = int(camera.project((middle, 0, away - 1.5), shape)[1])
    picture = ripples(picture, shore, 0.07, rgb("a8b4bc"), rng)
    return swell(picture, shore, rgb("fbe8cc"), 0.2 * shape[1], rng)


def landscape(shape, rng):
    hills, rough = wrapped_noise(rng, 128, 4), wrapped_noise(rng, 40, 4)

    def bend(z):
        return 0.9 * np.sin(0.33 * z + 0.6) + 0.045 * z - 0.2

    def ground(x, z):
        far = smoothstep(16, 75, z)
        near = 0.5 * hills(x / 11, z / 11) * smoothstep(0, 12, z)
        return near + far * (6.5 + 6 * hills(x / 34 + 3, z / 34))

    def soil(p):
        x, y, z = p
        tone = rough(x / 2, z / 2)
        grass = mix(linear("37501c"), linear("8a9440"), smoothstep(-1.2, 1.2, tone))
        wheat = smoothstep(0.2, 0.4, hills(x / 7 + 2, z / 10)) * (z > 7)
        grass = mix(grass, linear("c8a24c"), 0.8 * wheat)
        wood = smoothstep(25, 50, z) * smoothstep(-0.3, 0.3, rough(x / 9, z / 9))
        grass = mix(grass, linear("2e4a2c"), wood)
        edge = np.abs(x - bend(z)) + 0.07 * rough(2 * x, 2 * z)
        track = smoothstep(0.42, 0.28, edge) * (z < 30)
        sand = mix(linear("a98a5c"), linear("dcc498"), smoothstep(-1, 1, rough(x * 3, z)))
        poppies = (rough(x * 7, z * 4 + 7) > 1.0) & (rough(x, z + 3) > 0.2) & (z < 14)
        return mix(mix(grass, linear("c03018"), 0.85 * poppies), sand, track)

    level = ground(np.float32(2.1), np.float32(15.0))
    cottage, thatch = house((2.1, level + 0.5, 15), (0.8, 0.6, 1.2), 0.8)
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
            dark, bright = (
                mix(rgb(tone), rgb("a9bac2"), 1 - 0.5**(z / 40)) for tone in ("1f3016", "8c9a3e"))
            tree(picture, (px, py), scale * rng.uniform(1.1, 2.0), dark, bright, rng)
    return picture


def moonlit_sea(shape, rng):
    shore, moon = int(0.55 * shape[0]), (0.62 * shape[1], 0.2 * shape[0])
    air = sky(shape, shore, rgb("142038"), rgb("54677e"), rgb("b4bcc2"), rgb("283344"), 0.35, rng)
    air = glow(air, moon, 0.07 * shape[1], 0.75 * rgb("e0dcc0"))
    cv2.circle(air, (int(moon[0]), int(moon[1])), int(0.026 * shape[1]), rgb("fffbe6").tolist(), -1)
    picture = ripples(air, shore, 0.08, rgb("90a2ac"), rng)
    picture = swell(picture, shore, rgb("dcdcc8"), moon[0], rng)
    for x, y, size, hull, sail in [
            (0.3, 0.6, 0.13, "050506", "16181a"), (0.82, 0.56, 0.035, "0a0c10", "1a1e24")]:
        sail_boat(picture, (x * shape[1], y * shape[0]), size * shape[1], rgb(hull), rgb(sail))
    return picture


def still_life(shape, rng):
    y, x = pixel_grid(shape) / shape[1]
    distance = np.hypot(x - 0.75, y - 0.25) + 0.04 * noise(shape, shape[1] / 7, rng, 4)
    gloom = smoothstep(0.0, 0.75, distance)
    wall = mix(rgb("241a10"), rgb("000000"), gloom)
    folds = wrapped_noise(rng, 90, 3)
    drape = block((-0.55, -0.72, 0.7), (1.45, 0.74, 1.0), 0.08)

    def cloth(p):
        x, y, z = p
        hang = smoothstep(0.0, -0.4, y) * (z < 0.3)
        wave = 0.07 * hang * np.sin(9 * x + 1.5 * folds(0.5 * x, 0.2 * y))
        crease = 0.014 * folds(1.2 * x + 0.5 * z, 1.2 * z)
        return 0.6 * (drape(p) - wave - crease)

    grapes = [
        ((0.98 + rng.normal(0, 0.15), 0.1 + abs(rng.normal(0, 0.08)), 0.25 + rng.normal(0, 0.12)),
         rng.uniform(0.06, 0.075)) for _ in range(34)]
    jug = turned((-0.62, 0.02, 0.95), [0, 0.04, 0.35, 0.62, 0.95, 1.12, 1.3],
                 [0.24, 0.28, 0.46, 0.42, 0.19, 0.18, 0.25])
    pear = turned((-0.33, 0.0, 0.2), [0, 0.05, 0.2, 0.36, 0.5, 0.55],
                  [0.05, 0.2, 0.25, 0.15, 0.085, 0.02])
    plate = turned((0.22, 0.02, 0.65), [0, 0.03, 0.07, 0.1], [0.3, 0.34, 0.56, 0.64])
    clay = mottled("5d3a1e", "9a6a34", rng, 1)
    things = [
        Thing(block((0, -0.9, 1.0), (3.2, 0.86, 1.15)), mottled("2a170c", "5a3418", rng, 3), 0.05),
        Thing(cloth, linear("d8d0bc")),
        Thing(within((-0.62, 0.67, 0.95), 0.85, jug), clay, 0.55),
        Thing(within((-0.24, 0.78, 0.95), 0.5, handle((-0.37, 0.82, 0.95), (0.28, 0.36), 0.05)),
              clay, 0.5),
        Thing(within((0.22, 0.08, 0.65), 0.7, plate), linear("8e929a"), 0.6),
        Thing(ball((0.0, 0.3, 0.62), (0.22, 0.205, 0.22)),
              mottled("8c1f10", "c8612a", rng, 1.5), 0.35),
        Thing(ball((0.4, 0.3, 0.78), (0.23, 0.21, 0.23)),
              mottled("b06a10", "e0a53a", rng, 1.5), 0.3),
        Thing(ball((0.27, 0.27, 0.35), (0.19, 0.175, 0.19)),
              mottled("6d7a22", "b9b148", rng, 1.5), 0.3),
        Thing(within((-0.33, 0.27, 0.2), 0.4, pear), mottled("8d7a20", "d0b24c", rng, 2), 0.25),
        Thing(ball((-1.0, 0.14, 0.25), (0.21, 0.15, 0.155)),
              mottled("c89a18", "ecd044", rng, 4), 0.35),
        Thing(within((0.98, 0.15, 0.25), 0.7, cluster(grapes)),
              mottled("1c0a20", "4a2040", rng, 4), 0.5),
    ]
    light = Light((-4.5, 4.2, -2.2), (1.35, 1.2, 0.95), (0.05, 0.045, 0.042), 0.12)
    return render(things, wall, Camera((0.05, 0.95, -3.3), (0.02, 0.34, 0.6), 0.86), light, far=20)


def winter(shape, rng):
    drifts, rough = wrapped_noise(rng, 110, 4), wrapped_noise(rng, 40, 4)

    def ground(x, z):
        near = 0.28 * drifts(x / 5, z / 5) * smoothstep(9, 4, z) + 0.02 * rough(x, z)
        return near + 7 * smoothstep(16, 60, z) * (0.6 + 0.5 * drifts(x / 30, z / 30))

    def snow(p):
        x, y, z = p
        edge = np.abs(x + 0.2 - 0.5 * np.sin(0.5 * z)) + 0.08 * rough(2 * x, 2 * z)
        track = smoothstep(0.35, 0.2, edge) * (z < 11)
        field = mix(linear("dfe3ea"), linear("f6f3ec"), smoothstep(-1, 1, rough(x, z)))
        wood = smoothstep(0.0, 0.5, rough(x / 6, z / 6)) * smoothstep(20, 30, z)
        return mix(mix(field, linear("a09a94"), 0.6 * track), linear("5a6068"), 0.7 * wood)

    roof = mottled("cfd6e0", "f4f4f2", rng)
    wall = with_windows(mottled("7d6048", "a5835e", rng), lambda cell: linear("2a221e"))
    things = [Thing(lambda p: 0.6 * (p[1] - ground(p[0], p[2])), snow), *village(roof, wall)]
    air = sky(shape, 0.5 * shape[0], rgb("8d9fb4"), rgb("f0dcb8"), rgb("e8ddd0"), rgb("9aa3b2"),
              0.1, rng)
    camera = Camera((0, 1.7, -1.5), (0.2, 1.9, 10), 0.98)
    light = Light((-60, 24, -8), (1.0, 0.82, 0.6), (0.26, 0.32, 0.45), 0.05)
    picture = render(things, air, camera, light, far=120, haze=60)
    for x, z, reach in [  # from far to near
            (-1.75, 8.4, 0), (-5.2, 8, 0.9), (1.75, 7.8, 0), (5.4, 7.4, 0), (3.4, 6.6, 0.8),
            (-2.6, 4.6, 0.95)]:
        px, py, scale = camera.project((x, ground(np.float32(x), np.float32(z)), z), shape)
        base, end = (int(px), int(py)), (int(px + 2.2 * scale), int(py - 0.14 * scale))
        shade = cv2.line(np.zeros(shape, np.float32), base, end, 0.65, int(0.13 * scale))
        picture = mix(picture, rgb("8496b4"), blur(shade, 0.03 * scale))
        if reach:
            bare_tree(picture, np.float32([px, py]), 0.05, scale * reach, scale * 0.13,
                      rgb("2c211b"), rng)
        else:
            fir(picture, base, scale * rng.uniform(1.3, 1.8), rgb("26352f"), rgb("8a999e"), rng)
        foliage(picture, (px, py + 0.03 * scale), (0.3 * scale, 0.09 * scale), rgb("b4bccb"),
                rgb("e8e6e2"), rng)
    return picture


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
    distance = np.hypot(x - 0.2, 0.8 * (y - 0.5)) + 0.05 * noise(shape, shape[1] / 6, rng, 4)
    wall = mix(rgb("4a3c28"), rgb("060504"), smoothstep(0.1, 0.95, distance))
    vase = turned((0, 0, 0), [0, 0.04, 0.3, 0.55, 0.78, 0.9], [0.2, 0.24, 0.42, 0.34, 0.18, 0.25])
    glaze = wrapped_noise(rng, 50, 3)

    def delft(p):
        x, y, z = p
        tendrils = np.sin(9 * np.arctan2(z, x)) * np.sin(14 * y)
        motif = smoothstep(0.15, 0.3, tendrils + 0.4 * glaze(x, y))
        return mix(linear("dcdfe0"), linear("27427e"), 0.85 * motif)

    things = [
        Thing(block((0, -0.5, 0.2), (3, 0.5, 0.9)), mottled("3a2414", "7a5230", rng, 3), 0.1),
        Thing(within((0, 0.45, 0), 0.75, vase), delft, 0.6),
        Thing(ball((0.62, 0.13, -0.3), (0.17, 0.15, 0.17)),
              mottled("a8281a", "e09040", rng, 2), 0.3),
    ]
    light = Light((-4, 4.5, -3.5), (1.25, 1.15, 0.95), (0.06, 0.055, 0.05), 0.12)
    picture = render(things, wall, Camera((0, 1.35, -4.6), (0, 1.02, 0), 0.5), light, far=20)
    picture = np.ascontiguousarray(picture)
    middle, spread = np.float32([0.5 * shape[1], 0.37 * shape[0]]), 0.36 * shape[1]
    for _ in range(150):
        direction = rng.uniform(0, 6.28)
        outwards = np.float32([np.cos(direction), np.sin(direction)])
        base = middle + spread * rng.uniform(0.1, 0.8) * outwards
        leaf(picture, base, direction + rng.normal(0, 0.6), 0.28 * spread, rgb("4f6a2c"), rng)
    for distance in np.sort(rng.uniform(0, 1, 44))[::-1]:
        direction = rng.uniform(0, 6.28)
        petals, rings, dark, light_tone, heart, size = KINDS[rng.integers(len(KINDS))]
        outwards = np.float32([0.95 * np.cos(direction), np.sin(direction)])
        centre = middle + spread * distance**0.6 * outwards
        dim = 1 - 0.55 * smoothstep(-0.2, 1.1, (centre - middle) @ np.float32([0.5, 0.8]) / spread)
        radius = 0.21 * spread * size * rng.uniform(0.85, 1.2)
        tones = (dim * rgb(tone) for tone in (dark, light_tone, heart))
        blossom(picture, centre, radius, petals, rings, *tones, rng)
    for x, y in [(0.22, 0.86), (0.3, 0.9), (0.68, 0.93)]:
        spot = x * shape[1], y * shape[0]
        blossom(picture, spot, 0.035 * shape[1], 8, 3, rgb("7a1f2c"), rgb("e8a0a0"), rgb("b04848"),
                rng)
    return picture


def night_village(shape, rng):
    moon = 0.24 * shape[1], 0.16 * shape[0]
    air = sky(shape, 0.6 * shape[0], rgb("16264a"), rgb("5f7aa4"), rgb("98a6be"), rgb("2a3650"),
              -0.35, rng)
    air = glow(air, moon, 0.05 * shape[1], 0.5 * rgb("e8e0c0"))
    cv2.circle(air, (int(moon[0]), int(moon[1])), int(0.022 * shape[1]), rgb("fff6d8").tolist(), -1)
    for _ in range(60):
        spot = int(rng.uniform(0, shape[1])), int(rng.uniform(0, 0.4 * shape[0]))
        radius, star = int(rng.integers(1, 3)), rgb("c8ccd0") * rng.uniform(0.4, 1)
        cv2.circle(air, spot, radius, star.tolist(), -1)

    def lamplight(cell):
        return np.where((cell % 5 < 3)[:, None], np.float32([2.6, 1.15, 0.2]), linear("0a0a0c"))

    roof = mottled("1c1a20", "3a3438", rng)
    wall = with_windows(mottled("2c2a2c", "57504a", rng), lamplight)
    things = [Thing(lambda p: p[1] + 0.02, linear("12140f")), *village(roof, wall)]
    camera = Camera((0, 1.1, -3.4), (0.2, 1.75, 10), 0.95)
    light = Light((-26, 20, -10), (0.8, 0.92, 1.2), (0.07, 0.09, 0.14), 0.1)
    picture = render(things, air, camera, light, far=60, haze=45)
    return ripples(picture, int(0.655 * shape[0]), 0.10, rgb("b0b4b8"), rng)


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
        lozenges = np.sin(16 * x + 16 * z) * np.sin(16 * x - 16 * z + 9 * y)
        motif = smoothstep(-0.1, 0.2, lozenges + 0.4 * rug(x + z, y))
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
        *(Thing(block((-1.66, 1.6, z), (0.05, 0.64, 0.02), 0), linear("3a2a18"))
          for z in (2.25, 2.58, 2.92, 3.25)),
        *(Thing(block((-1.66, y, 2.75), (0.05, 0.02, 0.52), 0), linear("3a2a18"))
          for y in (0.98, 1.6, 2.22)),
        Thing(fringe, carpet),
        Thing(within((0.35, 1.03, 1.9), 0.35, jug), linear("c9cfd6"), 0.7),
        Thing(within((0.35, 1.0, 1.9), 0.4, handle((0.52, 1.03, 1.9), (0.09, 0.13), 0.022)),
              linear("c9cfd6"), 0.6),
        Thing(within((0.8, 0.88, 1.8), 0.35, bowl), linear("39577f"), 0.6),
        Thing(cluster([((0.72, 0.98, 1.8), 0.085), ((0.88, 0.98, 1.78), 0.08),
                       ((0.81, 1.05, 1.84), 0.08)]),
              mottled("c04a18", "e6a83a", rng, 3), 0.3),
        Thing(block((0.45, 1.75, 3.78), (0.62, 0.46, 0.02)), sheet),
        *(Thing(block((0.45, y, 3.76), (0.68, 0.035, 0.035)), wood, 0.1) for y in (1.27, 2.23)),
        *(Thing(block((x, 0.3, z), (0.035, 0.3, 0.035)), wood)
          for x in (-0.75, -0.35) for z in (2.6, 3.0)),
        Thing(block((-0.55, 0.6, 2.8), (0.25, 0.035, 0.25)), mottled("2d4f86", "4c76b0", rng, 3)),
        *(Thing(block((x, 0.95, 3.03), (0.035, 0.36, 0.03)), wood, 0.1) for x in (-0.77, -0.33)),
        *(Thing(block((-0.55, y, 3.03), (0.24, 0.06, 0.02)), wood, 0.1) for y in (0.95, 1.24)),
        *(Thing(block((x, 2.66, 1.2), (0.07, 0.08, 2.6)), wood) for x in (-1.0, 0.0, 1.0)),
    ]
    light = Light((-1.5, 1.8, 2.5), (4.6, 4.3, 3.6), (0.08, 0.075, 0.068), 0.3, 1.1)
    camera = Camera((0.35, 1.35, -1.25), (-0.25, 1.2, 2), 0.94)
    return render(things, np.zeros((*shape, 3), np.float32), camera, light, far=20)


def evening_sea(shape, rng):
    shore, sun = int(0.52 * shape[0]), (0.36 * shape[1], 0.44 * shape[0])
    air = sky(shape, shore, rgb("5c7ba6"), rgb("f0ab6c"), rgb("ffe2b0"), rgb("a07c86"), 0.3, rng)
    air = glow(air, sun, 0.09 * shape[1], 0.5 * rgb("ff8030"))
    cv2.circle(air, (int(sun[0]), int(sun[1])), int(0.022 * shape[1]), rgb("fff3c8").tolist(), -1)
    picture = ripples(air, shore, 0.06, rgb("c8bcb0"), rng)
    picture = swell(picture, shore, rgb("fff0d0"), sun[0], rng)
    for x, y, size, sail in [
            (0.12, 0.525, 0.03, "b98a70"), (0.52, 0.53, 0.04, "d9b28c"),
            (0.93, 0.535, 0.05, "a8705c"), (0.72, 0.62, 0.19, "e6d3b0")]:
        sail_boat(picture, (x * shape[1], y * shape[0]), size * shape[1], rgb("3a2620"), rgb(sail))
    return picture
