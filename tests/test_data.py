"""CIFAR-10 and what stands in for it."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import skimage.data
from conftest import assert_one_sentence
from PIL import Image

from inpainting import data
from inpainting.checks import PictureError, check_pictures
from inpainting.data import (
    DISPLAY_NAMES, Cifar10, data_folder, display_set, load_cifar10, offline_sample,
)


# ---------------------------------------------------------------------------------------------
# CIFAR-10


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("INPAINTING_DATA", str(tmp_path))
    return tmp_path


@pytest.fixture
def small_counts(monkeypatch):
    for name, count in [("TRAIN_COUNT", 45), ("VALIDATION_COUNT", 5), ("TEST_COUNT", 10)]:
        monkeypatch.setattr(data, name, count)


def fake_keras(monkeypatch, load_data):
    monkeypatch.setattr(keras.datasets.cifar10, "load_data", load_data)


@pytest.fixture
def no_download(monkeypatch):
    fake_keras(monkeypatch, lambda: pytest.fail("tried to download"))


def numbered(count):
    """Make pictures whose every pixel is the number of the picture."""
    return np.repeat(np.arange(count, dtype=np.uint8), 32 * 32 * 3).reshape(count, 32, 32, 3)


def assert_numbered(pictures, numbers):
    assert pictures.dtype == np.float32 and pictures.shape[1:] == (32, 32, 3)
    np.testing.assert_allclose(pictures[:, 7, 9, 1] * 255, numbers, atol=1e-4)


def test_data_folder(monkeypatch):
    monkeypatch.setenv("INPAINTING_DATA", "/some/where")
    assert data_folder() == Path("/some/where")
    monkeypatch.setenv("INPAINTING_DATA", "")
    assert data_folder().name == "image-inpainting-tutorial"
    monkeypatch.delenv("INPAINTING_DATA")
    assert data_folder().name == "image-inpainting-tutorial"


def test_takes_the_file_in_the_data_folder(folder, small_counts, no_download):
    np.savez(folder / "cifar10.npz", x_train=numbered(50), x_test=numbered(20)[::-1])
    cifar = load_cifar10()
    assert cifar.source == "CIFAR-10 from cifar10.npz" and cifar.is_real
    assert_numbered(cifar.train, range(45))
    assert_numbered(cifar.validation, range(45, 50))
    assert_numbered(cifar.test, range(19, 9, -1))

GOOD = {"x_train": numbered(50), "x_test": numbered(10)}


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"x_train": GOOD["x_train"]}, ["x_test"]),
        ({"train": GOOD["x_train"], "test": GOOD["x_test"]}, ["x_test and x_train"]),
        (GOOD | {"x_train": GOOD["x_train"] / 255}, ["x_train as float64"]),
        (GOOD | {"x_test": GOOD["x_test"].transpose(0, 3, 1, 2)}, ["x_test", "(10, 3, 32, 32)"]),
        (GOOD | {"x_train": np.zeros((), np.uint8)}, ["x_train", "shape ()"]),
        (GOOD | {"x_train": GOOD["x_train"][:49]}, ["49 training"]),
        (GOOD | {"x_test": GOOD["x_test"][:9]}, ["9 test"]),
        (GOOD | {"x_train": np.array([{}])}, ["damaged"]),
    ],
    ids=[
        "key", "keys", "dtype", "channels first", "no pictures", "too few to train",
        "too few to test", "objects",
    ],
)
def test_refuses_a_file_with_other_contents(folder, small_counts, no_download, arrays, words):
    np.savez(folder / "cifar10.npz", **arrays)
    with pytest.raises(PictureError) as error:
        load_cifar10()
    assert_one_sentence(error, str(folder / "cifar10.npz"), "replace it", "delete it", *words)


def damage(content, kind):
    middle = len(content) // 2
    return {
        "empty": b"",
        "text": b"<html>404</html>",
        "truncated": content[:middle],
        "a byte differs": content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :],
    }[kind]


@pytest.mark.parametrize("kind", ["empty", "text", "truncated", "a byte differs"])
def test_refuses_a_damaged_file(folder, small_counts, no_download, kind):
    file = folder / "cifar10.npz"
    np.savez_compressed(file, **GOOD)
    file.write_bytes(damage(file.read_bytes(), kind))
    with pytest.raises(PictureError) as error:
        load_cifar10()
    assert_one_sentence(error, str(file), "damaged", "replace it", "delete it")
    assert error.value.__cause__ is not None


def test_splits_the_download(folder, monkeypatch):
    x_train, x_test = (np.zeros((n, 32, 32, 3), np.uint8) for n in (50_000, 10_000))
    x_train[44_999], x_train[45_000], x_train[49_999], x_test[999] = 1, 2, 3, 4
    fake_keras(monkeypatch, lambda: ((x_train, None), (x_test, None)))
    cifar = load_cifar10()
    assert cifar.source == "CIFAR-10 downloaded by Keras" and cifar.is_real
    assert (len(cifar.train), len(cifar.validation), len(cifar.test)) == (45_000, 5_000, 1_000)
    assert_numbered(cifar.train[-1:], [1])
    assert_numbered(cifar.validation[[0, -1]], [2, 3])
    assert_numbered(cifar.test[-1:], [4])


@pytest.fixture
def stand_in(monkeypatch):
    """Replace the offline sample, which takes seconds, by an empty one."""
    monkeypatch.setattr(data, "offline_sample", lambda: Cifar10(None, None, None, "offline sample"))


@pytest.mark.parametrize(
    "error",
    [Exception("URL failure"), OSError("disk full"), ValueError("hash"), TimeoutError("too slow")],
)
def test_warns_loudly_when_the_download_fails(folder, monkeypatch, stand_in, error):
    def fail():
        raise error

    fake_keras(monkeypatch, fail)
    with pytest.warns(UserWarning) as caught:
        cifar = load_cifar10()
    assert cifar.source == "offline sample" and not cifar.is_real
    text = str(caught[0].message)
    assert len(caught) == 1 and len(text.splitlines()) > 10
    for part in ("NOT CIFAR-10", "scikit-image", "DO NOT COMPARE", "internet", "INPAINTING_DATA"):
        assert part in text
    assert str(error) in text
    assert str(folder / "cifar10.npz") in text
    assert caught[0].filename == __file__, "the warning should point at the caller"


def test_ctrl_c_stops_the_download(folder, monkeypatch, stand_in):
    def interrupt():
        raise KeyboardInterrupt

    fake_keras(monkeypatch, interrupt)
    with pytest.raises(KeyboardInterrupt):
        load_cifar10()


def test_a_broken_installation_is_not_taken_for_a_network_failure(folder, monkeypatch, stand_in):
    monkeypatch.delattr(keras.datasets, "cifar10")
    with pytest.raises(AttributeError):
        load_cifar10()


@pytest.fixture
def seven_seconds():
    """A time limit of somebody else's, which has to come back."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(7)
    yield
    socket.setdefaulttimeout(before)


def test_does_not_wait_for_ever(folder, monkeypatch, stand_in, seven_seconds):
    seen = []

    def look():
        seen.append(socket.getdefaulttimeout())
        raise OSError("no network")

    fake_keras(monkeypatch, look)
    with pytest.warns(UserWarning):
        load_cifar10()
    assert seen == [data.DOWNLOAD_TIMEOUT] and socket.getdefaulttimeout() == 7


# The real get_file of Keras, in a process of its own: it looks up KERAS_HOME when it is imported.
# The fake internet sends `sent` bytes and declares `declared`.
REAL_DOWNLOAD = """
import io, json, os, urllib.request, urllib.response, warnings
from email.message import Message
from pathlib import Path
from inpainting import data, pictures

class Internet(urllib.request.HTTPSHandler):
    requests = 0
    def https_open(self, request):
        Internet.requests += 1
        headers = Message()
        headers["Content-Length"] = str(self.declared)
        contents = io.BytesIO(bytes(self.sent))
        response = urllib.response.addinfourl(contents, headers, request.full_url, 200)
        response.msg = "OK"
        return response

data.offline_sample = lambda: data.Cifar10(None, None, None, "offline sample")
urllib.request.install_opener(urllib.request.build_opener(Internet))

def attempt(sent, declared):
    Internet.sent, Internet.declared = sent, declared
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        source = data.load_cifar10().source
    left = sorted(path.name for path in Path(os.environ["KERAS_HOME"]).rglob("*") if path.is_file())
    return {
        "source": source, "text": str(caught[-1].message), "left": left,
        "requests": Internet.requests,
    }

print("RESULT" + json.dumps([attempt(1000, 170498071), attempt(1000, 1000), attempt(1000, 1000)]))
"""


def test_real_download_that_breaks_off_or_is_wrong(folder):
    (folder / "keras").mkdir()
    environment = os.environ | {"KERAS_HOME": str(folder / "keras")}
    done = subprocess.run(
        [sys.executable, "-c", REAL_DOWNLOAD], env=environment, capture_output=True, text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    truncated, wrong, again = json.loads(done.stdout.partition("RESULT")[2])
    assert [attempt["source"] for attempt in (truncated, wrong, again)] == 3 * ["offline sample"]
    assert "1000 out of 170498071 bytes" in truncated["text"]
    assert not [name for name in truncated["left"] if "cifar" in name]
    assert "hash does not match" in wrong["text"]
    assert [name for name in wrong["left"] if "cifar" in name]
    assert again["requests"] == 3, "a wrong file left on the disk must not be taken for the data"


# ---------------------------------------------------------------------------------------------
# Pieces of scikit-image's photographs


@pytest.fixture(scope="module")
def sample():
    return offline_sample()


@pytest.mark.parametrize(
    "file",
    [
        "astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png",
        "motorcycle_right.png",
    ],
)
def test_photographs_are_installed_with_scikit_image(file):
    assert (Path(skimage.data.__file__).parent / file).is_file()


def test_offline_sample_follows_the_convention(sample):
    for pictures, count in zip(sample[:3], (6000, 500, 500), strict=True):
        assert pictures.shape == (count, 32, 32, 3)
        check_pictures(pictures)
        assert pictures.min() < 0.05 and pictures.max() > 0.95
        assert len(np.unique(pictures.reshape(count, -1), axis=0)) > 0.95 * count
    assert sample.source == "offline sample" and not sample.is_real


def test_offline_sample_is_repeatable(sample, few_pieces):
    first, again, other = offline_sample(seed=1), offline_sample(seed=1), offline_sample(seed=2)
    for a, b, c in zip(first[:3], again[:3], other[:3], strict=True):
        assert np.array_equal(a, b) and not np.array_equal(a, c)


@pytest.fixture
def few_pieces(monkeypatch):
    make = data.random_pieces
    monkeypatch.setattr(data, "random_pieces", lambda *arguments: make(*arguments[:3], 50))


class Recorder:
    """Stands for a photograph and remembers the squares cut from it, in their order."""

    cut = []

    def __init__(self, name):
        self.name, self.picture = name, Image.fromarray(data.PHOTOGRAPHS[name]())
        self.size = self.picture.size

    def crop(self, square):
        Recorder.cut.append((self.name, square))
        return Image.new("RGB", (32, 32))


@pytest.fixture
def squares(monkeypatch):
    monkeypatch.setattr(Recorder, "cut", [])
    monkeypatch.setattr(data, "open_photograph", Recorder)
    offline_sample()
    display_set()
    cut = Recorder.cut
    return {
        "train": cut[:6000], "validation": cut[6000:6500], "test": cut[6500:7000],
        "display": cut[7000:],
    }


def used_pixels(squares, name):
    used = np.zeros(data.PHOTOGRAPHS[name]().shape[:2], bool)
    for photograph, (left, top, right, bottom) in squares:
        if photograph == name:
            used[top:bottom, left:right] = True
    return used


def test_no_pixel_serves_two_purposes(squares):
    assert len(squares["display"]) == 6
    for name in data.PHOTOGRAPHS:
        parts = "train", "validation", "test", "display"
        used = [used_pixels(squares[part], name) for part in parts]
        assert np.sum(used, axis=0).max() == 1, name
        assert all(part.any() for part in used[:3]), name


def test_each_part_of_the_sample_comes_from_its_own_region(squares):
    shapes = {name: photograph().shape for name, photograph in data.PHOTOGRAPHS.items()}
    for part, cut in squares.items():
        for name, (left, top, right, bottom) in cut:
            height, width, _ = shapes[name]
            if part == "train":
                assert right <= 0.7 * width
            elif part == "validation":
                assert left >= int(0.7 * width) and bottom <= height / 2
            elif part == "test":
                assert left >= int(0.7 * width) and top >= height // 2


def test_squares_are_whole_and_of_several_sizes(squares):
    shapes = {name: photograph().shape for name, photograph in data.PHOTOGRAPHS.items()}
    for part, cut in squares.items():
        for name, (left, top, right, bottom) in cut:
            height, width, _ = shapes[name]
            assert right - left == bottom - top >= 32
            assert 0 <= left < right <= width and 0 <= top < bottom <= height
        sides = [square[2] - square[0] for _, square in cut]
        assert part == "display" or (min(sides) < 40 and max(sides) > 190)


def test_reducing_a_piece_does_not_look_outside_its_square(monkeypatch, few_pieces):
    def only_the_display_squares_are_white(name):
        picture = np.zeros_like(data.PHOTOGRAPHS[name]())
        for photograph, (left, top, right, bottom) in data.DISPLAY_SQUARES.values():
            if photograph == name:
                picture[top:bottom, left:right] = 255
        return Image.fromarray(picture)

    monkeypatch.setattr(data, "open_photograph", only_the_display_squares_are_white)
    assert display_set().min() == 1
    assert all(pictures.max() == 0 for pictures in offline_sample()[:3])


def test_half_of_the_pieces_are_mirrored(monkeypatch, few_pieces):
    ramp = np.broadcast_to(np.linspace(0, 255, 512).astype(np.uint8)[:, np.newaxis], (512, 512, 3))
    photograph = Image.fromarray(np.ascontiguousarray(ramp))
    monkeypatch.setattr(data, "open_photograph", lambda name: photograph)
    pieces = offline_sample().train
    mirrored = pieces[:, 16, 0, 0] > pieces[:, 16, -1, 0]
    assert 0.2 < mirrored.mean() < 0.8


def test_display_set():
    pictures = display_set()
    assert pictures.shape == (6, 32, 32, 3)
    check_pictures(pictures)
    assert len(DISPLAY_NAMES) == len(set(DISPLAY_NAMES)) == 6
    assert np.array_equal(pictures, display_set())
    means = pictures.mean(axis=(1, 2))
    distance = np.abs(means[:, None] - means).max(axis=-1) + np.eye(6)
    assert distance.min() > 0.05 and pictures.std(axis=(1, 2, 3)).min() > 0.1
