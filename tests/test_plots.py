"""Pictures that the figures are made of."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from inpainting import plots
from inpainting.find_and_fill.damage_kinds import FIND_KINDS


def test_each_kind_has_a_colour_of_its_own():
    assert tuple(plots.KIND_COLOURS) == FIND_KINDS
    assert len(set(plots.KIND_COLOURS.values())) == len(FIND_KINDS)


def test_damage_is_shown_in_the_colour_of_its_kind_on_a_grey_picture():
    picture = np.full((4, 6, 3), (0.2, 0.5, 0.8), np.float32)
    losses = np.zeros((4, 6), np.float32)
    losses[0, 0], losses[1, 1] = 1, 0.5
    shown = plots.by_kind(picture, {"losses": losses})
    grey, colour = shown[3, 3], to_rgb(plots.KIND_COLOURS["losses"])
    assert np.allclose(grey, 0.6 + 0.4 * 0.5, atol=1e-6)
    assert np.allclose(shown[0, 0], colour, atol=1e-6)
    assert np.allclose(shown[1, 1], (grey + colour) / 2, atol=1e-6)
    assert shown.dtype == np.float32


def test_a_method_has_the_same_colour_in_every_plot():
    named = {"Telea": "classical", "biharmonic, told": "classical", "U-Net, blind": "blind",
             "U-Net, told": "told", "damaged": "damaged", "sound": "truth"}
    for name, meaning in named.items():
        assert plots.method_colour(name) == plots.METHOD_COLOURS[meaning]
    assert plots.method_colour("calibrated") is None
    assert len(set(plots.METHOD_COLOURS.values())) == 5
    fig = plots.curves({"Telea": ([0, 1], [0, 1]), "other": ([0, 1], [1, 0])}, "x", "y")
    assert fig.axes[0].lines[0].get_color() == plots.METHOD_COLOURS["classical"]


def test_the_condition_map_of_a_tall_picture_stays_small():
    picture, mask = np.full((400, 2, 3), 0.5, np.float32), np.zeros((400, 2), bool)
    mask[:200] = True
    fig = plots.condition_map(picture, {"cuts": mask}, {"cuts": "cuts"})
    width, height = fig.get_size_inches()
    assert (width, height) == (8, pytest.approx(20.8))
    box = fig.axes[0].get_position()
    assert box.width * width / (box.height * height) == pytest.approx(2 / 400)


@pytest.mark.parametrize("lowest, highest", [(0.007, 0.05), (0.0029, 0.109), (0.004, 3.0)])
def test_a_logarithmic_axis_has_numbers_along_all_of_it(lowest, highest):
    fig = plots.curves({"error": ([1, 2], [highest, lowest])}, "step", "MAE", log=True)
    low, high = fig.axes[0].get_ylim()
    seen = [tick for tick in fig.axes[0].get_yticks() if low <= tick <= high]
    assert len(seen) >= 3 and seen[0] < 2.5 * lowest and seen[-1] > highest / 3.5
