"""A painting in a widget, with marks over it: what the mask editor and `live` share.

It is a widget of anywidget. Its front end, editor.js, shows the painting reduced and sends strokes
in pixels of the painting; the marks lie here, at full size, and nobody else changes them.
"""

import base64
import time
import uuid
import zlib
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import anywidget
import cv2
import numpy as np
import traitlets
from matplotlib.colors import to_rgb

from . import plots
from .checks import InputError, PictureError
from .command import MEMORY_IS_FULL, is_full_memory
from .marks import DRAWN, reduced_marks
from .pictures import reduced_picture, shape_within

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
            widget_id=f"{time.time_ns():x}{uuid.uuid4().hex}",  # in the order of their making
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
            except (Exception, KeyboardInterrupt) as error:
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
    if isinstance(error, KeyboardInterrupt):
        return "Stopped; the marks are kept."
    if is_full_memory(error):
        return MEMORY_IS_FULL
    return f"This did not work ({type(error).__name__}: {error}); the marks are kept."


def kinds_and_colours(kinds):
    """[name, colour] of each kind, as the widgets take them; the brush marks in yellow.

    The colours are those of the condition map, but for the black of the cuts, which are black
    themselves.
    """
    known = plots.KIND_COLOURS | {"cuts": plots.SKY, DRAWN: plots.YELLOW}
    return [[kind, known.get(kind, plots.COLOURS[i])] for i, kind in enumerate(kinds)]


def check_masks(masks, painting):
    """Raise PictureError unless the masks are bool and of the painting's size, and not too many."""
    if len(masks.keys() - {DRAWN}) >= MOST_KINDS:
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
