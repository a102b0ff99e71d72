"""What depends on the machine."""

import re
import subprocess
import sys
import time

import keras
import pytest
from conftest import assert_one_sentence

from inpainting import machine
from inpainting.checks import InputError
from inpainting.machine import PRECISIONS, faster_precision, progress_bar
from inpainting.models import load_model
from inpainting.unet import build_unet


def test_a_progress_bar_appears_when_it_takes_longer(capsys):
    for _ in progress_bar([1, 2], desc="waiting", unit="painting"):
        time.sleep(1.1)
    shown = capsys.readouterr()
    assert "waiting" in shown.out and "1/2" in shown.out and shown.err == ""


@pytest.mark.parametrize("chosen, gpus, short", [
    (None, 0, True), (None, 1, False), (True, 1, True), (False, 0, False),
])
def test_a_notebook_is_short_without_a_gpu_or_when_told(monkeypatch, capsys, chosen, gpus, short):
    monkeypatch.setattr(machine, "gpu_count", lambda: gpus)
    monkeypatch.setitem(sys.modules, "google.colab", object())
    assert machine.short_run(chosen) == short
    said = capsys.readouterr().out
    assert ("short run" in said) == short and ("Runtime" in said) == (gpus == 0)


@pytest.mark.parametrize("faster", PRECISIONS)
def test_the_faster_precision_is_measured_without_the_first_call(faster):
    def prepare(precision):
        seconds = iter([0.2 if precision == faster else 0])  # the first call compiles

        def work():
            time.sleep(next(seconds, 0.01 if precision == faster else 0.05))

        return work

    assert faster_precision(prepare, 2) == faster


def test_mixed_precision_is_given_up_as_soon_as_it_is_behind():
    called = []

    def prepare(precision):
        called.append(precision)
        return lambda: (called.append(precision), time.sleep(0.2 * (precision != "float32")))

    assert faster_precision(prepare, 5) == "float32"
    assert called == ["float32"] * 7 + ["mixed_bfloat16"] * 3  # prepared, compiled, timed


def test_other_backends_cannot_share_a_batch(monkeypatch):
    monkeypatch.setattr(machine.keras.backend, "backend", lambda: "torch")
    with pytest.raises(InputError) as error:
        machine.all_devices()
    assert_one_sentence(error, "--all-devices", "torch")


TWO_DEVICES = """
import numpy as np
{setup}
from inpainting import machine, train
from inpainting.damage import DamagedPictures
from inpainting.unet import build_unet, compile_model
pictures = np.random.default_rng(0).uniform(0, 1, (32, 16, 16, 3)).astype(np.float32)
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


@pytest.mark.slow
@pytest.mark.skipif(keras.backend.backend() not in TWO_CPUS, reason="no data parallelism in torch")
def test_two_devices_share_a_batch(tmp_path):
    code = TWO_DEVICES.format(setup=TWO_CPUS[keras.backend.backend()], folder=str(tmp_path))
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr[-2000:]
    assert re.search("training on 2 (CPU )?devices", result.stdout)
    assert "epoch   1 of 1" in result.stdout
    assert load_model(tmp_path / "two").count_params() == build_unet((4, 4, 4, 4, 4)).count_params()
