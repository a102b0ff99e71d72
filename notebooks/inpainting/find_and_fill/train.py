"""Train the finder, the filler or the cleaner on paintings.

    python -m inpainting.find_and_fill.train --network filler --epochs 20

starts from a shipped U-Net and writes into Model_data/my_run/. A training that was stopped, or
killed, goes on after its last complete epoch when the same command is given again.
"""

import argparse
import math
from pathlib import Path

import keras
import numpy as np

from ..command import ended_in_one_line
from ..crops import random_crop
from ..data import load_paintings
from ..files import sha256
from ..machine import progress_bar
from ..models import ModelFileError, load_network, model_files, with_precision
from ..progress import TrainingFiles, stored_precision
from ..train import MY_RUN, faster_to_train, fit, within
from .crops import Crops, batch_to_clean, batch_to_fill, batch_to_find, one_or_more_kinds
from .damage_kinds import mixed
from .networks import FIND_KINDS, build_cleaner, build_filler, build_finder
from .paintings import THRESHOLD, clean_batch, find_batch, opaque, shipped

STEPS = 100  # of an epoch
SEARCHED, SEARCHED_AT_ONCE = 2400, 16  # crops
LEARNING_RATE = 1e-3
VALIDATION_BATCHES = 4
VALIDATION_SEED = 5000


@keras.saving.register_keras_serializable("inpainting")
def absolute_and_squared(sound, restored):
    """Absolute plus four times squared error of each pixel: (n, h, w, 3) twice -> (n, h, w).

    The absolute error keeps edges sharp; the squared one is what the PSNR measures.
    """
    error = restored - sound
    return keras.ops.mean(keras.ops.abs(error) + 4 * keras.ops.square(error), axis=-1)


def compile_specialist(model, losses, steps, learning_rate=LEARNING_RATE):
    """Give a network its loss, metrics and optimizer.

    losses: as in NETWORKS.   steps: batches in the whole training; the learning rate rises at
    first and falls to 0 with the last one.
    In float16 the loss is scaled, or small gradients would become zero (arXiv 1710.03740).
    Returns the model.
    """
    warmup = steps // 20
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, steps - warmup, warmup_target=learning_rate, warmup_steps=warmup
    )
    optimizer = keras.optimizers.Adam(schedule, clipnorm=1.0, name="adam")
    if any(layer.compute_dtype == "float16" for layer in model.layers):
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    metrics = {
        "restored": [keras.metrics.MeanAbsoluteError(name="mae")],
        "damage": [keras.metrics.BinaryIoU(target_class_ids=[1], name="iou")],
    }
    model.compile(
        optimizer=optimizer, loss=losses,
        weighted_metrics={output: metrics[output] for output in losses},
    )
    return model


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(
        prog="python -m inpainting.find_and_fill.train",
        description="Train one of the three networks, or go on with an interrupted training.",
    )
    parser.add_argument("--network", choices=list(NETWORKS), required=True)
    parser.add_argument("--start", metavar="MODEL", default="unet_192x192",
                        help="U-Net, or earlier state of the network, to begin with")
    parser.add_argument("--epochs", type=within(1, 10**6), default=20,
                        help=f"of {STEPS} batches")
    parser.add_argument("--minutes", type=within(0, 10**6, float),
                        help="stop after the epoch in which they are over")
    parser.add_argument("--learning-rate", type=within(1e-9, 1, float), default=LEARNING_RATE,
                        help="the highest")
    parser.add_argument("--seed", type=within(0, 2**32 - 2), default=0,
                        help="another one shows other crops")
    parser.add_argument("--folder", type=Path, default=MY_RUN)
    parser.add_argument("--batch-size", type=within(1, 1024), default=8)
    parser.add_argument("--processes", type=within(0, 64), default=0,
                        help="that prepare crops; 0: a thread")
    parser.add_argument(
        "--precision", choices=["float32", "mixed_bfloat16", "mixed_float16"],
        help="default: the faster of the first two",
    )
    return parser.parse_args(arguments)


def searched_crops(paintings, seed, number=SEARCHED, size=128):
    """Crops that the shipped finder has searched: a filler meets masks that miss some damage.

    More than half of them hold a mixture of all kinds. Stains that were found are cleaned before
    the rest is filled, as in `paintings.find_and_fill`; those that were missed stay.

    paintings: list of (h, w, 3) uint8.   seed: of crops and damage.
    number: of crops that are searched.   size: of the crops, in pixels.
    Returns (n, size, size, 7) float16: the damaged crop, the sound one, both in [0, 1], and 1
    where the finder has marked something to fill; crops where it has not are left out.
    """
    rng = np.random.default_rng(seed)
    kept = []
    batches = range(math.ceil(number / SEARCHED_AT_ONCE))
    for _ in progress_bar(batches, desc="searching", unit="batch"):
        sound = np.stack([
            random_crop(paintings[i], rng, size)
            for i in rng.integers(len(paintings), size=SEARCHED_AT_ONCE)
        ])
        damaged = np.stack([
            (mixed if rng.random() < 0.5 else one_or_more_kinds)(crop, rng)[0] for crop in sound
        ])
        found = find_batch(shipped("finder"), damaged) > THRESHOLD
        damaged = clean_batch(shipped("cleaner"), damaged, found[..., FIND_KINDS.index("stains")])
        masks = opaque(found)
        layers = np.concatenate([damaged, sound, masks[..., None]], axis=-1).astype(np.float16)
        kept.append(layers[masks.any(axis=(1, 2))])
    return np.concatenate(kept)


class BatchWithSearched:
    """`crops.batch_to_fill` with crops that the finder has searched among the others.

    A class, since a function inside a function cannot be sent to the processes that prepare crops.
    """

    def __init__(self, paintings, seed):
        self.searched = searched_crops(paintings, seed)

    def __call__(self, crops, rng):
        return batch_to_fill(crops, rng, self.searched)


NETWORKS = {
    # name: how it is built, its loss, its batches
    "finder": (build_finder, {"damage": "binary_crossentropy"}, batch_to_find),
    "filler": (build_filler, {"restored": absolute_and_squared}, batch_to_fill),
    "cleaner": (build_cleaner, {"restored": absolute_and_squared}, batch_to_clean),
}


def main(arguments=None):
    settings = parse_arguments(arguments)
    keras.utils.set_random_seed(settings.seed)
    build, losses, batch = NETWORKS[settings.network]
    start = load_network(settings.start)
    if start.name in set(NETWORKS) - {settings.network}:
        raise ModelFileError(
            f"'{settings.start}' is a {start.name}; a {settings.network} begins with a U-Net or "
            f"with an earlier {settings.network}."
        )
    paintings = load_paintings("train")
    if settings.network == "filler":
        of_training = BatchWithSearched(paintings, settings.seed + 1)
    else:
        of_training = batch
    train = Crops(
        paintings, of_training, STEPS, settings.batch_size, seed=settings.seed,
        workers=max(1, settings.processes), use_multiprocessing=settings.processes > 0,
    )
    validation = Crops(
        load_paintings("validation"), batch, VALIDATION_BATCHES, 8, 192, VALIDATION_SEED,
        fresh=False,
    )
    name = f"{settings.network}_192x192"
    precision = (
        settings.precision or stored_precision(TrainingFiles(settings.folder, name))
        or faster_to_train(128, settings.batch_size)
    )
    print(f"{settings.network}, {precision}", flush=True)
    network = with_precision(
        start if start.name == settings.network else build(start), precision)
    compile_specialist(network, losses, settings.epochs * STEPS, settings.learning_rate)
    fit(
        network, train, validation, name, settings.folder, settings.epochs, settings.minutes,
        settings={"start": sha256(model_files(settings.start)[1])[:16]},
    )


if __name__ == "__main__":
    with ended_in_one_line():
        main()
