"""The list of real paintings, and fetching them over real HTTP from a server that misbehaves."""

import gc
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pooch
import pytest
from conftest import assert_one_sentence

from inpainting import data
from inpainting.checks import PictureError
from inpainting.data import (
    Painting, fetch_paintings, list_paintings, numbered_images, paintings_or_numbered,
)

CONTENTS = {
    f"{name}.jpg": f"the painting {name} ".encode() * 1000 for name in ("one", "two", "three")
}


def painting(file, split="test"):
    content = CONTENTS[file]
    checksum = hashlib.sha256(content).hexdigest()
    return Painting(file, split, checksum, len(content), 4, 3, "artist", "title", 1890)

PAINTINGS = [painting(file) for file in CONTENTS]


class Museum(BaseHTTPRequestHandler):
    """Sends the file that is asked for, unless the server has a trouble with it."""

    def do_GET(self):
        file = self.path.removeprefix("/full/")
        self.server.asked.append(file)
        content, trouble = CONTENTS[file], self.server.troubles.get(file)
        self.send_response(404 if trouble == "404" else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if trouble == "truncated":
            content = content[: len(content) // 2]
        if trouble in ("wrong", "404"):
            content = b"?" * len(content)
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def museum(monkeypatch):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Museum)
    server.asked, server.troubles = [], {}
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(data, "PAINTINGS_URL", f"http://127.0.0.1:{server.server_port}/full/")
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    monkeypatch.setenv("INPAINTING_DATA", str(tmp_path))
    return tmp_path / "paintings"


def on(shelf):
    return sorted(path.name for path in shelf.iterdir())


# The list


def test_the_list_of_paintings():
    paintings = list_paintings()
    assert len(paintings) == 181
    assert len({p.file for p in paintings}) == len({p.sha256 for p in paintings}) == 181
    assert [len(list_paintings(split)) for split in data.SPLITS] == [136, 16, 29]
    assert {p.split for p in list_paintings("validation")} == {"validation"}
    for p in paintings:
        assert len(bytes.fromhex(p.sha256)) == 32 and p.artist and p.title
        assert all(type(n) is int and n > 0 for n in (p.bytes, p.width, p.height))
        assert 1300 < p.year < 1960


def test_an_unknown_split_is_refused():
    with pytest.raises(PictureError) as error:
        list_paintings("training")
    assert_one_sentence(error, "'training'", "train, validation, test")


def test_the_address_is_the_one_of_the_list():
    address = "https://raw.githubusercontent.com/irinainina/image-data/b0775781"
    assert data.PAINTINGS_URL.startswith(address) and data.PAINTINGS_URL.endswith("/full/")


# Fetching


def test_fetches_only_what_is_asked_for_in_its_order(museum, shelf):
    files = fetch_paintings([PAINTINGS[2], PAINTINGS[0]])
    assert files == [shelf / "three.jpg", shelf / "one.jpg"]
    assert museum.asked == ["three.jpg", "one.jpg"] and on(shelf) == ["one.jpg", "three.jpg"]
    assert all(file.read_bytes() == CONTENTS[file.name] for file in files)


def test_fetches_nothing_twice(museum, shelf):
    fetch_paintings(PAINTINGS[:1])
    fetch_paintings(PAINTINGS)
    assert fetch_paintings(PAINTINGS) == [shelf / file for file in CONTENTS]
    assert museum.asked == ["one.jpg", "two.jpg", "three.jpg"]


def test_replaces_a_file_with_other_contents(museum, shelf):
    shelf.mkdir()
    (shelf / "one.jpg").write_bytes(b"something else")
    (file,) = fetch_paintings(PAINTINGS[:1])
    assert file.read_bytes() == CONTENTS["one.jpg"]


# pooch's, when a connection breaks:
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
@pytest.mark.parametrize("trouble, words", [
    ("404", ["'two.jpg'", "404", "internet"]),
    ("truncated", ["'two.jpg'", "IncompleteRead", "internet"]),
    ("wrong", ["/two.jpg", "checksum", "thrown away"]),
])
def test_goes_on_after_a_failure(museum, shelf, trouble, words):
    museum.troubles["two.jpg"] = trouble
    with pytest.raises(PictureError) as error:
        fetch_paintings(PAINTINGS)
    assert_one_sentence(error, str(shelf), "again", data.PAINTINGS_URL, *words)
    assert on(shelf) == ["one.jpg"], "a partial or a wrong file stayed behind"
    del error
    gc.collect()
    museum.troubles.clear()
    museum.asked.clear()
    assert fetch_paintings(PAINTINGS) == [shelf / file for file in CONTENTS]
    assert museum.asked == ["two.jpg", "three.jpg"]


def test_ctrl_c_leaves_no_part_of_a_file(museum, shelf, monkeypatch):
    class Impatient(pooch.HTTPDownloader):
        def __call__(self, url, output_file, *_):
            with open(output_file, "wb") as file:
                file.write(b"the first bytes")
            raise KeyboardInterrupt

    monkeypatch.setattr(pooch, "HTTPDownloader", Impatient)
    with pytest.raises(KeyboardInterrupt):
        fetch_paintings(PAINTINGS)
    assert on(shelf) == []


def test_does_not_wait_for_ever(shelf, monkeypatch):
    limits = []

    def downloader(timeout):
        limits.append(timeout)
        return lambda *_: 1 / 0

    monkeypatch.setattr(pooch, "HTTPDownloader", downloader)
    with pytest.raises(ZeroDivisionError):
        fetch_paintings(PAINTINGS)
    assert limits == [data.DOWNLOAD_TIMEOUT]


def test_pooch_does_not_name_every_file(museum, shelf, caplog):
    """It would do so where a notebook shows errors."""
    pooch.get_logger().addHandler(caplog.handler)
    fetch_paintings(PAINTINGS)
    pooch.get_logger().removeHandler(caplog.handler)
    assert caplog.records == []


# Without internet


@pytest.fixture
def offline(museum, shelf, monkeypatch):
    museum.shutdown()
    museum.server_close()
    monkeypatch.setattr(
        data, "list_paintings", lambda split: [p for p in PAINTINGS if split == p.split]
    )


def test_without_internet_it_says_so(offline, shelf):
    with pytest.raises(PictureError) as error:
        fetch_paintings(PAINTINGS)
    assert_one_sentence(error, "'one.jpg'", "check the internet connection", str(shelf))


def test_numbered_images_stand_in_loudly(offline, shelf):
    with pytest.warns(UserWarning) as caught:
        files = paintings_or_numbered("test", 2)
    assert files == numbered_images()[:2] and [file.name for file in files] == ["01.jpg", "02.jpg"]
    text = str(caught[0].message)
    assert len(caught) == 1 and len(text.splitlines()) > 10
    for part in ("NOT THE REAL PAINTINGS", "NUMBERED IMAGES", "DO NOT COMPARE", "'one.jpg'"):
        assert part in text
    assert str(shelf) in text
    assert caught[0].filename == __file__, "the warning should point at the caller"


def test_paintings_that_are_there_need_no_internet(offline, shelf):
    shelf.mkdir()
    for file, content in CONTENTS.items():
        (shelf / file).write_bytes(content)
    assert paintings_or_numbered("test") == [shelf / file for file in CONTENTS]
    assert paintings_or_numbered("test", 1) == [shelf / "one.jpg"]


def test_a_wrong_split_is_not_taken_for_a_missing_connection(museum, shelf):
    with pytest.raises(PictureError, match="split"):
        paintings_or_numbered("tests")


def test_photographs_stand_in_for_paintings_and_none_serves_two_purposes(monkeypatch):
    def offline(_):
        raise PictureError("no internet")

    monkeypatch.setattr(data, "fetch_paintings", offline)
    names = {name: (lambda name=name: name) for name in data.PHOTOGRAPHS}
    monkeypatch.setattr(data, "PHOTOGRAPHS", names)
    with pytest.warns(UserWarning, match="NOT THE REAL PAINTINGS"):
        chosen = {split: data.load_paintings(split) for split in data.SPLITS}
        two = data.load_paintings("train", 2)
    assert chosen["train"] == ["astronaut", "chelsea", "coffee", "rocket"]
    assert chosen["validation"] == chosen["test"] == ["motorcycle"]
    assert two == ["astronaut", "chelsea"]


def test_without_the_real_paintings_nothing_is_measured(monkeypatch):
    def offline(paintings):
        if paintings[0].split == "test":
            raise PictureError("no internet.")

    monkeypatch.setattr(data, "fetch_paintings", offline)
    data.need_paintings("train", "validation")
    with pytest.raises(PictureError, match="needs the real paintings: no internet"):
        data.need_paintings("validation", "test")


def test_paintings_that_are_loaded_are_those_of_the_split(monkeypatch):
    grey = np.full((4, 6, 3), 0.5, np.float32)
    monkeypatch.setattr(data, "fetch_paintings", lambda paintings: paintings)
    monkeypatch.setattr(data, "read_picture", lambda painting: grey * (painting.split == "validation"))
    first, second = data.load_paintings("validation", 2)
    assert first.dtype == np.uint8 and (first == second).all() and (first == 128).all()
    assert [painting.max() for painting in data.load_paintings("test", 3)] == [0, 0, 0]
