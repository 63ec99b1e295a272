"""The folder of articles: desc_{i}.txt, sources.json and mapping.tsv."""

import hashlib
import json
import os
import os.path as osp
from collections.abc import Callable, Sequence
from dataclasses import replace

from ...utils.files import read_json, write_json
from ...utils.whole_path import whole_folder
from .mapping import write_mapping
from .matching import MISSING, Match
from .page import Page
from .plain_text import article_lines, keep_sections, section_headings

SOURCES_FILE = 'sources.json'
MAPPING_FILE = 'mapping.tsv'
_LICENCE = dict(
    text='Creative Commons Attribution-ShareAlike 4.0 (CC BY-SA 4.0)',
    url='https://creativecommons.org/licenses/by-sa/4.0/',
)
_NOTICE = (
    'The texts are articles of Wikipedia, or of another wiki that is named here, changed: markup, '
    'tables, references and some sections were left out. Whoever passes them on names the '
    'articles, as listed here, and the licence, says what was changed, and keeps the licence. '
    'Wikis other than Wikipedia may have another licence: see there.'
)


def inputs_of(names: Sequence[str], source: dict, mapping: dict, dropped: Sequence[str]) -> dict:
    """Return what a finished folder is of, as JSON values: digests of all inputs."""

    def digest(value) -> str:
        text = json.dumps(value, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:16]

    titles = {str(index): given.title for index, given in mapping.items()}
    return dict(
        classes=digest(list(names)),
        source=digest(source),
        mapping=digest(titles),
        dropped_sections=digest(list(dropped)),
    )


def check_out(out: str, inputs: dict) -> list[Match] | None:
    """Return what was found where a folder has been made of these inputs already.

    Args:
        out (str): the folder; it may be missing or empty.
        inputs (dict): as by ``inputs_of``.

    Returns:
        list[Match] | None: of each class; None where there is no such folder.

    Raises:
        FileExistsError: if it is of other inputs, or was not made here.
    """
    if not osp.lexists(out) or (osp.isdir(out) and not os.listdir(out)):
        return None
    path = osp.join(out, SOURCES_FILE)
    values = read_json(path, 'the sources of the articles beside it') if osp.isfile(path) else {}
    made = values.get('inputs') if isinstance(values, dict) else None
    if made == inputs:
        return [_match_of(entry) for entry in values['classes']]
    changed = [key for key in inputs if isinstance(made, dict) and made.get(key) != inputs[key]]
    why = f'was made of other inputs ({", ".join(changed)})' if changed else 'was not made here'
    raise FileExistsError(f"'{out}' exists already and {why}; remove it, or name another folder.")


def write_articles(
    out: str,
    names: Sequence[str],
    matches: Sequence[Match],
    whole: Callable[[str], Page],
    source: dict,
    inputs: dict,
    dropped: Sequence[str],
) -> list[Match]:
    """Write all files of a folder, which gets its name when it is complete.

    Args:
        out (str): the folder.
        names (Sequence[str]): C class names.
        matches (Sequence[Match]): of each class.
        whole (Callable): title → page with its sections.
        source (dict): what to say of the source.
        inputs (dict): as by ``inputs_of``.
        dropped (Sequence[str]): headings of sections to leave out, beside the
            usual.

    Returns:
        list[Match]: those given, but of articles without text.
    """
    licence = source.get('licence') or _LICENCE
    source = {key: value for key, value in source.items() if key != 'licence'}
    told, entries = [], []
    with whole_folder(out) as folder:
        for index, (name, match) in enumerate(zip(names, matches)):
            sections = (
                keep_sections(whole(match.page.title).sections, dropped) if match.page else []
            )
            if match.page and not sections:
                reason = f'{match.page.title!r} has no text; {match.reason}'
                match = replace(match, status=MISSING, page=None, reason=reason)
            elif match.page:
                # The folder is synced, and named, as a whole.
                path = osp.join(folder, f'desc_{index}.txt')
                with open(path, 'w', encoding='utf-8', newline='\n') as file:
                    file.write(article_lines(sections))
            entries.append(_entry(index, name, match, section_headings(sections)))
            told.append(match)
        values = dict(
            source=source, licence=licence, notice=_NOTICE, inputs=inputs, classes=entries
        )
        write_json(osp.join(folder, SOURCES_FILE), values)
        write_mapping(osp.join(folder, MAPPING_FILE), names, told)
    return told


def _entry(index: int, name: str, match: Match, headings: list[str]) -> dict:
    entry = dict(index=index, name=name, status=match.status, matched=match.reason)
    entry['alternatives'] = list(match.alternatives)
    if match.page:
        page = match.page
        entry |= dict(
            title=page.title,
            page_id=page.page_id,
            revision_id=page.revision_id,
            timestamp=page.timestamp,
            url=page.url,
            sections=headings,
        )
    return entry


def _match_of(entry: dict) -> Match:
    """Return the match of an entry of ``sources.json``."""
    page = Page(entry['title']) if 'title' in entry else None
    return Match(entry['status'], page, entry['matched'], tuple(entry['alternatives']))
