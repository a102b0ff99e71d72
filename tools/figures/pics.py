"""Draw the pictures of the README and of the slides into pics/.

    python tools/figures/pics.py      (make pics)
    python tools/figures/pics.py tiles workflow      (these two alone)
    python tools/figures/pics.py --outdated      (all, if networks or notebook 1 have changed)

FIGURES have letters and are PNG files, STILLS have none and are JPEG files. Beside them it writes
pics/alt.json, which says in words what each shows, for those who cannot see it, and
pics/measured.json: what was measured on the stills, and the checksums of the networks that made
them.
"""

import json
import sys
from pathlib import Path

import cv2
import keras
import numpy as np
from PIL import Image

import drawings
import screenshot
import stills
from drawings import LARGE, LOW, NETWORK, SQUARES, frame, numbered_image, show
from inpainting import data, plots, projection
from inpainting.damage import damage_batch, segments
from inpainting.metrics import psnr_of_each
from inpainting.models import MODEL_DATA, load_model
from inpainting.pictures import as_stored
from inpainting.progress import read_history
from inpainting.projection import INK, panels
from inpainting.tiles import restore_batch

PICS = Path(__file__).resolve().parents[2] / "pics"
NETWORKS = "unet_32x32", "unet_192x192", "finder_192x192", "filler_192x192", "cleaner_192x192"


def row_label(axis, text):
    axis.text(-0.06, 0.5, text, transform=axis.transAxes, rotation=90, ha="right", va="center")


def restored_display_set():
    """The display set: sound, damaged, restored, and the maps of the damage."""
    sound = data.display_set()
    damaged, _ = damage_batch(sound, np.random.default_rng(8))
    return sound, damaged, *restore_batch(load_model("unet_32x32"), damaged)


def before_and_after():
    """Two of the display set: the face, which comes back, and the shuttle, which does not."""
    _, damaged, restored, damage_map = restored_display_set()
    fig, axes = panels("ABC;DEF", SQUARES)
    columns = {"damaged": damaged, "restored": restored, "damage map": damage_map}
    for letters, name in zip(("ABC", "DEF"), SHOWN):
        picture = data.DISPLAY_NAMES.index(name)
        for letter, (title, pictures) in zip(letters, columns.items()):
            show(axes[letter], pictures[picture], title if letters == "ABC" else "")
        row_label(axes[letters[0]], name)
    return fig


SHOWN = "face", "shuttle"


def goes_in_comes_out():
    """The face, damaged, restored and with its map; the shuttle, damaged, restored and sound."""
    sound, damaged, restored, damage_map = restored_display_set()
    face, shuttle = (data.DISPLAY_NAMES.index(name) for name in SHOWN)
    fig, axes = panels("ABC;DEF", SQUARES)
    shown = {
        "A": ("goes in", damaged[face]), "B": ("comes out: restored", restored[face]),
        "C": ("and a map", damage_map[face]), "D": ("goes in", damaged[shuttle]),
        "E": ("comes out: restored", restored[shuttle]), "F": ("sound", sound[shuttle]),
    }
    for letter, (title, picture) in shown.items():
        show(axes[letter], picture, title)
    return fig


def failures():
    """How good 300 restorations of the display set are, and of the ten worst the one with the
    most damage.
    """
    sound = np.repeat(data.display_set(), 50, axis=0)
    damaged, masks = damage_batch(sound, np.random.default_rng(4))
    restored, _ = restore_batch(load_model("unet_32x32"), damaged)
    psnr = psnr_of_each(sound, restored, masks)
    bad = max(np.argsort(psnr)[:10], key=lambda i: masks[i].sum())
    fig, axes = panels("HHH;ABC", LARGE, height_ratios=[1, 1.25])
    axes["H"].hist(psnr, bins=40, color=NETWORK)
    axes["H"].set(xlabel="PSNR inside the damage (dB)", ylabel="restorations")
    high = axes["H"].get_ylim()[1]
    for value, text, side in (
        (psnr.mean(), f"  mean {psnr.mean():.1f} dB", "left"),
        (psnr[bad], f"shown below: {psnr[bad]:.1f} dB  ", "right"),
    ):
        axes["H"].plot([value, value], [0, 1.05 * high], color=INK, lw=2.5)
        axes["H"].text(value, 1.05 * high, text, va="center", ha=side)
    axes["H"].set(ylim=(0, 1.2 * high), xlim=(psnr.min() - 10, None))
    for letter, (title, pictures) in zip(
        "ABC", {"damaged": damaged, "restored": restored, "sound": sound}.items()
    ):
        show(axes[letter], pictures[bad], title)
    return fig


def damage_map():
    """The formula restored = damaged + map * (RGB - damaged), in pictures and for two pixels."""
    model = load_model("unet_32x32")
    damaged, _ = segments(data.display_set()[0], np.random.default_rng(8))
    outputs = keras.Model(model.input, {**model.output, "rgb": model.get_layer("rgb").output})
    result = {name: batch[0] for name, batch in outputs.predict(damaged[None], verbose=0).items()}
    terms = {"restored": result["restored"], "damaged": damaged, "damage map": result["damage"],
             "RGB": result["rgb"], "damaged ": damaged}
    fig, axes = panels("ABCDE;FFFFF", LOW, height_ratios=[1.9, 0.8])
    signs = "=", "+", "· (", "−", ")"
    for letter, (title, picture), sign in zip("ABCDE", terms.items(), signs):
        axis = axes[letter]
        show(axis, picture, title)
        axis.text(1.1, 0.5, sign, transform=axis.transAxes, ha="center", va="center", fontsize=26)
        for (x, y), style in PIXELS.values():
            frame(axis, (x - 1, y - 1), 2, 2, "black", lw=5)
            frame(axis, (x - 1, y - 1), 2, 2, "white", style)
    axes["F"].set_axis_off()
    for line, (where, ((x, y), _)) in enumerate(PIXELS.items()):
        numbers = [float(term[y, x, 0]) for term in terms.values()]
        text = "{:.2f}  =  {:.2f}  +  {:.2f} · ({:.2f} − {:.2f})".format(*numbers)
        axes["F"].text(0.05, 0.75 - 0.5 * line, f"red of a pixel {where}:", va="center")
        axes["F"].text(0.52, 0.75 - 0.5 * line, text, va="center")
    axes["F"].set(xlim=(0, 1), ylim=(0, 1))
    return fig


PIXELS = {  # place, and line of its frame
    "in the damage (full frame)": ((20, 20), "-"), "in sound paint (dotted)": ((21, 12), ":"),
}


def transfer():
    small, large = load_model("unet_32x32"), load_model("unet_192x192")
    little, _ = segments(data.display_set()[1], np.random.default_rng(0))
    crop = np.ascontiguousarray(numbered_image(2)[90:282, 270:462])
    damaged, _ = segments(crop, np.random.default_rng(7))
    shown = {"1. trained\nat 32x32": (small, little),
             "2. same weights\nat 192x192": (small, damaged),
             "3. fine-tuned\nat 192x192": (large, damaged)}
    fig, axes = panels("ABCL;DEEL", LARGE, width_ratios=[1, 1, 1, 2.1])
    for letter, (title, (model, picture)) in zip("ABC", shown.items()):
        show(axes[letter], restore_batch(model, picture[None])[0][0], title)
    for letter, picture in zip("DE", (little, damaged)):
        show(axes[letter], picture)
    row_label(axes["A"], "restored")
    row_label(axes["D"], "damaged")
    draw_ways(axes["L"])
    return fig


def draw_ways(axis):
    """The validation MAE of the three ways to begin, as `make transfer` measured it."""
    ways = {
        "from scratch": ("o", "0.6", (40, 0.022)), "encoder frozen": ("s", "0.35", (70, 0.0024)),
        "all layers": ("^", NETWORK, (60, 0.0044)),
    }
    for way, (mark, colour, place) in ways.items():
        rows = read_history(MODEL_DATA / f"transfer_{way.replace(' ', '_')}.csv")
        steps = [25 * row["epoch"] for row in rows]
        axis.plot(steps, [row["val_mae"] for row in rows], marker=mark, ms=8, color=colour, lw=2.5)
        axis.text(*place, way, va="center", color=INK)
    axis.set(xlabel="training steps at 192x192", title="validation MAE")
    plots.readable_log_scale(axis)
    axis.set_ylim(bottom=0.002)


def tratteggio_near_and_far():
    """A whole painting with hatched cuts from far, and a piece of it from near, twice."""
    _, restored, hatched = stills.retouched()
    top, left, side = stills.ZOOM
    near = np.s_[top : top + side, left : left + side]
    fig, axes = panels("BCD", LOW, width_ratios=[1.33, 1, 1])
    far = cv2.resize(hatched, None, fx=FAR, fy=FAR, interpolation=cv2.INTER_AREA)
    show(axes["B"], far, "from far: hatched")
    frame(axes["B"], (FAR * left, FAR * top), FAR * side, FAR * side, "white")
    show(axes["C"], restored[near], "from near: not hatched")
    show(axes["D"], hatched[near], "from near: hatched")
    return fig


FAR = 0.6  # size of the whole painting from far

FIGURES = {  # name: the function that draws it, and what it shows
    "before_and_after": (
        before_and_after,
        "A face and a space shuttle, each damaged by black cuts, then restored by the network, "
        "then the network's own map of where the damage was. The face is whole again; the wing of "
        "the shuttle has dissolved.",
    ),
    "goes_in_comes_out": (
        goes_in_comes_out,
        "Above, a face crossed by black cuts goes in; the whole face and a map of the cuts come "
        "out. Below, a damaged space shuttle goes in; the restored one is shown beside the sound "
        "one, and its wing has dissolved.",
    ),
    "failures": (
        failures,
        "A histogram of the PSNR of 300 restorations, most of them near the mean and a tail to "
        "both sides. Below, one of the ten worst, damaged, restored and sound: what was under the "
        "cuts has become a blur.",
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
        "an edge above stripes, with a gap: Telea, Navier-Stokes and biharmonic bend the edge and "
        "lose the stripes.",
    ),
    "measures_asked": (
        lambda: drawings.measures(told=False),
        "Painted houses in the snow, and the same picture spoilt in three ways, A, B and C: "
        "blurred, with less contrast, and with noise.",
    ),
    "measures": (
        drawings.measures,
        "Painted houses in the snow, and the same picture blurred, with less contrast, and with "
        "noise. All three have the same PSNR, and very different SSIM.",
    ),
    "convolution": (
        drawings.convolution,
        "A cat in grey with a square of 3x3 pixels; the brightness of these nine pixels; nine "
        "weights, minus one at the left and one at the right; and the sums at all places, light "
        "where it gets brighter to the right.",
    ),
    "receptive_field": (
        drawings.receptive_field,
        "Bars of how many pixels in a row each of the nine steps of the network sees, from 5 in "
        "step 1 to 204 in step 9. Beside them squares of these sizes around the middle of gaps of "
        "6, 20 and 60 pixels: steps 2, 3 and 4 are the first to see both sides.",
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
        "A painting under six frames that overlap, the tiles. Curves below show the weight of each "
        "tile from left to right: 1 inside, falling in a straight line where the next tile rises. "
        "At every place the weights add up to 1.",
    ),
    "tratteggio": (
        tratteggio_near_and_far,
        "A landscape with black cuts retouched with tratteggio: from far it looks whole. A piece "
        "from near, twice: restored, where the repainted cuts are hard to find, and hatched with "
        "thin vertical lines, in turn light and dark.",
    ),
    "damage_kinds": (
        drawings.damage_kinds,
        "One piece of a landscape six times, with cuts, craquelure, scratches, losses, stains and "
        "writing.",
    ),
    "workflow": (
        drawings.workflow,
        "Seven steps of a digital restoration in a row: decide what is scanned, find the damage, "
        "check and mend the map, fill the damage, make the retouching visible, accept it or send "
        "it back, record what was done. Conservators decide at the first, third and sixth. Below "
        "each step stands what is kept of it.",
    ),
}


# The functions of the stills, and in words what each of their pictures shows
STILLS = {
    stills.hook: {
        "hook_damaged": "A painted still life with a vase, an apple and two pink flowers on a "
        "table, crossed by black cuts and pale losses. A white ring marks a loss on the table.",
        "hook_restored": "The same still life without any damage: vase, apple and two flowers. "
        "Where the ring was, there is bare wood.",
        "hook_near_damaged": "The marked place from near: a pale loss on the wood.",
        "hook_near_restored": "The marked place as restored: a soft brown patch of wood.",
        "hook_near_sound": "The marked place as it was: a pink flower on the wood.",
        "claim_flower": "The marked place as restored, a soft brown patch, with a cross.",
    },
    stills.full_width: {
        "full_width": "The same half of a painting of a village in winter, twice: at the left "
        "crossed by many black cuts, at the right restored, where none can be seen.",
        "pause": "A painted landscape with a path between green hills.",
    },
    stills.plain_network: {
        "plain_sound": "A small picture of a cat, sound, 32x32 pixels.",
        "plain_damaged": "The same small cat with black cuts across it.",
        "plain_restored": "The cat as the plain network returns it: the cuts have faded, and "
        "everything is blurred.",
    },
    stills.unseen_damage: {
        "unseen_pale": "A small picture of a face, crossed by pale segments.",
        "unseen_almost_black": "A small face crossed by segments that look black.",
        "unseen_thick": "A small face crossed by thick black segments.",
        "returned_pale": "The small face with pale segments, and below it as returned: all pale "
        "segments are still there.",
        "returned_almost_black": "The small face with segments that look black, and below it as "
        "returned: most of them are still there.",
        "returned_thick": "The small face with thick black segments, and below it as returned: "
        "the segments are gone, the face is blurred.",
    },
    stills.seams: {
        "seam_damaged": "A square piece of a landscape crossed by black cuts, with the borders of "
        "the patches dashed.",
        "seam_patches": "The piece restored patch by patch: rests of black end at the dashed "
        "borders of the patches.",
        "seam_overlap": "The piece restored from overlapping patches: the straight lines are gone.",
    },
    stills.mended_map: {
        "cat_damaged": "A painted cat with fine cracks, pale losses and scratches.",
        "cat_condition": "The cat in pale grey, with the found damage in the colours of its kinds.",
        "cat_found": "The mask that the finder proposes: white patches and lines on black.",
        "cat_mended": "The mask after ten strokes by hand: more white, in rough strokes.",
        "cat_blind": "The cat filled by the found mask: some pale losses are left.",
        "cat_filled": "The cat filled by the mended mask: nearly all losses are gone.",
        "demand_damaged": "The face of the cat from near, with pale losses and scratches.",
        "demand_mask": "The mask of the losses and scratches in this piece, white on black.",
        "demand_filled": "The piece with its losses filled: they are hard to find.",
        "demand_hatched": "The piece with its losses filled by thin vertical lines.",
    },
    stills.live: {
        "live_damaged": "A painted cat with one black cut and one pale scratch drawn over it.",
        "live_found": "The cat in pale grey with the found damage in colours.",
        "live_restored": "The cat restored: cut and scratch are gone or nearly gone.",
    },
    stills.inscription: {
        "inscription_given": "A painted meadow with the inscription ANNO DOMINI MDCCII.",
        "inscription_found": "The meadow in pale grey with what was found, in the colours of the "
        "kinds.",
        "inscription_restored": "The meadow as restored, with what is left of the letters.",
        "claim_date": "The meadow with what is left of the letters, and a cross.",
    },
    stills.spread: {
        "spread_damaged": "A square piece of a landscape crossed by black cuts of several widths.",
        "spread_filled": "The piece with its cuts filled, the wide ones softly.",
        "spread_apart": "A black picture with the cuts in grey, and light specks in them, "
        "where the fillings differ most.",
    },
    screenshot.editor: {
        "editor": "The mask editor in a browser: buttons for brush, stain, eraser, moving, size, "
        "undo, redo and zoom; the kinds of damage with their colours; a painted cat with green "
        "scratches, orange losses and three yellow strokes; buttons to fill and to save.",
    },
    stills.hatched: {
        "hatched": "A piece of a landscape from near, with cuts that are hatched with thin "
        "vertical lines.",
        "claim_hatched": "The piece of a landscape with hatched cuts, and a tick.",
    },
}


def checksums():
    """The checksums of the networks that the stills are made with: {name: text}."""
    return {name: (MODEL_DATA / f"{name}.sha256").read_text(encoding="utf-8").split()
            for name in NETWORKS}


def draw_figures(names):
    for name in names:
        with projection.styled():
            figure = FIGURES[name][0]()
        projection.save(figure, PICS / f"{name}.png")
        print(f"pics/{name}.png")


def draw_stills():
    measured = {"networks": checksums()}
    for draw in STILLS:
        pictures, measured[draw.__name__] = draw()
        for name, picture in pictures.items():
            stored = Image.fromarray(as_stored(np.ascontiguousarray(picture), "uint8"))
            stored.save(PICS / f"{name}.jpg", quality=88, optimize=True)
            print(f"pics/{name}.jpg")
    write_json("measured", measured)


def write_json(name, content):
    text = json.dumps(content, indent=1) + "\n"
    (PICS / f"{name}.json").write_text(text, encoding="utf-8")


def alt_texts():
    """What each figure and each still shows, in words: {name: text}."""
    alt = {name: text for name, (_, text) in FIGURES.items()}
    for described in STILLS.values():
        alt |= described
    return alt


def up_to_date():
    """Whether networks and notebook 1 are those of the last drawing."""
    measured = json.loads((PICS / "measured.json").read_text(encoding="utf-8"))
    return (measured["networks"], measured["plain_network"]) == (checksums(), stills.plain_errors())


def main(names):
    if names == ["--outdated"]:
        if up_to_date():
            return print("pics/ is up to date")
        names = []
    draw_figures(names or FIGURES)
    if not names:
        draw_stills()
    write_json("alt", alt_texts())


if __name__ == "__main__":
    main(sys.argv[1:])
