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
