"""The file of answers: whole lines, of one run."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from vlltr_mm.apis.language_models import Plan, Prompt, Sampling
from vlltr_mm.apis.language_models.answers import Answer, open_answers, read_answers
from vlltr_mm.apis.language_models.plan import Request

PLAN = Plan(
    ('crane', 'red_fox'), (Prompt('Describe a {}.'), Prompt('Parts?{}', True)), Sampling('m')
)
ANSWERS = {
    Request(1, 0, 0): Answer('A fox\u2028é.', 'stop', 'm-1', 3, 4, '2026-01-01T00:00:00+00:00'),
    Request(0, 1, 2): Answer(''),
}


@pytest.fixture
def path(tmp_path):
    file = str(tmp_path / 'folder' / 'o.answers.jsonl')
    (tmp_path / 'folder').mkdir()
    with open_answers(file, PLAN) as answers:
        for request, answer in ANSWERS.items():
            answers.add(request, answer)
    return file


def lines_of(path):
    with open(path, encoding='utf-8', newline='\n') as file:
        return file.read().split('\n')[:-1]


def test_what_is_written_is_read(path):
    assert read_answers(path, PLAN) == ANSWERS
    first = json.loads(lines_of(path)[1])
    assert first['name'] == 'red_fox' and first['question'] == 'Describe a red fox.'
    assert first['usage'] == dict(prompt=3, completion=4)
    with open_answers(path, PLAN) as answers:
        assert answers.answers == ANSWERS
        answers.add(Request(0, 0, 0), Answer('b'))
    assert read_answers(path, PLAN) == {**ANSWERS, Request(0, 0, 0): Answer('b')}


def test_a_line_that_was_cut_off_is_asked_again(path):
    whole = Path(path).read_bytes()
    end = whole.rindex(b'\n', 0, -1) + 1
    for cut in range(end, len(whole)):  # at every byte of the last line
        Path(path).write_bytes(whole[:cut])
        assert list(read_answers(path, PLAN)) == [Request(1, 0, 0)]
    with open_answers(path, PLAN) as answers:
        answers.add(Request(0, 1, 2), Answer(''))
    assert Path(path).read_bytes() == whole


@pytest.mark.parametrize(
    'change, message',
    [
        (dict(classes=('crane', 'owl')), 'its classes is .*red_fox.*, here it is .*owl'),
        (dict(prompts=PLAN.prompts[:1]), 'its prompts is'),
        (dict(kind='bird'), "its kind is None, here it is 'bird'"),
        (dict(sampling=Sampling('n')), "its model is 'm', here it is 'n'"),
        (dict(sampling=Sampling('m', 0.1)), 'its temperature is 0.7, here it is 0.1'),
        (dict(sampling=Sampling('m', seed=0)), 'its seed is None, here it is 0'),
        (dict(sampling=Sampling('m', system='s')), 'its system is'),
        (
            dict(sampling=Sampling('m', more=dict(top_p=1))),
            "its more is {}, here it is {'top_p': 1}",
        ),
    ],
)
def test_another_run_is_refused(path, change, message):
    before = Path(path).read_bytes()
    match, plan = f'answers of another run: {message}.*another output', replace(PLAN, **change)
    with pytest.raises(ValueError, match=match):
        read_answers(path, plan)
    with pytest.raises(ValueError, match=match), open_answers(path, plan):
        pass
    assert Path(path).read_bytes() == before


def test_more_answers_and_fewer_classes_are_the_same_run(path):
    for change in (dict(answers=5), dict(chosen=frozenset({1}))):
        assert read_answers(path, replace(PLAN, **change)) == ANSWERS


@pytest.mark.parametrize(
    'number, change, message',
    [
        (2, dict(label=2), 'label is 2; it must be a whole number in 0 .. 1'),
        (2, dict(name='owl'), "name is 'owl'; it must be 'red_fox'"),
        (2, dict(question='x'), "question is 'x'"),
        (2, dict(text=None), 'text is None; remove the line'),
        (3, dict(prompt='0'), "prompt is '0'"),
        (3, dict(answer=-1), 'answer is -1'),
        (3, dict(usage=None), 'usage is None'),
        (3, dict(usage=dict(prompt=1.5, completion=2)), 'usage, prompt is 1.5'),
        (3, dict(finish_reason=3), 'finish_reason is 3'),
    ],
)
def test_odd_lines_are_named(path, number, change, message):
    lines = lines_of(path)
    lines[number - 1] = json.dumps({**json.loads(lines[number - 1]), **change})
    with open(path, 'w', encoding='utf-8') as file:
        file.write('\n'.join(lines) + '\n')
    with pytest.raises(ValueError, match=rf'o.answers.jsonl, line {number}, {message}'):
        read_answers(path, PLAN)


def test_other_files(path):
    lines = lines_of(path)
    for content, message in (
        ('', 'has no whole line'),
        ('[]', 'has no whole line'),
        ('{}\n', "line 1 has no 'run'"),
        ('x\n', 'line 1 is no JSON'),
        ('\n'.join([*lines, lines[1], '']), 'line 4 repeats line 2; remove one'),
        ('\n'.join([lines[0], '', '']), 'line 2 is no JSON'),
    ):
        with open(path, 'w', encoding='utf-8') as file:
            file.write(content)
        with pytest.raises(ValueError, match=f'o.answers.jsonl.*{message}'):
            read_answers(path, PLAN)
    with pytest.raises(FileNotFoundError, match='none does not exist|does not exist'):
        read_answers('none', PLAN)


def test_one_process_at_a_time(path):
    with open_answers(path, PLAN):
        with pytest.raises(ValueError, match='is in use: another process adds answers'):
            with open_answers(path, PLAN):
                pass
    with open_answers(path, PLAN) as answers:
        assert answers.answers == ANSWERS
