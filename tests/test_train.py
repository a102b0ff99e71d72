"""What the training is made of, how it keeps the best weights, and its command."""

import h5py
import keras
import numpy as np
import pytest
from conftest import assert_one_sentence, cross, noise, smallest_network

from inpainting import restore, train
from inpainting.find_and_fill import train as specialists
from inpainting.crops import DamagedCrops, fixed_crops
from inpainting.damage import DamagedPictures, segments
from inpainting.data import Cifar10
from inpainting.models import ModelFileError, load_model, save_model
from inpainting.pictures import write_picture
from inpainting.progress import TrainingFiles, read_history
from inpainting.unet import LEARNING_RATE, WIDTHS, build_unet, compile_model

CIFAR = Cifar10(
    noise(96, 32, 32, 3, kind="float32"), 1 - noise(40, 32, 32, 3, kind="float32"),
    noise(9, 32, 32, 3, kind="float32"), "made up",
)
PAINTINGS = {
    "train": [noise(200, 210, 3), noise(230, 200, 3)], "validation": [255 - noise(200, 220, 3)],
}


def batches(number=24, size=16, **options):
    return DamagedPictures(noise(number, size, size, 3, kind="float32"), 8, **options)


def fit(folder, minutes=None, learning_rate=1e-2, training=None, callbacks=()):
    """Train the smallest network for four epochs; the same start every time."""
    keras.utils.set_random_seed(0)
    training = training or batches(workers=2)
    validation = batches(8, fresh=False, seed=1)
    model = compile_model(smallest_network(), steps=12, learning_rate=learning_rate)
    model.run_eagerly = True  # saves the seconds that compiling takes
    return train.fit(model, training, validation, "small", folder, 4, minutes, callbacks)


# -- fit: what it leaves

def test_training_lowers_the_loss_and_leaves_a_model_and_its_history(tmp_path):
    model, history = fit(tmp_path)
    assert [row["epoch"] for row in history] == [1, 2, 3, 4]
    assert history[-1]["loss"] < history[0]["loss"]
    assert list(history[0]) == [
        "epoch", "loss", "mae", "val_loss", "val_mae", "iou", "val_iou", "seconds"]
    for row, read in zip(history, read_history(tmp_path / "small_history.csv"), strict=True):
        assert read == pytest.approx(row, rel=1e-4)
    loaded = load_model(tmp_path / "small")
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), loaded.get_weights()))
    with h5py.File(tmp_path / "small.weights.h5") as file:
        assert "optimizer" not in file
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "small.json", "small.sha256", "small.weights.h5",
        "small_history.csv", "small_history.png", "small_settings.json"]


def test_each_column_of_the_history_is_what_its_name_says(tmp_path):
    model = compile_model(smallest_network(), steps=12, learning_rate=0.0)
    model.run_eagerly = True
    validation = batches(8, fresh=False, seed=1)
    row = train.fit(model, batches(), validation, "small", tmp_path)[1][0]
    damaged, targets = validation[0]
    restored, damage = (model.predict(damaged, verbose=0)[key] for key in ("restored", "damage"))
    found, true = damage >= 0.5, targets["damage"] > 0
    mae = np.abs(restored - targets["restored"]).mean()
    entropy = -np.log(np.where(true, damage, 1 - damage)).mean()
    assert row["val_mae"] == pytest.approx(mae, rel=1e-3)
    assert row["val_loss"] == pytest.approx(mae + 0.1 * entropy, rel=1e-3)
    assert row["val_iou"] == pytest.approx((found & true).sum() / (found | true).sum(), abs=1e-3)
    assert row["mae"] != row["val_mae"] and row["iou"] != row["val_iou"]


def test_the_weights_with_the_lowest_validation_mae_are_kept(tmp_path):
    files, history = TrainingFiles(tmp_path, "small"), []
    keeper = train.KeepProgress(files, batches(), history, 4, None)
    model = compile_model(smallest_network(), steps=1)
    keeper.set_model(model)
    for epoch, (val_mae, other) in enumerate([(0.3, 0.4), (0.2, 0.3), (0.25, 0.2), (0.21, 0.1)]):
        model.set_weights([np.full(w.shape, epoch) for w in model.get_weights()])
        keeper.on_epoch_begin(epoch)
        keeper.on_epoch_end(epoch, {
            "loss": other, "restored_mae": other, "val_loss": other, "val_restored_mae": val_mae})
    model.load_weights(files.best)
    assert all((w == 1).all() for w in model.get_weights())


def test_fit_gives_the_best_weights_back_and_not_the_last(tmp_path):
    class WorseAndWorse(DamagedPictures):
        def __getitem__(self, index):
            damaged, targets = super().__getitem__(index)
            return damaged, targets | {"restored": targets["restored"] + 5 * self.epoch}

    weights = []
    keeper = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda *_: weights.append(keeper.model.get_weights()))
    training = WorseAndWorse(noise(24, 16, 16, 3, kind="float32"), 8)
    model, history = fit(tmp_path, learning_rate=0.1, training=training, callbacks=[keeper])
    best = int(np.argmin([row["val_mae"] for row in history]))
    assert best < 3
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), weights[best]))


# -- fit: what it goes on from

def test_an_interrupted_training_ends_like_one_that_was_not(tmp_path, capsys):
    """Same steps, same data, same optimizer state: so the same weights."""
    whole, _ = fit(tmp_path / "whole")
    fit(tmp_path / "parts", minutes=0)
    parts, history_of_parts = fit(tmp_path / "parts")
    assert "going on after epoch 1 of 4 (3 steps done)" in capsys.readouterr().out
    assert [row["epoch"] for row in history_of_parts] == [1, 2, 3, 4]
    for one, two in zip(whole.get_weights(), parts.get_weights()):
        assert np.allclose(one, two, atol=1e-6)


def test_every_epoch_sees_fresh_damage_and_validation_always_the_same(tmp_path):
    seen = {"training": [], "validation": []}

    class Watched(DamagedPictures):
        def __getitem__(self, index):
            batch = super().__getitem__(index)
            seen["training" if self.fresh else "validation"].append(batch[0])
            return batch

    pictures = noise(8, 16, 16, 3, kind="float32")
    model = compile_model(smallest_network(), steps=3)
    model.run_eagerly = True
    train.fit(model, Watched(pictures, 8), Watched(pictures, 8, fresh=False), "small", tmp_path, 3)
    assert len({batch.tobytes() for batch in seen["training"]}) >= 3
    assert len({batch.tobytes() for batch in seen["validation"]}) == 1


def test_snapshots_show_the_start_and_every_epoch():
    pictures = noise(2, 16, 16, 3, kind="float32")
    model = compile_model(smallest_network(), steps=4)
    snapshots, restored = train.Snapshots(pictures), []
    snapshots.set_model(model)
    snapshots.on_train_begin()
    for epoch in range(2):
        restored.append(model.predict_on_batch(pictures)["restored"])
        model.set_weights([weights + 1 for weights in model.get_weights()])
        model.optimizer.iterations.assign(1)
        snapshots.on_train_begin()  # as when an interrupted training goes on
        snapshots.on_epoch_end(epoch)
    restored.append(model.predict_on_batch(pictures)["restored"])
    assert list(snapshots.pictures) == [0, 1, 2]
    assert np.allclose(list(snapshots.pictures.values()), restored)


# -- the recipe: what the command hands to fit

class Recorder:
    """Takes the place of `fit`, and keeps what it is given."""

    def __call__(self, model, train, validation, name, folder, epochs, minutes, settings):
        vars(self).update(locals())


def command(monkeypatch, *arguments):
    """The Recorder of a command on made-up pictures."""
    recorder = Recorder()
    monkeypatch.setattr(train, "fit", recorder)
    monkeypatch.setattr(train, "load_cifar10", lambda: CIFAR)
    monkeypatch.setattr(train, "load_paintings", lambda split, number=None: PAINTINGS[split][:number])
    monkeypatch.setattr(train, "faster_to_train", lambda size, batch_size: "float32")
    train.main(arguments)
    return recorder


def test_small_pictures_learn_from_training_and_are_judged_by_validation(monkeypatch):
    call = command(monkeypatch, "--widths", "4,4,4,4,4")
    assert np.array_equal(call.train.pictures, CIFAR.train)
    assert np.array_equal(call.validation.pictures, CIFAR.validation)
    assert (call.train.fresh, call.validation.fresh) == (True, False)
    assert (call.train.batch_size, call.train.workers, call.train.seed) == (32, 2, 0)
    assert call.validation.seed == train.VALIDATION_SEED == 5000
    assert (call.name, call.epochs, call.minutes) == ("unet_32x32", 28, None)
    assert call.folder == train.MY_RUN


def test_paintings_are_cropped_for_training_and_for_validation(monkeypatch):
    call = command(monkeypatch, "--size", "192", "--widths", "4,4,4,4,4")
    assert type(call.train) is DamagedCrops and call.train.pictures is not PAINTINGS["validation"]
    assert all(a is b for a, b in zip(call.train.pictures, PAINTINGS["train"], strict=True))
    assert np.array_equal(
        call.validation.pictures, fixed_crops(PAINTINGS["validation"], 8, train.VALIDATION_SEED))
    assert (call.train.size, call.train.batch_size, call.train.workers) == (192, 4, 2)
    assert (len(call.train), call.epochs) == (250, 14)
    assert (call.validation.fresh, call.validation.seed) == (False, train.VALIDATION_SEED)
    assert call.name == "unet_192x192"


@pytest.mark.parametrize("size", ["32", "192"])
def test_training_and_validation_are_damaged_by_segments(monkeypatch, size):
    call = command(monkeypatch, "--size", size, "--widths", "4,4,4,4,4")
    assert call.train.damage is call.validation.damage is segments


def test_numbers_of_the_command_arrive(monkeypatch, tmp_path):
    call = command(
        monkeypatch, "--pictures", "33", "--epochs", "5", "--minutes", "1.5", "--seed", "3",
        "--folder", str(tmp_path), "--widths", "4,5,6,7,8")
    assert np.array_equal(call.train.pictures, CIFAR.train[:33]) and len(call.train) == 2
    assert len(call.validation.pictures) == 40, "validation stays complete"
    assert (call.epochs, call.minutes, call.train.seed, call.folder) == (5, 1.5, 3, tmp_path)
    filters = [call.model.get_layer(f"step{step}_conv_a").filters for step in range(1, 6)]
    assert filters == [4, 5, 6, 7, 8]
    crops = command(
        monkeypatch, "--size", "192", "--pictures", "1", "--seed", "3", "--widths", "4,4,4,4,4")
    assert len(crops.train.pictures) == 1 and crops.train.seed == 3
    assert len(crops.validation.pictures) == 8 * len(PAINTINGS["validation"])


def test_the_default_network_is_as_wide_as_the_shipped_one(monkeypatch):
    call = command(monkeypatch)
    filters = [call.model.get_layer(f"step{step}_conv_a").filters for step in range(1, 6)]
    assert tuple(filters) == WIDTHS == (64, 64, 64, 64, 64)


@pytest.mark.parametrize("arguments, peak", [
    ((), LEARNING_RATE), (("--learning-rate", "1e-4"), 1e-4),
])
def test_the_learning_rate_rises_to_its_peak_and_falls_to_zero_with_the_last_step(
    monkeypatch, arguments, peak
):
    call = command(monkeypatch, "--widths", "4,4,4,4,4", "--epochs", "100", *arguments)
    steps = 100 * len(call.train)
    rate = [float(call.model.optimizer._learning_rate(step)) for step in range(steps + 1)]
    assert rate[0] == 0 and max(rate) == pytest.approx(peak)
    assert rate.index(max(rate)) == steps // 50
    assert rate[steps - 1] > 0 and rate[steps] == pytest.approx(0, abs=1e-9)
    middle = (steps + steps // 50) // 2
    assert rate[middle] == pytest.approx(peak / 2, rel=0.05)
    assert LEARNING_RATE == 2e-3


def test_the_loss_is_mae_plus_a_tenth_of_the_cross_entropy(monkeypatch):
    model = command(monkeypatch, "--widths", "4,4,4,4,4").model
    assert model.loss == {"restored": "mae", "damage": "binary_crossentropy"}
    assert model._compile_loss._user_loss_weights == {"restored": 1.0, "damage": 0.1}
    assert type(model.optimizer).__name__ == "Adam"


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
def test_the_network_computes_in_the_chosen_precision(monkeypatch, precision):
    call = command(monkeypatch, "--widths", "4,4,4,4,4", "--precision", precision)
    assert call.model.get_layer("step3_conv_a").dtype_policy.name == precision
    assert call.model.get_layer("damage").dtype_policy.name == "float32"


@pytest.mark.parametrize("size, batch_size", [(32, 32), (192, 4)])
def test_without_a_choice_the_faster_precision_for_these_pictures_is_taken(
    monkeypatch, tmp_path, size, batch_size
):
    tried = []
    monkeypatch.setattr(train, "faster_precision", lambda prepare, repeats: "mixed_bfloat16")
    faster = train.faster_to_train
    command(monkeypatch, "--widths", "4,4,4,4,4")  # puts the stand-ins in place
    monkeypatch.setattr(
        train, "faster_to_train", lambda *given: tried.append(given) or faster(*given))
    train.main(["--size", str(size), "--widths", "4,4,4,4,4", "--folder", str(tmp_path)])
    assert tried == [(size, batch_size)]
    assert train.fit.model.get_layer("step3_conv_a").dtype_policy.name == "mixed_bfloat16"


@pytest.mark.parametrize("complete, precision", [(True, "mixed_bfloat16"), (False, "float32")])
def test_a_training_goes_on_in_the_precision_of_its_first_epoch(
    monkeypatch, tmp_path, complete, precision
):
    (tmp_path / "unet_32x32_settings.json").write_text('{"precision": "mixed_bfloat16"}')
    if complete:
        (tmp_path / "unet_32x32_last.keras").touch()
    call = command(monkeypatch, "--widths", "4,4,4,4,4", "--folder", str(tmp_path))
    assert call.model.get_layer("step3_conv_a").dtype_policy.name == precision


def test_a_seed_repeats_the_first_weights_and_another_changes_them(monkeypatch):
    one, same, other = (
        command(monkeypatch, "--widths", "4,4,4,4,4", "--seed", seed).model.get_weights()[0]
        for seed in "778")
    assert np.array_equal(one, same) and not np.array_equal(one, other)


def test_a_given_model_is_where_the_training_starts(monkeypatch, tmp_path):
    start = build_unet((4, 5, 6, 7, 8))
    save_model(start, tmp_path / "mine")
    call = command(monkeypatch, "--size", "192", "--start", str(tmp_path / "mine"))
    assert all(np.array_equal(a, b) for a, b in zip(start.get_weights(), call.model.get_weights()))
    again = command(monkeypatch, "--size", "192", "--start", str(tmp_path / "mine.json"))
    scratch = command(monkeypatch, "--size", "192", "--widths", "4,5,6,7,8")
    assert call.settings == again.settings != scratch.settings


def test_a_shipped_model_is_started_from_by_its_name(monkeypatch):
    call = command(monkeypatch, "--start", "unet_32x32")
    shipped = load_model("unet_32x32").get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(shipped, call.model.get_weights()))


# -- the command

@pytest.mark.parametrize("arguments", [
    ("--epochs", "0"), ("--epochs", "-1"), ("--epochs", "1.5"), ("--pictures", "-5"),
    ("--pictures", "0"), ("--minutes", "-1"), ("--minutes", "nan"), ("--learning-rate", "nan"),
    ("--learning-rate", "0"), ("--learning-rate", "-1"), ("--learning-rate", "inf"),
    ("--seed", "-1"), ("--seed", str(2**32)), ("--widths", "4,4,4"), ("--widths", "4,4,4,4,0"),
    ("--widths", "4,4,4,4,x"), ("--widths", ""), ("--size", "64"), ("--damage", "rust"),
    ("--precision", "float16"), ("--start", "unet_32x32", "--widths", "4,4,4,4,4"), ("--nonsense",),
], ids=" ".join)
def test_wrong_arguments_end_with_status_2_and_name_the_argument(capsys, arguments):
    with pytest.raises(SystemExit) as end:
        train.main(arguments)
    assert end.value.code == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("python -m inpainting.train: error:") and arguments[0] in last


def test_an_unknown_start_is_answered_with_the_models_there_are(monkeypatch):
    with pytest.raises(ModelFileError) as error:
        command(monkeypatch, "--start", "my_model")
    assert_one_sentence(error, "my_model", "unet_32x32")


@pytest.mark.slow
def test_a_model_of_ones_own_is_trained_restores_and_starts_a_training(monkeypatch, tmp_path):
    monkeypatch.setattr(train, "load_cifar10", lambda: CIFAR)
    run = tmp_path / "my_run"
    arguments = ["--pictures", "32", "--epochs", "1", "--precision", "float32", "--folder"]
    train.main(["--widths", "4,4,4,4,4", *arguments, str(run)])
    path = str(run / "unet_32x32")

    monkeypatch.setattr(specialists, "STEPS", 1)
    monkeypatch.setattr(specialists, "VALIDATION_BATCHES", 1)
    monkeypatch.setattr(specialists, "load_paintings", PAINTINGS.get)
    monkeypatch.setattr(specialists, "searched_crops", lambda paintings, seed: [])
    specialists.main(["--network", "filler", "--start", path, "--batch-size", "1", "--epochs", "1",
                      "--precision", "float32", "--folder", str(run)])
    write_picture(tmp_path / "scan.png", noise(20, 20, 3))
    write_picture(tmp_path / "mask.png", cross(20, 20) * np.uint8(255))
    restore.main([str(tmp_path / "scan.png"), "-o", str(tmp_path / "out"),
                  "--filler", str(run / "filler_192x192"),
                  "--mask", str(tmp_path / "mask.png"), "--precision", "float32"])
    assert len(list((tmp_path / "out").glob("scan_restored*"))) == 3

    call = command(monkeypatch, "--start", path)
    trained = load_model(path).get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(trained, call.model.get_weights()))


def test_both_precisions_are_tried(monkeypatch):
    tried = []
    monkeypatch.setattr(train, "build_unet", smallest_network)
    monkeypatch.setattr(
        train, "with_precision", lambda network, precision: tried.append(precision) or network)
    assert train.faster_to_train(size=16, batch_size=1, steps=1) in tried
    assert tried == ["float32", "mixed_bfloat16"]
