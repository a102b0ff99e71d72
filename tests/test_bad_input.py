"""What people hand in by mistake: one row a case, with the words that the answer must hold.

Every refusal is one sentence that names the file and a cure; no work is begun and no file written.
"""

import os
import re
import struct

import cv2
import numpy as np
import pytest
import tifffile
from conftest import ORIENTATION, assert_one_sentence, cross, damaged_noise, noise
from PIL import Image
from test_pictures import png_chunk, png_with

from inpainting.checks import InputError, PictureError
from inpainting.find import find_file
from inpainting.pictures import read_mask, read_scan
from inpainting.restore import main, restore_file

SIZE = 40, 60
PICTURE = damaged_noise(*SIZE, 3)
DEEP = damaged_noise(*SIZE, 3, kind="uint16")
GREY = noise(*SIZE)
MARKS = cross(*SIZE)
WHITE = np.where(MARKS, 255, 0).astype(np.uint8)  # as a mask should be
ALPHA = np.full(SIZE, 255, np.uint8)
ALPHA[:9] = 100


def contents(data):
    return lambda path: path.write_bytes(data)


def saved(pixels, kind="PNG", **options):
    return lambda path: Image.fromarray(pixels).save(path, format=kind, **options)


def tiff(pixels, photometric="rgb", **options):
    return lambda path: tifffile.imwrite(path, pixels, photometric=photometric, **options)


def png(pixels):
    """OpenCV writes 16 bits, too; it takes blue first."""
    return cv2.imencode(".png", pixels[..., [2, 1, 0, 3][: pixels.shape[2]]])[1].tobytes()


def half(data):
    return contents(data[: len(data) // 2])


def with_chunk(name, content):
    return contents(png_with(png(PICTURE), extra_chunk=png_chunk(name, content)))


def compressed_with(number):
    """A TIFF file that says so; what really lies there makes no difference."""
    def make(path):
        tifffile.imwrite(path, DEEP, photometric="rgb", compression="zlib")
        data = path.read_bytes()
        deflate, other = (struct.pack("<HHIHH", 259, 3, 1, n, 0) for n in (8, number))
        assert deflate in data
        path.write_bytes(data.replace(deflate, other))
    return make


def pages(*pictures):
    def make(path):
        with tifffile.TiffWriter(path) as writer:
            for picture in pictures:
                writer.write(picture, photometric="rgb")
    return make


def raw_of_a_camera(path):
    """A thumbnail, and the picture inside of it, as in DNG and NEF files."""
    with tifffile.TiffWriter(path) as writer:
        writer.write(PICTURE[::4, ::4], photometric="rgb", subifds=1, subfiletype=1)
        writer.write(PICTURE, photometric="rgb")


def sparse(path):
    with path.open("wb") as file:
        file.truncate(5 * 2**30)


def with_alpha(pixels, alpha=ALPHA):
    return np.dstack([pixels, alpha])


POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n{} loop\n"
PICTURES = [
    ("nothing", lambda path: None, ["cannot be opened", "No such file"]),
    ("a folder", lambda path: path.mkdir(), ["is a folder"]),
    ("a link to nothing", lambda path: path.symlink_to("nothing"), ["No such file"]),
    ("a pipe", lambda path: os.mkfifo(path), ["a device or a pipe"]),
    ("a device", lambda path: path.symlink_to("/dev/zero"), ["a device or a pipe"]),
    ("an empty file", contents(b""), ["is empty"]),
    ("a web page", contents(b"<html>404</html>"), ["cannot be read as a picture"]),
    ("PostScript that never ends", contents(POSTSCRIPT), ["cannot be read as a picture"]),
    ("PDF", contents(b"%PDF-1.7\n"), ["cannot be read as a picture", "PNG, JPEG or TIFF"]),
    ("SVG", contents(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), ["cannot be read"]),
    ("PPM", contents(b"P6 2 1 255 abcdef"), ["cannot be read as a picture"]),
    ("PPM of 16 bits", contents(b"P6 1 1 65535 abcdef"), ["cannot be read as a picture"]),
    ("ICO", saved(PICTURE, "ICO"), ["cannot be read as a picture"]),
    ("half a PNG", half(png(PICTURE)), ["damaged, incomplete", "again"]),
    ("half a PNG of 16 bits", half(png(DEEP)), ["damaged, incomplete"]),
    ("half a JPEG", half(cv2.imencode(".jpg", PICTURE)[1].tobytes()), ["damaged, incomplete"]),
    ("half a TIFF of 16 bits", half(cv2.imencode(".tif", DEEP)[1].tobytes()), ["cannot be read"]),
    ("the start of a PNG", contents(png(PICTURE)[:60]), ["damaged, incomplete"]),
    ("a bomb", contents(png_with(png(PICTURE), (10**5, 10**5))), ["more than 400 million"]),
    ("5 gigabytes", sparse, ["more than 4 gigabytes"]),
    ("ZSTD in a TIFF", compressed_with(50000), ["with ZSTD compression", "LZW or ZIP"]),
    ("LZMA in a TIFF", compressed_with(34925), ["with LZMA compression", "LZW or ZIP"]),
    ("LERC in a TIFF", compressed_with(34887), ["with LERC compression", "LZW or ZIP"]),
    ("CMYK of 16 bits", tiff(with_alpha(DEEP), "separated"), ["16 bits, TIFF, CMYK"]),
    ("integers of 32 bits", tiff(GREY.astype(np.int32), "minisblack"), ["32 bits, TIFF"]),
    ("integers of 16 bits with a sign", tiff(GREY.astype(np.int16), "minisblack"), ["16 bits"]),
    ("numbers with a sign", tiff(GREY.astype(np.int8), "minisblack"), ["with a sign"]),
    ("float up to 255", tiff(GREY.astype(np.float32), "minisblack"), ["not between 0 and 1"]),
    ("below 0", tiff(GREY * np.float32(-1), "minisblack"), ["not between 0 and 1"]),
    ("NaN", tiff(GREY * np.float32(np.nan), "minisblack"), ["not between 0 and 1"]),
    ("white is 0, 16 bits", tiff(DEEP[..., 0], "miniswhite"), ["zero is white"]),
    ("separate channels of 16 bits",
     tiff(np.ascontiguousarray(DEEP.transpose(2, 0, 1)), planarconfig="separate"),
     ["separate channels"]),
    ("colours times alpha, 16 bits", tiff(with_alpha(DEEP), extrasamples=[1]), ["multiplied"]),
    ("a transparent colour of 16 bits",
     contents(png_with(png(DEEP), extra_chunk=png_chunk(b"tRNS", bytes(6)))),
     ["a transparent colour"]),
    ("a thumbnail on page 1", pages(PICTURE[::4, ::4], PICTURE), ["thumbnail", "a file of its"]),
    ("the raw file of a camera", raw_of_a_camera, ["thumbnail", "a file of its"]),
]

LOSES = [  # what cannot be kept is said: the notice, and the number of bits that stay
    ("nothing", saved(PICTURE), None, 8),
    ("alpha", saved(with_alpha(PICTURE)), "transparent parts are shown on white", 8),
    ("alpha of 16 bits", contents(png(with_alpha(DEEP, ALPHA * np.uint16(257)))),
     "transparent parts are shown on white", 16),
    ("alpha of 16 bits, TIFF", tiff(with_alpha(DEEP, ALPHA * np.uint16(257)), extrasamples=[2]),
     "transparent parts are shown on white", 16),
    ("grey with alpha", saved(with_alpha(GREY)), "transparent parts are shown on white", 8),
    ("alpha without effect", saved(with_alpha(PICTURE, ALPHA * 0 + 255)), "hides nothing", 8),
    ("another channel", tiff(with_alpha(PICTURE), extrasamples=[0]), "3 of its 4 channels", 8),
    ("another channel of 16 bits", tiff(with_alpha(DEEP), extrasamples=[0]),
     "3 of its 4 channels", 16),
    ("CMYK", lambda path: Image.new("CMYK", SIZE, (9, 99, 9, 9)).save(path, "TIFF"), "CMYK", 8),
    ("Lab", tiff(PICTURE, "cielab"), "converted from LAB", 8),
    ("two pages", pages(PICTURE, PICTURE), "first of its 2 pages is read, 60 x 40", 8),
    ("two pages of 16 bits", pages(DEEP, DEEP[::2]), "first of its 2 pages is read", 16),
    ("an animation", saved(PICTURE, "GIF", save_all=True,
                           append_images=[Image.fromarray(PICTURE[::-1])]), "2 pages", 8),
    ("gAMA", with_chunk(b"gAMA", struct.pack(">I", 100_000)), "colours (gAMA)", 8),
    ("gAMA of sRGB", with_chunk(b"gAMA", struct.pack(">I", 45_455)), None, 8),
    ("cHRM", with_chunk(b"cHRM", struct.pack(">8I", *range(8))), "colours (cHRM)", 8),
    ("cICP", with_chunk(b"cICP", bytes([9, 16, 0, 1])), "colours (cICP)", 8),
    ("1.1e8 dpi", with_chunk(b"pHYs", struct.pack(">IIB", 2**32 - 1, 2**32 - 1, 1)),
     "pixels per inch is left out", 8),
    ("4294967295 dpi", tiff(PICTURE, resolution=(4294967295, 4294967295), resolutionunit=2),
     "resolution of 4294967295", 8),
    ("no resolution", tiff(PICTURE), None, 8),
    ("no unit of resolution", tiff(PICTURE, resolution=(3, 2), resolutionunit=1), None, 8),
    ("EXIF without resolution", saved(PICTURE, "JPEG", exif=Image.Exif()), None, 8),
    ("EXIF that is none", with_chunk(b"eXIf", b"no EXIF"), None, 8),
    ("a profile of 3 MB", saved(PICTURE, icc_profile=bytes(3_000_000)), None, 8),
    ("mirrored", tiff(DEEP, extratags=[(ORIENTATION, "H", 1, 4, True)]), "and mirrored", 16),
    ("turned", tiff(PICTURE, extratags=[(ORIENTATION, "H", 1, 6, True)]), "turned upright", 8),
]

WRONG_MASKS = [
    ("the picture itself", saved(PICTURE), ["in colour, like a photograph"]),
    ("a grey copy", saved(GREY), ["many grey pixels, like a photograph"]),
    ("a smooth grey picture", saved(cv2.GaussianBlur(GREY, (0, 0), 9)), ["many grey pixels"]),
    ("red marks on a copy", saved(np.where(MARKS[..., None], [255, 0, 0], PICTURE)
                                  .astype(np.uint8)), ["in colour", "marks in red"]),
    ("red marks on black", saved(np.dstack([WHITE, 0 * WHITE, 0 * WHITE])), ["marks in red"]),
    ("red marks on nothing", saved(np.dstack([WHITE, 0 * WHITE, 0 * WHITE, WHITE])),
     ["transparent parts are shown on black", "marks in red"]),
    ("black marks on nothing", saved(np.dstack([0 * WHITE, WHITE])),
     ["transparent parts are shown on black", "marks 0%"]),
    ("holes in the picture", saved(with_alpha(PICTURE, 255 - WHITE)), ["shown on black"]),
    ("a soft brush", saved(cv2.GaussianBlur(WHITE, (0, 0), 4) * 3), ["a soft brush"]),
    ("1 for white", saved(WHITE // 255), ["largest number being 1 of 255"]),
    ("black for white", saved(255 - WHITE), ["marks 9", "invert the mask"]),
    ("black", saved(0 * WHITE), ["marks 0%", "white"]),
    ("white", saved(0 * WHITE + 255), ["marks 100%"]),
    ("of a smaller picture", saved(WHITE[::2, ::2]), ["30 x 20", "60 x 40", "same size"]),
    ("one column short", saved(WHITE[:, :-1]), ["59 x 40", "60 x 40"]),
    ("turned", saved(np.rot90(WHITE)), ["40 x 60", "60 x 40"]),
    ("turned by its tag", tiff(WHITE, "minisblack", extratags=[(ORIENTATION, "H", 1, 6, True)]),
     ["turned upright, as its orientation tag asks", "40 x 60", "60 x 40"]),
    ("no picture", contents(b"text"), ["cannot be read as a picture"]),
    ("nothing", lambda path: None, ["No such file"]),
]

SOFT = cv2.resize(cv2.resize(WHITE, (600, 400)), (60, 40), interpolation=cv2.INTER_AREA)
GOOD_MASKS = [
    ("white on black", saved(WHITE)),
    ("true on false", saved(MARKS)),
    ("in colour", saved(np.dstack([WHITE] * 3))),
    ("of 16 bits", tiff(WHITE * np.uint16(257), "minisblack")),
    ("of numbers from 0 to 1", tiff(WHITE / np.float32(255), "minisblack")),
    ("JPEG", saved(WHITE, "JPEG", quality=60)),
    ("with soft edges", saved(SOFT)),
    ("nearly white on nearly black", saved(np.where(MARKS, 200, 50).astype(np.uint8))),
    ("white on nothing", saved(np.dstack([0 * WHITE + 255, WHITE]))),
    ("of a palette", lambda path: Image.fromarray(WHITE).convert("P").save(path, "PNG")),
]

ARGUMENTS = [  # argparse answers
    ([], "the following arguments are required: picture"),
    (["a.png", "b.png"], "unrecognized arguments: b.png"),
    (["a.png", "--mask"], "expected one argument"),
    (["a.png", "--output"], "expected one argument"),
    (["a.png", "--tile", "9"], "unrecognized arguments: --tile 9"),
    (["a.png", "--precision", "float64"], "invalid choice: 'float64'"),
    (["--fi", "a"], "ambiguous option: --fi could match --finder, --filler"),
]


def ids(rows):
    return [str(row[0]) for row in rows]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "scan.png"


def files(folder):
    return sorted(folder.rglob("*"))


@pytest.mark.parametrize("_, make, words", PICTURES, ids=ids(PICTURES))
def test_a_picture_that_cannot_be_read_is_refused(loaded, path, _, make, words, capfd):
    make(path)
    before = files(path.parent)
    with pytest.raises(PictureError) as error:
        restore_file(path, path.parent / "out")
    assert_one_sentence(error, str(path), *words)
    assert files(path.parent) == before and loaded == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("_, make, notice, bits", LOSES, ids=ids(LOSES))
def test_what_a_picture_loses_is_said(path, _, make, notice, bits):
    make(path)
    scan = read_scan(path)
    assert scan.pixels.dtype.name == f"uint{bits}"
    assert scan.dpi is None
    assert len(scan.notices) == (notice is not None)
    assert notice is None or notice in scan.notices[0]


@pytest.mark.parametrize("_, make, words", WRONG_MASKS, ids=ids(WRONG_MASKS))
def test_a_mask_that_is_none_is_refused(loaded, path, _, make, words):
    Image.fromarray(PICTURE).save(path)
    mask = path.with_name("mask.png")
    make(mask)
    before = files(path.parent)
    with pytest.raises(PictureError) as error:
        restore_file(path, path.parent / "out", mask_path=mask)
    assert_one_sentence(error, str(mask), *words)
    assert files(path.parent) == before and loaded == []


@pytest.mark.parametrize("_, make", GOOD_MASKS, ids=ids(GOOD_MASKS))
def test_a_mask_that_is_one_is_understood(path, _, make):
    make(path)
    mask, scan = read_mask(path, PICTURE)
    assert np.array_equal(mask, MARKS) and scan.file == "scan.png"


@pytest.mark.parametrize("arguments, words", ARGUMENTS, ids=ids(ARGUMENTS))
def test_wrong_arguments_end_with_status_2(arguments, words, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2 and words in capsys.readouterr().err


@pytest.mark.parametrize("name, output, words", [
    (251 * "a", "out", ["too long", "shorter name"]),
    ("scan", "scan.png", ["cannot be written to", "another folder"]),
    ("scan", "scan.png/out", ["cannot be written to", "Not a directory"]),
    ("scan", "/proc/out", ["/proc/out", "cannot be written to"]),
    ("scan", 300 * "b", ["too long"]),
], ids=["long", "a file", "in a file", "not allowed", "long folder"])
@pytest.mark.parametrize("work", [find_file, restore_file])
def test_where_nothing_can_be_written_no_work_is_begun(
    loaded, tmp_path, name, output, words, work
):
    path = tmp_path / f"{name}.png"
    Image.fromarray(PICTURE).save(path)
    with pytest.raises(InputError) as error:
        work(path, tmp_path / output)
    assert_one_sentence(error, *words)
    assert files(tmp_path) == [path] and loaded == []


# Damaged at random places

WRITERS = {
    "PNG": saved(PICTURE),
    "PNG of 16 bits": contents(png(with_alpha(DEEP))),
    "JPEG": saved(PICTURE, "JPEG", exif=Image.Exif(), dpi=(300, 300)),
    "TIFF": tiff(PICTURE, compression="zlib", resolution=(300, 300)),
    "TIFF of 16 bits": tiff(DEEP, tile=(16, 16)),
    "WebP": saved(PICTURE, "WEBP", lossless=True),
    "JPEG 2000": saved(PICTURE, "JPEG2000"),
    "GIF": saved(PICTURE, "GIF"),
    "BMP": saved(PICTURE, "BMP"),
}


def damaged(data, rng):
    """Cut it off, change some bytes, clear some, or put some in between."""
    data, place = bytearray(data), rng.integers(len(data))
    how = rng.integers(4)
    if how == 0:
        return data[:place]
    if how == 1:
        for other in rng.integers(min(len(data), 300), size=3):
            data[other] = rng.integers(256)
    elif how == 2:
        data[place : place + 20] = bytes(len(data[place : place + 20]))
    else:
        data[place:place] = rng.bytes(9)
    return data


@pytest.mark.parametrize("kind", WRITERS)
def test_a_file_damaged_anywhere_is_read_or_refused(path, kind, capfd):
    WRITERS[kind](path)
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    refused = 0
    for _ in range(40):
        path.write_bytes(damaged(whole, rng))
        try:
            scan = read_scan(path)
            assert scan.pixels.dtype.name in ("uint8", "uint16", "float32") and scan.pixels.size
        except PictureError as error:
            assert re.fullmatch(r"'[^']+' [^.]+; [^.]+\.", str(error).replace(".png", ""))
            refused += 1
    assert 0 < refused
    assert capfd.readouterr() == ("", "")
