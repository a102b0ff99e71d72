"""Reading and writing picture files."""

import struct
import warnings
import zlib

import cv2
import numpy as np
import pytest
import tifffile
from conftest import ORIENTATION, SRGB, assert_one_sentence
from PIL import Image
from PIL.ExifTags import Base

from inpainting import pictures
from inpainting.checks import PictureError, check_pictures
from inpainting.pictures import as_stored, read_picture, read_scan

GREY = np.arange(0, 240, 2, dtype=np.uint8).reshape(10, 12)

COLOUR = np.dstack([GREY, 255 - GREY, GREY[::-1]])

DEEP = np.random.default_rng(0).integers(0, 65536, (10, 12, 3), dtype=np.uint16)
DEEP[0, 0], DEEP[0, 1] = 0, 65535


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
    length, checksum = (struct.pack(">I", n) for n in (len(content), zlib.crc32(name + content)))
    return length + name + content + checksum


# ---------------------------------------------------------------------------------------------
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
    # Pillow stores it inverted: 0, 255, 255, 0, which is red
    cmyk_jpeg(tmp_path / "a.jpg", (255, 0, 0, 255))
    content = (tmp_path / "a.jpg").read_bytes()
    start = content.index(b"\xff\xee")
    end = start + 2 + int.from_bytes(content[start + 2 : start + 4], "big")
    (tmp_path / "b.jpg").write_bytes(content[:start] + content[end:])  # without Adobe's marker
    assert_reads(tmp_path / "b.jpg", plain_colour(1, 0, 0), tolerance=0.02)


def cmyk_profile_that_makes_everything_green():
    """Build a small ICC profile of version 2: one table from 2^4 inks to the same Lab colour."""
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
    profile = cmyk_profile_that_makes_everything_green()
    cmyk_jpeg(tmp_path / "a.jpg", (0, 255, 255, 0), icc_profile=profile)
    red, green, blue = read_picture(tmp_path / "a.jpg")[8, 8]
    assert green > 0.9 and red < 0.2 and blue < 0.2


def test_reads_cmyk_with_a_useless_profile(tmp_path):
    cmyk_jpeg(tmp_path / "a.jpg", (0, 255, 255, 0), icc_profile=b"not a profile")
    assert_reads(tmp_path / "a.jpg", plain_colour(1, 0, 0), tolerance=0.02)


def test_the_profile_is_that_of_the_page_that_is_read(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        writer.write(COLOUR, photometric="rgb")
        writer.write(COLOUR, photometric="rgb", iccprofile=SRGB)
    assert read_scan(tmp_path / "a.tif").icc_profile is None


def test_jpeg_2000_keeps_its_profile(tmp_path):
    Image.fromarray(COLOUR).save(tmp_path / "a.jp2")
    assert read_scan(tmp_path / "a.jp2").icc_profile is None
    data = (tmp_path / "a.jp2").read_bytes()
    header, colours = data.index(b"jp2h") - 4, data.index(b"colr") - 4
    profile = struct.pack(">I4sBBB", 11 + len(SRGB), b"colr", 2, 0, 0) + SRGB
    length = struct.unpack_from(">I", data, header)[0] + len(profile) - 15  # of the box before
    (tmp_path / "a.jp2").write_bytes(b"".join([
        data[:header], struct.pack(">I", length), data[header + 4 : colours], profile,
        data[colours + 15 :],
    ]))
    scan = read_scan(tmp_path / "a.jp2")
    assert scan.icc_profile == SRGB and np.array_equal(scan.pixels, COLOUR)


@pytest.mark.parametrize("across, down, unit, dpi", [
    (600, 300, 2, (600, 300)), (600, 300, None, (600, 300)), (100, 50, 3, (254, 127)),
    (600, 300, 1, None), (600, None, 2, None),
])
@pytest.mark.parametrize("name", ["a.jpg", "a.tif"])
def test_reads_the_resolution_in_both_directions(tmp_path, name, across, down, unit, dpi):
    exif = Image.Exif()
    stated = {"XResolution": across, "YResolution": down, "ResolutionUnit": unit}
    exif.update({Base[tag]: value for tag, value in stated.items() if value})
    Image.fromarray(COLOUR).save(tmp_path / name, exif=exif)
    assert read_scan(tmp_path / name).dpi == dpi


@pytest.mark.parametrize("mode", ["1", "L"])
def test_a_grey_value_may_be_transparent(tmp_path, mode):
    grey = Image.fromarray(GREY).point(lambda value: 255 * (value > 100), mode)
    grey.save(tmp_path / "a.png", transparency=0)
    scan = read_scan(tmp_path / "a.png")
    assert scan.pixels.shape == GREY.shape and (scan.pixels == 255).all()  # on white
    assert "transparent parts" in scan.notices[0]


# Orientation


@pytest.mark.parametrize("pixels", [COLOUR, DEEP], ids=["8 bits", "16 bits"])
def test_turns_a_tiff_upright_that_says_it_in_its_xmp(tmp_path, pixels):
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r tiff:Orientation="6"/></x:xmpmeta>'
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="rgb", resolution=(300, 600),
                     resolutionunit="INCH", extratags=[(700, "B", len(xmp), xmp, True)])
    scan = read_scan(tmp_path / "a.tif")
    assert np.array_equal(scan.pixels, turned(pixels)) and scan.dpi == (600, 300)


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
    orientation = ORIENTATION, "H", 1, 6, True
    tifffile.imwrite(
        tmp_path / "a.tif", pixels, photometric=photometric, extratags=[orientation]
    )
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


# ---------------------------------------------------------------------------------------------
# Pictures that must be refused


@pytest.mark.parametrize(
    "content", [b"<html>not found</html>", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"II*\0"]
)
def test_refuses_what_is_not_a_picture(tmp_path, content):
    (tmp_path / "a.png").write_bytes(content)
    error = refuses(tmp_path / "a.png", "cannot be read as a picture")
    assert error.__cause__ is not None


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.gif", "a.webp", "a.bmp"])
def test_refuses_half_a_file(tmp_path, name):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    kind = {"a.jpg": "jpeg", "a.tif": "tiff"}.get(name, name[2:])
    Image.fromarray(noise).save(tmp_path / "whole", format=kind)
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
    whole = (tmp_path / "whole.png").read_bytes()
    (tmp_path / "a.png").write_bytes(png_with(whole, size=(100_000, 100_000)))
    error = refuses(tmp_path / "a.png", "more than 400 million pixels")
    assert isinstance(error.__cause__, Image.DecompressionBombError)


def test_refuses_what_does_not_fit_into_memory(tmp_path, monkeypatch):
    def no_memory(*_):
        raise MemoryError

    Image.fromarray(GREY).save(tmp_path / "a.png")
    monkeypatch.setattr(pictures, "stored_pixels", no_memory)
    refuses(tmp_path / "a.png", "memory")


def test_every_number_of_16_bits_survives_the_way_through_float():
    numbers = np.arange(65536, dtype=np.uint16)
    assert np.array_equal(as_stored(numbers / np.float32(65535), "uint16"), numbers)


def test_a_colour_a_little_too_bright_or_dark_is_no_other_colour():
    colours = np.float32([1.01, -0.01])
    for kind, largest in [("uint8", 255), ("uint16", 65535), ("float32", 1)]:
        assert as_stored(colours, kind).tolist() == [largest, 0]
    assert colours[0] > 1, "the array that was given has changed"
