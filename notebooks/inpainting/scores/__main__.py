"""Measure the shipped models again (make scores).

    python -m inpainting.scores

writes Model_data/scores.json, and unet_32x32_reference.csv: the output of the model on pictures
that a formula makes, to which other backends and versions are compared. It needs the real CIFAR-10
and the real paintings.
"""

import sys

import numpy as np

from ..checks import PictureError
from ..data import fetch_paintings, list_paintings, load_cifar10
from ..models import faster_to_restore, load_model
from ..restore import BEST_MODEL
from . import tables, unet_192x192, unet_32x32
from .protocol import keep_scores


def main():
    data = load_cifar10()
    if not data.is_real:
        sys.exit("The scores of the shipped models are measured on the real CIFAR-10 only.")
    try:
        fetch_paintings(list_paintings("validation") + list_paintings("test"))
    except PictureError as error:
        sys.exit(f"The scores of the shipped models need the real paintings: {error}")
    small = load_model("unet_32x32")
    scores = {
        "unet_32x32": unet_32x32.score_unet_32x32(small, data),
        "unet_32x32_on_paintings": unet_32x32.score_unet_32x32_on_paintings(small),
    }
    keep_scores(scores)
    np.savetxt(
        unet_32x32.REFERENCE_FILE, unet_32x32.reference_output(small), fmt="%.5f", delimiter=",",
        header="red,green,blue,damage", comments="",
    )
    print(tables.as_markdown(scores["unet_32x32"]["methods"]))
    print(tables.as_markdown(
        scores["unet_32x32_on_paintings"]["methods"], tables.PAINTING_COLUMNS))
    large = unet_192x192.score_192x192(faster_to_restore(load_model("unet_192x192")))
    keep_scores(large)
    print(tables.as_markdown(large["unet_192x192"]["methods"]))
    kinds = large[BEST_MODEL]["kinds"]
    print(tables.kinds_as_markdown(kinds), tables.ious_as_markdown(kinds), sep="\n\n")


if __name__ == "__main__":
    main()
