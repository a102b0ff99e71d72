"""Tables of scores, as Markdown."""

COLUMNS = {
    "mae": ("MAE", "{:.4f}"),
    "psnr": ("PSNR (dB)", "{:.2f}"),
    "ssim": ("SSIM", "{:.4f}"),
    "mae_inside": ("MAE inside", "{:.4f}"),
    "psnr_inside": ("PSNR inside (dB)", "{:.2f}"),
    "ssim_inside": ("SSIM inside", "{:.3f}"),
}
SEGMENT_COLUMNS = {
    **COLUMNS,
    "psnr_inside_per_picture": ("PSNR inside, mean of the pictures (dB)", "{:.2f}"),
    "damage_map_iou": ("IoU of what is found", "{:.3f}"),
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


def segments_as_markdown(entry):
    """The scores on black segments, of an entry of scores.json, as Markdown.

    Where the entry has a `black_rule`, this is a row, too: damage that is exactly black can be
    found without a network.
    """
    def and_found(values, part):
        return values | {"damage_map_iou": part["damage_map_iou"]}

    blind = entry["methods"]["U-Net, blind"]
    methods = entry["methods"] | {"U-Net, blind": and_found(blind, entry)}
    if "black_rule" in entry:
        rule = entry["black_rule"]
        (filled,) = rule["methods"].values()
        methods["rule `x == 0`, then biharmonic"] = and_found(filled, rule)
    return as_markdown(methods, SEGMENT_COLUMNS)


def rows_as_markdown(head, rows):
    """A table from the titles of its columns and a list of rows of text."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


CLASSICAL = "Telea", "Navier-Stokes", "biharmonic"
TOLD = "damaged", *CLASSICAL, "membrane"


def with_interval(gain):
    """A gain in dB with its 95 % interval, from `ahead_of...` in the scores, as text."""
    return "{:+.2f} ({:+.2f} to {:+.2f})".format(gain["gain"], *gain["interval"])


def told_as_markdown(scores):
    """PSNR and SSIM inside each kind of damage, told the mask and the kind, as Markdown.

    scores: what `find_and_fill.scores` wrote. How far the networks are ahead comes twice: all
    pixels together, and as the mean of the crops. The best classical method is the best by the
    measure of the column.
    """
    rows = []
    for name, row in scores["told"].items():
        others = scores["classical"][name]["methods"]
        mean, ssim = (
            max(others[method][key] for method in CLASSICAL)
            for key in ("psnr_inside_per_picture", "ssim_inside")
        )
        rows.append([
            name, *(f"{others[method]['psnr_inside']:.2f}" for method in TOLD),
            f"{row['psnr_inside']:.2f}", with_interval(row["ahead_of_the_best"]),
            f"{row['psnr_inside_per_picture'] - mean:+.2f}", f"{ssim:.3f}",
            f"{row['ssim_inside']:.3f}",
        ])
    return rows_as_markdown([
        "damage", "damaged", "Telea", "Navier-Stokes", "biharmonic", "first guess", "networks",
        "ahead of the best classical (95 %)", "ahead, as mean of the crops",
        "SSIM, best classical", "SSIM, networks",
    ], rows)


def blind_as_markdown(scores):
    """PSNR of the whole picture, found and then repaired, as Markdown. scores: as above."""
    rows = []
    for name, row in scores["blind"].items():
        methods = row["methods"]
        rows.append([
            name, f"{scores['classical'][name]['methods']['damaged']['psnr']:.2f}",
            f"{methods['find, then fill']['psnr']:.2f}",
            with_interval(row["ahead_of_the_untreated"]),
            f"{methods[row['best_on_the_map']]['psnr']:.2f}",
            f"{methods['find, then fill']['psnr_inside']:.2f}",
            *(f"{row['union'][key]:.3f}" for key in ("precision", "recall", "iou")),
        ])
    return rows_as_markdown([
        "damage", "damaged", "find, then fill", "better than untreated (95 %)",
        "best formula, on the same map", "find, then fill: inside the damage",
        "precision", "recall", "IoU",
    ], rows)
