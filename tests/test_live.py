import numpy as np
import pytest
from conftest import FILLED

from inpainting import live
from inpainting.classical import telea
from inpainting.painting_widget import stroke_pixels

HEIGHT, WIDTH = 60, 90


def ask(widget, what, **settings):
    """As the front end does."""
    widget.receive(widget, {"do": what, "with": settings, "id": "a message"}, [])
    assert not widget.problem, widget.status


def test_live_damage_is_found_filled_and_measured():
    sound = np.full((HEIGHT, WIDTH, 3), 0.5, np.float32)

    def find_and_fill(damaged):
        black = (damaged == 0).all(axis=-1)
        return telea(damaged, black), {"cuts": black}

    widget = live.LivePainting(sound, find_and_fill)
    place, covered = stroke_pixels((HEIGHT, WIDTH), [(10, 10), (60, 40)], 5)
    on_line = np.zeros((HEIGHT, WIDTH), np.uint8)
    on_line[place] = covered
    ask(widget, "damage", damage="cut", points=[(10, 10), (60, 40)], width=5)
    assert np.array_equal(widget.marks, on_line)
    assert "6.0 dB damaged" in widget.status and "100%" in widget.status
    assert widget.whole_filled and np.abs(widget.restored - sound).max() < 0.01
    ask(widget, "undo")
    assert (
        np.array_equal(widget.painting, sound)
        and not widget.marks.any()
        and not widget.whole_filled
    )
    ask(widget, "redo")
    assert widget.marks.any() and (sound == 0.5).all()


def test_the_shipped_networks_find_and_fill(loaded):
    widget = live.LivePainting(np.full((HEIGHT, WIDTH, 3), 0.5, np.float32))
    ask(widget, "damage", damage="cut", points=[(10, 10), (60, 10)], width=5)
    assert [kind for kind, _ in widget.kinds] == ["cuts", "scratches", "losses", "stains"]
    assert np.allclose(widget.restored[10, 20:50], FILLED, atol=1e-6) and "100%" in widget.status


@pytest.mark.parametrize("damage", list(live.DAMAGE))
def test_live_damage_changes_what_its_mask_says(damage):
    sound = np.full((HEIGHT, WIDTH, 3), 0.5, np.float32)
    damaged, mask = live.damaged_by_hand(sound, [(damage, [(20, 20), (60, 20)], 13)])
    changed = np.abs(damaged - sound).max(axis=-1)
    assert mask[20, 20:60].all() and changed[mask].min() > 0.02 and changed[~mask].max() < 0.06
