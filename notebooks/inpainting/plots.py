"""Every figure of the tutorial, in one style. Each function returns a matplotlib Figure."""

from itertools import cycle

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

# Okabe and Ito's colours, which colour-blind readers can tell apart (jfly.uni-koeln.de/color)
BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, YELLOW, BLACK = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#F0E442", "#000000",
)
COLOURS = (BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, BLACK)
# One meaning for each colour in every chart: what was done to the pixels that are measured. Sorts
# of the same are told apart by marks. The colours of maps, KIND_COLOURS, stand for kinds of damage.
METHOD_COLOURS = {
    "damaged": BLACK, "classical": ORANGE, "blind": BLUE, "told": SKY, "truth": GREEN,
}
METHOD_WORDS = {  # in the names of methods, the first that is found
    "Telea": "classical", "Navier-Stokes": "classical", "biharmonic": "classical",
    "first guess": "classical", "blind": "blind", "find, then fill": "blind", "told": "told",
    "filler": "told", "damaged": "damaged", "sound": "truth",
}
KIND_COLOURS = {
    "cuts": BLACK, "craquelure": BLUE, "scratches": GREEN, "losses": VERMILION, "stains": ORANGE,
    "writing": PURPLE,
}
STYLE = {
    "figure.dpi": 100,
    "figure.constrained_layout.use": True,
    "font.size": 11,
    "axes.prop_cycle": plt.cycler(color=COLOURS),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "legend.frameon": False,
}


def method_colour(name):
    """The colour of METHOD_COLOURS for a method with this name, or None: the next of the cycle."""
    meaning = next((METHOD_WORDS[word] for word in METHOD_WORDS if word in name), None)
    return METHOD_COLOURS.get(meaning)


def figure(rows=1, columns=1, size=(8, 3.6)):
    """A Figure in the style of the tutorial, with its axes (one, or an array as pyplot's)."""
    with plt.rc_context(STYLE):
        fig, axes = plt.subplots(rows, columns, figsize=size)
    plt.close(fig)  # a notebook then shows it once, where it is the value of a cell
    return fig, axes


def gallery(rows, titles=None, side=1.35, legend=None):
    """Rows of pictures, one row per entry.

    rows: {label: pictures}; pictures are (n, h, w, 3) float in [0, 1], or (n, h, w) for masks and
        maps, shown black (0) to white (1).
    titles: one text above each column, or None.
    legend: {text: colour}, such as KIND_COLOURS, below the pictures, or None.
    """
    columns = max(len(pictures) for pictures in rows.values())
    fig, axes = figure(len(rows), columns, size=(side * columns + 1.3, side * len(rows) + 0.3))
    axes = np.reshape(axes, (len(rows), columns))
    for axis in axes.flat:
        axis.set_axis_off()
    for line, (label, pictures) in zip(axes, rows.items()):
        line[0].text(
            -0.08, 0.5, label, transform=line[0].transAxes, ha="right", va="center", fontsize=11
        )
        for axis, picture in zip(line, pictures):
            axis.imshow(picture, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    for axis, title in zip(axes[0], titles or []):
        axis.set_title(title, fontsize=10)
    if legend:
        patches = [Patch(color=colour, label=text) for text, colour in legend.items()]
        fig.legend(handles=patches, loc="outside lower center", ncols=len(legend))
    return fig


def by_kind(picture, maps):
    """A pale grey picture with each kind of damage in its colour of KIND_COLOURS.

    picture: (h, w, 3) float32 in [0, 1].   maps: {kind: (h, w)}, bool or float in [0, 1].
    Returns (h, w, 3) float32 in [0, 1].
    """
    grey = picture.mean(axis=-1, keepdims=True)
    shown = np.repeat(0.6 + 0.4 * grey, 3, axis=-1)
    for kind, values in maps.items():
        shown = shown + values[..., None] * (np.float32(to_rgb(KIND_COLOURS[kind])) - shown)
    return shown


def condition_map(picture, masks, labels):
    """A painting in grey and its damage in colours, with a legend, as conservators draw it.

    picture: (h, w, 3) float32 in [0, 1].   masks: {kind: (h, w) bool}.
    labels: {kind: text of the legend}, of the kinds that are there.
    """
    height, width = picture.shape[:2]
    scale = min(8 / width, 20 / height)  # inches for a pixel; a tall picture stands in the middle
    legend, high, across = 0.8, scale * height, scale * width / 8
    fig, axis = figure(size=(8, high + legend))
    axis.set_position([(1 - across) / 2, legend / (high + legend), across, high / (high + legend)])
    axis.set_axis_off()
    axis.imshow(by_kind(picture, masks), interpolation="nearest", aspect="auto")
    patches = [Patch(color=KIND_COLOURS[kind], label=text) for kind, text in labels.items()]
    fig.legend(
        handles=patches, loc="lower center", ncols=3, fontsize=10,
        title=None if patches else "no damage found",
    )
    return fig


def pictures(titled, columns=2, width=4.5):
    """Pictures beside each other, each below its title and in its own proportions.

    titled: {title: picture}; a picture is (h, w, 3) float in [0, 1], or (h, w) for masks and maps,
        shown black (0) to white (1).
    width: of one picture, in inches.
    """
    rows = -(-len(titled) // columns)
    height, across = next(iter(titled.values())).shape[:2]
    size = width * columns, (width * height / across + 0.3) * rows
    fig, axes = figure(rows, columns, size=size)
    for axis in np.ravel(axes):
        axis.set_axis_off()
    for axis, (title, picture) in zip(np.ravel(axes), titled.items()):
        axis.imshow(picture, cmap="gray", vmin=0, vmax=1)
        axis.set_title(title, fontsize=11)
    return fig


def histogram(values, label, bins=40):
    """How often each value occurs, with a line at the mean."""
    fig, axis = figure()
    axis.hist(values, bins=bins, color=BLUE)
    axis.axvline(np.mean(values), color=VERMILION, lw=2, label=f"mean {np.mean(values):.3f}")
    axis.set(xlabel=label, ylabel="pictures")
    axis.legend()
    return fig


def history(rows):
    """MAE, or loss of networks that restore nothing, and damage-map IoU by epoch.

    rows: list of dicts, as `train.fit` returns them.
    """
    keys = ["mae" if "val_mae" in rows[0] else "loss"] + ["iou"] * ("val_iou" in rows[0])
    names = [{"mae": "MAE", "loss": "loss", "iou": "IoU of the damage map"}[key] for key in keys]
    fig, axes = figure(1, len(names), size=(4.6 * len(names), 3.4))
    epochs = [row["epoch"] for row in rows]
    mark = "o" if len(rows) < 12 else None
    for axis, name, key in zip(np.ravel(axes), names, keys):
        axis.plot(epochs, [row[key] for row in rows], marker=mark, color="0.5", label="training")
        axis.plot(
            epochs, [row[f"val_{key}"] for row in rows],
            marker=mark, color=BLUE, ls="--", label="validation",
        )
        axis.set(xlabel="epoch", ylabel=name)
        axis.xaxis.get_major_locator().set_params(integer=True)
        axis.legend()
    readable_log_scale(np.ravel(axes)[0])
    return fig


def readable_log_scale(axis):
    """A logarithmic vertical axis with plain numbers, also where it spans less than a decade."""
    axis.set_yscale("log")
    lowest, highest = axis.get_ylim()
    several_decades = highest > 10 * lowest
    axis.yaxis.set_major_locator(LogLocator(subs=(1, 3)) if several_decades else MaxNLocator(6))
    axis.yaxis.set_major_formatter("{x:.3g}")
    axis.yaxis.set_minor_locator(NullLocator())


def bars_by_fraction(bins, methods):
    """PSNR inside the damage in bins of damaged fraction.

    bins: list of {"from": fraction, "to": fraction, "pictures": n, "psnr_inside": {method: dB}}.
    methods: names of the methods, in the order of the bars.
    """
    fig, axis = figure(size=(9, 3.8))
    width = 0.85 / len(methods)
    places = np.arange(len(bins))
    for i, method in enumerate(methods):
        heights = [b["psnr_inside"][method] for b in bins]
        axis.bar(
            places + (i - (len(methods) - 1) / 2) * width, heights, width, label=method,
            color=method_colour(method), hatch=("", "//", "..", "")[i % 4], ec="white",
        )
    axis.set_xticks(
        places, [f"{b['from']:.0%} to {b['to']:.0%}\n{b['pictures']} pictures" for b in bins]
    )
    axis.set(xlabel="damaged part of the picture", ylabel="PSNR inside the damage (dB)")
    axis.grid(axis="x", visible=False)
    fig.legend(*axis.get_legend_handles_labels(), loc="outside upper center", ncols=len(methods))
    return fig


def widths_experiment(rows):
    """Validation MAE against training time for networks of different widths.

    rows: {label: history}, each as `train.fit` returns it.
    """
    fig, axis = figure(size=(8, 4))
    for (label, history_rows), mark in zip(rows.items(), cycle("os^D")):
        minutes = np.cumsum([row["seconds"] for row in history_rows]) / 60
        axis.plot(minutes, [row["val_mae"] for row in history_rows], marker=mark, label=label)
    axis.set(xlabel="minutes of training", ylabel="validation MAE")
    readable_log_scale(axis)
    axis.legend(title="channels of steps 1 to 5")
    return fig


def u_net(widths, size=32, damage_map=True):
    """The nine steps drawn as a U: boxes are feature maps, arrows lead from one to the next.

    widths: channels of steps 1 to 5.   size: side of the input picture in pixels.
    damage_map: whether that output is drawn beside RGB.
    """
    fig, axis = figure(size=(10, 5.6))
    axis.set_axis_off()
    axis.grid(False)
    depth = len(widths) - 1
    decoder = [*widths[depth - 1 : 0 : -1], widths[0]]
    left = [(i, -i) for i in range(depth)]
    bottom = (depth, -depth)
    right = [(depth + 1 + i, -(depth - 1 - i)) for i in range(depth)]

    def box(place, text, colour):
        axis.text(
            *place, text, ha="center", va="center", fontsize=13,
            bbox={"boxstyle": "round,pad=0.45", "fc": colour, "ec": "0.3"},
        )

    def arrow(start, end, colour, style="-", shrink=30):
        axis.annotate(
            "", end, start,
            arrowprops={"arrowstyle": "-|>", "mutation_scale": 16, "color": colour, "lw": 2,
                        "ls": style, "shrinkA": shrink, "shrinkB": shrink},
        )

    for i, place in enumerate(left):
        side = size >> i
        box(place, f"step {i + 1}\n{side}x{side}x{widths[i]}", "#CFE5F3")
        arrow(place, left[i + 1] if i + 1 < depth else bottom, BLUE)
    side = size >> depth
    box(bottom, f"step 5\n{side}x{side}x{widths[depth]}", "#FBE3B5")
    previous = bottom
    for i, place in enumerate(right):
        side = size >> (depth - 1 - i)
        box(place, f"step {i + 6}\n{side}x{side}x{decoder[i]}", "#CDEBE0")
        arrow(previous, place, VERMILION)
        arrow(left[depth - 1 - i], place, "0.45", style="--", shrink=43)
        previous = place
    box((-1.9, 0), f"step 0\ninput\n{size}x{size}x3", "white")
    arrow((-1.9, 0), left[0], BLACK, shrink=46)
    end = 2 * depth + 2.4
    outputs = {"RGB": (0.5, 3), "damage map": (-0.5, 1)} if damage_map else {"RGB": (0, 3)}
    for name, (height, channels) in outputs.items():
        box((end, height), f"{name}\n{size}x{size}x{channels}", "white")
        arrow(right[-1], (end, height), BLACK, shrink=54)
    for y, colour, style, text in (
        (-2.7, BLUE, "-", "MaxPool2D: half the side"),
        (-3.3, VERMILION, "-", "UpSampling2D: twice the side"),
        (-4, "0.45", "--", "Concatenate: encoder\nlayer of the same size"),
    ):
        axis.plot([-2.6, -2], [y, y], color=colour, ls=style, lw=2)
        axis.text(-1.9, y, text, va="center", fontsize=13)
    axis.set(xlim=(-2.7, end + 1), ylim=(-depth - 0.4, 0.9))
    return fig


def curves(points, xlabel, ylabel, log=False):
    """A curve for each label, with a mark at each measured point.

    points: {label: (x, y)}, x and y equally long.   log: logarithmic vertical axis.
    """
    fig, axis = figure()
    for (label, (x, y)), mark in zip(points.items(), cycle("os^Dv")):
        axis.plot(x, y, marker=mark, label=label, color=method_colour(label))
    axis.set(xlabel=xlabel, ylabel=ylabel)
    if log:
        readable_log_scale(axis)
    axis.legend()
    return fig


def intervals(series, xlabel):
    """Values with their 95 % intervals, a line for each name and a mark for each series.

    series: {label: {name: (value, lowest, highest)}}, all with the same names.
    """
    names = list(next(iter(series.values())))
    fig, axis = figure(size=(8, 0.9 + 0.36 * len(names)))
    for i, ((label, rows), mark) in enumerate(zip(series.items(), cycle("osD"))):
        value, low, high = np.array([rows[name] for name in names]).T
        places = np.arange(len(names)) + 0.2 * (i - (len(series) - 1) / 2)
        axis.errorbar(
            value, places, xerr=(value - low, high - value), fmt=mark, capsize=3, label=label)
    axis.axvline(0, color=BLACK, lw=1)
    axis.set_yticks(range(len(names)), names)
    axis.invert_yaxis()
    axis.set(xlabel=xlabel)
    if len(series) > 1:
        fig.legend(*axis.get_legend_handles_labels(), loc="outside upper center", ncols=len(series))
    return fig


def shares(rows, xlabel):
    """What parts a whole falls into, as numbers on a field that is the darker the larger they are.

    rows: {name: {part: number in [0, 1]}}, all with the same parts.
    """
    values = np.array([list(row.values()) for row in rows.values()])
    fig, axis = figure(size=(1.05 * values.shape[1], 0.9 + 0.42 * len(values)))
    axis.imshow(values, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for place, value in np.ndenumerate(values):
        if value >= 0.005:
            axis.text(*place[::-1], f"{value:.0%}", ha="center", va="center",
                      color="white" if value > 0.5 else "black")
    axis.set_xticks(range(values.shape[1]), list(next(iter(rows.values()))))
    axis.set_yticks(range(len(values)), list(rows))
    axis.set(xlabel=xlabel)
    axis.grid(False)
    return fig


def paintings(columns):
    """Whole paintings, one in each column, by each method, one in each row.

    columns: list of {method: (h, w, 3) float32 in [0, 1]}, all with the same methods.
    """
    methods = list(columns[0])
    fig, axes = figure(len(methods), len(columns), size=(3.2 * len(columns), 2.6 * len(methods)))
    for line, method in zip(axes, methods):
        for axis, column in zip(line, columns):
            axis.imshow(column[method])
            axis.set_axis_off()
        line[0].set_title(method, loc="left")
    return fig


def certainty(restored, repainted, spread):
    """A restored picture in grey, and over what was repainted a colour for how unsure that is.

    restored: (h, w, 3) float32 in [0, 1].   repainted: (h, w) bool.   spread: (h, w).
    """
    fig, axis = figure(size=(8, 6))
    axis.set_axis_off()
    axis.imshow(restored.mean(axis=-1), cmap="gray", vmin=0, vmax=1)
    shown = np.ma.masked_where(~repainted, spread)
    colours = axis.imshow(shown, cmap="plasma", vmin=0)
    fig.colorbar(colours, ax=axis, label="spread")
    return fig
