"""The picture of the mask editor: what its page holds, and that a browser shows it."""

import base64
import json
import re
import shutil

import numpy as np
import pytest
from matplotlib.colors import to_rgb

import screenshot
from inpainting.editor import MaskEditor
from inpainting.plots import YELLOW


@pytest.fixture(scope="module")
def widget():
    shape = 1000, 1600  # so large that the browser needs some time to decode it
    painting = np.random.default_rng(0).integers(118, 138, (*shape, 3), np.uint8)
    editor = MaskEditor(painting, {"cuts": np.zeros(shape, bool)})
    editor.stroke([[800, 500]], 600, erase=False)
    return editor


def test_the_page_holds_what_the_widget_has(widget):
    page = screenshot.page(widget)
    state = json.loads(re.search(r"const state = (\{.*\});\n", page).group(1))
    assert state["kinds"] == widget.kinds and state["status"] == widget.status
    assert base64.b64decode(state["whole_marks"]["bytes"]) == widget.whole_marks
    assert json.dumps(widget._esm) in page and widget._css in page


@pytest.mark.skipif(not any(map(shutil.which, screenshot.BROWSERS)), reason="there is no Chromium")
def test_a_browser_shows_the_stroke(widget):
    picture = screenshot.photograph(widget)
    assert picture.shape == (*screenshot.WINDOW[::-1], 3)
    grey = np.float32(128 / 255)
    stroke = grey + 0.75 * (np.float32(to_rgb(YELLOW)) - grey)
    yellow = (np.abs(picture - stroke) < 0.08).all(axis=-1)
    assert 0.05 < yellow.mean() < 0.5, "a stroke of 600 pixels in a painting of 1600"


def test_without_a_browser_one_sentence_says_so(widget, monkeypatch):
    monkeypatch.setattr(screenshot, "BROWSERS", ("no-such-browser",))
    with pytest.raises(SystemExit, match="needs Chromium"):
        screenshot.photograph(widget)
