"""Figures for a projector: letters for the last row, and files that say how large they are.

`save` writes a PNG file with what `lettering` measures on the figure; `lettering_of` reads it back,
so that whoever places the file on a slide can compute how large its letters become.
"""

import json

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.text import Text
from PIL import Image, PngImagePlugin

from .plots import STYLE

SMALLEST = 18  # points, of a letter on a slide that is 13.33 inches wide
FONTS = "Arial", "Liberation Sans"  # the letters of the slides; the second are equally wide
INK = "#1A1A1A"
DPI = 144  # a slide on a projector of 1920 pixels


def style():
    """The settings of matplotlib for a figure that is shown at its own size."""
    there = {font.name for font in font_manager.fontManager.ttflist}
    colours = dict.fromkeys(
        ("text.color", "axes.labelcolor", "axes.titlecolor", "xtick.color", "ytick.color"), INK)
    return STYLE | colours | {
        "font.family": next((name for name in FONTS if name in there), "sans-serif"),
        "font.size": SMALLEST, "axes.titlesize": SMALLEST, "axes.labelsize": SMALLEST,
        "xtick.labelsize": SMALLEST, "ytick.labelsize": SMALLEST, "legend.fontsize": SMALLEST,
    }


def styled():
    """A context in which figures are drawn in this style."""
    return plt.rc_context(style())


def panels(mosaic, size, **options):
    """A Figure and its axes by letter, as matplotlib's subplot_mosaic.   size: in inches."""
    with styled():
        fig, axes = plt.subplot_mosaic(mosaic, figsize=size, **options)
    fig.set_layout_engine("constrained", w_pad=0.05, h_pad=0.05)
    plt.close(fig)
    return fig, axes


def luminance(colour):
    """Relative luminance, as the WCAG define it, of colours (..., 3) in [0, 1]."""
    colour = np.asarray(colour, float)
    linear = np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)
    return linear @ (0.2126, 0.7152, 0.0722)


def contrast(one, other):
    """Contrast of colours (..., 3) in [0, 1] as the WCAG define it: from 1 to 21."""
    light, dark = (pick(luminance(one), luminance(other)) for pick in (np.maximum, np.minimum))
    return (light + 0.05) / (dark + 0.05)


def drawn_texts(fig):
    """The Text objects of a figure that are seen."""
    hidden = {
        text for axes in fig.axes if not axes.axison
        for axis in (axes.xaxis, axes.yaxis) for text in axis.findobj(Text)
    }
    return [
        text for text in fig.findobj(Text)
        if text.get_text().strip() and text.get_visible() and text not in hidden
    ]


def drawn(fig):
    """A figure as an array (h, w, 3) uint8."""
    canvas = FigureCanvasAgg(fig)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def without_letters(fig, texts):
    """What lies below the letters of a figure: (h, w, 3) in [0, 1]."""
    for text in texts:
        text.set_alpha(0)
    ground = drawn(fig) / 255
    for text in texts:
        text.set_alpha(None)
    return ground


def lettering(fig):
    """Measure a figure: {"smallest": letter in points, "contrast": lowest of a text against what
    lies below it, "fonts": names, "panels": number of pictures and plots}.
    """
    texts = drawn_texts(fig)
    ground, contrasts = without_letters(fig, texts), [21.0]
    for text in texts:
        box = text.get_window_extent()
        rows = slice(max(0, round(len(ground) - box.y1)), max(0, round(len(ground) - box.y0)))
        below = ground[rows, max(0, round(box.x0)) : max(0, round(box.x1))].reshape(-1, 3)
        if len(below):  # the labels of ticks outside the axis lie outside the figure
            contrasts.append(np.quantile(contrast(to_rgb(text.get_color()), below), 0.05))
    return {
        "smallest": min(text.get_fontsize() for text in texts),
        "contrast": round(float(min(contrasts)), 2),
        "fonts": sorted({text.get_fontname() for text in texts}),
        "panels": sum(bool(a.images or a.lines or a.collections or a.patches) for a in fig.axes),
    }


def save(fig, file):
    """Write a figure as a PNG of at most 256 colours, which makes it small, and its lettering.

    file: path, or file opened for writing.
    """
    with styled():
        fig.set_dpi(DPI)
        about = PngImagePlugin.PngInfo()
        about.add_text("lettering", json.dumps(lettering(fig)))
        reduced = Image.fromarray(drawn(fig)).quantize(256, dither=Image.Dither.NONE)
    reduced.save(file, "png", optimize=True, dpi=(DPI, DPI), pnginfo=about)


def lettering_of(file):
    """What `save` wrote about a PNG file, with its width in inches as "width"."""
    with Image.open(file) as image:
        return json.loads(image.info["lettering"]) | {"width": image.width / image.info["dpi"][0]}
