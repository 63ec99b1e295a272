"""What a converter has written of the source of its texts, beside them."""

import os.path as osp
from collections.abc import Sequence

from ...utils.files import read_json
from ...utils.read_once import file_stamp
from .class_names import comparable_name


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
    content = _stated(path)
    source, models = content.get('source'), content.get('models')
    if isinstance(source, dict):
        names = [source.get('site'), source.get('kind')]
    else:
        names = models if isinstance(models, list) else []
    known = [' '.join(name.split()) for name in names if isinstance(name, str) and name.strip()]
    return f'{kind} ({", ".join(known)})' if known else kind


def stated_order_fault(path: str, classes: Sequence[str]) -> str | None:
    """Say that texts which are numbered by class were written for another order of classes.

    Args:
        path (str): the folder of the texts.
        classes (Sequence[str]): C class names.

    Returns:
        str | None: a class whose number had the name of another one of these;
        None where there is none, or nothing is stated. Names that no class
        has now may be old ones.
    """
    names = list(map(comparable_name, classes))
    known, rows = set(names), _stated(path).get('classes')
    for row in rows if isinstance(rows, list) else ():
        index, name = (row.get('index'), row.get('name')) if isinstance(row, dict) else (None, None)
        if not isinstance(index, int) or not 0 <= index < len(names) or not isinstance(name, str):
            continue
        stated = comparable_name(name)
        if stated != names[index] and stated in known:
            return (
                f"{sources_file(path)} says that the text of class {index} is of '{name}', but "
                f"class {index} is '{classes[index]}' here; make the texts again for the classes "
                'in this order'
            )
    return None


def _stated(path: str) -> dict:
    """Return what a converter has written beside texts; nothing where that cannot be read."""
    file = sources_file(path)
    try:
        content = read_json(file, 'where texts are from') if osp.isfile(file) else {}
    except (OSError, ValueError):
        content = {}
    return content if isinstance(content, dict) else {}
