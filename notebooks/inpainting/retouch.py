"""Show what was repainted: the map of the change, tratteggio, and a slider from before to after.

A restoration that nobody can tell from the rest deceives. Conservators keep a retouching visible
to those who look for it, and so do these functions.
"""

import base64
from io import BytesIO

import cv2
import numpy as np
from PIL import Image

from . import plots
from .checks import check_same_size
from .pictures import as_stored
from .tiles import DAMAGED

TONE = np.float32([0.08, 0.07, 0.05])  # how much lighter and warmer a light stroke is
ROOM = 3  # lines that a loss has to have room for on both sides of its middle


def change_map(damaged, restored):
    """How much each pixel changed, in the colour that changed most.

    damaged, restored: (h, w, 3) float32 in [0, 1].
    Returns (h, w) float32 in [0, 1].
    """
    return np.abs(restored - damaged).max(axis=-1)


def tratteggio(restored, mask, rng):
    """Hatch what was repainted with fine vertical lines, as Italian conservators retouch.

    From a distance the lines mix to the colour of the restoration; from near they tell the new
    from the old. The strokes are in turn lighter and darker than the restored colour by the same
    amount. It is a smaller amount where more would be darker than black or brighter than white; on
    pure black and pure white, no line can be seen. Losses that have no room for twice ROOM lines
    stay without, see `wide_enough`.

    Brandi, Teoria del restauro (1963), and the Istituto Centrale del Restauro in Rome, where the
    technique was developed from 1945 on.

    restored: (h, w, 3) float32 in [0, 1].
    mask: (h, w) bool, True where repainted; only its wide places change.
    rng: numpy.random.Generator, for lines that are not quite regular, as by hand.
    Returns (h, w, 3) float32 in [0, 1].
    Raises PictureError.
    """
    check_same_size(restored, mask)
    amount = np.minimum(np.abs(TONE), np.minimum(restored, 1 - restored))
    hatched = restored + strokes(*mask.shape, rng)[..., None] * np.sign(TONE) * amount
    return np.where(wide_enough(mask)[..., None], np.clip(hatched, 0, 1), restored)


def wide_enough(mask):
    """The places of a mask (h, w) bool that are wide enough for lines: (h, w) bool."""
    side = 2 * ROOM * line_width(*mask.shape) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return cv2.morphologyEx(mask.view(np.uint8), cv2.MORPH_OPEN, disc).view(bool)


def line_width(height, width):
    """Of the thinnest line of the tratteggio, in pixels: 1 at 600x800, 3 at 2000x3000."""
    return max(1, round(min(height, width) / 640))


def strokes(height, width, rng):
    """Vertical lines of strokes that are in turn light and dark: (height, width) float32, 1 or -1.

    The two lines of a pair have the same width and the opposite tones, and along each line light
    and dark strokes have the same length: so light and dark balance in both directions.
    """
    thin = line_width(height, width)
    length = 16 * thin
    widths = rng.integers(thin, thin + 1, size=width, endpoint=True)  # one for each pair of lines
    starts = rng.uniform(0, 2 * length, size=width)
    line = np.searchsorted(np.cumsum(np.repeat(widths, 2)), np.arange(width), side="right")
    along = np.arange(height)[:, None] + starts[line // 2] + length * (line % 2)
    return np.where(along // length % 2 == 0, np.float32(1), np.float32(-1))


def repainting(damaged, restored, damage, rng):
    """A figure of what was repainted: restored, damage map, heat map of the change, tratteggio.

    damaged, restored: (h, w, 3) float32 in [0, 1].
    damage: (h, w) float32 in [0, 1], from `tiles.restore_painting`; above DAMAGED is repainted.
    rng: numpy.random.Generator, of the tratteggio.
    Returns a matplotlib Figure.   Raises PictureError.
    """
    check_same_size(restored, damaged)
    height, width = damage.shape
    fig, axes = plots.figure(2, 2, size=(9, 9 * height / width + 0.6))
    for axis in axes.flat:
        axis.set_axis_off()
    (first, second), (third, fourth) = axes
    first.imshow(restored)
    first.set_title("restored")
    second.imshow(damage, cmap="gray", vmin=0, vmax=1)
    second.set_title("damage map")
    heat = third.imshow(change_map(damaged, restored), cmap="inferno", vmin=0, vmax=1)
    third.set_title("change")
    fig.colorbar(heat, ax=third, location="bottom", shrink=0.7, aspect=40)
    fourth.imshow(tratteggio(restored, damage > DAMAGED, rng))
    fourth.set_title("tratteggio")
    return fig


class BeforeAfter:
    """Two pictures, and a slider that shows more of the one or of the other.

    It is HTML that needs neither a kernel nor an extension: it works where the cell is run, in
    JupyterLab, Colab and VS Code, and on an exported page. Where scripts may not run, the left
    half is from before and the right half from after. JupyterLab also takes the styles out of
    outputs of a notebook that it does not trust; there only the picture from before is seen.
    Where there is no HTML at all, the pictures stand side by side.
    """

    def __init__(self, before, after):
        self.before, self.after = (Image.fromarray(as_stored(p, "uint8")) for p in (before, after))

    def _repr_html_(self):
        width = max(self.after.width, 400)  # small pictures are enlarged
        return SLIDER.format(width=width, before=as_url(self.before), after=as_url(self.after))

    def _repr_jpeg_(self):
        both = Image.new("RGB", (2 * self.after.width, self.after.height))
        both.paste(self.before)
        both.paste(self.after, (self.after.width, 0))
        return as_jpeg(both)


# The pictures lie on each other, and the upper one is cut. What moves the cut stands in the tag:
# not every place that shows notebooks runs a <script>.
SLIDER = """
<div style="width: {width}px; max-width: 100%">
  <div style="position: relative; line-height: 0">
    <img src="{after}" alt="after" style="width: 100%; margin: 0">
    <img src="{before}" alt="before" style="width: 100%; margin: 0;
      position: absolute; left: 0; top: 0; clip-path: inset(0 50% 0 0)">
  </div>
  <input type="range" min="0" max="100" value="50" style="width: 100%; margin: 6px 0 0 0"
    aria-label="how much of the picture is shown as before"
    oninput="this.previousElementSibling.lastElementChild.style.clipPath =
      'inset(0 ' + (100 - this.value) + '% 0 0)'">
  <div style="display: flex; justify-content: space-between">
    <span>before</span><span>after</span>
  </div>
</div>
"""
SHOWN_SIDE = 720  # largest side of a picture in a notebook, in pixels


def before_after_slider(before, after):
    """Compare two pictures by moving a slider.

    before, after: (h, w, 3) float32 in [0, 1], shown at most 720 pixels wide and high.
    Returns a BeforeAfter, which a notebook shows where it is the value of a cell.
    Raises PictureError.
    """
    check_same_size(before, after)
    return BeforeAfter(before, after)


def as_jpeg(image):
    """A Pillow image as the bytes of a JPEG file, reduced to what a notebook shows."""
    image = image.copy()
    image.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    content = BytesIO()
    image.save(content, "jpeg", quality=90)
    return content.getvalue()


def as_url(image):
    """A Pillow image as an address that holds the picture itself."""
    return "data:image/jpeg;base64," + base64.b64encode(as_jpeg(image)).decode()
