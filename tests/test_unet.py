import json

import keras
import numpy as np
import pytest

from inpainting.models import with_precision
from inpainting.unet import build_unet, compile_model

NARROW = (4, 6, 8, 10, 12)


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    return build_unet(NARROW)


@pytest.mark.parametrize("height, width", [(32, 32), (16, 48), (192, 192)])
def test_output_has_the_size_of_the_input(model, height, width):
    picture = np.random.default_rng(0).uniform(0, 1, (2, height, width, 3)).astype(np.float32)
    output = model.predict(picture, verbose=0)
    assert output["restored"].shape == (2, height, width, 3)
    assert output["damage"].shape == (2, height, width, 1)
    for values in output.values():
        assert values.dtype == np.float32 and 0 <= values.min() and values.max() <= 1


def test_the_nine_steps(model):
    """Conv2D twice in each step; four poolings, four upsamplings, four skip connections."""
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds.count("Conv2D") == 9 * 2 + 2
    assert [kinds.count(k) for k in ("MaxPooling2D", "UpSampling2D", "Concatenate")] == [4, 4, 4]
    for step, partner in zip((5, 6, 7, 8), (4, 3, 2, 1)):
        inputs = {tensor._keras_history.operation.name
                  for tensor in model.get_layer(f"step{step}_concat").input}
        assert inputs == {f"step{step}_up", f"step{partner}_conv_b"}
    widths = [model.get_layer(f"step{step}_conv_b").filters for step in range(1, 10)]
    assert widths == [4, 6, 8, 10, 12, 10, 8, 6, 4]


def test_restored_is_the_mix_that_the_damage_map_says(model):
    picture = np.random.default_rng(1).uniform(0, 1, (1, 32, 32, 3)).astype(np.float32)
    rgb = keras.Model(model.input, model.get_layer("rgb").output).predict(picture, verbose=0)
    output = model.predict(picture, verbose=0)
    expected = picture + output["damage"] * (rgb - picture)
    assert np.abs(output["restored"] - expected).max() < 1e-6


def test_only_stock_layers_in_the_json(model):
    layers = json.loads(model.to_json())["config"]["layers"]
    assert {layer["module"] for layer in layers} == {"keras.layers"}
    assert not [layer for layer in layers if layer["class_name"] == "Lambda"]


def test_precision_changes_the_arithmetic_and_neither_weights_nor_output_type(model):
    mixed = with_precision(model, "mixed_bfloat16")
    for layer in mixed.layers[1:]:
        expected = "mixed_bfloat16" if layer.name.startswith("step") else "float32"
        assert layer.dtype_policy.name == expected, layer.name
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), mixed.get_weights()))
    picture = np.random.default_rng(2).uniform(0, 1, (1, 32, 32, 3)).astype(np.float32)
    exact, rough = model.predict(picture, verbose=0), mixed.predict(picture, verbose=0)
    assert rough["restored"].dtype == np.float32
    assert 0 < np.abs(exact["restored"] - rough["restored"]).max() < 0.02
    back = with_precision(mixed, "float32")
    assert back.to_json() == model.to_json()


def test_plain_network_has_no_damage_map():
    plain = build_unet(NARROW, damage_map=False)
    assert list(plain.output) == ["restored"]


def test_the_network_of_the_tutorial_has_64_channels_in_every_step():
    shipped = build_unet()
    convolutions = [layer for layer in shipped.layers if layer.name.startswith("step")
                    and "conv" in layer.name and "concat" not in layer.name]
    assert len(convolutions) == 18 and {layer.filters for layer in convolutions} == {64}
    assert {layer.kernel_size for layer in convolutions} == {(3, 3)}
    assert {layer.activation for layer in convolutions} == {keras.activations.relu}
    assert shipped.count_params() == 777_284


def test_the_loss_is_the_mae_and_a_tenth_of_the_cross_entropy(model):
    compile_model(model, steps=10)
    rng = np.random.default_rng(3)
    sound = rng.uniform(0, 1, (2, 32, 32, 3)).astype(np.float32)
    masks = (rng.random((2, 32, 32, 1)) < 0.2).astype(np.float32)
    damaged = sound * (1 - masks)
    found = model.predict(damaged, verbose=0)
    mae = np.abs(found["restored"] - sound).mean()
    right = np.where(masks == 1, found["damage"], 1 - found["damage"])
    targets = {"restored": sound, "damage": masks}
    measured = model.evaluate(damaged, targets, verbose=0, return_dict=True)
    assert measured["restored_mae"] == pytest.approx(mae, rel=1e-4)
    assert measured["loss"] == pytest.approx(mae - 0.1 * np.log(right).mean(), rel=1e-4)


def test_standard_learning_rate(model):
    compile_model(model, steps=1000)
    assert isinstance(model.optimizer, keras.optimizers.Adam)
    assert float(model.optimizer._learning_rate(20)) == pytest.approx(2e-3)


def test_learning_rate_rises_then_falls_to_zero(model):
    compile_model(model, steps=1000, learning_rate=1e-2)
    rate = [float(model.optimizer._learning_rate(step)) for step in (0, 20, 500, 1000)]
    assert rate[0] == 0 and rate[1] == pytest.approx(1e-2) and rate[3] == pytest.approx(0, abs=1e-7)
    assert rate[1] > rate[2] > rate[3]
