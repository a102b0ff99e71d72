"""The full training as a command, and the steps the notebooks share with it.

    python -m inpainting.train --size 32
    python -m inpainting.train --size 192 --start unet_32x32
    python -m inpainting.train --size 192 --start unet_192x192 --damage mixed

A training writes everything into its folder, Model_data/my_run/ by default:
    last.keras                    network and optimizer after the last epoch: to go on from
    best.weights.h5               the weights with the lowest validation MAE so far
    <name>_history.csv, .png      one row per epoch
    <name>.json, .weights.h5      the trained model, when the training ends
A training that was stopped, or killed, goes on after its last complete epoch when the same
command is given again.
"""

import argparse
import contextlib
import csv
import time
from functools import partial
from pathlib import Path

import keras
import numpy as np

from . import plots
from .checks import InputError
from .command import ended_in_one_line
from .crops import DamagedCrops, fixed_crops
from .damage import DamagedPictures, segments
from .damage_kinds import found_or_told
from .data import load_cifar10, load_paintings
from .files import whole
from .machine import PRECISIONS, all_devices, faster_precision
from .models import MODEL_DATA, load_model, save_model, with_precision
from .unet import LEARNING_RATE, WIDTHS, build_unet, compile_model

MY_RUN = MODEL_DATA / "my_run"
BATCH_SIZE = 32
CROP_BATCH_SIZE = 4
CROP_STEPS = 250  # of an epoch of crops
EPOCHS = {32: 28, 192: 14}  # by the side of the pictures
VALIDATION_CROPS = 8  # of each validation painting
VALIDATION_SEED = 5000  # any number; fixed, so that validation scores compare between trainings
DAMAGES = {"segments": segments, "mixed": found_or_told}
SHADOWS = {"segments": 0, "mixed": 0.25}  # the part of the crops that get black shadows


class TrainingFolderError(InputError):
    """A folder holds a training that cannot be continued with these settings."""


def fit(model, train, validation, name, folder=MY_RUN, epochs=1, minutes=None, callbacks=()):
    """Train a compiled model, or go on with the training that was interrupted in this folder.

    model: compiled, as `compile_model` returns it.
    train, validation: DamagedPictures.
    name: of the model's files.   folder: of this training alone.
    epochs: in all, those of an interrupted training counted in.
    minutes: stop at the end of the epoch in which they are over; None: no limit.
    Returns the model with the weights that were best on the validation pictures, float32, and
    the history: a list of dicts, one per epoch, as in the csv file.
    Raises TrainingFolderError.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    last, best = folder / "last.keras", folder / "best.weights.h5"
    history_file = folder / f"{name}_history.csv"

    if last.exists():
        model = load_progress(last, model)
        history = read_history(history_file)
    else:
        history = []
    done = steps_done(model) // len(train)
    history = history[:done]
    write_history(history, history_file)
    train.epoch = done
    if done:
        print(f"going on after epoch {done} of {epochs} ({steps_done(model)} steps done)")

    model.fit(
        train,
        validation_data=validation,
        epochs=epochs,
        initial_epoch=done,
        shuffle=False,  # DamagedPictures does it, in a way that an interruption does not change
        verbose=0,
        callbacks=[
            KeepHistory(history, history_file, epochs, minutes),
            keras.callbacks.ModelCheckpoint(
                best,
                monitor="val_restored_mae",
                mode="min",
                save_best_only=True,
                save_weights_only=True,
                initial_value_threshold=min((r["val_mae"] for r in history), default=None),
            ),
            *callbacks,
            KeepProgress(last),
        ],
    )

    if best.exists():  # not when every epoch gave NaN
        model.load_weights(best)
    save_model(model, folder / name)
    plots.history(history).savefig(folder / f"{name}_history.png", dpi=100)
    if len(history) >= epochs:
        last.unlink(missing_ok=True)
    return with_precision(model, "float32"), history


def load_progress(path, model):
    """Read network and optimizer back, if they belong to the training that `model` starts."""
    found = keras.saving.load_model(path)
    same_network = found.to_json() == model.to_json()
    same_optimizer = found.optimizer.get_config() == model.optimizer.get_config()
    if not (same_network and same_optimizer):
        what = "length or learning rate" if same_network else "network or precision"
        raise TrainingFolderError(
            f"{path}: an unfinished training of another {what} lies here; "
            "give the settings it was started with, choose another folder, or delete this one."
        )
    return found


def steps_done(model):
    """How many times the optimizer has changed the weights."""
    return int(keras.ops.convert_to_numpy(model.optimizer.iterations))


class KeepProgress(keras.callbacks.Callback):
    """Write network and optimizer after each epoch; the file is complete or not there at all."""

    def __init__(self, path):
        super().__init__()
        self.path = path

    def on_epoch_end(self, epoch, logs=None):
        with whole(self.path) as part:
            self.model.save(part)


class KeepHistory(keras.callbacks.Callback):
    """Add a row to the history after each epoch, print it, and stop when the time is over."""

    def __init__(self, history, path, epochs, minutes):
        super().__init__()
        self.history, self.path, self.epochs = history, path, epochs
        self.deadline = np.inf if minutes is None else time.monotonic() + 60 * minutes

    def on_epoch_begin(self, epoch, logs=None):
        self.began = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        row = {
            "epoch": epoch + 1,
            "loss": logs["loss"],
            "mae": logs["restored_mae"],
            "val_loss": logs["val_loss"],
            "val_mae": logs["val_restored_mae"],
        }
        if "val_damage_iou" in logs:  # a network with a damage map
            row |= {"iou": logs["damage_iou"], "val_iou": logs["val_damage_iou"]}
        row["seconds"] = time.monotonic() - self.began
        self.history.append(row)
        write_history(self.history, self.path)
        iou = f" · damage-map IoU {row['val_iou']:.4f}" if "val_iou" in row else ""
        print(
            f"epoch {row['epoch']:3d} of {self.epochs} · loss {row['loss']:.4f} · "
            f"validation MAE {row['val_mae']:.5f}{iou} · {row['seconds']:.0f} s",
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


def write_history(history, path):
    """Write a list of dicts as csv."""
    with whole(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=history[0] if history else ["epoch"])
        writer.writeheader()
        for row in history:
            writer.writerow({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in row.items()})


def read_history(path):
    """The inverse of `write_history`; an empty list where there is no file."""
    path = Path(path)
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [
            {k: int(v) if k == "epoch" else float(v) for k, v in row.items()}
            for row in csv.DictReader(file)
        ]


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


def cifar10_batches(damage=segments, seed=0, number=None):
    """Training and validation batches of small pictures.

    damage: function (picture, rng) -> (damaged, mask).
    number: learn from the first so many pictures only; None: from all.
    """
    data = load_cifar10()
    print(data.source)
    return (
        DamagedPictures(data.train[:number], BATCH_SIZE, seed, damage=damage, workers=2),
        DamagedPictures(data.validation, 250, VALIDATION_SEED, fresh=False, damage=damage),
    )


def painting_batches(
    damage=segments, steps=CROP_STEPS, seed=0, number=None, crops=VALIDATION_CROPS, shadows=0
):
    """Training and validation batches of 192x192 crops of paintings.

    damage: function (picture, rng) -> (damaged, mask).   steps: training batches in an epoch.
    number: learn from the first so many paintings only; None: from all.
    crops: of each validation painting.   shadows: as for DamagedCrops.
    """
    training = load_paintings("train", number)
    crops = fixed_crops(load_paintings("validation", number), crops, VALIDATION_SEED)
    return (
        DamagedCrops(
            training, steps, CROP_BATCH_SIZE, seed, damage, workers=2, shadows=shadows
        ),
        DamagedPictures(crops, 16, VALIDATION_SEED, fresh=False, damage=damage),
    )


def model_name(size, damage):
    """unet_32x32, unet_192x192, and with _damages those that know more than segments."""
    return f"unet_{size}x{size}" + ("" if damage == "segments" else "_damages")


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(
        prog="python -m inpainting.train",
        description="Train the U-Net on damaged pictures, or go on with an interrupted training.",
    )
    parser.add_argument("--size", type=int, default=32, choices=list(EPOCHS),
                        help="side of the pictures: 32 takes CIFAR-10, 192 crops of paintings")
    parser.add_argument("--start", metavar="MODEL",
                        help="go on from a shipped model (unet_32x32), or the path of your own")
    parser.add_argument("--damage", choices=list(DAMAGES), default="segments")
    parser.add_argument("--epochs", type=int, help="default: 28, or 14 of 1,000 crops")
    parser.add_argument("--minutes", type=float, help="stop after the epoch in which they are over")
    parser.add_argument("--pictures", type=int, help="learn from the first so many only")
    parser.add_argument(
        "--widths",
        type=lambda text: tuple(int(n) for n in text.split(",")),
        default=WIDTHS,
        help="channels of steps 1 to 5, such as 32,32,48,64,64; not with --start",
    )
    parser.add_argument("--learning-rate", type=float, default=LEARNING_RATE, help="the highest")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--precision", choices=PRECISIONS, help="default: the faster")
    parser.add_argument("--all-devices", action="store_true",
                        help="share each batch among all GPUs")
    parser.add_argument("--folder", type=Path, default=MY_RUN)
    return parser.parse_args(arguments)


def main(arguments=None):
    settings = parse_arguments(arguments)
    keras.utils.set_random_seed(settings.seed)
    chosen = {
        "damage": DAMAGES[settings.damage], "seed": settings.seed, "number": settings.pictures
    }
    if settings.size == 32:
        train, validation = cifar10_batches(**chosen)
    else:
        train, validation = painting_batches(**chosen, shadows=SHADOWS[settings.damage])
    epochs = settings.epochs or EPOCHS[settings.size]
    precision = settings.precision or faster_to_train(settings.size, train.batch_size)
    print(f"{len(train.pictures)} pictures, {len(train)} steps an epoch, {precision}")
    devices = all_devices() if settings.all_devices else contextlib.nullcontext()
    with devices:
        network = load_model(settings.start) if settings.start else build_unet(settings.widths)
        model = with_precision(network, precision)
        compile_model(model, epochs * len(train), settings.learning_rate)
        fit(
            model, train, validation, model_name(settings.size, settings.damage),
            settings.folder, epochs, settings.minutes,
        )


if __name__ == "__main__":
    with ended_in_one_line():
        main()
