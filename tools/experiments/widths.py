"""The experiment that chose the widths: networks that are trained for about the same time.

    python tools/experiments/widths.py      (make widths)

writes Model_data/widths_<widths>.csv, one row per epoch. The number of epochs was chosen so that
each training takes about three minutes on two cores; the csv holds the time that it really took.
It needs the real CIFAR-10.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from inpainting.data import load_cifar10

ROOT = Path(__file__).resolve().parents[2]
EPOCHS = {  # of 7,500 pictures
    (16, 32, 64, 128, 256): 12,
    (32, 32, 48, 64, 64): 14,
    (64, 64, 64, 64, 64): 7,
    (96, 64, 64, 64, 64): 4,
}


def main():
    if not load_cifar10().is_real:
        sys.exit("The widths are compared on the real CIFAR-10 only.")
    for widths, epochs in EPOCHS.items():
        name = "-".join(map(str, widths))
        folder = ROOT / "build" / "widths" / name
        shutil.rmtree(folder, ignore_errors=True)
        print("widths", name, flush=True)
        subprocess.run(
            [sys.executable, "-m", "inpainting.train", "--pictures", "7500",
             "--widths", ",".join(map(str, widths)), "--epochs", str(epochs),
             "--folder", str(folder)],
            check=True,
        )
        shutil.copy(folder / "unet_32x32_history.csv", ROOT / "Model_data" / f"widths_{name}.csv")


if __name__ == "__main__":
    main()
