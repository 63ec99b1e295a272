"""Articles of classes, from a dump, extracted files or the API of a wiki."""

from .api import ApiSource
from .files import FileSource, find_json_files
from .making import make_wiki_texts
from .matching import Match
from .report import print_matches

__all__ = [
    'ApiSource',
    'FileSource',
    'Match',
    'find_json_files',
    'make_wiki_texts',
    'print_matches',
]
