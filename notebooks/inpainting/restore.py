"""Keep a trained network in files, load it back, and restore pictures and whole paintings with it.

    python -m inpainting.restore scan.tif -o out/          (in the folder notebooks/)

restores a picture file of any size, and writes beside the restored picture the map of the damage
and a record of what was done.
"""

import argparse
import contextlib
import datetime
import hashlib
import itertools
import json
import math
import os
import platform
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import cv2
import keras
import numpy as np
import PIL
import tifffile
from PIL import Image

from .data import (
    LARGEST, PictureError, as_stored, check_pictures, progress_bar, read_picture, read_scan,
)
from .unet import with_precision

MODEL_DATA = Path(__file__).resolve().parents[2] / "Model_data"
SIDE_MULTIPLE = 16  # four poolings halve the sides four times


class ModelFileError(ValueError):
    """A file of a trained model is missing, damaged, or not the one its checksum describes."""


def save_model(model, name, folder):
    """Write <name>.json (architecture), <name>.weights.h5 and <name>.sha256 (both checksums).

    The optimizer's state is left out. A file is complete before it takes its name, so that an
    interrupted call never leaves half of one behind.

    model: keras.Model.   name: str.   folder: where to; made if it does not exist.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    json_file, weights_file = model_files(name, folder)
    description = architecture(with_precision(model, "float32"))
    bare = keras.models.model_from_json(description)  # not compiled, so without an optimizer
    bare.set_weights(model.get_weights())

    parts = {file: file.with_name("part_" + file.name) for file in (json_file, weights_file)}
    parts[json_file].write_text(description, encoding="utf-8")
    bare.save_weights(parts[weights_file])
    sums = "".join(f"{sha256(part)}  {file.name}\n" for file, part in parts.items())
    for file, part in parts.items():
        os.replace(part, file)
    (folder / f"{name}.sha256").write_text(sums, encoding="utf-8")


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


def load_model(name, folder=MODEL_DATA, precision="float32"):
    """Load a model that `save_model` wrote, after its checksums were verified.

    name: such as "unet_32x32".
    precision: "float32", or "mixed_bfloat16" where the machine computes faster in it.
    Returns a keras.Model: damaged (n, h, w, 3) float32 in [0, 1] ->
    {"restored": (n, h, w, 3), "damage": (n, h, w, 1)}, both float32 in [0, 1].
    Raises ModelFileError.
    """
    folder = Path(folder)
    verify_checksums(name, folder)
    json_file, weights_file = model_files(name, folder)
    model = keras.models.model_from_json(json_file.read_text(encoding="utf-8"))
    model.load_weights(weights_file)
    return model if precision == "float32" else with_precision(model, precision)


def model_files(name, folder):
    """The paths (architecture, weights) of a model."""
    return folder / f"{name}.json", folder / f"{name}.weights.h5"


def verify_checksums(name, folder):
    """Compare a model's files with <name>.sha256; raise ModelFileError where they differ."""
    sums = folder / f"{name}.sha256"
    if not sums.exists():
        shelf = ", ".join(sorted(p.stem for p in folder.glob("*.sha256"))) or "none"
        raise ModelFileError(
            f"{sums}: there is no model of this name here (there is: {shelf}); "
            "check the name, or train one with `python -m inpainting.train`."
        )
    for line in sums.read_text(encoding="utf-8").splitlines():
        expected, file = line.split(maxsplit=1)
        path = folder / file
        if not path.exists():
            raise ModelFileError(f"{path}: this file of the model is missing; fetch it again.")
        if sha256(path) != expected:
            raise ModelFileError(
                f"{path}: the file is not the one its checksum describes (damaged, incomplete "
                "or changed); fetch it again, for example with `git checkout`."
            )


def sha256(path):
    """The SHA-256 checksum of a file, as 64 hexadecimal digits."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


PIXELS_AT_ONCE = 400_000  # in a batch, which bounds the memory


def restore_batch(model, damaged, masks=None):
    """Restore pictures of one size.

    model: from `load_model`.
    damaged: (n, h, w, 3) float32 in [0, 1], h and w multiples of 16.
    masks: (n, h, w) bool, True where damaged, or None for the network to find the damage itself.
        With masks, the marked pixels are painted black before the network sees them, and they
        are the only ones that change.
    Returns restored (n, h, w, 3) float32 in [0, 1], damage map (n, h, w) float32 in [0, 1].
    Raises PictureError.
    """
    check_batch(damaged, masks)
    shown = damaged if masks is None else np.where(masks[..., None], np.float32(0), damaged)
    batch_size = max(1, PIXELS_AT_ONCE // (damaged.shape[1] * damaged.shape[2]))
    prediction = model.predict(shown, batch_size=batch_size, verbose=0)
    damage = prediction["damage"][..., 0]
    if masks is None:
        return prediction["restored"], damage
    return np.where(masks[..., None], prediction["restored"], damaged), damage


def check_batch(damaged, masks):
    """Raise PictureError unless the arrays are what `restore_batch` takes."""
    check_pictures(damaged, "damaged")
    if damaged.ndim != 4:
        raise PictureError(
            f"damaged has shape {damaged.shape}: a batch is (n, height, width, 3); "
            "put a single picture into one with picture[None]."
        )
    height, width = damaged.shape[1:3]
    if height % SIDE_MULTIPLE or width % SIDE_MULTIPLE:
        raise PictureError(
            f"damaged is {width}x{height} pixels: the network halves both sides four times, "
            f"so they must be multiples of {SIDE_MULTIPLE}; cut or pad the picture."
        )
    if masks is not None and (masks.dtype != bool or masks.shape != damaged.shape[:3]):
        raise PictureError(
            f"masks are {masks.dtype} of shape {masks.shape}: bool of shape {damaged.shape[:3]} "
            "is needed, True where the picture is damaged."
        )


# ---------------------------------------------------------------------------------------------
# A whole painting: tiles that overlap

TILE = 640  # largest side of a tile, in pixels
OVERLAP = 64  # of neighbouring tiles; both are multiples of SIDE_MULTIPLE
DAMAGED = 0.5  # pixels where the damage map is above this are repainted
FOUND = 0.3  # in two passes, these pixels are filled; scores_192x192.score_thresholds says why
LARGEST_MASK = 0.5  # as part of the picture


def restore_painting(model, painting, mask=None):
    """Restore a painting of any size, tile by tile.

    The network sees at most TILE x TILE pixels at a time. Neighbouring tiles overlap, and there
    one fades into the other, so that no seam shows.

    model: from `load_model`.
    painting: (h, w, 3), or (h, w) if grey; uint8, uint16 or, in [0, 1], float32.
    mask: (h, w) bool, True where damaged, or None for the network to find the damage itself.
        Marked pixels are painted black before the network sees them.
    Returns restored, of the shape and type of the painting, and the damage map (h, w) float32 in
    [0, 1], which is the mask where there is one. The pixels where it is above 0.5 are repainted;
    all others are bit for bit those of the painting.
    Raises PictureError.
    """
    check_painting(painting)
    if mask is not None:
        check_mask(mask, painting)
    restored = painting.copy()
    damage = np.zeros(painting.shape[:2], np.float32)
    for rows, blended in blended_rows(model, painting, mask):
        damage[rows] = blended[..., 3] if mask is None else mask[rows]
        repainted = damage[rows] > DAMAGED
        restored[rows][repainted] = as_painted(blended[repainted][:, :3], painting)
    return restored, damage


def find_and_fill(model, painting):
    """Restore a painting in two passes: find the damage, then fill it as if it had been marked.

    In a single pass, the network mixes the colours of the damage into its filling wherever it is
    not quite sure of the damage; and it fills best what is painted black.

    Arguments and errors as for `restore_painting`.
    Returns restored, of the shape and type of the painting, and (h, w) float32: 1 where it was
    repainted, else 0.
    """
    _, damage = restore_painting(model, painting)
    found = damage > FOUND
    if not found.any():
        return painting.copy(), np.zeros_like(damage)
    if found.mean() > LARGEST_MASK:
        raise PictureError(
            f"the network takes {found.mean():.0%} of the picture for damage, so what it would "
            "make is no restoration; mark the damage in a mask and give that, too."
        )
    return restore_painting(model, painting, found)


def blended_rows(model, painting, mask=None):
    """Restore a painting from top to bottom; arguments as for `restore_painting`.

    Only one row of tiles is kept at a time.
    Yields a slice of rows, and what the network makes of them: (rows, w, 4) float32, red, green,
    blue and damage in [0, 1]. Tiles without a marked pixel are left out: they stay 0.
    """
    height, width = painting.shape[:2]
    down, across = tiles_along(height), tiles_along(width)
    tops = [top for top, _ in down]
    from_above = np.zeros((0, padded(width), 4), np.float32)
    with progress_bar(total=len(down) * len(across), desc="restoring", unit="tile") as bar:
        for (top, fade_down), next_top in zip(down, [*tops[1:], height]):
            row = np.zeros((len(fade_down), padded(width), 4), np.float32)
            for left, fade_across in across:
                columns = slice(left, left + len(fade_across))
                place = slice(top, top + len(fade_down)), columns
                if mask is None or mask[place].any():
                    weights = np.outer(fade_down, fade_across)[..., None]
                    marked = None if mask is None else mask[place]
                    row[:, columns] += weights * restore_tile(
                        model, painting[place], marked, weights.shape[:2]
                    )
                bar.update()
            row[: len(from_above)] += from_above
            yield slice(top, next_top), row[: next_top - top, :width]
            from_above = row[next_top - top :]


def tiles_along(side):
    """Divide one side of a picture, in pixels, into tiles of the same length that overlap.

    The first pixel of each tile is a multiple of 16, so that the network's poolings join the same
    pixels as in an undivided picture.
    Returns a list of (first pixel, weights of the tile's pixels). The weights add up to 1 at every
    pixel. Where tiles overlap, they rise and fall in a straight line over the middle half of the
    overlap. A tile's outermost pixels, where the network misses what lies beyond, count as good as
    nothing; not exactly nothing, since at the picture's own edge there is no other tile.
    """
    side = padded(side)
    number = max(1, math.ceil((side - OVERLAP) / (TILE - OVERLAP)))
    tile = padded((side + (number - 1) * OVERLAP) / number)
    starts = [min(i * (tile - OVERLAP), side - tile) for i in range(number)]
    depth = np.minimum(np.arange(tile), np.arange(tile)[::-1]) + 0.5  # of a pixel's centre
    weights = np.clip(2 * depth / OVERLAP - 0.5, 1e-6, 1).astype(np.float32)
    total = np.zeros(side, np.float32)
    for start in starts:
        total[start : start + tile] += weights
    return [(start, weights / total[start : start + tile]) for start in starts]


def padded(side):
    """The smallest multiple of 16 that is not below a side."""
    return math.ceil(side / SIDE_MULTIPLE) * SIDE_MULTIPLE


def restore_tile(model, tile, mask, shape):
    """Restore a tile: (h, w, 3) or (h, w) -> (*shape, 4) float32 red, green, blue and damage.

    Where the tile is smaller than the shape, its mirror image goes on.
    """
    picture = tile / np.float32(LARGEST[tile.dtype.name])
    if tile.ndim == 2:
        picture = np.repeat(picture[..., None], 3, axis=-1)
    if mask is not None:
        picture[mask] = 0
    missing = [(0, wanted - there) for wanted, there in zip(shape, tile.shape)]
    picture = np.pad(picture, [*missing, (0, 0)], mode="reflect")
    prediction = model.predict_on_batch(picture[None])
    return np.concatenate([prediction["restored"][0], prediction["damage"][0]], axis=-1)


def as_painted(colours, painting):
    """Colours (n, 3) float32 in [0, 1] as pixels of a painting: in its type, and grey if it is."""
    if painting.ndim == 2:
        colours = colours.mean(axis=-1)
    return as_stored(colours, painting.dtype.name)


def check_painting(painting):
    """Raise PictureError unless the array is what `restore_painting` takes."""
    known = painting.dtype.name in LARGEST and painting.shape[2:] in ((), (3,))
    if not known or painting.ndim < 2 or painting.size == 0:
        raise PictureError(
            f"the painting is {painting.dtype} of shape {painting.shape}; give (height, width, 3), "
            "or (height, width) if it is grey, as uint8, uint16 or float32."
        )
    low, high = painting.min(), painting.max()
    if np.isnan(low):
        raise PictureError(
            "the painting holds NaN, which is no number; replace it with np.nan_to_num first."
        )
    if low < 0 or high > LARGEST[painting.dtype.name]:
        raise PictureError(
            f"the painting is float32 with values from {low:g} to {high:g}; divide it by the "
            "largest possible value, so that they lie between 0 and 1."
        )


def check_mask(mask, painting, name="the mask"):
    """Raise PictureError unless a mask is bool, of the painting's size, and marks a part of it."""
    if mask.dtype != bool or mask.shape != painting.shape[:2]:
        shapes = mask.shape, painting.shape[:2]
        size, wanted = (" x ".join(map(str, shape[::-1])) for shape in shapes)
        raise PictureError(
            f"{name} is {mask.dtype} of {size} pixels; a painting of {wanted} pixels needs bool of "
            "the same size."
        )
    marked = mask.mean()
    if not 0 < marked <= LARGEST_MASK:
        raise PictureError(
            f"{name} marks {marked:.0%} of the picture as damaged, which is what white (True) "
            f"means; mark some of it, at most {LARGEST_MASK:.0%}, or invert the mask if it is "
            "black that marks the damage."
        )


def faster_to_restore(model, size=256, tiles=3):
    """Restore a few tiles in float32 and in mixed bfloat16; return the name of the faster one.

    model: from `load_model`.   size: of the tiles, in pixels.
    """
    tile = np.zeros((1, size, size, 3), np.float32)

    def seconds(precision):
        candidate = with_precision(model, precision)
        candidate.predict_on_batch(tile)  # the first call also compiles
        began = time.monotonic()
        for _ in range(tiles):
            candidate.predict_on_batch(tile)
        return time.monotonic() - began

    return min(("float32", "mixed_bfloat16"), key=seconds)


# ---------------------------------------------------------------------------------------------
# A picture file, and the record of its restoration

REGIONS_LISTED = 100


class Restoration(NamedTuple):
    """The three files that a restoration leaves."""

    picture: Path
    damage_map: Path
    record: Path


BEST_MODEL = "unet_192x192_damages"  # for scans: it knows most kinds of damage


def restore_file(path, folder, mask_path=None, model_name=BEST_MODEL, precision=None):
    """Restore a picture file, and write the result, the damage map and a record.

    Without a mask, in two passes (`find_and_fill`).

    They are always new files: <name>_restored.png, <name>_restored_damage.png and
    <name>_restored.json, or <name>_restored_2.png and so on where there are such files already.
    The picture keeps its size, depth, colour profile and resolution, and is stored without loss:
    as TIFF if it came as TIFF or has more than 8 bits per channel, else as PNG. A JPEG file
    becomes PNG, too, because JPEG would change every pixel a little.

    path: of the picture.   folder: where to write; made if it does not exist.
    mask_path: of a picture of the same size, white where damaged; None to let the network find it.
    model_name: such as "unet_192x192_damages".
    precision: "float32" or "mixed_bfloat16"; None for the one that is faster on this machine.
    Returns a Restoration.
    Raises PictureError, ModelFileError.
    """
    path, folder = Path(path), Path(folder)
    scan = read_scan(path)
    mask = None if mask_path is None else read_mask(mask_path, scan.pixels)
    precision = precision or faster_to_restore(load_model(model_name))
    model = load_model(model_name, precision=precision)
    with unfinished(folder) as part:
        if mask is None:
            restored, damage = find_and_fill(model, scan.pixels)
        else:
            restored, damage = restore_painting(model, scan.pixels, mask)
        files = restoration_files(part, free_name(folder, path.stem), scan)
        write_picture(files.picture, restored, scan.dpi, scan.icc_profile)
        write_picture(files.damage_map, as_stored(damage, "uint8"), scan.dpi)
        record = {
            "picture": described(path),
            "mask": None if mask_path is None else described(Path(mask_path)),
            "mode": "blind" if mask_path is None else "told",
            "restored": described(files.picture),
            "damage_map": described(files.damage_map),
            "repainted": where_repainted(damage > DAMAGED),
            "model": [described(file) for file in model_files(model_name, MODEL_DATA)],
            "settings": {
                "precision": precision, "tile": TILE, "overlap": OVERLAP, "found_above": FOUND,
            },
            "software": software(),
            "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        }
        files.record.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        for file in files:
            os.replace(file, folder / file.name)
    return Restoration(*(folder / file.name for file in files))


def read_mask(path, painting):
    """Read a mask from a picture file: (h, w) bool, True where it is white. Raises PictureError."""
    mask = read_picture(path).mean(axis=-1) > 0.5
    check_mask(mask, painting, f"'{path}'")
    return mask


@contextlib.contextmanager
def unfinished(folder):
    """A folder inside `folder` for files that are being written; it goes away at the end.

    Raises PictureError where the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="part_", dir=folder) as part:
            yield Path(part)
    except OSError as error:
        raise PictureError(
            f"'{folder}' cannot be written to ({error.strerror or error}); choose another folder."
        ) from error


def free_name(folder, stem):
    """<stem>_restored, or with the first number whose files do not exist yet."""
    for number in itertools.count(1):
        name = f"{stem}_restored" if number == 1 else f"{stem}_restored_{number}"
        endings = (".png", ".tif", "_damage.png", ".json")
        if not any((folder / f"{name}{ending}").exists() for ending in endings):
            return name


def restoration_files(folder, name, scan):
    """The Restoration of a Scan, by its names."""
    tiff = scan.format == "TIFF" or scan.pixels.dtype != np.uint8  # Pillow's PNG has 8 bits
    return Restoration(
        folder / f"{name}{'.tif' if tiff else '.png'}",
        folder / f"{name}_damage.png",
        folder / f"{name}.json",
    )


def write_picture(path, pixels, dpi=None, icc_profile=None):
    """Write pixels without loss, as TIFF or PNG. pixels, dpi and icc_profile: as in a Scan."""
    if path.suffix == ".png":
        Image.fromarray(pixels).save(path, dpi=dpi, icc_profile=icc_profile)
    else:
        tifffile.imwrite(
            path, pixels, photometric="rgb" if pixels.ndim == 3 else "minisblack", metadata=None,
            compression="zlib", resolution=dpi, resolutionunit="INCH", iccprofile=icc_profile,
        )


def described(path):
    """Name and checksum of a file."""
    return {"file": path.name, "sha256": sha256(path)}


def where_repainted(repainted):
    """How many pixels, and the boxes around the largest connected regions, as a dict for JSON.

    repainted: (h, w) bool.
    """
    _, _, regions, _ = cv2.connectedComponentsWithStats(repainted.astype(np.uint8))
    regions = regions[1:]  # the first one is what was left alone
    largest = regions[np.argsort(-regions[:, cv2.CC_STAT_AREA], kind="stable")][:REGIONS_LISTED]
    names = ("left", "top", "width", "height", "pixels")
    return {
        "pixels": int(repainted.sum()),
        "of": {"width": repainted.shape[1], "height": repainted.shape[0]},
        "fraction": float(repainted.mean()),
        "regions": len(regions),
        "largest_regions": [dict(zip(names, region)) for region in largest.tolist()],
    }


def software():
    """The versions of what a restoration was computed with."""
    backend = keras.backend.backend()
    return {
        "python": platform.python_version(),
        backend: sys.modules[backend].__version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
        "pillow": PIL.__version__,
    }


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(
        prog="python -m inpainting.restore",
        description="Restore a picture file; write the result, the damage map and a record.",
    )
    parser.add_argument("picture", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=Path(), help="folder of the new files")
    parser.add_argument("--mask", type=Path, help="picture of the same size, white where damaged")
    parser.add_argument("--model", default=BEST_MODEL)
    parser.add_argument(
        "--precision", choices=["float32", "mixed_bfloat16"], help="default: the faster"
    )
    return parser.parse_args(arguments)


def main(arguments=None):
    settings = parse_arguments(arguments)
    try:
        files = restore_file(
            settings.picture, settings.output, settings.mask, settings.model, settings.precision
        )
    except (PictureError, ModelFileError) as error:
        sys.exit(f"{error}")
    repainted = json.loads(files.record.read_text(encoding="utf-8"))["repainted"]
    print("{pixels:,} pixels repainted ({fraction:.2%}) in {regions:,} regions".format(**repainted))
    print(*files, sep="\n")


if __name__ == "__main__":
    main()
