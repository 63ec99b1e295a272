"""A MediaWiki API on 127.0.0.1 that has the pages of a small dump, and faults."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from wiki_dumps import TEXTS

GARBAGE = 'garbage'
MAXLAG = 'maxlag'


class Wiki:
    """What the stub has, was asked, and does wrong.

    texts: title → wikitext. faults: what the next questions get instead: a
    status with headers, MAXLAG, GARBAGE, or any JSON values. asked: the titles
    of each question that was answered. agents: who asked. per_answer: pages
    whose text an answer has before it is continued. most: titles of a question.
    """

    def __init__(self, texts=None):
        self.texts = TEXTS if texts is None else texts
        self.faults, self.asked, self.agents = [], [], set()
        self.per_answer, self.most, self.url = 2, 50, ''

    def answer(self, question):
        """Return status, headers and JSON values of an answer."""
        if self.faults:
            fault = self.faults.pop(0)
            if fault == MAXLAG:
                error = dict(code='maxlag', info='Waiting for a server: 6 seconds lagged')
                return 200, {'Retry-After': '5'}, dict(error=error)
            return fault if isinstance(fault, tuple) else (200, {}, fault)
        if question.get('meta') == 'siteinfo':
            general = dict(
                general=dict(sitename='Stub'), rightsinfo=dict(text='CC BY-SA 4.0', url='')
            )
            return 200, {}, dict(query=general)
        titles = question['titles'].split('|')
        if len(titles) > self.most:
            return 200, {}, dict(error=dict(code='toomanyvalues', limit=self.most))
        self.asked.append(titles)
        return 200, {}, self._pages(titles, int(question.get('rvcontinue', 0)))

    def _pages(self, titles, start):
        normalized, redirects, pages = [], [], {}
        for title in titles:
            target = title[:1].upper() + title[1:]
            if target != title:
                normalized.append({'from': title, 'to': target})
            for _ in range(3):
                text = self.texts.get(target, '')
                if not text.startswith('#'):
                    break
                to, _, part = text.partition('[[')[2].partition(']]')[0].partition('#')
                entry = {'from': target, 'to': to}
                redirects.append(dict(entry, tofragment=part) if part else entry)
                target = to
            pages[target] = self._page(target)
        there = [title for title, own in pages.items() if 'missing' not in own]
        for place, title in enumerate(there):
            if not start <= place < start + self.per_answer:
                del pages[title]['revisions']
        query = dict(normalized=normalized, redirects=redirects, pages=[*pages.values()])
        if start + self.per_answer < len(there):
            return dict(query=query, **{'continue': dict(rvcontinue=start + self.per_answer)})
        return dict(query=query, batchcomplete=True)

    def _page(self, title):
        text = self.texts.get(title, '')
        if not text or text.startswith('#'):
            return dict(ns=0, title=title, missing=True)
        number = [*self.texts].index(title) + 1
        slots = dict(main=dict(content=text))
        stamp = '2024-05-06T07:08:09Z'
        return dict(
            pageid=number,
            ns=14 if title.startswith('Category:') else 0,
            title=title,
            canonicalurl=f'https://wiki.example/wiki/{title.replace(" ", "_")}',
            revisions=[dict(revid=1000 + number, timestamp=stamp, slots=slots)],
        )


def _handler(wiki):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers['Content-Length'])).decode()
            wiki.agents.add(self.headers['User-Agent'])
            question = {key: values[0] for key, values in parse_qs(body).items()}
            status, headers, values = wiki.answer(question)
            data = b'<html>not JSON' if values == GARBAGE else json.dumps(values).encode()
            self.send_response(status)
            for key, value in dict(headers, **{'Content-Length': len(data)}).items():
                self.send_header(key, str(value))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args):
            """Say nothing."""

    return Handler


@contextmanager
def serve_wiki(texts=None):
    """Serve a wiki; yields it."""
    wiki = Wiki(texts)
    server = ThreadingHTTPServer(('127.0.0.1', 0), _handler(wiki))
    thread = threading.Thread(target=server.serve_forever, kwargs=dict(poll_interval=0.01))
    thread.start()
    wiki.url = f'http://127.0.0.1:{server.server_port}/w/api.php'
    try:
        yield wiki
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
