"""Three ways to start a training from a trained network."""

import numpy as np
import pytest

from inpainting.transfer import three_ways
from inpainting.unet import LEARNING_RATE, build_unet


def test_three_ways_start_where_they_say():
    start = build_unet()
    ways = three_ways(start, "float32", steps=10)
    same = {way: np.array_equal(model.get_weights()[0], start.get_weights()[0])
            for way, model in ways.items()}
    assert same == {
        "from scratch": False, "encoder frozen": True, "all layers in small steps": True}
    free = {way: {weight.path.split("/")[0].split("_")[0] for weight in model.trainable_variables}
            for way, model in ways.items()}
    everything = {f"step{i}" for i in range(1, 10)} | {"rgb", "damage"}
    assert free["encoder frozen"] == everything - {"step1", "step2", "step3", "step4"}
    assert free["from scratch"] == free["all layers in small steps"] == everything


def test_all_layers_learn_in_small_steps():
    ways = three_ways(build_unet((4, 4, 4, 4, 4)), "float32", steps=100)
    highest = [float(model.optimizer._learning_rate(2)) for model in ways.values()]
    assert highest == pytest.approx([LEARNING_RATE, LEARNING_RATE, LEARNING_RATE / 10])
