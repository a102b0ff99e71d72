"""Colours, soft transitions and random fields: what brush and scenes both use."""

import cv2
import numpy as np


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
    """Smooth random field (height, width), mean 0, spread about 1.

    Its features are `period` px large; each further octave adds some of half the size.
    """
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
    """A noise of 512 x 512 pixels that repeats without a seam, as a function of two coordinates.

    One unit of the coordinates is 64 pixels.
    """
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
        values = cv2.remap(tile, *grids, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
        return values.ravel()[:len(u)]

    return lambda u, v: sample(u, v).reshape(np.broadcast(u, v).shape)
