"""The reading edition: formulas, pictures and links work without internet; the code is folded."""

import copy
import re
from urllib.parse import unquote

import nbformat
import pytest
from bs4 import BeautifulSoup

import reading_edition
from reading_edition import NOTEBOOKS, TITLES

ALL = pytest.mark.parametrize("name", TITLES)

pytestmark = pytest.mark.xdist_group("pages")  # one process writes the pages, for all of them


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("edition") / "build"
    reading_edition.write(folder)
    return folder


@pytest.fixture(scope="module")
def pages(folder):
    return {path.name: BeautifulSoup(path.read_text("utf-8"), "html.parser")
            for path in folder.glob("*.html")}


def cells(name, kind):
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == kind]


def small_page(*sources):
    markdown = [nbformat.v4.new_markdown_cell(source) for source in sources]
    page = reading_edition.as_page(nbformat.v4.new_notebook(cells=markdown), "small")
    return BeautifulSoup(page, "html.parser").main


def test_every_notebook_has_a_page_and_there_is_an_index(pages):
    notebooks = {path.stem for path in NOTEBOOKS.glob("*.ipynb")}
    assert set(TITLES) == notebooks
    assert set(pages) == {"index.html", *(f"{name}.html" for name in notebooks)}


def test_the_pages_are_light(folder):
    assert max(path.stat().st_size for path in folder.iterdir()) < 4_000_000


@ALL
def test_no_formula_stays_latex(pages, name):
    page = copy.copy(pages[f"{name}.html"])
    texts = [re.sub(r"```.*?```|`[^`]*`", "", c.source, flags=re.DOTALL)
             for c in cells(name, "markdown")]
    formulas = [f for text in texts for f in re.findall(r"\$\$.+?\$\$|\$.+?\$", text, re.DOTALL)]
    assert len(page.find_all("math")) == len(formulas)
    assert not re.search(r"\\[a-zA-Z]", " ".join(m.get_text() for m in page.find_all("math")))
    for code in page.find_all(["pre", "code", "style"]):
        code.extract()
    assert not re.search(r"\$|\\[a-zA-Z(\[]", page.get_text())


@pytest.mark.parametrize("formula", [r"$\frac{a}{b}$", r"$$\frac{a}{b}$$"])
def test_a_formula_becomes_mathml(formula):
    page = small_page(f"so {formula} it is")
    assert page.math.mfrac is not None and "$" not in page.get_text()
    assert (page.math.get("display") == "block") == formula.startswith("$$")


def test_formulas_have_the_spaces_of_latex():
    page = small_page(r"$a = -\log 0.9 + \ln 0.9$")
    assert [sign.get_text() for sign in page.find_all("mo", form="prefix")] == ["−"]
    assert [sign.get_text() for sign in page.find_all("mo", lspace=True)] == ["log", "ln"]


def test_no_page_needs_the_network(pages):
    for name, page in pages.items():
        assert page.find_all(["script", "link", "iframe", "object"]) == []
        loaded = [tag["src"] for tag in page.find_all(src=True)]
        assert all(source.startswith("data:") for source in loaded), name
        assert not re.search(r"@import|url\(", " ".join(s.get_text() for s in page("style")))


@ALL
def test_all_figures_are_there_and_described(pages, name):
    images = pages[f"{name}.html"].find_all("img")
    texts = "".join(cell.source for cell in cells(name, "markdown"))
    outputs = [o.get("data", {}) for cell in cells(name, "code") for o in cell.outputs]
    assert len(images) >= texts.count("](../pics/") + sum("image" in " ".join(o) for o in outputs)
    assert all(image.get("alt") for image in images)
    assert "No description" not in " ".join(image["alt"] for image in images)


@ALL
def test_code_and_answers_are_folded(pages, name):
    page = pages[f"{name}.html"]
    assert page.select("details[open]") == []
    assert all(code.find_parent("details") for code in page.select("main .highlight"))
    assert len(page.select(".code_cell details.code > summary")) == len(cells(name, "code"))
    solutions = [c for c in cells(name, "markdown") if "solution" in c.metadata.get("tags", [])]
    assert len(page.select("details:not(.code)")) == len(solutions) > 0
    setups = page.find_all(string=re.compile(re.escape("#| setup")))
    assert len(setups) == any(c.source.startswith("#| setup") for c in cells(name, "code"))
    assert "Not yet. Hint" not in page.get_text() and page.select(".prompt") == []


def test_a_notebook_keeps_what_its_page_leaves_out():
    check = nbformat.v4.new_code_cell("check()", metadata={"tags": ["check"]}, outputs=[
        nbformat.v4.new_output("stream", name="stdout", text="Not yet.")])
    notebook = nbformat.v4.new_notebook(cells=[check])
    before = copy.deepcopy(notebook)
    assert "Not yet." not in reading_edition.as_page(notebook, "small")
    assert notebook == before


def test_no_link_is_dead(pages):
    ids = {name: [tag["id"] for tag in page.find_all(id=True)] for name, page in pages.items()}
    for name, page in pages.items():
        assert len(ids[name]) == len(set(ids[name]))
        for link in page.select("a[href]"):
            if not link["href"].startswith(("http://", "https://")):
                target, _, place = link["href"].partition("#")
                assert (target or name) in pages, link
                assert not place or unquote(place) in ids[target or name], link


def test_links_between_the_notebooks_lead_to_the_pages():
    page = small_page("[two](open_model.ipynb#section-9), `open_model_192x192.ipynb`, "
                      "`open_model`, [card](../Model_data/README.md), [web](https://example.org)")
    found = {link.get_text(): link["href"] for link in page.find_all("a")}
    assert found == {"two": "open_model.html#section-9", "web": "https://example.org",
                     "open_model_192x192.ipynb": "open_model_192x192.html"}
    assert "card, Model_data/README.md" in page.get_text()


@ALL
def test_a_page_lists_its_sections_and_leads_to_the_others(pages, name):
    page = pages[f"{name}.html"]
    headings = page.select("main h2, main h3")
    listed = [link.get_text() for link in page.select("nav.contents a")]
    assert listed == [heading.get_text() for heading in headings] and len(listed) > 10
    assert {link["href"] for link in page.select("nav.pages a")} == set(pages)
    assert pages["index.html"].select(f'main a[href^="{name}.html"]')


def test_the_index_says_how_long_and_how_large_each_page_is(pages, folder):
    rows = pages["index.html"].select("main tr")[1:]
    assert len(rows) == len(TITLES)
    for row, name in zip(rows, TITLES):
        size = (folder / f"{name}.html").stat().st_size / 1e6
        assert re.search(rf"about \d\d minutes \({size:.1f} MB\)", row.get_text())


def test_the_reading_time_counts_words_and_figures_but_no_solutions():
    text = nbformat.v4.new_markdown_cell("word " * 1500)
    solution = nbformat.v4.new_markdown_cell("word " * 1500, metadata={"tags": ["solution"]})
    figure = nbformat.v4.new_output("display_data", {"image/png": "", "text/plain": ""})
    code = nbformat.v4.new_code_cell("word " * 1500, outputs=10 * [figure])
    assert reading_edition.minutes(nbformat.v4.new_notebook(cells=[text, solution, code])) == 15


def test_a_notebook_that_was_run_replaces_the_saved_one(tmp_path, monkeypatch):
    ran = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Just run")])
    monkeypatch.setattr(
        reading_edition, "as_page", lambda notebook, _: notebook.cells[0].source)  # quick
    reading_edition.write(tmp_path / "build", {"open_model": ran})
    assert "Just run" in (tmp_path / "build" / "open_model.html").read_text()
    assert "Just run" not in (tmp_path / "build" / "open_model_192x192.html").read_text()


def test_on_paper_folded_code_stays_away_and_no_figure_is_split(pages):
    for page in pages.values():
        paper = page.style.get_text().split("@media print")[1]
        assert re.search(r"details:not\(\[open\]\)[^{]*{ display: none", paper)
        assert re.search(r"img[^{]*{ break-inside: avoid", paper)
