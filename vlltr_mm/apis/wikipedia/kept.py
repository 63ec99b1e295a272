"""Pages that were fetched, kept on the disk so that a run that was cut off goes on."""

import json
import os
import os.path as osp
from collections.abc import Callable, Collection, Iterable

from ...utils.files import parse_json, read_json, write_json
from ...utils.validation import check_list, check_mapping, check_text
from .matching import NeededError
from .page import Page

PAGES_FILE = 'pages.jsonl'
SOURCE_FILE = 'source.json'
TOLD_FILE = 'told.json'


class KeptPages:
    """Answers of a source: which titles were asked for, and the pages they have.

    They are appended to ``pages.jsonl``, a page a line, and synced; a last line
    that is not whole is cut off. The sections of articles stay on the
    disk until they are asked for.

    Args:
        folder (str): it is made.
        source (dict): JSON values that tell this source from any other.

    Raises:
        ValueError: if the folder keeps pages of another source, or a line is
            damaged.
    """

    def __init__(self, folder: str, source: dict):
        os.makedirs(folder, exist_ok=True)
        self.folder, self.path = folder, osp.join(folder, PAGES_FILE)
        self._check_source(source)
        self._pages: dict[str, Page | None] = {}
        self._places: dict[str, int] = {}  # title → where its line begins
        self._read()

    def look(self, titles: Collection[str]) -> dict[str, Page | None]:
        """Return the pages of titles, without sections; None where there is none.

        Raises:
            NeededError: naming the titles that were never asked for.
        """
        needed = [title for title in titles if title not in self._pages]
        if needed:
            raise NeededError(needed)
        return {title: self._pages[title] for title in titles}

    def knows(self, title: str) -> bool:
        """Whether a title was asked for."""
        return title in self._pages

    def whole(self, title: str) -> Page:
        """Return a page with its sections."""
        place = self._places[title]
        with open(self.path, 'rb') as file:
            file.seek(place)
            return self._parse(file.readline(), f'{self.path}, byte {place}')

    def told(self, describe: Callable[[], dict]) -> dict:
        """Return what a source says of itself; it is asked once."""
        path = osp.join(self.folder, TOLD_FILE)
        if not osp.exists(path):
            write_json(path, describe())
        return check_mapping(read_json(path, 'what the source says of itself'), path)

    def add(self, titles: Iterable[str], pages: Iterable[Page]):
        """Keep an answer.

        Args:
            titles (Iterable[str]): those without a page are known to have none.
            pages (Iterable[Page]): what was found.
        """
        pages = list(pages)
        found = {page.title for page in pages}
        absent = [title for title in titles if title not in found]
        values = [dict(page=page.values()) for page in pages] + [dict(absent=absent)] * bool(absent)
        lines = [json.dumps(own, ensure_ascii=False).encode('utf-8', 'replace') for own in values]
        with open(self.path, 'ab') as file:
            place = file.tell()
            file.write(b''.join(line + b'\n' for line in lines))
            file.flush()
            os.fsync(file.fileno())
        for line in lines:
            self._take(self._parse(line, self.path), place)
            place += len(line) + 1

    def _check_source(self, source: dict):
        path = osp.join(self.folder, SOURCE_FILE)
        if not osp.exists(path):
            if osp.exists(self.path):
                raise ValueError(
                    f"'{self.folder}' has {PAGES_FILE}, but no {SOURCE_FILE}: it was not made "
                    'here, or is damaged. Name another folder with --parts, or remove it.'
                )
            write_json(path, source)
        kept = read_json(path, 'the source of the pages beside it')
        if kept != source:
            changed = [
                key for key in source if not isinstance(kept, dict) or kept.get(key) != source[key]
            ]
            raise ValueError(
                f"'{self.folder}' keeps pages of another source, or of a file that has changed "
                f'since: {", ".join(changed) or "its kind"} differs from {path}. Name another '
                'folder with --parts, or remove it.'
            )

    def _read(self):
        if not osp.exists(self.path):
            return
        with open(self.path, 'r+b') as file:
            whole = 0
            for number, line in enumerate(file, 1):
                if not line.endswith(b'\n'):
                    break
                self._take(self._parse(line, f'{self.path}, line {number}'), whole)
                whole += len(line)
            file.truncate(whole)

    def _parse(self, line: bytes, where: str) -> Page | list[str]:
        """Return a page, or titles without one."""
        try:
            values = check_mapping(parse_json(line.decode(), where, 'a page'), where)
            if 'page' in values:
                return Page.from_values(values['page'], where)
            titles = check_list(values.get('absent'), f'{where}, absent')
            return [check_text(title, f'{where}, absent') for title in titles]
        except (ValueError, TypeError) as error:
            raise ValueError(
                f"{where} is damaged ({error}). Remove the folder '{self.folder}'; its pages are "
                'fetched again.'
            ) from error

    def _take(self, kept: Page | list[str], place: int):
        if isinstance(kept, list):
            for title in kept:
                self._pages.setdefault(title, None)
            return
        kept.sections = []
        self._pages[kept.title] = kept
        self._places[kept.title] = place
