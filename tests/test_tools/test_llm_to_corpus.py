"""The tool in a process of its own: killed, with a secret, and as the docs have it."""

import json
import multiprocessing
import os
import re
import runpy
import shlex
import time

import forked
import pytest
from chat_endpoint import serve
from repo import REPO

from vlltr_mm.apis.language_models import PROMPT_SETS, Endpoint, Plan, Sampling, llm_to_corpus

TOOL = REPO / 'tools/dataset_converters/llm_to_corpus.py'
KEY = 'sk-abcdefghijklmnopqrstuvwxyz'
NAMES = 'sand bar\nowl\ncrane\nred fox\n'


def arguments(url, folder, *more):
    (folder / 'names.txt').write_text(NAMES)
    return [
        *(TOOL, folder / 'o.json', '--names', folder / 'names.txt', '--url', url),
        *('--model', 'stub', '--seed', 0, '--answers', 3, '--backoff', 0.02, '--attempts', 30),
        *('--key-env', 'STUB_KEY', *more),
    ]


def kill_after(answers, stub, args):
    """Run the tool, and kill it once so many requests are answered."""
    args = [str(arg) for arg in args]
    printed = [os.devnull, os.devnull]
    process = multiprocessing.get_context(forked.METHOD).Process(
        target=forked._run, args=(args, printed, dict(os.environ), os.getcwd(), None)
    )
    process.start()
    while sum(stub.answered.values()) < answers and process.is_alive():
        time.sleep(0.002)
    process.kill()
    process.join()
    return process.exitcode


@pytest.mark.slow
def test_killed_and_resumed_is_as_undisturbed(monkeypatch, tmp_path):
    monkeypatch.setenv('STUB_KEY', KEY)
    total, kills = 4 * 5 * 3, (12, 40)
    folder, whole = tmp_path / 'killed', str(tmp_path / 'whole.json')
    folder.mkdir()
    with serve(key=KEY) as stub:
        plan = Plan(
            tuple(NAMES.split('\n')[:-1]),
            PROMPT_SETS['descriptions'],
            Sampling('stub', seed=0),
            answers=3,
        )
        llm_to_corpus(plan, Endpoint(stub.url, 'STUB_KEY'), whole)
    with serve(share=0.2, key=KEY, delay=0.02) as stub:
        for answers in kills:
            assert kill_after(answers, stub, arguments(stub.url, folder)) == -9
        done = forked.run_tool(*arguments(stub.url, folder, '--concurrency', 4))
    assert done.returncode == 0, done.stderr
    assert (folder / 'o.json').read_text() == (tmp_path / 'whole.json').read_text()
    lines = (folder / 'o.answers.jsonl').read_text().splitlines()[1:]
    keys = [tuple(json.loads(line)[k] for k in ('label', 'prompt', 'answer')) for line in lines]
    assert len(keys) == len(set(keys)) == total
    # Only what was on its way at a kill is asked twice.
    assert total <= sum(stub.answered.values()) <= total + 8 * len(kills)
    assert f'{total} answers, 4 of 4 names with sentences' in done.stdout
    texts = [done.stdout, done.stderr, *(f.read_text() for f in tmp_path.rglob('*.json*'))]
    assert KEY[3:15] not in ''.join(texts)


@pytest.mark.slow
def test_refusals_of_the_endpoint_take_a_line_without_the_key(monkeypatch, tmp_path):
    monkeypatch.setenv('STUB_KEY', KEY)
    with serve(key='another-key') as stub:
        done = forked.run_tool(*arguments(stub.url, tmp_path))
        assert done.returncode == 1 and len(stub.bodies) <= 8
        assert done.stderr.startswith('Refused: ') and done.stderr.count('\n') == 1
        assert 'Incorrect API key provided: Bearer ***.' in done.stderr
        assert 'environment variable STUB_KEY' in done.stderr
    assert KEY not in done.stdout + (tmp_path / 'o.answers.jsonl').read_text()


def test_the_commands_of_the_docs_parse(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    page = (REPO / 'docs/text_from_language_models.md').read_text()
    blocks = '\n'.join(re.findall(r'```bash\n(.*?)```', page, flags=re.S)).replace('\\\n', ' ')
    lines = [line for line in blocks.splitlines() if 'llm_to_corpus.py' in line]
    assert len(lines) > 2
    parser = runpy.run_path(str(TOOL))['build_parser']()
    for line in lines:
        words = shlex.split(line, comments=True)
        words = words[words.index('tools/dataset_converters/llm_to_corpus.py') + 1 :]
        for word in words:
            if word.endswith('.txt'):
                (tmp_path / word).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / word).touch()
        assert parser.parse_args(words).url.startswith('http')
