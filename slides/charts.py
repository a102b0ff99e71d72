"""The plots of the slides, drawn from the measured numbers when the deck is built.

Each fills its place on the slide, so that its letters are as large there as they are drawn. Colours
are those of METHOD_COLOURS in notebooks/inpainting/plots.py.
"""

from inpainting.plots import METHOD_COLOURS
from inpainting.projection import INK, panels, styled
from sources import look_up

MARKS = {"damaged": "X", "classical": "s", "blind": "o", "told": "D", "truth": "^"}
GREY = "0.45"  # of what is no method
UNKNOWN = "?"  # in place of what the class is to predict


def colour_of(one):
    return METHOD_COLOURS.get(one.get("colour"), GREY)


def arrow_between(axis, start, end, y, text, form="{:+.2f} dB"):
    """An arrow from one value to another, and its length in words above the middle."""
    axis.annotate("", (end, y), (start, y), arrowprops={
        "arrowstyle": "<|-|>", "color": INK, "lw": 1.8, "shrinkA": 0, "shrinkB": 0})
    axis.text(max(start, end), y, "  " + (text or form.format(end - start)), va="center",
              weight="bold")


def padded(values, spec, right=0.3):
    """Limits of an axis around the values, with room for labels at the right."""
    low, high = min(values), max(values)
    room = (high - low) or 1
    return spec.get("from", low - 0.08 * room), spec.get("to", high + right * room)


def tidy(axis, spec):
    axis.set(xlabel=spec["values"])
    axis.grid(axis="y", visible=False)
    axis.spines["left"].set_visible(False)
    axis.tick_params(left=False)
    axis.invert_yaxis()


def dots(axis, spec, data):
    """A value for each row as a dot; `gap` names two rows whose distance is labelled.

    A row with `asked` shows a question mark at the left margin in place of its value. `bins`
    names two rows whose values part the axis into three answers, A, B and C.
    """
    rows = spec["rows"]
    values = [look_up(row["path"], data) for row in rows]
    shown = [value for row, value in zip(rows, values) if not row.get("asked")]
    for y, (row, value) in enumerate(zip(rows, values)):
        axis.axhline(y, color="0.88", lw=1, zorder=0)
        if row.get("asked"):
            axis.text(0, y, UNKNOWN, transform=axis.get_yaxis_transform(), ha="left",
                      va="center", weight="bold", fontsize=30)
            continue
        axis.plot(value, y, MARKS[row["colour"]], color=colour_of(row), ms=15, mec=INK, mew=1)
        axis.annotate(format(value, spec["format"]), (value, y), (14, 0), va="center",
                      textcoords="offset points")
    axis.set_yticks(range(len(rows)), [row["name"] for row in rows])
    axis.set(xlim=padded(shown, spec), ylim=(-0.6, len(rows) - 0.4))
    tidy(axis, spec)
    if "bins" in spec:
        draw_bins(axis, sorted(values[row] for row in spec["bins"]), values.index(values[-1]))
    if "gap" in spec:
        start, end = spec["gap"]
        y = (start + end) / 2 if abs(end - start) > 1 else max(start, end) - 0.5
        arrow_between(axis, values[start], values[end], y, None)
        for row in (start, end):
            axis.plot([values[row]] * 2, [row, y], ":", color=INK, lw=1.5)


def draw_bins(axis, borders, y):
    """Three answers in the row y: below, between and above two values on the axis."""
    (left, right), (low, high) = axis.get_xlim(), borders
    for value in borders:
        axis.plot([value, value], [y - 0.4, y + 0.4], ":", color=INK, lw=2)
    for answer, start, end in (("A", left, low), ("B", low, high), ("C", high, right)):
        axis.text((start + end) / 2, y, answer, ha="center", va="center", weight="bold")


def leads(axis, spec, data):
    """How far each row is ahead of another method, in dB, with its 95 % interval where the scores
    have one. A path names {"gain", "from", "to", and perhaps "interval"}.
    """
    rows = [look_up(row["path"], data) for row in spec["rows"]]
    axis.axvline(0, color=INK, lw=2)
    ends = [row.get("interval", [row["gain"]] * 2) for row in rows]
    for y, (one, row, (low, high)) in enumerate(zip(spec["rows"], rows, ends)):
        axis.plot([0, row["gain"]], [y, y], color="0.8", lw=4, zorder=1)
        if high > low:
            axis.errorbar(row["gain"], y, xerr=[[row["gain"] - low], [high - row["gain"]]],
                          color=INK, lw=2.5, capsize=9, capthick=2.5, zorder=2)
        axis.plot(row["gain"], y, MARKS[one["colour"]], color=colour_of(one), ms=15, mec=INK,
                  mew=1, zorder=3)
        text = "{gain:+.2f} dB   ({from:.2f} to {to:.2f})".format(**row)
        axis.annotate(text, (high, y), (14, 0), va="center", textcoords="offset points")
    axis.set_yticks(range(len(rows)), [row["name"] for row in spec["rows"]])
    axis.set(xlim=(min(0, *(low for low, _ in ends)), spec["to"]), ylim=(-0.6, len(rows) - 0.4))
    tidy(axis, spec)


def parts(axis, spec, data):
    """For each category a bar of length 1 in two parts, each named in the first bar by `names`.

    path: of the first part, in [0, 1].
    """
    labels = spec["categories"]
    first = [look_up(spec["path"].replace("*", name), data) for name in labels]
    left, right = (METHOD_COLOURS[colour] for colour in spec["colours"])
    axis.barh(range(len(labels)), first, color=left, ec=INK)
    axis.barh(range(len(labels)), [1 - part for part in first], left=first, color=right, ec=INK)
    for y, part in enumerate(first):
        if part > 0.06:
            axis.text(part / 2, y, f"{part:.0%}", ha="center", va="center", color="white")
        axis.text((1 + part) / 2, y, f"{1 - part:.0%}", ha="center", va="center")
    for x, name, ha in ((0, spec["names"][0], "left"), (1, spec["names"][1], "right")):
        axis.text(x, -0.8, name, ha=ha, va="center", weight="bold")
    axis.set_yticks(range(len(labels)), labels)
    axis.set(xlim=(0, 1), ylim=(-1.2, len(labels) - 0.4), xticks=[])
    tidy(axis, spec)


def dumbbells(axis, spec, data):
    """For each category the values of several series on one line; `gap` names two series whose
    distance is drawn, and written at the right.
    """
    labels, series = spec.get("labels", spec["categories"]), spec["series"]
    values = [
        [look_up(one["path"].replace("*", name), data) for one in series]
        for name in spec["categories"]
    ]
    low, high = padded([value for row in values for value in row], spec)
    for y, row in enumerate(values):
        axis.axhline(y, color="0.88", lw=1, zorder=0)
        first, last = (row[number] for number in spec["gap"])
        axis.plot([first, last], [y, y], color="0.45", lw=4, zorder=1)
        for one, value in zip(series, row):
            above = 3 if one["colour"] == "damaged" else 2  # a cross is seen on a circle
            axis.plot(value, y, MARKS[one["colour"]], color=colour_of(one), ms=18 - 2 * above,
                      mec=INK, mew=1, zorder=above)
        axis.text(high, y, format(last - first, "+.2f"), va="center", ha="right", weight="bold")
    axis.text(high, -1, spec["heading"], va="center", ha="right")
    for number, one in enumerate(series):
        x = low + (high - low) * (0.01 + spec.get("key", 0.22) * number)
        axis.plot(x, -1, MARKS[one["colour"]], color=colour_of(one), ms=15, mec=INK, mew=1)
        axis.annotate(one["name"], (x, -1), (14, 0), va="center", textcoords="offset points")
    axis.set_yticks(range(len(labels)), labels)
    axis.set(xlim=(low, high), ylim=(-1.5, len(labels) - 0.4))
    tidy(axis, spec)


def curves(axis, spec, data):
    """Lines through points (x, y), each with its name at its end, or at `at`: (x, y)."""
    for one in spec["series"]:
        x, y = look_up(one["x"], data), look_up(one["y"], data)
        axis.plot(x, y, one.get("line", "-"), color=colour_of(one), lw=one.get("width", 3),
                  marker=one.get("mark"), ms=one.get("size", 10), mfc=one.get("inside"))
        axis.text(*one.get("at", (x[-1], y[-1])), one["name"], va="center")
    axis.set(xlabel=spec["across"], ylabel=spec["values"], xlim=(spec.get("across_from"),
             spec.get("across_to")), ylim=(spec.get("from"), spec.get("to")))
    axis.locator_params(axis="x", nbins=6)
    axis.tick_params(pad=8)


def columns(axis, spec, data):
    """Columns over categories, of values in [0, 1], with the names of the series above them."""
    labels, series = spec.get("labels", spec["categories"]), spec["series"]
    width = 0.8 / len(series)
    for number, one in enumerate(series):
        values = [look_up(one["path"].replace("*", name), data) for name in spec["categories"]]
        places = [place + (number - (len(series) - 1) / 2) * width for place in range(len(labels))]
        drawn = axis.bar(places, values, 0.94 * width, color=one["fill"], ec=INK,
                         hatch=one.get("hatch"))
        axis.bar_label(drawn, fmt="{:" + spec["format"] + "}", padding=3)
        axis.bar(0, 0, color=one["fill"], ec=INK, hatch=one.get("hatch"), label=one["name"])
    axis.set_xticks(range(len(labels)), labels)
    axis.set(xlabel=spec["across"], ylabel=spec["values"], ylim=(0, 1.05))
    axis.grid(axis="x", visible=False)
    axis.figure.legend(*axis.get_legend_handles_labels(), loc="outside upper center",
                       ncols=len(series))


KINDS = {"dots": dots, "leads": leads, "parts": parts, "dumbbells": dumbbells, "curves": curves,
         "columns": columns}


def draw(spec, size, data):
    """The plot that a [slide.chart] describes, as a Figure.   size: in inches."""
    fig, axes = panels("A", size)
    with styled():
        KINDS[spec["kind"]](axes["A"], spec, data)
    return fig
