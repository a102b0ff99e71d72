# Written by `make export` from Image_Inpainting_Tutorial.ipynb: edit the cells there, not this file.


"""How close a restored picture is to the sound one, everywhere and inside the damage."""

import numpy as np
from skimage.metrics import (
    mean_squared_error, peak_signal_noise_ratio, structural_similarity,
)

SMALLEST_ERROR = 0.5 / 255  # half a level of 8 bits: what a screen cannot show


def ssim_map(sound, restored):
    """SSIM of each pixel, the mean of the three colours: (h, w, 3) twice -> (h, w).

    Wang, Bovik, Sheikh and Simoncelli, IEEE Transactions on Image Processing 13 (2004).
    """
    _, values = structural_similarity(
        sound, restored, channel_axis=-1, data_range=1, full=True
    )
    return values.mean(axis=-1)


def psnr_of_each(sound, restored, masks):
    """PSNR inside the damage of each picture, in dB: (n,). Every picture must be damaged.

    At most 54 dB, which is an error of SMALLEST_ERROR: where black damage lies on black paint
    there may be no error at all, and a single infinite PSNR would make every mean infinite.
    """
    errors = [mean_squared_error(s[m], r[m]) for s, r, m in zip(sound, restored, masks)]
    return -10 * np.log10(np.maximum(errors, SMALLEST_ERROR ** 2))


def score(sound, restored, masks):
    """Compare restored pictures with the sound ones.

    sound, restored: (n, h, w, 3) float32 RGB in [0, 1].
    masks: (n, h, w) bool, True where damaged.
    Returns a dict of floats. mae, psnr (dB), ssim: over all pixels. mae_inside, psnr_inside,
    ssim_inside: over the damaged pixels of all pictures together. psnr_inside_per_picture: the
    mean of the PSNR inside the damage of each picture, so that each picture counts the same.
    """
    similarity = np.stack([ssim_map(s, r) for s, r in zip(sound, restored)])
    return {
        "mae": float(np.abs(restored - sound).mean(dtype=np.float64)),
        "psnr": float(peak_signal_noise_ratio(sound, restored, data_range=1)),
        "ssim": float(similarity.mean()),
        "mae_inside": float(np.abs(restored - sound)[masks].mean(dtype=np.float64)),
        "psnr_inside": float(peak_signal_noise_ratio(sound[masks], restored[masks], data_range=1)),
        "ssim_inside": float(similarity[masks].mean()),
        "psnr_inside_per_picture": float(np.mean(psnr_of_each(sound, restored, masks))),
    }


def iou(masks, found):
    """Intersection over union of two sets of masks, all pictures together: bool arrays -> float."""
    return float((masks & found).sum() / (masks | found).sum())
