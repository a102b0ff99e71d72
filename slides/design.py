"""How the slides look: the master, the layouts, and where everything stands on a slide.

Lengths are in inches, sizes of letters in points.
"""

import re
from xml.sax.saxutils import escape

from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls
from pptx.util import Inches

from inpainting import projection
from inpainting.plots import METHOD_COLOURS

WIDTH, HEIGHT = 13.333, 7.5
FONT = "Arial"  # on every computer; LibreOffice has Liberation Sans, which is equally wide
SMALLEST = projection.SMALLEST  # no letters are smaller than this
TEXT, HEADING = 22, 30
INK, PALE, TINT, LINE, WHITE = "1A1A1A", "595959", "EDEDED", "BFBFBF", "FFFFFF"
ACCENT = "37474F"  # of rules and parts; every other colour has the one meaning it has in the plots
COLOURS = {name: colour.strip("#") for name, colour in METHOD_COLOURS.items()}

TITLE = 0.55, 0.76, 12.23, 0.66
SECTION, MARK = (0.55, 0.3, 4.4, 0.4), (5.1, 0.26, 7.68, 0.46)
FOOTER = 0.55, 6.98, 11.2, 0.36
NUMBER = 11.98, 6.98, 0.8, 0.36
RULE = 0.55, 1.5, 12.23, 0.03
LEFT = 0.55, 1.75, 4.4, 5.0
WHOLE, STRIP = (0.55, 1.7, 12.23, 5.1), (0.55, 6.06, 12.23, 0.8)
BLEED = 0, 0, WIDTH, HEIGHT
THIRD = (12.23 - 2 * 0.25) / 3

# What each layout has below the title: its texts, and the room for a figure, chart or table
LAYOUTS = {
    "beside": ((LEFT,), (5.2, 1.75, 7.58, 5.0)),
    "below": ((STRIP,), (0.55, 1.65, 12.23, 4.3)),
    "above": (((0.55, 1.7, 12.23, 1.75),), (0.55, 3.55, 12.23, 3.3)),
    "thirds": (  # words below each of three pictures
        tuple((0.55 + number * (THIRD + 0.25), 5.1, THIRD, 1.78) for number in range(3)),
        (0.55, 1.65, 12.23, 3.4)),
    "object": ((), WHOLE),
    "full": (((0, 6.5, WIDTH, 0.52),), BLEED),  # a picture as large as the slide, words on a band
}
TEXT_SIZES = {"above": 28, "full": 24}  # TEXT in all others
TITLE_INDEX, FOOTER_INDEX, NUMBER_INDEX, SECTION_INDEX, TEXT_INDEX = 0, 11, 12, 13, 14


def text_width(text, size):
    """About how many inches a line of Arial is wide."""
    def share(letter):
        if letter in " .,:;'!|()[]/-iljtfrI":
            return 0.3
        return 0.85 if letter in "mwMW%@—" else 0.69 if letter.isupper() else 0.55

    bold = 1.06 if "**" in text else 1
    return bold * sum(share(letter) for letter in text.replace("*", "")) * size / 72


def lines_needed(text, width, size):
    """How many lines a paragraph takes in a column of this width."""
    lines, line = 1, ""
    for word in text.split():
        if line and text_width(f"{line} {word}", size) > width:
            lines, line = lines + 1, word
        else:
            line = f"{line} {word}"
    return lines


def _xfrm(box):
    left, top, width, height = (Inches(length) for length in box)
    return f'<a:xfrm><a:off x="{left}" y="{top}"/><a:ext cx="{width}" cy="{height}"/></a:xfrm>'


def _fill(colour):
    return f'<a:solidFill><a:srgbClr val="{colour}"/></a:solidFill>'


def _placeholder(
    kind, index, name, box, size, colour=INK, bold=False, bullet=False, align="l", band=False
):
    """A placeholder of the master or of a layout, as XML.   band: white on a dark ground."""
    colour, ground, inset = (WHITE, _fill(INK), Inches(TITLE[0])) if band else (colour, "", 0)
    number = '<a:fld id="{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}" type="slidenum">'
    number += '<a:rPr lang="en-GB"/>'
    number += "<a:t>‹#›</a:t></a:fld>"
    run = f'<a:r><a:rPr lang="en-GB"/><a:t>{escape(name)}</a:t></a:r>'
    content = {"sldNum": number, "ftr": ""}.get(kind, run)
    dot = '<a:buFont typeface="Arial"/><a:buChar char="•"/>' if bullet else "<a:buNone/>"
    indent = ' marL="285750" indent="-285750"' if bullet else ' marL="0" indent="0"'
    anchor = "ctr" if kind in ("ftr", "sldNum") else "b" if "itle" in kind else "t"
    return parse_xml(
        f'<p:sp {nsdecls("p", "a")}><p:nvSpPr><p:cNvPr id="{100 + index}" name="{name}"/>'
        f'<p:cNvSpPr><a:spLocks noGrp="1"/></p:cNvSpPr>'
        f'<p:nvPr><p:ph type="{kind}" idx="{index}"/></p:nvPr></p:nvSpPr>'
        f'<p:spPr>{_xfrm(box)}<a:prstGeom prst="rect"><a:avLst/></a:prstGeom>{ground}</p:spPr>'
        f'<p:txBody><a:bodyPr lIns="{inset}" tIns="0" rIns="{inset}" bIns="0" anchor="{anchor}">'
        f"<a:noAutofit/>"
        f"</a:bodyPr>"
        f'<a:lstStyle><a:lvl1pPr algn="{align}"{indent}>{dot}'
        f'<a:defRPr sz="{100 * size}" b="{int(bold)}">{_fill(colour)}</a:defRPr>'
        f"</a:lvl1pPr></a:lstStyle>"
        f"<a:p>{content}</a:p></p:txBody></p:sp>"
    )


def _rule(box):
    """A coloured line, which is no content: screen readers pass it by."""
    return parse_xml(
        f'<p:sp {nsdecls("p", "a")}><p:nvSpPr><p:cNvPr id="90" name="Rule"/><p:cNvSpPr/>'
        f'<p:nvPr userDrawn="1"/></p:nvSpPr><p:spPr>{_xfrm(box)}'
        f'<a:prstGeom prst="rect"><a:avLst/></a:prstGeom>{_fill(ACCENT)}'
        f"<a:ln><a:noFill/></a:ln></p:spPr>"
        f"<p:txBody><a:bodyPr/><a:lstStyle/><a:p/></p:txBody></p:sp>"
    )


def _put(sheet, shapes):
    """Replace all shapes of a master or a layout."""
    tree = sheet.shapes._spTree
    for old in list(sheet.shapes):
        tree.remove(old._element)
    for shape in shapes:
        tree.append(shape)


def _text_styles():
    """What the master says of titles and texts that no layout overrules."""
    level = (
        '<a:lvl{n}pPr marL="{left}" indent="-285750"><a:spcBef><a:spcPts val="900"/></a:spcBef>'
        '<a:buFont typeface="Arial"/><a:buChar char="•"/>'
        '<a:defRPr sz="{size}">{fill}<a:latin typeface="+mn-lt"/></a:defRPr></a:lvl{n}pPr>'
    )
    body = "".join(
        level.format(
            n=n, left=285750 * n, size=100 * (TEXT if n == 1 else SMALLEST), fill=_fill(INK))
        for n in range(1, 10)
    )
    plain = r'<a:lvl\1pPr marL="0" indent="0"><a:buNone/><a:defRPr'
    other = re.sub(r"<a:lvl(\d)pPr .*?<a:defRPr", plain, body)
    return parse_xml(
        f'<p:txStyles {nsdecls("p", "a")}>'
        f'<p:titleStyle><a:lvl1pPr algn="l"><a:lnSpc><a:spcPct val="90000"/></a:lnSpc><a:buNone/>'
        f'<a:defRPr sz="{100 * HEADING}" b="1">{_fill(INK)}<a:latin typeface="+mj-lt"/>'
        f"</a:defRPr></a:lvl1pPr>"
        f"</p:titleStyle>"
        f"<p:bodyStyle>{body}</p:bodyStyle><p:otherStyle>{other}</p:otherStyle></p:txStyles>"
    )


def _paint_theme(master):
    """Our font and our colours in the theme, so that what a lecturer adds looks the same."""
    theme = master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    xml = theme.blob.decode("utf-8").replace('typeface="Calibri"', f'typeface="{FONT}"')
    for number, colour in enumerate(COLOURS.values(), 1):
        xml = re.sub(rf"(<a:accent{number}><a:srgbClr val=)\"\w+\"", rf'\1"{colour}"', xml)
    theme._blob = xml.encode("utf-8")


def make_layouts(deck):
    """Turn python-pptx's default template into ours. Returns {name: layout}."""
    deck.slide_width, deck.slide_height = Inches(WIDTH), Inches(HEIGHT)
    master = deck.slide_master
    _paint_theme(master)
    _put(master, [
        _placeholder("title", TITLE_INDEX, "Title", TITLE, HEADING, bold=True),
        _placeholder("body", 1, "Text", WHOLE, TEXT, bullet=True),
        _placeholder("ftr", FOOTER_INDEX, "Footer", FOOTER, SMALLEST, PALE),
        _placeholder("sldNum", NUMBER_INDEX, "Slide number", NUMBER, SMALLEST, PALE, align="r"),
        _rule(RULE),
    ])
    styles = master._element.find("{*}txStyles")
    master._element.replace(styles, _text_styles())
    for layout in list(deck.slide_layouts)[len(LAYOUTS):]:
        deck.slide_layouts.remove(layout)
    return {
        name: _make_layout(layout, name)
        for name, layout in zip(LAYOUTS, deck.slide_layouts)
    }


def _make_layout(layout, name):
    layout._element.attrib.pop("type", None)
    layout._element.cSld.set("name", name.capitalize())
    footer = _placeholder("ftr", FOOTER_INDEX, "Footer", FOOTER, SMALLEST, PALE)
    number = _placeholder("sldNum", NUMBER_INDEX, "Slide number", NUMBER, SMALLEST, PALE, align="r")
    texts, _ = LAYOUTS[name]
    size = TEXT_SIZES.get(name, TEXT)
    if name == "full":
        _put(layout, [
            _placeholder(
                "title", TITLE_INDEX, "Title", (0, 5.7, WIDTH, 0.8), 36, bold=True, band=True),
            _placeholder("body", TEXT_INDEX, "Text 1", texts[0], size, band=True),
            _placeholder("ftr", FOOTER_INDEX, "Footer", (0, 7.02, 11.7, 0.48), SMALLEST, band=True),
            _placeholder("sldNum", NUMBER_INDEX, "Slide number", (11.7, 7.02, WIDTH - 11.7, 0.48),
                         SMALLEST, align="r", band=True),
        ])
        layout._element.set("showMasterSp", "0")
        return layout
    _put(layout, [
        _placeholder("title", TITLE_INDEX, "Title", TITLE, HEADING, bold=True),
        _placeholder(
            "body", SECTION_INDEX, "Part of the lesson", SECTION, SMALLEST, ACCENT, bold=True),
        *(
            _placeholder("body", TEXT_INDEX + i, f"Text {i + 1}", box, size, bullet=True)
            for i, box in enumerate(texts)
        ),
        footer, number,
    ])
    return layout
