"""Write the notebooks as pages to read into build/: the code folded, no internet needed.

    python tools/reading_edition.py       from the notebooks as they are saved (make pages)

`tools/run_notebooks.py` calls `write` with the notebooks that it has run.
"""

import base64
import mimetypes
import re
from pathlib import Path

import nbformat
from bs4 import BeautifulSoup
from latex2mathml.converter import convert
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments.formatters import HtmlFormatter

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
TEMPLATE = Path(__file__).parent / "templates" / "reading_edition"
TITLES = {
    "Image_Inpainting_Tutorial": "1. Damage, network, training",
    "open_model": "2. Restore paintings",
    "open_model_192x192": "3. Other kinds of damage",
}
PAGES = {"index.html": "Contents", **{f"{name}.html": title for name, title in TITLES.items()}}
EQUALS, MINUS = "<mo>&#x0003D;</mo>", "<mo>&#x02212;</mo>"
ALT = "A figure, made by the code above it; the text below it says what to see."


def as_mathml(formula, display):
    """A formula in LaTeX as MathML, with LaTeX's space around log and ln, none behind a sign."""
    mathml = convert(formula, display=display)
    mathml = re.sub(
        "<mi>(log|ln)</mi>", r'<mo lspace="0.17em" rspace="0.17em">\1</mo>', mathml)
    return mathml.replace(EQUALS + MINUS, EQUALS + MINUS.replace("<mo>", '<mo form="prefix">'))


class Renderer(IPythonRenderer):
    """Markdown to HTML: formulas as MathML, pictures inside the page, links to the pages."""

    def inline_math(self, body):
        return as_mathml(body, "inline")

    def block_math(self, body):
        return as_mathml(body, "block")

    def image(self, text, url, title=None):
        content = base64.b64encode((NOTEBOOKS / url).read_bytes()).decode()
        return super().image(text, f"data:{mimetypes.guess_type(url)[0]};base64,{content}", title)

    def link(self, text, url, title=None):
        path, mark, place = url.partition("#")
        if path.endswith(".ipynb"):
            url = Path(path).stem + ".html" + mark + place
        elif path and not path.startswith(("http://", "https://", *PAGES)):
            return f"{text}, <code>{path.removeprefix('../')}</code>"  # it lies outside the pages
        return super().link(text, url, title)

    def codespan(self, text):
        code = super().codespan(text)
        return self.link(code, text) if text in {f"{name}.ipynb" for name in TITLES} else code

    def heading(self, text, level, **attributes):
        """With an id: section-9.1 for "9.1 Find" or "Exercise 9.1: ...", else made of its words."""
        number = re.match(r"(?:Exercise )?(\d+(?:\.\d+)*|[A-Z]\.\d+)[.: ]", text)
        words = re.sub(r"\W+", "-", text.lower()).strip("-")
        place = f"section-{number[1]}" if number else words
        return f'<h{level} id="{place}">{text}</h{level}>\n'


class ReadingExporter(HTMLExporter):
    template_name = TEMPLATE.name
    extra_template_basedirs = [str(TEMPLATE.parent)]
    exclude_input_prompt = exclude_output_prompt = True

    def markdown2html(self, source):
        return MarkdownWithMath(renderer=Renderer(escape=False)).render(source)


def as_page(notebook, title):
    """A notebook (nbformat.NotebookNode) as the HTML of a page, with a list of its sections."""
    notebook = nbformat.from_dict(notebook)
    for cell in notebook.cells:
        if "check" in cell.metadata.get("tags", []):
            cell.outputs = []  # says only that the exercise is not done yet
        cell.metadata.setdefault("alt", ALT)
    style = (TEMPLATE / "style.css").read_text() + HtmlFormatter().get_style_defs(".highlight")
    html, _ = ReadingExporter().from_notebook_node(notebook, {
        "title": title, "pages": PAGES, "style": style,
    })
    page = BeautifulSoup(html, "html.parser")
    for code in page.select(".highlight"):
        if code.find_parent("details") is None:  # else it is the answer to an exercise
            fold = code.wrap(page.new_tag("details", attrs={"class": "code"}))
            fold.insert(0, page.new_tag("summary", string="show the code"))
    contents = page.new_tag("ul")
    for heading in page.select("main h2, main h3"):
        item = page.new_tag("li", attrs={"class": heading.name})
        item.append(page.new_tag("a", href=f"#{heading['id']}", string=heading.get_text()))
        contents.append(item)
    page.select_one("nav.contents").append(contents)
    return str(page)


def minutes(notebook):
    """How long a page takes to read: 150 words, or two figures, in a minute; to 5 minutes."""
    words = figures = 0
    for cell in notebook.cells:
        if cell.cell_type == "code":
            figures += sum("image" in " ".join(o.get("data", {})) for o in cell.outputs)
        elif "solution" not in cell.metadata.get("tags", []):
            words += len(cell.source.split())
            figures += cell.source.count("](../pics/")
    return 5 * round((words / 150 + figures / 2) / 5)


def write(folder, ran=()):
    """Write the pages and their index into a folder. Returns the paths of the pages.

    ran: {name: NotebookNode} of the notebooks that were run; the others as they are saved.
    """
    folder.mkdir(exist_ok=True)
    paths, facts = [], {}
    for name, title in TITLES.items():
        notebook = dict(ran).get(name) or nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
        paths.append(folder / f"{name}.html")
        paths[-1].write_text(as_page(notebook, title), encoding="utf-8")
        megabytes = paths[-1].stat().st_size / 1e6
        facts[name] = f"about {minutes(notebook)} minutes ({megabytes:.1f} MB)"
    text = (TEMPLATE / "index.md").read_text(encoding="utf-8")
    cells = [nbformat.v4.new_markdown_cell(text.format(**facts))]
    paths.append(folder / "index.html")
    index = as_page(nbformat.v4.new_notebook(cells=cells), "Image Inpainting: the reading edition")
    paths[-1].write_text(index, encoding="utf-8")
    return paths


if __name__ == "__main__":
    for path in write(ROOT / "build"):
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1e6:.2f} MB")
