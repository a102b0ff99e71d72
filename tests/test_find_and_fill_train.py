"""The training of the filler and the finder, on networks so narrow that it takes seconds."""

import keras
import numpy as np
import pytest

from inpainting.find_and_fill import train as train_paintings
from inpainting.find_and_fill.crops import Crops
from inpainting.progress import read_history, steps_done
from inpainting.find_and_fill.train import (
    NETWORKS, Clock, absolute_and_squared, compile_specialist, fit_by_the_clock,
)
from inpainting.train import NotANumberError
from inpainting.unet import build_unet

PAINTINGS = [np.random.default_rng(0).integers(0, 256, (70, 70, 3)).astype(np.uint8)]


def new_model(network):
    keras.utils.set_random_seed(0)
    build, losses, _ = NETWORKS[network]
    model = compile_specialist(build(build_unet((4, 4, 4, 4, 4))), losses)
    model.run_eagerly = True  # to compile would take longer than to train
    return model


def data(network, fresh=True):
    return Crops(PAINTINGS, NETWORKS[network][2], steps=2, batch_size=2, size=32, fresh=fresh)


@pytest.fixture(autouse=True)
def one_epoch_a_call(monkeypatch):
    def load_eager(path, load=keras.saving.load_model):
        model = load(path)
        model.run_eagerly = True
        return model

    monkeypatch.setattr(
        Clock, "on_epoch_end", lambda self, *_: setattr(self.model, "stop_training", True))
    monkeypatch.setattr(keras.saving, "load_model", load_eager)


def fit(network, folder, train=None):
    return fit_by_the_clock(
        new_model(network), train or data(network), data(network, False), folder, minutes=10)


@pytest.mark.parametrize("network", NETWORKS)
def test_a_training_goes_on_where_it_ended(network, tmp_path):
    model, history = fit(network, tmp_path)
    assert len(history) == 1 and steps_done(model) == 2
    assert all(np.isfinite(list(history[0].values())))
    model, history = fit(network, tmp_path)
    assert len(history) == 2 and steps_done(model) == 4
    assert [row["epoch"] for row in read_history(tmp_path / "history.csv")] == [1, 2]


def test_the_model_ends_with_averaged_weights(tmp_path):
    model, _ = fit("finder", tmp_path)
    last = keras.saving.load_model(tmp_path / "last.keras")
    averages = last.optimizer._model_variables_moving_average
    raw, kept = last.trainable_variables[0], model.trainable_variables[0]
    np.testing.assert_allclose(np.asarray(kept), np.asarray(averages[0]), atol=1e-7)
    assert not np.allclose(np.asarray(kept), np.asarray(raw), atol=1e-7)


def test_a_loss_that_is_no_number_leaves_the_last_good_epoch(tmp_path):
    fit("finder", tmp_path)
    kept = (tmp_path / "last.keras").read_bytes()
    broken = data("finder")
    broken.batch = lambda crops, rng: (
        crops, {"damage": np.full((*crops.shape[:3], 6), np.nan, np.float32)})
    with pytest.raises(NotANumberError, match="not a number"):
        fit("finder", tmp_path, broken)
    assert (tmp_path / "last.keras").read_bytes() == kept


def test_the_learning_rate_rises_then_falls_with_the_time(monkeypatch):
    model = new_model("finder")
    rates = []
    for part, steps in ((0, 0), (0, 1000), (0.5, 1000), (1, 1000)):
        clock = Clock(minutes=1, used=60 * part)
        clock.set_model(model)
        clock.began = train_paintings.time.monotonic()
        model.optimizer.iterations.assign(steps)
        clock.on_train_batch_begin(0)
        rates.append(float(model.optimizer.learning_rate) / train_paintings.LEARNING_RATE)
    np.testing.assert_allclose(rates, [1 / train_paintings.WARMUP, 1, 0.5, 0], atol=1e-3)


def test_the_loss_is_the_absolute_and_four_times_the_squared_error():
    loss = absolute_and_squared(np.zeros((1, 1, 1, 3)), np.full((1, 1, 1, 3), 0.5))
    assert float(loss[0, 0, 0]) == pytest.approx(1.5)
