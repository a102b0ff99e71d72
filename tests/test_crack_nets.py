"""Crack nets have a hierarchy and a grain, and what comes off has its sides on cracks."""

import numpy as np
import pytest

from inpainting.find_and_fill.crack_nets import canvas_net, corner_chips, panel_net

SHAPE = 192, 192


@pytest.mark.parametrize("net_of", [canvas_net, panel_net])
def test_younger_cracks_end_on_older_ones_in_t_junctions(net_of):
    net = net_of(SHAPE, np.random.default_rng(2))
    start, end = net.cracks[:, 0], net.cracks[:, 1]
    way = end - start
    ends, sizes = net.cracks.reshape(-1, 2), np.repeat(net.size, 2)
    inside = np.all((ends > 0) & (ends < 192), axis=1)
    met, crossed, older = [], [], []
    for place, size in zip(ends[inside], sizes[inside]):
        at = ((place - start) * way).sum(1) / (way**2).sum(1)
        off = np.linalg.norm(start + at.clip(0, 1)[:, None] * way - place, axis=1)
        on = (off < 1e-6) & (at > 1e-6) & (at < 1 - 1e-6)  # in the middle of another crack
        met.append(on.any())
        crossed.append(on.sum() > 1)
        older.append(np.all(net.size[on] > size))
    assert len(met) > 100 and np.all(met) and not np.any(crossed) and np.all(older)


def test_islands_follow_the_grain_on_a_panel():
    def longer(net):
        along, across = (np.ptp(net.cells[..., axis], axis=1) for axis in (1, 0))
        return np.median(along / across if net.upright else across / along)

    nets = [[net_of(SHAPE, np.random.default_rng(n)) for n in range(8)] for net_of in
            (panel_net, canvas_net)]
    panel, canvas = ([longer(net) for net in some] for some in nets)
    assert min(panel) > 1.6 and max(canvas) < 1.6
    assert 0 < np.mean([net.upright for net in nets[0]]) < 1


def test_flakes_are_cells_or_corners_of_cells_with_sides_on_cracks():
    rng = np.random.default_rng(0)
    cells = np.array([[(0, 0), (10, 0), (10, 8), (0, 8)]] * 600, float)
    chips = corner_chips(cells, rng)
    on_border = np.isin(chips[..., 0], (0, 10)) | np.isin(chips[..., 1], (0, 8))
    assert np.all(on_border.sum(1) >= 3)  # a corner and two sides
    assert 0.25 < np.mean(np.all(chips == cells, axis=(1, 2))) < 0.45
