"""Articles of files: a dump, with its index or without, or JSON lines."""

import os.path as osp
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from glob import glob
from html import escape

from ...utils.files import open_whole
from ...utils.read_once import file_stamp
from ...utils.validation import shown
from .dump import read_site
from .kept import KeptPages
from .pieces import Share, find_starts, read_pieces
from .scanning import Task

_STEP = 2**26  # bytes of a file that a process goes through at a time
_STREAMS = 64  # streams of a dump whose pages are kept at once
_HEADER = re.compile(rb'BZh[1-9]')
_INDEX = 'offset:page id:title'


class FileSource:
    """Looks up pages in files.

    Without an index every file is gone through once, which makes one; the
    pages that are wanted first are kept on the way. Later ones are read where
    they are.

    Args:
        files (Sequence[str]): a dump in one or several files, or files of JSON
            lines; also packed, .bz2 or .gz.
        is_dump (bool): whether they are a dump.
        index (str, optional): that of a multistream dump, 'offset:page
            id:title' lines, also packed. Defaults to None.

    Raises:
        FileNotFoundError: if a file is missing.
        ValueError: if a file is no dump, or the index cannot be of the dump.
    """

    asks_for_all = True  # each look-up may take a reading of all files

    def __init__(self, files: Sequence[str], is_dump: bool, index: str | None = None):
        for path in (*files, *([index] if index else [])):
            if not osp.isfile(path):
                state = 'is a folder' if osp.isdir(path) else 'does not exist'
                raise FileNotFoundError(f"'{path}' {state}; name a file.")
        if index and (len(files) != 1 or not files[0].endswith('.bz2')):
            raise ValueError(
                f'index is {index!r}, but {shown(list(files))} is no single .bz2 file; only a '
                'multistream dump in one file has an index. Name that, or leave out the index.'
            )
        self.files, self.is_dump, self.index = list(files), is_dump, index
        self.site = read_site(files[0]) if is_dump else {}

    def identity(self) -> dict:
        """Return JSON values that change when a file does."""
        index = self.index and file_stamp(self.index)
        kind = 'dump' if self.is_dump else 'JSON lines'
        return dict(kind=kind, files=[file_stamp(path) for path in self.files], index=index)

    def described(self) -> dict:
        """Return what ``sources.json`` says of the source: nothing of this machine."""
        files = [dict(name=osp.basename(p), bytes=osp.getsize(p)) for p in self.files]
        kind = 'MediaWiki XML dump' if self.is_dump else 'extracted JSON lines'
        index = self.index and osp.basename(self.index)
        return dict(kind=kind, files=files, index=index, **self.site)

    def fetch(self, titles: Collection[str], kept: KeptPages, scan: Callable, track: Callable):
        """Look titles up, and keep the answers.

        Args:
            titles (Collection[str]): in MediaWiki's normal form.
            kept (KeptPages): what gets the answers.
            scan (Callable): tasks → what ``scan`` returns of each, in order.
            track (Callable): shows the progress of an iterable.

        Raises:
            ValueError: if a file is damaged, or the index does not fit.
        """
        if not self.index:
            self._make_index(frozenset(titles), kept, scan, track)
        wanted = {title for title in titles if not kept.knows(title)}
        places = self._find(wanted, kept.folder)
        kept.add(sorted(wanted.difference(*places.values()) if places else wanted), [])
        for path, start in places if self.index else ():
            self._check_place(path, start, min(places[path, start]))
        keys = sorted(places)
        tasks = [self._task(Share(*key, key[1] + 1), places[key]) for key in keys]
        waiting = []
        for key, done in zip(keys, track(scan(tasks), len(tasks), 'Reading articles')):
            waiting.append((places[key], done.pages))
            self._check_found(places[key], done, key)
            if len(waiting) == _STREAMS or key == keys[-1]:
                asked = sorted(set().union(*(own for own, _ in waiting)))
                kept.add(asked, [page for _, pages in waiting for page in pages])
                waiting.clear()

    def _task(self, share: Share, wanted: Collection[str]) -> Task:
        return Task(share, self.is_dump, frozenset(wanted), self.site.get('base', ''))

    def _shares(self) -> list[Share]:
        shares = []
        for path in self.files:
            whole = not self.is_dump and path.endswith('.bz2')
            starts = [0] if whole else find_starts(path, _STEP)
            shares += [Share(path, *ends) for ends in zip(starts, [*starts[1:], None])]
        return shares

    def _index_files(self, folder: str) -> list[tuple[Share, str]]:
        return [
            (share, osp.join(folder, f'titles-{number:05d}.tsv'))
            for number, share in enumerate(self._shares())
        ]

    def _make_index(self, wanted: frozenset[str], kept: KeptPages, scan: Callable, track: Callable):
        """Go through all shares that were not gone through before."""
        left = [own for own in self._index_files(kept.folder) if not osp.exists(own[1])]
        tasks = [self._task(share, wanted) for share, _ in left]
        for (_, file), done in zip(left, track(scan(tasks), len(tasks), 'Going through the files')):
            if done.pages:
                kept.add([], done.pages)
            with open_whole(file) as index:
                index.writelines(f'{place}\t{title}\n' for place, title in done.titles)

    def _find(self, titles: set[str], folder: str) -> dict[tuple[str, int], set[str]]:
        """Return where titles are: file and place → titles."""
        forms = {form.encode(): title for title in titles for form in _written(title)}
        places, seen = defaultdict(set), set()
        for path, start, form in self._entries(folder, forms) if titles else ():
            if forms[form] not in seen:  # the first of pages of one title
                seen.add(forms[form])
                places[path, start].add(forms[form])
        return places

    def _entries(self, folder: str, forms: Collection[bytes]) -> Iterator[tuple[str, int, bytes]]:
        """Yield file, place and title of the entries of the index that are in ``forms``."""
        if self.index:
            yield from ((self.files[0], *own) for own in _given_index(self.index, forms))
            return
        for share, file in self._index_files(folder):
            for line in _file_lines(file):
                place, _, title = line.partition(b'\t')
                if title in forms:
                    yield share.path, int(place), title

    def _check_place(self, path: str, start: int, title: str):
        """Check that a stream begins where the index says.

        Raises:
            ValueError: if none does.
        """
        with open(path, 'rb') as file:
            file.seek(start)
            if not _HEADER.match(file.read(4)):
                raise ValueError(
                    f"{self.index} has '{title}' in a stream of bz2 at byte {start}, but none "
                    f'begins there in {path}, of {osp.getsize(path)} bytes; the index is of '
                    'another dump. Name its own, or leave out the index.'
                )

    def _check_found(self, wanted: Collection[str], done, key: tuple[str, int]):
        """Check that pages are where the index says; those of other namespaces are not.

        Raises:
            ValueError: if one is not.
        """
        found = {page.title for page in done.pages}
        lost = sorted(title for title in wanted if title not in found and ':' not in title)
        if lost:
            index = self.index or 'the index made of it'
            raise ValueError(
                f'{index} has {lost[0]!r} at byte {key[1]} of {key[0]}, but its pages there are '
                f'{shown([title for _, title in done.titles[:3]], 120)}; the index is of another '
                'dump. Name its own, or leave out the index.'
            )


def _written(title: str) -> tuple[str, ...]:
    """Return how an index may write a title: dumps escape it."""
    return title, escape(title, quote=False), escape(title).replace('&#x27;', '&#039;')


def _given_index(path: str, forms: Collection[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield place and title of the entries of a multistream index that are in ``forms``.

    Raises:
        ValueError: naming the first line that is none.
    """
    number = 0
    for number, line in enumerate(_file_lines(path), 1):
        fields = line.split(b':', 2)
        if len(fields) != 3 or not (fields[0].isdigit() and fields[1].isdigit()):
            raise ValueError(
                f"{path}, line {number}: {shown(line[:60])} is not '{_INDEX}'; name the index of "
                'the dump, pages-articles-multistream-index.txt.bz2.'
            )
        if fields[2] in forms:
            yield int(fields[0][:18]), fields[2]
    if not number:
        raise ValueError(f"{path} has no line; each must read '{_INDEX}'. Fetch it again.")


def _file_lines(path: str) -> Iterator[bytes]:
    """Yield the lines of a file that may be packed."""
    rest = b''
    for _, piece in read_pieces(path):
        lines = (rest + piece).split(b'\n')
        rest = lines.pop()
        yield from lines
    if rest:
        yield rest


def find_json_files(path: str) -> list[str]:
    """Return the files of JSON lines of a folder, or the one that is named.

    Args:
        path (str): a file, or a folder; folders in it are looked into.

    Raises:
        FileNotFoundError: if there is none.
    """
    if not osp.exists(path):
        raise FileNotFoundError(
            f"'{path}' does not exist; name a file, or a folder, of articles, an object a line."
        )
    if not osp.isdir(path):
        return [path]
    names = glob('**/*', root_dir=path, recursive=True)
    paths = sorted(osp.join(path, name) for name in names)
    files = [own for own in paths if osp.isfile(own)]
    if not files:
        raise FileNotFoundError(f"'{path}' has no file; name the folder of the JSON lines.")
    return files
