"""Score the shipped models beside the classical methods, and keep the result in a file.

    python -m inpainting.scores          (in the folder notebooks/; `make scores` does the same)

writes Model_data/scores.json, and unet_32x32_reference.csv: the output of the model on pictures that
a formula makes, to which other backends and versions are compared. It needs the real CIFAR-10.
"""

import json
import sys
from functools import partial

import cv2
import keras
import numpy as np
import skimage

from . import classical
from .damage import damage_batch, segments
from .data import load_cifar10
from .metrics import iou, psnr_of_each, score
from .restore import MODEL_DATA, load_model, restore_batch

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


def tune_radii(validation, damage=segments):
    """The best radius of each method that has one, on the first validation pictures.

    validation: (n, h, w, 3) float32 in [0, 1], sound.   damage: as for `damage_batch`.
    Returns {"Telea": int, "Navier-Stokes": int}.
    """
    sound = validation[:RADIUS_PICTURES]
    damaged, masks = damage_batch(sound, np.random.default_rng(RADIUS_SEED), damage)
    return {
        "Telea": classical.best_radius(classical.telea, sound, damaged, masks),
        "Navier-Stokes": classical.best_radius(classical.navier_stokes, sound, damaged, masks),
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
        "Telea": classical.restore_all(
            classical.telea, damaged, masks, radius=radii["Telea"]),
        "Navier-Stokes": classical.restore_all(
            classical.navier_stokes, damaged, masks, radius=radii["Navier-Stokes"]),
        "biharmonic": classical.restore_all(classical.biharmonic, damaged, masks),
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


def as_markdown(methods):
    """A table of scores: {method: dict from `metrics.score`} -> Markdown text."""
    head = ["method", *(title for title, _ in COLUMNS.values())]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for method, values in methods.items():
        cells = [form.format(values[key]) for key, (_, form) in COLUMNS.items()]
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


def main():
    data = load_cifar10()
    if not data.is_real:
        sys.exit("The scores of the shipped model are measured on the real CIFAR-10 only.")
    model = load_model("unet_32x32")
    result = {
        "unet_32x32": score_unet_32x32(model, data),
        "made_with": {
            "keras": keras.__version__,
            "backend": keras.backend.backend(),
            "numpy": np.__version__,
            "opencv": cv2.__version__,
            "scikit-image": skimage.__version__,
        },
    }
    np.savetxt(
        REFERENCE_FILE, reference_output(model), fmt="%.5f", delimiter=",",
        header="red,green,blue,damage", comments="",
    )
    SCORES_FILE.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(as_markdown(result["unet_32x32"]["methods"]))
    print(f"IoU of the damage map: {result['unet_32x32']['damage_map_iou']:.4f}")


if __name__ == "__main__":
    main()
