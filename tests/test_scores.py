from types import SimpleNamespace

import numpy as np
import pytest
import skimage.data
from PIL import Image

from inpainting.scores import __main__, protocol, tables, unet_32x32
from inpainting.checks import PictureError
from inpainting.damage import damage_batch
from inpainting.data import display_set, offline_sample
from inpainting.models import load_model
from inpainting.patches import join


@pytest.fixture(scope="module")
def case():
    sound = np.repeat(display_set(), 4, axis=0)
    damaged, masks = damage_batch(sound, np.random.default_rng(0))
    restored, damage_map = protocol.restore_by_all(
        load_model("unet_32x32"), damaged, masks, {"Telea": 2, "Navier-Stokes": 2})
    return sound, damaged, masks, restored, damage_map


def test_every_method_beats_the_damage_and_told_methods_keep_sound_pixels(case):
    sound, damaged, masks, restored, _ = case
    assert list(restored) == [
        "damaged", "Telea", "Navier-Stokes", "biharmonic", "U-Net, blind", "U-Net, told"]
    inside = {name: protocol.score(sound, r, masks)["psnr_inside"] for name, r in restored.items()}
    assert min(inside, key=inside.get) == "damaged"
    for name in ("Telea", "Navier-Stokes", "biharmonic", "U-Net, told"):
        assert np.array_equal(restored[name][~masks], damaged[~masks]), name


def test_bins_hold_every_picture_once(case):
    sound, _, masks, restored, _ = case
    bins = protocol.by_fraction(sound, restored, masks)
    assert sum(b["pictures"] for b in bins) == len(sound)
    assert all(b["from"] < b["to"] <= masks.mean(axis=(1, 2)).max() for b in bins)


def test_best_and_worst_are_in_order(case):
    sound, _, masks, restored, _ = case
    chosen = protocol.best_and_worst(sound, restored["biharmonic"], masks)
    psnr = protocol.psnr_of_each(sound, restored["biharmonic"], masks)
    assert psnr[chosen[0]] == psnr.max() and psnr[chosen[3]] == psnr.min()


def test_radii_are_among_those_tried(case):
    sound, *_ = case
    radii = protocol.tune_radii(sound)
    assert set(radii) == {"Telea", "Navier-Stokes"} and all(1 <= r <= 10 for r in radii.values())


def test_the_table_has_a_line_for_each_method(case):
    sound, _, masks, restored, _ = case
    table = tables.as_markdown({name: protocol.score(sound, r, masks) for name, r in restored.items()})
    lines = table.splitlines()
    assert len(lines) == 2 + len(restored)
    assert len({line.count("|") for line in lines}) == 1


def test_the_painting_table_leaves_out_the_time_that_damage_takes():
    values = {key: 1.0 for key in tables.PAINTING_COLUMNS}
    timeless = {key: 1.0 for key in values if key != "seconds_per_megapixel"}
    table = tables.as_markdown({"damaged": timeless, "Telea": values}, tables.PAINTING_COLUMNS)
    assert [line.split("|")[-2].strip() for line in table.splitlines()[2:]] == ["", "1.00"]


def test_paintings_are_damaged_as_densely_as_the_pictures_of_the_training():
    picture = np.full((128, 96, 3), 0.5, np.float32)
    damaged, mask = unet_32x32.segments_in_patches(picture, np.random.default_rng(0))
    _, masks = damage_batch(np.full((12, 32, 32, 3), 0.5, np.float32), np.random.default_rng(0))
    assert np.array_equal(mask, join(masks, 128, 96)) and mask.mean() == masks.mean()
    assert np.array_equal(damaged, np.where(mask[..., None], np.float32(0), picture))


def test_central_pieces_lie_in_the_middle(tmp_path):
    picture = np.zeros((70, 101, 3), np.uint8)
    picture[19:51, 34:66] = 255
    Image.fromarray(picture).save(tmp_path / "painting.png")
    assert (unet_32x32.central_pieces([tmp_path / "painting.png"], side=32) == 1).all()


def test_scores_on_paintings():
    """Small pieces of photographs in place of paintings, one of them with black paint."""
    sound = skimage.data.astronaut()[None, :96, 150:246] / np.float32(255)
    sound = np.concatenate([sound, sound])
    sound[1, 40:50, 40:50] = 0
    measured = unet_32x32.score_paintings(load_model("unet_32x32"), sound, sound)
    assert list(measured["methods"]) == [
        "damaged", "Telea", "Navier-Stokes", "biharmonic", "U-Net, blind", "U-Net, told"]
    inside = {name: values["psnr_inside"] for name, values in measured["methods"].items()}
    assert min(inside, key=inside.get) == "damaged"
    assert measured["sound_pixels_changed"]["U-Net, told"] == {"pixels": 0, "almost_black": 0}
    blind = measured["sound_pixels_changed"]["U-Net, blind"]
    assert 0 < blind["almost_black"] <= blind["pixels"] < 200
    assert all(1 <= radius <= 5 for radius in measured["radius"].values())
    assert measured["sound_pixels"] == round((1 - measured["damaged_fraction"]) * 2 * 96 * 96)


def test_changed_pixels_are_counted_outside_the_damage():
    sound = np.full((1, 4, 4, 3), 0.5, np.float32)
    sound[0, 0] = 0
    mask = np.zeros((1, 4, 4), bool)
    mask[0, 3] = True
    restored = sound.copy()
    restored[0, 0, 0, 1] = restored[0, 1, 1, 2] = restored[0, 3, 3, 0] = 0.7
    assert unet_32x32.changed_pixels(sound, sound, restored, mask) == {"pixels": 2, "almost_black": 1}


def test_the_command_needs_the_paintings(monkeypatch):
    def offline(_):
        raise PictureError("no internet")

    monkeypatch.setattr(__main__, "load_cifar10", lambda: SimpleNamespace(is_real=True))
    monkeypatch.setattr(__main__, "fetch_paintings", offline)
    with pytest.raises(SystemExit, match="real paintings: no internet"):
        __main__.main()


def test_the_command_refuses_to_score_on_the_offline_sample(monkeypatch):
    monkeypatch.setattr(__main__, "load_cifar10", offline_sample)
    with pytest.raises(SystemExit, match="real CIFAR-10"):
        __main__.main()
