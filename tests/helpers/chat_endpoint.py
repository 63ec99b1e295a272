"""A chat endpoint on this machine: its answers follow from the question alone, and it has faults.

``python tests/helpers/chat_endpoint.py PORT SHARE`` serves until it is ended.
"""

import json
import random
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FAULTS = (
    *('429', '429 at', '429 soon', '500', '503', 'cut', 'short', 'garbage', 'html', 'no choices'),
    *('no message', 'slow', 'hang up'),
)
SLOW = 0.3  # seconds
_PARTS = ('legs', 'a bill', 'wings', 'a tail', 'feathers', 'eyes', 'a crest', 'claws')
_LOOKS = ('long', 'grey', 'striped', 'sharp', 'broad', 'pale', 'round', 'dark')


def answer_to(body):
    """Return the text that a question gets."""
    question = body['messages'][-1]['content']
    draw = random.Random(f'{question} {body.get("seed")} {body["model"]}')
    looks, parts = draw.sample(_LOOKS, 3), draw.sample(_PARTS, 3)
    pairs = [f'{look} {part.removeprefix("a ")}' for look, part in zip(looks, parts)]
    if 'List' in question:
        return '\n'.join(f'{number}. **{pair}**' for number, pair in enumerate(pairs, 1))
    return f'Sure! Here is a description:\n\nIt has {pairs[0]} and {pairs[1]}. Its {pairs[2]}'


class ChatEndpoint:
    """The state of a server.

    share: of the tries that fail, each once or more by its question and
    number. key: that a request must have. models: those that are known.
    """

    def __init__(self, share=0.0, key=None, models=('stub',), faults=FAULTS, delay=0.0):
        self.share, self.key, self.models, self.faults = share, key, models, faults
        self.delay = delay
        self.lock = threading.Lock()
        self.tries, self.kinds, self.bodies = Counter(), Counter(), []
        self.answered, self.now, self.most, self.times = Counter(), 0, 0, []
        self.refuse = None  # (status, JSON) for every request
        self.reply = None  # the JSON of every answer

    def fault(self, text):
        """Return the fault of a try, or None; which one does not depend on the order."""
        self.tries[text] += 1
        draw = random.Random(f'{text} {self.tries[text]}')
        kind = draw.choice(self.faults) if draw.random() < self.share else None
        self.kinds[kind] += 1
        return kind

    def enter(self, text):
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
            self.times.append(time.monotonic())
            return self.fault(text)

    def leave(self, text, answered):
        with self.lock:
            self.now -= 1
            self.answered[text] += answered


class _Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    wbufsize = 2**16

    def log_message(self, *args):
        pass

    def do_GET(self):
        self.reply(200, dict(data=[dict(id=name) for name in self.server.state.models]))

    def do_POST(self):
        state = self.server.state
        text = self.rfile.read(int(self.headers['Content-Length'])).decode()
        fault = state.enter(text)
        answered = False
        try:
            answered = self.answer(state, json.loads(text), fault)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            state.leave(text, answered)

    def answer(self, state, body, fault):
        """Answer a request; return whether that was an answer."""
        state.bodies.append(body)
        given = self.headers.get('Authorization', '')
        time.sleep(state.delay)
        if state.refuse:
            self.reply(*state.refuse)
        elif state.key and given != f'Bearer {state.key}':
            self.reply(401, dict(error=dict(message=f'Incorrect API key provided: {given}')))
        elif body['model'] not in state.models or not self.path.endswith('/v1/chat/completions'):
            self.reply(404, dict(error=dict(message='no such model', code='model_not_found')))
        elif fault and fault != 'slow':
            self.fail(fault)
        else:
            time.sleep(SLOW if fault else 0)
            self.reply(200, state.reply or self.completion(body))
            return True
        return False

    def completion(self, body):
        text = answer_to(body)
        prompt = sum(len(message['content'].split()) for message in body['messages'])
        usage = dict(prompt_tokens=prompt, completion_tokens=len(text.split()))
        choice = dict(index=0, message=dict(role='assistant', content=text), finish_reason='stop')
        if not text.endswith('**'):
            choice['finish_reason'] = 'length'
        return dict(id='1', model=body['model'], choices=[choice], usage=usage)

    def fail(self, fault):
        soon = time.strftime('%a, %d %b %Y %H:%M:%S GMT', time.gmtime(time.time()))
        told = {'429 soon': '0.05', '429 at': soon, '503': '0.02'}.get(fault)
        whole = json.dumps(dict(choices=[dict(message=dict(content='A whole answer.'))]))
        if fault[:3] in ('429', '500', '503'):
            self.reply(int(fault[:3]), dict(error='busy'), told)
        elif fault == 'hang up':
            self.close_connection = True
        elif fault == 'cut':
            self.send(200, whole[:30], length=len(whole))
            self.close_connection = True
        elif fault == 'short':
            self.send(200, whole[:30])
        elif fault == 'garbage':
            self.send(200, '\x00{"choices": ][')
        elif fault == 'html':
            self.send(200, '<html><body>Bad gateway</body></html>', kind='text/html')
        else:
            self.reply(200, dict(choices=[] if fault == 'no choices' else [dict(index=0)]))

    def reply(self, status, value, told=None):
        self.send(status, json.dumps(value), told)

    def send(self, status, text, told=None, length=None, kind='application/json'):
        data = text.encode()
        self.send_response(status)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(length or len(data)))
        if told:
            self.send_header('Retry-After', told)
        self.end_headers()
        self.wfile.write(data)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass  # a killed client


@contextmanager
def serve(**settings):
    """Serve in threads; yields the state, with its ``url``."""
    with _Server(('127.0.0.1', 0), _Handler) as server:
        server.state = state = ChatEndpoint(**settings)
        state.url = f'http://127.0.0.1:{server.server_address[1]}/v1'
        thread = threading.Thread(target=server.serve_forever, kwargs=dict(poll_interval=0.02))
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()


def main():
    """Serve, and print what came of it when the input ends."""
    with _Server(('127.0.0.1', int(sys.argv[1])), _Handler) as server:
        server.state = ChatEndpoint(share=float(sys.argv[2]))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdin.read()
        state = server.state
        print(f'{state.most} at a time, {sum(state.kinds.values())} tries, {state.kinds}')


if __name__ == '__main__':
    main()
