"""What the records of find, restore and the mask editor have in common."""

import contextlib
import datetime
import platform
import subprocess
import sys
from pathlib import Path

import cv2
import keras
import numpy as np
import PIL

from . import __version__
from .files import described
from .models import model_files

REGIONS_LISTED = 100
CM_PER_INCH = 2.54


def areas(masks, dpi=None):
    """The area of each kind of damage, as a dict for JSON.

    Where two kinds lie over each other, both count the pixel.

    masks: {kind: (h, w) bool}.   dpi: (across, down) pixels per inch, or None.
    Returns {kind: {"pixels": n, "per_cent": of the picture, "cm2": where there is a resolution}}.
    """
    cm2_per_pixel = CM_PER_INCH**2 / (dpi[0] * dpi[1]) if dpi else None
    found = {}
    for kind, mask in masks.items():
        pixels = int(mask.sum())
        found[kind] = {"pixels": pixels, "per_cent": round(100 * pixels / mask.size, 4)}
        if dpi:
            found[kind]["cm2"] = round(pixels * cm2_per_pixel, 4)
    return found


def print_record(record, flag, done):
    """Print the notices of a record, and a line for each kind of damage.

    flag: the entry of a kind that is True where `done` is to be said of it, else "left alone".
    """
    for notice in record["notices"]:
        print(notice)
    for kind, area in record["kinds"].items():
        cm2 = f"{area['cm2']:10.2f} cm2" if "cm2" in area else ""
        print(f"{kind:10}{area['per_cent']:8.3f} %{cm2}  {done if area[flag] else 'left alone'}")


def where_repainted(repainted):
    """How many pixels, and the boxes around the largest connected regions, as a dict for JSON.

    repainted: (h, w) bool.
    """
    _, _, regions, _ = cv2.connectedComponentsWithStats(repainted.view(np.uint8))
    regions = regions[1:]  # the first one is what was left alone
    largest = regions[np.argsort(-regions[:, cv2.CC_STAT_AREA], kind="stable")][:REGIONS_LISTED]
    names = ("left", "top", "width", "height", "pixels")
    return {
        "pixels": int(repainted.sum()),
        "of": {"width": repainted.shape[1], "height": repainted.shape[0]},
        "fraction": float(repainted.mean()),
        "regions": len(regions),
        "largest_regions": [dict(zip(names, region)) for region in largest.tolist()],
    }


def notices(*scans):
    """What the files of Scans could not keep, a sentence each."""
    return [f"'{scan.file}': {notice}." for scan in scans for notice in scan.notices]


def networks_used(models):
    """Names and checksums of the files of networks. models: {kind: name or path}."""
    return {
        kind: [described(file) for file in model_files(model)[:2]]
        for kind, model in models.items()
    }


def about_this_run():
    """Version of the code, versions of the software, and the date, as a dict for JSON."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return {
        "version": version(), "software": software(), "date": now.isoformat(timespec="seconds"),
    }


def version():
    """Which code this is: its version and, where it lies in a git repository, the commit."""
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return __version__
    git = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40"]
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(git, capture_output=True, text=True, timeout=10, check=True)
        return f"{__version__}, commit {done.stdout.strip()}"
    return __version__


def software():
    """The versions of what a restoration was computed with."""
    backend = keras.backend.backend()
    return {
        "python": platform.python_version(),
        backend: sys.modules[backend].__version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
        "pillow": PIL.__version__,
    }
