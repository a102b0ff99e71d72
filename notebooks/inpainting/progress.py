"""The folder of a training: its files, its lock, its settings, and how far it has come."""

import contextlib
import csv
import hashlib
import itertools
import json
import tempfile
from pathlib import Path

import keras
import numpy as np

from .checks import InputError
from .files import half_of, locked, whole
from .models import ENDINGS

LISTED = 4  # differences that a message names


class TrainingFolderError(InputError):
    """A folder cannot be used for this training: it is in use, or holds another one."""


class TrainingFiles:
    """Where the files of one training lie: <folder>/<name>... Several names can share a folder.

    model: path without ending, as for `save_model`.
    settings: what the training is made of.
    last: network and optimizer after the last complete epoch; not there when it is finished.
    best: the weights with the lowest validation MAE so far; not there when it is finished.
    history, figure: one row per epoch, and drawn.
    """

    def __init__(self, folder, name):
        self.folder, self.name = Path(folder), name
        self.model = self.folder / name
        self.settings, self.last, self.best, self.history, self.figure = (
            self.folder / f"{name}{ending}"
            for ending in (
                "_settings.json", "_last.keras", "_best.weights.h5", "_history.csv", "_history.png"
            )
        )

    def has_model(self):
        return self.model.with_name(f"{self.name}.sha256").exists()


def free_folder(folder, name):
    """The first of <folder>, <folder>_2, <folder>_3 ... in which no training of `name` has ended.

    There a new training can begin, or an interrupted one go on; a finished one is left alone.
    """
    folder = Path(folder)
    for number in itertools.count(1):
        place = folder if number == 1 else folder.with_name(f"{folder.name}_{number}")
        files = TrainingFiles(place, name)
        if files.last.exists() or not files.has_model():
            return place


@contextlib.contextmanager
def alone(folder):
    """Keep other trainings out of a folder, which is made if it does not exist.

    Raises TrainingFolderError where another training is at it.
    """
    with written_in(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with locked(folder) as mine:
        if mine is False:
            raise TrainingFolderError(
                f"another training is running in '{folder}'; "
                "wait for its end, or choose another folder."
            )
        yield


@contextlib.contextmanager
def written_in(folder):
    """Raise TrainingFolderError where what is done inside this block cannot write to a folder."""
    try:
        yield
    except OSError as error:
        raise TrainingFolderError(
            f"'{folder}' cannot be written to ({error.strerror or error}); "
            "make room there, or choose another folder."
        ) from error


def check_room(model, folder):
    """Raise OSError where network and optimizer do not fit into a folder twice, by writing as much.

    HDF5 would end Python itself when the disk gets full.
    """
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(bytes(2 * 3 * 4 * model.count_params() + 10**6))  # Adam keeps two more of each


def remove_leftovers(files):
    """Remove what a killed training left half-written, or did not come to remove."""
    models = (files.model.with_name(files.name + ending) for ending in ENDINGS)
    for file in (files.settings, files.last, files.best, files.history, files.figure, *models):
        half_of(file).unlink(missing_ok=True)
    if not files.last.exists():
        files.best.unlink(missing_ok=True)


def training_settings(model, train, validation, epochs, others=None):
    """What decides how a training comes out, as {name: number or text}.

    model: compiled.   train, validation: keras.utils.PyDataset; what counts are their attributes.
    epochs: in all.   others: dict of what cannot be seen here, such as where the weights come from.
    """
    precisions = {layer.dtype_policy.name for layer in model.layers} - {"float32"}
    settings = (others or {}) | {
        "epochs": epochs,
        "channels": "-".join(str(n.filters) for n in model.layers if hasattr(n, "filters")),
        "precision": precisions.pop() if precisions else "float32",
        "trainable": len(model.trainable_variables),
        "training": fed(train),
        "validation": fed(validation),
        "compiled": model.get_compile_config(),
    }
    return dict(flat(json.loads(json.dumps(settings))))


def fed(batches):
    """The attributes that decide what a PyDataset feeds: {name: number, text or checksum}."""
    return {
        name: plain(value) for name, value in vars(batches).items()
        if not name.startswith("_") and name != "epoch"
    } | {"batches": len(batches)}


def plain(value):
    """A number or text as it is, a function by its name, pictures by a checksum."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if callable(value):
        return getattr(value, "__name__", type(value).__name__)
    if isinstance(value, (list, tuple, np.ndarray)):
        digest = hashlib.sha256()
        for part in value:
            digest.update(np.ascontiguousarray(part))
        return digest.hexdigest()[:16]
    return type(value).__name__


def flat(settings, path=()):
    """Yield (name, value) of nested settings; "config", a level that Keras puts in, is left out."""
    for key, value in settings.items():
        here = path if key == "config" else (*path, key)
        if isinstance(value, dict):
            yield from flat(value, here)
        else:
            yield " ".join(here).replace("_", " "), value


def check_settings(files, settings):
    """Raise TrainingFolderError unless the training that lies here was started with these."""
    there = json.loads(files.settings.read_text(encoding="utf-8"))
    differ = [
        f"{name} {there[name]} there, {value} here"
        for name, value in settings.items() if name in there and there[name] != value
    ]
    if differ:
        raise TrainingFolderError(
            f"'{files.folder}' holds a training of {files.name} with other settings "
            f"({', '.join(differ[:LISTED])}); give the settings it was started with, "
            "choose another folder, or delete its files."
        )


def stored_precision(files):
    """The precision of the training that lies here; None where no epoch of one is complete."""
    if not files.settings.exists() or not (files.last.exists() or files.has_model()):
        return None
    with readable(files):
        return json.loads(files.settings.read_text(encoding="utf-8"))["precision"]


def write_settings(files, settings):
    with whole(files.settings) as part:
        part.write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")


def read_progress(files, settings, batches):
    """The training that lies in a folder, if it is the one that is to go on there.

    settings: of the latter, from `training_settings`.   batches: of an epoch.
    Returns the compiled network after the last complete epoch (None where none was completed, or
    the training is finished), and the history: a list of dicts.
    Raises TrainingFolderError.
    """
    if not files.last.exists() and not files.has_model():
        return None, []
    if not files.settings.exists():
        raise TrainingFolderError(
            f"'{files.folder}' holds a model {files.name}, but not the settings of its training; "
            "choose another folder, or move that model away."
        )
    with readable(files):
        check_settings(files, settings)
        history = read_history(files.history)
        if not files.last.exists():
            if len(history) < settings["epochs"]:
                raise FileNotFoundError(files.last)
            return None, history
        model = keras.saving.load_model(files.last)
        done = round(steps_done(model) / batches)  # in float16 a few steps change nothing
        history = history[:done]  # a kill may have come between two files
        if [row["epoch"] for row in history] != list(range(1, done + 1)):
            raise ValueError("the history does not belong to the network")
        if not files.best.exists():
            raise FileNotFoundError(files.best)
        return model, history


@contextlib.contextmanager
def readable(files):
    """Raise TrainingFolderError where what is done inside this block cannot read the files."""
    try:
        yield
    except TrainingFolderError:
        raise
    except Exception as error:  # Keras raises many types
        raise TrainingFolderError(
            f"'{files.folder}' holds a training of {files.name} whose files are damaged or do not "
            f"belong together ({type(error).__name__}); delete them, or choose another folder."
        ) from error


def steps_done(model):
    """How many times the optimizer has changed the weights."""
    return int(keras.ops.convert_to_numpy(model.optimizer.iterations))


def write_history(history, path):
    """Write a list of dicts as csv."""
    with whole(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=history[0])
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
