"""A photograph of the mask editor for those who read and do not run: Chromium without a screen."""

import base64
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from inpainting.editor import MaskEditor
from stills import worn_cat

WINDOW = 1000, 860  # width and height, in pixels
BROWSERS = "chromium", "chromium-browser", "google-chrome"
PAGE = """<!doctype html><meta charset="utf-8"><style>body {{ margin: 8px; font: 13px sans-serif }}
{css}</style><div id="here"></div><script type="module">
// Chromium's virtual time waits for pictures that load, not for those that are decoded in memory.
window.createImageBitmap = async (file) => {{
  const image = new Image();
  image.src = URL.createObjectURL(file);
  await new Promise((loaded) => (image.onload = loaded));
  return image;
}};
const state = {state};
for (const [name, value] of Object.entries(state))
  if (value?.bytes !== undefined)
    state[name] = new DataView(Uint8Array.from(atob(value.bytes), (c) => c.charCodeAt(0)).buffer);
const model = {{ get: (name) => state[name], on() {{}}, off() {{}}, send() {{}} }};
const code = new Blob([{code}], {{ type: "text/javascript" }});
const editor = await import(URL.createObjectURL(code));
editor.default.render({{ model, el: document.getElementById("here") }});
</script>"""


def page(widget):
    """A page that shows a widget as it is; nothing answers its buttons."""
    state = {
        name: {"bytes": base64.b64encode(value).decode()} if isinstance(value, bytes) else value
        for name, value in widget.get_state().items()
        if not name.startswith("_") and isinstance(value, (bytes, list, str, int))
    }
    return PAGE.format(css=widget._css, state=json.dumps(state), code=json.dumps(widget._esm))


def photograph(widget):
    """What a browser shows of a widget: (h, w, 3) float32 RGB in [0, 1]."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise SystemExit("The picture of the editor needs Chromium or Chrome; install one of them.")
    with tempfile.TemporaryDirectory() as folder:
        html, shot = Path(folder) / "editor.html", Path(folder) / "editor.png"
        html.write_text(page(widget), encoding="utf-8")
        subprocess.run(
            [browser, "--headless", "--no-sandbox", "--hide-scrollbars", f"--screenshot={shot}",
             f"--window-size={WINDOW[0]},{WINDOW[1]}", "--virtual-time-budget=5000",
             html.as_uri()],
            check=True, capture_output=True,
        )
        return np.asarray(Image.open(shot).convert("RGB")) / np.float32(255)


STROKES = (  # over what the finder has missed in an eye, beside the nose and at its right; widths
    ([[151, 154], [156, 136]], 7), ([[291, 412], [287, 440]], 9), ([[440, 431], [478, 424]], 9),
)


def editor():
    """The editor on the worn cat of notebook 2, after three strokes with the brush."""
    _, worn, _ = worn_cat()
    widget = MaskEditor(worn)
    for points, width in STROKES:
        widget.stroke(points, width, erase=False)
    return {"editor": photograph(widget)}, {}
