"""What is committed agrees with itself: modules and notebooks, numbers and scores, saved outputs."""

import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

import export
import run_notebooks
from inpainting.scores import protocol, tables, unet_32x32

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
TEXTS = [ROOT / "README.md", ROOT / "Model_data" / "README.md"]


def test_every_exported_module_is_what_the_notebooks_say():
    modules = export.exported_modules()
    assert {"damage", "unet", "metrics", "patches"} <= set(modules)
    for name, source in modules.items():
        written = (ROOT / "notebooks" / "inpainting" / f"{name}.py").read_text(encoding="utf-8")
        assert written == source, f"{name}.py differs: run `make export`"


def test_every_notebook_has_the_same_setup_cell():
    for path, notebook in export.with_same_setup().items():
        assert nbformat.read(path, as_version=4) == notebook, f"{path.name}: run `make export`"


def setup_cell():
    cells = nbformat.read(NOTEBOOKS[0], as_version=4).cells
    return next(cell.source for cell in cells if cell.source.startswith("#| setup"))


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this copy is no git repository")
def test_a_notebook_that_comes_alone_fetches_the_repository(tmp_path):
    source = setup_cell().replace('"ADDRESS"', repr(str(ROOT))) + "\nimport importlib.util\nassert importlib.util.find_spec('inpainting')\n"
    for again in range(2):
        done = subprocess.run(
            [sys.executable, "-c", source], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "repository" / "notebooks" / "inpainting").is_dir()


def test_a_notebook_that_comes_alone_says_what_it_needs(tmp_path):
    source = setup_cell().replace('"ADDRESS"', repr(str(tmp_path / "nothing here")))
    done = subprocess.run([sys.executable, "-c", source], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr.splitlines()[-1].endswith("not the notebook alone.")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebook_runs_to_its_end_without_a_warning(path, tmp_path):
    notebook = nbformat.read(path, as_version=4)
    add_solutions(notebook)
    run_notebooks.run(notebook, path.name)
    (tmp_path / path.name).write_text(nbformat.writes(notebook), encoding="utf-8")
    red = [o.text for o in outputs(notebook) if o.output_type == "stream" and o.name == "stderr"]
    loud = "THIS IS NOT CIFAR-10", "THESE ARE NOT THE REAL PAINTINGS"
    assert [text for text in red if not any(words in text for words in loud)] == []
    printed = [o.text for o in outputs(notebook) if o.output_type == "stream" and o.name == "stdout"]
    assert [text for text in printed if "warning" in text.lower()] == []
    checks = [c for c in notebook.cells if "check" in c.metadata.get("tags", [])]
    assert 4 <= len(checks) // 2 <= 6
    for untouched, solved in zip(checks[::2], checks[1::2]):
        assert untouched.outputs[0].text.startswith("Not yet: "), untouched.source
        assert solved.outputs[0].text == "Right.\n", f"{solved.source}: {solved.outputs[0].text}"


def add_solutions(notebook):
    """Behind the check of each exercise, put the solution from the folded text, and the check again."""
    cells, waiting = [], None
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if "check" in tags:
            waiting = cell
        if "solution" in tags:
            assert cell.source.startswith("<details>") and cell.source.endswith("</details>")
            (code,) = re.findall(r"```python\n(.*?)```", cell.source, flags=re.DOTALL)
            again = nbformat.from_dict(waiting)
            again.id += "-again"
            cells += [nbformat.v4.new_code_cell(code), again]
            waiting = None
        cells.append(cell)
    assert waiting is None, "an exercise has no solution"
    notebook.cells = cells


def test_a_progress_bar_leaves_nothing_behind():
    def kept(*texts):
        outputs = [nbformat.v4.new_output("stream", name="stdout", text=text) for text in texts]
        return [output.text for output in run_notebooks.without_progress(outputs)]

    assert kept("\r 50%|##", "\r100%|####", "\r          \r") == []
    assert kept("\r 50%|##", "\r     \r", "ready\nsecond line\n") == ["ready\nsecond line\n"]
    assert kept("one\n", "two\n") == ["one\ntwo\n"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_saved_outputs_come_from_one_clean_run(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert path.stat().st_size < 3_000_000
    for output in outputs(notebook):
        assert output.output_type != "error" and output.get("name") != "stderr"
        text = output.get("text", "") + str(output.get("data", {}).get("text/plain", ""))
        assert not re.search(r"/(home|root|tmp|work|Users)/|[A-Z]:\\", text), text


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_code_cell_is_short_and_introduced(path):
    cells = nbformat.read(path, as_version=4).cells
    for cell in cells:
        if cell.cell_type == "code":
            code = re.sub(r'""".*?"""', "", cell.source, flags=re.DOTALL)
            assert len([line for line in code.splitlines() if line.strip()]) <= 36, cell.source
    lengths = sorted(len(c.source.splitlines()) for c in cells if c.cell_type == "code")
    assert lengths[len(lengths) // 2] <= 10
    assert cells[0].source.startswith("# ")
    assert sum(c.source.startswith("# ") for c in cells if c.cell_type == "markdown") == 1


def outputs(notebook):
    return [o for c in notebook.cells if c.cell_type == "code" for o in c.outputs]


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
    damages = measured["unet_192x192_damages"]
    assert tables.kinds_as_markdown(damages["kinds"]) in text
    assert f"{damages['repainted_where_nothing_is_damaged']:.2%} of the pixels" in text


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
        assert re.match(r"[a-z-]+>=[\d.]+,<\d+ +# \w", line), line


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
