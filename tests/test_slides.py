"""The slides say only what exists, can be read and heard by everybody, and are up to date."""

import io
import re

import pptx
import pytest
from pptx.util import Inches

import build
import design
import sources
from inpainting import plots

CONTENT = sources.read_content()
SLIDES = CONTENT["slide"]
DATA = sources.read_data()
EMU_PER_POINT = 12700


@pytest.fixture(scope="module")
def deck():
    return build.build_deck(CONTENT, DATA)


def titles(slide):
    return slide["title"]


# What the content names

@pytest.mark.parametrize("slide", SLIDES, ids=titles)
def test_every_slide_belongs_to_sections_that_exist(slide):
    assert slide["where"] or slide is SLIDES[0]
    sources.footer_of(slide)


@pytest.mark.parametrize("slide", [s for s in SLIDES if "figure" in s], ids=titles)
def test_every_figure_exists_and_has_an_alt_text(slide):
    file, alt = sources.figure(slide["figure"])
    assert file.exists() and len(alt.split()) >= 5


def test_what_does_not_exist_is_refused():
    with pytest.raises(sources.ContentError, match="no section 99"):
        sources.footer_of({"where": [[1, 99]]})
    with pytest.raises(sources.ContentError, match="no figure no_such_figure"):
        sources.figure("no_such_figure")
    for path in ("unet_32x32.methods[Telia].mae", "unet_32x32.no_such_key", "no_such_model.mae"):
        with pytest.raises(sources.ContentError, match="no number"):
            sources.look_up(path, DATA)
        with pytest.raises(sources.ContentError, match="names no number"):
            sources.fill_in("{" + path + ":.2f}", DATA)


def test_the_error_names_the_slide():
    slide = next(s for s in SLIDES if s["layout"] == "text") | {"text": "{no_such_model.mae}"}
    with pytest.raises(sources.ContentError, match="slide 1, "):
        build.build_deck(CONTENT | {"slide": [slide]}, DATA)


def test_a_row_that_is_not_measured_is_refused():
    row = {"name": "new", "path": "unet_32x32.methods[not measured]"}
    columns = [{"title": "MAE", "key": "mae", "format": ".4f"}]
    with pytest.raises(sources.ContentError):
        build.table_cells({"first": "Method", "rows": [row], "columns": columns}, SLIDES, DATA)


@pytest.mark.parametrize("slide", [s for s in SLIDES if s["title"] != "References"], ids=titles)
def test_no_measured_number_is_typed(slide):
    for key in ("title", "text", "second", "notes"):
        typed = re.sub(r"\{.*?\}|CC BY 4\.0|\b10? dB", "", slide.get(key, ""))  # 10 dB: what a dB is
        assert re.findall(r"\d+[.,]?\d*\s*(?:dB|%)|\d\.\d", typed) == []


def test_colours_are_those_of_the_figures():
    assert all(getattr(plots, name.upper()) == f"#{value}" for name, value in design.COLOURS.items())


# Timing and notes

def test_the_lesson_takes_about_two_hours():
    assert 25 <= len(SLIDES) <= 32
    assert 110 <= sum(slide["minutes"] for slide in SLIDES) <= 120


def test_every_slide_has_notes_and_the_running_clock(deck):
    minutes = 0
    for slide, written in zip(SLIDES, deck.slides):
        minutes += slide["minutes"]
        timing, said = written.notes_slide.notes_text_frame.text.split("\n\n")
        assert timing == f"{slide['minutes']} min; {minutes // 60}:{minutes % 60:02} so far"
        assert 3 <= len(re.findall(r"[.?!](?=\s|$)", said)) <= 8, slide["title"]


# Reading and hearing

def xml_parts(deck):
    """All slides, layouts, masters and charts, as (name, XML root)."""
    for part in deck.part.package.iter_parts():
        if re.match(r"/ppt/(slides|slideLayouts|slideMasters|charts)/\w+\.xml", part.partname):
            yield part.partname, part._element


def test_no_letters_are_smaller_than_16_points(deck):
    for name, root in xml_parts(deck):
        sizes = [int(size) for size in root.xpath("//@sz") if size.isdigit()]
        assert all(size >= 100 * design.SMALLEST for size in sizes), name


def test_charts_and_tables_say_how_large_their_letters_are(deck):
    for name, root in xml_parts(deck):
        if "/charts/" in name:
            assert root.xpath("/c:chartSpace/c:txPr//@sz"), name
        assert not root.xpath("//a:tbl//a:r[not(a:rPr/@sz)]"), name


def test_pictures_tables_and_charts_have_an_alt_text(deck):
    number = 0
    for slide in deck.slides:
        for shape in slide.shapes:
            (properties,) = shape._element.xpath("./*/p:cNvPr")
            if not shape.is_placeholder:
                number += 1
                alt = properties.get("descr", "")
                assert len(alt.split()) >= 5, f"{slide.shapes.title.text}: {shape.name}"
    assert number == sum(bool({"figure", "diagram", "table", "chart"} & set(slide)) for slide in SLIDES)


def test_every_slide_has_its_title_in_the_outline_and_nothing_empty(deck):
    for slide in deck.slides:
        assert slide.shapes.title.text
        filled = [p for p in slide.placeholders if p.placeholder_format.idx != design.NUMBER_INDEX]
        assert all(placeholder.text_frame.text.strip() for placeholder in filled)
        ids = slide.shapes._spTree.xpath(".//p:cNvPr/@id")
        assert len(ids) == len(set(ids))


def test_nothing_reaches_outside_or_overlaps(deck):
    for slide in deck.slides:
        boxes = [(s.left, s.top, s.left + s.width, s.top + s.height, s.name) for s in slide.shapes]
        for i, (left, top, right, bottom, name) in enumerate(boxes):
            assert 0 <= left < right <= deck.slide_width and 0 <= top < bottom <= deck.slide_height
            for other in boxes[:i]:
                apart = left >= other[2] or other[0] >= right or top >= other[3] or other[1] >= bottom
                assert apart, f"{slide.shapes.title.text}: {name} on {other[4]}"


def test_texts_are_short_and_fit(deck):
    for content, slide in zip(SLIDES, deck.slides):
        if content["layout"] != "title":
            assert design.text_width(f"**{content['title']}**", 30) < design.TITLE[2]
        texts = [s for s in slide.placeholders if s.placeholder_format.idx >= design.TEXT_INDEX]
        assert sum(len(s.text_frame.text.split()) for s in texts) <= 48, content["title"]
        size = design.TEXT_SIZES.get(content["layout"], design.TEXT)
        for shape in texts:
            width = shape.width / Inches(1) - 0.35
            paragraphs = [p.text for p in shape.text_frame.paragraphs]
            lines = sum(design.lines_needed(text, width, size) for text in paragraphs)
            needed = lines * size * 1.2 + 9 * (len(paragraphs) - 1)
            assert needed <= shape.height / EMU_PER_POINT, f"{content['title']}: {paragraphs}"


# Up to date

def test_the_same_sources_give_the_same_file(deck):
    assert build.as_bytes(deck) == build.as_bytes(build.build_deck(CONTENT, DATA))


def test_the_pptx_is_up_to_date():
    about = pptx.Presentation(build.DECK).core_properties
    assert about.keywords == sources.checksum(CONTENT), "run `make slides`"


def test_the_pdf_is_up_to_date():
    pdf = build.DECK.with_suffix(".pdf").read_bytes()
    keywords = sources.checksum(CONTENT).encode("utf-16-be").hex().upper().encode()
    assert keywords in pdf, "run `make slides` where LibreOffice is installed"
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == len(SLIDES)


def test_without_libreoffice_a_sentence_says_what_is_missing(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(build.shutil, "which", lambda _: None)
    monkeypatch.setattr(build, "DECK", tmp_path / "slides.pptx")
    build.main()
    assert len(pptx.Presentation(io.BytesIO((tmp_path / "slides.pptx").read_bytes())).slides) == len(SLIDES)
    assert build.NO_LIBREOFFICE in capsys.readouterr().out
    assert [file.name for file in tmp_path.iterdir()] == ["slides.pptx"]
