"""What is committed agrees with itself: texts and scores, links, requirements."""

import json
import re
from pathlib import Path

import pytest

from inpainting.find_and_fill import scores as find_and_fill
from inpainting.scores import protocol, tables, unet_32x32

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
TEXTS = [ROOT / "README.md", ROOT / "Model_data" / "README.md"]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_tables_in_the_texts_are_the_measured_ones(path):
    measured = json.loads(protocol.SCORES_FILE.read_text())["unet_32x32"]["methods"]
    assert tables.as_markdown(measured) in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_texts_show_the_scores_on_paintings_as_measured(path):
    text = path.read_text(encoding="utf-8")
    measured = json.loads(protocol.SCORES_FILE.read_text())["unet_32x32_on_paintings"]
    assert tables.as_markdown(measured["methods"], tables.PAINTING_COLUMNS) in text
    radius = measured["radius"]
    assert f"Telea {radius['Telea']}, Navier-Stokes {radius['Navier-Stokes']})" in text
    blind = measured["sound_pixels_changed"]["U-Net, blind"]
    assert f"{blind['pixels']:,} of {measured['sound_pixels']:,} sound pixels" in text
    assert measured["sound_pixels_changed"]["U-Net, told"]["pixels"] == 0


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_texts_show_the_scores_at_192x192_as_measured(path):
    text = path.read_text(encoding="utf-8")
    measured = json.loads(protocol.SCORES_FILE.read_text())
    assert tables.as_markdown(measured["unet_192x192"]["methods"]) in text
    specialists = json.loads(find_and_fill.SCORES_FILE.read_text())
    assert tables.told_as_markdown(specialists) in text
    assert tables.blind_as_markdown(specialists) in text
    assert f"{specialists['undamaged']['any']:.2%} of the pixels are taken for damage" in text


def test_the_model_card_shows_the_other_damage_as_measured():
    card = (ROOT / "Model_data" / "README.md").read_text(encoding="utf-8")
    measured = json.loads(protocol.SCORES_FILE.read_text())["unet_32x32"]["other_damage"]
    assert set(measured) == set(unet_32x32.OTHER_DAMAGE)
    for values in measured.values():
        assert tables.as_markdown(values["methods"]) in card


@pytest.mark.parametrize("path", [*TEXTS, *NOTEBOOKS], ids=lambda path: path.name)
def test_links_inside_the_repository_lead_somewhere(path):
    text = path.read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?:|#|attachment:)([^)\s]+)\)", text)
    missing = [t for t in targets if not (path.parent / t.split("#")[0]).exists()]
    assert missing == []


def test_every_requirement_says_why():
    for line in (ROOT / "requirements.txt").read_text().splitlines()[1:]:
        assert re.match(r"[a-z0-9-]+>=[\d.]+,<\d+ +# \w", line), line


def test_constraints_lie_within_the_requirements():
    from packaging.requirements import Requirement

    wanted = {}
    for line in (ROOT / "requirements.txt").read_text().splitlines()[1:]:
        requirement = Requirement(line.split("#")[0])
        wanted[requirement.name.lower()] = requirement.specifier
    pins = [line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines()[1:]]
    pinned = {name.lower(): version for name, version in pins}
    assert set(wanted) <= set(pinned)
    assert all(pinned[name] in specifier for name, specifier in wanted.items())
