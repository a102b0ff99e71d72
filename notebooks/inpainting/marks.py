"""Several kinds of damage in one array, and in one picture file: a bit for each kind.

So a pixel can have several kinds, as where a scratch runs through a stain.
"""

import numpy as np
from matplotlib.colors import to_rgb
from PIL import Image

from .plots import KIND_COLOURS

DRAWN = "drawn"  # the kind of what a person has marked, and no network found


def as_marks(masks):
    """Masks {kind: (h, w) bool} as one array (h, w) uint8: bit k for the k-th kind."""
    return sum((mask.astype(np.uint8) << bit for bit, mask in enumerate(masks.values())))


def as_masks(marks, kinds):
    """The inverse of `as_marks`: {kind: (h, w) bool}.   kinds: their names, in order."""
    return {kind: (marks >> bit & 1).astype(bool) for bit, kind in enumerate(kinds)}


def reduced_marks(marks, shape):
    """Marks made smaller so that no mark is lost: a pixel has all marks of those it stands for.

    marks: (h, w) uint8, a bit for each kind.   shape: (height, width), at most that of the marks.
    """
    rows, columns = (np.arange(new) * old // new for new, old in zip(shape, marks.shape))
    return np.bitwise_or.reduceat(np.bitwise_or.reduceat(marks, rows, axis=0), columns, axis=1)


def write_marks(path, masks, dpi=None):
    """Write masks {kind: (h, w) bool} as one PNG with a palette; the marks are its indices.

    A viewer shows each kind in its colour of KIND_COLOURS on white; of several kinds, the last.
    """
    colours = [(1, 1, 1)]
    for kind in masks:
        colours += [to_rgb(KIND_COLOURS[kind])] * len(colours)
    image = Image.fromarray(as_marks(masks))
    image.putpalette(np.rint(255 * np.array(colours)).astype(np.uint8).tobytes())
    image.save(path, dpi=dpi)


def read_marks(path, kinds):
    """The masks that `write_marks` wrote.   kinds: their names, in order."""
    with Image.open(path) as image:
        return as_masks(np.asarray(image), kinds)
