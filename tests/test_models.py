"""Trained networks in files."""

import json
import shutil
import time

import keras
import numpy as np
import pytest

from inpainting import models
from inpainting.damage import damage_batch
from inpainting.data import display_set
from inpainting.files import sha256
from inpainting.models import (
    MODEL_DATA, ModelFileError, faster_to_restore, load_model, model_files, save_model,
)
from inpainting.scores.unet_32x32 import REFERENCE_FILE, reference_output
from inpainting.tiles import restore_batch
from inpainting.unet import build_unet, compile_model


@pytest.fixture
def damaged():
    return damage_batch(display_set(), np.random.default_rng(0))


@pytest.fixture(scope="module")
def shipped():
    return load_model("unet_32x32")


def test_a_saved_model_comes_back_the_same(tmp_path, damaged):
    model = compile_model(build_unet((4, 4, 4, 4, 4)), steps=10)
    save_model(model, tmp_path / "small")
    loaded = load_model(tmp_path / "small")
    for one, two in zip(restore_batch(model, damaged[0]), restore_batch(loaded, damaged[0])):
        assert np.abs(one - two).max() < 1e-6
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "small.json", "small.sha256", "small.weights.h5"]


def test_stock_keras_reads_the_shipped_files(shipped, damaged):
    """Without any code of ours: two lines of Keras."""
    json_file, weights, _ = model_files("unet_32x32")
    model = keras.models.model_from_json(json_file.read_text())
    model.load_weights(weights)
    ours, _ = restore_batch(shipped, damaged[0])
    assert np.array_equal(model.predict(damaged[0], verbose=0)["restored"], ours)
    layers = json.loads(json_file.read_text())["config"]["layers"]
    assert {layer["module"] for layer in layers} == {"keras.layers"}


def test_every_backend_and_version_gives_the_output_the_model_was_shipped_with(shipped):
    """The reference was computed with TensorFlow when the model was shipped (`make scores`)."""
    reference = np.loadtxt(REFERENCE_FILE, delimiter=",", skiprows=1)
    assert np.abs(reference_output(shipped) - reference).max() < 1e-3
    assert 0.02 < (reference[:, 3] > 0.5).mean() < 0.5  # damaged pixels are among those compared


def test_mixed_precision_gives_nearly_the_same(shipped, damaged):
    mixed = load_model("unet_32x32", precision="mixed_bfloat16")
    exact, rough = (restore_batch(m, damaged[0])[0] for m in (shipped, mixed))
    assert 0 < np.abs(exact - rough).mean() < 0.002


@pytest.fixture
def copy(tmp_path):
    for file in model_files("unet_32x32"):
        shutil.copy(file, tmp_path)
    return tmp_path


def refused(name, folder):
    with pytest.raises(ModelFileError) as error:
        load_model(folder / name)
    return str(error.value)


def test_one_changed_byte_is_noticed(copy):
    weights = copy / "unet_32x32.weights.h5"
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    assert str(weights) in refused("unet_32x32", copy)


def test_a_partial_file_is_noticed(copy):
    architecture = copy / "unet_32x32.json"
    architecture.write_text(architecture.read_text()[:-100])
    assert str(architecture) in refused("unet_32x32", copy)


def test_a_missing_file_is_named(copy):
    (copy / "unet_32x32.weights.h5").unlink()
    assert "unet_32x32.weights.h5" in refused("unet_32x32", copy)


def test_an_unknown_name_lists_what_there_is(copy):
    assert "unet_32x32" in refused("unet_64x64", copy)


def test_shipped_checksums_are_those_of_the_files():
    for line in (MODEL_DATA / "unet_32x32.sha256").read_text().splitlines():
        digest, name = line.split()
        assert sha256(MODEL_DATA / name) == digest


@pytest.mark.parametrize("faster", ["float32", "mixed_bfloat16"])
def test_finds_the_faster_precision(monkeypatch, faster):
    class Sleeper:
        def __init__(self, precision):
            self.first, self.seconds = 0.1, 0 if precision == faster else 0.02

        def predict_on_batch(self, _):
            time.sleep(self.first + self.seconds)
            self.first = 0

    monkeypatch.setattr(models, "with_precision", lambda _, precision: Sleeper(precision))
    assert faster_to_restore(None) == faster
