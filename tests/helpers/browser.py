"""A real browser without a window, driven over its DevTools pipe with the standard library."""

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time

import pytest

_NAMES = ('chromium', 'chromium-browser', 'google-chrome', 'chrome')
_FLAGS = (
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--remote-debugging-pipe',
)
# A browser takes commands from descriptor 3 and answers on 4.
_LAUNCH = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(fd), fcntl.F_DUPFD, 10) for fd in sys.argv[1:3]]
for end, place in zip(ends, (3, 4)):
    os.dup2(end, place)
os.execv(sys.argv[3], sys.argv[3:])
"""


def find_browser():
    """Return the browser's file; without one skip, or fail where REQUIRE_BROWSER is set."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        wanted = os.environ.get('REQUIRE_BROWSER')
        text = f'none of {", ".join(_NAMES)} is installed'
        (pytest.fail if wanted else pytest.skip)(text)
    return found


class Browser:
    """A page in a browser.

    problems: what the page wrote to the console as an error or warning,
    exceptions it did not catch, and what its policy refused. requests:
    addresses that it asked for.
    """

    def __init__(self):
        path = find_browser()
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        take, self._send = os.pipe()
        self._receive, give = os.pipe()
        launch = [sys.executable, '-S', '-E', '-c', _LAUNCH, str(take), str(give), path]
        self._process = subprocess.Popen(
            [*launch, *_FLAGS, f'--user-data-dir={self._folder.name}', 'about:blank'],
            pass_fds=(take, give),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(take)
        os.close(give)
        self._last, self._read, self._session = 0, b'', None
        self.problems, self.requests, self._loaded = [], [], False
        targets = self.call('Target.getTargets')['targetInfos']
        page = next(target['targetId'] for target in targets if target['type'] == 'page')
        attached = self.call('Target.attachToTarget', targetId=page, flatten=True)
        self._session = attached['sessionId']
        for domain in ('Page', 'Runtime', 'Log', 'Network'):
            self.call(f'{domain}.enable')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self._send)
        os.close(self._receive)
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()

    def call(self, method, **params):
        """Send a command, and return its result."""
        self._last += 1
        message = dict(id=self._last, method=method, params=params)
        if self._session:
            message['sessionId'] = self._session
        data = json.dumps(message).encode() + b'\0'
        while data:
            data = data[os.write(self._send, data) :]
        while True:
            answer = self._next()
            if answer.get('id') == self._last:
                if 'error' in answer:
                    raise RuntimeError(f'{method}: {answer["error"]}')
                return answer['result']
            self._note(answer)

    def _next(self, seconds=60):
        while b'\0' not in self._read:
            if not select.select([self._receive], [], [], seconds)[0]:
                raise TimeoutError(f'The browser said nothing for {seconds} s.')
            piece = os.read(self._receive, 2**20)
            if not piece:
                raise RuntimeError('The browser ended.')
            self._read += piece
        answer, _, self._read = self._read.partition(b'\0')
        return json.loads(answer)

    def _note(self, event):
        method, params = event.get('method'), event.get('params', {})
        if method == 'Page.loadEventFired':
            self._loaded = True
        elif method == 'Runtime.exceptionThrown':
            self.problems.append(str(params['exceptionDetails']))
        elif method == 'Runtime.consoleAPICalled' and params['type'] in ('error', 'warning'):
            self.problems.append(str(params['args']))
        elif method == 'Log.entryAdded' and params['entry']['level'] in ('error', 'warning'):
            self.problems.append(str(params['entry']))
        elif method == 'Network.requestWillBeSent':
            self.requests.append(params['request']['url'])

    def open(self, path):
        """Open a file, and wait until its script is done; return the seconds that took."""
        started = time.perf_counter()
        self.go(f'file://{path}', "document.body.dataset.ready === 'true'")
        return time.perf_counter() - started

    def go(self, address, ready):
        """Open an address, and wait until an expression is true there."""
        self._loaded, self.problems, self.requests = False, [], []
        self.call('Page.navigate', url=address)
        while not self._loaded:
            self._note(self._next())
        self.wait(ready)

    def run(self, script):
        """Return the value of an expression in the page; promises are awaited."""
        answer = self.call(
            'Runtime.evaluate', expression=script, awaitPromise=True, returnByValue=True
        )
        if 'exceptionDetails' in answer:
            raise RuntimeError(str(answer['exceptionDetails']))
        return answer['result'].get('value')

    def wait(self, condition, seconds=30):
        """Wait until an expression is true."""
        end = time.perf_counter() + seconds
        while not self.run(f'!!({condition})'):
            if time.perf_counter() > end:
                raise TimeoutError(f'{condition} is not true; problems: {self.problems}')
            time.sleep(0.02)

    def press(self, key, code=0, text=''):
        """Press a key, as someone at the keyboard."""
        common = dict(key=key, code=key, windowsVirtualKeyCode=code)
        self.call('Input.dispatchKeyEvent', type='keyDown', text=text, **common)
        self.call('Input.dispatchKeyEvent', type='keyUp', **common)

    def write(self, text):
        """Type text into what has the focus."""
        self.call('Input.insertText', text=text)

    def point(self, x, y):
        """Move the pointer to a place of the window."""
        self.call('Input.dispatchMouseEvent', type='mouseMoved', x=x, y=y)

    def show(self, width=1200, height=900, scheme='light', mobile=False):
        """Set the size of the window, and light or dark."""
        self.call(
            'Emulation.setDeviceMetricsOverride',
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=mobile,
        )
        media = [dict(name='prefers-color-scheme', value=scheme)]
        self.call('Emulation.setEmulatedMedia', media='', features=media)

    def picture(self, path, whole=False):
        """Write what is seen, or the whole page, as PNG."""
        data = self.call('Page.captureScreenshot', captureBeyondViewport=whole)['data']
        with open(path, 'wb') as file:
            file.write(base64.b64decode(data))
