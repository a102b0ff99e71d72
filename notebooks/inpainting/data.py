"""Where pictures come from: CIFAR-10, the offline sample, the display set, real paintings."""

import csv
import os
import socket
import warnings
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import pooch
import skimage.data
from PIL import Image

from .checks import PictureError
from .machine import progress_bar
from .pictures import as_stored, read_picture

TRAIN_COUNT, VALIDATION_COUNT, TEST_COUNT = 45_000, 5_000, 1_000
DOWNLOAD_TIMEOUT = 30  # seconds without a single byte

PHOTOGRAPHS = {
    "astronaut": skimage.data.astronaut,
    "chelsea": skimage.data.chelsea,
    "coffee": skimage.data.coffee,
    "rocket": skimage.data.rocket,
    "motorcycle": lambda: skimage.data.stereo_motorcycle()[0],
}

# Name: photograph and (left, top, right, bottom) in pixels. All are public domain or CC0.
DISPLAY_SQUARES = {
    "face": ("astronaut", (120, 0, 320, 200)),
    "cat": ("chelsea", (120, 40, 370, 290)),
    "cup": ("coffee", (160, 5, 420, 265)),
    "rocket": ("rocket", (190, 120, 490, 420)),
    "badge": ("astronaut", (128, 342, 224, 438)),
    "shuttle": ("astronaut", (330, 110, 510, 290)),
}
DISPLAY_NAMES = tuple(DISPLAY_SQUARES)


class Cifar10(NamedTuple):
    """Small pictures for training: three float32 arrays, shape (n, 32, 32, 3), values in [0, 1]."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    source: str

    @property
    def is_real(self):
        """False for the offline sample: its scores do not compare with those of CIFAR-10."""
        return self.source.startswith("CIFAR-10")


def data_folder():
    """The folder for data sets, which may not exist yet: `INPAINTING_DATA`, or one in the cache."""
    return Path(os.environ.get("INPAINTING_DATA") or pooch.os_cache("image-inpainting-tutorial"))


def load_cifar10():
    """Load CIFAR-10: 45,000 pictures to train on, 5,000 to validate, 1,000 to test.

    They come from `cifar10.npz` in the data folder if it is there, else from the internet through
    Keras. If that fails, a warning is given and the offline sample, which is smaller, takes their
    place. Keras removes a download that broke off, and checks what it finds on the disk: a failure
    today does not spoil the next attempt.

    Source: A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009,
    https://www.cs.toronto.edu/~kriz/cifar.html
    Raises PictureError if `cifar10.npz` is there and is not what it should be.
    """
    file = data_folder() / "cifar10.npz"
    if file.exists():
        return as_cifar10(*read_npz(file), source=f"CIFAR-10 from {file.name}")

    download = keras.datasets.cifar10.load_data  # a broken Keras is no failure of the network
    try:
        (x_train, _), (x_test, _) = with_time_limit(download)
    except Exception as error:  # Keras raises many types, plain Exception among them
        warnings.warn(offline_warning(error, file), stacklevel=2)
        return offline_sample()
    return as_cifar10(x_train, x_test, source="CIFAR-10 downloaded by Keras")


def as_cifar10(x_train, x_test, source):
    """Divide the arrays of CIFAR-10, uint8 of shape (n, 32, 32, 3). Returns a Cifar10."""
    train = x_train / np.float32(255)
    test = x_test[:TEST_COUNT] / np.float32(255)
    return Cifar10(train[:TRAIN_COUNT], train[TRAIN_COUNT:], test, source)


def read_npz(file):
    """The arrays x_train and x_test of a file, checked. Raises PictureError."""
    cure = "replace it with a good copy or delete it"
    try:
        # opened here, since np.load leaves a broken file open
        with file.open("rb") as stream, np.load(stream) as arrays:
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


def with_time_limit(download):
    """Call a function that downloads; by itself, Keras waits for ever on a silent network."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(DOWNLOAD_TIMEOUT)
    try:
        return download()
    finally:
        socket.setdefaulttimeout(before)


def offline_warning(error, file):
    """What to say when the offline sample takes the place of CIFAR-10, because of an error.

    file: where the reader can put the real data.
    """
    line = "=" * 100
    return (
        f"\n{line}\n"
        "THIS IS NOT CIFAR-10. "
        "The download failed, and the small OFFLINE SAMPLE takes its place.\n\n"
        f"Reason: {type(error).__name__}: {error}\n\n"
        "The offline sample is made of 32x32 pieces of five colour photographs of scikit-image.\n"
        "It shows that everything runs. Its scores DO NOT COMPARE with those on CIFAR-10.\n\n"
        "To get the real data, connect to the internet and run this again,\n"
        "or put a file with the arrays x_train and x_test (uint8) here:\n"
        f"    {file}\n"
        "The environment variable INPAINTING_DATA names another folder.\n"
        f"{line}"
    )


def offline_sample(seed=0):
    """Cut 6,000 + 500 + 500 pieces, reduced to 32x32, from photographs that scikit-image brings.

    Training, validation and test pieces come from different parts of each photograph, and none of
    them shares a pixel with the display set.
    """
    rng = np.random.default_rng(seed)
    photographs = {name: open_photograph(name) for name in PHOTOGRAPHS}
    return Cifar10(
        train=random_pieces(rng, photographs, "train", 6000),
        validation=random_pieces(rng, photographs, "validation", 500),
        test=random_pieces(rng, photographs, "test", 500),
        source="offline sample",
    )


def display_set():
    """The six pictures of every gallery (`DISPLAY_NAMES`): (6, 32, 32, 3) float32 in [0, 1].

    Source: scikit-image's astronaut (NASA) and rocket (SpaceX), public domain; chelsea (Stefan van
    der Walt) and coffee (Rachel Michetti), CC0.
    """
    pieces = [cut_piece(open_photograph(name), square) for name, square in DISPLAY_SQUARES.values()]
    return np.stack(pieces) / np.float32(255)


def open_photograph(name):
    """A photograph that scikit-image brings, as a Pillow image. name: a key of PHOTOGRAPHS."""
    return Image.fromarray(PHOTOGRAPHS[name]())


def cut_piece(photograph, square):
    """Cut a square (left, top, right, bottom) out and reduce it: (32, 32, 3) uint8."""
    # Cropped first: resize(box=...) would also look at pixels a little outside the square.
    return np.asarray(photograph.crop(square).resize((32, 32), Image.Resampling.LANCZOS))


def random_pieces(rng, photographs, part, count):
    """Cut pieces from one part of photographs, half of them mirrored, none from the display set.

    rng: numpy.random.Generator.   photographs: {name: Pillow image}.   part: as in `regions_of`.
    Returns (count, 32, 32, 3) float32 in [0, 1].
    """
    pieces = np.empty((count, 32, 32, 3), np.uint8)
    for i, name in enumerate(rng.choice(list(photographs), count)):
        taken = [square for photograph, square in DISPLAY_SQUARES.values() if photograph == name]
        region = regions_of(photographs[name])[part]
        piece = cut_piece(photographs[name], random_square(rng, region, taken))
        pieces[i] = piece[:, ::-1] if rng.random() < 0.5 else piece
    return pieces / np.float32(255)


def regions_of(photograph):
    """Divide a photograph: its left 70 % to train on; right above to validate, below to test."""
    width, height = photograph.size
    across, down = width * 7 // 10, height // 2
    return {
        "train": (0, 0, across, height),
        "validation": (across, 0, width, down),
        "test": (across, down, width, height),
    }


def random_square(rng, region, taken):
    """Draw squares of 32 px or more inside the region until one keeps clear of those taken."""
    left, top, right, bottom = region
    while True:
        side = rng.integers(32, min(right - left, bottom - top), endpoint=True)
        x = rng.integers(left, right - side, endpoint=True)
        y = rng.integers(top, bottom - side, endpoint=True)
        square = (x, y, x + side, y + side)
        if not any(overlap(square, other) for other in taken):
            return square


def overlap(a, b):
    """Whether two squares (left, top, right, bottom) share a pixel."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


# ---------------------------------------------------------------------------------------------
# Real paintings

IMAGES = Path(__file__).resolve().parents[2] / "images"
PAINTINGS_URL = (
    "https://raw.githubusercontent.com/irinainina/image-data/"
    "b0775781343c8b309fa10ed6ab268f8a338299af/full/"
)
SPLITS = ("train", "validation", "test")


class Painting(NamedTuple):
    """A painting in the public domain: one line of `images/paintings.csv`.

    width, height: of its file, in pixels.
    """

    file: str
    split: str
    sha256: str
    bytes: int
    width: int
    height: int
    artist: str
    title: str
    year: int


def list_paintings(split=None):
    """Return the paintings that can be fetched.

    split: "train", "validation" or "test"; None for all of them.
    Raises PictureError if there is no such split.
    """
    if split not in (None, *SPLITS):
        raise PictureError(
            f"there are no paintings of the split '{split}'; choose one of {', '.join(SPLITS)}."
        )
    with (IMAGES / "paintings.csv").open(newline="", encoding="utf-8") as file:
        paintings = [as_painting(row) for row in csv.DictReader(file)]
    return [painting for painting in paintings if split in (None, painting.split)]


def as_painting(row):
    """The Painting of a line of `images/paintings.csv`, a dict of texts."""
    numbers = {key: int(row[key]) for key in ("bytes", "width", "height", "year")}
    return Painting(**row | numbers)


def fetch_paintings(paintings):
    """The files of paintings, after fetching those that are not in `<data folder>/paintings` yet.

    A file takes its name when it is complete and its checksum is right. So after an interruption,
    the same call goes on with the files that are missing.

    paintings: from `list_paintings`.
    Source: https://github.com/irinainina/image-data, reproductions of paintings in the public
    domain.
    Raises PictureError if a file cannot be fetched, or is not the one described.
    """
    shelf = pooch.create(
        path=data_folder() / "paintings",
        base_url=PAINTINGS_URL,
        registry={painting.file: f"sha256:{painting.sha256}" for painting in paintings},
    )
    pooch.get_logger().setLevel("WARNING")  # the progress bar says the same in one line
    bar = progress_bar(paintings, desc="fetching", unit="painting")
    return [fetch_one(shelf, painting.file) for painting in bar]


def fetch_one(shelf, file):
    """The path of one file, fetched if it is not there.

    shelf: pooch.Pooch.   file: one of its registry.   Raises PictureError.
    """
    cure = f"call it again to go on, or put the file into '{shelf.abspath}' yourself"
    try:
        return Path(shelf.fetch(file, downloader=pooch.HTTPDownloader(timeout=DOWNLOAD_TIMEOUT)))
    except ValueError as error:
        raise PictureError(
            f"what came from {shelf.get_url(file)} has a wrong checksum and was thrown away; "
            f"{cure}."
        ) from error
    except OSError as error:  # those of requests among them
        raise PictureError(
            f"'{file}' could not be fetched from {shelf.base_url} "
            f"({type(error).__name__}: {error}); "
            f"check the internet connection and {cure}."
        ) from error


def numbered_images():
    """Return the files in `images/numbered_images`, which come with this tutorial, in order."""
    return sorted((IMAGES / "numbered_images").glob("*.jpg"))


def need_paintings(*splits):
    """Raise PictureError unless the real paintings of these splits are here or can be fetched.

    For what would otherwise measure, and keep, the scores of something else.
    """
    try:
        for split in splits:
            fetch_paintings(list_paintings(split))
    except PictureError as error:
        raise PictureError(f"This needs the real paintings: {error}") from error


def paintings_or_numbered(split=None, number=None):
    """Files of real paintings; if they cannot be fetched, a warning and numbered images instead.

    split: as in `list_paintings`.   number: how many, from the first one on; None for all.
    Raises PictureError if there is no such split.
    """
    paintings = list_paintings(split)[:number]
    try:
        return fetch_paintings(paintings)
    except PictureError as error:
        warnings.warn(substitute_warning("NUMBERED IMAGES of this tutorial", error), stacklevel=2)
        return numbered_images()[:number]


def load_paintings(split, number=None):
    """Read real paintings; if they cannot be fetched, warn and take scikit-image's photographs.

    split: one of SPLITS. Of the photographs, the motorcycle is kept for validation and test.
    number: how many, from the first one on; None for all.
    Returns a list of (height, width, 3) uint8.
    Raises PictureError if there is no such split.
    """
    try:
        files = fetch_paintings(list_paintings(split)[:number])
    except PictureError as error:
        substitute = "PHOTOGRAPHS that come with scikit-image"
        warnings.warn(substitute_warning(substitute, error), stacklevel=2)
        names = [name for name in PHOTOGRAPHS if (name == "motorcycle") != (split == "train")]
        return [PHOTOGRAPHS[name]() for name in names[:number]]
    return [as_stored(read_picture(file), "uint8") for file in files]


def substitute_warning(substitute, error):
    """What to say when something else takes the place of the paintings, because of an error."""
    line = "=" * 100
    return (
        f"\n{line}\n"
        f"THESE ARE NOT THE REAL PAINTINGS. The {substitute} take their place.\n\n"
        f"Reason: {error}\n\n"
        "It shows that everything runs. Scores DO NOT COMPARE with those on the paintings.\n\n"
        "To get the paintings, connect to the internet and run this again,\n"
        "or copy their files (images/paintings.csv lists them) into this folder:\n"
        f"    {data_folder() / 'paintings'}\n"
        "The environment variable INPAINTING_DATA names another data folder.\n"
        f"{line}"
    )
