"""Files that are whole or not there, names that no two runs share, leftovers of killed runs."""

import hashlib
import signal
import subprocess
import sys
import time
from collections import namedtuple
from pathlib import Path

import pytest
from conftest import assert_one_sentence

import inpainting
from inpainting import files
from inpainting.checks import PictureError
from inpainting.files import new_files, sha256, whole

ENDINGS = ".png", "_damage.png", ".json"

# A run of its own process, without Keras, which would take seconds.
RUN = """
import sys, types
inpainting = types.ModuleType("inpainting")
inpainting.__path__ = [sys.argv[1]]
sys.modules["inpainting"] = inpainting
from pathlib import Path
from inpainting.command import ended_in_one_line
from inpainting.files import new_files

with ended_in_one_line(), new_files(Path(sys.argv[2]), "scan", (".png", ".json"), 0) as new:
    new.with_name(new.name + ".png").write_text(new.name)
    print("at work", flush=True)
    sys.stdin.read()
    new.with_name(new.name + ".json").write_text(new.name)
"""


def start(folder):
    return subprocess.Popen(
        [sys.executable, "-c", RUN, Path(inpainting.__file__).parent, folder],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )


def write(folder, stem="scan", size=0, contents="new"):
    with new_files(folder, stem, ENDINGS, size) as new:
        for ending in ENDINGS:
            new.with_name(new.name + ending).write_text(contents)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_checksum(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert sha256(tmp_path / "a") == hashlib.sha256(b"abc").hexdigest()


def test_a_file_is_whole_or_as_it_was(tmp_path):
    path = tmp_path / "a.txt"
    with whole(path) as part:
        part.write_text("first")
    with pytest.raises(KeyboardInterrupt), whole(path) as part:
        part.write_text("half")
        raise KeyboardInterrupt
    assert path.read_text() == "first" and names(tmp_path) == ["a.txt"]


def test_new_files_have_new_names(tmp_path):
    write(tmp_path / "some" / "folder")
    (tmp_path / "some" / "folder" / "scan_2_damage.png").touch()
    write(tmp_path / "some" / "folder", contents="newer")
    assert names(tmp_path / "some" / "folder") == [
        "scan.json", "scan.png", "scan_2_damage.png",
        "scan_3.json", "scan_3.png", "scan_3_damage.png", "scan_damage.png",
    ]
    assert (tmp_path / "some" / "folder" / "scan.png").read_text() == "new"


@pytest.mark.parametrize("there", [True, False])
def test_of_what_fails_nothing_stays(tmp_path, there):
    folder = tmp_path / "some" / "folder"
    if there:
        folder.mkdir(parents=True)
    with pytest.raises(KeyboardInterrupt), new_files(folder, "scan", ENDINGS, 0) as new:
        new.with_name("scan.png").write_text("half")
        raise KeyboardInterrupt
    assert names(tmp_path) == ["some"] * there and (not there or names(folder) == [])


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_file_that_appears_meanwhile_is_not_overwritten(tmp_path, ending):
    with pytest.raises(PictureError) as error, new_files(tmp_path, "scan", ENDINGS, 0) as new:
        for end in ENDINGS:
            new.with_name("scan" + end).write_text("new")
        (tmp_path / f"scan{ending}").write_text("of somebody else")
    assert_one_sentence(error, "cannot be written", "File exists")
    assert names(tmp_path) == [f"scan{ending}"]
    assert (tmp_path / f"scan{ending}").read_text() == "of somebody else"


@pytest.mark.parametrize("length", [245, 250, 251, 300])
def test_a_name_that_is_too_long_is_refused_before_the_work(tmp_path, length):
    with pytest.raises(PictureError) as error:
        with new_files(tmp_path / "out", length * "a", ENDINGS, 0):
            pytest.fail("the work began")
    assert_one_sentence(error, "too long", "shorter name")
    assert names(tmp_path) == []


def test_a_folder_that_cannot_be_is_refused_before_the_work(tmp_path):
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "folder", Path("/proc/folder")):
        with pytest.raises(PictureError) as error, new_files(folder, "scan", ENDINGS, 0):
            pytest.fail("the work began")
        assert_one_sentence(error, str(folder), "cannot be written", "another folder")


def test_a_disk_that_is_nearly_full_is_refused_before_the_work(tmp_path, monkeypatch):
    monkeypatch.setattr(
        files.shutil, "disk_usage", lambda _: namedtuple("Usage", "free")(999_999)
    )
    with pytest.raises(PictureError) as error, new_files(tmp_path, "scan", ENDINGS, 1_000_000):
        pytest.fail("the work began")
    assert_one_sentence(error, "less free space than the 1 megabytes", "another folder")
    write(tmp_path, size=999_999)


@pytest.mark.parametrize("number", [2, 8])
def test_any_number_of_runs_share_a_folder(tmp_path, number):
    runs = [start(tmp_path) for _ in range(number)]
    for run in runs:
        assert run.stdout.readline() == "at work\n"
    assert len(names(tmp_path)) == number
    for run in runs:
        assert run.communicate("", timeout=60) == ("", "") and run.returncode == 0
    expected = ["scan"] + [f"scan_{i}" for i in range(2, number + 1)]
    assert names(tmp_path) == sorted(name + end for name in expected for end in (".png", ".json"))
    assert all((tmp_path / name).read_text() == name.partition(".")[0] for name in names(tmp_path))


def test_what_a_killed_run_leaves_is_removed_by_the_next(tmp_path):
    dead = start(tmp_path)
    assert dead.stdout.readline() == "at work\n"
    alive = start(tmp_path)
    assert alive.stdout.readline() == "at work\n"
    dead.kill()
    dead.communicate()
    assert len(names(tmp_path)) == 2
    (tmp_path / "scan.png").touch()  # as if it had been killed between making and filling it
    write(tmp_path)
    alive.communicate("")
    assert alive.returncode == 0
    left = names(tmp_path)
    assert sum(name.endswith(".json") for name in left) == 2 and len(left) == 5
    assert all((tmp_path / name).stat().st_size for name in left)


def test_a_folder_of_the_user_is_never_taken_for_a_leftover(tmp_path):
    for place in (tmp_path / "part_left", tmp_path / "part_empty", tmp_path / "part_scan"):
        place.mkdir()
    for file in (tmp_path / "part_left" / "left.png", tmp_path / "part_scan" / "scan.png"):
        file.write_text("a scan of the left part")
    (tmp_path / "left.json").touch()
    before = sorted(tmp_path.rglob("*"))
    write(tmp_path)
    new = {tmp_path / f"scan_2{ending}" for ending in ENDINGS}  # part_scan is not free
    assert set(tmp_path.rglob("*")) == {*before, *new}


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_a_signal_leaves_nothing_behind(tmp_path, name):
    run = start(tmp_path / "out")
    assert run.stdout.readline() == "at work\n"
    run.send_signal(getattr(signal, name))
    time.sleep(0.01)
    run.send_signal(getattr(signal, name))  # impatient: this one does not stop the cleaning up
    assert run.communicate(timeout=60) == ("", "stopped\n")
    assert run.returncode == 128 + getattr(signal, name)
    assert names(tmp_path) == []
