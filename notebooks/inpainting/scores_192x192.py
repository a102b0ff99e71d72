"""Score the shipped 192x192 models on crops of the test paintings, and keep the result.

    python -m inpainting.scores_192x192      (in the folder notebooks/; `make scores` calls it, too)

adds to Model_data/scores.json. It needs the real paintings.
"""

import sys

import numpy as np

from .damage import KINDS, damage_batch, fixed_crops, mixed, segments
from .data import PictureError, fetch_paintings, list_paintings, load_paintings
from .metrics import iou, score
from .restore import BEST_MODEL, DAMAGED, FOUND, faster_to_restore, load_model, restore_batch
from .scores import (
    RADIUS_SEED, TEST_SEED, as_markdown, keep_scores, restore_by_all, restore_classically,
    score_damage, tune_radii,
)
from .uncertainty import calibration, restore_eight_ways

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


KIND_COLUMNS = {
    "damaged": "damaged", "Telea": "Telea, told", "Navier-Stokes": "Navier-Stokes, told",
    "biharmonic": "biharmonic, told", "segment U-Net, blind": "segment U-Net, blind",
    "U-Net, blind": "U-Net, blind", "U-Net, blind in two passes": "U-Net, blind in two passes",
    "U-Net, told": "U-Net, told",
    "best classical, on the map": "best classical, on the U-Net's map",
}


def kinds_as_markdown(kinds, key="psnr_inside", form="{:.2f}"):
    """A table with a row for each kind of damage and a column for each method, as Markdown.

    kinds: from scores.json.   key: of the score.
    """
    lines = ["| damage | " + " | ".join(KIND_COLUMNS.values()) + " |"]
    lines.append("|---" * (len(KIND_COLUMNS) + 1) + "|")
    for name, row in kinds.items():
        cells = [form.format(row["methods"][method][key]) for method in KIND_COLUMNS]
        lines.append("| " + " | ".join([name, *cells]) + " |")
    return "\n".join(lines)


def ious_as_markdown(kinds):
    """A table of the IoU of the damage maps, as Markdown. kinds: from scores.json."""
    lines = ["| damage | segment U-Net | U-Net trained on mixed damage |", "|---|---|---|"]
    for name, row in kinds.items():
        lines.append(f"| {name} | {row['segment_damage_map_iou']:.3f} | {row['damage_map_iou']:.3f} |")
    return "\n".join(lines)


def main():
    try:
        fetch_paintings(list_paintings("validation") + list_paintings("test"))
    except PictureError as error:
        sys.exit(f"The scores of the shipped models need the real paintings: {error}")
    result = score_192x192(faster_to_restore(load_model("unet_192x192")))
    keep_scores(result)
    print(as_markdown(result["unet_192x192"]["methods"]))
    kinds = result[BEST_MODEL]["kinds"]
    print(kinds_as_markdown(kinds), ious_as_markdown(kinds), sep="\n\n")


if __name__ == "__main__":
    main()
