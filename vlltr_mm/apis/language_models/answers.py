"""The answers of a language model, kept line by line as they arrive."""

import json
import os
import os.path as osp
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from ...utils.files import open_whole, parse_json, read_bytes
from ...utils.validation import check_int, check_mapping, check_text, shown
from .plan import Plan, Request

_CONTENT = 'the answers of a language model, a JSON object a line'
_KEYS = ('label', 'name', 'prompt', 'answer', 'question', 'text', 'finish_reason', 'usage')


@dataclass(frozen=True)
class Answer:
    """What a model said.

    text: the answer as it came. finish_reason: why it ended; None if the
    endpoint does not say. model: as the endpoint names it. prompt_tokens,
    completion_tokens: of ``usage``; None if the endpoint does not say.
    """

    text: str
    finish_reason: str | None = None
    model: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    time: str | None = None


Answers = dict[Request, Answer]


def read_answers(path: str, plan: Plan) -> Answers:
    """Read the answers of a plan; a line that a kill cut off at the end is left out.

    Args:
        path (str): the file that ``AnswerFile`` writes.
        plan (Plan): what was asked.

    Returns:
        Answers: in the order in which they arrived.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it belongs to another plan, naming what differs; or a
            line is none of its answers.
    """
    return _read(path, plan)[0]


def _read(path: str, plan: Plan) -> tuple[Answers, int]:
    """Return the answers, and the bytes of the whole lines."""
    data = read_bytes(path, _CONTENT)
    whole = data.rfind(b'\n') + 1
    lines = data[:whole].split(b'\n')[:-1]
    if not lines:
        raise ValueError(
            f'{path} has no whole line; it must hold {_CONTENT}. Move it away, or name another '
            'output.'
        )
    _check_run(_line(lines[0], path, 1), path, plan)
    answers, numbers = {}, {}
    for number, line in enumerate(lines[1:], 2):
        where = f'{path}, line {number}'
        request, answer = _parse(_line(line, path, number), where, plan)
        if request in numbers:
            raise ValueError(f'{where} repeats line {numbers[request]}; remove one of them.')
        answers[request], numbers[request] = answer, number
    return answers, whole


def _line(line: bytes, path: str, number: int) -> dict:
    """Return the object of a line."""
    where = f'{path}, line {number}'
    try:
        text = line.decode('utf-8')
    except UnicodeDecodeError as error:
        raise ValueError(f'{where} is no UTF-8 text; remove the line.') from error
    return check_mapping(parse_json(text, where, _CONTENT), where)


def _check_run(header: dict, path: str, plan: Plan):
    """Refuse the answers to other questions, or of another model."""
    own, found = plan.identity(), check_mapping(header, f'{path}, line 1', ['run'])['run']
    check_mapping(found, f'{path}, line 1, run')
    differing = [key for key in own if found.get(key, ...) != own[key]]
    if differing or len(found) != len(own):
        key = differing[0] if differing else next(key for key in found if key not in own)
        raise ValueError(
            f'{path} has the answers of another run: its {key} is {shown(found.get(key), 120)}, '
            f'here it is {shown(own.get(key), 120)}. Give the same classes, prompts, model and '
            'sampling, or name another output.'
        )


def _parse(value: dict, where: str, plan: Plan) -> tuple[Request, Answer]:
    """Return request and answer of a line."""
    check_mapping(value, where, _KEYS)
    request = Request(
        check_int(value['label'], f'{where}, label', 0, len(plan.classes) - 1),
        check_int(value['prompt'], f'{where}, prompt', 0, len(plan.prompts) - 1),
        check_int(value['answer'], f'{where}, answer'),
    )
    asked = plan.question(request.label, request.prompt)
    for key, own in (('name', plan.classes[request.label]), ('question', asked)):
        if value[key] != own:
            raise ValueError(
                f'{where}, {key} is {shown(value[key])}; it must be {shown(own)}. Remove the line.'
            )
    usage = check_mapping(value['usage'], f'{where}, usage', ['prompt', 'completion'])
    tokens = [
        None if usage[key] is None else check_int(usage[key], f'{where}, usage, {key}')
        for key in ('prompt', 'completion')
    ]
    if not isinstance(value['text'], str):
        raise ValueError(f'{where}, text is {shown(value["text"])}; remove the line.')
    texts = [
        None if value.get(key) is None else check_text(value[key], f'{where}, {key}')
        for key in ('finish_reason', 'model', 'time')
    ]
    reason, model, time = texts
    return request, Answer(value['text'], reason, model, *tokens, time)


class AnswerFile:
    """A file of answers that grows by whole lines.

    Made by ``open_answers``. ``answers`` has all of them.
    """

    def __init__(self, plan: Plan, answers: Answers, number: int):
        self.plan, self.answers = plan, answers
        self._number = number  # of the open file

    def add(self, request: Request, answer: Answer):
        """Keep an answer; it survives the end of the process from here on."""
        value = asdict(answer)
        usage = dict(prompt=value.pop('prompt_tokens'), completion=value.pop('completion_tokens'))
        line = dict(
            **request._asdict(),
            name=self.plan.classes[request.label],
            question=self.plan.question(request.label, request.prompt),
            usage=usage,
            **value,
        )
        data = (json.dumps(line, ensure_ascii=False) + '\n').encode('utf-8')
        while data:  # a full disk may take a part of it
            data = data[os.write(self._number, data) :]
        self.answers[request] = answer


@contextmanager
def open_answers(path: str, plan: Plan) -> Iterator[AnswerFile]:
    """Open the answers of a plan to go on with them; the file is made if there is none.

    Args:
        path (str): the file.
        plan (Plan): what is asked.

    Yields:
        AnswerFile: with the answers that are there.

    Raises:
        ValueError: see ``read_answers``; or if another process has it open.
    """
    if not osp.lexists(path):
        with open_whole(path) as file:
            file.write(json.dumps(dict(run=plan.identity()), ensure_ascii=False) + '\n')
    number = os.open(path, os.O_RDWR | os.O_APPEND)
    try:
        _lock(number, path)
        answers, whole = _read(path, plan)
        os.truncate(number, whole)
        yield AnswerFile(plan, answers, number)
    finally:
        os.close(number)


def _lock(number: int, path: str):
    """Keep other processes from adding to the file."""
    import fcntl

    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ValueError(
            f'{path} is in use: another process adds answers to it. Wait until it has ended, or '
            'name another output.'
        ) from None
    except OSError:  # a file system without locks
        return


def number_of(answers: Answers, plan: Plan) -> int:
    """Return how many of a plan's requests are answered."""
    return sum(request in answers for request in plan.requests())
