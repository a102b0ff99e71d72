"""Score finder, filler and cleaner on crops of the test paintings, beside the classical methods.

    python -m inpainting.find_and_fill.scores classical told gaps threshold blind spread seconds

measures these parts, or those that are named, and writes Model_data/scores_find_and_fill.json.
Parts that are not named keep what an earlier run measured. Told and blind are compared to the
classical part. It needs the real paintings.
"""

import argparse
import json
import time
from functools import partial

import cv2
import numpy as np

from .. import classical
from ..command import ended_in_one_line
from ..crops import fixed_crops
from ..data import load_paintings, need_paintings
from ..files import whole
from ..models import MODEL_DATA
from ..scores import tables
from ..scores.protocol import made_with
from ..uncertainty import calibration, fill_eight_ways
from .damage_kinds import FIND_KINDS, KINDS, SUB_KINDS, cuts, mixed
from .measures import decibels, gain, measure
from .networks import OPAQUE, membrane
from .paintings import (
    THRESHOLD, clean_batch, clean_stains, faster_here, fill_batch, fill_damage, find_batch,
    find_damage, look_once, look_twice, opaque, shipped,
)

SCORES_FILE = MODEL_DATA / "scores_find_and_fill.json"
TEST_SEED, VALIDATION_SEED = 10_000, 5_000
CROPS = 8  # of each test painting
RADIUS_CROPS = 1  # of each validation painting
THRESHOLD_CROPS = 2
GAP_CROPS = 2
RADII = 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 40  # pixels, tried for the classical methods
THRESHOLDS = 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7
GAPS = 1, 2, 4, 8, 16, 24, 32, 48, 64  # pixels
SEVERITY = 0.2, 1  # the severities of a kind of damage are uniform between these
DAMAGES = (*FIND_KINDS, "flake loss", "mixed")


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


def best_of(methods):
    """The name of the classical method with the highest PSNR inside the damage."""
    return max(tables.CLASSICAL, key=lambda name: methods[name]["psnr_inside"])


def one_colour(damaged, mask):
    """The simplest rule for a stain: add to each of its patches what its mean lacks to that of the
    membrane. Arguments and result as for `membrane`."""
    number, patches = cv2.connectedComponents(mask.astype(np.uint8))
    lacking, cleaned = membrane(damaged, mask) - damaged, damaged.copy()
    for patch in range(1, number):
        inside = patches == patch
        cleaned[inside] += lacking[inside].mean(axis=0)
    return np.clip(cleaned, 0, 1)


def repair(damaged, maps):
    """Clean the stains, then fill the rest: (n, h, w, 3), (n, h, w, kinds) bool -> (n, h, w, 3)."""
    cleaned = clean_batch(shipped("cleaner"), damaged, maps[..., FIND_KINDS.index("stains")])
    return fill_batch(shipped("filler"), cleaned, opaque(maps))


# Parts


def score_classical(name, crops, paintings):
    """The classical methods, told the mask, with their best radius, on one kind of damage."""
    tuning = crops_of("validation", RADIUS_CROPS)
    damaged, maps = damage_crops(name, tuning, VALIDATION_SEED)
    methods, radii = tune(tuning, damaged, maps.any(axis=-1))
    if name == "stains":
        methods["one colour for each patch"] = one_colour
    damaged, maps = damage_crops(name, crops, TEST_SEED)
    masks = maps.any(axis=-1)
    scores = {"damaged": measure(crops, damaged, masks, paintings)}
    for method, restore in methods.items():
        restored = classical.restore_all(restore, damaged, masks)
        scores[method] = measure(crops, restored, masks, paintings)
    return {
        "damaged_fraction": float(masks.mean()), "radius": radii, "methods": scores,
        "best": best_of(scores),
    }


def score_told(name, crops, paintings, told):
    """The networks, told the mask and the kind, and their gain over the classical methods.

    told: from `score_classical`.
    """
    damaged, maps = damage_crops(name, crops, TEST_SEED)
    masks = maps.any(axis=-1)
    scores = measure(crops, repair(damaged, maps), masks, paintings)
    if name == "stains":
        filled = fill_batch(shipped("filler"), damaged, masks)
        scores["filled, not cleaned"] = measure(crops, filled, masks, paintings)
    others = told["methods"]
    return scores | {
        "ahead_of_the_best": gain(scores, others[told["best"]]),
        "ahead_of": {method: gain(scores, others[method]) for method in others},
    }


def score_threshold():
    """Above which value of its map a pixel is repaired best, by the PSNR of whole crops.

    Measured on validation paintings, with each kind of damage.
    Returns the threshold with the highest mean over the kinds, and what was measured.
    """
    crops = crops_of("validation", THRESHOLD_CROPS)
    curves = {}
    for name in DAMAGES:
        damaged, _ = damage_crops(name, crops, VALIDATION_SEED + 1)
        found = find_batch(shipped("finder"), damaged)
        curves[name] = [
            float(decibels(((repair(damaged, found > t) - crops) ** 2).mean())) for t in THRESHOLDS
        ]
        print("threshold", name, np.round(curves[name], 2), flush=True)
    mean = np.mean(list(curves.values()), axis=0)
    return {
        "best": THRESHOLDS[int(mean.argmax())], "tried": THRESHOLDS, "psnr": curves,
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


def score_undamaged(crops):
    """How much of undamaged crops is found, as fractions.

    Returns {"any": by all maps together, each kind: by its map, "any_looking_once": by all maps
    of a finder that looks once}.
    """
    found, once = (
        find_batch(shipped("finder"), crops, look) > THRESHOLD for look in (look_twice, look_once))
    return {"any": float(found.any(axis=-1).mean())} | dict(
        zip(FIND_KINDS, found.mean(axis=(0, 1, 2)).tolist())
    ) | {"any_looking_once": float(once.any(axis=-1).mean())}


def score_blind(name, crops, paintings, told):
    """What is found of one kind of damage; and found, then repaired, beside the classical methods.

    told: from `score_classical`, for the radii.
    """
    damaged, maps = damage_crops(name, crops, TEST_SEED)
    masks = maps.any(axis=-1)
    values = find_batch(shipped("finder"), damaged)
    found = values > THRESHOLD
    marked = found.any(axis=-1)
    result = {
        "union": agreement(masks, marked),
        "kinds": {
            kind: agreement(maps[..., i], found[..., i]) for i, kind in enumerate(FIND_KINDS)
        },
        "taken_for": taken_for(masks, marked, values),
    }
    others = classical_methods(told["radius"])
    del others["biharmonic"]  # told, it is never the best, and it takes longest
    restored = {"find, then fill": repair(damaged, found)} | {
        f"{method}, on the map": classical.restore_all(restore, damaged, marked)
        for method, restore in others.items()
    }
    methods = {
        method: measure(crops, pictures, masks, paintings) for method, pictures in restored.items()
    }
    blind = methods["find, then fill"]
    best = max((f"{name}, on the map" for name in others), key=lambda m: methods[m]["psnr"])
    return result | {
        "methods": methods,
        "best_on_the_map": best,
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


def score_gaps():
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
        restored = {"filler": fill_batch(shipped("filler"), damaged, masks)} | {
            name: classical.restore_all(restore, damaged, masks)
            for name, restore in methods.items()
        }
        result[width] = {"radius": radii} | {
            name: float(decibels(((pictures - crops)[masks] ** 2).mean()))
            for name, pictures in restored.items()
        }
        print("gap", width, result[width], flush=True)
    return result


def score_spread(crops):
    """How well the spread of eight orientations foretells the error inside mixed damage, told."""
    damaged, maps = damage_crops("mixed", crops, TEST_SEED)
    masks = opaque(maps)
    restored, spread = fill_eight_ways(shipped("filler"), damaged, masks)
    once, twice = (
        fill_batch(shipped("filler"), damaged, masks, look) for look in (look_once, look_twice))
    error = np.abs(restored - crops).mean(axis=-1)
    return {
        "psnr_inside_of_one": float(decibels(((once - crops)[masks] ** 2).mean())),
        "psnr_inside_of_two": float(decibels(((twice - crops)[masks] ** 2).mean())),
        "psnr_inside_of_eight": float(decibels(((restored - crops)[masks] ** 2).mean())),
        "correlation": float(np.corrcoef(spread[masks], error[masks])[0, 1]),
        "groups": calibration(spread[masks], error[masks]),
    }


def score_seconds():
    """Seconds to restore a megapixel with mixed damage on this machine, by each method."""
    painting = load_paintings("test")[0]
    sound = cv2.resize(painting, (1000, 1000), interpolation=cv2.INTER_AREA) / np.float32(255)
    damaged, masks = mixed(sound, np.random.default_rng(TEST_SEED))
    mask = np.any([masks[kind] for kind in OPAQUE], axis=0)
    work = {
        "find": lambda: find_damage(damaged),
        "fill": lambda: fill_damage(damaged, mask),
        "clean": lambda: clean_stains(damaged, mask),
        "Telea": lambda: classical.telea(damaged, mask),
        "Navier-Stokes": lambda: classical.navier_stokes(damaged, mask),
        "biharmonic": lambda: classical.biharmonic(damaged, mask),
    }
    return {"damaged_fraction": float(mask.mean())} | {
        name: seconds_of(method) for name, method in work.items()
    }


def seconds_of(work):
    """How long a second call takes; the first one of a network loads and compiles it."""
    work()
    began = time.monotonic()
    work()
    return time.monotonic() - began


BY_KIND = {"classical": score_classical, "told": score_told, "blind": score_blind}
AT_ONCE = {"gaps": score_gaps, "threshold": score_threshold, "seconds": score_seconds}
PARTS = "classical", "told", "gaps", "threshold", "blind", "spread", "seconds"


def keep_scores(scores):
    with whole(SCORES_FILE) as part:
        part.write_text(json.dumps(scores, indent=1) + "\n", encoding="utf-8")


def measure_part(part, scores, crops, paintings):
    """Measure a part and put it into the scores, a dict."""
    if part in BY_KIND:
        for name in DAMAGES:
            told = () if part == "classical" else (scores["classical"][name],)
            row = BY_KIND[part](name, crops, paintings, *told)
            scores.setdefault(part, {})[name] = row
            print(part, name, in_short(row), flush=True)
    if part == "blind":
        scores["undamaged"] = score_undamaged(crops)
    elif part == "spread":
        scores["spread"] = score_spread(crops)
    elif part in AT_ONCE:
        scores[part] = AT_ONCE[part]()
    scores.setdefault("made_with", {})[part] = made_with() | {"precision": faster_here()}


def in_short(row):
    """PSNR inside one kind of damage, and how far ahead, to be printed."""
    methods = row.get("methods", {"told": row})
    numbers = {name: round(scores["psnr_inside"], 2) for name, scores in methods.items()}
    ahead = {key: round(row[key]["gain"], 2) for key in row if key.startswith("ahead_of_the")}
    return numbers | ahead


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m inpainting.find_and_fill.scores")
    parser.add_argument("parts", nargs="*", metavar="part", help=f"default: {', '.join(PARTS)}")
    settings = parser.parse_args(arguments)
    unknown = set(settings.parts) - set(PARTS)
    if unknown:
        parser.error(f"no part {', '.join(unknown)}; there is: {', '.join(PARTS)}")
    need_paintings("validation", "test")
    cv2.setNumThreads(1)  # the pictures are small
    scores = json.loads(SCORES_FILE.read_text()) if SCORES_FILE.exists() else {}
    crops = crops_of("test", CROPS)
    for part in PARTS:
        if part in (settings.parts or PARTS):
            measure_part(part, scores, crops, len(crops) // CROPS)
            keep_scores(scores)
    if {"told", "blind"} <= set(scores):
        print(tables.told_as_markdown(scores), tables.blind_as_markdown(scores), sep="\n\n")


if __name__ == "__main__":
    with ended_in_one_line():
        main()
