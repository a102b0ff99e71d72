"""What the damage generator costs: an epoch with fresh damage against one on stored arrays.

    python tools/experiments/bench.py      (make bench)

Prints the time to damage a batch of 128 pictures, the time the network needs to train on it, and
the two epoch times with their ratio. The network and its precision are those of the training. Then,
how many crops of 192x192 pixels a second the loader of finder, filler and cleaner makes, by the
number of its processes.
"""

import functools
import multiprocessing
import os
import statistics
import time
from concurrent.futures import ProcessPoolExecutor

import keras
import numpy as np

from inpainting.damage import DamagedPictures, damage_batch
from inpainting.data import numbered_images, offline_sample
from inpainting.find_and_fill.crops import Crops
from inpainting.find_and_fill.train import NETWORKS
from inpainting.models import with_precision
from inpainting.pictures import as_stored, read_picture
from inpainting.train import BATCH_SIZE, faster_to_train
from inpainting.unet import build_unet, compile_model

ROUNDS = 3
CROP_BATCHES = 12


class Stored(keras.utils.PyDataset):
    """The batches of another dataset, made beforehand."""

    def __init__(self, dataset):
        super().__init__(workers=dataset.workers)
        self.batches = [dataset[i] for i in range(len(dataset))]

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, index):
        return self.batches[index]


def seconds(action):
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


@functools.cache
def painting():
    return as_stored(read_picture(numbered_images()[0]), "uint8")


def prepare(network, index):
    """Make one batch of eight crops; return their number."""
    return len(Crops([painting()], NETWORKS[network][2], CROP_BATCHES, 8, 192)[index][0])


def crops_a_second(network, processes):
    networks, indices = [network] * CROP_BATCHES, range(CROP_BATCHES)
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        list(pool.map(prepare, networks, indices))  # the first ones also import everything
        took = seconds(lambda: list(pool.map(prepare, networks, indices)))
    return 8 * CROP_BATCHES / took


def bench_loader():
    for network in NETWORKS:
        for processes in sorted({1, 2, os.cpu_count()}):
            rate = crops_a_second(network, processes)
            print(f"{network}, {processes} processes: {rate:.0f} crops a second")


def main():
    pictures = offline_sample().train[: 40 * 128]
    rng = np.random.default_rng(0)
    batch = statistics.median(seconds(lambda: damage_batch(pictures[:128], rng)) for _ in range(20))

    precision = faster_to_train()
    fresh = DamagedPictures(pictures, BATCH_SIZE, workers=2)
    stored = Stored(fresh)
    model = compile_model(with_precision(build_unet(), precision), steps=10_000)
    model.fit(stored, epochs=1, verbose=0)  # the first epoch also compiles

    times = {"fresh damage": [], "stored arrays": []}
    for _ in range(ROUNDS):  # in turn, so that a change of the machine's speed hits both
        times["fresh damage"].append(seconds(lambda: model.fit(fresh, epochs=1, verbose=0)))
        times["stored arrays"].append(seconds(lambda: model.fit(stored, epochs=1, verbose=0)))
    medians = {name: statistics.median(values) for name, values in times.items()}

    per_batch = medians["stored arrays"] * 128 / len(pictures)
    print(f"{len(pictures)} pictures, batches of {BATCH_SIZE}, {precision}, median of {ROUNDS}")
    print(f"128 pictures: to damage {1000 * batch:.1f} ms; to train on {1000 * per_batch:.0f} ms")
    for name, value in medians.items():
        print(f"epoch with {name}: {value:.1f} s")
    print(f"ratio: {medians['fresh damage'] / medians['stored arrays']:.3f}")


if __name__ == "__main__":
    main()
    bench_loader()
