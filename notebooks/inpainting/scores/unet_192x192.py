"""Scores of the 192x192 models on crops of the test paintings."""

import numpy as np

from .. import classical
from ..damage import segments
from ..damage_kinds import KINDS, mixed
from ..metrics import iou, score
from ..models import faster_to_restore, load_model
from ..tiles import DAMAGED, FOUND, fill_found, restore_batch
from ..uncertainty import calibration, restore_eight_ways
from . import tables
from .protocol import (
    CROPS, TEST_SEED, crops_to_choose, crops_to_test, damaged_to_choose, damaged_to_test,
    restore_by_all, score_damage, score_each, tune_radii,
)

SKILLED = "unet_192x192_damages"  # the one that knows most kinds of damage
RADIUS_CROPS = 2  # of each validation painting
THRESHOLD_CROPS = 8  # of each validation painting
THRESHOLDS = 0.1, 0.2, 0.3, 0.4, 0.5, 0.7  # of the damage map, tried for the two passes
SEVERITY = 0.2, 1  # the severities of a kind of damage are uniform between these


def measure():
    """The entries of scores.json on the 192x192 models. Needs the real data."""
    precision = faster_to_restore(load_model("unet_192x192"))
    small, large, skilled = (
        load_model(name, precision=precision)
        for name in ("unet_32x32", "unet_192x192", SKILLED)
    )
    crops, radius_crops = crops_to_test(), crops_to_choose(RADIUS_CROPS)
    about = {
        "data": f"{len(crops)} crops of 192x192 pixels, "
            f"{CROPS} of each test painting, at its scale",
        "seed": TEST_SEED,
        "precision": precision,
    }
    return {
        "unet_192x192": about | score_segments(large, small, crops, radius_crops),
        SKILLED: about | {
            "damage": f"each kind at severities from {SEVERITY[0]} to {SEVERITY[1]}",
            "kinds": {
                name: score_kind(skilled, large, crops, radius_crops, damage)
                for name, damage in damages_to_score().items()
            },
            "repainted_where_nothing_is_damaged": repainted_fraction(skilled, crops),
            "thresholds": score_thresholds(skilled, crops_to_choose(THRESHOLD_CROPS)),
            "spread": score_spread(skilled, crops),
        },
    }


def as_text(scores):
    """Tables of what `measure` returned, as Markdown."""
    kinds = scores[SKILLED]["kinds"]
    return "\n\n".join([
        tables.as_markdown(scores["unet_192x192"]["methods"]),
        tables.kinds_as_markdown(kinds),
        tables.ious_as_markdown(kinds),
    ])


def score_segments(model, small, crops, radius_crops):
    """Scores of all methods on standard segments.

    model, small: the one trained at 192x192, and the one trained at 32x32.
    crops, radius_crops: (n, h, w, 3) float32 in [0, 1], sound; the second ones choose the radii.
    """
    radii = tune_radii(radius_crops, radii=classical.CROP_RADII)
    scores = score_damage(model, crops, radii)
    damaged, masks = damaged_to_test(crops)
    by_small, _ = restore_batch(small, damaged)
    scores["methods"]["U-Net of 32x32, blind"] = score(crops, by_small, masks)
    return {"damage": "standard segments at 192x192 (damage.segments)", "radius": radii} | scores


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
    radii = tune_radii(radius_crops, damage, classical.CROP_RADII)
    damaged, masks = damaged_to_test(crops, damage)
    restored, damage_map = restore_by_all(model, damaged, masks, radii)
    restored["U-Net, blind in two passes"], found = fill_found(model, damaged, damage_map)
    restored["segment U-Net, blind"], segment_map = restore_batch(segment_model, damaged)
    methods = score_each(crops, restored, masks)
    mapped = score_each(crops, classical.restore_by_each(damaged, found, radii), masks)
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


def repainted_fraction(model, crops):
    """The part of the pixels of sound crops (n, h, w, 3) that two passes would repaint."""
    _, damage_map = restore_batch(model, crops)
    return float((damage_map > FOUND).mean())


def score_thresholds(model, crops):
    """What two passes gain inside mixed damage, where more counts as found, or less.

    crops: (n, h, w, 3) float32 in [0, 1], sound, of validation paintings.
    Returns the thresholds of the damage map, and the PSNR inside the damage for each, in dB.
    """
    damaged, masks = damaged_to_choose(crops, mixed)
    _, damage_map = restore_batch(model, damaged)
    filled = (fill_found(model, damaged, damage_map, threshold)[0] for threshold in THRESHOLDS)
    return THRESHOLDS, [score(crops, pictures, masks)["psnr_inside"] for pictures in filled]


def score_spread(model, crops):
    """How well the spread of eight orientations foretells the error inside mixed damage."""
    damaged, masks = damaged_to_test(crops, mixed)
    restored, _, spread = restore_eight_ways(model, damaged)
    once, _ = restore_batch(model, damaged)
    error = np.abs(restored - crops).mean(axis=-1)
    return {
        "correlation": float(np.corrcoef(spread[masks], error[masks])[0, 1]),
        "groups": calibration(spread[masks], error[masks]),
        "psnr_inside_of_one": score(crops, once, masks)["psnr_inside"],
        "psnr_inside_of_eight": score(crops, restored, masks)["psnr_inside"],
    }
