"""The restore command: picture files with what a conservator must keep."""

import json
import shutil
import subprocess
import sys

import cv2
import numpy as np
import pytest
import tifffile
from conftest import (
    CLEANED, FILLED, ORIENTATION, SRGB, assert_one_sentence, cross, damaged_noise,
    damaged_scan, expected, noise, scan_file,
)
from PIL import Image
from test_pictures import cmyk_profile_that_makes_everything_green

from inpainting import files, models, restore
from inpainting.checks import InputError, PictureError
from inpainting.files import sha256
from inpainting.models import ModelFileError
from inpainting.pictures import as_stored, read_picture, read_scan
from inpainting.restore import Restoration, main, restore_file

GOOD = noise(20, 30, 3)


def restored_file(path, folder, mask_path=None, **options):
    return restore_file(path, folder, mask_path, precision="float32", **options)


@pytest.mark.parametrize("shape", [(40, 60, 3), (40, 60)], ids=["colour", "grey"])
@pytest.mark.parametrize("name, kind, ending", [
    ("scan.tif", "uint8", ".tif"),
    ("scan.tif", "uint16", ".tif"),
    ("scan.png", "uint8", ".png"),
    ("scan.jpg", "uint8", ".png"),
])
def test_a_file_keeps_depth_colours_profile_and_resolution(
    loaded, tmp_path, name, kind, ending, shape
):
    path = scan_file(tmp_path / name, damaged_noise(*shape, kind=kind))
    before = read_scan(path)
    assert before.pixels.dtype == kind and before.pixels.shape == shape
    content = path.read_bytes()
    files = restored_file(path, tmp_path / "out")
    after = read_scan(files.picture)
    repainted = cv2.imread(str(files.damage_map), cv2.IMREAD_UNCHANGED) > 127
    assert files.picture.suffix == ending and path.read_bytes() == content
    assert after.pixels.dtype == kind and after.pixels.shape == shape
    assert np.array_equal(after.pixels[~repainted], before.pixels[~repainted])
    assert repainted.any() and (after.pixels != before.pixels)[repainted].any()
    assert before.icc_profile == after.icc_profile == SRGB
    assert np.allclose([before.dpi, after.dpi], (300, 200), atol=0.02)


def test_16_bits_are_those_that_tifffile_wrote_and_reads(loaded, tmp_path):
    picture = damaged_noise(40, 60, 3, kind="uint16")
    files = restored_file(scan_file(tmp_path / "scan.tif", picture), tmp_path)
    found, mask = tifffile.imread(files.picture), cross(40, 60)
    assert found.dtype == np.uint16 and np.array_equal(found[~mask], picture[~mask])
    assert np.array_equal(found[mask][0], as_stored(FILLED, "uint16"))


def test_a_16_bit_png_becomes_tiff(loaded, tmp_path):
    picture = damaged_noise(40, 60, 3, kind="uint16")
    cv2.imwrite(str(tmp_path / "scan.png"), picture[..., ::-1])
    files = restored_file(tmp_path / "scan.png", tmp_path)
    found, mask = tifffile.imread(files.picture), cross(40, 60)
    assert files.picture.name == "scan_restored.tif"
    assert np.array_equal(found[~mask], picture[~mask])


@pytest.mark.parametrize("name", ["scan.jpg", "scan.png", "scan.tif"])
def test_a_turned_picture_is_turned_once(loaded, tmp_path, name):
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    picture = damaged_noise(40, 60, 3)
    if name.endswith("tif"):
        scan_file(tmp_path / name, picture, extratags=[(ORIENTATION, "H", 1, 6, True)])
    else:
        scan_file(tmp_path / name, picture, exif=exif)
    files = restored_file(tmp_path / name, tmp_path)
    after, sound = read_scan(files.picture), np.rot90(~cross(40, 60), -1)
    assert after.pixels.shape == (60, 40, 3) and np.allclose(after.dpi, (200, 300), atol=0.02)
    if name != "scan.jpg":
        assert np.array_equal(after.pixels[sound], np.rot90(picture, -1)[sound])
    with Image.open(files.picture) as image:
        assert image.size == (40, 60) and image.getexif().get(ORIENTATION, 1) == 1
    assert read_picture(files.damage_map).shape == (60, 40, 3)


def test_a_profile_of_inks_does_not_stay_with_the_colours_it_was_converted_to(loaded, tmp_path):
    profile = cmyk_profile_that_makes_everything_green()
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(tmp_path / "a.jpg", icc_profile=profile)
    scan = read_scan(tmp_path / "a.jpg")
    assert scan.icc_profile is None and scan.dpi is None and scan.pixels.dtype == np.uint8
    restored = read_scan(restored_file(tmp_path / "a.jpg", tmp_path).picture)
    assert restored.pixels.shape == (16, 16, 3)


def test_a_float_scan_stays_float(loaded, tmp_path):
    picture = damaged_noise(40, 60, kind="float32")
    files = restored_file(scan_file(tmp_path / "scan.tif", picture), tmp_path)
    found, mask = tifffile.imread(files.picture), cross(40, 60)
    assert found.dtype == np.float32 and np.array_equal(found[~mask], picture[~mask])


# A draft


def restored_and_record(path, folder, *arguments, **options):
    files = restored_file(path, folder, *arguments, **options)
    return read_scan(files.picture).pixels, json.loads(files.record.read_text())


def in_file(colour):
    return as_stored(colour.copy(), "uint8")


def test_a_draft_repairs_what_is_loss_for_certain_each_as_it_needs_it(loaded, tmp_path):
    path = damaged_scan(tmp_path / "scan.tif")
    before = read_scan(path).pixels
    after, record = restored_and_record(path, tmp_path)
    assert (after[expected("cuts")] == in_file(FILLED)).all()
    assert (after[expected("stains")] == in_file(CLEANED)).all()
    repaired = expected("cuts", "stains")
    assert np.array_equal(after[~repaired], before[~repaired]), "writing is left alone"
    assert record["mode"] == "draft" and record["mask"] is None
    assert record["notices"] == ["This is a draft: nobody has checked the map of the damage."]
    assert record["kinds"]["stains"] == {
        "pixels": 180, "per_cent": 7.5, "cm2": pytest.approx(180 * 2.54**2 / 60000, abs=1e-4),
        "repaired": True,
    }
    assert record["kinds"]["writing"]["pixels"] == 180
    assert [kind for kind, found in record["kinds"].items() if not found["repaired"]] == [
        "craquelure", "writing"]


def test_a_draft_repairs_the_kinds_that_are_named(loaded, tmp_path):
    path = damaged_scan(tmp_path / "scan.png")
    before = read_scan(path).pixels
    after, record = restored_and_record(path, tmp_path, kinds=("writing",))
    assert np.array_equal((after != before).any(axis=-1), expected("writing"))
    assert record["kinds"]["writing"]["repaired"] and not record["kinds"]["cuts"]["repaired"]
    assert loaded == ["finder_192x192", "filler_192x192"]


def test_where_nothing_is_found_the_picture_stays_and_the_record_says_so(loaded, tmp_path, capsys):
    path = scan_file(tmp_path / "scan.png", noise(40, 60, 3))
    main([str(path), "-o", str(tmp_path), "--precision", "float32"])
    assert np.array_equal(read_scan(tmp_path / "scan_restored.png").pixels, noise(40, 60, 3))
    record = json.loads((tmp_path / "scan_restored.json").read_text())
    assert record["notices"][1] == "No such damage was found; the picture is as it was."
    assert capsys.readouterr().out.splitlines()[:2] == record["notices"]


def test_the_record_says_what_was_done(loaded, tmp_path):
    picture = noise(40, 60, 3)
    picture[5:8, 10:20] = picture[30, 50] = 0
    path = scan_file(tmp_path / "scan.tif", picture)
    files = restored_file(path, tmp_path)
    record = json.loads(files.record.read_text())
    assert record["picture"] == {"file": "scan.tif", "sha256": sha256(path)}
    assert record["restored"] == {"file": "scan_restored.tif", "sha256": sha256(files.picture)}
    assert record["damage_map"] == {
        "file": "scan_restored_damage.png", "sha256": sha256(files.damage_map),
    }
    assert record["repainted"] == {
        "pixels": 31,
        "of": {"width": 60, "height": 40},
        "fraction": 31 / 2400,
        "regions": 2,
        "largest_regions": [
            {"left": 10, "top": 5, "width": 10, "height": 3, "pixels": 30},
            {"left": 50, "top": 30, "width": 1, "height": 1, "pixels": 1},
        ],
    }
    assert record["models"] == {
        network: [
            {"file": name, "sha256": sha256(models.MODEL_DATA / name)}
            for name in (f"{network}_192x192.json", f"{network}_192x192.weights.h5")
        ]
        for network in ("finder", "filler")  # nothing was cleaned
    }
    assert record["settings"] == {
        "precision": "float32", "tile": 640, "overlap": 64, "found_above": 0.25,
        "looks": ["picture", "mirror image"]}
    assert {"version", "software", "date"} <= set(record)
    assert np.array_equal(read_picture(files.damage_map)[..., 0] > 0.5, picture.max(axis=-1) == 0)


# Files


def test_nothing_is_ever_overwritten(loaded, tmp_path):
    path = scan_file(tmp_path / "scan.png", damaged_noise(40, 60, 3))
    first = restored_file(path, tmp_path)
    contents = {file: file.read_bytes() for file in [path, *first]}
    assert [file.name for file in first] == [
        "scan_restored.png", "scan_restored_damage.png", "scan_restored.json"]
    second = restored_file(path, tmp_path)
    assert [file.name for file in second] == [
        "scan_restored_2.png", "scan_restored_2_damage.png", "scan_restored_2.json"]
    assert {file: file.read_bytes() for file in contents} == contents
    assert sorted(tmp_path.iterdir()) == sorted([path, *first, *second])


@pytest.mark.parametrize("trouble", [KeyboardInterrupt, OSError])
def test_an_interruption_leaves_nothing_behind(loaded, tmp_path, monkeypatch, trouble):
    def fail(path, *_):
        assert path.parent.parent == tmp_path / "out", "a file can only be moved inside one disk"
        path.write_bytes(b"half a picture")
        if path.name.endswith("_damage.png"):
            raise trouble("stop")

    monkeypatch.setattr(restore, "write_picture", fail)
    path = scan_file(tmp_path / "scan.png", damaged_noise(40, 60, 3))
    with pytest.raises(PictureError if trouble is OSError else trouble):
        restored_file(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    (tmp_path / "out").mkdir()
    with pytest.raises(PictureError if trouble is OSError else trouble):
        restored_file(path, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def mask_file(path, mask):
    Image.fromarray(mask).save(path)


def test_wrong_files_are_refused_before_any_work(loaded, tmp_path):
    path = scan_file(tmp_path / "scan.png", damaged_noise(40, 60, 3))
    (tmp_path / "text.png").write_text("not a picture")
    mask_file(tmp_path / "small.png", cross(20, 30))
    mask_file(tmp_path / "inverted.png", ~cross(40, 60))
    mask_file(tmp_path / "black.png", cross(40, 60) & False)
    for picture, mask, words in [
        ("missing.png", None, ["missing.png"]),
        ("text.png", None, ["text.png", "cannot be read"]),
        ("scan.png", "text.png", ["text.png", "cannot be read"]),
        ("scan.png", "small.png", ["small.png", "30 x 20", "60 x 40"]),
        ("scan.png", "inverted.png", ["inverted.png", "white", "invert"]),
        ("scan.png", "black.png", ["black.png", "marks 0%", "white"]),
    ]:
        with pytest.raises(PictureError) as error:
            restored_file(tmp_path / picture, tmp_path / "out", mask_path=mask and tmp_path / mask)
        assert_one_sentence(error, *words)
    with pytest.raises(PictureError) as error:
        restored_file(path, tmp_path / "text.png")
    assert_one_sentence(error, "text.png", "cannot be written to", "another folder")
    assert loaded == [] and not (tmp_path / "out").exists()


@pytest.mark.parametrize("options, words", [
    ({"kinds": ("cracks",)}, ["'cracks' is no kind of damage", "craquelure"]),
    ({"filler": "unet_64x64"}, ["no model 'unet_64x64'", "filler_192x192"]),
    ({"cleaner": "filler_192x192"}, ["'filler_192x192' is no cleaner", "cleaner_192x192"]),
])
def test_unknown_kinds_and_networks_are_refused_in_one_sentence(loaded, tmp_path, options, words):
    with pytest.raises(InputError) as error:
        restored_file(scan_file(tmp_path / "a.png", GOOD), tmp_path / "out", **options)
    assert_one_sentence(error, *words)
    assert isinstance(error.value, ModelFileError) == ("kinds" not in options)
    assert not (tmp_path / "out").exists()


def test_a_full_disk_is_said_before_any_work(loaded, tmp_path, monkeypatch):
    path = damaged_scan(tmp_path / "scan.png")
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(files.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(PictureError) as error:
        restored_file(path, tmp_path / "out")
    assert_one_sentence(error, "less free space", "another folder")
    assert loaded == [] and not (tmp_path / "out").exists()


# The command


def test_find_and_restore_in_processes_of_their_own(stand_in_files, tmp_path):
    """With networks of the reader's own, by path."""
    folder, _ = stand_in_files
    path = damaged_scan(tmp_path / "scan.tif")
    out = tmp_path / "out"

    def command(name, *arguments):
        done = subprocess.run(
            [sys.executable, "-m", f"inpainting.{name}", "scan.tif", "-o", "out", "--precision",
             "float32", *arguments],
            cwd=tmp_path, capture_output=True, text=True, timeout=300,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    printed = command("find", "--finder", str(folder / "finder_192x192"))
    assert "out/scan_found_mask.png" in printed and "in the mask" in printed
    printed = command(
        "restore", "--mask", "out/scan_found_mask.png",
        "--filler", str(folder / "filler_192x192"),
        "--cleaner", str(folder / "cleaner_192x192.json"),
    )
    assert printed.startswith("The mask was found.") and "270 pixels repainted (11.25%)" in printed
    files = Restoration(
        *(out / f"scan_restored{end}" for end in (".tif", "_damage.png", ".json")))
    assert all(f"out/{file.name}" in printed for file in files)
    after, before = tifffile.imread(files.picture), tifffile.imread(path)
    assert np.array_equal((after != before).any(axis=-1), expected("cuts", "stains"))


def test_the_command_says_what_could_not_be_kept(loaded, tmp_path, capsys):
    picture = damaged_noise(40, 60, 3)
    exif = Image.Exif()
    exif[ORIENTATION] = 4
    scan_file(tmp_path / "scan.png", np.dstack([picture, np.full((40, 60), 255, np.uint8)]))
    Image.fromarray(np.flipud(cross(40, 60))).save(tmp_path / "mask.png", exif=exif)
    scan, mask, out = (str(tmp_path / name) for name in ("scan.png", "mask.png", "out"))
    main([scan, "--mask", mask, "-o", out, "--precision", "float32"])
    notices = [
        "'scan.png': its alpha channel, which hides nothing, is left out.",
        "'mask.png': turned upright and mirrored, as its orientation tag asks.",
    ]
    record = json.loads((tmp_path / "out" / "scan_restored.json").read_text())
    assert record["notices"] == notices
    assert capsys.readouterr().out.splitlines()[:3] == ["The mask was drawn.", *notices]


def test_the_record_holds_the_checksum_of_what_was_read(
    loaded, stand_in_files, tmp_path, monkeypatch
):
    """Even if the files are replaced while the network is at work."""
    path, mask = scan_file(tmp_path / "scan.png", noise(40, 60, 3)), tmp_path / "mask.png"
    Image.fromarray(cross(40, 60)).save(mask)
    sums = sha256(path), sha256(mask)

    def replace(*_, **__):
        path.write_bytes(b"another picture")
        mask.unlink()
        return {"filler": stand_in_files[1]["filler_192x192"]}, "float32"

    monkeypatch.setattr(restore, "load_specialists", replace)
    files = restored_file(path, tmp_path, mask_path=mask)
    record = json.loads(files.record.read_text())
    assert (record["picture"]["sha256"], record["mask"]["sha256"]) == sums


def test_a_picture_in_which_all_seems_damaged_is_refused_by_name(loaded, tmp_path):
    path = scan_file(tmp_path / "black.png", np.zeros((40, 60, 3), np.uint8))
    with pytest.raises(PictureError) as error:
        restored_file(path, tmp_path / "out")
    assert_one_sentence(error, "black.png", "100%", "mask")
    assert not (tmp_path / "out").exists()
