"""The page and its answers over HTTP, for one person on one machine."""

import json
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from mmengine.logging import print_log

from ...utils.files import parse_json
from .session import Session

_PAGE = Path(__file__).with_name('page.html')
_MOST_BYTES = 32 * 2**20  # of a request
_SECONDS = 30  # for a client to send it
# Nothing but the page itself, this server and images that the page holds.
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


class AppServer(ThreadingHTTPServer):
    """Serves the page, ``/``, and JSON under ``/api``.

    Requests are JSON; one of another type, from another page or by another
    name of this machine is refused, so that no page of the web can ask.

    Args:
        session (Session): the model.
        host (str): where to listen. Defaults to '127.0.0.1', this machine
            only.
        port (int): 0 takes a free one. Defaults to 0.
    """

    daemon_threads = True

    def __init__(self, session: Session, host: str = '127.0.0.1', port: int = 0):
        super().__init__((host, port), _Handler)
        self.session = session

    @property
    def address(self) -> str:
        """Where the page is."""
        return f'http://{self.server_address[0]}:{self.server_address[1]}/'

    def knows(self, host: str | None) -> bool:
        """Whether a request names this server as it is reached: a page of the web cannot."""
        name, port = self.server_address[:2]
        if name == '0.0.0.0':  # all interfaces, by whatever name; the person asked for it
            return True
        return host in {f'{name}:{port}', f'localhost:{port}'}


class _Handler(BaseHTTPRequestHandler):
    server: AppServer
    timeout = _SECONDS
    server_version, sys_version = 'vlltr_mm', ''

    def do_GET(self):
        """Send the page or the classes."""
        if not self._is_welcome():
            return
        if self.path == '/':
            self._send(HTTPStatus.OK, _PAGE.read_bytes(), 'text/html; charset=utf-8')
        elif self.path == '/api/classes':
            self._send_json(HTTPStatus.OK, self.server.session.classes())
        else:
            self._refuse(HTTPStatus.NOT_FOUND, 'There is no such page.')

    def do_POST(self):
        """Answer a question."""
        session = self.server.session
        known = {
            '/api/predict': session.predict,
            '/api/classes': session.add,
            '/api/reset': session.reset,
        }
        if not self._is_welcome():
            return
        if self.path not in known:
            return self._refuse(HTTPStatus.NOT_FOUND, 'There is no such page.')
        request = self._read_json()
        if request is None:
            return
        try:
            answer = known[self.path](request)
        except ValueError as error:
            return self._refuse(HTTPStatus.BAD_REQUEST, str(error))
        except Exception as error:
            print_log(f'{type(error).__name__}: {error}', 'current')
            return self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, 'The model failed; see the log.')
        self._send_json(HTTPStatus.OK, answer)

    def _is_welcome(self) -> bool:
        """Refuse requests by another name."""
        if self.server.knows(self.headers.get('Host')):
            return True
        self._refuse(HTTPStatus.FORBIDDEN, f'This is {self.server.address}, ask it by that name.')
        return False

    def _read_json(self) -> dict | None:
        """Return the object of a request; None where it was refused."""
        # Another page's script may send this type only if we allowed it, which we never do.
        if self.headers.get_content_type() != 'application/json':
            self._refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, 'Send application/json.')
            return None
        length = self.headers.get('Content-Length', '')
        if not (length.isascii() and length.isdecimal() and len(length) < 12):
            self._refuse(HTTPStatus.LENGTH_REQUIRED, 'Say the length of the request.')
            return None
        if int(length) > _MOST_BYTES:
            most = _MOST_BYTES // 2**20
            self._refuse(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f'The request is over {most} MiB; send less.'
            )
            return None
        try:
            text = self.rfile.read(int(length)).decode('utf-8')
            request = parse_json(text, 'The request', 'an object')
        except ValueError as error:
            self._refuse(HTTPStatus.BAD_REQUEST, str(error))
            return None
        if not isinstance(request, dict):
            self._refuse(HTTPStatus.BAD_REQUEST, 'The request is no object.')
            return None
        return request

    def _refuse(self, status: HTTPStatus, message: str):
        self.close_connection = True
        self._send_json(status, dict(error=message))

    def _send_json(self, status: HTTPStatus, value: dict):
        self._send(status, json.dumps(value).encode(), 'application/json')

    def _send(self, status: HTTPStatus, content: bytes, kind: str):
        self.send_response(status)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(content)))
        self.send_header('Content-Security-Policy', _POLICY)
        self.send_header('X-Content-Type-Options', 'nosniff')
        self.send_header('Cache-Control', 'no-store')
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args):
        """Say nothing of each request."""
