"""What the records have in common."""

import keras
import numpy as np
import pytest

import inpainting
from inpainting import records
from inpainting.models import MODEL_DATA


def test_areas_are_those_of_the_object_where_the_scan_has_a_resolution():
    masks = {"cuts": np.zeros((40, 50), bool), "stains": np.zeros((40, 50), bool)}
    masks["cuts"][:30, :20] = True
    assert records.areas(masks) == {
        "cuts": {"pixels": 600, "per_cent": 30}, "stains": {"pixels": 0, "per_cent": 0}}
    # 20 pixels at 100 to the inch are 0.508 cm, 30 at 300 to the inch 0.254 cm
    assert records.areas(masks, (100, 300))["cuts"]["cm2"] == pytest.approx(0.508 * 0.254, abs=1e-4)


def test_the_record_lists_the_largest_regions():
    spots = np.zeros((300, 300), bool)
    spots[::4, ::4] = spots[100:110, 101:103] = True
    found = records.where_repainted(spots)
    assert found["pixels"] == spots.sum() and found["regions"] > 1000
    assert len(found["largest_regions"]) == records.REGIONS_LISTED
    assert found["largest_regions"][0]["pixels"] > found["largest_regions"][1]["pixels"] == 1


@pytest.mark.parametrize("there", [True, False])
def test_the_version_is_that_of_the_code(monkeypatch, tmp_path, there):
    if not there:
        monkeypatch.setattr(records, "__file__", str(tmp_path / "a" / "b" / "records.py"))
    version, _, commit = records.version().partition(", commit ")
    assert version == inpainting.__version__
    assert bool(commit) == (there and (MODEL_DATA.parent / ".git").exists())


def test_a_record_says_what_it_was_made_with():
    about = records.about_this_run()
    assert about["version"] == records.version() and about["date"].endswith("+00:00")
    backend = keras.backend.backend()
    assert {"python", "keras", "numpy", "pillow", backend} == set(about["software"])
