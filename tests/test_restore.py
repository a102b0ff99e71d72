import json
import shutil

import keras
import numpy as np
import pytest

from inpainting.checks import PictureError
from inpainting.damage import damage_batch
from inpainting.data import display_set
from inpainting.files import sha256
from inpainting.models import MODEL_DATA, ModelFileError, load_model, model_files, save_model
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


def test_the_shipped_model_restores(shipped, damaged):
    pictures, masks = damaged
    restored, damage = restore_batch(shipped, pictures)
    truth = display_set()
    assert np.abs(restored - truth)[masks].mean() < 0.3 * np.abs(pictures - truth)[masks].mean()
    found = damage > 0.5
    assert (found & masks).sum() / (found | masks).sum() > 0.95


def test_told_where_the_damage_is_it_changes_nothing_else(shipped, damaged):
    pictures, _ = damaged
    masks = np.zeros(pictures.shape[:3], bool)
    masks[:, 10:14, 3:20] = True
    restored, _ = restore_batch(shipped, pictures, masks)
    assert np.array_equal(restored[~masks], pictures[~masks])
    assert not np.array_equal(restored[masks], pictures[masks])


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
    assert "unet_32x32)" in refused("unet_64x64", copy)


def test_shipped_checksums_are_those_of_the_files():
    for line in (MODEL_DATA / "unet_32x32.sha256").read_text().splitlines():
        digest, name = line.split()
        assert sha256(MODEL_DATA / name) == digest


GOOD = np.zeros((2, 32, 32, 3), np.float32)


@pytest.mark.parametrize("pictures, masks, words", [
    (GOOD[:, :30], None, "32x30"),
    (GOOD[0], None, "picture[None]"),
    (GOOD.astype(np.uint8), None, "uint8"),
    (GOOD + 2, None, "damaged"),
    (GOOD - np.float32(np.nan), None, "damaged"),
    (GOOD[..., :1], None, "damaged"),
    (GOOD, np.zeros((2, 32, 32)), "masks"),
    (GOOD, np.zeros((2, 16, 32), bool), "masks"),
])
def test_wrong_arrays_are_refused_in_one_sentence(shipped, pictures, masks, words):
    with pytest.raises(PictureError) as error:
        restore_batch(shipped, pictures, masks)
    assert words in str(error.value) and "\n" not in str(error.value)
