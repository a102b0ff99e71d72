"""Where the texts, numbers, names and figures of the slides come from."""

import csv
import functools
import hashlib
import json
import re
import string
import tomllib
from pathlib import Path

from inpainting.find_and_fill import measures
from inpainting.find_and_fill.networks import FIND_KINDS
from inpainting.scores.tables import CLASSICAL

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
    return [
        *(MODEL_DATA / name for name in named), PICS / "measured.json",
        *sorted(MODEL_DATA.glob("*.csv")),
    ]


def read_data():
    """All measured numbers: what scores.json holds, `find_and_fill` (the scores of the three
    specialists), `rehearsal`, `pics` (what was measured on the pictures of the slides), `computed`
    (see `compute`), and each CSV file under its name.

    A CSV file becomes {column: [numbers]}, with its last row as `last`.
    """
    def keys(path):
        return json.loads(path.read_text(encoding="utf-8"), object_hook=Keys)

    scores, specialists, rehearsal, pics, *tables = data_files()
    data = keys(scores)
    data["find_and_fill"], data["rehearsal"] = keys(specialists), keys(rehearsal)
    data["pics"] = keys(pics)
    for file in tables:
        with open(file, newline="", encoding="utf-8") as lines:
            rows = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(lines)]
        columns = {name: [row[name] for row in rows] for name in rows[0]}
        data[file.stem] = Keys(columns | {"last": Keys(rows[-1])})
    data["computed"] = compute(data)
    return data


TESTS = "unet_32x32", "unet_32x32_on_paintings", "unet_192x192"
GUESS = "heat equation"  # as the slides call `membrane`, the first guess of the filler


def compute(data):
    """Numbers and names that sentences of the slides need and no file holds.

    The best formula of a test is the best of all that were measured on its pictures: the three
    classical methods, and on the wide cuts, which both files of scores have, the heat equation.

    best: {test: name of the best formula};   lead: {test: how far U-Net, blind, is ahead of it,
    see `lead`}, and `lead[networks]`: the same for finder and filler on the wide cuts;
    told_gain: {test: what it gains from the mask, in dB};
    almost_black: the part of the changed sound pixels of paintings that are almost black;
    see `compute_kinds` for the six kinds of damage.
    """
    found = Keys(best=Keys(), lead=Keys(), told_gain=Keys())
    for test in TESTS:
        methods = data[test]["methods"]
        scores = {name: methods[name]["psnr_inside"] for name in CLASSICAL}
        if test == "unet_192x192":
            scores[GUESS] = data["find_and_fill"]["classical"]["cuts"]["methods"]["membrane"][
                "psnr_inside"]
        found.best[test] = max(scores, key=scores.get)
        blind, told = (methods[f"U-Net, {how}"]["psnr_inside"] for how in ("blind", "told"))
        found.lead[test] = lead(scores[found.best[test]], blind)
        found.told_gain[test] = told - blind
    changed = data["unet_32x32_on_paintings"]["sound_pixels_changed"]["U-Net, blind"]
    found["almost_black"] = changed["almost_black"] / max(1, changed["pixels"])
    return Keys(found | compute_kinds(data["find_and_fill"], found))


def lead(start, end, **more):
    """From which PSNR to which, and the difference: {"from", "to", "gain"} and what is added."""
    return Keys({"from": start, "to": end, "gain": end - start} | more)


def best_formula(methods):
    """The best of all that was measured and is no network."""
    return max(methods.keys() - {"damaged"}, key=lambda name: methods[name]["psnr_inside"])


def compute_kinds(scores, found):
    """The numbers of the six kinds of damage, from scores_find_and_fill.json.

    ahead_told, ahead_blind: on how many kinds the networks are ahead of the best formula by more
    than chance (the whole 95 % interval above 0), given the same mask;
    finding: {kind: the part of the squared error inside the damage, of the networks told nothing,
    that a perfect map would remove};   highest: the largest of them, hardest: its kind;
    missed: the kind of which the finder marks the smallest part, and missed_part;
    kinds: {kind: PSNR inside of those who are told the mask, and the lead of the networks}.
    """
    told, blind, classical = scores["told"], scores["blind"], scores["classical"]
    kinds = Keys()
    for kind in (*FIND_KINDS, "mixed"):
        methods = classical[kind]["methods"]
        ahead = told[kind]["ahead_of"][best_formula(methods)]
        kinds[kind] = Keys(
            damaged=methods["damaged"]["psnr_inside"], guess=methods["membrane"]["psnr_inside"],
            classical=max(methods[name]["psnr_inside"] for name in CLASSICAL),
            told=told[kind]["psnr_inside"], lead=ahead["gain"], low=ahead["interval"][0],
            high=ahead["interval"][1])
    finding = Keys()
    for kind in FIND_KINDS:
        without = blind[kind]["methods"]["find, then fill"]["squared_errors"]["inside"]
        finding[kind] = 1 - sum(told[kind]["squared_errors"]["inside"]) / sum(without)
    networks = blind["cuts"]["methods"]["find, then fill"]
    methods = classical["cuts"]["methods"]
    formula = methods[best_formula(methods)]
    lead_of_networks = lead(formula["psnr_inside"], networks["psnr_inside"],
                            interval=measures.gain(networks, formula)["interval"])
    recall = {kind: blind[kind]["union"]["recall"] for kind in FIND_KINDS}
    missed = min(recall, key=recall.get)
    return Keys(
        lead=Keys(found.lead | {"networks": lead_of_networks}), kinds=kinds, finding=finding,
        hardest=max(finding, key=finding.get), highest=max(finding.values()),
        missed=missed, missed_part=recall[missed],
        ahead_told=sum(kinds[kind].low > 0 for kind in FIND_KINDS),
        ahead_blind=sum(blind[kind]["ahead_of_the_best_on_the_map"]["interval"][0] > 0
                        for kind in FIND_KINDS))


def check_claims(claims, data):
    """Raise ContentError unless every claim holds: `path > path`, or `path > number`.

    * stands for each of FIND_KINDS.
    """
    for claim in claims:
        for kind in FIND_KINDS if "*" in claim else ("",):
            larger, smaller = (
                float(part) if re.fullmatch(r"[\d.]+", part) else look_up(part, data)
                for part in claim.replace("*", kind).split(" > "))
            if not larger > smaller:
                raise ContentError(
                    f"{claim!r} does not hold {kind}: {larger:.4g}, {smaller:.4g}; the texts that "
                    "rest on it have to change"
                )


def look_up(path, data):
    """The number, list or group at a path such as `unet_32x32.methods[U-Net, blind].mae`."""
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
    """The file and the alt text of a figure (.png), or of a still (.jpg)."""
    texts = json.loads((PICS / "alt.json").read_text(encoding="utf-8"))
    files = [PICS / f"{name}.{ending}" for ending in ("png", "jpg")]
    file = next((file for file in files if file.exists()), None)
    if file is None or not texts.get(name):
        raise ContentError(f"pics/ has no figure {name}, or pics/alt.json no text for it")
    return file, texts[name]


def pictures_of(slide):
    """The names in pics/ of all that a slide shows from there."""
    figures = [slide["figure"]] if "figure" in slide else []
    return figures + [name for name, _ in slide.get("pictures", [])]


def read_content():
    return tomllib.loads(CONTENT.read_text(encoding="utf-8"))


def footer_of(slide, longest=95):
    """Where to find a slide in the notebooks; without headings if they are too long."""
    names = [place_name(*where) for where in slide["where"]]
    if len(" · ".join(names)) > longest:
        names = [name.split(":")[0] for name in names]
    return " · ".join(names)


def checksum(content):
    """Of all that the slides are made from, so that a test can tell when they are out of date."""
    files = [
        CONTENT, *(SLIDES / name for name in (
            "sources.py", "build.py", "design.py", "diagram.py", "charts.py")),
        MODEL_DATA / f"{NETWORK}.json", PICS / "alt.json", *data_files(),
    ]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes().replace(b"\r\n", b"\n"))
    for slide in content["slide"]:
        digest.update(footer_of(slide).encode())
        for name in pictures_of(slide):
            digest.update(figure(name)[0].read_bytes())
    return digest.hexdigest()
