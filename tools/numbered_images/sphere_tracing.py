"""Small scenes in three dimensions.

A scene is a list of things. Each gives its distance from points (3, n); rays are walked forward by
that distance until they touch ("sphere tracing"). x is right, y is up, z is away from the viewer.
Colours of things are linear.
"""

from typing import Callable, NamedTuple

import cv2
import numpy as np

from basics import blur, mix, pixel_grid, rgb, smoothstep


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
    corners = np.interp(fine, heights, radii)[None]
    profile = cv2.GaussianBlur(corners, (0, 0), 9, borderType=cv2.BORDER_REPLICATE)[0]
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


def carved(solid, hollow):
    """What is left of one thing where another is taken away: distance functions all three."""
    return lambda p: np.maximum(solid(p), -hollow(p))


def swung(p, angle):
    """Points (3, n), turned about the vertical axis: a thing that is asked for them lies askew."""
    x, y, z = p
    cos, sin = np.cos(angle), np.sin(angle)
    return np.stack([cos * x + sin * z, y, cos * z - sin * x])


def house(centre, half, roof):
    """Walls (a block) and gable roof of height `roof`, ridge along z: two distance functions."""
    eaves = centre[1] + half[1]
    slope = np.float32([roof, half[0] * 1.15]) / np.hypot(roof, half[0] * 1.15)

    def gable(p):
        x, y, z = p
        above = np.abs(x - centre[0]) * slope[0] + (y - eaves - roof) * slope[1]
        behind = np.abs(z - centre[2]) - half[2] * 1.05
        return np.maximum(np.maximum(above, eaves - 0.02 - y), behind)
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
    open_sky = np.mean(
        [np.clip(nearest(things, points + h * normal) / h, 0, 1) for h in (0.05, 0.15, 0.4)], 0)
    open_sky = open_sky * (0.7 + 0.3 * normal[1])
    halfway = towards - rays
    halfway /= length(halfway)
    highlight = np.maximum((normal * halfway).sum(0), 0)**60 * (facing > 0)
    touched = np.argmin([thing.distance(points) for thing in things], 0)
    colour = np.zeros((points.shape[1], 3), np.float32)
    for i, thing in enumerate(things):
        mine = touched == i
        if callable(thing.colour):
            colour[mine] = thing.colour(points[:, mine])
        else:
            colour[mine] = np.float32(thing.colour)
        highlight[mine] *= thing.gloss
    lamp, ambient = np.float32(light.colour), np.float32(light.ambient)
    received = facing[:, None] * lamp + open_sky[:, None] * ambient
    return colour * received + highlight[:, None] * lamp


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
        """Pixel x, y of a `point` in the scene, and how many pixels one unit takes there."""
        across, above, ahead = np.stack(self.axes()) @ (np.float32(point) - np.float32(self.eye))
        scale = shape[1] / (self.view * ahead)
        return shape[1] / 2 + across * scale, shape[0] / 2 - above * scale, scale


def render(things, backdrop, camera, light, far=60, haze=1e6):
    """`things` in front of `backdrop`, RGB (height, width, 3).

    Nothing is further than `far`; at the distance `haze`, half of the colour is air. The scene is
    computed at half the size of the backdrop: the brush can use no more.
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
