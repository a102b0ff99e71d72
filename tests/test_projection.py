"""Figures for a projector: their letters are measured rightly, and read back from the file."""

import numpy as np
import pytest

from inpainting import projection


def one_figure(colour="black", size=18, ground="white", hidden=False):
    fig, axes = projection.panels("AB", (4, 2))
    axes["A"].imshow(np.zeros((2, 2)))
    axes["A"].set_axis_off()
    axes["B"].set_axis_off()
    axes["B"].set_facecolor(ground)
    fig.set_facecolor(ground)
    axes["B"].text(0.1, 0.5, "word", color=colour, fontsize=size, visible=not hidden)
    axes["B"].text(0.1, 0.9, "large", color="black", fontsize=30)
    return fig


def test_contrast_is_that_of_the_wcag():
    assert projection.contrast((0, 0, 0), (1, 1, 1)) == pytest.approx(21)
    assert projection.contrast((1, 1, 1), (0.5, 0.5, 0.5)) == pytest.approx(3.98, abs=0.01)


def test_the_smallest_letter_that_is_seen_counts():
    assert projection.lettering(one_figure(size=11))["smallest"] == 11
    assert projection.lettering(one_figure(size=11, hidden=True))["smallest"] == 30


def test_the_lowest_contrast_counts_and_letters_are_not_their_own_ground():
    assert projection.lettering(one_figure())["contrast"] == pytest.approx(21, abs=0.1)
    assert projection.lettering(one_figure("0.5"))["contrast"] == pytest.approx(3.98, abs=0.1)
    hidden = projection.lettering(one_figure("0.5", ground="0.5"))
    assert hidden["contrast"] == pytest.approx(1, abs=0.1)


def test_panels_are_pictures_and_plots_and_not_words():
    assert projection.lettering(one_figure())["panels"] == 1


def test_a_file_says_what_was_measured(tmp_path):
    fig = one_figure("0.4", 12)
    projection.save(fig, tmp_path / "figure.png")
    read = projection.lettering_of(tmp_path / "figure.png")
    assert read == projection.lettering(fig) | {"width": pytest.approx(4, abs=0.02)}


def test_the_letters_of_the_slides_are_used_where_they_are_installed():
    chosen = projection.style()["font.family"]
    assert chosen in (*projection.FONTS, "sans-serif")
