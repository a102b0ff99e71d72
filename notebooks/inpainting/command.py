"""One way to end for all commands: a sentence on stderr and an exit status, never a traceback."""

import contextlib
import signal
import sys

from .checks import InputError


@contextlib.contextmanager
def ended_in_one_line():
    """Run a command's work inside this block.

    Wrong input ends it with the sentence of the error and exit status 1; so does a full memory.
    Ctrl-C, SIGTERM and SIGHUP end it with one line and 128 plus the number of the signal, after
    every `with` block inside has cleaned up. (argparse ends wrong arguments with status 2.)
    """
    def stop(number, _):
        raise SystemExit(128 + number)

    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):  # Windows has no SIGHUP
            signal.signal(getattr(signal, name), stop)
    try:
        yield
    except InputError as error:
        sys.exit(str(error))
    except MemoryError:
        sys.exit("The memory of this computer is too small for this; hand in a smaller picture.")
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        sys.exit(128 + signal.SIGINT)
