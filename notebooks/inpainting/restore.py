"""Restore a picture file of any size.

    python -m inpainting.restore scan.tif -o out/ --mask out/scan_found_mask.png

repairs what is white in a mask, found (see `find`) or drawn by hand. Without a mask,

    python -m inpainting.restore scan.tif -o out/

makes a draft: it finds the damage and repairs what is loss for certain. Beside the restored picture
lie the map of what was repainted and a record of what was done.
"""

import argparse
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from . import records
from .checks import InputError, PictureError
from .command import ended_in_one_line
from .files import described, new_files
from .find import (
    add_search_arguments, check_kinds, found_beside, proposed_masks, search_settings,
)
from .find_and_fill.paintings import (
    LOSS_KINDS, find_masks, load_specialists, restore_by_kind, restore_found, union,
)
from .marks import DRAWN
from .pictures import Scan, ending_of, read_mask, read_scan, write_picture

ENDINGS = ".png", ".tif", "_damage.png", ".json"  # of the new files
UNCHECKED = "This is a draft: nobody has checked the map of the damage."
NOTHING_FOUND = "No such damage was found; the picture is as it was."


class Marked(NamedTuple):
    """What a mask marks.

    masks: {kind: (h, w) bool}, of those kinds that are marked: what `find` proposed, and DRAWN.
    scan: the Scan of its file.
    about: for the record: its file, its checksum and its origin, which is "found" if the mask is as
        `find` has written it for this picture, "mended" if it was changed since, else "drawn".
    """

    masks: dict[str, np.ndarray]
    scan: Scan
    about: dict


class Restoration(NamedTuple):
    """The three files that a restoration leaves."""

    picture: Path
    damage_map: Path
    record: Path


def restore_file(
    path, folder, mask_path=None, kinds=None, finder="finder_192x192", filler="filler_192x192",
    cleaner="cleaner_192x192", precision=None,
):
    """Restore a picture file, and write the result, the map of what was repainted and a record.

    With a mask, what is white in it is repaired: stains that `find` has found are cleaned, and all
    the rest is filled. Without one, the result is a draft: the network finds the damage, and what
    is loss for certain is repaired.

    They are always new files: <name>_restored.png, <name>_restored_damage.png and
    <name>_restored.json, or <name>_restored_2.png and so on where there are such files already.
    The picture keeps its size, depth, colour profile and resolution, and is stored without loss:
    as TIFF if it came as TIFF or has more than 8 bits per channel, else as PNG. A JPEG file
    becomes PNG, too, because JPEG would change every pixel a little. What cannot be kept stands
    in the record, under "notices". All pixels outside the map stay bit for bit as they are.

    path: of the picture.   folder: where to write; made if it does not exist.
    mask_path: of a picture of the same size, white where damaged; None for a draft.
    kinds: those that a draft repairs, of `networks.FIND_KINDS`; None for LOSS_KINDS.
    finder, filler, cleaner: the name of a shipped network, or the path of one's own, as for
        `models.model_files`.
    precision: "float32" or "mixed_bfloat16"; None for the one that is faster on this machine.
    Returns a Restoration.
    Raises PictureError, ModelFileError, InputError.
    """
    path, folder = Path(path), Path(folder)
    scan = read_scan(path)
    marked = None if mask_path is None else read_marked(Path(mask_path), scan)
    kinds = kinds_to_repair(kinds, marked)
    named = {"finder": finder, "filler": filler, "cleaner": cleaner}
    models = {network: named[network] for network in needed_networks(kinds, marked)}
    size = scan.pixels.nbytes + scan.pixels[..., :1].nbytes
    with new_files(folder, f"{path.stem}_restored", ENDINGS, size) as new:
        networks, precision = load_specialists(models, precision)
        try:
            restored, masks = repair(scan.pixels, marked, kinds, networks)
        except PictureError as error:
            raise PictureError(f"'{path}': {error}") from error
        used = needed_networks([kind for kind in kinds if masks[kind].any()], marked)
        repaired = np.any([masks[kind] for kind in kinds], axis=0)
        files = restoration_files(new, scan)
        write_picture(files.picture, restored, scan.dpi, scan.icc_profile)
        write_picture(files.damage_map, np.where(repaired, np.uint8(255), np.uint8(0)), scan.dpi)
        record = inputs_and_notices(scan, marked, repaired) | {
            "restored": described(files.picture),
            "damage_map": described(files.damage_map),
            "repainted": records.where_repainted(repaired),
            "kinds": {
                kind: area | {"repaired": kind in kinds}
                for kind, area in records.areas(masks, scan.dpi).items()
            },
            "models": records.networks_used({name: models[name] for name in used}),
            "settings": search_settings(precision),
        } | records.about_this_run()
        files.record.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return Restoration(*(folder / file.name for file in files))


def read_marked(mask_path, scan):
    """Read a mask, and look up of what kind the damage is that `find` has found there.

    scan: the Scan of the picture.
    Returns Marked.   Raises PictureError.
    """
    search = found_beside(mask_path, scan)
    mask, of_mask = read_mask(mask_path, scan.pixels)
    about = {"file": of_mask.file, "sha256": of_mask.sha256}
    if search is None:
        return Marked({DRAWN: mask}, of_mask, about | {"origin": "drawn"})
    proposed = proposed_masks(mask_path, search)
    masks = {kind: found & mask for kind, found in proposed.items()}
    masks[DRAWN] = mask & ~union(proposed, proposed)
    unchanged = np.array_equal(mask, union(proposed, proposed))
    about |= {"origin": "found" if unchanged else "mended", "found_by": search["models"]["finder"]}
    return Marked({kind: mask for kind, mask in masks.items() if mask.any()}, of_mask, about)


def kinds_to_repair(kinds, marked):
    """The kinds that are repaired: those of a mask, or those named for a draft.

    Raises InputError where they are unknown, or named beside a mask.
    """
    if marked is None:
        kinds = LOSS_KINDS if kinds is None else tuple(kinds)
        check_kinds(kinds)
        return kinds
    if kinds is not None:
        raise InputError(
            "with a mask, all that it marks is repaired; leave out the kinds, or the mask.")
    return tuple(marked.masks)


def needed_networks(kinds, marked):
    """The names of the networks that repair these kinds."""
    finder = () if marked else ("finder",)
    filler = ("filler",) if set(kinds) - {"stains"} else ()
    return *finder, *filler, *(("cleaner",) if "stains" in kinds else ())


def repair(painting, marked, kinds, networks):
    """Restore what is marked or, where nothing is, what is found.

    painting: as in a Scan.   marked: Marked, or None.   networks: {name: keras.Model}.
    Returns restored, like the painting, and {kind: (h, w) bool} of all that was marked or found.
    """
    if marked:
        return restore_by_kind(painting, marked.masks, **networks), marked.masks
    masks = find_masks(painting, networks.pop("finder"))
    return restore_found(painting, {kind: masks[kind] for kind in kinds}, **networks), masks


def inputs_and_notices(scan, marked, repaired):
    """The part of the record on what came in, and what a reader should know."""
    picture = {"picture": {"file": scan.file, "sha256": scan.sha256}}
    if marked:
        return picture | {
            "mask": marked.about,
            "mode": "told",
            "notices": records.notices(scan, marked.scan),
        }
    nothing = [] if repaired.any() else [NOTHING_FOUND]
    return picture | {
        "mask": None, "mode": "draft", "notices": [*records.notices(scan), UNCHECKED, *nothing],
    }


def restoration_files(path, scan):
    """The Restoration of a Scan, with the endings behind a path."""
    endings = ending_of(scan.pixels, scan.format), "_damage.png", ".json"
    return Restoration(*(path.with_name(f"{path.name}{ending}") for ending in endings))


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m inpainting.restore",
        description="Restore a picture file; write the result, the damage map and a record.",
    )
    add_search_arguments(parser)
    parser.add_argument("--mask", type=Path, help="picture of the same size, white where damaged; "
                        "then nothing is searched, and no finder is used")
    for network in ("filler", "cleaner"):
        parser.add_argument(
            f"--{network}", default=f"{network}_192x192", metavar="MODEL",
            help=f"name of a shipped {network}, or path of your own",
        )
    settings = parser.parse_args(arguments)
    files = restore_file(
        settings.picture, settings.output, settings.mask, settings.kinds, settings.finder,
        settings.filler, settings.cleaner, settings.precision,
    )
    record = json.loads(files.record.read_text(encoding="utf-8"))
    if record["mask"]:
        print("The mask was {origin}.".format(**record["mask"]))
    records.print_record(record, "repaired", "repaired")
    print(
        "{pixels:,} pixels repainted ({fraction:.2%}) in {regions:,} regions"
        .format(**record["repainted"])
    )
    print(*files, sep="\n")


if __name__ == "__main__":
    with ended_in_one_line():
        main()
