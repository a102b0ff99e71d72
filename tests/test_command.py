"""How commands end."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from test_files import RUN

import inpainting
from inpainting.command import ended_in_one_line

# A command without Keras: what it does follows.
COMMAND = RUN.partition("from pathlib")[0] + """
import os, signal, time
from inpainting.checks import InputError, PictureError
from inpainting.command import ended_in_one_line
with ended_in_one_line():
    """


def command(what, **options):
    return subprocess.run(
        [sys.executable, "-c", COMMAND + what, Path(inpainting.__file__).parent],
        stderr=subprocess.PIPE, text=True, timeout=60, **options,
    )


@pytest.mark.parametrize("what, status, line", [
    ("pass", 0, ""),
    ("raise PictureError('no picture; give one.')", 1, "no picture; give one.\n"),
    ("[0] * 10**18", 1, "The memory of this computer is too small for this; "
                        "hand in a smaller picture.\n"),
    ("raise type('ResourceExhaustedError', (Exception,), {})('OOM')", 1,
     "The memory of this computer is too small for this; hand in a smaller picture.\n"),
    ("raise RuntimeError('RESOURCE_EXHAUSTED: Out of memory')", 1,
     "The memory of this computer is too small for this; hand in a smaller picture.\n"),
    ("open('/no such/file')", 1, "The command ended early: [Errno 2] No such file or directory: "
                                 "'/no such/file'.\n"),
    ("os.kill(os.getpid(), signal.SIGINT); time.sleep(9)", 130, "stopped\n"),
    ("os.kill(os.getpid(), signal.SIGTERM); time.sleep(9)", 143, "stopped\n"),
    ("os.kill(os.getpid(), signal.SIGHUP); time.sleep(9)", 129, "stopped\n"),
    ("print('peinture \\udcff')", 0, ""),
])
def test_a_command_ends_in_one_line(what, status, line):
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = command(what, stdout=subprocess.DEVNULL, env=environment)
    assert (done.returncode, done.stderr) == (status, line)


def test_a_fault_of_the_program_shows_where_it_is():
    done = command("1 / 0")
    assert done.returncode == 1 and "ZeroDivisionError" in done.stderr


def test_a_reader_who_leaves_is_no_traceback():
    reading, writing = os.pipe()
    os.close(reading)
    done = command("print('words')", stdout=writing)
    os.close(writing)
    assert done.returncode == 1
    assert done.stderr == "The command ended early: [Errno 32] Broken pipe.\n"


def test_a_command_under_nohup_goes_on():
    done = command(
        "os.kill(os.getpid(), signal.SIGHUP); print('done')", stdout=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


@pytest.mark.parametrize("backend", ["nonsense", "torch"])
def test_a_backend_that_is_not_there_is_one_sentence(backend, tmp_path):
    """While Python imports the package, before it comes to the command."""
    (tmp_path / "torch.py").write_text("raise ImportError('no torch here')")
    done = subprocess.run(
        [sys.executable, "-m", "inpainting.restore", "scan.tif"],
        capture_output=True, text=True, timeout=120,
        env=os.environ | {
            "KERAS_BACKEND": backend,
            "PYTHONPATH": str(tmp_path),
        },
    )
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.count("\n") == 1 and f"backend {backend}" in done.stderr
    assert done.stderr.endswith("set KERAS_BACKEND to tensorflow, jax or torch.\n")


@pytest.mark.parametrize("library, line", [("numpy", "stopped\n"), ("keras", "")])
def test_interrupted_while_the_libraries_are_imported(tmp_path, library, line):
    interrupt = "import os, signal; os.kill(os.getpid(), signal.SIGINT)"
    (tmp_path / f"{library}.py").write_text(interrupt)
    done = subprocess.run(
        [sys.executable, "-m", "inpainting.restore", "scan.tif"],
        capture_output=True, text=True, timeout=120,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
    )
    assert (done.returncode, done.stderr) == (130, line)


def test_handlers_are_those_of_a_command(monkeypatch):
    seen = {}
    monkeypatch.setattr(signal, "signal", seen.__setitem__)
    with ended_in_one_line():
        pass
    assert set(seen) == {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
