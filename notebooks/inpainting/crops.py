# Written by `make export` from open_model_192x192.ipynb: edit the cells there, not this file.


"""Crops of paintings, and batches of damaged crops for training."""

import cv2
import numpy as np

from inpainting.damage import DamagedPictures, segments


def random_crop(painting, rng, size=192, reduction=2):
    """A square piece of a painting, at a random place and scale.

    painting: (h, w, 3) uint8, both sides at least `size`.
    size: of the piece, in pixels.
    reduction: up to which factor the piece may be reduced; 1 keeps the scale of the painting.
    Returns (size, size, 3) float32 RGB in [0, 1].
    """
    height, width = painting.shape[:2]
    side = min(round(size * reduction ** rng.random()), height, width)
    top, left = rng.integers((height - side + 1, width - side + 1))
    piece = painting[top : top + side, left : left + side]
    return cv2.resize(piece, (size, size), interpolation=cv2.INTER_AREA) / np.float32(255)


def random_orientation(picture, rng):
    """Turn a square picture by a multiple of 90 degrees, and mirror every second one."""
    picture = np.rot90(picture, rng.integers(4))
    return picture[:, ::-1] if rng.random() < 0.5 else picture


def blacken_shadows(picture, rng, largest=0.5, brightest=0.35):
    """Make the shadows of a picture exactly black, as in a scan with too much contrast.

    picture: (h, w, 3) float32 RGB in [0, 1].
    largest: part of the picture that may become black.   brightest: value that may, in [0, 1).
    Returns (h, w, 3) float32 RGB in [0, 1].
    """
    level = np.quantile(picture.max(axis=-1), rng.uniform(0, largest))
    black = np.float32(min(level, brightest))
    return np.maximum(picture - black, 0) / (1 - black)


class DamagedCrops(DamagedPictures):
    """Batches like those of DamagedPictures, of fresh random crops of paintings.

    paintings: list of (h, w, 3) uint8.
    steps: batches in an epoch.
    The other arguments are those of DamagedPictures and of `random_crop`.
    """

    def __init__(
        self, paintings, steps, batch_size=4, seed=0, damage=segments, workers=1, size=192,
    ):
        super().__init__(paintings, batch_size, seed, damage=damage, workers=workers)
        self.steps, self.size = steps, size

    def __len__(self):
        return self.steps

    def sound(self, index, rng):
        """The sound crops of a batch; every painting is chosen with the same probability."""
        chosen = rng.integers(len(self.pictures), size=self.batch_size)
        crops = (random_crop(self.pictures[i], rng, self.size) for i in chosen)
        return np.stack([random_orientation(crop, rng) for crop in crops])


def fixed_crops(paintings, number, seed, size=192):
    """Crops for validation and test, at the scale of their paintings.

    paintings: list of (h, w, 3) uint8.   number: crops of each painting.
    Returns (paintings * number, size, size, 3) float32 in [0, 1], those of one painting together.
    """
    rng = np.random.default_rng(seed)
    return np.stack([
        random_crop(painting, rng, size, reduction=1)
        for painting in paintings for _ in range(number)
    ])
