"""The notebooks: they agree with the modules, are saved from a clean run, and run to their end."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

import export
import run_notebooks

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
ALL = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def test_every_exported_module_is_what_the_notebooks_say():
    modules = export.exported_modules()
    assert {"damage", "unet", "metrics", "patches"} <= set(modules)
    for name, source in modules.items():
        written = (ROOT / "notebooks" / "inpainting" / f"{name}.py").read_text(encoding="utf-8")
        assert written == source, f"{name}.py differs: run `make export`"


def test_every_notebook_has_the_same_setup_cell():
    for path, notebook in export.with_same_setup().items():
        assert nbformat.read(path, as_version=4) == notebook, f"{path.name}: run `make export`"


@ALL
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


@ALL
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


def setup_cell():
    cells = nbformat.read(NOTEBOOKS[0], as_version=4).cells
    return next(cell.source for cell in cells if cell.source.startswith("#| setup"))


def run_setup(repository, folder):
    """Run the set-up cell in a folder, and print where Python then finds the package."""
    source = setup_cell().replace('"ADDRESS"', repr(str(repository)))
    return run_python(source + "\n" + WHERE, folder)


WHERE = "import importlib.util; print(importlib.util.find_spec('inpainting').origin)"


def run_python(source, folder):
    return subprocess.run(
        [sys.executable, "-c", source], cwd=folder, capture_output=True, text=True)


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this copy is no git repository")
def test_a_notebook_that_comes_alone_fetches_the_repository(tmp_path):
    for again in range(2):
        done = run_setup(ROOT, tmp_path)
        assert done.returncode == 0, done.stderr
    fetched = tmp_path / "repository" / "notebooks" / "inpainting" / "__init__.py"
    assert fetched.samefile(done.stdout.strip())


def test_a_notebook_that_comes_alone_says_what_it_needs(tmp_path):
    done = run_setup(tmp_path / "nothing here", tmp_path)
    assert done.returncode == 1 and done.stderr.splitlines()[-1].endswith("not the notebook alone.")


def test_the_package_is_installed_for_every_folder(tmp_path):
    installed = run_python(WHERE, tmp_path).stdout.strip()
    assert (ROOT / "notebooks" / "inpainting" / "__init__.py").samefile(installed)


LONGEST_FIRST = "open_model_192x192", "Image_Inpainting_Tutorial", "open_model"  # two run at once


@pytest.mark.slow
@pytest.mark.parametrize("name", LONGEST_FIRST)
def test_the_notebook_runs_to_its_end_without_a_warning(name):
    """In one run: the exercises as they are found, then solved."""
    notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    add_solutions(notebook)
    run_notebooks.run(notebook, name)
    loud = "THIS IS NOT CIFAR-10", "THESE ARE NOT THE REAL PAINTINGS"
    red = [t for t in streams(notebook, "stderr") if not any(words in t for words in loud)]
    assert red == []
    assert [text for text in streams(notebook, "stdout") if "warning" in text.lower()] == []
    checks = [c for c in notebook.cells if "check" in c.metadata.get("tags", [])]
    assert 4 <= len(checks) // 2 <= 6
    for untouched, solved in zip(checks[::2], checks[1::2]):
        assert untouched.outputs[0].text.startswith("Not yet. Hint: "), untouched.source
        assert solved.outputs[0].text == "Right.\n", f"{solved.source}: {solved.outputs[0].text}"


def test_every_notebook_is_run():
    assert set(LONGEST_FIRST) == {path.stem for path in NOTEBOOKS}


def streams(notebook, name):
    return [o.text for o in outputs(notebook) if o.output_type == "stream" and o.name == name]


def add_solutions(notebook):
    """Behind the check of each exercise, put the solution from the folded text, and the check."""
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


def outputs(notebook):
    return [o for c in notebook.cells if c.cell_type == "code" for o in c.outputs]


def test_the_terminal_shows_progress_and_nothing_else(capfd):
    cells = [nbformat.v4.new_code_cell("1 + 1", metadata={"tags": ["parameters"]})]
    run_notebooks.run(nbformat.v4.new_notebook(cells=cells), "small")
    said = capfd.readouterr()
    assert said.out == "" and re.sub(r"small: [^]]*\]", "", said.err).strip() == ""


def test_a_progress_bar_leaves_nothing_behind():
    def kept(*texts):
        outputs = [nbformat.v4.new_output("stream", name="stdout", text=text) for text in texts]
        return [output.text for output in run_notebooks.without_progress(outputs)]

    assert kept("\r 50%|##", "\r100%|####", "\r          \r") == []
    assert kept("\r 50%|##", "\r     \r", "ready\nsecond line\n") == ["ready\nsecond line\n"]
    assert kept("one\n", "two\n") == ["one\ntwo\n"]
