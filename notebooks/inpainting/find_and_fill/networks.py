"""Three networks of the same nine steps that share the work of the tutorial's U-Net: one finds the
damage and says of which kind it is, one fills what it is told, one cleans stains.

All start from a trained U-Net, so that nothing it knows has to be learned again.
"""

import cv2
import keras
import numpy as np
from keras import layers

from ..unet import WIDTHS, convolve_twice, decoder_step, encoder_step

FIND_KINDS = ("cuts", "craquelure", "scratches", "losses", "stains", "writing")
OPAQUE = tuple(kind for kind in FIND_KINDS if kind != "stains")  # a stain lets the picture through
FILLER_INPUTS = {"known": 3, "seen": 3, "guess": 3, "mask": 1}  # and how many channels each has

PALE = -3  # 0.05 as a probability; what the random weights of a new finder add to


def nine_steps(x, widths=WIDTHS):
    """The nine steps of the U-Net (`unet.build_unet`) without its last layers.

    (n, h, w, any) -> (n, h, w, widths[0]), h and w multiples of 16.
    """
    encoder = []
    for step in (1, 2, 3, 4):
        x, full = encoder_step(x, widths[step - 1], step)
        encoder.append(full)
    for step in (5, 6, 7, 8):
        x = decoder_step(x, encoder[8 - step], widths[9 - step], step)
    return convolve_twice(x, widths[0], 9)


def widths_of(unet):
    """The channels of steps 1 to 5 of a U-Net."""
    return tuple(unet.get_layer(f"step{step}_conv_a").filters for step in (1, 2, 3, 4, 5))


def build_filler(unet):
    """A network that fills marked pixels, with the weights of a U-Net to begin with.

    Its first convolution sees ten channels instead of three. The weights of the seven new ones
    start at zero, so the filler begins as good as the U-Net and learns to use what else it is
    shown.

    unet: from `unet.build_unet`, trained.
    Returns a keras.Model: a dict as `filler_input` makes it -> {"restored": (n, h, w, 3) float32 in
    [0, 1]}, of which only the marked pixels are meant.
    """
    inputs = {
        name: keras.Input((None, None, channels), name=name)
        for name, channels in FILLER_INPUTS.items()
    }
    features = nine_steps(
        layers.Concatenate(name="ten_channels")(list(inputs.values())), widths_of(unet))
    restored = layers.Conv2D(3, 1, activation="sigmoid", dtype="float32", name="rgb")(features)
    return transfer_weights(unet, keras.Model(inputs, {"restored": restored}, name="filler"))


def build_cleaner(unet):
    """A network that takes stains away, with the weights of a U-Net to begin with.

    A stain lets the picture through, so the network sees the picture as it is and says what has to
    be added to its colours. At first that is nothing.

    unet: from `unet.build_unet`, trained.
    Returns a keras.Model: a dict of damaged (n, h, w, 3) and mask (n, h, w, 1), 1 where stained ->
    {"restored": (n, h, w, 3) float32}, which outside the mask is the picture as it was.
    """
    damaged = keras.Input((None, None, 3), name="damaged")
    mask = keras.Input((None, None, 1), name="mask")
    features = nine_steps(
        layers.Concatenate(name="four_channels")([damaged, mask]), widths_of(unet))
    change = layers.Conv2D(
        3, 1, kernel_initializer="zeros", dtype="float32", name="cleaning")(features)
    change = layers.Multiply(dtype="float32", name="change")([change, mask])
    cleaned = layers.Add(dtype="float32", name="restored")([damaged, change])
    inputs = {"damaged": damaged, "mask": mask}
    return transfer_weights(unet, keras.Model(inputs, {"restored": cleaned}, name="cleaner"))


def build_finder(unet, kinds=FIND_KINDS):
    """A network that finds damage by kind, with the weights of a U-Net to begin with.

    Its last layer is new: six maps, of random weights. Most pixels are sound, so they are pale on
    the whole.

    unet: from `unet.build_unet`, trained.   kinds: names, one map for each.
    Returns a keras.Model: damaged (n, h, w, 3) float32 in [0, 1] ->
    {"damage": (n, h, w, kinds) float32 in [0, 1]}.
    """
    damaged = keras.Input((None, None, 3), name="damaged")
    features = nine_steps(damaged, widths_of(unet))
    maps = layers.Conv2D(
        len(kinds), 1, activation="sigmoid", dtype="float32", name="maps",
        bias_initializer=keras.initializers.Constant(PALE),
    )(features)
    return transfer_weights(unet, keras.Model(damaged, {"damage": maps}, name="finder"))


def shift_map(finder, kind, at, to):
    """Make one map of a finder paler or darker, so that one threshold serves all kinds.

    finder: from `build_finder`; it is changed.   kind: of FIND_KINDS.
    at, to: in (0, 1): where the map was `at`, it is `to` afterwards.
    Returns the finder.
    """
    layer = finder.get_layer("maps")
    kernel, bias = layer.get_weights()
    bias[FIND_KINDS.index(kind)] += np.log(to / (1 - to)) - np.log(at / (1 - at))
    layer.set_weights([kernel, bias])
    return finder


def transfer_weights(unet, network):
    """Copy a U-Net's weights into the layers that it has, too. Returns the network.

    Where a layer has more input channels than the U-Net's, the new ones get zeros.
    """
    known = {layer.name for layer in unet.layers}
    for layer in network.layers:
        if layer.weights and layer.name in known:
            kernel, bias = unet.get_layer(layer.name).get_weights()
            layer.set_weights([widen_input(kernel, layer.kernel.shape[2]), bias])
    return network


def mean_of_two(network, other, part=0.5):
    """Two trainings in one network: the mean of their weights.

    It makes sense where one training has begun with the weights of the other: then the networks
    between them are good, too, and often better than both. Wortsman et al., Model soups, ICML 2022
    (arXiv 2203.05482).

    network, other: of the same layers; the first one is changed.   part: of the other, in [0, 1].
    Returns the network.
    """
    pairs = zip(network.get_weights(), other.get_weights())
    network.set_weights([(1 - part) * mine + part * others for mine, others in pairs])
    return network


def widen_input(kernel, channels):
    """Give a convolution's weights more input channels, which count for nothing at first.

    kernel: (height, width, input, output).   Returns (height, width, channels, output).
    """
    new = np.zeros((*kernel.shape[:2], channels - kernel.shape[2], kernel.shape[3]), kernel.dtype)
    return np.concatenate([kernel, new], axis=2)


def filler_input(damaged, masks):
    """What the filler is shown.

    damaged: (n, h, w, 3) float32 in [0, 1].   masks: (n, h, w) bool, True where damaged.
    Returns a dict of float32 arrays: known (n, h, w, 3), the damage painted black; seen
    (n, h, w, 3), the damaged pixels as they are, the others black; guess (n, h, w, 3), the first
    guess of a formula (`membrane`) inside the damage; mask (n, h, w, 1), 1 where damaged.
    """
    inside = masks[..., None]
    zero = np.float32(0)
    guess = np.stack([membrane(picture, mask) for picture, mask in zip(damaged, masks)])
    return {
        "known": np.where(inside, zero, damaged),
        "seen": np.where(inside, damaged, zero),
        "guess": np.where(inside, guess, zero),
        "mask": inside.astype(np.float32),
    }


def cleaner_input(damaged, masks):
    """What the cleaner is shown: a dict of damaged, and mask (n, h, w, 1) float32, 1 where stained.

    damaged: (n, h, w, 3) float32 in [0, 1].   masks: (n, h, w) bool, True where stained.
    """
    return {"damaged": damaged, "mask": masks[..., None].astype(np.float32)}


NEIGHBOURS = np.float32([[0, 1, 0], [1, 0, 1], [0, 1, 0]]) / 4
SMOOTHINGS = 4  # at each size


def membrane(damaged, mask):
    """Span each gap like a soap film over a frame: every pixel is the mean of its neighbours.

    The film is found at a half, a quarter ... of the size first and made finer step by step, so the
    time does not grow with the width of a gap. Gortler, Grzeszczuk, Szeliski and Cohen, The
    Lumigraph, SIGGRAPH 1996 (pull and push), smoothed at each size as in a multigrid solver.

    damaged: (h, w, 3) float32 in [0, 1].   mask: (h, w) bool, True where damaged.
    Returns (h, w, 3) float32 in [0, 1]; a grey picture where everything is damaged.
    """
    if not mask.any():
        return damaged
    if mask.all():
        return np.full_like(damaged, 0.5)
    height, width = mask.shape
    half = (width + 1) // 2, (height + 1) // 2
    known = np.dstack([np.where(mask[..., None], np.float32(0), damaged), ~mask])
    known = cv2.copyMakeBorder(known, 0, height % 2, 0, width % 2, cv2.BORDER_CONSTANT)
    known = cv2.resize(known, half, interpolation=cv2.INTER_AREA)
    number = known[..., 3:]  # of known pixels, as a fraction of the four
    coarse = membrane(known[..., :3] / np.where(number > 0, number, 1), number[..., 0] == 0)
    fine = cv2.resize(coarse, (2 * half[0], 2 * half[1]), interpolation=cv2.INTER_LINEAR)
    film = np.where(mask[..., None], fine[:height, :width], damaged)
    for _ in range(SMOOTHINGS):
        mean = cv2.filter2D(film, -1, NEIGHBOURS, borderType=cv2.BORDER_REPLICATE)
        film = np.where(mask[..., None], mean, damaged)
    return film
