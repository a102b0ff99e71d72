"""What each key of scores.json means. The file itself repeats it, under "keys"."""

KEYS = {
    # what was measured
    "data": "the pictures that were scored",
    "damage": "the damage done to them",
    "seed": "of the random crops and of the damage of the test pictures",
    "precision": "that the networks computed in; float32 where it is missing",
    "parameters": "numbers that the network has learned",
    "radius": "of each classical method that has one, in pixels: the best on validation pictures",
    "made_with": "versions of the libraries",
    # scores of a method: see metrics.score
    "methods": "scores of each method",
    "mae": "mean absolute error over all pixels of all pictures",
    "psnr": "peak signal-to-noise ratio over all pixels of all pictures together, in dB",
    "ssim": "structural similarity, mean of all pixels",
    "mae_inside": "mae of the damaged pixels alone",
    "psnr_inside": "psnr of the damaged pixels of all pictures together, in dB",
    "ssim_inside": "ssim of the damaged pixels alone",
    "psnr_inside_per_picture": "mean over the pictures of the psnr of their damaged pixels, in dB",
    "seconds_per_megapixel": "time to restore a million pixels on the machine that measured",
    # the methods
    "damaged": "no method: the pictures before the restoration",
    "Telea": "classical.telea, given the true mask",
    "Navier-Stokes": "classical.navier_stokes, given the true mask",
    "biharmonic": "classical.biharmonic, given the true mask",
    "biharmonic, on black pixels": "classical.biharmonic, given the pixels that are exactly black",
    "U-Net, blind": "the network of this entry, which has to find the damage, in one pass",
    "U-Net, told": "the network of this entry, given the true mask",
    "U-Net of 32x32, blind": "the network unet_32x32, which has to find the damage",
    # how well the damage is found, and what is kept
    "damaged_fraction": "part of all pixels that is damaged",
    "damage_map_iou": "intersection over union of the true masks and the pixels taken for damage",
    "sound_fraction_changed":
        "part of the sound pixels that U-Net, blind, changes by more than half a step of 8 bits",
    "sound_pixels": "number of pixels that are not damaged",
    "sound_pixels_changed": "how many of these the network changes at all, blind and told",
    "pixels": "how many, in all",
    "almost_black": "how many of them have no colour above 16 of 255 in the sound picture",
    "black_rule": "the rule that exactly what is black is damaged, in place of a network",
    # parts of the pictures, and other damage
    "by_damaged_fraction": "the pictures in groups, by the part of each that is damaged",
    "from": "damaged part of a picture of this group: above this",
    "to": "and at most this",
    "pictures": "number of pictures in this group",
    "other_damage": "scores on damage that the network has never seen, by its name",
}
