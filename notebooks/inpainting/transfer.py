# Written by `make export` from open_model_192x192.ipynb: edit the cells there, not this file.


"""Three ways to start a training on new pictures from a network trained on others."""

from inpainting.models import with_precision
from inpainting.unet import LEARNING_RATE, build_unet, compile_model


def freeze_encoder(model):
    """Keep the weights of steps 1 to 4 as they are in a training. Returns the model."""
    for layer in model.layers:
        layer.trainable = not layer.name.startswith(("step1_", "step2_", "step3_", "step4_"))
    return model


def three_ways(start, precision, steps, learning_rate=LEARNING_RATE / 2):
    """Three starts into a training on new pictures, each compiled for the same length.

    start: a trained U-Net; it is not changed.   precision: as in `with_precision`.
    steps: training steps, as for `compile_model`.
    Returns {way: keras.Model}.
    """
    starts = {
        "from scratch": with_precision(build_unet(), precision),
        "encoder frozen": freeze_encoder(with_precision(start, precision)),
        "all layers": with_precision(start, precision),
    }
    return {way: compile_model(model, steps, learning_rate) for way, model in starts.items()}
