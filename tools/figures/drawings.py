"""The explanatory figures that need no trained network. `pics.py` saves them.

Each is as large as its place on a slide: LARGE, or LOW where a sentence stands below it.
"""

import cv2
import keras
import numpy as np
from matplotlib.patches import Rectangle
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from inpainting import classical, data
from inpainting.find_and_fill.damage_kinds import KINDS, cuts
from inpainting.plots import METHOD_COLOURS
from inpainting.projection import INK, panels
from inpainting.tiles import tiles_along
from inpainting.unet import build_unet

LARGE, LOW, SQUARES = (12.2, 5.05), (12.2, 4.25), (8.6, 5.05)  # width, height in inches
TRUTH = METHOD_COLOURS["truth"]
CLASSICAL, NETWORK = METHOD_COLOURS["classical"], METHOD_COLOURS["blind"]


def show(axis, picture, title="", **options):
    """A picture (h, w, 3) or (h, w) in [0, 1], without axes."""
    axis.set_axis_off()
    shown = {"cmap": "gray", "vmin": 0, "vmax": 1, "interpolation": "nearest"} | options
    axis.imshow(picture, **shown)
    axis.set_title(title)


def numbered_image(number):
    """A numbered image: (h, w, 3) float32 in [0, 1]."""
    return data.read_picture(data.numbered_images()[number - 1])


def frame(axis, corner, width, height, colour, style="-", lw=2.5):
    """An empty rectangle. corner: x, y of the upper left one."""
    axis.add_patch(Rectangle(corner, width, height, fill=False, ec=colour, ls=style, lw=lw))


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
    fig, axes = panels("ABCD", LOW)
    show(axes["A"], sound, "1. two end points\nin a picture")
    show(axes["B"], mask, "2. the nearest pixels\nof a line", cmap="Greys", vmax=2)
    show(axes["C"], mask, "3. the mask:\n1 where damaged")
    show(axes["D"], np.where(mask[..., None] == 1, 0, sound), "4. black where\nthe mask is 1")
    for name in "ABC":
        draw_grid(axes[name], len(mask))
    for name in "AB":
        for x, y in (START, END):
            axes[name].plot(x, y, "o", ms=13, color="white", mec=INK, mew=2.5)
    axes["B"].plot(*zip(START, END), color=INK, lw=2.5)
    for (x, y), ha, shift in ((START, "left", -1.2), (END, "right", 1.2)):
        axes["A"].text(
            x + shift, y - 1.4, f"x={x}, y={y}", ha=ha, va="center",
            bbox={"fc": "white", "ec": "none", "pad": 2},
        )
    for (y, x), value in np.ndenumerate(mask):
        colour = INK if value else "white"
        axes["C"].text(x, y, value, ha="center", va="center_baseline", color=colour)
    return fig


def draw_grid(axis, side):
    """Lines between the pixels of a square picture."""
    for place in range(side + 1):
        axis.axhline(place - 0.5, color="0.5", lw=0.7)
        axis.axvline(place - 0.5, color="0.5", lw=0.7)


# What diffusion does at a gap

GAP = slice(35, 56)  # pixels of the brightness profile


def diffusion():
    """A profile of brightness across a gap, and what three methods put into one in a picture."""
    fig, axes = panels("AAAAA;bcdef", LARGE, height_ratios=[1.15, 1])
    draw_profile(axes["A"])
    gap = np.zeros((48, 80), bool)
    gap[:, 28:52] = True
    sound = edge_and_stripes()
    damaged = np.where(gap[..., None], np.float32(0), sound)
    shown = {"sound": sound, "gap": damaged, "Telea": classical.telea(damaged, gap),
             "Navier-Stokes": classical.navier_stokes(damaged, gap),
             "biharmonic": classical.biharmonic(damaged, gap)}
    for letter, (title, picture) in zip("bcdef", shown.items()):
        show(axes[letter], picture, title)
    return fig


def draw_profile(axis):
    """A brightness profile with a gap, and two ways to close it."""
    x = np.arange(90)
    sound = 0.75 - 0.005 * x + 0.1 * np.sin(2 * np.pi * x / 11)
    ends = [GAP.start - 2, GAP.start - 1, GAP.stop, GAP.stop + 1]  # two known pixels on each side
    cubic = np.polynomial.Polynomial.fit(ends, sound[ends], 3)
    inner = x[GAP.start - 1 : GAP.stop + 1]
    borders = inner[[0, -1]]
    axis.axvspan(GAP.start - 0.5, GAP.stop - 0.5, color="0.9")
    axis.plot(inner, sound[inner], ":", color=TRUTH, lw=3)
    axis.plot(x[: GAP.start], sound[: GAP.start], color=TRUTH, lw=3)
    axis.plot(x[GAP.stop :], sound[GAP.stop :], color=TRUTH, lw=3)
    axis.plot(borders, sound[borders], "--", color=CLASSICAL, lw=3)
    axis.plot(inner, cubic(inner), color=CLASSICAL, lw=3)
    for text, place, point in (
        ("what was lost: dotted", (60, 0.97), (47.5, sound[47])),
        ("heat equation: a straight line", (60, 0.74), (54, sound[borders].mean() - 0.05)),
        ("biharmonic: a curve", (60, 0.06), (51, cubic(51))),
        ("known", (3, 0.3), (9, sound[9])),
    ):
        axis.annotate(text, point, place, va="center", arrowprops={"arrowstyle": "-", "color": INK})
    axis.set(xlabel="place along a line of pixels", ylabel="brightness", ylim=(-0.08, 1.08))
    axis.set(xlim=(0, 89), xticks=range(0, 90, 20), yticks=(0, 0.5, 1))


def edge_and_stripes():
    """A slanting edge between a light field and slanting stripes: (48, 80, 3) float32."""
    rows, columns = np.mgrid[:48, :80]
    wave = 0.5 + 0.5 * np.sin((rows + 0.35 * columns) * 2 * np.pi / 9)
    light, dark = np.float32([0.9, 0.82, 0.65]), np.float32([0.45, 0.2, 0.12])
    stripes = dark + wave[..., None].astype(np.float32) * (light - dark)
    above = rows < 34 - 0.45 * columns
    return np.where(above[..., None], np.float32([0.35, 0.5, 0.65]), stripes)


# One error, three looks

def measures(told=True):
    """The same picture spoilt in three ways to the same PSNR.   told: with the numbers."""
    sound = numbered_image(8)[330:586, 330:586]
    smaller = sound.shape[1] // 8, sound.shape[0] // 8
    rough = cv2.resize(cv2.resize(sound, smaller), sound.shape[1::-1])  # cubic enough: blurred
    noise = np.random.default_rng(0).standard_normal(sound.shape).astype(np.float32)
    grey = np.float32(sound.mean())
    spoilt = {"A: blurred": rough - sound, "B: less contrast": grey - sound, "C: noisy": noise}
    size = np.sqrt(np.mean((rough - sound) ** 2))
    fig, axes = panels("SABC", LOW)
    show(axes["S"], sound, "\n\nsound")
    for letter, (title, change) in zip("ABC", spoilt.items()):
        picture, factor = sound + change, 1.0
        for _ in range(5):  # what is brighter than white is cut off: take more
            factor *= size / np.sqrt(np.mean((picture - sound) ** 2))
            picture = np.clip(sound + factor * change, 0, 1)
        psnr = peak_signal_noise_ratio(sound, picture, data_range=1)
        ssim = structural_similarity(sound, picture, channel_axis=-1, data_range=1)
        numbers = f"{title}\nPSNR {psnr:.1f} dB\nSSIM {ssim:.2f}"
        show(axes[letter], picture, numbers if told else f"\n\n{letter}")
    return fig


# A convolution

KERNEL = np.float32([[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]])
AT = 12, 12  # row and column in the picture of the cat


def convolution():
    """Nine pixels times nine weights, added up, at one place and at all."""
    grey = data.display_set()[1].mean(axis=-1)
    result = cv2.filter2D(grey, -1, KERNEL, borderType=cv2.BORDER_REFLECT)
    row, column = AT
    patch = grey[row - 1 : row + 2, column - 1 : column + 2].round(2)  # as printed
    fig, axes = panels("ABCD", LOW, width_ratios=[1.1, 1, 1, 1.1])
    show(axes["A"], grey, "brightness")
    frame(axes["A"], (column - 1.5, row - 1.5), 3, 3, "white")
    show(axes["B"], patch, "nine pixels", vmax=0.7)
    show(axes["C"], np.ones_like(KERNEL), "nine weights,\nchosen by us")
    for name, values, form in (("B", patch, "{:.2f}"), ("C", KERNEL, "{:g}")):
        draw_grid(axes[name], 3)
        for (y, x), value in np.ndenumerate(values):
            dark = name == "B" and value < 0.3
            axes[name].text(x, y, form.format(value), ha="center", va="center",
                            color="white" if dark else INK)
    show(axes["D"], result, f"their sum: {(patch * KERNEL).sum():.1f},\nand at all other places",
         vmin=-1.5, vmax=1.5)
    frame(axes["D"], (column - 0.5, row - 0.5), 1, 1, "white")
    for name, sign in (("A", "→"), ("B", "×"), ("C", "=")):
        axes[name].text(1.05, 0.5, sign, transform=axes[name].transAxes, va="center", fontsize=24)
    return fig


# The receptive field

GAPS = 6, 20, 60  # pixels


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
    fig, axes = panels("Aabc", LOW, width_ratios=[1.15, 1, 1, 1])
    draw_fields(axes["A"], fields)
    for name, gap in zip("abc", GAPS):
        draw_gap(axes[name], gap, fields)
    return fig


def draw_fields(axis, fields):
    """A bar for each step, as wide as what it sees."""
    axis.barh(list(fields), list(fields.values()), color="0.75")
    for step, pixels in fields.items():
        axis.text(pixels + 4, step, pixels, va="center")
    axis.set(xlabel="pixels seen in a row", ylabel="step", xlim=(0, 1.3 * max(fields.values())))
    axis.set_yticks(list(fields))
    axis.invert_yaxis()
    axis.grid(axis="y", visible=False)


def draw_gap(axis, gap, fields):
    """A black gap in a picture, and around its middle what two steps see: the last one that sees
    nothing but the gap (dotted), and the first one that sees both sides (a full line).

    The wider the gap, the more of the picture is shown.
    """
    seeing = next(step for step in fields if fields[step] > gap)
    side = 2 * fields[seeing]
    middle = side // 2 - 0.5
    row, column = (centre - side // 2 for centre in GAP_AT)
    picture = numbered_image(8)[row : row + side, column : column + side].copy()
    picture[:, round(middle + 0.5 - gap / 2) : round(middle + 0.5 + gap / 2)] = 0
    show(axis, picture, f"{gap} pixels wide:\nstep {seeing} sees across")
    for step, style in ((seeing - 1, ":"), (seeing, "-")):
        corner = middle - fields[step] / 2
        frame(axis, (corner, corner), fields[step], fields[step], "black", lw=6)
        frame(axis, (corner, corner), fields[step], fields[step], "white", style)
    axis.plot(middle, middle, ".", color="white", ms=8)


GAP_AT = 376, 206  # row and column of the middle of the gaps in numbered image 8


# Tiles

SCAN = 784, 1792  # height and width in pixels


def tiles():
    picture = 0.4 + 0.6 * cv2.GaussianBlur(numbered_image(12)[200:648], (0, 0), 1.5)
    fig, axes = panels("P;W", LARGE, height_ratios=[2.1, 1])
    down, across = (tiles_along(side) for side in SCAN)
    axis = axes["P"]
    axis.imshow(picture, extent=(0, SCAN[1], SCAN[0], 0), aspect="auto")
    axis.set_axis_off()
    axis.set_title(
        f"{SCAN[1]}x{SCAN[0]} pixels in {len(down) * len(across)} tiles"
        f" of {len(across[0][1])}x{len(down[0][1])}, each with a number"
    )
    for row, (top, fade_down) in enumerate(down):
        for column, (left, fade_across) in enumerate(across):
            inset = 5 + 9 * ((row + column) % 2)  # borders beside each other stay apart
            corner, high = (left + inset, top + inset), len(fade_down) - 2 * inset
            frame(axis, corner, len(fade_across) - 2 * inset, high, INK, TILE_LINES[column])
            axis.text(left + len(fade_across) / 2, (60, SCAN[0] - 60)[row],
                      row * len(across) + column + 1, ha="center", va="center",
                      bbox={"fc": "white", "ec": INK, "boxstyle": "circle,pad=0.2"})
    for number, (place, weights) in enumerate(zip(*weight_curves(across))):
        axes["W"].plot(place, weights, TILE_LINES[number], color=INK, lw=3)
        axes["W"].text(place.mean(), 0.62, f"tiles {number + 1} and {number + 1 + len(across)}",
                       ha="center")
    axes["W"].plot(sum_of_weights(across), color="0.6", lw=6, zorder=1)
    axes["W"].text(SCAN[1] / 2, 0.12, "grey: sum of all", ha="center")
    axes["W"].set(xlabel="place from the left (pixels)", ylabel="weight", xlim=(0, SCAN[1]),
                  ylim=(-0.08, 1.12), yticks=(0, 1))
    return fig


TILE_LINES = "-", "--", ":"


def weight_curves(along):
    """Places and weights of the tiles along one side, from `tiles_along`: two lists of arrays."""
    places = [np.arange(start, start + len(weights)) for start, weights in along]
    return places, [weights for _, weights in along]


def sum_of_weights(along):
    """The sum of the weights of all tiles at each pixel along one side."""
    places, weights = weight_curves(along)
    return np.bincount(np.concatenate(places), np.concatenate(weights))


# Kinds of damage

SEVERITY = 0.9
SEEDS = {"cuts": 0, "craquelure": 0, "scratches": 7, "losses": 11, "stains": 1, "writing": 5}


def damage_kinds():
    piece = numbered_image(5)[340:628, 60:492]
    picture = cv2.resize(piece, (288, 192), interpolation=cv2.INTER_AREA)
    fig, axes = panels("ABC;DEF", LARGE)
    for axis, (name, damage) in zip(axes.values(), ({"cuts": cuts} | KINDS).items()):
        damaged, _ = damage(picture, np.random.default_rng(SEEDS[name]), SEVERITY)
        show(axis, damaged, name)
    return fig


# The workflow

HUMAN, MACHINE = "#F7F1B8", "#E6E6E6"
WIDTH = {HUMAN: 3.5, MACHINE: 1.2}  # of the frame: the two colours look alike in a grey print
WORKFLOW = (  # step, who does it, what is kept
    ("decide\nwhat is\nscanned,\nand why", HUMAN, "the scan,\nnever\nchanged"),
    ("find\nthe damage", MACHINE, "the\ndamage\nmap"),
    ("check and\nmend\nthe map", HUMAN, "the mask:\nwhat may\nchange"),
    ("fill\nthe damage", MACHINE, "the new\npicture, in\na new file"),
    ("make the\nretouching\nvisible", MACHINE, "hatching,\nor map of\nchange"),
    ("accept,\nor send\nback", HUMAN, "name\nand date"),
    ("record\nwhat was\ndone", MACHINE, "files,\nmodel,\nsettings"),
)


def workflow():
    fig, axes = panels("A", LOW)
    axis = axes["A"]
    axis.set_axis_off()
    axis.set(xlim=(-0.95, len(WORKFLOW) - 0.5), ylim=(-1.05, 0.98))
    for place, (step, who, kept) in enumerate(WORKFLOW):
        box(axis, place, 0.32, step, who, lw=WIDTH[who])
        box(axis, place, -0.63, kept, "white", ls="--")
        arrow(axis, (place, -0.05), (place, -0.29), lw=1.5)
        if place:
            arrow(axis, (place - 0.58, 0.32), (place - 0.42, 0.32), shrinkA=2, shrinkB=2)
    for y, text in ((0.32, "step"), (-0.63, "kept")):
        axis.text(-0.98, y, text, va="center", weight="bold")
    for x, colour, text in ((0.5, HUMAN, "conservators decide"), (3.5, MACHINE, "the computer")):
        axis.add_patch(Rectangle((x, 0.82), 0.18, 0.13, fc=colour, ec="0.3", lw=WIDTH[colour]))
        axis.text(x + 0.25, 0.885, text, va="center")
    return fig


def box(axis, x, y, text, colour, ls="-", lw=1.2):
    """A text in a frame that is 0.88 wide, in the coordinates of the axis."""
    axis.add_patch(Rectangle((x - 0.44, y - 0.37), 0.88, 0.72, fc=colour, ec="0.3", ls=ls, lw=lw))
    axis.text(x, y - 0.01, text, ha="center", va="center")
