"""Trained networks in files."""

import json
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest
from conftest import assert_one_sentence

from inpainting import models
from inpainting.damage import damage_batch
from inpainting.data import display_set
from inpainting.files import sha256
from inpainting.machine import PRECISIONS
from inpainting.models import (
    MODEL_DATA, ModelFileError, faster_to_restore, load_model, model_files, save_model,
    with_precision,
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


def test_a_model_is_saved_in_float32_whatever_it_was_trained_in(tmp_path):
    save_model(with_precision(build_unet((4, 4, 4, 4, 4)), "mixed_bfloat16"), tmp_path / "small")
    assert load_model(tmp_path / "small").get_layer("step1_conv_a").dtype_policy.name == "float32"
    assert "bfloat16" not in (tmp_path / "small.json").read_text()


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
    assert_one_sentence(error)
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


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """The folder of a model of one's own, small.*, and of wider.*, which has other widths."""
    folder = tmp_path_factory.mktemp("own")
    save_model(build_unet((4, 4, 4, 4, 4)), folder / "small")
    save_model(build_unet((4, 4, 4, 4, 8)), folder / "wider")
    return folder


def with_checksums(folder, architecture, weights):
    """Write the files of a model, whatever they hold, with the right checksums."""
    for file, content in (("x.json", architecture), ("x.weights.h5", weights)):
        (folder / file).write_bytes(content)
    lines = (f"{sha256(folder / file)}  {file}\n" for file in ("x.json", "x.weights.h5"))
    (folder / "x.sha256").write_text("".join(lines))


def test_a_model_of_ones_own_is_loaded_by_its_path(own, tmp_path, monkeypatch):
    for file in own.glob("small.*"):
        (tmp_path / file.name.replace("small", "unet_32x32")).write_bytes(file.read_bytes())
    sums = tmp_path / "unet_32x32.sha256"
    sums.write_text(sums.read_text().replace("small", "unet_32x32"))
    for path in (tmp_path / "unet_32x32", str(tmp_path / "unet_32x32.weights.h5")):
        assert load_model(path).get_layer("step1_conv_a").filters == 4
    monkeypatch.chdir(tmp_path)
    assert load_model("./unet_32x32").get_layer("step1_conv_a").filters == 4
    assert load_model("unet_32x32").get_layer("step1_conv_a").filters == 64


@pytest.mark.parametrize("architecture", [
    b"", b"no json", b"[]", b"{}", b"3", b"null", b"\xff\xfe\0", b'{"class_name": "Nothing"}',
    keras.Sequential([keras.layers.Dense(3)]).to_json().encode(),
])
def test_an_architecture_that_is_none_is_refused(own, tmp_path, architecture):
    with_checksums(tmp_path, architecture, (own / "small.weights.h5").read_bytes())
    assert "x.json" in refused("x", tmp_path)


@pytest.mark.parametrize("weights", [b"", b"no weights", None, slice(2000)])
def test_weights_that_do_not_fit_the_architecture_are_refused(own, tmp_path, weights):
    if weights is None:
        weights = (own / "wider.weights.h5").read_bytes()
    elif isinstance(weights, slice):
        weights = (own / "small.weights.h5").read_bytes()[weights]
    with_checksums(tmp_path, (own / "small.json").read_bytes(), weights)
    assert "x.weights.h5" in refused("x", tmp_path)


@pytest.mark.parametrize("change", [
    lambda text: "", lambda text: "word\nword\n", lambda text: text.splitlines()[0],
    lambda text: text.splitlines()[1], lambda text: text + "0" * 64 + "  other\n",
    lambda text: text.replace("small", "unet_32x32"), lambda text: text[64:],
    lambda text: "\0\xff" * 100,
], ids=["empty", "words", "json", "weights", "three", "another", "no digits", "binary"])
def test_a_malformed_checksum_file_is_refused(own, tmp_path, change):
    for file in own.glob("small.*"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    sums = tmp_path / "small.sha256"
    sums.write_bytes(change(sums.read_text()).encode("latin-1"))
    assert "small" in refused("small", tmp_path)


def test_checksums_in_other_spellings_are_understood(own, tmp_path):
    for file in own.glob("small.*"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    sums = tmp_path / "small.sha256"
    one, two = sums.read_text().splitlines()
    sums.write_bytes(f"{two.replace('  ', ' *')}\r\n{one[:64].upper()}{one[64:]}\r\n".encode())
    load_model(tmp_path / "small")


@pytest.mark.parametrize("name", [
    "a" * 300, "folder/" + "a" * 300, "a" * 300 + "/model", "", ".", "/", "no/such/model",
    "zero\0byte", "two\nlines", "Unet_32x32", "unet_32x32.txt",
])
def test_a_name_that_is_no_model_is_answered_with_what_there_is(name):
    with pytest.raises(ModelFileError) as error:
        load_model(name)
    assert_one_sentence(error, "unet_192x192, ", "unet_32x32;", "path of your own")
    assert len(str(error.value)) < 500


def test_a_folder_is_answered_with_the_models_in_it(own):
    with pytest.raises(ModelFileError) as error:
        load_model(own)
    assert_one_sentence(error, str(own / "small"), str(own / "wider"))


@pytest.mark.parametrize("file", ["small.weights.h5", "small.json", "small.sha256"])
def test_a_file_that_cannot_be_read_is_named(own, monkeypatch, file):
    def unreadable(method):
        def read(path, *arguments, **options):
            if path.name == file:
                raise PermissionError(13, "Permission denied")
            return method(path, *arguments, **options)

        return read

    for name in ("open", "read_bytes", "read_text"):
        monkeypatch.setattr(Path, name, unreadable(getattr(Path, name)))
    assert file in refused("small", own)


def test_both_precisions_are_tried_on_tiles(monkeypatch):
    tried = []

    class Network:
        def __init__(self, precision=None):
            self.precision = precision

        def predict_on_batch(self, tile):
            tried.append((self.precision, tile.shape))

    monkeypatch.setattr(models, "with_precision", lambda _, precision: Network(precision))
    assert faster_to_restore(Network(), size=32) in PRECISIONS
    assert set(tried) == {(precision, (1, 32, 32, 3)) for precision in PRECISIONS}
