"""The find command: mask, kinds, condition map and record of a picture file."""

import json

import numpy as np
import pytest
from conftest import (
    BLUE, assert_one_sentence, damaged_parts, damaged_scan, expected, noise, scan_file,
)
from matplotlib.colors import to_rgb
from PIL import Image

from inpainting import files, find
from inpainting.checks import InputError, PictureError
from inpainting.files import sha256
from inpainting.find import find_file, main
from inpainting.find_and_fill.networks import FIND_KINDS
from inpainting.marks import read_marks
from inpainting.models import ModelFileError
from inpainting.pictures import as_stored, read_mask, read_picture, read_scan
from inpainting.plots import KIND_COLOURS


def found_in(path, folder, **options):
    found = find_file(path, folder, precision="float32", **options)
    return found, json.loads(found.record.read_text())


def test_the_mask_proposes_what_is_loss_for_certain_and_the_kinds_say_all(loaded, tmp_path):
    path = damaged_scan(tmp_path / "scan.tif")
    content = path.read_bytes()
    found, record = found_in(path, tmp_path / "out")
    assert sorted((tmp_path / "out").iterdir()) == sorted(found)
    assert [file.name for file in found] == [
        "scan_found_mask.png", "scan_found_kinds.png", "scan_found_condition.png",
        "scan_found.json",
    ]
    mask, scan = read_mask(found.mask, read_scan(path).pixels)
    assert np.array_equal(mask, expected("cuts", "stains"))
    assert np.allclose(scan.dpi, (300, 200), atol=0.02)
    for kind, of_kind in read_marks(found.kinds, FIND_KINDS).items():
        assert np.array_equal(of_kind, expected(*{kind} & set(damaged_parts())))
    assert [kind for kind in FIND_KINDS if record["kinds"][kind]["in_mask"]] == [
        "cuts", "scratches", "losses", "stains"]
    assert path.read_bytes() == content and loaded == ["finder_192x192"]


def test_the_record_says_how_much_was_found_of_each_kind(loaded, stand_in_files, tmp_path):
    path = damaged_scan(tmp_path / "scan.tif")
    found, record = found_in(path, tmp_path)
    assert record["picture"] == {"file": "scan.tif", "sha256": sha256(path)}
    assert record["mode"] == "found" and record["notices"] == []
    assert record["size"] == {"width": 60, "height": 40}
    assert record["dpi"] == pytest.approx([300, 200], abs=0.02)
    assert record["kinds"]["cuts"] == {
        "pixels": 90, "per_cent": 3.75, "cm2": pytest.approx(90 * 2.54**2 / 60000, abs=1e-4),
        "in_mask": True,
    }
    assert record["kinds"]["writing"]["pixels"] == 180 and not record["kinds"]["writing"]["in_mask"]
    assert record["kinds"]["losses"]["pixels"] == 0
    for key, file in (
        ("mask", found.mask), ("kinds_map", found.kinds), ("condition_map", found.condition_map),
    ):
        assert record[key] == {"file": file.name, "sha256": sha256(file)}
    names = ["finder_192x192.json", "finder_192x192.weights.h5"]
    assert record["models"] == {"finder": [
        {"file": name, "sha256": sha256(stand_in_files[0] / name)} for name in names]}
    assert record["settings"] == {
        "precision": "float32", "tile": 640, "overlap": 64, "found_above": 0.25,
        "looks": ["picture", "mirror image"]}
    assert {"version", "software", "date"} <= set(record)


def test_without_a_resolution_no_area_in_cm2(loaded, tmp_path):
    Image.fromarray(noise(40, 60, 3)).save(tmp_path / "scan.png")
    _, record = found_in(tmp_path / "scan.png", tmp_path)
    assert record["dpi"] is None and "cm2" not in record["kinds"]["cuts"]


def test_the_mask_proposes_the_kinds_that_are_named(loaded, tmp_path):
    path = damaged_scan(tmp_path / "scan.png")
    found, record = found_in(path, tmp_path, kinds=("writing", "cuts"))
    mask, _ = read_mask(found.mask, read_scan(path).pixels)
    assert np.array_equal(mask, expected("cuts", "writing"))
    assert record["kinds"]["writing"]["in_mask"] and not record["kinds"]["stains"]["in_mask"]


def colours_in(picture):
    """How many pixels have the colour of each kind."""
    return {
        kind: (np.abs(picture - np.float32(to_rgb(KIND_COLOURS[kind]))).max(axis=-1) < 0.01).sum()
        for kind in ("stains", "writing", "losses")
    }


def test_the_condition_map_shows_each_kind_in_its_colour(loaded, tmp_path, monkeypatch):
    labels = {}
    draw = find.plots.condition_map

    def recorded(picture, masks, texts):
        labels.update(texts)
        return draw(picture, masks, texts)

    monkeypatch.setattr(find.plots, "condition_map", recorded)
    found, _ = found_in(damaged_scan(tmp_path / "scan.png"), tmp_path)
    shown = read_picture(found.condition_map)
    assert shown.shape[1] == 800, "a small picture is shown large enough for the legend"
    painting, legend = shown[: round(800 * 40 / 60)], shown[round(800 * 40 / 60):]
    pixel = (800 / 60) ** 2
    places = colours_in(painting)
    assert places["stains"] == pytest.approx(180 * pixel, rel=0.1)
    assert places["writing"] == pytest.approx(180 * pixel, rel=0.1) and places["losses"] == 0
    assert min(colours_in(legend)[kind] for kind in ("stains", "writing")) > 50
    sound = painting[-20:, -20:]
    assert np.ptp(sound, axis=-1).max() < 0.01, "the painting is grey"
    assert labels == {
        "cuts": "cuts 3.75 %", "stains": "stains 7.50 %", "writing": "writing 7.50 %, left alone"}


def test_the_condition_map_of_a_large_scan_is_reduced_and_no_damage_is_lost(
    loaded, tmp_path, monkeypatch
):
    monkeypatch.setattr(find, "CONDITION_MAP_SIDE", 900)
    picture = np.full((30, 2700, 3), 128, np.uint8)
    picture[11, 1501] = as_stored(BLUE.copy(), "uint8")
    found, _ = found_in(scan_file(tmp_path / "scan.png", picture), tmp_path)
    shown = read_picture(found.condition_map)
    assert shown.shape[1] == 900 and colours_in(shown[:10])["stains"] >= 1


@pytest.mark.parametrize("picture, words", [
    (noise(40, 60, 3), "No such damage was found; the mask is black"),
    (np.zeros((40, 60, 3), np.uint8), "marks 100% of the picture, more than is filled"),
])
def test_nothing_and_too_much_are_written_down_and_said(loaded, tmp_path, capsys, picture, words):
    path = scan_file(tmp_path / "scan.png", picture)
    main([str(path), "-o", str(tmp_path), "--precision", "float32"])
    record = json.loads((tmp_path / "scan_found.json").read_text())
    assert len(record["notices"]) == 1 and words in record["notices"][0]
    assert capsys.readouterr().out.startswith(record["notices"][0])
    assert (tmp_path / "scan_found_condition.png").exists()
    mask = read_picture(tmp_path / "scan_found_mask.png")
    assert mask.mean() == (picture.max() == 0)


def test_nothing_is_ever_overwritten(loaded, tmp_path):
    path = damaged_scan(tmp_path / "scan.png")
    first, _ = found_in(path, tmp_path)
    contents = {file: file.read_bytes() for file in [path, *first]}
    second, record = found_in(path, tmp_path)
    assert [file.name for file in second] == [
        "scan_found_2_mask.png", "scan_found_2_kinds.png", "scan_found_2_condition.png",
        "scan_found_2.json",
    ]
    assert record["mask"]["file"] == "scan_found_2_mask.png"
    assert {file: file.read_bytes() for file in contents} == contents


@pytest.mark.parametrize("trouble", [KeyboardInterrupt, OSError])
def test_an_interruption_leaves_nothing_behind(loaded, tmp_path, monkeypatch, trouble):
    def fail(path, *_):
        path.write_bytes(b"half a picture")
        raise trouble("stop")

    monkeypatch.setattr(find, "write_condition_map", fail)
    path = damaged_scan(tmp_path / "scan.png")
    with pytest.raises(PictureError if trouble is OSError else trouble):
        found_in(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_full_disk_is_said_before_any_work(loaded, tmp_path, monkeypatch):
    path = damaged_scan(tmp_path / "scan.png")
    usage = files.shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(files.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(PictureError) as error:
        found_in(path, tmp_path / "out")
    assert_one_sentence(error, "less free space", "another folder")
    assert loaded == [] and not (tmp_path / "out").exists()


@pytest.mark.parametrize("options, words", [
    ({"kinds": ("cuts", "cracks")}, ["'cracks' is no kind of damage", "craquelure"]),
    ({"kinds": ()}, ["no kind of damage is named", "craquelure"]),
    ({"finder": "finder_64x64"}, ["no model 'finder_64x64'", "finder_192x192"]),
    ({"finder": "filler_192x192"}, ["'filler_192x192' is no finder", "finder_192x192"]),
])
def test_unknown_kinds_and_networks_are_refused_in_one_sentence(loaded, tmp_path, options, words):
    with pytest.raises(InputError) as error:
        found_in(damaged_scan(tmp_path / "scan.png"), tmp_path / "out", **options)
    assert_one_sentence(error, *words)
    assert isinstance(error.value, ModelFileError) == ("finder" in options)
    assert not (tmp_path / "out").exists()


def test_the_command_prints_the_areas_and_the_files(loaded, tmp_path, capsys):
    path = damaged_scan(tmp_path / "scan.png")
    main([str(path), "-o", str(tmp_path), "--kinds", "cuts", "stains", "--precision", "float32"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["cuts", "3.750", "%", "0.01", "cm2", "in", "the", "mask"]
    assert lines[3].split()[-2:] == lines[5].split()[-2:] == ["left", "alone"]
    assert lines[6:] == [str(tmp_path / f"scan_found{end}") for end in find.ENDINGS]
