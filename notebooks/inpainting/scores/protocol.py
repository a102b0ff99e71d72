"""What is measured, on which pictures, against which methods: the one protocol of all scores."""

import json

import cv2
import keras
import numpy as np
import skimage

from .. import classical
from ..damage import damage_batch, segments
from ..files import whole
from ..metrics import iou, psnr_of_each, score
from ..models import MODEL_DATA
from ..tiles import DAMAGED, restore_batch

SCORES_FILE = MODEL_DATA / "scores.json"
TEST_SEED = 10_000  # of the damage on the test pictures
RADIUS_SEED = 5_000  # of the damage on the validation pictures that choose the radius
RADIUS_PICTURES = 500
FRACTIONS = (0, 0.05, 0.1, 0.15, 0.2, 0.3, 1)


def tune_radii(validation, damage=segments, radii=classical.RADII):
    """The best radius of each method that has one, on the first validation pictures.

    validation: (n, h, w, 3) float32 in [0, 1], sound.   damage: function (picture, rng).
    radii: those tried.   Returns {"Telea": int, "Navier-Stokes": int}.
    """
    sound = validation[:RADIUS_PICTURES]
    damaged, masks = damage_batch(sound, np.random.default_rng(RADIUS_SEED), damage)
    return classical.best_radii(sound, damaged, masks, radii)


def restore_classically(damaged, masks, radii):
    """Restore a batch by the classical methods; arguments as for `restore_by_all`.

    Returns {method: restored (n, h, w, 3)}.
    """
    return {
        name: classical.restore_all(method, damaged, masks)
        for name, method in classical.methods(radii).items()
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


def score_damage(model, test, radii, damage=segments):
    """Scores of all methods on test pictures with one kind of damage, from the test seed."""
    damaged, masks = damage_batch(test, np.random.default_rng(TEST_SEED), damage)
    restored, damage_map = restore_by_all(model, damaged, masks, radii)
    repainted = np.abs(restored["U-Net, blind"] - damaged).max(axis=-1) > 0.5 / 255
    return {
        "damaged_fraction": float(masks.mean()),
        "damage_map_iou": iou(masks, damage_map > DAMAGED),
        "sound_pixels_changed": float(repainted[~masks].mean()),
        "methods": {name: score(test, pictures, masks) for name, pictures in restored.items()},
        "by_damaged_fraction": by_fraction(test, restored, masks),
    }


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
    with whole(SCORES_FILE) as part:
        part.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
