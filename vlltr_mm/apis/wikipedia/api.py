"""Articles of a wiki by its MediaWiki API."""

import time
from collections.abc import Callable, Collection
from email.utils import parsedate_to_datetime

from ...utils.files import parse_json
from ...utils.validation import check_int, check_list, check_mapping, check_text, shown
from .kept import KeptPages
from .page import Page
from .titles import normal_title
from .wikitext import parse_wikitext

_TITLES = 50  # of a question, what MediaWiki lets anyone ask for
_TRIES = 8
_LONGEST_WAIT = 300  # seconds
_MOST_BYTES = 2**27  # of an answer: fifty articles of MediaWiki's 2 MiB
_MOST_PARTS = 200  # of an answer that is continued
_QUERY = dict(
    action='query', format='json', formatversion='2', redirects='1', maxlag='5',
    prop='revisions|info|pageprops', rvprop='ids|timestamp|content', rvslots='main',
    inprop='url', ppprop='disambiguation',
)  # fmt: skip
_SITE = dict(
    action='query', format='json', formatversion='2', maxlag='5', meta='siteinfo',
    siprop='general|rightsinfo',
)  # fmt: skip


class _BusyError(Exception):
    """The wiki asks to come again, after some seconds where it says so."""

    def __init__(self, why: str, seconds: float = 0):
        super().__init__(why)
        self.seconds = seconds


class ApiSource:
    """Asks a wiki for pages: one question at a time, with pauses as it says.

    Args:
        url (str): of its api.php.
        user_agent (str): who asks, with an address at which to be reached, as
            wikis want it.
        sleep (Callable): waits some seconds. Defaults to ``time.sleep``.

    Raises:
        ImportError: without httpx and tenacity, naming the extra to install.
        ValueError: if the address or the user agent cannot be one.
    """

    asks_for_all = False  # only for titles that are needed

    def __init__(self, url: str, user_agent: str, sleep: Callable[[float], None] = time.sleep):
        if not url.startswith(('http://', 'https://')) or '?' in url:
            raise ValueError(
                f"api is '{url}'; give the address of a wiki's api.php, https://…/w/api.php."
            )
        plain = user_agent and user_agent.isascii() and user_agent.isprintable()
        if not plain or '@' not in user_agent and '://' not in user_agent:
            raise ValueError(
                f'user_agent is {shown(user_agent)}; wikis want to know who asks: give a name and '
                "an address, such as 'my-corpus/1.0 (me@example.org)'."
            )
        try:
            import httpx
        except ImportError as error:
            raise ImportError(
                "APIs are asked with httpx and tenacity: pip install 'vlltr_mm[texts]', or "
                'requirements/texts.txt.'
            ) from error
        self.url, self._sleep, self._size = url, sleep, _TITLES
        self._client = httpx.Client(headers={'User-Agent': user_agent}, timeout=60)

    def identity(self) -> dict:
        """Return JSON values that tell this wiki from any other."""
        return dict(kind='API', url=self.url)

    def described(self) -> dict:
        """Return what ``sources.json`` says of the source, and of its licence."""
        data = self._ask(_SITE)
        query = check_mapping(data.get('query'), f'{self.url}: query', ('general',))
        general, rights = query['general'], query.get('rightsinfo') or {}
        site = general.get('sitename') if isinstance(general, dict) else None
        licence = {
            key: rights[key]
            for key in ('text', 'url')
            if isinstance(rights, dict) and rights.get(key)
        }
        return dict(kind='MediaWiki API', url=self.url, site=site, licence=licence or None)

    def fetch(self, titles: Collection[str], kept: KeptPages, scan: Callable, track: Callable):
        """Look titles up, and keep the answers; see ``FileSource.fetch``.

        Raises:
            ValueError: if the answer is none of a MediaWiki API.
            ConnectionError: if the wiki could not be reached, or was busy, in
                all tries.
        """
        left = sorted(title for title in titles if not kept.knows(title))
        for batch in track(self._batches(left), -(-len(left) // self._size), 'Asking the wiki'):
            kept.add(batch, self._pages(batch))

    def _batches(self, titles: list[str]):
        while titles:
            yield titles[: self._size]
            titles = titles[self._size :]

    def _pages(self, titles: list[str]) -> list[Page]:
        """Ask for pages and redirects of some titles, until the answer is whole."""
        if len(titles) > self._size:  # the wiki takes fewer at once
            return self._pages(titles[: self._size]) + self._pages(titles[self._size :])
        found, redirects, more = {}, {}, {}
        asked = set(titles)
        for _ in range(_MOST_PARTS):
            data = self._ask(dict(_QUERY, titles='|'.join(titles), **more))
            if data.get('error'):
                return self._pages(titles)
            query = check_mapping(data.get('query', {}), f'{self.url}: query')
            self._take(query, found, redirects)
            if 'continue' not in data:
                return self._made(found, redirects, asked)
            following = check_mapping(data['continue'], f'{self.url}: continue')
            if following == more:
                break
            more = following
        raise ValueError(f'{self.url} continues its answer without an end, {shown(more)}.')

    def _take(self, query: dict, found: dict, redirects: dict):
        """Add a part of an answer to what came before."""
        for own in self._objects(query, 'normalized') + self._objects(query, 'redirects'):
            start, target = self._title(own, 'from'), self._title(own, 'to')
            if start != target:
                redirects[start] = Page(
                    start, redirect=target, fragment=str(own.get('tofragment') or '')
                )
        for own in self._objects(query, 'interwiki'):  # of another wiki
            found.setdefault(self._title(own, 'title'), {})
        for own in self._objects(query, 'pages'):
            found.setdefault(self._title(own, 'title'), {}).update(own)

    def _objects(self, query: dict, key: str) -> list[dict]:
        values = check_list(query.get(key, []), f'{self.url}: {key}')
        return [check_mapping(own, f'{self.url}: an entry of {key}') for own in values]

    def _title(self, own: dict, key: str) -> str:
        return normal_title(check_text(own.get(key), f'{self.url}: {key}'))

    def _made(self, found: dict, redirects: dict, asked: set[str]) -> list[Page]:
        """Make pages of what was found.

        Raises:
            ValueError: if the answer says nothing of a title.
        """
        lost = asked.difference(found, redirects)
        if lost:
            raise ValueError(
                f'{self.url} was asked for {shown(min(lost))}, and its answer does not say whether '
                'there is such a page; ask another wiki.'
            )
        there = {
            title: own
            for title, own in found.items()
            if title and own.get('ns') == 0 and not own.get('missing') and not own.get('invalid')
        }
        return [*redirects.values(), *(self._page(*own) for own in there.items())]

    def _page(self, title: str, own: dict) -> Page:
        """Make the page of an entry of an answer."""
        where = f'{self.url}: the page {title!r}'
        revisions = check_list(own.get('revisions'), f'{where}, revisions')
        if not revisions:
            raise ValueError(f'{where} has no revision; ask again later, or give another title.')
        revision = check_mapping(revisions[0], f'{where}, its revision', ('slots',))
        slots = check_mapping(revision['slots'], f'{where}, slots', ('main',))
        text = check_mapping(slots['main'], f'{where}, slots.main').get('content')
        if not isinstance(text, str):
            raise ValueError(f'{where}: content is {shown(text)}; it must be some text.')
        number, url = check_int(own.get('pageid'), f'{where}, pageid'), own.get('canonicalurl')
        stamp, properties = revision.get('timestamp'), own.get('pageprops')
        page = Page(
            title,
            number,
            check_int(revision.get('revid'), f'{where}, revid'),
            stamp if isinstance(stamp, str) else None,
            url if isinstance(url, str) and url.startswith(('http://', 'https://')) else None,
            is_list=isinstance(properties, dict) and 'disambiguation' in properties,
        )
        return parse_wikitext(page, text)

    def _ask(self, question: dict) -> dict:
        """Ask until there is an answer.

        Raises:
            ConnectionError: if there is none in all tries.
        """
        from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

        tries = Retrying(
            stop=stop_after_attempt(_TRIES),
            wait=_pause,
            retry=retry_if_exception_type(_BusyError),
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return tries(self._ask_once, question)
        except _BusyError as error:
            raise ConnectionError(
                f'{self.url} gave no answer in {_TRIES} tries: {error}. What was fetched is kept; '
                'run the same command again later.'
            ) from error

    def _ask_once(self, question: dict) -> dict:
        import httpx

        try:
            with self._client.stream('POST', self.url, data=question) as answer:
                self._check_status(answer)
                body = bytearray()
                for piece in answer.iter_bytes():
                    body += piece
                    if len(body) > _MOST_BYTES:
                        raise ValueError(
                            f'{self.url} answers with more than {_MOST_BYTES} bytes; give the '
                            "address of a wiki's api.php."
                        )
        except httpx.RequestError as error:
            raise _BusyError(f'{type(error).__name__}: {error}') from error
        return self._checked(bytes(body), answer)

    def _check_status(self, answer):
        """Let busy wikis be asked again, and refuse what is no answer."""
        status = answer.status_code
        if status == 429 or status >= 500:
            raise _BusyError(f'status {status}', _seconds(answer))
        if status != 200:
            moved = answer.headers.get('location')
            remedy = f'it has moved to {shown(moved)}, give that' if moved else 'check --api'
            raise ValueError(f'{self.url} answers with status {status}; {remedy}.')

    def _checked(self, body: bytes, answer) -> dict:
        """Return the JSON of an answer without errors, or with a smaller limit taken over."""
        content = "the answer of a MediaWiki API; give the address of a wiki's api.php"
        try:
            data = parse_json(body.decode(), self.url, content)
        except UnicodeDecodeError as error:
            raise ValueError(
                f'{self.url} answers with no text ({error}), not {content}.'
            ) from error
        except ValueError as error:
            raise ValueError(f'{error} It begins with {shown(body[:60])}.') from error
        error = check_mapping(data, f'{self.url}: its answer').get('error')
        if error is None:
            return data
        error = check_mapping(error, f'{self.url}: error')
        code, info = str(error.get('code')), error.get('info')
        if code in ('maxlag', 'ratelimited', 'readonly') or code.startswith('internal_api_error'):
            raise _BusyError(f'{code}: {shown(info)}', _seconds(answer))
        limit = error.get('limit')
        if code == 'toomanyvalues' and type(limit) is int and 0 < limit < self._size:
            self._size = limit
            return data
        raise ValueError(f'{self.url} refuses the question: {code}, {shown(info, 200)}.')


def _pause(state) -> float:
    """Return the seconds to wait: what the wiki says, at least doubling."""
    said = state.outcome.exception().seconds
    return min(max(said, 2.0 ** (state.attempt_number - 1)), _LONGEST_WAIT)


def _seconds(answer) -> float:
    """Return what Retry-After says, as seconds or as a date; 0 without it."""
    value = answer.headers.get('retry-after', '').strip()
    if value.isascii() and value.isdecimal():
        return float(value[:9])
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return 0.0
