"""Scores of the network of black segments on crops of the test paintings."""

from .. import classical
from ..metrics import score
from ..models import faster_to_restore, load_model
from ..tiles import restore_batch
from . import tables
from .protocol import (
    CROPS, TEST_SEED, crops_to_choose, crops_to_test, damaged_to_test, score_damage, tune_radii,
)

RADIUS_CROPS = 2  # of each validation painting


def measure():
    """The entry of scores.json on unet_192x192. Needs the real data."""
    precision = faster_to_restore(load_model("unet_192x192"))
    small, large = (
        load_model(name, precision=precision) for name in ("unet_32x32", "unet_192x192")
    )
    crops = crops_to_test()
    about = {
        "data": f"{len(crops)} crops of 192x192 pixels, "
            f"{CROPS} of each test painting, at its scale",
        "seed": TEST_SEED,
        "precision": precision,
    }
    scores = score_segments(large, small, crops, crops_to_choose(RADIUS_CROPS))
    return {"unet_192x192": about | scores}


def as_text(scores):
    """The table of what `measure` returned, as Markdown."""
    return tables.segments_as_markdown(scores["unet_192x192"])


def score_segments(model, small, crops, radius_crops):
    """Scores of all methods on standard segments.

    model, small: the one trained at 192x192, and the one trained at 32x32.
    crops, radius_crops: (n, h, w, 3) float32 in [0, 1], sound; the second ones choose the radii.
    """
    radii = tune_radii(radius_crops, radii=classical.CROP_RADII)
    scores = score_damage(model, crops, radii)
    damaged, masks = damaged_to_test(crops)
    by_small, _ = restore_batch(small, damaged)
    scores["methods"]["U-Net of 32x32, blind"] = score(crops, by_small, masks)
    return {"damage": "standard segments at 192x192 (damage.segments)", "radius": radii} | scores
