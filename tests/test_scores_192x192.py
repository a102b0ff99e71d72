"""The scores of the 192x192 models, on a few small crops."""

import numpy as np
import pytest
from conftest import Painter
from skimage.data import astronaut

from inpainting import classical
from inpainting.crops import fixed_crops
from inpainting.damage import segments
from inpainting.damage_kinds import KINDS, mixed
from inpainting.metrics import score
from inpainting.scores import unet_192x192
from inpainting.scores.protocol import damaged_to_choose, damaged_to_test
from inpainting.scores.tables import KIND_COLUMNS, ious_as_markdown, kinds_as_markdown
from inpainting.scores.unet_192x192 import (
    score_kind, score_segments, score_spread, score_thresholds,
)

CROPS = np.maximum(fixed_crops([astronaut()], 3, seed=0, size=64), np.float32(0.1))
OTHER_CROPS = np.maximum(fixed_crops([astronaut()], 2, seed=1, size=64), np.float32(0.1))
GREY = np.float32(0.5)


def dark_segments(picture, rng):
    return segments(picture, rng, colour=(0.04, 0.04, 0.04))


class Doubtful(Painter):
    """Paints grey. Is sure that black is damage, and doubts whether the dark is."""

    def __init__(self, doubt=0.4):
        super().__init__()
        self.doubt = doubt

    def predict_on_batch(self, batch):
        brightness = batch.max(axis=-1, keepdims=True)
        damage = np.where(brightness == 0, 1, np.where(brightness < 0.05, self.doubt, 0))
        damage = damage.astype(np.float32)
        return {"restored": batch + damage * (GREY - batch), "damage": damage}


@pytest.fixture(scope="module")
def row():
    return score_kind(Doubtful(), Painter(), CROPS, OTHER_CROPS, dark_segments)


def filled(damaged, masks, colour=GREY):
    return np.where(masks[..., None], colour, damaged)


def test_every_column_of_the_table_is_scored(row):
    assert set(KIND_COLUMNS) == set(row["methods"])
    table = kinds_as_markdown({"segments": row})
    assert table.count("\n") == 2 and f"{row['methods']['biharmonic']['psnr_inside']:.2f}" in table
    assert f"{row['damage_map_iou']:.3f}" in ious_as_markdown({"segments": row})


def test_told_methods_beat_the_damage(row):
    damaged = row["methods"]["damaged"]["psnr_inside"]
    for method in ("Telea", "Navier-Stokes", "biharmonic"):
        assert row["methods"][method]["psnr_inside"] > damaged


def test_one_pass_mixes_and_two_passes_fill(row):
    damaged, masks = damaged_to_test(CROPS, dark_segments)
    grey = score(CROPS, filled(damaged, masks), masks)
    mix = score(CROPS, filled(damaged, masks, np.float32(0.04 + 0.4 * 0.46)), masks)
    methods = row["methods"]
    assert row["damage_map_iou"] == 0, "0.4 is not above one half"
    assert methods["U-Net, blind"] == pytest.approx(mix, rel=1e-4)
    assert methods["U-Net, blind in two passes"] == pytest.approx(grey, rel=1e-4)
    assert methods["U-Net, told"] == pytest.approx(grey, rel=1e-4)
    assert methods["segment U-Net, blind"] == methods["damaged"] == score(CROPS, damaged, masks)


def test_damage_is_found_by_the_network_of_the_row():
    """The first network finds dark segments, the other one black segments alone."""
    sure = score_kind(Doubtful(0.6), Painter(), CROPS, OTHER_CROPS, dark_segments)
    assert sure["damage_map_iou"] == 1 and sure["segment_damage_map_iou"] == 0
    swapped = score_kind(Painter(), Doubtful(0.6), CROPS, OTHER_CROPS, dark_segments)
    assert swapped["damage_map_iou"] == 0 and swapped["segment_damage_map_iou"] == 1


def test_classical_methods_on_the_map_get_what_two_passes_fill_and_the_best_is_named():
    """A network that finds the left half of the damage only."""
    class HalfBlind(Doubtful):
        def predict_on_batch(self, batch):
            prediction = super().predict_on_batch(batch)
            prediction["damage"][:, :, 32:] = 0
            return prediction

    row = score_kind(HalfBlind(), Painter(), CROPS, OTHER_CROPS, dark_segments)
    damaged, masks = damaged_to_test(CROPS, dark_segments)
    left = masks.copy()
    left[..., 32:] = False
    restored = classical.restore_by_each(damaged, left, row["radius"])
    scores = {name: score(CROPS, pictures, masks) for name, pictures in restored.items()}
    best = max(scores, key=lambda name: scores[name]["psnr_inside"])
    assert row["best_on_the_map"] == best
    assert row["methods"]["best classical, on the map"] == scores[best]
    inside = row["methods"]["biharmonic"]["psnr_inside"]
    assert inside > scores["biharmonic"]["psnr_inside"], "the true mask is worth more"


@pytest.fixture
def tuned(monkeypatch):
    """What the radii are tuned on."""
    calls = []

    def tune(validation, damage=segments, radii=None):
        calls.append((validation, damage, radii))
        return {"Telea": 1, "Navier-Stokes": 1}

    monkeypatch.setattr(unet_192x192, "tune_radii", tune)
    return calls


def test_radii_are_tuned_on_the_other_crops_with_the_damage_of_the_row(tuned):
    score_kind(Painter(), Painter(), CROPS, OTHER_CROPS, dark_segments)
    score_segments(Painter(), Painter(), CROPS, OTHER_CROPS)
    (first, damage, radii), (second, standard, same_radii) = tuned
    assert first is second is OTHER_CROPS and radii == same_radii == (1, 2, 4, 8, 12)
    assert damage is dark_segments and standard is segments


def test_the_small_network_is_scored_on_the_same_segments(tuned):
    measured = score_segments(Painter(), Painter((1, 1, 1)), CROPS, OTHER_CROPS)
    damaged, masks = damaged_to_test(CROPS)
    for name, colour in [("U-Net, blind", Painter().colour), ("U-Net of 32x32, blind", 1)]:
        expected = score(CROPS, filled(damaged, masks, np.float32(colour)), masks)
        assert measured["methods"][name] == pytest.approx(expected)


def test_every_threshold_of_the_two_passes_is_tried_on_validation_damage(monkeypatch):
    monkeypatch.setattr(unet_192x192, "mixed", dark_segments)
    thresholds, psnr = score_thresholds(Doubtful(0.35), CROPS)
    assert thresholds == (0.1, 0.2, 0.3, 0.4, 0.5, 0.7)
    damaged, masks = damaged_to_choose(CROPS, dark_segments)
    for pictures, measured in [(filled(damaged, masks), psnr[:3]), (damaged, psnr[3:])]:
        expected = score(CROPS, pictures, masks)["psnr_inside"]
        assert measured == pytest.approx([expected] * 3, abs=1e-3)


def test_sound_pixels_count_as_repainted_where_two_passes_would_fill_them():
    crops = CROPS.copy()
    crops[0, :32] = 0.04
    for doubt, part in [(0.29, 0), (0.31, 1 / 6)]:
        assert unet_192x192.repainted_fraction(Doubtful(doubt), crops) == pytest.approx(part)


class Sloping(Painter):
    """Brightens everything, the more the further to the right: eight orientations differ."""

    def predict_on_batch(self, batch):
        change = np.linspace(0, 0.5, batch.shape[2], dtype=np.float32)[:, None]
        return {"restored": batch + change, "damage": np.ones_like(batch[..., :1])}


def test_spread_is_compared_with_the_error_of_the_damaged_pixels():
    result = score_spread(Sloping(), CROPS)
    damaged, masks = damaged_to_test(CROPS, mixed)
    ramp = np.linspace(0, 0.5, 64, dtype=np.float32)
    row, column = ramp[:, None] + 0 * ramp, 0 * ramp[:, None] + ramp
    eight = np.stack([row, row[::-1], column, column[:, ::-1]])
    mean, spread = damaged + eight.mean(axis=0)[..., None], eight.std(axis=0)
    error = np.abs(mean - CROPS).mean(axis=-1)[masks]
    spread = np.broadcast_to(spread, masks.shape)[masks]
    assert result["correlation"] == pytest.approx(np.corrcoef(spread, error)[0, 1], abs=1e-4)
    assert len(result["groups"][0]) == 10
    means = np.mean(result["groups"], axis=1)
    assert means == pytest.approx([spread.mean(), error.mean()], rel=0.02)
    for key, pictures in [
        ("psnr_inside_of_one", damaged + ramp[:, None]), ("psnr_inside_of_eight", mean),
    ]:
        assert result[key] == pytest.approx(score(CROPS, pictures, masks)["psnr_inside"], abs=1e-3)


def test_all_kinds_of_damage_are_scored():
    damages = unet_192x192.damages_to_score()
    assert list(damages) == ["segments", *KINDS, "mixed"]
    for damage in damages.values():
        damaged, mask = damage(CROPS[0], np.random.default_rng(1))
        assert damaged.shape == CROPS[0].shape and mask.dtype == bool


def test_severities_are_spread_from_a_fifth_to_one():
    severities = []
    damage = unet_192x192.at_any_severity(lambda *given: severities.append(given[2]))
    rng = np.random.default_rng(0)
    for _ in range(300):
        damage(None, rng)
    assert 0.2 <= min(severities) < 0.21 and 0.99 < max(severities) <= 1
    assert np.mean(severities) == pytest.approx(0.6, abs=0.05)


def test_what_is_measured_of_which_model(monkeypatch):
    """Every part gets its model and its crops; those that choose are of validation paintings."""
    def says(name):
        return lambda *given: {"by": name, "given": given}

    monkeypatch.setattr(unet_192x192, "faster_to_restore", lambda model: "float32")
    monkeypatch.setattr(unet_192x192, "load_model", lambda name, precision=None: name)
    monkeypatch.setattr(unet_192x192, "crops_to_test", lambda: "crops")
    monkeypatch.setattr(unet_192x192, "crops_to_choose", lambda number: f"{number} to choose")
    for name in (
        "score_segments", "score_kind", "repainted_fraction", "score_thresholds", "score_spread",
    ):
        monkeypatch.setattr(unet_192x192, name, says(name))
    small, large, skilled = "unet_32x32", "unet_192x192", "unet_192x192_damages"
    measured = unet_192x192.measure()
    assert set(measured) == {large, skilled}
    assert measured[large]["given"] == (large, small, "crops", "2 to choose")
    for row in measured[skilled]["kinds"].values():
        assert row["given"][:4] == (skilled, large, "crops", "2 to choose")
    assert measured[skilled]["thresholds"]["given"] == (skilled, "8 to choose")
    assert measured[skilled]["spread"]["given"] == (skilled, "crops")
    assert measured[skilled]["repainted_where_nothing_is_damaged"]["given"] == (skilled, "crops")
