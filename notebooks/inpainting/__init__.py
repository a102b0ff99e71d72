"""Digital restoration of damaged pictures: the code that the notebooks of this tutorial share."""

__version__ = "1.0.0"

import contextlib
import logging
import os
import sys

from .command import ended_in_one_line, without_stderr


def import_keras():
    """Import Keras with its backend. Raises InputError if there is no such backend.

    TensorFlow greets with lines about drivers and processors, in red, that no setting of its own
    keeps out of a notebook: they come before its log is set up.
    """
    from .checks import InputError  # see `ended_in_one_line`

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        with without_stderr():
            import keras  # noqa: F401
    except Exception as error:  # each backend fails in its own way
        backend = os.environ.get("KERAS_BACKEND", "tensorflow")
        reason = str(error).strip().rstrip(".").splitlines()[:1]
        raise InputError(
            f"Keras cannot be used with the backend {backend} ({', '.join(reason)}); install what "
            "is missing, or set KERAS_BACKEND to tensorflow, jax or torch."
        ) from error


# `python -m inpainting.restore` imports the package before it comes to the command itself.
with ended_in_one_line() if sys.argv[0] == "-m" else contextlib.nullcontext():
    import_keras()

# It also warns when several networks are used one after the other, which is what a lesson does.
logging.getLogger("tensorflow").setLevel(logging.ERROR)
