"""Tables of scores, as Markdown."""

COLUMNS = {
    "mae": ("MAE", "{:.4f}"),
    "psnr": ("PSNR (dB)", "{:.2f}"),
    "ssim": ("SSIM", "{:.4f}"),
    "mae_inside": ("MAE inside", "{:.4f}"),
    "psnr_inside": ("PSNR inside (dB)", "{:.2f}"),
    "ssim_inside": ("SSIM inside", "{:.3f}"),
}
PAINTING_COLUMNS = {
    **{key: COLUMNS[key] for key in ("mae", "psnr", "ssim", "psnr_inside")},
    "psnr_inside_per_picture": ("PSNR inside, mean of the paintings (dB)", "{:.2f}"),
    "seconds_per_megapixel": ("seconds per megapixel", "{:.2f}"),
}


def as_markdown(methods, columns=COLUMNS):
    """A table of scores: {method: dict from `metrics.score`} -> Markdown text.

    columns: {key of the score: (title, format)}; a score that is missing leaves its place empty.
    """
    head = ["method", *(title for title, _ in columns.values())]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for method, values in methods.items():
        cells = [
            form.format(values[key]) if key in values else "" for key, (_, form) in columns.items()
        ]
        lines.append("| " + " | ".join([method, *cells]) + " |")
    return "\n".join(lines)


KIND_COLUMNS = {
    "damaged": "damaged", "Telea": "Telea, told", "Navier-Stokes": "Navier-Stokes, told",
    "biharmonic": "biharmonic, told", "segment U-Net, blind": "segment U-Net, blind",
    "U-Net, blind": "U-Net, blind", "U-Net, blind in two passes": "U-Net, blind in two passes",
    "U-Net, told": "U-Net, told",
    "best classical, on the map": "best classical, on the U-Net's map",
}


def kinds_as_markdown(kinds, key="psnr_inside", form="{:.2f}"):
    """A table with a row for each kind of damage and a column for each method, as Markdown.

    kinds: from scores.json.   key: of the score.
    """
    lines = ["| damage | " + " | ".join(KIND_COLUMNS.values()) + " |"]
    lines.append("|---" * (len(KIND_COLUMNS) + 1) + "|")
    for name, row in kinds.items():
        cells = [form.format(row["methods"][method][key]) for method in KIND_COLUMNS]
        lines.append("| " + " | ".join([name, *cells]) + " |")
    return "\n".join(lines)


def ious_as_markdown(kinds):
    """A table of the IoU of the damage maps, as Markdown. kinds: from scores.json."""
    lines = ["| damage | segment U-Net | U-Net trained on mixed damage |", "|---|---|---|"]
    for name, row in kinds.items():
        ious = row["segment_damage_map_iou"], row["damage_map_iou"]
        lines.append("| {} | {:.3f} | {:.3f} |".format(name, *ious))
    return "\n".join(lines)
