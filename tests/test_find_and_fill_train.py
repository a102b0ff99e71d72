"""The training of the three networks, on ones so narrow that it takes seconds."""

import pickle

import keras
import numpy as np
import pytest
from conftest import assert_one_sentence

from inpainting.find_and_fill import train as train_paintings
from inpainting.find_and_fill.crops import Crops, batch_to_clean, batch_to_fill, batch_to_find
from inpainting.find_and_fill.train import (
    NETWORKS, absolute_and_squared, compile_specialist, searched_crops,
)
from inpainting.models import ModelFileError, load_network, save_model, with_precision
from inpainting.progress import read_history
from inpainting.train import fit
from inpainting.unet import build_unet

SEARCHED = np.full((1, 32, 32, 7), 0.75, np.float16)
PAINTINGS = [np.random.default_rng(0).integers(0, 256, (210, 210, 3)).astype(np.uint8)]


def narrow(network, steps=4, precision="float32"):
    keras.utils.set_random_seed(0)
    build, losses, _ = NETWORKS[network]
    model = compile_specialist(
        with_precision(build(build_unet((4, 4, 4, 4, 4))), precision), losses, steps)
    model.run_eagerly = True  # to compile would take longer than to train
    return model


def data(network, fresh=True):
    return Crops(PAINTINGS, NETWORKS[network][2], steps=1, batch_size=2, size=32, fresh=fresh)


@pytest.mark.parametrize("network", NETWORKS)
def test_a_training_goes_on_where_it_ended(network, tmp_path, monkeypatch):
    def load_eager(path, load=keras.saving.load_model):
        model = load(path)
        model.run_eagerly = True
        return model

    monkeypatch.setattr(keras.saving, "load_model", load_eager)
    settings = data(network), data(network, False), network, tmp_path
    _, first = fit(narrow(network), *settings, epochs=2, minutes=0)
    _, history = fit(narrow(network), *settings, epochs=2)
    assert len(first) == 1 and first[0]["loss"] == pytest.approx(history[0]["loss"], rel=1e-4)
    assert np.isfinite([list(row.values()) for row in history]).all()
    assert [row["epoch"] for row in read_history(tmp_path / f"{network}_history.csv")] == [1, 2]
    assert load_network(tmp_path / network).name == network


def test_the_learning_rate_rises_then_falls_to_zero():
    rates = narrow("finder", steps=100).optimizer._learning_rate
    np.testing.assert_allclose([float(rates(step)) for step in (0, 5, 100)], [0, 1e-3, 0], atol=1e-6)


def test_in_float16_the_loss_is_scaled():
    optimizers = {
        precision: type(narrow("finder", precision=precision).optimizer).__name__
        for precision in ("float32", "mixed_float16")
    }
    assert optimizers == {"float32": "Adam", "mixed_float16": "LossScaleOptimizer"}


def test_only_counted_pixels_are_in_the_error():
    model = narrow("filler")
    shown, sound, weights = data("filler")[0]
    sound = {"restored": np.where(weights["restored"][..., None] > 0, sound["restored"], 9)}
    measured = model.evaluate(shown, sound, sample_weight=weights, verbose=0, return_dict=True)
    assert measured["mae"] < 1


def test_the_loss_is_the_absolute_and_four_times_the_squared_error():
    loss = absolute_and_squared(np.zeros((1, 1, 1, 3)), np.full((1, 1, 1, 3), 0.5))
    assert float(loss[0, 0, 0]) == pytest.approx(1.5)


@pytest.fixture
def call(monkeypatch, tmp_path):
    """Run the command with a recorder in place of the training."""
    calls, seeds = [], []

    def searched(paintings, seed):
        seeds.append(seed)
        return SEARCHED

    monkeypatch.setattr(train_paintings, "load_paintings", lambda split: [split])
    monkeypatch.setattr(train_paintings, "fit", lambda *given, **more: calls.append((given, more)))
    monkeypatch.setattr(train_paintings, "searched_crops", searched)
    save_model(build_unet((4, 4, 4, 4, 4)), tmp_path / "start")

    def command(*arguments):
        train_paintings.main(
            [*arguments, "--start", str(tmp_path / "start"), "--precision", "float32"])
        return calls[-1]

    command.seeds = seeds
    return command


@pytest.mark.parametrize("network, batch", [
    ("finder", batch_to_find), ("filler", batch_to_fill), ("cleaner", batch_to_clean),
])
def test_what_each_network_is_fed(call, network, batch):
    (model, train, validation, name, _, epochs, _), more = call("--network", network)
    assert model.name == network and name == f"{network}_192x192" and len(more["settings"]) == 1
    assert validation.batch is batch and train.fresh and not validation.fresh
    assert train.batch is batch or network == "filler"
    assert (train.paintings, validation.paintings) == (["train"], ["validation"])
    assert (len(train), train.batch_size, train.size, epochs) == (100, 8, 128, 20)
    assert (validation.size, validation.seed) == (192, 5000)
    assert float(model.optimizer._learning_rate(100)) == pytest.approx(1e-3)


def test_the_filler_is_fed_crops_that_the_finder_has_searched(call):
    (_, train, *_), _ = call("--network", "filler")
    _, sound, _ = train.batch(np.zeros((60, 32, 32, 3), np.float32), np.random.default_rng(0))
    from_finder = (sound["restored"] == 0.75).all(axis=(1, 2, 3))
    assert 10 < from_finder.sum() < 30


def test_another_seed_shows_other_crops_but_the_same_of_validation(call):
    (_, train, validation, *_), _ = call("--network", "filler", "--seed", "7")
    assert (train.seed, validation.seed, call.seeds) == (7, 5000, [8])


def test_searched_crops_are_marked_by_the_finder(monkeypatch, stand_in_files):
    _, networks = stand_in_files  # the finder takes pure black for cuts, and nothing else here
    monkeypatch.setattr(train_paintings, "shipped", lambda name: networks[f"{name}_192x192"])
    layers = searched_crops(PAINTINGS, 1, 64, size=64)
    damaged, sound, marked = layers[..., :3], layers[..., 3:6], layers[..., 6] == 1
    assert 5 < len(layers) < 64 and marked.any(axis=(1, 2)).all()
    assert marked[(damaged == 0).all(axis=-1)].all() and (damaged[marked] < 0.05).all()
    changed = (damaged != sound).any(axis=-1)
    assert (changed & ~marked).any(), "what the finder misses stays"
    mixtures = (changed & ~marked).any(axis=(1, 2)).mean()
    assert mixtures > 0.5 and layers.dtype == np.float16
    np.testing.assert_array_equal(layers, searched_crops(PAINTINGS, 1, 64, size=64))


def test_a_network_goes_on_from_an_earlier_one(call, tmp_path):
    finder = narrow("finder")
    save_model(finder, tmp_path / "start")
    (model, *_), _ = call("--network", "finder")
    for weights, others in zip(model.get_weights(), finder.get_weights()):
        np.testing.assert_array_equal(weights, others)


@pytest.mark.parametrize("start, wanted", [("finder", "filler"), ("cleaner", "filler")])
def test_a_network_does_not_begin_with_one_of_another_kind(call, tmp_path, start, wanted):
    save_model(narrow(start), tmp_path / "start")
    with pytest.raises(ModelFileError) as error:
        call("--network", wanted)
    assert_one_sentence(error, start, wanted, str(tmp_path / "start"))


def test_the_crops_of_the_filler_can_be_sent_to_processes(call):
    (_, train, *_), _ = call("--network", "filler")
    sent = pickle.loads(pickle.dumps(train.batch))
    np.testing.assert_array_equal(sent.searched, SEARCHED)
