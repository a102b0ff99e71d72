# Written by `make export` from open_model.ipynb: edit the cells there, not this file.


"""Cut a painting into square patches, and put the patches back together."""


def cut(painting, side=32):
    """Cut a painting into square patches, row by row from the top left.

    painting: (h, w, 3), or (h, w) for a mask; h and w are multiples of side, in pixels.
    Returns (n, side, side, 3), or (n, side, side).   Raises ValueError for other sizes.
    """
    height, width, *colours = painting.shape
    grid = painting.reshape(height // side, side, width // side, side, *colours)
    return grid.swapaxes(1, 2).reshape(-1, side, side, *colours)


def join(patches, height, width):
    """Put patches back where `cut` took them: (n, side, side, ...) -> (height, width, ...)."""
    side, colours = patches.shape[1], patches.shape[3:]
    grid = patches.reshape(height // side, width // side, side, side, *colours)
    return grid.swapaxes(1, 2).reshape(height, width, *colours)
