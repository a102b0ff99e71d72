"""The figures in pics/: drawn by code, described in words, readable, used with a description."""

import json
import re
from pathlib import Path

import cv2
import keras
import nbformat
import numpy as np
import pytest
from PIL import Image

import drawings
import pics
import stills
from inpainting import projection
from inpainting.unet import build_unet

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "pics"
DRAWN, STILLS = (sorted(FOLDER.glob(f"*.{ending}")) for ending in ("png", "jpg"))
TEXTS = [ROOT / "README.md", ROOT / "Model_data" / "README.md", *ROOT.glob("notebooks/*.ipynb")]


def test_every_figure_is_drawn_by_a_function():
    assert {path.stem for path in DRAWN} == set(pics.FIGURES)
    assert {path.stem for path in STILLS} == {n for named in pics.STILLS.values() for n in named}


def test_every_figure_is_described_in_words():
    described = json.loads((FOLDER / "alt.json").read_text(encoding="utf-8"))
    assert described == pics.alt_texts(), "run `make pics`"
    for name, alt in described.items():
        assert len(alt) >= 40 and alt.endswith("."), name
    assert len(set(described.values())) == len(described)


@pytest.mark.parametrize("path", DRAWN, ids=lambda path: path.stem)
def test_a_figure_is_large_enough_to_read_and_small_enough_to_load(path):
    with Image.open(path) as image:
        assert image.width >= 900
        assert image.width / image.height >= 1.6
    assert path.stat().st_size <= 550_000
    letters = projection.lettering_of(path)
    assert letters["smallest"] >= projection.SMALLEST and letters["contrast"] >= 4.5
    assert letters["panels"] <= 6


@pytest.mark.parametrize("path", STILLS, ids=lambda path: path.stem)
def test_a_still_is_small_enough_to_load(path):
    assert path.stat().st_size <= 250_000


def test_the_stills_come_from_the_networks_that_are_shipped():
    assert pics.up_to_date(), "run `make pics`"


def test_pictures_of_other_networks_are_drawn_again(monkeypatch, capsys):
    drawn = []
    monkeypatch.setattr(pics, "draw_figures", drawn.extend)
    monkeypatch.setattr(pics, "draw_stills", lambda: drawn.append("stills"))
    monkeypatch.setattr(pics, "write_json", lambda *_: None)
    pics.main(["--outdated"])
    assert drawn == [] and "up to date" in capsys.readouterr().out
    monkeypatch.setattr(pics, "checksums", dict)
    pics.main(["--outdated"])
    assert drawn == [*pics.FIGURES, "stills"]


def test_a_figure_is_drawn_as_it_is_shipped(tmp_path):
    with projection.styled():
        projection.save(drawings.segment_to_mask(), tmp_path / "new.png")
    new, old = (projection.lettering_of(file)
                for file in (tmp_path / "new.png", FOLDER / "segment_to_mask.png"))
    for measured in ("smallest", "panels", "width"):
        assert new[measured] == pytest.approx(old[measured], abs=0.2)
    # with pixels that versions of matplotlib mix differently
    assert new["contrast"] >= 4.5


def test_functions_of_a_notebook_are_taken_as_they_are():
    (near_borders,) = stills.from_notebook("open_model", ["near_borders"], np=np)
    assert near_borders(64, 32).sum() == 4 * 32
    with pytest.raises(KeyError):
        stills.from_notebook("open_model", ["no_such_function"])


def test_the_flower_is_hidden_and_not_given_back():
    sound, restored = (
        np.asarray(Image.open(FOLDER / f"hook_near_{name}.jpg"), np.float32)
        for name in ("sound", "restored"))
    wrong = np.abs(sound - restored).mean(axis=-1)
    assert wrong[200:330, 170:310].mean() > 40 and wrong[-60:, :60].mean() < 2


def test_a_restoration_that_hides_the_flower_is_clean():
    """The filling is as even as the wood around it: no step in brightness at a place."""
    restored = np.asarray(Image.open(FOLDER / "hook_near_restored.jpg").convert("L"), np.float32)
    filled = cv2.GaussianBlur(restored, (0, 0), 9)[120:420, 90:400]
    steps = np.hypot(*np.gradient(filled))
    assert steps.max() < 2 and np.ptp(filled) < 60


def test_a_tick_and_a_cross_differ():
    grey = np.full((200, 200, 3), 0.5, np.float32)
    yes, no = (stills.signed(grey, sign) for sign in (True, False))
    assert np.abs(yes - no).mean() > 0.01
    assert (yes[:80] == grey[:80]).all() and (no[:80] == grey[:80]).all()


def test_borders_of_patches_are_drawn_where_the_patches_end():
    picture = np.full((128, 128, 3), 0.5, np.float32)
    stills.draw_borders(picture, [16, 48])
    changed = (picture != 0.5).any(axis=-1)
    assert changed[32].mean() > 0.4 and changed[96].mean() > 0.4  # rows 32 and 64 of the painting
    assert changed[:, 32].mean() > 0.4 and changed[64].mean() < 0.2


def test_the_plain_network_is_read_from_the_saved_output():
    pictures, errors = stills.plain_network()
    sound, restored = (pictures[f"plain_{name}"][7::15, 7::15] for name in ("sound", "restored"))
    cat = stills.data.display_set()[stills.PLAIN]
    assert np.abs(sound - cat).mean() < 0.01
    assert 0.01 < np.abs(restored - cat).mean() < 0.15
    assert 0 < errors["where_sound_with_map"] < errors["where_sound"] < errors["inside"]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_the_texts_show_these_figures_and_say_what_is_in_them(path):
    if path.suffix == ".ipynb":
        cells = nbformat.read(path, as_version=4).cells
        text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    else:
        text = path.read_text(encoding="utf-8")
    for alt, name in re.findall(r"!\[([^\]]*)\]\((?:\.\./)?pics/([^)]*)\)", text):
        assert name in {path.name for path in (*DRAWN, *STILLS)}
        assert len(alt) >= 40, name


def test_receptive_fields_of_the_encoder_follow_the_textbook():
    """A 3x3 convolution adds 2 of its pixels, a pooling 1; behind it a pixel is twice as wide."""
    field, pixel, expected = 1, 1, []
    for _ in range(5):
        field += 2 * 2 * pixel
        expected.append(field)
        field += pixel
        pixel *= 2
    fields = drawings.receptive_fields()
    assert [fields[step] for step in range(1, 6)] == expected
    _, alt = pics.FIGURES["receptive_field"]
    assert f"from {fields[1]} in step 1 to {fields[9]} in step 9" in alt


def test_receptive_field_is_what_changes_the_output_of_the_network():
    """In a network that adds up all it sees, the spots that reach one pixel, and no others."""
    unet = build_unet((1, 1, 1, 1, 1), damage_map=False)
    unet.set_weights([np.full_like(w, 1e-2 if w.ndim > 1 else 0) for w in unet.get_weights()])
    seen = keras.Model(unet.input, unet.get_layer("step9_conv_b").output)
    side = 320
    spots = np.zeros((side, 16, side, 3), np.float32)
    spots[np.arange(side), :, np.arange(side)] = 1
    response = seen.predict(spots, batch_size=32, verbose=0)[:, 8, :, 0] > 0  # (spot, pixel)
    widths = response[:, 152:168].sum(axis=0)
    assert widths.max() == drawings.receptive_fields()[9]
