"""The check of an exercise says what works, and does not stop a notebook."""

from inpainting.exercises import check


def test_a_check_says_whether_an_answer_works(capsys):
    check(lambda: True, "look again")
    check(lambda: False, "look again")
    check(lambda: 1 / 0, "look again")
    assert capsys.readouterr().out.splitlines() == [
        "Right.", "Not yet: look again", "Not yet: look again (ZeroDivisionError: division by zero)",
    ]
