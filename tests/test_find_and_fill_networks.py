"""The networks that find and that fill, as they begin, and what the filler is shown."""

import json

import keras
import numpy as np
import pytest

from inpainting.find_and_fill.networks import (
    FILLER_INPUTS, FIND_KINDS, build_cleaner, build_filler, build_finder, cleaner_input,
    filler_input, mean_of_two, membrane, shift_map, widen_input,
)
from inpainting.models import load_network, save_model, with_precision
from inpainting.unet import build_unet


@pytest.fixture(scope="module")
def unet():
    keras.utils.set_random_seed(0)
    return build_unet((4, 5, 6, 7, 8))


@pytest.fixture
def damaged():
    return np.random.default_rng(0).uniform(0.1, 1, (2, 32, 48, 3)).astype(np.float32)


@pytest.fixture
def masks():
    return np.random.default_rng(1).random((2, 32, 48)) < 0.2


def test_the_filler_is_shown_ten_channels(damaged, masks):
    shown = filler_input(damaged, masks)
    assert {name: array.shape[-1] for name, array in shown.items()} == FILLER_INPUTS
    assert sum(FILLER_INPUTS.values()) == 10
    assert all(array.dtype == np.float32 for array in shown.values())
    np.testing.assert_array_equal(shown["known"] + shown["seen"], damaged)
    assert not shown["known"][masks].any() and not shown["seen"][~masks].any()
    assert not shown["guess"][~masks].any()
    np.testing.assert_array_equal(shown["mask"][..., 0], masks)


def test_the_guess_does_not_depend_on_what_it_replaces(damaged, masks):
    other = np.where(masks[..., None], np.float32(0), damaged)
    guesses = [filler_input(picture, masks)["guess"] for picture in (damaged, other)]
    np.testing.assert_array_equal(*guesses)


def test_the_filler_begins_as_the_unet(unet, damaged, masks):
    filler = build_filler(unet)
    shown = filler_input(damaged, masks)
    rgb = keras.Model(filler.input, filler.get_layer("rgb").output)
    seed_rgb = keras.Model(unet.input, unet.get_layer("rgb").output)
    np.testing.assert_allclose(
        rgb.predict(shown, verbose=0), seed_rgb.predict(shown["known"], verbose=0), atol=1e-6)


def test_new_channels_count_for_nothing():
    kernel = np.ones((3, 3, 3, 4), np.float32)
    wide = widen_input(kernel, 10)
    assert wide.shape == (3, 3, 10, 4)
    np.testing.assert_array_equal(wide[:, :, :3], kernel)
    assert not wide[:, :, 3:].any()


def test_the_finder_begins_with_pale_maps_of_what_the_unet_sees(unet, damaged):
    finder = build_finder(unet)
    maps = finder.predict(damaged, verbose=0)["damage"]
    assert maps.shape == (2, 32, 48, len(FIND_KINDS)) and np.median(maps) < 0.2
    for layer in ("step1_conv_a", "step5_conv_b", "step9_conv_b"):
        for weights, others in zip(
            finder.get_layer(layer).get_weights(), unet.get_layer(layer).get_weights()
        ):
            np.testing.assert_array_equal(weights, others)


def test_one_map_is_made_paler(unet, damaged):
    finder = build_finder(unet)
    before = finder.predict(damaged, verbose=0)["damage"]
    middle = float(np.median(before[..., 4]))
    after = shift_map(finder, "stains", middle, middle / 2).predict(damaged, verbose=0)["damage"]
    others = [0, 1, 2, 3, 5]
    np.testing.assert_allclose(after[..., others], before[..., others], atol=1e-6)
    assert np.median(after[..., 4]) == pytest.approx(middle / 2, rel=1e-3)


def test_the_mean_of_two_trainings_lies_between_them(unet):
    one, other = build_filler(unet), build_filler(unet)
    other.set_weights([weights + 1 for weights in other.get_weights()])
    mean = mean_of_two(one, other, 0.25)
    for weights, others in zip(mean.get_weights(), other.get_weights()):
        np.testing.assert_allclose(weights, others - 0.75, atol=1e-6)


def test_the_cleaner_begins_by_changing_nothing(unet, damaged, masks):
    shown = cleaner_input(damaged, masks)
    assert {name: array.shape for name, array in shown.items()} == {
        "damaged": (2, 32, 48, 3), "mask": (2, 32, 48, 1)}
    cleaner = build_cleaner(unet)
    np.testing.assert_array_equal(cleaner.predict(shown, verbose=0)["restored"], damaged)
    cleaner.get_layer("cleaning").bias.assign([1, 1, 1])
    restored = cleaner.predict(shown, verbose=0)["restored"]
    np.testing.assert_allclose(restored, damaged + masks[..., None], atol=1e-6)


@pytest.mark.parametrize("build", [build_filler, build_finder, build_cleaner])
def test_saved_as_stock_layers(unet, build, tmp_path):
    network = build(unet)
    save_model(with_precision(network, "mixed_bfloat16"), tmp_path / "small")
    for weight, other in zip(network.get_weights(), load_network(tmp_path / "small").get_weights()):
        np.testing.assert_array_equal(weight, other)
    layers = json.loads((tmp_path / "small.json").read_text())["config"]["layers"]
    assert {layer["module"] for layer in layers} == {"keras.layers"}


def ramp(height=64, width=96):
    row, column = np.mgrid[:height, :width]
    picture = np.stack([row / height, column / width, (row + column) / (height + width)], axis=-1)
    return picture.astype(np.float32)


@pytest.mark.parametrize("width", [1, 4, 20])
def test_a_membrane_continues_a_ramp(width):
    mask = np.zeros((64, 96), bool)
    mask[:, 16 : 16 + width] = True
    film = membrane(ramp(), mask)
    np.testing.assert_array_equal(film[~mask], ramp()[~mask])
    assert np.abs(film - ramp())[mask].mean() < 0.02


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (5, 3), (33, 47)])
def test_a_membrane_of_any_size(shape):
    picture = np.full((*shape, 3), 0.25, np.float32)
    mask = np.ones(shape, bool)
    np.testing.assert_array_equal(membrane(picture, mask), 0.5)
    np.testing.assert_array_equal(membrane(picture, ~mask), picture)
    mask[0, 0] = False
    np.testing.assert_allclose(membrane(picture, mask), picture, atol=1e-6)
