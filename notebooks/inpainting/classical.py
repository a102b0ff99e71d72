"""Classical inpainting, which is told where the damage is: the yardstick for the network.

All three continue the colours around a gap into it (they are called diffusion methods, since
colour flows in like heat), on the same arrays as the network.
"""

from functools import partial

import cv2
import numpy as np
from skimage.metrics import peak_signal_noise_ratio
from skimage.restoration import inpaint_biharmonic


def telea(damaged, mask, radius=3):
    """Fast marching: fill from the border inwards with weighted means of what is known.

    Telea, An image inpainting technique based on the fast marching method,
    Journal of Graphics Tools 9 (2004).

    damaged: (h, w, 3) float32 in [0, 1].   mask: (h, w) bool, True where damaged.
    radius: of the neighbourhood each pixel is computed from, in pixels.
    Returns (h, w, 3) float32 in [0, 1].
    """
    return opencv_inpaint(damaged, mask, radius, cv2.INPAINT_TELEA)


def navier_stokes(damaged, mask, radius=3):
    """Continue the lines of equal brightness into the gap as if they were a fluid's streamlines.

    Bertalmio, Bertozzi and Sapiro, Navier-Stokes, fluid dynamics, and image and video
    inpainting, CVPR 2001. Arguments and result as for `telea`.
    """
    return opencv_inpaint(damaged, mask, radius, cv2.INPAINT_NS)


def biharmonic(damaged, mask):
    """Span the gap with the smoothest surface, the solution of the biharmonic equation.

    Damelin and Hoang, On surface completion and image inpainting by biharmonic functions,
    International Journal of Mathematics and Mathematical Sciences (2018). It has no radius.
    Arguments and result as for `telea`.
    """
    return inpaint_biharmonic(damaged, mask, channel_axis=-1)


def opencv_inpaint(damaged, mask, radius, method):
    """OpenCV inpaints colour pictures in 8 bits only."""
    picture = np.round(damaged * 255).astype(np.uint8)
    filled = cv2.inpaint(picture, mask.astype(np.uint8), radius, method)
    return np.where(mask[..., None], filled.astype(np.float32) / 255, damaged)


def black_pixels(damaged):
    """The one-line rule that finds black damage: True where all three colours are exactly 0.

    damaged: (..., 3) float32 in [0, 1].   Returns (...) bool.
    """
    return (damaged == 0).all(axis=-1)


def restore_all(method, damaged, masks, **settings):
    """Apply one of the methods to a batch: (n, h, w, 3) and (n, h, w) -> (n, h, w, 3)."""
    return np.stack([method(d, m, **settings) for d, m in zip(damaged, masks)])


# The radii that are tried, in pixels. On large pictures large radii take minutes.
RADII = range(1, 11)  # for pictures of 32x32
CROP_RADII = 1, 2, 4, 8, 12, 24  # for crops of 192x192
PAINTING_RADII = range(1, 6)  # for pieces of paintings of 512x512


def best_radius(method, sound, damaged, masks, radii=RADII):
    """The radius with the highest PSNR inside the damage, tried on pictures kept for this.

    method: `telea` or `navier_stokes`.   sound, damaged: (n, h, w, 3).   masks: (n, h, w) bool.
    Returns int.
    """
    def psnr_inside(radius):
        restored = restore_all(method, damaged, masks, radius=radius)
        return peak_signal_noise_ratio(sound[masks], restored[masks], data_range=1)

    return max(radii, key=psnr_inside)


def best_radii(sound, damaged, masks, radii=RADII):
    """The best radius of each method that has one: {"Telea": int, "Navier-Stokes": int}.

    Arguments as for `best_radius`.
    """
    return {
        "Telea": best_radius(telea, sound, damaged, masks, radii),
        "Navier-Stokes": best_radius(navier_stokes, sound, damaged, masks, radii),
    }


def methods(radii):
    """All three methods: {name: function (damaged, mask) -> restored}. radii: as `best_radii`."""
    return {
        "Telea": partial(telea, radius=radii["Telea"]),
        "Navier-Stokes": partial(navier_stokes, radius=radii["Navier-Stokes"]),
        "biharmonic": biharmonic,
    }


def restore_by_each(damaged, masks, radii):
    """Apply all three methods to a batch; arguments as for `restore_all` and `methods`.

    Returns {method: restored (n, h, w, 3)}.
    """
    return {name: restore_all(method, damaged, masks) for name, method in methods(radii).items()}
