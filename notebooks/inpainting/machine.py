"""What depends on the machine: its GPUs, the faster precision, progress on its screen."""

import math
import sys
import time

import keras
from tqdm import tqdm

from .checks import InputError


def gpu_count():
    """How many GPUs the backend of Keras can compute on."""
    if keras.backend.backend() == "torch":
        import torch

        return torch.cuda.device_count()
    return sum(not name.startswith("cpu") for name in keras.distribution.list_devices())


def short_run(fast):
    """Whether a notebook makes its short run: `fast`, or if that is None, whether there is no GPU.

    Prints what was chosen, and in Google Colab how to get a GPU where there is none.
    """
    gpus = gpu_count()
    fast = gpus == 0 if fast is None else fast
    print(f"{gpus} GPU(s) · {'short run' if fast else 'full run'}")
    if not gpus and "google.colab" in sys.modules:
        print("To get a GPU: Runtime > Change runtime type > T4 GPU, then run all cells again.")
    return fast


def all_devices():
    """A context in which a model is built and trained on all GPUs of the machine at once.

    Each device computes a part of every batch (data parallelism), by TensorFlow's
    MirroredStrategy or by Keras' DataParallel on JAX. Without a GPU, the logical CPU devices.
    Raises InputError on another backend.
    """
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        kind = "GPU" if tf.config.list_logical_devices("GPU") else "CPU"
        devices = [device.name for device in tf.config.list_logical_devices(kind)]
        print(f"training on {len(devices)} {kind} devices")
        return tf.distribute.MirroredStrategy(devices).scope()
    if keras.backend.backend() == "jax":
        devices = keras.distribution.list_devices()
        print(f"training on {len(devices)} devices: {', '.join(devices)}")
        return keras.distribution.DataParallel(devices=devices, auto_shard_dataset=False).scope()
    raise InputError(
        f"--all-devices needs the tensorflow or jax backend, not {keras.backend.backend()}; "
        "set KERAS_BACKEND, or leave the flag out."
    )


PRECISIONS = "float32", "mixed_bfloat16"


def faster_precision(prepare, repeats):
    """Do a piece of work in each precision; return the name of the one that was faster.

    In mixed precision the convolutions compute with 16-bit numbers and the weights keep 32 bits
    (Micikevicius et al., arXiv 1710.03740). Some machines gain from it; processors without 16-bit
    arithmetic lose a factor of ten when they train, so it is given up as soon as it is behind.

    prepare: function that takes a precision and returns the work, a function of no arguments.
    repeats: how often the work is timed.
    """
    def seconds(precision, most=math.inf):
        work = prepare(precision)
        work()  # the first call also compiles
        began, passed = time.monotonic(), 0
        for _ in range(repeats):
            work()
            passed = time.monotonic() - began
            if passed > most:
                break
        return passed

    float32 = seconds("float32")
    return "mixed_bfloat16" if seconds("mixed_bfloat16", float32) < float32 else "float32"


def progress_bar(items=None, **options):
    """tqdm's progress bar, which appears after a second and goes away at the end.

    It writes to the standard output: a notebook shows what comes from the other one, as an error,
    on red.
    """
    return tqdm(items, delay=1, leave=False, file=sys.stdout, **options)
