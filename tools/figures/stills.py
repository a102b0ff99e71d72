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
from matplotlib import get_data_path
from PIL import Image, ImageDraw, ImageFont

from drawings import numbered_image
from inpainting import data, plots
from inpainting.damage import segments
from inpainting.editor import MaskEditor
from inpainting.find_and_fill import damage_drawing, damage_kinds
from inpainting.find_and_fill.paintings import (
    LOSS_KINDS, THRESHOLD, fill_damage, find_and_fill, find_damage, restore_by_kind, shipped, union,
)
from inpainting.live import damaged_by_hand, find_and_fill_losses
from inpainting.metrics import iou, psnr_of_each
from inpainting.models import load_model
from inpainting.patches import cut, join
from inpainting.pictures import as_stored
from inpainting.retouch import tratteggio
from inpainting.tiles import restore_batch, restore_painting
from inpainting.uncertainty import fill_eight_ways

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


def signed(picture, yes):
    """A picture with a tick or a cross in its lower right corner, white in a dark disc."""
    side, shown = len(picture), picture.copy()
    middle, size = np.array([side - 64, side - 64]), 24
    lines = [((-1, 0), (-0.3, 0.8)), ((-0.3, 0.8), (1, -0.8))] if yes else [
        ((-0.9, -0.9), (0.9, 0.9)), ((-0.9, 0.9), (0.9, -0.9))]
    cv2.circle(shown, middle.tolist(), 50, (1, 1, 1), -1, cv2.LINE_AA)
    cv2.circle(shown, middle.tolist(), 46, TICK if yes else CROSS, -1, cv2.LINE_AA)
    for ends in lines:
        start, end = ((middle + size * np.array(one)).round().astype(int).tolist() for one in ends)
        cv2.line(shown, start, end, (1, 1, 1), 10, cv2.LINE_AA)
    return shown


TICK, CROSS = (0.0, 0.42, 0.3), (0.1, 0.1, 0.1)


# The beginning: what was here?

STILL_LIFE = np.s_[682:1024, 0:800]  # rows and columns of numbered image 9
FLOWER = 270, 544  # row and column in them
LOSS = 271, 538  # the middle of the loss over it
SIZE = 53, 62  # of the loss, half, in pixels
LIT = 0.75  # a power below 1 makes the dark picture lighter, for a projector
WIDE = np.s_[100:676]  # rows of a numbered image that give 16 to 9


def lacuna(picture, rng):
    """A loss over the flower. Returns damaged and mask."""
    rows, columns = np.indices(picture.shape[:2])
    far = np.hypot((rows - LOSS[0]) / SIZE[0], (columns - LOSS[1]) / SIZE[1])
    inside = far + 0.18 * damage_drawing.rough_noise(picture.shape[:2], 24, rng) < 1
    cover = damage_drawing.blurred(inside.astype(np.float32), 0.8)
    return damage_drawing.lay_over(picture, damage_drawing.ground(picture.shape[:2], rng), cover)


def ring(picture, middle, radius):
    """A white ring with a black border in a picture, around a place (row, column)."""
    shown = picture.copy()
    for colour, thickness in (((0, 0, 0), 9), ((1, 1, 1), 5)):
        cv2.circle(shown, middle[::-1], radius, colour, thickness, cv2.LINE_AA)
    return shown


def above_band(picture):
    """A picture as wide as a slide, with black below it, where the words of the slide stand."""
    height = round(picture.shape[1] * 9 / 16)
    return np.pad(picture, ((0, height - picture.shape[0]), (0, 0), (0, 0)))


def hook():
    """A painting whose loss hides a flower: the filler, told the mask, makes bare wood of it."""
    sound, rng = numbered_image(9)[STILL_LIFE] ** LIT, np.random.default_rng(31)
    damaged, cuts = segments(sound, rng, number=(10, 10), thickness=(2, 4))
    damaged, flakes = damage_kinds.flake_loss(damaged, rng, 0.06)
    damaged, loss = lacuna(damaged, rng)
    mask = cuts | flakes | loss
    restored = fill_damage(damaged, mask)
    row, column = FLOWER
    near = np.s_[row - 88 : row + 72, column - 80 : column + 80]
    pictures = {
        "hook_damaged": above_band(ring(damaged, LOSS, 68)),
        "hook_restored": above_band(restored),
        "hook_near_damaged": enlarged(damaged[near], 480),
        "hook_near_restored": enlarged(restored[near], 480),
        "hook_near_sound": enlarged(sound[near], 480),
        "claim_flower": signed(enlarged(restored[near], 480), False),
    }
    return pictures, {"damaged_fraction": float(mask.mean())}


def full_width():
    """One half of a painting twice: with black cuts, and restored blind by the small network."""
    sound = numbered_image(8)[60:636, :512]
    damaged, mask = segments(
        sound, np.random.default_rng(4), number=(30, 30), thickness=(2, 2))
    restored, _ = restore_painting(load_model("unet_32x32"), damaged)
    line = np.ones((len(sound), 4, 3), np.float32)
    shown = np.concatenate([damaged[:, :-2], line, restored[:, 2:]], axis=1)
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
    """The two errors that section 7 of notebook 1 printed, and the second one of section 8."""
    texts = ["".join(output.get("text", "")) for cell in code_cells("Image_Inpainting_Tutorial")
             for output in cell["outputs"]]
    found = re.findall(r"inside the damage ([\d.]+), where it was sound ([\d.]+)", "\n".join(texts))
    (inside, where_sound), _, (_, with_map) = found[:3]
    return {"inside": float(inside), "where_sound": float(where_sound),
            "where_sound_with_map": float(with_map)}


def unseen_damage():
    """One picture with three kinds of segments that the small network never met, and below each
    what the network returned, told nothing.
    """
    sound, pictures, numbers = data.display_set()[0], {}, {}
    for name, options in {
        "pale": {"colour": (0.9, 0.85, 0.7)}, "almost_black": {"colour": (2 / 255,) * 3},
        "thick": {"thickness": (4, 4)},
    }.items():
        damaged, mask = segments(sound, np.random.default_rng(2), number=(5, 5), **options)
        restored = restore_batch(load_model("unet_32x32"), damaged[None])[0][0]
        shown = enlarged(damaged, 480)
        between = np.ones((24, *shown.shape[1:]), np.float32)
        pictures[f"unseen_{name}"] = shown
        pictures[f"returned_{name}"] = np.concatenate([shown, between, enlarged(restored, 480)])
        numbers[name] = {"damaged": decibels(sound, damaged, mask),
                         "returned": decibels(sound, restored, mask)}
    return pictures, numbers


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
    shown = {name: enlarged(picture[place], SEAM) for name, picture in {
        "damaged": damaged, "patches": patchwise, "overlap": blended}.items()}
    for name in ("damaged", "patches"):
        draw_borders(shown[name], [side.start for side in place])
    return {f"seam_{name}": picture for name, picture in shown.items()}, {}


SEAM, PATCH = 512, 32  # pixels: of the pictures of seams, and of a patch in the painting


def draw_borders(picture, corner):
    """Draw the borders between patches into an enlarged piece, 64 pixels wide in the painting.

    corner: row and column of the piece in the painting.
    """
    times = len(picture) // 64
    for axis, start in enumerate(corner):
        lines = np.moveaxis(picture, axis, 0)
        for place in range(-start % PATCH, 64, PATCH):
            lines[place * times, ::16] = lines[place * times, 1::16] = 0
            for dash in range(8):
                lines[place * times - 1 : place * times + 2, dash::16] = 1


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
    hatching = tratteggio(results["told"], truth, np.random.default_rng(0))
    pictures |= {f"demand_{name}": enlarged(picture[FACE].astype(np.float32), 512)
                 for name, picture in (
                     ("damaged", worn), ("mask", truth), ("filled", results["told"]),
                     ("hatched", hatching))}
    numbers = {"damaged": decibels(aged, worn, truth), "strokes": STROKES}
    numbers |= {name: decibels(aged, result, truth) for name, result in results.items()}
    numbers |= {f"iou_{name}": iou(truth, masks[name]) for name in ("blind", "mended")}
    numbers |= {f"share_{kind}": float((maps[kind] > THRESHOLD).mean()) for kind in maps}
    return pictures, numbers


STROKES = 10
FACE = np.s_[150:342, 170:362]  # rows and columns between the cat's eyes


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


ZOOM = 376, 530, 208  # top, left and side of the square seen from near, in pixels


def hatched():
    top, left, side = ZOOM
    near = enlarged(retouched()[2][top : top + side, left : left + side], 480)
    return {"hatched": near, "claim_hatched": signed(near, True)}, {}


# Notebook 3

def spread():
    """A damaged piece of a landscape, filled in eight orientations: their mean, and how far they
    lie apart, white where most.
    """
    sound = numbered_image(5)[340:532, 200:392]
    damaged, mask = segments(
        sound, np.random.default_rng(3), number=(7, 7), thickness=(4, 14))
    filled, apart = fill_eight_ways(shipped("filler"), damaged[None], mask[None])
    shown = {"damaged": damaged, "filled": filled[0], "apart": apart[0] / apart.max()}
    pictures = {f"spread_{name}": enlarged(picture, 480) for name, picture in shown.items()}
    return pictures, {"highest": float(apart.max()), "mean": float(apart[0][mask].mean())}


INSCRIPTION = "ANNO", "DOMINI", "MDCCII"
BROWN = np.float32([0.16, 0.1, 0.06])  # of the paint of the letters


def painted_letters(picture):
    """How much paint of letters covers each pixel of a picture: (h, w, 1) float32 in [0, 1]."""
    times = 4  # drawn larger, then reduced: smooth borders
    height, width = picture.shape[:2]
    serif = ImageFont.truetype(get_data_path() + "/fonts/ttf/DejaVuSerif.ttf", 34 * times)
    drawn = Image.new("L", (times * width, times * height))
    for line, word in enumerate(INSCRIPTION):
        ImageDraw.Draw(drawn).text(
            (times * width // 2, times * (48 + 48 * line)), word, 255, serif, "mm")
    drawn = np.asarray(drawn.resize((width, height), Image.Resampling.BOX), np.float32) / 255
    rough = damage_drawing.rough_noise((height, width), 6, np.random.default_rng(1))
    return (np.clip(1.05 - 0.15 * np.abs(rough), 0, 0.95) * drawn)[..., None]


def inscription():
    """Letters that belong to a picture, and what is left of them."""
    crop = numbered_image(5)[501:693, 484:676]
    letters = painted_letters(crop)
    given = as_stored(crop + letters * (BROWN + 0.12 * crop - crop), "uint8") / np.float32(255)
    restored, maps = find_and_fill(given)
    inside = letters[..., 0] > 0.3
    pictures = {"inscription_given": enlarged(given, 480),
                "inscription_found": enlarged(plots.by_kind(given, maps), 480),
                "inscription_restored": enlarged(restored, 480)}
    pictures["claim_date"] = signed(pictures["inscription_restored"], False)
    shares = {kind: float((found > THRESHOLD)[inside].mean()) for kind, found in maps.items()}
    most = sorted(shares, key=shares.get)[:-3:-1]
    return pictures, {
        "found": float((union(maps) > THRESHOLD)[inside].mean()), "kinds": ", ".join(most)}
