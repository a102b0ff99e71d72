"""Checking arrays."""

import numpy as np
import pytest
from conftest import assert_one_sentence

from inpainting.checks import PictureError, check_pictures


# ---------------------------------------------------------------------------------------------
# Checking arrays


@pytest.mark.parametrize("shape", [(5, 7, 3), (2, 5, 7, 3)])
def test_accepts_pictures(shape):
    check_pictures(np.zeros(shape, np.float32))
    check_pictures(np.ones(shape, np.float32))


@pytest.mark.parametrize(
    ("pictures", "words"),
    [
        ([[0.5]], ["list", "np.asarray"]),
        (np.zeros((5, 7, 3), np.uint8), ["uint8", "divide by 255 and convert to float32"]),
        (np.zeros((5, 7, 3), np.uint16), ["uint16", "divide by 65535"]),
        (np.zeros((5, 7, 3)), ["float64", "astype(np.float32)"]),
        (np.zeros((5, 7), np.float32), ["(5, 7)", "grey"]),
        (np.zeros((5, 7, 4), np.float32), ["(5, 7, 4)", "alpha"]),
        (np.zeros((3, 5, 7), np.float32), ["(3, 5, 7)", "colours last"]),
        (np.zeros((1, 1, 5, 7, 3), np.float32), ["(1, 1, 5, 7, 3)"]),
        (np.zeros((0, 5, 7, 3), np.float32), ["(0, 5, 7, 3)"]),
        (np.full((5, 7, 3), np.nan, np.float32), ["NaN", "nan_to_num"]),
        (np.full((5, 7, 3), np.inf, np.float32), ["infinite"]),
        (np.full((5, 7, 3), 255, np.float32), ["255", "divide"]),
        (np.full((5, 7, 3), -0.5, np.float32), ["-0.5", "clip"]),
    ],
)
def test_refuses_arrays_that_are_not_pictures(pictures, words):
    with pytest.raises(PictureError) as error:
        check_pictures(pictures, name="my batch")
    assert_one_sentence(error, "'my batch'", *words)
