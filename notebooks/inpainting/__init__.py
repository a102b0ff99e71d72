"""Digital restoration of damaged pictures: the code that the notebooks of this tutorial share."""

__version__ = "1.0.0"

import contextlib
import logging
import os


@contextlib.contextmanager
def _without_stderr():
    """Discard what compiled code writes to file descriptor 2, past Python's sys.stderr."""
    stderr = os.dup(2)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(nothing)


# TensorFlow greets with lines about drivers and processors, in red, that no setting of its own
# keeps out of a notebook: they come before its log is set up. An import that fails still raises.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
with _without_stderr():
    import keras  # noqa: F401

# It also warns when several networks are used one after the other, which is what a lesson does.
logging.getLogger("tensorflow").setLevel(logging.ERROR)
