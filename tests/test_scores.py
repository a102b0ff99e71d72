"""The protocol: which pictures choose, which are scored, which pixels count; the file of scores."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
import skimage.data
from conftest import Painter, noise
from PIL import Image

from inpainting import classical
from inpainting.checks import InputError, PictureError
from inpainting.damage import damage_batch, segments
from inpainting.data import display_set
from inpainting.metrics import score
from inpainting.patches import join
from inpainting.scores import __main__, protocol, unet_32x32, unet_192x192
from inpainting.scores.keys import KEYS

RADII = {"Telea": 2, "Navier-Stokes": 2}
METHODS = ["damaged", "Telea", "Navier-Stokes", "biharmonic", "U-Net, blind", "U-Net, told"]


class Hasty(Painter):
    """Paints black damage grey, and the first row of every picture, too."""

    def __init__(self):
        super().__init__((0.5, 0.5, 0.5))

    def predict_on_batch(self, batch):
        prediction = super().predict_on_batch(batch)
        prediction["restored"][:, 0], prediction["damage"][:, 0] = 0.5, 1
        return prediction


@pytest.fixture(scope="module")
def case():
    sound = np.repeat(display_set(), 4, axis=0)
    damaged, masks = damage_batch(sound, np.random.default_rng(0))
    restored, damage_map = protocol.restore_by_all(Hasty(), damaged, masks, RADII)
    return sound, damaged, masks, restored, damage_map


# Which pictures


def test_test_and_choice_have_fixed_seeds_of_their_own():
    pictures = noise(4, 32, 32, 3, kind="float32")
    for damaged, seed in [
        (protocol.damaged_to_test(pictures), 10_000), (protocol.damaged_to_choose(pictures), 5_000),
    ]:
        expected = damage_batch(pictures, np.random.default_rng(seed))
        assert all(map(np.array_equal, damaged, expected))


def test_crops_to_test_and_to_choose_come_from_different_paintings(monkeypatch):
    monkeypatch.setattr(protocol, "load_paintings", lambda split: f"{split} paintings")
    monkeypatch.setattr(protocol, "fixed_crops", lambda *arguments: arguments)
    assert protocol.crops_to_test() == ("test paintings", 8, 10_000)
    assert protocol.crops_to_choose(3) == ("validation paintings", 3, 5_000)


def test_radii_are_the_best_on_the_first_500_validation_pictures(monkeypatch):
    pictures = noise(501, 8, 8, 3, kind="float32")
    given = []
    monkeypatch.setattr(classical, "best_radii", lambda *arguments: given.extend(arguments))
    protocol.tune_radii(pictures, radii=(1, 2))
    damaged, masks = damage_batch(pictures[:500], np.random.default_rng(5_000))
    assert all(map(np.array_equal, given, (pictures[:500], damaged, masks, (1, 2))))


def test_radii_are_chosen_by_the_damage_that_is_scored():
    def wide(picture, rng):
        return segments(picture, rng, number=(1, 1), thickness=(9, 9))

    sound = np.repeat(display_set(), 2, axis=0)
    radii = protocol.tune_radii(sound, wide, radii=(1, 9))
    assert radii == {"Telea": 9, "Navier-Stokes": 9} != protocol.tune_radii(sound, radii=(1, 9))


@pytest.fixture
def cifar10():
    train, validation, test = (np.full((2, 32, 32, 3), i, np.float32) for i in (0.1, 0.2, 0.3))
    return SimpleNamespace(train=train, validation=validation, test=test, is_real=True)


def test_cifar10_is_scored_on_the_test_pictures_with_radii_of_the_validation_pictures(
    monkeypatch, cifar10,
):
    scored = []
    monkeypatch.setattr(unet_32x32, "tune_radii", lambda pictures: pictures[0, 0, 0, 0])
    monkeypatch.setattr(unet_32x32, "score_black_rule", lambda test: scored.append(test) or {})
    monkeypatch.setattr(unet_32x32, "score_damage", lambda model, test, radii, damage=segments: (
        scored.append(test) or {"scored with": radii}))
    measured = unet_32x32.score_on_cifar10(SimpleNamespace(count_params=lambda: 7), cifar10)
    assert len(scored) == 5 and all(test is cifar10.test for test in scored)
    of_validation = np.float32(0.2)
    assert measured["radius"] == measured["scored with"] == of_validation
    others = measured["other_damage"].values()
    assert [values["scored with"] for values in others] == [of_validation] * 3


# Which methods, which pixels


def test_every_method_beats_the_damage_and_told_methods_keep_sound_pixels(case):
    sound, damaged, masks, restored, _ = case
    assert list(restored) == METHODS and restored["damaged"] is damaged
    inside = {name: score(sound, r, masks)["psnr_inside"] for name, r in restored.items()}
    assert min(inside, key=inside.get) == "damaged"
    for name in ("Telea", "Navier-Stokes", "biharmonic", "U-Net, told"):
        assert np.array_equal(restored[name][~masks], damaged[~masks]), name


def test_blind_the_network_gets_the_damaged_pictures_alone(case):
    _, damaged, masks, restored, damage_map = case
    black = (damaged == 0).all(axis=-1)
    black[:, 0] = True
    assert np.array_equal(damage_map, black)
    assert np.allclose(restored["U-Net, blind"], np.where(black[..., None], 0.5, damaged))
    assert np.allclose(restored["U-Net, told"], np.where(masks[..., None], 0.5, damaged))


def test_scores_of_damage():
    sound = np.maximum(display_set(), np.float32(2 / 255))  # so that black is damage
    damaged, masks = protocol.damaged_to_test(sound)
    measured = protocol.score_damage(Hasty(), sound, RADII)
    first_row = np.zeros_like(masks)
    first_row[:, 0] = True
    changed = first_row & ~masks & (np.abs(sound - 0.5).max(axis=-1) > 0.5 / 255)
    assert measured["damaged_fraction"] == masks.mean()
    assert measured["sound_fraction_changed"] == changed.sum() / (~masks).sum() > 0.02
    assert measured["damage_map_iou"] == masks.sum() / (masks | first_row).sum()
    told = np.where(masks[..., None], np.float32(0.5), sound)
    assert list(measured["methods"]) == METHODS
    assert measured["methods"]["U-Net, told"] == pytest.approx(score(sound, told, masks))
    assert measured["methods"]["damaged"] == score(sound, damaged, masks)
    assert sum(part["pictures"] for part in measured["by_damaged_fraction"]) == 6


@pytest.mark.parametrize("sure, iou", [(0.49, 0), (0.51, 1)])
def test_damage_counts_as_found_where_the_map_is_above_one_half(sure, iou):
    class Unsure(Painter):
        def predict_on_batch(self, batch):
            prediction = super().predict_on_batch(batch)
            return prediction | {"damage": prediction["damage"] * np.float32(sure)}

    sound = np.maximum(display_set(), np.float32(2 / 255))
    assert protocol.score_damage(Unsure(), sound, RADII)["damage_map_iou"] == iou


def test_a_step_that_a_screen_cannot_show_is_no_change():
    class Rounding(Painter):
        def predict_on_batch(self, batch):
            prediction = super().predict_on_batch(batch)
            return prediction | {"restored": prediction["restored"] + np.float32(0.4 / 255)}

    sound = noise(2, 32, 32, 3, kind="float32") * np.float32(0.9)
    assert protocol.score_damage(Rounding(), sound, RADII)["sound_fraction_changed"] == 0


def test_bins_hold_every_picture_once_and_score_their_own(case):
    sound, _, masks, restored, _ = case
    fraction = masks.mean(axis=(1, 2))
    bins = protocol.by_fraction(sound, restored, masks)
    assert sum(b["pictures"] for b in bins) == len(sound) and len(bins) > 2
    for b in bins:
        own = (b["from"] < fraction) & (fraction <= b["to"])
        assert b["pictures"] == own.sum() and list(b["psnr_inside"]) == METHODS
        inside = score(sound[own], restored["Telea"][own], masks[own])["psnr_inside"]
        assert b["psnr_inside"]["Telea"] == pytest.approx(inside)
    assert b["to"] == fraction.max() and b["from"] in (0.05, 0.1, 0.15, 0.2, 0.3)


def test_best_and_worst_are_those_with_the_smallest_and_the_largest_error():
    sound, masks = np.full((6, 16, 16, 3), 0.5, np.float32), np.zeros((6, 16, 16), bool)
    masks[:, 4:8] = True
    wrong = np.float32([0.2, 0.1, 0.4, 0.03, 0.3, 0.05])[:, None, None, None]
    outside = np.float32(0.5) * ~masks[3:4]  # errors there do not count
    restored = sound + wrong * masks[..., None]
    restored[3] += outside[0, ..., None]
    assert protocol.best_and_worst(sound, restored, masks) == [3, 5, 1, 2, 4, 0]
    assert protocol.best_and_worst(sound, restored, masks, number=1) == [3, 2]


# The model unet_32x32


def test_the_other_damage_is_as_it_is_called():
    picture = noise(64, 64, 3, kind="float32")
    damaged, masks = {}, {}
    for name, kind in unet_32x32.OTHER_DAMAGE.items():
        damaged[name], masks[name] = kind(picture, np.random.default_rng(0))
    pale, almost, wide = damaged
    assert (damaged[pale][masks[pale]] == np.float32((0.9, 0.85, 0.7))).all()
    assert (damaged[almost][masks[almost]] == np.float32(2 / 255)).all()
    expected, mask = segments(picture, np.random.default_rng(0), thickness=(4, 4))
    assert np.array_equal(damaged[wide], expected) and np.array_equal(masks[wide], mask)


def test_the_rule_of_black_pixels_gets_no_mask():
    sound = display_set()
    sound[0, :4] = 0  # sound, and black
    damaged, masks = protocol.damaged_to_test(sound)
    black = (damaged == 0).all(axis=-1)
    measured = unet_32x32.score_black_rule(sound)
    assert measured["damage_map_iou"] == masks.sum() / black.sum() < 1
    filled = np.stack([classical.biharmonic(d, b) for d, b in zip(damaged, black)])
    assert measured["methods"] == {"biharmonic, on black pixels": score(sound, filled, masks)}


def test_paintings_are_damaged_as_densely_as_the_pictures_of_the_training():
    picture = np.full((128, 96, 3), 0.5, np.float32)
    damaged, mask = unet_32x32.segments_in_patches(picture, np.random.default_rng(0))
    patches = np.full((12, 32, 32, 3), 0.5, np.float32)
    _, masks = damage_batch(patches, np.random.default_rng(0))
    assert np.array_equal(mask, join(masks, 128, 96)) and mask.mean() == masks.mean()
    assert np.array_equal(damaged, np.where(mask[..., None], np.float32(0), picture))


def test_central_pieces_lie_in_the_middle(tmp_path):
    picture = np.zeros((70, 101, 3), np.uint8)
    picture[19:51, 34:66] = 255
    Image.fromarray(picture).save(tmp_path / "painting.png")
    assert (unet_32x32.central_pieces([tmp_path / "painting.png"], side=32) == 1).all()


@pytest.fixture(scope="module")
def paintings():
    """Small pieces of photographs in place of paintings, one of them with black paint."""
    sound = skimage.data.astronaut()[None, :96, 150:246] / np.float32(255)
    sound = np.maximum(np.concatenate([sound, sound]), np.float32(2 / 255))
    sound[1, 40:50, 40:50] = 0
    return sound


def test_scores_on_paintings(paintings):
    measured = unet_32x32.score_paintings(Painter(), paintings, paintings)
    assert list(measured["methods"]) == METHODS
    inside = {name: values["psnr_inside"] for name, values in measured["methods"].items()}
    assert min(inside, key=inside.get) == "damaged"
    damaged, masks = protocol.damaged_to_test(paintings, unet_32x32.segments_in_patches)
    black = ((paintings == 0).all(axis=-1) & ~masks).sum()
    assert measured["sound_pixels_changed"] == {
        "U-Net, blind": {"pixels": black, "almost_black": black},
        "U-Net, told": {"pixels": 0, "almost_black": 0},
    }
    assert measured["sound_pixels"] == (~masks).sum()
    assert measured["damaged_fraction"] == masks.mean()
    told = np.where(masks[..., None], Painter().colour, damaged)
    found = measured["methods"]["U-Net, told"]
    assert found.pop("seconds_per_megapixel") > 0
    assert found == pytest.approx(score(paintings, told, masks))


def test_on_paintings_other_paintings_choose_the_radii(monkeypatch, paintings):
    chosen = []
    monkeypatch.setattr(unet_32x32, "tune_radii", lambda *given: chosen.append(given) or RADII)
    validation = paintings[:1] * np.float32(0.5)
    unet_32x32.score_paintings(Painter(), validation, paintings)
    ((pictures, damage, radii),) = chosen
    assert pictures is validation and damage is unet_32x32.segments_in_patches
    assert list(radii) == [1, 2, 3, 4, 5]


def test_scores_on_paintings_are_those_of_the_test_paintings(monkeypatch):
    monkeypatch.setattr(unet_32x32, "faster_to_restore", lambda model: "float32")
    monkeypatch.setattr(unet_32x32, "with_precision", lambda model, precision: (model, precision))
    for name in ("list_paintings", "fetch_paintings", "central_pieces"):
        monkeypatch.setattr(unet_32x32, name, lambda paintings: paintings)
    monkeypatch.setattr(unet_32x32, "score_paintings", lambda *given: {"given": given})
    measured = unet_32x32.score_on_paintings("network")
    assert measured["given"] == (("network", "float32"), "validation", "test")


def test_changed_pixels_are_counted_outside_the_damage():
    sound = np.full((1, 4, 4, 3), 0.5, np.float32)
    sound[0, 0], sound[0, 1, 0] = 16 / 255, 17 / 255
    mask = np.zeros((1, 4, 4), bool)
    mask[0, 3] = True
    restored = sound.copy()
    for row, column in [(0, 0), (1, 0), (1, 1), (3, 3)]:
        restored[0, row, column, 1] = 0.7
    changed = unet_32x32.changed_pixels(sound, sound, restored, mask)
    assert changed == {"pixels": 3, "almost_black": 1}


# The file, the command


def unexplained(scores):
    """The keys that have no meaning in KEYS, but for names of kinds of damage and of libraries."""
    if isinstance(scores, list | tuple):
        return set().union(*map(unexplained, scores))
    if not isinstance(scores, dict):
        return set()
    found = set(scores) - set(KEYS)
    for key, values in scores.items():
        names = key in ("kinds", "other_damage", "made_with")
        found |= unexplained(list(values.values()) if names else values)
    return found


def test_every_score_is_explained_and_nothing_else():
    scores = json.loads(protocol.SCORES_FILE.read_text(encoding="utf-8"))
    assert scores.pop("keys") == KEYS
    assert unexplained(list(scores.values())) == set()
    text = json.dumps(scores)
    assert [key for key in KEYS if f'"{key}":' not in text] == []


def test_scores_of_other_models_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(protocol, "SCORES_FILE", tmp_path / "scores.json")
    protocol.keep_scores({"one": {"mae": 1.0}, "two": {"mae": 2.0}})
    protocol.keep_scores({"two": {"mae": 3.0}})
    kept = json.loads((tmp_path / "scores.json").read_text())
    assert list(kept) == ["keys", "one", "two"] and kept["keys"] == KEYS
    assert kept["one"]["mae"] == 1 and kept["two"]["mae"] == 3
    assert kept["two"]["made_with"]["numpy"] == np.__version__


def test_the_command_measures_every_part(monkeypatch, capsys):
    kept = []
    monkeypatch.setattr(__main__, "load_cifar10", lambda: SimpleNamespace(is_real=True))
    monkeypatch.setattr(__main__, "need_paintings", lambda *splits: kept.append(splits))
    monkeypatch.setattr(unet_32x32, "keep_reference", lambda: kept.append("reference"))
    for part in (unet_32x32, unet_192x192):
        monkeypatch.setattr(part, "measure", lambda part=part: {part.__name__: "scores"})
        monkeypatch.setattr(part, "as_text", lambda scores: f"table of {list(scores)}")
    monkeypatch.setattr(__main__, "keep_scores", kept.append)
    __main__.main()
    names = "inpainting.scores.unet_32x32", "inpainting.scores.unet_192x192"
    assert kept == [("validation", "test"), "reference", *({name: "scores"} for name in names)]
    assert capsys.readouterr().out.splitlines() == [f"table of ['{name}']" for name in names]


def test_the_command_needs_the_paintings(monkeypatch):
    def offline(*splits):
        raise PictureError("no internet")

    monkeypatch.setattr(__main__, "load_cifar10", lambda: SimpleNamespace(is_real=True))
    monkeypatch.setattr(__main__, "need_paintings", offline)
    with pytest.raises(PictureError, match="no internet"):
        __main__.main()


def test_the_command_refuses_to_score_on_the_offline_sample(monkeypatch):
    monkeypatch.setattr(__main__, "load_cifar10", lambda: SimpleNamespace(is_real=False))
    with pytest.raises(InputError, match="real CIFAR-10"):
        __main__.main()
