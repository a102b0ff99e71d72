"""Restoring what a mask marks: found, mended or drawn."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from conftest import (
    CLEANED, FILLED, assert_one_sentence, cross, damaged_scan, expected, noise, scan_file,
)
from PIL import Image
from test_restore import in_file, restored_and_record, restored_file

from inpainting import find
from inpainting.checks import InputError, PictureError
from inpainting.files import sha256
from inpainting.find_and_fill import paintings
from inpainting.find_and_fill.networks import FIND_KINDS
from inpainting.pictures import read_mask, read_scan


def test_a_mask_tells_where_the_damage_is(loaded, tmp_path):
    picture, mask = noise(40, 60, 3), cross(40, 60)
    path = scan_file(tmp_path / "scan.png", picture)
    Image.fromarray(mask).save(tmp_path / "mask.png")
    after, record = restored_and_record(path, tmp_path, tmp_path / "mask.png")
    assert np.array_equal((after != picture).any(axis=-1), mask)
    assert (after[mask] == in_file(FILLED)).all()
    assert record["mode"] == "told" and record["repainted"]["pixels"] == mask.sum()
    assert record["mask"] == {
        "file": "mask.png", "sha256": sha256(tmp_path / "mask.png"), "origin": "drawn"}
    assert record["notices"] == [] and set(record["kinds"]) == {"drawn"}
    assert loaded == ["filler_192x192"] and set(record["models"]) == {"filler"}


@pytest.fixture
def searched(loaded, tmp_path):
    """A damaged scan, and what find has written for it."""
    path = damaged_scan(tmp_path / "scan.png")
    return path, find.find_file(path, tmp_path / "found", precision="float32")


def mend(mask_path, path):
    """Rub out the left half of the stain and of the cut, and draw a line; as a new file."""
    mask = np.array(Image.open(mask_path))
    mask[:25, :20], mask[37] = 0, 255
    Image.fromarray(mask).save(path)
    return mask > 0


def test_the_found_mask_repairs_as_the_draft_does(searched, tmp_path):
    path, found = searched
    draft, _ = restored_and_record(path, tmp_path)
    told, record = restored_and_record(path, tmp_path, found.mask)
    assert np.array_equal(told, draft)
    assert record["mask"]["origin"] == "found" and record["notices"] == []
    search = json.loads(found.record.read_text())
    assert record["mask"]["found_by"] == search["models"]["finder"]
    assert {kind: area["pixels"] for kind, area in record["kinds"].items()} == {
        "cuts": 90, "stains": 180}


def test_found_is_what_is_above_the_threshold(loaded, tmp_path, monkeypatch):
    maps = {kind: np.zeros((40, 60), np.float32) for kind in FIND_KINDS}
    maps["cuts"][5:10], maps["losses"][20:30] = 0.26, 0.24
    monkeypatch.setattr(paintings, "found", lambda painting, finder, dtype, kept: {
        kind: kept(sure) for kind, sure in maps.items()})
    path = scan_file(tmp_path / "scan.png", noise(40, 60, 3))
    found = find.find_file(path, tmp_path, precision="float32")
    mask, _ = read_mask(found.mask, read_scan(path).pixels)
    assert np.array_equal(mask, maps["cuts"] > 0)
    after, record = restored_and_record(path, tmp_path)
    assert np.array_equal((after != read_scan(path).pixels).any(axis=-1), mask)
    assert record["kinds"]["losses"]["pixels"] == 0


def test_a_picture_may_have_the_name_of_a_mask(loaded, tmp_path):
    path = damaged_scan(tmp_path / "old_mask.png")
    found = find.find_file(path, tmp_path, precision="float32")
    _, record = restored_and_record(path, tmp_path, found.mask)
    assert record["mask"]["origin"] == "found"


@pytest.mark.parametrize("name", [
    "scan_found_mask.png", "scan_found_mask_mended.tif", "scan_found_mask_by_Anna_masked.png",
])
def test_in_a_mended_mask_a_stain_is_still_a_stain(searched, tmp_path, name):
    path, found = searched
    mask = mend(found.mask, found.mask.with_name(name))
    before = read_scan(path).pixels
    after, record = restored_and_record(path, tmp_path, found.mask.with_name(name))
    assert record["mask"]["origin"] == "mended"
    stained, drawn = mask & expected("stains"), mask & ~expected("stains", "cuts")
    assert drawn.sum() == 60 and stained.sum() == 60 and (mask & expected("cuts")).sum() == 60
    assert (after[stained] == in_file(CLEANED)).all()
    assert (after[mask & ~stained] == in_file(FILLED)).all()
    assert np.array_equal(after[~mask], before[~mask])
    assert {kind: area["pixels"] for kind, area in record["kinds"].items()} == {
        "cuts": 60, "stains": 60, "drawn": 60}


def test_what_find_left_alone_counts_as_drawn_where_it_is_marked(searched, tmp_path):
    path, found = searched
    Image.fromarray(expected("writing")).save(found.mask)
    after, record = restored_and_record(path, tmp_path, found.mask)
    assert (after[expected("writing")] == in_file(FILLED)).all()
    assert record["kinds"]["drawn"]["pixels"] == 180


def test_a_mask_copied_alone_is_one_that_was_drawn(searched, tmp_path):
    path, found = searched
    alone = shutil.copy(found.mask, tmp_path)
    after, record = restored_and_record(path, tmp_path, alone)
    assert record["mask"]["origin"] == "drawn"
    assert (after[expected("cuts", "stains")] == in_file(FILLED)).all()


@pytest.mark.parametrize("record", ['{"camera": "a"}', '[{"SourceFile": "scan.png"}]'])
def test_a_record_of_another_kind_beside_a_mask_says_nothing(loaded, tmp_path, record):
    path = damaged_scan(tmp_path / "scan.png")
    (tmp_path / "scan.json").write_text(record)
    Image.fromarray(cross(40, 60)).save(tmp_path / "scan_mask.png")
    _, record = restored_and_record(path, tmp_path, tmp_path / "scan_mask.png")
    assert record["mask"]["origin"] == "drawn"


def test_a_folder_as_mask_is_refused(loaded, tmp_path, monkeypatch):
    path = damaged_scan(tmp_path / "scan.png")
    monkeypatch.chdir(tmp_path)
    for folder in (".", "/"):
        with pytest.raises(PictureError) as error:
            restored_file(path, tmp_path / "out", mask_path=Path(folder))
        assert_one_sentence(error, f"'{folder}' is a folder")


@pytest.mark.parametrize("size", [(40, 60), (30, 50)])
def test_a_mask_of_another_picture_is_refused(searched, loaded, tmp_path, size):
    _, found = searched
    other = scan_file(tmp_path / "other.png", noise(*size, 3))
    loaded.clear()
    with pytest.raises(PictureError) as error:
        restored_file(other, tmp_path / "out", mask_path=found.mask)
    assert_one_sentence(error, "scan_found_mask.png", "another picture, 'scan.png'", "'other.png'")
    assert loaded == [] and not (tmp_path / "out").exists()


@pytest.mark.parametrize("spoil, words", [
    (lambda found: found.kinds.unlink(), ["scan_found_kinds.png", "missing or was changed"]),
    (lambda found: shutil.copy(found.mask, found.kinds), ["scan_found_kinds.png", "changed"]),
    (lambda found: found.record.write_text("{"), ["scan_found.json", "cannot be read"]),
], ids=["missing", "changed", "half a record"])
def test_where_the_kinds_of_a_mask_are_lost_it_is_said(searched, tmp_path, spoil, words):
    path, found = searched
    spoil(found)
    with pytest.raises(PictureError) as error:
        restored_file(path, tmp_path / "out", mask_path=found.mask)
    assert_one_sentence(error, *words, "run inpainting.find again", "another folder")


def test_kinds_beside_a_mask_are_refused(searched, tmp_path):
    path, found = searched
    with pytest.raises(InputError) as error:
        restored_file(path, tmp_path / "out", mask_path=found.mask, kinds=("cuts",))
    assert_one_sentence(error, "all that it marks", "leave out the kinds")


def test_a_mask_that_is_stored_again_is_still_the_found_one(searched, tmp_path):
    path, found = searched
    before = found.mask.read_bytes()
    Image.open(found.mask).save(found.mask, compress_level=0)
    assert found.mask.read_bytes() != before
    _, record = restored_and_record(path, tmp_path, found.mask)
    assert record["mask"]["origin"] == "found"
