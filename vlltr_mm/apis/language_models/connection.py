"""Requests to an OpenAI-compatible chat endpoint, each again until it is answered."""

import asyncio
import email.utils
import json
import random
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone

from ...utils.validation import shown
from .answers import Answer
from .endpoint import Endpoint

_LARGEST = 16 * 2**20  # bytes of a response
_LONGEST_WAIT = 60.0  # seconds between tries, unless the endpoint asks for more
_LONGEST_TOLD = 600.0  # seconds that an endpoint may ask to wait
_SHORTEST_SECRET = 8  # letters; 'EMPTY', as local servers have it, is none
_ABSENT = 3  # tries where no server is
_TRY_AGAIN = (408, 409, 425, 429)
_REMEDIES = {
    401: 'The key is missing or wrong: put it into the environment variable {key_env}.',
    402: 'The account has no credit left; the answers so far are kept.',
    403: 'The key may not use this model; put another into the environment variable {key_env}.',
    404: 'Correct --url (it usually ends in /v1) or --model{models}.',
    405: 'Correct --url; it usually ends in /v1.',
}


class RequestFailedError(Exception):
    """A request that is not answered, while others may be."""


class EndpointError(RuntimeError):
    """Nothing can be asked as it is; says what to do."""


class _FaultError(Exception):
    """What another try may mend.

    wait: seconds that the endpoint asks for. absent: whether nothing is there.
    """

    def __init__(self, message: str, wait: float | None = None, absent: bool = False):
        super().__init__(message)
        self.wait, self.absent = wait, absent


@dataclass
class Connection:
    """An open connection to an endpoint; see ``connect``.

    known: whether the endpoint has answered such requests before. retries: how
    many tries were repeated. answered: how many requests were.
    """

    endpoint: Endpoint
    client: object = field(repr=False)
    secret: str | None = field(repr=False, default=None)
    known: bool = False
    retries: int = 0
    answered: int = 0
    _not_before: float = 0.0  # what the endpoint asked of all requests
    _next: float = 0.0  # when the rate allows another one

    async def ask(self, body: dict) -> Answer:
        """Send a request until it is answered.

        Args:
            body (dict): its JSON values.

        Raises:
            RequestFailedError: if all tries failed, or this one is refused.
            EndpointError: if all requests would be refused.
        """
        import tenacity

        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception_type(_FaultError),
            stop=self._stop,
            wait=self._wait,
            before_sleep=self._count_retry,
            reraise=True,
        )
        try:
            answer = await retrying(self._try, body)
        except _FaultError as error:
            raise RequestFailedError(str(error)) from None
        self.answered += 1
        return answer

    def _stop(self, state) -> bool:
        """Whether to give up; soon where nothing has ever been there."""
        absent = state.outcome.exception().absent and not self.answered
        most = min(_ABSENT, self.endpoint.attempts) if absent else self.endpoint.attempts
        return state.attempt_number >= most

    def _count_retry(self, state):
        self.retries += 1

    def _wait(self, state) -> float:
        """Return the seconds until the next try."""
        told = state.outcome.exception().wait
        most = min(_LONGEST_WAIT, self.endpoint.backoff * 2 ** (state.attempt_number - 1))
        return (told or 0.0) + random.uniform(0, most)

    async def _try(self, body: dict) -> Answer:
        import httpx

        await self._turn()
        try:
            status, headers, data = await asyncio.wait_for(self._send(body), self.endpoint.timeout)
        except (httpx.TimeoutException, TimeoutError, asyncio.TimeoutError):
            raise _FaultError(f'no answer within {self.endpoint.timeout:g} s.') from None
        except httpx.TransportError as error:
            about = self._clean(f'{type(error).__name__}: {error}.')
            absent = isinstance(error, httpx.ConnectError)
            raise _FaultError(about, absent=absent) from None
        except httpx.DecodingError:
            raise _FaultError('a response whose compression is broken.') from None
        if status != 200:
            await self._refuse(status, headers, data)
        return self._read(data)

    async def _turn(self):
        """Wait until the rate, and what the endpoint said, allow a request."""
        if self.endpoint.per_minute:
            now = time.monotonic()
            self._next = max(self._next, now)
            turn, self._next = self._next, self._next + 60 / self.endpoint.per_minute
            await asyncio.sleep(turn - now)
        while (left := self._not_before - time.monotonic()) > 0:
            await asyncio.sleep(left + random.uniform(0, self.endpoint.backoff))

    async def _send(self, body: dict) -> tuple[int, Mapping, bytes]:
        data = bytearray()
        async with self.client.stream('POST', self.endpoint.address, json=body) as response:
            async for piece in response.aiter_bytes():
                data += piece
                if len(data) > _LARGEST:
                    raise _FaultError(f'a response of more than {_LARGEST} bytes.')
        return response.status_code, response.headers, bytes(data)

    async def _refuse(self, status: int, headers: Mapping, data: bytes):
        """Raise what a status means."""
        message = self._clean(_message(data))  # before it is cut: no part of a key may stay
        message = (message if len(message) <= 200 else f'{message[:200]}…').rstrip('.') + '.'
        about = f'{self.endpoint.shown_url} answers with status {status}: {message}'
        if status == 429 and b'insufficient_quota' in data:
            raise EndpointError(f'{about} {_REMEDIES[402]}')
        if status in _TRY_AGAIN or status >= 500:
            wait = _retry_after(headers.get('retry-after'))
            if wait and status in (429, 503):
                self._not_before = max(self._not_before, time.monotonic() + wait)
            raise _FaultError(f'status {status}: {message}', wait)
        if status in _REMEDIES:
            models = await self._models() if status == 404 else ''
            remedy = _REMEDIES[status].format(key_env=self.endpoint.key_env, models=models)
            raise EndpointError(f'{about} {remedy}')
        if status < 400:
            raise EndpointError(f'{about} Give the final address with --url.')
        if not (self.known or self.answered):
            raise EndpointError(
                f'{about} The endpoint does not take such a request; change --body, --seed, '
                '--temperature or --max-tokens.'
            )
        raise RequestFailedError(f'status {status}: {message}')

    async def _models(self) -> str:
        """Say which models the endpoint has, if it tells."""
        address = self.endpoint.address.replace('/chat/completions', '/models')
        try:
            response = await asyncio.wait_for(self.client.get(address), 10)
            names = [str(model['id']) for model in response.json()['data']]
        except Exception:  # only more help in a message
            return ''
        return self._clean(f', of {", ".join(names[:20])}') if names else ''

    def _read(self, data: bytes) -> Answer:
        """Return the answer of a response."""
        try:
            value = json.loads(data)
            choice = value['choices'][0]
            message = choice['message']
            text = message.get('content') or message.get('refusal') or ''
            if not isinstance(text, str):  # content in parts
                text = ''.join(part['text'] for part in text if part.get('type') == 'text')
            usage = value.get('usage') or {}
            tokens = [_count(usage.get(key)) for key in ('prompt_tokens', 'completion_tokens')]
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
            found = shown(self._clean(data.decode('utf-8', 'replace')))
            raise _FaultError(f'a response that is no answer: {found}.') from None
        now = datetime.now(timezone.utc).isoformat(timespec='seconds')
        texts = [self._text(choice.get('finish_reason')), self._text(value.get('model'))]
        return Answer(self._clean(text), *texts, *tokens, now)

    def _text(self, value) -> str | None:
        return self._clean(value)[:200] if isinstance(value, str) and value.strip() else None

    def _clean(self, text: str) -> str:
        """Take out the key, if the endpoint repeats it, and what no file can hold."""
        text = text.encode('utf-8', 'replace').decode('utf-8').replace('\0', ' ')
        secret = self.secret
        return text.replace(secret, '***') if secret and len(secret) >= _SHORTEST_SECRET else text


def _count(value) -> int | None:
    good = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31
    return value if good else None


def _message(data: bytes) -> str:
    """Return what an error response says, in a line."""
    text = data.decode('utf-8', 'replace')
    try:
        error = json.loads(text)
        error = error.get('error', error)
        text = str(error.get('message', error) if isinstance(error, dict) else error)
    except (ValueError, AttributeError, RecursionError):
        text = re.sub(r'<[^<>]*>', ' ', text)
    return ' '.join(text.split())


def _retry_after(value: str | None) -> float | None:
    """Return the seconds that a Retry-After header names, as a number or a date."""
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
        except (TypeError, ValueError):
            return None
    return min(max(seconds, 0.0), _LONGEST_TOLD) if seconds == seconds else None


@asynccontextmanager
async def connect(
    endpoint: Endpoint, concurrency: int, known: bool = False
) -> AsyncIterator[Connection]:
    """Open a connection.

    Args:
        endpoint (Endpoint): where.
        concurrency (int): the most requests at a time.
        known (bool): whether it has answered such requests before. Defaults
            to False.
    """
    import httpx

    key = endpoint.key()
    settings = dict(
        limits=httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency),
        headers=dict(authorization=f'Bearer {key}') if key else {},
        timeout=httpx.Timeout(endpoint.timeout, pool=None),
        trust_env=not endpoint.is_local,
    )
    async with httpx.AsyncClient(**settings) as client:
        yield Connection(endpoint, client, key, known)
