import numpy as np
import pytest

from inpainting.metrics import iou, psnr_of_each, score


@pytest.fixture
def sound():
    return np.random.default_rng(0).uniform(0, 1, (4, 32, 32, 3)).astype(np.float32)


@pytest.fixture
def masks():
    masks = np.zeros((4, 32, 32), bool)
    masks[:, 4:8] = True
    return masks


def test_a_perfect_copy(sound, masks):
    with np.errstate(divide="ignore"):  # PSNR of no error at all is infinite
        perfect = score(sound, sound, masks)
    assert perfect["mae"] == perfect["mae_inside"] == 0
    assert perfect["ssim"] == pytest.approx(1) and perfect["ssim_inside"] == pytest.approx(1)
    assert perfect["psnr"] == perfect["psnr_inside"] == np.inf
    assert perfect["psnr_inside_per_picture"] == pytest.approx(20 * np.log10(510))


def test_known_errors(sound, masks):
    """An error of 0.1 in every damaged pixel is 20 dB inside, and an eighth of it over all."""
    restored = sound + np.float32(0.1) * masks[..., None]
    values = score(sound, restored, masks)
    assert values["mae_inside"] == pytest.approx(0.1, rel=1e-4)
    assert values["mae"] == pytest.approx(0.1 / 8, rel=1e-4)
    assert values["psnr_inside"] == pytest.approx(20, abs=1e-3)
    assert values["psnr_inside_per_picture"] == pytest.approx(20, abs=1e-3)
    assert values["psnr"] == pytest.approx(20 + 10 * np.log10(8), abs=1e-3)
    assert values["ssim_inside"] < values["ssim"] < 1


def test_errors_outside_do_not_count_inside(sound, masks):
    restored = np.where(masks[..., None], sound, 1 - sound)
    with np.errstate(divide="ignore"):
        values = score(sound, restored, masks)
    assert values["mae_inside"] == 0 and values["mae"] > 0.1


def test_pooled_and_per_picture_psnr_differ_where_pictures_differ(sound, masks):
    error = np.array([0.01, 0.01, 0.01, 0.3], np.float32)[:, None, None, None]
    values = score(sound, sound + error * masks[..., None], masks)
    assert psnr_of_each(sound, sound + error * masks[..., None], masks)[:3] == pytest.approx(40, abs=0.01)
    assert values["psnr_inside_per_picture"] > values["psnr_inside"] + 10


def test_iou(masks):
    assert iou(masks, masks) == 1
    assert iou(masks, ~masks) == 0
    half = masks.copy()
    half[:2] = False
    assert iou(masks, half) == 0.5
