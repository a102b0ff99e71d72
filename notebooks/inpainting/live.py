"""For a lecture: damage a sound painting with the mouse, and see it found and filled at once."""

import time

import cv2
import numpy as np

from .checks import check_picture
from .find_and_fill.paintings import LOSS_KINDS, find_masks, restore_found
from .marks import as_marks
from .metrics import iou, psnr_of_each
from .painting_widget import PaintingWidget, check_masks, kinds_and_colours, stroke_pixels

# What the mouse does to a sound painting: colour, and how much of it lies over the paint.
DAMAGE = {
    "cut": ((0, 0, 0), 1),
    "scratch": ((0.93, 0.91, 0.86), 1),
    "stain": ((0.3, 0.2, 0.08), 0.6),
}


def damaged_by_hand(picture, strokes):
    """Damage a sound picture with strokes of the mouse.

    picture: (h, w, 3) float32 in [0, 1].   strokes: list of (damage, points, width): a key of
    DAMAGE, and what `stroke_pixels` takes. Stains have soft edges.
    Returns damaged, and mask (h, w) bool, True where it is damaged.
    """
    damaged, mask = picture.copy(), np.zeros(picture.shape[:2], bool)
    for damage, points, width in strokes:
        place, covered = stroke_pixels(mask.shape, points, width)
        colour, cover = DAMAGE[damage]
        over = covered * np.float32(cover)
        if damage == "stain" and over.size:
            over = cv2.blur(over, (width // 3 + 1, width // 3 + 1))
        damaged[place] += over[..., None] * (np.float32(colour) - damaged[place])
        mask[place] |= over > 0.1  # less cannot be seen
    return damaged, mask


def find_and_fill_losses(damaged):
    """Find and fill by the shipped networks what is loss for certain.

    damaged: (h, w, 3) float32 in [0, 1].   Returns restored, like damaged, and {kind: (h, w) bool}.
    """
    found = find_masks(damaged)
    masks = {kind: found[kind] for kind in LOSS_KINDS}
    return restore_found(damaged, masks), masks


class LivePainting(PaintingWidget):
    """Damage a sound painting with the mouse, and see how it is found and filled.

    painting: (h, w, 3) float32 in [0, 1]. It is not changed.
    find_and_fill: function (damaged) -> restored, like damaged, and {kind: (h, w) bool}, found.
    Since the sound painting is known, the status says how far the restored one is from it.
    Raises PictureError.
    """

    def __init__(self, painting, find_and_fill=find_and_fill_losses):
        check_picture(painting, "painting")
        self.sound, self.find_and_fill = painting, find_and_fill
        self.done, self.undone = [], []
        super().__init__(
            painting,
            [],
            np.zeros(painting.shape[:2], np.uint8),
            mode="live",
            status="Draw damage on the painting; when you let go, it is found and filled.",
        )

    def damage(self, damage, points, width):
        """Draw a cut, a scratch or a stain; find and fill all that was drawn."""
        self.done.append((damage, points, width))
        self.undone.clear()
        self.changed()

    def undo(self):
        """Take the last damage away."""
        if self.done:
            self.undone.append(self.done.pop())
            self.changed()

    def redo(self):
        """Do the damage again that was taken away."""
        if self.undone:
            self.done.append(self.undone.pop())
            self.changed()

    def changed(self):
        self.steps += 1
        self.undoable, self.redoable = len(self.done), len(self.undone)
        self.painting, mask = damaged_by_hand(self.sound, self.done)
        self.restored, self.status = None, "The painting is sound."
        self.marks = np.zeros_like(self.marks)
        try:
            if mask.any():
                self.restore(mask)
        finally:
            self.show("picture", "marks", "filled")

    def restore(self, mask):
        began = time.perf_counter()
        self.restored, found = self.find_and_fill(self.painting)
        seconds = time.perf_counter() - began
        check_masks(found, self.painting)
        self.kinds, self.kinds_on = kinds_and_colours(found), list(found)
        self.marks = as_marks(found)
        before, after = (
            psnr_of_each(self.sound[None], picture[None], mask[None])[0]
            for picture in (self.painting, self.restored)
        )
        self.status = (
            f"Inside the damage: {before:.1f} dB damaged, {after:.1f} dB restored (higher is "
            "closer to the sound painting). Found and true damage overlap by "
            f"{iou(mask, self.marks > 0):.0%} (IoU). Found and filled in {seconds:.2f} s."
        )
