import base64
import errno
import hashlib
import json

import cv2
import numpy as np
import pytest
from conftest import BLACK, BLUE, CLEANED, FILLED, RED, SRGB, noise

from inpainting import editor
from inpainting.checks import PictureError
from inpainting.classical import telea
from inpainting.editor import MaskEditor
from inpainting.files import sha256
from inpainting.marks import DRAWN
from inpainting.painting_widget import stroke_pixels
from inpainting.pictures import (
    as_stored, read_mask, read_picture, read_scan, reduced_picture, write_picture,
)

HEIGHT, WIDTH = 60, 90


def fill(painting, mask):
    return as_stored(telea(painting / np.float32(255), mask), "uint8")


def found():
    cuts, stains = np.zeros((2, HEIGHT, WIDTH), bool)
    cuts[10:13, 5:70] = True
    stains[30:50, 40:60] = True
    return {"cuts": cuts, "stains": stains}


@pytest.fixture
def painting():
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    return np.stack([2 * x, 3 * y, x + y], axis=-1).astype(np.uint8)


@pytest.fixture
def mended(painting):
    return MaskEditor(painting, found(), fill)


def ask(widget, what, **settings):
    """As the front end does."""
    widget.receive(widget, {"do": what, "with": settings, "id": "a message"}, [])
    assert widget.answered[1] == "a message"


def drawn_alone(points, width):
    place, covered = stroke_pixels((HEIGHT, WIDTH), points, width)
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[place] = covered
    return mask


def shown_marks(widget, layer="whole"):
    content = np.frombuffer(getattr(widget, f"{layer}_marks"), np.uint8)
    return cv2.imdecode(content, cv2.IMREAD_UNCHANGED)


def test_the_mask_is_what_was_found_and_drawn_without_what_was_erased(mended):
    masks = found()
    union = masks["cuts"] | masks["stains"]
    assert np.array_equal(mended.mask, union)
    brush, rubber = [(70, 5), (80, 40)], [(30, 11), (50, 40)]
    ask(mended, "stroke", points=brush, width=5, erase=False)
    assert np.array_equal(mended.mask, union | drawn_alone(brush, 5))
    ask(mended, "stroke", points=rubber, width=9, erase=True)
    expected = (union | drawn_alone(brush, 5)) & ~drawn_alone(rubber, 9)
    assert np.array_equal(mended.mask, expected)
    assert np.array_equal(mended.masks["drawn"], drawn_alone(brush, 5))
    assert np.array_equal(mended.masks["cuts"], masks["cuts"] & ~drawn_alone(rubber, 9))


def test_undo_and_redo_go_through_all_strokes(mended):
    states = [mended.mask]
    rng = np.random.default_rng(0)
    for number in range(8):
        if number % 2 == 0:  # the next one rubs some of it out again
            points = rng.integers(-5, 95, (4, 2)).tolist()
        ask(mended, "stroke", points=points, width=2 * number + 1, erase=number % 2 == 1)
        states.append(mended.mask)
    for state in states[-2::-1]:
        ask(mended, "undo")
        assert np.array_equal(mended.mask, state)
    ask(mended, "undo")  # nothing is left
    assert not mended.problem and (mended.undoable, mended.redoable) == (0, 8)
    for state in states[1:]:
        ask(mended, "redo")
        assert np.array_equal(mended.mask, state)
    ask(mended, "undo")
    unmarked = np.argwhere(~mended.mask)[:1, ::-1].tolist()
    ask(mended, "stroke", points=unmarked, width=1, erase=False)
    assert (mended.undoable, mended.redoable) == (8, 0)


def test_a_kind_that_is_off_is_neither_in_the_mask_nor_erased(mended):
    ask(mended, "switch", kinds_on=["stains", "drawn"])
    assert np.array_equal(mended.mask, found()["stains"])
    ask(mended, "stroke", points=[(0, 11), (89, 11)], width=7, erase=True)
    ask(mended, "switch", kinds_on=["cuts", "stains", "drawn"])
    assert np.array_equal(mended.mask, found()["cuts"] | found()["stains"])


def test_the_brush_switches_its_own_marks_on(painting):
    mended = MaskEditor(painting, found(), fill, left_alone=("stains", "drawn"))
    assert mended.kinds_on == ["cuts"]
    ask(mended, "stroke", points=[(5, 50)], width=3, erase=False)
    assert np.array_equal(mended.mask, found()["cuts"] | drawn_alone([(5, 50)], 3))


def test_the_stain_brush_marks_stains_and_can_be_undone(painting):
    mended = MaskEditor(painting, found(), fill, left_alone=("stains",))
    brush, both = [(70, 5), (80, 40)], [(70, 20), (85, 20)]
    ask(mended, "stroke", points=brush, width=5, erase=False, kind="stains")
    assert set(mended.kinds_on) == {"cuts", "stains", "drawn"}  # it is switched on
    stains = found()["stains"] | drawn_alone(brush, 5)
    assert np.array_equal(mended.masks["stains"], stains) and not mended.masks["drawn"].any()
    ask(mended, "stroke", points=both, width=3, erase=False)
    assert np.array_equal(mended.masks["stains"], stains)  # both bits, where they cross
    assert np.array_equal(mended.masks["drawn"], drawn_alone(both, 3))
    assert mended.record()["strokes"] == 2
    ask(mended, "undo")
    ask(mended, "undo")
    assert np.array_equal(mended.masks["stains"], found()["stains"])
    ask(mended, "redo")
    assert np.array_equal(mended.masks["stains"], stains) and not mended.masks["drawn"].any()


def test_a_kind_that_the_editor_does_not_have_cannot_be_drawn(painting):
    mended = MaskEditor(painting, {"cuts": found()["cuts"]}, fill)
    ask(mended, "stroke", points=[(5, 5)], width=3, erase=False, kind="stains")
    assert mended.problem and "cuts, drawn" in mended.status and mended.undoable == 0
    assert np.array_equal(mended.mask, found()["cuts"]) and "stains" not in mended.kinds_on


def test_the_record_says_who_has_marked(painting):
    nothing = {"stains": np.zeros((HEIGHT, WIDTH), bool)}
    for masks, origin in ((found(), "mended"), (nothing, "drawn")):
        mended = MaskEditor(painting, masks, fill)
        assert mended.record()["mask_from"] == "found"
        ask(mended, "stroke", points=[(5, 50)], width=3, erase=False, kind="stains")
        assert mended.record()["mask_from"] == origin
        ask(mended, "undo")
        assert mended.record()["mask_from"] == "found" and mended.record()["strokes"] == 0


def test_a_large_painting_is_shown_reduced_and_no_mark_is_lost():
    large = np.full((2000, 3000, 3), 100, np.uint8)
    hair = np.zeros((2000, 3000), bool)
    hair[1000] = hair[:, 7] = True
    mended = MaskEditor(large, {"cuts": hair}, fill)
    marks = shown_marks(mended)
    assert marks.shape == (1067, 1600)
    assert (marks == 1).sum() == 1067 + 1600 - 1 and (marks == 0).sum() == 1066 * 1599
    ask(mended, "stroke", points=[(2999, 1999)], width=1, erase=False)
    assert shown_marks(mended)[-1, -1] == 2 and mended.mask.sum() == hair.sum() + 1


def test_the_detail_is_the_painting_itself(mended, painting):
    ask(mended, "look", left=30, top=20, width=40, height=30, side=1000)
    ask(mended, "stroke", points=[(40, 25)], width=5, erase=False)
    assert np.array_equal(shown_marks(mended, "detail"), mended.marks[20:50, 30:70])
    detail = cv2.imdecode(np.frombuffer(mended.detail_picture, np.uint8), cv2.IMREAD_COLOR)[
        ..., ::-1
    ]
    assert np.abs(detail.astype(int) - painting[20:50, 30:70]).mean() < 4


def test_filling_changes_the_marked_pixels_and_a_new_stroke_makes_it_stale(mended, painting):
    before = painting.copy()
    ask(mended, "fill")
    assert np.array_equal(mended.restored, fill(painting, mended.mask))
    assert np.array_equal(mended.restored[~mended.mask], painting[~mended.mask])
    assert mended.whole_filled and "pixels repainted" in mended.status
    ask(mended, "stroke", points=[(5, 50)], width=3, erase=False)
    assert (
        mended.restored is None and not mended.whole_filled and "press Fill again" in mended.status
    )
    assert np.array_equal(painting, before)


def test_the_shipped_networks_find_clean_and_fill(painting, loaded):
    places = {"cuts": np.s_[5:8, 5:70], "stains": np.s_[20:40, 40:60], "writing": np.s_[50:52, :]}
    for place, colour in zip(places.values(), (BLACK, BLUE, RED)):
        painting[place] = 255 * colour
    mended = MaskEditor(painting)
    assert mended.kinds_on == ["cuts", "scratches", "losses", "stains", "drawn"]
    ask(mended, "stroke", points=[(5, 45)], width=3, erase=False)
    ask(mended, "stroke", points=[(15, 45), (30, 45)], width=3, erase=False, kind="stains")
    ask(mended, "stroke", points=[(30, 45)], width=3, erase=False)
    ask(mended, "fill")
    assert not mended.problem
    for place, colour in (
        ("cuts", FILLED), ("stains", CLEANED), ((45, 5), FILLED), ("writing", RED),
        ((45, 20), CLEANED), ((45, 30), FILLED),  # where both brushes were: cleaned, then filled
    ):
        assert (mended.restored[places.get(place, place)] == np.rint(255 * colour)).all()
    assert np.array_equal(mended.restored[~mended.mask], painting[~mended.mask])


def test_the_record_names_the_shipped_networks_and_the_picture(painting, loaded, stand_in_files):
    def named(mended):
        return {
            kind: {file["file"]: file["sha256"] for file in files}
            for kind, files in mended.record().get("models", {}).items()
        }

    def files(*kinds):
        return {
            kind: {
                file: sha256(stand_in_files[0] / file)
                for file in (f"{kind}_192x192.json", f"{kind}_192x192.weights.h5")
            }
            for kind in kinds
        }

    assert named(MaskEditor(painting, found(), fill)) == {}
    assert named(MaskEditor(painting, None, fill)) == files("finder")
    mended = MaskEditor(painting, found())
    assert named(mended) == files("filler", "cleaner")
    ask(mended, "switch", kinds_on=["stains", "drawn"])
    assert named(mended) == files("cleaner")
    ask(mended, "stroke", points=[(5, 5)], width=3, erase=False)
    assert named(mended) == files("filler", "cleaner")
    assert mended.record()["picture"]["sha256"] == hashlib.sha256(painting.tobytes()).hexdigest()
    turned = MaskEditor(painting[:, ::-1], found(), fill)  # not in one piece in memory
    mirrored = painting[:, ::-1].tobytes()
    assert turned.record()["picture"]["sha256"] == hashlib.sha256(mirrored).hexdigest()


@pytest.mark.parametrize("kind", ["uint8", "uint16", "float32", "grey"])
def test_every_depth_is_shown_the_same(painting, kind):
    stored = painting[..., 0] if kind == "grey" else as_stored(painting / np.float32(255), kind)
    shown = reduced_picture(stored, (30, 45))
    wanted = reduced_picture(painting, (30, 45))
    if kind == "grey":
        wanted = np.repeat(wanted[..., :1], 3, axis=-1)
    assert shown.shape == (30, 45, 3) and np.abs(shown.astype(int) - wanted).max() <= 1


def test_saving_writes_new_files_every_time(painting, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    mended = MaskEditor(painting, found(), fill)
    ask(mended, "stroke", points=[(5, 50)], width=3, erase=False)
    ask(mended, "save")  # fills, too
    assert f"Saved in the folder {tmp_path}: painting_restored.png, " in mended.status
    first = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert np.array_equal(
        as_stored(read_picture("painting_restored.png"), "uint8"), mended.restored
    )
    assert np.array_equal(read_mask("painting_restored_mask.png", painting)[0], mended.mask)
    record = json.loads((tmp_path / "painting_restored.json").read_text())
    assert record["mask_from"] == "mended" and record["repainted"]["pixels"] == mended.mask.sum()
    assert record["kinds"]["cuts"] == {
        "fraction": pytest.approx(found()["cuts"].mean()),
        "filled": True,
    }
    ask(mended, "save")
    assert "painting_restored_2.json" in mended.status and len(list(tmp_path.iterdir())) == 6
    assert all(path.read_bytes() == content for path, content in first.items())


@pytest.mark.parametrize("name, tiff, kind", [
    ("scan.png", False, "uint8"), ("scan.tif", True, "uint8"), ("scan.tif", True, "uint16"),
    ("scan.tif", True, "float32"),
])
def test_an_editor_of_a_file_keeps_what_the_file_says(tmp_path, loaded, name, tiff, kind):
    pixels = noise(64, 96, kind=kind)
    pixels[10:14, 5:70] = 0
    write_picture(tmp_path / name, pixels, (200, 200), SRGB)
    before = sha256(tmp_path / name)
    mended = MaskEditor.of_file(tmp_path / name, tmp_path / "new folder")
    assert mended.mask[11, 30] and np.array_equal(mended.painting, pixels)
    ask(mended, "save")
    assert not mended.problem, mended.status
    scan = read_scan(tmp_path / "new folder" / f"scan_restored.{'tif' if tiff else 'png'}")
    assert scan.pixels.dtype == kind and np.array_equal(scan.pixels, mended.restored)
    assert scan.dpi == pytest.approx((200, 200), abs=0.1) and scan.icc_profile == SRGB
    record = json.loads((tmp_path / "new folder" / "scan_restored.json").read_text())
    assert record["picture"] == {"file": name, "sha256": before} and record["notices"] == []
    assert sha256(tmp_path / name) == before
    mask = read_scan(tmp_path / "new folder" / "scan_restored_mask.png")
    assert mask.dpi == pytest.approx((200, 200), abs=0.1)


def test_a_full_disk_is_said_and_loses_nothing(mended, tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(editor, "write_picture", full)
    mask = mended.mask
    ask(mended, "save")
    assert mended.problem and "No space left" in mended.status and mended.status.endswith(".")
    assert np.array_equal(mended.mask, mask) and mended.restored is not None
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    ask(mended, "save")
    assert not mended.problem and len(list(tmp_path.iterdir())) == 3


def test_a_picture_without_damage_says_what_to_do(painting):
    mended = MaskEditor(painting, {}, fill)
    assert "Nothing is marked" in mended.status
    ask(mended, "fill")
    assert mended.problem and "draw with the brush" in mended.status
    ask(mended, "stroke", points=[(5, 5)], width=3, erase=False)
    assert not mended.problem and mended.record()["mask_from"] == "drawn"
    assert "draw what is missing; then press Fill" in mended.status
    ask(mended, "undo")
    assert "Nothing is marked" in mended.status


def test_the_sentence_asks_for_what_can_be_done(mended):
    ask(mended, "switch", kinds_on=[])
    assert "Nothing is marked in the kinds that are on" in mended.status
    ask(mended, "stroke", points=[(5, 5)], width=3, erase=False)
    ask(mended, "fill")
    ask(mended, "undo")
    assert "Nothing is marked in the kinds that are on" in mended.status


def test_a_stroke_that_changes_nothing_keeps_the_filling(mended):
    ask(mended, "stroke", points=[(5, 5)], width=3, erase=False)
    ask(mended, "fill")
    restored, status = mended.restored, mended.status
    for stroke in ({"points": [(5, 5)], "erase": False}, {"points": [(-90, -90)], "erase": True}):
        ask(mended, "stroke", width=3, **stroke)
    assert mended.restored is restored and mended.status == status and mended.undoable == 1


def test_an_editor_goes_on_with_the_masks_of_another(painting):
    kinds = {f"kind {i}": np.zeros(painting.shape[:2], bool) for i in range(6)}
    first = MaskEditor(painting, kinds, fill)
    ask(first, "stroke", points=[(5, 5)], width=3, erase=False)
    second = MaskEditor(painting, first.masks, fill)
    assert not second.problem and np.array_equal(second.mask, first.mask)
    assert second.record()["mask_from"] == "drawn" and list(second.masks)[-1] == DRAWN


def test_an_interrupted_filling_is_answered(painting):
    def interrupted(painting, mask):
        raise KeyboardInterrupt

    mended = MaskEditor(painting, found(), interrupted)
    answers = mended.answered[0]
    ask(mended, "fill")
    assert mended.status == "Stopped; the marks are kept." and mended.answered[0] == answers + 1


def test_an_error_of_the_filling_is_shown_and_the_marks_are_kept(painting):
    def broken(painting, mask):
        raise RuntimeError("no such weights")

    mended = MaskEditor(painting, found(), broken)
    ask(mended, "fill")
    assert mended.problem and "no such weights" in mended.status and mended.mask.any()


@pytest.mark.parametrize(
    "masks, words",
    [
        ({"cuts": np.zeros((5, 5), bool)}, "shape"),
        ({"cuts": np.zeros((HEIGHT, WIDTH))}, "float64"),
        ({str(number): np.zeros((HEIGHT, WIDTH), bool) for number in range(7)}, "7 kinds"),
    ],
)
def test_masks_that_do_not_fit_are_refused(painting, masks, words):
    with pytest.raises(PictureError, match=words):
        MaskEditor(painting, masks, fill)


def test_two_editors_know_nothing_of_each_other(painting):
    one, two = (MaskEditor(painting, found(), fill) for _ in range(2))
    ask(one, "stroke", points=[(5, 50)], width=9, erase=False)
    ask(one, "switch", kinds_on=["drawn"])
    assert np.array_equal(two.mask, found()["cuts"] | found()["stains"])
    assert one.picture_id == two.picture_id and one.widget_id != two.widget_id


def test_where_no_widget_runs_a_figure_stands(mended):
    data, _ = mended._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    jpeg = np.frombuffer(base64.b64decode(data["image/jpeg"]), np.uint8)
    assert cv2.imdecode(jpeg, cv2.IMREAD_COLOR).shape[1] == 800
    labels = [text.get_text() for text in mended.figure().legends[0].texts]
    assert labels == ["cuts 3.61%", "stains 7.41%"]
