"""The restore command: picture files with what a conservator must keep."""

import hashlib
import json
import subprocess
import sys

import cv2
import keras
import numpy as np
import pytest
import skimage.data
import tifffile
from conftest import (
    ORIENTATION, SRGB, assert_one_sentence, cross, damaged_noise, noise, scan_file,
)
from PIL import Image
from test_pictures import cmyk_profile_that_makes_everything_green

import inpainting
from inpainting import restore
from inpainting.checks import InputError, PictureError
from inpainting.damage import segments
from inpainting.models import MODEL_DATA
from inpainting.pictures import as_stored, read_picture, read_scan
from inpainting.restore import Restoration, main, restore_file


GOOD = noise(20, 30, 3)


@pytest.fixture(scope="module")
def damaged():
    """A photograph of 300 x 420 pixels with cuts: sound, damaged, mask."""
    sound = skimage.data.coffee()[:300, :420] / np.float32(255)
    return sound, *segments(sound, np.random.default_rng(0), number=(15, 15), thickness=(1, 4))


def restored_file(path, folder, **options):
    return restore_file(path, folder, precision="float32", **options)


@pytest.mark.parametrize("shape", [(40, 60, 3), (40, 60)], ids=["colour", "grey"])
@pytest.mark.parametrize("name, kind, ending", [
    ("scan.tif", "uint8", ".tif"),
    ("scan.tif", "uint16", ".tif"),
    ("scan.png", "uint8", ".png"),
    ("scan.jpg", "uint8", ".png"),
])
def test_a_file_keeps_depth_colours_profile_and_resolution(
    painter, tmp_path, name, kind, ending, shape
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


def test_16_bits_are_those_that_tifffile_wrote_and_reads(painter, tmp_path):
    picture = damaged_noise(40, 60, 3, kind="uint16")
    files = restored_file(scan_file(tmp_path / "scan.tif", picture), tmp_path)
    found, mask = tifffile.imread(files.picture), cross(40, 60)
    assert found.dtype == np.uint16 and np.array_equal(found[~mask], picture[~mask])
    assert np.array_equal(found[mask][0], as_stored(painter.colour, "uint16"))


def test_a_16_bit_png_becomes_tiff(painter, tmp_path):
    picture = damaged_noise(40, 60, 3, kind="uint16")
    cv2.imwrite(str(tmp_path / "scan.png"), picture[..., ::-1])
    files = restored_file(tmp_path / "scan.png", tmp_path)
    found, mask = tifffile.imread(files.picture), cross(40, 60)
    assert files.picture.name == "scan_restored.tif"
    assert np.array_equal(found[~mask], picture[~mask])


@pytest.mark.parametrize("name", ["scan.jpg", "scan.png", "scan.tif"])
def test_a_turned_picture_is_turned_once(painter, tmp_path, name):
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


def test_a_profile_of_inks_does_not_stay_with_the_colours_it_was_converted_to(painter, tmp_path):
    profile = cmyk_profile_that_makes_everything_green()
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(tmp_path / "a.jpg", icc_profile=profile)
    scan = read_scan(tmp_path / "a.jpg")
    assert scan.icc_profile is None and scan.dpi is None and scan.pixels.dtype == np.uint8
    restored = read_scan(restored_file(tmp_path / "a.jpg", tmp_path).picture)
    assert restored.pixels.shape == (16, 16, 3)


def test_a_float_scan_stays_float(painter, tmp_path):
    picture = damaged_noise(40, 60, kind="float32")
    files = restored_file(scan_file(tmp_path / "scan.tif", picture), tmp_path)
    found, mask = tifffile.imread(files.picture), cross(40, 60)
    assert found.dtype == np.float32 and np.array_equal(found[~mask], picture[~mask])


def checksum(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_record_says_what_was_done(painter, tmp_path):
    picture = noise(40, 60, 3)
    picture[5:8, 10:20] = picture[30, 50] = 0
    path = scan_file(tmp_path / "scan.tif", picture)
    files = restored_file(path, tmp_path)
    record = json.loads(files.record.read_text())
    assert record["picture"] == {"file": "scan.tif", "sha256": checksum(path)}
    assert record["restored"] == {"file": "scan_restored.tif", "sha256": checksum(files.picture)}
    assert record["damage_map"] == {
        "file": "scan_restored_damage.png", "sha256": checksum(files.damage_map),
    }
    assert record["mode"] == "blind" and record["mask"] is None
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
    names = ["unet_192x192_damages.json", "unet_192x192_damages.weights.h5"]
    assert record["model"] == [
        {"file": name, "sha256": checksum(MODEL_DATA / name)} for name in names
    ]
    assert record["settings"] == {
        "precision": "float32", "tile": 640, "overlap": 64, "found_above": 0.3}
    assert len(painter.seen) == 2, "the second pass fills what the first one has found"
    backend = keras.backend.backend()
    assert {"python", "keras", "numpy", "pillow", backend} == set(record["software"])
    assert record["date"].endswith("+00:00")
    assert np.array_equal(read_picture(files.damage_map)[..., 0] > 0.5, picture.max(axis=-1) == 0)


def test_the_record_lists_the_largest_regions():
    spots = np.zeros((300, 300), bool)
    spots[::4, ::4] = spots[100:110, 101:103] = True
    found = restore.where_repainted(spots)
    assert found["pixels"] == spots.sum() and found["regions"] > 1000
    assert len(found["largest_regions"]) == restore.REGIONS_LISTED
    assert found["largest_regions"][0]["pixels"] > found["largest_regions"][1]["pixels"] == 1


def test_a_mask_tells_where_the_damage_is(painter, tmp_path):
    picture, mask = noise(40, 60, 3), cross(40, 60)
    path = scan_file(tmp_path / "scan.png", picture)
    Image.fromarray(mask).save(tmp_path / "mask.png")
    files = restored_file(path, tmp_path, mask_path=tmp_path / "mask.png", model="unet_32x32")
    after, record = read_scan(files.picture).pixels, json.loads(files.record.read_text())
    assert np.array_equal((after != picture).any(axis=-1), mask)
    assert record["mode"] == "told" and record["repainted"]["pixels"] == mask.sum()
    assert len(painter.seen) == 1 and record["model"][0]["file"] == "unet_32x32.json"
    assert record["mask"] == {"file": "mask.png", "sha256": checksum(tmp_path / "mask.png")}


def test_nothing_is_ever_overwritten(painter, tmp_path):
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
def test_an_interruption_leaves_nothing_behind(painter, tmp_path, monkeypatch, trouble):
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


def test_wrong_files_are_refused_before_any_work(painter, tmp_path):
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
    assert painter.seen == [] and not (tmp_path / "out").exists()


def test_the_command(tmp_path, damaged):
    """In a process of its own, with the shipped model."""
    _, picture, mask = damaged
    path = scan_file(tmp_path / "scan.tif", as_stored(picture, "uint16"))
    done = subprocess.run(
        [sys.executable, "-m", "inpainting.restore", str(path), "-o", str(tmp_path / "out"),
         "--model", "unet_32x32"],
        cwd=tmp_path, capture_output=True, text=True, timeout=300,
    )
    assert done.returncode == 0, done.stderr
    endings = ".tif", "_damage.png", ".json"
    files = Restoration(*(tmp_path / "out" / f"scan_restored{end}" for end in endings))
    assert all(str(file) in done.stdout for file in files) and "pixels repainted (" in done.stdout
    assert sorted((tmp_path / "out").iterdir()) == sorted(files)
    repainted = read_picture(files.damage_map)[..., 0] > 0.5
    assert (repainted & mask).sum() / (repainted | mask).sum() > 0.9
    stored = as_stored(picture, "uint16")
    assert np.array_equal(tifffile.imread(files.picture)[~repainted], stored[~repainted])
    record = json.loads(files.record.read_text())
    assert record["settings"]["precision"] in ("float32", "mixed_bfloat16")
    assert record["repainted"]["pixels"] == repainted.sum()


def test_the_command_refuses_in_one_sentence(tmp_path):
    path = str(scan_file(tmp_path / "a.png", GOOD))
    for arguments, word in [
        (["missing.png"], "missing.png"),
        ([path, "--model", "unet_64x64", "-o", str(tmp_path)], "unet_64x64"),
    ]:
        with pytest.raises(InputError) as error:
            main(arguments)
        assert word in str(error.value) and "\n" not in str(error.value)


def test_the_command_says_what_could_not_be_kept(painter, tmp_path, capsys):
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
    assert capsys.readouterr().out.splitlines()[:2] == notices


def test_the_record_holds_the_checksum_of_what_was_read(painter, tmp_path, monkeypatch):
    """Even if the files are replaced while the network is at work."""
    path, mask = scan_file(tmp_path / "scan.png", noise(40, 60, 3)), tmp_path / "mask.png"
    Image.fromarray(cross(40, 60)).save(mask)
    sums = checksum(path), checksum(mask)

    def replace(*_, **__):
        path.write_bytes(b"another picture")
        mask.unlink()
        return painter

    monkeypatch.setattr(restore, "load_model", replace)
    files = restored_file(path, tmp_path, mask_path=mask)
    record = json.loads(files.record.read_text())
    assert (record["picture"]["sha256"], record["mask"]["sha256"]) == sums


def test_a_picture_in_which_all_seems_damaged_is_refused_by_name(painter, tmp_path):
    path = scan_file(tmp_path / "black.png", np.zeros((40, 60, 3), np.uint8))
    with pytest.raises(PictureError) as error:
        restored_file(path, tmp_path / "out")
    assert_one_sentence(error, "black.png", "100%", "mask")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("there", [True, False])
def test_the_version_is_that_of_the_code(monkeypatch, tmp_path, there):
    if not there:
        monkeypatch.setattr(restore, "__file__", str(tmp_path / "a" / "b" / "restore.py"))
    version, _, commit = restore.version().partition(", commit ")
    assert version == inpainting.__version__
    assert bool(commit) == (there and (MODEL_DATA.parent / ".git").exists())
