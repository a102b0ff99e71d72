"""The numbered images are what the painter paints."""

import io

import numpy as np
import paint
from PIL import Image


def test_a_numbered_image_comes_out_as_shipped():
    """Two processors round differently, so one value in 200 may differ, none by more than 8."""
    file = io.BytesIO()
    paint.save(paint.paint_picture("02"), file)
    painted, shipped = (
        np.asarray(Image.open(source)).astype(int) for source in (file, paint.FOLDER / "02.jpg"))
    difference = np.abs(painted - shipped)
    assert (difference > 0).mean() < 1 / 200 and difference.max() <= 8


def test_every_numbered_image_has_a_painter():
    assert {path.stem for path in paint.FOLDER.glob("*.jpg")} == set(paint.PICTURES)
