"""Where pictures come from: image files, CIFAR-10, the offline sample, the display set, real paintings.

Everything that leaves this module is float32 RGB in [0, 1], except scans, which keep the numbers of their file.
"""

import csv
import os
import socket
import sys
import warnings
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pooch
import skimage.data
from PIL import ExifTags, Image, ImageChops, ImageCms, ImageOps, TiffImagePlugin
from tqdm import tqdm

# Pillow's own limit refuses large scans of paintings. It raises its error at twice this number of pixels.
Image.MAX_IMAGE_PIXELS = 200_000_000

TRAIN_COUNT, VALIDATION_COUNT, TEST_COUNT = 45_000, 5_000, 1_000
DOWNLOAD_TIMEOUT = 30  # seconds without a single byte

PHOTOGRAPHS = {
    "astronaut": skimage.data.astronaut,
    "chelsea": skimage.data.chelsea,
    "coffee": skimage.data.coffee,
    "rocket": skimage.data.rocket,
    "motorcycle": lambda: skimage.data.stereo_motorcycle()[0],
}

# Name: photograph and (left, top, right, bottom) in pixels. All four photographs are public domain or CC0.
DISPLAY_SQUARES = {
    "face": ("astronaut", (120, 0, 320, 200)),
    "cat": ("chelsea", (120, 40, 370, 290)),
    "cup": ("coffee", (160, 5, 420, 265)),
    "rocket": ("rocket", (190, 120, 490, 420)),
    "badge": ("astronaut", (128, 342, 224, 438)),
    "shuttle": ("astronaut", (330, 110, 510, 290)),
}
DISPLAY_NAMES = tuple(DISPLAY_SQUARES)


class PictureError(ValueError):
    """A picture that cannot be used. The message says which one, what is wrong and what to do."""


class Cifar10(NamedTuple):
    """Small pictures for training: three float32 arrays, shape (n, 32, 32, 3), values in [0, 1]."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    source: str

    @property
    def is_real(self) -> bool:
        """False for the offline sample: its scores do not compare with those of CIFAR-10."""
        return self.source.startswith("CIFAR-10")


def data_folder() -> Path:
    """Return the folder for data sets: `INPAINTING_DATA`, or a folder in the user's cache. It may not exist yet."""
    return Path(os.environ.get("INPAINTING_DATA") or pooch.os_cache("image-inpainting-tutorial"))


# ---------------------------------------------------------------------------------------------------------------------
# Image files


def read_picture(path: str | os.PathLike) -> np.ndarray:
    """Read one image file, turned upright; of an animation or a multi-page file, the first frame.

    Transparent parts are shown on white. 16 bits per channel keep their precision, unless there is an alpha channel.

    Returns: float32 RGB, shape (height, width, 3), values in [0, 1].
    Raises: PictureError if there is no such file or it does not hold a picture that can be read.
    """
    path = Path(path)
    data = _read_bytes(path)
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
        pixels = _pixels(image, data)
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


def _read_bytes(path):
    if path.is_dir():
        raise PictureError(f"'{path}' is a folder; give the name of a picture file inside it.")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PictureError(f"'{path}' cannot be opened ({error.strerror}); check its name and its folder.") from error
    if not data:
        raise PictureError(f"'{path}' is empty; copy or download it again.")
    return data


def _pixels(image, data):
    """Return float32 RGB in [0, 1], or None where we do not know which number is black and which is white."""
    if image.mode in ("RGB", "I;16", "I;16B") and _bits_per_channel(image, data) == 16:
        return _read_16_bits(image, data)
    if image.mode == "F":
        return _read_float(image)
    if image.mode.startswith("I"):
        return None
    return np.asarray(_to_rgb(image)) / np.float32(255)


def _bits_per_channel(image, data):
    if image.format == "PNG":
        return data[24]  # https://www.w3.org/TR/png-3/#11IHDR
    if image.format == "TIFF":
        return max(image.tag_v2.get(TiffImagePlugin.BITSPERSAMPLE, (1,)))
    return 8


def _read_16_bits(image, data):
    # Pillow keeps only 8 of the 16 bits of a colour channel, OpenCV keeps all. It turns the picture upright, too.
    if image.format == "TIFF":
        separate_channels = image.tag_v2.get(TiffImagePlugin.PLANAR_CONFIGURATION) == 2
        zero_is_white = image.tag_v2.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION) == 0
        if separate_channels or zero_is_white:
            return None  # both are rare, and both libraries read them wrongly at 16 bits
    bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH)
    return bgr[..., ::-1] / np.float32(65535)


def _read_float(image):
    grey = np.asarray(image)  # upright: Pillow turns TIFF files by itself
    if not (grey.min() >= 0 and grey.max() <= 1):  # written so that NaN fails, too
        return None
    return np.repeat(grey[..., np.newaxis], 3, axis=2)


def _to_rgb(image):
    """Return an upright 8-bit RGB copy of a Pillow image."""
    upright = ImageOps.exif_transpose(image)
    if upright.has_transparency_data:
        canvas = Image.new("RGBA", upright.size, "white")
        canvas.alpha_composite(upright.convert("RGBA"))
        return canvas.convert("RGB")
    if upright.mode == "CMYK":
        if image.format == "JPEG" and "adobe" not in image.info:
            upright = ImageChops.invert(upright)  # Pillow takes every CMYK JPEG for one of Adobe's, which are inverted
        return _cmyk_to_rgb(upright)
    return upright.convert("RGB")


def _cmyk_to_rgb(image):
    """Convert with the colour profile inside the file; without a usable one, by plain arithmetic."""
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(image.info["icc_profile"]))
        return ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (KeyError, OSError, ImageCms.PyCMSError):
        return image.convert("RGB")


def check_pictures(pictures: np.ndarray, name: str = "pictures") -> None:
    """Check that an array holds pictures as this tutorial uses them: one picture or a batch.

    pictures: float32, shape (height, width, 3) or (n, height, width, 3), values in [0, 1].
    name: what to call the array in the message.
    Raises: PictureError that says what the array is and how to repair it.
    """
    if not isinstance(pictures, np.ndarray):
        raise PictureError(
            f"'{name}' is of type {type(pictures).__name__}, not a NumPy array; "
            "convert it with np.asarray and the type np.float32."
        )
    if pictures.dtype != np.float32:
        cures = {"uint8": "divide by 255 and convert to float32", "uint16": "divide by 65535 and convert to float32"}
        cure = cures.get(str(pictures.dtype), "scale to between 0 and 1, then use .astype(np.float32)")
        raise PictureError(f"'{name}' has the type {pictures.dtype}, not float32; {cure}.")
    if pictures.ndim not in (3, 4) or pictures.shape[-1] != 3 or pictures.size == 0:
        raise PictureError(
            f"'{name}' has the shape {pictures.shape}, not (height, width, 3) or (n, height, width, 3); "
            "repeat a grey channel three times, leave out an alpha channel, and put colours last."
        )
    low, high = pictures.min(), pictures.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        raise PictureError(f"'{name}' holds NaN or infinite values; replace them with np.nan_to_num first.")
    if low < 0 or high > 1:
        raise PictureError(
            f"'{name}' holds values from {low:g} to {high:g}, not from 0 to 1; "
            "divide by the largest possible value or use np.clip."
        )


# ---------------------------------------------------------------------------------------------------------------------
# CIFAR-10


def load_cifar10() -> Cifar10:
    """Load CIFAR-10: 45,000 pictures to train on, 5,000 to validate, 1,000 to test.

    They come from `cifar10.npz` in the data folder if it is there, else from the internet through Keras. If that fails,
    a warning is given and the offline sample, which is smaller, takes their place. Keras removes a download that broke
    off, and checks what it finds on the disk: a failure today does not spoil the next attempt.

    Source: A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009,
    https://www.cs.toronto.edu/~kriz/cifar.html
    Raises: PictureError if `cifar10.npz` is there and is not what it should be.
    """
    file = data_folder() / "cifar10.npz"
    if file.exists():
        return _split(*_read_npz(file), source=f"CIFAR-10 from {file.name}")

    from keras.datasets import cifar10  # takes seconds to import, and reading pictures does not need it

    try:
        (x_train, _), (x_test, _) = _with_time_limit(cifar10.load_data)
    except Exception as error:  # Keras raises many types, plain Exception among them
        warnings.warn(_offline_warning(error, file), stacklevel=2)
        return offline_sample()
    return _split(x_train, x_test, source="CIFAR-10 downloaded by Keras")


def _split(x_train, x_test, source):
    train = x_train / np.float32(255)
    test = x_test[:TEST_COUNT] / np.float32(255)
    return Cifar10(train[:TRAIN_COUNT], train[TRAIN_COUNT:], test, source)


def _read_npz(file):
    cure = "replace it with a good copy or delete it"
    try:
        with file.open("rb") as stream, np.load(stream) as arrays:  # opened here: np.load leaves a broken file open
            missing = {"x_train", "x_test"} - set(arrays)
            found = {} if missing else {key: arrays[key] for key in ("x_train", "x_test")}
    except Exception as error:  # a broken zip file shows itself in many ways
        raise PictureError(f"'{file}' is damaged or not a NumPy .npz file; {cure}.") from error
    if missing:
        raise PictureError(f"'{file}' has no array named {' and '.join(sorted(missing))}; {cure}.")

    x_train, x_test = found["x_train"], found["x_test"]
    for key, array in found.items():
        if array.dtype != np.uint8 or array.shape[1:] != (32, 32, 3):
            raise PictureError(
                f"'{file}' holds {key} as {array.dtype} of shape {array.shape}, "
                f"not uint8 of shape (n, 32, 32, 3); {cure}."
            )
    if len(x_train) != TRAIN_COUNT + VALIDATION_COUNT or len(x_test) < TEST_COUNT:
        raise PictureError(
            f"'{file}' holds {len(x_train)} training and {len(x_test)} test pictures, "
            f"not {TRAIN_COUNT + VALIDATION_COUNT} and at least {TEST_COUNT}; {cure}."
        )
    return x_train, x_test


def _with_time_limit(download):
    """Call a function that downloads; by itself, Keras would wait for ever on a network that does not answer."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(DOWNLOAD_TIMEOUT)
    try:
        return download()
    finally:
        socket.setdefaulttimeout(before)


def _offline_warning(error, file):
    line = "=" * 100
    return (
        f"\n{line}\n"
        "THIS IS NOT CIFAR-10. The download failed, and the small OFFLINE SAMPLE takes its place.\n\n"
        f"Reason: {type(error).__name__}: {error}\n\n"
        "The offline sample is made of 32x32 pieces of the five colour photographs that come with scikit-image.\n"
        "It shows that everything runs. Its scores DO NOT COMPARE with those measured on CIFAR-10.\n\n"
        "To get the real data, connect to the internet and run this again,\n"
        "or put a file with the arrays x_train and x_test (uint8) here:\n"
        f"    {file}\n"
        "The environment variable INPAINTING_DATA names another folder.\n"
        f"{line}"
    )


# ---------------------------------------------------------------------------------------------------------------------
# Pieces of scikit-image's photographs


def offline_sample(seed: int = 0) -> Cifar10:
    """Cut 6,000 + 500 + 500 pieces, reduced to 32x32, from photographs that are installed with scikit-image.

    Training, validation and test pieces come from different parts of each photograph, and none of them shares a pixel
    with the display set.
    """
    rng = np.random.default_rng(seed)
    photographs = {name: _photograph(name) for name in PHOTOGRAPHS}
    return Cifar10(
        train=_random_pieces(rng, photographs, "train", 6000),
        validation=_random_pieces(rng, photographs, "validation", 500),
        test=_random_pieces(rng, photographs, "test", 500),
        source="offline sample",
    )


def display_set() -> np.ndarray:
    """Return the six pictures every gallery shows, named by `DISPLAY_NAMES`: float32, (6, 32, 32, 3), in [0, 1].

    Source: scikit-image's astronaut (NASA) and rocket (SpaceX), public domain; chelsea (Stefan van der Walt) and coffee
    (Rachel Michetti), CC0.
    """
    pieces = [_piece(_photograph(name), square) for name, square in DISPLAY_SQUARES.values()]
    return np.stack(pieces) / np.float32(255)


def _photograph(name):
    return Image.fromarray(PHOTOGRAPHS[name]())


def _piece(photograph, square):
    # Cropped first: resize(box=...) would also look at pixels a little outside the square.
    return np.asarray(photograph.crop(square).resize((32, 32), Image.Resampling.LANCZOS))


def _random_pieces(rng, photographs, part, count):
    pieces = np.empty((count, 32, 32, 3), np.uint8)
    for i, name in enumerate(rng.choice(list(photographs), count)):
        taken = [square for photograph, square in DISPLAY_SQUARES.values() if photograph == name]
        region = _regions(photographs[name])[part]
        piece = _piece(photographs[name], _random_square(rng, region, taken))
        pieces[i] = piece[:, ::-1] if rng.random() < 0.5 else piece
    return pieces / np.float32(255)


def _regions(photograph):
    """Divide a photograph: the left 70 % to train on, at the right the upper half to validate, the lower to test."""
    width, height = photograph.size
    across, down = width * 7 // 10, height // 2
    return {
        "train": (0, 0, across, height),
        "validation": (across, 0, width, down),
        "test": (across, down, width, height),
    }


def _random_square(rng, region, taken):
    """Draw a square inside the region, 32 px or larger, until one keeps clear of the squares already taken."""
    left, top, right, bottom = region
    while True:
        side = rng.integers(32, min(right - left, bottom - top), endpoint=True)
        x = rng.integers(left, right - side, endpoint=True)
        y = rng.integers(top, bottom - side, endpoint=True)
        square = (x, y, x + side, y + side)
        if not any(_overlap(square, other) for other in taken):
            return square


def _overlap(a, b):
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


# ---------------------------------------------------------------------------------------------------------------------
# Real paintings

IMAGES = Path(__file__).resolve().parents[2] / "images"
PAINTINGS_URL = (
    "https://raw.githubusercontent.com/irinainina/image-data/b0775781343c8b309fa10ed6ab268f8a338299af/full/"
)
SPLITS = ("train", "validation", "test")


class Painting(NamedTuple):
    """A painting in the public domain: one line of `images/paintings.csv`. Width, height: of its file, in pixels."""

    file: str
    split: str
    sha256: str
    bytes: int
    width: int
    height: int
    artist: str
    title: str
    year: int


def list_paintings(split: str | None = None) -> list[Painting]:
    """Return the paintings that can be fetched.

    split: "train", "validation" or "test"; None for all of them.
    Raises: PictureError if there is no such split.
    """
    if split not in (None, *SPLITS):
        raise PictureError(f"there are no paintings of the split '{split}'; choose one of {', '.join(SPLITS)}.")
    with (IMAGES / "paintings.csv").open(newline="", encoding="utf-8") as file:
        paintings = [_painting(row) for row in csv.DictReader(file)]
    return [painting for painting in paintings if split in (None, painting.split)]


def _painting(row):
    numbers = {key: int(row[key]) for key in ("bytes", "width", "height", "year")}
    return Painting(**row | numbers)


def fetch_paintings(paintings: list[Painting]) -> list[Path]:
    """Return the files of paintings, after fetching those that are not in `<data folder>/paintings` yet.

    A file takes its name when it is complete and its checksum is right. So after an interruption, the same call goes on
    with the files that are missing.

    paintings: from `list_paintings`.
    Source: https://github.com/irinainina/image-data, reproductions of paintings in the public domain.
    Raises: PictureError if a file cannot be fetched, or is not the one described.
    """
    shelf = pooch.create(
        path=data_folder() / "paintings",
        base_url=PAINTINGS_URL,
        registry={painting.file: f"sha256:{painting.sha256}" for painting in paintings},
    )
    pooch.get_logger().setLevel("WARNING")  # the progress bar says the same in one line
    return [_fetch(shelf, painting.file) for painting in progress_bar(paintings, desc="fetching", unit="painting")]


def _fetch(shelf, file):
    cure = f"call it again to go on, or put the file into '{shelf.abspath}' yourself"
    try:
        return Path(shelf.fetch(file, downloader=pooch.HTTPDownloader(timeout=DOWNLOAD_TIMEOUT)))
    except ValueError as error:
        raise PictureError(
            f"what came from {shelf.get_url(file)} has a wrong checksum and was thrown away; {cure}."
        ) from error
    except OSError as error:  # those of requests among them
        raise PictureError(
            f"'{file}' could not be fetched from {shelf.base_url} ({type(error).__name__}: {error}); "
            f"check the internet connection and {cure}."
        ) from error


def progress_bar(items=None, **options) -> tqdm:
    """Return tqdm's progress bar, which appears after a second and goes away at the end.

    It writes to the standard output: a notebook shows what comes from the other one, as an error, on red.
    """
    return tqdm(items, delay=1, leave=False, file=sys.stdout, **options)


def numbered_images() -> list[Path]:
    """Return the files in `images/numbered_images`, which come with this tutorial, in order."""
    return sorted((IMAGES / "numbered_images").glob("*.jpg"))


def paintings_or_numbered(split: str | None = None, number: int | None = None) -> list[Path]:
    """Return files of real paintings; if they cannot be fetched, give a warning and return numbered images instead.

    split: as in `list_paintings`.   number: how many, from the first one on; None for all.
    Raises: PictureError if there is no such split.
    """
    paintings = list_paintings(split)[:number]
    try:
        return fetch_paintings(paintings)
    except PictureError as error:
        warnings.warn(_substitute_warning("NUMBERED IMAGES of this tutorial", error), stacklevel=2)
        return numbered_images()[:number]


def load_paintings(split: str, number: int | None = None) -> list[np.ndarray]:
    """Read real paintings; if they cannot be fetched, give a warning and take photographs of scikit-image instead.

    split, number: as in `paintings_or_numbered`. Of the photographs, the motorcycle is kept for validation and test.
    Returns: a list of (height, width, 3) uint8.
    Raises: PictureError if there is no such split.
    """
    try:
        files = fetch_paintings(list_paintings(split)[:number])
    except PictureError as error:
        warnings.warn(_substitute_warning("PHOTOGRAPHS that come with scikit-image", error), stacklevel=2)
        return [photograph() for name, photograph in PHOTOGRAPHS.items() if (name == "motorcycle") != (split == "train")]
    return [as_stored(read_picture(file), "uint8") for file in files]


def _substitute_warning(substitute, error):
    line = "=" * 100
    return (
        f"\n{line}\n"
        f"THESE ARE NOT THE REAL PAINTINGS. The {substitute} take their place.\n\n"
        f"Reason: {error}\n\n"
        "It shows that everything runs. Scores DO NOT COMPARE with those measured on the paintings.\n\n"
        "To get the paintings, connect to the internet and run this again,\n"
        "or copy their files (images/paintings.csv lists them) into this folder:\n"
        f"    {data_folder() / 'paintings'}\n"
        "The environment variable INPAINTING_DATA names another data folder.\n"
        f"{line}"
    )


# ---------------------------------------------------------------------------------------------------------------------
# Scans: pictures that will be written again

GREY_MODES = ("1", "L", "LA", "I;16", "I;16B", "F")  # Pillow's names
ORIENTATION = ExifTags.Base.Orientation
LARGEST = {"uint8": 255, "uint16": 65535, "float32": 1}  # the number that means full brightness


class Scan(NamedTuple):
    """A picture in the numbers of its file, upright, and what its file says about them.

    pixels: (height, width, 3), or (height, width) of a grey picture; uint8, uint16 or, from 0 to 1, float32.
    dpi: pixels per inch across and down.   format: of the file, such as "TIFF".
    """

    pixels: np.ndarray
    icc_profile: bytes | None
    dpi: tuple[float, float] | None
    format: str


def read_scan(path: str | os.PathLike) -> Scan:
    """Read a picture file as `read_picture` does, but in its own depth, so that it can be written again unchanged.

    Pictures with transparent parts or in CMYK cannot be kept as they are: the ones are shown on white, the others are
    converted to sRGB, both with 8 bits per channel.
    Raises: PictureError if there is no such file or it does not hold a picture that can be read.
    """
    picture = read_picture(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        with Path(path).open("rb") as file, Image.open(file) as image:  # the header alone
            file.seek(0)
            deep = image.mode in ("RGB", "I;16", "I;16B") and _bits_per_channel(image, file.read(25)) == 16
            kind = "float32" if image.mode == "F" else "uint16" if deep else "uint8"
            return Scan(
                pixels=as_stored(picture[..., 0] if image.mode in GREY_MODES else picture, kind),
                icc_profile=None if image.mode == "CMYK" else image.info.get("icc_profile"),
                dpi=_dpi(image),
                format=image.format,
            )


def as_stored(picture: np.ndarray, kind: str) -> np.ndarray:
    """Return float32 numbers in [0, 1] as a file keeps them: kind is "uint8", "uint16" or "float32".

    Numbers that were read from a file come back exactly.
    """
    picture = np.clip(picture, 0, 1)
    if kind != "float32":
        picture *= LARGEST[kind]
        np.rint(picture, out=picture)  # in place: a large scan takes a gigabyte here
    return picture.astype(kind, copy=False)


def _dpi(image):
    dpi = [float(number) for number in image.info.get("dpi", ())]
    if not all(np.isfinite(dpi)) or not all(number > 0 for number in dpi):
        return None
    sideways = image.getexif().get(ORIENTATION, 1) >= 5
    return tuple(dpi[::-1] if sideways else dpi) or None
