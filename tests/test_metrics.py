import numpy as np
import pytest

from inpainting.metrics import iou, psnr_of_each, score, ssim_map


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
    of_each = psnr_of_each(sound, sound + error * masks[..., None], masks)
    assert of_each[:3] == pytest.approx(40, abs=0.01)
    assert values["psnr_inside_per_picture"] > values["psnr_inside"] + 10


def test_every_damaged_pixel_counts_the_same_inside_and_every_picture_in_the_mean_of_pictures():
    """A picture with a hundred damaged pixels, 0.1 wrong, and one with three hundred, 0.2 wrong."""
    sound = np.full((2, 32, 32, 3), 0.5, np.float32)
    masks = np.zeros((2, 32, 32), bool)
    masks[0, :10, :10] = masks[1, :10, :30] = True
    error = np.float32([0.1, 0.2])[:, None, None, None] * masks[..., None]
    values = score(sound, sound + error, masks)
    assert values["mae_inside"] == pytest.approx((0.1 + 3 * 0.2) / 4)
    assert values["mae"] == pytest.approx((100 * 0.1 + 300 * 0.2) / 2048)
    assert values["psnr_inside"] == pytest.approx(-10 * np.log10((0.01 + 3 * 0.04) / 4), abs=1e-3)
    assert values["psnr"] == pytest.approx(-10 * np.log10((1 + 12) / 2048), abs=1e-3)
    mean = np.mean(-10 * np.log10([0.01, 0.04]))
    assert values["psnr_inside_per_picture"] == pytest.approx(mean, abs=1e-3)
    similarity = np.stack([ssim_map(s, s + e) for s, e in zip(sound, error)])
    assert values["ssim"] == pytest.approx(similarity.mean(), rel=1e-5)
    assert values["ssim_inside"] == pytest.approx(similarity[masks].mean(), rel=1e-5)


def test_ssim_counts_all_three_colours(sound):
    """Each colour that is replaced lowers the mean of the colours by a third."""
    noise = sound[1]
    one, two = sound[0].copy(), sound[0].copy()
    one[..., 0], two[..., :2] = noise[..., 0], noise[..., :2]
    similar = [ssim_map(sound[0], picture).mean() for picture in (sound[0], one, two, noise)]
    assert np.diff(similar) == pytest.approx(-1 / 3, abs=0.03)


def test_an_invisible_error_counts_as_54_dB(sound, masks):
    for error in (0, 1e-4, 0.5 / 255):
        restored = sound + np.float32(error) * masks[..., None]
        assert psnr_of_each(sound, restored, masks) == pytest.approx(54.15, abs=0.01)
    restored = sound + np.float32(1 / 255) * masks[..., None]
    assert psnr_of_each(sound, restored, masks) == pytest.approx(48.13, abs=0.01)


def test_iou(masks):
    assert iou(masks, masks) == 1
    assert iou(masks, ~masks) == 0
    half = masks.copy()
    half[:2] = False
    assert iou(masks, half) == iou(half, masks) == 0.5


def test_iou_counts_the_pixels_of_all_pictures_together():
    masks, found = np.zeros((2, 2, 10, 10), bool)
    masks[0, :1] = masks[1, :9] = found[0, 5] = found[1, :9] = True
    assert iou(masks, found) == 90 / 110
