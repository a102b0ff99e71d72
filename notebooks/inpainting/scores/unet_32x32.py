"""Scores of the model unet_32x32: on CIFAR-10, on damage it has never seen, on paintings."""

import time
from functools import partial

import numpy as np

from .. import classical
from ..damage import damage_batch, segments
from ..data import fetch_paintings, list_paintings, load_cifar10
from ..metrics import iou, score
from ..models import MODEL_DATA, faster_to_restore, load_model, with_precision
from ..patches import cut, join
from ..pictures import read_picture
from ..tiles import restore_batch, restore_painting
from . import tables
from .protocol import TEST_SEED, damaged_to_test, score_damage, tune_radii

REFERENCE_FILE = MODEL_DATA / "unet_32x32_reference.csv"
OTHER_DAMAGE = {  # which the model has never seen
    "pale segments": partial(segments, colour=(0.9, 0.85, 0.7)),
    "almost black segments": partial(segments, colour=(2 / 255, 2 / 255, 2 / 255)),
    "segments 4 pixels thick": partial(segments, thickness=(4, 4)),
}
PIECE = 512  # side of the piece of each painting that is scored, in pixels
ALMOST_BLACK = 16 / 255  # no colour of a pixel is brighter


def measure():
    """The entries of scores.json on the model unet_32x32. Needs the real data."""
    model = load_model("unet_32x32")
    return {
        "unet_32x32": score_on_cifar10(model, load_cifar10()),
        "unet_32x32_on_paintings": score_on_paintings(model),
    }


def as_text(scores):
    """Tables of what `measure` returned, as Markdown."""
    on_paintings = scores["unet_32x32_on_paintings"]["methods"]
    return "\n\n".join([
        tables.segments_as_markdown(scores["unet_32x32"]),
        tables.as_markdown(on_paintings, tables.PAINTING_COLUMNS),
    ])


def score_on_cifar10(model, data):
    """Everything that scores.json says of a model on small pictures. data: Cifar10."""
    radii = tune_radii(data.validation)
    return {
        "data": f"the first {len(data.test):,} test pictures of CIFAR-10",
        "damage": "standard segments at 32x32 (damage.segments)",
        "seed": TEST_SEED,
        "radius": radii,
        "parameters": model.count_params(),
        **score_damage(model, data.test, radii),
        "black_rule": score_black_rule(data.test),
        "other_damage": {
            kind: score_damage(model, data.test, radii, damage)
            for kind, damage in OTHER_DAMAGE.items()
        },
    }


def score_black_rule(test):
    """Scores of the biharmonic method where nobody tells it the mask, but `black_pixels` finds it.

    The damage that this model was trained on is exactly black: what is a network worth here?

    test: (n, h, w, 3) float32 in [0, 1], sound.
    """
    damaged, masks = damaged_to_test(test)
    black = classical.black_pixels(damaged)
    filled = classical.restore_all(classical.biharmonic, damaged, black)
    return {
        "damage_map_iou": iou(masks, black),
        "methods": {"biharmonic, on black pixels": score(test, filled, masks)},
    }


def central_pieces(files, side=PIECE):
    """The square in the middle of each picture file: (n, side, side, 3) float32 in [0, 1]."""
    def piece(picture):
        top, left = ((whole - side) // 2 for whole in picture.shape[:2])
        return picture[top : top + side, left : left + side]

    return np.stack([piece(read_picture(file)) for file in files])


def segments_in_patches(picture, rng):
    """Damage a picture as the 32x32 pictures were damaged: standard segments in every 32x32 patch.

    So as many pixels are damaged, by segments as thick and as long, as in training; 1 to 9 segments
    in a whole painting would be a hundredth of it. Arguments and result as for `damage.segments`;
    height and width are multiples of 32.
    """
    damaged, masks = damage_batch(cut(picture), rng)
    return join(damaged, *picture.shape[:2]), join(masks, *picture.shape[:2])


def painting_methods(model, radii):
    """The methods that are scored on paintings: {name: function (damaged, mask) -> restored}."""
    return classical.methods(radii) | {
        "U-Net, blind": lambda damaged, mask: restore_painting(model, damaged)[0],
        "U-Net, told": lambda damaged, mask: restore_painting(model, damaged, mask)[0],
    }


def score_paintings(model, validation, test):
    """Scores of all methods on pieces of paintings with standard damage, from the test seed.

    The classical methods are given the mask, and the radius that is best for the validation pieces.

    validation, test: (n, h, w, 3) float32 in [0, 1], from `central_pieces`.
    """
    radii = tune_radii(validation, segments_in_patches, classical.PAINTING_RADII)
    damaged, masks = damaged_to_test(test, segments_in_patches)
    scored, changed = {"damaged": score(test, damaged, masks)}, {}
    for name, method in painting_methods(model, radii).items():
        method(damaged[0], masks[0])  # the first call of a network also compiles
        began = time.monotonic()
        restored = classical.restore_all(method, damaged, masks)
        seconds = (time.monotonic() - began) / (masks.size / 1e6)
        scored[name] = score(test, restored, masks) | {"seconds_per_megapixel": seconds}
        if name.startswith("U-Net"):
            changed[name] = changed_pixels(test, damaged, restored, masks)
    return {
        "damaged_fraction": float(masks.mean()),
        "radius": radii,
        "methods": scored,
        "sound_pixels": int((~masks).sum()),
        "sound_pixels_changed": changed,
    }


def changed_pixels(sound, damaged, restored, masks):
    """How many pixels outside the masks changed at all, and how many of these are almost black.

    sound, damaged, restored: (n, h, w, 3) float32 in [0, 1].   masks: (n, h, w) bool.
    """
    changed = (restored != damaged).any(axis=-1) & ~masks
    dark = sound.max(axis=-1) <= ALMOST_BLACK
    return {"pixels": int(changed.sum()), "almost_black": int((changed & dark).sum())}


def score_on_paintings(model):
    """Everything that scores.json says of a model on real paintings.

    Raises PictureError if they cannot be fetched.
    """
    precision = faster_to_restore(model)  # as in `restore.restore_file`
    validation, test = (
        central_pieces(fetch_paintings(list_paintings(split))) for split in ("validation", "test")
    )
    return {
        "data": f"the central {PIECE}x{PIECE} pixels of each of the {len(test)} test paintings",
        "damage": "standard segments in every 32x32 patch (scores.unet_32x32.segments_in_patches)",
        "seed": TEST_SEED,
        "precision": precision,
        **score_paintings(with_precision(model, precision), validation, test),
    }


def reference_output(model):
    """What a model makes of four damaged pictures of coloured waves, which any machine can compute.

    Returns (256, 4) float32 in [0, 1]: red, green, blue and damage map at every fourth pixel.
    """
    rng = np.random.default_rng(TEST_SEED)
    down, across, start = rng.uniform(0.5, 3, (3, 4, 1, 1, 3))
    row, column = np.mgrid[0:32, 0:32][..., None] / 32
    waves = 0.5 + 0.4 * np.sin(2 * np.pi * (down * row + across * column + start))
    damaged, _ = damage_batch(waves.astype(np.float32), rng)
    restored, damage_map = restore_batch(model, damaged)
    output = np.concatenate([restored, damage_map[..., None]], axis=-1)
    return output[:, ::4, ::4].reshape(-1, 4)


def keep_reference():
    """Write the output of the shipped model into REFERENCE_FILE."""
    np.savetxt(
        REFERENCE_FILE, reference_output(load_model("unet_32x32")), fmt="%.5f", delimiter=",",
        header="red,green,blue,damage", comments="",
    )
