"""One way to end for all commands: a sentence on stderr and an exit status, never a traceback."""

import contextlib
import os
import re
import signal
import sys

MEMORY_IS_FULL = "The memory of this computer is too small for this; hand in a smaller picture."
# in the names and messages of what Python, TensorFlow, JAX and PyTorch raise then
NO_MEMORY = re.compile(
    "MemoryError|ResourceExhausted|RESOURCE_EXHAUSTED|OutOfMemory|allocate memory")


@contextlib.contextmanager
def ended_in_one_line():
    """Run a command's work inside this block.

    Wrong input ends it with the sentence of the error and exit status 1; so do a full memory and
    a file or a terminal that cannot be written to. Ctrl-C, SIGTERM and SIGHUP end it with one word
    and 128 plus the number of the signal, after every `with` block has cleaned up; from the first
    such block on until the process ends. (argparse ends wrong arguments with status 2.)
    """
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, signal.SIGTERM)  # Windows has no SIGHUP
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, stop)
    if sys.stdout is not None:
        sys.stdout.reconfigure(errors="backslashreplace")  # for names that it cannot show
    from .checks import InputError  # with NumPy: not before the signals are caught

    try:
        yield
        print(end="", flush=True)
    except InputError as error:
        sys.exit(str(error))
    except OSError as error:
        sys.stdout = None  # Python would try to flush it again, and say so
        sys.exit(f"The command ended early: {error}.")
    except Exception as error:
        if not is_full_memory(error):
            raise
        sys.exit(MEMORY_IS_FULL)


def is_full_memory(error):
    """Whether an exception says that there was not enough memory."""
    return bool(NO_MEMORY.search(f"{type(error).__name__}: {error}"))


def stop(number, _):
    """End the process on a signal, once: what cleans up is not interrupted by the next one."""
    signal.signal(number, signal.SIG_IGN)
    print("stopped", file=sys.stderr)
    raise SystemExit(128 + number)


@contextlib.contextmanager
def without_stderr():
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
