"""What is asked: which classes, which prompts, of which model."""

import os.path as osp
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

from ...datasets.corpus.class_names import check_class_names, comparable_name
from ...datasets.corpus.name_cleaning import clean_class_names
from ...datasets.long_tailed.label_files import read_labels_file
from ...utils.annotation_list import read_lines
from ...utils.validation import check_int, check_number, check_text, shown
from ..list_making.splits import read_order
from .prompts import Prompt, fill, spoken_name

_FIXED = ('messages', 'model', 'n', 'stream')  # what the tool itself sets


class Request(NamedTuple):
    """One request: index of the class, of the prompt, and number of the answer, all from 0."""

    label: int
    prompt: int
    answer: int


@dataclass(frozen=True)
class Sampling:
    """How a model answers.

    model: its name at the endpoint. temperature: None leaves it to the
    endpoint. max_tokens: the most of an answer. seed: that of the first
    answer to a prompt, the k-th gets k more; None sends none. system: a
    system prompt. more: further keys of the request; None takes one out.
    """

    model: str
    temperature: float | None = 0.7
    max_tokens: int = 200
    seed: int | None = None
    system: str | None = None
    more: Mapping = field(default_factory=dict)

    def __post_init__(self):
        check_text(self.model, 'model')
        if self.temperature is not None:
            check_number(self.temperature, 'temperature', 0)
        check_int(self.max_tokens, 'max_tokens', 1)
        if self.seed is not None:
            check_int(self.seed, 'seed')
        if self.system is not None:
            check_text(self.system, 'system')
        fixed = [key for key in self.more if key in _FIXED]
        if fixed:
            raise ValueError(f'The key {fixed[0]!r} of a request is set already; leave it out.')

    def body(self, question: str, answer: int) -> dict:
        """Return the JSON of a request of the chat interface."""
        roles = dict(system=self.system, user=question)
        body = dict(
            model=self.model,
            messages=[dict(role=r, content=text) for r, text in roles.items() if text is not None],
            temperature=self.temperature,
            max_tokens=self.max_tokens,
            seed=None if self.seed is None else self.seed + answer,
        )
        return {key: value for key, value in {**body, **self.more}.items() if value is not None}


@dataclass(frozen=True)
class Plan:
    """All that is asked.

    classes: C names in the order of their index. prompts: P of them.
    sampling: of which model, and how. kind: what the classes are types of.
    answers: how many to each prompt. chosen: labels that are asked about;
    None is all.
    """

    classes: tuple[str, ...]
    prompts: tuple[Prompt, ...]
    sampling: Sampling
    kind: str | None = None
    answers: int = 1
    chosen: frozenset[int] | None = None

    def __post_init__(self):
        check_class_names(self.classes)
        check_int(self.answers, 'answers', 1)
        if self.kind is not None:
            check_text(self.kind, 'kind')

    @cached_property
    def labels(self) -> Mapping[str, int]:
        """The first class of each name; classes that share a name share their text."""
        labels = {}
        for label, name in enumerate(self.classes):
            labels.setdefault(comparable_name(name), label)
        return MappingProxyType(labels)

    def identity(self) -> dict:
        """Return what all answers of a file have in common, as JSON values."""
        sampling = {key: value for key, value in vars(self.sampling).items() if key != 'more'}
        return dict(
            classes=list(self.classes),
            prompts=[dict(text=p.text, lists=p.lists) for p in self.prompts],
            kind=self.kind,
            **sampling,
            more=dict(self.sampling.more),
        )

    def name(self, label: int) -> str:
        """Return the name of a class as it is said."""
        return spoken_name(self.classes[label])

    def question(self, label: int, prompt: int) -> str:
        """Return a prompt about a class."""
        return fill(self.prompts[prompt].text, self.name(label), self.kind)

    def body(self, request: Request) -> dict:
        """Return the JSON that is sent for a request."""
        question = self.question(request.label, request.prompt)
        return self.sampling.body(question, request.answer)

    def requests(self) -> Iterator[Request]:
        """Yield what is asked, class after class, each name once."""
        named = self.chosen and {comparable_name(self.classes[label]) for label in self.chosen}
        for name, label in self.labels.items():
            if named is not None and name not in named:
                continue
            for prompt in range(len(self.prompts)):
                for answer in range(self.answers):
                    yield Request(label, prompt, answer)


def read_classes(labels: str | None, names: str | None) -> tuple[str, ...]:
    """Read the names of the classes, as data sets give them.

    Args:
        labels (str, optional): a file of 'id index name' lines.
        names (str, optional): in its place a file of one name a line, in
            class order.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if not exactly one is given, or it is not of this form.
    """
    if (labels is None) == (names is None):
        raise ValueError("Give either a file of 'id index name' lines or one of names.")
    path = labels or names
    read = [name for _, name in read_labels_file(path)] if labels else read_order(path)
    try:
        return check_class_names(clean_class_names(read))
    except ValueError as error:
        raise ValueError(f'{path}: {error}') from error


def choose_classes(given: Sequence[str], classes: Sequence[str]) -> frozenset[int]:
    """Return the labels of chosen classes.

    Args:
        given (Sequence[str]): labels and names; or one file of these, one a
            line.
        classes (Sequence[str]): C names.

    Raises:
        ValueError: if one is no label and no name of a class.
    """
    where = 'The classes'
    if len(given) == 1 and osp.isfile(given[0]):
        where = given[0]
        lines = enumerate(read_lines(where, 'labels or names of classes, one a line'), 1)
        pairs = [(f'{where}, line {number}', line.strip()) for number, line in lines]
    else:
        pairs = [(where, text.strip()) for text in given]
    chosen = {label for at, text in pairs if text for label in _labels(text, classes, at)}
    if not chosen:
        raise ValueError(f'{where}: no class is chosen; give labels or names.')
    return frozenset(chosen)


def _labels(text: str, classes: Sequence[str], where: str) -> Collection[int]:
    """Return the label that a text is, or those of the classes of that name."""
    named = [i for i, name in enumerate(classes) if comparable_name(name) == comparable_name(text)]
    if named:
        return named
    if text.isascii() and text.isdecimal() and len(text) < 10 and int(text) < len(classes):
        return [int(text)]
    raise ValueError(
        f'{where}: {shown(text)} is no name of a class, and no label of 0 .. {len(classes) - 1}. '
        'Correct it.'
    )
