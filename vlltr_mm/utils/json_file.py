"""JSON files with errors that say what to do."""
import gzip
import json
import os.path as osp
from typing import Union


def read_json(path: str, content: str) -> Union[dict, list]:
    """Read a ``.json`` or ``.json.gz`` file that holds an object or a list.

    Args:
        path (str): the file, UTF-8.
        content (str): what it should hold, for the messages.

    Returns:
        dict | list: what it holds.

    Raises:
        FileNotFoundError: if it is missing.
        ValueError: if it is no UTF-8 JSON of an object or a list.
    """
    if not osp.isfile(path):
        raise FileNotFoundError(
            f"'{path}' does not exist; put {content} there or name another "
            'file.')
    opened = gzip.open if path.endswith('.gz') else open
    try:
        with opened(path, 'rt', encoding='utf-8-sig') as file:
            value = json.load(file)
    except (ValueError, EOFError, gzip.BadGzipFile) as error:
        raise ValueError(f'{path} is no UTF-8 JSON ({error}); it must hold '
                         f'{content}.') from error
    if not isinstance(value, (dict, list)):
        raise ValueError(f'{path} holds a {type(value).__name__}; it must '
                         f'hold {content}.')
    return value
