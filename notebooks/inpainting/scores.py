"""Score the shipped models beside the classical methods, and keep the result in a file.

    python -m inpainting.scores          (in the folder notebooks/; `make scores` does the same)

writes Model_data/scores.json, and unet_32x32_reference.csv: the output of the model on pictures that
a formula makes, to which other backends and versions are compared. It needs the real CIFAR-10 and
the real paintings.
"""

import json
import sys
import time
from functools import partial

import cv2
import keras
import numpy as np
import skimage

from . import classical
from .damage import damage_batch, segments
from .data import PictureError, fetch_paintings, list_paintings, load_cifar10, read_picture
from .metrics import iou, psnr_of_each, score
from .patches import cut, join
from .restore import (
    MODEL_DATA, faster_to_restore, load_model, restore_batch, restore_painting,
)
from .unet import with_precision

SCORES_FILE = MODEL_DATA / "scores.json"
REFERENCE_FILE = MODEL_DATA / "unet_32x32_reference.csv"
TEST_SEED = 10_000  # of the damage on the test pictures
RADIUS_SEED = 5_000  # of the damage on the validation pictures that choose the radius
RADIUS_PICTURES = 500
FRACTIONS = (0, 0.05, 0.1, 0.15, 0.2, 0.3, 1)
OTHER_DAMAGE = {  # which the model has never seen
    "pale segments": partial(segments, colour=(0.9, 0.85, 0.7)),
    "almost black segments": partial(segments, colour=(2 / 255, 2 / 255, 2 / 255)),
    "segments 4 pixels thick": partial(segments, thickness=(4, 4)),
}
COLUMNS = {
    "mae": ("MAE", "{:.4f}"),
    "psnr": ("PSNR (dB)", "{:.2f}"),
    "ssim": ("SSIM", "{:.4f}"),
    "mae_inside": ("MAE inside", "{:.4f}"),
    "psnr_inside": ("PSNR inside (dB)", "{:.2f}"),
    "ssim_inside": ("SSIM inside", "{:.3f}"),
}
PAINTING_COLUMNS = {
    **{key: COLUMNS[key] for key in ("mae", "psnr", "ssim", "psnr_inside")},
    "psnr_inside_per_picture": ("PSNR inside, mean of the paintings (dB)", "{:.2f}"),
    "seconds_per_megapixel": ("seconds per megapixel", "{:.2f}"),
}
PIECE = 512  # side of the piece of each painting that is scored, in pixels
PAINTING_RADII = range(1, 6)  # tried for the classical methods; large ones take minutes
ALMOST_BLACK = 16 / 255  # no colour of a pixel is brighter


def tune_radii(validation, damage=segments, radii=classical.RADII):
    """The best radius of each method that has one, on the first validation pictures.

    validation: (n, h, w, 3) float32 in [0, 1], sound.   damage: function (picture, rng).
    radii: those tried.   Returns {"Telea": int, "Navier-Stokes": int}.
    """
    sound = validation[:RADIUS_PICTURES]
    damaged, masks = damage_batch(sound, np.random.default_rng(RADIUS_SEED), damage)
    return {
        "Telea": classical.best_radius(classical.telea, sound, damaged, masks, radii),
        "Navier-Stokes": classical.best_radius(
            classical.navier_stokes, sound, damaged, masks, radii),
    }


def restore_classically(damaged, masks, radii):
    """Restore a batch by the classical methods; arguments as for `restore_by_all`.

    Returns {method: restored (n, h, w, 3)}.
    """
    return {
        "Telea": classical.restore_all(
            classical.telea, damaged, masks, radius=radii["Telea"]),
        "Navier-Stokes": classical.restore_all(
            classical.navier_stokes, damaged, masks, radius=radii["Navier-Stokes"]),
        "biharmonic": classical.restore_all(classical.biharmonic, damaged, masks),
    }


def restore_by_all(model, damaged, masks, radii):
    """Restore a batch by every method.

    damaged: (n, h, w, 3) float32 in [0, 1].   masks: (n, h, w) bool.   radii: from `tune_radii`.
    Returns {method: restored (n, h, w, 3)}, and the network's damage map (n, h, w).
    """
    blind, damage_map = restore_batch(model, damaged)
    told, _ = restore_batch(model, damaged, masks)
    restored = {
        "damaged": damaged,
        **restore_classically(damaged, masks, radii),
        "U-Net, blind": blind,
        "U-Net, told": told,
    }
    return restored, damage_map


def by_fraction(sound, restored, masks):
    """PSNR inside the damage, in bins of the damaged fraction of a picture.

    restored: {method: (n, h, w, 3)}.   Returns a list, as `plots.bars_by_fraction` takes it.
    """
    fraction = masks.mean(axis=(1, 2))
    bins = []
    for low, high in zip(FRACTIONS, FRACTIONS[1:]):
        chosen = (low < fraction) & (fraction <= high)
        if chosen.any():
            bins.append({
                "from": low,
                "to": min(high, float(fraction.max())),
                "pictures": int(chosen.sum()),
                "psnr_inside": {
                    method: score(sound[chosen], pictures[chosen], masks[chosen])["psnr_inside"]
                    for method, pictures in restored.items()
                },
            })
    return bins


def best_and_worst(sound, restored, masks, number=3):
    """Indices of the pictures with the highest and the lowest PSNR inside the damage."""
    order = np.argsort(psnr_of_each(sound, restored, masks))
    return [*order[::-1][:number], *order[:number]]


def as_markdown(methods, columns=COLUMNS):
    """A table of scores: {method: dict from `metrics.score`} -> Markdown text.

    columns: {key of the score: (title, format)}; a score that is missing leaves its place empty.
    """
    head = ["method", *(title for title, _ in columns.values())]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for method, values in methods.items():
        cells = [
            form.format(values[key]) if key in values else "" for key, (_, form) in columns.items()
        ]
        lines.append("| " + " | ".join([method, *cells]) + " |")
    return "\n".join(lines)


def score_damage(model, test, radii, damage=segments):
    """Scores of all methods on test pictures with one kind of damage, from the test seed."""
    damaged, masks = damage_batch(test, np.random.default_rng(TEST_SEED), damage)
    restored, damage_map = restore_by_all(model, damaged, masks, radii)
    repainted = np.abs(restored["U-Net, blind"] - damaged).max(axis=-1) > 0.5 / 255
    return {
        "damaged_fraction": float(masks.mean()),
        "damage_map_iou": iou(masks, damage_map > 0.5),
        "sound_pixels_changed": float(repainted[~masks].mean()),
        "methods": {name: score(test, pictures, masks) for name, pictures in restored.items()},
        "by_damaged_fraction": by_fraction(test, restored, masks),
    }


def score_unet_32x32(model, data):
    """Everything that scores.json says of the model unet_32x32. data: Cifar10."""
    radii = tune_radii(data.validation)
    return {
        "data": f"the first {len(data.test):,} test pictures of CIFAR-10",
        "damage": "standard segments at 32x32 (damage.segments)",
        "seed": TEST_SEED,
        "radius": radii,
        "parameters": model.count_params(),
        **score_damage(model, data.test, radii),
        "other_damage": {
            kind: score_damage(model, data.test, radii, damage)
            for kind, damage in OTHER_DAMAGE.items()
        },
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
    return {
        "Telea": partial(classical.telea, radius=radii["Telea"]),
        "Navier-Stokes": partial(classical.navier_stokes, radius=radii["Navier-Stokes"]),
        "biharmonic": classical.biharmonic,
        "U-Net, blind": lambda damaged, mask: restore_painting(model, damaged)[0],
        "U-Net, told": lambda damaged, mask: restore_painting(model, damaged, mask)[0],
    }


def score_paintings(model, validation, test):
    """Scores of all methods on pieces of paintings with standard damage, from the test seed.

    The classical methods are given the mask, and the radius that is best for the validation pieces.

    validation, test: (n, h, w, 3) float32 in [0, 1], from `central_pieces`.
    """
    radii = tune_radii(validation, segments_in_patches, PAINTING_RADII)
    damaged, masks = damage_batch(test, np.random.default_rng(TEST_SEED), segments_in_patches)
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
    """How many sound pixels changed, and how many of these were almost black."""
    changed = (restored != damaged).any(axis=-1) & ~masks
    dark = sound.max(axis=-1) <= ALMOST_BLACK
    return {"pixels": int(changed.sum()), "almost_black": int((changed & dark).sum())}


def score_unet_32x32_on_paintings(model):
    """Everything that scores.json says of the model unet_32x32 on real paintings.

    Raises PictureError if they cannot be fetched.
    """
    precision = faster_to_restore(model)  # as in `restore.restore_file`
    validation, test = (
        central_pieces(fetch_paintings(list_paintings(split))) for split in ("validation", "test")
    )
    return {
        "data": f"the central {PIECE}x{PIECE} pixels of each of the {len(test)} test paintings",
        "damage": "standard segments in every 32x32 patch (scores.segments_in_patches)",
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


def keep_scores(scores):
    """Write scores, a dict of one entry per model, into scores.json; keep those of other models."""
    made_with = {
        "keras": keras.__version__,
        "backend": keras.backend.backend(),
        "numpy": np.__version__,
        "opencv": cv2.__version__,
        "scikit-image": skimage.__version__,
    }
    known = json.loads(SCORES_FILE.read_text(encoding="utf-8")) if SCORES_FILE.exists() else {}
    known |= {name: values | {"made_with": made_with} for name, values in scores.items()}
    SCORES_FILE.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


def main():
    data = load_cifar10()
    if not data.is_real:
        sys.exit("The scores of the shipped model are measured on the real CIFAR-10 only.")
    model = load_model("unet_32x32")
    try:
        on_paintings = score_unet_32x32_on_paintings(model)
    except PictureError as error:
        sys.exit(f"The scores of the shipped model need the real paintings: {error}")
    on_cifar10 = score_unet_32x32(model, data)
    keep_scores({"unet_32x32": on_cifar10, "unet_32x32_on_paintings": on_paintings})
    np.savetxt(
        REFERENCE_FILE, reference_output(model), fmt="%.5f", delimiter=",",
        header="red,green,blue,damage", comments="",
    )
    print(as_markdown(on_cifar10["methods"]))
    print(f"IoU of the damage map: {on_cifar10['damage_map_iou']:.4f}")
    print(as_markdown(on_paintings["methods"], PAINTING_COLUMNS))


if __name__ == "__main__":
    main()
