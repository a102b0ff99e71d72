"""The training, on a network so narrow that it takes seconds."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from inpainting import machine, train
from inpainting.damage import DamagedPictures
from inpainting.models import load_model
from inpainting.unet import build_unet, compile_model

NOTEBOOKS = Path(train.__file__).resolve().parents[1]
PICTURES = np.random.default_rng(0).uniform(0, 1, (64, 32, 32, 3)).astype(np.float32)
EPOCHS = 4


def datasets():
    return (
        DamagedPictures(PICTURES, batch_size=16, workers=2),
        DamagedPictures(PICTURES[:16], batch_size=16, fresh=False),
    )


def new_model(learning_rate=1e-2, widths=(4, 4, 4, 4, 4)):
    keras.utils.set_random_seed(0)
    return compile_model(build_unet(widths), steps=4 * EPOCHS, learning_rate=learning_rate)


def fit(folder, minutes=None, epochs=EPOCHS, **model_settings):
    return train.fit(
        new_model(**model_settings), *datasets(), "small", folder, epochs, minutes=minutes)


def test_training_lowers_the_loss_and_leaves_a_model_and_its_history(tmp_path):
    model, history = fit(tmp_path)
    assert [row["epoch"] for row in history] == [1, 2, 3, 4]
    assert history[-1]["loss"] < history[0]["loss"]
    assert train.read_history(tmp_path / "small_history.csv")[-1]["val_mae"] == pytest.approx(
        history[-1]["val_mae"], rel=1e-4)
    loaded = load_model(tmp_path / "small")
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), loaded.get_weights()))
    with h5py.File(tmp_path / "small.weights.h5") as file:
        assert "optimizer" not in file
    assert not (tmp_path / "last.keras").exists()
    assert (tmp_path / "small_history.png").stat().st_size > 5000


def test_the_kept_weights_are_those_of_the_best_epoch(tmp_path):
    model, history = fit(tmp_path)
    _, validation = datasets()
    compile_model(model, steps=1)
    mae = model.evaluate(validation, verbose=0, return_dict=True)["restored_mae"]
    assert mae == pytest.approx(min(row["val_mae"] for row in history), rel=1e-4)


def test_an_interrupted_training_ends_like_one_that_was_not(tmp_path, capsys):
    """Same steps, same data, same optimizer state: so the same weights."""
    whole, history = fit(tmp_path / "whole")
    for _ in range(EPOCHS):  # one epoch at a time
        parts, history_of_parts = fit(tmp_path / "parts", minutes=0)
    assert "going on after epoch 3 of 4 (12 steps done)" in capsys.readouterr().out
    assert [row["epoch"] for row in history_of_parts] == [1, 2, 3, 4]
    for one, two in zip(whole.get_weights(), parts.get_weights()):
        assert np.allclose(one, two, atol=1e-5)


def test_the_optimizer_state_survives(tmp_path):
    fit(tmp_path, minutes=0)
    found = train.load_progress(tmp_path / "last.keras", new_model())
    assert train.steps_done(found) == 4
    moments = [v for v in found.optimizer.variables if "momentum" in v.path or "velocity" in v.path]
    assert len(moments) == 2 * len(found.trainable_variables)
    assert all(np.abs(keras.ops.convert_to_numpy(v)).max() > 0 for v in moments)


@pytest.mark.parametrize("other", [{"widths": (4, 4, 4, 4, 8)}, {"learning_rate": 1e-3}])
def test_a_folder_with_another_training_is_refused(tmp_path, other):
    fit(tmp_path, minutes=0)
    with pytest.raises(train.TrainingFolderError, match="another folder"):
        fit(tmp_path, **other)


def test_a_killed_process_goes_on(tmp_path):
    """SIGKILL in the middle of an epoch: the same command then ends with every step done."""
    command = [
        sys.executable, "-m", "inpainting.train", "--pictures", "640", "--epochs", "3",
        "--widths", "4,4,4,4,4", "--precision", "float32", "--folder", str(tmp_path),
    ]
    environment = os.environ | {"INPAINTING_DATA": str(tmp_path / "no data"), "KERAS_HOME": str(tmp_path)}
    run = {"cwd": NOTEBOOKS, "env": environment, "text": True}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **run) as first:
        for line in first.stdout:
            if line.startswith("epoch   1"):
                while not (tmp_path / "last.keras").exists():
                    time.sleep(0.01)
                first.send_signal(signal.SIGKILL)
                break
    assert first.wait() == -signal.SIGKILL
    assert not (tmp_path / "unet_32x32.json").exists()
    second = subprocess.run(command, capture_output=True, check=True, **run)
    epoch, steps = re.search(r"going on after epoch (\d) of 3 \((\d+) steps", second.stdout).groups()
    assert epoch in "12" and int(steps) == 20 * int(epoch)
    assert [r["epoch"] for r in train.read_history(tmp_path / "unet_32x32_history.csv")] == [1, 2, 3]


TWO_DEVICES = """
import numpy as np
{setup}
from inpainting import machine, train
from inpainting.damage import DamagedPictures
from inpainting.unet import build_unet, compile_model
pictures = np.random.default_rng(0).uniform(0, 1, (32, 32, 32, 3)).astype(np.float32)
data = DamagedPictures(pictures, batch_size=16)
with machine.all_devices():
    model = compile_model(build_unet((4, 4, 4, 4, 4)), steps=2)
    train.fit(model, data, DamagedPictures(pictures, 16, fresh=False), "two", {folder!r}, epochs=1)
"""


TWO_CPUS = {
    "tensorflow": "import tensorflow as tf\n"
    "cpu = tf.config.list_physical_devices('CPU')[0]\n"
    "two = [tf.config.LogicalDeviceConfiguration()] * 2\n"
    "tf.config.set_logical_device_configuration(cpu, two)",
    "jax": "import os\nos.environ['XLA_FLAGS'] = '--xla_force_host_platform_device_count=2'",
}


@pytest.mark.skipif(keras.backend.backend() not in TWO_CPUS, reason="no data parallelism in torch")
def test_two_devices_share_a_batch(tmp_path):
    code = TWO_DEVICES.format(setup=TWO_CPUS[keras.backend.backend()], folder=str(tmp_path))
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=NOTEBOOKS, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr[-2000:]
    assert re.search("training on 2 (CPU )?devices", result.stdout)
    assert "epoch   1 of 1" in result.stdout
    assert load_model(tmp_path / "two").count_params() == build_unet((4, 4, 4, 4, 4)).count_params()


def test_the_faster_precision_is_one_of_two():
    assert train.faster_to_train(batch_size=2, steps=1) in ("float32", "mixed_bfloat16")


@pytest.mark.parametrize("chosen, gpus, short", [
    (None, 0, True), (None, 1, False), (True, 1, True), (False, 0, False),
])
def test_a_notebook_is_short_without_a_gpu_or_when_told(monkeypatch, capsys, chosen, gpus, short):
    monkeypatch.setattr(machine, "gpu_count", lambda: gpus)
    monkeypatch.setitem(sys.modules, "google.colab", object())
    assert machine.short_run(chosen) == short
    said = capsys.readouterr().out
    assert ("short run" in said) == short and ("Runtime" in said) == (gpus == 0)
