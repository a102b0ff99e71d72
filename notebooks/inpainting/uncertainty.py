# Written by `make export` from open_model_192x192.ipynb: edit the cells there, not this file.


"""How sure the filler is of what it fills in: the same picture filled in eight orientations."""

import numpy as np

from inpainting.checks import check_batch
from inpainting.find_and_fill.paintings import fill_batch, look_once


def eight_orientations(pictures):
    """The four quarter turns, each also mirrored: (n, s, s, ...) -> list of eight such arrays."""
    turned = [np.rot90(pictures, turns, axes=(1, 2)) for turns in range(4)]
    return turned + [turn[:, :, ::-1] for turn in turned]


def turned_back(arrays):
    """The inverse of `eight_orientations`: list of eight (n, s, s, ...) -> (8, n, s, s, ...)."""
    turns = [*arrays[:4], *(array[:, :, ::-1] for array in arrays[4:])]
    return np.stack([np.rot90(a, -(i % 4), axes=(1, 2)) for i, a in enumerate(turns)])


def fill_eight_ways(filler, damaged, masks):
    """Fill square pictures in eight orientations (test-time augmentation).

    filler: the model.
    damaged: (n, s, s, 3) float32 in [0, 1], s a multiple of 16.
    masks: (n, s, s) bool.
    Returns the mean of the eight filled pictures (n, s, s, 3), and the spread (n, s, s): the
    standard deviation of the eight, mean of the colours.
    Raises PictureError if an array is of another form.
    """
    check_batch(damaged, masks)
    turned = zip(eight_orientations(damaged), eight_orientations(masks))
    filled = turned_back([fill_batch(filler, *one, look_once) for one in turned])
    return filled.mean(axis=0), filled.std(axis=0).mean(axis=-1)


def calibration(spread, error, groups=10):
    """The mean error of pixels with a similar spread.

    spread, error: (n,) floats, of the damaged pixels.
    Returns two lists: mean spread and mean error of each group; the groups are equally large,
    from the smallest spread to the largest.
    """
    order = np.array_split(np.argsort(spread), groups)
    return tuple([float(values[part].mean()) for part in order] for values in (spread, error))
