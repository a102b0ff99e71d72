"""Crops of paintings that teach the finder, the filler and the cleaner."""

import math

import cv2
import keras
import numpy as np

from ..crops import blacken_shadows, random_crop, random_orientation
from .damage_drawing import lettering, line_cover, paste, smooth_noise, uneven, wood
from .damage_kinds import FIND_KINDS, INKS, KINDS, cuts, mixed
from .networks import OPAQUE, cleaner_input, filler_input

LARGEST_GAP = 64  # pixels: the widest brush stroke
LARGEST_MASK = 0.6  # as part of a crop
LOWEST_SEVERITY = 0.1
SOME = 1 / 6  # of the crops stay undamaged, as many get black shadows
LOOK_ALIKES = 1 / 3  # of the crops get one
OTHER_COLOURS = 1 / 2  # of the crops: a few paintings do not hold every colour of sound paint


class Crops(keras.utils.PyDataset):
    """Batches of random crops of paintings for `model.fit`.

    paintings: list of (h, w, 3) uint8.
    batch: function (crops (n, h, w, 3), rng) -> what `model.fit` takes: `batch_to_find`,
        `batch_to_fill` or `batch_to_clean`.
    steps: batches in an epoch.   size: of the crops, in pixels.
    fresh: other crops in every epoch, half of them in other colours; False: always the same, in
        their own colours (validation).
    workers, use_multiprocessing: how many threads, or processes, prepare batches.
    """

    def __init__(
        self, paintings, batch, steps, batch_size=8, size=128, seed=0, fresh=True, workers=1,
        use_multiprocessing=False,
    ):
        super().__init__(workers=workers, use_multiprocessing=use_multiprocessing)
        self.paintings, self.batch = paintings, batch
        self.steps, self.batch_size = steps, batch_size
        self.size, self.seed, self.fresh, self.epoch = size, seed, fresh, 0

    def __len__(self):
        return self.steps

    def __getitem__(self, index):
        rng = np.random.default_rng([self.seed, self.epoch, index])
        chosen = rng.integers(len(self.paintings), size=self.batch_size)
        crops = [
            random_orientation(random_crop(self.paintings[i], rng, self.size), rng) for i in chosen
        ]
        if self.fresh:
            crops = [other_colours(crop, rng) for crop in crops]
        return self.batch(np.stack(crops), rng)

    def on_epoch_end(self):
        self.epoch += self.fresh


def other_colours(picture, rng):
    """Exchange red, green and blue by lot, or, as often, return the picture as it is."""
    return picture[..., rng.permutation(3)] if rng.random() < OTHER_COLOURS else picture


def one_or_more_kinds(picture, rng, names=FIND_KINDS):
    """One kind of damage, each equally often, or as often as each of them a mixture.

    picture: (h, w, 3) float32 RGB in [0, 1].   rng: numpy.random.Generator.
    names: of the kinds, from FIND_KINDS.
    Returns damaged (h, w, 3) float32, and {kind: (h, w) bool, True where damaged}.
    """
    name = rng.choice([*names, "mixed"])
    if name == "mixed":
        return mixed(picture, rng, names)
    masks = {kind: np.zeros(picture.shape[:2], bool) for kind in FIND_KINDS}
    if name == "cuts":
        damaged, masks[name] = cuts(picture, rng)
    else:
        damaged, masks[name] = KINDS[name](picture, rng, rng.uniform(LOWEST_SEVERITY, 1))
    return damaged, masks


# What the filler learns from


def batch_to_fill(crops, rng, searched=()):
    """Damage crops for the filler.

    crops: (n, h, w, 3) float32 in [0, 1], sound.
    searched: crops that a finder has marked, as `train.searched_crops` makes them; they take the
        place of a third of the crops, each turned or mirrored by chance.
    Returns the filler's input, the sound crops, and the weights of their pixels (n, h, w): only
    marked pixels count, and every crop counts the same, however little of it is marked.
    """
    examples = []
    for crop in crops:
        if len(searched) and rng.random() < 1 / 3:
            layers = random_orientation(searched[rng.integers(len(searched))], rng)
            examples.append((layers[..., :3], layers[..., 3:6], layers[..., 6] > 0))
        else:
            damaged, mask = damage_to_fill(crop, rng)
            examples.append((damaged, crop, mask))
    damaged, sound, masks = (np.stack(part) for part in zip(*examples))
    sound = {"restored": sound.astype(np.float32)}
    weights = {"restored": of_equal_weight(masks)}
    return filler_input(damaged.astype(np.float32), masks), sound, weights


def of_equal_weight(masks):
    """Weights of pixels (n, h, w) float32: 0 where nothing is marked, and a mean of 1 in each."""
    return (masks / masks.mean(axis=(1, 2), keepdims=True)).astype(np.float32)


def damage_to_fill(picture, rng):
    """Damage for the filler: every opaque kind, and in one crop of five brush strokes.

    Arguments as for `one_or_more_kinds`. Returns damaged (h, w, 3) float32 and the mask (h, w)
    bool, which always marks something.
    """
    while True:
        if rng.random() < 1 / 5:
            damaged, mask = brush_strokes(picture, rng)
        else:
            damaged, masks = one_or_more_kinds(picture, rng, OPAQUE)
            mask = np.any(list(masks.values()), axis=0)
        mask = marked_by_hand(mask, rng)
        if 0 < mask.mean() <= LARGEST_MASK:
            return damaged, mask


def marked_by_hand(mask, rng):
    """A mask that does not always fit: some mark too much, as those of a careful person do, and
    some not all of it, as a network's map does."""
    fit = rng.random()
    if fit < 0.3:
        return widened(mask, rng)
    return mask & (smooth_noise(mask.shape, 16, rng) > -1) if fit < 0.4 else mask


def brush_strokes(picture, rng):
    """Damage that belongs to no kind: strokes of a brush 1 to 64 px wide, as a user would mark it.

    Under them lies a plain colour, noise, or another part of the picture.
    Arguments as for `one_or_more_kinds`. Returns damaged (h, w, 3) float32, mask (h, w) bool.
    """
    height, width = picture.shape[:2]
    canvas = np.zeros((height, width), np.uint8)
    for _ in range(rng.integers(1, 4)):
        bends = rng.integers(2, 6)
        way = rng.normal(0, 40, (bends, 2)).cumsum(axis=0) + rng.uniform(0, (width, height))
        thick = round(LARGEST_GAP ** rng.random())
        cv2.polylines(canvas, [np.rint(way).astype(np.int32)], False, 1, thick)
    below = (
        np.broadcast_to(rng.random(3, dtype=np.float32), picture.shape),
        rng.random(picture.shape, dtype=np.float32),
        np.roll(picture[::-1], rng.integers(width), axis=1),
    )[rng.integers(3)]
    mask = canvas.astype(bool)
    return np.where(mask[..., None], below, picture), mask


def widened(mask, rng, most=6):
    """A mask that marks too much, by 1 to `most` pixels on each side."""
    side = 2 * int(rng.integers(1, most, endpoint=True)) + 1
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return cv2.dilate(mask.astype(np.uint8), brush).astype(bool)


# What the cleaner learns from


def batch_to_clean(crops, rng):
    """Stain crops for the cleaner.

    crops: (n, h, w, 3) float32 in [0, 1], sound.
    Returns the cleaner's input, the sound crops, and the weights of their pixels (n, h, w): only
    stained pixels that nothing else covers count, and every crop counts the same.
    """
    damaged, marked, counted = (
        np.stack(part) for part in zip(*(damage_to_clean(crop, rng) for crop in crops))
    )
    weights = {"restored": of_equal_weight(counted)}
    return cleaner_input(damaged, marked), {"restored": crops}, weights


def damage_to_clean(picture, rng):
    """A stain, or in one crop of ten a stain and other damage. Two masks in five do not fit.

    Arguments as for `one_or_more_kinds`.
    Returns damaged (h, w, 3) float32, the mask and what of it counts, both (h, w) bool.
    """
    while True:
        if rng.random() < 1 / 4:
            damaged, masks = mixed(picture, rng)
            stained = masks.pop("stains")
            covered = np.any(list(masks.values()), axis=0)
        else:
            damaged, stained = KINDS["stains"](picture, rng, rng.uniform(LOWEST_SEVERITY, 1))
            covered = np.zeros_like(stained)
        mask = marked_by_hand(stained, rng)
        counted = mask & ~covered
        if counted.any():
            return damaged, mask, counted


# What the finder learns from


def batch_to_find(crops, rng, kinds=FIND_KINDS):
    """Damage crops for the finder; some stay sound, some hold what only looks like damage.

    crops: (n, h, w, 3) float32 in [0, 1], sound.   kinds: of the damage, from FIND_KINDS.
    Returns the damaged crops, and {"damage": the maps (n, h, w, kinds), 1 where damaged}.
    """
    pairs = [damage_to_find(crop, rng, kinds) for crop in crops]
    damaged, maps = (np.stack(part) for part in zip(*pairs))
    return damaged, {"damage": maps}


def damage_to_find(picture, rng, kinds=FIND_KINDS):
    """Damage for the finder, of one kind, of several or of none.

    Damage that changes nothing is not asked for.
    Arguments as for `one_or_more_kinds`.
    Returns damaged (h, w, 3) and maps (h, w, kinds), both float32; the order is that of FIND_KINDS.
    """
    if rng.random() < SOME:
        picture = blacken_shadows(picture, rng)
    if rng.random() < LOOK_ALIKES:
        picture = look_alike(picture, rng)
    if rng.random() < SOME:
        return picture, np.zeros((*picture.shape[:2], len(FIND_KINDS)), np.float32)
    damaged, masks = one_or_more_kinds(picture, rng, kinds)
    maps = np.stack([masks[kind] for kind in FIND_KINDS], axis=-1)
    return damaged, (maps & (damaged != picture).any(axis=-1, keepdims=True)).astype(np.float32)


def look_alike(picture, rng):
    """Put something into a picture that belongs there: branches, wood, an inscription or dabs."""
    return (branches, table, inscription, dabs)[rng.integers(4)](picture, rng)


def branches(picture, rng):
    """A bare tree in front of the picture: dark, thin and branched as cracks are.

    Arguments as for `one_or_more_kinds`. Returns (h, w, 3) float32.
    """
    height, width = picture.shape[:2]
    canvas = np.zeros((height, width), np.uint8)
    ends = [(
        rng.uniform(0, (width, height)), rng.normal(-math.pi / 2, 0.4), rng.uniform(25, 60),
        rng.uniform(2, 7),
    )]
    while ends:
        start, angle, length, thick = ends.pop()
        end = start + length * np.array([math.cos(angle), math.sin(angle)])
        points = [tuple(np.rint(point).astype(int).tolist()) for point in (start, end)]
        cv2.line(canvas, *points, 255, max(1, round(thick)), cv2.LINE_AA)
        if length > 6:
            for turn in rng.normal(0, 0.6, rng.integers(1, 4)):
                shorter = rng.uniform(0.55, 0.9)
                ends.append((end, angle + turn, shorter * length, shorter * thick))
    return laid_in(picture, canvas / np.float32(255), own_colour(picture, rng, 0.05))


def table(picture, rng):
    """Brown wood that covers the picture, or the part of it below a straight edge.

    Arguments as for `one_or_more_kinds`. Returns (h, w, 3) float32.
    """
    height, width = shape = picture.shape[:2]
    row, column = np.mgrid[:height, :width]
    edge = rng.uniform(-0.5, 0.8) * height + rng.normal(0, 0.3) * column
    boards = np.clip(wood(shape, rng.random() < 0.5, rng) * rng.uniform(0.5, 1.4), 0, 1)
    return np.where((row > edge)[..., None], boards, picture).astype(np.float32)


def inscription(picture, rng):
    """A word in a colour of the picture itself.

    Arguments as for `one_or_more_kinds`. Returns (h, w, 3) float32.
    """
    cover = np.zeros(picture.shape[:2], np.float32)
    paste(cover, lettering(rng), rng.uniform(0.2, 0.8, 2) * picture.shape[1::-1])
    return laid_in(picture, cover, own_colour(picture, rng, rng.choice([0.05, 0.95])))


def dabs(picture, rng):
    """Flowers, folds and outlines: bent touches of a brush 1 to 7 px wide, in one or two colours,
    half of them those of inks. They are no letters.

    Arguments as for `one_or_more_kinds`. Returns (h, w, 3) float32.
    """
    height, width = shape = picture.shape[:2]
    for _ in range(rng.integers(1, 3)):
        number = rng.integers(5, 60)
        middle = rng.uniform(0, (width, height), (number, 2))
        angle = rng.uniform(0, math.pi) + rng.normal(0, rng.uniform(0.1, 1), (number, 2))
        arms = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        arms *= rng.uniform(1, 14, (number, 1, 1))
        ends = np.stack([middle - arms[:, 0], middle, middle + arms[:, 1]], axis=1)
        pieces = np.concatenate([ends[:, :2], ends[:, 1:]])
        cover = line_cover(shape, pieces, np.tile(rng.uniform(1, 7, number), 2))
        colour = rng.random(3) if rng.random() < 0.5 else np.array(INKS[rng.integers(len(INKS))])
        colour = np.clip(uneven(colour * rng.uniform(0.8, 1.2), shape, rng), 0, 1)
        picture = laid_in(picture, rng.uniform(0.6, 1) * cover, colour)
    return picture


def own_colour(picture, rng, brightness):
    """The colour of a pixel so bright that about this part of the picture is not brighter."""
    values = picture.mean(axis=-1)
    places = np.argwhere(values <= np.quantile(values, brightness))
    return picture[tuple(places[np.argmax(values[tuple(places.T)])])]


def laid_in(picture, cover, colour):
    """Mix a colour into a picture; cover: (h, w) float32 in [0, 1]."""
    return (picture + cover[..., None] * (colour - picture)).astype(np.float32)
