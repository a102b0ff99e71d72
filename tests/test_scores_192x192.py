"""The scores of the network of black segments, on a few small crops."""

import numpy as np
import pytest
from conftest import Painter
from skimage.data import astronaut

from inpainting.crops import fixed_crops
from inpainting.damage import segments
from inpainting.metrics import score
from inpainting.scores import unet_192x192
from inpainting.scores.protocol import damaged_to_test
from inpainting.scores.unet_192x192 import score_segments

CROPS = np.maximum(fixed_crops([astronaut()], 3, seed=0, size=64), np.float32(0.1))
OTHER_CROPS = np.maximum(fixed_crops([astronaut()], 2, seed=1, size=64), np.float32(0.1))


@pytest.fixture
def tuned(monkeypatch):
    """What the radii are tuned on."""
    calls = []

    def tune(validation, damage=segments, radii=None):
        calls.append((validation, damage, radii))
        return {"Telea": 1, "Navier-Stokes": 1}

    monkeypatch.setattr(unet_192x192, "tune_radii", tune)
    return calls


def test_radii_are_tuned_on_the_other_crops(tuned):
    score_segments(Painter(), Painter(), CROPS, OTHER_CROPS)
    [(pictures, damage, radii)] = tuned
    assert pictures is OTHER_CROPS and damage is segments and radii == (1, 2, 4, 8, 12, 24)


def test_the_small_network_is_scored_on_the_same_segments(tuned):
    measured = score_segments(Painter(), Painter((1, 1, 1)), CROPS, OTHER_CROPS)
    damaged, masks = damaged_to_test(CROPS)
    for name, colour in [("U-Net, blind", Painter().colour), ("U-Net of 32x32, blind", 1)]:
        filled = np.where(masks[..., None], np.float32(colour), damaged)
        assert measured["methods"][name] == pytest.approx(score(CROPS, filled, masks))


def test_what_is_measured_of_which_model(monkeypatch):
    """The crops that are scored are of test paintings, those that choose of validation paintings."""
    monkeypatch.setattr(unet_192x192, "faster_to_restore", lambda model: "float32")
    monkeypatch.setattr(unet_192x192, "load_model", lambda name, precision=None: name)
    monkeypatch.setattr(unet_192x192, "crops_to_test", lambda: "crops")
    monkeypatch.setattr(unet_192x192, "crops_to_choose", lambda number: f"{number} to choose")
    monkeypatch.setattr(unet_192x192, "score_segments", lambda *given: {"given": given})
    measured = unet_192x192.measure()
    assert measured["unet_192x192"]["given"] == (
        "unet_192x192", "unet_32x32", "crops", "2 to choose")
