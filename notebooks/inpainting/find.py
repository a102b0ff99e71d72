"""Find the damage of a picture file by kind, and write down what was found. Nothing is filled.

    python -m inpainting.find scan.tif -o out/

proposes a mask, for a person to check and to mend in any paint program. Then

    python -m inpainting.restore scan.tif --mask out/scan_found_mask.png

repairs what is white in it. The mask is black and white, since that is what every program can
paint; so the kinds lie in a picture of their own beside it, and `restore` looks a white pixel up
there: a stain is cleaned, everything else, and what was drawn by hand, is filled. A mended mask may
get another name that begins as before, such as scan_found_mask_mended.png.
"""

import argparse
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from . import plots, records
from .checks import LARGEST_MASK, InputError, PictureError
from .command import ended_in_one_line
from .files import described, new_files, sha256
from .find_and_fill.networks import FIND_KINDS
from .find_and_fill.paintings import (
    LOSS_KINDS, THRESHOLD, find_masks, load_specialists, union,
)
from .machine import PRECISIONS
from .marks import as_marks, as_masks, read_marks, reduced_marks, write_marks
from .pictures import read_scan, reduced_picture, shape_within, write_picture
from .tiles import OVERLAP, TILE

ENDINGS = "_mask.png", "_kinds.png", "_condition.png", ".json"  # of the new files
CONDITION_MAP_SIDE = 2000  # of the painting in it, in pixels


class Findings(NamedTuple):
    """The four files that a search leaves."""

    mask: Path
    kinds: Path
    condition_map: Path
    record: Path


def find_file(path, folder, kinds=LOSS_KINDS, finder="finder_192x192", precision=None):
    """Find the damage of a picture file; write mask, kinds, condition map and record.

    They are always new files, of the name <name>_found or, where that is taken, <name>_found_2 and
    so on. <name>_found_mask.png is white where one of `kinds` was found. <name>_found_kinds.png has
    the colour of each kind, in the mask or not. <name>_found_condition.png is the painting in grey
    with the damage in colours and a legend, no side above 2,000 pixels. <name>_found.json is the
    record. Where no damage is found, the mask is black.

    path: of the picture, which is not changed.
    folder: where to write; made if it does not exist.
    kinds: those that the mask proposes to repair, of `networks.FIND_KINDS`.
    finder: the name of a shipped one, or the path of one's own, as for `models.model_files`.
    precision: "float32" or "mixed_bfloat16"; None for the one that is faster on this machine.
    Returns Findings.
    Raises PictureError, ModelFileError, InputError.
    """
    path, folder = Path(path), Path(folder)
    check_kinds(kinds)
    scan = read_scan(path)
    height, width = scan.pixels.shape[:2]
    size = 2 * height * width + 4 * CONDITION_MAP_SIDE**2
    with new_files(folder, f"{path.stem}_found", ENDINGS, size) as new:
        networks, precision = load_specialists({"finder": finder}, precision)
        masks = find_masks(scan.pixels, networks["finder"])
        mask = union(masks, kinds)
        areas = {
            kind: area | {"in_mask": kind in kinds}
            for kind, area in records.areas(masks, scan.dpi).items()
        }
        files = Findings(*(new.with_name(f"{new.name}{ending}") for ending in ENDINGS))
        write_picture(files.mask, np.where(mask, np.uint8(255), np.uint8(0)), scan.dpi)
        write_marks(files.kinds, masks, scan.dpi)
        write_condition_map(files.condition_map, scan.pixels, masks, areas)
        record = {
            "picture": {"file": scan.file, "sha256": scan.sha256},
            "mode": "found",
            "notices": records.notices(scan) + notices_of_mask(mask),
            "mask": described(files.mask),
            "kinds_map": described(files.kinds),
            "condition_map": described(files.condition_map),
            "size": {"width": width, "height": height},
            "dpi": scan.dpi,
            "kinds": areas,
            "models": records.networks_used({"finder": finder}),
            "settings": search_settings(precision),
        } | records.about_this_run()
        files.record.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return Findings(*(folder / file.name for file in files))


def check_kinds(kinds):
    """Raise InputError unless kinds are some of FIND_KINDS."""
    unknown = [kind for kind in kinds if kind not in FIND_KINDS]
    if unknown or not kinds:
        what = f"'{unknown[0]}' is no kind of damage" if unknown else "no kind of damage is named"
        raise InputError(f"{what}; choose from {', '.join(FIND_KINDS)}.")


def search_settings(precision):
    """How a picture was searched, as a dict for JSON."""
    return {
        "precision": precision, "tile": TILE, "overlap": OVERLAP, "found_above": THRESHOLD,
        "looks": ["picture", "mirror image"],
    }


def notices_of_mask(mask):
    """What a person should know about a proposed mask (h, w) bool, a sentence each."""
    if not mask.any():
        return ["No such damage was found; the mask is black, for you to draw on."]
    if mask.mean() > LARGEST_MASK:
        return [
            f"The mask marks {mask.mean():.0%} of the picture, more than is filled; erase what is "
            "no damage."
        ]
    return []


def write_condition_map(path, painting, masks, areas):
    """Draw a painting, in the numbers of its file, and its damage; see `plots.condition_map`.

    areas: the "kinds" of the record.
    """
    shape = shape_within(painting.shape[:2], CONDITION_MAP_SIDE)
    picture = reduced_picture(painting, shape) / np.float32(255)
    shown = as_masks(reduced_marks(as_marks(masks), shape), masks)
    labels = {
        kind: f"{kind} {area['per_cent']:.2f} %{'' if area['in_mask'] else ', left alone'}"
        for kind, area in areas.items() if area["pixels"]
    }
    plots.condition_map(picture, shown, labels).savefig(path, dpi=max(100, shape[1] / 8))


def found_beside(mask_path, scan):
    """The record of the search that a mask comes from, or None where it comes from none.

    A mask belongs to the record <name>.json in its folder if its name begins with <name>_mask, so
    that a mended one may be saved under another name, such as <name>_mask_mended.png.

    scan: the Scan of the picture that the mask is to be used for.
    Raises PictureError where the search was one of another picture.
    """
    record = next(filter(None, map(search_record, records_beside(mask_path))), None)
    if record and record["picture"]["sha256"] != scan.sha256:
        raise PictureError(
            f"'{mask_path}' was found for another picture, '{record['picture']['file']}', and not "
            f"for '{scan.file}'; run inpainting.find on this one, or copy the mask alone to "
            "another folder if it fits both."
        )
    return record


def records_beside(mask_path):
    """The files that may be the record of a mask, the longest name first: "_mask" may stand in the
    name of the picture, and in what was added to that of the mask."""
    stem = mask_path.stem
    names = [stem[:place] for place in range(len(stem)) if stem.startswith("_mask", place)]
    files = [mask_path.with_name(f"{name}.json") for name in reversed(names)]
    return [file for file in files if file.is_file()]


def search_record(file):
    """A record that inpainting.find has written, as a dict; None for any other JSON file.

    Raises PictureError if it cannot be read.
    """
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PictureError(
            f"'{file}', the record that belongs to the mask, cannot be read; run "
            "inpainting.find again, or copy the mask alone to another folder."
        ) from error
    return record if isinstance(record, dict) and record.get("mode") == "found" else None


def proposed_masks(mask_path, record):
    """What a search proposed to repair: {kind: (h, w) bool}.

    record: from `found_beside`.
    Raises PictureError where the file of the kinds is not the one that the search wrote.
    """
    kinds_file = mask_path.with_name(record["kinds_map"]["file"])
    if not kinds_file.is_file() or sha256(kinds_file) != record["kinds_map"]["sha256"]:
        raise PictureError(
            f"'{kinds_file}', which says of what kind the damage in the mask is, is missing or was "
            "changed; run inpainting.find again, or copy the mask alone to another folder to have "
            "all of it filled."
        )
    masks = read_marks(kinds_file, record["kinds"])
    return {kind: mask for kind, mask in masks.items() if record["kinds"][kind]["in_mask"]}


def add_search_arguments(parser):
    """The arguments that the commands find and restore share."""
    parser.add_argument("picture", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=Path(), help="folder of the new files")
    parser.add_argument(
        "--kinds", nargs="+", metavar="KIND",
        help=f"what to repair, of {', '.join(FIND_KINDS)}; default: {', '.join(LOSS_KINDS)}. "
             "Write the picture before it",
    )
    parser.add_argument("--precision", choices=PRECISIONS, help="default: the faster")
    parser.add_argument(
        "--finder", default="finder_192x192", metavar="MODEL",
        help="name of a shipped finder, or path of your own",
    )


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m inpainting.find",
        description="Find the damage of a picture; write a mask, a condition map and a record.",
    )
    add_search_arguments(parser)
    settings = parser.parse_args(arguments)
    files = find_file(
        settings.picture, settings.output, settings.kinds or LOSS_KINDS, settings.finder,
        settings.precision,
    )
    record = json.loads(files.record.read_text(encoding="utf-8"))
    records.print_record(record, "in_mask", "in the mask")
    print(*files, sep="\n")


if __name__ == "__main__":
    with ended_in_one_line():
        main()
