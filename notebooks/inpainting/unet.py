# Written by `make export` from Image_Inpainting_Tutorial.ipynb: edit the cells there, not this file.


"""The U-Net of this tutorial: nine steps, built from stock Keras layers only."""

import keras
from keras import layers

WIDTHS = (64, 64, 64, 64, 64)  # channels of steps 1 to 5; section 10 of the notebook says why


def convolve_twice(x, width, step):
    """Conv2D twice: (n, h, w, any) -> (n, h, w, width)."""
    for half in ("a", "b"):
        x = layers.Conv2D(
            width, 3, padding="same", activation="relu", kernel_initializer="he_normal",
            name=f"step{step}_conv_{half}",
        )(x)
    return x


def encoder_step(x, width, step):
    """Conv2D twice, then MaxPool2D.

    Returns (n, h/2, w/2, width), and (n, h, w, width) from before the pooling.
    """
    full = convolve_twice(x, width, step)
    return layers.MaxPool2D(name=f"step{step}_pool")(full), full


def decoder_step(x, encoder_layer, width, step):
    """Conv2D twice, UpSampling2D, Concatenate with the encoder layer of the doubled size.

    (n, h, w, any) and (n, 2h, 2w, other) -> (n, 2h, 2w, width + other).
    """
    x = convolve_twice(x, width, step)
    x = layers.UpSampling2D(name=f"step{step}_up")(x)
    return layers.Concatenate(name=f"step{step}_concat")([x, encoder_layer])


def build_unet(widths=WIDTHS, damage_map=True):
    """The U-Net (Ronneberger, Fischer and Brox, arXiv 1505.04597) for damaged pictures.

    widths: channels of steps 1 to 5; steps 6 to 9 mirror steps 4 to 1.
    damage_map: whether the network says where it repaints.
    Returns a keras.Model: damaged (n, h, w, 3) float32 in [0, 1], h and w multiples of 16 ->
    {"restored": (n, h, w, 3), "damage": (n, h, w, 1)}, both float32 in [0, 1];
    without damage map only "restored".
    """
    x = damaged = keras.Input((None, None, 3), name="damaged")  # step 0
    encoder = []
    for step in (1, 2, 3, 4):
        x, full = encoder_step(x, widths[step - 1], step)
        encoder.append(full)
    for step in (5, 6, 7, 8):
        x = decoder_step(x, encoder[8 - step], widths[9 - step], step)
    x = convolve_twice(x, widths[0], 9)
    # the last layers stay in 32 bits: 16 bits would round the sums they compute
    rgb = layers.Conv2D(3, 1, activation="sigmoid", dtype="float32", name="rgb")(x)
    if not damage_map:
        return keras.Model(damaged, {"restored": rgb}, name="plain_unet")
    return keras.Model(damaged, repaint(damaged, rgb, x), name="unet")


def repaint(damaged, rgb, features):
    """Mix the damaged picture and the network's colours by a damage map (section 8)."""
    damage = layers.Conv2D(1, 1, activation="sigmoid", dtype="float32", name="damage")(features)
    change = layers.Subtract(dtype="float32", name="change")([rgb, damaged])
    change = layers.Multiply(dtype="float32", name="repaint")([change, damage])
    restored = layers.Add(dtype="float32", name="restored")([damaged, change])
    return {"damage": damage, "restored": restored}


LEARNING_RATE = 2e-3
DAMAGE_WEIGHT = 0.1  # of the cross-entropy in the loss; the MAE has weight 1


def compile_model(model, steps, learning_rate=LEARNING_RATE):
    """Give a U-Net with damage map its loss, metrics and optimizer.

    model: from `build_unet`.
    steps: batches in the whole training; the learning rate falls to 0 with the last one.
    Returns the model.
    """
    warmup = steps // 50
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, steps - warmup, warmup_target=learning_rate, warmup_steps=warmup
    )
    model.compile(
        optimizer=keras.optimizers.Adam(schedule, name="adam"),
        loss={"restored": "mae", "damage": "binary_crossentropy"},
        loss_weights={"restored": 1.0, "damage": DAMAGE_WEIGHT},
        metrics={
            "restored": [keras.metrics.MeanAbsoluteError(name="mae")],
            "damage": [keras.metrics.BinaryIoU(target_class_ids=[1], name="iou")],
        },
    )
    return model
