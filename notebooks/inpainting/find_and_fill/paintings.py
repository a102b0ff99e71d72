"""Find the damage of a painting by kind, clean its stains, fill what is marked.

The networks are the shipped ones unless others are handed in; each is loaded when it is first
needed.
"""

import functools
from pathlib import Path

import keras
import numpy as np

from ..checks import LARGEST, LARGEST_MASK, PictureError, check_mask, check_painting
from ..machine import progress_bar
from ..models import ModelFileError, faster_to_restore, known_models, load_network
from ..pictures import as_painted
from ..tiles import PIXELS_AT_ONCE, padded, tiles_along
from .networks import FIND_KINDS, OPAQUE, cleaner_input, filler_input

LOSS_KINDS = "cuts", "scratches", "losses", "stains"  # what no painter and no age has made
THRESHOLD = 0.25  # pixels whose map is above this are repaired; notebook 3, section 8, says why


@functools.cache
def shipped(name):
    """A shipped network, "finder", "filler" or "cleaner", in the precision that is faster here."""
    return load_network(f"{name}_192x192", faster_here())


@functools.cache
def faster_here():
    """The precision in which this machine restores faster; measured once."""
    return faster_to_restore(load_network("finder_192x192"))


def load_specialists(models, precision=None):
    """Load a finder, a filler or a cleaner, or several of them.

    models: {"finder", "filler" or "cleaner": name or path, as for `models.model_files`}.
    precision: "float32" or "mixed_bfloat16"; None for the one that is faster on this machine.
    Returns {"finder", ...: keras.Model}, and the precision.
    Raises ModelFileError.
    """
    precision = precision or faster_here()
    networks = {name: load_network(model, precision) for name, model in models.items()}
    for name, network in networks.items():
        if network.name != name:
            raise ModelFileError(
                f"the model '{models[name]}' is no {name}, as this needs; "
                f"{known_models(Path(models[name]).parent)}"
            )
    return networks, precision


def find_damage(painting, finder=None):
    """Find where a painting is damaged, and of which kind the damage is.

    painting: (h, w, 3), or (h, w) if grey; uint8, uint16 or, in [0, 1], float32; of any size.
    finder: from `networks.build_finder`; None for the shipped one.
    Returns {kind: (h, w) float32, how sure it is, from 0 to 1}, in the order of FIND_KINDS.
    Raises PictureError.
    """
    return found(painting, finder, np.float32, lambda sure: sure)


def find_masks(painting, finder=None):
    """Where a painting is damaged, by kind: what `find_damage` is sure enough of.

    Arguments and errors as for `find_damage`. It needs a quarter of the memory.
    Returns {kind: (h, w) bool}, True where the map is above THRESHOLD.
    """
    return found(painting, finder, bool, lambda sure: sure > THRESHOLD)


def found(painting, finder, dtype, kept):
    """What `find_damage` and `find_masks` share. kept: function: what is kept of the maps."""
    check_painting(painting)
    finder = finder or shipped("finder")
    maps = np.zeros((len(FIND_KINDS), *painting.shape[:2]), dtype)

    def find_tile(picture, place):
        return look_twice(finder.predict_on_batch, picture[None], "damage")[0]

    for rows, blended in blended_rows(painting, len(FIND_KINDS), find_tile, "finding"):
        maps[:, rows] = np.moveaxis(kept(blended), -1, 0)
    return dict(zip(FIND_KINDS, maps))


def union(maps, kinds=FIND_KINDS):
    """The highest of the maps of these kinds at each pixel: (h, w), of the type of the maps."""
    return np.max([maps[kind] for kind in kinds], axis=0)


def fill_damage(painting, mask, filler=None):
    """Fill the marked pixels of a painting; all others stay bit for bit as they are.

    painting: as for `find_damage`.   mask: (h, w) bool, True where damaged.
    filler: from `networks.build_filler`; None for the shipped one.
    Returns restored, of the shape and type of the painting.
    Raises PictureError.
    """
    return repaint_marked(painting, mask, filler, "filler", filler_input, "filling")


def clean_stains(painting, mask, cleaner=None):
    """Take stains away from the marked pixels; all others stay bit for bit as they are.

    cleaner: from `networks.build_cleaner`; None for the shipped one.
    The rest is as for `fill_damage`.
    """
    return repaint_marked(painting, mask, cleaner, "cleaner", cleaner_input, "cleaning")


def repaint_marked(painting, mask, network, name, network_input, work):
    """What `fill_damage` and `clean_stains` share. work: its name, for the progress."""
    check_painting(painting)
    check_mask(mask, painting)
    restored, network = painting.copy(), network or shipped(name)

    def repaint_tile(picture, place):
        if not mask[place].any():
            return 0
        marked = as_tile(mask[place], picture.shape[:2])
        shown = network_input(picture[None], marked[None])
        return look_twice(network.predict_on_batch, shown, "restored")[0]

    for rows, blended in blended_rows(painting, 3, repaint_tile, work):
        marked = mask[rows]
        restored[rows][marked] = as_painted(blended[marked], painting)
    return restored


def restore_by_kind(painting, masks, filler=None, cleaner=None):
    """Repair each kind of damage as it needs it: stains are cleaned, then the rest is filled.

    painting, filler, cleaner: as above.
    masks: {kind: (h, w) bool}; all that are not "stains" are filled.
    Returns restored, of the shape and type of the painting.
    Raises PictureError.
    """
    restored = painting.copy()
    for stained, repair, network in ((True, clean_stains, cleaner), (False, fill_damage, filler)):
        marked = [
            mask for kind, mask in masks.items() if (kind == "stains") == stained and mask.any()
        ]
        if marked:
            restored = repair(restored, np.any(marked, axis=0), network)
    return restored


def find_and_fill(painting, kinds=FIND_KINDS, finder=None, filler=None, cleaner=None):
    """Restore a painting that nobody has marked.

    painting, finder, filler, cleaner: as above.   kinds: those that are repaired, of FIND_KINDS.
    Returns restored, of the shape and type of the painting, and the maps of `find_damage`.
    Raises PictureError, as `restore_found` does.
    """
    maps = find_damage(painting, finder)
    masks = {kind: maps[kind] > THRESHOLD for kind in kinds}
    return restore_found(painting, masks, filler, cleaner), maps


def restore_found(painting, masks, filler=None, cleaner=None):
    """`restore_by_kind` for masks that a network has made and nobody has checked.

    Raises PictureError, also where they mark more than half of the painting.
    """
    share = union(masks, masks).mean()
    if share > LARGEST_MASK:
        raise PictureError(
            f"the network takes {share:.0%} of the picture for damage, so what it would "
            "make is no restoration; mark the damage in a mask and give that, too."
        )
    return restore_by_kind(painting, masks, filler, cleaner)


def look_twice(predict, shown, output):
    """The mean of what a network makes of pictures and of their mirror images, mirrored back.

    A mistake that it makes in one of the two it often does not make in the other. It takes twice
    the time. (Test-time augmentation: Krizhevsky, Sutskever and Hinton, NIPS 2012.)

    predict: function shown -> {output: (n, h, w, channels)}.
    shown: (n, h, w, any) float32, or a dict of such arrays.
    Returns (n, h, w, channels) float32.
    """
    # copied, since PyTorch takes no array that runs backwards
    mirrored = keras.tree.map_structure(lambda part: part[:, :, ::-1].copy(), shown)
    return (predict(shown)[output] + predict(mirrored)[output][:, :, ::-1]) / 2


def look_once(predict, shown, output):
    """What a network makes of pictures; arguments and result as for `look_twice`."""
    return predict(shown)[output]


def in_batches(network, size):
    """The function `network.predict`, with batches that fit into memory.

    size: (height, width) of the pictures that it will be given.
    """
    batch_size = max(1, PIXELS_AT_ONCE // (size[0] * size[1]))
    return functools.partial(network.predict, batch_size=batch_size, verbose=0)


def find_batch(finder, pictures, look=look_twice):
    """A finder's maps of pictures of one size: (n, h, w, 3) -> (n, h, w, kinds).

    look: `look_twice` or `look_once`.
    """
    return look(in_batches(finder, pictures.shape[1:3]), pictures, "damage")


def opaque(maps):
    """The union of the maps of what hides the picture: (n, h, w, kinds) bool -> (n, h, w)."""
    return maps[..., [FIND_KINDS.index(kind) for kind in OPAQUE]].any(axis=-1)


def repaint_batch(network, network_input, damaged, masks, look=look_twice):
    """Fill, or clean, the marked pixels of pictures of one size.

    network, network_input: a filler and `filler_input`, or a cleaner and `cleaner_input`.
    damaged: (n, h, w, 3) float32 in [0, 1], h and w multiples of 16.   masks: (n, h, w) bool.
    look: `look_twice` or `look_once`.
    Returns (n, h, w, 3) float32 in [0, 1].
    """
    restored, marked = damaged.copy(), masks.any(axis=(1, 2))
    if marked.any():
        shown = network_input(damaged[marked], masks[marked])
        repainted = look(in_batches(network, damaged.shape[1:3]), shown, "restored")
        restored[marked] = np.clip(repainted, 0, 1)
    return np.where(masks[..., None], restored, damaged)


def fill_batch(filler, damaged, masks, look=look_twice):
    """Fill the marked pixels of pictures of one size, see `repaint_batch`."""
    return repaint_batch(filler, filler_input, damaged, masks, look)


def clean_batch(cleaner, damaged, masks):
    """Clean the marked pixels of pictures of one size, see `repaint_batch`."""
    return repaint_batch(cleaner, cleaner_input, damaged, masks)


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
