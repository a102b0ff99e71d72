"""Picture files to arrays and back: pictures to compute with, and scans that keep the numbers of their file."""

import warnings
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import tifffile
from PIL import ExifTags, Image, ImageChops, ImageCms, ImageOps, TiffImagePlugin

from .checks import LARGEST, PictureError, check_mask

# Pillow's own limit refuses large scans of paintings. It raises its error at twice this number of pixels.
Image.MAX_IMAGE_PIXELS = 200_000_000
GREY_MODES = ("1", "L", "LA", "I;16", "I;16B", "F")  # Pillow's names
ORIENTATION = ExifTags.Base.Orientation


def read_picture(path):
    """Read one image file, turned upright; of an animation or a multi-page file, the first frame.

    Transparent parts are shown on white. 16 bits per channel keep their precision, unless there is an alpha channel.

    Returns float32 RGB, shape (height, width, 3), values in [0, 1].
    Raises PictureError if there is no such file or it does not hold a picture that can be read.
    """
    path = Path(path)
    data = read_bytes(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # large, but within our limit
            image = Image.open(BytesIO(data))
    except Image.DecompressionBombError as error:
        limit = 2 * Image.MAX_IMAGE_PIXELS // 1_000_000
        raise PictureError(f"'{path}' has more than {limit} million pixels; make it smaller first.") from error
    except Exception as error:
        raise PictureError(
            f"'{path}' cannot be read as a picture; save it as PNG, JPEG or TIFF with 8 or 16 bits per channel."
        ) from error

    # Pillow's decoders raise many types of error for a broken file: OSError, SyntaxError, ValueError, struct.error ...
    try:
        image.load()
        pixels = pixels_of(image, data)
    except MemoryError as error:
        raise PictureError(f"'{path}' does not fit into the memory of this computer; make it smaller first.") from error
    except Exception as error:
        raise PictureError(f"'{path}' is damaged or incomplete; copy or download it again.") from error
    if pixels is None:
        raise PictureError(
            f"'{path}' stores its values in a form this tutorial does not read; "
            "save it as PNG with 8 or 16 bits per channel."
        )
    return pixels


def read_bytes(path):
    if path.is_dir():
        raise PictureError(f"'{path}' is a folder; give the name of a picture file inside it.")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PictureError(f"'{path}' cannot be opened ({error.strerror}); check its name and its folder.") from error
    if not data:
        raise PictureError(f"'{path}' is empty; copy or download it again.")
    return data


def pixels_of(image, data):
    """Return float32 RGB in [0, 1], or None where we do not know which number is black and which is white."""
    if image.mode in ("RGB", "I;16", "I;16B") and bits_per_channel(image, data) == 16:
        return read_16_bits(image, data)
    if image.mode == "F":
        return read_float(image)
    if image.mode.startswith("I"):
        return None
    return np.asarray(to_rgb(image)) / np.float32(255)


def bits_per_channel(image, data):
    if image.format == "PNG":
        return data[24]  # https://www.w3.org/TR/png-3/#11IHDR
    if image.format == "TIFF":
        return max(image.tag_v2.get(TiffImagePlugin.BITSPERSAMPLE, (1,)))
    return 8


def read_16_bits(image, data):
    # Pillow keeps only 8 of the 16 bits of a colour channel, OpenCV keeps all. It turns the picture upright, too.
    if image.format == "TIFF":
        separate_channels = image.tag_v2.get(TiffImagePlugin.PLANAR_CONFIGURATION) == 2
        zero_is_white = image.tag_v2.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION) == 0
        if separate_channels or zero_is_white:
            return None  # both are rare, and both libraries read them wrongly at 16 bits
    bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH)
    return bgr[..., ::-1] / np.float32(65535)


def read_float(image):
    grey = np.asarray(image)  # upright: Pillow turns TIFF files by itself
    if not (grey.min() >= 0 and grey.max() <= 1):  # written so that NaN fails, too
        return None
    return np.repeat(grey[..., np.newaxis], 3, axis=2)


def to_rgb(image):
    """Return an upright 8-bit RGB copy of a Pillow image."""
    upright = ImageOps.exif_transpose(image)
    if upright.has_transparency_data:
        canvas = Image.new("RGBA", upright.size, "white")
        canvas.alpha_composite(upright.convert("RGBA"))
        return canvas.convert("RGB")
    if upright.mode == "CMYK":
        if image.format == "JPEG" and "adobe" not in image.info:
            upright = ImageChops.invert(upright)  # Pillow takes every CMYK JPEG for one of Adobe's, which are inverted
        return cmyk_to_rgb(upright)
    return upright.convert("RGB")


def cmyk_to_rgb(image):
    """Convert with the colour profile inside the file; without a usable one, by plain arithmetic."""
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(image.info["icc_profile"]))
        return ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (KeyError, OSError, ImageCms.PyCMSError):
        return image.convert("RGB")


class Scan(NamedTuple):
    """A picture in the numbers of its file, upright, and what its file says about them.

    pixels: (height, width, 3), or (height, width) of a grey picture; uint8, uint16 or, from 0 to 1, float32.
    dpi: pixels per inch across and down.   format: of the file, such as "TIFF".
    """

    pixels: np.ndarray
    icc_profile: bytes | None
    dpi: tuple[float, float] | None
    format: str


def read_scan(path):
    """Read a picture file as `read_picture` does, but in its own depth, so that it can be written again unchanged.

    Pictures with transparent parts or in CMYK cannot be kept as they are: the ones are shown on white, the others are
    converted to sRGB, both with 8 bits per channel.
    Raises PictureError if there is no such file or it does not hold a picture that can be read.
    """
    picture = read_picture(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        with Path(path).open("rb") as file, Image.open(file) as image:  # the header alone
            file.seek(0)
            deep = image.mode in ("RGB", "I;16", "I;16B") and bits_per_channel(image, file.read(25)) == 16
            kind = "float32" if image.mode == "F" else "uint16" if deep else "uint8"
            return Scan(
                pixels=as_stored(picture[..., 0] if image.mode in GREY_MODES else picture, kind),
                icc_profile=None if image.mode == "CMYK" else image.info.get("icc_profile"),
                dpi=dpi_of(image),
                format=image.format,
            )


def dpi_of(image):
    dpi = [float(number) for number in image.info.get("dpi", ())]
    if not all(np.isfinite(dpi)) or not all(number > 0 for number in dpi):
        return None
    sideways = image.getexif().get(ORIENTATION, 1) >= 5
    return tuple(dpi[::-1] if sideways else dpi) or None


def as_stored(picture, kind):
    """Return float32 numbers in [0, 1] as a file keeps them: kind is "uint8", "uint16" or "float32".

    Numbers that were read from a file come back exactly.
    """
    picture = np.clip(picture, 0, 1)
    if kind != "float32":
        picture *= LARGEST[kind]
        np.rint(picture, out=picture)  # in place: a large scan takes a gigabyte here
    return picture.astype(kind, copy=False)


def as_painted(colours, painting):
    """Colours (n, 3) float32 in [0, 1] as pixels of a painting: in its type, and grey if it is."""
    if painting.ndim == 2:
        colours = colours.mean(axis=-1)
    return as_stored(colours, painting.dtype.name)


def read_mask(path, painting):
    """Read a mask from a picture file: (h, w) bool, True where it is white. Raises PictureError."""
    mask = read_picture(path).mean(axis=-1) > 0.5
    check_mask(mask, painting, f"'{path}'")
    return mask


def write_picture(path, pixels, dpi=None, icc_profile=None):
    """Write pixels without loss, as TIFF or PNG. pixels, dpi and icc_profile: as in a Scan."""
    if path.suffix == ".png":
        Image.fromarray(pixels).save(path, dpi=dpi, icc_profile=icc_profile)
    else:
        tifffile.imwrite(
            path, pixels, photometric="rgb" if pixels.ndim == 3 else "minisblack", metadata=None,
            compression="zlib", resolution=dpi, resolutionunit="INCH", iccprofile=icc_profile,
        )
