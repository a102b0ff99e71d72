"""The mask editor of the notebooks: look at the marked damage, mend the marks, fill, save."""

import hashlib
import json
import time
import zlib
from functools import partial
from pathlib import Path

import numpy as np

from . import records
from .checks import PictureError, check_painting
from .files import described, new_files
from .find_and_fill.paintings import find_masks, restore_by_kind
from .marks import DRAWN, as_marks, as_masks
from .painting_widget import PaintingWidget, check_masks, kinds_and_colours, stroke_pixels
from .pictures import as_stored, ending_of, read_scan, write_picture
from .restore import needed_networks

LEFT_ALONE = "craquelure", "writing"  # age, and perhaps a part of the picture


class MaskEditor(PaintingWidget):
    """Look at the marked damage of a painting, mend the marks, fill what is marked, save.

    painting: (h, w, 3), or (h, w) if grey; uint8, uint16 or, in [0, 1], float32. It is not changed.
    masks: {kind: (h, w) bool}, True where damage of this kind was found; at most 6 kinds. None to
        let the shipped network find it.
    fill: function (painting, mask) -> restored, like the painting; only marked pixels may change.
        None for the shipped networks: what is marked as stains is cleaned, then all that is marked
        as another kind is filled, the pixels that are marked as both too.
    save: function (mask, restored, record) -> the paths of the files that it wrote; record: a dict
        for JSON. The default writes into the working folder, as `save_files` says.
    left_alone: kinds that are off at first.

    The cell below may use, at any time
    mask: (h, w) bool, True where a kind that is on is marked;   masks: of each kind that is on;
    restored: what the last filling returned, or None if the marks have changed since.
    Raises PictureError.
    """

    def __init__(self, painting, masks=None, fill=None, save=None, left_alone=LEFT_ALONE):
        check_painting(painting)
        self.found_by = ("finder",) if masks is None else ()
        masks = find_masks(painting) if masks is None else masks
        check_masks(masks, painting)
        found = {kind: mask for kind, mask in masks.items() if kind != DRAWN}
        masks = found | {DRAWN: masks.get(DRAWN, np.zeros(painting.shape[:2], bool))}
        self.fill_with = fill
        self.save_with = save or partial(save_files, folder=Path(), name="painting")
        self.done, self.undone = [], []
        self.found = any(mask.any() for mask in found.values())
        self.drawn_before = bool(masks[DRAWN].any())
        super().__init__(
            painting,
            kinds_and_colours(masks),
            as_marks(masks),
            mode="mask",
            kinds_on=[kind for kind in masks if kind not in left_alone],
        )
        self.status = what_to_do(self.mask.any())

    @classmethod
    def of_file(cls, path, folder):
        """Open the editor on a picture file; the shipped network finds the damage.

        What it saves has the depth, the resolution and the colour profile of the file, and the
        record names the file.

        path: of the picture, which is not changed.
        folder: where to save; made if it does not exist.
        Raises PictureError.
        """
        scan = read_scan(path)
        save = partial(save_files, folder=Path(folder), name=Path(path).stem, scan=scan)
        return cls(scan.pixels, save=save)

    @property
    def bits_on(self):
        return sum(1 << bit for bit, (kind, _) in enumerate(self.kinds) if kind in self.kinds_on)

    @property
    def mask(self):
        return (self.marks & self.bits_on).astype(bool)

    @property
    def masks(self):
        masks = as_masks(self.marks, [kind for kind, _ in self.kinds])
        return {kind: mask for kind, mask in masks.items() if kind in self.kinds_on}

    def stroke(self, points, width, erase, kind=DRAWN):
        """Draw with a brush, or erase marks of all kinds that are on: see `stroke_pixels`.

        kind: of the marks that are drawn, one of the editor's: DRAWN is filled, "stains" cleaned.
            It is switched on. Marks of other kinds at the same place stay.
        Raises PictureError.
        """
        names = [name for name, _ in self.kinds]
        if kind not in names:
            raise PictureError(
                f"the kind '{kind}' cannot be drawn here; draw one of {', '.join(names)}.")
        place, covered = stroke_pixels(self.marks.shape, points, width)
        before = self.marks[place]
        drawn = np.uint8(1 << names.index(kind))
        after = before & ~np.uint8(self.bits_on) if erase else before | drawn
        flipped = np.where(covered, before ^ after, 0).astype(np.uint8)
        if not flipped.any() and (erase or kind in self.kinds_on):
            return
        if not erase and kind not in self.kinds_on:
            self.kinds_on = [*self.kinds_on, kind]
        self.done.append((place, flipped.shape, zlib.compress(flipped, 1)))
        self.undone.clear()
        self.flip(self.done[-1])

    def undo(self):
        """Take the last stroke back."""
        if self.done:
            self.undone.append(self.done.pop())
            self.flip(self.undone[-1])

    def redo(self):
        """Draw the stroke again that was taken back."""
        if self.undone:
            self.done.append(self.undone.pop())
            self.flip(self.done[-1])

    def flip(self, change):
        place, shape, flipped = change
        self.marks[place] ^= np.frombuffer(zlib.decompress(flipped), np.uint8).reshape(shape)
        self.changed()

    def switch(self, kinds_on):
        """Leave on only these kinds: the others are not shown, not erased and not filled."""
        self.kinds_on = [kind for kind, _ in self.kinds if kind in kinds_on]
        self.changed()

    def changed(self):
        self.steps += 1
        self.undoable, self.redoable = len(self.done), len(self.undone)
        stale, self.restored = self.restored is not None, None
        marked = self.mask.any()
        self.status = (
            "The marks have changed; press Fill again to see the result." if stale and marked
            else what_to_do(marked)
        )
        self.show("marks", *["filled"] * stale)

    def fill(self):
        """Fill what is marked, and show it."""
        mask = self.mask
        if not mask.any():
            raise PictureError("nothing is marked; draw with the brush, or switch a kind on.")
        began = time.perf_counter()
        self.restored = (
            self.fill_with(self.painting, mask) if self.fill_with
            else restore_by_kind(self.painting, self.masks)
        )
        seconds = time.perf_counter() - began
        self.status = (
            f"{mask.sum():,} pixels repainted ({mask.mean():.1%} of the painting) in "
            f"{seconds:.1f} s. Move the slider to compare; press Save to keep it."
        )
        self.show("filled")

    def save(self):
        """Write mask, picture and record, always as new files; fill first if that is not done."""
        if self.restored is None:
            self.fill()
        paths = self.save_with(self.mask, self.restored, self.record())
        names = ", ".join(path.name for path in paths)
        self.status = f"Saved in the folder {paths[0].resolve().parent}: {names}."

    def record(self):
        """What was marked and by whom, as a dict for JSON."""
        pixels = np.ascontiguousarray(self.painting)
        return {
            "picture": {
                "sha256": hashlib.sha256(pixels).hexdigest(),
                "comment": "of the pixels, row by row; the editor knows no file",
            },
            "mask_from": self.mask_from(),
            "strokes": len(self.done),
            "kinds": {
                kind: {"fraction": area, "filled": kind in self.kinds_on}
                for area, (kind, _) in zip(self.areas, self.kinds)
            },
            "repainted": records.where_repainted(self.mask),
        } | self.networks() | records.about_this_run()

    def mask_from(self):
        if not self.done and not self.drawn_before:
            return "found"
        return "mended" if self.found else "drawn"

    def networks(self):
        """The shipped networks that find and repair here, for the record; {} if there are none."""
        kinds = [kind for kind, mask in self.masks.items() if mask.any()]
        repair = () if self.fill_with else needed_networks(kinds, marked=True)
        names = {name: f"{name}_192x192" for name in (*self.found_by, *repair)}
        return {"models": records.networks_used(names)} if names else {}


def what_to_do(marked):
    """The sentence under the picture before it is filled."""
    if marked:
        return "Erase what is no damage, draw what is missing; then press Fill."
    return "Nothing is marked in the kinds that are on. Draw over what is damaged; then press Fill."


def save_files(mask, restored, record, folder, name, scan=None):
    """Write <name>_restored.png, <name>_restored_mask.png and a .json record.

    They are always new files, with a number where there are such files already. The picture is TIFF
    where it has more than 8 bits, or comes from a TIFF file. It keeps the depth of the file that it
    comes from; float32 that comes from none is stored in 16 bits.

    mask: (h, w) bool.   restored: as `fill` returns it.   record: dict for JSON.
    scan: the Scan that the painting comes from; None where it comes from no file.
    Returns the three paths.   Raises PictureError, and leaves nothing, if they cannot be written.
    """
    if restored.dtype == np.float32 and scan is None:
        restored = as_stored(restored, "uint16")
    file_format, dpi, profile, of_file = None, None, None, {}
    if scan is not None:
        file_format, dpi, profile = scan.format, scan.dpi, scan.icc_profile
        of_file = {
            "picture": {"file": scan.file, "sha256": scan.sha256}, "notices": records.notices(scan),
        }
    endings = ending_of(restored, file_format), "_mask.png", ".json"
    size = restored.nbytes + mask.nbytes
    with new_files(folder, f"{name}_restored", endings, size) as new:
        files = [new.with_name(f"{new.name}{ending}") for ending in endings]
        write_picture(files[0], restored, dpi, profile)
        write_picture(files[1], as_stored(mask.astype(np.float32), "uint8"), dpi)
        record = {"restored": described(files[0]), "mask": described(files[1])} | record | of_file
        files[2].write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return [folder / file.name for file in files]
