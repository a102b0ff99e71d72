"""The full training as a command, and the steps the notebooks share with it.

    python -m inpainting.train --size 32
    python -m inpainting.train --size 192 --start unet_32x32

A training writes everything into its folder, Model_data/my_run/ by default:
    <name>.json, .weights.h5, .sha256   the trained model
    <name>_history.csv, .png            one row per epoch
    <name>_settings.json                what the training is made of
    <name>_last.keras                   until it ends: network and optimizer after the last epoch
    <name>_best.weights.h5              until it ends: the weights with the lowest validation MAE
A training that was stopped, or killed, goes on after its last complete epoch when the same
command is given again. A finished model is never overwritten: the same command says that it is
finished, and one with other settings is refused.
"""

import argparse
import contextlib
import math
import time
from functools import partial
from pathlib import Path

import keras
import numpy as np

from . import plots
from .checks import InputError
from .command import ended_in_one_line
from .crops import DamagedCrops, fixed_crops
from .damage import DamagedPictures
from .data import load_cifar10, load_paintings
from .files import sha256, whole
from .machine import PRECISIONS, all_devices, faster_precision
from .models import MODEL_DATA, load_model, model_files, save_model, with_precision
from .progress import (
    TrainingFiles, alone, check_room, read_progress, remove_leftovers, steps_done,
    stored_precision, training_settings, write_history, write_settings, written_in,
)
from .unet import LEARNING_RATE, WIDTHS, build_unet, compile_model

MY_RUN = MODEL_DATA / "my_run"
BATCH_SIZE = 32
CROP_BATCH_SIZE = 4
CROP_STEPS = 250  # of an epoch of crops
EPOCHS = {32: 28, 192: 14}  # by the side of the pictures
VALIDATION_CROPS = 8  # of each validation painting
VALIDATION_SEED = 5000  # any number; fixed, so that validation scores compare between trainings
COLUMNS = {  # of the history, by what Keras calls them, or as here where there is one output
    "loss": "loss", "mae": "restored_mae", "val_loss": "val_loss", "val_mae": "val_restored_mae",
    "iou": "damage_iou", "val_iou": "val_damage_iou",  # of networks with a damage map
}
NAMES = {"val_mae": "MAE", "val_loss": "loss"}


class NotANumberError(InputError):
    """A training ended because its loss, or its validation MAE, was no longer a number."""


def fit(
    model, train, validation, name, folder=MY_RUN, epochs=1, minutes=None, callbacks=(),
    settings=None,
):
    """Train a compiled model, or go on with the training that was interrupted in this folder.

    model: compiled, as `compile_model` returns it.
    train, validation: keras.utils.PyDataset with an attribute `epoch`, such as DamagedPictures.
    name: of the model's files.   folder: only one training at a time writes there.
    epochs: in all, those of an interrupted training counted in.
    minutes: stop at the end of the epoch in which they are over; None: no limit.
    settings: dict of numbers and texts that decide how the training comes out and that cannot be
        seen in the other arguments.
    Returns the model with the weights that were best on the validation pictures, float32, and
    the history: a list of dicts, one per epoch, as in the csv file. Where the training is finished
    already, these are read, and nothing is written.
    Raises TrainingFolderError where another training runs or lies in the folder, NotANumberError.
    """
    files = TrainingFiles(folder, name)
    settings = training_settings(model, train, validation, epochs, settings)
    with alone(files.folder):
        remove_leftovers(files)
        interrupted, history = read_progress(files, settings, len(train))
        if interrupted:
            model = interrupted
            steps = steps_done(model)
            print(f"going on after epoch {len(history)} of {epochs} ({steps} steps done)")
        elif len(history) >= epochs:
            print(f"this training is finished, its model is {files.model}")
            return load_model(files.model), history
        else:
            history = []
            write_settings(files, settings)
        keeper = KeepProgress(files, train, history, epochs, minutes)
        model.fit(
            train,
            validation_data=validation,
            epochs=epochs,
            initial_epoch=len(history),
            shuffle=False,  # the data do it, in a way that an interruption does not change
            verbose=0,
            callbacks=[*callbacks, keeper],
        )
        if history:
            model.load_weights(files.best)
            save_result(model, history, files, finished=len(history) >= epochs)
        if keeper.failed:
            raise NotANumberError(
                f"in epoch {len(history) + 1} of {files.model} the loss became NaN, which is no "
                "number; the best weights so far, if any, are kept, so train again in another "
                "folder, with a smaller learning rate."
            )
        return with_precision(model, "float32"), history


def save_result(model, history, files, finished):
    """Write the model, and the figure of its history; a finished training needs no progress."""
    with written_in(files.folder):
        check_room(model, files.folder)
        save_model(model, files.model)
        with whole(files.figure) as part:
            plots.history(history).savefig(part, dpi=100)
        if finished:
            files.last.unlink(missing_ok=True)
            files.best.unlink()


class KeepProgress(keras.callbacks.Callback):
    """After each epoch write the history, the weights if they are the best, and all progress.

    Stops the training when the time is over. An epoch that ends without a number stops it, too, and
    nothing of that epoch is written; `failed` then is True.

    train, minutes: as for `fit`.   history: list of dicts, to which a row is added.
    """

    def __init__(self, files, train, history, epochs, minutes):
        super().__init__()
        self.files, self.train, self.history, self.epochs = files, train, history, epochs
        self.deadline = np.inf if minutes is None else time.monotonic() + 60 * minutes
        self.failed = False

    def on_epoch_begin(self, epoch, logs=None):
        self.train.epoch = epoch  # so it goes on where it was; Keras also counts a look in advance
        self.began = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        row = {"epoch": epoch + 1}
        row |= {
            column: logs[name] for column, key in COLUMNS.items()
            for name in (key, column) if name in logs
        }
        row["seconds"] = time.monotonic() - self.began
        watched = "val_mae" if "val_mae" in row else "val_loss"
        if not np.isfinite([row["loss"], row[watched]]).all():
            self.failed = self.model.stop_training = True
            return
        best = min((earlier[watched] for earlier in self.history), default=np.inf)
        self.history.append(row)
        with written_in(self.files.folder):
            check_room(self.model, self.files.folder)
            write_history(self.history, self.files.history)
            if row[watched] < best:
                with whole(self.files.best) as part:
                    self.model.save_weights(part)
            with whole(self.files.last) as part:
                self.model.save(part)
        iou = f" · damage-map IoU {row['val_iou']:.4f}" if "val_iou" in row else ""
        print(
            f"epoch {row['epoch']:3d} of {self.epochs} · loss {row['loss']:.4f} · "
            f"validation {NAMES[watched]} {row[watched]:.5f}{iou} · {row['seconds']:.0f} s",
            flush=True,
        )
        if time.monotonic() > self.deadline and row["epoch"] < self.epochs:
            print("the time is over; the same call goes on from here")
            self.model.stop_training = True


class Snapshots(keras.callbacks.Callback):
    """Restore the same damaged pictures before training and after each epoch.

    pictures: {epoch: restored (n, h, w, 3)} afterwards; epoch 0 is the untrained network.
    """

    def __init__(self, damaged):
        super().__init__()
        self.damaged, self.pictures = damaged, {}

    def on_train_begin(self, logs=None):
        if steps_done(self.model) == 0:
            self.on_epoch_end(-1)

    def on_epoch_end(self, epoch, logs=None):
        prediction = self.model.predict_on_batch(self.damaged)["restored"]
        self.pictures[epoch + 1] = keras.ops.convert_to_numpy(prediction)


def faster_to_train(size=32, batch_size=32, steps=6):
    """Train a few steps in float32 and in mixed bfloat16; return the name of the faster one.

    size: side of the pictures, in pixels.
    """
    pictures = np.zeros((batch_size, size, size, 3), np.float32)
    targets = {"restored": pictures, "damage": pictures[..., :1]}

    def prepare(precision):
        model = compile_model(with_precision(build_unet(), precision), steps=steps)
        return partial(model.train_on_batch, pictures, targets)

    return faster_precision(prepare, steps)


def cifar10_batches(seed=0, number=None):
    """Training and validation batches of small pictures, with black segments.

    number: learn from the first so many pictures only; None: from all.
    """
    data = load_cifar10()
    print(data.source)
    return (
        DamagedPictures(data.train[:number], BATCH_SIZE, seed, workers=2),
        DamagedPictures(data.validation, 250, VALIDATION_SEED, fresh=False),
    )


def painting_batches(steps=CROP_STEPS, seed=0, number=None, crops=VALIDATION_CROPS):
    """Training and validation batches of 192x192 crops of paintings, with black segments.

    steps: training batches in an epoch.   crops: of each validation painting.
    number: learn from the first so many paintings only; None: from all.
    """
    training = load_paintings("train", number)
    crops = fixed_crops(load_paintings("validation"), crops, VALIDATION_SEED)
    return (
        DamagedCrops(training, steps, CROP_BATCH_SIZE, seed, workers=2),
        DamagedPictures(crops, 16, VALIDATION_SEED, fresh=False),
    )


def within(lowest, highest, kind=int):
    """A type of argument for argparse: a number in these limits."""
    def read(text):
        try:
            value = kind(text)
        except ValueError:
            value = math.nan
        if not lowest <= value <= highest:  # written so that NaN fails, too
            raise argparse.ArgumentTypeError(
                f"'{text}': give a {'whole ' * (kind is int)}number from {lowest:g} to {highest:g}"
            )
        return value

    return read


def five_widths(text):
    """A type of argument for argparse: five numbers of channels."""
    numbers = text.split(",")
    if len(numbers) != len(WIDTHS):
        raise argparse.ArgumentTypeError(f"'{text}': give five numbers, such as 32,32,48,64,64")
    return tuple(within(1, 4096)(number) for number in numbers)


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(
        prog="python -m inpainting.train",
        description="Train the U-Net on damaged pictures, or go on with an interrupted training.",
    )
    parser.add_argument("--size", type=int, default=32, choices=list(EPOCHS),
                        help="side of the pictures: 32 takes CIFAR-10, 192 crops of paintings")
    parser.add_argument("--start", metavar="MODEL",
                        help="go on from a shipped model (unet_32x32), or the path of your own")
    parser.add_argument("--epochs", type=within(1, 10**6), help="default: 28, or 14 of 1,000 crops")
    parser.add_argument("--minutes", type=within(0, 10**6, float),
                        help="stop after the epoch in which they are over")
    parser.add_argument("--pictures", type=within(1, 10**9),
                        help="learn from the first so many only")
    parser.add_argument("--widths", type=five_widths, help=f"channels of steps 1 to 5, default: "
                        f"{','.join(map(str, WIDTHS))}; not with --start")
    parser.add_argument("--learning-rate", type=within(1e-9, 1, float), default=LEARNING_RATE,
                        help="the highest")
    parser.add_argument("--seed", type=within(0, 2**32 - 1), default=0)
    parser.add_argument("--precision", choices=PRECISIONS, help="default: the faster")
    parser.add_argument("--all-devices", action="store_true",
                        help="share each batch among all GPUs")
    parser.add_argument("--folder", type=Path, default=MY_RUN)
    settings = parser.parse_args(arguments)
    if settings.start is not None and settings.widths:
        parser.error("a model given with --start has its own widths: leave out --widths")
    return settings


def main(arguments=None):
    settings = parse_arguments(arguments)
    keras.utils.set_random_seed(settings.seed)
    if settings.start is None:
        network, start = build_unet(settings.widths or WIDTHS), "random"
    else:
        network, start = load_model(settings.start), sha256(model_files(settings.start)[1])[:16]
    batches = cifar10_batches if settings.size == 32 else painting_batches
    train, validation = batches(seed=settings.seed, number=settings.pictures)
    epochs = settings.epochs or EPOCHS[settings.size]
    name = f"unet_{settings.size}x{settings.size}"
    precision = (
        settings.precision
        or stored_precision(TrainingFiles(settings.folder, name))  # a timing may come out otherwise
        or faster_to_train(settings.size, train.batch_size)
    )
    print(f"{len(train.pictures)} pictures, {len(train)} steps an epoch, {precision}")
    devices = all_devices() if settings.all_devices else contextlib.nullcontext()
    with devices:
        model = with_precision(network, precision)
        compile_model(model, epochs * len(train), settings.learning_rate)
        fit(
            model, train, validation, name, settings.folder, epochs, settings.minutes,
            settings={"start": start, "seed": settings.seed},
        )


if __name__ == "__main__":
    with ended_in_one_line():
        main()
