"""Draw the pictures of the README and the explanatory figures into pics/.

    python tools/pics.py      (make pics)
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "notebooks"))

import numpy as np

from inpainting import data, plots
from inpainting.damage import damage_batch
from inpainting.restore import load_model, restore_batch
from inpainting.unet import WIDTHS


def before_and_after():
    sound = data.display_set()
    damaged, _ = damage_batch(sound, np.random.default_rng(8))
    restored, damage_map = restore_batch(load_model("unet_32x32"), damaged)
    rows = {"damaged": damaged, "restored": restored, "damage map": damage_map, "sound": sound}
    return plots.gallery(rows, data.DISPLAY_NAMES)


FIGURES = {
    "before_and_after": before_and_after,
    "u_net": lambda: plots.u_net(WIDTHS),
}


def main():
    for name, draw in FIGURES.items():
        draw().savefig(ROOT / "pics" / f"{name}.png", dpi=100)
        print(f"pics/{name}.png")


if __name__ == "__main__":
    main()
