"""What the widgets share; tests/test_editor.py and tests/test_live.py try the rest through them."""

import numpy as np
import pytest

from inpainting import plots
from inpainting.painting_widget import kinds_and_colours, stroke_pixels

HEIGHT, WIDTH = 60, 90


@pytest.mark.parametrize(
    "points, width",
    [
        ([(20, 30)], 1),
        ([(20, 30)], 9),
        ([(3, 3), (40, 20), (41, 50)], 7),
        ([(-20, 5), (300, 55)], 5),
        ([(-50, -50), (-40, -60)], 9),
        ([(89, 59)], 3),
    ],
)
def test_a_stroke_covers_what_is_near_its_path(points, width):
    place, covered = stroke_pixels((HEIGHT, WIDTH), points, width)
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[place] = covered
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    path = np.concatenate(
        [  # every segment in steps of a tenth of a pixel
            np.linspace(a, b, 1 + 10 * int(np.hypot(*np.subtract(a, b))))
            for a, b in zip(points, points[1:] or points)
        ]
    )
    distance = np.min([np.hypot(x - px, y - py) for px, py in path], axis=0)
    assert mask[distance <= width / 2 - 1].all()  # the path leads from pixel to pixel
    assert not mask[distance > width / 2 + 1].any()
    assert all(mask[y, x] for x, y in points if 0 <= x < WIDTH and 0 <= y < HEIGHT)


def test_the_kinds_have_the_colours_of_the_condition_map_but_cuts_are_not_black():
    kinds = [*plots.KIND_COLOURS, "drawn"]
    colours = dict(kinds_and_colours(kinds))
    assert len(set(colours.values())) == len(kinds)
    assert colours["cuts"] != plots.BLACK and colours["drawn"] == plots.YELLOW
    assert all(
        colours[kind] == colour for kind, colour in plots.KIND_COLOURS.items() if kind != "cuts")
