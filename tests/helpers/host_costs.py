"""What the host does again and again, and the tests need once."""

import functools
import gc

from mmengine.config import config

_format = config.FormatCode


def spare_host_costs():
    """Keep the collector from what is imported, and lay a text out once.

    MMEngine collects garbage for each data set (0.2 s, nearly all of it spent
    on the objects of torch), and lays out the config six times a run (0.1 s
    each). To be called when all is imported.
    """
    gc.collect()
    gc.freeze()
    config.FormatCode = _format_once


def _format_once(text, **style):
    return _remembered(text, tuple(sorted(style.pop('style_config').items())), **style)


@functools.lru_cache(maxsize=256)
def _remembered(text, style, **more):
    return _format(text, style_config=dict(style), **more)
