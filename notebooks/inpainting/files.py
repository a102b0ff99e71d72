"""Files that are whole or not there at all, names that no other run takes, checksums."""

import contextlib
import hashlib
import itertools
import os
import shutil
from pathlib import Path

from .checks import PictureError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

OURS = ".made_by_inpainting"  # a file that tells our part folders from those of the user


def sha256(path):
    """The SHA-256 checksum of a file, as 64 hexadecimal digits."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def described(path):
    """Name and checksum of a file."""
    return {"file": path.name, "sha256": sha256(path)}


@contextlib.contextmanager
def whole(path):
    """Give the path of a file to write; it takes the name `path` when the block is left in peace.

    So under that name there is never half of a file.
    """
    part = half_of(path)
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def half_of(path):
    """The path under which a file is written until it is whole."""
    return path.with_name(f"part_{path.name}")


@contextlib.contextmanager
def locked(folder, wait=False):
    """Lock a folder for this process, for as long as the block takes.

    The operating system takes the lock away when the process ends, however it ends.
    wait: until another process that has locked it is through.
    Gives True; False where another process has the lock; None where there are no locks, as on
    Windows and on some network drives.
    """
    if fcntl is None:
        yield None
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            mine = True
        except OSError as error:
            mine = False if isinstance(error, BlockingIOError) else None
        yield mine
    finally:
        os.close(handle)


@contextlib.contextmanager
def new_files(folder, stem, endings, size):
    """Claim a free name for a set of files, so that any number of runs can share a folder.

    Gives the path <part folder>/<name>. What the block writes there, as <name><ending>, moves to
    `folder` when it is left in peace; else nothing stays. The name is <stem>, or <stem>_2 and so
    on where such files are there, or another run is at them. Files that a killed run left
    behind are removed.

    folder: made if it does not exist.   endings: of the files, in the order they are moved in.
    size: bytes that must be free on the disk.
    Raises PictureError, before the block begins where that can be known, if the files cannot be
    written.
    """
    made = []
    try:
        made += [place for place in (folder, *folder.parents) if not place.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(folder).free < size:
            raise PictureError(
                f"'{folder}' has less free space than the {size / 1e6:,.0f} megabytes that the "
                "files may take; choose another folder."
            )
        with contextlib.ExitStack() as stack:
            with locked(folder, wait=True):
                remove_leftovers(folder, endings)
                part, name = claim(folder, stem, endings)
                stack.callback(remove_part, part, endings)
                stack.enter_context(locked(part))
            yield part / name
            publish([part / f"{name}{ending}" for ending in endings], folder)
    except OSError as error:
        raise PictureError(
            f"'{folder / stem}' cannot be written to ({error.strerror or error}); choose another "
            "folder or a shorter name."
        ) from error
    finally:
        for place in made:
            with contextlib.suppress(OSError):  # there is something in it
                place.rmdir()


def claim(folder, stem, endings):
    """Make the part folder of the first free name. Returns it and the name."""
    for number in itertools.count(1):
        name = stem if number == 1 else f"{stem}_{number}"
        part = folder / f"part_{name}"
        with contextlib.suppress(FileExistsError):
            part.mkdir()
            try:
                if not any((folder / f"{name}{ending}").exists() for ending in endings):
                    (part / OURS).touch()
                    (part / f"{name}{max(endings, key=len)}").touch()  # is the name too long?
                    return part, name
            except OSError:
                remove_part(part, endings)
                raise
            part.rmdir()


def publish(files, folder):
    """Move those of the files that exist into a folder: all or none, and never over another."""
    moved = []
    try:
        for file in filter(Path.exists, files):
            target = folder / file.name
            target.touch(exist_ok=False)
            moved.append(target)
            os.replace(file, target)
    except BaseException:
        for target in moved:
            target.unlink()
        raise


def remove_leftovers(folder, endings):
    """Remove what runs have left in a folder that were killed before they could clean up."""
    for part in folder.glob("part_*"):
        if (part / OURS).is_file():
            with locked(part) as abandoned:
                if abandoned:
                    name = part.name.removeprefix("part_")
                    for ending in endings:
                        published = folder / f"{name}{ending}"
                        if published.exists() and published.stat().st_size == 0:
                            published.unlink()
                    remove_part(part, endings)


def remove_part(part, endings):
    """Remove a part folder and our files in it; if there are others, it stays with them."""
    ours = {f"{part.name.removeprefix('part_')}{ending}" for ending in endings}
    with contextlib.suppress(OSError):
        for file in part.iterdir():
            if file.name in ours:
                file.unlink()
        if [file.name for file in part.iterdir()] == [OURS]:
            (part / OURS).unlink()
        part.rmdir()
