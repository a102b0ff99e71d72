"""Restore a picture file of any size.

    python -m inpainting.restore scan.tif -o out/

writes beside the restored picture the map of the damage and a record of what was done.
"""

import argparse
import contextlib
import datetime
import json
import platform
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import cv2
import keras
import numpy as np
import PIL

from . import __version__
from .checks import PictureError
from .command import ended_in_one_line
from .files import described, new_files
from .machine import PRECISIONS
from .models import faster_to_restore, load_model, model_files
from .pictures import as_stored, read_mask, read_scan, write_picture
from .tiles import DAMAGED, FOUND, OVERLAP, TILE, find_and_fill, restore_painting

ENDINGS = ".png", ".tif", "_damage.png", ".json"  # of the new files
REGIONS_LISTED = 100
BEST_MODEL = "unet_192x192_damages"  # for scans: it knows most kinds of damage


class Restoration(NamedTuple):
    """The three files that a restoration leaves."""

    picture: Path
    damage_map: Path
    record: Path


def restore_file(path, folder, mask_path=None, model=BEST_MODEL, precision=None):
    """Restore a picture file, and write the result, the damage map and a record.

    Without a mask, in two passes (`find_and_fill`).

    They are always new files: <name>_restored.png, <name>_restored_damage.png and
    <name>_restored.json, or <name>_restored_2.png and so on where there are such files already.
    The picture keeps its size, depth, colour profile and resolution, and is stored without loss:
    as TIFF if it came as TIFF or has more than 8 bits per channel, else as PNG. A JPEG file
    becomes PNG, too, because JPEG would change every pixel a little. What cannot be kept stands
    in the record, under "notices".

    path: of the picture.   folder: where to write; made if it does not exist.
    mask_path: of a picture of the same size, white where damaged; None to let the network find it.
    model: the name of a shipped one, or the path of one's own, as for `models.model_files`.
    precision: "float32" or "mixed_bfloat16"; None for the one that is faster on this machine.
    Returns a Restoration.
    Raises PictureError, ModelFileError.
    """
    path, folder = Path(path), Path(folder)
    scan = read_scan(path)
    mask, marks = None, None
    if mask_path is not None:
        mask, marks = read_mask(Path(mask_path), scan.pixels)
    size = scan.pixels.nbytes + scan.pixels[..., :1].nbytes
    with new_files(folder, f"{path.stem}_restored", ENDINGS, size) as new:
        precision = precision or faster_to_restore(load_model(model))
        network = load_model(model, precision=precision)
        try:
            if mask is None:
                restored, damage = find_and_fill(network, scan.pixels)
            else:
                restored, damage = restore_painting(network, scan.pixels, mask)
        except PictureError as error:
            raise PictureError(f"'{path}': {error}") from error
        files = restoration_files(new, scan)
        write_picture(files.picture, restored, scan.dpi, scan.icc_profile)
        write_picture(files.damage_map, as_stored(damage, "uint8"), scan.dpi)
        record = {
            "picture": {"file": scan.file, "sha256": scan.sha256},
            "mask": None if mask is None else {"file": marks.file, "sha256": marks.sha256},
            "mode": "blind" if mask is None else "told",
            "notices": [
                f"'{read.file}': {notice}." for read in (scan, marks) if read
                for notice in read.notices
            ],
            "restored": described(files.picture),
            "damage_map": described(files.damage_map),
            "repainted": where_repainted(damage > DAMAGED),
            "model": [described(file) for file in model_files(model)[:2]],
            "settings": {
                "precision": precision, "tile": TILE, "overlap": OVERLAP, "found_above": FOUND,
            },
            "version": version(),
            "software": software(),
            "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        }
        files.record.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return Restoration(*(folder / file.name for file in files))


def restoration_files(path, scan):
    """The Restoration of a Scan, with the endings behind a path."""
    tiff = scan.format == "TIFF" or scan.pixels.dtype != np.uint8  # Pillow's PNG has 8 bits
    endings = ".tif" if tiff else ".png", "_damage.png", ".json"
    return Restoration(*(path.with_name(f"{path.name}{ending}") for ending in endings))


def where_repainted(repainted):
    """How many pixels, and the boxes around the largest connected regions, as a dict for JSON.

    repainted: (h, w) bool.
    """
    _, _, regions, _ = cv2.connectedComponentsWithStats(repainted.view(np.uint8))
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


def version():
    """Which code this is: its version and, where it lies in a git repository, the commit."""
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return __version__
    git = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40"]
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(git, capture_output=True, text=True, timeout=10, check=True)
        return f"{__version__}, commit {done.stdout.strip()}"
    return __version__


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
    parser.add_argument(
        "--model", default=BEST_MODEL, help="name of a shipped model, or path of your own"
    )
    parser.add_argument(
        "--precision", choices=PRECISIONS, help="default: the faster"
    )
    return parser.parse_args(arguments)


def main(arguments=None):
    settings = parse_arguments(arguments)
    files = restore_file(
        settings.picture, settings.output, settings.mask, settings.model, settings.precision
    )
    record = json.loads(files.record.read_text(encoding="utf-8"))
    for notice in record["notices"]:
        print(notice)
    print(
        "{pixels:,} pixels repainted ({fraction:.2%}) in {regions:,} regions"
        .format(**record["repainted"])
    )
    print(*files, sep="\n")


if __name__ == "__main__":
    with ended_in_one_line():
        main()
