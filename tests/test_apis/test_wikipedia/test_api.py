"""The API of a wiki, with a stub of it on this machine that has its faults."""

import time
from email.utils import formatdate

import pytest
from wiki_dumps import TEXTS
from wiki_stub import GARBAGE, MAXLAG, serve_wiki

from vlltr_mm.apis.wikipedia import ApiSource
from vlltr_mm.apis.wikipedia.kept import KeptPages

AGENT = 'tests/1.0 (me@example.org)'


@pytest.fixture
def wiki():
    with serve_wiki() as served:
        yield served


@pytest.fixture
def fetch(wiki, tmp_path):
    """Fetch titles; returns the kept pages and the seconds of the pauses."""

    def fetch(*titles):
        pauses = []
        source = ApiSource(wiki.url, AGENT, sleep=pauses.append)
        kept = KeptPages(str(tmp_path / 'kept'), source.identity())
        source.fetch(set(titles), kept, None, lambda items, *_: items)
        return kept, pauses

    return fetch


def test_pages_redirects_and_what_is_missing(wiki, fetch):
    titles = ['Great grey owl', 'Strix nebulosa', 'Foxhole', 'Crane', 'Category:Birds', 'No page']
    kept, pauses = fetch(*titles)
    found = kept.look(titles)
    assert pauses == [] and wiki.agents == {AGENT}
    assert found['No page'] is None and found['Category:Birds'] is None
    assert found['Strix nebulosa'].redirect == 'Great grey owl'
    assert (found['Foxhole'].redirect, found['Foxhole'].fragment) == ('Fox', 'Holes')
    assert found['Crane'].is_list and found['Crane'].links[0] == 'Crane (bird)'
    owl = kept.whole('Great grey owl')
    assert (owl.page_id, owl.revision_id) == (1, 1001)
    assert owl.url == 'https://wiki.example/wiki/Great_grey_owl'
    assert owl.sections[1].text == 'It is grey & big.'
    assert len(wiki.asked) == 2, 'an answer that was continued'


def test_disambiguation_by_the_properties_of_a_page(wiki, fetch, monkeypatch):
    page = dict(wiki._page('Fox'), pageprops=dict(disambiguation=''))
    monkeypatch.setattr(wiki, '_page', lambda title: page)
    assert fetch('Fox')[0].look(['Fox'])['Fox'].is_list


def test_batches(wiki, fetch):
    titles = [f'Title {number}' for number in range(120)]
    fetch(*titles)
    assert [len(own) for own in wiki.asked] == [50, 50, 20]
    fetch(*titles, 'Title 120')
    assert [len(own) for own in wiki.asked[3:]] == [1], 'what is kept is not asked for again'


def test_a_wiki_that_takes_fewer_titles(wiki, fetch):
    wiki.most = 8
    kept, _ = fetch(*TEXTS)
    assert max(map(len, wiki.asked)) == 8
    assert kept.look(['Fox', 'Kite'])['Kite'].title == 'Kite'


@pytest.mark.parametrize(
    'faults, pauses',
    [
        ([(429, {'Retry-After': '7'}, {})], [7]),
        ([(429, {}, {}), (500, {}, {}), (503, {'Retry-After': 'soon'}, {})], [1, 2, 4]),
        ([MAXLAG, MAXLAG], [5, 5]),
        ([(503, {'Retry-After': '99999'}, {})], [300]),
        ([dict(error=dict(code='ratelimited', info=''))], [1]),
    ],
)
def test_a_busy_wiki_is_asked_again_after_a_pause(wiki, fetch, faults, pauses):
    wiki.faults = faults
    kept, paused = fetch('Fox')
    assert paused == pauses and kept.whole('Fox').sections


def test_a_pause_until_a_date(wiki, fetch):
    wiki.faults = [(503, {'Retry-After': formatdate(time.time() + 60, usegmt=True)}, {})]
    assert 50 < fetch('Fox')[1][0] <= 60


def test_a_wiki_that_stays_busy(wiki, fetch):
    wiki.faults = [(500, {}, {})] * 8
    with pytest.raises(
        ConnectionError, match=r'no answer in 8 tries: status 500. What was fetched'
    ):
        fetch('Fox')


def test_no_wiki_there(tmp_path):
    source = ApiSource('http://127.0.0.1:9/api.php', AGENT, sleep=lambda seconds: None)
    with pytest.raises(
        ConnectionError, match=r'127.0.0.1:9/api.php gave no answer .* ConnectError'
    ):
        source.described()


@pytest.mark.parametrize(
    'fault, message',
    [
        (GARBAGE, "is no JSON .* begins with b'<html>not JSON'"),
        ([], r'its answer is \[\]; it must be an object'),
        (5, 'holds a int'),
        ((404, {}, {}), 'answers with status 404; check --api'),
        ((301, {'Location': 'https://new.example/api.php'}, {}), "moved to 'https://new.example"),
        (dict(error=dict(code='badvalue', info='no')), "refuses the question: badvalue, 'no'"),
        (dict(error=5), 'error is 5'),
        (dict(query=dict(pages=5)), 'pages is 5; it must be a list'),
        (dict(query=dict(pages=[dict(title=4)])), 'title is 4'),
        (dict(query=dict(pages=[])), "asked for 'Fox', and its answer does not say"),
        (dict(query=dict(pages=[dict(title='Fox', ns=0)])), "the page 'Fox', revisions is None"),
        (
            dict(
                query=dict(pages=[dict(title='Fox', ns=0, revisions=[dict(slots=dict(main={}))])])
            ),
            'content is None',
        ),
    ],
)
def test_answers_that_are_none(wiki, fetch, fault, message):
    wiki.faults = [fault]
    with pytest.raises(ValueError, match=f'{wiki.url}.*{message}'):
        fetch('Fox')


def test_an_answer_without_an_end(wiki, fetch, monkeypatch):
    wiki.faults = [{'query': {}, 'continue': dict(a=1)}] * 2
    with pytest.raises(ValueError, match='continues its answer without an end'):
        fetch('Fox')
    monkeypatch.setattr('vlltr_mm.apis.wikipedia.api._MOST_BYTES', 100)
    with pytest.raises(ValueError, match='answers with more than 100 bytes'):
        fetch('Fox')


@pytest.mark.parametrize(
    'url, agent, message',
    [
        ('wiki.example', AGENT, "api is 'wiki.example'"),
        ('https://wiki.example/api.php?x=1', AGENT, "give the address of a wiki's api.php"),
        ('https://wiki.example/api.php', 'me', "user_agent is 'me'; wikis want to know who asks"),
        ('https://wiki.example/api.php', 'a@b\n', 'user_agent is'),
    ],
)
def test_who_asks_whom(url, agent, message):
    with pytest.raises(ValueError, match=message):
        ApiSource(url, agent)
