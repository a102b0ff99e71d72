"""Measure the shipped models again (make scores).

    python -m inpainting.scores

writes Model_data/scores.json, and unet_32x32_reference.csv: the output of the model on pictures
that a formula makes, to which other backends and versions are compared. It needs the real CIFAR-10
and the real paintings.
"""

from ..checks import InputError
from ..command import ended_in_one_line
from ..data import load_cifar10, need_paintings
from . import unet_32x32, unet_192x192
from .protocol import keep_scores

PARTS = unet_32x32, unet_192x192


def main():
    if not load_cifar10().is_real:
        raise InputError("The scores of the shipped models are measured on the real CIFAR-10 only.")
    need_paintings("validation", "test")
    unet_32x32.keep_reference()
    for part in PARTS:
        scores = part.measure()
        keep_scores(scores)
        print(part.as_text(scores), flush=True)


if __name__ == "__main__":
    with ended_in_one_line():
        main()
