"""What a converter has written of the source of its texts, beside them."""

import os.path as osp

from ...utils.files import read_json
from ...utils.read_once import file_stamp


def sources_file(path: str) -> str:
    """Return the file beside texts: FOLDER/sources.json, or FILE.sources.json of FILE.json."""
    if osp.isdir(path):
        return osp.join(path, 'sources.json')
    stem = path.removesuffix('.gz').removesuffix('.json')
    return f'{stem}.sources.json'


def stated_stamp(path: str) -> dict:
    """Return what changes with that file, for the key of the cache; nothing without it."""
    file = sources_file(path)
    return dict(stated=file_stamp(file)) if osp.isfile(file) else {}


def stated_name(kind: str, path: str) -> str:
    """Return the kind of a source with the wiki or the models that its texts are from.

    Args:
        kind (str): such as 'WikiTexts'.
        path (str): the folder or file of the texts. Another file of that name
            beside them, which says neither, is left alone.

    Returns:
        str: such as 'WikiTexts (Wikipedia, MediaWiki XML dump)'.
    """
    file = sources_file(path)
    try:
        content = read_json(file, 'where texts are from') if osp.isfile(file) else {}
    except (OSError, ValueError):
        content = {}
    content = content if isinstance(content, dict) else {}
    source, models = content.get('source'), content.get('models')
    if isinstance(source, dict):
        names = [source.get('site'), source.get('kind')]
    else:
        names = models if isinstance(models, list) else []
    known = [' '.join(name.split()) for name in names if isinstance(name, str) and name.strip()]
    return f'{kind} ({", ".join(known)})' if known else kind
