"""Reading pictures, CIFAR-10 and what stands in for it."""

import json
import os
import socket
import struct
import subprocess
import sys
import warnings
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
import tifffile
from PIL import Image

from inpainting import data, pictures
from inpainting.checks import PictureError, check_pictures
from inpainting.data import (
    DISPLAY_NAMES, Cifar10, data_folder, display_set, load_cifar10, offline_sample,
)
from inpainting.pictures import read_picture

GREY = np.arange(0, 240, 2, dtype=np.uint8).reshape(10, 12)
COLOUR = np.dstack([GREY, 255 - GREY, GREY[::-1]])
DEEP = np.random.default_rng(0).integers(0, 65536, (10, 12, 3), dtype=np.uint16)
DEEP[0, 0], DEEP[0, 1] = 0, 65535
ORIENTATION = 274  # the EXIF tag; 6 means: turn the stored picture clockwise to see it upright


def as_rgb(grey):
    return np.repeat(grey[..., np.newaxis], 3, axis=2)


def assert_reads(path, expected, tolerance=1e-6):
    """Check the values, and the convention that every picture of the project follows."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        picture = read_picture(path)
    check_pictures(picture)
    assert picture.shape == expected.shape
    np.testing.assert_allclose(picture, expected, atol=tolerance)


def assert_one_sentence(error, *words):
    message = str(error.value)
    assert message.endswith(".") and "\n" not in message and ". " not in message
    assert "; " in message, "a cure is missing"
    for word in words:
        assert word in message


def refuses(path, *words):
    files_before = sorted(path.parent.rglob("*"))
    with pytest.raises(PictureError) as error:
        read_picture(path)
    assert_one_sentence(error, str(path), *words)
    assert sorted(path.parent.rglob("*")) == files_before
    return error.value


def png_with(png, size=None, extra_chunk=b""):
    """Change the size a PNG file declares, or add a chunk behind its header."""
    header = png[12:29]
    if size:
        header = b"IHDR" + struct.pack(">II", *size) + header[12:]
    return png[:12] + header + struct.pack(">I", zlib.crc32(header)) + extra_chunk + png[33:]


def png_chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


# ---------------------------------------------------------------------------------------------------------------------
# Pictures that must be read


@pytest.mark.parametrize("name", ["plain.png", "with space.png", "peinture à l'huile ü 画.png"])
def test_reads_colour_by_str_and_by_path(tmp_path, name):
    path = tmp_path / name
    Image.fromarray(COLOUR).save(path)
    assert_reads(path, COLOUR / 255)
    assert_reads(str(path), COLOUR / 255)


def test_reads_grey(tmp_path):
    Image.fromarray(GREY).save(tmp_path / "a.png")
    assert_reads(tmp_path / "a.png", as_rgb(GREY / 255))


@pytest.mark.parametrize("kind", ["LA", "RGBA"])
def test_shows_transparent_parts_on_white(tmp_path, kind):
    colours = GREY if kind == "LA" else COLOUR
    alpha = GREY.T.reshape(GREY.shape)
    Image.fromarray(np.dstack([colours, alpha])).save(tmp_path / "a.png")
    weight = as_rgb(alpha / 255)
    expected = weight * (as_rgb(GREY) if kind == "LA" else COLOUR) / 255 + 1 - weight
    assert_reads(tmp_path / "a.png", expected, tolerance=1.01 / 255)


def test_reads_a_16_bit_png_with_alpha_to_8_bits(tmp_path):
    alpha = np.full((10, 12), 65535, np.uint16)
    cv2.imwrite(str(tmp_path / "a.png"), np.dstack([DEEP[..., ::-1], alpha]))
    assert_reads(tmp_path / "a.png", DEEP / 65535, tolerance=1.01 / 255)


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_reads_16_bit_grey_in_full_depth(tmp_path, name):
    Image.fromarray(DEEP[..., 0]).save(tmp_path / name)
    assert_reads(tmp_path / name, as_rgb(DEEP[..., 0] / 65535))


def test_reads_16_bit_colour_png_in_full_depth(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), DEEP[..., ::-1])
    assert_reads(tmp_path / "a.png", DEEP / 65535)


@pytest.mark.parametrize("options", [{}, {"byteorder": ">"}, {"compression": "zlib"}])
def test_reads_16_bit_colour_tiff_in_full_depth(tmp_path, options):
    tifffile.imwrite(tmp_path / "a.tif", DEEP, photometric="rgb", **options)
    assert_reads(tmp_path / "a.tif", DEEP / 65535)


def test_reads_16_bit_colour_tiff_with_lzw_compression(tmp_path):
    cv2.imwrite(str(tmp_path / "a.tif"), DEEP[..., ::-1], [cv2.IMWRITE_TIFF_COMPRESSION, 5])
    assert_reads(tmp_path / "a.tif", DEEP / 65535)


def test_reads_float_tiff_between_0_and_1(tmp_path):
    grey = GREY / np.float32(255)
    tifffile.imwrite(tmp_path / "a.tif", grey)
    assert_reads(tmp_path / "a.tif", as_rgb(grey))


def test_reads_palette(tmp_path):
    picture = Image.new("P", (2, 1))
    picture.putpalette([255, 0, 0, 0, 0, 255])
    picture.putdata([0, 1])
    picture.save(tmp_path / "a.png")
    assert_reads(tmp_path / "a.png", np.array([[[1, 0, 0], [0, 0, 1]]]))
    picture.save(tmp_path / "b.png", transparency=1)
    assert_reads(tmp_path / "b.png", np.array([[[1, 0, 0], [1, 1, 1]]]))


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.bmp"])
def test_reads_1_bit(tmp_path, name):
    dots = GREY % 4 == 0
    Image.fromarray(dots).save(tmp_path / name)
    assert_reads(tmp_path / name, as_rgb(dots.astype(float)))


@pytest.mark.parametrize("name", ["a.gif", "a.tif", "a.webp"])
def test_reads_the_first_frame(tmp_path, name):
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "lime", "blue")]
    frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:])
    assert_reads(tmp_path / name, np.broadcast_to([1.0, 0.0, 0.0], (16, 16, 3)), tolerance=0.02)


# CMYK


def cmyk_jpeg(path, ink, **options):
    Image.new("CMYK", (16, 16), ink).save(path, quality=100, **options)


def plain_colour(red, green, blue):
    return np.broadcast_to([red, green, blue], (16, 16, 3))


def test_reads_cmyk_jpeg_as_adobe_writes_it(tmp_path):
    cmyk_jpeg(tmp_path / "a.jpg", (0, 255, 255, 0))
    assert b"Adobe" in (tmp_path / "a.jpg").read_bytes()
    assert_reads(tmp_path / "a.jpg", plain_colour(1, 0, 0), tolerance=0.02)


def test_reads_cmyk_jpeg_that_is_not_inverted(tmp_path):
    cmyk_jpeg(tmp_path / "a.jpg", (255, 0, 0, 255))  # Pillow stores it inverted: 0, 255, 255, 0, which is red
    content = (tmp_path / "a.jpg").read_bytes()
    start = content.index(b"\xff\xee")
    end = start + 2 + int.from_bytes(content[start + 2 : start + 4], "big")
    (tmp_path / "b.jpg").write_bytes(content[:start] + content[end:])  # without Adobe's marker
    assert_reads(tmp_path / "b.jpg", plain_colour(1, 0, 0), tolerance=0.02)


def cmyk_profile_that_makes_everything_green():
    """Build a small ICC profile of version 2: one table from 2 x 2 x 2 x 2 inks to the same Lab colour."""
    ramp = bytes(range(256))
    lab = bytes([round(0.88 * 255), 128 - 79, 128 + 81])  # about sRGB (0, 250, 0)
    identity = struct.pack(">9i", *(65536 if i % 4 == 0 else 0 for i in range(9)))
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + identity + 4 * ramp + 16 * lab + 3 * ramp
    size = 128 + 16 + len(table)
    header = struct.pack(">I4sI4s4s4s", size, bytes(4), 0x02400000, b"prtr", b"CMYK", b"Lab ")
    d50 = struct.pack(">3i", 63190, 65536, 54061)  # the white of ICC profiles, in units of 1/65536
    header += bytes(12) + b"acsp" + bytes(28) + d50
    return header.ljust(128, b"\0") + struct.pack(">I4sII", 1, b"A2B0", 144, len(table)) + table


def test_uses_the_colour_profile_of_a_cmyk_jpeg(tmp_path):
    cmyk_jpeg(tmp_path / "a.jpg", (0, 255, 255, 0), icc_profile=cmyk_profile_that_makes_everything_green())
    red, green, blue = read_picture(tmp_path / "a.jpg")[8, 8]
    assert green > 0.9 and red < 0.2 and blue < 0.2


def test_reads_cmyk_with_a_useless_profile(tmp_path):
    cmyk_jpeg(tmp_path / "a.jpg", (0, 255, 255, 0), icc_profile=b"not a profile")
    assert_reads(tmp_path / "a.jpg", plain_colour(1, 0, 0), tolerance=0.02)


# Orientation


def turned(picture):
    return np.rot90(picture, -1)


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.webp"])
def test_turns_upright_once(tmp_path, name):
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    Image.fromarray(COLOUR).save(tmp_path / name, exif=exif, lossless=True)
    assert_reads(tmp_path / name, turned(COLOUR) / 255)


@pytest.mark.parametrize(
    ("orientation", "upright"),
    [
        (1, lambda a: a),
        (2, np.fliplr),
        (3, lambda a: np.rot90(a, 2)),
        (4, np.flipud),
        (5, lambda a: a.swapaxes(0, 1)),
        (6, turned),
        (7, lambda a: np.rot90(a, 2).swapaxes(0, 1)),
        (8, np.rot90),
    ],
)
def test_turns_a_jpeg_upright(tmp_path, orientation, upright):
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    Image.fromarray(as_rgb(GREY)).save(tmp_path / "a.jpg", exif=exif, quality=100)
    assert_reads(tmp_path / "a.jpg", upright(as_rgb(GREY)) / 255, tolerance=0.03)


def test_turns_float_tiff_upright_once(tmp_path):
    grey = GREY / np.float32(255)
    tifffile.imwrite(tmp_path / "a.tif", grey, extratags=[(ORIENTATION, "H", 1, 6, True)])
    assert_reads(tmp_path / "a.tif", turned(as_rgb(grey)))


@pytest.mark.parametrize("pixels", [DEEP, DEEP[..., 0]], ids=["colour", "grey"])
def test_turns_16_bit_tiff_upright_once(tmp_path, pixels):
    photometric = "rgb" if pixels.ndim == 3 else "minisblack"
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric=photometric, extratags=[(ORIENTATION, "H", 1, 6, True)])
    expected = pixels if pixels.ndim == 3 else as_rgb(pixels)
    assert_reads(tmp_path / "a.tif", turned(expected) / 65535)


def test_turns_16_bit_png_upright_once(tmp_path):
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    chunk = png_chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0"))
    png = cv2.imencode(".png", DEEP[..., ::-1])[1].tobytes()
    (tmp_path / "a.png").write_bytes(png_with(png, extra_chunk=chunk))
    assert_reads(tmp_path / "a.png", turned(DEEP) / 65535)


# Size


def test_large_scans_open_without_a_warning(tmp_path, monkeypatch):
    assert Image.MAX_IMAGE_PIXELS > 100_000_000
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", GREY.size - 1)
    Image.fromarray(GREY).save(tmp_path / "a.png")
    assert_reads(tmp_path / "a.png", as_rgb(GREY / 255))


# ---------------------------------------------------------------------------------------------------------------------
# Pictures that must be refused


def test_refuses_a_missing_file(tmp_path):
    error = refuses(tmp_path / "no such.png", "No such file")
    assert isinstance(error.__cause__, FileNotFoundError)


def test_refuses_a_folder(tmp_path):
    refuses(tmp_path, "folder")


def test_refuses_an_empty_file(tmp_path):
    (tmp_path / "a.png").touch()
    refuses(tmp_path / "a.png", "empty")


@pytest.mark.parametrize("content", [b"<html>not found</html>", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"II*\0"])
def test_refuses_what_is_not_a_picture(tmp_path, content):
    (tmp_path / "a.png").write_bytes(content)
    error = refuses(tmp_path / "a.png", "cannot be read as a picture")
    assert error.__cause__ is not None


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.gif", "a.webp", "a.bmp"])
def test_refuses_half_a_file(tmp_path, name):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "whole", format={".jpg": "jpeg", ".tif": "tiff"}.get(name[1:], name[2:]))
    content = (tmp_path / "whole").read_bytes()
    (tmp_path / name).write_bytes(content[: len(content) // 2])
    error = refuses(tmp_path / name)
    assert error.__cause__ is not None


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")  # Pillow says so about half a TIFF file
@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_refuses_half_a_16_bit_file(tmp_path, name):
    content = cv2.imencode(name[1:], DEEP)[1].tobytes()
    (tmp_path / name).write_bytes(content[: len(content) // 2])
    refuses(tmp_path / name)


@pytest.mark.parametrize("size", [(0, 10), (12, 0), (0, 0)])
def test_refuses_a_picture_without_pixels(tmp_path, size):
    Image.fromarray(GREY).save(tmp_path / "whole.png")
    (tmp_path / "a.png").write_bytes(png_with((tmp_path / "whole.png").read_bytes(), size=size))
    refuses(tmp_path / "a.png")


def test_refuses_an_absurd_size_before_it_takes_memory(tmp_path):
    Image.fromarray(GREY).save(tmp_path / "whole.png")
    (tmp_path / "a.png").write_bytes(png_with((tmp_path / "whole.png").read_bytes(), size=(100_000, 100_000)))
    error = refuses(tmp_path / "a.png", "more than 400 million pixels")
    assert isinstance(error.__cause__, Image.DecompressionBombError)


def test_refuses_what_does_not_fit_into_memory(tmp_path, monkeypatch):
    def no_memory(image):
        raise MemoryError

    Image.fromarray(GREY).save(tmp_path / "a.png")
    monkeypatch.setattr(pictures, "to_rgb", no_memory)
    refuses(tmp_path / "a.png", "memory")


@pytest.mark.parametrize(
    ("pixels", "options"),
    [
        (GREY.astype(np.int32), {}),
        (GREY.astype(np.int16), {}),
        (GREY.astype(np.float32), {}),
        (np.full((10, 12), np.nan, np.float32), {}),
        (np.full((10, 12), -0.1, np.float32), {}),
        (DEEP[..., 0], {"photometric": "miniswhite"}),
        (np.ascontiguousarray(DEEP.transpose(2, 0, 1)), {"photometric": "rgb", "planarconfig": "separate"}),
    ],
    ids=["int32", "int16", "float to 255", "NaN", "negative", "zero is white", "separate channels"],
)
def test_refuses_a_tiff_it_would_read_wrongly(tmp_path, pixels, options):
    tifffile.imwrite(tmp_path / "a.tif", pixels, **options)
    refuses(tmp_path / "a.tif", "PNG")


# ---------------------------------------------------------------------------------------------------------------------
# Checking arrays


@pytest.mark.parametrize("shape", [(5, 7, 3), (2, 5, 7, 3)])
def test_accepts_pictures(shape):
    check_pictures(np.zeros(shape, np.float32))
    check_pictures(np.ones(shape, np.float32))


@pytest.mark.parametrize(
    ("pictures", "words"),
    [
        ([[0.5]], ["list", "np.asarray"]),
        (np.zeros((5, 7, 3), np.uint8), ["uint8", "divide by 255 and convert to float32"]),
        (np.zeros((5, 7, 3), np.uint16), ["uint16", "divide by 65535"]),
        (np.zeros((5, 7, 3)), ["float64", "astype(np.float32)"]),
        (np.zeros((5, 7), np.float32), ["(5, 7)", "grey"]),
        (np.zeros((5, 7, 4), np.float32), ["(5, 7, 4)", "alpha"]),
        (np.zeros((3, 5, 7), np.float32), ["(3, 5, 7)", "colours last"]),
        (np.zeros((1, 1, 5, 7, 3), np.float32), ["(1, 1, 5, 7, 3)"]),
        (np.zeros((0, 5, 7, 3), np.float32), ["(0, 5, 7, 3)"]),
        (np.full((5, 7, 3), np.nan, np.float32), ["NaN", "nan_to_num"]),
        (np.full((5, 7, 3), np.inf, np.float32), ["infinite"]),
        (np.full((5, 7, 3), 255, np.float32), ["255", "divide"]),
        (np.full((5, 7, 3), -0.5, np.float32), ["-0.5", "clip"]),
    ],
)
def test_refuses_arrays_that_are_not_pictures(pictures, words):
    with pytest.raises(PictureError) as error:
        check_pictures(pictures, name="my batch")
    assert_one_sentence(error, "'my batch'", *words)


# ---------------------------------------------------------------------------------------------------------------------
# CIFAR-10


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("INPAINTING_DATA", str(tmp_path))
    return tmp_path


@pytest.fixture
def small_counts(monkeypatch):
    for name, count in [("TRAIN_COUNT", 45), ("VALIDATION_COUNT", 5), ("TEST_COUNT", 10)]:
        monkeypatch.setattr(data, name, count)


def fake_keras(monkeypatch, load_data):
    import keras

    monkeypatch.setattr(keras.datasets.cifar10, "load_data", load_data)


@pytest.fixture
def no_download(monkeypatch):
    fake_keras(monkeypatch, lambda: pytest.fail("tried to download"))


def numbered(count):
    """Make pictures whose every pixel is the number of the picture."""
    return np.repeat(np.arange(count, dtype=np.uint8), 32 * 32 * 3).reshape(count, 32, 32, 3)


def assert_numbered(pictures, numbers):
    assert pictures.dtype == np.float32 and pictures.shape[1:] == (32, 32, 3)
    np.testing.assert_allclose(pictures[:, 7, 9, 1] * 255, numbers, atol=1e-4)


def test_data_folder(monkeypatch):
    monkeypatch.setenv("INPAINTING_DATA", "/some/where")
    assert data_folder() == Path("/some/where")
    monkeypatch.setenv("INPAINTING_DATA", "")
    assert data_folder().name == "image-inpainting-tutorial"
    monkeypatch.delenv("INPAINTING_DATA")
    assert data_folder().name == "image-inpainting-tutorial"


def test_takes_the_file_in_the_data_folder(folder, small_counts, no_download):
    np.savez(folder / "cifar10.npz", x_train=numbered(50), x_test=numbered(20)[::-1])
    cifar = load_cifar10()
    assert cifar.source == "CIFAR-10 from cifar10.npz" and cifar.is_real
    assert_numbered(cifar.train, range(45))
    assert_numbered(cifar.validation, range(45, 50))
    assert_numbered(cifar.test, range(19, 9, -1))


GOOD = {"x_train": numbered(50), "x_test": numbered(10)}


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"x_train": GOOD["x_train"]}, ["x_test"]),
        ({"train": GOOD["x_train"], "test": GOOD["x_test"]}, ["x_test and x_train"]),
        (GOOD | {"x_train": GOOD["x_train"] / 255}, ["x_train as float64"]),
        (GOOD | {"x_test": GOOD["x_test"].transpose(0, 3, 1, 2)}, ["x_test", "(10, 3, 32, 32)"]),
        (GOOD | {"x_train": np.zeros((), np.uint8)}, ["x_train", "shape ()"]),
        (GOOD | {"x_train": GOOD["x_train"][:49]}, ["49 training"]),
        (GOOD | {"x_test": GOOD["x_test"][:9]}, ["9 test"]),
        (GOOD | {"x_train": np.array([{}])}, ["damaged"]),
    ],
    ids=["key", "keys", "dtype", "channels first", "no pictures", "too few to train", "too few to test", "objects"],
)
def test_refuses_a_file_with_other_contents(folder, small_counts, no_download, arrays, words):
    np.savez(folder / "cifar10.npz", **arrays)
    with pytest.raises(PictureError) as error:
        load_cifar10()
    assert_one_sentence(error, str(folder / "cifar10.npz"), "replace it", "delete it", *words)


def damage(content, kind):
    middle = len(content) // 2
    return {
        "empty": b"",
        "text": b"<html>404</html>",
        "truncated": content[:middle],
        "a byte differs": content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :],
    }[kind]


@pytest.mark.parametrize("kind", ["empty", "text", "truncated", "a byte differs"])
def test_refuses_a_damaged_file(folder, small_counts, no_download, kind):
    file = folder / "cifar10.npz"
    np.savez_compressed(file, **GOOD)
    file.write_bytes(damage(file.read_bytes(), kind))
    with pytest.raises(PictureError) as error:
        load_cifar10()
    assert_one_sentence(error, str(file), "damaged", "replace it", "delete it")
    assert error.value.__cause__ is not None


def test_splits_the_download(folder, monkeypatch):
    x_train, x_test = np.zeros((50_000, 32, 32, 3), np.uint8), np.zeros((10_000, 32, 32, 3), np.uint8)
    x_train[44_999], x_train[45_000], x_train[49_999], x_test[999] = 1, 2, 3, 4
    fake_keras(monkeypatch, lambda: ((x_train, None), (x_test, None)))
    cifar = load_cifar10()
    assert cifar.source == "CIFAR-10 downloaded by Keras" and cifar.is_real
    assert (len(cifar.train), len(cifar.validation), len(cifar.test)) == (45_000, 5_000, 1_000)
    assert_numbered(cifar.train[-1:], [1])
    assert_numbered(cifar.validation[[0, -1]], [2, 3])
    assert_numbered(cifar.test[-1:], [4])


@pytest.fixture
def stand_in(monkeypatch):
    """Replace the offline sample, which takes seconds, by an empty one."""
    monkeypatch.setattr(data, "offline_sample", lambda: Cifar10(None, None, None, "offline sample"))


@pytest.mark.parametrize(
    "error", [Exception("URL fetch failure"), OSError("disk full"), ValueError("wrong hash"), TimeoutError("too slow")]
)
def test_warns_loudly_when_the_download_fails(folder, monkeypatch, stand_in, error):
    def fail():
        raise error

    fake_keras(monkeypatch, fail)
    with pytest.warns(UserWarning) as caught:
        cifar = load_cifar10()
    assert cifar.source == "offline sample" and not cifar.is_real
    text = str(caught[0].message)
    assert len(caught) == 1 and len(text.splitlines()) > 10
    for part in (str(error), "NOT CIFAR-10", "scikit-image", "DO NOT COMPARE", "internet", "INPAINTING_DATA"):
        assert part in text
    assert str(folder / "cifar10.npz") in text
    assert caught[0].filename == __file__, "the warning should point at the caller"


def test_ctrl_c_stops_the_download(folder, monkeypatch, stand_in):
    def interrupt():
        raise KeyboardInterrupt

    fake_keras(monkeypatch, interrupt)
    with pytest.raises(KeyboardInterrupt):
        load_cifar10()


def test_a_broken_installation_is_not_taken_for_a_network_failure(folder, monkeypatch, stand_in):
    monkeypatch.setitem(sys.modules, "keras.datasets", None)
    with pytest.raises(ImportError):
        load_cifar10()


@pytest.fixture
def seven_seconds():
    """A time limit of somebody else's, which has to come back."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(7)
    yield
    socket.setdefaulttimeout(before)


def test_does_not_wait_for_ever(folder, monkeypatch, stand_in, seven_seconds):
    seen = []

    def look():
        seen.append(socket.getdefaulttimeout())
        raise OSError("no network")

    fake_keras(monkeypatch, look)
    with pytest.warns(UserWarning):
        load_cifar10()
    assert seen == [data.DOWNLOAD_TIMEOUT] and socket.getdefaulttimeout() == 7


# The real get_file of Keras, in a process of its own: it looks up KERAS_HOME when it is imported.
# The fake internet sends `sent` bytes and declares `declared`.
REAL_DOWNLOAD = """
import io, json, os, urllib.request, urllib.response, warnings
from email.message import Message
from pathlib import Path
from inpainting import data, pictures

class Internet(urllib.request.HTTPSHandler):
    requests = 0
    def https_open(self, request):
        Internet.requests += 1
        headers = Message()
        headers["Content-Length"] = str(self.declared)
        response = urllib.response.addinfourl(io.BytesIO(bytes(self.sent)), headers, request.full_url, 200)
        response.msg = "OK"
        return response

data.offline_sample = lambda: data.Cifar10(None, None, None, "offline sample")
urllib.request.install_opener(urllib.request.build_opener(Internet))

def attempt(sent, declared):
    Internet.sent, Internet.declared = sent, declared
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        source = data.load_cifar10().source
    left = sorted(path.name for path in Path(os.environ["KERAS_HOME"]).rglob("*") if path.is_file())
    return {"source": source, "text": str(caught[-1].message), "left": left, "requests": Internet.requests}

print("RESULT" + json.dumps([attempt(1000, 170498071), attempt(1000, 1000), attempt(1000, 1000)]))
"""


def test_real_download_that_breaks_off_or_is_wrong(folder):
    (folder / "keras").mkdir()
    environment = os.environ | {
        "KERAS_HOME": str(folder / "keras"),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    done = subprocess.run(
        [sys.executable, "-c", REAL_DOWNLOAD], env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    truncated, wrong, again = json.loads(done.stdout.partition("RESULT")[2])
    assert [attempt["source"] for attempt in (truncated, wrong, again)] == 3 * ["offline sample"]
    assert "1000 out of 170498071 bytes" in truncated["text"]
    assert not [name for name in truncated["left"] if "cifar" in name]
    assert "hash does not match" in wrong["text"] and [name for name in wrong["left"] if "cifar" in name]
    assert again["requests"] == 3, "a wrong file left on the disk must not be taken for the data"


# ---------------------------------------------------------------------------------------------------------------------
# Pieces of scikit-image's photographs


@pytest.fixture(scope="module")
def sample():
    return offline_sample()


@pytest.mark.parametrize(
    "file", ["astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png", "motorcycle_right.png"]
)
def test_photographs_are_installed_with_scikit_image(file):
    assert (Path(skimage.data.__file__).parent / file).is_file()


def test_offline_sample_follows_the_convention(sample):
    for pictures, count in zip(sample[:3], (6000, 500, 500), strict=True):
        assert pictures.shape == (count, 32, 32, 3)
        check_pictures(pictures)
        assert pictures.min() < 0.05 and pictures.max() > 0.95
        assert len(np.unique(pictures.reshape(count, -1), axis=0)) > 0.95 * count
    assert sample.source == "offline sample" and not sample.is_real


def test_offline_sample_is_repeatable(sample, few_pieces):
    first, again, other = offline_sample(seed=1), offline_sample(seed=1), offline_sample(seed=2)
    for a, b, c in zip(first[:3], again[:3], other[:3], strict=True):
        assert np.array_equal(a, b) and not np.array_equal(a, c)


@pytest.fixture
def few_pieces(monkeypatch):
    make = data.random_pieces
    monkeypatch.setattr(data, "random_pieces", lambda rng, photographs, part, count: make(rng, photographs, part, 50))


class Recorder:
    """Stands for a photograph and remembers the squares cut from it, in the order of the cutting."""

    cut = []

    def __init__(self, name):
        self.name, self.picture = name, Image.fromarray(data.PHOTOGRAPHS[name]())
        self.size = self.picture.size

    def crop(self, square):
        Recorder.cut.append((self.name, square))
        return Image.new("RGB", (32, 32))


@pytest.fixture
def squares(monkeypatch):
    monkeypatch.setattr(Recorder, "cut", [])
    monkeypatch.setattr(data, "open_photograph", Recorder)
    offline_sample()
    display_set()
    cut = Recorder.cut
    return {"train": cut[:6000], "validation": cut[6000:6500], "test": cut[6500:7000], "display": cut[7000:]}


def used_pixels(squares, name):
    used = np.zeros(data.PHOTOGRAPHS[name]().shape[:2], bool)
    for photograph, (left, top, right, bottom) in squares:
        if photograph == name:
            used[top:bottom, left:right] = True
    return used


def test_no_pixel_serves_two_purposes(squares):
    assert len(squares["display"]) == 6
    for name in data.PHOTOGRAPHS:
        used = [used_pixels(squares[part], name) for part in ("train", "validation", "test", "display")]
        assert np.sum(used, axis=0).max() == 1, name
        assert all(part.any() for part in used[:3]), name


def test_squares_are_whole_and_of_several_sizes(squares):
    shapes = {name: photograph().shape for name, photograph in data.PHOTOGRAPHS.items()}
    for part, cut in squares.items():
        for name, (left, top, right, bottom) in cut:
            height, width, _ = shapes[name]
            assert right - left == bottom - top >= 32
            assert 0 <= left < right <= width and 0 <= top < bottom <= height
        sides = [square[2] - square[0] for _, square in cut]
        assert part == "display" or (min(sides) < 40 and max(sides) > 190)


def test_reducing_a_piece_does_not_look_outside_its_square(monkeypatch, few_pieces):
    def only_the_display_squares_are_white(name):
        picture = np.zeros_like(data.PHOTOGRAPHS[name]())
        for photograph, (left, top, right, bottom) in data.DISPLAY_SQUARES.values():
            if photograph == name:
                picture[top:bottom, left:right] = 255
        return Image.fromarray(picture)

    monkeypatch.setattr(data, "open_photograph", only_the_display_squares_are_white)
    assert display_set().min() == 1
    assert all(pictures.max() == 0 for pictures in offline_sample()[:3])


def test_half_of_the_pieces_are_mirrored(monkeypatch, few_pieces):
    ramp = np.broadcast_to(np.linspace(0, 255, 512).astype(np.uint8)[:, np.newaxis], (512, 512, 3))
    monkeypatch.setattr(data, "open_photograph", lambda name: Image.fromarray(np.ascontiguousarray(ramp)))
    pieces = offline_sample().train
    mirrored = pieces[:, 16, 0, 0] > pieces[:, 16, -1, 0]
    assert 0.2 < mirrored.mean() < 0.8


def test_display_set():
    pictures = display_set()
    assert pictures.shape == (6, 32, 32, 3)
    check_pictures(pictures)
    assert len(DISPLAY_NAMES) == len(set(DISPLAY_NAMES)) == 6
    assert np.array_equal(pictures, display_set())
    means = pictures.mean(axis=(1, 2))
    distance = np.abs(means[:, None] - means).max(axis=-1) + np.eye(6)
    assert distance.min() > 0.05 and pictures.std(axis=(1, 2, 3)).min() > 0.1
