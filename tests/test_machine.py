"""What depends on the machine."""

import time

from inpainting.machine import progress_bar


def test_a_progress_bar_appears_when_it_takes_longer(capsys):
    for _ in progress_bar([1, 2], desc="waiting", unit="painting"):
        time.sleep(1.1)
    shown = capsys.readouterr()
    assert "waiting" in shown.out and "1/2" in shown.out and shown.err == ""
