"""The explanatory figures that need no trained network. `pics.py` saves them."""

import cv2
import keras
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

from inpainting import classical, data
from inpainting.find_and_fill.damage_kinds import KINDS, cuts
from inpainting.plots import BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY, STYLE, VERMILION
from inpainting.tiles import tiles_along
from inpainting.unet import build_unet

LARGE = STYLE | {"font.size": 13, "axes.titlesize": 13}  # readable from the last row of a room
WIDTH = 10  # inches


def panels(mosaic, height, **options):
    """A Figure and its axes by letter, as matplotlib's subplot_mosaic, for large text."""
    fig, axes = plt.subplot_mosaic(mosaic, figsize=(WIDTH, height), **options)
    fig.set_layout_engine("constrained", w_pad=0.06, h_pad=0.06)
    plt.close(fig)
    return fig, axes


def show(axis, picture, title="", **options):
    """A picture (h, w, 3) or (h, w) in [0, 1], without axes."""
    axis.set_axis_off()
    shown = {"cmap": "gray", "vmin": 0, "vmax": 1, "interpolation": "nearest"} | options
    axis.imshow(picture, **shown)
    axis.set_title(title)


def numbered_image(number):
    """A numbered image: (h, w, 3) float32 in [0, 1]."""
    return data.read_picture(data.numbered_images()[number - 1])


def frame(axis, corner, width, height, colour, style="-"):
    """An empty rectangle. corner: x, y of the upper left one."""
    axis.add_patch(Rectangle(corner, width, height, fill=False, ec=colour, ls=style, lw=2.5))


def arrow(axis, start, end, **options):
    """An arrow in the coordinates of the axis."""
    style = {"arrowstyle": "-|>", "lw": 2, "mutation_scale": 18, "color": "0.3"}
    axis.annotate("", end, start, arrowprops=style | options, annotation_clip=False)


# A segment becomes a mask

START, END = (1, 8), (8, 2)  # x, y in pixels


def segment_to_mask():
    sound = data.display_set()[2][3:13, 3:13]  # the rim of the cup
    mask = np.zeros(sound.shape[:2], np.uint8)
    cv2.line(mask, START, END, color=1, thickness=1)
    fig, axes = panels("ABCD", 3.2)
    show(axes["A"], sound, "1. two end points\nin a picture")
    show(axes["B"], mask, "2. the nearest pixels\nof a line", cmap="Greys", vmax=2)
    show(axes["C"], mask, "3. the mask:\n1 where damaged")
    show(axes["D"], np.where(mask[..., None] == 1, 0, sound), "4. black where\nthe mask is 1")
    for name in "ABC":
        draw_grid(axes[name], len(mask))
    for name in "AB":
        for x, y in (START, END):
            axes[name].plot(x, y, "o", ms=11, color=VERMILION, mec="white", mew=1.5)
    axes["B"].plot(*zip(START, END), color=VERMILION, lw=2.5)
    for (x, y), ha, shift in ((START, "left", -0.9), (END, "right", 0.9)):
        axes["A"].text(
            x + shift, y - 1.2, f"x={x}, y={y}", ha=ha, va="center", fontsize=12,
            bbox={"fc": "white", "ec": "none", "alpha": 0.85, "pad": 1.5},
        )
    for (y, x), value in np.ndenumerate(mask):
        colour = "black" if value else "0.55"
        axes["C"].text(x, y, value, ha="center", va="center_baseline", color=colour, fontsize=12)
    return fig


def draw_grid(axis, side):
    """Lines between the pixels of a square picture."""
    for place in range(side + 1):
        axis.axhline(place - 0.5, color="0.5", lw=0.7)
        axis.axvline(place - 0.5, color="0.5", lw=0.7)


# What diffusion does at a gap

GAP = slice(35, 56)  # pixels of the brightness profile


def diffusion():
    columns = [*4 * [1], 0.1, *4 * [1]]
    fig, axes = panels("AAAAAALLL;abcd.efgh", 4.4, height_ratios=[2, 1], width_ratios=columns)
    draw_profile(axes["A"])
    axes["L"].set_axis_off()
    labels = axes["A"].get_legend_handles_labels()
    axes["L"].legend(*labels, loc="center left", fontsize=12)
    gap = np.zeros((64, 64), bool)
    gap[:, 20:44] = True
    for letters, pattern in (("abcd", edge()), ("efgh", stripes())):
        damaged = np.where(gap[..., None], np.float32(0), pattern)
        shown = {"sound": pattern, "gap": damaged, "Telea": classical.telea(damaged, gap),
                 "biharmonic": classical.biharmonic(damaged, gap)}
        for letter, (title, picture) in zip(letters, shown.items()):
            show(axes[letter], picture, title)
    return fig


def draw_profile(axis):
    """A brightness profile with a gap, and three ways to close it."""
    x = np.arange(90)
    sound = 0.75 - 0.005 * x + 0.1 * np.sin(2 * np.pi * x / 11)
    ends = [GAP.start - 2, GAP.start - 1, GAP.stop, GAP.stop + 1]  # two known pixels on each side
    cubic = np.polynomial.Polynomial.fit(ends, sound[ends], 3)
    inner = x[GAP.start - 1 : GAP.stop + 1]
    borders = inner[[0, -1]]
    filled = biharmonic_profile(sound)
    axis.axvspan(GAP.start - 0.5, GAP.stop - 0.5, color="0.9", label="gap")
    axis.plot(inner, sound[inner], ":", color="0.35", lw=2.5, label="what was lost")
    axis.plot(x[: GAP.start], sound[: GAP.start], color=BLACK, lw=2.5, label="what is known")
    axis.plot(x[GAP.stop :], sound[GAP.stop :], color=BLACK, lw=2.5)
    axis.plot(borders, sound[borders], color=BLUE, lw=2.5, label="heat equation: a straight line")
    axis.plot(inner, cubic(inner), color=VERMILION, lw=2.5, label="biharmonic equation: a cubic")
    axis.plot(
        x[GAP], filled[GAP], "o", color=VERMILION, mfc="white", ms=5,
        label="biharmonic of scikit-image",
    )
    axis.set(xlabel="place (pixels)", ylabel="brightness", ylim=(0, 1), xlim=(0, 89))


def biharmonic_profile(sound):
    """The profile as scikit-image's method closes it in a picture that is the same in each row."""
    picture = np.tile(sound.astype(np.float32)[None, :, None], (24, 1, 3))
    gap = np.zeros(picture.shape[:2], bool)
    gap[:, GAP] = True
    return classical.biharmonic(np.where(gap[..., None], np.float32(0), picture), gap)[12, :, 0]


def edge():
    """A slanting edge between two colours: (64, 64, 3) float32."""
    rows, columns = np.mgrid[:64, :64]
    above = rows < 46 - 0.45 * columns
    return np.where(above[..., None], np.float32([0.85, 0.75, 0.5]), np.float32([0.15, 0.3, 0.5]))


def stripes():
    """Slanting stripes: (64, 64, 3) float32."""
    rows, columns = np.mgrid[:64, :64]
    wave = 0.5 + 0.5 * np.sin((rows + 0.35 * columns) * 2 * np.pi / 9)
    light, dark = np.float32([0.9, 0.82, 0.65]), np.float32([0.45, 0.2, 0.12])
    return (dark + wave[..., None] * (light - dark)).astype(np.float32)


# The receptive field

GAPS = 5, 20, 60  # pixels
STEP_COLOURS = SKY, ORANGE, GREEN, PURPLE, VERMILION  # of steps 1 to 5


def receptive_fields():
    """Width in pixels of what a result of each of the nine steps can depend on: {step: pixels}.

    Computed backwards from the second convolution of each step, along the longest way through the
    network. Behind the poolings it depends a little on the place of the pixel: the widest counts.
    """
    unet = build_unet((1, 1, 1, 1, 1))
    names = [layer.name for layer in unet.layers]
    fields = {}
    for step in range(1, 10):
        longest = unet.layers[: names.index(f"step{step}_conv_b") + 1]
        fields[step] = max(width_seen(longest, place) for place in range(16))
    return fields


def width_seen(layers, place):
    """How many input pixels in a row one pixel at `place` in the last of the layers depends on."""
    first = last = place
    for layer in reversed(layers):
        if isinstance(layer, keras.layers.Conv2D):
            reach = layer.kernel_size[0] // 2
            first, last = first - reach, last + reach
        elif isinstance(layer, keras.layers.MaxPool2D):
            first, last = 2 * first, 2 * last + 1
        elif isinstance(layer, keras.layers.UpSampling2D):
            first, last = first // 2, last // 2
    return last - first + 1


def receptive_field():
    fields = receptive_fields()
    fig, axes = panels("Aabc;ATTT", 4.2, width_ratios=[1.35, 1, 1, 1], height_ratios=[4, 1])
    draw_fields(axes["A"], fields)
    for name, gap in zip("abc", GAPS):
        draw_gap(axes[name], gap, fields)
    axes["T"].set_axis_off()
    axes["T"].text(
        0, 0.5, "Squares: what steps 1 to 5 see around the white point,\nin the colours of the "
        "bars. A step whose square lies\ninside the gap sees nothing but black.", va="center",
    )
    return fig


def draw_fields(axis, fields):
    """A bar for each step, as wide as what it sees."""
    colours = [*STEP_COLOURS, *4 * ["0.6"]]
    axis.barh(list(fields), list(fields.values()), color=colours)
    for step, pixels in fields.items():
        axis.text(pixels + 4, step, pixels, va="center")
    axis.set(xlabel="pixels seen in a row", ylabel="step", xlim=(0, 1.25 * max(fields.values())))
    axis.set_yticks(list(fields))
    axis.invert_yaxis()
    axis.grid(axis="y", visible=False)


def draw_gap(axis, gap, fields):
    """A black gap in a picture, and around its middle the squares that steps 1 to 5 see."""
    side = fields[5] + 12
    picture = numbered_image(8)[300 : 300 + side, 130 : 130 + side].copy()
    middle = side / 2 - 0.5
    picture[:, round(side / 2 - gap / 2) : round(side / 2 + gap / 2)] = 0
    seeing = next(step for step in fields if fields[step] > gap)
    show(axis, picture, f"gap of {gap} px:\nstep {seeing} sees both sides")
    for step, colour in enumerate(STEP_COLOURS, start=1):
        corner = middle - fields[step] / 2
        frame(axis, (corner, corner), fields[step], fields[step], colour)
    axis.plot(middle, middle, ".", color="white", ms=4)


# Tiles

SCAN = 784, 1792  # height and width in pixels


def tiles():
    picture = 0.4 + 0.6 * cv2.GaussianBlur(numbered_image(12)[200:648], (0, 0), 1.5)
    fig, axes = panels(
        [["picture", "down"], ["across", "."]], 5.5, width_ratios=[6, 1], height_ratios=[2.6, 1],
    )
    down, across = (tiles_along(side) for side in SCAN)
    axis = axes["picture"]
    axis.imshow(picture, extent=(0, SCAN[1], SCAN[0], 0), aspect="auto")
    axis.set_axis_off()
    axis.set_title(
        f"{SCAN[1]}x{SCAN[0]} pixels in {len(down) * len(across)} tiles"
        f" of {len(across[0][1])}x{len(down[0][1])}"
    )
    for row, (top, fade_down) in enumerate(down):
        for column, (left, fade_across) in enumerate(across):
            inset = 4 + 8 * ((row + column) % 2)  # borders beside each other stay apart
            frame(
                axis, (left + inset, top + inset), len(fade_across) - 2 * inset,
                len(fade_down) - 2 * inset, TILE_COLOURS[column], ("-", "--")[row],
            )
    for place, weights, colour in zip(*weight_curves(across), TILE_COLOURS):
        axes["across"].plot(place, weights, color=colour, lw=2.5)
    axes["across"].plot(sum_of_weights(across), "k:", lw=1.5, label="sum of the weights")
    axes["across"].legend(loc="center", fontsize=12)
    axes["across"].set(
        xlabel="place from the left (pixels)", ylabel="weight",
        xlim=(0, SCAN[1]), ylim=(-0.05, 1.12),
    )
    for place, weights, style in zip(*weight_curves(down), ("-", "--")):
        axes["down"].plot(weights, place, style, color="0.35", lw=2.5)
    axes["down"].plot(sum_of_weights(down), np.arange(SCAN[0]), "k:", lw=1.5)
    axes["down"].xaxis.tick_top()
    axes["down"].xaxis.set_label_position("top")
    axes["down"].set(
        xlabel="weight", ylabel="place from the top (pixels)", xlim=(-0.05, 1.12), ylim=(SCAN[0], 0)
    )
    return fig


TILE_COLOURS = BLUE, VERMILION, GREEN


def weight_curves(along):
    """Places and weights of the tiles along one side, from `tiles_along`: two lists of arrays."""
    places = [np.arange(start, start + len(weights)) for start, weights in along]
    return places, [weights for _, weights in along]


def sum_of_weights(along):
    """The sum of the weights of all tiles at each pixel along one side."""
    places, weights = weight_curves(along)
    return np.bincount(np.concatenate(places), np.concatenate(weights))


# Kinds of damage

SEVERITIES = 0.2, 0.5, 1
SEEDS = {
    "cuts": 0, "craquelure": 0, "scratches": 7, "losses": 1, "stains": 1, "writing": 5, "mixed": 4,
}


def damage_kinds():
    piece = numbered_image(5)[340:628, 60:348]
    picture = cv2.resize(piece, (192, 192), interpolation=cv2.INTER_AREA)
    kinds = {"cuts": cuts} | KINDS | {"mixed": three_kinds}
    fig, axes = plt.subplots(len(SEVERITIES), len(kinds), figsize=(WIDTH, 4.9))
    plt.close(fig)
    for line, severity in zip(axes, SEVERITIES):
        for axis, (name, damage) in zip(line, kinds.items()):
            damaged, _ = damage(picture, np.random.default_rng(SEEDS[name]), severity)
            show(axis, damaged, name if severity == SEVERITIES[0] else "")
        line[0].text(
            -0.12, 0.5, f"severity {severity}", transform=line[0].transAxes, rotation=90,
            ha="right", va="center",
        )
    return fig


def three_kinds(picture, rng, severity):
    """Stains, craquelure and losses over one another, all at the same severity."""
    mask = np.zeros(picture.shape[:2], bool)
    for name in ("stains", "craquelure", "losses"):
        picture, more = KINDS[name](picture, rng, severity)
        mask |= more
    return picture, mask


# The workflow

HUMAN, MACHINE = "#FBE3B5", "#CFE5F3"
WORKFLOW = (  # step, who does it, what is kept
    ("scan\nthe painting", HUMAN, "the scan,\nnever\nchanged"),
    ("find\nthe damage", MACHINE, "the\ndamage\nmap"),
    ("conservator\nchecks and\nmends\nthe map", HUMAN, "the mask:\nwhat may\nchange"),
    ("fill\nthe damage", MACHINE, "the restored\npicture, as\na new file"),
    ("make the\nretouching\nvisible", MACHINE, "tratteggio\nor map of\nthe change"),
    ("record\nwhat was\ndone", MACHINE, "files, model,\nsettings,\nplaces, date"),
)


def workflow():
    fig, axes = panels("A", 3.6)
    axis = axes["A"]
    axis.set_axis_off()
    axis.set(xlim=(-1, len(WORKFLOW) - 0.5), ylim=(-1.05, 0.95))
    for place, (step, who, kept) in enumerate(WORKFLOW):
        box(axis, place, 0.35, step, who)
        box(axis, place, -0.6, kept, "white", ls="--")
        arrow(axis, (place, -0.02), (place, -0.28), lw=1.5)
        if place:
            arrow(axis, (place - 0.58, 0.35), (place - 0.42, 0.35), shrinkA=2, shrinkB=2)
    for y, text in ((0.35, "step"), (-0.6, "kept")):
        axis.text(-0.98, y, text, va="center", weight="bold")
    for x, colour, text in ((0.5, HUMAN, "by people"), (2.5, MACHINE, "by the computer")):
        axis.add_patch(Rectangle((x, 0.82), 0.18, 0.11, fc=colour, ec="0.3"))
        axis.text(x + 0.25, 0.875, text, va="center")
    return fig


def box(axis, x, y, text, colour, ls="-"):
    """A text in a frame that is 0.84 wide, in the coordinates of the axis."""
    axis.add_patch(Rectangle((x - 0.42, y - 0.33), 0.84, 0.62, fc=colour, ec="0.3", ls=ls, lw=1.2))
    axis.text(x, y - 0.02, text, ha="center", va="center", fontsize=12)
