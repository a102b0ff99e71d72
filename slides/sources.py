"""Where the texts, numbers, names and figures of the slides come from."""

import csv
import functools
import hashlib
import json
import re
import string
import tomllib
from pathlib import Path

SLIDES = Path(__file__).resolve().parent
ROOT = SLIDES.parent
CONTENT = SLIDES / "content.toml"
MODEL_DATA, PICS = ROOT / "Model_data", ROOT / "pics"
NOTEBOOKS = {
    number: ROOT / "notebooks" / f"{name}.ipynb"
    for number, name in enumerate(
        ("Image_Inpainting_Tutorial", "open_model", "open_model_192x192"), 1)
}
NETWORK = "unet_32x32"  # whose layers the diagram shows


class ContentError(Exception):
    """content.toml names something that does not exist."""


class Keys(dict):
    """A dictionary whose entries a placeholder can also name with a dot: {scores.mae}."""

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def data_files():
    """Every file of numbers: the scores, the rehearsal, the histories."""
    named = "scores.json", "scores_find_and_fill.json", "rehearsal.json"
    return [*(MODEL_DATA / name for name in named), *sorted(MODEL_DATA.glob("*.csv"))]


def read_data():
    """All measured numbers: what scores.json holds, `find_and_fill` (the scores of the three
    specialists), `rehearsal`, and each CSV file under its name.

    A CSV file becomes {column: [numbers]}, with its last row as `last`.
    """
    def keys(path):
        return json.loads(path.read_text(encoding="utf-8"), object_hook=Keys)

    scores, specialists, rehearsal, *tables = data_files()
    data = keys(scores)
    data["find_and_fill"], data["rehearsal"] = keys(specialists), keys(rehearsal)
    for file in tables:
        with open(file, newline="", encoding="utf-8") as lines:
            rows = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(lines)]
        columns = {name: [row[name] for row in rows] for name in rows[0]}
        data[file.stem] = Keys(columns | {"last": Keys(rows[-1])})
    return data


def look_up(path, data):
    """The number, list or group that a path such as `unet_32x32.methods[U-Net, blind].mae` names."""
    try:
        return string.Formatter().get_field(path, (), data)[0]
    except (KeyError, AttributeError, IndexError, TypeError) as error:
        raise ContentError(f"there is no number {path!r} in Model_data ({error})") from None


def fill_in(text, data):
    """The text with the number for each {placeholder}."""
    try:
        return string.Formatter().vformat(text, (), data)
    except (KeyError, AttributeError, IndexError, TypeError, ValueError) as error:
        raise ContentError(
            f"a placeholder in {text!r} names no number in Model_data ({error})"
        ) from None


@functools.cache
def sections(notebook):
    """The sections of a notebook: {number, or name where it has none: heading}."""
    cells = json.loads(NOTEBOOKS[notebook].read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    found = re.findall(r"^## (?:(\d+)\. )?(.+)$", text, flags=re.MULTILINE)
    return {int(number) if number else heading: heading for number, heading in found}


def place_name(notebook, section):
    """A section as the footer names it: `Notebook 1, section 8: The damage map`."""
    try:
        heading = sections(notebook)[section]
    except KeyError:
        raise ContentError(f"notebook {notebook} has no section {section}") from None
    number = f", section {section}" if section != heading else ""
    return f"Notebook {notebook}{number}: {heading}"


def figure(name):
    """The file and the alt text of a figure."""
    file, texts = PICS / f"{name}.png", json.loads((PICS / "alt.json").read_text(encoding="utf-8"))
    if not file.exists() or not texts.get(name):
        raise ContentError(f"pics/ has no figure {name}, or pics/alt.json no text for it")
    return file, texts[name]


def read_content():
    return tomllib.loads(CONTENT.read_text(encoding="utf-8"))


def footer_of(slide):
    return " · ".join(place_name(*where) for where in slide["where"])


def checksum(content):
    """Of all that the slides are made from, so that a test can tell when they are out of date."""
    files = [
        CONTENT, *(SLIDES / name for name in ("sources.py", "build.py", "design.py", "diagram.py")),
        MODEL_DATA / f"{NETWORK}.json", PICS / "alt.json", *data_files(),
    ]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes().replace(b"\r\n", b"\n"))
    for slide in content["slide"]:
        digest.update(footer_of(slide).encode())
        if "figure" in slide:
            digest.update(figure(slide["figure"])[0].read_bytes())
    return digest.hexdigest()
