"""A text corpus of the answers of a language model, and what became of them."""

import hashlib
import json
import os.path as osp
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field

from ...datasets.corpus.clip_tokens import count_tokens
from ...utils.files import open_whole, read_bytes, read_json
from ...utils.validation import check_mapping, check_number, check_text
from .answers import Answers
from .asking import Price, cost_so_far
from .cleaning import NAME_RULES, clean_answer
from .endpoint import Endpoint
from .plan import Plan, Request
from .repeated import find_boilerplate, find_repeated

_LIMIT = 77  # ids that CLIP reads of a sentence
_FEWEST = 3  # words of a sentence that is not counted as short
_EXAMPLES = 10  # of boilerplate


@dataclass(frozen=True)
class Cleaning:
    """How answers become sentences: see ``clean_answer`` and ``find_repeated``.

    name_rule: 'keep', 'require' or 'add'. similarity: from which sentences of
    a class are the same.
    """

    name_rule: str = 'keep'
    similarity: float = 0.8

    def __post_init__(self):
        check_text(self.name_rule, 'name_rule', NAME_RULES)
        check_number(self.similarity, 'similarity', 0.05, 1)


@dataclass
class MadeCorpus:
    """Sentences of the classes that have some, in class order.

    sentences: of each name. origins: the request of each sentence.
    dropped: how many pieces, by reason. boilerplate: what classes share.
    num_long, num_short: sentences of more ids than CLIP reads, and of fewer
    than three words; they are kept. without: names of the classes of which
    answers are there, but no sentence. num_answers: those used.
    """

    sentences: dict[str, list[str]] = field(default_factory=dict)
    origins: dict[str, list[Request]] = field(default_factory=dict)
    dropped: Counter = field(default_factory=Counter)
    boilerplate: list[tuple[str, int]] = field(default_factory=list)
    num_long: int = 0
    num_short: int = 0
    without: list[str] = field(default_factory=list)
    num_answers: int = 0

    @property
    def num_sentences(self) -> int:
        """How many there are."""
        return sum(map(len, self.sentences.values()))


def make_corpus(plan: Plan, answers: Answers, cleaning: Cleaning) -> MadeCorpus:
    """Make sentences of answers, whatever the order in which these came.

    Args:
        plan (Plan): what was asked; answers above ``plan.answers`` are not
            used.
        answers (Answers): those that are there.
        cleaning (Cleaning): how.
    """
    made = MadeCorpus()
    of_class = defaultdict(list)
    for request in sorted(answers):
        if request.answer < plan.answers:
            of_class[request.label].append(request)
    for label, requests in of_class.items():
        _add_class(made, plan, answers, cleaning, label, requests)
    every = [text for own in made.sentences.values() for text in own]
    made.num_long = int((count_tokens(every) > _LIMIT).sum()) if every else 0
    made.num_short = sum(len(text.split()) < _FEWEST for text in every)
    made.boilerplate = find_boilerplate(made.sentences)
    return made


def _add_class(made, plan: Plan, answers: Answers, cleaning: Cleaning, label: int, requests):
    """Add the sentences of a class."""
    name, texts, origins = plan.classes[label], [], []
    for request in requests:
        answer, lists = answers[request], plan.prompts[request.prompt].lists
        cleaned = clean_answer(answer.text, answer.finish_reason, name, lists, cleaning.name_rule)
        made.dropped.update(cleaned.dropped)
        texts += cleaned.sentences
        origins += [request] * len(cleaned.sentences)
    made.num_answers += len(requests)
    repeated = find_repeated(texts, cleaning.similarity)
    kept = [place for place, earlier in enumerate(repeated) if earlier is None]
    made.dropped.update({'repeated': len(texts) - len(kept)} if len(kept) < len(texts) else {})
    if kept:
        made.sentences[name] = [texts[place] for place in kept]
        made.origins[name] = [origins[place] for place in kept]
    else:
        made.without.append(name)


def sources_path(out: str) -> str:
    """Return the file that says where the sentences of OUT.json are from."""
    return f'{osp.splitext(out)[0]}.sources.json'


def answers_path(out: str) -> str:
    """Return the file of the answers to OUT.json."""
    return f'{osp.splitext(out)[0]}.answers.jsonl'


def check_output(out: str):
    """Check that an output may be written: it is not there, or was made by this.

    Args:
        out (str): a ``.json`` file.

    Raises:
        ValueError: if it has another ending, or is there and was made by
            something else or changed since.
    """
    if not out.endswith('.json'):
        raise ValueError(f"'{out}' does not end in .json; name such a file.")
    if not osp.lexists(out):
        return
    known = ()
    if osp.isfile(answers_path(out)) and osp.isfile(sources_path(out)):
        sources = read_json(sources_path(out), 'where sentences are from')
        check_mapping(sources, sources_path(out), ['sha256', 'sha256_before'])
        known = sources['sha256'], sources['sha256_before']
    if _digest(read_bytes(out, 'sentences')) not in known:
        raise ValueError(
            f"'{out}' exists, and was made by something else or changed since; move it away to "
            'have it made again, or name another file.'
        )


def write_corpus(
    out: str, made: MadeCorpus, plan: Plan, answers: Answers, cleaning: Cleaning, endpoint: Endpoint
):
    """Write the sentences, and where they are from.

    Args:
        out (str): the ``.json`` file that ``JsonDescriptions`` reads, in
            class order.
        made (MadeCorpus): the sentences.
        plan (Plan): what was asked.
        answers (Answers): what they were made of.
        cleaning (Cleaning): how.
        endpoint (Endpoint): who was asked.
    """
    text = json.dumps(made.sentences, indent=2, ensure_ascii=False) + '\n'
    times = sorted(answer.time for answer in answers.values() if answer.time)
    cost = cost_so_far(answers, Price())
    identity = plan.identity()
    del identity['classes']
    sources = dict(
        identity,
        url=endpoint.shown_url,
        models=sorted({answer.model for answer in answers.values() if answer.model}),
        answered=dict(first=times[0], last=times[-1]) if times else None,
        answers=dict(used=made.num_answers, asked=sum(1 for _ in plan.requests())),
        tokens=dict(prompt=cost.prompt, completion=cost.completion, of_answers=cost.answers),
        cleaning=asdict(cleaning),
        sentences=made.num_sentences,
        dropped=dict(made.dropped),
        longer_than_clip_reads=made.num_long,
        shorter_than_three_words=made.num_short,
        classes_without_sentence=made.without,
        shared_by_classes=dict(made.boilerplate[:_EXAMPLES]),
        # The prompt of each sentence, in the order of the other file.
        prompt_of_sentence={
            name: [request.prompt for request in own] for name, own in made.origins.items()
        },
        sha256=_digest(text.encode('utf-8')),
        sha256_before=_digest(read_bytes(out, 'sentences')) if osp.isfile(out) else None,
    )
    # In this order: after a kill in between, the next run still knows the older file.
    with open_whole(sources_path(out)) as file:
        lines = [
            f'{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}' for k, v in sources.items()
        ]
        file.write('{\n' + ',\n'.join(lines) + '\n}\n')  # a line for each key
    with open_whole(out) as file:
        file.write(text)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
