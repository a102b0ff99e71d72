"""What several test files use: checks of messages, made-up pictures, a network that is quick."""

import itertools
import signal

# before Keras, since it keeps TensorFlow's greeting off the terminal
from inpainting import models

import keras
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from inpainting.find_and_fill import paintings
from inpainting.find_and_fill.networks import FILLER_INPUTS, FIND_KINDS
from inpainting.pictures import as_stored

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
ORIENTATION = 274  # the EXIF tag; 6 means: turn the stored picture clockwise to see it upright


for number in (signal.SIGINT, signal.SIGHUP):  # ignored where a shell starts the tests behind it
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)


def pytest_collection_modifyitems(items):
    """The slow tests first, the notebooks before all: so no process waits for another at the end.

    Of two processes each is given the next test, then one more; later, quick ones between slow
    ones keep a slow one from waiting behind another.
    """
    slow = [item for item in items if item.get_closest_marker("slow")]
    slow.sort(key=lambda item: "runs_to_its_end" not in item.name)
    quick = [item for item in items if item not in slow]
    pairs = itertools.zip_longest(slow[2:], quick[2:])
    items[:] = slow[:2] + quick[:2] + [item for pair in pairs for item in pair if item]


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


FILLED, CLEANED = np.float32([0.8, 0.4, 0.2]), np.float32([0.2, 0.6, 0.4])
BLACK, BLUE, RED = np.float32([[0, 0, 0], [0, 0, 1], [1, 0, 0]])


def stand_ins():
    """Stand for the three specialists: {name: keras.Model} of one layer each.

    The finder takes pure black for cuts, pure blue for stains and pure red for writing; the filler
    paints FILLED, the cleaner CLEANED.
    """
    def pixels(inputs, name, colour):
        inputs = {key: keras.Input((None, None, n), name=key) for key, n in inputs.items()}
        all_channels = keras.layers.Concatenate()(list(inputs.values()))
        painted = keras.layers.Conv2D(3, 1, activation="sigmoid", name="rgb")
        network = keras.Model(inputs, {"restored": painted(all_channels)}, name=name)
        painted.set_weights([0 * painted.kernel.numpy(), np.log(colour / (1 - colour))])
        return network

    damaged = keras.Input((None, None, 3), name="damaged")
    maps = keras.layers.Conv2D(len(FIND_KINDS), 1, activation="sigmoid", name="maps")
    finder = keras.Model(damaged, {"damage": maps(damaged)}, name="finder")
    kernel, bias = np.zeros((3, len(FIND_KINDS))), np.full(len(FIND_KINDS), -100)
    for kind, weights in (
        ("cuts", (-3000, -3000, -3000)), ("stains", (-3000, -3000, 200)),
        ("writing", (200, -3000, -3000)),
    ):
        kernel[:, FIND_KINDS.index(kind)] = weights
    bias[FIND_KINDS.index("cuts")] = 100
    maps.set_weights([kernel[None, None], bias])
    return {
        "finder_192x192": finder,
        "filler_192x192": pixels(FILLER_INPUTS, "filler", FILLED),
        "cleaner_192x192": pixels({"damaged": 3, "mask": 1}, "cleaner", CLEANED),
    }


@pytest.fixture(scope="session")
def stand_in_files(tmp_path_factory):
    """A folder with the files of the stand-ins, and the stand-ins."""
    folder, networks = tmp_path_factory.mktemp("networks"), stand_ins()
    for name, network in networks.items():
        models.save_model(network, folder / name)
    return folder, networks


@pytest.fixture
def loaded(monkeypatch, stand_in_files):
    """The stand-ins are the shipped networks. A list of the names of those that are loaded."""
    folder, networks = stand_in_files
    names = []

    def load(model, precision):
        names.append(model)
        return networks[model] if model in networks else models.load_network(model, precision)

    monkeypatch.setattr(models, "MODEL_DATA", folder)
    monkeypatch.setattr(paintings, "load_network", load)
    monkeypatch.setattr(paintings, "shipped", lambda name: networks[f"{name}_192x192"])
    return names


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


def damaged_parts():
    """{kind: place} of what `damaged_scan` shows; the stain lies beside the cut."""
    return {"cuts": np.s_[5:8, 10:40], "stains": np.s_[8:20, 10:25], "writing": np.s_[30:34, 5:50]}


def damaged_scan(path):
    """A scan of 60 x 40 pixels with a cut, a stain and writing, as the stand-ins see them."""
    picture = noise(40, 60, 3)
    for place, colour in zip(damaged_parts().values(), (BLACK, BLUE, RED)):
        picture[place] = as_stored(colour.copy(), "uint8")
    return scan_file(path, picture)


def expected(*kinds):
    mask = np.zeros((40, 60), bool)
    for kind in kinds:
        mask[damaged_parts()[kind]] = True
    return mask


def smallest_network():
    """One layer for each output: keras.Model that learns, and is built, in no time."""
    damaged = keras.Input((None, None, 3))
    return keras.Model(damaged, {
        "restored": keras.layers.Conv2D(3, 1, name="restored")(damaged),
        "damage": keras.layers.Conv2D(1, 1, activation="sigmoid", name="damage")(damaged),
    })
