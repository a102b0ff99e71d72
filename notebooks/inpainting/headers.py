"""What the headers of picture files say: depth, resolution, and what cannot be kept.

`image` is a Pillow image that was opened and not loaded yet.
"""

import contextlib
from io import BytesIO

import numpy as np
from PIL import ExifTags, Image
from PIL.TiffImagePlugin import (
    BITSPERSAMPLE, EXTRASAMPLES, PHOTOMETRIC_INTERPRETATION, PLANAR_CONFIGURATION, SAMPLEFORMAT,
    SAMPLESPERPIXEL,
)

from .checks import PictureError

DEEP_MODES = {  # what is read in 16 bits
    "PNG": ("I;16", "RGB", "LA", "RGBA"),
    "TIFF": ("I;16", "I;16B", "RGB", "RGBA"),
    "JPEG2000": ("I;16", "RGB"),
}
CONVERTED = "CMYK", "LAB", "YCbCr"
LARGEST_DPI = 100_000  # such a pixel is smaller than a wave of light
SRGB_GAMMA = 0.45455
SRGB_CHROMATICITY = 0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06


def unreadable(path, what):
    return PictureError(
        f"'{path}' stores its values in a form this tutorial does not read ({what}); save it as "
        "PNG or TIFF, grey or RGB, with 8 or 16 bits per channel."
    )


def check_readable(image, data, path):
    """Raise PictureError if a file would be read wrongly, or less deep than it is.

    image: opened by Pillow, not loaded yet.   data: the bytes of the file.   path: of the file.
    """
    bits, tags = bits_per_channel(image, data), getattr(image, "tag_v2", {})
    floating = image.mode == "F" and bits == 32
    deep = bits == 16 and image.mode in DEEP_MODES.get(image.format, ())
    if not (floating or deep) and (bits > 8 or image.mode.startswith(("I", "F"))):
        raise unreadable(path, f"{bits} bits, {image.format}, {image.mode}")
    if "transparency" in image.info and deep:
        raise unreadable(path, "16 bits and a transparent colour")
    if tags.get(SAMPLEFORMAT) == (2,):
        raise unreadable(path, "numbers with a sign")
    # Both libraries read these wrongly when they are deep.
    if bits > 8 and tags.get(PHOTOMETRIC_INTERPRETATION) == 0:
        raise unreadable(path, f"{bits} bits, and zero is white")
    if bits > 8 and len(image.getbands()) > 1 and tags.get(PLANAR_CONFIGURATION) == 2:
        raise unreadable(path, f"{bits} bits in separate channels")
    if deep and image.mode == "RGBA" and tags.get(EXTRASAMPLES, (2,)) != (2,):
        raise unreadable(path, "16 bits, multiplied with their alpha channel")
    if image.format == "TIFF" and first_is_thumbnail(tags, data):
        raise PictureError(
            f"'{path}' holds several pictures, and the first one is smaller than another, like a "
            "thumbnail; save the picture that you mean as a file of its own."
        )


def bits_per_channel(image, data):
    """How many bits a file uses for one number, at most."""
    if image.format == "PNG":
        return data[24]  # https://www.w3.org/TR/png-3/#11IHDR
    if image.format == "TIFF":
        return max(image.tag_v2.get(BITSPERSAMPLE, (1,)))
    if image.format == "JPEG2000":  # its SIZ marker: ISO/IEC 15444-1, A.5.1
        siz = data[data.index(b"\xff\x4f\xff\x51") + 4 :]
        channels = int.from_bytes(siz[36:38])
        return max(1 + (depth & 127) for depth in siz[38 : 38 + 3 * channels : 3])
    return 8


def first_is_thumbnail(tags, data):
    """Whether the first picture of a TIFF file is a small copy of another, which lies on a further
    page, or inside of the first one, as in the raw files of cameras."""
    inside = tags.get(ExifTags.Base.NewSubfileType, 0) & 1 and ExifTags.Base.SubIFDs in tags
    with Image.open(BytesIO(data), formats=["TIFF"]) as pages:
        sizes = []  # in a second Image: the first one would keep tags of the other pages
        for page in range(pages.n_frames):
            pages.seek(page)
            sizes.append(pages.width * pages.height)
    return inside or sizes[0] < max(sizes)


def profile_of(image, data):
    """The ICC colour profile of a picture file; None where there is none."""
    if image.format == "TIFF":  # `info` may hold that of a page that was only counted
        return image.tag_v2.get(ExifTags.Base.InterColorProfile)
    if image.format != "JPEG2000":
        return image.info.get("icc_profile")
    header = data[: data.find(b"jp2c")]  # Pillow does not read it: ISO/IEC 15444-1, I.5.3.3
    start = header.find(b"colr\x02")
    length = int.from_bytes(header[start - 4 : start])
    return header[start + 7 : start - 4 + length] if start > 0 else None


def exif_of(image):
    """The EXIF tags of a Pillow image, {number: value}; none where they cannot be read."""
    try:
        return dict(image.getexif())
    except Exception:  # whatever is wrong there, it is not the picture
        return {}


def dpi_of(image, exif):
    """The resolution of a Pillow image as in a Scan, and a list of what to say about it.

    exif: from `exif_of`.
    """
    dpi = stated_dpi(image, exif)
    if not any(dpi):
        return None, []
    if not all(is_positive(number) and 1 <= number <= LARGEST_DPI for number in dpi):
        return None, [f"its resolution of {dpi[0]} x {dpi[1]} pixels per inch is left out"]
    across, down = map(float, dpi)
    sideways = exif.get(ExifTags.Base.Orientation) in (5, 6, 7, 8)
    return (down, across) if sideways else (across, down), []


def stated_dpi(image, exif):
    """The resolution across and down that a file states, in pixels per inch; () if it does not.

    For JPEG and TIFF, Pillow makes up what is missing, and may take the one across for both.
    """
    if image.format not in ("JPEG", "MPO", "TIFF") or image.info.get("jfif_unit"):
        return image.info.get("dpi", ())
    numbers = exif.get(ExifTags.Base.XResolution), exif.get(ExifTags.Base.YResolution)
    unit = {2: 1, 3: 2.54}.get(exif.get(ExifTags.Base.ResolutionUnit, 2))  # inches, centimetres
    if unit is None or not all(map(is_positive, numbers)):
        return ()
    return tuple(float(number) * unit for number in numbers)


def is_positive(number):
    """Whether a value of a tag is a number above 0."""
    with contextlib.suppress(TypeError, ValueError, ZeroDivisionError):
        return 0 < float(number) < np.inf
    return False


def notices_of(image, data):
    """List what of a Pillow image is changed or lost when it is read."""
    notices = []
    pages = getattr(image, "n_frames", 1)
    if pages > 1:
        notices.append(
            f"only the first of its {pages} pages is read, {image.width} x {image.height} pixels"
        )
    if image.mode in CONVERTED:
        notices.append(f"converted from {image.mode} to sRGB with 8 bits per channel")
    channels = len(image.getbands())
    stored = getattr(image, "tag_v2", {}).get(SAMPLESPERPIXEL, channels)
    if stored > channels:
        notices.append(f"only {channels} of its {stored} channels are read")
    chunks = colour_chunks(image, data)
    if chunks:
        notices.append(
            f"its description of the colours ({', '.join(chunks)}) is left out, so that programs "
            "may show them differently"
        )
    return notices


def colour_chunks(image, data):
    """The names of those chunks of a PNG file that ask for other colours than sRGB."""
    if image.format != "PNG":
        return []
    chunks = ["cICP"] if b"cICP" in data[: data.find(b"IDAT")] else []
    if not {"icc_profile", "srgb"} & image.info.keys():
        for chunk, key, usual in [
            ("gAMA", "gamma", SRGB_GAMMA), ("cHRM", "chromaticity", SRGB_CHROMATICITY)
        ]:
            if not np.allclose(image.info.get(key, usual), usual, atol=0.005):
                chunks.append(chunk)
    return chunks
