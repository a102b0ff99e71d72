import numpy as np
import pytest

from inpainting.patches import cut, join


@pytest.mark.parametrize("shape", [(64, 96, 3), (64, 96), (32, 32, 3)])
def test_joining_undoes_cutting(shape):
    painting = np.random.default_rng(0).random(shape)
    patches = cut(painting)
    assert patches.shape == (shape[0] * shape[1] // 1024, 32, 32, *shape[2:])
    assert np.array_equal(join(patches, *shape[:2]), painting)


def test_patches_are_numbered_row_by_row():
    painting = np.arange(48 * 32).reshape(48, 32)
    patches = cut(painting, side=16)
    assert np.array_equal(patches[1], painting[:16, 16:])
    assert np.array_equal(patches[2], painting[16:32, :16])


@pytest.mark.parametrize("shape", [(64, 90, 3), (50, 64)])
def test_what_does_not_divide_is_refused(shape):
    with pytest.raises(ValueError):
        cut(np.zeros(shape))
