"""Several kinds of damage in one array and in one file."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from inpainting.find_and_fill.networks import FIND_KINDS
from inpainting.marks import as_marks, as_masks, read_marks, reduced_marks, write_marks
from inpainting.plots import KIND_COLOURS


@pytest.fixture
def masks():
    rng = np.random.default_rng(0)
    return {kind: rng.random((30, 50)) > 0.6 for kind in FIND_KINDS}


def same(masks, others):
    return list(masks) == list(others) and all(
        others[kind].dtype == bool and np.array_equal(mask, others[kind])
        for kind, mask in masks.items()
    )


def test_every_kind_comes_back_where_several_lie_over_each_other(masks):
    assert same(masks, as_masks(as_marks(masks), FIND_KINDS))


def test_the_same_from_a_file_and_it_shows_the_colours(masks, tmp_path):
    write_marks(tmp_path / "kinds.png", masks, (300, 300))
    assert same(masks, read_marks(tmp_path / "kinds.png", FIND_KINDS))
    with Image.open(tmp_path / "kinds.png") as image:
        shown = np.asarray(image.convert("RGB"))
    alone = {
        kind: mask & ~np.any([masks[other] for other in FIND_KINDS if other != kind], axis=0)
        for kind, mask in masks.items()
    }
    for kind, place in alone.items():
        colour = np.rint(255 * np.array(to_rgb(KIND_COLOURS[kind])))
        assert place.any() and (shown[place] == colour).all()
    assert (shown[~np.any(list(masks.values()), axis=0)] == 255).all()


def test_no_mark_is_lost_where_marks_are_reduced():
    marks = np.zeros((90, 70), np.uint8)
    marks[13, 29], marks[14, 29] = 1, 4
    reduced = reduced_marks(marks, (9, 7))
    assert reduced[1, 2] == 5 and (reduced > 0).sum() == 1
