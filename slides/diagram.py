"""The U-Net as a drawing of PowerPoint's own shapes: a lecturer can change it."""

import json

from pptx.dml.color import RGBColor
from pptx.enum.dml import MSO_LINE
from pptx.enum.shapes import MSO_CONNECTOR, MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.util import Inches, Pt

import design

SIZE = 32  # of the input, in pixels
WIDTH, HEIGHT = 1.62, 0.66  # of a box, in inches
ENCODER, BOTTOM, DECODER, PLAIN = "E3E3E3", "C4C4C4", "F2F2F2", "FFFFFF"
DOWN, UP, ACROSS = design.INK, "7F7F7F", design.PALE
ALT = (
    "The U-Net as nine boxes in the form of a U. Down the left arm the sides shrink from 32x32 to "
    "2x2 pixels, up the right arm they grow again. Dashed arrows lead from each box of the "
    "left arm to the box of the same size at the right. At the end stand RGB and damage map."
)


def channels(model_file):
    """The channels of the steps 1 to 9, from the architecture of the trained network."""
    layers = json.loads(model_file.read_text(encoding="utf-8"))["config"]["layers"]
    filters = {layer["name"]: layer["config"].get("filters") for layer in layers}
    return [filters[f"step{step}_conv_b"] for step in range(1, 10)]


def places(left, top):
    """The corners of the boxes 1 to 9: down the left arm of the U and up the right one."""
    across, down, between = 2.15, 1.02, 0.7
    arm = [(left + across + between * level, top + 0.37 + down * level) for level in range(5)]
    middle = left + design.WHOLE[2] / 2
    arm[4] = (middle - WIDTH / 2, arm[4][1])
    return arm + [(2 * middle - x - WIDTH, y) for x, y in arm[3::-1]]


def draw(slide, box, model_file):
    """Draw the U-Net into the box (left, top, width, height). Returns the group of shapes."""
    shapes = slide.shapes.add_group_shape()
    left, top, _, _ = box
    corners, widths = places(left, top), channels(model_file)
    for step, ((x, y), width) in enumerate(zip(corners, widths), 1):
        side = SIZE >> min(step - 1, 9 - step)
        colour = ENCODER if step < 5 else BOTTOM if step == 5 else DECODER
        add_box(shapes, x, y, f"step {step}\n{side}x{side}x{width}", colour)
    for number, ((x, y), (next_x, next_y)) in enumerate(zip(corners, corners[1:])):
        down = number < 4
        start, end = (y + HEIGHT, next_y) if down else (y, next_y + HEIGHT)
        add_arrow(shapes, x + WIDTH / 2, start, next_x + WIDTH / 2, end, DOWN if down else UP)
    for (x, y), (other, _) in zip(corners[:4], corners[:4:-1]):
        add_arrow(shapes, x + WIDTH, y + HEIGHT / 2, other, y + HEIGHT / 2, ACROSS, dashed=True)
    add_ends(shapes, left, top, corners)
    add_legend(shapes, left, top + 3.3)
    return shapes


def add_ends(shapes, left, top, corners):
    """The input at the left, the two outputs at the right."""
    (first, y), (last, _) = corners[0], corners[8]
    right = left + design.WHOLE[2] - WIDTH - 0.05
    add_box(shapes, left, y, f"input\n{SIZE}x{SIZE}x3", PLAIN, WIDTH - 0.4)
    add_arrow(shapes, left + WIDTH - 0.4, y + HEIGHT / 2, first, y + HEIGHT / 2, design.INK)
    for output_top, name, depth in ((top, "RGB", 3), (top + 0.76, "damage map", 1)):
        text = f"{name}\n{SIZE}x{SIZE}x{depth}"
        add_box(shapes, right, output_top, text, PLAIN, WIDTH + 0.05)
        add_arrow(shapes, last + WIDTH, y + HEIGHT / 2, right, output_top + HEIGHT / 2, design.INK)


def add_legend(shapes, left, top):
    entries = (DOWN, "MaxPool2D: half the side"), (UP, "UpSampling2D: twice the side"), (
        ACROSS, "Concatenate: the encoder\nlayer of the same size")
    for number, (colour, text) in enumerate(entries):
        y = top + 0.42 * number
        add_arrow(shapes, left, y + 0.15, left + 0.5, y + 0.15, colour, dashed=colour == ACROSS)
        box = left + 0.6, y, 3.65, 0.3 * (1 + text.count("\n"))
        write(shapes.shapes.add_textbox(*map(Inches, box)).text_frame, text, PP_ALIGN.LEFT)


def add_box(shapes, left, top, text, colour, width=WIDTH):
    shape = shapes.shapes.add_shape(
        MSO_SHAPE.ROUNDED_RECTANGLE, *map(Inches, (left, top, width, HEIGHT)))
    shape.fill.solid()
    shape.fill.fore_color.rgb = RGBColor.from_string(colour)
    shape.line.color.rgb, shape.line.width = RGBColor.from_string(design.PALE), Pt(1)
    without_style(shape)
    write(shape.text_frame, text, PP_ALIGN.CENTER)


def without_style(shape):
    """No shadow and no colours of the theme."""
    shape._element.remove(shape._element.find(qn("p:style")))


def write(frame, text, alignment, colour=design.INK):
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    frame.vertical_anchor, frame.word_wrap = MSO_ANCHOR.MIDDLE, True
    frame.text = text
    for paragraph in frame.paragraphs:
        paragraph.alignment = alignment
        paragraph.runs[0].font.size = Pt(design.SMALLEST)
        paragraph.runs[0].font.color.rgb = RGBColor.from_string(colour)


def add_arrow(shapes, x, y, to_x, to_y, colour, dashed=False):
    arrow = shapes.shapes.add_connector(MSO_CONNECTOR.STRAIGHT, *map(Inches, (x, y, to_x, to_y)))
    arrow.line.color.rgb, arrow.line.width = RGBColor.from_string(colour), Pt(2.25)
    without_style(arrow)
    if dashed:
        arrow.line.dash_style = MSO_LINE.DASH
    arrow.line._get_or_add_ln().append(parse_xml(f'<a:tailEnd {nsdecls("a")} type="triangle"/>'))
