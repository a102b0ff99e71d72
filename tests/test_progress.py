"""The folder of a training: nothing lost, nothing mixed, nothing half-written."""

import errno
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from conftest import assert_one_sentence, noise, smallest_network

from inpainting import progress, train
from inpainting.damage import DamagedPictures, segments
from inpainting.models import load_model
from inpainting.progress import (
    TrainingFiles, TrainingFolderError, alone, free_folder, read_history, stored_precision,
    write_history,
)
from inpainting.unet import compile_model


def thin(picture, rng):
    return segments(picture, rng, thickness=(1, 1))


def fit(
    folder, epochs=2, minutes=None, learning_rate=1e-2, number=16, network=None, settings=None,
    training=None, **options,
):
    training = training or DamagedPictures(noise(number, 16, 16, 3, kind="float32"), **(
        {"batch_size": 8} | options))
    validation = DamagedPictures(noise(8, 16, 16, 3, kind="float32"), 8, fresh=False)
    model = compile_model(network or smallest_network(), 4, learning_rate)
    model.run_eagerly = True  # saves the seconds that compiling takes
    return train.fit(
        model, training, validation, "small", folder, epochs, minutes, settings=settings)


def content(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def two_trainings(tmp_path_factory):
    """The folders of an unfinished training and of a finished one."""
    folders = tmp_path_factory.mktemp("unfinished"), tmp_path_factory.mktemp("finished")
    fit(folders[0], minutes=0)
    fit(folders[1])
    return folders


def wider():
    damaged = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(5, 1)(damaged)
    return keras.Model(damaged, {
        "restored": keras.layers.Conv2D(3, 1, name="restored")(x),
        "damage": keras.layers.Conv2D(1, 1, activation="sigmoid", name="damage")(x),
    })


def frozen():
    network = smallest_network()
    network.get_layer("damage").trainable = False
    return network


def in_bfloat16():
    network = smallest_network()
    config = network.get_config()
    config["layers"][1]["config"]["dtype"] = "mixed_bfloat16"
    return keras.Model.from_config(config)


@pytest.mark.parametrize("other, words", [
    ({"damage": thin}, "training damage segments there, thin here"),
    ({"seed": 3}, "training seed 0 there, 3 here"),
    ({"number": 24}, "training pictures"),
    ({"batch_size": 4}, "training batch size 8 there, 4 here"),
    ({"epochs": 3}, "epochs 2 there, 3 here"),
    ({"learning_rate": 1e-3}, "learning rate warmup target 0.01 there, 0.001 here"),
    ({"network": wider}, "channels"),
    ({"network": frozen}, "trainable 4 there, 2 here"),
    ({"network": in_bfloat16}, "precision float32 there, mixed_bfloat16 here"),
], ids=lambda value: value if isinstance(value, str) else ", ".join(value))
@pytest.mark.parametrize("state", [0, 1], ids=["unfinished", "finished"])
def test_a_training_with_other_settings_is_refused_and_told_what_differs(
    two_trainings, state, other, words
):
    before = content(two_trainings[state])
    if "network" in other:
        other = {"network": other["network"]()}
    with pytest.raises(TrainingFolderError) as error:
        fit(two_trainings[state], **other)
    assert_one_sentence(error, words, str(two_trainings[state]), "another folder")
    assert content(two_trainings[state]) == before


def test_what_only_the_command_knows_is_compared_too(tmp_path):
    fit(tmp_path, minutes=0, settings={"start": "random"})
    with pytest.raises(TrainingFolderError, match="start random there, 12ab here"):
        fit(tmp_path, settings={"start": "12ab"})
    fit(tmp_path, settings={"start": "random"})


def test_a_finished_training_says_so_and_stays_as_it_is(two_trainings, capsys):
    before = content(two_trainings[1])
    model, history = fit(two_trainings[1])
    assert "this training is finished" in capsys.readouterr().out
    assert content(two_trainings[1]) == before
    assert [row["epoch"] for row in history] == [1, 2]
    loaded = load_model(two_trainings[1] / "small").get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), loaded))


def test_a_model_that_came_from_elsewhere_is_not_overwritten(two_trainings, tmp_path):
    for file in two_trainings[1].glob("small.*"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    before = content(tmp_path)
    with pytest.raises(TrainingFolderError) as error:
        fit(tmp_path)
    assert_one_sentence(error, "small", str(tmp_path))
    assert content(tmp_path) == before


def test_the_optimizer_state_survives(two_trainings):
    found = keras.saving.load_model(two_trainings[0] / "small_last.keras")
    assert train.steps_done(found) == 2
    moments = [v for v in found.optimizer.variables if "momentum" in v.path or "velocity" in v.path]
    assert len(moments) == 2 * len(found.trainable_variables)
    assert all(np.abs(keras.ops.convert_to_numpy(v)).max() > 0 for v in moments)


def test_a_second_training_is_told_of_the_first(tmp_path):
    with alone(tmp_path):
        with pytest.raises(TrainingFolderError) as error:
            fit(tmp_path)
        assert_one_sentence(error, "another training", str(tmp_path))
        assert not list(tmp_path.iterdir())
    fit(tmp_path, minutes=0)


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(TrainingFolderError) as error:
        fit(tmp_path / "file")
    assert_one_sentence(error, str(tmp_path / "file"), "cannot be written to")


def test_a_full_disk_ends_the_training_in_one_sentence_and_keeps_the_last_progress(
    tmp_path, monkeypatch
):
    fit(tmp_path, minutes=0)
    before = content(tmp_path)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(train, "write_history", full)
    with pytest.raises(TrainingFolderError) as error:
        fit(tmp_path)
    assert_one_sentence(error, str(tmp_path), "No space left on device")
    assert content(tmp_path) == before


class NotANumberFrom(DamagedPictures):
    """Targets that are NaN from an epoch on."""

    first = 0

    def __getitem__(self, index):
        damaged, targets = super().__getitem__(index)
        if self.epoch >= self.first:
            targets["restored"] = targets["restored"] * np.float32(np.nan)
        return damaged, targets


def test_nan_stops_the_training_and_the_best_weights_stay(tmp_path):
    training = NotANumberFrom(noise(16, 16, 16, 3, kind="float32"), 8)
    training.first = 1
    with pytest.raises(train.NotANumberError) as error:
        fit(tmp_path, epochs=4, training=training)
    assert_one_sentence(error, "epoch 2", str(tmp_path), "learning rate")
    assert [row["epoch"] for row in read_history(tmp_path / "small_history.csv")] == [1]
    assert all(np.isfinite(w).all() for w in load_model(tmp_path / "small").get_weights())
    last = keras.saving.load_model(tmp_path / "small_last.keras")
    assert all(np.isfinite(w).all() for w in last.get_weights())


def test_nan_in_the_first_epoch_leaves_the_folder_free(tmp_path):
    training = NotANumberFrom(noise(16, 16, 16, 3, kind="float32"), 8)
    with pytest.raises(train.NotANumberError, match="epoch 1"):
        fit(tmp_path, training=training)
    fit(tmp_path, minutes=0, learning_rate=1e-3)


def test_half_written_files_of_a_killed_training_are_removed(two_trainings, tmp_path):
    for file in two_trainings[1].iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    before = content(tmp_path)
    for name in ("part_small_last.keras", "part_small.json", "small_best.weights.h5"):
        (tmp_path / name).write_bytes(b"half")
    for name in ("part_other.png", "part_small_notes.txt", "mine.txt"):
        (tmp_path / name).write_bytes(b"of somebody else")
        before[name] = b"of somebody else"
    fit(tmp_path)
    assert content(tmp_path) == before


@pytest.mark.parametrize("finished, name, damaged", [
    (False, "small_last.keras", b"half"), (False, "small_settings.json", b"half"),
    (False, "small_settings.json", None), (False, "small_history.csv", b"half\n1"),
    (False, "small_history.csv", None), (False, "small_best.weights.h5", None),
    (True, "small_history.csv", None),
])
def test_damaged_progress_is_said_in_one_sentence(
    two_trainings, tmp_path, finished, name, damaged
):
    for file in two_trainings[finished].iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    if damaged is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(damaged)
    before = content(tmp_path)
    with pytest.raises(TrainingFolderError) as error:
        fit(tmp_path)
    assert_one_sentence(error, "small", str(tmp_path))
    assert content(tmp_path) == before


def test_a_disk_that_is_nearly_full_is_noticed_before_the_weights_are_written(
    tmp_path, monkeypatch
):
    wanted = []

    class Full:
        def __init__(self, dir):
            assert Path(dir) == tmp_path

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def write(self, data):
            wanted.append(len(data))
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(progress.tempfile, "TemporaryFile", Full)
    with pytest.raises(TrainingFolderError) as error:
        fit(tmp_path)
    assert_one_sentence(error, str(tmp_path), "No space left", "make room there")
    assert wanted[0] > 10**6
    assert [path.name for path in tmp_path.iterdir()] == ["small_settings.json"]


def test_settings_that_are_no_json_do_not_hide_the_precision(tmp_path):
    files = TrainingFiles(tmp_path, "small")
    assert stored_precision(files) is None
    files.settings.write_text("[]")
    assert stored_precision(files) is None  # no epoch is complete
    files.last.touch()
    with pytest.raises(TrainingFolderError) as error:
        stored_precision(files)
    assert_one_sentence(error, "small")


def test_the_settings_can_be_read_by_people(two_trainings):
    settings = json.loads((two_trainings[0] / "small_settings.json").read_text())
    assert settings["training damage"] == "segments" and settings["training seed"] == 0
    assert settings["precision"] == "float32" and settings["channels"] == "1-3"
    assert not any(isinstance(value, dict) for value in settings.values())


def test_a_history_comes_back_from_its_file(tmp_path):
    history = [{"epoch": 1, "loss": 0.123456789}, {"epoch": 2, "loss": 1e-7}]
    write_history(history, tmp_path / "history.csv")
    assert read_history(tmp_path / "history.csv") == [
        {"epoch": 1, "loss": 0.123457}, {"epoch": 2, "loss": 1e-7}]
    assert read_history(tmp_path / "none.csv") == []


@pytest.mark.slow
def test_a_killed_process_goes_on(tmp_path):
    """SIGKILL in the middle of an epoch: the same command then ends with every step done."""
    command = [
        sys.executable, "-m", "inpainting.train", "--pictures", "640", "--epochs", "3",
        "--widths", "4,4,4,4,4", "--precision", "float32", "--folder", str(tmp_path),
    ]
    nowhere = {"INPAINTING_DATA": str(tmp_path / "no data"), "KERAS_HOME": str(tmp_path)}
    run = {"env": os.environ | nowhere, "text": True}
    quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **quiet, **run) as first:
        for line in first.stdout:
            if line.startswith("epoch   1"):  # its progress is on the disk
                first.send_signal(signal.SIGKILL)
                break
    assert first.wait() == -signal.SIGKILL
    second = subprocess.run(command, capture_output=True, check=True, **run)
    epoch, steps = re.search(r"going on after epoch (\d) of 3 \((\d+) steps", second.stdout).groups()
    assert epoch in "12" and int(steps) == 20 * int(epoch)
    assert [r["epoch"] for r in read_history(tmp_path / "unet_32x32_history.csv")] == [1, 2, 3]


def test_a_notebook_trains_where_nothing_is_finished(tmp_path):
    folder = tmp_path / "run"
    assert free_folder(folder, "small") == folder
    fit(folder, minutes=0)
    assert free_folder(folder, "small") == folder, "an interrupted training goes on"
    fit(folder)
    assert free_folder(folder, "small") == tmp_path / "run_2"
    assert free_folder(folder, "other") == folder


def test_steps_that_change_nothing_are_not_taken_for_an_epoch_that_is_missing(tmp_path):
    """In float16 a step whose gradient is too large is left out."""
    fit(tmp_path, number=40, minutes=0)
    last = tmp_path / "small_last.keras"
    model = keras.saving.load_model(last)
    model.optimizer.iterations.assign_sub(1)
    model.save(last)
    _, history = fit(tmp_path, number=40)
    assert [row["epoch"] for row in history] == [1, 2]
