"""The scores of the 192x192 models, on a few small crops."""

import numpy as np
import pytest
from skimage.data import astronaut

from inpainting.scores import unet_192x192
from inpainting.crops import fixed_crops
from inpainting.damage import segments
from inpainting.damage_kinds import KINDS
from inpainting.models import load_model
from inpainting.scores.tables import KIND_COLUMNS, ious_as_markdown, kinds_as_markdown
from inpainting.scores.unet_192x192 import THRESHOLDS, score_kind, score_spread, score_thresholds

CROPS = fixed_crops([astronaut()], 3, seed=0, size=64)


@pytest.fixture(scope="module")
def model():
    return load_model("unet_32x32")


@pytest.fixture(scope="module")
def row(model):
    return score_kind(model, model, CROPS, CROPS, segments)


def test_every_column_of_the_table_is_scored(row):
    assert set(KIND_COLUMNS) == set(row["methods"])
    table = kinds_as_markdown({"segments": row})
    assert table.count("\n") == 2 and f"{row['methods']['biharmonic']['psnr_inside']:.2f}" in table
    assert f"{row['damage_map_iou']:.3f}" in ious_as_markdown({"segments": row})


def test_told_methods_beat_the_damage(row):
    damaged = row["methods"]["damaged"]["psnr_inside"]
    for method in ("Telea", "Navier-Stokes", "biharmonic"):
        assert row["methods"][method]["psnr_inside"] > damaged


def test_every_threshold_of_the_two_passes_is_scored(model):
    thresholds, psnr = score_thresholds(model, CROPS)
    assert thresholds == THRESHOLDS and len(psnr) == len(thresholds) and np.isfinite(psnr).all()


def test_spread_is_compared_with_the_error(model):
    result = score_spread(model, CROPS)
    assert -1 <= result["correlation"] <= 1
    assert result["psnr_inside_of_eight"] > 0 and len(result["groups"][0]) == 10


def test_all_kinds_of_damage_are_scored():
    damages = unet_192x192.damages_to_score()
    assert list(damages) == ["segments", *KINDS, "mixed"]
    for damage in damages.values():
        damaged, mask = damage(CROPS[0], np.random.default_rng(1))
        assert damaged.shape == CROPS[0].shape and mask.dtype == bool
