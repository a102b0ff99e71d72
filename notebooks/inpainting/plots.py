"""Every figure of the tutorial, in one style. Each function returns a matplotlib Figure."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import MaxNLocator, NullLocator

# Okabe and Ito's colours, which colour-blind readers can tell apart (jfly.uni-koeln.de/color)
BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, YELLOW, BLACK = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#F0E442", "#000000",
)
COLOURS = (BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, BLACK)
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


def figure(rows=1, columns=1, size=(8, 3.6)):
    """A Figure in the style of the tutorial, with its axes (one, or an array as pyplot's)."""
    with plt.rc_context(STYLE):
        fig, axes = plt.subplots(rows, columns, figsize=size)
    plt.close(fig)  # a notebook then shows it once, where it is the value of a cell
    return fig, axes


def gallery(rows, titles=None, side=1.35):
    """Rows of pictures, one row per entry.

    rows: {label: pictures}; pictures are (n, h, w, 3) float in [0, 1], or (n, h, w) for masks and
        maps, shown black (0) to white (1).
    titles: one text above each column, or None.
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
    return fig


def pictures(titled, columns=2, width=4.5):
    """Pictures beside each other, each below its title and in its own proportions.

    titled: {title: picture}; a picture is (h, w, 3) float in [0, 1], or (h, w) for masks and maps,
        shown black (0) to white (1).
    width: of one picture, in inches.
    """
    rows = -(-len(titled) // columns)
    height, across = next(iter(titled.values())).shape[:2]
    fig, axes = figure(rows, columns, size=(width * columns, (width * height / across + 0.3) * rows))
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
    """Loss, validation MAE and damage-map IoU by epoch.

    rows: list of dicts, as `train.fit` returns them.
    """
    names = ["MAE", "IoU of the damage map"] if "val_iou" in rows[0] else ["MAE"]
    keys = ["mae", "iou"][: len(names)]
    fig, axes = figure(1, len(names), size=(4.6 * len(names), 3.4))
    epochs = [row["epoch"] for row in rows]
    mark = "o" if len(rows) < 12 else None
    for axis, name, key in zip(np.ravel(axes), names, keys):
        axis.plot(epochs, [row[key] for row in rows], marker=mark, color=BLUE, label="training")
        axis.plot(
            epochs, [row[f"val_{key}"] for row in rows],
            marker=mark, color=ORANGE, ls="--", label="validation",
        )
        axis.set(xlabel="epoch", ylabel=name)
        axis.xaxis.get_major_locator().set_params(integer=True)
        axis.legend()
    readable_log_scale(np.ravel(axes)[0])
    return fig


def readable_log_scale(axis):
    """A logarithmic vertical axis with plain numbers, also where it spans less than a decade."""
    axis.set_yscale("log")
    axis.yaxis.set_major_locator(MaxNLocator(6))
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
        axis.bar(places + (i - (len(methods) - 1) / 2) * width, heights, width, label=method)
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
    for label, history_rows in rows.items():
        minutes = np.cumsum([row["seconds"] for row in history_rows]) / 60
        axis.plot(minutes, [row["val_mae"] for row in history_rows], marker="o", label=label)
    axis.set(xlabel="minutes of training", ylabel="validation MAE")
    readable_log_scale(axis)
    axis.legend(title="channels of steps 1 to 5")
    return fig


def u_net(widths, size=32, damage_map=True):
    """The nine steps drawn as a U: boxes are feature maps, arrows are what leads from one to the next.

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
    for (label, (x, y)), mark in zip(points.items(), "os^Dv"):
        axis.plot(x, y, marker=mark, label=label)
    axis.set(xlabel=xlabel, ylabel=ylabel)
    if log:
        readable_log_scale(axis)
    axis.legend()
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
