"""Run the notebooks top to bottom without a screen, and write the reading edition into build/.

    python tools/run_notebooks.py                     all of them, short (make run)
    python tools/run_notebooks.py open_model.ipynb    this one
    python tools/run_notebooks.py --save              keep the outputs in the notebooks, too
"""

import argparse
import re
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from tqdm import tqdm
from traitlets.config import Config

import reading_edition

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
ENCRYPTED = Config(KernelManager={"transport_encryption": "auto"})  # else the kernel warns


def run(notebook, name):
    """Execute a notebook in the folder of the notebooks, in the short mode; keep its outputs."""
    parameters = next(c for c in notebook.cells if "parameters" in c.metadata.get("tags", []))
    written = parameters.source
    parameters.source = "FAST = True"
    with tqdm(total=len(notebook.cells), desc=name, unit="cell") as bar:
        client = NotebookClient(
            notebook,
            timeout=1800,
            kernel_name="python3",
            config=ENCRYPTED,
            record_timing=False,
            store_widget_state=False,  # with it, a page shows no static figure of a widget
            resources={"metadata": {"path": str(NOTEBOOKS)}},
            on_cell_complete=lambda cell, cell_index: bar.update(cell_index + 1 - bar.n),
        )
        client.execute()
        bar.update(bar.total - bar.n)
    parameters.source = written
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = without_progress(cell.outputs)


def without_progress(outputs):
    """The outputs of a cell as a terminal shows them at the end, without what was overwritten.

    A progress bar writes over its own line again and again, with a carriage return before each.
    """
    kept = []
    for output in outputs:
        if output.output_type == "stream" and kept and kept[-1].get("name") == output.name:
            kept[-1].text += output.text
        else:
            kept.append(output)
    for output in kept:
        if output.output_type == "stream":
            output.text = re.sub(r"[^\n]*\r", "", output.text)
    return [output for output in kept if output.get("text") != ""]


def save(notebook, path):
    """Keep the outputs; leave out what says more about this machine than about the notebook."""
    notebook.metadata.language_info = {"name": "python"}
    nbformat.write(notebook, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="file names; all notebooks if none is given")
    parser.add_argument("--save", action="store_true", help="write the outputs into the notebooks")
    settings = parser.parse_args()

    ran = {}
    names = settings.names or [f"{name}.ipynb" for name in reading_edition.TITLES]
    paths = [NOTEBOOKS / Path(name).name for name in names]
    for path in paths:
        if path.stem not in reading_edition.TITLES:
            parser.error(f"there is no notebook {path.name} of this tutorial")
    for path in paths:
        began = time.monotonic()
        notebook = nbformat.read(path, as_version=4)
        run(notebook, path.name)
        ran[path.stem] = notebook
        print(f"{path.name}: {time.monotonic() - began:.0f} s")
    if settings.save:  # at the end, so that a record of notebook 2 names a commit without changes
        for path in paths:
            save(ran[path.stem], path)
    for page in reading_edition.write(ROOT / "build", ran):
        print(page.relative_to(ROOT))


if __name__ == "__main__":
    main()
