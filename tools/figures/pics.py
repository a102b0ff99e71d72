"""Draw the pictures of the README and the explanatory figures into pics/.

    python tools/figures/pics.py      (make pics)
    python tools/figures/pics.py tiles workflow      (these two alone)

Beside them it writes pics/alt.json, which says in words what each figure shows, for those who
cannot see it.
"""

import json
import sys
from pathlib import Path

import cv2
import keras
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.text import Text
from PIL import Image

import drawings
from drawings import LARGE, frame, numbered_image, panels, show
from inpainting import data, plots
from inpainting.damage import damage_batch, segments
from inpainting.models import MODEL_DATA, load_model
from inpainting.progress import read_history
from inpainting.retouch import tratteggio
from inpainting.tiles import restore_batch, restore_painting
from inpainting.unet import WIDTHS

ROOT = Path(__file__).resolve().parents[2]
DPI = 150


def before_and_after():
    sound = data.display_set()
    damaged, _ = damage_batch(sound, np.random.default_rng(8))
    restored, damage_map = restore_batch(load_model("unet_32x32"), damaged)
    rows = {"damaged": damaged, "restored": restored, "damage map": damage_map, "sound": sound}
    fig = plots.gallery(rows, data.DISPLAY_NAMES, side=1.44)
    for text in fig.findobj(Text):
        text.set_fontsize(13)
    return fig


def damage_map():
    """The formula restored = damaged + map * (RGB - damaged), in pictures and for two pixels."""
    model = load_model("unet_32x32")
    damaged, _ = segments(data.display_set()[0], np.random.default_rng(8))
    outputs = keras.Model(model.input, {**model.output, "rgb": model.get_layer("rgb").output})
    result = {name: batch[0] for name, batch in outputs.predict(damaged[None], verbose=0).items()}
    terms = {"restored": result["restored"], "damaged": damaged, "damage map": result["damage"],
             "RGB": result["rgb"], "damaged ": damaged}
    fig, axes = panels("ABCDE;FFFFF", 3.1, height_ratios=[1.6, 0.7])
    signs = "=", "+", "· (", "−", ")"
    for letter, (title, picture), sign in zip("ABCDE", terms.items(), signs):
        axis = axes[letter]
        show(axis, picture, title)
        axis.text(1.13, 0.5, sign, transform=axis.transAxes, ha="center", va="center", fontsize=20)
        for (x, y), colour in PIXELS.values():
            frame(axis, (x - 1, y - 1), 2, 2, colour)
    axes["F"].set_axis_off()
    for line, (where, ((x, y), colour)) in enumerate(PIXELS.items()):
        numbers = [float(term[y, x, 0]) for term in terms.values()]
        text = "{:.2f} = {:.2f} + {:.2f} · ({:.2f} − {:.2f})".format(*numbers)
        height = 0.6 - 0.42 * line
        axes["F"].plot(0.02, height, "s", ms=13, mfc="none", mec=colour, mew=2.5)
        axes["F"].text(0.05, height, f"red of a pixel {where}:", va="center")
        axes["F"].text(0.42, height, text, va="center", family="monospace")
    axes["F"].set(xlim=(0, 1), ylim=(0, 1))
    return fig


PIXELS = {"in the damage": ((20, 20), plots.VERMILION), "in sound paint": ((21, 12), plots.SKY)}


def transfer():
    small, large = load_model("unet_32x32"), load_model("unet_192x192")
    little, _ = segments(data.display_set()[1], np.random.default_rng(0))
    crop = np.ascontiguousarray(numbered_image(2)[90:282, 270:462])
    damaged, _ = segments(crop, np.random.default_rng(7))
    columns = (
        ("1. trained\nat 32x32", small, little), ("2. same weights\nat 192x192", small, damaged),
        ("3. fine-tuned\nat 192x192", large, damaged),
    )
    fig, axes = panels("ABCL;DEFL", 4.6, width_ratios=[1, 1, 1, 1.75])
    for upper, lower, (title, model, picture) in zip("ABC", "DEF", columns):
        show(axes[upper], picture, title)
        show(axes[lower], restore_batch(model, picture[None])[0][0])
    for name, label in (("A", "damaged"), ("D", "restored")):
        axes[name].text(
            -0.06, 0.5, label, transform=axes[name].transAxes, rotation=90, ha="right", va="center"
        )
    draw_ways(axes["L"])
    return fig


def draw_ways(axis):
    """The validation MAE of the three ways to begin, as `make transfer` measured it."""
    marks = dict(zip(("from scratch", "encoder frozen", "all layers"), "os^"))
    for way, mark in marks.items():
        rows = read_history(MODEL_DATA / f"transfer_{way.replace(' ', '_')}.csv")
        steps = [25 * row["epoch"] for row in rows]
        axis.plot(steps, [row["val_mae"] for row in rows], marker=mark, label=way)
    axis.set(xlabel="steps of training at 192x192", title="validation MAE")
    plots.readable_log_scale(axis)
    axis.legend(fontsize=12)


def tratteggio_near_and_far():
    painting = numbered_image(5)
    damaged, mask = segments(
        painting, np.random.default_rng(11), number=(14, 14), thickness=(6, 6)
    )
    restored, _ = restore_painting(load_model("unet_192x192"), damaged, mask)
    hatched = tratteggio(restored, mask, np.random.default_rng(0))
    top, left, side = ZOOM
    near = np.s_[top : top + side, left : left + side]
    fig, axes = panels("ACD;BCD", 3.7, width_ratios=[0.72, 1, 1])
    for name, picture, title in (
        ("A", damaged, "far: damaged"), ("B", hatched, "far: tratteggio"),
    ):
        far = cv2.resize(picture, None, fx=FAR, fy=FAR, interpolation=cv2.INTER_AREA)
        show(axes[name], far, title)
        frame(axes[name], (FAR * left, FAR * top), FAR * side, FAR * side, "white")
    show(axes["C"], restored[near], "near: restored")
    show(axes["D"], hatched[near], "near: tratteggio")
    return fig


ZOOM = 283, 585, 128  # top, left and side of the square seen from near, in pixels
FAR = 0.35  # size of the whole painting from far

FIGURES = {  # name: the function that draws it, and what it shows
    "before_and_after": (
        before_and_after,
        "Six small pictures in four rows: damaged by black segments, restored by the network, the "
        "network's own map of where the damage was, and the sound pictures for comparison.",
    ),
    "u_net": (
        lambda: plots.u_net(WIDTHS),
        "The U-Net as nine boxes in the form of a U. Down the left arm the sides shrink from 32x32 "
        "to 2x2 pixels, up the right arm they grow again. Dashed arrows lead from each box of the "
        "left arm to the box of the same size at the right. At the end stand RGB and damage map.",
    ),
    "segment_to_mask": (
        drawings.segment_to_mask,
        "Four grids of 10x10 pixels: two end points in a picture, the pixels nearest to the line "
        "between them, the mask with 1 in these pixels and 0 elsewhere, and the picture, black "
        "where the mask is 1.",
    ),
    "damage_map": (
        damage_map,
        "Five pictures as a formula: restored = damaged + damage map times (RGB minus damaged). "
        "The RGB picture has wrong colours in sound places. Below, the red of two pixels as "
        "numbers: in the damage the network's colour is taken, in sound paint nothing changes.",
    ),
    "diffusion": (
        drawings.diffusion,
        "A curve of brightness with a gap: the heat equation closes it with a straight line, the "
        "biharmonic equation with a cubic, and neither follows the waves that were lost. Below, "
        "an edge and stripes across a gap: Telea and biharmonic bend the edge and lose the "
        "stripes.",
    ),
    "receptive_field": (
        drawings.receptive_field,
        "Bars of how many pixels in a row each of the nine steps of the network sees, from 5 in "
        "step 1 to 204 in step 9. Beside them squares of these sizes around the middle of gaps of "
        "5, 20 and 60 pixels: steps 2, 3 and 4 are the first to see both sides.",
    ),
    "transfer": (
        transfer,
        "A cat restored in three ways: at 32x32 by the network trained at 32x32, at 192x192 by the "
        "same weights, which leave a dark spot, and at 192x192 after fine-tuning. At the right, "
        "the validation error of a training from scratch stays far above that of two trainings "
        "that start from the trained network.",
    ),
    "tiles": (
        drawings.tiles,
        "A painting under six frames that overlap, the tiles. Curves below and at the right show "
        "the weight of each tile: 1 inside, falling in a straight line where the next tile rises. "
        "At every place the weights add up to 1.",
    ),
    "tratteggio": (
        tratteggio_near_and_far,
        "A landscape with black cuts, and retouched with tratteggio: from far it looks whole. "
        "Two pieces from near: in the restored one the repainted cuts are hard to find, in the "
        "other they are hatched with thin vertical lines, in turn light and dark.",
    ),
    "damage_kinds": (
        drawings.damage_kinds,
        "A piece of a landscape with cuts, craquelure, scratches, losses, stains, writing and a "
        "mixture of three kinds, in columns; the rows have the severities 0.2, 0.5 and 1.",
    ),
    "workflow": (
        drawings.workflow,
        "Six steps of a digital restoration in a row: scan the painting, find the damage, the "
        "conservator checks and mends the map, fill the damage, make the retouching visible, "
        "record what was done. Below each step stands what is kept of it.",
    ),
}


def save(fig, path):
    """Write a figure as a PNG file of at most 256 colours, which makes it small."""
    fig.savefig(path, dpi=DPI)
    with Image.open(path) as image:
        reduced = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    reduced.save(path, optimize=True, dpi=(DPI, DPI))


def main(names):
    with plt.rc_context(LARGE):
        for name in names or FIGURES:
            save(FIGURES[name][0](), ROOT / "pics" / f"{name}.png")
            print(f"pics/{name}.png")
    alt = {name: text for name, (_, text) in FIGURES.items()}
    (ROOT / "pics" / "alt.json").write_text(json.dumps(alt, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
