"""The whole way: the same sentences whatever fails on it."""

import io
import json
import os
from dataclasses import replace

import pytest
from chat_endpoint import serve
from rich.console import Console

from vlltr_mm.apis.language_models import (
    Cleaning,
    Endpoint,
    EndpointError,
    Plan,
    Price,
    Sampling,
    choose_prompts,
    llm_to_corpus,
)
from vlltr_mm.apis.language_models.answers import Answer
from vlltr_mm.apis.language_models.corpus import make_corpus
from vlltr_mm.apis.language_models.making import print_corpus_report, print_forecast
from vlltr_mm.apis.language_models.plan import Request
from vlltr_mm.datasets import JsonDescriptions

CLASSES = ('sand_bar', 'owl', 'crane', 'red fox', 'crane')
PROMPTS = choose_prompts(['descriptions', 'features'])
PLAN = Plan(CLASSES, PROMPTS, Sampling('stub', seed=0), answers=2)
TOTAL = 4 * len(PROMPTS) * 2


def patient(stub):
    return Endpoint(stub.url, backoff=0.01, timeout=5, attempts=40)


def files(folder):
    """Return what a folder has, without the times."""
    made = json.loads((folder / 'o.sources.json').read_text())
    del made['answered'], made['url'], made['sha256_before']
    return (folder / 'o.json').read_text(), made


@pytest.fixture(scope='module')
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp('llm')
    with serve() as stub:
        llm_to_corpus(PLAN, patient(stub), str(folder / 'o.json'))
    return files(folder)


def test_faults_change_nothing(undisturbed, tmp_path):
    with serve(share=0.3, delay=0.01) as stub:
        made, asked, answers = llm_to_corpus(
            PLAN, patient(stub), str(tmp_path / 'o.json'), concurrency=8
        )
    assert files(tmp_path) == undisturbed
    assert set(stub.answered.values()) == {1} and len(stub.answered) == TOTAL == len(answers)
    assert asked.failed == {} and asked.retries > TOTAL // 10
    assert len(stub.kinds) > 5
    assert 4 < stub.most <= 8


def test_the_result_is_a_source(undisturbed, tmp_path):
    text, sources = undisturbed
    (tmp_path / 'o.json').write_text(text)
    made = json.loads(text)
    assert list(made) == list(CLASSES[:4])
    source = JsonDescriptions(str(tmp_path / 'o.json')).read(CLASSES)
    assert source.sentences == [*made.values(), made['crane']] and not source.missing
    assert [len(own) for own in sources['prompt_of_sentence'].values()] == [
        len(own) for own in made.values()
    ]
    assert set(sources['prompt_of_sentence']['owl']) == set(range(len(PROMPTS)))
    assert sources['answers'] == dict(asked=TOTAL, used=TOTAL)
    assert 'an owl which has ' in text and 'Sure' not in text and '**' not in text


def test_failed_requests_are_told_and_asked_again(undisturbed, tmp_path):
    out = str(tmp_path / 'o.json')
    with serve(share=0.5, faults=['500']) as stub:
        hasty = Endpoint(stub.url, backoff=0, attempts=1)
        made, asked, answers = llm_to_corpus(PLAN, hasty, out)
        assert 0 < len(asked.failed) < TOTAL and len(answers) == TOTAL - len(asked.failed)
        assert set(asked.failed.values()) == {'status 500: busy.'}
        printed = io.StringIO()
        print_corpus_report(made, asked, PLAN, Console(file=printed, width=200))
        assert f'{len(asked.failed)} requests of 4 classes failed; the same' in printed.getvalue()
        llm_to_corpus(PLAN, patient(stub), out)
    assert files(tmp_path) == undisturbed
    assert set(stub.answered.values()) == {1}


def test_classes_one_after_another(undisturbed, tmp_path):
    out = str(tmp_path / 'o.json')
    with serve() as stub:
        made, *_ = llm_to_corpus(replace(PLAN, chosen=frozenset({1})), patient(stub), out)
        assert list(made.sentences) == ['owl']
        one, *_ = llm_to_corpus(replace(PLAN, answers=1), patient(stub), out)
        assert one.num_answers == TOTAL // 2
        llm_to_corpus(PLAN, patient(stub), out)
    assert files(tmp_path) == undisturbed
    assert set(stub.answered.values()) == {1} and len(stub.answered) == TOTAL


def test_cleaning_again_asks_nothing(undisturbed, tmp_path):
    out = str(tmp_path / 'o.json')
    with serve() as stub:
        endpoint = patient(stub)
        with pytest.raises(FileNotFoundError, match='o.answers.jsonl'):
            llm_to_corpus(PLAN, endpoint, out, clean_only=True)
        llm_to_corpus(PLAN, endpoint, out, Cleaning('require'))
        assert files(tmp_path) != undisturbed
        assert all('sand bar' in s for s in json.loads(files(tmp_path)[0])['sand_bar'])
    llm_to_corpus(PLAN, endpoint, out, clean_only=True)
    assert files(tmp_path) == undisturbed
    llm_to_corpus(PLAN, endpoint, out)  # nothing is left to ask
    assert files(tmp_path) == undisturbed


def test_other_outputs_are_not_overwritten(tmp_path):
    out = tmp_path / 'o.json'
    with serve() as stub:
        endpoint = patient(stub)
        out.write_text('{"owl": ["mine"]}')
        for _ in range(2):
            with pytest.raises(ValueError, match='made by something else or changed since; move'):
                llm_to_corpus(PLAN, endpoint, str(out))
        assert sorted(os.listdir(tmp_path)) == ['o.json'] and not stub.bodies
        out.unlink()
        llm_to_corpus(PLAN, endpoint, str(out))
        with pytest.raises(ValueError, match='the answers of another run: its kind'):
            llm_to_corpus(replace(PLAN, kind='thing'), endpoint, str(out))
        made = out.read_text()
        out.write_text(made.replace('has', 'had'))
        with pytest.raises(ValueError, match='or changed since'):
            llm_to_corpus(PLAN, endpoint, str(out))
    with pytest.raises(ValueError, match="'o.txt' does not end in .json"):
        llm_to_corpus(PLAN, endpoint, 'o.txt')


def test_a_kill_between_two_files(tmp_path, monkeypatch):
    """The sentences are the last that is written; those before are known still."""
    out = str(tmp_path / 'o.json')
    with serve() as stub:
        endpoint = patient(stub)
        llm_to_corpus(PLAN, endpoint, out)
        before = files(tmp_path)[0]
        with monkeypatch.context() as patch:
            replaced = os.replace

            def stop(source, target):
                if target == out:
                    raise KeyboardInterrupt
                replaced(source, target)

            patch.setattr(os, 'replace', stop)
            with pytest.raises(KeyboardInterrupt):
                llm_to_corpus(PLAN, endpoint, out, Cleaning('add'), clean_only=True)
        assert files(tmp_path)[0] == before
        llm_to_corpus(PLAN, endpoint, out, Cleaning('add'), clean_only=True)
    assert files(tmp_path)[0] != before


def test_an_endpoint_that_is_gone_ends_the_run(tmp_path):
    out = str(tmp_path / 'o.json')
    with serve() as stub:
        llm_to_corpus(replace(PLAN, chosen=frozenset({1})), patient(stub), out)
        stub.refuse = (500, 'x')
        hasty = Endpoint(stub.url, backoff=0, attempts=1)
        with pytest.raises(
            EndpointError, match='does not answer .status 500: .x... Start it.*kept, and'
        ):
            llm_to_corpus(PLAN, hasty, out)
        stub.refuse = (401, 'x')
        with pytest.raises(EndpointError, match='environment variable OPENAI_API_KEY'):
            llm_to_corpus(PLAN, hasty, out)
        stub.refuse = None
        *_, answers = llm_to_corpus(PLAN, hasty, out)
    assert len(answers) == TOTAL


def test_the_forecast_asks_nothing(tmp_path):
    out = str(tmp_path / 'o.json')

    def forecast(counts=None):
        printed = io.StringIO()
        print_forecast(PLAN, out, Price(1, 2), Console(file=printed, width=300), counts)
        return printed.getvalue()

    text = forecast()
    assert f'{TOTAL} requests to stub: 4 of 4 names × 7 prompts × 2 answers; 0 are' in text
    assert "class of the head, 'sand_bar'" in text and "class of the tail, 'red fox'" in text
    for prompt in range(len(PROMPTS)):
        assert PLAN.question(0, prompt) in text and PLAN.question(3, prompt) in text
    text = forecast([5, 9, 1, 3, 7])
    assert "class of the head, 'owl'" in text and "class of the tail, 'crane'" in text
    assert os.listdir(tmp_path) == []
    with serve() as stub:
        llm_to_corpus(replace(PLAN, chosen=frozenset({1})), patient(stub), out)
        asked = len(stub.bodies)
        text = forecast()
        assert f'{TOTAL * 3 // 4} requests' in text and f'{TOTAL // 4} are answered' in text
        assert 'by the answers so far' in text and len(stub.bodies) == asked


def test_counts_of_a_corpus():
    plan = replace(PLAN, prompts=PROMPTS[:1], answers=1)
    answers = {
        Request(0, 0, 0): Answer(f'{"Sand " * 90}. Sand. It is a bank of sand. A bank of sand.'),
        Request(1, 0, 0): Answer("I'm sorry, I cannot."),
        Request(2, 0, 1): Answer('Not asked for.'),
        Request(3, 0, 0): Answer('A red fox. It is seen.'),
    }
    made = make_corpus(plan, answers, Cleaning())
    assert (made.num_answers, made.num_sentences, made.num_long, made.num_short) == (3, 5, 1, 1)
    assert made.without == ['owl'] and made.dropped == dict(refusal=1, repeated=1)
    shuffled = dict(reversed(answers.items()))
    assert make_corpus(plan, shuffled, Cleaning()) == made


def test_odd_cleaning_is_refused():
    with pytest.raises(ValueError, match="name_rule is 'x'"):
        Cleaning('x')
    with pytest.raises(ValueError, match='similarity is 2'):
        Cleaning(similarity=2)


def test_missing_packages_are_named(monkeypatch, tmp_path):
    monkeypatch.setattr('vlltr_mm.apis.language_models.endpoint.find_spec', lambda name: None)
    with pytest.raises(ImportError, match=r"httpx, tenacity cannot .*'vlltr_mm\[texts\]'"):
        llm_to_corpus(PLAN, Endpoint('http://a/v1'), str(tmp_path / 'o.json'))
    assert os.listdir(tmp_path) == []
