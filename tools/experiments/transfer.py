"""Two experiments on transfer learning, in trainings that are all of the same length.

    python tools/experiments/transfer.py      (make transfer)

From 32 to 192: random weights, or those of unet_32x32 with the encoder frozen, or with all layers
in small steps. Writes Model_data/transfer_<way>.csv, a row for every STEPS steps.

Forgetting: unet_192x192, trained on mixed damage with and without plain segments. Writes
Model_data/rehearsal.json, the PSNR inside the damage of the validation crops.

It needs the real paintings.
"""

import json
import shutil
from pathlib import Path

import keras
import numpy as np

from inpainting.crops import fixed_crops
from inpainting.damage import damage_batch, segments
from inpainting.damage_kinds import KINDS, mixed
from inpainting.data import load_paintings
from inpainting.metrics import score
from inpainting.models import MODEL_DATA, load_model, with_precision
from inpainting.tiles import restore_batch
from inpainting.train import (
    CROP_BATCH_SIZE, VALIDATION_CROPS, VALIDATION_SEED, faster_to_train, fit, painting_batches,
)
from inpainting.transfer import three_ways
from inpainting.unet import LEARNING_RATE, compile_model

STEPS, EPOCHS = 25, 10
BUILD = Path(__file__).resolve().parents[2] / "build" / "transfer"


def new_kinds(picture, rng):
    """Mixed damage without segments."""
    return mixed(picture, rng, names=tuple(KINDS))


def train(name, model, damage):
    """Train on crops for STEPS * EPOCHS steps; return the trained model."""
    print(name, flush=True)
    folder = BUILD / name.replace(" ", "_")
    shutil.rmtree(folder, ignore_errors=True)
    keras.utils.set_random_seed(0)
    training, validation = painting_batches(damage, STEPS, crops=2)
    trained, _ = fit(model, training, validation, "unet_192x192", folder, EPOCHS)
    return trained


def compare_ways(precision):
    start = load_model("unet_32x32")
    for name, model in three_ways(start, precision, STEPS * EPOCHS).items():
        train(name, model, segments)
        slug = name.replace(" ", "_")
        shutil.copy(BUILD / slug / "unet_192x192_history.csv", MODEL_DATA / f"transfer_{slug}.csv")


def compare_rehearsal(precision):
    start = with_precision(load_model("unet_192x192"), precision)
    networks = {"segments alone, as before": start}
    for name, damage in {"the new kinds alone": new_kinds, "new kinds and segments": mixed}.items():
        model = compile_model(with_precision(start, precision), STEPS * EPOCHS, LEARNING_RATE / 2)
        networks[name] = with_precision(train(name, model, damage), precision)
    rows = {name: validation_psnr(model) for name, model in networks.items()}
    (MODEL_DATA / "rehearsal.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def validation_psnr(model):
    """PSNR inside the damage, in dB, of plain segments and of the new kinds: a dict."""
    crops = fixed_crops(load_paintings("validation"), VALIDATION_CROPS, VALIDATION_SEED)
    result = {}
    for name, damage in {"segments": segments, "new kinds": new_kinds}.items():
        rng = np.random.default_rng(VALIDATION_SEED)
        damaged, masks = damage_batch(crops, rng, damage)
        restored, _ = restore_batch(model, damaged)
        result[name] = score(crops, restored, masks)["psnr_inside"]
    return result


if __name__ == "__main__":
    fastest = faster_to_train(192, CROP_BATCH_SIZE, steps=2)
    compare_ways(fastest)
    compare_rehearsal(fastest)
