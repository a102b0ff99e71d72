"""The check of an exercise says what works, and does not stop a notebook."""

from inpainting.exercises import check


def test_a_check_says_whether_an_answer_works(capsys):
    check(lambda: True, "look again")
    check(lambda: False, "look again")
    check(lambda: 1 / 0, "look again")
    assert capsys.readouterr().out.splitlines() == [
        "Right.",
        "Not yet. Hint: look again",
        "Not yet. Hint: look again (ZeroDivisionError: division by zero)",
    ]


def test_an_untouched_answer_gets_the_hint_alone(capsys):
    check(lambda: float(None), "look again")
    check(lambda: None + 1.0, "look again")
    check(lambda: None.layers, "look again")
    assert set(capsys.readouterr().out.splitlines()) == {"Not yet. Hint: look again"}
