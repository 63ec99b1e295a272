"""Where a language model is asked, and how patiently."""

import os
import re
from dataclasses import dataclass
from importlib.util import find_spec
from urllib.parse import SplitResult, urlsplit, urlunsplit

from ...utils.validation import check_int, check_number


@dataclass(frozen=True)
class Endpoint:
    """Where to ask, and how patiently.

    url: up to '/v1' or the whole address. key_env: the environment variable
    of the key, which may be unset. timeout: seconds of a try. attempts: tries
    of a request. backoff: seconds of the first wait, doubled each time, of
    which a random share is waited. per_minute: the most requests begun in a
    minute; None is no limit.
    """

    url: str
    key_env: str = 'OPENAI_API_KEY'
    timeout: float = 120.0
    attempts: int = 8
    backoff: float = 1.0
    per_minute: float | None = None

    def __post_init__(self):
        parts = _parts(self.url)
        if parts.scheme not in ('http', 'https') or not parts.hostname:
            raise ValueError(f"url is '{self.shown_url}'; give such as http://127.0.0.1:8000/v1.")
        if not re.fullmatch('[A-Za-z_][A-Za-z0-9_]*', self.key_env):
            # It may be the key itself, given by mistake; so it is not shown.
            raise ValueError(
                'key_env is no name of an environment variable; give the name, such as '
                'OPENAI_API_KEY, not the key.'
            )
        check_number(self.timeout, 'timeout', 0.001)
        check_int(self.attempts, 'attempts', 1)
        check_number(self.backoff, 'backoff', 0)
        if self.per_minute is not None:
            check_number(self.per_minute, 'per_minute', 1e-3)

    @property
    def address(self) -> str:
        """Where requests are sent."""
        parts = _parts(self.url)
        path = parts.path.rstrip('/')
        if not path.endswith('/chat/completions'):
            path += '/chat/completions'
        return urlunsplit(parts._replace(path=path, fragment=''))

    @property
    def shown_url(self) -> str:
        """The address without user, password and query, which may be secrets."""
        parts = _parts(self.url)
        place = parts.netloc.rpartition('@')[2]
        return urlunsplit((parts.scheme, place, parts.path, '', ''))

    @property
    def is_local(self) -> bool:
        """Whether it is on this machine, where no proxy is asked."""
        return _parts(self.url).hostname in ('localhost', '127.0.0.1', '::1')

    def key(self) -> str | None:
        """Read the key from the environment.

        Raises:
            ValueError: if no request can carry it; does not show it.
        """
        key = os.environ.get(self.key_env, '').strip()
        if key and not (key.isascii() and key.isprintable() and ' ' not in key):
            raise ValueError(
                f'The environment variable {self.key_env} holds no key: it has white space or '
                'characters outside ASCII. Set it again.'
            )
        return key or None


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  it is parsed where it is asked for
    except ValueError:
        raise ValueError('url cannot be read; give such as http://127.0.0.1:8000/v1.') from None
    return parts


def check_packages():
    """Check that what requests need is installed.

    Raises:
        ImportError: naming the packages and how to install them.
    """
    missing = [name for name in ('httpx', 'tenacity') if not find_spec(name)]
    if missing:
        raise ImportError(
            f'{", ".join(missing)} cannot be imported, which asking a language model needs; '
            "pip install 'vlltr_mm[texts]', or requirements/texts.txt."
        )
