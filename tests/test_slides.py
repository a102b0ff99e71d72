"""The slides say only what exists, can be read and heard by everybody, and are up to date."""

import io
import re

import pptx
import pytest
from PIL import Image
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE_TYPE
from pptx.util import Inches

import build
import design
import sources
from inpainting import plots, projection

CONTENT = sources.read_content()
SLIDES = CONTENT["slide"]
DATA = sources.read_data()
FIRST_SLIDES = CONTENT | {"slide": SLIDES[:10]}
EMU_PER_POINT = 12700

pytestmark = pytest.mark.xdist_group("slides")  # one process builds the deck, for all of them


@pytest.fixture(scope="module")
def deck():
    return build.build_deck(CONTENT, DATA)


def titles(slide):
    return slide["title"]


# What the content names

@pytest.mark.parametrize("slide", SLIDES, ids=titles)
def test_every_slide_belongs_to_sections_that_exist(slide):
    assert slide["where"]
    footer = sources.footer_of(slide)
    assert design.text_width(footer, design.SMALLEST) < design.FOOTER[2]


@pytest.mark.parametrize("slide", [s for s in SLIDES if sources.pictures_of(s)], ids=titles)
def test_every_figure_exists_and_has_an_alt_text(slide):
    for name in sources.pictures_of(slide):
        file, alt = sources.figure(name)
        assert file.exists() and len(alt.split()) >= 5


TO_RUN = [s for s in SLIDES if re.search(r"notebook \d, sections? \d+(?!\.)", s.get("mark", ""))]


@pytest.mark.parametrize("slide", TO_RUN, ids=titles)
def test_a_mark_names_the_sections_of_its_slide(slide):
    notebook, first, *others = map(int, re.findall(r"\d+", slide["mark"]))
    assert {(notebook, section) for section in (first, *others)} <= set(map(tuple, slide["where"]))


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
    slide = next(s for s in SLIDES if s["layout"] == "thirds") | {"text": "{no_such_model.mae}"}
    with pytest.raises(sources.ContentError, match="slide 1, "):
        build.build_deck(CONTENT | {"slide": [slide]}, DATA)


def test_a_row_that_is_not_measured_is_refused():
    row = {"name": "new", "path": "unet_32x32.methods[not measured]"}
    columns = [{"title": "MAE", "key": "mae", "format": ".4f"}]
    with pytest.raises(sources.ContentError):
        build.table_cells({"first": "Method", "rows": [row], "columns": columns}, CONTENT, DATA)


CITING = "References"


@pytest.mark.parametrize("slide", [s for s in SLIDES if CITING not in s["title"]], ids=titles)
def test_no_measured_number_is_typed(slide):
    for key in ("title", "text", "second", "third", "notes"):
        # but 10 dB and 1 dB, which explain what a decibel is, and 95 %, of an interval
        known = r"\{.*?\}|CC BY 4\.0|\b10? dB|\b95\s%|(?:section|[Ee]xercise) \d+\.\d"
        typed = re.sub(known, "", slide.get(key, ""))
        assert re.findall(r"\d+[.,]?\d*\s*(?:dB|%)|\d\.\d", typed) == []


def test_a_sentence_that_no_longer_holds_is_refused():
    better = "unet_32x32.methods[{}].psnr_inside > unet_32x32.methods[{}].psnr_inside"
    sources.check_claims([better.format("biharmonic", "damaged")], DATA)
    for claim in (
        better.format("damaged", "biharmonic"), "pics.plain_network.where_sound > 1.5",
        "find_and_fill.classical[*].methods[damaged].psnr_inside"
        " > find_and_fill.told[*].psnr_inside",
    ):
        with pytest.raises(sources.ContentError, match="does not hold"):
            sources.check_claims([claim], DATA)
        slide = next(s for s in SLIDES if s["layout"] == "thirds") | {"holds": [claim]}
        with pytest.raises(sources.ContentError, match="slide 1, "):
            build.build_deck(CONTENT | {"slide": [slide]}, DATA)


def test_what_is_computed_follows_the_scores():
    scores = DATA | {"find_and_fill": sources.Keys(DATA["find_and_fill"])}
    before = sources.compute(scores)
    told = sources.Keys(scores["find_and_fill"]["told"])
    worse = {"gain": 0.5, "interval": [-0.1, 1.1]}  # ahead, and perhaps by chance
    none = {"squared_errors": {"inside": [0.0]}}  # with the mask, no error is left
    told["cuts"] = sources.Keys(told["cuts"] | none | {
        "ahead_of": dict.fromkeys(told["cuts"]["ahead_of"], worse), "psnr_inside": 50.0})
    scores["find_and_fill"]["told"] = told
    after = sources.compute(scores)
    assert after.ahead_told == before.ahead_told - 1
    assert after.hardest == "cuts" != before.hardest and after.highest == 1
    blind = DATA["unet_32x32"]["methods"]["U-Net, blind"]["psnr_inside"]
    best = DATA["unet_32x32"]["methods"][before.best["unet_32x32"]]["psnr_inside"]
    assert before.lead["unet_32x32"] == {
        "from": best, "to": blind, "gain": pytest.approx(blind - best)}


def test_the_best_formula_is_the_best_that_was_measured_on_the_same_pictures():
    """The wide cuts were measured twice, with the heat equation and without: one test."""
    wide, cuts = DATA["unet_192x192"], DATA["find_and_fill"]["classical"]["cuts"]
    for name in sources.CLASSICAL:
        assert wide["methods"][name]["psnr_inside"] == pytest.approx(
            cuts["methods"][name]["psnr_inside"], abs=1e-4)
    best = max(row["psnr_inside"] for row in cuts["methods"].values())
    assert DATA["computed"].lead["unet_192x192"]["from"] == pytest.approx(best, abs=1e-4)
    networks = DATA["computed"].lead["networks"]
    assert networks["interval"][0] < networks["gain"] < networks["interval"][1]


def test_the_parts_of_the_error_follow_from_the_decibels():
    told, blind = DATA["find_and_fill"]["told"], DATA["find_and_fill"]["blind"]
    for kind, part in DATA["computed"].finding.items():
        gain = (told[kind]["psnr_inside"]
                - blind[kind]["methods"]["find, then fill"]["psnr_inside"])
        assert 1 - part == pytest.approx(10 ** (-gain / 10), abs=1e-4)


# Timing and notes

def test_the_lesson_takes_two_hours_with_a_break_and_a_buffer():
    plan = dict(build.plan_of(SLIDES, CONTENT["deck"]["buffer"]))
    assert sum(plan.values()) == 120
    assert plan["Break"] == 5 and CONTENT["deck"]["buffer"] == 10


def lesson():
    return [slide for slide in SLIDES if slide["minutes"]]


def test_the_appendix_stands_behind_the_lesson():
    assert SLIDES[: len(lesson())] == lesson()
    assert {slide["part"] for slide in SLIDES[len(lesson()) :]} == {"Appendix"}


def test_notebooks_are_run_at_five_places():
    assert [bool(re.search("[Rr]un", s.get("mark", ""))) for s in SLIDES].count(True) == 5


def test_the_first_minute_shows_a_picture_and_asks():
    first = SLIDES[0]
    assert first["layout"] == "full" and first["minutes"] <= 2 and first["mark"] == "Vote"
    assert SLIDES[0]["pictures"] != SLIDES[1]["pictures"] == lesson()[-1]["pictures"]


def test_votes_and_predictions_stand_before_their_answers():
    asked = [i for i, s in enumerate(SLIDES) if re.match("Vote|Predict", s.get("mark", ""))]
    assert len(asked) >= 5
    for i in asked:
        assert "Expected: " in SLIDES[i]["notes"] and SLIDES[i]["minutes"] >= 2
        assert "mark" not in SLIDES[i + 1] or SLIDES[i + 1]["mark"].startswith("Run")


def test_most_slides_are_pictures_and_the_only_table_is_the_plan():
    shown = [s for s in lesson() if {"figure", "pictures", "chart", "diagram"} & set(s)]
    assert len(shown) >= 0.95 * len(lesson())
    assert all("plan" in s["table"] for s in lesson() if "table" in s)


@pytest.mark.parametrize("slide", [s for s in SLIDES if s["minutes"]], ids=titles)
def test_the_notes_can_be_read_in_the_time_of_the_slide(slide):
    words = len(sources.fill_in(slide["notes"], DATA).split())
    assert words / 120 <= slide["minutes"] + 0.4


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


def test_no_letters_are_smaller_than_18_points(deck):
    for name, root in xml_parts(deck):
        sizes = [int(size) for size in root.xpath("//@sz") if size.isdigit()]
        assert all(size >= 100 * design.SMALLEST for size in sizes), name


def test_tables_say_how_large_their_letters_are(deck):
    for name, root in xml_parts(deck):
        assert not root.xpath("//a:tbl//a:r[not(a:rPr/@sz)]"), name


def figures_of(deck):
    """All pictures with letters: (slide, shape, what `projection.lettering` measured)."""
    for slide in deck.slides:
        for shape in slide.shapes:
            if shape.shape_type == MSO_SHAPE_TYPE.PICTURE and shape.image.ext == "png":
                yield slide, shape, projection.lettering_of(io.BytesIO(shape.image.blob))


def test_letters_of_figures_are_large_and_dark_enough_as_projected(deck):
    seen = 0
    for slide, shape, letters in figures_of(deck):
        seen += 1
        scale = shape.width / Inches(letters["width"])
        title = slide.shapes.title.text
        assert letters["smallest"] * scale >= 17.95, title  # rounded to whole pixels
        assert letters["contrast"] >= 4.5, title
        assert letters["panels"] <= 6, title
        assert set(letters["fonts"]) <= set(projection.FONTS), title
    assert seen == sum("figure" in s or "chart" in s for s in SLIDES)


def test_a_map_on_a_slide_has_a_key_in_the_colours_of_the_kinds(deck):
    maps = "cat_condition", "live_found", "inscription_found"
    for content, slide in zip(SLIDES, deck.slides):
        shown = any(name in maps for name, _ in content.get("pictures", []))
        assert shown == ("key" in content), content["title"]
        colours = {s.text_frame.text: s.fill.fore_color.rgb for s in slide.shapes
                   if s.name.startswith("Colour of ")}
        assert colours == {kind: RGBColor.from_string(plots.KIND_COLOURS[kind].strip("#"))
                           for kind in content.get("key", [])}


def test_pictures_without_letters_are_not_stretched(deck):
    for slide in deck.slides:
        for shape in slide.shapes:
            if shape.shape_type == MSO_SHAPE_TYPE.PICTURE:
                width, height = Image.open(io.BytesIO(shape.image.blob)).size
                assert shape.width / shape.height == pytest.approx(width / height, rel=0.01)


def colour_below(shape):
    """The ground of the words of a shape, from the shape or the placeholder of its layout."""
    for element in (shape, *(p for p in layout_placeholders(shape))):
        found = element._element.xpath("./p:spPr/a:solidFill/a:srgbClr/@val")
        if found:
            return found[0]
    return design.WHITE


def layout_placeholders(shape):
    if not shape.is_placeholder:
        return []
    return [p for p in shape.part.slide_layout.placeholders
            if p.placeholder_format.idx == shape.placeholder_format.idx]


def colours_of_words(shape):
    """The colours of all runs of a shape."""
    inherited = [p._element.xpath(".//a:lvl1pPr/a:defRPr/a:solidFill/a:srgbClr/@val")
                 for p in layout_placeholders(shape)]
    default = inherited[0][0] if inherited and inherited[0] else design.INK
    for run in shape._element.xpath(".//a:r"):
        yield (run.xpath("./a:rPr/a:solidFill/a:srgbClr/@val") or [default])[0]


def test_every_word_stands_out_from_its_ground(deck):
    def rgb(colour):
        return [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]

    lowest = 21
    for slide in deck.slides:
        shapes = [s for shape in slide.shapes for s in getattr(shape, "shapes", [shape])]
        for shape in shapes:
            if shape.has_text_frame:
                for colour in colours_of_words(shape):
                    lowest = min(lowest, projection.contrast(rgb(colour), rgb(colour_below(shape))))
    assert 4.5 <= lowest < 10  # the pale words of the footers were seen
    assert projection.contrast(rgb(design.INK), rgb(design.TINT)) >= 4.5  # in tables


def test_pictures_tables_and_charts_have_an_alt_text(deck):
    number = 0
    for slide in deck.slides:
        for shape in slide.shapes:
            (properties,) = shape._element.xpath("./*/p:cNvPr")
            if not shape.is_placeholder and not (shape.has_text_frame and shape.text_frame.text):
                number += 1
                alt = properties.get("descr", "")
                assert len(alt.split()) >= 5, f"{slide.shapes.title.text}: {shape.name}"
    one_of = {"figure", "diagram", "table", "chart"}
    assert number == sum(len(s.get("pictures", [])) + bool(one_of & set(s)) for s in SLIDES)


def test_words_stand_on_a_picture_and_not_below_it(deck):
    full = [slide for slide in deck.slides if slide.slide_layout.name == "Full"]
    assert len(full) >= 4
    for slide in full:
        first = next(iter(slide.shapes))
        assert first.shape_type == MSO_SHAPE_TYPE.PICTURE
        assert (first.width, first.height) == pytest.approx(
            (deck.slide_width, deck.slide_height), rel=0.01)


def test_every_slide_has_its_title_in_the_outline_and_nothing_empty(deck):
    for slide in deck.slides:
        assert slide.shapes.title.text
        filled = [p for p in slide.placeholders if p.placeholder_format.idx != design.NUMBER_INDEX]
        assert all(placeholder.text_frame.text.strip() for placeholder in filled)
        ids = slide.shapes._spTree.xpath(".//p:cNvPr/@id")
        assert len(ids) == len(set(ids))


def test_nothing_reaches_outside_or_overlaps(deck):
    for slide in deck.slides:
        full = slide.slide_layout.name == "Full"  # there words stand on the picture
        shapes = [s for s in slide.shapes if not (full and s.shape_type == MSO_SHAPE_TYPE.PICTURE)]
        boxes = [(s.left, s.top, s.left + s.width, s.top + s.height, s.name) for s in shapes]
        for i, (left, top, right, bottom, name) in enumerate(boxes):
            assert 0 <= left < right <= deck.slide_width and 0 <= top < bottom <= deck.slide_height
            for other in boxes[:i]:
                beside = left >= other[2] or other[0] >= right
                pair = f"{slide.shapes.title.text}: {name} on {other[4]}"
                assert beside or top >= other[3] or other[1] >= bottom, pair


def test_texts_are_short_and_fit(deck):
    for content, slide in zip(SLIDES, deck.slides):
        large = 36 if content["layout"] == "full" else design.HEADING
        assert design.text_width(f"**{content['title']}**", large) < design.TITLE[2]
        for _, caption in content.get("pictures", []):
            share = design.LAYOUTS[content["layout"]][1][2] / len(content["pictures"])
            caption = sources.fill_in(caption, DATA)
            assert design.text_width(f"**{caption}**", 20) < share - build.GUTTER
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

def test_the_same_sources_give_the_same_file():
    one, other = (build.as_bytes(build.build_deck(FIRST_SLIDES, DATA)) for _ in range(2))
    assert one == other


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
    monkeypatch.setattr(build, "read_content", lambda: FIRST_SLIDES)
    build.main()
    written = io.BytesIO((tmp_path / "slides.pptx").read_bytes())
    assert len(pptx.Presentation(written).slides) == 10
    assert build.NO_LIBREOFFICE in capsys.readouterr().out
    assert [file.name for file in tmp_path.iterdir()] == ["slides.pptx"]
