"""What the host does again and again, and the tests need once."""

import gc

from mmengine.config import config
from yapf.yapflib import yapf_api

_format = yapf_api.FormatCode
_laid_out = {}


def spare_host_costs():
    """Keep the collector from what is imported, and lay a text out once.

    MMEngine collects garbage for each data set (0.2 s, nearly all of it spent
    on the objects of torch), and lays out the config six times a run (0.1 s
    each). To be called when all is imported.
    """
    gc.collect()
    gc.freeze()
    # MMEngine has the function as its own; the maintained fork imports it for each call.
    for module in (config, yapf_api):
        if hasattr(module, 'FormatCode'):
            module.FormatCode = _format_once


def _format_once(text, **style):
    """Do what yapf's ``FormatCode`` does, from memory where it did before."""
    key = text, repr(style)
    if key not in _laid_out:
        _laid_out[key] = _format(text, **style)
    return _laid_out[key]
