"""Score the filler and the finder on crops of the test paintings, beside the classical methods.

    python -m inpainting.find_and_fill.scores classical filler threshold finder gaps

runs these parts and writes what they measure into Model_data/scores_find_and_fill.json; parts that
are not named keep what an earlier run measured. The filler and the finder are compared to the
classical part; the finder needs the threshold, too. It needs the real paintings.
"""

import argparse
import json
from functools import partial

import cv2
import numpy as np

from .. import classical
from ..crops import fixed_crops
from ..data import load_paintings
from ..models import MODEL_DATA, faster_to_restore, load_model
from ..tiles import PIXELS_AT_ONCE
from .damage_kinds import FIND_KINDS, KINDS, SUB_KINDS, cuts, mixed
from .measures import decibels, gain, measure
from .networks import filler_input, membrane
from .paintings import FILLED

SCORES_FILE = MODEL_DATA / "scores_find_and_fill.json"
TEST_SEED, VALIDATION_SEED = 10_000, 5_000
CROPS = 8  # of each test painting
RADIUS_CROPS = 1  # of each validation painting
THRESHOLD_CROPS = 4
GAP_CROPS = 2
RADII = 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 40  # pixels, tried for the classical methods
THRESHOLDS = 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8
GAPS = 1, 2, 4, 8, 16, 24, 32, 48, 64  # pixels
SEVERITY = 0.2, 1  # the severities of a kind of damage are uniform between these
DAMAGES = (*FIND_KINDS, "flake loss", "mixed")


# Damage


def damage_crop(name, picture, rng):
    """Damage a picture by one of DAMAGES: damaged (h, w, 3), {kind: (h, w) bool}."""
    if name == "mixed":
        return mixed(picture, rng)
    masks = {kind: np.zeros(picture.shape[:2], bool) for kind in FIND_KINDS}
    if name == "cuts":
        damaged, masks["cuts"] = cuts(picture, rng)
    elif name == "flake loss":
        damaged, masks["losses"] = SUB_KINDS["losses"][name](picture, rng, rng.uniform(*SEVERITY))
    else:
        damaged, masks[name] = KINDS[name](picture, rng, rng.uniform(*SEVERITY))
    return damaged, masks


def damage_crops(name, crops, seed):
    """Damage crops (n, h, w, 3): damaged (n, h, w, 3), maps (n, h, w, kinds) bool."""
    rng = np.random.default_rng(seed)
    pairs = [damage_crop(name, crop, rng) for crop in crops]
    maps = [np.stack(list(masks.values()), axis=-1) for _, masks in pairs]
    return np.stack([damaged for damaged, _ in pairs]), np.stack(maps)


def crops_of(split, number):
    """Crops of 192x192 pixels, `number` of each painting of a split, those of one together."""
    seed = TEST_SEED if split == "test" else VALIDATION_SEED
    return fixed_crops(load_paintings(split), number, seed)


# Methods


def best_radius(method, sound, damaged, masks):
    """The radius with the smallest error inside the damage; larger ones are not tried after two
    in a row were worse."""
    tried = {}
    for radius in RADII:
        restored = classical.restore_all(method, damaged, masks, radius=radius)
        tried[radius] = float(((restored - sound)[masks] ** 2).mean())
        best = min(tried, key=tried.get)
        if RADII.index(radius) - RADII.index(best) == 2:
            break
    return best


def tune(sound, damaged, masks):
    """The classical methods with their best radius, as functions; and these radii: two dicts."""
    methods = {"Telea": classical.telea, "Navier-Stokes": classical.navier_stokes}
    radii = {
        name: best_radius(method, sound, damaged, masks) for name, method in methods.items()
    }
    return classical_methods(radii), radii


def classical_methods(radii):
    """{name: function (damaged, mask) -> restored}; the last is the first guess of the filler."""
    return {
        "Telea": partial(classical.telea, radius=radii["Telea"]),
        "Navier-Stokes": partial(classical.navier_stokes, radius=radii["Navier-Stokes"]),
        "biharmonic": classical.biharmonic,
        "membrane": membrane,
    }


CLASSICAL = "Telea", "Navier-Stokes", "biharmonic"  # those that the filler is compared to


def best_of(methods):
    """The name of the classical method with the highest PSNR inside the damage."""
    return max(CLASSICAL, key=lambda name: methods[name]["psnr_inside"])


def predict(model, shown, like):
    """A prediction in batches that fit into memory. like: (n, h, w, 3), for their size."""
    return model.predict(
        shown, batch_size=max(1, PIXELS_AT_ONCE // (like.shape[1] * like.shape[2])), verbose=0)


def fill(filler, damaged, masks):
    """Fill a batch by the filler: (n, h, w, 3), (n, h, w) bool -> (n, h, w, 3)."""
    restored = predict(filler, filler_input(damaged, masks), damaged)["restored"]
    return np.where(masks[..., None], restored, damaged)


def highest(found, kinds=FIND_KINDS):
    """The highest map of these kinds: (n, h, w, all kinds) -> (n, h, w)."""
    return found[..., [FIND_KINDS.index(kind) for kind in kinds]].max(axis=-1)


# Parts


def score_classical(name, crops, paintings):
    """The classical methods, told the mask, with their best radius, on one kind of damage."""
    tuning = crops_of("validation", RADIUS_CROPS)
    damaged, maps = damage_crops(name, tuning, VALIDATION_SEED)
    methods, radii = tune(tuning, damaged, maps.any(axis=-1))
    damaged, maps = damage_crops(name, crops, TEST_SEED)
    masks = maps.any(axis=-1)
    scores = {"damaged": measure(crops, damaged, masks, paintings, ssim=False)}
    for method, restore in methods.items():
        restored = classical.restore_all(restore, damaged, masks)
        scores[method] = measure(crops, restored, masks, paintings, method in CLASSICAL)
    return {
        "damaged_fraction": float(masks.mean()), "radius": radii, "methods": scores,
        "best": best_of(scores),
    }


def score_filler(name, crops, paintings, told, filler):
    """The filler, told the mask, and its gain over the best classical method (told)."""
    damaged, maps = damage_crops(name, crops, TEST_SEED)
    masks = maps.any(axis=-1)
    scores = measure(crops, fill(filler, damaged, masks), masks, paintings)
    return scores | {"ahead_of_the_best": gain(scores, told["methods"][told["best"]])}


def score_threshold(finder, filler):
    """Above which value of the highest map a pixel is filled best, by the PSNR of whole crops.

    Measured on validation paintings, with each kind of damage.
    Returns the threshold with the highest mean over the kinds, and what was measured.
    """
    crops = crops_of("validation", THRESHOLD_CROPS)
    curves = {}
    for name in DAMAGES:
        damaged, _ = damage_crops(name, crops, VALIDATION_SEED + 1)
        found = highest(predict(finder, damaged, damaged)["damage"], FILLED)
        curves[name] = [
            float(decibels(((fill(filler, damaged, found > t) - crops) ** 2).mean()))
            for t in THRESHOLDS
        ]
        print(name, curves[name], flush=True)
    mean = np.mean(list(curves.values()), axis=0)
    return {
        "threshold": THRESHOLDS[int(mean.argmax())], "tried": THRESHOLDS, "psnr": curves,
        "mean_psnr": mean.tolist(),
    }


def agreement(truth, found):
    """Precision, recall and IoU of two bool arrays."""
    both = int((truth & found).sum())
    return {
        "precision": both / max(int(found.sum()), 1),
        "recall": both / max(int(truth.sum()), 1),
        "iou": both / max(int((truth | found).sum()), 1),
    }


def score_undamaged(finder, crops, threshold):
    """How much of undamaged crops is found, as a fraction, by all maps and by each."""
    found = predict(finder, crops, crops)["damage"] > threshold
    return {"any": float(found.any(axis=-1).mean())} | dict(
        zip(FIND_KINDS, found.mean(axis=(0, 1, 2)).tolist()))


def score_finder(name, crops, paintings, told, threshold, finder, filler):
    """What is found of one kind of damage; and find, then fill, beside the classical methods.

    told: from `score_classical`, for the radii.
    """
    damaged, maps = damage_crops(name, crops, TEST_SEED)
    found = predict(finder, damaged, damaged)["damage"]
    masks = maps.any(axis=-1)
    marked, filled = highest(found) > threshold, highest(found, FILLED) > threshold
    result = {
        "union": agreement(masks, marked),
        "kinds": {
            kind: agreement(maps[..., i], found[..., i] > threshold)
            for i, kind in enumerate(FIND_KINDS)
        },
        "taken_for": taken_for(masks, marked, found),
    }
    restored = {"find, then fill": fill(filler, damaged, filled)} | {
        f"{method}, on the map": classical.restore_all(restore, damaged, filled)
        for method, restore in classical_methods(told["radius"]).items()
    }
    methods = {
        method: measure(crops, pictures, masks, paintings, ssim=method == "find, then fill")
        for method, pictures in restored.items()
    }
    blind = methods["find, then fill"]
    best = max((f"{m}, on the map" for m in CLASSICAL), key=lambda m: methods[m]["psnr"])
    return result | {
        "methods": methods,
        "ahead_of_the_best_on_the_map": gain(blind, methods[best], "whole"),
        "ahead_of_the_untreated": gain(blind, told["methods"]["damaged"], "whole"),
    }


def taken_for(masks, marked, found):
    """Which part of the damaged pixels is taken for which kind, and which for nothing.

    masks, marked: (n, h, w) bool, damaged and found.   found: (n, h, w, kinds).
    """
    taken = found.argmax(axis=-1)[masks & marked]
    share = np.bincount(taken, minlength=len(FIND_KINDS)) / masks.sum()
    return dict(zip(FIND_KINDS, share.tolist())) | {"nothing": float(1 - share.sum())}


def gap(width, picture, rng):
    """Black out a straight band of so many pixels across the picture: damaged, mask."""
    height, across = picture.shape[:2]
    angle, middle = rng.uniform(0, np.pi), rng.uniform(0.4, 0.6, 2) * (across, height)
    row, column = np.mgrid[:height, :across]
    distance = (column - middle[0]) * np.sin(angle) + (row - middle[1]) * np.cos(angle)
    mask = np.abs(distance) < width / 2
    return np.where(mask[..., None], np.float32(0), picture), mask


def score_gaps(filler):
    """PSNR inside bands of growing width, by the filler and by the classical methods."""
    def gaps(crops, width, seed):
        rng = np.random.default_rng(seed)
        damaged, masks = zip(*(gap(width, crop, rng) for crop in crops))
        return np.stack(damaged), np.stack(masks)

    crops, tuning = crops_of("test", GAP_CROPS), crops_of("validation", RADIUS_CROPS)
    result = {}
    for width in GAPS:
        methods, radii = tune(tuning, *gaps(tuning, width, VALIDATION_SEED))
        damaged, masks = gaps(crops, width, TEST_SEED)
        restored = {"filler": fill(filler, damaged, masks)} | {
            name: classical.restore_all(restore, damaged, masks)
            for name, restore in methods.items()
        }
        result[width] = {"radius": radii} | {
            name: float(decibels(((pictures - crops)[masks] ** 2).mean()))
            for name, pictures in restored.items()
        }
        print(width, result[width], flush=True)
    return result


PARTS = "classical", "filler", "gaps", "threshold", "finder"


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(prog="python -m inpainting.find_and_fill.scores")
    parser.add_argument("parts", nargs="+", choices=PARTS)
    parser.add_argument("--crops", type=int, default=CROPS, help="of each test painting")
    return parser.parse_args(arguments)


def read_scores():
    return json.loads(SCORES_FILE.read_text(encoding="utf-8")) if SCORES_FILE.exists() else {}


def keep_scores(scores):
    SCORES_FILE.write_text(json.dumps(scores, indent=1) + "\n", encoding="utf-8")


def main(arguments=None):
    settings = parse_arguments(arguments)
    cv2.setNumThreads(1)  # the pictures are small
    scores = read_scores()
    crops = crops_of("test", settings.crops)
    paintings = len(crops) // settings.crops
    models = {}
    if settings.parts != ["classical"]:
        precision = faster_to_restore(load_model("unet_192x192"))
        models["filler"] = load_model("filler_192x192", precision=precision)
    if {"threshold", "finder"} & set(settings.parts):
        models["finder"] = load_model("finder_192x192", precision=precision)
    for part in sorted(settings.parts, key=PARTS.index):
        if part == "gaps":
            scores[part] = score_gaps(models["filler"])
        elif part == "threshold":
            scores[part] = score_threshold(**models)
        elif part == "finder":
            threshold = scores["threshold"]["threshold"]
            scores["undamaged"] = score_undamaged(models["finder"], crops, threshold)
        for name in DAMAGES if part in ("classical", "filler", "finder") else ():
            told = scores.get("classical", {}).get(name)
            if part == "classical":
                row = score_classical(name, crops, paintings)
            elif part == "filler":
                row = score_filler(name, crops, paintings, told, models["filler"])
            else:
                row = score_finder(name, crops, paintings, told, threshold, **models)
            scores.setdefault(part, {})[name] = row
            keep_scores(scores)
            psnr = {method: one["psnr_inside"] for method, one in row.get("methods", {}).items()}
            inside = row.get("psnr_inside", row.get("union"))
            print(part, name, inside, row.get("ahead_of_the_best"), psnr, flush=True)
        keep_scores(scores)


if __name__ == "__main__":
    main()
