"""Three ways to start a training from a trained network."""

import keras
import numpy as np
import pytest

from inpainting.damage import DamagedPictures
from inpainting.transfer import freeze_encoder, three_ways
from inpainting.unet import LEARNING_RATE, build_unet, compile_model


def test_three_ways_start_where_they_say():
    start = build_unet()
    ways = three_ways(start, "float32", steps=10)
    same = {way: np.array_equal(model.get_weights()[0], start.get_weights()[0])
            for way, model in ways.items()}
    assert same == {
        "from scratch": False, "encoder frozen": True, "all layers": True}
    free = {way: {weight.path.split("/")[0].split("_")[0] for weight in model.trainable_variables}
            for way, model in ways.items()}
    everything = {f"step{i}" for i in range(1, 10)} | {"rgb", "damage"}
    assert free["encoder frozen"] == everything - {"step1", "step2", "step3", "step4"}
    assert free["from scratch"] == free["all layers"] == everything


def test_all_ways_learn_at_the_same_rate():
    ways = three_ways(build_unet((4, 4, 4, 4, 4)), "float32", steps=100)
    highest = [float(model.optimizer._learning_rate(2)) for model in ways.values()]
    assert highest == pytest.approx(3 * [LEARNING_RATE / 2])


def test_a_frozen_encoder_does_not_change_in_training():
    keras.utils.set_random_seed(0)
    model = compile_model(freeze_encoder(build_unet((4, 4, 4, 4, 4))), steps=50)
    model.run_eagerly = True  # saves the seconds that compiling takes
    before = {w.path: np.array(w) for layer in model.layers for w in layer.weights}
    damaged, targets = DamagedPictures(np.full((4, 16, 16, 3), 0.5, np.float32), 4)[0]
    for _ in range(2):  # in the first step the learning rate is 0
        model.train_on_batch(damaged, targets)
    moved = {w.path for layer in model.layers for w in layer.weights
             if not np.array_equal(np.array(w), before[w.path])}
    assert moved and not any(path.startswith(("step1", "step2", "step3", "step4")) for path in moved)
    assert any(path.startswith("step5") for path in moved)
