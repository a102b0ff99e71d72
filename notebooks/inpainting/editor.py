"""The mask editor of the notebooks: look at the marked damage, mend the marks, fill, save.

It is a widget of anywidget. Its front end, editor.js, shows the painting reduced and sends strokes
in pixels of the painting; the marks lie here, at full size, and nobody else changes them.
"""

import base64
import hashlib
import json
import time
import uuid
import zlib
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import anywidget
import cv2
import numpy as np
import traitlets
from matplotlib.colors import to_rgb

from . import plots, records
from .checks import InputError, PictureError, check_painting
from .files import described, new_files
from .find_and_fill.paintings import find_masks, restore_by_kind
from .marks import DRAWN, as_marks, as_masks, reduced_marks
from .pictures import as_stored, reduced_picture, shape_within, write_picture
from .restore import needed_networks

LEFT_ALONE = "craquelure", "writing"  # age, and perhaps a part of the picture
MOST_KINDS = 7  # the marks of all kinds and of the brush are the bits of one byte
WHOLE_SIDE = 1600  # largest side of the whole painting as it is shown, in pixels
FINE_JPEG = (  # full resolution in the colours, too: thin lines are looked at
    cv2.IMWRITE_JPEG_QUALITY,
    93,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
)
DETAIL_SIDE = 2400  # the same of the part that is looked at when zoomed in: a large screen's


def stroke_pixels(shape, points, width):
    """The pixels that a stroke of the brush covers: those at most width / 2 away from its path.

    shape: (h, w) of the painting.   points: (n, 2) whole numbers, x and y of the pixels that the
    path leads through; they may lie outside.   width: of the brush, in pixels.
    Returns place, the two slices of the painting with the stroke, and covered, bool, of that size.
    """
    points, size, reach = np.array(points, np.int32), shape[::-1], width // 2
    low = np.clip(points.min(axis=0), 0, size) - reach
    high = np.clip(points.max(axis=0), 0, size) + reach + 1
    elsewhere = np.ones((high - low)[::-1], np.uint8)
    path = np.vstack([points[:1], points]) - low  # OpenCV does not draw one point alone
    cv2.polylines(elsewhere, [path.astype(np.int32)], False, 0)
    distance = cv2.distanceTransform(elsewhere, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    (left, top), (right, bottom) = np.maximum(low, 0), np.minimum(high, size)
    inside = slice(top - low[1], bottom - low[1]), slice(left - low[0], right - low[0])
    return (slice(top, bottom), slice(left, right)), distance[inside] <= width / 2


def encoded(ending, pixels, *settings):
    """Pixels as the bytes of a ".png" or ".jpg" file."""
    pixels = pixels[..., ::-1] if pixels.ndim == 3 else pixels
    return cv2.imencode(ending, pixels, settings)[1].tobytes()


class Layer(NamedTuple):
    """A part of the painting, by two slices, and the (height, width) that it is shown in."""

    place: tuple
    shape: tuple


class PaintingWidget(anywidget.AnyWidget):
    """A painting, marks over it, the filled one: what the mask editor and `live` share."""

    _esm = Path(__file__).with_name("editor.js")
    _css = Path(__file__).with_name("editor.css")

    mode = traitlets.Unicode().tag(sync=True)
    size = traitlets.List().tag(sync=True)  # width and height of the painting, in pixels
    kinds = traitlets.List().tag(sync=True)  # [name, colour] of each
    kinds_on = traitlets.List().tag(sync=True)
    areas = traitlets.List().tag(sync=True)  # of each kind, as part of the painting
    whole_picture = traitlets.Bytes().tag(sync=True)  # JPEG
    whole_marks = traitlets.Bytes().tag(sync=True)  # PNG, a bit for each kind
    whole_filled = traitlets.Bytes().tag(sync=True)  # JPEG; empty: not filled
    detail_place = traitlets.List().tag(sync=True)  # left, top, width and height; empty: none
    detail_picture = traitlets.Bytes().tag(sync=True)
    detail_marks = traitlets.Bytes().tag(sync=True)
    detail_filled = traitlets.Bytes().tag(sync=True)
    undoable = traitlets.Int().tag(sync=True)
    redoable = traitlets.Int().tag(sync=True)
    status = traitlets.Unicode().tag(sync=True)
    problem = traitlets.Bool().tag(sync=True)  # the status is an error
    answered = traitlets.List([0, ""]).tag(sync=True)  # a count, and the message it answers
    steps = traitlets.Int().tag(sync=True)  # taken in this widget: 0 when it is new
    picture_id = traitlets.Unicode().tag(sync=True)  # the same for the same picture and marks
    widget_id = traitlets.Unicode().tag(sync=True)  # never the same

    def __init__(self, painting, kinds, marks, **state):
        self.painting, self.marks, self.restored = painting, marks, None
        height, width = marks.shape
        whole = Layer((slice(0, height), slice(0, width)), shape_within(marks.shape, WHOLE_SIDE))
        self.layers = {"whole": whole}
        super().__init__(
            size=[width, height],
            kinds=kinds,
            widget_id=uuid.uuid4().hex,
            picture_id=f"{zlib.crc32(np.ascontiguousarray(painting)):x}-{zlib.crc32(marks):x}",
            **state,
        )
        self.show("picture", "marks")
        self.on_msg(self.receive)

    def __repr__(self):
        width, height = self.size
        return f"<{type(self).__name__} of {width} x {height} pixels>"

    def receive(self, _, message, buffers):
        """Do what a button, a key or a stroke asks for: a method and its arguments; then answer.

        An exception would be seen by nobody here, so it becomes the status.
        """
        with self.hold_sync():
            self.problem = False
            try:
                getattr(self, message["do"])(**message["with"])
            except Exception as error:
                self.status, self.problem = sentence(error), True
            self.answered = [self.answered[0] + 1, message["id"]]

    def show(self, *parts):
        """Send "picture", "marks" or "filled" of all layers again."""
        with self.hold_sync():
            for name, layer in self.layers.items():
                for part in parts:
                    setattr(self, f"{name}_{part}", self.as_shown(part, layer))
            self.areas = self.measured_areas()
            self.answered = [self.answered[0] + 1, ""]

    def as_shown(self, part, layer):
        if part == "marks":
            return encoded(".png", reduced_marks(self.marks[layer.place], layer.shape))
        painting = self.restored if part == "filled" else self.painting
        if painting is None:
            return b""
        picture = reduced_picture(painting[layer.place], layer.shape)
        return encoded(".jpg", picture, *FINE_JPEG)

    def measured_areas(self):
        counts = cv2.calcHist([self.marks], [0], None, [256], [0, 256]).ravel()
        has_bit = np.arange(256)[:, None] >> np.arange(len(self.kinds)) & 1
        return (counts @ has_bit / self.marks.size).tolist()

    def look(self, left, top, width, height, side):
        """Send a part of the painting, given in its pixels, for `side` pixels of a screen."""
        place = slice(top, top + height), slice(left, left + width)
        shape = shape_within((height, width), min(side, DETAIL_SIDE))
        self.layers["detail"] = Layer(place, shape)
        self.detail_place = [left, top, width, height]
        self.show("picture", "marks", "filled")

    def figure(self):
        """What is seen, as a matplotlib Figure with a legend, for where no widget can run."""
        shape = shape_within(self.marks.shape, 900)
        picture = reduced_picture(self.painting, shape) / np.float32(255)
        marks = reduced_marks(self.marks, shape)
        fig, axis = plots.figure(size=(8, 8 * shape[0] / shape[1] + 0.5))
        for bit, (kind, colour) in enumerate(self.kinds):
            if kind in self.kinds_on and self.areas[bit]:
                seen = (marks >> bit & 1).astype(bool)
                picture[seen] += np.float32(0.75) * (np.float32(to_rgb(colour)) - picture[seen])
                axis.plot([], [], "s", ms=10, color=colour, label=f"{kind} {self.areas[bit]:.2%}")
        axis.imshow(picture)
        axis.set_axis_off()
        if axis.lines:
            fig.legend(loc="outside lower center", ncols=4)
        return fig

    def _repr_mimebundle_(self, **kwargs):
        # A page without a kernel, and a notebook that is not trusted yet, show the figure.
        data, metadata = super()._repr_mimebundle_(**kwargs)
        content = BytesIO()
        self.figure().savefig(content, format="jpeg", pil_kwargs={"quality": 85})
        return data | {"image/jpeg": base64.b64encode(content.getvalue()).decode()}, metadata


def sentence(error):
    """What the front end says about an exception."""
    if isinstance(error, InputError):
        return str(error)
    if isinstance(error, MemoryError):
        return "The memory of this computer is too small for this; hand in a smaller picture."
    return f"This did not work ({type(error).__name__}: {error}); the marks are kept."


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
        nothing = np.zeros(painting.shape[:2], bool)
        masks = dict(masks) | {DRAWN: nothing}
        self.fill_with = fill
        self.save_with = save or partial(save_files, folder=Path(), name="painting")
        self.done, self.undone = [], []
        self.found = any(mask.any() for mask in masks.values())
        super().__init__(
            painting,
            kinds_and_colours(masks),
            as_marks(masks),
            mode="mask",
            kinds_on=[kind for kind in masks if kind not in left_alone],
            status="Erase what is no damage, draw what is missing; then press Fill."
            if self.found
            else "No damage is marked. Draw over what is damaged; then press Fill.",
        )

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
        if stale:
            self.status = "The marks have changed; press Fill again to see the result."
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
            "mask_from": "found" if not self.done else "mended" if self.found else "drawn",
            "strokes": len(self.done),
            "kinds": {
                kind: {"fraction": area, "filled": kind in self.kinds_on}
                for area, (kind, _) in zip(self.areas, self.kinds)
            },
            "repainted": records.where_repainted(self.mask),
        } | self.networks() | records.about_this_run()

    def networks(self):
        """The shipped networks that find and repair here, for the record; {} if there are none."""
        kinds = [kind for kind, mask in self.masks.items() if mask.any()]
        repair = () if self.fill_with else needed_networks(kinds, marked=True)
        names = {name: f"{name}_192x192" for name in (*self.found_by, *repair)}
        return {"models": records.networks_used(names)} if names else {}


def kinds_and_colours(kinds):
    """[name, colour] of each kind, as the widgets take them; the brush marks in yellow.

    The colours are those of the condition map, but for the black of the cuts, which are black
    themselves.
    """
    known = plots.KIND_COLOURS | {"cuts": plots.SKY, DRAWN: plots.YELLOW}
    return [[kind, known.get(kind, plots.COLOURS[i])] for i, kind in enumerate(kinds)]


def check_masks(masks, painting):
    """Raise PictureError unless the masks are bool and of the painting's size, and not too many."""
    if len(masks) >= MOST_KINDS:
        raise PictureError(
            f"there are {len(masks)} kinds of damage; join some of them, at most "
            f"{MOST_KINDS - 1} can be shown."
        )
    for kind, mask in masks.items():
        if mask.dtype != bool or mask.shape != painting.shape[:2]:
            raise PictureError(
                f"the mask of the {kind} is {mask.dtype} of shape {mask.shape}; give a mask "
                f"of this painting, bool of shape {painting.shape[:2]}."
            )


def save_files(mask, restored, record, folder, name):
    """Write <name>_restored.png (.tif above 8 bits), <name>_restored_mask.png and a .json record.

    They are always new files, with a number where there are such files already.
    mask: (h, w) bool.   restored: as `fill` returns it.   record: dict for JSON.
    Returns the three paths.   Raises PictureError, and leaves nothing, if they cannot be written.
    """
    if restored.dtype == np.float32:
        restored = as_stored(restored, "uint16")
    ending = ".png" if restored.dtype == np.uint8 else ".tif"
    endings = ending, "_mask.png", ".json"
    size = restored.nbytes + mask.nbytes
    with new_files(folder, f"{name}_restored", endings, size) as new:
        files = [new.with_name(f"{new.name}{ending}") for ending in endings]
        write_picture(files[0], restored)
        write_picture(files[1], as_stored(mask.astype(np.float32), "uint8"))
        record = {"restored": described(files[0]), "mask": described(files[1])} | record
        files[2].write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return [folder / file.name for file in files]
