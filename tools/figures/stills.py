"""The pictures without letters on the slides, and what was measured on them. `pics.py` saves them.

Each function returns {name: picture (h, w, 3) or (h, w), float32 in [0, 1]} and {name: number}.
What notebooks 1 and 2 show is made by their own code, or taken from their saved outputs.
"""

import ast
import base64
import json
import re
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from drawings import numbered_image
from inpainting import data, plots
from inpainting.damage import segments
from inpainting.editor import MaskEditor
from inpainting.find_and_fill import damage_drawing, damage_kinds
from inpainting.find_and_fill.paintings import (
    LOSS_KINDS, THRESHOLD, fill_damage, find_and_fill, find_damage, restore_by_kind, union,
)
from inpainting.live import damaged_by_hand, find_and_fill_losses
from inpainting.metrics import iou, psnr_of_each
from inpainting.models import load_model
from inpainting.patches import cut, join
from inpainting.pictures import as_stored
from inpainting.retouch import tratteggio
from inpainting.tiles import restore_batch, restore_painting

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"


def code_cells(notebook):
    content = json.loads((NOTEBOOKS / f"{notebook}.ipynb").read_text(encoding="utf-8"))
    return [cell for cell in content["cells"] if cell["cell_type"] == "code"]


def from_notebook(notebook, names, **known):
    """The functions with these names, as a notebook defines them, in the order of the names.

    known: what they use and do not define, by name.
    """
    space = dict(known)
    for cell in code_cells(notebook):
        lines = [line for line in "".join(cell["source"]).splitlines() if line[:1] not in "%!"]
        for part in ast.parse("\n".join(lines)).body:
            if isinstance(part, ast.FunctionDef) and part.name in names:
                exec(compile(ast.Module([part], []), notebook, "exec"), space)
    return [space[name] for name in names]


def enlarged(picture, side):
    """A small picture with its pixels as squares, about `side` pixels wide."""
    times = max(1, round(side / picture.shape[1]))
    return np.repeat(np.repeat(picture, times, axis=0), times, axis=1)


def decibels(sound, restored, mask):
    return float(psnr_of_each(sound[None], restored[None], mask[None])[0])


# The beginning: what was here?

BOAT = 262, 531  # row and column in the piece of the sea
SIZE = 38, 32  # of the loss over it, half, in pixels
WIDE = np.s_[100:676]  # rows of a numbered image that give 16 to 9


def lacuna(picture, rng):
    """A loss over the boat. Returns damaged and mask."""
    rows, columns = np.indices(picture.shape[:2])
    far = np.hypot((rows - BOAT[0]) / SIZE[0], (columns - BOAT[1]) / SIZE[1])
    inside = far + 0.18 * damage_drawing.rough_noise(picture.shape[:2], 24, rng) < 1
    cover = damage_drawing.blurred(inside.astype(np.float32), 0.8)
    return damage_drawing.lay_over(picture, damage_drawing.ground(picture.shape[:2], rng), cover)


def ring(picture, middle, radius):
    """A white ring with a black border in a picture, around a place (row, column)."""
    shown = picture.copy()
    for colour, thickness in (((0, 0, 0), 9), ((1, 1, 1), 5)):
        cv2.circle(shown, middle[::-1], radius, colour, thickness, cv2.LINE_AA)
    return shown


def hook():
    """A painting whose loss hides a boat: the filler, told the mask, makes sea and sky of it."""
    sound, rng = numbered_image(12)[WIDE], np.random.default_rng(2)
    damaged, cuts = segments(sound, rng, number=(14, 14), thickness=(2, 6))
    damaged, flakes = damage_kinds.flake_loss(damaged, rng, 0.12)
    damaged, loss = lacuna(damaged, rng)
    mask = cuts | flakes | loss
    restored = fill_damage(damaged, mask)
    row, column = BOAT
    near = np.s_[row - 80 : row + 80, column - 80 : column + 80]
    pictures = {
        "hook_damaged": ring(damaged, BOAT, 58), "hook_restored": restored,
        "hook_near_damaged": enlarged(damaged[near], 480),
        "hook_near_restored": enlarged(restored[near], 480),
        "hook_near_sound": enlarged(sound[near], 480),
    }
    return pictures, {"damaged_fraction": float(mask.mean())}


def full_width():
    """A painting with black cuts at the left, restored blind by the small network at the right."""
    sound = numbered_image(8)[60:636]
    damaged, mask = segments(
        sound, np.random.default_rng(4), number=(40, 40), thickness=(2, 2))
    restored, _ = restore_painting(load_model("unet_32x32"), damaged)
    middle = sound.shape[1] // 2
    shown = np.concatenate([damaged[:, :middle], restored[:, middle:]], axis=1)
    shown[:, middle - 2 : middle + 2] = 1
    pause = numbered_image(5)[WIDE]
    return {"full_width": shown, "pause": pause}, {"psnr": decibels(sound, restored, mask)}


# Notebook 1

def plain_network():
    """What the network without a damage map returned, from the saved output of section 7."""
    (cell,) = [c for c in code_cells("Image_Inpainting_Tutorial")
               if "plain_restored = " in "".join(c["source"])]
    (shown,) = [o["data"]["image/png"] for o in cell["outputs"] if "image/png" in o.get("data", {})]
    with Image.open(BytesIO(base64.b64decode("".join(shown)))) as image:
        figure = np.asarray(image.convert("RGB"))
    drawn = (figure < 250).any(axis=-1)
    tops = runs(drawn.mean(axis=1) > 0.6)
    lefts = runs(drawn[tops[0]].mean(axis=0) > 0.6)
    pictures = {}
    for row, name in zip(tops, ("sound", "damaged", "restored")):
        picture = figure[row, lefts[PLAIN]].astype(np.float32) / 255
        small = cv2.resize(picture, (32, 32), interpolation=cv2.INTER_AREA)
        pictures[f"plain_{name}"] = enlarged(small, 480)
    return pictures, plain_errors()


PLAIN = 1  # the cat, of the six pictures


def runs(inside):
    """Slices of the stretches of at least 20 places where inside, (n,) bool, is True."""
    ends = np.flatnonzero(np.diff(np.pad(inside.astype(int), 1)))
    return [slice(a, b) for a, b in zip(ends[::2], ends[1::2]) if b - a >= 20]


def plain_errors():
    """The two errors that section 7 of notebook 1 printed."""
    texts = ["".join(output.get("text", "")) for cell in code_cells("Image_Inpainting_Tutorial")
             for output in cell["outputs"]]
    found = re.search(r"inside the damage ([\d.]+), where it was sound ([\d.]+)", "\n".join(texts))
    return {"inside": float(found[1]), "where_sound": float(found[2])}


def unseen_damage():
    """One picture with three kinds of segments that the small network never met."""
    sound, pictures = data.display_set()[0], {}
    for name, options in {
        "pale": {"colour": (0.9, 0.85, 0.7)}, "almost_black": {"colour": (2 / 255,) * 3},
        "thick": {"thickness": (4, 4)},
    }.items():
        damaged, _ = segments(sound, np.random.default_rng(2), number=(5, 5), **options)
        pictures[f"unseen_{name}"] = enlarged(damaged, 480)
    return pictures, {}


# Notebook 2

def seams():
    """The place where patches put together differ most from patches that overlap."""
    painting, model = numbered_image(5), load_model("unet_32x32")
    damaged, _ = segments(painting, np.random.default_rng(1), number=(30, 30), thickness=(3, 4))
    near_borders, where_most, overlapping = from_notebook(
        "open_model", ("near_borders", "where_most", "restore_overlapping"),
        np=np, cut=cut, restore_batch=restore_batch,
    )
    patchwise = join(restore_batch(model, cut(damaged))[0], *painting.shape[:2])
    blended = overlapping(model, damaged)
    border = near_borders(*painting.shape[:2])
    place = where_most(((patchwise - blended) ** 2).sum(axis=-1) * border, start=16)
    shown = {"damaged": damaged, "patches": patchwise, "overlap": blended}
    return {f"seam_{name}": enlarged(p[place], 480) for name, p in shown.items()}, {}


def worn_cat():
    """The scan of notebook 2: as it was before paint was lost, damaged, true mask."""
    rng = np.random.default_rng(2)
    net = damage_kinds.age_net((512, 512), rng)
    aged, _ = damage_kinds.craquelure(numbered_image(2)[128:640, 256:768], rng, 0.1, net)
    worn, lost = damage_kinds.losses(aged, rng, 0.4, net)
    worn, scratched = damage_kinds.scratches(worn, rng, 0.3)
    scan = as_stored(worn, "uint8") / np.float32(255)
    return aged, scan, lost | scratched


def mended_map():
    """Find, mend with ten strokes, fill, as section 9 of notebook 2 does it."""
    aged, worn, truth = worn_cat()
    maps = find_damage(worn)
    found = {kind: maps[kind] > THRESHOLD for kind in LOSS_KINDS}
    editor = MaskEditor(worn, found)
    largest, stroke_along = from_notebook(
        "open_model", ("largest", "stroke_along"), np=np, cv2=cv2)
    for _ in range(STROKES):
        missed, false = largest(truth & ~editor.mask), largest(editor.mask & ~truth)
        erase = bool(false.sum() > missed.sum())
        editor.stroke(*stroke_along(false if erase else missed), erase)
    masks = {"blind": union(found, LOSS_KINDS), "mended": editor.mask, "told": truth}
    results = {
        "blind": restore_by_kind(worn, found), "mended": restore_by_kind(worn, editor.masks),
        "told": fill_damage(worn, truth),
    }
    shown = {kind: maps[kind] * (maps[kind] > THRESHOLD) for kind in maps}
    pictures = {
        "cat_damaged": worn, "cat_condition": plots.by_kind(worn, shown),
        "cat_found": masks["blind"].astype(np.float32),
        "cat_mended": masks["mended"].astype(np.float32), "cat_blind": results["blind"],
        "cat_filled": results["mended"],
    }
    numbers = {"damaged": decibels(aged, worn, truth), "strokes": STROKES}
    numbers |= {name: decibels(aged, result, truth) for name, result in results.items()}
    numbers |= {f"iou_{name}": iou(truth, masks[name]) for name in ("blind", "mended")}
    numbers |= {f"share_{kind}": float((maps[kind] > THRESHOLD).mean()) for kind in maps}
    return pictures, numbers


STROKES = 10


def live():
    """What the class sees in section 9.6 of notebook 2: a sound picture, damaged, found, filled."""
    sound = numbered_image(2)[128:640, 256:768]
    strokes = [("cut", [[60, 300], [240, 420]], 6), ("scratch", [[270, 60], [470, 330]], 3)]
    damaged, mask = damaged_by_hand(sound, strokes)
    restored, found = find_and_fill_losses(damaged)
    pictures = {"live_damaged": damaged, "live_found": plots.by_kind(damaged, found),
                "live_restored": restored}
    numbers = {"damaged": decibels(sound, damaged, mask),
               "restored": decibels(sound, restored, mask),
               "iou": iou(mask, union(found, LOSS_KINDS))}
    return pictures, numbers


def retouched():
    """A landscape with cuts: damaged, restored, and retouched with tratteggio."""
    damaged, mask = segments(
        numbered_image(5), np.random.default_rng(11), number=(14, 14), thickness=(6, 6))
    restored, _ = restore_painting(load_model("unet_192x192"), damaged, mask)
    return damaged, restored, tratteggio(restored, mask, np.random.default_rng(0))


ZOOM = 283, 585, 128  # top, left and side of the square seen from near, in pixels


def hatched():
    top, left, side = ZOOM
    near = retouched()[2][top : top + side, left : left + side]
    return {"hatched": enlarged(near, 480)}, {}


# Notebook 3

def inscription():
    """Letters that belong to a picture, and what is left of them."""
    crop = numbered_image(5)[501:693, 484:676]
    lettered = (255 * crop).round().astype(np.uint8)
    for line, word in enumerate(("ANNO", "DOMINI", "MDCCII")):
        cv2.putText(
            lettered, word, (18, 60 + 45 * line), cv2.FONT_HERSHEY_COMPLEX, 1.2, (26, 20, 13), 1)
    given = lettered / np.float32(255)
    letters = np.abs(given - crop).max(axis=-1) > 0.1
    restored, maps = find_and_fill(given)
    pictures = {"inscription_given": enlarged(given, 480),
                "inscription_found": enlarged(plots.by_kind(given, maps), 480),
                "inscription_restored": enlarged(restored, 480)}
    shares = {kind: float((found > THRESHOLD)[letters].mean()) for kind, found in maps.items()}
    most = sorted(shares, key=shares.get)[:-3:-1]
    return pictures, {
        "found": float((union(maps) > THRESHOLD)[letters].mean()), "kinds": ", ".join(most)}
