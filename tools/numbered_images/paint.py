"""Paint the numbered images into images/numbered_images/.

    python tools/numbered_images/paint.py         all (make numbered)
    python tools/numbered_images/paint.py 03      this one

Every picture starts as a reference (scenes.py): a scene that the code composes, and for the cat a
photograph that comes with scikit-image, freely licensed, see images/CREDITS.md. A painter's routine
(brush.py) repeats it stroke by stroke.

A picture is float32 RGB in [0, 1], shape (height, width, 3). Everything random is seeded with the
picture's number.
"""

import sys
from pathlib import Path
from typing import Callable, NamedTuple

import cv2
import numpy as np
from PIL import Image

import scenes
from basics import rgb
from brush import CAREFUL, ROUGH, canvas_weave, paint, under_light, wood_panel

FOLDER = Path(__file__).resolve().parents[2] / "images" / "numbered_images"


class Picture(NamedTuple):
    subject: Callable         # (shape, rng) -> reference
    shape: tuple
    brushes: list
    ground: str               # tone of the preparation
    support: Callable
    varnish: str
    loose: float = 0.03       # spread of the stroke colours
    black: float = 0.0        # all below is 0, as in the darkest corners of old masters


PICTURES = {
    "01": Picture(
        scenes.candle_light, (1024, 820), CAREFUL, "1c120a", wood_panel, "fff2d4", 0.02, 0.03),
    "02": Picture(
        scenes.cat, (680, 1024), ROUGH, "7a5a3c", canvas_weave, "fffaf0"),
    "03": Picture(
        scenes.coffee_cup, (682, 1024), ROUGH, "4a2a18", canvas_weave, "fff6e4"),
    "04": Picture(
        scenes.lighthouse, (684, 1024), CAREFUL, "6a5a50", canvas_weave, "fff8ec", 0.03),
    "05": Picture(
        scenes.landscape, (768, 1024), ROUGH, "a08458", canvas_weave, "fffaf0", 0.025),
    "06": Picture(
        scenes.moonlit_sea, (720, 1024), CAREFUL, "0c0e10", canvas_weave, "fdf6e4", 0.02, 0.035),
    "07": Picture(
        scenes.still_life, (768, 1024), CAREFUL, "20140a", wood_panel, "fff0d0", 0.02, 0.025),
    "08": Picture(
        scenes.winter, (768, 1024), CAREFUL, "8c7a68", canvas_weave, "fffaf2", 0.02),
    "09": Picture(
        scenes.flowers, (1024, 800), CAREFUL, "1c140c", canvas_weave, "fff2d8", 0.025, 0.03),
    "10": Picture(
        scenes.night_village, (720, 1024), CAREFUL, "0a0c12", canvas_weave, "fff8ec", 0.025, 0.035),
    "11": Picture(
        scenes.interior, (1024, 860), CAREFUL, "5a4630", canvas_weave, "fff2d8", 0.02, 0.02),
    "12": Picture(
        scenes.evening_sea, (720, 1024), ROUGH, "b08858", canvas_weave, "fffaf0", 0.025),
}


def paint_picture(number):
    """The finished picture, float32 RGB."""
    picture = PICTURES[number]
    rng = np.random.default_rng(int(number))
    reference = picture.subject(picture.shape, rng)
    colour, height = paint(reference, picture.brushes, rgb(picture.ground), picture.loose, rng)
    return under_light(colour, height, picture.support(picture.shape, rng), rgb(picture.varnish),
                       picture.black)


def save(picture, file):
    """Write a picture as JPEG. file: a path, or a file that is open for writing bytes."""
    Image.fromarray((picture * 255).round().astype(np.uint8)).save(file, "JPEG", quality=92)


def main():
    cv2.setNumThreads(1)
    FOLDER.mkdir(exist_ok=True)
    for number in sys.argv[1:] or PICTURES:
        save(paint_picture(number), FOLDER / f"{number}.jpg")
        print(f"{number}.jpg  {PICTURES[number].subject.__name__.replace('_', ' ')}")


if __name__ == "__main__":
    main()
