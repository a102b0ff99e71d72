"""Train the filler or the finder on paintings, within a given time.

    python -m inpainting.find_and_fill.train --network filler --minutes 60

starts from a shipped U-Net and writes into Model_data/my_run/<network>/. The learning rate
falls to zero with the end of the time. A training that was stopped, or killed, goes on after its
last complete epoch when the same command is given again; with more minutes it takes that much
longer.
"""

import argparse
import math
import time
from pathlib import Path

import keras
import numpy as np

from .. import plots
from ..command import ended_in_one_line
from ..data import load_paintings
from ..files import whole
from ..models import load_model, save_model, with_precision
from ..progress import read_history, steps_done, write_history
from ..train import MY_RUN, NotANumberError, faster_to_train, within
from .crops import Crops, batch_to_fill, batch_to_find
from .networks import build_filler, build_finder

STEPS = 100  # of an epoch
WARMUP = 100  # steps in which the learning rate rises
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


def compile_specialist(model, losses):
    """Give a network its loss and an optimizer that averages the weights. Returns the model."""
    optimizer = keras.optimizers.Adam(
        LEARNING_RATE, clipnorm=1.0, use_ema=True, ema_momentum=0.995, name="adam")
    model.compile(optimizer=optimizer, loss=losses)
    return model


def fit_by_the_clock(model, train, validation, folder, minutes):
    """Train until the minutes, those of earlier calls in this folder counted in, are over.

    model: compiled by `compile_specialist`.   train, validation: Crops.
    Returns the model, the average of its weights over the last steps in it, and the history: a list
    of dicts, one for each epoch.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    last, history_file = folder / "last.keras", folder / "history.csv"
    history = []
    if last.exists():
        model = keras.saving.load_model(last)
        history = read_history(history_file)[: steps_done(model) // len(train)]
        print(f"going on after epoch {len(history)}")
    train.epoch = len(history)
    clock = Clock(minutes, sum(row["seconds"] for row in history))
    model.fit(
        train, validation_data=validation, epochs=1_000_000, initial_epoch=len(history),
        shuffle=False, verbose=0,
        callbacks=[
            keras.callbacks.SwapEMAWeights(),  # the average is what is validated
            clock,
            KeepEpoch(history, history_file, last, clock),
        ],
    )
    return model, history


class Clock(keras.callbacks.Callback):
    """Let the learning rate rise at first, fall along a cosine with the time, and stop in time.

    minutes: of the whole training.   used: seconds that earlier calls took.
    """

    def __init__(self, minutes, used):
        super().__init__()
        self.total, self.used = 60 * minutes, used
        self.began = time.monotonic()

    def part(self):
        """How much of the time is over, from 0 to 1."""
        return min(1, (self.used + time.monotonic() - self.began) / self.total)

    def on_train_batch_begin(self, batch, logs=None):
        rise = min(1, (steps_done(self.model) + 1) / WARMUP)
        fall = (1 + math.cos(math.pi * self.part())) / 2
        self.model.optimizer.learning_rate = LEARNING_RATE * rise * fall

    def on_epoch_end(self, epoch, logs=None):
        if self.part() == 1:
            self.model.stop_training = True


class KeepEpoch(keras.callbacks.Callback):
    """After each epoch write a row of the history, and the network with its optimizer.

    An epoch whose loss is not a number ends the training, and the last good one stays in the file.
    """

    def __init__(self, history, history_file, last, clock):
        super().__init__()
        self.history, self.history_file, self.last, self.clock = history, history_file, last, clock

    def on_epoch_begin(self, epoch, logs=None):
        self.began = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        if not np.isfinite(logs["loss"]):
            raise NotANumberError(
                f"the loss of epoch {epoch + 1} is not a number; "
                "start the command again to go on from the epoch before."
            )
        self.history.append({
            "epoch": epoch + 1,
            "loss": logs["loss"],
            "val_loss": logs["val_loss"],
            "learning_rate": float(self.model.optimizer.learning_rate),
            "seconds": time.monotonic() - self.began,
        })
        write_history(self.history, self.history_file)
        with whole(self.last) as part:
            self.model.save(part)
        print(
            f"epoch {epoch + 1} · loss {logs['loss']:.4f} · validation {logs['val_loss']:.4f} · "
            f"{self.history[-1]['seconds']:.0f} s · {self.clock.part():.0%} of the time",
            flush=True,
        )


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(
        prog="python -m inpainting.find_and_fill.train",
        description="Train the filler or the finder, or go on with an interrupted training.",
    )
    parser.add_argument("--network", choices=list(NETWORKS), required=True)
    parser.add_argument("--start", metavar="MODEL", default="unet_192x192",
                        help="U-Net to begin with: a shipped model, or the path of your own")
    parser.add_argument("--minutes", type=within(0, 10**6, float), default=60,
                        help="of the whole training")
    parser.add_argument("--folder", type=Path, help="default: Model_data/my_run/<network>")
    parser.add_argument("--batch-size", type=within(1, 1024), default=8)
    parser.add_argument("--processes", type=within(0, 64), default=0,
                        help="that prepare crops; 0: a thread")
    parser.add_argument(
        "--precision", choices=["float32", "mixed_bfloat16", "mixed_float16"],
        help="default: the faster of the first two",
    )
    return parser.parse_args(arguments)


NETWORKS = {
    # name: how it is built, its loss, its batches
    "filler": (build_filler, {"restored": absolute_and_squared}, batch_to_fill),
    "finder": (build_finder, {"damage": "binary_crossentropy"}, batch_to_find),
}


def main(arguments=None):
    settings = parse_arguments(arguments)
    keras.utils.set_random_seed(0)
    build, losses, batch = NETWORKS[settings.network]
    train = Crops(
        load_paintings("train"), batch, STEPS, settings.batch_size,
        workers=max(1, settings.processes), use_multiprocessing=settings.processes > 0,
    )
    validation = Crops(
        load_paintings("validation"), batch, VALIDATION_BATCHES, 8, 192, VALIDATION_SEED,
        fresh=False,
    )
    precision = settings.precision or faster_to_train(128, settings.batch_size)
    print(f"{settings.network}, {precision}", flush=True)
    model = compile_specialist(with_precision(build(load_model(settings.start)), precision), losses)
    folder = settings.folder or MY_RUN / settings.network
    model, history = fit_by_the_clock(model, train, validation, folder, settings.minutes)
    save_model(model, folder / f"{settings.network}_192x192")
    plots.history(history).savefig(folder / f"{settings.network}_192x192_history.png", dpi=100)


if __name__ == "__main__":
    with ended_in_one_line():
        main()
