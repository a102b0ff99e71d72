"""Score the shipped models beside the classical methods: `python -m inpainting.scores`.

protocol: what is measured on which pictures.   tables: the scores as text.
unet_32x32, unet_192x192: a part for each family of models.
"""
