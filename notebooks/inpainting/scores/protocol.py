"""What is measured, on which pictures, against which methods: the one protocol of all scores."""

import json

import cv2
import keras
import numpy as np
import skimage

from .. import classical
from ..crops import fixed_crops
from ..damage import damage_batch, segments
from ..data import load_paintings
from ..files import whole
from ..metrics import SMALLEST_ERROR, iou, psnr_of_each, score
from ..models import MODEL_DATA
from ..tiles import DAMAGED, restore_batch
from .keys import KEYS

SCORES_FILE = MODEL_DATA / "scores.json"
TEST_SEED = 10_000  # of the crops of the test paintings, and of all damage that is scored
CHOICE_SEED = 5_000  # of the crops and the damage that choose radii and thresholds
RADIUS_PICTURES = 500
CROPS = 8  # of each test painting
FRACTIONS = (0, 0.05, 0.1, 0.15, 0.2, 0.3, 1)


def crops_to_test():
    """The crops of the test paintings: (paintings * CROPS, 192, 192, 3) float32 in [0, 1]."""
    return fixed_crops(load_paintings("test"), CROPS, TEST_SEED)


def crops_to_choose(number):
    """Crops of the validation paintings, `number` of each, to choose radii and thresholds by."""
    return fixed_crops(load_paintings("validation"), number, CHOICE_SEED)


def damaged_to_test(sound, damage=segments):
    """Damage test pictures, always in the same way. Arguments and result as for `damage_batch`."""
    return damage_batch(sound, np.random.default_rng(TEST_SEED), damage)


def damaged_to_choose(sound, damage=segments):
    """Damage validation pictures, which choose radii and thresholds, always in the same way.

    Arguments and result as for `damage_batch`.
    """
    return damage_batch(sound, np.random.default_rng(CHOICE_SEED), damage)


def tune_radii(validation, damage=segments, radii=classical.RADII):
    """The best radius of each method that has one, on the first validation pictures.

    validation: (n, h, w, 3) float32 in [0, 1], sound.   damage: function (picture, rng).
    radii: those tried.   Returns {"Telea": int, "Navier-Stokes": int}.
    """
    sound = validation[:RADIUS_PICTURES]
    damaged, masks = damaged_to_choose(sound, damage)
    return classical.best_radii(sound, damaged, masks, radii)


def restore_by_all(model, damaged, masks, radii):
    """Restore a batch by every method.

    damaged: (n, h, w, 3) float32 in [0, 1].   masks: (n, h, w) bool.   radii: from `tune_radii`.
    Returns {method: restored (n, h, w, 3)}, and the network's damage map (n, h, w).
    """
    blind, damage_map = restore_batch(model, damaged)
    told, _ = restore_batch(model, damaged, masks)
    restored = {
        "damaged": damaged,
        **classical.restore_by_each(damaged, masks, radii),
        "U-Net, blind": blind,
        "U-Net, told": told,
    }
    return restored, damage_map


def score_each(sound, restored, masks):
    """Scores of each method: {method: restored (n, h, w, 3)} -> {method: from `metrics.score`}."""
    return {method: score(sound, pictures, masks) for method, pictures in restored.items()}


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
    """Indices of the pictures with the highest PSNR inside the damage, the highest first, then of
    those with the lowest, the lowest first.
    """
    order = np.argsort(psnr_of_each(sound, restored, masks))
    return [*order[::-1][:number], *order[:number]]


def score_damage(model, test, radii, damage=segments):
    """Scores of all methods on test pictures with one kind of damage, for scores.json.

    test: (n, h, w, 3) float32 in [0, 1], sound.   radii: from `tune_radii`.
    damage: function (picture, rng) -> (damaged, mask).
    """
    damaged, masks = damaged_to_test(test, damage)
    restored, damage_map = restore_by_all(model, damaged, masks, radii)
    repainted = np.abs(restored["U-Net, blind"] - damaged).max(axis=-1) > SMALLEST_ERROR
    return {
        "damaged_fraction": float(masks.mean()),
        "damage_map_iou": iou(masks, damage_map > DAMAGED),
        "sound_fraction_changed": float(repainted[~masks].mean()),
        "methods": score_each(test, restored, masks),
        "by_damaged_fraction": by_fraction(test, restored, masks),
    }


def made_with():
    """The versions of the libraries that decide the scores: {name: version}."""
    return {
        "keras": keras.__version__,
        "backend": keras.backend.backend(),
        "numpy": np.__version__,
        "opencv": cv2.__version__,
        "scikit-image": skimage.__version__,
    }


def keep_scores(scores):
    """Write scores, a dict of one entry per model, into scores.json; keep those of other models.

    The meanings of all keys are written, too.
    """
    known = json.loads(SCORES_FILE.read_text(encoding="utf-8")) if SCORES_FILE.exists() else {}
    known |= {"keys": KEYS}
    known |= {name: values | {"made_with": made_with()} for name, values in scores.items()}
    with whole(SCORES_FILE) as part:
        part.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
