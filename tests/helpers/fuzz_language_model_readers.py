"""Readers of the prompts and the answers of language models."""

import json

from fuzz_inputs import damaged_bytes, damaged_json, damaged_lines, dump
from fuzz_list_readers import odd_text, write
from fuzz_trials import Reader
from hypothesis import strategies as st

from vlltr_mm.apis.language_models import Plan, Prompt, Sampling, read_prompts
from vlltr_mm.apis.language_models.answers import Answer, open_answers, read_answers

PROMPTS = 'Describe what a {} looks like.\n\nlist: Which parts does a {} have?\n'
PLAN = Plan(
    ('crane', 'sand_bar'),
    (Prompt('Describe a {}.'), Prompt('Parts of a {}?', True)),
    Sampling('m', seed=0),
)
ANSWERS = [Answer('A tall bird.', 'stop', 'm', 3, 4, '2026-01-01'), Answer('- legs')]
FILE = 'o.answers.jsonl'


def odd_prompts(value, content) -> str | None:
    """Check that every prompt stands in the file and names the class."""
    text = content.decode('utf-8').replace('\ufeff', '')
    for prompt in value:
        if '{}' not in prompt.text or odd_text(prompt.text):
            return f'odd prompt {prompt}'
        if prompt.text.isascii() and prompt.text not in text:
            return f'{prompt} does not stand in the file'
    return None if value else 'no prompt'


def odd_answers(value, content) -> str | None:
    """Check every answer against its line, and the lines before the last break."""
    lines = content.split(b'\n')[1:-1]
    if len(lines) != len(value):
        return 'not an answer for each line'
    for (request, answer), line in zip(value.items(), lines):
        own = json.loads(line)
        if [own[key] for key in ('label', 'prompt', 'answer')] != list(request):
            return f'{request} is not that of its line'
        if own['text'] != answer.text or not isinstance(answer.text, str):
            return 'another text'
        if own['name'] != PLAN.classes[request.label]:
            return 'the name of another class'
        tokens = answer.prompt_tokens, answer.completion_tokens
        if any(t is not None and not 0 <= t < 2**63 for t in tokens):
            return f'odd tokens {tokens}'
    return None


def write_answers(folder):
    """Write the good file."""
    (folder / FILE).unlink(missing_ok=True)
    with open_answers(str(folder / FILE), PLAN) as file:
        for request, answer in zip(PLAN.requests(), ANSWERS):
            file.add(request, answer)


def _good() -> list[bytes]:
    header = json.dumps(dict(run=PLAN.identity())).encode()
    lines = []
    for request, answer in zip(PLAN.requests(), ANSWERS):
        usage = dict(prompt=answer.prompt_tokens, completion=answer.completion_tokens)
        line = dict(
            **request._asdict(),
            name=PLAN.classes[request.label],
            question=PLAN.question(request.label, request.prompt),
            text=answer.text,
            finish_reason=answer.finish_reason,
            model=answer.model,
            usage=usage,
        )
        lines.append(dump(line).encode())
    return [header, *lines]


def _damaged_answers() -> st.SearchStrategy:
    """Files of which a line, or some bytes, are damaged."""
    good = _good()

    def put(place):
        return lambda line: b'\n'.join([*good[:place], line, *good[place + 1 :], b''])

    own = [damaged_json(json.loads(line)).map(put(place)) for place, line in enumerate(good)]
    return st.one_of(*own, damaged_bytes(b'\n'.join([*good, b''])))


LANGUAGE_MODEL_READERS = [
    Reader(
        'prompts of language models',
        write({'prompts.txt': PROMPTS}),
        lambda folder: read_prompts(str(folder / 'prompts.txt')),
        st.one_of(damaged_lines(PROMPTS), damaged_bytes(PROMPTS.encode())),
        lambda value: [prompt.lists for prompt in value] == [False, True],
        odd_prompts,
        'prompts.txt',
    ),
    Reader(
        'answers of language models',
        write_answers,
        lambda folder: read_answers(str(folder / FILE), PLAN),
        _damaged_answers(),
        lambda value: list(value.values()) == ANSWERS,
        odd_answers,
        FILE,
    ),
]
