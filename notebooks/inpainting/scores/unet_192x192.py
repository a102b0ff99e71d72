"""Scores of the 192x192 models on crops of the test paintings."""

import numpy as np

from ..crops import fixed_crops
from ..damage import damage_batch, segments
from ..damage_kinds import KINDS, mixed
from ..data import load_paintings
from ..metrics import iou, score
from ..models import load_model
from ..restore import BEST_MODEL
from ..tiles import DAMAGED, FOUND, restore_batch
from ..uncertainty import calibration, restore_eight_ways
from .protocol import (
    RADIUS_SEED, TEST_SEED, restore_by_all, restore_classically, score_damage, tune_radii,
)

CROPS = 8  # of each test painting
RADIUS_CROPS = 2  # of each validation painting
THRESHOLDS = 0.1, 0.2, 0.3, 0.4, 0.5, 0.7  # of the damage map, tried for the two passes
RADII = 1, 2, 4, 8, 12  # pixels, tried for the classical methods; larger ones take minutes
SEVERITY = 0.2, 1  # the severities of a kind of damage are uniform between these


def at_any_severity(kind):
    """A kind of damage at a random severity: function (picture, rng) -> (damaged, mask)."""
    return lambda picture, rng: kind(picture, rng, rng.uniform(*SEVERITY))


def damages_to_score():
    """The damages that are scored: {name: function (picture, rng) -> (damaged, mask)}."""
    kinds = {name: at_any_severity(kind) for name, kind in KINDS.items()}
    return {"segments": segments} | kinds | {"mixed": mixed}


def score_kind(model, segment_model, crops, radius_crops, damage):
    """Scores of all methods on one kind of damage.

    model, segment_model: the one trained on mixed damage, and the one trained on segments alone.
    crops, radius_crops: (n, h, w, 3) float32 in [0, 1], sound; the second ones choose the radii.
    damage: function (picture, rng) -> (damaged, mask).
    """
    radii = tune_radii(radius_crops, damage, RADII)
    damaged, masks = damage_batch(crops, np.random.default_rng(TEST_SEED), damage)
    restored, damage_map = restore_by_all(model, damaged, masks, radii)
    found = damage_map > FOUND
    restored["U-Net, blind in two passes"], _ = restore_batch(model, damaged, found)
    restored["segment U-Net, blind"], segment_map = restore_batch(segment_model, damaged)
    methods = {name: score(crops, pictures, masks) for name, pictures in restored.items()}
    mapped = restore_classically(damaged, found, radii)
    mapped = {name: score(crops, pictures, masks) for name, pictures in mapped.items()}
    best = max(mapped, key=lambda name: mapped[name]["psnr_inside"])
    methods["best classical, on the map"] = mapped[best]
    return {
        "damaged_fraction": float(masks.mean()),
        "radius": radii,
        "damage_map_iou": iou(masks, damage_map > DAMAGED),
        "segment_damage_map_iou": iou(masks, segment_map > DAMAGED),
        "best_on_the_map": best,
        "methods": methods,
    }


def score_thresholds(model, crops):
    """What is gained inside mixed damage where the first of two passes counts more, or less, as found.

    crops: (n, h, w, 3) float32 in [0, 1], sound, of validation paintings.
    Returns the thresholds of the damage map, and the PSNR inside the damage for each, in dB.
    """
    damaged, masks = damage_batch(crops, np.random.default_rng(RADIUS_SEED), mixed)
    _, damage_map = restore_batch(model, damaged)
    filled = (restore_batch(model, damaged, damage_map > threshold)[0] for threshold in THRESHOLDS)
    return THRESHOLDS, [score(crops, pictures, masks)["psnr_inside"] for pictures in filled]


def score_spread(model, crops):
    """How well the spread of eight orientations foretells the error inside mixed damage."""
    damaged, masks = damage_batch(crops, np.random.default_rng(TEST_SEED), mixed)
    restored, _, spread = restore_eight_ways(model, damaged)
    once, _ = restore_batch(model, damaged)
    error = np.abs(restored - crops).mean(axis=-1)
    return {
        "correlation": float(np.corrcoef(spread[masks], error[masks])[0, 1]),
        "groups": calibration(spread[masks], error[masks]),
        "psnr_inside_of_one": score(crops, once, masks)["psnr_inside"],
        "psnr_inside_of_eight": score(crops, restored, masks)["psnr_inside"],
    }


def score_192x192(precision):
    """Everything that scores.json says of the 192x192 models. precision: to compute in."""
    crops = fixed_crops(load_paintings("test"), CROPS, TEST_SEED)
    radius_crops = fixed_crops(load_paintings("validation"), RADIUS_CROPS, RADIUS_SEED)
    small, large, skilled = (
        load_model(name, precision=precision)
        for name in ("unet_32x32", "unet_192x192", BEST_MODEL)
    )
    about = {
        "data": f"{len(crops)} crops of 192x192 pixels, {CROPS} of each test painting, at its scale",
        "seed": TEST_SEED,
        "precision": precision,
    }
    radii = tune_radii(radius_crops, radii=RADII)
    on_segments = score_damage(large, crops, radii)
    damaged, masks = damage_batch(crops, np.random.default_rng(TEST_SEED))
    on_segments["methods"]["U-Net of 32x32, blind"] = score(
        crops, restore_batch(small, damaged)[0], masks)
    _, untouched = restore_batch(skilled, crops)
    return {
        "unet_192x192": about | {
            "damage": "standard segments at 192x192 (damage.segments)", "radius": radii,
        } | on_segments,
        BEST_MODEL: about | {
            "damage": f"each kind at severities from {SEVERITY[0]} to {SEVERITY[1]}",
            "kinds": {
                name: score_kind(skilled, large, crops, radius_crops, damage)
                for name, damage in damages_to_score().items()
            },
            "repainted_where_nothing_is_damaged": float((untouched > FOUND).mean()),
            "thresholds": score_thresholds(skilled, fixed_crops(
                load_paintings("validation"), CROPS, RADIUS_SEED)),
            "spread": score_spread(skilled, crops),
        },
    }
