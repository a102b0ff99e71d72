"""Files that are whole or not there at all, and their checksums."""

import contextlib
import hashlib
import itertools
import os
import tempfile
from pathlib import Path

from .checks import PictureError


def sha256(path):
    """The SHA-256 checksum of a file, as 64 hexadecimal digits."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def described(path):
    """Name and checksum of a file."""
    return {"file": path.name, "sha256": sha256(path)}


@contextlib.contextmanager
def whole(path):
    """Give the path of a file to write; it takes the name `path` when the block is left in peace.

    So under that name there is never half of a file.
    """
    part = path.with_name("part_" + path.name)
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


@contextlib.contextmanager
def unfinished(folder):
    """A folder inside `folder` for files that are being written; it goes away at the end.

    Raises PictureError where the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="part_", dir=folder) as part:
            yield Path(part)
    except OSError as error:
        raise PictureError(
            f"'{folder}' cannot be written to ({error.strerror or error}); choose another folder."
        ) from error


def free_name(folder, stem):
    """<stem>_restored, or with the first number whose files do not exist yet."""
    for number in itertools.count(1):
        name = f"{stem}_restored" if number == 1 else f"{stem}_restored_{number}"
        endings = (".png", ".tif", "_damage.png", ".json")
        if not any((folder / f"{name}{ending}").exists() for ending in endings):
            return name
