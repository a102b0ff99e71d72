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
from matplotlib.colors import to_rgb
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import PP_ALIGN
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.util import Inches, Pt

import charts
import design
import diagram
from inpainting import plots, projection
from sources import (
    MODEL_DATA, NETWORK, SLIDES, ContentError, check_claims, checksum, figure, fill_in, footer_of,
    look_up, read_content, read_data,
)

DECK = SLIDES / "Tutorial Image Inpainting.pptx"
NO_LIBREOFFICE = (
    "The .pdf was not made: it needs LibreOffice. Install LibreOffice Impress "
    "(https://www.libreoffice.org, or `apt install libreoffice-impress`) and run `make slides` "
    "again."
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
    """The figure as large as the box allows, in its middle. Returns its shape."""
    file, alt = figure(name)
    left, top, width, height = (Inches(length) for length in box)
    picture = slide.shapes.add_picture(str(file), left, top)
    scale = min(width / picture.width, height / picture.height)
    picture.width, picture.height = int(picture.width * scale), int(picture.height * scale)
    picture.left = left + (width - picture.width) // 2
    picture.top = top + (height - picture.height) // 2
    describe(picture, f"Figure {name}", alt)
    return picture


def plan_of(slides, buffer):
    """The parts of the lesson and their minutes, without the appendix: [(part, minutes)]."""
    parts = {}
    for slide in slides:
        if slide["minutes"]:
            parts[slide["part"]] = parts.get(slide["part"], 0) + slide["minutes"]
    return [*parts.items(), ("Buffer, for questions", buffer)]


def table_cells(table, content, data):
    """All cells of a table as text, the header first."""
    if "cells" in table:
        return [table["header"]] + [[fill_in(cell, data) for cell in row] for row in table["cells"]]
    if table.get("plan"):
        plan = plan_of(content["slide"], content["deck"]["buffer"])
        rows = [[part, str(minutes)] for part, minutes in plan]
        together = sum(minutes for _, minutes in plan)
        return [table["header"], *rows, ["**Together**", f"**{together}**"]]
    rows = [
        [row["name"]]
        + [format(look_up(f"{row['path']}.{column['key']}", data), column["format"])
           for column in table["columns"]]
        for row in table["rows"]
    ]
    return [[table["first"], *(column["title"] for column in table["columns"])], *rows]


def add_table(slide, box, table, content, data):
    cells = table_cells(table, content, data)
    left, top, width, _ = box
    shares = table.get("widths", [1] * len(cells[0]))
    widths = [width * share / sum(shares) for share in shares]
    size = table.get("size", design.SMALLEST)
    heights = [
        0.1 + size * 1.2 / 72 * max(
            design.lines_needed(cell, width - 0.2, size) for cell, width in zip(row, widths))
        for row in cells
    ]
    frame = slide.shapes.add_table(
        len(cells), len(widths), *(Inches(length) for length in (left, top, width, sum(heights))))
    properties = frame.table._tbl.tblPr
    properties.find(qn("a:tableStyleId")).text = NO_STYLE
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


NO_STYLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"  # and no grid


def write_cell(cell, text, size, numeric, header, strong):
    paragraph = cell.text_frame.paragraphs[0]
    write_runs(paragraph, text, Pt(size))
    if numeric:
        paragraph._p.get_or_add_pPr().set("algn", "r")
    cell.margin_left = cell.margin_right = Inches(0.1)
    cell.margin_top = cell.margin_bottom = Inches(0.04)
    properties = cell._tc.get_or_add_tcPr()
    weight, colour = (19050, design.ACCENT) if header else (9525, design.LINE)
    properties.append(parse_xml(
        f'<a:lnB {nsdecls("a")} w="{weight}"><a:solidFill><a:srgbClr val="{colour}"/>'
        f"</a:solidFill></a:lnB>"))
    if strong:
        properties.append(parse_xml(
            f'<a:solidFill {nsdecls("a")}><a:srgbClr val="{design.TINT}"/></a:solidFill>'))


def add_chart(slide, box, spec, data):
    """A plot, drawn at the size of its place."""
    file = io.BytesIO()
    projection.save(charts.draw(spec, box[2:], data), file)
    picture = slide.shapes.add_picture(file, *(Inches(length) for length in box))
    describe(picture, "Chart", spec["alt"])


def add_pictures(slide, box, pictures, data):
    """Pictures in a row, each below its caption.   pictures: [(name in pics/, caption)]."""
    left, top, width, height = box
    share = (width - GUTTER * (len(pictures) - 1)) / len(pictures)
    for number, (name, caption) in enumerate(pictures):
        x = left + number * (share + GUTTER)
        picture = add_figure(slide, (x, top + CAPTION, share, height - CAPTION), name)
        place = Inches(x), picture.top - Inches(CAPTION), Inches(share), Inches(CAPTION)
        frame = slide.shapes.add_textbox(*place).text_frame
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
        frame.word_wrap = True
        frame.paragraphs[0].alignment = PP_ALIGN.CENTER
        write_runs(frame.paragraphs[0], f"**{fill_in(caption, data)}**", Pt(20))


GUTTER, CAPTION, KEY = 0.25, 0.45, 0.5  # inches between pictures, for words above them, for a key


def add_key(slide, box, kinds):
    """The colours of a condition map: a box in the colour of each kind, with its name in it.

    Stands in the middle of the lowest part of the box. Returns what is left of the box above it.
    """
    left, top, width, height = box
    wide = [design.text_width(f"**{kind}**", design.SMALLEST) + 0.3 for kind in kinds]
    x = left + (width - sum(wide) - 0.1 * (len(kinds) - 1)) / 2
    for kind, share in zip(kinds, wide):
        place = x, top + height - KEY + 0.1, share, KEY - 0.1
        shape = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, *(Inches(one) for one in place))
        ground = plots.KIND_COLOURS[kind]
        ink = max((design.INK, design.WHITE), key=lambda ink: projection.contrast(
            to_rgb(f"#{ink}"), to_rgb(ground)))
        shape.fill.solid()
        shape.fill.fore_color.rgb = RGBColor.from_string(ground.strip("#"))
        shape.line.fill.background()
        shape.name = f"Colour of {kind}"
        diagram.without_style(shape)
        diagram.write(shape.text_frame, kind, PP_ALIGN.CENTER, ink)
        x += share + 0.1
    return left, top, width, height - KEY


def add_mark(slide, text):
    """What the class does now, white on dark at the top right."""
    left, top, width, height = design.MARK
    wide = design.text_width(f"**{text}**", design.SMALLEST) + 0.45
    box = left + width - wide, top, wide, height
    shape = slide.shapes.add_shape(MSO_SHAPE.ROUNDED_RECTANGLE, *(Inches(one) for one in box))
    shape.fill.solid()
    shape.fill.fore_color.rgb = RGBColor.from_string(design.INK)
    shape.line.color.rgb = RGBColor.from_string(design.WHITE)  # seen on a dark picture
    shape.name = "Mark"
    diagram.without_style(shape)
    diagram.write(shape.text_frame, text, PP_ALIGN.CENTER, design.WHITE)
    shape.text_frame.paragraphs[0].runs[0].font.bold = True


# The deck

def copy_from_layout(slide, layout, index, text=""):
    """Put the footer or the number of the layout on the slide, as PowerPoint does when asked."""
    (source,) = [p for p in layout.placeholders if p.placeholder_format.idx == index]
    element = copy.deepcopy(source._element)
    for style in element.findall(f".//{qn('a:lstStyle')}"):
        style.clear()
    element.spPr.clear()
    slide.shapes._spTree.append(element)
    if text:
        write_runs(slide.placeholders[index].text_frame.paragraphs[0], text)


def add_slide(deck, layouts, content, lesson, data, minutes):
    """One slide. lesson: the whole of content.toml.   minutes: of it, when this slide is done."""
    name = content["layout"]
    texts, room = design.LAYOUTS[name]
    slide = deck.slides.add_slide(layouts[name])
    slide.shapes.title.text_frame.text = fill_in(content["title"], data)
    if name != "full":
        slide.placeholders[design.SECTION_INDEX].text_frame.text = content["part"]
    for number, key in zip(range(len(texts)), ("text", "second", "third")):
        frame = slide.placeholders[design.TEXT_INDEX + number].text_frame
        write_text(frame, fill_in(content[key], data))
    add_objects(slide, room, content, lesson, data)
    if "mark" in content:
        add_mark(slide, content["mark"])
    copy_from_layout(slide, layouts[name], design.FOOTER_INDEX, footer_of(content))
    copy_from_layout(slide, layouts[name], design.NUMBER_INDEX)
    number_shapes(slide)
    timing = f"{content['minutes']} min; {clock(minutes)} so far"
    notes = fill_in(content["notes"], data).strip()
    slide.notes_slide.notes_text_frame.text = f"{timing}\n\n{notes}"


def add_objects(slide, room, content, lesson, data):
    """The figure, pictures, diagram, table or chart of a slide."""
    check_claims(content.get("holds", []), data)
    if "key" in content:
        room = add_key(slide, room, content["key"])
    if "figure" in content:
        add_figure(slide, room, content["figure"])
    if "pictures" in content and content["layout"] == "full":
        picture = add_figure(slide, room, content["pictures"][0][0])
        slide.shapes._spTree.insert(2, picture._element)  # the words stand before it
    elif "pictures" in content:
        add_pictures(slide, room, content["pictures"], data)
    if "diagram" in content:
        group = diagram.draw(slide, room, MODEL_DATA / f"{NETWORK}.json")
        describe(group, "Diagram of the U-Net", diagram.ALT)
    if "table" in content:
        add_table(slide, room, content["table"], lesson, data)
    if "chart" in content:
        add_chart(slide, room, content["chart"], data)


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
            add_slide(deck, layouts, slide, content, data, minutes)
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
    """A .pptx file as bytes, with a fixed date in place of all: same sources, same bytes."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(result, "w") as new:
        for name in old.namelist():
            part = old.read(name)
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
    minutes = sum(minutes for _, minutes in plan_of(content["slide"], content["deck"]["buffer"]))
    print(f"{DECK.name}: {len(content['slide'])} slides, {minutes} minutes")
    print(pdf.name if (pdf := write_pdf(DECK)) else NO_LIBREOFFICE)


if __name__ == "__main__":
    main()
