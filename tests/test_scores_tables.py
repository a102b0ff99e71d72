"""The tables of scores: a row for each method, and what stands in each column."""

import json
import re

import pytest

from inpainting.find_and_fill import scores as find_and_fill
from inpainting.scores import protocol, tables

RULE = "rule `x == 0`, then biharmonic"


def cells_of(table):
    """{first cell: {title of the column: text}} of a Markdown table."""
    head, line, *rows = (
        [cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()
    )
    assert set(line) == {"---"}
    return {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in rows}


@pytest.fixture(scope="module")
def segments():
    return json.loads(protocol.SCORES_FILE.read_text(encoding="utf-8"))["unet_32x32"]


def test_a_table_has_a_row_for_each_method(segments):
    rows = cells_of(tables.as_markdown(segments["methods"]))
    assert list(rows) == list(segments["methods"])
    assert rows["Telea"]["MAE"] == f"{segments['methods']['Telea']['mae']:.4f}"
    assert rows["Telea"]["PSNR inside (dB)"] == f"{segments['methods']['Telea']['psnr_inside']:.2f}"


def test_the_painting_table_leaves_out_the_time_that_damage_takes():
    values = {key: 1.0 for key in tables.PAINTING_COLUMNS}
    timeless = {key: 1.0 for key in values if key != "seconds_per_megapixel"}
    table = tables.as_markdown({"damaged": timeless, "Telea": values}, tables.PAINTING_COLUMNS)
    assert [row["seconds per megapixel"] for row in cells_of(table).values()] == ["", "1.00"]


def test_the_table_on_segments_has_a_row_for_the_rule_that_black_is_damage(segments):
    rows = cells_of(tables.segments_as_markdown(segments))
    assert list(rows) == [*segments["methods"], RULE]
    found = {name: row["IoU of what is found"] for name, row in rows.items()}
    assert found.pop("U-Net, blind") == f"{segments['damage_map_iou']:.3f}"
    assert found.pop(RULE) == f"{segments['black_rule']['damage_map_iou']:.3f}"
    assert set(found.values()) == {""}  # they are told, or look for nothing


def test_the_table_on_segments_shows_both_means(segments):
    rows = cells_of(tables.segments_as_markdown(segments))
    (by_rule,) = segments["black_rule"]["methods"].values()
    for name, values in (segments["methods"] | {RULE: by_rule}).items():
        means = values["psnr_inside"], values["psnr_inside_per_picture"]
        shown = [text for title, text in rows[name].items() if title.startswith("PSNR inside")]
        assert shown == [f"{mean:.2f}" for mean in means]


def test_without_a_black_rule_the_table_on_segments_has_no_row_for_it(segments):
    entry = {key: segments[key] for key in ("methods", "damage_map_iou")}
    assert list(cells_of(tables.segments_as_markdown(entry))) == list(segments["methods"])


def test_the_table_of_kinds_compares_with_the_best_of_each_measure():
    def values(psnr, mean, ssim):
        return {"psnr_inside": psnr, "psnr_inside_per_picture": mean, "ssim_inside": ssim}

    others = {"damaged": values(5, 5, 0.1), "Telea": values(20, 21, 0.5),
              "Navier-Stokes": values(19, 22, 0.4), "biharmonic": values(18, 20, 0.6),
              "membrane": values(30, 30, 0.9)}
    gain = {"gain": 1, "interval": (0.5, 1.5)}
    told = values(21, 22.5, 0.7) | {"ahead_of_the_best": gain}
    row = cells_of(tables.told_as_markdown({
        "told": {"cuts": told}, "classical": {"cuts": {"methods": others}}}))["cuts"]
    assert row["ahead of the best classical (95 %)"] == "+1.00 (+0.50 to +1.50)"
    assert row["ahead, as mean of the crops"] == "+0.50"
    assert row["SSIM, best classical"] == "0.600" and row["SSIM, networks"] == "0.700"
    assert row["first guess"] == "30.00"


def test_the_blind_table_says_how_much_better_than_untreated():
    scores = json.loads(find_and_fill.SCORES_FILE.read_text(encoding="utf-8"))
    rows = cells_of(tables.blind_as_markdown(scores))
    assert list(rows) == list(scores["blind"])
    for name, row in rows.items():
        ahead = scores["blind"][name]["ahead_of_the_untreated"]
        better, *interval = map(
            float, re.findall(r"[+-]\d+\.\d\d", row["better than untreated (95 %)"]))
        assert interval == pytest.approx(ahead["interval"], abs=0.006)
        whole = float(row["find, then fill"]) - float(row["damaged"])
        assert better == pytest.approx(ahead["gain"], abs=0.006)
        assert better == pytest.approx(whole, abs=0.02)
