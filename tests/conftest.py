"""What several test files use: checks of messages, made-up pictures, a network that is quick."""

# first, since it keeps TensorFlow's greeting off the terminal
from inpainting import restore

import keras
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from inpainting.pictures import as_stored

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
ORIENTATION = 274  # the EXIF tag; 6 means: turn the stored picture clockwise to see it upright


def assert_one_sentence(error, *words):
    message = str(error.value)
    assert message.endswith(".") and "\n" not in message and ". " not in message
    assert "; " in message, "a cure is missing"
    for word in words:
        assert word in message


def noise(*shape, kind="uint8"):
    """A picture without black."""
    numbers = np.random.default_rng(0).uniform(0.1, 1, shape).astype(np.float32)
    return as_stored(numbers, kind)


def cross(height, width):
    mask = np.zeros((height, width), bool)
    mask[height // 3 : height // 3 + 3] = mask[:, width // 2] = True
    return mask


class Painter:
    """Stands for a network: takes pure black for damage, and paints it with one colour."""

    def __init__(self, colour=(0.8, 0.4, 0.2)):
        self.colour, self.seen = np.float32(colour), []

    def predict(self, batch, batch_size, verbose):
        return self.predict_on_batch(batch)

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


def smallest_network():
    """One layer for each output: keras.Model that learns, and is built, in no time."""
    damaged = keras.Input((None, None, 3))
    return keras.Model(damaged, {
        "restored": keras.layers.Conv2D(3, 1, name="restored")(damaged),
        "damage": keras.layers.Conv2D(1, 1, activation="sigmoid", name="damage")(damaged),
    })
