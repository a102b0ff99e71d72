"""Find the damage of a painting by kind, and fill what is marked: one call for each network."""

import numpy as np

from ..checks import LARGEST, check_mask, check_painting
from ..machine import progress_bar
from ..pictures import as_painted
from .networks import FIND_KINDS, filler_input
from ..tiles import PIXELS_AT_ONCE, padded, tiles_along

THRESHOLD = 0.5  # pixels whose highest map is above this are filled; the scores say why
FILLED = tuple(kind for kind in FIND_KINDS if kind != "stains")  # a stain hides less than a filling


def find_damage(painting, model):
    """Find where a painting is damaged, and of which kind the damage is.

    painting: (h, w, 3), or (h, w) if grey; uint8, uint16 or, in [0, 1], float32; of any size.
    model: the finder.
    Returns {kind: (h, w) float32, how sure it is, from 0 to 1}, in the order of FIND_KINDS.
    Raises PictureError.
    """
    check_painting(painting)
    maps = np.zeros((len(FIND_KINDS), *painting.shape[:2]), np.float32)

    def find_tile(picture, place):
        return model.predict_on_batch(picture[None])["damage"][0]

    for rows, blended in blended_rows(painting, len(FIND_KINDS), find_tile, "finding"):
        maps[:, rows] = np.moveaxis(blended, -1, 0)
    return dict(zip(FIND_KINDS, maps))


def union(maps, kinds=FIND_KINDS):
    """The highest of the maps of these kinds at each pixel: (h, w) float32."""
    return np.max([maps[kind] for kind in kinds], axis=0)


def fill_damage(painting, mask, model):
    """Fill the marked pixels of a painting; all others stay bit for bit as they are.

    painting: as for `find_damage`.   mask: (h, w) bool, True where damaged.   model: the filler.
    Returns restored, of the shape and type of the painting.
    Raises PictureError.
    """
    check_painting(painting)
    check_mask(mask, painting)

    def fill_tile(picture, place):
        if not mask[place].any():
            return 0
        marked = as_tile(mask[place], picture.shape[:2])
        shown = filler_input(picture[None], marked[None])
        return model.predict_on_batch(shown)["restored"][0]

    restored = painting.copy()
    for rows, blended in blended_rows(painting, 3, fill_tile, "filling"):
        marked = mask[rows]
        restored[rows][marked] = as_painted(blended[marked], painting)
    return restored


def fill_batch(filler, damaged, masks):
    """Fill the marked pixels of pictures of one size.

    damaged: (n, h, w, 3) float32 in [0, 1], h and w multiples of 16.   masks: (n, h, w) bool.
    Returns (n, h, w, 3) float32 in [0, 1].
    """
    batch_size = max(1, PIXELS_AT_ONCE // (damaged.shape[1] * damaged.shape[2]))
    shown = filler_input(damaged, masks)
    restored = filler.predict(shown, batch_size=batch_size, verbose=0)["restored"]
    return np.where(masks[..., None], restored, damaged)


def find_and_fill(painting, finder, filler, threshold=THRESHOLD, kinds=FILLED):
    """Restore a painting that nobody has marked.

    threshold: what of the maps, from 0 to 1, counts as found.   kinds: that are filled.
    Returns restored, of the shape and type of the painting, and the maps of `find_damage`.
    """
    maps = find_damage(painting, finder)
    found = union(maps, kinds) > threshold
    return fill_damage(painting, found, filler) if found.any() else painting.copy(), maps


def blended_rows(painting, channels, work, name):
    """Work on a painting tile by tile, from top to bottom; neighbouring tiles fade into each other.

    Only one row of tiles is kept at a time.
    work: function (picture (a, b, 3) float32 in [0, 1], a and b multiples of 16; its place in the
        painting, two slices) -> (a, b, channels) float32, or 0.
    name: of the work, for the progress.
    Yields a slice of rows, and what was made of them: (rows, w, channels) float32.
    """
    height, width = painting.shape[:2]
    down, across = tiles_along(height), tiles_along(width)
    tops = [top for top, _ in down]
    from_above = np.zeros((0, padded(width), channels), np.float32)
    with progress_bar(total=len(down) * len(across), desc=name, unit="tile") as bar:
        for (top, fade_down), next_top in zip(down, [*tops[1:], height]):
            row = np.zeros((len(fade_down), padded(width), channels), np.float32)
            for left, fade_across in across:
                columns = slice(left, left + len(fade_across))
                place = slice(top, top + len(fade_down)), columns
                weights = np.outer(fade_down, fade_across)[..., None]
                picture = as_picture(as_tile(painting[place], weights.shape[:2]))
                row[:, columns] += weights * work(picture, place)
                bar.update()
            row[: len(from_above)] += from_above
            yield slice(top, next_top), row[: next_top - top, :width]
            from_above = row[next_top - top :]


def as_tile(part, shape):
    """Continue a part of a painting, or of a mask, by its mirror image to this height and width."""
    missing = [(0, wanted - there) for wanted, there in zip(shape, part.shape)]
    return np.pad(part, [*missing, *[(0, 0)] * (part.ndim - 2)], mode="symmetric")


def as_picture(part):
    """Stored pixels, grey or in colour, as (h, w, 3) float32 RGB in [0, 1]."""
    picture = part / np.float32(LARGEST[part.dtype.name])
    return np.repeat(picture[..., None], 3, axis=-1) if part.ndim == 2 else picture
