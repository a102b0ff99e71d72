"""The measures of finding and filling."""

import json

import numpy as np
import pytest

from inpainting.find_and_fill import scores
from inpainting.find_and_fill.damage_kinds import FIND_KINDS


def rng():
    return np.random.default_rng(0)


@pytest.fixture
def sound():
    return rng().uniform(0.2, 0.8, (4, 16, 16, 3)).astype(np.float32)


@pytest.fixture
def masks():
    masks = np.zeros((4, 16, 16), bool)
    masks[:, 4:8] = True
    return masks


def off_by(sound, masks, errors):
    return sound + (masks * np.reshape(errors, (-1, 1, 1)))[..., None].astype(np.float32)


def test_measures_of_a_known_error(sound, masks):
    measured = scores.measure(sound, off_by(sound, masks, [0.1] * 4), masks, paintings=2)
    assert measured["psnr_inside"] == pytest.approx(20, abs=1e-3)
    assert measured["psnr_inside_per_picture"] == pytest.approx(20, abs=1e-3)
    assert measured["psnr"] == pytest.approx(20 + 10 * np.log10(4), abs=1e-3)
    assert measured["pixels"] == [128, 128]
    np.testing.assert_allclose(measured["psnr_inside_interval"], 20, atol=1e-3)
    assert measured["ssim_inside"] < 1


def test_an_interval_is_wide_where_paintings_differ(sound, masks):
    measured = scores.measure(sound, off_by(sound, masks, [0.1, 0.1, 0.2, 0.2]), masks, 2)
    low, high = measured["psnr_inside_interval"]
    assert low == pytest.approx(13.98, abs=0.01) and high == pytest.approx(20, abs=0.01)
    assert low < measured["psnr_inside"] < high


def test_a_gain_is_between_the_same_paintings(sound, masks):
    better, worse = (
        scores.measure(sound, off_by(sound, masks, size * np.array([1, 1, 2, 2])), masks, 2)
        for size in (0.1, 0.1 * 10 ** 0.05)
    )
    for part in ("inside", "whole"):
        ahead = scores.gain(better, worse, part)
        assert ahead["gain"] == pytest.approx(1, abs=1e-3)
        np.testing.assert_allclose(ahead["interval"], 1, atol=1e-3)


def test_one_colour_for_each_patch_takes_an_even_stain_away():
    sound = np.full((40, 60, 3), (0.7, 0.5, 0.3), np.float32)
    sound += np.random.default_rng(0).normal(0, 0.02, sound.shape).astype(np.float32)
    mask = np.zeros((40, 60), bool)
    mask[5:15, 5:20] = mask[25:35, 30:50] = True
    stained = sound.copy()
    stained[5:15, 5:20] -= np.float32((0.1, 0.2, 0.3))
    stained[25:35, 30:50] += np.float32((0.1, 0, 0.2))
    cleaned = scores.one_colour(stained, mask)
    np.testing.assert_array_equal(cleaned[~mask], stained[~mask])
    assert np.abs(cleaned - sound)[mask].max() < 0.03 < 0.05 < np.abs(stained - sound)[mask].mean()


class Named:
    """Stands for a network: paints one number."""

    def __init__(self, number):
        self.number = number

    def predict(self, shown, batch_size, verbose):
        picture = shown["damaged" if "damaged" in shown else "known"]
        return {"restored": np.full_like(picture, self.number)}


def test_stains_are_cleaned_and_the_rest_is_filled(monkeypatch):
    monkeypatch.setattr(
        scores, "shipped", lambda name: Named({"filler": 0.25, "cleaner": 0.75}[name]))
    maps = np.zeros((1, 16, 16, len(FIND_KINDS)), bool)
    maps[:, :8, :, FIND_KINDS.index("stains")] = True
    maps[:, 4:12, :, FIND_KINDS.index("losses")] = True
    restored = scores.repair(np.full((1, 16, 16, 3), 0.5, np.float32), maps)[0, :, 0, 0]
    np.testing.assert_allclose(restored, [0.75] * 4 + [0.25] * 8 + [0.5] * 4)


def test_precision_and_recall():
    truth, found = np.array([1, 1, 1, 0, 0], bool), np.array([1, 1, 0, 1, 0], bool)
    assert scores.agreement(truth, found) == pytest.approx(
        {"precision": 2 / 3, "recall": 2 / 3, "iou": 2 / 4})


def test_taken_for():
    found = np.zeros((1, 2, 2, len(FIND_KINDS)), np.float32)
    found[0, 0, 0, 1] = found[0, 0, 1, 3] = 0.9
    marked = found.max(axis=-1) > 0.5
    masks = np.array([[[True, True], [True, False]]])
    taken = scores.taken_for(masks, marked, found)
    assert taken[FIND_KINDS[1]] == taken[FIND_KINDS[3]] == pytest.approx(1 / 3)
    assert taken["nothing"] == pytest.approx(1 / 3) and sum(taken.values()) == pytest.approx(1)


def test_the_radius_search_stops_after_two_worse_ones(sound, masks):
    tried = []

    def method(damaged, mask, radius):
        tried.append(radius)
        return damaged + np.float32(0.01) * abs(radius - 3) * mask[..., None]

    assert scores.best_radius(method, sound, sound, masks) == 3
    assert set(tried) == {1, 2, 3, 4, 6}


@pytest.mark.parametrize("width", [1, 8, 64])
def test_a_gap_is_as_wide_as_said(width):
    picture = np.full((192, 192, 3), 0.5, np.float32)
    damaged, mask = scores.gap(width, picture, rng())
    assert not damaged[mask].any() and (damaged[~mask] == 0.5).all()
    assert width * 120 < mask.sum() < width * 192 * 1.5


@pytest.mark.parametrize("name", scores.DAMAGES)
def test_damage_by_name_has_its_masks_in_order(name):
    damaged, maps = scores.damage_crops(name, np.full((2, 64, 64, 3), 0.5, np.float32), seed=1)
    assert maps.shape == (2, 64, 64, len(FIND_KINDS)) and maps.any()
    assert (damaged == 0.5).all(axis=-1)[~maps.any(axis=-1)].all()
    if name in FIND_KINDS:
        assert maps[..., FIND_KINDS.index(name)].any() and maps.any(axis=(0, 1, 2)).sum() == 1


SOUND = np.random.default_rng(3).uniform(0.3, 0.9, (4, 192, 192, 3)).astype(np.float32)


class Knowing:
    """Stands for the three networks: knows the sound crops, and where they are damaged.

    Its first answer is for the crops, its second, so many times as much, for the mirror images.
    """

    def __init__(self, name, sound, maps, sure, second):
        self.name, self.sound, self.maps, self.sure = name, sound, maps, np.float32(sure)
        self.second, self.looks = np.float32(second), 0

    def predict(self, shown, batch_size, verbose):
        self.looks += 1
        (output, answer), = self.answer().items()
        return {output: answer if self.looks == 1 else self.second * answer[:, :, ::-1]}

    def answer(self):
        if self.name == "finder":
            return {"damage": self.maps * self.sure}
        stained = self.maps[..., FIND_KINDS.index("stains")]
        told = stained if self.name == "cleaner" else scores.opaque(self.maps)
        return {"restored": self.sound[told.any(axis=(1, 2))]}


@pytest.fixture
def knowing(monkeypatch):
    """Put such networks in place of the shipped ones."""
    def use(name, sound, seed, sure=1, second=1):
        _, maps = scores.damage_crops(name, sound, seed)
        monkeypatch.setattr(
            scores, "shipped", lambda network: Knowing(network, sound, maps, sure, second))
        return maps

    return use


def told_nothing(name):
    """What `score_blind` needs to know of the classical methods."""
    damaged, maps = scores.damage_crops(name, SOUND, scores.TEST_SEED)
    untreated = scores.measure(SOUND, damaged, maps.any(axis=-1), 2)
    return {"radius": {"Telea": 3, "Navier-Stokes": 3}, "methods": {"damaged": untreated}}


def test_who_finds_all_and_restores_all_has_the_best_scores(knowing):
    maps = knowing("mixed", SOUND, scores.TEST_SEED)
    row = scores.score_blind("mixed", SOUND, 2, told_nothing("mixed"))
    assert row["union"] == {"precision": 1, "recall": 1, "iou": 1}
    assert row["methods"]["find, then fill"]["psnr"] == pytest.approx(54.15, abs=0.01)
    assert row["ahead_of_the_untreated"]["gain"] > 20
    assert row["ahead_of_the_best_on_the_map"]["gain"] > 10
    damaged = [kind for i, kind in enumerate(FIND_KINDS) if maps[..., i].any()]
    assert {kind for kind in FIND_KINDS if row["kinds"][kind]["recall"] == 1} == set(damaged)


def test_what_is_not_sure_enough_is_not_found(knowing):
    knowing("cuts", SOUND, scores.TEST_SEED, sure=scores.THRESHOLD - 0.01)
    row = scores.score_blind("cuts", SOUND, 2, told_nothing("cuts"))
    assert row["union"]["recall"] == 0 and row["taken_for"]["nothing"] == 1
    assert row["ahead_of_the_untreated"]["gain"] == 0


def test_told_is_compared_with_every_classical_method(knowing):
    knowing("losses", SOUND, scores.TEST_SEED)
    others = told_nothing("losses")["methods"]
    row = scores.score_told("losses", SOUND, 2, {"methods": others, "best": "damaged"})
    assert row["psnr_inside"] == pytest.approx(54.15, abs=0.01)
    assert row["ahead_of"]["damaged"] == row["ahead_of_the_best"]
    assert row["ahead_of_the_best"]["gain"] == pytest.approx(
        row["psnr_inside"] - others["damaged"]["psnr_inside"])


def test_undamaged_crops_are_those_without_damage(knowing):
    maps = knowing("cuts", SOUND, scores.TEST_SEED)
    found = scores.score_undamaged(SOUND)
    assert found["any"] == found["cuts"] == pytest.approx(maps.any(axis=-1).mean())
    assert found["stains"] == 0
    assert found["any_looking_once"] == found["any"]


def test_two_looks_find_what_one_does_not(knowing):
    maps = knowing("cuts", SOUND, scores.TEST_SEED, sure=0.1, second=8)
    found = scores.score_undamaged(SOUND)
    assert found["any"] == pytest.approx(maps.any(axis=-1).mean())
    assert found["any_looking_once"] == 0


def test_the_threshold_is_chosen_on_validation_paintings(knowing, monkeypatch):
    asked = []
    monkeypatch.setattr(scores, "crops_of", lambda *which: asked.append(which) or SOUND)
    monkeypatch.setattr(scores, "DAMAGES", ("cuts",))
    knowing("cuts", SOUND, scores.VALIDATION_SEED + 1, sure=0.45)
    measured = scores.score_threshold()
    assert asked == [("validation", scores.THRESHOLD_CROPS)]
    assert measured["best"] == 0.1 and measured["tried"] == scores.THRESHOLDS
    first = sum(threshold < 0.45 for threshold in scores.THRESHOLDS)
    low, high = measured["mean_psnr"][:first], measured["mean_psnr"][first:]
    assert min(low) > max(high) + 10


def test_the_radii_are_chosen_on_validation_paintings(monkeypatch):
    asked, tuned = [], []
    monkeypatch.setattr(scores, "crops_of", lambda *which: asked.append(which) or SOUND[:1])
    monkeypatch.setattr(scores, "tune", lambda *given: tuned.append(given) or (
        {name: lambda damaged, mask: damaged for name in scores.tables.CLASSICAL}, {}))
    scores.score_classical("cuts", SOUND, 2)
    assert asked == [("validation", scores.RADIUS_CROPS)]
    damaged, maps = scores.damage_crops("cuts", SOUND[:1], scores.VALIDATION_SEED)
    for given, wanted in zip(tuned[0], (SOUND[:1], damaged, maps.any(axis=-1))):
        np.testing.assert_array_equal(given, wanted)


def test_a_part_is_kept_beside_the_others_with_what_made_it(monkeypatch, tmp_path):
    kept, needed = tmp_path / "scores.json", []
    kept.write_text('{"gaps": "as before"}')
    monkeypatch.setattr(scores, "SCORES_FILE", kept)
    monkeypatch.setattr(scores, "need_paintings", lambda *splits: needed.append(splits))
    monkeypatch.setattr(scores, "crops_of", lambda *which: SOUND)
    monkeypatch.setattr(scores, "faster_here", lambda: "float32")
    monkeypatch.setitem(scores.AT_ONCE, "seconds", lambda: {"find": 1.5})
    scores.main(["seconds"])
    written = json.loads(kept.read_text())
    assert (written["gaps"], written["seconds"]) == ("as before", {"find": 1.5})
    assert written["made_with"]["seconds"]["precision"] == "float32"
    assert needed == [("validation", "test")]


def test_the_spread_is_that_of_what_hides_the_picture(knowing, monkeypatch):
    maps = knowing("mixed", SOUND, scores.TEST_SEED, second=0.98)
    masks = maps[..., [FIND_KINDS.index(kind) for kind in FIND_KINDS if kind != "stains"]].any(-1)
    given = []

    def eight(filler, damaged, told):
        given.append(told)
        wrong = rng().random(told.shape, dtype=np.float32)
        return SOUND + np.float32(0.1) * wrong[..., None], wrong

    monkeypatch.setattr(scores, "fill_eight_ways", eight)
    measured = scores.score_spread(SOUND)
    np.testing.assert_array_equal(given[0], masks)
    assert measured["correlation"] == pytest.approx(1, abs=1e-3)
    one, two, eight = (measured[f"psnr_inside_of_{looks}"] for looks in ("one", "two", "eight"))
    assert one > 50 > two > 30 > eight > 20
