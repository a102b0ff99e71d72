# Written by `make export` from Image_Inpainting_Tutorial.ipynb: edit the cells there, not this file.


"""Damage for pictures: seeded, with the mask of what was damaged, and fed to Keras in batches."""

import math

import cv2
import keras
import numpy as np

from inpainting.checks import check_picture, check_range


def standard_thickness(height, width):
    """The (smallest, largest) thickness of a segment: (1, 2) at 32x32, (1, 8) at 192x192."""
    return 1, max(2, round(min(height, width) / 24))


def segment_mask(height, width, rng, number=(1, 9), thickness=None):
    """Draw straight segments whose end points are uniform over the picture.

    height, width: in pixels.
    rng: numpy.random.Generator.
    number: (fewest, most) segments.
    thickness: (smallest, largest) that `cv2.line` is given; None for `standard_thickness`.
    Returns (height, width) bool, True where damaged.
    Raises ValueError where a range is empty or below 1.
    """
    thickness = thickness or standard_thickness(height, width)
    check_range("number", number)
    check_range("thickness", thickness)
    mask = np.zeros((height, width), np.uint8)
    count = rng.integers(*number, endpoint=True)
    ends = rng.integers((width, height), size=(count, 2, 2)).tolist()
    thick = rng.integers(*thickness, size=count, endpoint=True).tolist()
    for (start, end), pixels in zip(ends, thick):
        cv2.line(mask, start, end, 1, pixels)
    return mask.astype(bool)


def segments(picture, rng, number=(1, 9), thickness=None, colour=(0, 0, 0)):
    """Damage a picture with straight segments of one colour, like cuts in the surface.

    picture: (h, w, 3) float32 RGB in [0, 1]; it is not changed.
    rng, number, thickness: see `segment_mask`.
    colour: of the segments, three numbers in [0, 1].
    Returns damaged (h, w, 3) float32, mask (h, w) bool, True where damaged.
    Raises ValueError.
    """
    check_picture(picture)
    colour = np.asarray(colour, np.float32)
    if colour.shape != (3,) or not (0 <= colour.min() and colour.max() <= 1):
        raise ValueError(f"colour={colour.tolist()}: give red, green and blue between 0 and 1.")
    mask = segment_mask(*picture.shape[:2], rng, number, thickness)
    return np.where(mask[..., None], colour, picture), mask


def damage_batch(pictures, rng, damage=segments):
    """Damage many pictures, each in its own way.

    pictures: (n, h, w, 3) float32 RGB in [0, 1].
    damage: function (picture, rng) -> (damaged, mask).
    Returns damaged (n, h, w, 3) float32, masks (n, h, w) bool.
    """
    damaged, masks = zip(*(damage(picture, rng) for picture in pictures))
    return np.stack(damaged), np.stack(masks)


class DamagedPictures(keras.utils.PyDataset):
    """Batches of (damaged, targets) for `model.fit`. targets is a dict: restored, the sound
    pictures (n, h, w, 3) float32 in [0, 1]; damage, the masks (n, h, w, 1), 1 where damaged.

    pictures: (n, h, w, 3) float32 RGB in [0, 1], sound.
    seed: of order and damage.
    fresh: new damage and a new order in every epoch; False: always the same (validation, test).
    damage: function (picture, rng) -> (damaged, mask).
    workers: threads that prepare batches.
    """

    def __init__(self, pictures, batch_size=32, seed=0, fresh=True, damage=segments, workers=1):
        super().__init__(workers=workers)
        self.pictures, self.batch_size, self.damage = pictures, batch_size, damage
        self.seed, self.fresh, self.epoch = seed, fresh, 0

    def __len__(self):
        return math.ceil(len(self.pictures) / self.batch_size)

    def __getitem__(self, index):
        rng = np.random.default_rng([self.seed, self.epoch, index])
        sound = self.sound(index, rng)
        damaged, masks = damage_batch(sound, rng, self.damage)
        return damaged, {"restored": sound, "damage": masks[..., None].astype(np.float32)}

    def sound(self, index, rng):
        """The sound pictures of a batch."""
        place = slice(index * self.batch_size, (index + 1) * self.batch_size)
        return self.pictures[self.order()[place]]

    def order(self):
        """The order of the pictures in this epoch."""
        if not self.fresh:
            return np.arange(len(self.pictures))
        return np.random.default_rng([self.seed, self.epoch]).permutation(len(self.pictures))

    def on_epoch_end(self):
        self.epoch += self.fresh
