"""The mask editor in a real JupyterLab in a real browser, with real events of the mouse."""

import base64
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import numpy as np
import pytest
import websocket

from inpainting.painting_widget import stroke_pixels
from inpainting.marks import as_marks
from inpainting.pictures import read_mask, read_picture

CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
FLAGS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run
    --disable-component-update --disable-background-networking --disable-sync
    --window-size=1300,1100""".split()
PATIENCE = 120  # seconds: a kernel takes long to start on a busy machine

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None, reason="no Chromium is installed (apt-get install chromium)"
    ),
]


class Browser:
    """A page in Chromium, by the DevTools protocol (chromedevtools.github.io/devtools-protocol)."""

    def __init__(self, port):
        address = f"http://127.0.0.1:{port}/json/list"
        pages = wait(lambda: [p for p in fetched(address) if p["type"] == "page"], "Chromium")
        self.socket = websocket.create_connection(
            pages[0]["webSocketDebuggerUrl"], timeout=PATIENCE, suppress_origin=True
        )
        self.number = 0

    def do(self, method, **settings):
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": settings}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") == self.number:
                assert "error" not in answer, answer
                return answer["result"]

    def value(self, script):
        """What an expression of JavaScript, or a promise, is in the page."""
        answer = self.do(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        return answer["result"].get("value")

    def wait_for(self, script):
        return wait(lambda: self.value(script), script)

    def box(self, selector):
        """Left, top, width and height of an element, after it was scrolled into view."""
        self.wait_for(f"document.querySelector({selector!r}) !== null")
        return self.value(
            f"(e => {{ e.scrollIntoView({{block: 'nearest'}}); "
            "const b = e.getBoundingClientRect(); "
            f"return [b.left, b.top, b.width, b.height]; }})(document.querySelector({selector!r}))"
        )

    def mouse(self, what, x, y, button="left"):
        self.do(
            "Input.dispatchMouseEvent",
            type=f"mouse{what}",
            x=x,
            y=y,
            button=button,
            clickCount=1,
            buttons=int(what != "Released" and button == "left"),
        )

    def click(self, selector):
        left, top, width, height = self.box(selector)
        for what in ("Pressed", "Released"):
            self.mouse(what, left + width / 2, top + height / 2)

    def drag(self, places):
        self.mouse("Moved", *places[0], button="none")
        self.mouse("Pressed", *places[0])
        for place in places[1:]:
            self.mouse("Moved", *place)
        self.mouse("Released", *places[-1])

    def key(self, key, code=0, modifiers=0):
        text = {"text": "\r"} if key == "Enter" else {}
        for what in ("keyDown", "keyUp"):
            self.do(
                "Input.dispatchKeyEvent",
                type=what,
                key=key,
                code=key,
                modifiers=modifiers,
                windowsVirtualKeyCode=code,
                **(text if what == "keyDown" else {}),
            )

    def run_cell(self, number):
        self.wait_for(
            "document.querySelector('.jp-Notebook-ExecutionIndicator')?.dataset.status === 'idle'"
        )
        cell = f".jp-Notebook .jp-CodeCell:nth-of-type({number})"
        prompt = f"document.querySelector('{cell} .jp-InputPrompt').textContent"
        before = self.wait_for(prompt)
        for _ in range(20):  # keys that come while the page is still being built are lost
            self.click(f"{cell} .cm-content")
            self.key("Enter", code=13, modifiers=8)  # with Shift
            time.sleep(1)
            if self.value(prompt) != before:
                return
        raise AssertionError(f"cell {number} does not run")

    def screenshot(self, path):
        data = self.do("Page.captureScreenshot")["data"]
        Path(path).write_bytes(base64.b64decode(data))


def fetched(address):
    with urllib.request.urlopen(address, timeout=5) as answer:
        return json.loads(answer.read())


def wait(condition, what):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            if result := condition():
                return result
        except OSError:
            pass  # it does not listen yet
        time.sleep(0.2)
    raise AssertionError(f"waited {PATIENCE} s in vain for: {what}")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture(params=["lab", "notebook"])
def open_page(request, tmp_path):
    """A function: cells of code -> a Browser that shows them as a notebook in tmp_path."""
    app = {"lab": "jupyterlab", "notebook": "notebook"}[request.param]
    if importlib.util.find_spec(app) is None:
        pytest.skip(f"{app} is not installed")
    port, debugging = free_port(), free_port()
    private = {
        name: str(tmp_path / "jupyter" / name)
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR")
    }
    settings = (
        tmp_path / "jupyter" / "JUPYTER_CONFIG_DIR" / "labconfig" / "default_setting_overrides.json"
    )
    settings.parent.mkdir(parents=True)
    settings.write_text('{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}}')
    started, browsers = [], []

    def start(*command):
        started.append(
            subprocess.Popen(
                command,
                cwd=tmp_path,
                env=os.environ | private,
                start_new_session=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )

    def page(*cells):
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells]
        )
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
        nbformat.write(notebook, tmp_path / "editor.ipynb")
        start(
            sys.executable,
            "-m",
            app,
            "--no-browser",
            "--allow-root",
            f"--port={port}",
            "--ip=127.0.0.1",
            "--IdentityProvider.token=",
            f"--ServerApp.root_dir={tmp_path}",
        )
        wait(lambda: fetched(f"http://127.0.0.1:{port}/api"), app)
        tree = "lab/tree" if app == "jupyterlab" else "notebooks"
        start(
            CHROMIUM,
            *FLAGS,
            f"--user-data-dir={tmp_path / 'chromium'}",
            f"--remote-debugging-port={debugging}",
            f"http://127.0.0.1:{port}/{tree}/editor.ipynb",
        )
        browsers.append(Browser(debugging))
        return browsers[0]

    yield page
    for browser in browsers:
        browser.socket.close()
    for process in reversed(started):
        process.terminate()
    for process in started:
        process.wait(30)


OPEN = """
import numpy as np
from inpainting.classical import telea
from inpainting.editor import MaskEditor
y, x = np.mgrid[0:200, 0:320] / np.float32(320)
painting = np.stack([0.2 + x / 2, 0.3 + y, 0.6 - x / 2], axis=-1).astype(np.float32)
cuts, stains = np.zeros((2, 200, 320), bool)
cuts[40:44, 20:280] = True
stains[110:160, 180:260] = True
editor = MaskEditor(painting, {"cuts": cuts, "stains": stains}, telea)
editor
"""
LOOK = """
np.save("marks.npy", editor.marks)
np.save("mask.npy", editor.mask)
np.save("filled.npy", editor.restored)
open("all_saved", "w").close()
"""
WITHOUT_STAINS = 'MaskEditor(painting, {"cuts": cuts}, telea)'


def test_the_loop_find_check_mend_fill_save(open_page, tmp_path):
    browser = open_page(OPEN, LOOK, WITHOUT_STAINS)
    browser.run_cell(1)
    left, top, width, height = browser.box(".inpainting-editor canvas")
    scale = min(width / 320, height / 200)
    corner = left + (width - 320 * scale) / 2, top + (height - 200 * scale) / 2

    def draw(points, zoom=1):
        """Draw through pixels of the painting; zoom: about the middle of the canvas."""
        middle = left + width / 2, top + height / 2
        whole = [[c + (p + 0.5) * scale for c, p in zip(corner, point)] for point in points]
        browser.drag([[m + zoom * (w - m) for m, w in zip(middle, place)] for place in whole])

    def status(words):
        browser.wait_for(
            f"document.querySelector('.inpainting-editor .status').textContent.includes({words!r})"
        )

    def shares(*texts):
        browser.wait_for(
            "[...document.querySelectorAll('.inpainting-editor .kind')].map(e => e.textContent)"
            ".join() "
            f"=== {','.join(texts)!r}"
        )

    expected = {kind: np.zeros((200, 320), bool) for kind in ("cuts", "stains", "drawn")}
    expected["cuts"][40:44, 20:280] = expected["stains"][110:160, 180:260] = True

    def stroke(points, size, *kinds, value):
        place, covered = stroke_pixels((200, 320), points, size)
        for kind in kinds:
            expected[kind][place][covered] = value

    status("Erase what is no damage")  # the found map is shown
    shares("cuts1.63 %", "stains6.25 %", "drawn0.00 %")
    stains = "document.querySelector('.inpainting-editor [data-kind=stains]')"
    for pressed in ("false", "true"):  # the second click comes before the answer to the first
        browser.value(
            "document.querySelectorAll('.inpainting-editor .kind').forEach((kind) => kind.click())")
        browser.wait_for(
            "[...document.querySelectorAll('.inpainting-editor .kind')]"
            f".every((kind) => kind.ariaPressed === '{pressed}')"
        )
    browser.value(f"window.first = {stains}")
    seen = browser.value("document.querySelector('.inpainting-editor').innerText")
    for words in ("click a kind to show or hide it", "Ctrl + wheel: zoom", "strength of the marks"):
        assert words in seen
    assert coloured(browser, left + width * 0.5, top + height * 42 / 200) == "cuts"
    browser.value("document.querySelector('.inpainting-editor [data-name=size]').value = 4")
    browser.value(
        "document.querySelector('.inpainting-editor [data-name=size]')"
        ".dispatchEvent(new Event('input'))"
    )

    curve = [(30, 80), (60, 120), (100, 95), (150, 150)]
    draw(curve)
    stroke(curve, 9, "drawn", value=True)
    browser.wait_for("!document.querySelector('.inpainting-editor [data-name=undo]').disabled")
    browser.click(".inpainting-editor [data-name=eraser]")
    rubbed = [(220, 30), (230, 130), (120, 42)]
    draw(rubbed)
    stroke(rubbed, 9, "cuts", "stains", "drawn", value=False)
    browser.key("t", code=84)
    browser.wait_for(
        "document.querySelector('.inpainting-editor [data-name=stain]').ariaPressed === 'true'"
    )
    stained = [(40, 170), (110, 120), (135, 105)]  # across what was drawn
    draw(stained)
    stroke(stained, 9, "stains", value=True)
    browser.click(".inpainting-editor [data-name=brush]")
    draw([(10, 10), (300, 190)])
    browser.click(".inpainting-editor [data-name=undo]")
    browser.wait_for("!document.querySelector('.inpainting-editor [data-name=redo]').disabled")
    for _ in range(2):
        browser.click(".inpainting-editor [data-name=in]")
    near = [(150, 60), (170, 75), (175, 70)]
    draw(near, zoom=2.25)
    stroke(near, 9, "drawn", value=True)
    shares(*(f"{kind}{100 * mask.mean():.2f} %" for kind, mask in expected.items()))
    assert browser.value(f"window.first === {stains}")  # a new one would lose a click under way
    browser.click(".inpainting-editor [data-kind=stains]")
    browser.wait_for(f"{stains}.ariaPressed === 'false'")
    browser.key("F", code=70)  # with Caps Lock
    status("pixels repainted")
    browser.wait_for(
        "document.querySelector('.inpainting-editor [data-name=compare]').value === '0'"
    )
    browser.click(".inpainting-editor [data-name=fit]")
    cut = [(corner[0] - left + x * scale, 42 * scale) for x in (80, 250)]
    before, after, half = (colours(browser, cut, line) for line in (100, 0, 50))
    sound = [[51 + 255 * x / 640, 76 + 255 * 42 / 320, 153 - 255 * x / 640] for x in (80, 250)]
    assert np.abs(np.subtract(after, sound)).max() < 10
    assert np.abs(np.subtract(before, sound)).max(axis=1).min() > 30  # the mark is seen
    assert half == [before[0], after[1]]  # before is left of the line, after right of it
    browser.click(".inpainting-editor [data-name=save]")
    status(f"Saved in the folder {tmp_path}: painting_restored.tif")
    browser.run_cell(2)
    wait((tmp_path / "all_saved").exists, "the next cell")

    marks, mask, filled = (
        np.load(tmp_path / f"{name}.npy") for name in ("marks", "mask", "filled"))
    assert np.array_equal(marks, as_marks(expected))
    assert (expected["stains"] & expected["drawn"]).any()
    assert np.array_equal(mask, expected["cuts"] | expected["drawn"])
    assert np.array_equal(read_mask(tmp_path / "painting_restored_mask.png", filled)[0], mask)
    assert np.abs(read_picture(tmp_path / "painting_restored.tif") - filled).max() < 1e-4
    record = json.loads((tmp_path / "painting_restored.json").read_text())
    assert record["strokes"] == 4 and not record["kinds"]["stains"]["filled"]
    browser.run_cell(3)
    browser.wait_for(
        "[...document.querySelectorAll('.inpainting-editor')]"
        ".map(e => e.querySelectorAll('[data-name=stain]').length).join() === '1,0'"
    )


def coloured(browser, x, y):
    """The kind that the editor names under the mouse."""
    browser.mouse("Moved", x, y, button="none")
    return browser.wait_for("document.querySelector('.inpainting-editor .under').textContent")


def colours(browser, places, line):
    """RGB that the canvas shows at places, with the line of the comparison at `line` per cent."""
    browser.value(
        f"(e => {{ e.value = {line}; e.dispatchEvent(new Event('input')); }})"
        "(document.querySelector('.inpainting-editor [data-name=compare]'))"
    )
    browser.value("new Promise(drawn => requestAnimationFrame(() => setTimeout(drawn)))")
    return [
        browser.value(
            "[...document.querySelector('.inpainting-editor canvas').getContext('2d')"
            f".getImageData({x}, {y}, 1, 1).data].slice(0, 3)"
        )
        for x, y in places
    ]
