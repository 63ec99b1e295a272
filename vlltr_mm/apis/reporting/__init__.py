"""Keep results: finished runs into the metafile, with where they come from."""

from .adding import add_folder, add_pack
from .metafile import METRICS, Metafile
from .work_folder import current_commit

__all__ = ['METRICS', 'Metafile', 'add_folder', 'add_pack', 'current_commit']
