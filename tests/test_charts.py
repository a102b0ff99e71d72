"""The plots of the slides show the measured numbers, their distances, and one colour per meaning."""

from matplotlib.colors import same_color
from matplotlib.text import Text

import charts
import sources
from inpainting.plots import METHOD_COLOURS

DATA = {"a": {"x": 20.0, "y": 21.5}, "b": {"x": 18.0, "y": 24.25}, "t": [0, 1], "u": [3, 1]}
ROWS = [{"name": "formula", "path": "a[x]", "colour": "classical"},
        {"name": "network", "path": "a[y]", "colour": "blind"}]
DOTS = {"kind": "dots", "values": "dB", "format": ".2f", "rows": ROWS, "gap": [0, 1]}


def texts(fig):
    return [text.get_text().strip() for text in fig.findobj(Text) if text.get_text().strip()]


def colours(fig):
    return [line.get_color() for line in fig.axes[0].lines if line.get_marker() in "soD^X"]


def test_dots_name_the_values_and_the_gap():
    fig = charts.draw(DOTS, (8, 4), DATA)
    assert {"20.00", "21.50", "+1.50 dB", "formula", "network"} <= set(texts(fig))
    assert all(map(same_color, colours(fig), (METHOD_COLOURS["classical"], METHOD_COLOURS["blind"])))


def test_what_is_asked_is_not_shown():
    rows = [ROWS[0], ROWS[1] | {"asked": True}]
    fig = charts.draw({"kind": "dots", "values": "dB", "format": ".2f", "rows": rows}, (8, 4), DATA)
    assert charts.UNKNOWN in texts(fig) and "21.50" not in texts(fig)
    assert len(colours(fig)) == 1
    (mark,) = [text for text in fig.findobj(Text) if text.get_text() == charts.UNKNOWN]
    assert mark.get_position()[0] == 0  # the margin gives nothing away


def test_bins_part_the_row_of_what_is_asked_into_three_answers():
    data = DATA | {"c": {"z": 20.7}}
    rows = [ROWS[0], ROWS[1] | {"colour": "classical"},
            {"name": "asked", "path": "c[z]", "colour": "blind", "asked": True}]
    fig = charts.draw({"kind": "dots", "values": "dB", "format": ".2f", "rows": rows,
                       "from": 5, "to": 35, "bins": [0, 1]}, (8, 4), data)
    places = {t.get_text(): t.get_position() for t in fig.findobj(Text)
              if t.get_text() in set("ABC")}
    assert places["A"][0] < 20 < places["B"][0] < 21.5 < places["C"][0]
    assert {y for _, y in places.values()} == {2}


def test_leads_name_both_values_and_draw_an_interval_where_there_is_one():
    data = {"one": {"from": 21.0, "to": 21.5, "gain": 0.5, "interval": [0.2, 0.9]},
            "two": {"from": 20.0, "to": 21.25, "gain": 1.25}}
    rows = [{"name": name, "path": name, "colour": "blind"} for name in data]
    fig = charts.draw({"kind": "leads", "values": "dB", "to": 2, "rows": rows}, (8, 4), data)
    assert {"+0.50 dB   (21.00 to 21.50)", "+1.25 dB   (20.00 to 21.25)"} <= set(texts(fig))
    (bar,) = fig.axes[0].containers
    (segment,) = bar.lines[2][0].get_segments()
    assert segment[:, 0].tolist() == [0.2, 0.9]


def test_parts_fill_a_bar_and_are_named_in_per_cent():
    spec = {"kind": "parts", "values": "error", "path": "*[part]", "names": ["first", "second"],
            "colours": ["blind", "told"], "categories": ["a", "b"]}
    fig = charts.draw(spec, (8, 4), {"a": {"part": 0.25}, "b": {"part": 0.02}})
    assert {"25%", "75%", "98%", "first", "second"} <= set(texts(fig)) and "2%" not in texts(fig)
    first, second = fig.axes[0].containers
    assert [bar.get_width() for bar in first] == [0.25, 0.02]
    assert [bar.get_x() for bar in second] == [0.25, 0.02]


def test_dumbbells_name_the_distance_of_two_series():
    series = [{"name": one, "path": f"*[{key}]", "colour": one}
              for one, key in (("blind", "x"), ("told", "y"))]
    spec = {"kind": "dumbbells", "values": "dB", "heading": "price", "gap": [0, 1],
            "categories": ["a", "b"], "labels": ["first", "second"], "series": series}
    shown = texts(charts.draw(spec, (8, 4), DATA))
    assert {"+1.50", "+6.25", "first", "second", "price", "blind", "told"} <= set(shown)


def test_curves_are_named_beside_them_and_columns_have_their_values():
    series = [{"name": "error", "x": "t", "y": "u", "colour": "blind"}]
    fig = charts.draw(
        {"kind": "curves", "values": "MAE", "across": "epoch", "series": series}, (8, 4), DATA)
    assert "error" in texts(fig)
    assert list(fig.axes[0].lines[0].get_ydata()) == [3, 1]
    series = [{"name": "on cuts", "path": "*[x]", "fill": "0.5"}]
    spec = {"kind": "columns", "values": "IoU", "across": "training", "format": ".1f",
            "categories": ["a", "b"], "series": series}
    assert {"20.0", "18.0", "on cuts"} <= set(texts(charts.draw(spec, (8, 4), DATA)))


def test_every_plot_of_the_slides_can_be_drawn_and_its_colours_have_a_meaning():
    for slide in sources.read_content()["slide"]:
        spec = slide.get("chart", {})
        for one in spec.get("rows", []) + spec.get("series", []):
            assert one.get("colour", "blind") in METHOD_COLOURS, slide["title"]
            assert one["name"]
