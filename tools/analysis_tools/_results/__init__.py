"""Keep results: runs into the metafile, its numbers into the pages."""

from .adding import add_folder, add_pack
from .metafile import Metafile
from .pages import stale_files, write_numbers
from .work_folder import current_commit

__all__ = ['Metafile', 'add_folder', 'add_pack', 'current_commit', 'stale_files', 'write_numbers']
