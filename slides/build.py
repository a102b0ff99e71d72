"""Write the slides of the lesson from content.toml: a .pptx, and a .pdf if LibreOffice is there.

    python slides/build.py      (make slides)

The texts are in content.toml. The numbers come from Model_data/, the figures and their alt texts
from pics/, the names of the sections from the notebooks. design.py says how the slides look.
"""

import copy
import io
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pptx
from pptx.chart.data import CategoryChartData, XyChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_MARKER_STYLE
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.util import Inches, Pt

import design
import diagram
from sources import (
    MODEL_DATA, NETWORK, SLIDES, ContentError, checksum, figure, fill_in, footer_of, look_up,
    read_content, read_data,
)

DECK = SLIDES / "Tutorial Image Inpainting.pptx"
NO_LIBREOFFICE = (
    "The .pdf was not made: it needs LibreOffice. Install LibreOffice Impress "
    "(https://www.libreoffice.org, or `apt install libreoffice-impress`) and run `make slides` again."
)


# Text

def clock(minutes):
    return f"{minutes // 60}:{minutes % 60:02}"


def write_text(frame, text):
    """Paragraphs, one per line; `- ` begins a bullet, **bold** and *italic* as in Markdown."""
    frame.clear()
    for number, line in enumerate(line for line in text.splitlines() if line):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        if not line.startswith("- "):
            properties = paragraph._p.get_or_add_pPr()
            properties.set("marL", "0")
            properties.set("indent", "0")
            properties.append(parse_xml(f'<a:buNone {nsdecls("a")}/>'))
        write_runs(paragraph, line.removeprefix("- "))


def write_runs(paragraph, line, size=None):
    for part in re.split(r"(\*\*.+?\*\*|\*.+?\*)", line):
        if part:
            run = paragraph.add_run()
            run.text = part.strip("*")
            run.font.bold = part.startswith("**") or None
            run.font.italic = (part.startswith("*") and not part.startswith("**")) or None
            run.font.size = size
            run._r.get_or_add_rPr().set("lang", "en-GB")


def describe(shape, name, alt):
    """Name and alt text of a picture, table or chart."""
    (properties,) = shape._element.xpath("./*/p:cNvPr")
    properties.set("name", name)
    properties.set("descr", " ".join(alt.split()))


# Figures, tables, charts

def add_figure(slide, box, name):
    """The figure as large as the box allows, in its middle."""
    file, alt = figure(name)
    left, top, width, height = (Inches(length) for length in box)
    picture = slide.shapes.add_picture(str(file), left, top)
    scale = min(width / picture.width, height / picture.height)
    picture.width, picture.height = int(picture.width * scale), int(picture.height * scale)
    picture.left, picture.top = left + (width - picture.width) // 2, top + (height - picture.height) // 2
    describe(picture, f"Figure {name}", alt)


def table_cells(table, slides, data):
    """All cells of a table as text, the header first."""
    if "cells" in table:
        return [table["header"]] + [[fill_in(cell, data) for cell in row] for row in table["cells"]]
    if table.get("plan"):
        parts = {}
        for slide in slides:
            parts[slide["part"]] = parts.get(slide["part"], 0) + slide["minutes"]
        rows = [[part, str(minutes)] for part, minutes in parts.items()]
        return [table["header"], *rows, ["**Together**", f"**{sum(parts.values())}**"]]
    rows = [
        [row["name"]]
        + [format(look_up(f"{row['path']}.{c['key']}", data), c["format"]) for c in table["columns"]]
        for row in table["rows"]
    ]
    return [[table["first"], *(column["title"] for column in table["columns"])], *rows]


def add_table(slide, box, table, slides, data):
    cells = table_cells(table, slides, data)
    left, top, width, _ = box
    shares = table.get("widths", [1] * len(cells[0]))
    widths = [width * share / sum(shares) for share in shares]
    size = table.get("size", design.SMALLEST)
    heights = [
        0.14 + max(design.lines_needed(c, w - 0.2, size) for c, w in zip(row, widths)) * size * 1.2 / 72
        for row in cells
    ]
    frame = slide.shapes.add_table(
        len(cells), len(widths), *(Inches(length) for length in (left, top, width, sum(heights))))
    properties = frame.table._tbl.tblPr
    properties.find(qn("a:tableStyleId")).text = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"  # no style, no grid
    frame.table.horz_banding = False
    for column, column_width in zip(frame.table.columns, widths):
        column.width = Inches(column_width)
    for row, height, texts in zip(frame.table.rows, heights, cells):
        row.height = Inches(height)
        header = texts is cells[0]
        for number, (cell, text) in enumerate(zip(row.cells, texts)):
            text = f"**{text}**" if header else text
            numeric = number > 0 and "cells" not in table
            write_cell(cell, text, size, numeric, header, texts[0] in table.get("strong", []))
    describe(frame, "Table", table["alt"])


def write_cell(cell, text, size, numeric, header, strong):
    paragraph = cell.text_frame.paragraphs[0]
    write_runs(paragraph, text, Pt(size))
    if numeric:
        paragraph._p.get_or_add_pPr().set("algn", "r")
    cell.margin_left = cell.margin_right = Inches(0.1)
    cell.margin_top = cell.margin_bottom = Inches(0.06)
    properties = cell._tc.get_or_add_tcPr()
    weight, colour = (19050, design.COLOURS["blue"]) if header else (9525, design.LINE)
    properties.append(parse_xml(
        f'<a:lnB {nsdecls("a")} w="{weight}"><a:solidFill><a:srgbClr val="{colour}"/></a:solidFill></a:lnB>'))
    if strong:
        properties.append(parse_xml(
            f'<a:solidFill {nsdecls("a")}><a:srgbClr val="{design.TINT}"/></a:solidFill>'))


MARKERS = [XL_MARKER_STYLE.CIRCLE, XL_MARKER_STYLE.SQUARE, XL_MARKER_STYLE.TRIANGLE, XL_MARKER_STYLE.DIAMOND]
DEFAULT_COLOURS = ["blue", "orange", "green", "vermilion", "purple"]
CHART_TYPES = {
    "bars": XL_CHART_TYPE.BAR_CLUSTERED,
    "columns": XL_CHART_TYPE.COLUMN_CLUSTERED,
    "lines": XL_CHART_TYPE.XY_SCATTER_LINES,
}


def add_chart(slide, box, spec, data):
    """A native chart: bars and columns over categories, or lines through points (x, y)."""
    series = spec["series"]
    if spec["kind"] == "lines":
        numbers = XyChartData(number_format=spec["format"])
        for one in series:
            points = numbers.add_series(one["name"])
            for x, y in zip(look_up(one["x"], data), look_up(one["y"], data)):
                points.add_data_point(x, y)
    else:
        order = -1 if spec["kind"] == "bars" else 1  # PowerPoint draws bars from below
        numbers = CategoryChartData(number_format=spec["format"])
        numbers.categories = spec.get("labels", spec["categories"])[::order]
        for one in series:
            values = [look_up(one["path"].replace("*", key), data) for key in spec["categories"]]
            numbers.add_series(one["name"], values[::order])
    frame = slide.shapes.add_chart(CHART_TYPES[spec["kind"]], *(Inches(length) for length in box), numbers)
    chart = frame.chart
    chart.font.size, chart.font.name = Pt(design.SMALLEST), design.FONT
    chart.font.color.rgb = RGBColor.from_string(design.INK)
    chart.has_title = False
    chart.has_legend = len(series) > 1
    if chart.has_legend:
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.TOP, False
        chart.legend.font.size = Pt(design.SMALLEST)
    style_axes(chart, spec)
    colours = [design.COLOURS[one.get("colour", colour)] for one, colour in zip(series, DEFAULT_COLOURS)]
    for number, (drawn, colour) in enumerate(zip(chart.plots[0].series, colours)):
        style_series(drawn, spec, RGBColor.from_string(colour), MARKERS[number % len(MARKERS)])
    if spec["kind"] != "lines":
        style_bars(chart.plots[0], spec, len(series))
    describe(frame, "Chart", spec["alt"])


def style_axes(chart, spec):
    titles = {chart.value_axis: spec["values"]}
    if "across" in spec:
        titles[chart.category_axis] = spec["across"]
    for axis, title in titles.items():
        axis.axis_title.text_frame.text = title
        font = axis.axis_title.text_frame.paragraphs[0].runs[0].font
        font.size, font.bold = Pt(design.SMALLEST), False
    for axis in (chart.value_axis, chart.category_axis):
        axis.tick_labels.font.size = Pt(design.SMALLEST)
        axis.format.line.color.rgb = RGBColor.from_string(design.LINE)
    chart.value_axis.tick_labels.number_format = spec.get("ticks", spec["format"])
    chart.value_axis.tick_labels.number_format_is_linked = False
    chart.value_axis.major_gridlines.format.line.color.rgb = RGBColor.from_string(design.LINE)
    chart.category_axis.has_major_gridlines = False
    chart.value_axis.minimum_scale, chart.value_axis.maximum_scale = spec.get("from"), spec.get("to")
    if spec["kind"] == "lines":
        chart.category_axis.tick_labels.number_format = spec.get("across_ticks", "0")
        chart.category_axis.tick_labels.number_format_is_linked = False
        chart.category_axis.minimum_scale = spec.get("across_from")
        chart.category_axis.maximum_scale = spec.get("across_to")


def style_series(series, spec, colour, marker):
    if spec["kind"] == "lines":
        series.smooth = False
        series.format.line.color.rgb, series.format.line.width = colour, Pt(2.5)
        series.marker.style, series.marker.size = marker, 8
        for part in (series.marker.format.fill, series.marker.format.line.fill):
            part.solid()
            part.fore_color.rgb = colour
        return
    series.format.fill.solid()
    series.format.fill.fore_color.rgb = colour


def style_bars(plot, spec, series):
    plot.gap_width, plot.overlap = (40, 0) if series == 1 else (60, 0)
    if spec.get("label_values", True):
        plot.has_data_labels = True
        plot.data_labels.number_format, plot.data_labels.number_format_is_linked = spec["format"], False
        plot.data_labels.font.size = Pt(design.SMALLEST)
        plot.data_labels.show_value = True


# The deck

def copy_from_layout(slide, layout, index, text=""):
    """Put the footer or the slide number of the layout on the slide, which PowerPoint does when asked."""
    (source,) = [p for p in layout.placeholders if p.placeholder_format.idx == index]
    element = copy.deepcopy(source._element)
    for style in element.findall(f".//{qn('a:lstStyle')}"):
        style.clear()
    element.spPr.clear()
    slide.shapes._spTree.append(element)
    if text:
        write_runs(slide.placeholders[index].text_frame.paragraphs[0], text)


def add_slide(deck, layouts, content, slides, data, minutes):
    """One slide. minutes: of the lesson, when this slide is done."""
    name = content["layout"]
    texts, room = design.LAYOUTS[name]
    slide = deck.slides.add_slide(layouts[name])
    slide.shapes.title.text_frame.text = content["title"]
    if name == "title":
        write_text(slide.placeholders[1].text_frame, content["text"])
    else:
        slide.placeholders[design.SECTION_INDEX].text_frame.text = content["part"]
    for number, key in zip(range(len(texts)), ("text", "second")):
        write_text(slide.placeholders[design.TEXT_INDEX + number].text_frame, fill_in(content[key], data))
    if "figure" in content:
        add_figure(slide, room, content["figure"])
    if "diagram" in content:
        group = diagram.draw(slide, room, MODEL_DATA / f"{NETWORK}.json")
        describe(group, f"Diagram {content['diagram']}", figure(content["diagram"])[1])
    if "table" in content:
        add_table(slide, room, content["table"], slides, data)
    if "chart" in content:
        add_chart(slide, room, content["chart"], data)
    if content["where"]:
        copy_from_layout(slide, layouts[name], design.FOOTER_INDEX, footer_of(content))
    copy_from_layout(slide, layouts[name], design.NUMBER_INDEX)
    number_shapes(slide)
    timing = f"{content['minutes']} min; {clock(minutes)} so far"
    slide.notes_slide.notes_text_frame.text = timing + "\n\n" + fill_in(content["notes"], data).strip()


def number_shapes(slide):
    """Every shape of a slide has a number of its own."""
    for number, properties in enumerate(slide.shapes._spTree.xpath(".//p:cNvPr"), 1):
        properties.set("id", str(number))


def build_deck(content, data):
    deck = pptx.Presentation()
    layouts = design.make_layouts(deck)
    minutes = 0
    for number, slide in enumerate(content["slide"], 1):
        minutes += slide["minutes"]
        try:
            add_slide(deck, layouts, slide, content["slide"], data, minutes)
        except ContentError as error:
            raise ContentError(f"slide {number}, {slide['title']!r}: {error}") from None
    about = deck.core_properties
    about.title, about.subject = content["deck"]["title"], content["deck"]["subject"]
    about.author = about.last_modified_by = content["deck"]["author"]
    about.comments, about.language = content["deck"]["licence"], "en-GB"
    about.keywords = checksum(content)
    return deck


DATE = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


def without_dates(packed):
    """A .pptx or .xlsx file as bytes, with a fixed date in place of all dates: same sources, same bytes."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(result, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name.endswith(".xlsx"):
                part = without_dates(part)
            if name == "docProps/core.xml":
                part = DATE.sub(rb"\g<1>2026-01-01T00:00:00Z", part)
            entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, part)
    return result.getvalue()


def as_bytes(deck):
    file = io.BytesIO()
    deck.save(file)
    return without_dates(file.getvalue())


def write_pdf(deck_file):
    """Convert the slides with LibreOffice. Returns the new file, or None without LibreOffice."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        return None
    tagged = 'pdf:impress_pdf_Export:{"UseTaggedPDF":{"type":"boolean","value":"true"}}'
    with tempfile.TemporaryDirectory() as profile:
        command = [program, f"-env:UserInstallation={Path(profile).as_uri()}", "--headless"]
        command += ["--convert-to", tagged, "--outdir", str(deck_file.parent), str(deck_file)]
        subprocess.run(command, check=True, capture_output=True, timeout=300)
    return deck_file.with_suffix(".pdf")


def main():
    content = read_content()
    try:
        deck = build_deck(content, read_data())
    except ContentError as error:
        sys.exit(f"slides/content.toml: {error}")
    DECK.write_bytes(as_bytes(deck))
    minutes = sum(slide["minutes"] for slide in content["slide"])
    print(f"{DECK.name}: {len(content['slide'])} slides, {minutes} minutes")
    print(pdf.name if (pdf := write_pdf(DECK)) else NO_LIBREOFFICE)


if __name__ == "__main__":
    main()
