"""Trained networks in files: save, load by name or path, verify, and choose the precision."""

import json
import os
import warnings
from functools import partial
from pathlib import Path

import keras
import numpy as np

from .checks import InputError
from .files import sha256, whole
from .machine import faster_precision

MODEL_DATA = Path(__file__).resolve().parents[2] / "Model_data"
ENDINGS = ".json", ".weights.h5", ".sha256"  # architecture, weights, checksums of both


class ModelFileError(InputError):
    """A file of a trained model is missing, damaged, or not the one its checksum describes."""


def model_files(model):
    """The three files of a model: architecture, weights, and the checksums of both.

    model: the name of a shipped model, such as "unet_32x32"; or the path of one's own without the
        ending, such as "Model_data/my_run/unet_32x32". The path of one of its files will do, too.
    Returns a list of Path.
    """
    place, name = os.path.split(model)
    for ending in ENDINGS:
        name = name.removesuffix(ending)
    shipped = not place and os.path.isfile(MODEL_DATA / f"{name}.sha256")
    folder = MODEL_DATA if shipped else Path(place)
    return [folder / f"{name}{ending}" for ending in ENDINGS]


def save_model(model, path):
    """Write <path>.json (architecture), <path>.weights.h5 and <path>.sha256 (both checksums).

    The optimizer's state is left out. A file is complete before it takes its name, so that an
    interrupted call never leaves half of one behind.

    model: keras.Model.
    path: str or Path, without ending; its folder is made if it does not exist.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    json_file, weights_file, sums_file = (path.with_name(path.name + end) for end in ENDINGS)
    description = architecture(with_precision(model, "float32"))
    bare = keras.models.model_from_json(description)  # not compiled, so without an optimizer
    bare.set_weights(model.get_weights())
    with whole(sums_file) as sums, whole(weights_file) as weights, whole(json_file) as layers:
        layers.write_text(description, encoding="utf-8")
        bare.save_weights(weights)
        sums.write_text(
            f"{sha256(layers)}  {json_file.name}\n{sha256(weights)}  {weights_file.name}\n",
            encoding="utf-8",
        )


def architecture(model):
    """The layers of a model as JSON that every Keras from 3.13 on reads.

    What a training needs is left out. The random starting weights are described as zeros: a trained
    model has no use for them, and newer versions of Keras describe them in words that older ones
    do not know.
    """
    description = json.loads(model.to_json())
    description.pop("compile_config", None)
    for layer in description["config"]["layers"]:
        if "kernel_initializer" in layer["config"]:
            zeros = keras.initializers.serialize(keras.initializers.Zeros())
            layer["config"]["kernel_initializer"] = zeros
    return json.dumps(description, indent=1) + "\n"


def load_model(model, precision="float32"):
    """Load a model that `save_model` wrote, after its checksums were verified.

    model: name or path, as for `model_files`.
    precision: "float32", or "mixed_bfloat16" where the machine computes faster in it.
    Returns a keras.Model: damaged (n, h, w, 3) float32 in [0, 1] ->
    {"restored": (n, h, w, 3), "damage": (n, h, w, 1)}, both float32 in [0, 1].
    Raises ModelFileError.
    """
    network = load_network(model, precision)
    if not isinstance(network.output, dict) or set(network.output) != {"restored", "damage"}:
        raise ModelFileError(
            f"the model '{model}' is no U-Net with a damage map, as this needs; "
            f"{known_models(Path(model).parent)}"
        )
    return network


def load_network(model, precision="float32"):
    """Load any network that `save_model` wrote; arguments and errors as for `load_model`."""
    json_file, weights_file, _ = verified_files(model)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # Keras warns of layers without weights
            network = keras.models.model_from_json(json_file.read_text(encoding="utf-8"))
            network.load_weights(weights_file)
    except Exception as error:  # Keras raises many types
        raise ModelFileError(
            f"{json_file} and {weights_file.name} are no model of Keras, or do not belong "
            "together; fetch both again, or save the model anew."
        ) from error
    return network if precision == "float32" else with_precision(network, precision)


def verified_files(model):
    """The three files of a model, as `model_files`, when the checksums are right.

    Raises ModelFileError.
    """
    files = json_file, weights_file, sums_file = model_files(model)
    if not os.path.isfile(sums_file):
        folder = Path(model) if os.path.isdir(model) else sums_file.parent
        raise ModelFileError(f"there is no model '{shortened(model)}'; {known_models(folder)}")
    for file, wanted in zip((json_file, weights_file), checksums(sums_file)):
        if not os.path.isfile(file):
            raise ModelFileError(f"{file}: this file of the model is missing; fetch it again.")
        if readable(sha256, file) != wanted:
            raise ModelFileError(
                f"{file}: the file is not the one its checksum describes (damaged, incomplete "
                "or changed); fetch it again, for example with `git checkout`."
            )
    return list(files)


def checksums(sums_file):
    """The checksums of architecture and weights, from the file beside them.

    Each of its two lines holds 64 hexadecimal digits and the name of the file, as `sha256sum`
    writes them.
    Returns two str. Raises ModelFileError.
    """
    text = readable(lambda file: file.read_text(encoding="utf-8", errors="replace"), sums_file)
    sums = {line[64:].strip(" *"): line[:64].lower() for line in text.splitlines() if line.strip()}
    stem = sums_file.name.removesuffix(".sha256")
    names = [f"{stem}.json", f"{stem}.weights.h5"]
    if sorted(sums) != names:
        raise ModelFileError(
            f"{sums_file}: it should hold the checksums of {' and '.join(names)}, and nothing "
            "else; fetch it again."
        )
    return [sums[name] for name in names]


def readable(read, file):
    """What a function reads from a file. Raises ModelFileError where it cannot be read."""
    try:
        return read(file)
    except OSError as error:
        raise ModelFileError(
            f"{file}: this file of the model cannot be read ({error.strerror or error}); "
            "see to its rights, or fetch it again."
        ) from error


def shortened(text, longest=100):
    """A name for a message, in one line of moderate length."""
    text = str(text).replace("\n", " ")
    return text if len(text) <= longest else f"{text[:longest]}..."


def known_models(folder):
    """A sentence on the models there are: the shipped ones and, if others, those of a folder."""
    folders = dict.fromkeys([MODEL_DATA, folder])
    names = [
        file.stem if file.parent == MODEL_DATA else str(file.with_suffix(""))
        for place in folders if os.path.isdir(place) for file in sorted(place.glob("*.sha256"))
    ]
    return f"there is: {', '.join(names)}; give one of these names, or the path of your own model."


def with_precision(model, precision):
    """A copy of a U-Net, weights included, whose nine steps compute in another precision.

    precision: "float32" or "mixed_bfloat16". Input, output and weights are float32 in both.
    Returns a keras.Model.
    """
    config = model.get_config()
    for layer in config["layers"]:
        if layer["name"].startswith("step"):
            layer["config"]["dtype"] = precision
    copy = type(model).from_config(config)
    copy.set_weights(model.get_weights())
    return copy


def faster_to_restore(model, size=256, tiles=3):
    """Restore a few tiles in float32 and in mixed bfloat16; return the name of the faster one.

    model: from `load_model`.   size: of the tiles, in pixels.
    """
    tile = np.zeros((1, size, size, 3), np.float32)
    return faster_precision(
        lambda precision: partial(with_precision(model, precision).predict_on_batch, tile), tiles
    )
