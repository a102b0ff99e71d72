"""Score the shipped models beside the classical methods: `python -m inpainting.scores`.

protocol: what is measured on which pictures.   keys: what each score means.   tables: scores as
text.   unet_32x32, unet_192x192: a part for each family of models. A part has two functions:
`measure()` returns its entries of scores.json, and `as_text(scores)` the tables of them.
"""
