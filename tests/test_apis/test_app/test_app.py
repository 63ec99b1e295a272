"""The page: answers over HTTP against the model, what is refused, and in a browser."""

import base64
import html
import http.client
import json
import re
import sys
from pathlib import Path
from threading import Thread

import app as app_tool
import pytest
import torch
import torch.nn.functional as F
from browser import Browser
from finished_models import build_finished, write_finished, write_text_tower
from tiny_runs import NAMES

from vlltr_mm.apis import predict
from vlltr_mm.apis.app import AppServer, Session, server
from vlltr_mm.apis.new_classes import add_classes

GIVEN = dict(name='black square', sentences=['A black square.', 'It is dark.'])


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    return tmp_path_factory.mktemp('app')


@pytest.fixture(scope='module')
def tower(root):
    return write_text_tower(root)


@pytest.fixture(scope='module')
def finished(root, tower):
    return write_finished(root, tower=tower[1])


@pytest.fixture(scope='module')
def served(finished, tower):
    session = Session(*finished, text_checkpoint=tower[0], device='cpu')
    with AppServer(session) as running:
        Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture(autouse=True)
def fresh(request):
    if 'served' in request.fixturenames:
        request.getfixturevalue('served').session.reset({})


@pytest.fixture
def image(root):
    return root / 'data' / 'test' / NAMES[1] / '0.jpg'


def encoded(path):
    return base64.b64encode(Path(path).read_bytes()).decode()


def ask(served, path, body=None, headers=None, method=None):
    """Send a request; return the status and the JSON, or the text, of the answer."""
    given = {'Content-Type': 'application/json'} if body is not None else {}
    if isinstance(body, (dict, list)):
        body = json.dumps(body)
    line = http.client.HTTPConnection(*served.server_address[:2], timeout=20)
    line.request(method or ('GET' if body is None else 'POST'), path, body, given | (headers or {}))
    answer = line.getresponse()
    text = answer.read().decode()
    kind = answer.headers.get_content_type()
    return answer.status, json.loads(text) if kind == 'application/json' else text


def test_an_answer_is_what_the_model_predicts(finished, served, image):
    status, answer = ask(served, '/api/predict', dict(image=encoded(image), topk=4, sentences=2))
    assert status == 200
    (expected,) = predict(*finished, [str(image)], topk=4, num_sentences=2, device='cpu')
    for found, wanted in zip(answer['classes'], expected.classes, strict=True):
        assert found['name'] == wanted.name and found['count'] == wanted.count
        for key in ('score', 'visual', 'language'):
            assert found[key] == pytest.approx(getattr(wanted, key), abs=1e-6)
        assert [s for s, _ in found['sentences']] == [s for s, _ in wanted.sentences]


def test_text_alone_is_the_mean_anchor(finished, served, image):
    _, answer = ask(served, '/api/predict', dict(image=encoded(image), topk=4))
    model = build_finished(*finished)
    pixels = served.session._predictor.pipeline(dict(img_path=str(image)))['inputs']
    with torch.no_grad():
        x = model.extract_feat(model.data_preprocessor(dict(inputs=[pixels]))['inputs'])[-1][0]
    logits = []
    for anchors, mask in zip(model.head.anchor_feats, model.head.anchor_mask):
        mean = sum(F.normalize(a, dim=0) for a, real in zip(anchors, mask) if real)
        logits.append(model.head.logit_scale.exp() * F.cosine_similarity(x, mean, dim=0))
    expected = torch.stack(logits).softmax(0)
    found = {row['label']: row['text_alone'] for row in answer['classes']}
    assert [found[i] for i in range(4)] == pytest.approx(expected.tolist(), abs=1e-5)
    assert answer['best_of_text_alone'] == NAMES[int(expected.argmax())]


def test_a_new_class_competes_as_the_written_one_does(root, finished, tower, served, image):
    status, answer = ask(served, '/api/classes', GIVEN)
    assert status == 200 and answer['classes'][4]['name'] == 'black square'
    assert [row['added'] for row in answer['classes']] == [False] * 4 + [True]
    _, found = ask(served, '/api/predict', dict(image=encoded(image), topk=5))
    (root / 'names.json').write_text(json.dumps({GIVEN['name']: GIVEN['sentences']}))
    out = str(root / 'added.pth')
    report = add_classes(*finished, str(root / 'names.json'), out, tower[0])
    (expected,) = predict(report.config, out, [str(image)], topk=5, device='cpu')
    for row, wanted in zip(found['classes'], expected.classes, strict=True):
        assert row['name'] == wanted.name
        assert row['score'] == pytest.approx(wanted.score, abs=1e-5)
    ask(served, '/api/classes', dict(name='pink square'))
    _, answer = ask(served, '/api/classes')
    assert [row['name'] for row in answer['classes'][4:]] == ['black square', 'pink square']
    assert answer['classes'][5]['count'] == 0
    _, answer = ask(served, '/api/reset', {})
    assert [row['name'] for row in answer['classes']] == list(NAMES)
    assert len(ask(served, '/api/predict', dict(image=encoded(image), topk=9))[1]['classes']) == 4


@pytest.mark.parametrize(
    'path, body, status, message',
    [
        ('/api/predict', {}, 400, 'image is missing'),
        ('/api/predict', dict(image='??'), 400, 'image is no base64'),
        ('/api/predict', dict(image='aGVsbG8='), 400, 'The image cannot be read: it '),
        ('/api/predict', dict(image='../../etc/passwd'), 400, 'image is no base64'),
        ('/api/predict', dict(image='aGVsbG8=', topk=0), 400, 'topk is 0'),
        ('/api/predict', dict(image='aGVsbG8=', sentences=-1), 400, 'sentences is -1'),
        ('/api/classes', dict(name=NAMES[0]), 400, "the name of class 0 'red_square'"),
        ('/api/classes', dict(name=' '), 400, "name is ' '; it must be some text"),
        ('/api/classes', dict(name='x' * 201), 400, 'A name has 201 letters'),
        ('/api/classes', dict(name='x', sentences='y'), 400, 'it must be a list'),
        ('/api/classes', dict(name='x', sentences=['y'] * 201), 400, 'There are 201 sentences'),
        ('/api/classes', dict(name='x', sentences=['y' * 2001]), 400, 'A sentence has 2001'),
        ('/api/classes', [], 400, 'The request is no object'),
        ('/api/classes', '{"name": 1', 400, 'The request'),
        ('/api/other', {}, 404, 'There is no such page'),
        ('/../app/session.py', None, 404, 'There is no such page'),
    ],
)
def test_what_is_wrong_is_refused(served, path, body, status, message):
    found, answer = ask(served, path, body)
    assert found == status and message in answer['error']
    assert '/tmp' not in answer['error']
    assert len(ask(served, '/api/classes')[1]['classes']) == 4


def test_no_page_of_the_web_can_ask(served):
    port = served.server_address[1]
    for host, status in ((f'localhost:{port}', 200), (f'evil.example:{port}', 403), ('', 403)):
        assert ask(served, '/api/classes', headers={'Host': host})[0] == status
    for kind in ('text/plain', 'application/x-www-form-urlencoded'):
        assert ask(served, '/api/reset', '{}', {'Content-Type': kind})[0] == 415
    assert ask(served, '/api/reset', method='OPTIONS')[0] == 501
    assert ask(served, '/', headers={'Host': f'127.0.0.1:{port}'})[0] == 200


def test_a_large_request_is_refused_unread(served, monkeypatch):
    monkeypatch.setattr(server, '_MOST_BYTES', 2**20)
    line = http.client.HTTPConnection(*served.server_address[:2], timeout=10)
    line.putrequest('POST', '/api/predict')
    line.putheader('Content-Type', 'application/json')
    line.putheader('Content-Length', str(2**20 + 1))
    line.endheaders()  # and nothing more
    answer = line.getresponse()
    assert answer.status == 413 and 'over 1 MiB' in json.loads(answer.read())['error']


def test_uploads_leave_nothing(served, image, tmp_path, monkeypatch):
    monkeypatch.setattr('tempfile.tempdir', str(tmp_path))
    assert ask(served, '/api/predict', dict(image=encoded(image)))[0] == 200
    assert ask(served, '/api/predict', dict(image='aGVsbG8='))[0] == 400
    assert not list(tmp_path.iterdir())


def test_without_a_text_tower_nothing_is_added(root, finished, image):
    session = Session(*finished, device='cpu')
    assert session.classes()['can_add'] is False
    with pytest.raises(ValueError, match='start with --text-checkpoint'):
        session.add(GIVEN)
    linear = Session(*write_finished(root, 'LinearClsHead'), device='cpu')
    answer = linear.predict(dict(image=encoded(image)))
    assert answer['best_of_text_alone'] is None
    assert {row['text_alone'] for row in answer['classes']} == {None}


def test_the_tool_says_where_the_page_is(finished, monkeypatch, capsys):
    def interrupt(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(AppServer, 'serve_forever', interrupt)
    monkeypatch.setattr(sys, 'argv', ['app.py', *finished, '--port', '0', '--device', 'cpu'])
    app_tool.main()
    assert re.search(r'Open http://127\.0\.0\.1:\d+/; Ctrl-C ends it\.', capsys.readouterr().out)


_DROP = """(() => {
  const bytes = Uint8Array.from(atob('IMAGE'), (c) => c.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], '../x.jpg', {type: 'image/jpeg'}));
  at('drop').dispatchEvent(new DragEvent('drop', {dataTransfer: data}));
})()"""
_ADD = """
  at('name').value = '<b>black</b> square';
  at('sentences').value = 'A black square.\\n\\n <i>dark</i> \\n';
  at('add').click();
"""


@pytest.mark.slow
def test_in_a_browser(served, image):
    """Drop an image, add a class whose name looks like HTML, see it compete."""
    with Browser() as browser:
        browser.go(served.address, "at('count').textContent")
        browser.run(_DROP.replace('IMAGE', encoded(image)))
        browser.wait("at('results').children.length")
        before = browser.run("at('results').children.length")
        browser.run(_ADD)
        browser.wait(f"at('results').children.length > {before}")
        parts = ("at('results').parentNode.innerHTML", "at('count').outerHTML")
        dom = ''.join(browser.run(part) for part in (*parts, "at('error').outerHTML"))
        assert not browser.problems
        # Nothing is asked for but the page, the server's answers and the picture it was given.
        assert all(url.startswith((served.address, 'blob:')) for url in browser.requests)
    cards = re.findall(r'<article>(.*?)</article>', dom, re.S)
    assert len(cards) == 5 and '5 classes, 1 of them added' in dom
    (new,) = [card for card in cards if 'class="new"' in card]
    assert '&lt;b&gt;black&lt;/b&gt; square' in new and '&lt;i&gt;dark&lt;/i&gt;' in new
    assert 'text alone' in new and 'branches: image' in new
    names = {html.unescape(re.search(r'class="name">([^<]*)', card)[1]) for card in cards}
    assert names == {*NAMES, '<b>black</b> square'}
    assert re.search(r'<p id="error" role="alert"></p>', dom)
