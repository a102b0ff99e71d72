"""Batches of pictures, and whole paintings, through a network that repaints what is damaged."""

import math

import numpy as np

from .checks import LARGEST, SIDE_MULTIPLE, check_batch, check_mask, check_painting
from .machine import progress_bar
from .pictures import as_painted

PIXELS_AT_ONCE = 400_000  # in a batch, which bounds the memory
TILE = 640  # largest side of a tile, in pixels
OVERLAP = 64  # of neighbouring tiles; both are multiples of SIDE_MULTIPLE
DAMAGED = 0.5  # pixels where the damage map is above this are repainted


def restore_batch(model, damaged, masks=None):
    """Restore pictures of one size.

    model: from `load_model`.
    damaged: (n, h, w, 3) float32 in [0, 1], h and w multiples of 16.
    masks: (n, h, w) bool, True where damaged, or None for the network to find the damage itself.
        With masks, the marked pixels are painted black before the network sees them, and they
        are the only ones that change.
    Returns restored (n, h, w, 3) float32 in [0, 1], damage map (n, h, w) float32 in [0, 1].
    Raises PictureError.
    """
    check_batch(damaged, masks)
    shown = damaged if masks is None else np.where(masks[..., None], np.float32(0), damaged)
    batch_size = max(1, PIXELS_AT_ONCE // (damaged.shape[1] * damaged.shape[2]))
    prediction = model.predict(shown, batch_size=batch_size, verbose=0)
    damage = prediction["damage"][..., 0]
    if masks is None:
        return prediction["restored"], damage
    return np.where(masks[..., None], prediction["restored"], damaged), damage


def restore_painting(model, painting, mask=None):
    """Restore a painting of any size, tile by tile.

    The network sees at most TILE x TILE pixels at a time. Neighbouring tiles overlap, and there
    one fades into the other, so that no seam shows.

    model: from `load_model`.
    painting: (h, w, 3), or (h, w) if grey; uint8, uint16 or, in [0, 1], float32.
    mask: (h, w) bool, True where damaged, or None for the network to find the damage itself.
        Marked pixels are painted black before the network sees them.
    Returns restored, of the shape and type of the painting, and the damage map (h, w) float32 in
    [0, 1], which is the mask where there is one. The pixels where it is above DAMAGED are
    repainted; all others are bit for bit those of the painting.
    Raises PictureError.
    """
    check_painting(painting)
    if mask is not None:
        check_mask(mask, painting)
    restored = painting.copy()
    damage = np.zeros(painting.shape[:2], np.float32)
    for rows, blended in blended_rows(model, painting, mask):
        damage[rows] = blended[..., 3] if mask is None else mask[rows]
        repainted = damage[rows] > DAMAGED
        restored[rows][repainted] = as_painted(blended[repainted][:, :3], painting)
    return restored, damage


def blended_rows(model, painting, mask=None):
    """Restore a painting from top to bottom; arguments as for `restore_painting`.

    Only one row of tiles is kept at a time.
    Yields a slice of rows, and what the network makes of them: (rows, w, 4) float32, red, green,
    blue and damage in [0, 1]. Tiles without a marked pixel are left out: they stay 0.
    """
    height, width = painting.shape[:2]
    down, across = tiles_along(height), tiles_along(width)
    tops = [top for top, _ in down]
    from_above = np.zeros((0, padded(width), 4), np.float32)
    with progress_bar(total=len(down) * len(across), desc="restoring", unit="tile") as bar:
        for (top, fade_down), next_top in zip(down, [*tops[1:], height]):
            row = np.zeros((len(fade_down), padded(width), 4), np.float32)
            for left, fade_across in across:
                columns = slice(left, left + len(fade_across))
                place = slice(top, top + len(fade_down)), columns
                if mask is None or mask[place].any():
                    weights = np.outer(fade_down, fade_across)[..., None]
                    marked = None if mask is None else mask[place]
                    row[:, columns] += weights * restore_tile(
                        model, painting[place], marked, weights.shape[:2]
                    )
                bar.update()
            row[: len(from_above)] += from_above
            yield slice(top, next_top), row[: next_top - top, :width]
            from_above = row[next_top - top :]


def tiles_along(side):
    """Divide one side of a picture, in pixels, into tiles of the same length that overlap.

    The first pixel of each tile is a multiple of 16, so that the network's poolings join the same
    pixels as in an undivided picture.
    Returns a list of (first pixel, weights of the tile's pixels). The weights add up to 1 at every
    pixel. Where tiles overlap, they rise and fall in a straight line over the middle half of the
    overlap. A tile's outermost pixels, where the network misses what lies beyond, count as good as
    nothing; not exactly nothing, since at the picture's own edge there is no other tile.
    """
    side = padded(side)
    number = max(1, math.ceil((side - OVERLAP) / (TILE - OVERLAP)))
    tile = padded((side + (number - 1) * OVERLAP) / number)
    starts = [min(i * (tile - OVERLAP), side - tile) for i in range(number)]
    depth = np.minimum(np.arange(tile), np.arange(tile)[::-1]) + 0.5  # of a pixel's centre
    weights = np.clip(2 * depth / OVERLAP - 0.5, 1e-6, 1).astype(np.float32)
    total = np.zeros(side, np.float32)
    for start in starts:
        total[start : start + tile] += weights
    return [(start, weights / total[start : start + tile]) for start in starts]


def padded(side):
    """The smallest multiple of 16 that is not below a side."""
    return math.ceil(side / SIDE_MULTIPLE) * SIDE_MULTIPLE


def restore_tile(model, tile, mask, shape):
    """Restore a tile: (h, w, 3) or (h, w) -> (*shape, 4) float32 red, green, blue and damage.

    Where the tile is smaller than the shape, its mirror image goes on.
    """
    picture = tile / np.float32(LARGEST[tile.dtype.name])
    if tile.ndim == 2:
        picture = np.repeat(picture[..., None], 3, axis=-1)
    if mask is not None:
        picture[mask] = 0
    missing = [(0, wanted - there) for wanted, there in zip(shape, tile.shape)]
    picture = np.pad(picture, [*missing, (0, 0)], mode="reflect")
    prediction = model.predict_on_batch(picture[None])
    return np.concatenate([prediction["restored"][0], prediction["damage"][0]], axis=-1)
