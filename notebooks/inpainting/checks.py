"""The one set of checks of arrays and numbers, and the error that they raise."""

import cv2
import numpy as np

LARGEST = {"uint8": 255, "uint16": 65535, "float32": 1}  # the number that means full brightness
SIDE_MULTIPLE = 16  # four poolings halve the sides four times
LARGEST_MASK = 0.5  # as part of the picture
TOLERATED = 0.001  # of the pixels of a mask may have colours, or a grey that is no soft edge
SOFT_EDGE = 5  # pixels across


class InputError(ValueError):
    """What a user gave cannot be used. The message is one sentence: what is wrong, what to do."""


class PictureError(InputError):
    """A picture that cannot be used. The message says which one, what is wrong and what to do."""


def check_pictures(pictures, name="pictures"):
    """Raise PictureError unless an array is a picture as this tutorial uses it, or a batch of them.

    pictures: float32, (h, w, 3) or (n, h, w, 3), values in [0, 1].
    name: what to call the array in the message.
    """
    if not isinstance(pictures, np.ndarray):
        raise PictureError(
            f"'{name}' is of type {type(pictures).__name__}, not a NumPy array; "
            "convert it with np.asarray and the type np.float32."
        )
    if pictures.dtype != np.float32:
        cures = {
            "uint8": "divide by 255 and convert to float32",
            "uint16": "divide by 65535 and convert to float32",
        }
        otherwise = "scale to between 0 and 1, then use .astype(np.float32)"
        cure = cures.get(str(pictures.dtype), otherwise)
        raise PictureError(f"'{name}' has the type {pictures.dtype}, not float32; {cure}.")
    if pictures.ndim not in (3, 4) or pictures.shape[-1] != 3 or pictures.size == 0:
        raise PictureError(
            f"'{name}' has the shape {pictures.shape}, not (height, width, 3) or "
            "(n, height, width, 3); repeat a grey channel three times, leave out an alpha channel, "
            "and put colours last."
        )
    low, high = pictures.min(), pictures.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        raise PictureError(
            f"'{name}' holds NaN or infinite values; replace them with np.nan_to_num first."
        )
    if low < 0 or high > 1:
        raise PictureError(
            f"'{name}' holds values from {low:g} to {high:g}, not from 0 to 1; "
            "divide by the largest possible value or use np.clip."
        )


def check_picture(picture, name="picture"):
    """Raise PictureError unless an array is one picture: (h, w, 3) float32 in [0, 1]."""
    check_pictures(picture, name)
    if picture.ndim != 3:
        raise PictureError(
            f"'{name}' has the shape {picture.shape}, which is a batch; give one picture of it, "
            f"such as {name}[0]."
        )


def check_same_size(picture, other):
    """Raise PictureError unless picture is one picture, and the other array is as wide and high."""
    check_picture(picture)
    if picture.shape[:2] != other.shape[:2]:
        raise PictureError(
            f"arrays of the shapes {picture.shape} and {other.shape} do not belong together; give "
            "(height, width, ...) with the same height and width."
        )


def check_batch(damaged, masks):
    """Raise PictureError unless the arrays are what `tiles.restore_batch` takes."""
    check_pictures(damaged, "damaged")
    if damaged.ndim != 4:
        raise PictureError(
            f"damaged has shape {damaged.shape}: a batch is (n, height, width, 3); "
            "put a single picture into one with picture[None]."
        )
    height, width = damaged.shape[1:3]
    if height % SIDE_MULTIPLE or width % SIDE_MULTIPLE:
        raise PictureError(
            f"damaged is {width}x{height} pixels: the network halves both sides four times, "
            f"so they must be multiples of {SIDE_MULTIPLE}; cut or pad the picture."
        )
    if masks is not None and (masks.dtype != bool or masks.shape != damaged.shape[:3]):
        raise PictureError(
            f"masks are {masks.dtype} of shape {masks.shape}: bool of shape {damaged.shape[:3]} "
            "is needed, True where the picture is damaged."
        )


def check_painting(painting):
    """Raise PictureError unless the array is what `tiles.restore_painting` takes."""
    known = painting.dtype.name in LARGEST and painting.shape[2:] in ((), (3,))
    if not known or painting.ndim < 2 or painting.size == 0:
        raise PictureError(
            f"the painting is {painting.dtype} of shape {painting.shape}; give (height, width, 3), "
            "or (height, width) if it is grey, as uint8, uint16 or float32."
        )
    low, high = painting.min(), painting.max()
    if np.isnan(low):
        raise PictureError(
            "the painting holds NaN, which is no number; replace it with np.nan_to_num first."
        )
    if low < 0 or high > LARGEST[painting.dtype.name]:
        raise PictureError(
            f"the painting is float32 with values from {low:g} to {high:g}; divide it by the "
            "largest possible value, so that they lie between 0 and 1."
        )


def check_mask(mask, painting, name="the mask"):
    """Raise PictureError unless a mask is bool, of the painting's size, and marks a part of it."""
    if mask.dtype != bool:
        raise PictureError(
            f"{name} holds numbers of the type {mask.dtype}; give True where the painting is "
            "damaged and False elsewhere (bool)."
        )
    if mask.shape != painting.shape[:2]:
        size, wanted = (
            " x ".join(str(side) for side in shape[::-1])
            for shape in (mask.shape, painting.shape[:2])
        )
        raise PictureError(
            f"{name} is {size} pixels wide and high, and the painting {wanted}; "
            "give a mask of the same size."
        )
    marked = mask.mean()
    if not 0 < marked <= LARGEST_MASK:
        raise PictureError(
            f"{name} marks {marked:.0%} of the picture as damaged, which is what white (True) "
            f"means; mark some of it, at most {LARGEST_MASK:.0%}, or invert the mask if it is "
            "black that marks the damage."
        )


def check_black_and_white(pixels, name):
    """Raise PictureError unless a picture is one of black and white, as a mask is.

    Pixels may be a quarter of the whole range off, and grey at the edges of what is white.

    pixels: (h, w, 3) or (h, w); uint8, uint16 or float32 in [0, 1].   name: for the message.
    """
    white = LARGEST[pixels.dtype.name]
    quarter, three_quarters = (pixels.dtype.type(white * part) for part in (0.25, 0.75))
    lightest = pixels if pixels.ndim == 2 else pixels.max(axis=-1)
    darkest = pixels if pixels.ndim == 2 else pixels.min(axis=-1)
    coloured = lightest - darkest > quarter
    if coloured.mean() > TOLERATED:
        raise PictureError(
            f"{name} is in colour, like a photograph or marks in red, and not a mask; give a "
            "picture that is white where the damage is and black elsewhere."
        )
    grey = (lightest > quarter) & (darkest < three_quarters) & ~coloured
    broad = cv2.erode(grey.astype(np.uint8), np.ones((SOFT_EDGE, SOFT_EDGE), np.uint8))
    if grey.mean() > 0.25 or broad.mean() > TOLERATED:
        raise PictureError(
            f"{name} has many grey pixels, like a photograph or a soft brush, and is not a mask; "
            "give a picture that is white where the damage is and black elsewhere."
        )
    if 0 < lightest.max() <= quarter:
        raise PictureError(
            f"{name} is as good as black everywhere, its largest number being {lightest.max():g} "
            f"of {white}; give white, which is {white}, where the damage is."
        )


def check_range(name, limits):
    """Raise ValueError unless limits is (smallest, largest), whole numbers from 1 upwards."""
    whole = len(limits) == 2 and all(isinstance(n, (int, np.integer)) for n in limits)
    if not whole or not 1 <= limits[0] <= limits[1]:
        raise ValueError(
            f"{name}={limits}: give the smallest and the largest, two whole numbers, "
            "the smallest at least 1 and not above the largest."
        )


def check_severity(severity):
    """Raise ValueError unless severity is in (0, 1]."""
    if not 0 < severity <= 1:  # written so that NaN fails, too
        raise ValueError(f"severity={severity}: give a number above 0 and at most 1.")
