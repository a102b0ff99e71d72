"""Picture files to arrays and back: pictures to compute with, and scans in the numbers of files."""

import contextlib
import hashlib
import stat
import warnings
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import tifffile
from PIL import ExifTags, Image, ImageChops, ImageCms, PngImagePlugin, UnidentifiedImageError

from .checks import LARGEST, PictureError, check_black_and_white, check_mask
from .command import without_stderr
from .headers import (
    CONVERTED, bits_per_channel, check_readable, dpi_of, exif_of, notices_of, profile_of,
    unreadable,
)

# Pillow's own limits refuse large scans, and large colour profiles in PNG files. It raises its
# error at twice this number of pixels.
Image.MAX_IMAGE_PIXELS = 200_000_000
PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY
tifffile.logger().setLevel("CRITICAL")  # an error of a file is told in our own sentence

FORMATS = "PNG", "JPEG", "TIFF", "WEBP", "JPEG2000", "GIF", "BMP"  # Pillow's names
LARGEST_FILE = 4 * 2**30  # bytes, which is more than 400 million pixels of 16 bits take
BACKGROUND = {"black": 0, "white": 1}
UPRIGHT = {  # what turns the stored picture upright, for each value of the orientation tag
    2: np.fliplr,
    3: lambda pixels: np.rot90(pixels, 2),
    4: np.flipud,
    5: lambda pixels: pixels.swapaxes(0, 1),
    6: lambda pixels: np.rot90(pixels, -1),
    7: lambda pixels: np.rot90(pixels, 2).swapaxes(0, 1),
    8: np.rot90,
}
MIRRORED = 2, 4, 5, 7


class Scan(NamedTuple):
    """A picture in the numbers of its file, upright, and what its file says about them.

    pixels: (height, width, 3), or (height, width) of a grey picture; uint8, uint16 or, from 0 to
        1, float32.
    icc_profile: the bytes of the colour profile, or None.
    dpi: (across, down), pixels per inch, or None.
    format: of the file, such as "TIFF".   file: its name.   sha256: its checksum.
    notices: list of what was changed or could not be kept, a phrase each.
    """

    pixels: np.ndarray
    icc_profile: bytes | None
    dpi: tuple[float, float] | None
    format: str
    file: str
    sha256: str
    notices: list[str]


def read_picture(path):
    """Read a picture file as `read_scan` does, to compute with it.

    Returns float32 RGB, shape (height, width, 3), values in [0, 1].
    Raises PictureError if there is no such file or it does not hold a picture that can be read.
    """
    pixels = read_scan(path).pixels
    picture = pixels / np.float32(LARGEST[pixels.dtype.name])
    return np.repeat(picture[..., np.newaxis], 3, axis=2) if picture.ndim == 2 else picture


def read_scan(path, background="white"):
    """Read a picture file in its own depth and upright, so that it can be written again unchanged.

    The file is read once, and its checksum is that of what was read. Of several pages or frames,
    the first one counts. Transparent parts are shown on the background, "white" or "black". CMYK,
    Lab and YCbCr are converted to sRGB with 8 bits per channel. The notices of the Scan say so.

    Returns a Scan.
    Raises PictureError if there is no such file or it does not hold a picture that can be read.
    """
    path = Path(path)
    data = read_bytes(path)
    with decoding(path, data):
        image = Image.open(BytesIO(data), formats=FORMATS)
        check_readable(image, data, path)
        exif = exif_of(image)
        orientation = exif.get(ExifTags.Base.Orientation)
        dpi, notices = dpi_of(image, exif)
        notices += notices_of(image, data)
        tagged = ExifTags.Base.Orientation in getattr(image, "tag_v2", {})  # else in XMP
        pixels = stored_pixels(image, data)
        if orientation in UPRIGHT:
            mirrored = " and mirrored" if orientation in MIRRORED else ""
            notices.append(f"turned upright{mirrored}, as its orientation tag asks")
            # Pillow turns TIFF files itself, OpenCV, in 16 bits, those that have the tag.
            if image.format != "TIFF" or pixels.dtype == np.uint16 and not tagged:
                pixels = UPRIGHT[orientation](pixels)
        if pixels.shape[2:] in ((2,), (4,)):
            pixels, notice = without_alpha(pixels, background)
            notices.append(notice)
        if pixels.dtype == np.float32 and not (pixels.min() >= 0 and pixels.max() <= 1):
            raise unreadable(path, "numbers that are not between 0 and 1")
        return Scan(
            pixels=np.ascontiguousarray(pixels),
            icc_profile=None if image.mode in CONVERTED else profile_of(image, data),
            dpi=dpi,
            format=image.format,
            file=path.name,
            sha256=hashlib.sha256(data).hexdigest(),
            notices=notices,
        )


def read_bytes(path):
    """The contents of a file. Raises PictureError unless it is a regular file of sensible size."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise PictureError(f"'{path}' is a folder; give the name of a picture file inside it.")
        if not stat.S_ISREG(status.st_mode):
            raise PictureError(f"'{path}' is a device or a pipe; give the name of a picture file.")
        if status.st_size > LARGEST_FILE:
            raise PictureError(f"'{path}' has more than 4 gigabytes; make it smaller first.")
        data = path.read_bytes()
    except OSError as error:
        raise PictureError(
            f"'{path}' cannot be opened ({error.strerror}); check its name and its folder."
        ) from error
    except MemoryError as error:
        raise too_large(path) from error
    if not data:
        raise PictureError(f"'{path}' is empty; copy or download it again.")
    return data


@contextlib.contextmanager
def decoding(path, data):
    """Turn what the decoders raise into one sentence, and silence what they print.

    path, data: of the file, for the sentence.   Raises PictureError.
    """
    try:
        with without_stderr(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except PictureError:
        raise
    except MemoryError as error:
        raise too_large(path) from error
    except Image.DecompressionBombError as error:
        limit = 2 * Image.MAX_IMAGE_PIXELS // 1_000_000
        raise PictureError(
            f"'{path}' has more than {limit} million pixels; make it smaller first."
        ) from error
    except Exception as error:  # OSError, SyntaxError, ValueError, struct.error, cv2.error ...
        compression = tiff_compression(data)
        if compression not in (None, *READ_COMPRESSIONS):
            raise PictureError(
                f"'{path}' is a TIFF file with {compression} compression, which cannot be read; "
                "save it without compression or with LZW or ZIP."
            ) from error
        if isinstance(error, UnidentifiedImageError):
            raise PictureError(
                f"'{path}' cannot be read as a picture; save it as PNG, JPEG or TIFF with 8 or 16 "
                "bits per channel."
            ) from error
        raise PictureError(
            f"'{path}' is damaged, incomplete or of a rare kind; copy or download it again, or "
            "save it as PNG."
        ) from error


READ_COMPRESSIONS = "NONE", "LZW", "ADOBE_DEFLATE", "DEFLATE", "PACKBITS", "JPEG"


def tiff_compression(data):
    """The name of the compression of a TIFF file, such as "ZSTD"; None if there is no such name."""
    try:
        with tifffile.TiffFile(BytesIO(data)) as tiff:
            return tifffile.COMPRESSION(tiff.pages.first.compression).name
    except Exception:  # tifffile raises many types, too
        return None


def too_large(path):
    return PictureError(
        f"'{path}' does not fit into the memory of this computer; make it smaller first."
    )


def stored_pixels(image, data):
    """The numbers of a Pillow image: (h, w), or (h, w, 2 to 4) with an alpha channel last.

    Returns uint8, uint16 or float32.
    """
    image.load()  # it notices damage that OpenCV reads over
    if image.mode != "F" and bits_per_channel(image, data) == 16:
        return pixels_of_16_bits(image, data)
    if image.mode == "CMYK":
        image = cmyk_to_rgb(image)
    elif image.mode in ("1", "L") and image.has_transparency_data:
        image = image.convert("LA")
    elif image.mode == "1":
        image = image.convert("L")
    elif image.has_transparency_data and image.mode != "LA":
        image = image.convert("RGBA")
    elif image.mode not in ("L", "LA", "RGB", "F"):
        image = image.convert("RGB")
    return np.asarray(image)


def pixels_of_16_bits(image, data):
    """Read with OpenCV: Pillow keeps only 8 of the 16 bits of a colour channel."""
    mode = "LA" if image.format == "PNG" and data[25] == 4 else image.mode
    image.close()  # for its memory
    np.empty((2, image.height, image.width, 4), np.uint16)  # OpenCV would hide a MemoryError
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise OSError("OpenCV cannot decode it")
    if pixels.ndim == 3:
        four = pixels.shape[2] == 4
        pixels = cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGBA if four else cv2.COLOR_BGR2RGB)
    return {"LA": pixels[..., ::3], "RGB": pixels[..., :3]}.get(mode, pixels)


def cmyk_to_rgb(image):
    """Convert with the colour profile in the file; without a usable one, by plain arithmetic."""
    if image.format == "JPEG" and "adobe" not in image.info:
        # Pillow takes every CMYK JPEG for one of Adobe's, which are inverted.
        image = ImageChops.invert(image)
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(image.info["icc_profile"]))
        srgb = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, profile, srgb, outputMode="RGB")
    except (KeyError, OSError, ImageCms.PyCMSError):
        return image.convert("RGB")


def without_alpha(pixels, background):
    """Show pixels (h, w, 2 or 4), alpha last, on a background; row by row, for the memory.

    Returns (h, w) or (h, w, 3) of the same type, and a phrase that says what was done.
    """
    *_, channels = pixels.shape
    largest = np.float32(LARGEST[pixels.dtype.name])
    shown = np.ascontiguousarray(pixels[..., 0] if channels == 2 else pixels[..., :3])
    opaque = True
    for row, stored in zip(shown, pixels):
        weight = stored[:, -1:] / largest
        if weight.min() < 1:
            opaque = False
            mixed = weight * stored[:, :-1] + (1 - weight) * largest * BACKGROUND[background]
            row[...] = np.rint(mixed).reshape(row.shape)
    return shown, (
        "its alpha channel, which hides nothing, is left out" if opaque
        else f"its transparent parts are shown on {background}"
    )


def as_stored(picture, kind):
    """Return float32 numbers in [0, 1] as a file keeps them; those from a file come back exactly.

    kind: "uint8", "uint16" or "float32".
    """
    picture = np.clip(picture, 0, 1)
    if kind != "float32":
        picture *= LARGEST[kind]
        np.rint(picture, out=picture)  # in place: a large picture takes a gigabyte here
    return picture.astype(kind, copy=False)


def reduced_picture(painting, shape):
    """A painting, grey or in colour and of any depth, made smaller: (*shape, 3) uint8 RGB."""
    small = cv2.resize(painting, shape[::-1], interpolation=cv2.INTER_AREA)
    if small.dtype != np.uint8:
        small = as_stored(small / np.float32(LARGEST[small.dtype.name]), "uint8")
    return np.repeat(small[..., None], 3, axis=-1) if small.ndim == 2 else small


def shape_within(shape, side):
    """The (height, width) of a picture made smaller until no side is above `side` pixels."""
    scale = min(1, side / max(shape))
    return tuple(max(1, round(length * scale)) for length in shape)


def as_painted(colours, painting):
    """Colours (n, 3) float32 in [0, 1] as pixels of a painting: in its type, and grey if it is."""
    if painting.ndim == 2:
        colours = colours.mean(axis=-1)
    return as_stored(colours, painting.dtype.name)


def read_mask(path, painting):
    """Read a mask from a picture file: white where the painting is damaged, black elsewhere.

    What is transparent counts as black. Pixels a little off, as JPEG and soft edges make them, are
    understood.

    painting: the array that the mask belongs to.
    Returns (h, w) bool, True where damaged, and the Scan of the file.
    Raises PictureError if there is no such file, it is no mask, or not one of this painting.
    """
    scan = read_scan(path, background="black")
    name = f"'{path}' ({', '.join(scan.notices)})" if scan.notices else f"'{path}'"
    check_black_and_white(scan.pixels, name)
    bright = scan.pixels > scan.pixels.dtype.type(LARGEST[scan.pixels.dtype.name] / 2)
    mask = bright if bright.ndim == 2 else bright.all(axis=-1)
    check_mask(mask, painting, name)
    return mask, scan


def ending_of(pixels, file_format=None):
    """The ending of a file that keeps these pixels without loss.

    pixels: as in a Scan.   file_format: of the file that they come from, or None.
    """
    deep = pixels.dtype != np.uint8  # Pillow's PNG has 8 bits
    return ".tif" if deep or file_format == "TIFF" else ".png"


def write_picture(path, pixels, dpi=None, icc_profile=None):
    """Write pixels without loss, as TIFF or PNG. pixels, dpi and icc_profile: as in a Scan."""
    if path.suffix == ".png":
        Image.fromarray(pixels).save(path, dpi=dpi, icc_profile=icc_profile)
    else:
        tifffile.imwrite(
            path, pixels, photometric="rgb" if pixels.ndim == 3 else "minisblack", metadata=None,
            compression="zlib", resolution=dpi, resolutionunit="INCH", iccprofile=icc_profile,
        )
