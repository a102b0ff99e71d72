"""Measures that can be pooled over paintings, with intervals by drawing the paintings again."""

import numpy as np
from skimage.metrics import structural_similarity

from ..metrics import SMALLEST_ERROR

SAMPLES = 2000  # of the paintings, for an interval


def errors(sound, restored, masks, paintings):
    """Sums of the squared error inside the damage, and of the whole pictures, for each painting.

    sound, restored: (n, h, w, 3).   masks: (n, h, w) bool.   paintings: how many; n is a multiple.
    Returns a dict of lists, one number for each painting.
    """
    squared = ((restored - sound).astype(np.float64) ** 2).mean(axis=-1)
    inside = np.where(masks, squared, 0).reshape(paintings, -1).sum(axis=1)
    whole = squared.reshape(paintings, -1).sum(axis=1)
    return {"inside": inside.tolist(), "whole": whole.tolist()}


def decibels(squared_error):
    """PSNR of a mean squared error of values in [0, 1], at most 54 dB (`metrics.psnr_of_each`)."""
    return -10 * np.log10(np.maximum(squared_error, SMALLEST_ERROR ** 2))


def samples(values, pixels):
    """The pooled PSNR of paintings drawn with replacement: (SAMPLES,).

    values: sums of squared errors, one for each painting.   pixels: and of how many pixels.
    """
    drawn = np.random.default_rng(0).integers(len(pixels), size=(SAMPLES, len(pixels)))
    return decibels(np.asarray(values)[drawn].sum(axis=1) / np.asarray(pixels)[drawn].sum(axis=1))


def interval(values):
    """The middle 95 % of values."""
    return np.percentile(values, (2.5, 97.5)).tolist()


def ssim_inside(sound, restored, masks):
    """Mean SSIM of the damaged pixels, with the settings of Wang et al. (2004)."""
    total = 0.0
    for s, r, m in zip(sound, restored, masks):
        _, values = structural_similarity(
            s, r, channel_axis=-1, data_range=1, full=True, gaussian_weights=True, sigma=1.5,
            use_sample_covariance=False,
        )
        total += values.mean(axis=-1)[m].sum()
    return float(total / masks.sum())


def measure(sound, restored, masks, paintings):
    """Scores of one method, for the tables; the sums of each painting allow for intervals later."""
    sums = errors(sound, restored, masks, paintings)
    pixels = masks.reshape(paintings, -1).sum(axis=1)
    each = [
        decibels(((r - s)[m].astype(np.float64) ** 2).mean())
        for s, r, m in zip(sound, restored, masks) if m.any()
    ]
    return {
        "psnr_inside": float(decibels(sum(sums["inside"]) / pixels.sum())),
        "psnr_inside_interval": interval(samples(sums["inside"], pixels)),
        "psnr_inside_per_picture": float(np.mean(each)),
        "psnr": float(decibels(sum(sums["whole"]) / masks.size)),
        "squared_errors": sums,
        "pixels": pixels.tolist(),
        "ssim_inside": ssim_inside(sound, restored, masks),
    }


def gain(scores, other, part="inside"):
    """How many dB a method is ahead of another one, and the 95 % interval over the paintings."""
    pixels = scores["pixels"] if part == "inside" else [1] * len(scores["pixels"])
    ahead = (samples(s["squared_errors"][part], pixels) for s in (scores, other))
    key = "psnr_inside" if part == "inside" else "psnr"
    return {"gain": scores[key] - other[key], "interval": interval(np.subtract(*ahead))}
