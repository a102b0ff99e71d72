"""What is committed agrees with itself: texts and scores, links, requirements."""

import json
import re
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest

from inpainting.find_and_fill import scores as find_and_fill
from inpainting.scores import protocol, tables, unet_32x32

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
TEXTS = [ROOT / "README.md", ROOT / "Model_data" / "README.md"]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_tables_in_the_texts_are_the_measured_ones(path):
    measured = json.loads(protocol.SCORES_FILE.read_text())["unet_32x32"]
    assert tables.segments_as_markdown(measured) in path.read_text(encoding="utf-8")


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
    assert tables.segments_as_markdown(measured["unet_192x192"]) in text
    specialists = json.loads(find_and_fill.SCORES_FILE.read_text())
    assert tables.told_as_markdown(specialists) in text
    assert tables.blind_as_markdown(specialists) in text
    assert f"{specialists['undamaged']['any']:.2%} of the pixels are taken for damage" in text


def test_the_commands_without_make_are_those_of_the_makefile():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    recipes = (ROOT / "Makefile").read_text(encoding="utf-8").replace("$(BIN)", "")
    commands = re.findall(r"^(python .*?) +# what `make (\w+)` does$", text, flags=re.MULTILINE)
    assert len(commands) == 3
    for command, target in commands:
        assert re.search(rf"^{target}:.*\n\t{re.escape(command)}$", recipes, flags=re.MULTILINE)


def test_the_model_card_shows_how_far_the_spread_is_to_be_trusted():
    card = (ROOT / "Model_data" / "README.md").read_text(encoding="utf-8")
    measured = json.loads(find_and_fill.SCORES_FILE.read_text())["spread"]["correlation"]
    assert f"correlation with the true error is {measured:.2f}" in card


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


CODE = ["*.py", "*.js", "*.css", "*.j2", "Makefile", ".ci/run", ".gitignore", "pyproject.toml",
        "requirements.txt", "constraints*.txt", "tools/templates/reading_edition/conf.json",
        "Model_data/"]
TEXT = ["README.md", "CITATION.cff", "Model_data/README.md",
        "tools/templates/reading_edition/index.md", "images/", "pics/", "slides/"]


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this copy is no git repository")
def test_every_file_has_one_licence():
    parts = (ROOT / "LICENSE").read_text(encoding="utf-8").split("TEXT AND PICTURES:")
    for part, names in zip(parts, (CODE, TEXT), strict=True):
        assert [name for name in names if name.removeprefix("*") not in part] == []
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    for path in listed.stdout.splitlines():
        if path == "LICENSE" or path.endswith(".ipynb"):  # notebooks: by the kind of cell
            continue
        text = any(path == name or name.endswith("/") and path.startswith(name) for name in TEXT)
        code = any(fnmatch(path, name) or name.endswith("/") and path.startswith(name)
                   for name in CODE)
        by_place = path.endswith(".py") or path == "Model_data/README.md"  # named as exceptions
        assert text != code or by_place, path
