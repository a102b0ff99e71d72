"""Restoring whole paintings: tiles, masks, and picture files with what a conservator must keep."""

import hashlib
import json
import subprocess
import sys
import time
import tracemalloc

import cv2
import keras
import numpy as np
import pytest
import skimage.data
import tifffile
from PIL import Image, ImageCms
from test_data import assert_one_sentence, cmyk_profile_that_makes_everything_green

from inpainting import models, restore, tiles
from inpainting.checks import PictureError
from inpainting.damage import segments
from inpainting.models import MODEL_DATA, faster_to_restore, load_model
from inpainting.pictures import as_stored, read_picture, read_scan
from inpainting.restore import Restoration, main, restore_file
from inpainting.tiles import blended_rows, find_and_fill, restore_painting, tiles_along

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
ORIENTATION = 274


class Painter:
    """Stands for a network: takes pure black for damage, and paints it with one colour."""

    def __init__(self, colour=(0.8, 0.4, 0.2)):
        self.colour, self.seen = np.float32(colour), []

    def predict_on_batch(self, batch):
        assert batch.dtype == np.float32 and batch.shape[1] % 16 == batch.shape[2] % 16 == 0
        self.seen.append(batch.shape)
        damage = (batch.max(axis=-1, keepdims=True) == 0).astype(np.float32)
        return {"restored": batch + damage * self.colour, "damage": damage}


@pytest.fixture
def painter(monkeypatch):
    painter = Painter()
    monkeypatch.setattr(restore, "load_model", lambda *_, **__: painter)
    return painter


@pytest.fixture(scope="module")
def shipped():
    return load_model("unet_32x32")


@pytest.fixture(scope="module")
def damaged():
    """A photograph of 300 x 420 pixels with cuts: sound, damaged, mask."""
    sound = skimage.data.coffee()[:300, :420] / np.float32(255)
    return sound, *segments(sound, np.random.default_rng(0), number=(15, 15), thickness=(1, 4))


@pytest.fixture
def small_tiles(monkeypatch):
    monkeypatch.setattr(tiles, "TILE", 208)


def noise(*shape, kind="uint8"):
    """A picture without black."""
    numbers = np.random.default_rng(0).uniform(0.1, 1, shape).astype(np.float32)
    return as_stored(numbers, kind)


def cross(height, width):
    mask = np.zeros((height, width), bool)
    mask[height // 3 : height // 3 + 3] = mask[:, width // 2] = True
    return mask


# Tiles


@pytest.mark.parametrize("side", [1, 16, 17, 640, 641, 1200, 5000])
def test_tiles_cover_a_side_and_their_weights_add_up_to_1(side):
    tiles = tiles_along(side)
    total = np.zeros(tiles[-1][0] + len(tiles[-1][1]))
    for start, weights in tiles:
        assert start % 16 == 0 and len(weights) % 16 == 0 and 16 <= len(weights) <= restore.TILE
        total[start : start + len(weights)] += weights
    assert side <= len(total) < side + 16
    assert np.abs(total - 1).max() < 1e-6
    assert len(tiles) <= max(1, 1 + side // (restore.TILE - restore.OVERLAP))


def blended(model, picture, mask=None):
    return np.concatenate([rows for _, rows in blended_rows(model, picture, mask)])


def abutting(side):
    return [(start, np.ones(min(208, side - start), np.float32)) for start in range(0, side, 208)]


def test_no_seam_shows(shipped, damaged, small_tiles, monkeypatch):
    """Tiled and in one piece, the network paints the same; with plain tiles, it would not."""
    _, picture, mask = damaged
    picture, mask = picture[:288, :416], mask[:288, :416]
    tiled, tiled_told = blended(shipped, picture), blended(shipped, picture, mask)
    monkeypatch.setattr(tiles, "tiles_along", abutting)
    plain = blended(shipped, picture)
    monkeypatch.setattr(tiles, "tiles_along", lambda side: [(0, np.ones(side, np.float32))])
    whole, whole_told = blended(shipped, picture), blended(shipped, picture, mask)
    assert np.abs(tiled - whole).max() < 0.5 / 255
    assert np.abs(tiled_told - whole_told)[mask].max() < 0.5 / 255
    assert np.abs(plain - whole).max() > 10 / 255


@pytest.mark.parametrize("size", [(1, 1), (5, 200), (17, 33), (208, 416), (333, 250)])
def test_any_size(size, small_tiles):
    picture = noise(*size, 3, kind="float32")
    picture[cross(*size)] = 0
    restored, damage = restore_painting(Painter(), picture)
    expected = np.where(cross(*size)[..., None], Painter().colour, picture)
    assert restored.shape == picture.shape and damage.shape == size
    assert np.abs(restored - expected).max() < 1e-6


def test_beyond_the_edge_of_the_picture_the_network_sees_its_mirror_image(monkeypatch):
    painter, picture = Painter(), noise(20, 30, 3, kind="float32")
    monkeypatch.setattr(painter, "predict_on_batch", lambda batch: painter.seen.extend(batch) or {
        "restored": batch, "damage": batch[..., :1]})
    restore_painting(painter, picture)
    (seen,) = painter.seen
    assert np.array_equal(seen[:20, :30], picture) and seen.shape == (32, 32, 3)
    assert np.array_equal(seen[:20, 30:], picture[:, 28:26:-1])
    assert np.array_equal(seen[20:, :30], picture[18:6:-1])


def test_no_more_than_a_row_of_tiles_is_kept(monkeypatch):
    monkeypatch.setattr(tiles, "TILE", 160)
    picture = noise(1600, 1600, 3)
    tracemalloc.start()
    restore_painting(Painter(), picture)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    pixels, row = picture.shape[0] * picture.shape[1], 160 * picture.shape[1]
    results = (3 + 4) * pixels  # restored in bytes, damage map in float32
    assert peak < results + 6 * 4 * 4 * row < results + 4 * 4 * pixels


# What changes, and what does not


@pytest.mark.parametrize("kind", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("shape", [(300, 420, 3), (300, 420)], ids=["colour", "grey"])
def test_sound_pixels_are_the_same_bit_for_bit(kind, shape, small_tiles):
    picture, mask = noise(*shape, kind=kind), cross(300, 420)
    picture[mask] = 0
    before = picture.copy()
    restored, damage = restore_painting(Painter(), picture)
    assert restored.dtype == picture.dtype and restored.shape == shape
    assert np.array_equal(damage > 0.5, mask) and damage.dtype == np.float32
    assert np.array_equal(restored[~mask], picture[~mask])
    colour = Painter().colour if len(shape) == 3 else Painter().colour.mean()
    painted = as_stored(colour, "float32") * np.float32({"uint8": 255, "uint16": 65535, "float32": 1}[kind])
    assert np.abs(restored[mask] - painted).max() < 0.51 * (kind != "float32") + 1e-6
    assert np.array_equal(picture, before), "the picture that was given has changed"


@pytest.mark.parametrize("told", [False, True])
def test_the_shipped_model_restores_a_painting(shipped, damaged, small_tiles, told):
    sound, picture, mask = damaged
    restored, damage = restore_painting(shipped, picture, mask if told else None)
    repainted = damage > 0.5
    assert (repainted & mask).sum() / (repainted | mask).sum() > (0.999 if told else 0.9)
    assert np.array_equal(restored[~repainted], picture[~repainted])
    assert np.abs(restored - sound)[mask].mean() < 0.3 * np.abs(picture - sound)[mask].mean()


def test_told_it_repaints_the_marked_pixels_and_no_others(small_tiles):
    picture, mask = noise(300, 420, 3), cross(300, 420)
    picture[200, 300] = 0  # damaged, too, but not marked
    restored, damage = restore_painting(Painter(), picture, mask)
    assert np.array_equal(restored[~mask], picture[~mask])
    assert np.array_equal(restored[mask], np.broadcast_to(as_stored(Painter().colour, "uint8"), (mask.sum(), 3)))
    assert np.array_equal(damage, mask)


def test_tiles_without_a_marked_pixel_are_skipped(small_tiles):
    mask = np.zeros((600, 600), bool)
    mask[10:20, 10:20] = True
    painter = Painter()
    restore_painting(painter, noise(600, 600, 3), mask)
    assert len(painter.seen) == 1
    restore_painting(painter, noise(600, 600, 3))
    assert len(painter.seen) == 1 + len(tiles_along(600)) ** 2


GOOD = noise(20, 30, 3)


@pytest.mark.parametrize("painting, mask, words", [
    (GOOD / 255, None, ["float64", "uint16"]),
    (GOOD[..., :2], None, ["(20, 30, 2)"]),
    (GOOD[None], None, ["(1, 20, 30, 3)"]),
    (GOOD[:0], None, ["(0, 30, 3)"]),
    (GOOD.astype(np.float32), None, ["divide"]),
    (GOOD * np.float32(np.nan), None, ["nan"]),
    (GOOD, np.zeros((20, 30)), ["float64", "bool"]),
    (GOOD, np.zeros((30, 20), bool), ["20 x 30 pixels", "30 x 20 pixels"]),
    (GOOD, np.zeros((20, 30), bool), ["marks 0%", "white"]),
    (GOOD, ~cross(20, 30), ["marks 82%", "at most 50%", "invert"]),
])
def test_wrong_arrays_are_refused(painting, mask, words):
    with pytest.raises(PictureError) as error:
        restore_painting(Painter(), painting, mask)
    assert_one_sentence(error, *words)


@pytest.mark.parametrize("faster", ["float32", "mixed_bfloat16"])
def test_finds_the_faster_precision(monkeypatch, faster):
    class Sleeper:
        def __init__(self, precision):
            self.first, self.seconds = 0.1, 0 if precision == faster else 0.02

        def predict_on_batch(self, _):
            time.sleep(self.first + self.seconds)
            self.first = 0

    monkeypatch.setattr(models, "with_precision", lambda _, precision: Sleeper(precision))
    assert faster_to_restore(None) == faster


# Two passes


class Doubtful(Painter):
    """Is sure of black damage, and doubts whether the dark is damage, too."""

    def predict_on_batch(self, batch):
        self.seen.append(batch.copy())
        brightness = batch.max(axis=-1, keepdims=True)
        damage = np.where(brightness == 0, 1, np.where(brightness < 0.05, 0.4, 0)).astype(np.float32)
        return {"restored": batch + damage * (self.colour - batch), "damage": damage}


def test_two_passes_fill_what_one_pass_mixes():
    painter, picture = Doubtful(), noise(32, 48, 3, kind="float32")
    picture[5:9, 10:20], picture[20:24, 10:20] = 0, 0.04
    restored, repainted = find_and_fill(painter, picture)
    expected = np.zeros((32, 48), bool)
    expected[5:9, 10:20] = expected[20:24, 10:20] = True
    assert np.array_equal(repainted, expected)
    assert np.allclose(restored[expected], painter.colour, atol=1e-6)
    assert np.array_equal(restored[~expected], picture[~expected])
    once, _ = restore_painting(painter, picture)
    assert np.array_equal(once[20:24, 10:20], picture[20:24, 10:20]), "one pass is not sure enough"


def test_two_passes_leave_a_sound_painting_alone():
    picture = noise(32, 48, 3)
    restored, repainted = find_and_fill(Painter(), picture)
    assert np.array_equal(restored, picture) and not repainted.any()


def test_two_passes_refuse_to_invent_most_of_a_picture():
    picture = noise(32, 48, 3)
    picture[:, :30] = 0
    with pytest.raises(PictureError) as error:
        find_and_fill(Painter(), picture)
    assert_one_sentence(error, "62%", "mask")


# Files


def scan_file(path, pixels, **options):
    """Write a scan of 300 x 200 dots per inch with a colour profile."""
    if path.suffix == ".tif":
        photometric = "rgb" if pixels.ndim == 3 else "minisblack"
        tifffile.imwrite(
            path, pixels, photometric=photometric, resolution=(300, 200), resolutionunit="INCH",
            iccprofile=SRGB, **options,
        )
    else:
        Image.fromarray(pixels).save(path, dpi=(300, 200), icc_profile=SRGB, **options)
    return path


def damaged_noise(*shape, kind="uint8"):
    picture = noise(*shape, kind=kind)
    picture[cross(*shape[:2])] = 0
    return picture


def restored_file(path, folder, **options):
    return restore_file(path, folder, precision="float32", **options)


@pytest.mark.parametrize("shape", [(40, 60, 3), (40, 60)], ids=["colour", "grey"])
@pytest.mark.parametrize("name, kind, ending", [
    ("scan.tif", "uint8", ".tif"),
    ("scan.tif", "uint16", ".tif"),
    ("scan.png", "uint8", ".png"),
    ("scan.jpg", "uint8", ".png"),
])
def test_a_file_keeps_depth_colours_profile_and_resolution(painter, tmp_path, name, kind, ending, shape):
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
    assert np.allclose(before.dpi, (300, 200), atol=0.02) and np.allclose(after.dpi, (300, 200), atol=0.02)


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
    assert files.picture.name == "scan_restored.tif" and np.array_equal(found[~mask], picture[~mask])


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
    assert read_scan(restored_file(tmp_path / "a.jpg", tmp_path).picture).pixels.shape == (16, 16, 3)


def test_a_float_scan_stays_float(painter, tmp_path):
    picture = damaged_noise(40, 60, kind="float32")
    files = restored_file(scan_file(tmp_path / "scan.tif", picture), tmp_path)
    found, mask = tifffile.imread(files.picture), cross(40, 60)
    assert found.dtype == np.float32 and np.array_equal(found[~mask], picture[~mask])


def test_every_number_of_16_bits_survives_the_way_through_float():
    numbers = np.arange(65536, dtype=np.uint16)
    assert np.array_equal(as_stored(numbers / np.float32(65535), "uint16"), numbers)


def test_a_colour_a_little_too_bright_or_dark_is_no_other_colour():
    colours = np.float32([1.01, -0.01])
    for kind, largest in [("uint8", 255), ("uint16", 65535), ("float32", 1)]:
        assert as_stored(colours, kind).tolist() == [largest, 0]
    assert colours[0] > 1, "the array that was given has changed"


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
    assert record["damage_map"] == {"file": "scan_restored_damage.png", "sha256": checksum(files.damage_map)}
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
    assert record["model"] == [{"file": name, "sha256": checksum(MODEL_DATA / name)} for name in names]
    assert record["settings"]["precision"] == "float32"
    assert {"python", "keras", "numpy", "pillow", keras.backend.backend()} == set(record["software"])
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
    files = restored_file(path, tmp_path, mask_path=tmp_path / "mask.png")
    after, record = read_scan(files.picture).pixels, json.loads(files.record.read_text())
    assert np.array_equal((after != picture).any(axis=-1), mask)
    assert record["mode"] == "told" and record["repainted"]["pixels"] == mask.sum()
    assert record["mask"] == {"file": "mask.png", "sha256": checksum(tmp_path / "mask.png")}


def test_nothing_is_ever_overwritten(painter, tmp_path):
    path = scan_file(tmp_path / "scan.png", damaged_noise(40, 60, 3))
    first = restored_file(path, tmp_path)
    contents = {file: file.read_bytes() for file in [path, *first]}
    assert [file.name for file in first] == ["scan_restored.png", "scan_restored_damage.png", "scan_restored.json"]
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
        cwd=MODEL_DATA.parent / "notebooks", capture_output=True, text=True, timeout=300,
    )
    assert done.returncode == 0, done.stderr
    files = Restoration(*(tmp_path / "out" / f"scan_restored{e}" for e in (".tif", "_damage.png", ".json")))
    assert all(str(file) in done.stdout for file in files) and "pixels repainted (" in done.stdout
    assert sorted((tmp_path / "out").iterdir()) == sorted(files)
    repainted = read_picture(files.damage_map)[..., 0] > 0.5
    assert (repainted & mask).sum() / (repainted | mask).sum() > 0.9
    assert np.array_equal(tifffile.imread(files.picture)[~repainted], as_stored(picture, "uint16")[~repainted])
    record = json.loads(files.record.read_text())
    assert record["settings"]["precision"] in ("float32", "mixed_bfloat16")
    assert record["repainted"]["pixels"] == repainted.sum()


def test_the_command_refuses_in_one_sentence(tmp_path):
    for arguments, word in [
        (["missing.png"], "missing.png"),
        ([str(scan_file(tmp_path / "a.png", GOOD)), "--model", "unet_64x64", "-o", str(tmp_path)], "unet_64x64"),
    ]:
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        assert word in stop.value.code and "\n" not in stop.value.code
