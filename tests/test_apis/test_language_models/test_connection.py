"""Requests to an endpoint that fails in every way."""

import asyncio
import time

import pytest
from chat_endpoint import FAULTS, answer_to, serve

from vlltr_mm.apis.language_models import Endpoint, EndpointError, Sampling
from vlltr_mm.apis.language_models.connection import RequestFailedError, _retry_after, connect

KEY = 'sk-0123456789-secret'
BODY = Sampling('stub', seed=0).body('Describe an owl.', 0)


def ask(endpoint, bodies=(BODY,), concurrency=4, known=False):
    """Return what each request comes to, and the connection."""

    async def run():
        async with connect(endpoint, concurrency, known) as connection:
            asked = [connection.ask(body) for body in bodies]
            return await asyncio.gather(*asked, return_exceptions=True), connection

    return asyncio.run(run())


def patient(url, **settings):
    return Endpoint(url, **{**dict(backoff=0.01, timeout=5, attempts=30), **settings})


@pytest.mark.parametrize('fault', [fault for fault in FAULTS if fault != 'slow'])
def test_a_fault_is_mended_by_another_try(fault):
    bodies = [dict(BODY, seed=seed) for seed in range(12)]
    with serve(share=0.6, faults=[fault]) as stub:
        answers, connection = ask(patient(stub.url), bodies)
    assert [answer.text for answer in answers] == list(map(answer_to, bodies))
    assert stub.kinds[fault] == connection.retries > 0
    assert set(stub.answered.values()) == {1}


def test_what_an_answer_has(monkeypatch):
    with serve() as stub:
        (answer,), _ = ask(patient(stub.url))
        assert (answer.model, answer.finish_reason) == ('stub', 'length')
        assert (answer.prompt_tokens, answer.completion_tokens) == (3, len(answer_to(BODY).split()))
        parts = [dict(type='text', text='a '), dict(type='image'), dict(type='text', text='b')]
        for message, text in (
            (dict(content=parts), 'a b'),
            (dict(content=None, refusal='I cannot.'), 'I cannot.'),
            (dict(content=None), ''),
            (dict(content='a\ud800\0b'), 'a? b'),
        ):
            stub.reply = dict(choices=[dict(message=message)], usage=dict(prompt_tokens=-1))
            (answer,), _ = ask(patient(stub.url))
            assert (answer.text, answer.finish_reason, answer.model) == (text, None, None)
            assert answer.prompt_tokens is answer.completion_tokens is None


def test_a_try_takes_no_longer_than_the_timeout():
    with serve(delay=1.0) as stub:
        start = time.monotonic()
        (error,), _ = ask(patient(stub.url, timeout=0.1, attempts=2))
        assert time.monotonic() - start < 0.8
    assert isinstance(error, RequestFailedError) and 'no answer within 0.1 s' in str(error)


def test_tries_end():
    with serve(share=1.0, faults=['500']) as stub:
        (error,), connection = ask(patient(stub.url, attempts=3))
    assert str(error) == 'status 500: busy.' and stub.kinds['500'] == 3
    assert connection.retries == 2


def test_retry_after_holds_for_all():
    bodies = [dict(BODY, seed=seed) for seed in range(5)]
    with serve(delay=0.02) as stub:
        stub.refuse = (429, dict(error=dict(message='slow down')), '0.3')

        async def run():
            async with connect(patient(stub.url), 4) as connection:
                first = asyncio.create_task(connection.ask(bodies[0]))
                while not connection._not_before:
                    await asyncio.sleep(0.001)
                stub.refuse, told = None, time.monotonic()
                await asyncio.gather(first, *map(connection.ask, bodies[1:]))
                return told

        told = asyncio.run(run())
    assert len(stub.times) == 6 and min(stub.times[1:]) - told > 0.25


def test_the_wait_grows_and_is_drawn():
    class State:
        class outcome:  # noqa: N801  as tenacity's
            exception = staticmethod(lambda: type('E', (), dict(wait=None)))

    async def run():
        async with connect(Endpoint('http://localhost:1/v1', backoff=2), 1) as connection:
            waits = []
            for number in (1, 3, 20):
                State.attempt_number = number
                waits.append([connection._wait(State) for _ in range(400)])
            return waits

    for most, waits in zip((2, 8, 60), asyncio.run(run())):
        assert 0 <= min(waits) < 0.1 * most and 0.9 * most < max(waits) <= most


def test_retry_after_is_seconds_or_a_date():
    assert _retry_after('7') == 7 and _retry_after('1e9') == 600 and _retry_after('-3') == 0
    assert _retry_after('soon') is _retry_after(None) is _retry_after('nan') is None
    later = time.strftime('%a, %d %b %Y %H:%M:%S GMT', time.gmtime(time.time() + 30))
    assert 28 < _retry_after(later) <= 30


def test_the_rate():
    bodies = [dict(BODY, seed=seed) for seed in range(6)]
    with serve() as stub:
        start = time.monotonic()
        ask(patient(stub.url, per_minute=1200), bodies)  # one in 50 ms
    assert max(stub.times) - start >= 0.25


@pytest.mark.parametrize(
    'refuse, message',
    [
        ((401, dict(error='no')), 'status 401: no. The key is missing .* variable MY_KEY.'),
        ((403, dict(error='no')), 'The key may not use this model'),
        ((402, {}), 'no credit left'),
        ((429, dict(error=dict(code='insufficient_quota', message='x'))), 'no credit left'),
        ((404, dict(error='no')), '--url .* or --model, of stub'),
        ((405, 'x'), 'Correct --url'),
        ((301, 'x'), 'Give the final address with --url'),
        ((400, dict(error=dict(message='seed?'))), 'seed.. .*does not take such a request; change'),
    ],
)
def test_what_no_try_mends_ends_at_once(refuse, message):
    with serve() as stub:
        stub.refuse = refuse
        (error,), _ = ask(patient(stub.url, key_env='MY_KEY'))
        assert isinstance(error, EndpointError), error
        with pytest.raises(EndpointError, match=message):
            raise error
    assert len(stub.bodies) == 1


def test_one_question_may_be_refused():
    """As a filter of contents does, where others were answered."""
    with serve() as stub:
        stub.refuse = (400, dict(error='filtered'))
        (error,), _ = ask(patient(stub.url), known=True)
    assert isinstance(error, RequestFailedError) and 'filtered' in str(error)


def test_no_server():
    start = time.monotonic()
    (error,), connection = ask(patient('http://127.0.0.1:9/v1'))
    assert isinstance(error, RequestFailedError) and 'ConnectError' in str(error)
    assert connection.retries == 2 and time.monotonic() - start < 5


def test_the_key_is_sent_and_nowhere_shown(monkeypatch):
    monkeypatch.setenv('MY_KEY', f' {KEY}\n')
    with serve(key=KEY) as stub:
        endpoint = patient(stub.url, key_env='MY_KEY')
        (answer,), connection = ask(endpoint)
        assert answer.text == answer_to(BODY)
        stub.reply = dict(model=KEY, choices=[dict(message=dict(content=f'It is {KEY}.'))])
        (answer,), _ = ask(endpoint)
        assert (answer.text, answer.model) == ('It is ***.', '***')
        for message in (KEY, 'x' * 190 + KEY, f'<b>{KEY}</b>'):
            stub.refuse = (401, dict(error=dict(message=message)))
            (error,), _ = ask(endpoint)
            assert '0123' not in str(error) and 'sk-0' not in str(error)
    assert KEY not in repr((endpoint, connection, vars(connection.client)['_headers']))
    monkeypatch.setenv('MY_KEY', 'sk one')
    with pytest.raises(ValueError, match='variable MY_KEY holds no key') as error:
        endpoint.key()
    assert 'sk' not in str(error.value)


@pytest.mark.parametrize(
    'settings, message',
    [
        (dict(url='127.0.0.1:80'), 'url is .*; give such as http'),
        (dict(url='ftp://a/v1'), "url is 'ftp://a/v1'"),
        (dict(url='http:///v1'), 'url is'),
        (dict(url='http://a:x/v1'), 'url cannot be read'),
        (dict(url='http://a/v1', key_env='sk-1'), 'not the key'),
        (dict(url='http://a/v1', timeout=0), 'timeout is 0'),
        (dict(url='http://a/v1', attempts=0), 'attempts is 0'),
        (dict(url='http://a/v1', backoff=-1), 'backoff is -1'),
        (dict(url='http://a/v1', per_minute=0), 'per_minute is 0'),
    ],
)
def test_odd_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message) as error:
        Endpoint(**settings)
    assert 'sk-1' not in str(error.value)


def test_addresses():
    endpoint = Endpoint('https://me:pass@host:81/v1/?key=abc#x')
    assert endpoint.address == 'https://me:pass@host:81/v1/chat/completions?key=abc'
    assert endpoint.shown_url == 'https://host:81/v1/'
    assert Endpoint('http://h/v1/chat/completions').address == 'http://h/v1/chat/completions'
    assert Endpoint('http://[::1]:8/v1').is_local and not endpoint.is_local
