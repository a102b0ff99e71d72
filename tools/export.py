"""Write the notebook cells marked `#| export <module>` to notebooks/inpainting/<module>.py, and
the cell marked `#| setup` of the first notebook into the others.

    python tools/export.py            writes the modules (make export)
    python tools/export.py --check    writes nothing, fails when something differs

The cells of one module keep their order; a module may have cells in several notebooks.
"""

import re
import sys
from pathlib import Path

import nbformat

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
MARK = re.compile(r"#\| export (\w+)\n")


def exported_modules():
    """Return {module name: source text} made from all notebooks, in the order of their names."""
    cells = {}
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            mark = MARK.match(cell.source)
            if cell.cell_type == "code" and mark:
                code = cell.source[mark.end():].strip()
                cells.setdefault(mark[1], []).append((path.name, code))
    return {module: as_source(parts) for module, parts in cells.items()}


def as_source(parts):
    """Join (notebook, code) parts under a first line that says where to edit them."""
    homes = " and ".join(dict.fromkeys(notebook for notebook, _ in parts))
    head = f"# Written by `make export` from {homes}: edit the cells there, not this file."
    return "\n\n\n".join([head, *(code for _, code in parts)]) + "\n"


def with_same_setup():
    """Return {path: notebook} of all notebooks, their set-up cell replaced by that of the first."""
    paths = sorted(NOTEBOOKS.glob("*.ipynb"))
    notebooks = {path: nbformat.read(path, as_version=4) for path in paths}
    setups = [
        next(cell for cell in notebook.cells if cell.source.startswith("#| setup\n"))
        for notebook in notebooks.values()
    ]
    for setup in setups:
        setup.source = setups[0].source
    return notebooks


def main(check):
    files = {
        NOTEBOOKS / "inpainting" / f"{module}.py": source
        for module, source in exported_modules().items()
    }
    for path, notebook in with_same_setup().items():
        files[path] = nbformat.writes(notebook) + "\n"
    differ = []
    for path, source in files.items():
        if path.exists() and path.read_text(encoding="utf-8") == source:
            continue
        differ.append(path.name)
        if not check:
            path.write_text(source, encoding="utf-8")
            print("wrote", path.name)
    if check and differ:
        sys.exit(f"{', '.join(differ)}: not what the notebooks say; run `make export`")


if __name__ == "__main__":
    main(check="--check" in sys.argv[1:])
