"""Two experiments on transfer learning, in trainings that are all of the same length.

    python tools/experiments/transfer.py      (make transfer)

From 32 to 192: random weights, or those of unet_32x32 with the encoder frozen, or with all layers
free. Writes Model_data/transfer_<way>.csv: the validation MAE before the first step, and after
every STEPS steps.

Forgetting: the finder, trained further without cuts among the damage, and with them. Writes
Model_data/rehearsal.json: how well its maps agree with the truth on validation crops, as IoU.

It needs the real paintings.
"""

import json
import shutil
from functools import partial
from pathlib import Path

import keras
import numpy as np

from inpainting.command import ended_in_one_line
from inpainting.data import load_paintings, need_paintings
from inpainting.find_and_fill.crops import Crops, batch_to_find
from inpainting.find_and_fill.damage_kinds import FIND_KINDS, KINDS
from inpainting.find_and_fill.train import NETWORKS, VALIDATION_SEED, compile_specialist
from inpainting.metrics import iou
from inpainting.models import MODEL_DATA, load_model, load_network, with_precision
from inpainting.progress import write_history
from inpainting.train import CROP_BATCH_SIZE, faster_to_train, fit, painting_batches
from inpainting.transfer import three_ways

STEPS, EPOCHS = 25, 10
SURE = 0.2  # a pixel whose map is above this counts as found
BUILD = Path(__file__).resolve().parents[2] / "build" / "transfer"


def train(name, model, training, validation):
    """Train for STEPS * EPOCHS steps; return the trained model and the history."""
    print(name, flush=True)
    folder = BUILD / name.replace(" ", "_")
    shutil.rmtree(folder, ignore_errors=True)
    keras.utils.set_random_seed(0)
    return fit(model, training, validation, "network", folder, EPOCHS)


def compare_ways(precision):
    keras.utils.set_random_seed(0)  # of the random weights
    ways = three_ways(load_model("unet_32x32"), precision, STEPS * EPOCHS)
    for name, model in ways.items():
        training, validation = painting_batches(STEPS, crops=2)
        before = model.evaluate(validation, verbose=0, return_dict=True)["restored_mae"]
        _, history = train(name, model, training, validation)
        curve = [{"epoch": 0, "val_mae": before}] + [
            {"epoch": row["epoch"], "val_mae": row["val_mae"]} for row in history
        ]
        write_history(curve, MODEL_DATA / f"transfer_{name.replace(' ', '_')}.csv")


def compare_rehearsal(precision):
    finder = load_network("finder_192x192")
    rows = {"before": found(finder)}
    for name, kinds in {"without cuts": tuple(KINDS), "with cuts": FIND_KINDS}.items():
        damage = partial(batch_to_find, kinds=kinds)
        model = compile_specialist(
            with_precision(finder, precision), NETWORKS["finder"][1], STEPS * EPOCHS)
        training, validation = (
            Crops(load_paintings(split), damage, steps, 8, 128, seed, fresh)
            for split, steps, seed, fresh in (
                ("train", STEPS, 0, True), ("validation", 4, VALIDATION_SEED, False))
        )
        trained, _ = train(name, model, training, validation)
        rows[name] = found(trained)
    (MODEL_DATA / "rehearsal.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def validation_damage(kinds):
    """Damaged validation crops and where they are damaged: (n, s, s, 3), (n, s, s) bool."""
    batch = partial(batch_to_find, kinds=kinds)
    crops = Crops(load_paintings("validation"), batch, 8, 16, 128, VALIDATION_SEED, fresh=False)
    damaged, targets = zip(*(crops[i] for i in range(len(crops))))
    maps = np.concatenate([target["damage"] for target in targets])
    return np.concatenate(damaged), maps.max(axis=-1) > 0


def found(finder):
    """IoU of what a finder finds, of whichever kind, in crops with cuts and with the others."""
    result = {}
    for name, kinds in {"cuts": ("cuts",), "the other kinds": tuple(KINDS)}.items():
        damaged, masks = validation_damage(kinds)
        maps = finder.predict(damaged, batch_size=16, verbose=0)["damage"]
        result[name] = iou(masks, maps.max(axis=-1) > SURE)
    return result


def main():
    need_paintings("train", "validation")
    fastest = faster_to_train(192, CROP_BATCH_SIZE, steps=2)
    compare_ways(fastest)
    compare_rehearsal(fastest)


if __name__ == "__main__":
    with ended_in_one_line():
        main()
