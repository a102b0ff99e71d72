import numpy as np
import pytest

from inpainting import scores
from inpainting.damage import damage_batch
from inpainting.data import display_set, offline_sample
from inpainting.restore import load_model


@pytest.fixture(scope="module")
def case():
    sound = np.repeat(display_set(), 4, axis=0)
    damaged, masks = damage_batch(sound, np.random.default_rng(0))
    restored, damage_map = scores.restore_by_all(
        load_model("unet_32x32"), damaged, masks, {"Telea": 2, "Navier-Stokes": 2})
    return sound, damaged, masks, restored, damage_map


def test_every_method_beats_the_damage_and_told_methods_keep_sound_pixels(case):
    sound, damaged, masks, restored, _ = case
    assert list(restored) == [
        "damaged", "Telea", "Navier-Stokes", "biharmonic", "U-Net, blind", "U-Net, told"]
    inside = {name: scores.score(sound, r, masks)["psnr_inside"] for name, r in restored.items()}
    assert min(inside, key=inside.get) == "damaged"
    for name in ("Telea", "Navier-Stokes", "biharmonic", "U-Net, told"):
        assert np.array_equal(restored[name][~masks], damaged[~masks]), name


def test_bins_hold_every_picture_once(case):
    sound, _, masks, restored, _ = case
    bins = scores.by_fraction(sound, restored, masks)
    assert sum(b["pictures"] for b in bins) == len(sound)
    assert all(b["from"] < b["to"] <= masks.mean(axis=(1, 2)).max() for b in bins)


def test_best_and_worst_are_in_order(case):
    sound, _, masks, restored, _ = case
    chosen = scores.best_and_worst(sound, restored["biharmonic"], masks)
    psnr = scores.psnr_of_each(sound, restored["biharmonic"], masks)
    assert psnr[chosen[0]] == psnr.max() and psnr[chosen[3]] == psnr.min()


def test_radii_are_among_those_tried(case):
    sound, *_ = case
    radii = scores.tune_radii(sound)
    assert set(radii) == {"Telea", "Navier-Stokes"} and all(1 <= r <= 10 for r in radii.values())


def test_the_table_has_a_line_for_each_method(case):
    sound, _, masks, restored, _ = case
    table = scores.as_markdown({name: scores.score(sound, r, masks) for name, r in restored.items()})
    lines = table.splitlines()
    assert len(lines) == 2 + len(restored)
    assert len({line.count("|") for line in lines}) == 1


def test_the_command_refuses_to_score_on_the_offline_sample(monkeypatch):
    monkeypatch.setattr(scores, "load_cifar10", offline_sample)
    with pytest.raises(SystemExit, match="real CIFAR-10"):
        scores.main()
